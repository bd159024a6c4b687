"""The order of pages in a run: the newest of each feed first, whatever archives other feeds bring."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kit.articles import WEATHER
from kit.outlets import Piece
from monitor.ingest.reading import NEWEST, NewestFirst
from monitor.model import Result

MINUTE = timedelta(minutes=1)


def pieces(count: int) -> list[Piece]:
    return [Piece(f"n{place:02}", f"Snow {place}", f"{place}. {WEATHER}", age=place * MINUTE) for place in range(count)]


def pages(bench) -> list[tuple[str, int]]:
    """Return outlet and place of each page in the order of requests."""
    paths = [path.strip("/").split("/") for path, _ in bench.web.log]
    return [(path[0], int(path[1][1:])) for path in paths if len(path) == 2 and path[1].startswith("n")]


@pytest.mark.check
def test_the_newest_pages_of_each_feed_are_read_before_the_older_ones_of_any(bench):
    bench.watch("herald", "lake")
    for outlet, count in (("post", 14), ("herald", 12), ("lake", 3)):
        bench.web.outlets[outlet].pieces = pieces(count)
    bench.ingest()
    order = pages(bench)
    assert len(order) == 29
    newest = [place for place, (_, age) in enumerate(order) if age < NEWEST]
    assert newest == list(range(NEWEST + NEWEST + 3))


def test_a_new_link_to_another_site_comes_before_the_archive_and_after_own_new_ones(bench):
    bench.web.outlets["post"].pieces = pieces(16)
    bench.web.outlets["post"].pieces[2].link = "http://elsewhere.example/page"
    bench.web.outlets["post"].pieces[12].link = "http://elsewhere.example/old"
    ends: list[str] = []
    bench.ingest(on_event=lambda event: ends.append(event.entry.item.title) if isinstance(event, Result) else None)
    assert len(ends) == 16
    assert {f"Snow {place}" for place in range(NEWEST) if place != 2} == set(ends[: NEWEST - 1])
    assert ends[NEWEST - 1] == "Snow 2"
    assert ends[-1] == "Snow 12"


async def test_older_entries_wait_for_the_newest_of_all_feeds():
    order, events = NewestFirst(), list[str]()

    async def read(name: str, seconds: float) -> None:
        with order.newest_of_feed():
            await asyncio.sleep(seconds)
            events.append(f"{name} newest")
        await order.wait()
        events.append(f"{name} older")

    async with asyncio.TaskGroup() as feeds:
        feeds.create_task(read("fast", 0))
        feeds.create_task(read("slow", 0.01))
    assert [event.split()[1] for event in events] == ["newest", "newest", "older", "older"]


@pytest.mark.parametrize("seconds", [0, 0.01])
async def test_a_server_that_hangs_does_not_hold_up_the_others_for_ever(seconds):
    order = NewestFirst(seconds)
    with order.newest_of_feed():
        async with asyncio.timeout(60):
            await order.wait()


async def test_a_feed_that_fails_holds_up_nobody():
    order = NewestFirst()
    with pytest.raises(ZeroDivisionError), order.newest_of_feed():
        raise ZeroDivisionError
    async with asyncio.timeout(1):
        await order.wait()
