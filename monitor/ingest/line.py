"""The tools and numbers that every unit of work uses."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.cluster.policy import ClusterPolicy
from monitor.feeds.schedule import SchedulePolicy
from monitor.fetch.byte_budget import ByteBudget
from monitor.ingest.stages import extract
from monitor.model import Extracted, OutletProfile
from monitor.ports import Fetcher, Response, Sandbox


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


@dataclass(frozen=True, slots=True)
class Line:
    """The tools of visits, trips and rechecks.

    The watchlist is not among them, so that the pages we fetch, and their order, cannot reveal whom we watch.
    """

    fetcher: Fetcher
    sandbox: Sandbox
    policy: LinePolicy = LinePolicy()
    pages: ByteBudget = field(default_factory=lambda: ByteBudget(sys.maxsize))  # fetched and not yet extracted

    async def extract(self, response: Response, profile: OutletProfile) -> Extracted:
        """Extract a page in the sandbox. Raises StageFailed, SandboxLost."""
        with self.pages.hold(len(response.body)):
            return await self.sandbox.run(extract, response.body, response.url, response.content_type, profile)
