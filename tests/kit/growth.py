"""Measuring a piece of work that is given many times as much."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

LEAST_SECONDS = 0.005  # of processor time: less is not measured well enough to compare
LEAST_BYTES = 200_000
ROOM = 2  # so many times what is in proportion at most: for ten times as much a square takes five times that
RUNS = 5  # of each size at most: other work on this machine makes a run longer, and none makes it shorter
Work = Callable[[Any], object]


def seconds(work: Work, argument: object) -> float:
    """Return the processor time that a run takes."""
    gc.collect()
    began = time.process_time()
    work(argument)
    return time.process_time() - began


def peak(work: Work, argument: object) -> int:
    """Return the bytes that a run holds at most."""
    gc.collect()
    tracemalloc.start()
    try:
        work(argument)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def takes_at_most(times: float, work: Work, large: object, few: object) -> bool:
    """Return whether the work on `many` takes at most so many times as long as on `few`.

    The shortest runs of both are compared, in turns until that is so.
    """
    runs_of_many, runs_of_few = [], []
    for _ in range(RUNS):
        runs_of_few.append(seconds(work, few))
        runs_of_many.append(seconds(work, large))
        if min(runs_of_many) <= times * max(min(runs_of_few), LEAST_SECONDS):
            return True
    return False


def grows_as_its_input(
    work: Work, make_input: Callable[[int], object], size: int, *, times: int = 10, memory: bool = False
) -> bool:
    """Return whether so many times as much takes at most `ROOM` times as long in proportion, and with `memory` as much."""
    few, large = make_input(size // times), make_input(size)
    if not takes_at_most(ROOM * times, work, large, few):
        return False
    return not memory or peak(work, large) <= ROOM * times * max(peak(work, few), LEAST_BYTES)


def letters(n: int) -> str:
    """Return three capitals, other ones for each number."""
    return "".join(chr(ord("A") + n // 26**place % 26) for place in range(3))


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>T</title>{head}</head><body><article><h1>T</h1>{body}</article></body></html>".encode()
