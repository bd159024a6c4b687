"""Stories by what was done: reports that the same was done to the same watched person on one day are one event."""

from __future__ import annotations

import pytest

from kit.clusters import candidate, placed
from monitor.model import (
    Candidate,
    Custody,
    Field,
    Incident,
    PressAct,
    Rule,
    VictimKind,
    WatchedAct,
    acts_told_first,
)

MELIS, CHOLPON = "melis", "cholpon"
BEATEN = WatchedAct(CHOLPON, PressAct.BEATEN, Custody.TAKEN)
DETAINED = WatchedAct(CHOLPON, PressAct.DETAINED, Custody.TAKEN)
RELEASED = WatchedAct(CHOLPON, PressAct.DETAINED, Custody.RELEASED)
REPORTS = {
    "en": ("Reporter beaten outside her office", "Unknown men beat Cholpon Arzyeva on her way home in the evening."),
    "ru": ("У редакции избили Арзыеву", "Неизвестные избили Чолпон Арзыеву. Полиция проверяет обстоятельства дела."),
    "ky": ("Арзыева сабалды", "Чолпон Арзыева кеңсенин жанында сабалды. Милиция иш козгоду."),
    "other words": (
        "Attack in Karakol",
        "Cholpon Arzyeva is in hospital with a broken arm, her brother told reporters.",
    ),
}

DAYS = (
    "Ministers met to speak of roads.",
    "Her lawyer wrote to the prosecutor.",
    "A petition has eight thousand signatures.",
    "The embassy asked for a visit.",
    "Colleagues stood at the gate with candles.",
    "Parliament heard the ombudsman.",
    "Her mother brought warm clothes.",
)


def report(number: int, words: str, *acts: WatchedAct, hours: float = 0, **fields: object) -> Candidate:
    """Return a report of these acts."""
    title, text = REPORTS[words]
    people = frozenset({act.entity for act in acts} or {CHOLPON})
    language = "en" if words == "other words" else words
    return candidate(
        number, text, title, hours=hours, people=people, acts=frozenset(acts), language=language,
        watched_words=frozenset({"cholpon", "arzyeva", "чолпон", "арзыева", "арзыеву"}), **fields,
    )  # fmt: skip


@pytest.mark.parametrize("words", ["ru", "ky", "other words"])
@pytest.mark.parametrize("hours", [-20, 0, 20])
def test_the_same_act_of_one_day_is_one_story_in_any_language_and_in_any_words(words: str, hours: int):
    placement = placed(report(2, words, BEATEN, hours=hours), [report(1, "en", BEATEN, story=1)])
    assert placement.story == 1
    assert placement.copy_of is None
    assert (placement.reason.rule, placement.reason.arguments) == (Rule.ACT, (abs(hours),))


@pytest.mark.parametrize("words", ["ru", "ky", "other words"])
@pytest.mark.parametrize(
    ("act", "other_act"),
    [
        (BEATEN, DETAINED),
        (DETAINED, RELEASED),
        (BEATEN, BEATEN._replace(entity=MELIS)),
    ],
)
def test_another_act_or_the_same_of_another_person_is_another_story(words: str, act: WatchedAct, other_act: WatchedAct):
    assert placed(report(2, words, other_act), [report(1, "en", act, story=1)]).story is None


def test_what_tells_no_act_is_not_joined_by_it():
    assert placed(report(2, "ru"), [report(1, "en", BEATEN, story=1)]).story is None


@pytest.mark.parametrize("hours", [-25, 25, 71])
def test_the_same_act_of_another_day_is_another_story(hours: int):
    assert placed(report(2, "ru", BEATEN, hours=hours), [report(1, "en", BEATEN, story=1)]).story is None


def test_an_act_that_each_day_repeats_makes_no_story_of_many_days():
    filed: list[Candidate] = []
    for number, text in enumerate(DAYS, 1):
        fields = {"hours": 20 * number, "people": frozenset({CHOLPON}), "acts": frozenset({DETAINED})}
        placement = placed(candidate(number, text, **fields), filed)
        filed.append(candidate(number, text, **fields, story=placement.story or number))
    hours_by_story: dict[int | None, list[int]] = {}
    for article in filed:
        hours_by_story.setdefault(article.story, []).append(20 * article.id)
    assert max(max(hours) - min(hours) for hours in hours_by_story.values()) <= 24
    assert len(hours_by_story) == 4


def test_reports_of_incidents_in_two_towns_stay_two_stories():
    in_osh, in_karakol = (
        (Incident((PressAct.BEATEN,), VictimKind.PERSON, where=town, town=town),) for town in ("Osh", "Karakol")
    )
    filed = report(1, "en", BEATEN, BEATEN._replace(entity=MELIS), story=1, incidents=in_osh)
    assert placed(report(2, "ru", BEATEN), [filed]).story == 1
    elsewhere = report(3, "ru", BEATEN._replace(entity="bermet"), incidents=in_karakol)
    assert placed(elsewhere, [filed]).story is None


def test_only_the_headline_and_the_lead_tell_what_the_report_is_of():
    incident = Incident((PressAct.BEATEN, PressAct.DETAINED), VictimKind.PERSON)
    for field, start in ((Field.TITLE, 400), (Field.TEXT, 0), (Field.TEXT, 120)):
        acts = acts_told_first(CHOLPON, field, start, incident, Custody.RELEASED)
        assert {*acts} == {BEATEN, RELEASED}
    assert not acts_told_first(CHOLPON, Field.TEXT, 2_000, incident, Custody.RELEASED)


def test_the_same_words_of_an_act_are_another_one_after_two_weeks():
    extended = WatchedAct(CHOLPON, PressAct.DETAINED, Custody.KEPT)
    first = report(1, "ru", extended, story=1)
    assert placed(report(2, "ru", extended, hours=24 * 13), [first]).copy_of == 1  # a weekly prints it
    assert placed(report(2, "ru", hours=24 * 60), [first]).copy_of == 1  # nothing was done to anybody
    placement = placed(report(2, "ru", extended, hours=24 * 60), [first])
    assert (placement.story, placement.copy_of) == (None, None)
    assert [related.article for related in placement.related] == [1]
    second = report(2, "ru", extended, story=2, hours=24 * 60)
    of_same_day = placed(report(3, "ru", extended, hours=24 * 60 + 3), [first, second])
    assert (of_same_day.story, of_same_day.copy_of) == (2, 2)
    # A story that its copies go on telling is one.
    goes_on = report(2, "ru", extended, story=1, copy_of=1, hours=24 * 10)
    assert placed(report(3, "ru", extended, hours=24 * 20), [first, goes_on]).story == 1
