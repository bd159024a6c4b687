"""Where stages run: in processes that can be killed, so that a page which eats time or memory ends its own trip only."""

from __future__ import annotations

import os
import time

import pytest

from monitor.errors import StageFailed, WorkshopLost
from monitor.workshop import ProcessWorkshop


def sleeps(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def eats(megabytes: int) -> int:
    return len(bytearray(megabytes * 1_000_000))


def quits() -> None:
    os._exit(3)


def fails(text: str) -> None:
    raise ValueError(text)


@pytest.mark.slow
async def test_what_takes_too_long_too_much_or_dies_fails_alone_and_says_how():
    async with ProcessWorkshop(workers=1, seconds=1.0, memory=200_000_000) as workshop:
        assert await workshop.run(sleeps, 0) == "awake"
        for stage, given, said in (
            (sleeps, 5, "longer than 1 seconds"),
            (eats, 500, "too much memory"),
            (quits, None, "its process died"),
            (fails, "Melis Tokoev", "failed with ValueError"),
        ):
            with pytest.raises(StageFailed, match=said) as failed:
                await workshop.run(stage, *([] if given is None else [given]))
            assert "Tokoev" not in str(failed.value)
        assert await workshop.run(eats, 50) == 50_000_000


async def test_when_no_process_can_be_started_no_input_is_to_blame():
    workshop = ProcessWorkshop(workers=1)
    workshop._pool.stop()
    with pytest.raises(WorkshopLost, match="is memory short"):
        await workshop.run(sleeps, 0)
    workshop._pool.join()
