"""Items of hundreds of articles, written straight into the tables: filing them one by one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, Table, event, insert

from kit.store import HOUR, NOW
from monitor.model import ReviewItem, Speaker
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.sql.item_columns import refresh_item

NAMES = {"melis": "Melis Tokoev", "cholpon": "Cholpon Arzyeva", "kos": "Committee for Public Security",
         "fourth": "Aizada Nurova"}  # fmt: skip

_serial = count()


@dataclass(frozen=True)
class Named:
    """A watched name in an article."""

    entity: str
    strong: bool = True
    alerts: bool = True
    why: str = "a watched person"


@dataclass(frozen=True)
class Flooding:
    """An article that joins an item."""

    outlet: str = "Evil"
    language: str = "en"
    is_copy: bool = False
    filed: datetime = NOW
    changed: datetime | None = None
    older: bool = False
    changed_at: datetime | None = None  # a change of it,
    before: str = "It rained."  # of this sentence
    names: tuple[Named, ...] = (Named("melis"),)
    linked_by: int = 0  # the feed of another site that led to it


def text_of(number: int, flooding: Flooding) -> str:
    """Return a text with each name in full and then its last word."""
    names = [NAMES[named.entity] for named in flooding.names]
    named = [f"On day {number} {name} was there. Then {name.split()[-1]} left." for name in names]
    return "\n".join(["It rained.", *named])


def flood(store: Store, item: ReviewItem, floodings: Sequence[Flooding]) -> None:
    """Put articles into the story of an item."""
    with store.database.writing("a test") as connection:
        _put(connection, item, floodings, entity_numbers_of(connection))
        refresh_item(connection, item.id)


def entity_numbers_of(connection: Connection) -> dict[str, int]:
    rows = connection.exec_driver_sql("SELECT id, number FROM entity").all()
    return {row.id: row.number for row in rows}


def _put(connection: Connection, item: ReviewItem, floodings: Sequence[Flooding], numbers: dict[str, int]) -> None:
    texts = [text_of(n, flooding) for n, flooding in enumerate(floodings, 1)]
    articles = _insert(connection, t.article, [_article_row(flooding) for flooding in floodings])
    versions, filings, findings, hits, named = [], [], [], [], []
    copied = item.articles[0].id
    for n, (flooding, article, text) in enumerate(zip(floodings, articles, texts, strict=True), 1):
        first_seen = flooding.filed - HOUR
        version = {"article": article, "version": 1, "stored": first_seen, "url": f"https://evil.example/{n}"}
        version |= {"title": f"Flood {n}", "text": text, "language": flooding.language, "published": first_seen}
        versions.append(version | {"sha256": str(n)})
        filing = {"story": item.story, "article": article, "copy_of": copied if flooding.is_copy else None}
        filing |= {"rule": "words", "score": 1.0, "version": 1, "filed": flooding.filed, "changed": flooding.changed}
        filings.append(filing)
        if flooding.changed_at:
            finding = {"article": article, "version": 1, "kind": "sentence", "before": flooding.before, "after": ""}
            findings.append(finding | {"found": flooding.changed_at})
        for name in flooding.names:
            hit = {"article": article, "entity": numbers[name.entity], "version": 1, "alerts": name.alerts}
            hit |= {"confidence": "strong" if name.strong else "possible", "why": name.why, "found": first_seen}
            hits.append(hit | {"filed": True})
            named.append((name, text))
    connection.execute(insert(t.article_version), versions)
    connection.execute(insert(t.story_article), filings)
    if findings:
        connection.execute(insert(t.finding), findings)
    places = zip(named, _insert(connection, t.hit, hits), strict=True)
    if mentions := [row for (name, text), hit in places for row in _mentions(name, text, hit)]:
        connection.execute(insert(t.mention), mentions)


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """Insert rows in one statement; return their ids in the same order."""
    if not rows:
        return ()
    return connection.scalars(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows).all()


def _article_row(flooding: Flooding) -> dict[str, Any]:
    first_seen = flooding.filed - HOUR
    linked = f"linked:{flooding.linked_by}:" if flooding.linked_by else ""
    row = {"key": f"{linked}flood-{next(_serial)}", "speaker": Speaker.LINKED_PAGE if linked else Speaker.SITE}
    row |= {"outlet": flooding.outlet, "first_seen": first_seen, "seen": first_seen}
    return row | {
        "gone": flooding.changed_at, "gone_why": "gone" if flooding.changed_at else "", "older": flooding.older
    }  # fmt: skip


def _mentions(named: Named, text: str, hit: int) -> Iterator[dict[str, Any]]:
    """Yield both places of a name."""
    words, confidence = NAMES[named.entity], "strong" if named.strong else "possible"
    place = {"hit": hit, "version": 1, "field": "text", "alias": words, "why": ["same words"], "score": 99.0}
    full, short = text.index(words), text.index(f"Then {words.split()[-1]} left") + len("Then ")
    # The first place is possible only: what is loaded of an article must not depend on the order of its places.
    for start, wording, certainty in ((full, words, "possible"), (short, words.split()[-1], confidence)):
        yield place | {"start": start, "end": start + len(wording), "text": wording, "confidence": certainty}


@contextmanager
def counted_rows(store: Store) -> Iterator[list[int]]:
    """Count the rows that SQLite hands out meanwhile, in the one value of the list."""
    rows = [0]

    def count_row(_: object, values: object) -> object:
        rows[0] += 1
        return values

    def watch(raw: Any, *_: object) -> None:
        raw.row_factory = count_row

    def leave(raw: Any, *_: object) -> None:
        raw.row_factory = None

    pool = store.database.engine.pool
    event.listen(pool, "checkout", watch)
    event.listen(pool, "checkin", leave)
    try:
        yield rows
    finally:
        event.remove(pool, "checkout", watch)
        event.remove(pool, "checkin", leave)
