"""I/O: the database. An index of the words of all stored texts, for previews (`match/vocabulary.py`).

Runs fill it in slices, so it may lack articles: those are read. It can be made again from the texts, so `move` leaves
it behind and `purge` empties it. SQLite keeps the words of an article in FTS5, PostgreSQL in an array with a GIN index.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
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
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    true,
)

from monitor.store import tables as t
from monitor.store.database import insert_new
from monitor.store.tables.sources import IS_CURRENT
from monitor.text.vocabulary import VOCABULARY_VERSION, TextQuery, text_words, vocabulary_keys, word_number

# Not among `tables`, so that `move` does not copy them.
_metadata = MetaData()
_word = Table("text_word", _metadata, Column("key", Text, primary_key=True), Column("form", Text, primary_key=True))
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
_LAST_CHARACTER = "\U0010ffff"
_QUERY_COLUMNS = {"prefix": Text, "part": Text, "start": Integer, "length": Integer}  # of `KeyQuery`
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
    columns = (_article.id, _article.version, _version.title, _version.text)
    texts = select(*columns).join(t.article_version, IS_CURRENT)
    rows = connection.execute(texts.where(is_unindexed()).order_by(_article.id.desc()).limit(limit)).all()
    remove(connection, [row.id for row in rows])
    words = {row.id: text_words(row.title) | text_words(row.text) for row in rows}
    numbers = {word: word_number(word) for word in set().union(*words.values())}
    _add_words(connection, numbers)
    indexed = [{"article": row.id, "version": row.version, "vocabulary": VOCABULARY_VERSION} for row in rows]
    if connection.dialect.name == "sqlite" and rows:
        terms = {word: str(number) for word, number in numbers.items()}
        postings = [{"rowid": row.id, "words": " ".join(map(terms.__getitem__, words[row.id]))} for row in rows]
        connection.execute(insert(_postings), postings)
    elif rows:
        indexed = [row | {"words": sorted(map(numbers.__getitem__, words[row["article"]]))} for row in indexed]
    if rows:
        connection.execute(insert(_index), indexed)
    return len(rows)


def _add_words(connection: Connection, words: Collection[str]) -> None:
    ordered = sorted(words)  # words that begin alike stand near each other in the table
    keys = dict(zip(ordered, vocabulary_keys(ordered), strict=True))
    # One parameter for all rows: SQLAlchemy handles those of each row longer than SQLite does the row.
    pairs = bindparam("keys", type_=JSON)
    is_sqlite = connection.dialect.name == "sqlite"
    row = (func.json_each(pairs) if is_sqlite else func.json_each_text(pairs)).table_valued("key", "value").c
    rows = select(row.value, row.key).where(true())  # SQLite needs a WHERE before ON CONFLICT
    insertion = insert_new(connection.dialect.name, _word).from_select(["key", "form"], rows).on_conflict_do_nothing()
    connection.execute(insertion, {"keys": keys})


# ---- removal --------------------------------------------------------------------------------------------------------


def remove(connection: Connection, articles: Collection[int]) -> None:
    """Remove articles from the index, before their indexed texts are changed or dropped."""
    if not articles:
        return
    _clear_if_outdated(connection)
    if connection.dialect.name == "sqlite":
        # To remove an article, a contentless FTS5 table must be given its text again (fts5, "Contentless Tables").
        texts = (
            select(_index.c.article, _version.title, _version.text)
            .join(t.article_version, and_(_version.article == _index.c.article, _version.version == _index.c.version))
            .where(_index.c.article.in_(articles))
        )
        for row in connection.execute(texts).all():
            numbers = map(word_number, text_words(row.title) | text_words(row.text))
            deletion = {"text_posting": "delete", "rowid": row.article, "words": " ".join(map(str, numbers))}
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


def words_with_keys(connection: Connection, queries: Sequence[tuple[str, str, int, int]]) -> Collection[str]:
    """Return the words whose keys fit any of these, each the values of a `KeyQuery`."""
    rows = bindparam("queries", type_=JSON)
    values: Sequence[ColumnElement[Any]]
    if connection.dialect.name == "sqlite":
        row = func.json_each(rows).table_valued("value").c.value
        values = [func.json_extract(row, f"$[{n}]") for n in range(len(_QUERY_COLUMNS))]
    else:
        row = func.json_array_elements(rows).table_valued("value").c.value
        values = [row.op("->>")(n) for n in range(len(_QUERY_COLUMNS))]
    query = select(
        *(cast(value, kind).label(name) for value, (name, kind) in zip(values, _QUERY_COLUMNS.items(), strict=True))
    ).subquery("q")
    is_between = and_(_word.c.key >= query.c.prefix, _word.c.key < query.c.prefix + literal(_LAST_CHARACTER))
    window = func.substr(_word.c.key, query.c.start + 1, query.c.length)
    place = (
        func.instr(window, query.c.part) if connection.dialect.name == "sqlite" else func.strpos(window, query.c.part)
    )
    words = select(_word.c.form).where(is_between, or_(query.c.part == "", place > 0))
    return {*connection.scalars(words, {"queries": [list(query) for query in queries]})}


def articles_with_all(connection: Connection, words: Sequence[Collection[str]], limit: int) -> Sequence[int]:
    """Return the newest indexed articles that hold, for each of the words, one of its forms."""
    holding = select(_article.id).where(_article.id.in_(_holding(connection.dialect.name, words)))
    return connection.scalars(holding.order_by(_article.id.desc()).limit(limit)).all()


def articles_with_words(connection: Connection, query: TextQuery, since: datetime) -> set[int]:
    """Return the indexed articles first seen since a time that hold these words."""
    either = sorted(query.either)
    chunks = (either[n : n + _TERMS_PER_QUERY] for n in range(0, len(either), _TERMS_PER_QUERY))
    groups: list[tuple[Collection[str], ...]] = [*((chunk,) for chunk in chunks), *query.pairs]
    articles: set[int] = set()
    for group in groups:
        holding = select(_article.id).where(_article.id.in_(_holding(connection.dialect.name, group)))
        articles.update(connection.scalars(holding.where(_article.first_seen >= since)))
    return articles


def _holding(dialect: str, groups: Sequence[Collection[str]]) -> Select[Any]:
    """Select the articles that hold a word of each group."""
    numbers = [sorted(map(word_number, group)) for group in groups]
    if dialect == "sqlite":
        expression = " AND ".join(f"({' OR '.join(map(str, group))})" for group in numbers)
        return select(_postings.c.rowid).where(_postings.c.text_posting.op("MATCH")(expression))
    return select(_index.c.article).where(*(_index.c.words.op("&&")(cast(group, ARRAY(Integer))) for group in numbers))
