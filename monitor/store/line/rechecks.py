"""I/O: the database. Rechecks: which pages are fetched again, and the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, select, true, update

from monitor.clock import stable_jitter
from monitor.errors import ClaimLost
from monitor.model import Article, Recheck, RecheckResult, Result, Validators, next_recheck
from monitor.store import seals
from monitor.store import tables as t
from monitor.store.database import Queries, put
from monitor.store.line.feeds import is_unclaimed
from monitor.store.line.new_entries import add_to_day, mention_count
from monitor.store.line.unread_texts import add_absence, add_text
from monitor.store.sql import articles, versions
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.types import shaped, storable
from monitor.urls import origin_of_url, slice_of

_row = t.revisit.c
_version = t.article_version.c
# A page that is to be kept, and is not, is new whatever its bytes are.
_KNOWN_HASH = case((versions.LACKS_BODY, ""), else_=_version.body_sha256).label("known_hash")


class SqlRechecks(Queries):
    """Planned rechecks: a row for each article until its last one."""

    def any_due(self, now: datetime) -> bool:
        """Return True if a recheck is due and not claimed."""
        return bool(self._value(select(exists().where(_row.due <= now, is_unclaimed(_row.claimed_until, now)))))

    def claim(
        self,
        now: datetime,
        until: datetime,
        limit: int,
        requests_left: Mapping[int, int],
        *,
        matched_only: bool = False,
        claim: int = 0,
        slice_number: int | None = None,
    ) -> Sequence[Recheck]:
        """Claim due rechecks until `until`.

        Of more than `limit` rechecks a sample is claimed that does not depend on the watchlist, of each feed in turn,
        since an outlet may choose addresses whose hashes come first. The others are postponed to their next time, and
        so are articles of feeds that are not in `requests_left` (feed number -> how many pages may be fetched now) and,
        with `matched_only`, articles that name nobody. Those beyond the requests left for their feed stay due.
        """
        is_eligible = exists().where(t.hit.c.article == _row.article) if matched_only else true()
        is_in_slice = true() if slice_number is None else _row.slice == slice_number
        due = (
            select(_row.article, _row.since, t.article.c.key, t.entry.c.feed, is_eligible.label("is_eligible"))
            .join(t.article, t.article.c.id == _row.article)
            .join(t.entry, t.entry.c.id == _row.entry)
            .where(_row.due <= now, is_unclaimed(_row.claimed_until, now), is_in_slice)
            .with_for_update(of=t.revisit, skip_locked=True)
        )
        with self._database.writing("claim rechecks") as connection:
            # Ordered by a hash of the address: which pages we fetch must not betray who is watched.
            rows = sorted(connection.execute(due), key=lambda row: (stable_jitter(row.key), row.key))
            eligible = [row for row in rows if row.is_eligible and row.feed in requests_left]
            drawn = _in_turns(eligible)[:limit]
            drawn_articles = {row.article for row in drawn}
            # The others wait for their next time, so that due rechecks do not pile up.
            _postpone(connection, [row for row in rows if row.article not in drawn_articles], now)
            remaining_requests, claimed_articles = dict(requests_left), []
            for row in drawn:
                remaining_requests[row.feed] -= 1
                if remaining_requests[row.feed] >= 0:
                    claimed_articles.append(row.article)
            claimed = update(t.revisit).where(_row.article.in_(claimed_articles))
            connection.execute(claimed.values(claimed_until=until, claim=claim))
            return _load_rechecks(connection, claimed_articles)

    def save(self, result: RecheckResult) -> None:
        """Store a new version, no change, or a missing article, and plan the next recheck.

        The article counts as gone only when it was missing at the previous recheck too. Raises ClaimLost as
        `SqlEntries.save_result` does.
        """
        article_id = result.recheck.article.id
        with self._database.writing("save a recheck") as connection:
            lock = select(t.article.c.id).where(t.article.c.id == article_id).with_for_update()
            connection.execute(lock)
            current_row = connection.execute(articles.current().where(t.article.c.id == article_id)).one()
            number = connection.scalar(select(_row.claim).where(_row.article == article_id))
            if number is None:  # the result was saved before
                return
            if number != result.recheck.claim:
                raise ClaimLost("recheck", article_id)
            # If a newer version was stored meanwhile, the fetched page is not the latest.
            if current_row.version == result.recheck.article.version:
                _store_outcome(connection, current_row, result)
                counts = {"bytes": result.fetched_bytes, "mentions": mention_count(result.hits)}
                add_to_day(connection, result.recheck.feed, result.at, **counts)
            # A page that is missing once may come back; one that is missing twice in a row is gone.
            is_gone = result.missing and result.recheck.missing
            if is_gone and result.missing:
                versions.store_absence(connection, article_id, result.missing)
                seals.put_absence(connection, article_id, result.missing)
                add_absence(connection, article_id, result.missing)
            _reschedule(connection, result, None if is_gone else result.due)


def plan_recheck(connection: Connection, article: Article, result: Result, *, is_new: bool = False) -> None:
    """Plan the rechecks of an article whose page was fetched just now; an unfinished schedule continues."""
    # A schedule that is over begins again, at this fetch.
    first_fetched = None if is_new else connection.scalar(select(_row.since).where(_row.article == article.id))
    since = first_fetched if first_fetched and next_recheck(first_fetched, result.at, article.key) else result.at
    due = next_recheck(since, result.at, article.key)
    values = {"entry": result.entry.id, "since": since, "due": due, "missing": None}
    values["slice"] = slice_of(origin_of_url(result.entry.item.url))
    values |= {"etag": result.validators.etag, "last_modified": result.validators.last_modified}
    put(connection, t.revisit, "article", values | {"article": article.id})


def _in_turns(rows: Sequence[Any]) -> list[Any]:
    """Return rows in order, but the first of each feed before the second of any."""
    counts = Counter[int]()

    def turn(row: Any) -> int:
        counts[row.feed] += 1
        return counts[row.feed]

    return sorted(rows, key=turn)


def _load_rechecks(connection: Connection, article_ids: Sequence[int]) -> Sequence[Recheck]:
    query = (
        articles.current()
        .add_columns(
            *(_row[name] for name in ("since", "etag", "last_modified", "missing", "claim")),
            _KNOWN_HASH,
        )
        .add_columns(t.entry.c.url.label("entry_url"), t.entry.c.feed, t.feed.c.proxy, t.feed.c.url.label("feed_url"))
        .join(t.revisit, _row.article == t.article.c.id)
        .join(t.entry, t.entry.c.id == _row.entry)
        .join(t.feed, t.feed.c.number == t.entry.c.feed)
        .where(t.article.c.id.in_(article_ids))
        .order_by(_row.due, t.article.c.id)
    )
    return [
        shaped(
            Recheck,
            row,
            article=articles.from_row(row),
            url=row.entry_url,
            validators=Validators(row.etag, row.last_modified),
            sha256=row.known_hash,
        )
        for row in connection.execute(query)
    ]


def _postpone(connection: Connection, rows: Sequence[Any], now: datetime) -> None:
    """Postpone rechecks to their next time, and delete those that have none."""
    for row in rows:
        is_article = _row.article == row.article
        if due := next_recheck(row.since, now, row.key):
            connection.execute(update(t.revisit).where(is_article).values(due=due))
        else:
            connection.execute(delete(t.revisit).where(is_article))


def _store_outcome(connection: Connection, current_row: Any, result: RecheckResult) -> None:
    article = result.article
    if article is None:
        if result.is_unchanged:
            this_version = and_(_version.article == current_row.id, _version.version == current_row.version)
            connection.execute(update(t.article_version).where(this_version).values(still=result.at))
        return
    # Compared as they are stored: NUL and lone surrogates do not survive it.
    has_changed = (current_row.title, current_row.text) != (storable(article.title), storable(article.text))
    stored = articles.update_article(connection, current_row, article, result.fingerprint, result.at)
    if has_changed:
        add_text(connection, stored, result.captions)
        articles.replace_hits(connection, stored, result.hits, result.at)
        refresh_item_of_article(connection, stored.id)
    if versions.store_raw_page(connection, stored) or has_changed:
        seals.put_version(connection, stored, result.text_sha256, result.at)


def _reschedule(connection: Connection, result: RecheckResult, due: datetime | None) -> None:
    is_article = _row.article == result.recheck.article.id
    if due is None:  # that was the last one
        connection.execute(delete(t.revisit).where(is_article))
        return
    # The time of the first miss stays until the page is there again.
    missing = result.recheck.missing or (result.at if result.missing else None)
    values: dict[str, Any] = {"due": due, "claimed_until": None, "missing": None if result.has_page else missing}
    if result.held_origin:
        values["slice"] = slice_of(result.held_origin)
    if result.validators is not None:
        values |= {"etag": result.validators.etag, "last_modified": result.validators.last_modified}
    connection.execute(update(t.revisit).where(is_article).values(values))
