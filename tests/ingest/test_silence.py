"""A source that is read and brings nothing new for five times its usual gap is a finding."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.digests import BISHKEK
from kit.store import DAY, HOUR, NOW, claimed, item, visited
from monitor.feeds.health import assess_feed
from monitor.messages.content.render import as_json, as_text
from monitor.messages.content.stories.build import make_digest
from monitor.model import FeedStatus, Window, is_silent, usual_gap


@pytest.mark.parametrize(
    ("days_ago", "silent"),
    [
        ([6, 7, 8, 9, 10], True),  # daily, then nothing for six days
        ([4, 5, 6, 7, 8], False),
        ([6, 6, 6, 6, 6], False),  # one busy morning says nothing of its ways
        ([6, 8], False),
        ([30, 37, 44, 51, 58], False),  # a weekly may be late
        ([36, 43, 50, 57, 64], True),
        ([0, 20, 21, 22, 23], False),
        ([3, 3, 3, 3.1, 3.2, 3.3, 4, 4, 4, 5, 5, 6, 7], False),
    ],
)
def test_a_source_is_silent_after_five_times_its_own_gap(store, days_ago, silent):
    (state,) = claimed(store, "post")
    entries = [item(n, published=NOW - days * DAY) for n, days in enumerate(days_ago)]
    store.feeds.save_visit(visited(state, *entries, at=NOW))
    happened = store.reading.digest_input(Window(NOW - DAY, NOW + HOUR))
    assert [silence.feed.feed.id for silence in happened.silent] == (["post"] if silent else [])
    silences = store.feeds.silences(store.feeds.states(), NOW + HOUR)
    assert silences == happened.silent
    shown = [assess_feed(silence.feed, silence, NOW) for silence in silences]
    assert [(status.status, status.since) for status in shown] == [
        (FeedStatus.SILENT, NOW - days_ago[0] * DAY)
    ] * silent
    assert all(status.summary.startswith("has brought nothing new for ") and status.todo for status in shown)
    day_digest = make_digest(happened, timezone=BISHKEK)
    line = f"Post: nothing new for {round(days_ago[0])} days (usual gap: {days_ago[1] - days_ago[0]} day"
    assert (line in as_text(day_digest)) == silent
    assert len(as_json(day_digest)["sources"]["silent"]) == silent


def test_a_source_that_cannot_be_read_is_not_called_silent(store):
    state, quiet = claimed(store, "post", "quiet")
    entries = [item(n, published=NOW - (20 + n) * DAY) for n in range(6)]
    store.feeds.save_visit(visited(state, *entries, at=NOW - DAY))
    store.feeds.save_visit(visited(quiet, *entries, at=NOW - DAY))
    (refused,) = store.feeds.claim_due(NOW, NOW + HOUR, feed_ids=["post"])
    store.feeds.save_visit(visited(refused, at=NOW, status=FeedStatus.REFUSED))
    happened = store.reading.digest_input(Window(NOW - 2 * DAY, NOW + HOUR))
    assert [silence.feed.feed.id for silence in happened.silent] == ["quiet"]


def test_a_gap_is_never_shorter_than_a_day():
    assert usual_gap(NOW - timedelta(hours=80), NOW, 4) == timedelta(hours=80) / 3
    assert usual_gap(NOW - timedelta(hours=60), NOW, 4) == DAY
    assert usual_gap(NOW - timedelta(hours=60), NOW, 3) is None
    assert not is_silent(NOW - 5 * DAY, DAY, NOW)
