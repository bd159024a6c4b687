"""Entries of one article go down the line one after another, and are told how the ones before them ended."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit.store import article
from monitor.ingest.trip.article_turns import ArticleTurns, EarlierTrips, FailedTrip
from monitor.model import Entry, Feed, FeedEntry, FeedRecord, Outcome, Result, TextFrom

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STATE = FeedRecord(1, Feed("post", "https://post.example/feed", "Post"))
PAGE = article("post.example/court")
FEED_TEXT = replace(PAGE, text_from=TextFrom.FEED)


def entry(number: int, link: str, stored_article: int | None = None, *, complete: bool = False) -> Entry:
    return Entry(number, STATE, FeedEntry(url=link, is_complete=complete), NOW, article=stored_article)


def result(outcome: Outcome, **changes: object) -> Result:
    return replace(Result(entry(1, "https://post.example/court"), NOW, outcome), **changes)  # type: ignore[arg-type]


def most_at_once(*links: str) -> int:
    turns, under_way, peak = ArticleTurns(), 0, 0

    async def go(number: int, link: str) -> None:
        nonlocal under_way, peak
        async with turns.turn(entry(number, link)):
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(go(number, link) for number, link in enumerate(links)))

    asyncio.run(all_of_them())
    return peak


@pytest.mark.parametrize(
    ("links", "at_once"),
    [
        (["https://post.example/court", "https://post.example/court?utm_source=rss"], 1),
        (
            [
                "https://post.example/court",
                "http://www.post.example/court/?fbclid=x#top",
                "https://m.post.example/court",
            ],
            1,
        ),
        (["https://post.example/court", "https://post.example/doctor"], 2),
        (["https://post.example/?id=1", "https://post.example/?id=2"], 2),
        (["https://post.example/court", "https://wire.example/court"], 2),
        (["", ""], 2),
    ],
)
def test_only_entries_of_one_article_wait_for_each_other(links, at_once):
    assert most_at_once(*links) == at_once


def test_an_entry_cancelled_in_its_turn_frees_the_turn():
    turns, link = ArticleTurns(), "https://post.example/court"

    async def hang() -> None:
        async with turns.turn(entry(1, link)):
            await asyncio.sleep(60)

    async def go() -> EarlierTrips:
        hanging = asyncio.create_task(hang())
        await asyncio.sleep(0)
        hanging.cancel()
        async with asyncio.timeout(50), turns.turn(entry(2, link)) as earlier:
            return earlier

    assert asyncio.run(go()) == EarlierTrips()


@pytest.mark.check
def test_nothing_is_kept_of_turns_that_are_over():
    turns = ArticleTurns()

    async def go() -> None:
        for number in range(9):
            async with turns.turn(entry(number, f"https://post.example/{number}")):
                pass

    asyncio.run(go())
    gc.collect()
    assert len(turns._locks) == 0


@pytest.mark.parametrize(
    ("results", "new_entry", "waiting_entry"),
    [
        ([result(Outcome.QUEUED, article=PAGE)], True, True),
        ([result(Outcome.NO_MATCH, article=PAGE)], True, True),
        ([result(Outcome.DUPLICATE)], True, False),
        ([result(Outcome.FETCH_FAILED, article=FEED_TEXT)], False, False),
        ([result(Outcome.PENDING, article=FEED_TEXT, due=NOW)], False, False),
        ([result(Outcome.PENDING, request_sent=False)], False, False),
        ([result(Outcome.PENDING), result(Outcome.QUEUED, article=PAGE)], True, True),
        ([result(Outcome.DUPLICATE, entry=entry(1, "https://post.example/court", complete=True))], False, False),
        ([], False, False),
    ],
)
def test_a_page_is_fetched_again_only_where_that_may_bring_something(results, new_entry, waiting_entry):
    """A waiting entry has its feed's text stored, and is still owed its page."""
    turns, link = ArticleTurns(), "https://post.example/court"
    for trip_result in results:
        turns.record(trip_result)

    async def earlier() -> EarlierTrips:
        async with turns.turn(entry(2, f"{link}?utm_source=rss")) as trips:
            return trips

    trips = asyncio.run(earlier())
    assert trips.have_article_of(entry(2, link)) is new_entry
    assert trips.have_article_of(entry(3, link, stored_article=7)) is waiting_entry


def test_failures_are_counted_and_the_last_one_is_kept_but_not_a_request_held_back():
    due = NOW + timedelta(hours=1)
    trips = EarlierTrips()
    for trip_result in (
        result(Outcome.PENDING, detail="timed out", due=due),
        result(Outcome.FETCH_FAILED, detail="there is nothing at this address (404)"),
        result(Outcome.PENDING, detail="left alone", request_sent=False),
    ):
        trips = trips.with_result(trip_result)
    assert trips.failures == 2
    assert trips.last_failure == FailedTrip(Outcome.FETCH_FAILED, "there is nothing at this address (404)", None)
