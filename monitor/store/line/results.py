"""I/O: the database. The result of an entry's trip: its article with hits, pages and seals, and its outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from monitor.errors import ClaimLost, NotFound
from monitor.model import OUTCOMES_OF_NAMES, Article, Outcome, Result, Speaker, TextFrom
from monitor.store import seals
from monitor.store import tables as t
from monitor.store.line import rechecks
from monitor.store.line.additions import link_article
from monitor.store.line.new_entries import add_to_day, mention_count
from monitor.store.line.unread_texts import add_text
from monitor.store.sql import articles, versions
from monitor.store.sql.further_words import words_beside
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.sql.unnamed import of_stored_names
from monitor.store.types import bounded_key
from monitor.urls import is_twin, slice_of

# Built once: they run for each entry, and building takes longer than running.
_SPEAKER = select(t.article.c.speaker).where(t.article.c.id == bindparam("of_article"))
_ARTICLE_OF_KEY = select(t.article.c.id).where(t.article.c.key == bindparam("wanted_key"))
_STORED_ENTRY = (
    select(*t.entry.c["article", "outcome", "claim", "last_try"])
    .where(t.entry.c.id == bindparam("entry_id"))
    .with_for_update()
)
_ENTRY_UPDATE = update(t.entry).where(t.entry.c.id == bindparam("entry_id"))


def store_result(connection: Connection, result: Result) -> Result:
    """Store a result as `SqlEntries.save_result` says; return it as stored. Raises ClaimLost, NotFound."""
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
        if (words := words_beside(connection, result, current_row)) is not None:
            return _with_article(connection, words, None if own_article == current_row.id else own_article)
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
        "unmatched_outcome": result.unmatched_outcome if result.outcome in OUTCOMES_OF_NAMES else result.outcome,
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
