"""I/O: the database. Full-text search over the words of filed articles, folded as the matcher folds them.

The words are in a plain table, so that `move` and `purge` treat it like any other. Each database keeps its own index of
it: FTS5 by triggers on SQLite, GIN on PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, cast, column, false, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from monitor.store import tables as t
from monitor.store.database import put
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import is_one_of
from monitor.text.normalize import fold
from monitor.text.tokens import plain_and_other_words, tokens

_MAX_LETTERS = 60  # a longer word is found by its first letters
_EXACT_LETTERS = 2  # a word this short is not searched as a prefix: too many words begin with it
_WORD = re.compile(r"[^\W_]+")
# Vowel endings of words in Cyrillic letters: without its ending a word is a prefix of its other forms.
_ENDING = re.compile(r"(?<=[\u0400-\u052f]{4})[аеиоуыэюяйьөү]{1,2}$")
# On SQLite. FTS5 has a hidden column with the name of its table: MATCH on it searches all columns.
_fts5_index = table("searched", column("rowid"), column("searched"))
_fts5_terms = table("searched_terms", column("term"))  # the vocabulary of the index (fts5vocab)
_QUOTED = re.compile('["“”„«](.+?)["“”»]')
_LAST_CHARACTER = "\U0010ffff"
_MAX_FORMS = 20  # forms of a word that are searched one by one; more are searched as a prefix
# PostgreSQL uses the GIN index only for the very expression that is indexed.
_VECTOR: ColumnElement[Any] = literal_column("array_to_tsvector(string_to_array(article_words.words, ' '))")


def search_words(*texts: str) -> str:
    """Return the distinct words of texts as they are indexed and searched.

    >>> search_words("Ёлкина, О’Коннор-2", "ЕЛКИНА")
    '2 елкина оконнор'
    """
    words_of_texts = zip(*map(plain_and_other_words, texts), strict=True)
    plain_words, other_words = (set[str]().union(*words) for words in words_of_texts)
    folded = " ".join(plain_words).lower().replace("ё", "е").split()
    folded += _WORD.findall(" ".join(map(fold, other_words)))
    return " ".join(sorted({word[:_MAX_LETTERS] for word in folded}))


def word_beginnings(query: str) -> list[str]:
    """Return the words of a query without the endings that other forms of the word replace."""
    return [_ENDING.sub("", word) for word in search_words(query).split()]


def index_article(connection: Connection, article: int) -> None:
    """Index an article by the words of its current version."""
    words = search_words(*connection.execute(_CURRENT_TEXT, {"wanted": article}).one())
    put(connection, t.article_words, "article", {"article": article, "words": words})


_CURRENT_TEXT = (
    select(*t.article_version.c["title", "text"])
    .join(t.article, IS_CURRENT)
    .where(t.article_version.c.article == bindparam("wanted"))
)


def purge_deleted_words(connection: Connection) -> None:
    """Rebuild the FTS5 index, which keeps deleted words until then.

    On PostgreSQL, VACUUM FULL rewrites the index together with its table.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO searched (searched) VALUES ('rebuild')")


def articles_matching(connection: Connection, query: str) -> Select[Any]:
    """Select the articles with all words of a query, or longer words that begin with them, and its quoted phrases."""
    phrases = [phrase for quoted in _QUOTED.findall(query) if (phrase := _folded_words(quoted))]
    candidates = _articles_with_words(connection, word_beginnings(query))
    return _with_phrases(connection, candidates, phrases) if phrases else candidates


def _with_phrases(connection: Connection, candidates: Select[Any], phrases: Sequence[str]) -> Select[Any]:
    """Select those of the articles whose title or text holds the words of each phrase one after the other."""
    version = t.article_version.c
    texts = select(t.article.c.id, version.title, version.text).join(t.article_version, IS_CURRENT)
    holding = []
    for row in connection.execute(texts.where(t.article.c.id.in_(candidates))):
        fields = [f" {_folded_words(text)} " for text in (row.title, row.text)]
        if all(any(f" {phrase} " in field for field in fields) for phrase in phrases):
            holding.append(row.id)
    return select(t.article.c.id).where(is_one_of(t.article.c.id, holding))


def _folded_words(text: str) -> str:
    """Return the words of a text in their order, folded, with single spaces."""
    return " ".join(word for token in tokens(text) for word in _WORD.findall(fold(token.text)))


def _articles_with_words(connection: Connection, beginnings: Sequence[str]) -> Select[Any]:
    if not beginnings:
        return select(t.article_words.c.article).where(false())
    if connection.dialect.name == "sqlite":
        match = " AND ".join(_fts5_term(connection, word) for word in beginnings)
        return select(_fts5_index.c.rowid).where(_fts5_index.c.searched.op("MATCH")(match))
    match = " & ".join(f"'{word}'" + ":*" * (len(word) > _EXACT_LETTERS) for word in beginnings)
    return select(t.article_words.c.article).where(_VECTOR.op("@@")(cast(match, TSQUERY)))


def _fts5_term(connection: Connection, word: str) -> str:
    """Return the FTS5 expression for a word and the words that begin with it.

    The few forms of a word are listed one by one: FTS5 reads the articles of a whole word lazily, but for a prefix it
    collects all articles first, including those of common words.
    """
    if len(word) <= _EXACT_LETTERS:
        return f'"{word}"'
    terms_with_prefix = (
        select(_fts5_terms.c.term).where(_fts5_terms.c.term.between(word, word + _LAST_CHARACTER)).limit(_MAX_FORMS + 1)
    )
    forms = connection.scalars(terms_with_prefix).all()
    if len(forms) > _MAX_FORMS:
        return f'"{word}"*'
    # If the index has no form of the word, the word itself is searched and finds nothing.
    return "(" + " OR ".join(f'"{form}"' for form in forms or [word]) + ")"
