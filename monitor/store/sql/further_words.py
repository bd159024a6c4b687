"""I/O: the database. What further entries say of a stored article, beside it; for use inside a transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, literal, select, union_all

from monitor.model import OUTCOMES_OF_NAMES, Confidence, Field, Outcome, Result, TextFrom, outcome_of, text_hash
from monitor.store import tables as t
from monitor.store.sql import articles
from monitor.text.sentences import words_in

_WORDS = "words:"  # before the keys of such articles
_of_entry, _of_version = t.entry.c, t.article_version.c
_STORED_WORDS = union_all(
    select(*_of_version["title", "text"], literal("").label("summary")).where(
        _of_version.article == bindparam("of_article")
    ),
    select(*_of_entry["title", "content", "summary"]).where(
        _of_entry.article == bindparam("of_article"), _of_entry.id != bindparam("entry_id")
    ),
)
_NAMED = (
    select(t.entity.c.id, t.hit.c.confidence)
    .join(t.hit, t.hit.c.entity == t.entity.c.number)
    .join(t.article, articles.in_force())
    .where(t.hit.c.article == bindparam("of_article"))
)


def words_beside(connection: Connection, result: Result, stored: Any) -> Result | None:
    """Return an entry's words as an article of their own, or None if they say nothing beside the stored article.

    A page that goes on is listed again with what is new; and of a page that is refused there is nothing else. Where
    the page is stored, its rechecks tell more of whom it names: another summary of it brings nobody back.
    """
    article = result.article
    if article is None or article.text_from is TextFrom.PAGE or article.key.startswith(_WORDS):
        return None
    stored_words = connection.execute(_STORED_WORDS, {"of_article": stored.id, "entry_id": result.entry.id}).all()
    is_new_title = all(_folded(row.title) != _folded(article.title) for row in stored_words)
    # A summary that is cut ends within a word.
    if not is_new_title and any(_folded(article.text) in _folded(text) for row in stored_words for text in row[1:]):
        return None
    hits, named = result.hits, {row.id: row.confidence for row in connection.execute(_NAMED, {"of_article": stored.id})}
    names_more = any(named.get(hit.entity) not in {hit.confidence, Confidence.STRONG} for hit in hits)
    in_title = is_new_title and any(mention.field is Field.TITLE for hit in hits for mention in hit.mentions)
    if stored.text_from == TextFrom.PAGE and not names_more and not in_title:
        hits = ()
    key = f"{_WORDS}{text_hash(repr((article.key, article.title, article.text)))}"  # the same words are one article
    outcome = result.outcome
    if outcome in {Outcome.PENDING, *OUTCOMES_OF_NAMES}:
        outcome = outcome_of(hits) or Outcome.NO_MATCH
    return replace(result, outcome=outcome, article=replace(article, key=key), hits=hits, due=None)


def _folded(text: str) -> str:
    return " ".join(words_in(text))
