"""Pictures at the desk: each with its table, and the same with and without closed names."""

from __future__ import annotations

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.store import DAY, HOUR, MINUTE, NOW, visited
from monitor.fetch import responses
from monitor.ingest.policy import LinePolicy
from monitor.ingest.visit import Poll
from monitor.model import Feed, FeedStatus, Role, Run
from monitor.store import tables as t
from monitor.web import create_desk
from web.queue_desk import aida, app, bakyt, filled, judge

__all__ = ["aida", "app", "bakyt", "filled"]


def figures(browser: Browser, path: str, figure: str) -> list[list[str]]:
    """Return the rows of the table behind a picture."""
    rows = html.fromstring(browser.get(path).text).xpath(f"//*[contains(@class, '{figure}')]//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in rows]


def summary(browser: Browser, path: str = "/queue") -> str:
    page = html.fromstring(browser.get(path).text)
    return " ".join(
        "".join(page.xpath("//details[@class='arrivals']/summary//text()[not(ancestor::*[@aria-hidden])]")).split()
    )


# ---- the day over the queue ------------------------------------------------------------------------------------------


def test_the_day_over_the_queue_says_what_came_and_what_of_it_is_done(app: App, aida: Browser):
    assert summary(aida) == "4 came in 24 h, 0 reviewed"
    judge(aida, 4, "relevant")
    judge(aida, 3, "later:7")
    assert summary(aida) == "4 came in 24 h, 1 reviewed"
    page = html.fromstring(aida.get("/queue").text)
    assert page.xpath("//details[@class='arrivals']//*[@class='axis']/span/text()") == ["09:00", "08:00"]
    assert [row[1:] for row in figures(aida, "/queue", "arrivals")] == [["0", "1"], ["0", "1"], ["0", "1"], ["1", "0"]]
    app.clock.now = NOW + 2 * DAY  # type: ignore[attr-defined]
    assert summary(client(create_desk(app), app.store.people.by_name("Aida"))) == ""  # nothing came


@pytest.mark.parametrize("path", ["/queue?show=possible", "/queue?outlet=Herald", "/queue?show=decided"])
def test_a_part_of_the_queue_has_no_picture_of_the_whole(aida: Browser, path: str):
    assert summary(aida, path) == ""


def test_the_time_left_is_shown_once_the_pace_of_today_is_known(app: App, aida: Browser):
    for number in range(6):
        app.clock.now = NOW + number * MINUTE  # type: ignore[attr-defined]
        assert "min left" not in summary(aida)
        judge(aida, 4 if number % 2 else 3, "unsure", app.item(4 if number % 2 else 3).version)
    assert summary(aida).endswith("about 4 min left")  # a minute a story, four wait


def test_the_end_of_the_queue_says_what_was_done(app: App, aida: Browser, bakyt: Browser):
    for item, act in ((4, "relevant"), (3, "relevant"), (2, "not-relevant:another-person")):
        judge(aida, item, act)
    judge(bakyt, 1, "not-relevant:another-person")
    page = " ".join(html.fromstring(aida.get("/queue").text).text_content().split())
    assert "All is reviewed Today you reviewed 3 stories: relevant: 2, not relevant: 1." in page
    assert "All together today: relevant: 2, not relevant: 2." in page
    reader = client(create_desk(app), account(app, "Vera", Role.READER, "ru"))
    page = " ".join(html.fromstring(reader.get("/queue").text).text_content().split())
    assert "Всё разобрано Сегодня вместе с коллегами — по теме: 2, не по теме: 2." in page
    app.clock.now = NOW + 2 * DAY  # type: ignore[attr-defined]
    page = client(create_desk(app), app.store.people.by_name("Aida")).get("/queue").text
    assert "Nothing to review" in page and "Today you reviewed" not in page


# ---- the card --------------------------------------------------------------------------------------------------------


def test_a_story_of_several_articles_is_shown_in_time(aida: Browser):
    rows = figures(aida, "/items/2", "story-time")
    assert [row[1:] for row in rows] == [["Post", "the first article"], ["Copycat", "a copy"]]
    dots = html.fromstring(aida.get("/items/2").text).xpath("//figure[@class='story-time']//*[name() = 'circle']/@r")
    assert len(dots) == 2 and len({*dots}) == 1  # none is larger: its place says which was first
    assert figures(aida, "/items/1", "story-time") == []  # a single article


# ---- sources ---------------------------------------------------------------------------------------------------------


def test_sources_by_day_tell_silence_from_failure_and_from_no_reading(app: App, aida: Browser):
    listed = [state.feed for state in app.feeds()]
    app.store.feeds.sync_list([*listed, Feed("slow", "https://slow.example/rss", "Slow")], NOW)
    (state,) = (state for state in app.feeds() if state.feed.id == "slow")
    refusal = responses.status_error(403, {}, NOW)
    app.store.feeds.save_visit(Poll(state, LinePolicy(), NOW - HOUR).failure(FeedStatus.REFUSED, refusal.detail))
    app.store.runs.save(Run(started=NOW - HOUR, ended=NOW, fetched=1))
    rows = {row[0]: row[1:] for row in figures(aida, "/sources/days", "by-day")}
    assert rows["Slow"][-1] == "✕could not be read" and {*rows["Slow"][:-1]} == {"•not read"}
    page = html.fromstring(aida.get("/sources").text)
    assert not page.xpath("//tr//svg | //a[@href='/sources/days']")  # on the first day there is nothing to compare
    app.clock.now = NOW + 2 * DAY  # type: ignore[attr-defined]
    aida = client(create_desk(app), app.store.people.by_name("Aida"))
    page = html.fromstring(aida.get("/sources").text)
    assert page.xpath("//tr[.//bdi='Slow']//*[@class='sign-failed']/text()") == ["✕"]
    assert page.xpath("//a[@href='/sources/days']") and aida.get("/sources/days?state=bad").status_code == 200
    assert aida.get("/sources/days?state=paused").text.count("<tr>") == 0


def test_a_silent_source_says_how_often_it_had_news_and_a_dash_what_is_not_known(app: App, aida: Browser):
    listed, now = [state.feed for state in app.feeds()], app.clock()
    new = [Feed(name, f"https://{name}.example/rss", name) for name in ("daily", "rare", "unread")]
    app.store.feeds.sync_list([*listed, *new], NOW)
    states, last = {state.feed.id: state for state in app.feeds()}, now - 60 * DAY
    for name, every in (("daily", DAY), ("rare", 3 * DAY)):
        app.store.feeds.save_visit(visited(states[name], at=now))
        with app.store.database.writing("old entries") as connection:
            for at in (last - n * every for n in range(9)):
                row = {"feed": states[name].number, "key": str(at), "first_seen": at, "outcome": "no_match"}
                connection.execute(t.entry.insert().values(row))
    page = html.fromstring(aida.get("/sources").text)

    def cells(name: str) -> list[str]:
        (row,) = page.xpath(f"//tr[.//bdi='{name}']")
        return [" ".join(cell.text_content().split()) for cell in row.xpath("td[not(@class='volume-of')]")]

    for name, usually in (("daily", "usually 1"), ("rare", "usually every 3 days")):
        assert cells(name) == ["0", usually, f"{last.day} {last:%b}, {last:%H:%M}"]
    assert cells("unread") == ["—", "", "—"]


def test_a_source_in_trouble_keeps_its_figures_and_its_name_leads_to_its_page(app: App):
    feeds = [state.feed for state in app.feeds()]
    app.store.feeds.sync_list([*feeds, Feed("ill", "https://ill.example/rss", "Ill")], NOW)
    (state,) = (state for state in app.feeds() if state.feed.id == "ill")
    now = app.clock()
    app.store.feeds.save_visit(visited(state, at=now - 3 * HOUR))
    (state,) = (state for state in app.feeds() if state.feed.id == "ill")
    refusal = responses.status_error(403, {}, NOW)
    app.store.feeds.save_visit(Poll(state, LinePolicy(), now - HOUR).failure(FeedStatus.REFUSED, refusal.detail))
    ages = [now - day * DAY - n * HOUR for day in range(9) for n in range(3 if not day else 2)]
    with app.store.database.writing("a week of entries") as connection:
        for at in ages:
            row = {"feed": state.number, "key": str(at), "first_seen": at, "outcome": "no_match"}
            connection.execute(t.entry.insert().values(row))
    places = []
    for name, role in (("Olga", Role.OPERATOR), ("Rita", Role.READER)):
        browser = client(create_desk(app), account(app, name, role))
        (row,) = html.fromstring(browser.get("/sources").text).xpath("//tr[.//bdi='Ill']")
        assert [cell.text_content() for cell in row.find_class("figure")] == ["3", f"read until {now - 3 * HOUR:%H:%M}"]
        assert row.xpath("string(th/p)").startswith(f"3, read until {now - 3 * HOUR:%H:%M} · usually 2 · last ")
        assert row.xpath(".//svg/*[contains(@class, 'volume')]/@class")[-1] == "volume failed"
        assert row.xpath("td[not(contains(@class, 'figure'))]/time/@datetime") == [max(ages).isoformat()]
        places.append(html.fromstring(browser.get("/sources/days").text).xpath("//tbody//th//a/@href"))
    assert f"/sources/{state.number}" in places[0] and not places[1]
