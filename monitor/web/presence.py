"""The item that each user has open, shown to others to avoid double work. It is a hint and locks nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from monitor.groups import group_values

CLAIM_LIFETIME = timedelta(minutes=10)


@dataclass(slots=True)
class Claims:
    """The item that each user opened last, for ten minutes. Only in memory: who reads what is never stored."""

    _claims: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, item: int, user: str, now: datetime) -> None:
        """Record that a user, by name, has opened an item; the one before is released."""
        with self._lock:
            self._claims[user] = item, now + CLAIM_LIFETIME

    def release(self, user: str) -> None:
        with self._lock:
            self._claims.pop(user, None)

    def viewed_by_others(self, user: str, now: datetime) -> dict[int, list[str]]:
        """Return the other users who have an item open, by item, sorted by name."""
        with self._lock:
            claims = sorted(self._claims.items())
        # the upper bound: a clock that was set back prolongs no claim
        return group_values(
            (item, viewer) for viewer, (item, until) in claims if viewer != user and now < until <= now + CLAIM_LIFETIME
        )
