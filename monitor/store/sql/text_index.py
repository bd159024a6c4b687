"""I/O: the database. An index of the words of all stored texts, for previews (`match/vocabulary.py`).

Runs fill it in slices, so it may lack articles: those are read. It can be made again from the texts, so `move` leaves
it behind and `purge` empties it. SQLite keeps the words of an article in FTS5, PostgreSQL in an array with a GIN index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    cast,
    column,
    delete,
    exists,
    insert,
    literal,
    select,
    table,
)  # fmt: skip

from monitor.store import tables as t
from monitor.store.database import insert_new
from monitor.store.types import parameter_rows
from monitor.text.vocabulary import VOCABULARY_VERSION, text_words, vocabulary_keys

if TYPE_CHECKING:
    from monitor.match.vocabulary import TextsWanted

# Not among `tables`, so that `move` does not copy them.
_metadata = MetaData()
_word = Table(
    "text_word", _metadata, Column("id", Integer, primary_key=True), Column("form", Text), Column("key", Text)
)
_index = Table(
    "text_index",
    _metadata,
    Column("article", Integer, primary_key=True),
    Column("version", Integer),
    Column("vocabulary", BigInteger),
    Column("words", ARRAY(Integer)),  # on PostgreSQL
)
# FTS5 has a hidden column with the name of its table: MATCH on it searches all columns.
_postings = table("text_posting", column("rowid"), column("words"), column("text_posting"))
TABLES = ("text_posting", "text_index", "text_word")
_LAST_CHARACTER = "\U0010ffff"
_TERMS_PER_QUERY = 500
_article, _version = t.article.c, t.article_version.c


# ---- filling --------------------------------------------------------------------------------------------------------


def is_unindexed() -> ColumnElement[bool]:
    """Return the SQL condition that the present text of an article is not in the index."""
    is_present = and_(_index.c.version == _article.version, _index.c.vocabulary == VOCABULARY_VERSION)
    return ~exists().where(_index.c.article == _article.id, is_present).correlate(t.article)


def index_texts(connection: Connection, limit: int) -> int:
    """Index at most `limit` articles that are not indexed yet, the newest first; return their number."""
    _clear_if_outdated(connection)
    texts = select(_article.id, _article.version, _version.title, _version.text).join(
        t.article_version, and_(_version.article == _article.id, _version.version == _article.version)
    )
    rows = connection.execute(texts.where(is_unindexed()).order_by(_article.id.desc()).limit(limit)).all()
    remove(connection, [row.id for row in rows])
    words = {row.id: text_words(row.title) | text_words(row.text) for row in rows}
    numbers = _word_numbers(connection, set().union(*words.values()))
    indexed = [
        {"article": row.id, "version": row.version, "vocabulary": VOCABULARY_VERSION,
         "words": sorted(numbers[word] for word in words[row.id])}
        for row in rows
    ]  # fmt: skip
    _insert(connection, indexed)
    return len(rows)


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        postings = [{"rowid": row["article"], "words": _document(row.pop("words"))} for row in rows]
        connection.execute(insert(_postings), postings)
    connection.execute(insert(_index), rows)


def _document(numbers: Iterable[int]) -> str:
    return " ".join(map(str, sorted(numbers)))


def _word_numbers(connection: Connection, words: Collection[str]) -> Mapping[str, int]:
    """Return the number of each word; words that are new get one."""
    requested = parameter_rows(connection.dialect.name, "words", Text)
    stored = select(_word.c.form, _word.c.id).where(_word.c.form.in_(select(requested)))
    numbers = dict(connection.execute(stored, {"words": [*words]}).all())
    new = sorted(set(words) - numbers.keys())
    if new:
        rows = [{"form": form, "key": key} for form, key in zip(new, vocabulary_keys(new), strict=True)]
        connection.execute(insert_new(connection.dialect.name, _word).on_conflict_do_nothing(), rows)
        numbers |= dict(connection.execute(stored, {"words": new}).all())
    return numbers


# ---- removal --------------------------------------------------------------------------------------------------------


def remove(connection: Connection, articles: Collection[int]) -> None:
    """Remove articles from the index, before their indexed texts are changed or dropped."""
    if not articles:
        return
    _clear_if_outdated(connection)
    if connection.dialect.name == "sqlite":
        # FTS5 without texts must be given them again to take them out (fts5, "Contentless Tables").
        texts = (
            select(_index.c.article, _version.title, _version.text)
            .join(t.article_version, and_(_version.article == _index.c.article, _version.version == _index.c.version))
            .where(_index.c.article.in_(articles))
        )
        words = {row.article: text_words(row.title) | text_words(row.text) for row in connection.execute(texts)}
        numbers = _word_numbers(connection, set().union(*words.values()))
        for article, article_words in words.items():
            document = _document(numbers[word] for word in article_words)
            deletion = {"text_posting": "delete", "rowid": article, "words": document}
            connection.execute(insert(_postings).values(deletion))
    connection.execute(delete(_index).where(_index.c.article.in_(articles)))


def _clear_if_outdated(connection: Connection) -> None:
    """Empty an index that was made with another table of romanisations."""
    if connection.scalar(select(_index.c.article).where(_index.c.vocabulary != VOCABULARY_VERSION).limit(1)):
        clear(connection)


def clear(connection: Connection) -> None:
    """Empty the index."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO text_posting (text_posting) VALUES ('delete-all')")
    for emptied in (_index, _word):
        connection.execute(delete(emptied))


# ---- search ---------------------------------------------------------------------------------------------------------


def words_with_prefixes(connection: Connection, prefixes: Sequence[str]) -> Sequence[tuple[int, str]]:
    """Return the words whose keys begin with any of these, with their numbers."""
    prefix = select(parameter_rows(connection.dialect.name, "prefixes", Text).label("prefix")).subquery("p").c.prefix
    is_between = and_(_word.c.key >= prefix, _word.c.key < prefix + literal(_LAST_CHARACTER))
    query = select(_word.c.id, _word.c.form).where(is_between)
    return [(row.id, row.form) for row in connection.execute(query, {"prefixes": [*prefixes]})]


def articles_with_words(connection: Connection, wanted: TextsWanted, since: datetime) -> set[int]:
    """Return the indexed articles first seen since a time that hold these words."""
    either = sorted(wanted.either)
    chunks = (either[n : n + _TERMS_PER_QUERY] for n in range(0, len(either), _TERMS_PER_QUERY))
    groups: list[tuple[Collection[int], ...]] = [*((chunk,) for chunk in chunks), *wanted.pairs]
    articles: set[int] = set()
    for group in groups:
        found = _holding(connection.dialect.name, group)
        articles.update(
            connection.scalars(select(_article.id).where(_article.id.in_(found), _article.first_seen >= since))
        )
    return articles


def _holding(dialect: str, groups: Sequence[Collection[int]]) -> Select[Any]:
    """Select the articles that hold a word of each group."""
    if dialect == "sqlite":
        expression = " AND ".join(f"({' OR '.join(map(str, sorted(group)))})" for group in groups)
        return select(_postings.c.rowid).where(_postings.c.text_posting.op("MATCH")(expression))
    arrays = (cast(sorted(group), ARRAY(Integer)) for group in groups)
    return select(_index.c.article).where(*(_index.c.words.op("&&")(array) for array in arrays))
