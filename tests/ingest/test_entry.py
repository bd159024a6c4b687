"""One entry's trip, without a network."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit.articles import COURT
from kit.direct_sandbox import DirectSandbox
from kit.internet import web_page
from monitor.errors import FetchError, FetchReason
from monitor.ingest.tools import Line
from monitor.ingest.trip.entry import acquire
from monitor.model import ArticleText, Entry, Feed, FeedEntry, FeedRecord, Outcome, Speaker, TextFrom
from monitor.ports import Response
from monitor.urls import is_twin

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORIGIN = "post.example:443"
HOST_IN_USE = FetchError(FetchReason.THROTTLED, retry_after=MINUTE, request_sent=False, held_origin=ORIGIN)
BUSY = FetchError(FetchReason.THROTTLED, "HTTP 503")


class NothingStored:
    def has_article(self, *_: object, **__: object) -> bool:
        return False


class Refusing:
    def __init__(self, error: FetchError) -> None:
        self.error = error

    async def get(self, *_: object, **__: object) -> object:
        raise self.error


def trip(age: timedelta, error: FetchError):
    feed = FeedRecord(1, Feed("post", "https://post.example/feed", "post", "en"))
    item = FeedEntry("court", "Court extends arrest", "https://post.example/court", summary="In custody.")
    line = Line(Refusing(error), DirectSandbox())  # type: ignore[arg-type]
    entry = Entry(1, feed, item, NOW - age)
    return asyncio.run(acquire(entry, line=line, stored_articles=NothingStored(), now=NOW)).result  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "error", "has_text", "origin"),
    [
        (0 * MINUTE, HOST_IN_USE, False, ORIGIN),
        (9 * MINUTE, HOST_IN_USE, False, ORIGIN),
        (10 * MINUTE, HOST_IN_USE, True, ORIGIN),
        (0 * MINUTE, BUSY, True, ""),
    ],
)
def test_while_another_machine_asks_its_host_a_new_entry_waits_ten_minutes_for_its_page(age, error, has_text, origin):
    """Else the page, read a minute later, would be a change of what the feed said."""
    result = trip(age, error)
    assert (result.outcome, result.held_origin) == (Outcome.PENDING, origin)
    assert (result.article is not None) is has_text
    if result.article:
        assert (result.article.text_from, result.article.text) == (TextFrom.FEED, "In custody.")
    if origin:
        assert (result.request_sent, result.due) == (False, NOW + MINUTE)


@pytest.mark.parametrize(("is_complete", "origin"), [(True, TextFrom.ENTRY), (False, TextFrom.FEED)])
def test_a_message_that_its_channel_has_whole_is_no_summary(is_complete: bool, origin: TextFrom):
    feed = FeedRecord(1, Feed("post", "https://t.me/s/post_news", "post", "en"))
    item = FeedEntry("7", "Court", "https://t.me/post_news/7", summary="In custody.", is_complete=is_complete)
    line = Line(Refusing(BUSY), DirectSandbox())  # type: ignore[arg-type]
    read = acquire(Entry(1, feed, item, NOW), line=line, stored_articles=NothingStored(), now=NOW)  # type: ignore[arg-type]
    article = asyncio.run(read).result.article
    assert article and (article.text, article.text_from) == ("In custody.", origin)


# ---- who speaks for the address ------------------------------------------------------------------------------------

PAGE = Response("https://post.example/court", 200, {"content-type": "text/html"}, web_page("Court", COURT).encode())


class Stored:
    """Articles by key, each with the address where its page was read."""

    def __init__(self, **pages: str) -> None:
        self.pages = pages

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        return key in self.pages and not (plain and is_twin(self.pages[key]))


class Answering:
    def __init__(self, response: Response) -> None:
        self.response, self.requests = response, []

    async def get(self, url: str, *_: object, **__: object) -> Response:
        self.requests.append(url)
        return replace(self.response, url=url)


def read(link: str, stored: Stored, feed: str = "https://post.example/feed", **options: object):
    fetcher = Answering(PAGE)
    line = Line(fetcher, DirectSandbox())  # type: ignore[arg-type]
    item = FeedEntry(link, "court", "Court extends arrest", summary="In custody.")
    entry = Entry(1, FeedRecord(1, Feed("post", feed, "post", "en")), item, NOW)
    result = asyncio.run(acquire(entry, line=line, stored_articles=stored, now=NOW, **options)).result  # type: ignore[arg-type]
    return result, fetcher.requests


@pytest.mark.parametrize(
    ("read_at", "link", "is_read"),
    [
        ("https://post.example/court", "https://post.example/court?utm_source=x", False),
        ("https://post.example/court", "https://m.post.example/court", False),
        ("https://m.post.example/court", "https://post.example/court/amp", False),
        ("https://post.example/court/amp", "https://post.example/court", True),
        ("http://post.example/court", "https://post.example/court", True),
        ("http://m.post.example/court", "https://www.post.example/court", True),
    ],
)
def test_a_twin_stands_for_an_article_until_the_plain_address_is_listed(read_at: str, link: str, is_read: bool):
    result, requests = read(link, Stored(**{"post.example/court": read_at}))
    assert requests == ([link] if is_read else [])
    assert result.repeated_key == ("" if is_read else "post.example/court")  # the store looks if it says anything new


def test_a_link_to_a_front_page_is_read_once_and_each_of_its_entries_is_an_article():
    result, _ = read("https://post.example/?utm_source=x", Stored(**{"post.example/": "https://post.example/"}))
    assert (result.outcome, result.article.key, result.article.text) == (Outcome.NO_MATCH, "entry:1", "In custody.")


def test_a_page_that_leads_to_the_front_page_is_no_article():
    fetcher = Answering(PAGE)
    fetcher.get = lambda *_, **__: asyncio.sleep(0, replace(PAGE, url="https://post.example/"))
    line = Line(fetcher, DirectSandbox())  # type: ignore[arg-type]
    item = FeedEntry("https://post.example/court", "court", "Court extends arrest", summary="In custody.")
    entry = Entry(1, FeedRecord(1, Feed("post", "https://post.example/feed", "post", "en")), item, NOW)
    result = asyncio.run(acquire(entry, line=line, stored_articles=NothingStored(), now=NOW)).result  # type: ignore[arg-type]
    assert (result.outcome, result.article.text_from) == (Outcome.NO_TEXT, TextFrom.FEED)


def test_a_page_of_another_site_and_the_feeds_words_about_it_are_two_articles():
    result, _ = read("https://post.example/court", Stored(), "https://rival.example/feed")
    page, words = result.article, result.words.article
    assert (page.speaker, page.key) == (Speaker.LINKED_PAGE, "linked:1:post.example/court")
    assert (page.title, page.outlet) == ("Court", "post.example")
    assert "In custody." not in page.text
    assert (words.speaker, words.key, words.title) == (Speaker.OTHER_FEED, "entry:1", "Court extends arrest")


@pytest.mark.parametrize(("age", "outcome"), [(0, Outcome.PENDING), (2, Outcome.PENDING), (4, Outcome.GIVEN_UP)])
def test_a_page_without_room_in_its_feeds_day_waits_until_tomorrow_and_three_days_at_most(age: int, outcome: Outcome):
    line = Line(Refusing(BUSY), DirectSandbox())  # type: ignore[arg-type]
    item = FeedEntry("https://post.example/court", "court", "Court extends arrest", summary="In custody.")
    feed = FeedRecord(1, Feed("post", "https://post.example/feed", "post", "en"))
    entry = Entry(1, feed, item, NOW - timedelta(days=age))
    acquired = acquire(
        entry,
        line=line,
        stored_articles=NothingStored(),
        now=NOW,
        take_room=lambda *_: False,  # type: ignore[arg-type]
    )
    result = asyncio.run(acquired).result
    assert (result.outcome, result.is_left_out, result.request_sent) == (outcome, True, False)
    assert result.due == (datetime(2026, 3, 3, tzinfo=UTC) if outcome is Outcome.PENDING else None)
    assert result.article.text == "In custody."
