"""I/O: the database. Upkeep: old texts dropped, clocks set right, contradictions found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, exists, func, literal, null, or_, select, update

from monitor.model import DigestInput, FeedStatus, Fingerprint, Mailing, Naming, Outcome
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.ops.check import contradictions
from monitor.store.ops.purge import purge
from monitor.store.sql.articles import sets_of
from monitor.store.types import Utc

LONGEST_WAIT = timedelta(hours=25)  # schedule.py lets nothing wait for more than a day,
LONGEST_REST = timedelta(days=8)  # and feeds that are gone a week
LONGEST_LEASE = timedelta(hours=1)  # claims are for 40 minutes
LONGEST_REVISIT = timedelta(days=8)
NEWEST = 1_000  # rows that a run may have left since the clocks were last looked at, looked at without an index
_TICK = timedelta(microseconds=1)


class SqlUpkeep(Queries):
    """What keeps a database well for years."""

    def drop_texts(self, before: datetime, now: datetime, limit: int) -> int:
        """Drop the texts of at most `limit` articles first seen before then that name nobody; returns how many.

        Their titles, addresses and hashes stay, and so does every article that ever had a hit, in all its versions.
        """
        article, entry = t.article.c, t.entry.c
        with self._database.reading() as connection:  # most runs find nothing, and need not write
            old = select(article.id).where(_names_nobody(before)).order_by(article.first_seen, article.id)
            articles = connection.scalars(old.limit(limit)).all()
            entries = connection.scalars(select(entry.id).where(_came_to_nothing(before)).limit(limit)).all()
        if not articles and not entries:
            return 0
        with self._database.writing("drop texts") as connection:
            # Locked first and asked again then: a name that was just found in one of them keeps its text.
            these = article.id.in_(articles)
            connection.execute(select(article.id).where(these).order_by(article.id).with_for_update()).all()
            gone = connection.scalars(select(article.id).where(these, _names_nobody(before))).all()
            _drop(connection, gone, now)
            bare = and_(entry.id.in_(entries), _came_to_nothing(before))
            for which in (bare, entry.article.in_(gone)):
                connection.execute(update(t.entry).where(which).values(summary="", content=""))
            return len(gone)

    def ahead(self, now: datetime) -> bool:
        """Whether something is dated later than now, as far as that shows at once."""
        return bool(self._value(select(_anything_ahead(now))))

    def repair_future_times(self, now: datetime) -> int:
        """Mend what a clock that ran ahead left dated in the future; returns how many rows.

        What was mailed stays mailed and what was not will be; no feed or entry waits for a day that was never to come.
        """
        if not self.ahead(now):
            return 0
        with self._database.writing("set the times right") as connection:
            mailings, mailed = _pull_back(connection, now)
            return mailings + sum(_mend(connection, table, ahead) for table, ahead in _ahead(now, mailed).items())

    def purge(
        self, entity: str, naming: Naming, rewrite: Callable[[DigestInput], Mailing], *, apply: bool
    ) -> Mapping[str, int]:
        """Remove an entity from everything, for good, and overwrite it; without `apply` only say how many rows would
        go, by table.

        Mailings that wait to be sent are written anew. Raises NotFound.
        """
        return purge(self._database, entity, naming, rewrite, apply=apply)

    def check(self) -> Sequence[str]:
        """What in the database contradicts itself, one plain sentence each, without names; see `doctor --deep`."""
        with self._database.reading() as connection:
            return tuple(contradictions(connection))


# ---- texts ----------------------------------------------------------------------------------------------------------


def _names_nobody(before: datetime) -> ColumnElement[bool]:
    """That an old article still has a text, never had a hit, and that no trip to its page is still to come.

    In this order SQLite asks 100,000 articles, nearly all of them dropped, in a twentieth of a second.
    """
    article, version, entry = t.article.c, t.article_version.c, t.entry.c
    return and_(
        article.first_seen < before,
        exists().where(version.article == article.id, version.dropped.is_(None)),
        ~exists().where(t.hit.c.article == article.id),
        ~exists().where(t.story_article.c.article == article.id),
        ~exists().where(entry.article == article.id, entry.outcome == Outcome.PENDING),
    )


def _came_to_nothing(before: datetime) -> ColumnElement[bool]:
    """That an old entry ended without an article, and still holds what its feed said."""
    entry = t.entry.c
    says = or_(entry.summary != "", entry.content != "")
    return and_(entry.article.is_(None), entry.outcome != Outcome.PENDING, entry.first_seen < before, says)


def _drop(connection: Connection, articles: Sequence[int], now: datetime) -> None:
    version = t.article_version.c
    texts = update(t.article_version).where(version.article.in_(articles), version.dropped.is_(None))
    connection.execute(texts.values(text="", zones=[], dropped=now))
    fingerprints = update(t.article).where(t.article.c.id.in_(articles))
    connection.execute(fingerprints.values(sets_of(Fingerprint())))


# ---- clocks ---------------------------------------------------------------------------------------------------------
# A clock that ran ahead and was set back leaves times in the future. Those that something waits for or is compared with
# are mended. Those that are only told (decisions, when a version was stored, when a letter went) are records, and stay.


@dataclass(frozen=True, slots=True)
class _Mailed:
    """Up to when mailings went by the wrong clock, and where the next one begins by the right one."""

    until: datetime
    edge: datetime


_Mends = Mapping[str, tuple[ColumnElement[bool], Any]]  # column -> when it is wrong, and what it is then


def _ahead(now: datetime, mailed: _Mailed | None) -> Mapping[Table, _Mends]:
    """What is wrong with each table's times."""

    def after(column: ColumnElement[Any], most: timedelta = timedelta(0)) -> tuple[ColumnElement[bool], Any]:
        return column > now + most, literal(now, Utc)

    def claim(column: ColumnElement[Any]) -> tuple[ColumnElement[bool], Any]:
        return column > now + LONGEST_LEASE, null()

    def told(column: ColumnElement[Any]) -> tuple[ColumnElement[bool], Any]:
        """A time that puts something into a mailing's window: it stays on its side of the last one's end.

        What is exactly now was mailed as well, when mailings went further, and the next window would begin with it.
        """
        if mailed is None:
            return after(column)
        then = case((column < mailed.until, literal(mailed.edge - _TICK, Utc)), else_=literal(mailed.edge, Utc))
        return column >= now, then

    def rest() -> tuple[ColumnElement[bool], Any]:
        wait, at_once = after(feed.next_due, LONGEST_WAIT)
        return and_(wait, or_(feed.status != FeedStatus.GONE, feed.next_due > now + LONGEST_REST)), at_once

    feed, entry, item, filed = t.feed.c, t.entry.c, t.review_item.c, t.story_article.c
    # An item that came back after a decision did so also by the wrong clock; `review.undo` compares the two, and the
    # decision's time is a record. It stays the later one.
    decided = exists().where(t.decision.c.item == item.id, t.decision.c.at > now, t.decision.c.at < item.reopened_at)
    came_back, then = told(item.reopened_at)
    return {
        t.feed: {
            "next_due": rest(),
            "last_visit": after(feed.last_visit),
            "last_ok": after(feed.last_ok),
            "status_since": after(feed.status_since),
            "claimed_until": claim(feed.claimed_until),
        },
        t.entry: {
            "first_seen": after(entry.first_seen),
            "last_try": after(entry.last_try),
            "due": after(entry.due, LONGEST_WAIT),
            "claimed_until": claim(entry.claimed_until),
        },
        t.revisit: {
            "since": after(t.revisit.c.since),
            "due": after(t.revisit.c.due, LONGEST_REVISIT),
            "missing": after(t.revisit.c.missing),
            "claimed_until": claim(t.revisit.c.claimed_until),
        },
        t.finding: {"found": told(t.finding.c.found)},
        t.letter: {"claimed_until": claim(t.letter.c.claimed_until)},
        t.article: {"first_seen": told(t.article.c.first_seen), "seen": told(t.article.c.seen)},
        t.hit: {"found": told(t.hit.c.found)},
        t.story: {"first_seen": told(t.story.c.first_seen)},
        t.story_article: {"filed": told(filed.filed), "changed": told(filed.changed)},
        t.review_item: {
            "first_seen": told(item.first_seen),
            "latest": told(item.latest),
            "reopened_at": (and_(came_back, ~decided), then),
        },
        t.run: {"started": told(t.run.c.started), "ended": told(t.run.c.ended)},
        t.watchlist_version: {"at": told(t.watchlist_version.c.at)},
    }


def _anything_ahead(now: datetime) -> ColumnElement[bool]:
    """Whether any time needs mending, asked so that it costs a few milliseconds.

    What is large is asked by its indexes alone. That misses nothing a run leaves: an entry is read or tried in a run,
    and where that went by a wrong clock, its run, its feed, or what still waits shows it.
    """
    entry, run = t.entry.c, t.run.c
    by_index = {
        t.article: t.article.c.first_seen > now,  # and nothing is `seen` later than that
        t.entry: or_(
            entry.outcome == Outcome.PENDING, entry.id > select(func.max(entry.id) - NEWEST).scalar_subquery()
        ),
        t.run: run.id > select(func.max(run.id) - NEWEST).scalar_subquery(),
    }
    signs = [exists().where(t.mailing.c.until > now)]
    for table, mends in _ahead(now, None).items():
        wrong = or_(*(when for when, _ in mends.values()))
        signs.append(exists().where(and_(wrong, by_index[table]) if table in by_index else wrong))
    return or_(*signs)


def _mend(connection: Connection, table: Table, mends: _Mends) -> int:
    values = {name: case((when, then), else_=table.c[name]) for name, (when, then) in mends.items()}
    wrong = or_(*(when for when, _ in mends.values()))
    return connection.execute(update(table).where(wrong).values(values)).rowcount


def _pull_back(connection: Connection, now: datetime) -> tuple[int, _Mailed | None]:
    """Ends the mailings that went by the wrong clock now; returns how many, and where their time went.

    Their windows keep their order and go on touching each other: the last ends now, those before it a microsecond
    earlier each. Only where that would reach below the last right one do they end that much later than now.
    """
    mailing = t.mailing.c
    rows = connection.execute(select(t.mailing).where(mailing.until > now).order_by(mailing.until)).all()
    if not rows:
        return 0, None
    wrong = sorted({at for row in rows for at in (row.since, row.until) if at > now})
    right = [
        connection.scalar(select(func.max(column)).where(column <= now)) for column in (mailing.since, mailing.until)
    ]
    edge = max([now, *(at + len(wrong) * _TICK for at in right if at is not None)])
    mended = {at: edge - back * _TICK for back, at in enumerate(reversed(wrong))}
    for row in rows:  # the earliest first: no two begin or end at one time, not even meanwhile
        window = {"since": mended.get(row.since, row.since), "until": mended[row.until]}
        connection.execute(update(t.mailing).where(mailing.id == row.id).values(window))
    return len(rows), _Mailed(wrong[-1], edge)
