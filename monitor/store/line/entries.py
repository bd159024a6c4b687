"""I/O: the database. Entries: the backlog, and the result of each entry's trip down the line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    Executable,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import ColumnElement

from monitor.errors import ClaimLost, NotFound
from monitor.model import (
    OUTCOMES_OF_NAMES,
    ArticleText,
    Entry,
    FeedEntry,
    FeedRecord,
    Outcome,
    Result,
    Speaker,
    TextFrom,
    publication_time,
)
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line.archive import delete_claims
from monitor.store.line.feeds import CLAIMED, entry_publication_time, feed_record, is_read, is_unclaimed
from monitor.store.line.results import store_result
from monitor.store.sql import articles
from monitor.store.tables.sources import IS_CURRENT, IS_PENDING
from monitor.store.types import Utc, bounded_key, shaped, storable
from monitor.urls import is_twin

# Built once: they run for each entry, and building takes longer than running.
_PAGE_OF_KEY = (
    articles.current()
    .with_only_columns(*t.article_version.c["url", "title", "text"])
    .where(
        t.article.c.key == bindparam("wanted_key"),
        t.article_version.c.text_from == TextFrom.PAGE,
        t.article.c.id != bindparam("other_than"),
    )
)
_SINCE = bindparam("since", type_=Utc)
_HEADLINES = (
    select(t.entry.c.title)
    .join(t.feed, t.feed.c.number == t.entry.c.feed)
    .where(t.feed.c.outlet == bindparam("of_outlet"), t.entry.c.first_seen >= _SINCE)
    .order_by(t.entry.c.first_seen.desc())
)
_TEXTS = (
    select(t.article_version.c.text)
    .join(t.article, IS_CURRENT)
    .where(
        t.article.c.outlet == bindparam("of_outlet"),
        t.article.c.first_seen >= _SINCE,
        t.article_version.c.text_from == TextFrom.PAGE,
        # Of pages that other feeds choose, such as a site's answers to a search, blocks would become its furniture.
        t.article.c.speaker == Speaker.SITE,
    )
    .order_by(t.article.c.first_seen.desc())
)


class SqlEntries(Queries):
    """Entries, with the articles and hits that their trips bring."""

    def pending_by_feed(self, now: datetime) -> Mapping[int, int]:
        """Return how many entries of each feed, by its number, are pending, due and unclaimed."""
        query = select(t.entry.c.feed, func.count()).where(is_claimable(now)).group_by(t.entry.c.feed)
        return dict(self._rows(query))

    def claim(self, feed: int, now: datetime, until: datetime, limit: int, *, claim: int = 0) -> Sequence[Entry]:
        """Claim until `until` at most `limit` pending entries of a feed that are due, the newest first."""
        return self._claim(_CLAIM_OF_FEED, now, until, limit, claim, of_feed=feed)

    def claim_these(self, entries: Collection[int], now: datetime, until: datetime, claim: int) -> Sequence[Entry]:
        """Claim until `until` those of these entries that are pending, due and unclaimed."""
        return self._claim(_claiming(t.entry.c.id.in_(entries)), now, until, max(len(entries), 1), claim)

    def claim_slice(
        self, slice_number: int, now: datetime, until: datetime, limit: int, *, limit_per_feed: int, claim: int = 0
    ) -> Sequence[Entry]:
        """Claim until `until` at most `limit` due entries of a slice, the newest first, and only some of each feed.

        Without the second limit one feed with a thousand pages on one host would keep all other hosts waiting.
        """
        entry, newest = t.entry.c, entry_publication_time().desc()
        place = func.row_number().over(partition_by=entry.feed, order_by=(newest, entry.id))
        is_of_read = exists().where(t.feed.c.number == entry.feed, is_read())
        is_due = and_(entry.slice == slice_number, is_claimable(now), is_of_read)
        placed = select(entry.id, place.label("place")).where(is_due).subquery().c
        is_among_first = entry.id.in_(select(placed.id).where(placed.place <= limit_per_feed))
        return self._claim(_claiming(is_among_first), now, until, limit, claim)

    def _claim(
        self, claiming: Executable, now: datetime, until: datetime, limit: int, claim: int, **condition: int
    ) -> Sequence[Entry]:
        parameters = {"now": now, "until_when": until, "at_most": limit, "claim_number": claim, **condition}
        with self._database.writing("claim entries") as connection:
            rows = connection.execute(claiming, parameters).all()
            feeds_query = select(t.feed).where(t.feed.c.number.in_({row.feed for row in rows}))
            feeds = {row.number: feed_record(row) for row in connection.execute(feeds_query)}
        entries = [_entry(row, feeds[row.feed]) for row in rows]
        # RETURNING promises no order.
        return sorted(entries, key=lambda e: (-publication_time(e.item.published, e.first_seen).timestamp(), e.id))

    def save_result(self, result: Result) -> Result:
        """Store the end of a trip: article, hits, fingerprint and outcome. Returns the result as stored.

        An article whose key is stored already is not stored again: the entry ends as DUPLICATE. There are three
        exceptions, which become the next version: the entry's own article, a page's text that replaces the feed's text,
        and a page at its plain address that replaces one of a twin. An entry stays PENDING while the page of its own
        article may still come.
        Raises ClaimLost, and stores nothing, when another run has claimed the entry since.
        """
        with self._database.writing("save a result") as connection:
            return store_result(connection, result)

    def save_results(self, results: Iterable[Result]) -> Sequence[Result | ClaimLost]:
        """Store results as `save_result` does, on SQLite in one transaction; a lost claim is returned, not raised.

        They are returned without their pages, which together may be too large for memory.
        """
        if self._database.engine.dialect.name == "postgresql":
            # Two workers that store the same articles in another order would wait for each other.
            return [_saved_without_page(self.save_result, result) for result in results]
        with self._database.writing("save a result") as connection:
            return [_saved_without_page(partial(store_result, connection), result) for result in results]

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        values = {"wanted_key": bounded_key(key), "other_than": other_than or 0}
        with self._database.reading() as connection:
            row = connection.execute(_PAGE_OF_KEY, values).one_or_none()
        if row is None or (plain and is_twin(row.url)):
            return False
        return words is None or (row.title, row.text) == (storable(words.title), storable(words.text))

    def latest_of_outlet(
        self, outlet: str, since: datetime, max_headlines: int, max_texts: int
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Return an outlet's latest headlines and texts of pages that were first seen since `since`."""
        parameters = {"of_outlet": outlet, "since": since}
        with self._database.reading() as connection:
            headlines = connection.scalars(_HEADLINES.limit(max_headlines), parameters).all()
            return headlines, connection.scalars(_TEXTS.limit(max_texts), parameters).all()

    def retry(self, entries: Collection[int] = ()) -> int:
        """Make entries pending again whose page was given up (all such, if none are listed); return how many.

        Raises NotFound, and changes nothing, when the page of a listed entry was not given up.
        """
        entry = t.entry.c
        is_requested = entry.id.in_(entries) if entries else true()
        reset = {"outcome": Outcome.PENDING, "tries": 0, "due": None, "claimed_until": None}
        with self._database.writing("retry entries") as connection:
            # Checked in the transaction that changes them, so that it is all or nothing.
            given_up = connection.scalars(select(entry.id).where(is_requested, _is_given_up())).all()
            if not_given_up := set(entries) - set(given_up):
                raise NotFound(f"no page of an entry {min(not_given_up)} was given up; `monitor retry` alone takes all")
            return connection.execute(update(t.entry).where(is_requested, _is_given_up()).values(reset)).rowcount

    def release(self) -> int:
        """Release all claims, and return the number of released rows. Only for the holder of the run lock."""
        with self._database.writing("release claims") as connection:
            delete_claims(connection, true())
            return sum(connection.execute(statement).rowcount for statement in _RELEASES)


_RELEASES = [update(table).where(table.c.claimed_until.is_not(None)).values(claimed_until=None) for table in CLAIMED]


def is_claimable(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    entry = t.entry.c
    return and_(
        IS_PENDING,
        or_(entry.due.is_(None), entry.due <= now),
        is_unclaimed(entry.claimed_until, now),
    )


def _is_given_up() -> ColumnElement[bool]:
    """Return the SQL condition that fetching an entry's page failed as often as it may.

    Such an entry may have an article all the same: from the text of its feed, when that names someone.
    """
    entry, article, version = t.entry.c, t.article.c, t.article_version.c
    from_feed = exists().where(article.id == entry.article, IS_CURRENT, version.text_from == TextFrom.FEED)
    is_named_in_feed = and_(entry.outcome.in_(OUTCOMES_OF_NAMES), entry.tries > 1, from_feed)
    return or_(entry.outcome.in_((Outcome.GIVEN_UP, Outcome.REFUSED)), is_named_in_feed)


def _claiming(condition: ColumnElement[bool]) -> Executable:
    """Return the statement that claims pending entries which meet a condition; `_claim` has its parameters."""
    entry = t.entry.c
    free = (
        select(entry.id)
        .where(condition, is_claimable(bindparam("now", type_=Utc)))
        .order_by(entry_publication_time().desc(), entry.id)  # entries of the same time are in the order of the feed
        .limit(bindparam("at_most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    values = {"claimed_until": bindparam("until_when", type_=Utc), "claim": bindparam("claim_number", type_=Integer)}
    return update(t.entry).where(entry.id.in_(select(free.c.id))).values(values).returning(*entry)


_CLAIM_OF_FEED = _claiming(t.entry.c.feed == bindparam("of_feed"))


def _entry(row: Any, feed: FeedRecord) -> Entry:
    item = shaped(FeedEntry, row, precision=row.published_precision)
    return Entry(row.id, feed, item, row.first_seen, row.tries, row.article, row.older, row.claim)


def _saved_without_page(save: Callable[[Result], Result], result: Result) -> Result | ClaimLost:
    try:
        saved = save(result)
    except ClaimLost as lost:
        lost.__traceback__ = None  # its frames hold the page
        return lost
    return replace(saved, article=replace(saved.article, raw=None)) if saved.article else saved
