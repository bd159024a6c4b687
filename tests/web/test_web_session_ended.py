"""A form sent after the session ended: its note comes back to its author alone."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import OURS, PASSWORD, Browser, account, client
from kit.store import HOUR, MINUTE
from monitor.model import Role
from monitor.web import create_desk
from web.queue_desk import NOTE, aida, app, bakyt, filled, followed, hidden, judge, judge_all, sign_in

__all__ = ["aida", "app", "bakyt", "filled"]


def test_a_decision_after_the_session_ended_comes_back_with_its_note(app: App, aida: Browser):
    author = app.store.people.by_name("Aida").id
    form = {"act": "not-relevant:common-word", "version": 1, "note": NOTE, "author": author}
    app.clock.now += 13 * HOUR
    sign_in_page = aida.post("/items/3/decide?show=new", form)
    assert sign_in_page.status_code == 401 and html.fromstring(sign_in_page.text).xpath("//*[@role='alert']")
    assert "Not stored: your session had ended" in sign_in_page.text and "Your note is kept" in sign_in_page.text
    sign_in_page = sign_in(aida, "Aida", sign_in_page.text, "a wrong password")
    assert sign_in_page.status_code == 401 and hidden(sign_in_page.text)["note"] == NOTE
    for _ in range(2):  # also when the page is loaded once more
        card = followed(aida, sign_in(aida, "Aida", sign_in_page.text))
        assert (card.url.path, card.url.query) == ("/items/3", b"show=new")
        assert html.fromstring(card.text).get_element_by_id("note").text == NOTE
        assert "your session had ended" in card.text and "You wanted to say: not relevant" in card.text
    assert app.item(3).history == ()
    assert (
        "your session had ended" not in aida.get("/items/4").text
        and "your session had ended" not in aida.get("/queue").text
    )
    assert judge(aida, 3, "not-relevant", note=NOTE)[0] == 303
    assert "your session had ended" not in aida.get("/items/3").text


def test_a_note_that_waits_is_shown_to_its_author_alone_and_for_ten_minutes(app: App, aida: Browser, bakyt: Browser):
    form = {"act": "relevant", "version": 1, "note": NOTE, "author": app.store.people.by_name("Aida").id}
    stranger = client(aida.desk)
    page = stranger.post("/items/3/decide", form).text
    card = followed(stranger, sign_in(stranger, "Bakyt", page))
    assert card.url.path == "/items/3" and "called" not in card.text and "your session had ended" not in card.text
    second_browser = client(aida.desk)
    assert "called" in followed(second_browser, sign_in(second_browser, "Aida", page)).text
    assert "called" not in bakyt.get("/items/3").text
    app.clock.now += 11 * MINUTE
    assert "called" not in second_browser.get("/items/3").text


def test_a_step_of_many_after_the_session_ended_is_shown_again_with_its_note(app: App, aida: Browser):
    form = {"act": "relevant", "seen": "4:1 2:1", "note": NOTE, "author": app.store.people.by_name("Aida").id}
    aida.cookies.clear()
    queue = followed(aida, sign_in(aida, "Aida", aida.post("/queue/together/decide?show=new", form).text))
    assert queue.url.path == "/queue" and "You wanted to say of 2 stories: relevant." in queue.text
    (shown_form,) = html.fromstring(queue.text).xpath("//section[@role='alert']//form")
    picked = {
        "pick": shown_form.xpath(".//input[@name='pick']/@value"),
        "note": shown_form.xpath(".//input[@name='note']/@value"),
    }
    assert shown_form.get("action") == "/queue/together?show=new"
    page = html.fromstring(aida.post(shown_form.get("action"), picked).text)
    assert page.xpath("//input[@name='seen']/@value")[0].split() == ["4:1", "2:1"]
    assert page.get_element_by_id("note").text == NOTE and app.item(4).history == ()
    assert judge_all(aida, "4:1 2:1", "relevant")[0] == 303 and "your session had ended" not in aida.get("/queue").text


@pytest.mark.parametrize(
    "path", ["/items/4/undo", "/items/4/split", "/queue", "/queue/together", "/queue/together/merge", "/account"]
)
def test_any_form_after_the_session_ended_asks_to_sign_in_and_leads_back(app: App, aida: Browser, path: str):
    aida.cookies.clear()
    sign_in_page = aida.post(path, {"decision": 1, "words": "called", "note": "called"})
    assert sign_in_page.status_code == 401 and "Not stored: your session had ended" in sign_in_page.text
    assert "Your note" not in sign_in_page.text
    place = followed(aida, sign_in(aida, "Aida", sign_in_page.text)).url.path
    assert place == {"items": "/items/4", "queue": "/queue", "account": "/account"}[path.split("/")[1]]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/items/3/decide", "/\\evil.example"])
def test_a_decision_that_waits_leads_to_no_other_site(app: App, path: str):
    me = account(app, "Aida", Role.REVIEWER)
    form = {"next": path, "act": "relevant", "author": me.id, "name": "Aida", "password": PASSWORD}
    assert client(create_desk(app)).post("/sign-in", form).headers["location"] == "/"


def test_what_a_stranger_sends_is_text_on_the_sign_in_page_and_nothing_is_kept_of_it(app: App):
    stranger = client(create_desk(app))
    form = {"act": "relevant", "note": "</textarea><script>alert(1)</script>", "author": "1'><svg onload=alert(1)>"}
    assert "alert(1)" not in stranger.post("/items/3/decide", form).text  # it has no author
    page = html.fromstring(stranger.post("/items/3/decide", {**form, "author": "1", "act": "relevant:<svg>"}).text)
    assert not page.xpath("//script") and hidden(html.tostring(page, encoding="unicode"))["note"] == form["note"]
    for body in (b"\xff\xfe=%ff&act", b"", b"a&" * 30_000):
        kind = {**OURS, "content-type": "application/x-www-form-urlencoded"}
        assert stranger.post("/items/3/decide", content=body, headers=kind).status_code == 401
