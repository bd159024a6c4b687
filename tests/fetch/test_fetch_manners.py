"""Politeness over real sockets: robots.txt, and servers that ask us to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import httpcore
import pytest

from kit.fault_server import FaultServer, drip, fault_server, ok
from kit.fetchers import ALSO_PUBLIC, PUBLIC, Internet, NameService, OwnFetcher
from kit.home import Clock, open_app
from kit.lab import Lab, Outlet, feed, item, rss, to, visit_of
from monitor.errors import FetchError, FetchReason
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.rate_limits import CircuitBreaker
from monitor.ports import Purpose, Response

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE, FEED = Purpose.PAGE, Purpose.FEED


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with fault_server() as faults:
        faults.paths |= {path: ok(b"<html>") for path in ("/news/1", "/news/2", "/secret/1", "/feed")}
        yield faults


@asynccontextmanager
async def visiting(*servers: FaultServer, now: datetime = NOW, network=None, **changes) -> AsyncIterator[OwnFetcher]:
    numbers = {"host_gap": 0, "max_wait": 0.06} | changes
    allowed = frozenset(server.place for server in servers)
    resolve = NameService(lake_example=[[PUBLIC]], hills_example=[[ALSO_PUBLIC]]) if network else None
    policy = FetchPolicy(allow_hosts=allowed, **numbers)
    async with OwnFetcher(policy, now=lambda: now, resolve=resolve, network=network) as web:
        yield web


async def refused(web: OwnFetcher, url: str, purpose: Purpose = PAGE, own_url: str | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await web.get(url, purpose, own_url=own_url)
    return caught.value


def requested_paths(server: FaultServer) -> list[str]:
    return [target for target, _, _ in server.requests]


def robots_response(text: str | bytes, *headers: str, status: str = "200 OK") -> bytes:
    return ok(text.encode() if isinstance(text, str) else text, "Content-Type: text/plain", *headers, status=status)


# ---- robots.txt ---------------------------------------------------------------------------------------------------

KEEPS_OUT = "User-agent: *\nDisallow: /secret/\n"


async def test_a_page_that_its_site_keeps_programs_out_of_is_not_asked_for(server):
    server.paths["/robots.txt"] = robots_response(KEEPS_OUT)
    async with visiting(server) as web:
        assert (await web.get(server.url("/news/1"), PAGE)).body == b"<html>"
        error = await refused(web, server.url("/secret/1"))
    assert error.reason is FetchReason.ROBOTS and not error.reason.is_temporary
    assert str(error) == "the site's robots.txt asks programs not to read this page"
    assert requested_paths(server) == ["/robots.txt", "/news/1"]


async def test_robots_txt_is_asked_for_once_a_run_and_host_by_however_many_at_once(server):
    server.paths["/robots.txt"] = robots_response(KEEPS_OUT)
    async with visiting(server) as web:
        await asyncio.gather(*(web.get(server.url(f"/news/{n}"), PAGE) for n in (1, 2, 1, 2)))
    assert requested_paths(server).count("/robots.txt") == 1


async def test_robots_txt_is_not_asked_for_feeds_nor_for_the_ping_nor_when_it_is_off(server):
    server.paths["/robots.txt"] = robots_response("User-agent: *\nDisallow: /\n")
    async with visiting(server) as web:
        await web.get(server.url("/feed"), FEED)
        await web.get(server.url("/secret/1"), Purpose.PING)
    async with visiting(server, robots=False) as web:
        await web.get(server.url("/secret/1"), PAGE)
    assert requested_paths(server) == ["/feed", "/secret/1", "/secret/1"]


RULES = [
    ("", True),
    ("User-agent: *\nDisallow:\n", True),
    ("User-agent: *\nDisallow: /\nAllow: /secret/\n", True),
    ("User-agent: *\nDisallow: /*/1$\n", False),
    ("\ufeffUser-agent: *\r\nDisallow: /secret\r\n", False),
    ("User-agent: newsroom-monitor\nDisallow: /\n\nUser-agent: *\nAllow: /\n", False),
    ("User-agent: Newsroom-Monitor\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True),
    ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n", True),
    ("User-agent: feed\nDisallow: /\n", True),  # in the comment of our User-Agent, not its name
    ("<!doctype html><title>Disallow: /</title>", True),
    ("User-agent: *\nDisallow: /" + "x" * 2000, True),
    (b"\xff\xfe\x00Disallow: /\x00", True),
]


@pytest.mark.parametrize(("text", "may"), RULES)
async def test_the_rules_are_read_as_the_big_crawlers_read_them(text, may, server):
    server.paths["/robots.txt"] = robots_response(text)
    async with visiting(server) as web:
        if may:
            await web.get(server.url("/secret/1"), PAGE)
        else:
            assert (await refused(web, server.url("/secret/1"))).reason is FetchReason.ROBOTS


MISSING = {
    "not found": robots_response(KEEPS_OUT, status="404 Not Found"),
    "forbidden": robots_response(KEEPS_OUT, status="403 Forbidden"),
    "in trouble": robots_response(KEEPS_OUT, status="500 Internal Server Error"),
    "too large": robots_response(KEEPS_OUT + "#" * 600_000),
    "a circle": ok(b"", "Location: /robots.txt", status="302 Found"),
    "inside": ok(b"", "Location: http://10.0.0.7/robots.txt", status="302 Found"),
    "no HTTP": b"220 mail.lake.example ESMTP\r\n\r\n",
    "hangs": drip(b"", b"", 0.05),
    "costly": robots_response("".join(f"User-agent: a{n}\n" for n in range(9_000)) + "Disallow: /x\n" * 9_000),
}


@pytest.mark.parametrize("answer", MISSING.values(), ids=MISSING.keys())
async def test_a_robots_txt_that_cannot_be_had_or_read_allows_and_costs_little(answer, server):
    server.paths["/robots.txt"] = answer
    async with asyncio.timeout(60), visiting(server, robots_seconds=0.1) as web:
        assert (await web.get(server.url("/secret/1"), PAGE)).status == 200


async def test_robots_txt_may_be_behind_a_redirect(server):
    server.paths["/robots.txt"] = ok(b"", "Location: /rules", status="301 Moved Permanently")
    server.paths["/rules"] = robots_response(KEEPS_OUT)
    async with visiting(server) as web:
        assert (await refused(web, server.url("/secret/1"))).reason is FetchReason.ROBOTS


async def test_a_page_behind_a_redirect_is_under_the_rules_of_where_it_is(server):
    async with fault_server() as target_server:
        target_server.paths["/robots.txt"] = robots_response(KEEPS_OUT)
        server.paths["/r"] = ok(b"", "Location: http://hills.example/secret/1", status="302 Found")
        async with visiting(network=Internet(server, other_servers={ALSO_PUBLIC: target_server})) as web:
            assert (await refused(web, "http://lake.example/r")).reason is FetchReason.ROBOTS
        assert requested_paths(server) == ["/robots.txt", "/r"] and requested_paths(target_server) == ["/robots.txt"]


@pytest.mark.parametrize(("delay", "gap"), [("0.05", 0.05), ("3600", 0.06), ("-1", 0), ("nan", 0), ("soon", 0)])
async def test_a_crawl_delay_is_kept_as_far_as_a_run_has_the_patience(delay, gap, server):
    server.paths["/robots.txt"] = robots_response(f"User-agent: *\nCrawl-delay: {delay}\n")
    began = monotonic()
    async with visiting(server) as web:
        await asyncio.gather(*(web.get(server.url(f"/news/{n}"), PAGE) for n in (1, 2, 1)))
        assert [state.gap for state in web.host_states()] == [gap]
    assert server.requests[-1][2] - began > 2 * gap


# ---- told to wait -------------------------------------------------------------------------------------------------


def throttle(*headers: str, status: str = "429 Too Many Requests") -> bytes:
    return ok(b"", *headers, status=status)


WAITS = [
    (throttle("Retry-After: 90"), 90),
    (throttle("Retry-After: " + format_datetime(NOW + timedelta(seconds=90), usegmt=True)), 90),
    (throttle("Retry-After: 90", status="503 Service Unavailable"), 90),
    (throttle("Retry-After: 315360000"), 3600),
    (throttle("Retry-After: soon"), 600),
    (throttle(), 600),
]


@pytest.mark.parametrize(("answer", "seconds_left"), WAITS)
async def test_a_host_that_asked_us_to_wait_is_asked_nothing_more_for_feeds_or_pages(answer, seconds_left, server):
    server.paths["/limited"] = answer
    async with fault_server() as other_url, visiting(server, other_url, robots=False) as web:
        other_url.paths["/feed"] = ok()
        assert (await refused(web, server.url("/limited"), FEED)).request_sent
        for path, purpose in (("/feed", FEED), ("/news/1", PAGE), ("/limited", FEED)):
            error = await refused(web, server.url(path), purpose)
            assert (error.reason, error.request_sent, error.status) == (FetchReason.THROTTLED, False, None)
            assert seconds_left - 60 < error.retry_after.total_seconds() <= seconds_left
        await web.get(other_url.url("/feed"), FEED)  # another port is another host
    assert requested_paths(server) == ["/limited"]


async def test_a_throttled_url_waits_its_whole_time_and_its_neighbours_an_hour_at_most(server):
    server.paths["/limited"] = throttle("Retry-After: 36000")
    async with visiting(server) as web:
        assert (await refused(web, server.url("/limited"), FEED)).retry_after == timedelta(hours=10)
        assert (await refused(web, server.url("/feed"), FEED)).retry_after == timedelta(hours=1)


@pytest.mark.check
async def test_a_wait_of_moments_is_waited_out(server):
    then = format_datetime(NOW + timedelta(seconds=1), usegmt=True)
    server.paths["/limited"] = throttle(f"Retry-After: {then}")
    async with visiting(server, now=NOW + timedelta(seconds=0.8), max_wait=5) as web:
        await refused(web, server.url("/limited"), FEED)
        await web.get(server.url("/feed"), FEED)
    (_, _, throttled_at), (_, _, retried_at) = server.requests
    assert retried_at - throttled_at > 0.19


async def test_a_robots_txt_that_is_refused_for_now_is_not_taken_for_leave(server):
    then = format_datetime(NOW + timedelta(seconds=1), usegmt=True)
    server.paths["/limited"] = throttle(f"Retry-After: {then}")
    server.paths["/robots.txt"] = robots_response("User-agent: *\nDisallow: /\n")
    async with visiting(server, now=NOW + timedelta(seconds=0.7), max_wait=0.01) as web:
        await refused(web, server.url("/limited"), FEED)
        assert (await refused(web, server.url("/news/1"))).reason is FetchReason.THROTTLED
        await asyncio.sleep(0.31)
        assert (await refused(web, server.url("/news/1"))).reason is FetchReason.ROBOTS


# ---- nobody answers -----------------------------------------------------------------------------------------------


LAKE = "http://lake.example"


def silent_network(server: FaultServer) -> Internet:
    """Return a network on which no connection is answered, without waiting for that."""
    network = Internet(server, down=[PUBLIC])
    network.failure = httpcore.ConnectTimeout
    return network


async def test_a_host_whose_pages_hang_is_asked_for_a_few_and_then_for_none(server):
    network = silent_network(server)
    async with visiting(network=network, robots=False) as web:
        errors = await asyncio.gather(*(refused(web, f"{LAKE}/hangs") for _ in range(20)))
        assert [error.reason for error in errors if error.request_sent] == [FetchReason.TIMEOUT] * 2
        assert {error.reason for error in errors if not error.request_sent} == {FetchReason.UNREACHABLE}
        network.down = []
        assert (await web.get(f"{LAKE}/feed", FEED)).status == 200  # feeds are asked for all the same
        assert (await web.get(f"{LAKE}/news/1", PAGE)).status == 200  # and it answers


@pytest.mark.parametrize("answer", [ok(b"<html>", "Connection: close"), ok(b"", "Connection: close", status="500 No")])
async def test_only_a_row_of_them_counts(answer, server):
    server.paths["/answers"] = answer
    network = silent_network(server)
    async with visiting(network=network, robots=False) as web:
        for _ in range(3):
            network.down = [PUBLIC]
            error = await refused(web, f"{LAKE}/hangs")
            assert (error.request_sent, error.reason) == (True, FetchReason.TIMEOUT)
            network.down = []
            with suppress(FetchError):  # an error is an answer, too
                await web.get(f"{LAKE}/answers", PAGE)


async def test_a_host_that_hangs_on_what_another_outlet_listed_loses_no_page_of_its_own_feed(server):
    own_feed, rival = f"{LAKE}/feed", "http://rival.org/rss"
    network = silent_network(server)
    async with visiting(network=network, robots=False) as web:
        hanging = (refused(web, f"{LAKE}/search?q={n}", own_url=rival) for n in range(9))
        errors = await asyncio.gather(*hanging)
        assert [error.request_sent for error in errors].count(True) == 2
        network.down = []
        for _ in range(5):
            assert (await web.get(f"{LAKE}/news/1", PAGE, own_url=own_feed)).status == 200
            error = await refused(web, f"{LAKE}/search?q=1", own_url=rival)  # what answers for others does not
            assert (error.reason, error.request_sent) == (FetchReason.UNREACHABLE, False)


class ScriptedFetcher:
    """A Fetcher with a fixed list of failures, one for each request; None: it answers."""

    def __init__(self, *fails: FetchError | None) -> None:
        self.fails = list(fails)

    async def get(self, url: str, *_: object) -> Response:
        if (fail := self.fails.pop(0)) is not None:
            raise fail
        return Response(url, 200)


def silent(n: int) -> list[FetchError]:
    return [FetchError((FetchReason.TIMEOUT, FetchReason.UNREACHABLE)[i % 2]) for i in range(n)]


@pytest.mark.parametrize(
    ("before", "requests_left"),
    [
        (silent(8), 3),
        ([*silent(7), None, *silent(7)], 0),
        ([*silent(7), FetchError(FetchReason.NOT_FOUND, status=404), *silent(7)], 0),
        ([*silent(7), FetchError(FetchReason.TIMEOUT, status=408), *silent(7)], 0),  # that was an answer
        (
            [*silent(7), *(FetchError(FetchReason.UNREACHABLE, request_sent=False) for _ in range(9))],
            0,
        ),  # not asked: no sign
    ],
)
async def test_a_feed_of_whose_pages_eight_in_a_row_stay_unanswered_is_asked_for_no_more(before, requests_left):
    web = ScriptedFetcher(*before, None, None, None)
    patient = CircuitBreaker(web)
    errors = []
    for n in range(len(before) + 3):
        try:
            await patient.get(f"https://h{n}.example/", PAGE)
        except FetchError as error:
            errors.append(error)
    assert len(web.fails) == requests_left
    unasked = errors[len([e for e in before if e]) :]
    assert [(e.request_sent, e.reason) for e in unasked] == [(False, FetchReason.UNREACHABLE)] * requests_left


# ---- taken down ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "451 Unavailable For Legal Reasons"])
async def test_what_a_server_says_of_a_page_that_was_taken_down_comes_with_the_error(status, server):
    server.paths |= {"/old": to("/gone"), "/gone": ok(b"<p>By order", "X-Order: 7", "Set-Cookie: a=b", status=status)}
    async with visiting(server) as web:
        error = await refused(web, server.url("/old"))
        assert (error.url, error.answer.url, error.answer.body) == (
            server.url("/old"),
            server.url("/gone"),
            b"<p>By order",
        )
        assert error.answer.status == error.status and error.answer.headers["x-order"] == "7"
        assert "set-cookie" not in error.answer.headers
        assert (await refused(web, server.url("/gone"), FEED)).answer is None  # of a feed it is no evidence


async def test_a_page_that_was_taken_down_is_so_though_its_body_never_ends_or_is_broken(server):
    packed = ok(b"no gzip", "Content-Encoding: gzip", status="410 Gone")
    server.paths |= {"/endless": drip(b"HTTP/1.1 410 Gone\r\nA: b\r\n\r\n", b" ", 0.02), "/broken": packed}
    server.paths["/refuses"] = ok(b"no", status="403 Forbidden")
    async with visiting(server, slow_after=0.2) as web:
        for path in ("/endless", "/broken"):
            error = await refused(web, server.url(path))
            assert (error.reason, error.answer.body) == (FetchReason.GONE, b"") and error.answer.headers
        assert (await refused(web, server.url("/refuses"))).answer is None  # that may pass


# ---- down the line ------------------------------------------------------------------------------------------------


def test_a_throttled_feed_does_not_starve_the_others_of_its_host(tmp_path):
    """All three are on one host. Those behind the first are not blamed, and come before it the next time."""
    with Lab(Outlet("host", {}, listed=False)) as lab:
        server = lab.servers["host"]
        server.paths |= {"/1": throttle("Retry-After: 3600"), "/2": feed("/a"), "/3": feed("/b")}
        home = lab.home(tmp_path / "home")
        urls = [f"  - url: {lab.url('host', f'/{n}')}" for n in (1, 2, 3)]
        (home / "feeds.yaml").write_text("\n".join(["feeds:", *urls]) + "\n", encoding="utf-8")
        clock = Clock()
        app = open_app(home, clock)
        app.ingest()
        assert {path for path, _, _ in server.requests} <= {"/1", "/2"}
        assert [state.failures for state in app.feeds()] == [1, 0, 0]
        clock.now += timedelta(hours=1, minutes=20)
        app.ingest()
        assert {"/2", "/3"} <= {path for path, _, _ in server.requests}
        app.close()


def test_a_page_that_robots_txt_keeps_us_from_is_matched_on_the_feeds_own_text(tmp_path):
    watchlist = "entities:\n  - id: melis\n    name: Melis Tokoev\n"
    news = rss(item("Melis Tokoev is in custody", "/secret/1", "1"))
    with Lab(Outlet("post", {"/feed": ok(news), "/robots.txt": robots_response(KEEPS_OUT)})) as lab:
        home = lab.home(tmp_path / "home", watchlist)
        app = open_app(home)
        app.ingest()
        assert len(app.queue()) == 1
        assert (
            visit_of(lab, home, "post").entries[0].detail == "the site's robots.txt asks programs not to read this page"
        )
        assert visit_of(lab, home, "post").paths == ["/feed"]
        app.close()


def test_the_ping_goes_through_the_same_door_and_fails_no_run(tmp_path):
    outlets = Outlet("post", {"/feed": feed()}), Outlet("inside", {"/": ok()}, allowed=False, listed=False)
    with Lab(*outlets) as lab:
        home = lab.home(tmp_path / "home", settings=("HOST_GAP=0", f"PING_URL={lab.url('inside')}"))
        app = open_app(home)
        run = app.ingest()
        assert (run.fetched, run.failed, len(run.problems)) == (1, 0, 1)
        assert "private network" in run.problems[0] and lab.servers["inside"].connections == 0
        app.close()
