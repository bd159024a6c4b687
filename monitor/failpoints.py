"""Named places at which the tests make this program die; in service nothing happens at them.

A leaf. Every boundary of a transaction has one, and so has every step whose effect the world sees before our database
does (a mail handed over). The sweep in tests/whole/test_crash.py dies at the first, the second, … until none is left.
"""

from __future__ import annotations

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def point(name: str) -> None:
    if _armed is not None:
        _armed(name)


def arm(what: Callable[[str], None] | None) -> None:
    """From now on call this at every point; None: nothing again."""
    global _armed  # noqa: PLW0603  # it must be reached from everywhere
    _armed = what
