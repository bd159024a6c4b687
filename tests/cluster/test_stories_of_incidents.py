"""Stories of what happens to the press: the same wording in two places, or of two outlets, is two events."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.clusters import candidate, placed
from monitor.match import compile_watchlist, match_documents
from monitor.model import Candidate, Document, Placement, press_entity

PRESS = compile_watchlist([press_entity()])
BEATEN = {
    "en": (
        "{role} beaten{place}",
        "Unknown men beat {role}{place} on Tuesday evening. They took a camera and fled; police have opened an inquiry. "
        "The victim was taken to hospital, where doctors say that the condition is stable.",
    ),
    "ru": (
        "Избит {role}",
        "Неизвестные избили{place} {role} вечером во вторник. Нападавшие отобрали камеру и скрылись, милиция начала "
        "проверку. Пострадавшего отвезли в больницу, состояние врачи оценивают как удовлетворительное.",
    ),
    "ky": (
        "{place} {role} сабалды",
        "Кечээ кечинде белгисиз адамдар{place} {role} сабап кетишти. Камерасын тартып алып качып кетишкен, милиция "
        "текшерүү баштады. Жабырлануучу ооруканага жеткирилди, дарыгерлер абалы канааттандырарлык дешет.",
    ),
}  # fmt: skip


def article(
    number: int, language: str, role: str, place: str = "", *, body: bool = True, **fields: object
) -> Candidate:
    """Return an article that tells one incident; without `body` it is a headline."""
    title, text = (words.format(role=role, place=f" {place}" if place else "").strip() for words in BEATEN[language])
    if not body:
        title, text = text.partition(".")[0], ""
    ((_, mentions),) = match_documents([Document("a", text, title)], PRESS)
    incidents = tuple(mention.incident for mention in mentions if mention.incident)
    assert incidents
    return replace(candidate(number, text, title, **fields), incidents=incidents, language=language)  # type: ignore[arg-type]


def second(one: Candidate, two: Candidate) -> Placement:
    return placed(two, [replace(one, story=1)])


@pytest.mark.parametrize("body", [True, False])
@pytest.mark.parametrize(
    ("language", "role", "one", "two"),
    [
        ("en", "a reporter", "in Osh", "in Karakol"),
        ("en", "a reporter", "in Osh region", "in Naryn region"),
        ("ru", "журналиста", "в Оше", "в Караколе"),
        ("ru", "журналиста", "в Ошской области", "в Нарынской области"),
        ("ky", "журналистти", "Ошто", "Караколдо"),
        ("ky", "журналистти", "Ош облусунда", "Нарын облусунда"),
    ],
)
def test_one_wording_in_two_places_is_two_stories(language, role, one, two, body):
    place = second(article(1, language, role, one, body=body), article(2, language, role, two, body=body))
    assert (place.story, place.copy_of) == (None, None)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "the editor of the newspaper Navruz", "the editor of the newspaper Karakol Herald"),
        ("en", "reporter Aibek Asanov", "reporter Ulan Toktosunov"),
        ("ru", "журналиста Айбека Асанова", "журналиста Улана Токтосунова"),
        ("ky", "журналист Айбек Асановду", "журналист Улан Токтосуновду"),
    ],
)
def test_one_wording_about_two_people_is_two_stories(language, one, two):
    place = second(article(1, language, one), article(2, language, two))
    assert (place.story, place.copy_of) == (None, None)


@pytest.mark.parametrize(
    ("language", "role", "one", "two"),
    [
        ("en", "a reporter", "in Uzgen", "in Osh region"),
        ("en", "a reporter", "in Osh", "in Kyrgyzstan"),
        ("en", "a reporter", "in Osh", ""),
        ("ru", "журналиста", "в Узгене", "в Ошской области"),
        ("ru", "журналиста", "в Оше", ""),
        ("ru", "журналиста", "в Оше", "в Ош"),
        ("ky", "журналистти", "Өзгөндө", "Ош облусунда"),
        ("ky", "журналистти", "Ошто", ""),
    ],
)
def test_one_event_told_with_another_sort_of_place_or_none_is_one_story(language, role, one, two):
    for first_place, second_place in ((one, two), (two, one)):
        assert second(article(1, language, role, first_place), article(2, language, role, second_place)).story == 1


def test_articles_that_name_one_person_are_one_story_whatever_their_places():
    one, two = (article(n, "en", "reporter Aibek Asanov", place) for n, place in enumerate(("in Osh", "in Bishkek"), 1))
    assert second(one, two).story == 1
    watched = (replace(a, people=frozenset({"w"}), entities=frozenset({"w"})) for a in (
        article(1, "en", "a reporter", "in Osh"), article(2, "en", "a reporter", "in Bishkek")))  # fmt: skip
    assert second(*watched).story == 1


def test_an_article_that_names_both_places_joins_either():
    one, two = article(1, "en", "a reporter", "in Uzgen"), article(2, "en", "a reporter", "in Karakol and Uzgen")
    assert second(one, two).story == second(two, one).story == 1


def test_an_article_of_another_place_joins_a_story_by_no_other_article_of_it():
    of_osh, of_nowhere = article(1, "en", "a reporter", "in Osh"), article(2, "en", "a reporter")
    filed = [replace(of_osh, story=1), replace(of_nowhere, story=1)]
    assert placed(article(3, "en", "a reporter", "in Karakol", body=False), filed).story is None
