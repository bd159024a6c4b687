"""A difference that makes another real name makes another person: possible at most."""

from __future__ import annotations

import pytest

from kit import reference_matcher as reference
from monitor.match import compile_watchlist, find_mentions
from monitor.match.known_names import is_indeclinable, is_real_given_name, is_real_surname
from monitor.model import Confidence, Entity
from monitor.text.romanize import skeleton

PEOPLE = (
    "Сапар Доолотов", "Нурлан Эсенов", "Бегай Мамбетова", "Гани Осмонкулов", "Данияр Сулайман", "Чынара Курманбек кызы",
    "Жылдыз Орозалиева", "Назгуль Сарыева", "Сапар Чотаков", "Лейла Байышева", "Сапар Чотаков",
)  # fmt: skip
LIST = compile_watchlist([Entity(name, name) for name in PEOPLE])
PLAIN = reference.PlainIndex(LIST.index.words)


def strong(text: str) -> list[str]:
    """Return the entities that are strong in a sentence; the slow reference finds the same."""
    mentions = find_mentions(text, LIST)
    assert mentions == reference.find_mentions(text, LIST, "", PLAIN)
    return [mention.entity for mention in mentions if mention.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    ("listed", "the_same", "neighbours"),
    [
        # another real surname, however near its letters
        ("Сапар Доолотов", "Сапар Долотов|Sapar Doolotov|Сапару Доолотову|Сапар Доолтов", "Сапар Даулетов|Сапар Дуулатов"),
        ("Нурлан Эсенов", "Нурлан Эсеновдун|Nurlan Esenov", "Нурлан Исаинов|Нурлан Эсенбаев"),
        # the voicing of к and п between vowels makes no other name
        ("Жылдыз Орозалиева", "Жылдыз Орозалыева|Jyldyz Orozalieva", "Жылдыз Омуралиева|Жылдыз Жээналиева"),
        # a consonant that is added is no slip, in a short surname
        ("Назгуль Сарыева", "Назгуль Саррыева|Назгул Сарыева", "Назгуль Сарлыева|Назгуль Салрыева"),
        # another real given name
        ("Лейла Байышева", "Лейлу Байышеву|Leila Baiysheva|Лейле Байышевой", "Лола Байышева|Лолу Байышеву"),
        ("Бегай Мамбетова", "Бегай Мамбетовой", "Бегайым Мамбетова"),
        # a name in -и has no cases in Russian: Гания is another's
        ("Гани Осмонкулов", "Гани Осмонкулову|Гани Осмонкуловдун", "Гания Осмонкулова|Гание Осмонкуловой"),
        # -ов makes a surname of a given name; one person's name is not in the plural
        ("Данияр Сулайман", "Данияра Сулаймана|Данияр Сулаймандын", "Данияр Сулайманов|Сулайман Данияров"),
        # before the particle stands the father's name
        ("Чынара Курманбек кызы", "Чынара Курманбек кызынын|Chynara Kurmanbek kyzy", "Чынара Курман кызы|Чынар Курманбек кызы"),
        # before уулу and a name it is the father's name; of a person with a child it is not
        ("Нурлан Эсенов", "Нурлан Эсенов уулун|Нурлан Эсенов кызы менен", "Нурлан Эсенов уулу Бекжан"),
        # with a given name behind the particle that begins no other name, it is the name of that one's parent
        (
            "Чынара Курманбек кызы",
            "Чынара Курманбек кызы Бишкекке|Чынара Курманбек кызы Нарында|Чынара Курманбек кызы Азаттыкка|"
            "Чынара Курманбек кызы жана Айпери|Чынара Курманбек кызы, Айпери|Чынара Курманбек кызы Айпери Осмоновага|"
            "Чынара Курманбек кызынын Айперисин|Курманбек кызы Чынара|Чынара Курманбек кызы Жогорку Сотко",
            "Чынара Курманбек кызы Айпери|Чынара Курманбек кызы Айперинин энеси|Ч. Курманбек кызы Айпери|"
            "Chynara Kurmanbek kyzy Aiperi|Чынара Курманбек кызы Элдияра|Чынара Курманбек кызы Айпери Бишкекке",
        ),
        # a short form is the same person's only with a surname that few bear
        ("Сапар Доолотов", "Сапар Доолотовго", "Сапарбек Доолотов"),
        ("Сапар Чотаков", "Сапарбек Чотаков", "Сабыр Чотаков"),
    ],
)  # fmt: skip
def test_who_is_the_watched_person_and_who_a_neighbour(listed: str, the_same: str, neighbours: str):
    assert [words for words in the_same.split("|") if strong(f"Бүгүн {words} келди.") != [listed]] == []
    assert [words for words in neighbours.split("|") if strong(f"Бүгүн {words} келди.") != []] == []


def test_a_neighbour_in_an_article_that_names_the_person_is_a_misspelling():
    assert strong("Сапар Доолотов келди. Сапар Дуулатовго айттык.") == ["Сапар Доолотов"] * 2


def test_a_doubt_says_which_word_is_a_name_of_its_own():
    (mention,) = find_mentions("Бүгүн Сапар Дуулатов келди.", LIST)
    assert str(mention.why[-1]) == "“Дуулатов” is a name of its own, and may be another person's"


@pytest.mark.parametrize(
    ("name", "is_real"),
    [
        ("Зыйнагүл", True), ("Алтынбала", True), ("Таштемир", True), ("Thomas", True), ("Оксана", True),
        ("Рифат", True), ("Токтакул", True), ("Рифак", False), ("Токсокул", False),
        ("Зыжнагүл", False), ("Бала", False), ("Крак", False), ("Кызмат", False), ("Tovarishch", False),
    ],
)  # fmt: skip
def test_which_given_names_are_real(name: str, is_real: bool):
    assert is_real_given_name(skeleton(name)) is is_real


@pytest.mark.parametrize(
    ("name", "is_real"),
    [
        ("Тимуров", True), ("Тимурова", True), ("Бекбаев", True), ("Мамасалиева", True), ("Соколова", True), ("Weber", True),
        ("Жаркова", True), ("Токтакулов", True), ("Жафкова", False), ("Токсокулов", False),
        ("Тимулов", False), ("Крагов", False), ("Плачев", False), ("Вобер", False), ("Ов", False), ("Клоопов", False),
    ],
)  # fmt: skip
def test_which_surnames_are_real(name: str, is_real: bool):
    assert is_real_surname(skeleton(name)) is is_real


@pytest.mark.parametrize(("name", "expected"), [("Али", True), ("Шерали", True), ("Юрий", False), ("Айдай", False)])
def test_which_given_names_have_no_cases_in_russian(name: str, expected: bool):
    assert is_indeclinable(skeleton(name)) is expected


FATHER_AND_SON = compile_watchlist(
    [
        Entity("father", "Мирон Ильич Залкин"),
        Entity("son", "Мирон Миронович Залкин"),
        Entity("nobody", "Мирон Юрьевич Токталин"),
    ]
)


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("Мирон Залкин пришёл.", set()),  # which of the two?
        ("Встретили Мирона Залкина.", set()),
        ("Мирон Ильич Залкин пришёл.", {"father"}),
        ("Мирон Миронович Залкин пришёл. Мирона Залкина ждали.", {"son"}),
        ("Мирон Ильич Залкин и Мирон Миронович Залкин пришли.", {"father", "son"}),
        ("Мирон Токталин пришёл.", {"nobody"}),  # nobody else has this name
    ],
)
def test_only_the_patronymic_tells_two_watched_people_of_one_name_apart(text, strong):
    mentions = find_mentions(text, FATHER_AND_SON)
    assert {m.entity for m in mentions if m.confidence is Confidence.STRONG} == strong
    assert strong or {m.entity for m in mentions} == {"father", "son"}
    assert strong or all("patronymic" in m.why[-1] for m in mentions)
