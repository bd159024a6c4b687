"""I/O: the database. Entries: the backlog, and the result of each entry's trip down the line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Executable,
    Integer,
    Text,
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
    Article,
    ArticleText,
    Entry,
    FeedEntry,
    FeedRecord,
    Outcome,
    Result,
    Speaker,
    TextFrom,
)
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line import rechecks
from monitor.store.line.additions import link_article
from monitor.store.line.archive import delete_claims
from monitor.store.line.feed_days import add_to_day, mention_count
from monitor.store.line.feeds import feed_record, is_read, is_unclaimed, publication_time
from monitor.store.line.unread_texts import add_text
from monitor.store.sql import articles, seals, versions
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.sql.unnamed import of_stored_names
from monitor.store.tables.sources import IS_CURRENT, IS_PENDING
from monitor.store.types import Utc, bounded_key, parameter_rows, shaped, storable
from monitor.urls import is_twin, slice_of

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
_PAGES_OF_KEYS = (
    select(t.article.c.key, t.article.c.id, t.article_version.c.url)
    .join(t.article_version, IS_CURRENT)
    .where(t.article_version.c.text_from == TextFrom.PAGE)
)
_SPEAKER = select(t.article.c.speaker).where(t.article.c.id == bindparam("of_article"))
_ARTICLE_OF_KEY = select(t.article.c.id).where(t.article.c.key == bindparam("wanted_key"))
_STORED_ENTRY = (
    select(*t.entry.c["article", "outcome", "claim", "last_try"])
    .where(t.entry.c.id == bindparam("entry_id"))
    .with_for_update()
)
_ENTRY_UPDATE = update(t.entry).where(t.entry.c.id == bindparam("entry_id"))
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


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A stored article whose page was read; `url`: where."""

    article: int
    url: str

    @property
    def is_twin(self) -> bool:
        """Return whether it was read at a twin of its plain address, which stands for it only until that is read."""
        return is_twin(self.url)


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
        entry, newest = t.entry.c, publication_time().desc()
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
        return sorted(
            entries, key=lambda e: (-articles.publication_time(e.item.published, e.first_seen).timestamp(), e.id)
        )

    def save_result(self, result: Result) -> Result:
        """Store the end of a trip: article, hits, fingerprint and outcome. Returns the result as stored.

        An article whose key is stored already is not stored again: the entry ends as DUPLICATE. There are three
        exceptions, which become the next version: the entry's own article, a page's text that replaces the feed's text,
        and a page at its plain address that replaces one of a twin. An entry stays PENDING while the page of its own
        article may still come.
        Raises ClaimLost, and stores nothing, when another run has claimed the entry since.
        """
        with self._database.writing("save a result") as connection:
            return _save(connection, result)

    def save_results(self, results: Iterable[Result]) -> Sequence[Result | ClaimLost]:
        """Store results as `save_result` does, on SQLite in one transaction; a lost claim is returned, not raised.

        They are returned without their pages, which together may be too large for memory.
        """
        if self._database.engine.dialect.name == "postgresql":
            # Two workers that store the same articles in another order would wait for each other.
            return [_saved_without_page(self.save_result, result) for result in results]
        with self._database.writing("save a result") as connection:
            return [_saved_without_page(partial(_save, connection), result) for result in results]

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        values = {"wanted_key": bounded_key(key), "other_than": other_than or 0}
        with self._database.reading() as connection:
            row = connection.execute(_PAGE_OF_KEY, values).one_or_none()
        if row is None or (plain and is_twin(row.url)):
            return False
        return words is None or (row.title, row.text) == (storable(words.title), storable(words.text))

    def pages_of(self, keys: Collection[str]) -> Mapping[str, StoredPage]:
        """Return the stored articles with these keys whose pages were read."""
        by_stored_key = {bounded_key(key): key for key in keys}
        with self._database.reading() as connection:
            is_of_keys = t.article.c.key.in_(select(parameter_rows(connection.dialect.name, "keys", Text)))
            rows = connection.execute(_PAGES_OF_KEYS.where(is_of_keys), {"keys": list(by_stored_key)})
            return {by_stored_key[row.key]: StoredPage(row.id, row.url) for row in rows}

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


_RELEASES = [
    update(table).where(table.c.claimed_until.is_not(None)).values(claimed_until=None)
    for table in (t.feed, t.entry, t.revisit, t.host_state, t.archive_range)
]


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
    is_named_in_feed = and_(
        entry.outcome.in_((Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED)), entry.tries > 1, from_feed
    )
    return or_(entry.outcome.in_((Outcome.GIVEN_UP, Outcome.REFUSED)), is_named_in_feed)


def _claiming(condition: ColumnElement[bool]) -> Executable:
    """Return the statement that claims pending entries which meet a condition; `_claim` has its parameters."""
    entry = t.entry.c
    free = (
        select(entry.id)
        .where(condition, is_claimable(bindparam("now", type_=Utc)))
        .order_by(publication_time().desc(), entry.id)  # entries of the same time are in the order of the feed
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


def _save(connection: Connection, result: Result) -> Result:
    row = connection.execute(_STORED_ENTRY, {"entry_id": result.entry.id}).first()
    if row is None:
        raise NotFound(f"no entry {result.entry.id}")
    if row.claim != result.entry.claim:
        raise ClaimLost("entry", result.entry.id)
    # A duplicate points at the article of another entry.
    own_article = row.article if row.outcome != Outcome.DUPLICATE else None
    result, words = _with_words(connection, of_stored_names(connection, result))
    if result.article is not None:
        own_article = _own_article(connection, result.article, own_article)
    result, article = _with_article(connection, result, own_article)
    article = article or words or row.article
    connection.execute(_ENTRY_UPDATE, _entry_values(result, article))
    # Saving twice counts once; and links that people add by hand have no bound.
    if row.last_try != result.at and not result.entry.feed.by_hand:
        mentions = mention_count(result.hits) + (mention_count(result.words.hits) if result.words else 0)
        counts = {"bytes": result.fetched_bytes, "mentions": mentions, "pages_left_out": int(result.is_left_out)}
        add_to_day(connection, result.entry.feed.number, result.at, **counts)
    if result.entry.feed.by_hand:
        link_article(connection, result, article)
    return result


def _own_article(connection: Connection, article: Article, of_entry: int | None) -> int | None:
    """Return the id of the stored article that a new text of an entry's article belongs to, or None.

    Only what the site of an address says can come under another address later. The others are found by their keys,
    which hold their feed or entry.
    """
    if article.speaker is not Speaker.SITE:
        return connection.scalar(_ARTICLE_OF_KEY, {"wanted_key": bounded_key(article.key)})
    if of_entry is not None and connection.scalar(_SPEAKER, {"of_article": of_entry}) == Speaker.SITE:
        return of_entry
    return None


def _with_words(connection: Connection, result: Result) -> tuple[Result, int | None]:
    """Store what a feed says of a page of another site; return the result as stored and the id of this article."""
    if result.words is None:
        return result, None
    words = result.words
    of_words = replace(result, article=words.article, hits=words.hits, fingerprint=words.fingerprint, words=None)
    stored, article = _with_article(connection, of_words, _own_article(connection, words.article, None))
    stored_words = replace(words, article=stored.article) if stored.article else words
    return replace(result, words=stored_words), article


def _with_article(connection: Connection, result: Result, own_article: int | None) -> tuple[Result, int | None]:
    """Store the article of a result; return the result as stored and the id of the entry's article."""
    if result.article is None:
        return result, None
    # `add` returns None when another entry stored the key first, perhaps just now in another process.
    if own_article is None and (new := articles.add(connection, result.article, result.fingerprint, result.at)):
        return _with_new_hits(connection, result, new)
    current_row = articles.lock_current_row(connection, result.article.key, own_article)
    if _belongs_to_another_entry(result.article, current_row, own_article):
        # The page of an edited entry failed for a while: it is asked for again.
        if current_row.id == own_article and result.outcome is Outcome.PENDING:
            return replace(result, article=None, hits=()), own_article
        return replace(result, outcome=Outcome.DUPLICATE, article=None, hits=(), due=None), current_row.id
    stored = articles.update_article(connection, current_row, result.article, result.fingerprint, result.at)
    if stored.version > current_row.version:
        add_text(connection, stored, result.extra_lines)
    is_other_page = stored.version > current_row.version or stored.text_from != current_row.text_from
    result, number = _with_hits(connection, result, stored)
    if versions.store_raw_page(connection, stored) or is_other_page:
        seals.put_version(connection, stored, result.text_sha256, result.at)
    return result, number


def _with_new_hits(connection: Connection, result: Result, new: Article) -> tuple[Result, int | None]:
    """Store the hits of a new article; most have none, and then there is nothing to replace either."""
    if result.hits:
        articles.put_hits(connection, new, result.hits, result.at)
        versions.store_raw_page(connection, new)
    add_text(connection, new, result.extra_lines)
    seals.put_version(connection, new, result.text_sha256, result.at)
    if new.text_from is TextFrom.PAGE:
        rechecks.plan_recheck(connection, new, result, is_new=True)
    return replace(result, article=new), new.id


def _with_hits(connection: Connection, result: Result, stored: Article) -> tuple[Result, int | None]:
    articles.replace_hits(connection, stored, result.hits, result.at)
    refresh_item_of_article(connection, stored.id)
    if stored.text_from is TextFrom.PAGE:
        rechecks.plan_recheck(connection, stored, result)
    return replace(result, article=stored), stored.id


def _belongs_to_another_entry(article: Article, current_row: Any, own_article: int | None) -> bool:
    """Return whether the stored article stays unchanged, and the entry ends as a duplicate of it.

    A page replaces the text of a feed, also that of another entry, but never the other way round; and a page at its
    plain address replaces one of a twin.
    """
    stored_rank, rank = (
        (text_from == TextFrom.PAGE, text_from == TextFrom.PAGE and not is_twin(url))
        for text_from, url in ((current_row.text_from, current_row.url), (article.text_from, article.url))
    )
    return rank < stored_rank or (rank == stored_rank and current_row.id != own_article)


def _entry_values(result: Result, article: int | None) -> dict[str, Any]:
    """Return the parameters of `_ENTRY_UPDATE`."""
    values: dict[str, Any] = {
        "entry_id": result.entry.id,
        "outcome": result.outcome,
        "detail": result.detail,
        "tries": result.entry.tries + result.request_sent,  # from the entry as it was claimed: saving twice counts once
        "due": result.due,
        "last_try": result.at,
        "claimed_until": None,
        "article": article,
    }
    # A redirect led to a host that another run asks: the entry waits in the slice of that host.
    if result.held_origin:
        values["slice"] = slice_of(result.held_origin)
    return values
