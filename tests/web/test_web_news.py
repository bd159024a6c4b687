"""News in an article that repeats another: first on the card, in the list, and at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import update

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.store import HOUR, MINUTE, NOW, TEXT, filed, hit, mention, stored, watch
from monitor.cli.output import queue as output_queue
from monitor.clock import now_utc
from monitor.model import Change, Field, Finding, Hit, Passage, Placement, Role, Span, Verdict
from monitor.review.decisions import reopen_for_article
from monitor.store import tables as t
from monitor.store.sql import versions
from monitor.web import create_desk
from monitor.web.news import MAX_FOLDED, news_of
from web.queue_desk import aida, change_headline, judge, words_of

__all__ = ["aida"]

NIGHT = "Masked men took him from his flat last night."
LAWYER = "Tokoev's lawyer was not let in."
GUARDS, CELL, GLASSES = "The guards laughed.", "The cell has no <window>.", "His glasses are gone."


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    """Return a desk with two items; the second is told by the article that others repeat."""
    app = opened_copy(sqlite_with_tables, tmp_path)
    watch(app.store)
    filed(app.store, at=NOW - 4 * HOUR, title="Chess: the results", outlet="Sport")
    filed(app.store, at=NOW - 3 * HOUR)
    yield app
    app.close()


def named_in(text: str) -> Hit:
    """Return the hit of a text: the name in the background, and the surname of the new sentence if it is there."""
    plain = hit(text=text)
    return replace(plain, mentions=(*plain.mentions, *([mention("Tokoev's", text)] if LAWYER in text else [])))


def bring(
    app: App, *sentences: str, at: datetime = NOW, item: int = 2, outlet: str = "Herald", is_copy: bool = False
) -> None:
    """File an article that repeats an item's first one and brings sentences."""
    text = " ".join((TEXT, *sentences))
    passages = tuple(Passage(Field.TEXT, Span(text.index(s), text.index(s) + len(s))) for s in sentences)
    article, into = stored(app.store, named_in(text), at=at, text=text, outlet=outlet), app.item(item)
    reopened = reopen_for_article(into, now=at, why="new sentences in an article from Herald")
    copy_of = into.first.id if is_copy else None
    placement = Placement(into.story, copy_of=copy_of, own_sentences=passages)
    app.store.stories.file(article, placement, reopened, at, expected_version=into.version)


def regions(browser: Browser, path: str = "/items/2?article=2") -> list[html.HtmlElement]:
    return html.fromstring(browser.get(path).text).xpath("//section[@class='news']")


def sentences(element: html.HtmlElement, folded: bool = False) -> list[str]:
    path = "details//p" if folded else "/p[@class='news-sentence']"
    return [p.text_content() for p in element.xpath(f".//li/{path}" if folded else f".//li{path}")]


def test_a_card_shows_what_an_article_brought_below_the_text_with_the_name_marked(app: App, aida: Browser):
    assert regions(aida) == []
    bring(app, NIGHT, LAWYER)
    (news,) = regions(aida)
    assert news.xpath("string(h2)") == "Later articles add:" and sentences(news) == [NIGHT, LAWYER]
    assert {p.get("lang") for p in news.xpath(".//p[@class='news-sentence']")} == {"en"}
    (mark,) = news.xpath(".//mark/a")
    assert mark.text == "Tokoev's" and mark.get("title") == "Melis Tokoev" and mark.get("href").startswith("#name-")
    page = words_of(aida, "/items/2?article=2")
    assert page.index("Found as") < page.index("The court met on Monday.") < page.index(NIGHT)
    assert regions(aida, f"/items/2?article={app.item(2).articles[-1].id}") == []  # its text stands above
    assert "Herald" in news.text_content()


def test_the_list_of_articles_says_which_copy_is_changed_and_which_is_new(app: App, aida: Browser):
    def kinds() -> list[str]:
        tabs = html.fromstring(aida.get("/items/2").text).xpath("//nav[@id='articles']/a")
        return [" ".join(tab.xpath("string(.//*[@class='count'])").split()).partition(" · ")[2] for tab in tabs]

    bring(app, NIGHT, is_copy=True)
    assert [kind.partition(" · ")[2] for kind in kinds()] == ["", "a changed copy"]
    app.decide(2, Verdict.RELEVANT, by="Aida")
    bring(app, LAWYER, at=app.item(2).history[-1].at + HOUR, outlet="Post", is_copy=True)
    assert sorted(kind.partition(" · ")[2] for kind in kinds()) == ["", "a changed copy", "a changed copy · new"]


def test_a_new_sentence_that_repeats_the_headline_is_not_shown_once_more(app: App, aida: Browser):
    bring(app, "Court extends arrest.", NIGHT)
    (news,) = regions(aida)
    assert sentences(news) == [NIGHT]
    assert len(news_of(app.item(2), "Another headline")[0].first_passages) == 2


def test_what_the_shown_article_says_too_is_no_news_until_somebody_has_judged(app: App):
    bring(app, NIGHT, LAWYER)
    item, shown_text = app.item(2), "He is well. Masked men took him from a flat last night."
    assert len(news_of(item, text=shown_text)[0].first_passages) == 1
    assert news_of(item, shown=item.articles[-1].id) == []  # it says so itself
    bring(app, NIGHT, GUARDS, at=NOW + HOUR, outlet="Post")  # what the Herald brought already
    assert [len(news.first_passages) for news in news_of(app.item(2))] == [2, 1]
    app.decide(2, Verdict.RELEVANT, by="Aida")
    bring(app, NIGHT, at=app.item(2).history[-1].at + HOUR, outlet="Post")
    assert len(news_of(app.item(2), text=shown_text)) == 1


def test_three_sentences_are_whole_with_a_name_first_and_the_rest_is_one_click_away(app: App, aida: Browser):
    bring(app, NIGHT, GUARDS, CELL, GLASSES, LAWYER)
    (news,) = regions(aida)
    assert sentences(news) == [NIGHT, GUARDS, LAWYER]
    assert sentences(news, folded=True) == [CELL, GLASSES]
    assert (
        news.xpath("string(details/summary)") == "Later articles add: 5 more sentences"
    )  # one line until it is opened
    assert news.xpath("string(.//li//summary)").startswith("+2")


def test_what_somebody_judged_is_not_new_and_what_came_after_is(app: App, aida: Browser):
    bring(app, NIGHT)
    judge(aida, 2, "not-relevant", app.item(2).version)
    assert regions(aida) == []
    bring(app, LAWYER, at=app.item(2).history[-1].at + HOUR, outlet="Post")
    assert [sentences(news) for news in regions(aida)] == [[LAWYER]]


def test_an_open_question_leaves_it_in_sight_and_an_undo_brings_it_back(app: App, aida: Browser):
    bring(app, NIGHT)
    judge(aida, 2, "unsure", app.item(2).version, note="Who took him?")
    assert len(regions(aida)) == 1
    judge(aida, 2, "relevant", app.item(2).version)
    assert regions(aida) == []
    app.undo(by="Aida")
    assert len(regions(aida)) == 1


def test_the_first_articles_of_four_outlets_are_in_sight_the_newest_first(app: App, aida: Browser):
    for n, outlet in enumerate(("A", "B", "C", "D")):
        bring(app, f"{outlet} saw it.", at=NOW + n * HOUR, outlet=outlet)
    assert [[p.parts[0].text for p in news.first_passages] for news in news_of(app.item(2))] == [
        [f"{outlet} saw it."] for outlet in "DCBA"
    ]
    (news,) = regions(aida)
    assert len(news.xpath("details/ul/li")) == 3 and len(news.xpath("details/details/ul/li")) == 1


def test_before_a_decision_what_a_copy_says_is_told_by_its_original_alone(app: App):
    bring(app, NIGHT)
    item, (original, article) = app.item(2), app.item(2).articles
    assert [brought.article.id for brought in news_of(item)] == [article.id]
    item = replace(item, articles=(original, replace(article, copy_of=original.id)))
    assert news_of(item) == []


def test_a_copy_an_article_of_its_own_and_a_first_article_bring_nothing_new(app: App, aida: Browser):
    assert [news_of(item) for item in app.queue()] == [[], []]
    item = app.item(2)
    first = replace(item.first, own_sentences=(Passage(Field.TEXT, Span(0, 5), "The c"),))
    assert news_of(replace(item, articles=(first, *item.articles[1:]))) == []


STAYS = "Melis Tokoev stays in custody"


@pytest.mark.parametrize("is_judged", [False, True])
@pytest.mark.parametrize(("brought", "shown"), [((NIGHT,), NIGHT), ((NIGHT, LAWYER), LAWYER), ((), STAYS)])
def test_a_row_of_the_list_shows_a_new_sentence_before_the_background(
    app: App, aida: Browser, brought: tuple[str, ...], shown: str, is_judged: bool
):
    if is_judged:
        judge(aida, 2, "relevant", app.item(2).version)
    elif shown == NIGHT:
        shown = STAYS  # why it was found: of a story that nobody judged all is new
    bring(app, *brought, at=app.item(2).history[-1].at + HOUR if is_judged else NOW)
    row = html.fromstring(aida.get("/queue").text).xpath("//li[.//a[@id='item-2']]//*[@class='excerpt']")
    assert shown in row[0].text_content() and (shown == NIGHT) == (not row[0].xpath(".//mark"))


def test_the_page_of_a_name_tells_the_decision_on_a_story_that_came_back_as_one_of_before(app: App, aida: Browser):
    def line_end() -> str:
        page = html.fromstring(aida.get("/names/1").text)
        return " ".join(page.xpath("string(//li[.//a[@id='story-2']]/span[last()])").split())

    judge(aida, 2, "relevant", app.item(2).version)
    assert line_end() == "relevant"
    bring(app, NIGHT, at=app.item(2).history[-1].at + HOUR)
    assert line_end().startswith("was relevant on ") and line_end().endswith("· Review")


@pytest.mark.parametrize(("language", "words"), [("ru", "ещё 2 предложения"), ("ky", "дагы 2 сүйлөм")])
def test_the_rest_is_counted_in_the_language_of_the_reader(app: App, language: str, words: str):
    bring(app, NIGHT, GUARDS, CELL, GLASSES, LAWYER)
    browser = client(create_desk(app), account(app, language, Role.READER, language))
    assert words in regions(browser)[0].text_content()


@pytest.mark.parametrize("shown", [0, 1])
def test_each_outlets_own_headline_stands_on_the_card_without_a_click(app: App, aida: Browser, shown: int):
    into, at = app.item(2), NOW
    copy = stored(app.store, hit(), at=at, title="Exchange rates for today", outlet="Rival")
    app.store.stories.file(copy, Placement(into.story, copy_of=into.first.id), into, at, expected_version=into.version)
    articles = app.item(2).articles
    page = html.fromstring(aida.get(f"/items/2?article={articles[shown].id}").text)
    in_sight = page.xpath("//article[@class='card']//text()[not(ancestor::details[not(@open)])]")
    words = " ".join(" ".join(in_sight).split())
    assert all(article.headline in words and article.outlet in words for article in articles) and len(articles) == 2


def test_further_changes_stand_below_the_newest_and_the_list_marks_who_made_them(app: App, aida: Browser):
    def marked() -> list[bool]:
        articles = html.fromstring(aida.get("/items/2").text).xpath("//nav[@id='articles']/a")
        return ["▲(a change)" in " ".join(a.text_content().split()) for a in articles]

    into = app.item(2)
    copy = stored(app.store, hit(), at=NOW, outlet="Rival")
    app.store.stories.file(copy, Placement(into.story, copy_of=into.first.id), into, NOW, expected_version=into.version)
    with app.store.database.writing("a test") as connection:  # an absence is no change of words
        connection.execute(update(t.article).where(t.article.c.id == copy.id).values(gone=NOW, gone_why="404"))
        versions.add_findings(connection, [Finding(Change.GONE, "", "404", article=copy.id, version=1)], NOW)
    assert marked() == [False, False]
    change_headline(app, 2, "He was detained", "He was questioned")
    (further,) = html.fromstring(aida.get("/items/2").text).xpath("//header/p[@class='again']/following-sibling::*[1]")
    assert further.tag == "details" and further[0].text_content() == "1 more change"
    assert marked() == [True, False]


def test_the_terminal_prints_what_an_article_brought(app: App, capsys: pytest.CaptureFixture[str]):
    bring(app, NIGHT, GUARDS, CELL, GLASSES)
    output_queue.print_item(app.item(2), app.lead_of(app.item(2)))
    out = capsys.readouterr().out
    assert f"new in it: {NIGHT}" in out and f"new in it: {CELL}" in out and GLASSES not in out
    assert out.count("new in it:") == 3 and "and 1 more new sentence" in out


def test_a_text_that_changed_and_was_not_filed_again_yet_has_no_new_sentences(app: App):
    bring(app, NIGHT)
    assert [len(a.own_sentences) for a in app.item(2).articles] == [0, 1]
    with app.store.database.writing("change") as connection:
        connection.exec_driver_sql(
            "update story_article set version = 0 where id = (select max(id) from story_article)"
        )
    assert [len(a.own_sentences) for a in app.item(2).articles] == [0, 0]


def test_a_thousand_new_sentences_do_not_fill_the_card(app: App, aida: Browser):
    bring(app, *(f"Sentence {n} says nothing." for n in range(1000)), LAWYER)
    (news,) = regions(aida)
    assert LAWYER in sentences(news) and len(sentences(news)) == 3
    assert len(sentences(news, folded=True)) == MAX_FOLDED and "+998" in news.xpath("string(.//li//summary)")


def test_a_card_lists_after_its_lead_the_newest_articles_and_copies_behind(app: App, aida: Browser):
    bring(app, NIGHT, at=NOW - 2 * HOUR, outlet="Courier")
    bring(app, at=NOW - 90 * MINUTE, outlet="Copyist", is_copy=True)
    bring(app, LAWYER, at=NOW - HOUR, outlet="Herald")
    bring(app, GUARDS, at=NOW, outlet="Chronicle", is_copy=True)
    page = html.fromstring(aida.get("/items/2").text)
    outlets = page.xpath("//nav[@id='articles']/a/span[1]/bdi/text()")
    lead = outlets[0]
    assert outlets == [lead, *(o for o in ("Chronicle", "Herald", "Courier", "Post") if o != lead), "Copyist"]


def test_a_card_says_who_decided_before_what_waits_again(app: App, aida: Browser):
    def told_before() -> str:
        return html.fromstring(aida.get("/items/2").text).xpath("string(//p[contains(., 'Decided before:')])")

    bring(app, NIGHT, at=NOW - HOUR)
    assert told_before() == ""
    judge(aida, 2, "relevant", app.item(2).version)
    assert told_before() == ""
    bring(app, LAWYER)
    assert "relevant · Aida" in " ".join(told_before().split())


def test_a_row_of_what_came_back_has_the_new_sentence_not_the_old_one(app: App, aida: Browser):
    judge(aida, 2, "relevant", app.item(2).version)
    bring(app, LAWYER, at=now_utc())
    row = html.fromstring(aida.get("/queue").text).xpath("//li[.//a[@id='item-2']]//*[@class='excerpt']")
    assert "".join(row[0].itertext()) == LAWYER
