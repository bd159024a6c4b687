"""I/O: the database. The articles of the closed watch: copies of stored articles, under the numbers that those have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from monitor.model import Article, Fingerprint, MatchedArticle, RescanMatch, UnreadText
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line.archive import advance_rescan, save_match
from monitor.store.sql import articles, versions
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.types import row_of
from monitor.text.lead import told_at


class SqlCopies(Queries):
    """Copies of articles in which a closed name stands or stood. Storing one twice changes nothing."""

    def stored(self, numbers: Collection[int]) -> dict[int, Article]:
        """Return those of these articles that are stored, in their present version, by number."""
        with self._database.reading() as connection:
            rows = connection.execute(articles.current().where(t.article.c.id.in_(numbers)))
            return {row.id: articles.from_row(row) for row in rows}

    def save(self, texts: Sequence[tuple[UnreadText, MatchedArticle]], at: datetime) -> None:
        """Store texts with their hits, in one transaction."""
        with self._database.writing("copy articles") as connection:
            for text, matched in texts:
                _save(connection, text, matched, at)

    def save_older(self, matches: Sequence[RescanMatch], at: datetime, up_to: int | None = None) -> None:
        """Store articles of the open watch in which new names were found, and the progress of that rescan.

        `up_to` is the highest number that is still to be looked through; 0 ends the rescan, None leaves it.
        """
        with self._database.writing("copy older articles") as connection:
            for match in matches:
                if connection.scalar(select(t.article.c.id).where(t.article.c.id == match.article.id)) is None:
                    _add(connection, match.article, match.fingerprint, at)
                save_match(connection, match, at)
            if up_to is not None:
                advance_rescan(connection, up_to)

    def naming_others(self, entity: str) -> Collection[int]:
        """Return the articles in which another closed name stands."""
        other_hits = select(t.hit.c.article).join(t.entity).where(t.entity.c.id != entity)
        return set(self._column(other_hits))

    def any_stored(self) -> bool:
        """Return whether any article is stored."""
        return self._value(select(t.article.c.id).limit(1)) is not None


def _save(connection: Connection, text: UnreadText, matched: MatchedArticle, at: datetime) -> None:
    number = text.unmatched.article.id
    current_row = connection.execute(articles.current().where(t.article.c.id == number)).first()
    if text.absence is not None:
        if current_row is not None and current_row.gone is None:
            versions.store_absence(connection, number, text.absence)
        return
    article = replace(text.unmatched.article, text=matched.text, zones=matched.zones, raw=text.raw)
    if current_row is None:
        stored = _add(connection, article, matched.fingerprint, at)
    else:
        stored = articles.update_article(connection, current_row, article, matched.fingerprint, at)
    articles.replace_hits(connection, stored, matched.hits, at)
    refresh_item_of_article(connection, number)
    versions.store_raw_page(connection, stored)


def _add(connection: Connection, article: Article, fingerprint: Fingerprint, at: datetime) -> Article:
    """Store the first version of a copy."""
    new = replace(article, version=1)
    row = row_of(t.article, new, seen=told_at(article), **articles.fingerprint_values(fingerprint))
    connection.execute(insert(t.article), row | {"id": article.id})
    articles.add_version(connection, new, at)
    return new
