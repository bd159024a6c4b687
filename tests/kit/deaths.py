"""A program that dies at a fail point, as by a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor import failpoints


class Died(BaseException):
    """A crash in a test that must go on."""


@contextmanager
def death_at(point: str, passes: int = 1) -> Iterator[None]:
    """Die once in the block, when the fail points that begin so are passed for the `passes`th time."""
    passed: list[str] = []

    def die(name: str) -> None:
        passed.extend([name] * name.startswith(point))
        if len(passed) == passes:
            failpoints.arm(None)
            raise Died(name)

    failpoints.arm(die)
    try:
        with pytest.raises(Died):
            yield
    finally:
        failpoints.arm(None)
