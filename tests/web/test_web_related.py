"""Related items on a card and as JSON. Which items are related is decided when articles are filed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from monitor.i18n.labels import nearness_sentence
from monitor.model import PlacementReason, QueueFilter, Role, Rule, State
from monitor.text.lead import first_told
from monitor.web import create_desk
from monitor.web.related import MAX_RELATED, related_rows
from web.queue_desk import aida, app, filled, judge, relate, words_of

__all__ = ["aida", "app", "filled"]


@pytest.fixture(autouse=True)
def near(app: App) -> None:
    """Let items 3 and 1 be near item 2, in this order."""
    relate(app, 2, 3, score=0.9)
    relate(app, 1, 2, score=0.5)


def rows(browser: Browser, path: str = "/items/2") -> list[str]:
    page = html.fromstring(browser.get(path).text)
    return [" ".join(row.text_content().split()) for row in page.xpath("//section[@class='related']//li")]


def test_a_card_lists_what_is_near_with_outlet_day_and_verdict(app: App, aida: Browser):
    first, second = rows(aida)
    page = html.fromstring(aida.get("/items/2").text)
    (folded,) = page.xpath("//section[@class='related']/details[not(@open)]")  # is hardly the same event
    assert "Chess: the results" in folded.text_content() and "A reporter" not in folded.text_content()
    assert "A reporter on another" in first and "Herald · not yet reviewed · " in first
    assert "Chess: the results" in second and "Sport" in second
    (time,) = page.xpath("//section[@class='related']/ol/li/time/@datetime")
    assert time == first_told(app.item(3)).isoformat()  # that of which “published 2 h apart” tells
    assert "published 2 h apart" in first
    judge(aida, 3, "not-relevant")
    assert "Herald · not relevant · Aida" in rows(aida)[0]
    assert "Related stories" in words_of(aida, "/items/2")
    assert len(rows(aida, "/items/3")) == len(rows(aida, "/items/1")) == 1  # both ways
    assert rows(aida, "/items/4") == [] and "Related stories" not in words_of(aida, "/items/4")


@pytest.mark.parametrize(("language", "words"), [("ru", "Связанные сюжеты"), ("ky", "Байланыштуу окуялар")])
def test_what_is_near_is_told_in_the_language_of_the_reader(app: App, language: str, words: str):
    browser = client(create_desk(app), account(app, language, Role.REVIEWER, language))
    assert words in words_of(browser, "/items/2")


def test_the_same_event_is_merged_with_one_form_and_taken_back_with_one(app: App, aida: Browser):
    page = html.fromstring(aida.get("/items/2").text)
    forms = page.xpath("//section[@class='related']//form")
    assert [form.xpath(".//button/@data-key") for form in forms] == [["m"], []]
    fields = dict(forms[0].form_values())
    answer = aida.post(forms[0].action, fields)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/items/2")
    assert {a.headline for a in app.item(2).articles} >= {"A reporter on another"}
    assert "Undo" in words_of(aida, answer.headers["location"])
    app.undo(by="Aida")
    assert [a.headline for a in app.item(3).articles] == ["A reporter on another"]
    judge(aida, 3, "relevant", app.item(3).version)
    assert aida.post(forms[0].action, fields).status_code == 409  # it was judged after the card was opened


def _fields(form: html.HtmlElement) -> dict[str, list[str]]:
    return {name: [value for key, value in form.form_values() if key == name] for name, _ in form.form_values()}


@pytest.mark.parametrize(
    ("number", "verdict", "is_asked"), [(3, "not-relevant", True), (3, "relevant", False), (2, "not-relevant", True)]
)
def test_what_nobody_reviewed_is_not_ruled_out_by_a_merge_without_a_question(
    app: App, aida: Browser, number: int, verdict: str, is_asked: bool
):
    judge(aida, number, verdict)
    form = html.fromstring(aida.get("/items/2").text).xpath("//section[@class='related']/ol//form")[0]
    answer = aida.post(form.action, _fields(form))
    assert (answer.status_code == 200) is is_asked and (len(app.item(2).articles) == 2) is is_asked
    if is_asked:
        page = html.fromstring(answer.text)
        assert "One of these is not relevant." in page.text_content()
        (form,) = page.xpath("//form[@class='judge']")
        assert aida.post(form.action, _fields(form)).status_code == 303
    assert {article.headline for article in app.item(2).articles} >= {"A reporter on another"}
    assert app.item(2).state is State.OPEN
    app.undo(by="Aida")  # the tests of this file share their stories
    app.undo(by="Aida")


def test_a_reader_opens_what_is_near_and_merges_nothing(app: App):
    reader = client(create_desk(app), account(app, "Rita", Role.READER))
    page = html.fromstring(reader.get("/items/2").text)
    assert page.xpath("//section[@class='related']//form") == []
    assert page.xpath("//section[@class='related']//a/@href") == ["/items/3", "/items/1"]


def test_at_most_five_items_are_near_and_each_shows_the_article_for_its_reader(app: App):
    item = app.item(2)
    russian = replace(item.articles[0], id=99, language="ru", headline="Арест", outlet="Утро")
    items = [(replace(item, id=n, articles=(*item.articles, russian)), "", 1.0 / n) for n in range(1, 9)]
    near_rows = related_rows(items, QueueFilter(), "ru")
    assert [related.item for related in near_rows] == [1, 2, 3, 4, 5] and len(near_rows) == MAX_RELATED
    assert {(related.headline, related.outlet, related.language) for related in near_rows} == {("Арест", "Утро", "ru")}
    assert related_rows(items[:1], QueueFilter(), "en")[0].headline == item.lead.headline


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "similar text, published within an hour"),
        (1, "similar text, published 1\u00a0h apart"),
        (47, "similar text, published 47\u00a0h apart"),
        (366, "similar text, published 15\u00a0days apart"),
    ],
)
def test_a_page_says_how_far_apart_stories_are_in_hours_or_days(hours: int, words: str):
    assert nearness_sentence(PlacementReason(Rule.AFFAIR, (3,)), hours) == words
