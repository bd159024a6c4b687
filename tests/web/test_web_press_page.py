"""What the page of the press says first, and which acts it folds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from kit.articles import WEATHER, Bench, bench
from kit.desk import Browser, account, client
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.app.press import Judged
from monitor.model import GRAVEST_FIRST, Role, Verdict
from monitor.web import create_desk

__all__ = ["bench"]

SENTENCES = (
    "Police in Osh detained the editor of a local news website on Tuesday evening.",
    "Officers in Naryn searched the home of a newspaper reporter for nine hours.",
    "A court in Karakol blocked a news website about fishing.",
    "Two men in Talas beat a television cameraman at the market.",
    "Police in Tokmok summoned the editor of a weekly newspaper.",
)


@pytest.fixture
def press_bench(bench: Bench) -> Iterator[Bench]:
    """Yield a home with five stories of what happened to the press."""
    Path(bench.home / "watchlist.yaml").write_text(f"press: {{}}\n{WATCHLIST}", encoding="utf-8")
    for number, sentence in enumerate(SENTENCES):
        bench.add("post", Piece(f"p{number}", f"An evening {number}", f"{sentence}\n{WEATHER}"))
    bench.ingest()
    bench.advance(minutes=10)
    yield bench


def operator_of(bench: Bench) -> Browser:
    return client(create_desk(bench.app), account(bench.app, "Olga", Role.OPERATOR))


def summary_of(browser: Browser) -> str:
    return " ".join(html.fromstring(browser.get("/press").text).find_class("in-short-all")[0].text_content().split())


def test_how_many_were_relevant_stands_under_the_title_once_enough_are_reviewed(press_bench: Bench):
    browser, items = operator_of(press_bench), press_bench.app.queue()
    assert summary_of(browser) == "The last 30 days: 5 stories"
    for item in items:
        press_bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="Olga")
    assert summary_of(browser).endswith("5 stories. In a year none of 5 reviewed stories was relevant.")
    press_bench.app.decide(items[0].id, Verdict.RELEVANT, by="Olga")
    assert summary_of(browser).endswith("5 stories. In a year 1 of 5 reviewed stories were relevant.")
    assert not Judged(2, 2).is_telling


def test_acts_without_stories_are_folded_unless_they_are_not_ticked(press_bench: Bench):
    browser = operator_of(press_bench)

    def folded() -> list[str]:
        page = html.fromstring(browser.get("/press").text)
        assert len(page.xpath("//input[@name='acts']")) == len(GRAVEST_FIRST)
        return page.xpath("//div[@class='acts-chosen']/details//input[@name='acts'][@checked]/@value")

    before = folded()
    assert "killed" in before and "detained" not in before
    ticked = [act.value for act in GRAVEST_FIRST if act.value != "killed"]
    browser.post("/press", data={"act": "save", "acts": ticked, "country": "KG"})
    assert folded() == [act for act in before if act != "killed"]
