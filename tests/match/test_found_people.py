"""People whom texts name in full, and the nominative of their names, which several places tell together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import found_people
from monitor.match.people.full_names import full_names
from monitor.model import Entity


def names(*texts: str, listed: tuple[Entity, ...] = ()) -> list[str]:
    return [person.name for person in found_people(texts, listed)]


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("Вчера задержали Мелиса Токоева.", "Мелису Токоеву дали адвоката.", "Мелис Токоев молчит."), "Мелис Токоев"),
        (("Суд отпустил Айгуль Бекову.",), "Айгуль Бекова"),
        (("Милиция допросила Анну Исаеву.", "С Анной Исаевой говорили."), "Анна Исаева"),
        (("О Дастане Умотбаеве писали все.", "Дастаном Умотбаевым гордятся."), "Дастан Умотбаев"),
        (("Кабарчы Нурбек Сатаровду кармашты.", "Нурбек Сатаровго айып тагылды."), "Нурбек Сатаров"),
        (("Айзада Дөөлөт кызынын үйүндө тинтүү болду.",), "Айзада Дөөлөт кызы"),
        (("Police held Melis Tokoev’s brother.", "A friend of Melis Tokoev spoke."), "Melis Tokoev"),
        (("Бектур Сапар уулу жазды.", "Бектур Сапар уулуна айтышты."), "Бектур Сапар уулу"),
    ],
)
def test_a_person_is_named_in_the_nominative_whatever_the_cases_of_the_texts(texts, name):
    assert names(*texts) == [name]


def test_one_person_in_two_scripts_is_one():
    assert names("Police took Melis Tokoev away.", "Мелиса Токоева увезли.", "Melis Tokoev is free.") == [
        "Melis Tokoev"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Complete silence in Bishkek. The Supreme Court of Kyrgyzstan spoke.",
        "Верховный Суд и Министерство Культуры молчат.",
        "Президент Кыргызстана выступил в Чуйской области.",
        "ЖОГОРКУ КЕҢЕШ. Кыргыз Республикасы.",
        "Novaya Gazeta wrote of Human Rights Watch.",
        "",
    ],
)
def test_places_bodies_and_titles_are_nobody(text):
    assert names(text) == []


def test_a_title_before_a_name_is_no_part_of_it():
    assert names("Вчера Президент Айгуль Бекова выступила.") == ["Айгуль Бекова"]


def test_who_is_on_the_list_is_left_out_in_any_case_and_script():
    listed = (Entity("melis", "Melis Tokoev"),)
    assert names("Мелиса Токоева увезли. Видели Айгуль Бекову.", listed=listed) == ["Айгуль Бекова"]


def test_who_stands_in_most_texts_comes_first():
    texts = ("Анна Исаева и Айгуль Бекова.", "Айгуль Бекову ждут.")
    assert names(*texts) == ["Айгуль Бекова", "Анна Исаева"]


@given(st.text(max_size=200))
def test_no_text_ends_in_an_error_and_each_name_is_where_it_says(text):
    for name in full_names(text):
        assert 0 <= name.span.start < name.span.end <= len(text)
    for person in found_people([text]):
        assert person.places and person.name
