"""I/O: the database. Texts that the closed watch has not read yet; whoever they name, each is put down here once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from monitor.model import Absence, Article, RawPage, UnmatchedArticle, UnreadText
from monitor.model.article import ExtraLines
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.sql import articles

_row = t.unread_text.c
_INSERTION = insert(t.unread_text)


class SqlUnreadTexts(Queries):
    """The texts stored since the closed watch read last, in the order of storing."""

    def first(self, limit: int) -> Sequence[UnreadText]:
        """Return the first of them, with their pages; of an article in its present version."""
        query = (
            articles.current()
            .add_columns(_row.id.label("number"), *(_row[name] for name in ("lines", "is_absence", "status", "body")))
            .add_columns(
                _row.url.label("answered_by"), _row.headers.label("page_headers"), _row.request.label("page_request")
            )
            .join(t.unread_text, _row.article == t.article.c.id)
            .order_by(_row.id)
            .limit(limit)
        )
        return [_unread(row) for row in self._rows(query)]

    def forget(self, numbers: Collection[int]) -> None:
        """Delete texts that were read."""
        self._change("forget texts that were read", delete(t.unread_text).where(_row.id.in_(numbers)))

    def forget_all(self) -> None:
        """Delete all of them: there is no closed watch."""
        if self._value(select(_row.id).limit(1)) is not None:
            self._change("forget texts that were read", delete(t.unread_text))


def add_text(connection: Connection, article: Article, lines: ExtraLines = ()) -> None:
    """Put down a new version of an article. Stored in the transaction of the article, so none is ever missed."""
    rows = [[text, articles.zone_rows(zones)] for text, zones in lines]
    page = _page_columns(article.raw) if article.raw else {}
    connection.execute(_INSERTION, {"article": article.id, "lines": rows} | page)


def add_absence(connection: Connection, article: int, absence: Absence) -> None:
    """Put down that the page of an article is gone."""
    page = _page_columns(absence.raw) if absence.raw else {}
    values = {"article": article, "is_absence": True, "url": absence.url, "status": absence.status}
    connection.execute(_INSERTION, values | page)


def _page_columns(raw: RawPage) -> dict[str, Any]:
    return {"headers": dict(raw.headers), "body": raw.body, "request": raw.request}


def _unread(row: Any) -> UnreadText:
    lines = tuple((text, articles.zones_of(zones)) for text, zones in row.lines)
    raw = None if row.body is None else RawPage(row.body, row.page_headers, row.page_request)
    absence = None
    if row.is_absence:
        absence = Absence(row.gone, row.gone_why, row.answered_by, row.status, raw)
        raw = None
    return UnreadText(row.number, UnmatchedArticle(articles.from_row(row), lines), raw, absence)
