"""Pure. How far what was done to somebody went."""

from __future__ import annotations

from enum import IntEnum


class Custody(IntEnum):
    """How far a telling of a detention goes; of two, the one that goes further is the later. Values are stored."""

    TAKEN = 0  # or nothing is told of it
    KEPT = 1  # by a court that extends or begins custody
    RELEASED = 2
