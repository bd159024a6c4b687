"""An item of hundreds of articles: lists and pages load and show some, say how many more there are, and lead to them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.floods import Flooding, counted_rows, flood
from kit.home import Clock
from kit.store import CHOLPON, HOUR, KOS, MELIS, NOW, filed, watch
from monitor.messages.content import render
from monitor.messages.content.stories.build import make_digest
from monitor.model import ArticlePage, Entity, Role, Verdict, Window
from monitor.serialize import item_row
from monitor.web import create_desk
from web.queue_desk import judge, words_of

FOURTH = Entity("fourth", "Aizada Nurova")
OUTLETS = [f"Outlet {n}" for n in range(12)]
FLOOD = [Flooding("Evil", filed=NOW - timedelta(minutes=n)) for n in range(70)]


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    """Yield a desk with item 1, of 83 articles of 14 outlets, and item 2, of one."""
    app = opened_copy(sqlite_with_tables, tmp_path, Clock(NOW))
    watch(app.store, MELIS, CHOLPON, KOS, FOURTH)
    item = filed(app.store, at=NOW - 9 * HOUR)
    flood(app.store, item, [*(Flooding(outlet, filed=NOW - 8 * HOUR) for outlet in OUTLETS), *FLOOD])
    filed(app.store, at=NOW - 20 * HOUR, title="Another")
    yield app
    app.close()


@pytest.fixture
def aida(app: App) -> Browser:
    return client(create_desk(app), account(app, "Aida", Role.REVIEWER))


def tabs(browser: Browser, path: str) -> list[str]:
    """Return the articles that the tabs of a card lead to."""
    page = html.fromstring(browser.get(path).text)
    return [
        re.findall(r"article=(\d+)", link)[0]
        for link in page.xpath("//nav[contains(@class, 'tabs')]//a/@href")
        if "article=" in link
    ]


def test_a_row_counts_all_articles_and_a_card_names_every_outlet(app: App, aida: Browser):
    assert "82 more articles" in words_of(aida, "/queue")
    card = words_of(aida, "/items/1")
    assert all(outlet in card for outlet in [*OUTLETS, "Post", "Evil"]) and "14 outlets" in card
    shown = len(tabs(aida, "/items/1"))
    assert f"Show more: {83 - shown} articles are not on this page" in card and shown < 40


@pytest.mark.check
def test_the_pages_of_a_card_lead_to_every_article_and_back(app: App, aida: Browser):
    path, listed_ids = "/items/1?show=new", set[str]()
    for _ in range(9):
        page = html.fromstring(aida.get(path).text)
        listed_ids |= {*tabs(aida, path)}
        more_links = page.xpath("//nav[contains(@class, 'tabs')]//a[contains(@href, 'more=')]/@href")
        if not more_links:
            break
        path = more_links[0]
    assert listed_ids == {str(article.id) for article in app.item(1).articles}
    assert "The first articles" in words_of(aida, path)
    assert "The first articles" in words_of(aida, "/items/1?more=99")  # an old link
    last = app.item(1).articles[-1].id
    assert f"Flood {len(OUTLETS) + len(FLOOD)}" in words_of(aida, f"/items/1?article={last}")
    assert aida.get(f"/items/1/articles/{last}").status_code == 200


def test_programs_are_told_how_many_articles_are_left_out_and_show_has_them_all(app: App, aida: Browser):
    item, small_item = sorted(aida.get("/queue.json").json()["items"], key=lambda row: row["id"])
    assert item["other_articles"] == 83 - len(item["articles"]) > 0 == small_item["other_articles"]
    assert item["copies"] == 0 and len(item["outlets"]) == 14
    assert {m["article"] for h in item["hits"] for m in h["mentions"]} <= {a["id"] for a in item["articles"]}
    listed = next(listed for listed in app.queue() if listed.id == 1)
    assert item_row(listed, listed.lead)["other_articles"] == item["other_articles"]  # `monitor queue list`
    whole = item_row(app.item(1), listed.lead)  # `monitor queue show`
    assert (len(whole["articles"]), whole["other_articles"]) == (83, 0)
    cells = {row["item"]: row for row in csv.DictReader(io.StringIO(aida.get("/queue.csv").text.lstrip("\ufeff")))}
    assert cells["1"]["articles"] == "83" and len(cells["1"]["outlets"].split("; ")) == 14
    assert aida.get("/queue.atom").status_code == 200


@pytest.mark.check
def test_a_flooded_item_is_judged_undone_merged_and_split_like_any_other(app: App, aida: Browser):
    status, _ = judge(aida, 1, "relevant")
    assert status == 303 and app.item(1).verdict is Verdict.RELEVANT
    assert "Your last decision" in words_of(aida, "/queue")
    app.undo(by="Aida")
    app.merge(2, 1, by="Aida")
    card = words_of(aida, "/items/2")
    assert "Take back" in card.partition("Decisions")[2] and "Only the articles on this page are listed" in card
    assert aida.get("/items/1").status_code == 200  # leads to the item that has its articles
    regrouping = app.item(2).regroupings[-1].id
    assert aida.post("/items/2/undo", {"regrouping": regrouping}).status_code == 303
    assert [len(app.item(n).articles) for n in (1, 2)] == [83, 1]


READERS = ["/queue", "/items/1", "/queue.json", "/queue.atom", "/names/1", "/items/1?same=1"]


@pytest.mark.check
def test_what_a_page_reads_does_not_grow_with_the_articles_of_an_item(app: App, aida: Browser):
    def rows_read() -> dict[str, int]:
        rows = {}
        for path in READERS:
            with counted_rows(app.store) as counted:
                assert aida.get(path).status_code == 200
            rows[path] = counted[0]
        return rows

    before = rows_read()
    flood(app.store, app.store.reviews.get(1), FLOOD * 2)
    after = rows_read()
    assert {path: rows for path, rows in after.items() if rows > before[path] + 9} == {}
    assert min(before.values()) > 0 and len(app.item(1).articles) > 200


def test_a_digest_of_a_flooded_item_counts_and_shows_as_if_it_were_loaded_whole(
    app: App, monkeypatch: pytest.MonkeyPatch
):
    changed = Flooding("Tide", filed=NOW - 30 * HOUR, changed_at=NOW - 2 * HOUR)
    copies = [Flooding("Evil", is_copy=True, filed=NOW - HOUR)] * 5
    flood(app.store, app.store.reviews.get(1), [changed, *copies])
    window, zone = Window(NOW - 8 * HOUR, NOW + HOUR), app.settings.timezone
    part = make_digest(app.store.reading.digest_input(window), zone)
    monkeypatch.setattr("monitor.store.desk.digest.CARD_ARTICLES", ArticlePage(1000))
    whole = make_digest(app.store.reading.digest_input(window), zone)
    for kind in ("as_text", "as_html"):
        assert getattr(render, kind)(part) == getattr(render, kind)(whole)
    rows = [render.as_json(digest)["sections"] for digest in (part, whole)]
    for stories in zip(*(r.values() for r in rows), strict=True):
        for story_in_part, all_of_it in zip(*stories, strict=True):
            assert all(
                story_in_part[key] == all_of_it[key]
                for key in ("item", "shown", "arrived", "findings", "copies", "headline")
            )
            assert len(story_in_part["articles"]) + story_in_part["other_articles"] == len(all_of_it["articles"])
            assert all(m["sentence"] for h in story_in_part["hits"] for m in h["mentions"])
