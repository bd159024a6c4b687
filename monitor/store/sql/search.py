"""I/O: the database. Search: the words of articles that stand in stories, folded as the matcher folds.

They are a plain table, so that they move and go with everything else; each database keeps its own index of it by itself
(migrations 0010 and 0020): FTS5 by triggers on SQLite, GIN on PostgreSQL.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, cast, column, false, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from monitor.store import tables as t
from monitor.store.database import insert_new
from monitor.text.normalize import fold
from monitor.text.tokens import tokens

_LONGEST = 60  # letters; a longer word is found by its beginning
_EXACT = 2  # letters; so short a word is looked for as it is: too many others begin with it
_WORD = re.compile(r"[^\W_]+")
# How a word of Cyrillic letters may end: without it, it is the beginning of its other forms, too.
_ENDING = re.compile(r"(?<=[\u0400-\u052f]{4})[аеиоуыэюяйьөү]{1,2}$")
_searched = table("searched", column("rowid"), column("searched"))  # on SQLite; MATCH takes the column of its own name
_terms = table("searched_terms", column("term"))  # the words that it has
_HIGHEST = "\U0010ffff"
_FEW = 20  # forms of a word
_VECTOR: ColumnElement[Any] = literal_column(
    "array_to_tsvector(string_to_array(article_words.words, ' '))"
)  # as it is indexed


def words_of(*said: str) -> str:
    """The words of texts, each once, as they are searched.

    >>> words_of("Ёлкина, О’Коннор-2", "ЕЛКИНА")
    '2 елкина оконнор'
    """
    folded = {fold(token.text) for part in said for token in tokens(part)}
    return " ".join(sorted({word[:_LONGEST] for each in folded for word in _WORD.findall(each)}))


def put(connection: Connection, article: int) -> None:
    """Has an article found by what its current version says."""
    version = t.article_version.c
    this = and_(version.article == t.article.c.id, version.version == t.article.c.version)
    said = select(version.title, version.text).join(t.article, this).where(version.article == article)
    values = {"words": words_of(*connection.execute(said).one())}
    add = insert_new(connection.dialect.name, t.article_words).values(article=article, **values)
    connection.execute(add.on_conflict_do_update(index_elements=["article"], set_=values))


def forget_deleted(connection: Connection) -> None:
    """FTS5 keeps what was taken out until it tidies up; on PostgreSQL the index is written anew with its table."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO searched (searched) VALUES ('rebuild')")


def says(connection: Connection, asked: str) -> Select[Any]:
    """The articles that say all these words, or words that begin with them."""
    beginnings = [_ENDING.sub("", word) for word in words_of(asked).split()]
    if not beginnings:
        return select(t.article_words.c.article).where(false())
    if connection.dialect.name == "sqlite":
        match = " AND ".join(_spelt(connection, word) for word in beginnings)
        return select(_searched.c.rowid).where(_searched.c.searched.op("MATCH")(match))
    match = " & ".join(f"'{word}'" + ":*" * (len(word) > _EXACT) for word in beginnings)
    return select(t.article_words.c.article).where(_VECTOR.op("@@")(cast(match, TSQUERY)))


def _spelt(connection: Connection, word: str) -> str:
    """A word, or all that begin with it, for FTS5: it goes through the articles of a word as far as the others ask
    for, but of a beginning it gathers all articles first, those of a common word too."""
    if len(word) <= _EXACT:
        return f'"{word}"'
    begin = select(_terms.c.term).where(_terms.c.term.between(word, word + _HIGHEST)).limit(_FEW + 1)
    forms = connection.scalars(begin).all()
    if len(forms) > _FEW:
        return f'"{word}"*'
    return "(" + " OR ".join(f'"{form}"' for form in forms or [word]) + ")"


def is_index(name: str | None) -> bool:
    """Whether a table or an index is the database's own of these words, which `tables` does not know."""
    return bool(name) and str(name).startswith(("searched", "ix_article_words"))
