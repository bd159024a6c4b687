"""The last step of a cycle: file stored articles that name someone into stories and review items."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from monitor.bug_log import log_bug
from monitor.clock import Clock
from monitor.cluster.fingerprint import fingerprint, fingerprint_version
from monitor.errors import StoreError
from monitor.ingest.filing.again import file_article_again
from monitor.ingest.filing.article import file_article
from monitor.ingest.policy import LinePolicy
from monitor.model import Candidate
from monitor.store import Store
from monitor.store.line.stories import SqlStories

log = logging.getLogger(__name__)

# The longest that an article waits for others that were first seen before it: the pages of the tenth dispatch included.
LONGEST_WAIT = timedelta(minutes=10, seconds=30)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FILED_AGAIN = (
    "filed %d older articles again by the new rules; items that people had worked on and that may hold several events: "
    "%d"
)


def file_pending_articles(
    stories: SqlStories,
    policy: LinePolicy,
    clock: Clock,
    at_most: timedelta = timedelta.max,
    *,
    in_fleet: bool = False,
    only: Callable[[Candidate], bool] | None = None,
    watermark: datetime | None = None,
) -> int:
    """File pending articles into stories, one after another; return their number. A bug costs one article only.

    While other runs or jobs gather, articles wait whose stories may still gain an earlier article. `in_fleet`: jobs
    gather, even if none is open at this moment; and while another filer is at work nothing is filed, because a later
    job tries again. `only`: only the articles that it accepts are filed, without waiting. `watermark`: of another store
    whose articles these are. Stops after `at_most`; the other articles stay pending. Raises StoreError.
    """
    filed_count = 0
    # On PostgreSQL this may wait for another filer, so time counts from here.
    with stories.filing_lock(wait=not in_fleet) as is_ours:
        if not is_ours:
            return 0
        # What is filed again is compared with articles of any age.
        _refresh_fingerprints(stories, _BEGINNING if stories.to_file_again() else clock() - policy.copies_within)
        stop_at = time.monotonic() + at_most.total_seconds()
        if only is None and not _file_again(stories, policy, stop_at):
            return 0
        before = watermark
        if only is None and watermark is None:
            before = stories.watermark(clock(), LONGEST_WAIT, in_fleet=in_fleet)
        for article in stories.awaiting_filing(before):
            if only is not None and not only(article):
                continue
            if time.monotonic() >= stop_at:
                break
            try:
                with stories.filing_turn():
                    file_article(article, stories=stories, now=clock(), policy=policy)
            except StoreError:
                raise
            except Exception as bug:
                log_bug("file", article.id, bug)
            else:
                filed_count += 1
    return filed_count


def _file_again(stories: SqlStories, policy: LinePolicy, stop_at: float) -> bool:
    """File again what rules before November 2026 filed; return False if time ran out: the next run goes on.

    New articles wait until that is done: else they would join the items that it takes apart.
    """
    waiting = stories.to_file_again()
    count = 0
    for number in waiting:
        if time.monotonic() >= stop_at:
            break
        try:
            with stories.filing_turn():
                count += file_article_again(number, stories=stories, policy=policy)
        except StoreError:
            raise
        except Exception as bug:
            log_bug("file again", number, bug)
    else:
        if waiting:
            log.warning(_FILED_AGAIN, count, stories.mixed_items())
        return True
    log.warning("filed %d of %d older articles again by the new rules; the next run goes on", count, len(waiting))
    return False


def file_added(store: Store, clock: Clock) -> None:
    """File the articles that users added."""
    file_pending_articles(store.stories, LinePolicy(), clock, only=lambda article: article.added_by != "")


def _refresh_fingerprints(stories: SqlStories, filed_since: datetime) -> None:
    """Bring stored fingerprints up to date. After a bug the names in old ones are not compared."""
    try:
        stories.refresh_fingerprints(filed_since, fingerprint, fingerprint_version())
    except StoreError:
        raise
    except Exception as bug:
        log_bug("file", "fingerprints", bug)
