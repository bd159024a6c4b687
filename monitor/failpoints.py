"""Named places at which tests make the program die; they do nothing in production.

A leaf. Every transaction boundary has one, and every step whose effect is visible outside before our database records
it (a mail handed over). tests/whole/test_crash.py dies at the first, the second, … until none is left.
"""

from __future__ import annotations

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def point(name: str) -> None:
    """Mark a fail point: call the armed action, if any."""
    if _armed is not None:
        _armed(name)


def arm(action: Callable[[str], None] | None) -> None:
    """Call `action` with its name at every fail point from now on; None disarms."""
    global _armed  # noqa: PLW0603  # it must be reached from everywhere
    _armed = action
