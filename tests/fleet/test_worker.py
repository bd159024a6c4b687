"""The work of a fleet as one process does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kit.direct_sandbox import DirectSandbox
from kit.store import HOUR
from monitor.clock import now_utc
from monitor.config import load_settings
from monitor.fleet.worker import ProcessWork, WrongClock, work_in_fleet
from monitor.home import Home
from monitor.model import Queue
from monitor.store import open_store


class Backlog:
    """Articles to file or to look through, in batches; `stop_at`: the call in which a signal comes."""

    def __init__(self, batches: list[int], stopping: asyncio.Event, stop_at: int = 0) -> None:
        self.batches, self.stopping, self.stop_at, self.calls = [*batches], stopping, stop_at, 0

    def file(self) -> int:
        self.calls += 1
        if self.calls == self.stop_at:
            self.stopping.set()
        return self.batches.pop(0) if self.batches else 0

    async def rescan(self, _: Callable[[], bool]) -> int:
        return self.file()


async def work_on(kind: str, backlog: object, stopping: asyncio.Event) -> None:
    work = ProcessWork(None, backlog, stopping, print)  # type: ignore[arg-type]
    await (work.file() if kind == "file" else work.work_on_slice(Queue.ARCHIVE, 0))


@pytest.mark.parametrize("kind", ["file", "archive"])
@pytest.mark.parametrize(
    ("batches", "stop_at", "calls"),
    [
        ([], 0, 1),
        ([3], 0, 2),
        ([200, 200, 30], 0, 4),
        ([200, 200, 30], 2, 2),  # the rest is left to another machine
    ],
)
async def test_a_job_goes_on_until_nothing_is_left_or_a_signal_comes(kind, batches, stop_at, calls):
    stopping = asyncio.Event()
    backlog = Backlog(batches, stopping, stop_at)
    await work_on(kind, backlog, stopping)
    assert backlog.calls == calls


@pytest.mark.parametrize("kind", ["file", "archive"])
async def test_a_job_with_a_long_backlog_ends_before_the_next_one_comes(monkeypatch, kind):
    monkeypatch.setattr("monitor.fleet.worker.BACKLOG_SECONDS", 0)
    stopping = asyncio.Event()
    backlog = Backlog([200, 200], stopping)
    await work_on(kind, backlog, stopping)
    assert backlog.calls == 1


class LongRange:
    """A range of the archive that goes on until it is told to stop."""

    async def rescan(self, is_stopping: Callable[[], bool]) -> int:
        while not is_stopping():
            await asyncio.sleep(0)
        return 200


async def test_a_range_of_the_archive_ends_in_its_midst_when_the_time_of_its_job_is_up(monkeypatch):
    # Else a job of many ranges could take so long that the engine cancels it, and its thread would go on.
    monkeypatch.setattr("monitor.fleet.worker.BACKLOG_SECONDS", 0.01)
    async with asyncio.timeout(60):
        await work_on("archive", LongRange(), asyncio.Event())


async def test_a_signal_ends_a_range_of_the_archive_in_its_midst():
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, stopping.set)
    async with asyncio.timeout(60):
        await work_on("archive", LongRange(), stopping)


@pytest.mark.check
@pytest.mark.parametrize(
    ("by_at_first", "by_later"),
    [(timedelta(hours=20), None), (-timedelta(hours=20), None), (timedelta(minutes=2), None), (timedelta(0), HOUR)],
)
async def test_a_machine_whose_clock_is_not_that_of_the_database_ends_and_says_so(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_at_first: timedelta, by_later: timedelta | None
):
    """Else what it files is dated ahead, and whatever any machine files later, too: alerts wait until then."""
    monkeypatch.setattr("monitor.fleet.worker.WATCHDOG_FED_EVERY", 0.05)
    clock_errors = [by_at_first]
    settings = load_settings(tmp_path, {"MONITOR_DATABASE_URL": url}, tmp_path)
    with closing(open_store(url)) as store:
        home = Home(settings, store, lambda: now_utc() + clock_errors[0], DirectSandbox)
        working = asyncio.create_task(work_in_fleet(home, pytest.fail))
        if by_later:
            await asyncio.sleep(0.5)
            assert not working.done()
            clock_errors[0] = by_later
        with pytest.raises(WrongClock, match=r"set the wrong one \(NTP\), then start this again"):
            async with asyncio.timeout(120):
                await working
