"""Lessons of decisions: precision with its bounds, and names that start as possible after three wrong hits."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.app import App
from kit.store import CHOLPON, HOUR, KOS, MELIS, NOW, filed, hit, watch
from monitor.config import load_settings
from monitor.model import (
    Confidence,
    Entity,
    EntityType,
    Field,
    Mention,
    NameJudgement,
    Reason,
    Span,
    Verdict,
    name_was_right,
)
from monitor.review.feedback import Lessons, Precision, learn, precisions, unreliable_forms
from monitor.store import Store
from monitor.text.tokens import normalized_form

ANOTHER, COMMON = Reason.ANOTHER_PERSON, Reason.COMMON_WORD


def judged(
    *rights: bool, reason: Reason = ANOTHER, form: str = "токоева", outlet: str = "Stadion"
) -> list[NameJudgement]:
    return [NameJudgement(n, "melis", form, outlet, right, None if right else reason) for n, right in enumerate(rights)]


def mention(text: str, confidence: Confidence = Confidence.STRONG) -> Mention:
    return Mention("melis", "Melis Tokoev", Span(0, len(text)), text, Field.TEXT, confidence, 95.0, ("surname",))


@pytest.mark.parametrize(
    ("verdict", "reason", "right"),
    [
        (Verdict.RELEVANT, None, True),
        (Verdict.NOT_RELEVANT, Reason.NOT_ABOUT, True),
        (Verdict.NOT_RELEVANT, Reason.DUPLICATE, True),
        (Verdict.NOT_RELEVANT, Reason.ANOTHER_PERSON, False),
        (Verdict.NOT_RELEVANT, Reason.ANOTHER_ORGANIZATION, False),
        (Verdict.NOT_RELEVANT, Reason.COMMON_WORD, False),
        (Verdict.NOT_RELEVANT, Reason.EXTRACTION_ERROR, False),
        (Verdict.NOT_RELEVANT, None, None),
        (Verdict.UNSURE, None, None),
        (Verdict.LATER, None, None),
    ],
)
def test_only_decisions_about_the_name_tell_whether_the_match_was_right(verdict, reason, right):
    assert name_was_right(verdict, reason) is right


@pytest.mark.parametrize(
    ("right", "wrong", "low", "high"),  # as in Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    [(81, 182, 0.2553, 0.3662), (15, 133, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 28, 0.0061, 0.1718)],
)
def test_the_bounds_are_wilsons(right, wrong, low, high):
    assert Precision(right, wrong).bounds == pytest.approx((low, high), abs=1e-4)


def test_three_times_anothers_in_one_form_at_one_outlet_makes_it_possible_there():
    taught = learn(judged(False, False, False))
    (heeded,) = taught.apply([mention("Токоева")], "Stadion", {"melis": MELIS})
    assert heeded.confidence is Confidence.POSSIBLE
    assert heeded.why == ("surname", "3 times it was another's in this form at Stadion, your colleagues said")


@pytest.mark.parametrize(
    ("cases", "text", "outlet"),
    [
        pytest.param(judged(False, False), "Токоева", "Stadion", id="twice is not enough"),
        pytest.param(judged(False, False, False, True), "Токоева", "Stadion", id="it was right there once"),
        pytest.param(judged(False, False, False), "Токоева", "Ak-Bulak", id="another outlet"),
        pytest.param(judged(False, False, False), "Токоеву", "Stadion", id="another form"),
        pytest.param(judged(False, False, False, reason=Reason.EXTRACTION_ERROR), "Токоева", "Stadion", id="our error"),
        pytest.param(
            judged(False, False, False, form="мелиса токоева"), "Мелиса Токоева", "Stadion", id="a full name never"
        ),
    ],
)
def test_nothing_else_is_demoted(cases, text, outlet):
    assert learn(cases).apply([mention(text)], outlet, {"melis": MELIS}) == (mention(text),)


def test_an_organisation_is_demoted_whatever_its_words_and_a_possible_hit_stays():
    body = Entity("melis", "State Fund", EntityType.ORGANIZATION)
    taught = learn(judged(False, False, False, form="state fund", reason=COMMON))
    assert taught.apply([mention("State Fund")], "Stadion", {"melis": body})[0].confidence is Confidence.POSSIBLE
    unsure = mention("State Fund", Confidence.POSSIBLE)
    assert taught.apply([unsure], "Stadion", {"melis": body}) == (unsure,)
    assert Lessons().apply([unsure], "Stadion", {}) == (unsure,)


def test_a_form_is_its_words_without_case_or_quotes():
    assert normalized_form("«ТОКОЕВА  М.»") == normalized_form("Токоева М") == "токоева м"


def test_precision_is_told_by_form_and_outlet_and_a_story_counts_once_for_each():
    cases = [*judged(True, True, False), *judged(True, form="токоеву"), *judged(False, outlet="Ak-Bulak")]
    assert precisions(cases, "form") == {"токоева": Precision(2, 2), "токоеву": Precision(1, 0)}
    assert precisions(cases, "outlet")["Ak-Bulak"] == Precision(0, 1)
    assert str(Precision(41, 6)) == "41 of 47 correct (87%; likely 75% to 94%)"


def test_a_form_that_is_right_less_than_one_time_in_five_is_named():
    assert unreliable_forms(judged(True, *[False] * 5)) == {("melis", "токоева"): Precision(1, 5)}
    assert unreliable_forms(judged(True, *[False] * 4)) == {}  # one in five
    assert unreliable_forms(judged(*[False] * 4)) == {}  # too few to say


def test_the_store_counts_effective_decisions_only(store: Store) -> None:
    watch(store, MELIS, CHOLPON, KOS)
    right, namesake, unsaid, undone = (filed(store, hit(), at=NOW + n * HOUR) for n in range(4))
    app = App(load_settings(None, {}, Path()), store, lambda: NOW + 5 * HOUR)
    app.decide(right.id, Verdict.RELEVANT, by="aida")
    app.decide(namesake.id, Verdict.RELEVANT, by="aida")
    app.decide(namesake.id, Verdict.NOT_RELEVANT, by="bek", reason=ANOTHER)  # said later, so it stands
    app.decide(unsaid.id, Verdict.NOT_RELEVANT, by="aida")
    app.decide(undone.id, Verdict.RELEVANT, by="aida")
    app.undo(by="aida", item=undone.id)
    assert store.reviews.name_judgements() == [
        NameJudgement(right.id, "melis", "melis tokoev", "Post", right=True),
        NameJudgement(namesake.id, "melis", "melis tokoev", "Post", right=False, reason=ANOTHER),
    ]
