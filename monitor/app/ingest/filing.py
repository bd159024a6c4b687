"""The last step of a cycle: file stored articles that name someone into stories and review items."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.app.bug_log import log_bug
from monitor.app.clock import Clock
from monitor.errors import StoreError
from monitor.model import Candidate
from monitor.pipeline import LinePolicy, file_article
from monitor.store import Store
from monitor.store.line.stories import SqlStories

# The longest that an article waits for others that were first seen before it: the pages of the tenth dispatch included.
LONGEST_WAIT = timedelta(minutes=10, seconds=30)


def file_pending_articles(
    stories: SqlStories,
    policy: LinePolicy,
    clock: Clock,
    at_most: timedelta = timedelta.max,
    *,
    in_fleet: bool = False,
    only: Callable[[Candidate], bool] | None = None,
) -> int:
    """File pending articles into stories, one after another; return their number. A bug costs one article only.

    While other runs or jobs gather, articles wait whose stories may still gain an earlier article. `in_fleet`: jobs
    gather, even if none is open at this moment; and while another filer is at work nothing is filed, because a later
    job tries again. `only`: only the articles that it accepts are filed, without waiting. Stops after `at_most`;
    the other articles stay pending. Raises StoreError.
    """
    filed_count = 0
    # On PostgreSQL this may wait for another filer, so time counts from here.
    with stories.filing_lock(wait=not in_fleet) as is_ours:
        if not is_ours:
            return 0
        _refresh_fingerprints(stories, clock() - policy.copies_within)
        stop_at = time.monotonic() + at_most.total_seconds()
        before = None if only is not None else stories.watermark(clock(), LONGEST_WAIT, in_fleet=in_fleet)
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


def file_added(store: Store, clock: Clock) -> None:
    """File the articles that users added."""
    file_pending_articles(store.stories, LinePolicy(), clock, only=lambda article: article.added_by != "")


def _refresh_fingerprints(stories: SqlStories, filed_since: datetime) -> None:
    """Bring stored fingerprints up to date. After a bug the names in old ones are not compared."""
    try:
        stories.refresh_fingerprints(filed_since)
    except StoreError:
        raise
    except Exception as bug:
        log_bug("file", "fingerprints", bug)
