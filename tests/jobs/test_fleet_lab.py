"""Three machines that fail in turns: no host is asked too soon, nothing is lost, nothing is filed twice.

`MONITOR_FLEET=long` waits for what the short one moves in time: a worker is killed every 20 seconds for ten minutes, one
is blocked for 150 seconds, and the server is restarted twice in the middle. MONITOR_FLEET_OUTLETS and
MONITOR_FLEET_PAGES set its size: 10,000 outlets of one page each take two idle cores half an hour. MONITOR_FLEET_GAP is
the time between two requests to a host: the longer, the later the log of a busy machine may be.
"""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from kit.fleet_lab import GAP, PAGES, Fleet
from kit.pictures import difference

LONG = os.environ.get("MONITOR_FLEET") == "long"
OUTLETS = int(os.environ.get("MONITOR_FLEET_OUTLETS", "300" if LONG else "24"))
# The log has the time of arrival: on a busy machine a request may be on its way longer than the next.
SHORTEST = GAP * 0.7

pytestmark = pytest.mark.soak


async def pushed_until(fleet: Fleet, condition) -> None:
    async with asyncio.timeout(300):  # on an idle machine it takes some ten seconds
        while not condition():
            await fleet.push()
            await asyncio.sleep(1)


def assert_nothing_lost_and_nothing_twice(fleet: Fleet) -> None:
    too_soon = [(name, gap) for name, gap in fleet.gaps() if gap < SHORTEST]
    assert too_soon == []
    together = fleet.picture()
    alone = fleet.picture_of_one_worker_on_sqlite()
    assert not (found := difference(alone, together)), found


@pytest.mark.skipif(LONG, reason="the long one runs instead")
async def test_a_fleet_that_fails_in_every_way_reads_all_and_files_each_article_once(tmp_path):
    with Fleet(tmp_path, OUTLETS) as fleet:
        await pushed_until(fleet, lambda: fleet.pages_read() > OUTLETS / 2)
        dead, blocked = fleet.kill(0), fleet.block(1)
        await asyncio.sleep(1)
        fleet.forget(dead)
        fleet.silence(blocked)  # its jobs run twice; its claims stay its own
        await pushed_until(fleet, lambda: fleet.pages_read() > OUTLETS * 1.5)
        fleet.unblock(1)
        for _ in range(2):
            await asyncio.to_thread(fleet.restart_server)
            await asyncio.sleep(3)
        # Claims are moved in time only where their owner is dead: one that lives believes in them.
        dead_names = [fleet.kill(number) for number in range(fleet.count)]
        await asyncio.sleep(1)
        for name in dead_names:
            fleet.forget(name)
        await pushed_until(fleet, lambda: fleet.pages_read() == OUTLETS * PAGES)
        fleet.let_a_minute_pass()
        await pushed_until(fleet, fleet.is_done)
        assert_nothing_lost_and_nothing_twice(fleet)


@pytest.mark.skipif(not LONG, reason="takes twenty minutes; MONITOR_FLEET=long")
async def test_ten_minutes_of_killed_workers_lose_nothing_and_file_nothing_twice(tmp_path):
    with Fleet(tmp_path, OUTLETS) as fleet:
        began, kills = time.monotonic(), 0
        while time.monotonic() - began < 600:
            await asyncio.sleep(20)
            elapsed = time.monotonic() - began
            if kills == 10:
                fleet.block(2)
            if kills == 18:  # 160 seconds later
                fleet.unblock(2)
            if kills in {13, 16}:
                await asyncio.to_thread(fleet.restart_server)
            fleet.kill(kills % 2)
            fleet.supervise()
            kills += 1
            print(f"{elapsed:.0f} s: {fleet.pages_read()} of {OUTLETS * PAGES} pages", flush=True)
        left = time.monotonic()
        async with asyncio.timeout(360):
            while not fleet.is_done():
                fleet.supervise()
                await asyncio.sleep(2)
        minutes = [len(feeds) for feeds in fleet.feeds_by_minute()]
        print(f"{kills} kills; the backlog was gone after {time.monotonic() - left:.0f} s; feeds by minute: {minutes}")
        assert_nothing_lost_and_nothing_twice(fleet)
