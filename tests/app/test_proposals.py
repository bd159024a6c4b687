"""Proposed names: who suffered in a confirmed story or stands beside watched names in two; never from the closed watch."""

from __future__ import annotations

import pytest

from kit.articles import Bench, bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.app.names.proposals import BESIDE_NAMES, VICTIM, closed_names, proposals
from monitor.model import EntityType, State, Verdict

__all__ = ["bench"]

DETENTION = "Police in Osh detained the newspaper editor Aigul Bekova on Tuesday evening."
MORE_TEXTS = {
    "taken": "Her flat was dark on Wednesday. Neighbours heard steps on the stairs and a car without number plates.",
    "first": "The hearing was short, and the judge read for six minutes. The next one is set for the ninth of March.",
    "second": "The prison lies behind the brick works. Parcels are taken on Thursdays, up to thirty kilograms a year.",
    "once": "The regatta had forty boats. A cup of birch wood went to the crew of the smallest harbour on the shore.",
}


def story(name: str, text: str) -> Piece:
    return Piece(name, f"{MORE_TEXTS[name].split('.')[0]}, {name}", f"{text}\n{MORE_TEXTS[name]}")


@pytest.fixture
def read(bench: Bench) -> Bench:
    """Return a home that looks for the press and has read four articles."""
    (bench.home / "watchlist.yaml").write_text(f"press: {{}}\n{WATCHLIST}", encoding="utf-8")
    bench.add("post", story("taken", DETENTION))
    bench.add("post", story("first", "Melis Tokoev met the lawyer Dastan Umotbaev at the court on Monday."))
    bench.add(
        "post", story("second", "The lawyer Dastan Umotbaev asked to free Melis Tokoev from the prison in Naryn.")
    )
    bench.add("post", story("once", "Melis Tokoev shook hands with Anna Isaeva at the lake."))
    bench.ingest()
    return bench


def proposed(home: Bench) -> dict[str, str]:
    return {proposal.name: getattr(proposal.why, "template", "") for proposal in proposals(home.app)}


def confirm(home: Bench, *words: str, verdict: Verdict = Verdict.RELEVANT) -> None:
    """Judge the items whose headline ends with one of some words."""
    for item in home.app.store.reviews.listing(tuple(State)):
        if item.lead.headline.endswith(words):
            home.app.decide(item.id, verdict, by="Vera", version=item.version)


def test_nobody_is_proposed_before_a_story_is_confirmed(read: Bench):
    assert proposed(read) == {}


def test_the_victim_of_a_confirmed_story_is_proposed_and_of_one_that_was_not_relevant_not(read: Bench):
    confirm(read, "taken", verdict=Verdict.NOT_RELEVANT)
    assert proposed(read) == {}
    confirm(read, "taken")
    assert proposed(read) == {"Aigul Bekova": VICTIM.template}


def test_who_stands_beside_watched_names_in_two_confirmed_stories_is_proposed(read: Bench):
    confirm(read, "first", "once")
    assert proposed(read) == {}
    confirm(read, "second")
    assert proposed(read) == {"Dastan Umotbaev": BESIDE_NAMES.template}
    (proposal,) = proposals(read.app)
    assert proposal.why == "stands beside Melis Tokoev in confirmed stories: 2"


def test_a_proposal_shows_its_stories_and_sentences(read: Bench):
    confirm(read, "taken")
    (proposal,) = proposals(read.app)
    (sentence,) = proposal.sentences
    assert (proposal.type, len(proposal.items)) == (EntityType.PERSON, 1)
    assert (sentence.text, sentence.span.of(sentence.text)) == (DETENTION, "Aigul Bekova")


def test_a_refused_name_is_not_proposed_in_any_spelling_until_that_is_taken_back(read: Bench):
    confirm(read, "taken")
    press = read.app.store.press
    press.refuse_name("Айгуль Бекова", "Vera", read.app.clock())
    press.refuse_name("Айгуль Бекова", "Vera", read.app.clock())
    assert proposed(read) == {}
    press.allow_name("Айгуль Бекова")
    assert list(proposed(read)) == ["Aigul Bekova"]


def test_a_closed_name_is_proposed_and_only_the_closed_watch_tells_that_it_is_watched(read: Bench):
    confirm(read, "taken")
    before = proposals(read.app)
    text = f"press: {{}}\n{WATCHLIST}\n  - name: Aigul Bekova\n    sensitive: true\n"
    (read.home / "watchlist.yaml").write_text(text, encoding="utf-8")
    read.advance(hours=1)
    read.ingest()
    assert proposals(read.app) == before
    closed = read.app.closed_watch()
    assert closed and closed_names(closed, before) == {"Aigul Bekova"}
