"""People whom texts name in full, and the nominative of their names, which several places tell together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import Place, found_people
from monitor.match.base_forms import nominatives
from monitor.match.people import full_names
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


# ---- what an outlet writes must not make it slow ---------------------------------------------------------------------


def in_two(places: Sequence[Place]) -> bool:
    return len({place.text for place in places}) > 1


def surnames(count: int) -> list[str]:
    firsts, seconds = ("Ba", "Ke", "Ni", "To", "Ru", "Sa", "Mi", "Lo"), ("bak", "dum", "gor", "lesh", "marn", "pel")
    return [f"{a}{b}{c}ov" for a, b, c in product(firsts, seconds, seconds)][:count]


def test_names_that_are_not_wanted_are_compared_with_nobody(monkeypatch: pytest.MonkeyPatch):
    compared: list[str] = []
    monkeypatch.setattr(
        "monitor.match.people.nominatives",
        lambda words, parts: compared.append(" ".join(words)) or nominatives(words, parts),
    )
    texts = [f"Aigul Bekova met Azat {surname}." for surname in sorted({s[:4] + "ov" for s in surnames(999)})]
    assert [person.name for person in found_people(texts, (), in_two)] == ["Aigul Bekova"]
    assert len([name for name in compared if " " in name]) < 5  # given names are read one by one before


@pytest.mark.check
def test_at_most_a_hundred_names_of_a_text_are_read_and_the_best_five_hundred_compared():
    listed = [f"{given_name} {surname}" for given_name in ("Aigul", "Azat", "Timur") for surname in surnames(250)]
    assert len(full_names(". ".join(listed), 100)) == 100
    texts = [*(". ".join(listed[start : start + 100]) for start in range(0, 750, 100)), "Dastan Umotbaev was beaten."]
    people = found_people(texts, (), lambda places: 2 if places[0].text == len(texts) - 1 else 1)
    assert len(people) <= 500 and "Dastan Umotbaev" in {person.name for person in people}


def test_who_begins_like_somebody_who_is_wanted_is_still_somebody_else():
    texts = ("Айгуль Бекова молчит.", "Айгуль Бекоева пишет.", "Айгуль Бекову ждут.")
    assert names(*texts)[0] == "Айгуль Бекова"
    assert [len(person.texts) for person in found_people(texts, (), in_two)] == [2, 1]


@pytest.mark.parametrize("form", ["Айгуль Бекову", "Бекова Айгуль", "Aigul Bekova’s", "Айгуль Бековой", "Aigul Bekova"])
def test_case_order_and_script_hide_nobody_who_is_wanted(form):
    texts = ("Айгуль Бекова молчит.", f"{form}, 40.")
    assert found_people(texts, (), in_two) == found_people(texts) != ()


@given(st.text(max_size=200))
def test_no_text_ends_in_an_error_and_each_name_is_where_it_says(text):
    for name in full_names(text):
        assert 0 <= name.span.start < name.span.end <= len(text)
    for person in found_people([text]):
        assert person.places and person.name
