"""Searching the queue and the archive for words, which stand in no address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.store import NOW, article, backlog, filed, watch
from kit.store import item as item_of
from monitor.model import Outcome, Result, Role
from monitor.web import create_desk, searches
from monitor.web.routes import queue
from web.queue_desk import aida, app, bakyt, filled, judge, listed, search, words_of

__all__ = ["aida", "app", "bakyt", "filled"]


@pytest.mark.check
def test_words_are_searched_in_any_case_and_stand_in_no_address(aida: Browser):
    for words, expected_items in (
        ("АРЕСТ", [4]),
        ("нЕе", []),
        ("О чем", [4]),
        ("court custody", [2, 1]),
        ("100%", []),
        ("_", []),
    ):
        address, items, _ = search(aida, words)
        assert items == expected_items, words
        hrefs = html.fromstring(aida.get(address).text).xpath("//@href | //@action | //@src")
        assert not any("court" in str(visible_address).casefold() for visible_address in (address, *hrefs))


def test_search_results_are_a_list_like_any_other(app: App, aida: Browser):
    address, items, page = search(aida, "court")
    assert items == [2, 1] and "2 items here hold these words." in page
    assert html.fromstring(aida.get(address).text).get_element_by_id("words").get("value") == "court"
    query = address.removeprefix("/queue")
    card = html.fromstring(aida.get(f"/items/2{query}").text)
    (after,), (back_link,) = card.xpath("//a[@data-key='j']/@href"), card.xpath("//a[@data-key='q']/@href")
    assert after == f"/items/1{query}" and back_link.startswith(address) and not card.xpath("//a[@data-key='k']")
    assert judge(aida, 2, "relevant", query=query) == (303, f"/items/1{query}")
    assert listed(aida, query) == [1]
    together = aida.post(f"/queue/together{query}", {"every": "1"}).text
    assert "1 story, one decision" in together
    undone = aida.post(f"/items/2/undo{query}", {"decision": app.item(2).history[0].id})
    assert query.removeprefix("?") in undone.headers["location"]


def test_search_results_have_pages(app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "PAGE_SIZE", 1)
    address, first, _ = search(aida, "court")
    page = html.fromstring(aida.get(address).text)
    (next_page,) = page.xpath("//a[@rel='next']/@href")
    assert (first, listed(aida, next_page.removeprefix("/queue"))) == ([2], [1])
    assert not html.fromstring(aida.get(next_page).text).xpath("//a[@rel='next']")


def test_words_and_filters_are_combined_and_both_are_shown(app: App, aida: Browser):
    address, items, _ = search(aida, "custody", "?outlet=Copycat")
    assert items == [2] and "outlet=Copycat" in address
    page = html.fromstring(aida.get(address).text)
    chosen = page.xpath("//select[@name='outlet']/option[@selected]/@value")
    assert chosen == ["Copycat"] and page.get_element_by_id("words").get("value") == "custody"
    (number,) = page.xpath("//section[@class='filters']//input[@name='q']/@value")
    assert listed(aida, f"?outlet=Sport&q={number}") == [1]
    opened = html.fromstring(aida.get(f"/queue?q={number}&filters=1").text)
    assert opened.get_element_by_id("words").get("value") == "custody"
    assert opened.xpath("//select[@name='outlet']/option[contains(., 'Copycat (1)')]")


def test_a_list_that_holds_nothing_says_what_was_asked_for(app: App, aida: Browser):
    judge(aida, 4, "relevant")
    address, items, page = search(aida, "арест")
    assert items == [] and "Nothing here holds these words" in page
    assert "filters" not in page.split("Nothing here")[1] and "Reviewed : 1" in page.replace(
        "Reviewed: 1", "Reviewed : 1"
    )
    assert listed(aida, f"{address.removeprefix('/queue')}&show=decided") == [4]
    _, _, both = search(aida, "court", "?outlet=Herald")
    assert "Nothing here holds these words and fits these filters" in both
    assert "Show all again" in both and "Clear the filters" in both
    filtered = words_of(aida, "/queue?outlet=Nobody")
    assert "Nothing fits these filters" in filtered and "these words" not in filtered


def test_a_search_of_somebody_else_or_an_expired_one_is_ignored(aida: Browser, bakyt: Browser):
    address, _, _ = search(aida, "court")
    for browser, url in ((bakyt, address), (aida, "/queue?q=0123456789abcdef0123"), (aida, "/queue?q=court")):
        assert "This search is not kept any more. Type the words again." in words_of(browser, url)
        assert listed(browser, url.removeprefix("/queue")) == [4, 3, 2, 1]
        assert "court" not in html.fromstring(browser.get(url).text).get_element_by_id("words").get("value")
    assert search(aida, "  ")[0] == "/queue"


def test_searches_are_kept_by_person_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searches, "MAX_SEARCHES", 2)
    recent = searches.Searches()
    first, second = recent.save(1, "court"), recent.save(1, "суд")
    assert recent.save(1, "court") == first and recent.save(2, "court") != first
    assert [recent.load(1, n) for n in (first, second)] == ["court", ""]
    assert recent.load(2, first) == "" and "court" not in first
    assert searches.Searches().save(1, "court") != first  # nobody can try words out


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[tuple[Browser, Browser]]:
    """Return an administrator and a reviewer at a desk with an article in no item, that is searched."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("archive"))
    app.clock = lambda: NOW
    watch(app.store)
    filed(app.store)
    (entry,) = backlog(app.store, item_of(1))
    text = "Ночные автобусы пойдут до утра, сказал Азамат."
    unnamed = article("post.example/1", text, title="Night buses")
    app.store.entries.save_result(Result(entry, NOW, Outcome.NO_MATCH, article=unnamed))
    root = client(create_desk(app), account(app, "Root", Role.ADMIN))
    assert "2 articles are not searched yet" in words_of(root, "/archive")
    app.store.archive.index_texts(10)
    assert "not searched yet" not in words_of(root, "/archive")
    yield root, client(root.desk, account(app, "Aida", Role.REVIEWER))
    app.close()


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("ночные автобусы", True), ("НОЧНЫЕ Автобусы", True), ("nochnye avtobusy", True), ("azamat", True), ("Азаматтын", False),
        ("автобусы поезда", False), ("дневные", False), ("—", False), ("", False),
    ],
)  # fmt: skip
def test_the_archive_is_searched_in_any_script_also_where_nobody_is_named(
    archive: tuple[Browser, Browser], words: str, is_found: bool
):
    root, reviewer = archive
    page = words_of(root, root.post("/archive", {"words": words}).headers["location"])
    assert ("Night buses" in page) is is_found and ("Make this an item" in page) is is_found
    address = reviewer.post("/archive", {"words": words}).headers["location"]
    assert ("Night buses" in words_of(reviewer, address)) is is_found
