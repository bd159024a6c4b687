"""Visits of a feed: validators, redirects."""

from __future__ import annotations

import gzip
import time

import pytest

from ingest.visits import HOME, NEW, OLD, page, reader, rss, same, shared, wait
from kit.fault_server import ok
from kit.store import DAY, MINUTE, NOW
from monitor.feeds.health import assess_feed
from monitor.model import FeedState, FeedStatus

__all__ = ["reader", "shared"]


def to(path: str, status: int) -> bytes:
    return ok(b"", f"Location: {path}", 'ETag: "of the redirect"', status=f"{status} Elsewhere")


# ---- validators -----------------------------------------------------------------------------------------------------

STAMP = "Last-Modified: Tue, 3 Feb 26 9:00 +0600 (about)"
SHOWN = STAMP.partition(": ")[2]


async def test_validators_follow_every_answer_and_are_shown_to_the_server_byte_for_byte(reader):
    odd = 'W/"a,b;c=d e-gzip"'
    answers = [ok(rss(1), f"ETag: {odd}", STAMP), ok(rss(1), 'ETag: "2"'), same('ETag: "3"'), same(), ok(rss(1))]
    for answer in answers:
        reader.server.paths[OLD] = answer
        await reader.visit()
    await reader.visit()
    assert reader.requests == [(OLD,), (OLD, odd, SHOWN), (OLD, '"2"'), (OLD, '"3"'), (OLD, '"3"'), (OLD,)]


async def test_a_server_that_always_says_unchanged_is_asked_for_the_whole_every_eight_days(reader):
    reader.server.paths[OLD] = ok(rss(1), 'ETag: "1"')
    await reader.visit()
    reader.server.paths[OLD] = same()
    for _ in range(8):
        assert (await reader.visit(DAY)).status is FeedStatus.UNCHANGED
    assert reader.requests == [(OLD,), *[(OLD, '"1"')] * 8]
    reader.server.paths[OLD] = ok(rss(1), 'ETag: "1"')
    assert (await reader.visit(DAY)).status is FeedStatus.OK
    await reader.visit(DAY)
    assert reader.requests == [(OLD,), (OLD, '"1"')]


CUT = rss(1, 2)[:-30]
WRONG = {
    "cut short": (ok(rss(1)) + b"...").replace(b"Content-Length: ", b"Content-Length: 9"),
    "a cut gzip": ok(gzip.compress(rss(1))[:-12], "Content-Encoding: gzip", 'ETag: "wrong"'),
    "a cut document": ok(CUT, 'ETag: "wrong"'),
    "empty": ok(b"", 'ETag: "wrong"'),
    "without entries": ok(rss(), 'ETag: "wrong"'),
    "a web page": ok(b"<html><body>Log in</body></html>", 'ETag: "wrong"', "Content-Type: text/html"),
    "no feed": ok(b"all is well", 'ETag: "wrong"'),
    "in trouble": ok(b"", 'ETag: "wrong"', status="500 Oh"),
    "gone": ok(b"", 'ETag: "wrong"', status="410 Gone"),
}


@pytest.mark.parametrize(
    "has_validators", [pytest.param(False, marks=pytest.mark.check), True], ids=["at first", "later"]
)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_no_validators_are_kept_of_what_is_not_the_whole_feed(reader, wrong, has_validators):
    if has_validators:
        reader.server.paths[OLD] = ok(rss(1), 'ETag: "right"')
        await reader.visit()
    if b"Content-Length: 9" in wrong and b"..." in wrong:

        async def half(writer):
            writer.write(wrong)
            await writer.drain()

        reader.server.paths[OLD] = half
    else:
        reader.server.paths[OLD] = wrong
    await reader.visit()
    reader.server.paths[OLD] = ok(rss(1, 2, 3))
    assert (await reader.visit()).status is FeedStatus.OK
    assert reader.requests[-1] in {(OLD,), (OLD, '"right"')}
    assert len(reader.state.memory.marks) == 3


# ---- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, *(pytest.param(n, marks=pytest.mark.check) for n in (303, 307))])
async def test_a_feed_moved_for_now_is_requested_at_both_addresses_each_with_its_validators(reader, status):
    reader.server.paths |= {OLD: to(NEW, status), NEW: ok(rss(1), 'ETag: "n"')}
    await reader.visit()
    reader.server.paths[NEW] = same()
    for _ in range(4):
        assert (await reader.visit()).status is FeedStatus.UNCHANGED
    assert reader.requests == [(OLD,), (NEW,), *[(OLD,), (NEW, '"n"')] * 4]
    reader.server.paths |= {OLD: to("/other.xml", status), "/other.xml": ok(rss(1))}
    await reader.visit()
    reader.server.paths[OLD] = ok(rss(1))
    await reader.visit()
    assert reader.requests == [(OLD,), ("/other.xml",), (OLD,)]
    assert reader.state.moved_to == ""


@pytest.mark.parametrize("status", [301, 308])
async def test_a_feed_moved_for_good_on_three_visits_is_requested_there_and_the_list_says_so(reader, status):
    reader.server.paths |= {OLD: to(NEW, status), NEW: ok(rss(1), 'ETag: "n"')}
    for _ in range(2):
        await reader.visit()
        reader.server.paths[NEW] = same()
    assert reader.state.moved_to == ""
    await reader.visit()
    assert reader.requests == [(OLD,), (NEW,), *[(OLD,), (NEW, '"n"')] * 2]
    await reader.visit()
    assert reader.requests == [(NEW, '"n"')]
    new = reader.server.url(NEW)
    assert assess_feed(reader.state, None, NOW).todo == (f"It has moved to {new}: enter the new address.",)
    assert reader.state.feed.url == reader.server.url(OLD)


async def test_an_address_a_feed_moved_to_is_given_up_when_it_fails_and_the_old_one_asked_again(reader, monkeypatch):
    reader.server.paths |= {OLD: to(NEW, 301), NEW: ok(rss(1))}
    for _ in range(4):
        await reader.visit()
    reader.server.paths[NEW] = ok(b"", "Retry-After: 1", status="429 Slowly")
    await reader.visit()
    assert reader.state.moved_to == reader.server.url(NEW)  # it is there, and busy
    monkeypatch.setattr("monitor.fetch.rate_limits.monotonic", lambda: time.monotonic() + 2)
    reader.server.paths |= {NEW: page("This domain is for sale"), OLD: ok(rss(1, 2))}
    assert (await reader.visit()).status is FeedStatus.HTML
    assert reader.requests[-1] == (NEW,)
    assert (await reader.visit()).status is FeedStatus.OK
    assert (reader.requests, reader.state.moved_to) == ([(OLD,)], "")


async def test_an_address_a_feed_moved_to_that_is_gone_does_not_make_the_old_one_wait(reader):
    reader.server.paths |= {OLD: to(NEW, 301), NEW: ok(rss(1))}
    for _ in range(4):
        await reader.visit()
    reader.server.paths[NEW] = ok(b"", status="410 Gone")
    assert await wait(reader) == 30 * MINUTE
    assert reader.state.moved_to == ""


async def test_another_address_in_the_file_forgets_where_a_feed_had_moved_and_all_else(reader):
    reader.server.paths |= {OLD: to(NEW, 301), NEW: ok(rss(1), 'ETag: "n"'), "/third.xml": ok(rss(7, 8))}
    for _ in range(4):
        await reader.visit()
    reader.list_under("/third.xml")
    assert (reader.state.memory, reader.state.status, reader.state.next_due) == (FeedState(), FeedStatus.NEW, None)
    assert reader.requests and (await reader.visit()).status is FeedStatus.OK
    assert (reader.requests, reader.status) == ([("/third.xml",)], FeedStatus.OK)  # other entries, and none were lost


async def test_a_redirect_to_what_is_no_feed_replaces_nothing(reader):
    """As a hotel's network does, whoever answers for the outlet there."""
    reader.server.paths |= {OLD: to(HOME, 301), HOME: page("Log in to the network")}
    for _ in range(4):
        assert (await reader.visit()).status is FeedStatus.HTML
    assert (reader.state.memory.moved_to, reader.requests[-2:]) == ("", [(OLD,), (HOME,)])


async def test_three_visits_in_a_row_must_agree_on_where_a_feed_has_moved(reader):
    reader.server.paths |= {NEW: ok(rss(1)), "/third.xml": ok(rss(1))}
    for target in (NEW, NEW, "/third.xml", NEW, NEW):
        reader.server.paths[OLD] = to(target, 301)
        await reader.visit()
    reader.server.paths[OLD] = ok(rss(1))
    await reader.visit()
    assert (reader.state.memory.moved_to, reader.state.memory.moved_seen) == ("", 0)
