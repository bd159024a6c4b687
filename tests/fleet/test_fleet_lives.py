"""Random lives whose sources a fleet reads by slices, alone or in turns with runs: nothing that was found is hidden."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import update

from kit.databases import Server
from kit.home import open_app
from kit.internet import Reader
from kit.invented_news import PEOPLE
from kit.lives import PLACES, Lives, check_lives, step
from monitor.fleet.slice_worker import SliceWorker
from monitor.model import Queue
from monitor.store import tables as t

pytestmark = [pytest.mark.hypothesis, pytest.mark.check]


def read_as_a_fleet(desk: Reader, filers: int) -> None:
    """Read by slices, then let so many workers file at once."""
    app = desk.app
    app.tend_home()
    with app.store.database.writing("a test") as connection:
        connection.execute(update(t.feed).values(next_due=app.clock()))

    async def work() -> None:
        async with SliceWorker(app) as worker:
            for queue in (Queue.VISITS, Queue.PAGES, Queue.RECHECKS):
                for number in app.store.claims.due_slices(queue, app.clock()):
                    await worker.read(queue, number)

    asyncio.run(work())
    desk.advance(minutes=2)  # what was seen in this minute is complete now
    with ExitStack() as stack, ThreadPoolExecutor(filers) as pool:
        apps = [open_app(desk.home, desk.clock) for _ in range(filers)] if filers > 1 else [app]
        for one in apps:
            stack.callback(one.close if one is not app else lambda: None)
        for filing_job in [pool.submit(SliceWorker(one).file) for one in apps]:
            filing_job.result()
    SliceWorker(app).file()  # what another one filed at that moment may have waited for it


class LivesInTurns(Lives):
    is_by_slices = False

    @step(data=st.data(), person=st.sampled_from(PEOPLE), place=st.sampled_from(PLACES))
    def read_by_slices(self, data: st.DataObject, person: str, place: str) -> None:
        self.add_news(self.pick_report(data), "herald", person, place)
        self.add_report("post", 3, person, "lead")
        self.is_by_slices = True
        self.read()
        self.is_by_slices = False

    def gather(self) -> None:
        if self.is_by_slices:
            read_as_a_fleet(self.reader, filers=1)
        else:
            super().gather()


class LivesOfAFleet(Lives):
    is_of_runs = False

    def gather(self) -> None:
        read_as_a_fleet(self.reader, filers=2)


def test_in_any_life_of_runs_and_slices_what_was_found_waits_or_was_judged():
    check_lives(LivesInTurns, max(2, settings.default.max_examples // 4), 8)


def test_in_any_life_of_a_fleet_on_a_server_what_was_found_waits_or_was_judged(postgresql: Server):
    postgresql.run("CREATE DATABASE random_lives")
    LivesOfAFleet.env = f"MONITOR_DATABASE_URL={postgresql.url('random_lives')}\n"
    check_lives(LivesOfAFleet, max(2, settings.default.max_examples // 20), 6)
