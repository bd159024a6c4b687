"""The tools that every unit of work uses."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from monitor.fetch.byte_budget import ByteBudget
from monitor.ingest.policy import LinePolicy
from monitor.ingest.stages import extract
from monitor.model import Extracted, OutletProfile
from monitor.ports import Fetcher, Response, Sandbox


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
