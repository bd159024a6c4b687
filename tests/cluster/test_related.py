"""Related articles: filed ones of other events that belong to the same affair."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kit.clusters import candidate, placed
from monitor.model import Candidate, Rule

MELIS = frozenset({"melis"})


def words(seed: str, count: int = 30) -> str:
    """Return so many words that no other seed has."""
    return " ".join("".join(random.Random(f"{seed} {n}").choices("aeioudgklmnrst", k=8)) for n in range(count))


def related(article: Candidate, filed: Sequence[Candidate]) -> list[int]:
    return [one.article for one in placed(article, filed).related]


def event(number: int, *seeds: str, hours: float = 0, **changes: object) -> Candidate:
    """Return an article in a story of its own, with ten words of each seed and thirty that nothing else has."""
    text = " ".join([*(words(seed, 10) for seed in seeds), words(f"of {number}")])
    return candidate(number, text, hours=hours, language="en", **{"story": number, **changes})  # type: ignore[arg-type]


def test_what_shares_words_and_a_watched_name_is_related_and_says_how_much():
    (near,) = placed(
        event(2, "hunger strike", people=MELIS), [event(1, "hunger strike", people=MELIS, hours=-5)]
    ).related
    share, hours = near.reason.arguments
    assert (near.article, near.reason.rule, hours) == (1, Rule.AFFAIR, 5)
    assert 10 < share < 40


@pytest.mark.parametrize("people", [MELIS, frozenset[str]()])
def test_nothing_in_common_is_not_related(people: frozenset[str]):
    assert related(event(2, people=people), [event(1, people=people)]) == []


def test_few_words_in_common_are_enough_only_about_one_watched_person():
    filed = [event(n, f"other {n}") for n in (10, 11, 12)]
    first, second = event(1, "hunger strike"), event(2, "hunger strike")
    assert related(second, [*filed, first]) == []
    about_him = [replace(one, entities=MELIS, people=MELIS) for one in (first, second)]
    assert related(about_him[1], [*filed, about_him[0]]) == [1]


def test_the_words_of_watched_names_count():
    """They hold an affair together; whether two articles tell one event is decided without them."""
    name = " Almazbek Satarkulovich Zhumagulov-Bekmuratov spoke."
    first, second = (candidate(n, words(f"{n}", 12) + name, language="en", people=MELIS) for n in (1, 2))
    first = replace(first, story=1)
    second = replace(second, watched_words=frozenset(name.strip(" .").replace("-", " ").split()[:4]))
    where = placed(second, [first])
    assert (where.story, [one.article for one in where.related]) == (None, [1])


def test_hours_within_the_window_do_not_part_an_affair():
    article = event(2, "hunger strike", people=MELIS)
    scores = {
        placed(article, [event(1, "hunger strike", people=MELIS, hours=-hours)]).related[0].score
        for hours in (0, 30, 71)
    }
    assert len(scores) == 1
    assert related(article, [event(1, "hunger strike", people=MELIS, hours=-73)]) == []


def test_words_of_every_story_of_the_day_relate_nothing():
    """They relate two articles where few others hold them."""
    first, article = event(1, "court", people=MELIS), event(99, "court", "appeal", people=MELIS)
    other_events = [event(n, "court", people=MELIS) for n in range(10, 22)]
    assert related(article, [first]) == [1]
    assert related(article, [first, *other_events, event(2, "appeal", people=MELIS)]) == [2]


def test_copies_of_one_story_make_its_words_no_more_common():
    article = event(99, "hunger strike", people=MELIS)
    first = event(1, "hunger strike", people=MELIS)
    copies = [replace(first, id=n, copy_of=1) for n in range(2, 20)]
    without_copies, together = (placed(article, filed).related for filed in ([first], [first, *copies]))
    assert [(one.article, one.score) for one in together] == [(one.article, one.score) for one in without_copies]


def test_what_is_near_the_nearest_comes_before_what_is_not():
    nearest = event(1, "strike", "prison", "hospital", people=MELIS)
    by_chance, of_affair = (
        event(2, "wedding", "feast", people=MELIS),
        event(3, "lawyer", "appeal", "prison", people=MELIS),
    )
    article = event(9, "strike", "hospital", "wedding", "feast", "lawyer", "appeal", people=MELIS)
    assert related(article, [by_chance, of_affair]) == [2, 3]
    assert related(article, [by_chance, of_affair, nearest]) == [3, 1, 2]


def test_the_own_story_is_not_related_and_each_other_story_is_shown_once():
    seeds = "strike", "prison", "doctor", "warden"
    report, repeat = (event(n, *seeds, people=MELIS, story=1) for n in (1, 2))
    follow_ups = [event(n, "strike", "prison", f"{n}", people=MELIS, story=5) for n in (3, 4)]
    told_again = " ".join(words(seed, 10) for seed in seeds).split()
    random.Random(1).shuffle(told_again)
    where = placed(candidate(9, " ".join(told_again), language="en", people=MELIS), [report, repeat, *follow_ups])
    assert (where.story, where.copy_of) == (1, None)
    assert [one.article for one in where.related] == [3]


@pytest.mark.parametrize("title", ["", "Bishkek", "Fuel prices"])
def test_headlines_alone_need_more_than_a_word_or_two_in_common(title: str):
    first, second = (candidate(n, "", f"{title} {words(str(n), 4)}", story=n, language="en") for n in (1, 2))
    assert related(second, [first]) == []
    assert related(candidate(3, "", ""), [replace(candidate(4, "", ""), story=4)]) == []


@pytest.mark.parametrize(("shared", "expected"), [(2, []), (3, [1])])
def test_three_words_in_common_relate_short_texts_and_two_do_not(shared: int, expected: list[int]):
    first, second = (
        candidate(n, f"{words('strike', shared)} {words(str(n), 4)}", story=n, language="en") for n in (1, 2)
    )
    assert related(second, [first]) == expected


def test_what_is_related_does_not_depend_on_the_order_of_filing():
    rnd = random.Random(3)
    filed = [
        event(n, *rnd.sample(["court", "prison", "strike", "lawyer", "tax"], 2), people=MELIS) for n in range(1, 12)
    ]
    article = event(99, "court", "prison", "strike", people=MELIS)
    related_now = placed(article, filed).related
    assert 0 < len(related_now) <= 5
    scores = [one.score for one in related_now]
    assert scores == sorted(scores, reverse=True)
    for _ in range(5):
        rnd.shuffle(filed)
        assert [one.score for one in placed(article, filed).related] == scores
