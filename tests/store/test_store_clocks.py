"""Times that a wrong clock left in the future, set right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from kit.contradictions import contradictions
from kit.store import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    backlog,
    ended,
    filed,
    item,
    visited,
    watch,
)
from kit.upkeep import TICK, everything, join, judged, mailed, undone, whole_way
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    MessageKind,
    Outcome,
    Run,
    State,
    TroubleKind,
    Verdict,
    Window,
)
from monitor.store import Store
from monitor.store import tables as t


def times(store: Store, *columns: str) -> list[datetime]:
    """Return all times in these columns."""
    found: list[datetime] = []
    with store.database.reading() as connection:
        for name in columns:
            table, column = name.split(".")
            asked = t.Row.metadata.tables[table].c[column]
            found += connection.scalars(select(asked).where(asked.is_not(None)))
    return found


COMPARED = (
    "feed.last_visit", "feed.last_ok", "feed.status_since", "entry.first_seen", "entry.last_try", "article.first_seen",
    "article.seen", "hit.found", "story.first_seen", "story_article.filed", "story_article.changed", "run.started",
    "run.ended", "review_item.first_seen", "review_item.reopened_at", "watchlist_version.at", "mailing.since",
    "mailing.until",
)  # fmt: skip
CLAIMS = ("feed.claimed_until", "entry.claimed_until", "delivery.claimed_until")


@pytest.mark.parametrize(
    "by", [pytest.param(HOUR + MINUTE, marks=pytest.mark.soak), 365 * DAY], ids=["an-hour", "a-year"]
)
def test_a_clock_that_ran_ahead_leaves_nothing_in_the_future(store: Store, by: timedelta):
    watch(store)
    ahead = NOW + by
    item_ahead = filed(store, at=ahead)
    undone(store, judged(store, item_ahead, Verdict.RELEVANT, at=ahead), at=ahead)
    (entry,) = backlog(store, item(77), now=ahead)
    store.entries.save_result(replace(ended(entry), at=ahead, outcome=Outcome.PENDING, due=ahead + DAY))
    store.runs.save(Run(ahead, ended=ahead))
    store.feeds.claim_due(ahead, ahead + HOUR, include_not_due=True)
    mailed(store, NOW - DAY, NOW)
    store.outbox.claim("mail", ahead, ahead + HOUR)
    assert store.upkeep.repair_future_times(NOW) > 0
    assert max(times(store, *COMPARED)) <= NOW
    assert times(store, *CLAIMS) == []
    assert max(times(store, "feed.next_due", "entry.due")) <= NOW + timedelta(hours=25)
    assert times(store, "decision.at") == [ahead, ahead]  # what somebody said then stays as it was said
    assert contradictions(store) == []
    before = everything(store)
    assert store.upkeep.repair_future_times(NOW) == 0
    assert everything(store) == before


@pytest.mark.soak
def test_without_future_times_nothing_is_changed(store: Store):
    whole_way(store)
    (state,) = store.feeds.claim_due(NOW, NOW + HOUR, include_not_due=True)
    store.feeds.save_visit(visited(state, item(99), next_due=NOW + DAY))
    store.entries.claim(state.number, NOW, NOW + HOUR, 9)
    store.outbox.claim("mail", NOW, NOW + HOUR)
    before = everything(store)
    assert store.upkeep.repair_future_times(NOW) == 0
    assert everything(store) == before


@pytest.mark.soak
def test_each_future_time_is_found_on_its_own(store: Store):
    whole_way(store)
    keys = {"feed": "number", "watchlist_version": "version"}
    mended: dict[str, datetime | None] = {
        **dict.fromkeys(COMPARED[:-2], NOW), **dict.fromkeys(("feed.next_due", "entry.due"), NOW), **dict.fromkeys(CLAIMS)
    }  # fmt: skip
    del mended["article.seen"]  # is never later than first_seen
    for name, expected in mended.items():
        table, column = name.split(".")
        asked = t.Row.metadata.tables[table]
        key = asked.c[keys.get(table, "id")]
        with store.database.writing("a test") as connection:
            number = connection.scalar(select(key).order_by(key.desc()).limit(1))
            connection.execute(asked.update().where(key == number).values({column: NOW + 2 * DAY}))
        assert [store.upkeep.repair_future_times(NOW) for _ in range(2)] == [1, 0], name
        with store.database.reading() as connection:
            assert connection.scalar(select(asked.c[column]).where(key == number)) == expected, name


def windows(store: Store) -> list[Window]:
    with store.database.reading() as connection:
        rows = connection.execute(select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until))
        return [Window(*row) for row in rows]


def tile(all_windows: Iterable[Window]) -> bool:
    found = list(all_windows)
    whole = all(w.since < w.until for w in found)
    return whole and all(a.until == b.since for a, b in pairwise(found))


@pytest.mark.parametrize(
    "days", [3, pytest.param(1, marks=pytest.mark.soak), pytest.param(365, marks=pytest.mark.soak)]
)
def test_what_was_mailed_stays_mailed_and_what_was_not_will_be(store: Store, days: int):
    """The clock runs some days ahead, each day is mailed, and it is set back an hour after it went wrong."""
    watch(store)
    past = filed(store, at=NOW - HOUR)
    mailed(store, NOW - DAY, NOW)
    end = NOW + days * DAY
    exactly_now = filed(store, at=NOW + HOUR)
    sent = filed(store, at=end - TICK)
    for day in range(min(days, 3)):
        mailed(store, NOW + day * DAY, NOW + (day + 1) * DAY)
    if days > 3:
        mailed(store, NOW + 3 * DAY, end)
    at_the_end, after = filed(store, at=end), filed(store, at=end + DAY)
    came_back = join(store, judged(store, past, Verdict.RELEVANT), at=end + HOUR)
    now = NOW + HOUR
    assert store.upkeep.repair_future_times(now) > 0
    assert tile(windows(store)) and windows(store)[-1].until == now
    coming = store.reading.digest_input(Window(now, now + DAY)).items
    assert [i.id for i in coming] == [at_the_end.id, after.id, came_back.id]
    assert not {sent.id, exactly_now.id} & {i.id for i in coming}
    assert mailed(store, now, now + DAY) == windows(store)[-1]
    assert (tile(windows(store)), store.upkeep.repair_future_times(now + DAY), contradictions(store)) == (True, 0, [])


def test_times_keep_their_place_among_the_windows_of_all_recipients(store: Store):
    """A digest ended in the future, and an alert to somebody else after it: what the digest had is not in the next."""
    watch(store)
    end = NOW + DAY
    sent = filed(store, at=end - TICK)
    store.outbox.put(Window(NOW - DAY, end), lambda _: None)
    not_sent = filed(store, at=end)
    alert = Window(end - HOUR, end + HOUR)
    store.outbox.put(alert, lambda _: None, "mail:anna", MessageKind.ALERT)
    late = filed(store, at=alert.until)
    store.upkeep.repair_future_times(NOW)
    digest, alert = (store.outbox.last_window(*series) for series in ((), ("mail:anna", MessageKind.ALERT)))
    assert digest and alert and alert.since < digest.until < alert.until
    items = {window: {i.id for i in store.reading.digest_input(window).items} for window in (digest, alert)}
    assert sent.id in items[digest] and not {not_sent.id, late.id} & items[digest]
    assert {sent.id, not_sent.id} <= items[alert] and late.id not in items[alert]
    assert {i.id for i in store.reading.digest_input(Window(digest.until, end)).items} == {not_sent.id, late.id}


@pytest.mark.soak
def test_a_window_that_began_at_this_very_moment_still_ends_after_it_began(store: Store):
    watch(store)
    sent = filed(store, at=NOW + HOUR)
    for day in range(3):
        mailed(store, NOW + (day - 1) * DAY, NOW + day * DAY)
    new = filed(store, at=NOW + 2 * DAY)
    store.upkeep.repair_future_times(NOW)
    assert tile(windows(store))
    begins = windows(store)[-1].until
    assert begins - NOW == 2 * TICK
    assert [i.id for i in store.reading.digest_input(Window(begins, NOW + DAY)).items] == [new.id]
    assert sent.id != new.id


@pytest.mark.soak
def test_a_digest_mailed_for_a_future_window_is_followed_by_the_next_one(store: Store):
    """Changes, articles and troubles that a mailing reported are not reported again; later ones are."""
    watch(store)
    mailed(store, NOW, NOW + 9 * DAY)
    told, untold = NOW + 8 * DAY, NOW + 10 * DAY
    for at, kind in ((told, TroubleKind.DISK), (untold, TroubleKind.MAIL)):
        filed(store, at=at)
        store.runs.save(Run(at, ended=at, problems=(trouble_message(kind, "the disk", "90 %"),)))
    store.upkeep.repair_future_times(NOW + DAY)
    next_day = store.reading.digest_input(Window(NOW + DAY, NOW + 2 * DAY))
    assert (next_day.articles, [each.kind for each in next_day.troubles]) == (1, [TroubleKind.MAIL])


def test_an_item_that_came_back_after_a_decision_still_did(store: Store):
    watch(store)
    ahead = NOW + 9 * DAY
    decided = judged(store, filed(store), Verdict.RELEVANT, at=ahead)
    back = join(store, decided, at=ahead + HOUR)
    assert back.state is State.FOLLOW_UP
    store.upkeep.repair_future_times(NOW + HOUR)
    assert store.upkeep.repair_future_times(NOW + HOUR) == 0
    again = judged(store, store.reviews.get(back.id), Verdict.NOT_RELEVANT, at=NOW + 2 * HOUR)
    assert undone(store, again, at=NOW + 2 * HOUR).state is State.FOLLOW_UP
