"""Measuring a piece of work that is given ten times as much."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

LEAST_SECONDS = 0.02  # of processor time: less is not measured well enough to compare
LEAST_BYTES = 1_000_000
TENFOLD = 20  # so much more at most for ten times as much: a square takes a hundred times
Work = Callable[[Any], object]


@pytest.fixture(scope="module", autouse=True)
def few_objects() -> None:
    """Leave what earlier tests keep out of garbage collection: each measurement begins with one over everything."""
    gc.collect()
    gc.freeze()


def seconds(work: Work, given: object) -> float:
    """Return the processor time that a run takes."""
    gc.collect()
    began = time.process_time()
    work(given)
    return time.process_time() - began


def peak(work: Work, given: object) -> int:
    """Return the bytes that a run holds at most."""
    gc.collect()
    tracemalloc.start()
    try:
        work(given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def grows_as_its_input(work: Work, given: Callable[[int], object], size: int, *, memory: bool = False) -> bool:
    """Return whether ten times as much takes at most `TENFOLD` times as long, and with `memory` as much of that."""
    few, many = given(size // 10), given(size)
    if seconds(work, many) > TENFOLD * max(seconds(work, few), LEAST_SECONDS):
        return False
    return not memory or peak(work, many) <= TENFOLD * max(peak(work, few), LEAST_BYTES)


def letters(n: int) -> str:
    """Return three capitals, other ones for each number."""
    return "".join(chr(ord("A") + n // 26**place % 26) for place in range(3))


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>T</title>{head}</head><body><article><h1>T</h1>{body}</article></body></html>".encode()
