"""Receipts of forms: what the desk says of one whose answer did not arrive."""

from __future__ import annotations

from typing import Any

import pytest

from kit.app import App
from kit.desk import OURS, Browser, client
from monitor.web.forms.receipts import MAX_RECEIPTS, FormState, Receipts
from web.queue_desk import aida, app, bakyt, filled

__all__ = ["aida", "app", "bakyt", "filled"]
NUMBER, SECOND_NUMBER = "a" * 32, "b" * 32


def fails(*_: object, **__: object) -> None:
    raise RuntimeError("a bug")


def send_form(browser: Browser, path: str, data: dict[str, object], number: str = NUMBER) -> int:
    return browser.post(path, data, headers={**OURS, "desk-form": number}).status_code


def receipt_of(browser: Browser, number: str = NUMBER) -> dict[str, Any]:
    answer: dict[str, Any] = browser.get(f"/receipts/{number}").json()
    return answer


RELEVANT = {"act": "relevant", "version": 1}


def test_a_stored_form_is_told_with_the_page_that_its_answer_leads_to(app: App, aida: Browser):
    assert send_form(aida, "/items/1/decide", RELEVANT) == 303
    receipt = receipt_of(aida)
    assert receipt["state"] == "stored" and receipt["location"].startswith("/queue?said=")
    assert aida.get(receipt["location"]).status_code == 200


def test_a_form_that_is_refused_or_changes_nothing_is_not_stored(app: App, aida: Browser, bakyt: Browser):
    assert send_form(bakyt, "/items/2/decide", RELEVANT) == 303
    assert send_form(aida, "/items/2/decide", {"act": "not-relevant", "version": 1}) == 409
    assert receipt_of(aida)["state"] == "not-stored"
    assert send_form(aida, "/items/1/decide", {"act": "nonsense", "version": 1}, SECOND_NUMBER) == 400
    assert receipt_of(aida, SECOND_NUMBER)["state"] == "not-stored"


def test_a_form_whose_answer_breaks_is_stored_only_if_it_was_stored_before(
    app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as trouble:
        trouble.setattr("monitor.store.desk.users.SqlUsers.add_audit_line", fails)  # after the decision
        assert send_form(aida, "/items/1/decide", RELEVANT) == 500
    assert receipt_of(aida)["state"] == "stored" and len(app.item(1).history) == 1
    with monkeypatch.context() as trouble:
        trouble.setattr("monitor.app.review.Review.decide", fails)
        assert send_form(aida, "/items/2/decide", RELEVANT, SECOND_NUMBER) == 500
    assert receipt_of(aida, SECOND_NUMBER)["state"] == "not-stored" and app.item(2).history == ()
    assert send_form(aida, "/items/1/decide", {"act": "not-relevant", "version": 1}) == 409  # the first one was stored
    assert receipt_of(aida)["state"] == "stored"


def test_nobody_is_told_of_forms_of_others_or_of_forms_that_did_not_come(aida: Browser, bakyt: Browser, app: App):
    assert send_form(aida, "/items/1/decide", RELEVANT) == 303
    assert receipt_of(bakyt)["state"] == receipt_of(aida, SECOND_NUMBER)["state"] == "missing"
    assert send_form(aida, "/items/2/decide", RELEVANT, "no number") == 303
    assert receipt_of(aida, "no number")["state"] == "missing"
    assert client(aida.desk).get(f"/receipts/{NUMBER}").status_code == 303  # to the sign-in page
    assert send_form(client(aida.desk), "/items/2/decide", RELEVANT, SECOND_NUMBER) == 401
    assert receipt_of(aida, SECOND_NUMBER)["state"] == "missing"


def test_receipts_are_the_latest_and_say_since_when_they_are_kept():
    times = iter((100.0, 107.5))
    receipts = Receipts(lambda: next(times))
    assert receipts.kept_for == 7.5
    numbers = [f"{n:032x}" for n in range(MAX_RECEIPTS + 1)]
    for number in numbers:
        receipt = receipts.begin(1, number)
        assert receipt is not None
        receipt.record_answer(303, "/queue")
    assert receipts.receipt_of(1, numbers[0]).state is FormState.MISSING
    assert receipts.receipt_of(1, numbers[1]).state is FormState.STORED
    working = receipts.begin(1, NUMBER)
    assert working is not None and receipts.receipt_of(1, NUMBER).state is FormState.WORKING


def test_an_error_page_is_in_the_language_of_the_account(app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch):
    aida.post("/account", {"language": "ru"})
    monkeypatch.setattr("monitor.web.routes.queue.load_queue_page", fails)
    answer = aida.get("/queue", headers={"accept-language": "en"})
    assert answer.status_code == 500 and "У нас произошла ошибка" in answer.text
    assert "посмотрите, сохранилось ли это" in answer.text
