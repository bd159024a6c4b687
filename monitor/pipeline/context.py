"""What every unit of work uses: the line's tools and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.cluster.placement import ClusterPolicy
from monitor.feeds.schedule import SchedulePolicy
from monitor.ports import Fetcher, Sandbox


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """The numbers of the line; filled from config.py."""

    old: timedelta = timedelta(days=7)  # on a first visit, what is older than this is stored as OLD
    fresh: timedelta = timedelta(days=1)  # and what is older than this is found in an older article
    entries_a_visit: int = 2000
    fetches_without_text: int = 2  # of one article in a run: another link to it may work where one failed
    copies_within: timedelta = timedelta(days=30)
    schedule: SchedulePolicy = SchedulePolicy()
    cluster: ClusterPolicy = ClusterPolicy()


@dataclass(frozen=True, slots=True)
class Line:
    """The tools of every visit, trip and look. The watchlist is none of them: what is asked for cannot depend on it."""

    fetcher: Fetcher
    workshop: Sandbox
    policy: LinePolicy = LinePolicy()
