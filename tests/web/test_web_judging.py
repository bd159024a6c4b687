"""Decisions on the desk: signed, said once, refused when stale, and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.home import Clock
from kit.store import CHOLPON, HOUR, MELIS, NOW, entity_numbers, filed, hit, watch
from monitor.model import Reason, Role, State, Verdict
from monitor.web import create_desk
from web.queue_desk import aida, app, bakyt, filled, judge, judge_all, listed, words_of

__all__ = ["aida", "app", "bakyt", "filled"]


def test_a_decision_is_signed_and_the_next_item_comes(app: App, aida: Browser):
    assert judge(aida, 4, "relevant") == (303, "/items/3")
    (decision,) = app.item(4).history
    assert (decision.by, decision.verdict, app.item(4).state) == ("Aida", Verdict.RELEVANT, State.DECIDED)
    assert judge(aida, 1, "not-relevant:common-word", note=" a judo fighter ") == (303, "/queue")  # it was the last
    (decision,) = app.item(1).history
    assert (decision.reason, decision.note) == (Reason.COMMON_WORD, "a judo fighter")


def test_the_next_item_is_the_next_of_the_list_it_was_opened_from(aida: Browser):
    assert judge(aida, 2, "relevant", query="?outlet=Copycat&latin=1") == (303, "/queue?outlet=Copycat&latin=1")
    assert judge(aida, 4, "unsure", query="?show=new") == (303, "/items/3?show=new")


def focused(browser: Browser, query: str) -> int:
    """Return the item whose row has the focus and the anchor `#place`."""
    page = html.fromstring(browser.get(f"/queue{query}").text)
    (link,) = page.xpath("//a[@data-focus]/@href")
    assert page.xpath("//*[@id='place']//a[@class='open']/@href") in ([link], [])
    return int(link.split("/")[2].split("?")[0])


@pytest.mark.check
def test_a_card_leads_back_to_its_row_or_to_the_next_that_is_left(
    app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitor.web.routes.queue.PAGE_SIZE", 2)
    (back_link,) = html.fromstring(aida.get("/items/2?sure=strong").text).xpath("//nav/a[@data-key='q']/@href")
    assert back_link == "/queue?sure=strong&at=2#place"
    assert listed(aida, "?at=2") == [2, 1] and focused(aida, "?at=2") == 2
    assert listed(aida, "?at=3&page=2") == [4, 3] and focused(aida, "?at=3") == 3
    judge(aida, 3, "relevant")
    assert listed(aida, "?at=3") == [4, 2] and focused(aida, "?at=3") == 2
    judge(aida, 1, "relevant")
    assert focused(aida, "?at=1") == 2  # nothing follows it
    for none in ("?at=99", "?at=0", "?at=x", "?at=-1", "?at=", "?at=99999999999", ""):
        assert focused(aida, none) == 4, none


def test_after_a_conflict_the_card_is_where_it_was_in_the_list(aida: Browser, bakyt: Browser):
    judge(bakyt, 3, "relevant")
    page = html.fromstring(aida.post("/items/3/decide?show=new", {"act": "not-relevant", "version": 1}).text)
    links = {key: page.xpath(f"//a[@data-key='{key}']/@href") for key in "jkq"}
    assert links == {"k": ["/items/4?show=new"], "j": ["/items/2?show=new"], "q": ["/queue?show=new&at=3#place"]}
    assert judge(aida, 3, "not-relevant", version=2, query="?show=new") == (303, "/items/2?show=new")


def test_one_name_can_be_judged_alone(app: App, aida: Browser):
    numbers = entity_numbers(app.store)
    assert judge(aida, 3, "not-relevant:another-person", entity=numbers["cholpon"]) == (303, "/items/3")
    assert judge(aida, 3, "relevant", 2, entity=numbers["melis"]) == (303, "/items/2")  # and now all is said
    assert {h.entity: h.verdict for h in app.item(3).hits} == {
        "melis": Verdict.RELEVANT,
        "cholpon": Verdict.NOT_RELEVANT,
    }
    assert judge(aida, 2, "relevant", entity=numbers["kos"])[0] == 404


def test_a_name_rejected_by_itself_stays_rejected_when_the_story_is_relevant(app: App, aida: Browser):
    numbers = entity_numbers(app.store)
    judge(aida, 3, "not-relevant:another-person", entity=numbers["cholpon"])
    assert "Names with a decision of their own keep it: Cholpon Arzyeva (not relevant)" in words_of(aida, "/items/3")
    judge(aida, 3, "relevant", 2)
    item = app.item(3)
    assert {h.entity: h.verdict for h in item.hits} == {"melis": Verdict.RELEVANT, "cholpon": Verdict.NOT_RELEVANT}
    assert (item.verdict, item.state) == (Verdict.RELEVANT, State.DECIDED)
    judgements = app.store.reviews.name_judgements()
    learnt = {judged.entity: (judged.right, judged.reason) for judged in judgements if judged.item == 3}
    assert learnt == {"melis": (True, None), "cholpon": (False, Reason.ANOTHER_PERSON)}
    statistics = words_of(aida, "/statistics")
    assert "Cholpon Arzyeva 0 of 1" in statistics and "Melis Tokoev 1 of 1" in statistics
    aida.post("/items/3/undo", {"decision": item.history[1].id})
    assert {h.entity: h.verdict for h in app.item(3).hits} == {"melis": None, "cholpon": Verdict.NOT_RELEVANT}


def test_a_stale_decision_is_not_stored_and_shows_the_other(app: App, aida: Browser, bakyt: Browser):
    judge(aida, 4, "relevant", note="two sources")
    answer = bakyt.post("/items/4/decide", {"act": "not-relevant", "version": 1, "note": "my own words"})
    assert answer.status_code == 409
    assert all(words in answer.text for words in ("Somebody was quicker", "Aida", "two sources"))
    assert 'name="version" value="2"' in answer.text and len(app.item(4).history) == 1
    assert "my own words" in answer.text  # of the note that was not stored


def test_a_form_sent_twice_says_it_once(app: App, aida: Browser):
    assert [judge(aida, 4, "relevant")[0] for _ in range(3)] == [303, 303, 303]
    assert len(app.item(4).history) == 1


def test_a_form_sent_again_after_its_answer_was_lost_is_confirmed(app: App, aida: Browser):
    form = {"act": "relevant", "version": 1}
    (first, second) = (aida.post("/items/4/decide", form).headers["location"] for _ in range(2))
    assert first == second == f"/items/3?said={app.item(4).history[0].id}"


def test_a_decision_sent_again_after_its_undo_is_a_conflict(app: App, aida: Browser):
    judge(aida, 4, "relevant")
    judge_all(aida, "3:1", "relevant")
    for item in (4, 3):
        aida.post(f"/items/{item}/undo", {"decision": app.item(item).history[0].id})
    assert judge(aida, 4, "relevant")[0] == 409 and judge_all(aida, "3:1", "relevant")[0] == 409
    assert [app.item(n).state for n in (3, 4)] == [State.OPEN] * 2


def test_every_decision_can_be_taken_back_also_an_earlier_one(app: App, aida: Browser, bakyt: Browser):
    judge(aida, 4, "relevant")
    judge(bakyt, 3, "relevant")
    decision = app.item(4).history[0].id
    assert f'name="decision" value="{decision}"' in aida.get("/queue").text  # always at hand
    assert f'name="decision" value="{decision}"' not in bakyt.get("/queue").text
    for _ in range(2):  # the second time changes nothing
        assert bakyt.post("/items/4/undo", {"decision": decision}).status_code == 303
    assert (app.item(4).state, len(app.item(4).history)) == (State.OPEN, 2)
    assert aida.post("/items/3/undo", {"decision": decision}).status_code == 404  # it is of another item


def test_a_decision_is_announced_with_the_number_of_items_left(app: App, aida: Browser):
    answer = aida.post("/items/4/decide", {"act": "relevant", "version": 1})
    page = html.fromstring(aida.get(answer.headers["location"]).text)
    assert page.get_element_by_id("page").get("data-said") == "Saved: relevant. 3 left. Undo: Z"
    assert html.fromstring(aida.get("/items/3").text).get_element_by_id("page").get("data-said") == ""


@pytest.mark.parametrize(
    "form", [{}, {"act": "relevant"}, {"act": "x", "version": 1}, {"act": "later:2x", "version": "y"}]
)
def test_a_broken_form_is_refused(app: App, aida: Browser, form: dict[str, object]):
    assert aida.post("/items/4/decide", form).status_code == 400
    assert app.item(4).history == ()


def test_reasons_go_with_not_relevant_alone(aida: Browser):
    assert judge(aida, 4, "relevant:common-word")[0] == 400
    assert judge(aida, 4, "not-relevant:because")[0] == 400


def test_an_unknown_item_is_a_404(aida: Browser):
    for path in ("/items/99", "/items/0", "/items/4/articles/1", "/digest/2999-01-01"):
        assert aida.get(path).status_code == 404, path
    for path in ("/items/x", "/items/-1", "/items/99999999999999999999", "/items/4/articles/2147483648"):
        assert aida.get(path).status_code == 404, path


def test_an_item_that_was_merged_is_found_where_it_is_now(tmp_path: Path, sqlite_with_tables: Path):
    app = opened_copy(sqlite_with_tables, tmp_path)
    app.clock = Clock(NOW)
    watch(app.store)
    one, two = filed(app.store, at=NOW - HOUR), filed(app.store)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    judge(browser, two.id, "unsure")
    app.merge(one.id, two.id, by="Bakyt")
    assert listed(browser) == [one.id] and listed(browser, "?show=decided") == []
    assert f"/items/{one.id}/undo" in browser.get(f"/items/{two.id}").text
    assert judge(browser, two.id, "relevant", 2)[0] == 409
    assert browser.post(f"/items/{one.id}/undo", {"decision": app.item(one.id).history[0].id}).status_code == 303
    app.close()


def test_the_log_holds_numbers_and_no_names(app: App):
    admin = client(create_desk(app), account(app, "Root", Role.ADMIN))
    judge(admin, 4, "relevant", note="about Melis Tokoev")
    page = admin.get("/audit").text
    assert "gave a decision" in page and not any(name in page for name in (*MELIS.spellings, CHOLPON.name))


def test_beside_the_buttons_of_a_story_stands_for_how_many_names_they_are(app: App, aida: Browser):
    def scope(number: int) -> str:
        return html.fromstring(aida.get(f"/items/{number}").text).xpath("string(//*[@class='verdicts']/p)")

    item = filed(app.store, hit(), hit("Cholpon Arzyeva", "cholpon", "Cholpon Arzyeva came."), title="Both")
    # A phone has no room for both names, and shows their number.
    both = "The whole story: Melis Tokoev and Cholpon ArzyevaThe whole story, all 2 names"
    assert scope(item.id) == both
    judge(aida, item.id, "relevant")
    assert scope(item.id) == both
    judge(aida, item.id, "not-relevant:another-person", 2, entity=entity_numbers(app.store)["cholpon"])
    assert scope(item.id) == "Only Melis Tokoev"
    assert scope(2) == ""  # of one name there is nothing to say
