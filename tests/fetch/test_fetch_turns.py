"""Turns of requests: gaps at a host, requests at once, slow hosts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from kit.fault_server import fault_server, ok
from kit.fetchers import ALSO_PUBLIC, PUBLIC, Internet, NameService, OwnFetcher, fetcher, server
from monitor.errors import FetchError
from monitor.fetch.policy import FetchPolicy
from monitor.model import Validators
from monitor.ports import Purpose

__all__ = ["server"]


def slowly(seconds: float):
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(ok())
        await writer.drain()

    return behave


async def test_requests_to_a_host_start_a_gap_apart(server):
    server.paths["/"] = ok()
    began = monotonic()
    async with fetcher(server, host_gap=0.05) as web:
        await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(5)))
    # On a busy machine the server may see one late, and the next one soon after it.
    assert server.requests[-1][2] - began > 4 * 0.05


async def test_a_gap_at_one_host_holds_up_no_other(server):
    server.paths["/"] = ok()
    async with fault_server() as other_server:
        other_server.paths["/"] = ok()
        async with fetcher(server, other_server, host_gap=300, max_requests=1) as web:
            await web.get(server.url(), Purpose.FEED)
            waiting = asyncio.create_task(web.get(server.url(), Purpose.FEED))
            await asyncio.sleep(0)
            await web.get(other_server.url(), Purpose.FEED)
            assert (len(server.requests), len(other_server.requests)) == (1, 1)
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_a_host_sees_two_requests_at_once_and_no_more(server):
    are_two = asyncio.Event()

    async def wait_for_another(writer: asyncio.StreamWriter) -> None:
        if server.at_once == 2:
            are_two.set()
        await are_two.wait()
        await asyncio.sleep(0.02)  # long enough for one more to come
        writer.write(ok())

    server.paths["/"] = wait_for_another
    async with fetcher(server) as web:
        await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(7)))
    assert server.most_at_once == 2


async def test_there_is_a_bound_on_all_requests_together():
    async with fault_server() as one, fault_server() as two, fault_server() as three:
        at_once, highest, are_three = 0, 0, asyncio.Event()

        async def behave(writer: asyncio.StreamWriter) -> None:
            nonlocal at_once, highest
            at_once += 1
            highest = max(highest, at_once)
            if at_once == 3:
                are_three.set()
            await are_three.wait()
            await asyncio.sleep(0.05)  # long enough for one more to come
            at_once -= 1
            writer.write(ok())

        servers = (one, two, three)
        for server in servers:
            server.paths["/"] = behave
        async with fetcher(*servers, max_requests=3) as web:
            await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for server in servers * 2))
        assert highest == 3


async def test_slow_requests_hold_up_no_others_and_are_limited_in_number(server):
    async with fault_server() as two, fault_server() as three, fault_server() as well:
        answers = asyncio.Event()

        async def behave(writer: asyncio.StreamWriter) -> None:
            await answers.wait()
            writer.write(ok())
            await writer.drain()

        for task in (server, two, three):
            task.paths["/"] = behave
        well.paths["/"] = ok()
        async with fetcher(server, two, three, well, max_requests=1, slow_after=0.1, max_slow_requests=1) as web:
            waiting = [asyncio.create_task(web.get(task.url(), Purpose.FEED)) for task in (server, two, three)]
            while not two.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.15)
            assert [len(task.requests) for task in (server, two, three)] == [1, 1, 0]
            answers.set()
            await asyncio.gather(*waiting)
        answers.clear()
        async with fetcher(server, well, max_requests=1, slow_after=0.1) as web:
            began = monotonic()
            waiting = asyncio.create_task(web.get(server.url(), Purpose.FEED))
            await asyncio.sleep(0)
            await web.get(well.url(), Purpose.FEED)
            assert monotonic() - began > 0.1 and not waiting.done()
            answers.set()
            await waiting
            # Given back once; a semaphore of asyncio has no public count.
            assert web._rate_limiter._global_slots._value == 1  # noqa: SLF001


@pytest.mark.soak
async def test_waiting_for_a_turn_does_not_count_against_the_deadline(server):
    server.paths["/"] = slowly(0.05)
    async with fetcher(server, feed_seconds=2) as web:  # forty times what an answer takes: this machine may be busy
        answers = await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(90)))
    assert len(answers) == 90
    assert server.requests[-1][2] - server.requests[0][2] > 2  # when the last one began to take its own time


@pytest.mark.soak
async def test_waiting_for_other_hosts_does_not_count_against_the_deadline(server):
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(fault_server()) for _ in range(18)]
        for one in servers:
            one.paths["/"] = slowly(0.13)
        async with fetcher(*servers, max_requests=1, feed_seconds=2) as web:
            answers = await asyncio.gather(*(web.get(one.url(), Purpose.FEED) for one in servers))
    assert len(answers) == 18
    assert max(one.requests[0][2] for one in servers) - min(one.requests[0][2] for one in servers) > 2


async def test_a_connection_is_used_again(server):
    server.paths["/"] = ok()
    async with fetcher(server) as web:
        for _ in range(3):
            await web.get(server.url(), Purpose.FEED)
        server.paths["/"] = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n"
        for _ in range(3):
            await web.get(server.url(), Purpose.FEED, Validators('"1"'))
    assert server.connections == 1


async def test_a_page_that_asks_to_wait_where_a_rival_led_us_silences_no_other_feed(server):
    lake, rival = "http://lake.example", "http://hills.example/rss"
    server.paths |= {
        "/r": ok(b"", f"Location: {lake}/search", status="302 Found"),
        "/search": ok(b"", "Retry-After: 3600", status="429 Too Many Requests"),
        "/feed": ok(),
    }
    names = NameService(lake_example=[[PUBLIC]], hills_example=[[ALSO_PUBLIC]])
    network = Internet(server, other_servers={ALSO_PUBLIC: server})
    async with OwnFetcher(FetchPolicy(host_gap=0, robots=False), resolve=names, network=network) as web:
        for url, request_sent in (("http://hills.example/r", True), (f"{lake}/search", False)):
            with pytest.raises(FetchError) as error:  # what the rival lists there waits
                await web.get(url, Purpose.PAGE, own_url=rival)
            assert error.value.request_sent is request_sent
        assert (await web.get(f"{lake}/feed", Purpose.FEED, own_url=f"{lake}/feed")).status == 200
        assert (await web.get(f"{lake}/feed", Purpose.PAGE, own_url="http://rss.lake.example/all")).status == 200
        assert not any(state.rest_until for state in web.host_states())
