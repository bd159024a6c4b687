"""Typed names with a question: in the nominative, of which country? They are added with the answer."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser
from kit.names import names_on_list
from web.names_pages import app, fields, operator, words

__all__ = ["app", "operator"]


@pytest.mark.check
def test_a_name_with_an_open_question_is_added_only_with_its_answer(app: App, operator: Browser):
    before = names_on_list(app)
    typed = {"names": "Айгуль Бекову\nАзат Нуров\nГКНБ\nЭмилу Доолотову", "act": "save"}
    page = operator.post("/names/add", typed).text
    assert set(names_on_list(app)) - set(before) == {"Азат Нуров"}
    # What was not added is not lost: it stands in the form with its question.
    assert "1 name is added." in words(page)
    assert fields(page)["names"].split("\n")[-3:] == ["Айгуль Бекову", "ГКНБ", "Эмилу Доолотову"]
    for answer in ("nominative-0", "body-1-TJ", "separate-2"):
        page = operator.post("/names/add", fields(page, act=f"help:{answer}")).text
    assert html.fromstring(page).get_element_by_id("save-label").text_content() == "Add 3 names"
    assert operator.post("/names/add", fields(page, act="save")).status_code == 303
    added = set(names_on_list(app)) - set(before)
    assert added == {"Азат Нуров", "Айгуль Бекова", "ГКНБ", "Эмилу Доолотову"}


def test_who_answers_nothing_adds_nothing(app: App, operator: Browser):
    before = names_on_list(app)
    page = operator.post("/names/add", {"names": "ГКНБ\nЭмилу Доолотову", "act": "save"})
    assert page.status_code == 200 and names_on_list(app) == before
    assert html.fromstring(page.text).get_element_by_id("save-link").text_content() == "Answer 2 questions first"
    assert "2 countries have “ГКНБ”. Which one is meant?" in words(page.text)


def test_a_question_about_a_case_says_which_and_a_button_adds_a_spelling(operator: Browser):
    page = operator.post("/names/add", {"names": "Эмилу Доолотову", "act": "look"}).text
    assert "Did you mean this? What you typed looks like its dative." in words(page)
    page = operator.post("/names/add", {"names": "Азат Нуров", "act": "look"}).text
    (button,) = html.fromstring(page).xpath("//button[starts-with(@value, 'help:spelling-')]")
    assert " ".join(button.text_content().split()) == "+ Азат Нур уулу"
    page = operator.post("/names/add", fields(page, act=button.get("value"))).text
    assert fields(page)["aliases"] == "Азат Нур уулу" and "help:spelling-" not in page
    # Of several names no button could say whose spelling it adds.
    page = operator.post("/names/add", {"names": "Азат Нуров\nЭмил Саматов", "act": "look"}).text
    assert "Азат Нур уулу" in page and "help:spelling-" not in page


def test_the_way_to_the_first_question_does_not_look_like_the_button_that_saves(operator: Browser):
    page = html.fromstring(operator.post("/names/add", {"names": "ГКНБ", "act": "look"}).text)
    (link,) = page.get_element_by_id("save-link")
    assert link.get("class") == "button" and link.get("href") == "#asks-0"


def test_an_empty_name_is_told_at_its_field(operator: Browser):
    page = operator.post("/names/1/edit", {"names": "", "act": "save"})
    assert page.status_code == 400 and "write one name; its other spellings stand below" in words(page.text)
    assert html.fromstring(page.text).xpath("//*[@aria-invalid='true']/@name") == ["names"]
