"""Decisions, and what time makes of items, through the whole line."""

from __future__ import annotations

import pytest

from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER
from kit.home import WATCHLIST
from kit.outlets import Outlet, Piece
from monitor.errors import NotFound
from monitor.messages.content.render import as_text
from monitor.model import (
    Reason,
    StaleDecision,
    State,
    Verdict,
)


def test_decisions_undo_and_a_stale_decision_go_through_the_database(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (item,) = bench.app.queue()
    bench.app.decide(item.id, Verdict.RELEVANT, by="aida", version=item.version, note="seen in court")
    with pytest.raises(StaleDecision) as late:
        bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="bek", version=item.version)
    assert [(d.by, d.note) for d in late.value.now.history] == [("aida", "seen in court")]
    with pytest.raises(NotFound):
        bench.app.undo(by="bek")
    (undone,) = bench.app.undo(by="aida")
    assert (undone.state, undone.verdict, len(undone.history)) == (State.OPEN, None, 2)


@pytest.mark.check
def test_a_name_wrong_three_times_at_an_outlet_starts_as_possible_there_and_nowhere_else(bench):
    """Tokoev of the shooting club: his surname beside a word that supports it is clear until people have said no."""
    bench.watch("herald")
    watchlist = WATCHLIST.replace(
        "aliases: [Мелис Токоев]", "aliases: [Мелис Токоев]\n    context: {support: [journalist]}"
    )
    (bench.home / "watchlist.yaml").write_text(watchlist, encoding="utf-8")
    sports = {
        "relay": "Two seconds ahead of Osh, the railway school won the relay. Its coach Tokoev told a journalist nothing.\n"
        + WEATHER,
        "chess": "At midnight the hall closed with eleven boards in play; Tokoev and one journalist had stayed to watch.\n"
        "A queen was lost on the fourth board when the lights went out, and nobody could say who had moved her last.\n"
        "The arbiter, a retired teacher of geometry, wrote both versions into his book and went to find a candle.",
        "skiing": "Eighty skiers started above the village in fog. A journalist counted them home with Tokoev, now in sun.\n"
        "Wax had been sold out since January, so that the slower half ran on candle ends, and one on kitchen soap.\n"
        "First prize was a sheep, led across the finish by the youngest runner, who came in last and kept the rope.",
    }
    for sport, text in sports.items():
        bench.add("post", Piece(sport, f"{sport.title()} results", text))
        bench.advance(hours=2)
        assert bench.ingest() == {"queued": 1}
        (item,) = bench.app.queue()
        bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="aida", reason=Reason.ANOTHER_PERSON)
    same = (
        "Before the archers' final on Friday at noon a journalist asked Tokoev about the wind.\n"
        + DOCTOR.split("\n")[1]
    )
    bench.add("post", Piece("archery", "Archery results", same))
    bench.advance(hours=2)
    assert bench.ingest() == {"possible": 1}
    (item,) = bench.app.queue()
    assert "3 times it was another's in this form at post" in item.hits[0].mentions[0].mention.why[-1]
    bench.add("herald", Piece("archery", "Archers before the final", same.replace("asked", "met")))
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}


@pytest.mark.check
def test_possible_names_leave_the_queue_after_two_weeks_and_unread_stories_after_a_month(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("snow", "Snow", WEATHER + "\nRead also: The doctor of Cholpon Arzyeva"))
    assert bench.ingest() == {"queued": 1, "possible": 1}
    for days, count in ((13, 2), (2, 1), (14, 1), (2, 0)):
        bench.advance(days=days)
        bench.ingest()
        assert len(bench.app.queue()) == count
    assert "Never reviewed in 30 days: 1." in " ".join(as_text(bench.app.digest()).split())
    assert len(bench.app.queue([State.EXPIRED])) == 2
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", COURT.split("\n", maxsplit=1)[0] + "\n" + DOCTOR))
    bench.ingest(include_not_due=True)
    (item,) = bench.app.queue()
    assert item.state is State.OPEN  # nobody ever decided on it: it is no follow-up


@pytest.mark.check
def test_a_story_that_was_found_relevant_comes_back_when_a_third_outlet_copies_it(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (item,) = bench.app.queue()
    bench.app.decide(item.id, Verdict.RELEVANT, by="aida")
    came_back = []
    for outlet in ("herald", "wire", "echo", "mirror"):
        bench.web.outlets.setdefault(outlet, Outlet(outlet, "en"))
        bench.add(outlet, Piece("copy", "Arrest extended", COURT_COPY))
        (bench.home / "feeds.yaml").write_text(bench.web.feeds_yaml(), encoding="utf-8")
        bench.advance(hours=2)
        bench.ingest()
        came_back.append([listed.reopened for listed in bench.app.queue()])
    reason = "it is spreading: 3 more outlets since it was decided"
    assert came_back == [[], [], [reason], [reason]]
    assert bench.app.item(item.id).copies == 4


def test_many_items_are_judged_in_one_step_and_one_undo_takes_all_of_it_back(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add(
        "wire", Piece("other", "Arzyeva speaks", "Cholpon Arzyeva spoke about her book of poems in Osh on Monday.")
    )
    bench.ingest()
    first, second = sorted(bench.app.queue(), key=lambda item: item.id)
    bench.app.decide(second.id, Verdict.UNSURE, by="bek")
    version_by_id = {first.id: first.version, second.id: second.version}
    decided, stale = bench.app.decide_many(version_by_id, Verdict.NOT_RELEVANT, by="aida")
    assert ([one.id for one in decided], [one.history[-1].by for one in stale.values()]) == ([first.id], ["bek"])
    version_by_id = {one.id: one.version for one in (*decided, *stale.values())}
    decided, stale = bench.app.decide_many(version_by_id, Verdict.RELEVANT, by="aida")
    assert ([one.state for one in decided], stale) == ([State.DECIDED, State.DECIDED], {})
    undone = bench.app.undo(by="aida")
    assert [one.verdict for one in undone] == [Verdict.NOT_RELEVANT, Verdict.UNSURE]
    assert [len(one.history) for one in undone] == [3, 3]
    assert [one.id for one in bench.app.undo(by="aida")] == [first.id]  # the step before, which was of one
