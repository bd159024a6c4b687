"""What is remembered of a feed from visit to visit: over real sockets, as its server sees it, and into a real database."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count

import pytest

from kit.direct_sandbox import DirectSandbox
from kit.fault_server import FaultServer, fault_server, ok
from kit.store import DAY, HOUR, MINUTE, NOW
from monitor.feeds.health import STATUS_TEXTS, assess_feed
from monitor.feeds.schedule import stable_jitter
from monitor.fetch import FetchPolicy, WebFetcher
from monitor.fetch.challenge import is_challenge
from monitor.model import Feed, FeedRecord, FeedState, FeedStatus, Visit
from monitor.pipeline import Line, visit
from monitor.store import Store, open_store

OLD, NEW, HOME = "/old.xml", "/new.xml", "/"


def rss(*items: object, dated: bool = True, extra: str = "", at: datetime = NOW - HOUR) -> bytes:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if dated else "<pubDate>yesterday, at dusk</pubDate>"
    entries = "".join(f"<item><title>T {n}</title><link>https://post.example/{n}</link>{date}</item>" for n in items)
    return f'<rss version="2.0"><channel><title>Post</title>{extra}{entries}</channel></rss>'.encode()


def same(*headers: str) -> bytes:
    return ok(b"", *headers, status="304 Not Modified")


def to(path: str, status: int) -> bytes:
    return ok(b"", f"Location: {path}", 'ETag: "of the redirect"', status=f"{status} Elsewhere")


def page(words: str = "Welcome") -> bytes:
    return ok(f"<!doctype html><html><head><title>{words}</title></head><body>{words}</body></html>".encode())


@dataclass
class Reader:
    """Reads one feed as often as a test likes."""

    server: FaultServer
    store: Store
    line: Line
    id: str
    now: datetime = NOW

    async def visit(self, later: timedelta = HOUR) -> Visit:
        self.now += later
        (state,) = self.store.feeds.claim_due(self.now, self.now + HOUR, include_not_due=True)
        seen = await visit(state, line=self.line, now=self.now)
        self.store.feeds.save_visit(seen)
        return seen

    @property
    def state(self) -> FeedRecord:
        return self.store.feeds.states()[0]

    @property
    def status(self) -> FeedStatus:
        return assess_feed(self.state, None, self.now).status

    @property
    def asked(self) -> list[tuple[str, ...]]:
        """The paths asked for since this was last looked at, each with the validators it was shown."""
        log = [
            (path, *(headers[name] for name in ("if-none-match", "if-modified-since") if name in headers))
            for path, headers, _ in self.server.requests
        ]
        self.server.requests.clear()
        return log

    def list_under(self, path: str) -> None:
        self.store.feeds.sync_list([Feed(self.id, self.server.url(path), "Post")], self.now)


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    """Migrating one takes as long as all that a test does with it: each test has a feed of its own."""
    store = open_store("sqlite://")
    yield store
    store.close()


_ids = (f"post-{n}" for n in count())


@pytest.fixture
async def reader(shared: Store) -> AsyncIterator[Reader]:
    async with fault_server() as server, WebFetcher(FetchPolicy(frozenset([server.place]), host_gap=0)) as web:
        made = Reader(server, shared, Line(web, DirectSandbox()), next(_ids))
        made.list_under(OLD)
        yield made


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
    assert reader.asked == [(OLD,), (OLD, odd, SHOWN), (OLD, '"2"'), (OLD, '"3"'), (OLD, '"3"'), (OLD,)]


async def test_a_server_that_always_says_unchanged_is_asked_for_the_whole_every_eight_days(reader):
    reader.server.paths[OLD] = ok(rss(1), 'ETag: "1"')
    await reader.visit()
    reader.server.paths[OLD] = same()
    for _ in range(8):
        assert (await reader.visit(DAY)).status is FeedStatus.UNCHANGED
    assert reader.asked == [(OLD,), *[(OLD, '"1"')] * 8]
    reader.server.paths[OLD] = ok(rss(1), 'ETag: "1"')
    assert (await reader.visit(DAY)).status is FeedStatus.OK
    await reader.visit(DAY)
    assert reader.asked == [(OLD,), (OLD, '"1"')]


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


@pytest.mark.parametrize("known", [pytest.param(False, marks=pytest.mark.slow), True], ids=["at first", "later"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_no_validators_are_kept_of_what_is_not_the_whole_feed(reader, wrong, known):
    if known:
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
    assert reader.asked[-1] in {(OLD,), (OLD, '"right"')}
    assert len(reader.state.memory.marks) == 3


# ---- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, *(pytest.param(n, marks=pytest.mark.slow) for n in (303, 307))])
async def test_a_feed_that_is_elsewhere_for_now_is_asked_at_its_own_address_and_there_with_what_was_given_there(
    reader, status
):
    reader.server.paths |= {OLD: to(NEW, status), NEW: ok(rss(1), 'ETag: "n"')}
    await reader.visit()
    reader.server.paths[NEW] = same()
    for _ in range(4):
        assert (await reader.visit()).status is FeedStatus.UNCHANGED
    assert reader.asked == [(OLD,), (NEW,), *[(OLD,), (NEW, '"n"')] * 4]
    reader.server.paths |= {OLD: to("/other.xml", status), "/other.xml": ok(rss(1))}
    await reader.visit()
    reader.server.paths[OLD] = ok(rss(1))
    await reader.visit()
    assert reader.asked == [(OLD,), ("/other.xml",), (OLD,)]
    assert reader.state.moved_to == ""


@pytest.mark.parametrize("status", [301, 308])
async def test_a_feed_that_has_moved_for_good_on_three_visits_is_asked_there_and_the_list_says_so(reader, status):
    reader.server.paths |= {OLD: to(NEW, status), NEW: ok(rss(1), 'ETag: "n"')}
    for _ in range(2):
        await reader.visit()
        reader.server.paths[NEW] = same()
    assert reader.state.moved_to == ""
    await reader.visit()
    assert reader.asked == [(OLD,), (NEW,), *[(OLD,), (NEW, '"n"')] * 2]
    await reader.visit()
    assert reader.asked == [(NEW, '"n"')]
    new = reader.server.url(NEW)
    assert assess_feed(reader.state, None, NOW).todo == (
        f"It has moved to {new}: enter the new address on the Sources page or in feeds.yaml.",
    )
    assert reader.state.feed.url == reader.server.url(OLD)


async def test_an_address_a_feed_moved_to_is_given_up_when_it_fails_and_the_old_one_asked_again(reader):
    reader.server.paths |= {OLD: to(NEW, 301), NEW: ok(rss(1))}
    for _ in range(4):
        await reader.visit()
    reader.server.paths[NEW] = ok(b"", "Retry-After: 1", status="429 Slowly")
    await reader.visit()
    assert reader.state.moved_to == reader.server.url(NEW)  # it is there, and busy
    await asyncio.sleep(1.1)
    reader.server.paths |= {NEW: page("This domain is for sale"), OLD: ok(rss(1, 2))}
    assert (await reader.visit()).status is FeedStatus.HTML
    assert reader.asked[-1] == (NEW,)
    assert (await reader.visit()).status is FeedStatus.OK
    assert (reader.asked, reader.state.moved_to) == ([(OLD,)], "")


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
    assert reader.asked and (await reader.visit()).status is FeedStatus.OK
    assert (reader.asked, reader.status) == ([("/third.xml",)], FeedStatus.OK)  # other entries, and none were lost


async def test_a_redirect_to_what_is_no_feed_replaces_nothing(reader):
    """As a hotel's network does, whoever answers for the outlet there."""
    reader.server.paths |= {OLD: to(HOME, 301), HOME: page("Log in to the network")}
    for _ in range(4):
        assert (await reader.visit()).status is FeedStatus.HTML
    assert (reader.state.memory.moved_to, reader.asked[-2:]) == ("", [(OLD,), (HOME,)])


async def test_three_visits_in_a_row_must_agree_on_where_a_feed_has_moved(reader):
    reader.server.paths |= {NEW: ok(rss(1)), "/third.xml": ok(rss(1))}
    for target in (NEW, NEW, "/third.xml", NEW, NEW):
        reader.server.paths[OLD] = to(target, 301)
        await reader.visit()
    reader.server.paths[OLD] = ok(rss(1))
    await reader.visit()
    assert (reader.state.memory.moved_to, reader.state.memory.moved_seen) == ("", 0)


# ---- states ---------------------------------------------------------------------------------------------------------

CHALLENGES = (
    "<script>window._cf_chl_opt={cvId:'3'}</script>",
    '<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>',
    '<script src="/__qrator/qauth_utm_v2.js"></script>',
    "<script>var s={},sucuri_cloudproxy_js='';</script>",
    "Request unsuccessful. Incapsula incident ID: 1-2",
    '<script id="anubis_challenge" type="application/json">{}</script>',
)
NO_CHALLENGES = (
    "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",  # of a page that was let through
    "<script src='/_Incapsula_Resource?SWJIYLWA=1'></script>",
    "<script src='https://x.token.awswaf.com/y/challenge.js'></script>",
    "Just a moment: our feed is on holiday",
)


@pytest.mark.parametrize(
    ("words", "challenge"), [*((w, True) for w in CHALLENGES), *((w, False) for w in NO_CHALLENGES)]
)
def test_a_page_that_asks_for_a_browser_is_known_by_what_no_other_page_holds(words, challenge):
    assert is_challenge(page(words)) is challenge


async def test_a_proxy_that_is_not_there_is_no_trouble_of_the_outlet_and_is_to_be_started(reader):
    feed = Feed(reader.id, reader.server.url(OLD), "Post", proxy="socks5://127.0.0.1:1")
    reader.store.feeds.sync_list([feed], reader.now)
    await reader.visit()
    says = assess_feed(reader.state, None, reader.now).text_with_advice
    assert says == (
        "cannot be read, 1 try: the proxy does not answer. "
        "Start the proxy that feeds.yaml or MONITOR_PROXY names, or name another."
    )
    beyond = replace(reader.state, detail="the proxy does not connect us")  # it is there: the outlet may be blocked
    assert "reach it from elsewhere" in assess_feed(beyond, None, reader.now).text_with_advice


ENDS = [
    (page(CHALLENGES[0]), FeedStatus.REFUSED, "does not show that it is blocked"),
    (page(), FeedStatus.HTML, "Open it in a browser"),
    (ok(b"", status="403 No"), FeedStatus.REFUSED, "does not show that it is blocked"),
    (ok(b"", status="451 No"), FeedStatus.REFUSED, "it may be an order"),
    (ok(b"", status="429 Slowly"), FeedStatus.THROTTLED, "`interval:`"),
    (ok(b"", status="404 Not Found"), FeedStatus.NOT_FOUND, "new address"),
    (ok(b"", status="410 Gone"), FeedStatus.GONE, "once a week"),
    (ok(b"", status="500 Oh"), FeedStatus.UNREACHABLE, "does not show that it is blocked"),
    (ok(b"all is well"), FeedStatus.UNPARSABLE, "tell the outlet"),
    (ok(rss()), FeedStatus.EMPTY, "Look whether its site has news"),
    (ok(rss(1, 2, dated=False)), FeedStatus.UNDATED, "dated by when they came"),
    (ok(rss(1, 2)), FeedStatus.OK, ""),
]


@pytest.mark.parametrize(("answer", "status", "todo"), ENDS, ids=[status.value for _, status, _ in ENDS])
async def test_a_feed_has_a_state_and_stays_in_it_with_what_to_do(reader, answer, status, todo):
    reader.server.paths[OLD] = answer
    begun = None
    for _ in range(3):
        await reader.visit()
        shown = assess_feed(reader.state, None, reader.now)
        begun = begun or reader.now
        assert (shown.status, shown.since, todo in " ".join(shown.todo), bool(shown.todo)) == (
            status,
            begun,
            True,
            bool(todo),
        )


def test_each_state_has_words_and_each_trouble_says_what_to_do():
    assert set(STATUS_TEXTS) == set(FeedStatus)
    well = {FeedStatus.NEW, FeedStatus.OK, FeedStatus.UNCHANGED}
    assert {status for status, words in STATUS_TEXTS.items() if not words.todo} == well


async def test_a_feed_with_no_entry_of_the_visit_before_left_overflows_for_a_day_and_is_asked_sooner(reader):
    reader.server.paths[OLD] = ok(rss(*range(10)))
    await reader.visit()
    reader.server.paths[OLD] = ok(rss(*range(9, 19)))
    await reader.visit()
    assert reader.status is FeedStatus.OK
    reader.server.paths[OLD] = ok(rss(*range(20, 30)), 'ETag: "1"')
    seen = await reader.visit(30 * MINUTE)
    lost = reader.now
    assert (reader.status, seen.status) == (FeedStatus.OVERFLOWING, FeedStatus.OK)
    assert 15 * MINUTE <= seen.next_due - reader.now < 17 * MINUTE
    reader.server.paths[OLD] = same()
    for later in (HOUR, 22 * HOUR):
        await reader.visit(later)
        shown = assess_feed(reader.state, None, reader.now)
        assert (shown.status, shown.since) == (FeedStatus.OVERFLOWING, lost)
    await reader.visit(2 * HOUR)
    assert reader.status is FeedStatus.UNCHANGED


async def test_a_feed_that_overflows_again_and_again_does_so_since_the_first_time(reader):
    for n in range(5):
        reader.server.paths[OLD] = ok(rss(*range(10 * n, 10 * n + 10)))
        await reader.visit(20 * HOUR)
    shown = assess_feed(reader.state, None, reader.now)
    assert (shown.status, shown.since) == (FeedStatus.OVERFLOWING, NOW + 40 * HOUR)


async def test_what_overflows_shows_in_guids_and_links_together(reader):
    """Some feeds change every guid at every visit, some have one link for all, some were empty in between."""

    def feed(*items: tuple[str, str]) -> bytes:
        entries = "".join(
            f"<item><guid>{g}</guid><title>{g}</title><link>https://x.example{link}</link></item>" for g, link in items
        )
        return ok(b'<rss version="2.0"><channel>' + entries.encode() + b"</channel></rss>")

    for answer, overflows in (
        (feed(("a", "/1"), ("b", "/2")), False),
        (feed(("c", "/1"), ("d", "/2")), False),
        (ok(rss()), False),
        (feed(("c", "/"), ("e", "/")), False),
        (feed(("f", "/"), ("g", "/")), True),
    ):
        reader.server.paths[OLD] = answer
        await reader.visit()
        assert (reader.state.memory.overflow_last is not None) is overflows


# ---- when again -----------------------------------------------------------------------------------------------------


async def wait(reader: Reader, later: timedelta = HOUR) -> timedelta:
    """How long the feed rests after its next visit, without the jitter: up to a tenth of it."""
    seen = await reader.visit(later)
    rest = (seen.next_due - reader.now) / (
        1 if seen.next_due - reader.now >= DAY else 1 + 0.1 * stable_jitter(reader.id)
    )
    return timedelta(minutes=round(rest / MINUTE))


@pytest.mark.parametrize(
    ("headers", "extra", "rest"),
    [
        ((), "", 30 * MINUTE),
        (("Cache-Control: max-age=7200",), "", 2 * HOUR),
        (("Cache-Control: max-age=504576000",), "", DAY),
        ((), "<ttl>120</ttl>", 2 * HOUR),
        (("Cache-Control: max-age=60",), "<ttl>120</ttl>", 2 * HOUR),
        ((), "<ttl>999999</ttl>", DAY),
    ],
)
async def test_what_a_feed_asks_for_holds_for_unchanged_answers_too(reader, headers, extra, rest):
    reader.server.paths[OLD] = ok(rss(1, 2, extra=extra), 'ETag: "1"', *headers)
    assert await wait(reader) == rest
    reader.server.paths[OLD] = same()
    assert await wait(reader) == rest


async def test_a_feed_rests_longer_the_longer_it_brings_nothing_and_news_bring_it_back(reader):
    reader.server.paths[OLD] = ok(rss(1, 2), 'ETag: "1"')
    assert await wait(reader) == 30 * MINUTE
    reader.server.paths[OLD] = same()
    assert [await wait(reader, HOUR * hours) for hours in (4, 4, 8, 16, 100)] == [
        *(30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR)
    ]
    reader.server.paths[OLD] = ok(rss(1, 2, 3))
    assert await wait(reader) == 30 * MINUTE


@pytest.mark.parametrize(("answer", "rest"), [("120", 30 * MINUTE), ("10800", 3 * HOUR), ("999999", DAY)])
@pytest.mark.parametrize("status", ["429 Slowly", "503 Later"])
async def test_retry_after_is_honoured_up_to_a_day(reader, status, answer, rest):
    reader.server.paths[OLD] = ok(b"", f"Retry-After: {answer}", status=status)
    assert await wait(reader) == rest


async def test_a_feed_that_is_gone_is_asked_once_more_and_then_rests_and_may_come_back(reader):
    reader.server.paths[OLD] = ok(b"", status="410 Gone")
    assert [await wait(reader), await wait(reader, DAY), await wait(reader, 7 * DAY)] == [DAY, 7 * DAY, 7 * DAY]
    reader.store.upkeep.repair_future_times(
        reader.now
    )  # which takes no such rest for the work of a clock that ran ahead
    assert reader.state.next_due == reader.now + 7 * DAY
    reader.server.paths[OLD] = ok(rss(1))
    assert await wait(reader, 7 * DAY) == 30 * MINUTE
