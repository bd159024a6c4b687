"""Entries of one article go down the line one after another; what one of them brought is known to the next."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit.store import article
from monitor.ingest.reading import RunArticles
from monitor.ingest.trip.speakers import link_key
from monitor.model import ArticleText, Entry, Feed, FeedEntry, FeedRecord, Outcome, Result, TextFrom
from monitor.urls import is_twin

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STATE = FeedRecord(1, Feed("post", "https://post.example/feed", "Post"))
PAGE = article("post.example/court")
FEED_TEXT = replace(PAGE, text_from=TextFrom.FEED)


def entry(number: int, link: str, stored_article: int | None = None, *, complete: bool = False) -> Entry:
    return Entry(number, STATE, FeedEntry(url=link, is_complete=complete), NOW, article=stored_article)


def result(outcome: Outcome, **changes: object) -> Result:
    return replace(Result(entry(1, "https://post.example/court"), NOW, outcome), **changes)  # type: ignore[arg-type]


class NothingStored:
    def has_article(self, *_: object, **__: object) -> bool:
        return False


def most_at_once(*links: str) -> int:
    articles, under_way, peak = RunArticles(NothingStored()), 0, 0

    async def go(number: int, link: str) -> None:
        nonlocal under_way, peak
        async with articles.turn(entry(number, link)):
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
    articles, link = RunArticles(NothingStored()), "https://post.example/court"

    async def hang() -> None:
        async with articles.turn(entry(1, link)):
            await asyncio.sleep(60)

    async def go() -> Sequence[Result]:
        hanging = asyncio.create_task(hang())
        await asyncio.sleep(0)
        hanging.cancel()
        async with asyncio.timeout(50), articles.turn(entry(2, link)) as failed_trips:
            return failed_trips

    assert asyncio.run(go()) == ()


@pytest.mark.check
def test_nothing_is_kept_of_turns_that_are_over():
    articles = RunArticles(NothingStored())

    async def go() -> None:
        for number in range(9):
            async with articles.turn(entry(number, f"https://post.example/{number}")):
                pass

    count_before = count_locks()
    asyncio.run(go())
    assert count_locks() == count_before, "while the articles of the run are still there"
    assert articles.was_read("post.example/1") is False


def count_locks() -> int:
    gc.collect()
    return sum(isinstance(one, asyncio.Lock) for one in gc.get_objects())


@pytest.mark.parametrize(
    ("results", "new_entry", "waiting_entry"),
    [
        ([result(Outcome.QUEUED, article=PAGE)], True, True),
        ([result(Outcome.NO_MATCH, article=PAGE)], True, True),
        ([result(Outcome.DUPLICATE, repeated_key="k")], True, False),
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
    articles, link = RunArticles(NothingStored()), "https://post.example/court"
    for trip_result in results:
        articles.record(trip_result)
    assert is_known(articles, entry(2, f"{link}?utm_source=rss")) is new_entry
    assert is_known(articles, entry(3, link, stored_article=7)) is waiting_entry


def is_known(articles: RunArticles, new: Entry) -> bool:
    """Return whether the page of an entry is known already, as its trip asks."""
    return articles.has_article(link_key(new), new.article, plain=not is_twin(new.item.url))


AMP = "https://post.example/court/amp"


@pytest.mark.parametrize(
    ("trip", "link", "is_known"),
    [
        (result(Outcome.NO_MATCH, article=replace(PAGE, url=AMP)), AMP, True),
        (result(Outcome.NO_MATCH, article=replace(PAGE, url=AMP)), "https://post.example/court", False),
        (result(Outcome.NO_MATCH, article=PAGE), AMP, True),
        (result(Outcome.DUPLICATE, repeated_key="k", entry=entry(1, AMP)), "https://post.example/court", False),
        (result(Outcome.NO_MATCH, repeated_key="k"), AMP, True),
        (result(Outcome.NO_MATCH, article=replace(PAGE, key="wire.example/7")), "https://wire.example/7", True),
        (result(Outcome.NO_MATCH, article=replace(PAGE, key="wire.example/7")), "https://wire.example/8", False),
    ],
)
def test_a_page_is_known_by_its_link_and_by_its_own_address_but_a_twin_only_as_a_twin(trip, link, is_known):
    articles = RunArticles(NothingStored())
    articles.record(trip)
    assert articles.has_article(link.removeprefix("https://").removesuffix("/amp"), plain=not is_twin(link)) is is_known


def test_under_a_canonical_address_a_page_of_this_run_is_known_by_its_words_alone():
    articles = RunArticles(NothingStored())
    articles.record(result(Outcome.NO_MATCH, article=PAGE))
    articles.record(result(Outcome.DUPLICATE, entry=entry(2, "https://post.example/doctor")))
    words = ArticleText(PAGE.title, PAGE.text)
    assert articles.has_article(PAGE.key, words=words)
    assert not articles.has_article(PAGE.key, words=words._replace(text="Other words."))
    assert not articles.has_article("post.example/doctor", words=words)


async def test_trips_that_brought_no_page_are_told_to_the_next_but_not_a_request_held_back():
    articles = RunArticles(NothingStored())
    trips = [
        result(Outcome.PENDING, detail="timed out", due=NOW + timedelta(hours=1)),
        result(Outcome.FETCH_FAILED, detail="there is nothing at this address (404)"),
        result(Outcome.PENDING, detail="left alone", request_sent=False),
    ]
    for trip_result in trips:
        articles.record(trip_result)
    async with articles.turn(entry(2, "https://post.example/court?utm_source=rss")) as failed_trips:
        assert failed_trips == trips[:2]
    async with articles.turn(entry(3, "https://post.example/doctor")) as failed_trips:
        assert not failed_trips
