"""Questions to colleagues, their answers, and notes alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account
from kit.store import HOUR, entity_numbers
from monitor.model import Role, Verdict
from monitor.serialize import item_row
from web.queue_desk import NOTE, aida, app, bakyt, filled, followed, judge, listed, sign_in, words_of

__all__ = ["aida", "app", "bakyt", "filled"]


@pytest.mark.check
def test_a_colleague_reads_who_asks_and_what_first_on_the_card_and_in_the_list(app: App, aida: Browser, bakyt: Browser):
    numbers = entity_numbers(app.store)
    judge(aida, 4, "unsure", note="Is <b>this</b> the editor?\nHis lawyer says so.")
    judge(aida, 3, "unsure", note="Which Cholpon?", entity=numbers["cholpon"])
    card = words_of(bakyt, "/items/4")
    question_at = card.index("Aida asks: Is <b>this</b> the editor? His lawyer says so.")
    assert card.index("Арест продлён") < question_at < card.index("Our saved copy")
    assert "Aida asks about Cholpon Arzyeva : Which Cholpon?" in words_of(bakyt, "/items/3")
    assert listed(bakyt, "?show=asked") == [4, 3]
    rows = words_of(bakyt, "/queue?show=asked")
    assert "Aida asks: Is <b>this</b> the editor?" in rows and "Cholpon Arzyeva : Which Cholpon?" in rows
    judge(bakyt, 4, "relevant", 2, note="It is.")
    judge(bakyt, 3, "relevant", 2)
    for url in ("/items/4", "/items/3", "/queue?show=decided"):
        assert "Aida asks" not in words_of(bakyt, url)
    assert listed(bakyt, "?show=asked") == []


def test_a_question_without_a_note_says_who_asks_and_a_long_one_is_cut_in_the_list(aida: Browser, bakyt: Browser):
    judge(aida, 4, "unsure")
    assert "Aida asks a colleague." in words_of(bakyt, "/items/4")
    judge(aida, 3, "unsure", note="Who? " * 100)
    assert words_of(bakyt, "/items/3").count("Who?") >= 100
    assert 10 < words_of(bakyt, "/queue?show=asked").count("Who?") < 40


def test_a_question_goes_back_and_forth_between_two_people(app: App, aida: Browser, bakyt: Browser):
    my_questions = "?show=asked&to=me"
    judge(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    assert (listed(bakyt, my_questions), listed(aida, my_questions)) == ([3], [])
    assert "Aida asks you: Is it her?" in words_of(bakyt, "/items/3") and "Asked of you 1" in words_of(bakyt, "/queue")
    judge(bakyt, 3, "unsure", version=2, colleague="Aida", note="It is.")
    assert (listed(bakyt, my_questions), listed(aida, my_questions)) == ([], [3])
    assert "Bakyt answers you: It is." in words_of(aida, "/items/3")
    app.undo(by="Bakyt", item=3)
    assert (listed(bakyt, my_questions), listed(aida, my_questions)) == ([3], [])
    judge(aida, 3, "unsure", version=4, colleague="Bakyt", entity=2)  # of one name, beside the other question
    judge(bakyt, 3, "relevant", version=5)
    assert listed(bakyt, my_questions) == [] or app.item(3).question
    assert "/queue?show=asked&to=me" not in aida.get("/queue").text


def test_a_question_to_a_colleague_goes_with_its_story_into_another(app: App, aida: Browser, bakyt: Browser):
    my_questions = "?show=asked&to=me"
    judge(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    judge(
        aida,
        3,
        "unsure",
        version=2,
        colleague="Bakyt",
        note="Which Cholpon?",
        entity=entity_numbers(app.store)["cholpon"],
    )
    app.merge(4, 3, by="Aida")
    app.merge(2, 4, by="Aida")
    assert listed(bakyt, my_questions) == [2] and "Asked of you 1" in words_of(bakyt, "/queue")
    app.undo(by="Aida")
    assert listed(bakyt, my_questions) == [4]
    judge(bakyt, 4, "unsure", version=app.item(4).version, colleague="Aida", note="It is.")
    assert (listed(bakyt, my_questions), listed(aida, my_questions)) == ([4], [4])  # the name's question is still open
    app.undo_regrouping(app.item(4).regroupings[0], by="Aida")
    assert listed(bakyt, my_questions) == [3]


@pytest.mark.parametrize(
    ("second_question", "status"),
    [
        ({"colleague": "Bakyt", "note": "Is it her? "}, 303),
        ({"colleague": "Vera", "note": "Is it her?"}, 409),
        ({"colleague": "Bakyt", "note": "Which town?"}, 409),
    ],
)
def test_a_second_question_from_an_old_card_is_not_taken_for_the_first(
    app: App, aida: Browser, bakyt: Browser, second_question: dict[str, str], status: int
):
    account(app, "Vera", Role.REVIEWER)
    judge(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    answer = aida.post("/items/3/decide", {"act": "unsure", "version": 1, **second_question})
    assert answer.status_code == status and len(app.item(3).history) == 1
    if status == 409:
        assert html.fromstring(answer.text).get_element_by_id("note").text == second_question["note"]


@pytest.mark.parametrize("colleague", ["Nobody", "Aida", "Reader"])
def test_only_others_who_may_decide_are_asked_by_name(app: App, aida: Browser, colleague: str):
    account(app, "Reader", Role.READER)
    assert judge(aida, 3, "unsure", colleague=colleague, note="Is it her?")[0] == 303
    assert [(d.note, d.colleague) for d in app.item(3).history] == [("Is it her?", "")]


def answer_form(browser: Browser, item: int) -> dict[str, str]:
    """Return the hidden fields of the form on the card that answers a question."""
    (form,) = html.fromstring(browser.get(f"/items/{item}").text).xpath("//form[@class='answer']")
    return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}


@pytest.mark.parametrize("asker", ["login", "Bakyt", "Closed", "Demoted"])
def test_a_question_is_answered_whoever_asked_it(app: App, aida: Browser, bakyt: Browser, asker: str):
    app.store.people.save(replace(account(app, "Closed", Role.REVIEWER), closed=app.clock()))
    account(app, "Demoted", Role.READER)
    app.decide(3, Verdict.UNSURE, by=asker, note="Is it her?")
    assert judge(aida, 3, "unsure", note="It is.", **answer_form(aida, 3))[0] == 303
    answer = app.item(3).history[-1]
    assert (answer.note, answer.colleague) == ("It is.", asker if asker == "Bakyt" else "")


def test_an_answer_after_the_session_ended_comes_back(app: App, aida: Browser, bakyt: Browser):
    judge(bakyt, 3, "unsure", colleague="Aida", note="Is it her?")
    form = {"act": "unsure", "note": NOTE, **answer_form(aida, 3)}
    app.clock.now += 13 * HOUR
    sign_in_page = aida.post("/items/3/decide", form)
    assert sign_in_page.status_code == 401 and "Your note is kept" in sign_in_page.text
    card = followed(aida, sign_in(aida, "Aida", sign_in_page.text))
    assert "your session had ended" in card.text and html.fromstring(card.text).get_element_by_id("note").text == NOTE


def test_a_note_alone_decides_nothing_and_is_stored_once(app: App, aida: Browser, bakyt: Browser):
    before = app.item(3)
    for _ in range(2):
        assert judge(aida, 3, "note", note=" seen in court ") == (303, "/items/3")
    after = app.item(3)
    assert [(d.note, d.verdict) for d in after.history] == [("seen in court", None)]
    assert (after.version, after.state, after.verdict) == (before.version, before.state, None)
    assert item_row(after, after.lead)["history"][0]["verdict"] == "note" and app.last_action("Aida") is None
    assert "seen in court" in words_of(bakyt, "/items/3")
    judge(bakyt, 3, "relevant")
    assert judge(aida, 3, "note", note="too late")[0] == 409
    assert "too late" in aida.post("/items/3/decide", {"act": "note", "version": 1, "note": "too late"}).text
