"""A desk with four items in its queue, its lists, and the forms that judge them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import html
from sqlalchemy import delete, update

from kit.app import App
from kit.copies import opened_copy, reset
from kit.desk import PASSWORD, Browser, account, client
from kit.store import HOUR, NOW, filed, hit, stored, watch
from monitor.model import Change, Confidence, Finding, Placement, PlacementReason, RelatedArticle, Role, Rule, Run
from monitor.store import tables as t
from monitor.store.sql import versions
from monitor.store.sql.related import add_related
from monitor.web import create_desk

RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей. О чём ещё спросить?"
BOTH = "Melis Tokoev wrote about Cholpon Arzyeva. Nobody else did."
MAYBE = hit("Melis Tokoev", confidence=Confidence.POSSIBLE, alerts=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    """Return items 1 to 4, the last the newest: possible, then three strong ones; the second has a copy and a follow-up."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("queue"))
    watch(app.store)
    filed(app.store, MAYBE, at=NOW - 4 * HOUR, title="Chess: the results", outlet="Sport")
    two = filed(app.store, at=NOW - 3 * HOUR)
    copy = stored(app.store, hit(), at=NOW - 2 * HOUR, outlet="Copycat")
    lead = app.store.reviews.get(two.id).articles[0].id
    app.store.stories.file(copy, Placement(two.story, copy_of=lead), two, NOW - 2 * HOUR, expected_version=1)
    named = (hit("Melis Tokoev", text=BOTH), hit("Cholpon Arzyeva", "cholpon", BOTH))
    filed(app.store, *named, at=NOW - HOUR, text=BOTH, title="A reporter on another", outlet="Herald")
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), text=RUSSIAN, title="Арест продлён", language="ru")
    app.store.runs.save(Run(started=NOW, ended=NOW))
    yield app
    app.close()


@pytest.fixture
def app(filled: App) -> App:
    """Return the filled desk without any decisions."""
    return reset(filled)


@pytest.fixture
def aida(app: App) -> Browser:
    return client(create_desk(app), account(app, "Aida", Role.REVIEWER))


@pytest.fixture
def bakyt(app: App) -> Browser:
    return client(create_desk(app), account(app, "Bakyt", Role.REVIEWER))


def judge(browser: Browser, item: int, act: str, version: int = 1, query: str = "", **form: object) -> tuple[int, str]:
    answer = browser.post(f"/items/{item}/decide{query}", {"act": act, "version": version, **form})
    return answer.status_code, answer.headers.get("location", "").split("said=")[0].rstrip("?&")


def change_headline(app: App, number: int, before: str, after: str) -> None:
    """Store that the headline of an item's article changed now, and that this brought the item back."""
    finding = Finding(Change.HEADLINE, before, after, article=app.item(number).articles[0].id, version=1)
    reopened = {"reopened": f"the headline changed at Post: «{before}» became «{after}»", "reopened_at": NOW}
    with app.store.database.writing("a test") as connection:
        versions.add_findings(connection, [finding], NOW)
        # Findings are loaded of articles with a second version, and of those that are gone.
        connection.execute(update(t.article).where(t.article.c.id == finding.article).values(gone=NOW, gone_why="404"))
        connection.execute(update(t.review_item).where(t.review_item.c.id == number).values(reopened))


def search(browser: Browser, words: str, query: str = "") -> tuple[str, list[int], str]:
    """Search for these words and return the address of the results, their items, and the summary."""
    answer = browser.post(f"/queue{query}", {"words": words})
    assert answer.status_code == 303
    address = answer.headers["location"]
    return address, listed(browser, address.removeprefix("/queue")), words_of(browser, address)


def words_of(browser: Browser, url: str) -> str:
    """Return the text of a page's main part, in reading order, with single spaces."""
    main = html.fromstring(browser.get(url).text).get_element_by_id("main")
    return " ".join(" ".join(main.itertext()).split())


def listed(browser: Browser, query: str = "") -> list[int]:
    page = html.fromstring(browser.get(f"/queue{query}").text)
    return [int(href.split("/")[2].split("?")[0]) for href in page.xpath("//a[@class='open']/@href")]


def judge_all(browser: Browser, pairs: str, act: str, query: str = "", **form: object) -> tuple[int, str]:
    answer = browser.post(f"/queue/together/decide{query}", {"seen": pairs, "act": act, **form})
    return answer.status_code, answer.headers.get("location", "").split("said=")[0].rstrip("?&") or answer.text


NOTE = "She called.\nMelis & <b>Cholpon</b>"


def hidden(page: str) -> dict[str, str]:
    return {
        field.get("name"): field.get("value") for field in html.fromstring(page).xpath("//form//input[@type='hidden']")
    }


def sign_in(browser: Browser, name: str, page: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in and send the sign-in page that is open, as a browser without JavaScript does."""
    return browser.post("/sign-in", {**hidden(page), "name": name, "password": password})


def followed(browser: Browser, answer: httpx.Response) -> httpx.Response:
    while answer.status_code == 303:
        assert "called" not in answer.headers["location"] and "act=" not in answer.headers["location"]
        answer = browser.get(answer.headers["location"])
    return answer


def relate(app: App, item: int, second: int, score: float) -> None:
    """Store that the first articles of two items are near, as filing does."""
    article, neighbour = (app.item(number).articles[0].id for number in (item, second))
    nearness = RelatedArticle(neighbour, score, PlacementReason(Rule.WORDS, (40, 1)))
    with app.store.database.writing("relate") as connection:
        connection.execute(delete(t.related).where(t.related.c.neighbour == neighbour))
        add_related(connection, article, [nearness])
