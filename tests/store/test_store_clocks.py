"""A clock that ran ahead: it is noticed, the line goes on from now, and records keep their times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from kit.contradictions import contradictions
from kit.store import DAY, HOUR, MINUTE, NOW, backlog, ended, filed, item, visited, watch
from kit.upkeep import TICK, join, judged, mailed
from monitor.model import MessageKind, Outcome, Run, Verdict, Window
from monitor.store import Store
from monitor.store import tables as t

YEAR = 365 * DAY


def times(store: Store, *columns: object) -> list[datetime]:
    with store.database.reading() as connection:
        rows = [connection.scalars(select(column).where(column.is_not(None))) for column in columns]  # type: ignore[attr-defined, call-overload]
        return [at for row in rows for at in row]


def windows(store: Store) -> list[Window]:
    with store.database.reading() as connection:
        rows = connection.execute(select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until))
        return [Window(*row) for row in rows]


@pytest.mark.parametrize("sign", ["run", "end of a run", "message", "feed", "filing"])
def test_each_sign_of_a_clock_that_ran_ahead_is_noticed(store: Store, sign: str):
    (state,) = [entry.feed for entry in backlog(store, item(1))]
    store.runs.save(Run(NOW, ended=NOW))
    mailed(store, NOW - DAY, NOW)
    store.feeds.save_visit(visited(state, next_due=NOW + 7 * DAY))  # a feed that is gone rests for so long
    assert not store.upkeep.is_clock_behind(NOW)
    match sign:
        case "run":
            store.runs.save(Run(NOW + YEAR))
        case "end of a run":
            store.runs.save(Run(NOW, ended=NOW + YEAR))
        case "message":
            mailed(store, NOW, NOW + DAY)
        case "feed":
            store.feeds.save_visit(visited(state, next_due=NOW + YEAR))
        case "filing":  # by another machine of a fleet
            watch(store)
            filed(store, at=NOW + 2 * HOUR)
    assert store.upkeep.is_clock_behind(NOW)
    store.upkeep.go_on_from(NOW)
    assert not store.upkeep.is_clock_behind(NOW + MINUTE)


@pytest.mark.parametrize("by", [HOUR + MINUTE, YEAR])
def test_nothing_waits_for_a_time_of_that_clock_and_records_keep_theirs(store: Store, by: timedelta):
    watch(store)
    wrong_now = NOW + by
    judged(store, filed(store, at=wrong_now), Verdict.RELEVANT, at=wrong_now)
    (entry,) = backlog(store, item(77), now=wrong_now)
    store.entries.save_result(replace(ended(entry), at=wrong_now, outcome=Outcome.PENDING, due=wrong_now + DAY))
    store.feeds.claim_due(wrong_now, wrong_now + HOUR, include_not_due=True)
    mailed(store, NOW - DAY, NOW)
    store.outbox.claim("mail", wrong_now, wrong_now + HOUR)
    store.upkeep.go_on_from(NOW)
    assert [feed.number for feed in store.feeds.claim_due(NOW, NOW + HOUR)] == [entry.feed.number]
    assert [one.id for one in store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)] == [entry.id]
    assert len(store.outbox.claim("mail", NOW, NOW + HOUR)) == 1
    assert {*times(store, t.decision.c.at, t.article.c.first_seen, t.hit.c.found)} == {wrong_now}
    assert contradictions(store) == []


@pytest.mark.parametrize("days", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_what_came_while_the_clock_ran_ahead_comes_with_the_next_message(store: Store, days: int):
    """The clock runs some days ahead, each day is mailed, and it is set back an hour after it went wrong."""
    watch(store)
    past = filed(store, at=NOW - HOUR)
    mailed(store, NOW - DAY, NOW)
    before = filed(store, at=NOW + HOUR - TICK)
    sent = filed(store, at=NOW + days * DAY - TICK)
    for day in range(days):
        mailed(store, NOW + day * DAY, NOW + (day + 1) * DAY)
    after = filed(store, at=NOW + (days + 1) * DAY)
    came_back = join(store, judged(store, past, Verdict.RELEVANT), at=NOW + days * DAY + HOUR)
    now = NOW + HOUR
    store.upkeep.go_on_from(now)
    assert all(w.since < w.until for w in windows(store))
    assert all(a.until == b.since for a, b in pairwise(windows(store)))
    end = windows(store)[-1].until
    assert now <= end < now + MINUTE
    coming = [i.id for i in store.reading.digest_input(Window(end, end + DAY)).items]
    assert coming == [sent.id, after.id, came_back.id] and before.id not in coming  # one is told twice, none is missed
    assert mailed(store, end, end + DAY) == windows(store)[-1]
    assert contradictions(store) == []


def test_nobody_misses_what_messages_to_others_told_of(store: Store):
    """A digest ended in the future, and an alert to somebody else after it."""
    watch(store)
    end = NOW + DAY
    sent = filed(store, at=end - TICK)
    store.outbox.put(Window(NOW - DAY, end), lambda _: None)
    in_the_alert = filed(store, at=end)
    store.outbox.put(Window(end - HOUR, end + HOUR), lambda _: None, "mail:anna", MessageKind.ALERT)
    late = filed(store, at=end + HOUR)
    store.upkeep.go_on_from(NOW)
    for series in ((), ("mail:anna", MessageKind.ALERT)):
        last = store.outbox.last_window(*series)
        assert last and NOW <= last.until < NOW + MINUTE
    coming = {i.id for i in store.reading.digest_input(Window(last.until, end)).items}
    assert coming == {sent.id, in_the_alert.id, late.id}
    assert contradictions(store) == []
