"""Daily bounds of a feed: it fills no disk, and hurts no other feed."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from kit.articles import COURT, DOCTOR
from kit.internet import Answer, Listed, Reader, reader, web_page
from monitor.i18n.troubles import trouble_kind
from monitor.model import FeedDay, TextFrom, TroubleKind

POST, RIVAL = "http://post.example", "http://rival.example"
POST_FEED, RIVAL_FEED = f"{POST}/rss", f"{RIVAL}/rss"
MEGABYTE = 1_000_000
WORDS = COURT.split() + DOCTOR.split()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reader]:
    bounds = "MONITOR_FEED_MEGABYTES_A_DAY=1\nMONITOR_FEED_ARTICLES_A_DAY=12\nMONITOR_FEED_MENTIONS_A_DAY=40\n"
    with reader(tmp_path / "home", bounds) as opened:
        opened.clock.now = opened.clock.now.replace(hour=6)
        opened.subscribe(post=POST_FEED, rival=RIVAL_FEED)
        opened.internet.feed(POST_FEED, [])
        opened.internet.feed(RIVAL_FEED, [])
        yield opened


def day_of(desk: Reader, feed: str) -> FeedDay:
    numbers = {state.feed.id: state.number for state in desk.app.store.feeds.states()}
    return desk.app.store.feed_days.of(numbers[feed], desk.clock())


def stored_bytes(desk: Reader) -> int:
    with desk.app.store.database.reading() as connection:
        return connection.scalar(sql("SELECT coalesce(sum(length(body)), 0) FROM raw_body")) or 0


def large_pages(desk: Reader, first: int, count: int, size: int = 200_000, site: str = RIVAL) -> list[Listed]:
    """Serve pages that name somebody, with a comment that no compression makes smaller."""
    noise = base64.b64encode(random.Random(first).randbytes(size * 3 // 4)).decode()
    for n in range(first, first + count):
        words = " ".join(random.Random(n).choices(WORDS, k=90))
        page = web_page(f"Report {n}", f"{words} Melis Tokoev stays in custody.")
        desk.internet.answers[f"{site}/{n}"] = Answer(page.replace("<main>", f"<!--{n}{noise}--><main>"))
    return [Listed(f"{site}/{n}", f"Report {n}", "Melis Tokoev stays in custody.") for n in range(first, first + count)]


@pytest.mark.parametrize("site", [RIVAL, pytest.param("http://elsewhere.example", marks=pytest.mark.check)])
def test_visits_of_a_feed_with_large_pages_stay_within_its_day_and_cost_no_other_feed(desk: Reader, site: str):
    listed: list[Listed] = []
    for visit in range(5):  # of 20 pages, and room for 12 articles or 6 large pages
        listed = large_pages(desk, visit * 4, 4, site=site) + listed
        desk.internet.feed(RIVAL_FEED, listed)
        desk.internet.page(f"{POST}/{visit}", f"Of the post {visit}", DOCTOR)
        desk.internet.feed(POST_FEED, [Listed(f"{POST}/{visit}", f"Of the post {visit}")])
        desk.ingest()
        desk.advance(hours=1)
    assert stored_bytes(desk) <= MEGABYTE
    day = day_of(desk, "rival")
    assert 0.8 * MEGABYTE < day.bytes <= MEGABYTE
    assert day.articles == 12 and day.entries_left_out and day.pages_left_out
    post_articles = [article for article in desk.articles() if article.outlet == "post"]
    assert [article.text_from for article in post_articles] == [TextFrom.PAGE] * 5


def test_what_has_no_room_is_matched_on_the_words_of_the_feed_and_read_tomorrow(desk: Reader):
    desk.internet.feed(RIVAL_FEED, large_pages(desk, 0, 6))
    assert desk.ingest() == {"queued": 4, "pending": 2}
    assert len(desk.articles()) == 6
    desk.advance(days=1)
    assert desk.ingest("rival") == {"queued": 2}
    assert {article.text_from for article in desk.articles()} == {TextFrom.PAGE}


def test_a_feed_that_brings_too_much_is_told_in_words_that_do_not_change(desk: Reader):
    desk.internet.feed(RIVAL_FEED, [Listed(f"{RIVAL}/{n}", f"Report {n}") for n in range(50)])
    problems = []
    for _ in range(2):
        run = desk.app.ingest(include_not_due=True)
        problems.append([problem for problem in run.problems if trouble_kind(problem) is TroubleKind.BOUNDS])
        desk.advance(hours=1)
    assert problems[0] == problems[1] != []
    (rival,) = [state for state in desk.app.store.feeds.states() if state.feed.id == "rival"]
    assert "38 new entries were left out" in rival.detail
    assert day_of(desk, "rival").entries_left_out == 38


def test_within_the_bounds_nothing_is_told(desk: Reader):
    desk.internet.feed(RIVAL_FEED, [Listed(f"{RIVAL}/{n}", f"Report {n}") for n in range(12)])
    assert desk.app.ingest(include_not_due=True).problems == ()
    assert day_of(desk, "rival").articles == 12


def test_what_was_left_out_comes_tomorrow_if_the_feed_still_lists_it(desk: Reader):
    desk.internet.feed(RIVAL_FEED, [Listed(f"{RIVAL}/{n}", f"Report {n}") for n in range(20)])
    counts = []
    for _ in range(3):
        counts.append(sum(desk.ingest("rival").values()))
        desk.advance(days=1)
    assert counts == [12, 8, 0]


def test_addresses_of_the_feeds_own_site_come_first(desk: Reader):
    foreign = [Listed(f"{POST}/{n}", f"Of others {n}") for n in range(15)]
    own_entries = [Listed(f"{RIVAL}/{n}", f"Of its own {n}", "Melis Tokoev stays in custody.") for n in range(5)]
    desk.internet.feed(RIVAL_FEED, foreign + own_entries)
    desk.ingest()
    assert {article.headline for article in desk.articles()} == {f"Of its own {n}" for n in range(5)}


@pytest.mark.check
def test_the_mentions_of_a_feed_are_bounded_too(desk: Reader):
    names = "\n".join(
        f"{n}. Melis Tokoev and Cholpon Arzyeva spoke of the prison for the day number {n}." for n in range(30)
    )
    for n in range(6):
        desk.internet.page(f"{RIVAL}/{n}", f"Report {n}", f"{COURT}\n{names}")
    for n in range(6):
        desk.internet.feed(RIVAL_FEED, [Listed(f"{RIVAL}/{m}", f"Report {m}") for m in range(n + 1)])
        desk.ingest()
        desk.advance(minutes=10)
    assert day_of(desk, "rival").mentions < 40 + 20
    # The pages are requested all the same: else the outlet would see that they name somebody.
    assert {f"{RIVAL}/{n}" for n in range(6)} <= set(desk.internet.requests)
    hits = [hit for item in desk.items() for hit in item.hits]
    assert {hit.entity for hit in hits} == {"melis", "cholpon"}
    assert sum(len(hit.mentions) + hit.other_places for hit in hits) > 300


def test_beyond_the_bound_of_mentions_a_report_still_tells_what_was_done_to_whom(desk: Reader):
    listed = desk.home / "watchlist.yaml"
    listed.write_text(f"{listed.read_text('utf-8')}press: {{}}\n", "utf-8")
    for n in range(4):  # whoever writes comments there fills the day
        desk.internet.page(f"{POST}/{n}", "Comments", "\n".join(f"{m}. Melis Tokoev said so, {n}." for m in range(10)))
        desk.internet.feed(POST_FEED, [Listed(f"{POST}/{n}", "Comments")])
        desk.ingest()
    assert day_of(desk, "post").mentions == 40
    report = """Melis Tokoev opened a show of pictures in the old cinema on Monday. Melis Tokoev spoke for an hour.
Later in the evening four men in masks came. Police arrested the journalist Melis Tokoev at the door of the hall.
In Osh, soldiers beat the reporter Azat Nurov at the dam and broke his camera."""
    desk.internet.page(f"{POST}/show", "At a show", report)
    desk.internet.feed(POST_FEED, [Listed(f"{POST}/show", "At a show")])
    desk.ingest()
    (item,) = [item for item in desk.items() if item.lead.headline == "At a show"]
    assert [incident.in_words() for incident in item.incidents] == [
        "detained · a journalist, Melis Tokoev · by the police",
        "attacked, things seized or broken · a journalist, Azat Nurov · by soldiers · Osh",
    ]
    (melis,) = [hit for hit in item.hits if hit.entity == "melis"]
    assert (len(melis.mentions), melis.other_places) == (2, 1)
    assert [hit.entity for hit in item.incidents[0].victims] == ["melis"]
