"""The work of a fleet as one process does it."""

from __future__ import annotations

import asyncio

import pytest

from monitor.jobs.worker import ProcessWork
from monitor.model import Queue


class Filer:
    """Files a backlog in batches; `stop_at`: the call in which a signal comes."""

    def __init__(self, batches: list[int], stopping: asyncio.Event, stop_at: int = 0) -> None:
        self.batches, self.stopping, self.stop_at, self.calls = [*batches], stopping, stop_at, 0

    async def rescan(self, is_stopping) -> int:
        while not is_stopping():
            self.calls += 1
            await asyncio.sleep(0)
            if self.calls == self.stop_at:
                self.stopping.set()
        return self.calls

    def file(self) -> int:
        self.calls += 1
        if self.calls == self.stop_at:
            self.stopping.set()
        return self.batches.pop(0) if self.batches else 0


@pytest.mark.parametrize(
    ("batches", "stop_at", "calls"),
    [
        ([], 0, 1),
        ([3], 0, 2),
        ([200, 200, 30], 0, 4),
        ([200, 200, 30], 2, 2),  # the rest is left to another machine
    ],
)
async def test_a_filing_job_goes_on_until_nothing_is_left_or_a_signal_comes(batches, stop_at, calls):
    stopping = asyncio.Event()
    filer = Filer(batches, stopping, stop_at)
    await ProcessWork(None, filer, stopping, print).file()  # type: ignore[arg-type]
    assert filer.calls == calls


async def test_a_filing_job_ends_before_the_next_one_comes(monkeypatch):
    monkeypatch.setattr("monitor.jobs.worker.FILING_SECONDS", 0)
    stopping = asyncio.Event()
    filer = Filer([200, 200], stopping)
    await ProcessWork(None, filer, stopping, print).file()  # type: ignore[arg-type]
    assert filer.calls == 1


async def test_a_signal_ends_a_range_of_the_archive_before_the_grace_is_over():
    stopping = asyncio.Event()
    rescanner = Filer([], stopping, stop_at=3)
    async with asyncio.timeout(60):
        await ProcessWork(None, rescanner, stopping, print).work_on_slice(Queue.ARCHIVE, 0)  # type: ignore[arg-type]
    assert rescanner.calls == 3
