"""Stories of watched people: what is told of one person in the words used of another is an event of its own."""

from __future__ import annotations

import pytest

from kit.clusters import candidate, placed
from monitor.model import Candidate, Rule

MELIS, CHOLPON = "melis", "cholpon"
SUMMONED = {
    "en": (
        "{name} summoned to court",
        "{name} was summoned as a witness by the city court of Karakol. A man nobody knew brought the papers in the "
        "evening. The case concerns 23 hectares on the shore of Lake Tunuk, and a lawyer will be there.",
    ),
    "ru": (
        "{name}: вызов в суд",
        "В суд Каракола свидетелем приглашён журналист, которого зовут {name}. Повестку вечером принёс незнакомый "
        "человек. Дело касается 23 гектаров на берегу озера Тунук, рядом будет адвокат.",
    ),
    "ky": (
        "{name} сотко чакырылды",
        "{name} Каракол шаардык сотуна күбө катары чакырылды. Чакыруу кагазын бейтааныш киши кечинде алып келген. Иш "
        "Тунук көлүнүн жээгиндеги 23 гектар жерге байланыштуу, жанында адвокат болот.",
    ),
}
NAMES = {
    "en": {MELIS: "Melis Tokoev", CHOLPON: "Cholpon Arzyeva"},
    "ru": {MELIS: "Мелис Токоев", CHOLPON: "Чолпон Арзыева"},
    "ky": {MELIS: "Мелис Токоев", CHOLPON: "Чолпон Арзыева"},
}


def summons(number: int, language: str, *people: str, hours: float = 0, **fields: object) -> Candidate:
    """Return a report that these people are summoned, in the words of every such report."""
    name = {"en": " and ", "ru": " и ", "ky": " жана "}[language].join(NAMES[language][person] for person in people)
    title, text = (words.format(name=name) for words in SUMMONED[language])
    watched = frozenset(name.split())
    return candidate(
        number, text, title, hours=hours, people=frozenset(people), watched_words=watched, language=language, **fields
    )


@pytest.mark.parametrize("hours_later", [2, 24, 24 * 40])
@pytest.mark.parametrize("language", SUMMONED)
def test_the_words_told_of_another_person_are_a_story_of_their_own(language: str, hours_later: int):
    placement = placed(summons(2, language, CHOLPON, hours=hours_later), [summons(1, language, MELIS, story=1)])
    assert placement.story is None
    assert placement.copy_of is None


def test_another_person_summoned_is_no_story_in_another_language_either():
    assert placed(summons(2, "ru", CHOLPON), [summons(1, "en", MELIS, story=1)]).story is None


def test_the_summons_of_another_person_stands_beside_the_first_as_related():
    placement = placed(summons(2, "en", CHOLPON, hours=3), [summons(1, "en", MELIS, story=1)])
    assert [related.article for related in placement.related] == [1]


@pytest.mark.parametrize("language", SUMMONED)
def test_the_same_words_of_the_same_person_are_a_copy(language: str):
    placement = placed(summons(2, language, MELIS, hours=24), [summons(1, language, MELIS, story=1)])
    assert placement.copy_of == 1
    assert placement.reason.rule is Rule.COPY


RELEASE = {
    "en": "Melis Tokoev was released after {days} days. He walked out at noon, and friends brought flowers and bread.",
    "ru": "Мелис Токоев вышел на свободу через {days} суток. У ворот его в полдень ждали друзья с цветами и хлебом.",
    "ky": "Мелис Токоев {days} күндөн кийин бошотулду. Түштө аны дарбазада достору гүл жана нан менен тосуп алышты.",
}
NEWS = {
    "en": "A court will hear his appeal on Friday.",
    "ru": "Жалобу защиты суд рассмотрит в пятницу.",
    "ky": "Арызды сот жума күнү карайт.",
}


def release(number: int, language: str, days: int, news: str = "", **fields: object) -> Candidate:
    """Return a report that Melis is released, in the words of every such report."""
    text, watched = f"{RELEASE[language].format(days=days)} {news}", frozenset(NAMES[language][MELIS].split())
    people = frozenset({MELIS})
    return candidate(number, text, people=people, watched_words=watched, language=language, **fields)


@pytest.mark.parametrize("has_news", [False, True])
@pytest.mark.parametrize("language", RELEASE)
def test_what_is_told_in_the_words_of_an_older_report_is_an_event_of_its_own_beside_it(language: str, has_news: bool):
    second_report = release(2, language, 43, NEWS[language] if has_news else "", hours=24 * 30)
    placement = placed(second_report, [release(1, language, 17, story=1)])
    assert placement.story is None and placement.copy_of is None
    assert [(related.article, related.reason.rule) for related in placement.related] == [(1, Rule.BACKGROUND)]


@pytest.mark.parametrize("has_news", [False, True])
@pytest.mark.parametrize("language", RELEASE)
def test_within_three_days_it_is_a_member_of_the_story_with_its_sentences_marked(language: str, has_news: bool):
    second_report = release(2, language, 43, NEWS[language] if has_news else "", hours=48)
    placement = placed(second_report, [release(1, language, 17, story=1)])
    assert placement.story == 1
    assert placement.own_sentences


@pytest.mark.parametrize("language", RELEASE)
def test_the_very_words_of_an_older_report_are_its_copy(language: str):
    placement = placed(release(2, language, 17, hours=24 * 30), [release(1, language, 17, story=1)])
    assert (placement.story, placement.copy_of) == (1, 1)


def test_a_story_goes_on_while_reports_of_it_come():
    filed = [release(1, "en", 17, story=1), release(2, "en", 17, story=1, copy_of=1, hours=24 * 30)]
    assert placed(release(3, "en", 17, NEWS["en"], hours=24 * 31), filed).story == 1


def test_a_report_of_both_people_joins_the_report_of_one():
    assert placed(summons(2, "en", MELIS, CHOLPON), [summons(1, "en", MELIS, story=1)]).story == 1


def test_a_copy_without_a_sure_name_is_a_copy():
    by_initial = candidate(2, SUMMONED["en"][1].format(name="The reporter M. Tokoev"), language="en")
    assert placed(by_initial, [summons(1, "en", MELIS, story=1)]).copy_of == 1
