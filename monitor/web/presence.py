"""Who is looking at what, so that nobody does it twice: a hint, that keeps nobody from anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

LASTS = timedelta(minutes=10)


@dataclass(slots=True)
class Claims:
    """The item each person opened last, for ten minutes. In memory alone: who reads what is written down nowhere."""

    _held: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, item: int, person: str, now: datetime) -> None:
        with self._lock:
            self._held[person] = item, now + LASTS

    def release(self, person: str) -> None:
        with self._lock:
            self._held.pop(person, None)

    def by_others(self, person: str, now: datetime) -> dict[int, list[str]]:
        """Item -> the others who look at it, in the order of their names."""
        with self._lock:
            held = sorted(self._held.items())
        looking: dict[int, list[str]] = {}
        for other, (item, until) in held:
            if other != person and now < until <= now + LASTS:  # a clock that was set back prolongs nothing
                looking.setdefault(item, []).append(other)
        return looking
