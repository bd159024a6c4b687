"""Familiar forms of given names: the person where something ties them to the case, else possible, never somebody else."""

from __future__ import annotations

import pytest

from monitor.match import Sample, compile_watchlist, find_mentions, samples
from monitor.match.tables import pairs, sections
from monitor.model import Confidence, Context, Entity, EntityType, Message
from monitor.text.romanize import skeleton

LIST = compile_watchlist(
    [
        Entity("sasha", "Александр Дуулатов"),
        Entity("anna", "Анна Гривненко"),
        Entity("zhenya", "Yevgeny Dzhusupov"),
        Entity("sveta", "Svetlana Tokoeva", context=Context(support=("журналистка",))),
        Entity("sashko", "Oleksandr Hryhorchuk"),
        Entity("outlet", "Tamchy Media", EntityType.OUTLET),
    ]
)


def people(text: str) -> list[tuple[str, str, str]]:
    return [(m.entity, m.text, m.confidence.value) for m in find_mentions(text, LIST) if m.entity != "outlet"]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Саша Дуулатов основал Tamchy Media.", "sasha", "Саша Дуулатов"),
        ("Сашу Дуулатова из Tamchy Media вызвали.", "sasha", "Сашу Дуулатова"),
        ("Шуре Дуулатову и Tamchy Media отказали.", "sasha", "Шуре Дуулатову"),
        ("Sasha Duulatov founded Tamchy Media.", "sasha", "Sasha Duulatov"),
        ("Аня Гривненко пишет для Tamchy Media.", "anna", "Аня Гривненко"),
        ("С Аней Гривненко говорили в Tamchy Media.", "anna", "Аней Гривненко"),
        ("Anya Hryvnenko writes for Tamchy Media.", "anna", "Anya Hryvnenko"),
        ("Женя Джусупов молчит, молчит и Tamchy Media.", "zhenya", "Женя Джусупов"),
        ("Журналистка Света Токоева в суде.", "sveta", "Света Токоева"),  # a support word
        ("Сашко Григорчук вийшов, сказали в Tamchy Media.", "sashko", "Сашко Григорчук"),
        ("Александр Дуулатов молчит. Саша Дуулатов не придёт.", "sasha", "Саша Дуулатов"),  # named in full
    ],
)
def test_a_familiar_form_that_something_ties_is_the_person(text: str, entity: str, words: str):
    assert (entity, words, "strong") in people(text)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Вчера приехал Саша Дуулатов.", "sasha"),
        ("Вчера вызвали Аню Гривненко.", "anna"),
        ("Yesterday Zhenya Dzhusupov left.", "zhenya"),
        ("Приехала Света Токоева.", "sveta"),
    ],
)
def test_a_familiar_form_by_itself_is_possible(text: str, entity: str):
    assert [(name, confidence) for name, _, confidence in people(text)] == [(entity, "possible")]


@pytest.mark.parametrize(
    "text",
    [
        "Приехал Паша Дуулатов из Tamchy Media.",  # Павел's
        "Приехал Миша Джусупов из Tamchy Media.",
        "Приехала Саша Дуулатова из Tamchy Media.",  # a woman
        "Приехала Яна Гривненко из Tamchy Media.",
        "Приехала Инна Гривненко из Tamchy Media.",
        "Приехала Соня Токоева из Tamchy Media.",
        "Саша приехал в Tamchy Media.",  # without the surname
        "Саша Токоев приехал в Tamchy Media.",
    ],
)
def test_who_has_another_familiar_form_is_somebody_else(text: str):
    assert people(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Галина Гривненко пишет о Tamchy Media.",
        "Галины Гривненко нет в Tamchy Media.",
        "Маша Гривненко пишет о Tamchy Media.",
        "Лариса Гривненко пишет о Tamchy Media.",
        "Тимур Гривненко пишет о Tamchy Media.",
    ],
)
def test_a_relative_who_begins_a_sentence_is_somebody_else(text: str):
    assert [person for person in people(text) if person[2] == "strong"] == []


@pytest.mark.parametrize(
    "text",
    [
        "Журналистка Гривненко пишет для Tamchy Media.",
        "Вчера Гривненко пришла в Tamchy Media.",
        "Сама Гривненко и Tamchy Media молчат.",
        "Редактор Гривненко и Tamchy Media молчат.",
    ],
)
def test_a_word_that_begins_a_sentence_is_no_relative(text: str):
    assert ("anna", "Гривненко", "strong") in people(text)


def test_a_mention_says_that_the_form_is_familiar():
    (mention, _) = find_mentions("Саша Дуулатов основал Tamchy Media.", LIST)
    assert "“Саша” is a familiar form of Александр" in map(str, mention.why)
    (possible,) = find_mentions("Вчера приехал Саша Дуулатов.", LIST)
    assert str(possible.why[-1]) == "nothing in the article ties the familiar form of the name to the case"


def test_each_line_of_the_table_has_forms_that_sound_otherwise_or_are_written_otherwise():
    for lines in sections("familiar").values():
        for name, row in pairs(lines).items():
            assert row.split()
            assert all(form != name and skeleton(form) for form in row.split())


def test_check_shows_a_familiar_form():
    label = Message("a familiar form of the given name")
    assert Sample("Саша Дуулатов", label, Confidence.POSSIBLE) in samples(Entity("a", "Александр Дуулатов"))
    assert label not in [sample.label for sample in samples(Entity("a", "Мелис Токоев"))]


@pytest.mark.parametrize(
    ("text", "surnames"),
    [
        ("Aleksandr Duulatov is free. Volha Duulatov went home.", ["Aleksandr Duulatov"]),
        ("Aleksandr Duulatov is free. Later Duulatov went home.", ["Aleksandr Duulatov", "Duulatov"]),
        ("В совет вошли Дуулатов Александр, Чотонов Нурдан, Дуулатов Бекжан и Айтиев Дан.", ["Дуулатов Александр"]),
        ("Дуулатов Александр вошёл. Пришли Чотонов, Дуулатов и Айтиев.", ["Дуулатов Александр", "Дуулатов"]),
    ],
)
def test_a_relative_of_a_rare_given_name_is_somebody_else(text: str, surnames: list[str]):
    assert [words for entity, words, confidence in people(text) if confidence == "strong"] == surnames
