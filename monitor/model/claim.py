"""Pure. Claims on due work, slices of hosts, and the politeness state of a host between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SLICES = 256  # the number of parts into which hosts are divided; one machine at a time asks the hosts of a slice


class Queue(StrEnum):
    """A kind of due work that is divided into slices."""

    VISITS = "visits"
    PAGES = "pages"
    RECHECKS = "rechecks"
    ARCHIVE = "archive"  # in ranges of articles, not in slices


@dataclass(frozen=True, slots=True)
class Claim:
    """A run, or one job over a slice, that works on claimed rows until `until`.

    Each row that it claims has its number. A result is stored only while its row still has the number of its claim.
    """

    number: int
    worker: str
    began: datetime
    until: datetime
    queue: Queue | None = None  # None: a whole run
    slice: int | None = None
    version: int | None = None  # of the watchlist that its articles are matched with


@dataclass(frozen=True, slots=True)
class ArchiveRange:
    """A part of a rescan: stored articles numbered from `bottom` to `top`. `position`: the highest one that is left."""

    top: int
    bottom: int
    position: int
    version: int  # of the watchlist whose new names are looked for
    claim: int


@dataclass(frozen=True, slots=True)
class HostState:
    """The state of an origin (`host:port`) between two runs, so that all runs together are polite."""

    origin: str
    last_request: datetime | None = None
    rest_until: datetime | None = None  # it asked us to wait
    gap: float = 0.0  # its Crawl-delay in seconds
    robots: bytes = b""  # its robots.txt; empty allows all
    robots_read: datetime | None = None  # None: never, or it could not be read

    def has_fresh_robots(self, now: datetime) -> bool:
        """Return True if its robots.txt was read within a day (RFC 9309, 2.4)."""
        return self.robots_read is not None and timedelta(0) <= now - self.robots_read < timedelta(days=1)
