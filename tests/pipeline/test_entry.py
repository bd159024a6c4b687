"""One entry's trip, without a network."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kit.direct_sandbox import DirectSandbox
from monitor.errors import FetchError, FetchReason
from monitor.model import Entry, Feed, FeedEntry, FeedRecord, Outcome, TextFrom
from monitor.pipeline import Line, acquire

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
