"""What happened to the press at the desk and in the digest: a lane of the queue and a section of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.articles import WEATHER, Bench, bench
from kit.desk import account, client
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.model import Role
from monitor.web import create_desk

__all__ = ["bench"]

PRESS = f"press: {{}}\n{WATCHLIST}"


@pytest.fixture
def told(bench: Bench) -> Iterator[Bench]:
    """Yield a home in which one article tells of an incident, and another names somebody of the list."""
    Path(bench.home / "watchlist.yaml").write_text(PRESS, encoding="utf-8")
    taken = "Police in Osh detained the editor of a local news website on Tuesday evening."
    bench.add("post", Piece("taken", "An evening in Osh", f"{taken}\n{WEATHER}"))
    bench.add("post", Piece("melis", "Melis Tokoev speaks", f"Melis Tokoev spoke at the lake on Monday.\n{WEATHER}"))
    bench.ingest()
    bench.later(minutes=10)
    yield bench


def test_the_queue_has_a_lane_for_the_press_with_its_act_and_reasons(told: Bench):
    desk = create_desk(told.app)
    page = client(desk, account(told.app, "Vera", Role.REVIEWER, "ru")).get("/queue").text
    assert '<bdi>Пресса</bdi> <span class="count">1</span>' in page
    number = next(iter(told.app.store.cards.press_entries("ru")))
    browser = client(desk, account(told.app, "Aida", Role.REVIEWER))
    lane = browser.get(f"/queue?name={number}").text
    assert "An evening in Osh" in lane and "Melis Tokoev speaks" not in lane
    card = browser.get("/items/1").text + browser.get("/items/2").text
    assert "detained · an editor · by the police · Osh" in card and "is the object of" in card


def test_a_list_without_the_press_has_no_lane(bench: Bench):
    bench.add("post", Piece("melis", "Melis Tokoev speaks", f"Melis Tokoev spoke at the lake on Monday.\n{WEATHER}"))
    bench.ingest()
    page = client(create_desk(bench.app), account(bench.app, "Vera", Role.REVIEWER)).get("/queue").text
    assert page.count('<span class="count">') == 7


def test_the_digest_tells_it_in_a_section_of_its_own_in_the_readers_language(told: Bench):
    desk = create_desk(told.app)
    for language, title in (
        ("en", "WHAT HAPPENED TO THE PRESS"),
        ("ru", "ДАВЛЕНИЕ НА ПРЕССУ"),
        ("ky", "БАСМА СӨЗГӨ КЫСЫМ"),
    ):
        page = client(desk, account(told.app, f"Vera {language}", Role.READER, language)).get("/digest").text
        new, press = page.index("Melis Tokoev speaks"), page.index(f"<h2>{title}</h2>")
        assert new < press < page.index("An evening in Osh")
