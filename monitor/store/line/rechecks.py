"""I/O: the database. Revisits: which pages are asked for again, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, select, true, update

from monitor.feeds.schedule import next_recheck, spread
from monitor.model import Article, Recheck, RecheckResult, Result, Validators
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.line.feeds import unclaimed
from monitor.store.sql import articles, items, versions
from monitor.store.types import shaped, storable

_row = t.revisit.c
_version = t.article_version.c


class SqlRevisits(Queries):
    def claim(
        self, now: datetime, until: datetime, at_most: int, room: Mapping[int, int], *, matched: bool = False
    ) -> Sequence[Recheck]:
        """Those that are due, and nobody else's before `until`.

        Of more than `at_most` a sample is drawn that does not depend on the list; the others wait for their next time,
        and so do articles of feeds without `room` (feed number -> how many pages it may give now), and, with `matched`,
        those that name nobody. What goes beyond the room of its feed stays due.
        """
        wanted = exists().where(t.hit.c.article == _row.article) if matched else true()
        due = (
            select(_row.article, _row.since, t.article.c.key, t.entry.c.feed, wanted.label("wanted"))
            .join(t.article, t.article.c.id == _row.article)
            .join(t.entry, t.entry.c.id == _row.entry)
            .where(_row.due <= now, unclaimed(_row.claimed_until, now))
            .with_for_update(of=t.revisit, skip_locked=True)
        )
        with self._database.writing("claim revisits") as connection:
            rows = sorted(connection.execute(due), key=lambda row: (spread(row.key), row.key))  # no word of any name
            drawn = [row for row in rows if row.wanted and row.feed in room][:at_most]
            taken = {row.article for row in drawn}
            _pass_over(connection, [row for row in rows if row.article not in taken], now)
            left, mine = dict(room), []
            for row in drawn:
                left[row.feed] -= 1
                if left[row.feed] >= 0:
                    mine.append(row.article)
            connection.execute(update(t.revisit).where(_row.article.in_(mine)).values(claimed_until=until))
            return _claimed(connection, mine)

    def save(self, look: RecheckResult) -> None:
        number = look.revisit.article.id
        with self._database.writing("save a look") as connection:
            lock = select(t.article.c.id).where(t.article.c.id == number).with_for_update()
            connection.execute(lock)
            known = connection.execute(articles.current().where(t.article.c.id == number)).one()
            if not connection.scalar(select(exists().where(_row.article == number))):  # it was saved before
                return
            if known.version == look.revisit.article.version:
                _came_to(connection, known, look)
            gone = look.missing and look.revisit.missing
            if gone and look.missing:
                versions.keep_absence(connection, number, look.missing)
            _next(connection, look, None if gone else look.due)


def plan(connection: Connection, article: Article, result: Result) -> None:
    """The page of an article was had just now: it is asked for again, in the times that were planned before if any."""
    jitter = spread(article.key)
    before = connection.scalar(select(_row.since).where(_row.article == article.id))
    since = before if before and next_recheck(before, result.at, jitter) else result.at
    plans = {"entry": result.entry.id, "since": since, "due": next_recheck(since, result.at, jitter), "missing": None}
    plans |= {"etag": result.validators.etag, "last_modified": result.validators.last_modified}
    put = insert_new(connection.dialect.name, t.revisit).values(plans | {"article": article.id})
    connection.execute(put.on_conflict_do_update(index_elements=["article"], set_=plans))


def _claimed(connection: Connection, numbers: Sequence[int]) -> Sequence[Recheck]:
    ask = (
        articles.current()
        .add_columns(*(_row[name] for name in ("since", "etag", "last_modified", "missing")), _version.body_sha256)
        .add_columns(t.entry.c.url.label("asked"), t.entry.c.feed, t.feed.c.proxy)
        .join(t.revisit, _row.article == t.article.c.id)
        .join(t.entry, t.entry.c.id == _row.entry)
        .join(t.feed, t.feed.c.number == t.entry.c.feed)
        .where(t.article.c.id.in_(numbers))
        .order_by(_row.due, t.article.c.id)
    )
    return [
        shaped(
            Recheck,
            row,
            article=articles.from_row(row),
            url=row.asked,
            validators=Validators(row.etag, row.last_modified),
            sha256=row.body_sha256,
        )
        for row in connection.execute(ask)
    ]


def _pass_over(connection: Connection, rows: Sequence[Any], now: datetime) -> None:
    """They wait for their next time; those that have none are done."""
    later = [{"which": row.article, "at": next_recheck(row.since, now, spread(row.key))} for row in rows]
    this = _row.article == bindparam("which")
    if moved := [each for each in later if each["at"]]:
        connection.execute(update(t.revisit).where(this).values(due=bindparam("at")), moved)
    if done := [each for each in later if not each["at"]]:
        connection.execute(delete(t.revisit).where(this), done)


def _came_to(connection: Connection, known: Any, look: RecheckResult) -> None:
    article = look.article
    if article is None:
        if look.still:
            this = and_(_version.article == known.id, _version.version == known.version)
            connection.execute(update(t.article_version).where(this).values(still=look.at))
        return
    changed = (known.title, known.text) != (storable(article.title), storable(article.text))
    stored = articles.update_to(connection, known, article, look.fingerprint, look.at)
    if changed:
        articles.replace_hits(connection, stored, look.hits, look.at)
        items.refresh_item_for(connection, stored.id)
    versions.keep(connection, stored)


def _next(connection: Connection, look: RecheckResult, due: datetime | None) -> None:
    this = _row.article == look.revisit.article.id
    if due is None:
        connection.execute(delete(t.revisit).where(this))
        return
    missing = look.revisit.missing or (look.at if look.missing else None)
    values: dict[str, Any] = {"due": due, "claimed_until": None, "missing": None if look.there else missing}
    if look.validators is not None:
        values |= {"etag": look.validators.etag, "last_modified": look.validators.last_modified}
    connection.execute(update(t.revisit).where(this).values(values))
