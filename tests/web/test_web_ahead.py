"""The next card is fetched while one is read: who sees it, who is said to look at it, and when it may be shown."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import OURS, Browser, account, client
from monitor.model import Role, Verdict
from web.queue_desk import aida, app, bakyt, filled, judge

__all__ = ["aida", "app", "bakyt", "filled"]
PREFETCH = {"Desk-Ahead": "1"}


def looking(browser: Browser, item: int) -> bool:
    return "is looking" in browser.get(f"/items/{item}").text


def judge_ahead(browser: Browser, item: int, next_card: str):  # type: ignore[no-untyped-def]
    form = {"act": "relevant", "version": 1}
    return browser.post(f"/items/{item}/decide", form, headers={**OURS, "Desk-Ahead": next_card})


def test_a_card_names_the_next_one_and_fetching_that_ahead_makes_nobody_look_at_it(app: App, aida: Browser):
    bakyt = client(aida.desk, account(app, "Bakyt", Role.REVIEWER))
    (link,) = html.fromstring(aida.get("/items/4").text).xpath("//a[@data-ahead]")
    assert (link.get("href"), link.get("data-ahead")) == ("/items/3", "3")
    prefetched = aida.get("/items/3", headers=PREFETCH)
    assert prefetched.status_code == 200 and 'name="version" value="1"' in prefetched.text
    assert not looking(bakyt, 3)
    aida.get("/items/3")
    assert looking(bakyt, 3)


def test_a_decision_is_answered_without_a_page_where_the_browser_holds_it(app: App, aida: Browser):
    answer = judge_ahead(aida, 4, "3:1")
    decision = app.item(4).history[-1].id
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["hx-push-url"] == answer.headers["location"] == f"/items/3?said={decision}"
    repeated_answer = judge_ahead(aida, 4, "3:1")  # the same form once more
    assert repeated_answer.headers["location"] == f"/items/3?said={decision}" and len(app.item(4).history) == 1


@pytest.mark.parametrize("next_card", ["", "3", "3:2", "2:1", "x:y", "99999999999:1"])
def test_what_the_browser_holds_is_not_shown_if_it_is_another_card(aida: Browser, next_card: str):
    answer = judge_ahead(aida, 4, next_card)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/items/3?said=")


def test_a_colleagues_decision_meanwhile_is_shown_and_never_overwritten(app: App, aida: Browser, bakyt: Browser):
    aida.get("/items/3", headers=PREFETCH)
    assert judge(bakyt, 3, "not-relevant")[0] == 303
    answer = judge_ahead(aida, 4, "3:1")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/items/2?")  # 3 waits no more
    assert judge(bakyt, 2, "unsure")[0] == 303  # asked: it still waits, as another version
    app.undo(by="Aida", item=4)
    answer = aida.post("/items/4/decide", {"act": "relevant", "version": 3}, headers={**OURS, "Desk-Ahead": "2:1"})
    assert answer.status_code == 303
    assert judge(aida, 2, "relevant", version=1)[0] == 409 and app.item(2).verdict is Verdict.UNSURE


def test_a_row_of_the_list_is_judged_as_before(aida: Browser):
    form = {"act": "relevant", "version": 1, "next_page": "list"}
    answer = aida.post("/items/4/decide", form, headers={**OURS, "Desk-Ahead": "3:1"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/queue?")
