"""The numbers of the line, and the limits of a run as the settings have them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.cluster.policy import ClusterPolicy
from monitor.config import RecheckChoice, Settings
from monitor.feeds.schedule import SchedulePolicy
from monitor.model import DayBounds


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """The numbers of the line."""

    store_only_after: timedelta = timedelta(days=7)  # on a first visit, older entries are only stored (OLD)
    older_after: timedelta = timedelta(days=1)  # and older ones are reported as older articles
    entries_a_visit: int = 2000
    fetches_without_text: int = 2  # per article and run: another link to it may work
    copies_within: timedelta = timedelta(days=30)
    schedule: SchedulePolicy = SchedulePolicy()
    cluster: ClusterPolicy = ClusterPolicy()

    def compared_since(self, published_at: datetime) -> tuple[datetime, datetime]:
        """Return since when an article may have a source that it copies, and others that tell its event."""
        return published_at - self.copies_within, published_at - self.cluster.story_window


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """The limits of one run."""

    lease: timedelta = timedelta(minutes=40)  # longer than it works on its claims: only those of a dead run expire
    pages_per_feed: int = 50
    pages_per_first_visit: int = 400
    # The kernel ends a run after 45 minutes (`cli/run.py`), whatever hangs in it.
    stop_claiming_after: timedelta = timedelta(minutes=25)
    stop_waiting_after: timedelta = timedelta(minutes=35)  # for claimed work that hangs
    # Times of their own: a run that always gathers for longer would never look for new names, nor file.
    rescan_for: timedelta = timedelta(minutes=2)  # at least, however long the fetching took
    file_for: timedelta = timedelta(minutes=5)
    revisits_a_day: int = 5_000  # if more are due, a random sample
    revisit_matched: bool = False  # only articles with a hit
    bounds: DayBounds = DayBounds()


# How long after its worker died a slice is free again. Work is dispatched at whole minutes and begins some seconds
# later: with three minutes, the third dispatch after it would come just too soon.
SLICE_LEASE = timedelta(seconds=150)


PAGES_IN_FLIGHT_BYTES = 4_000_000  # fetched and not yet extracted: fifteen pages of the usual size


def slice_policy(settings: Settings, lease: timedelta) -> RunPolicy:
    """Return the limits of a job over one slice, which ends within two thirds of its lease."""
    return replace(
        run_policy(settings),
        lease=lease,
        # 75 seconds to begin work, and 100 to end it; the rest of the lease is a reserve.
        stop_claiming_after=lease / 2,
        stop_waiting_after=lease * 2 / 3,
        file_for=timedelta(seconds=15),  # a worker that is stopped waits for it
    )


def run_policy(settings: Settings) -> RunPolicy:
    """Return the limits of a run."""
    return RunPolicy(
        revisits_a_day=0 if settings.revisit is RecheckChoice.NONE else settings.revisits_a_day,
        revisit_matched=settings.revisit is RecheckChoice.MATCHED,
        bounds=settings.day_bounds,
    )
