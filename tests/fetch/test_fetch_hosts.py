"""Politeness from one run to the next, and between runs: what is remembered of a host, and who may ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from kit.fault_server import FaultServer, fault_server, ok
from kit.fetchers import ALSO_PUBLIC, PUBLIC, Internet, NameService, OwnFetcher
from kit.home import Clock, open_app
from kit.lab import Lab, Outlet, feed, page, to
from kit.store import MINUTE, row_counts
from monitor.errors import FetchError, FetchReason
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.model import HostState
from monitor.ports import Purpose

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
PAGE = Purpose.PAGE


class Neighbours:
    """The port `Hosts`: another run has some origins, and of the others something may be remembered."""

    def __init__(self, *states: HostState, busy_host: str = "", until: datetime = NOW + HOUR) -> None:
        self.states, self.held, self.until = {state.origin: state for state in states}, busy_host, until
        self.taken: list[str] = []

    async def take(self, origin: str) -> HostState | None:
        self.taken.append(origin)
        return None if origin == self.held else self.states.get(origin, HostState(origin))


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with fault_server() as faults:
        faults.paths |= {path: ok(b"<html>") for path in ("/1", "/2", "/secret/1")}
        yield faults


@asynccontextmanager
async def visiting(
    hosts: Neighbours | None, *servers: FaultServer, network: Internet | None = None, **policy: object
) -> AsyncIterator[OwnFetcher]:
    numbers = {"host_gap": 0, "max_wait": 0.2} | policy
    allowed = frozenset(server.place for server in servers)
    numbers = FetchPolicy(allow_hosts=allowed, **numbers)
    names = NameService(lake_example=[[PUBLIC]], hills_example=[[ALSO_PUBLIC]])
    async with OwnFetcher(numbers, now=lambda: NOW, hosts=hosts, resolve=names, network=network) as web:
        yield web


async def refused(web: WebFetcher, url: str, purpose: Purpose = PAGE) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await web.get(url, purpose)
    return caught.value


async def test_a_host_that_another_run_asks_is_not_asked(server):
    async with visiting(Neighbours(busy_host=server.place), server) as web:
        for purpose in (Purpose.FEED, PAGE):
            error = await refused(web, server.url("/1"), purpose)
            assert (error.held_origin, error.request_sent, error.retry_after) == (server.place, False, MINUTE)
        await web.get(server.url("/1"), Purpose.PING)  # no reading
    assert [target for target, *_ in server.requests] == ["/1"]


async def test_a_redirect_to_a_host_that_another_run_asks_ends_there_and_a_free_one_is_followed(server):
    async with fault_server() as second_server:
        second_server.paths["/1"] = ok(b"<html>")
        server.paths["/moved"] = to("http://hills.example/1")
        network = Internet(server, other_servers={ALSO_PUBLIC: second_server})
        async with visiting(Neighbours(busy_host="hills.example:80"), network=network) as web:
            error = await refused(web, "http://lake.example/moved")
            assert (error.held_origin, error.request_sent, second_server.requests) == ("hills.example:80", False, [])
        hosts = Neighbours()
        async with visiting(hosts, network=network) as web:
            assert (await web.get("http://lake.example/moved", PAGE)).url == "http://hills.example/1"
        assert hosts.taken == ["lake.example:80", "hills.example:80"]  # each once


async def test_a_run_whose_claim_is_over_sends_nothing_more(server):
    async with visiting(Neighbours(until=NOW), server) as web:
        error = await refused(web, server.url("/1"))
    assert (error.held_origin, error.request_sent, server.requests) == (server.place, False, [])


async def test_a_host_that_asked_to_wait_rests_in_the_next_run_too_an_hour_at_most(server):
    server.paths["/busy"] = ok(b"", "Retry-After: 86400", status="429 Too Many")
    async with visiting(Neighbours(), server, robots=False) as web:
        await refused(web, server.url("/busy"))
        (state,) = web.host_states()
    assert timedelta(minutes=59) < state.rest_until - NOW <= HOUR
    async with visiting(Neighbours(state), server, robots=False) as web:
        assert (await refused(web, server.url("/1"))).reason is FetchReason.THROTTLED
    async with visiting(Neighbours(replace(state, rest_until=NOW)), server, robots=False) as web:
        await web.get(server.url("/1"), PAGE)
    assert [target for target, *_ in server.requests] == ["/busy", "/1"]


async def test_the_gap_holds_from_the_last_request_of_the_run_before(server):
    last = HostState(server.place, last_request=NOW - 0.05 * SECOND)
    began = monotonic()
    async with visiting(Neighbours(last), server, host_gap=0.2, robots=False) as web:
        await web.get(server.url("/1"), PAGE)
        assert monotonic() - began >= 0.14
        (state,) = web.host_states()
    assert state.last_request > NOW - 0.05 * SECOND


async def test_a_last_request_by_a_clock_ahead_of_ours_is_waited_for_no_longer_than_the_gap(server):
    last = HostState(server.place, last_request=NOW + HOUR)
    async with visiting(Neighbours(last), server, host_gap=0.1, robots=False) as web, asyncio.timeout(60):
        await web.get(server.url("/1"), PAGE)


async def test_robots_are_read_once_a_day_and_their_delay_is_kept(server):
    server.paths["/robots.txt"] = ok(b"User-agent: *\nDisallow: /secret/\nCrawl-delay: 0.1")
    async with visiting(Neighbours(), server) as web:
        await web.get(server.url("/1"), PAGE)
        (state,) = web.host_states()
    assert (state.gap, state.robots_read) == (0.1, NOW)
    async with visiting(Neighbours(state), server) as web:
        assert (await refused(web, server.url("/secret/1"))).reason is FetchReason.ROBOTS
    async with visiting(Neighbours(replace(state, robots_read=NOW - 25 * HOUR)), server) as web:
        await refused(web, server.url("/secret/1"))
    assert [target for target, *_ in server.requests] == ["/robots.txt", "/1", "/robots.txt"]


@pytest.mark.parametrize(
    ("answer", "is_remembered"),
    [
        (ok(b"", status="404 Not Found"), True),
        (ok(b"", status="403 Forbidden"), True),
        (ok(b"", status="503 Down"), False),
        (ok(b"#" * 70_000), False),  # too long to keep
    ],
)
async def test_a_missing_robots_file_is_remembered_and_one_that_did_not_answer_is_not(server, answer, is_remembered):
    server.paths["/robots.txt"] = answer
    async with visiting(Neighbours(), server) as web:
        await web.get(server.url("/1"), PAGE)
        (state,) = web.host_states()
    assert (state.robots_read is not None) is is_remembered and state.robots == b""


# ---- over the store -------------------------------------------------------------------------------------------------

TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации, сообщила редакция.\n" * 12


def test_two_cron_runs_a_minute_apart_respect_the_rest_of_a_host(tmp_path: Path):
    def answers(_: Lab) -> dict[str, object]:
        busy = ok(b"", "Retry-After: 600", status="429 Too Many Requests")
        return {"/feed": feed("/a", "/b"), "/a": busy, "/b": page(TEXT, "Суд")}

    with Lab(Outlet("post", answers)) as lab:
        app = open_app(lab.home(tmp_path / "home"), Clock(NOW))
        app.ingest()
        server = lab.servers["post"]
        first = len(server.requests)
        app.clock.now += MINUTE
        app.store.entries.retry()
        app.ingest(include_not_due=True)
        assert len(server.requests) == first  # neither its feed nor its robots.txt, nor the other page
        app.clock.now += 20 * MINUTE
        app.ingest(include_not_due=True)
        assert len(server.requests) > first
        assert row_counts(app.store)["host_state"] == 1
        app.close()
