"""The counts of one run, which become its `Run`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model import FeedStatus, Outcome, RecheckResult, Result, Run


@dataclass(slots=True)
class RunTally:
    """The counts of a run so far."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    statuses: Counter[FeedStatus] = field(default_factory=Counter)
    articles: int = 0
    rechecks: int = 0
    common_surnames: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, stored: Result | RecheckResult) -> None:
        """Count a stored result."""
        if isinstance(stored, RecheckResult):
            # A recheck that had to wait for its host used none of the day's requests.
            self.rechecks += stored.request_sent
            return
        self.outcomes[stored.outcome] += 1
        # Only new articles: neither duplicates nor new versions of an article stored before.
        is_new = stored.outcome is not Outcome.DUPLICATE and stored.entry.article is None
        self.articles += stored.article is not None and is_new

    def summarize(self, started: datetime, ended: datetime, due: int, outage: bool) -> Run:
        # A visit has one status; "not modified" is a healthy one that brought nothing.
        healthy = sum(n for status, n in self.statuses.items() if status.is_healthy)
        not_modified = self.statuses[FeedStatus.UNCHANGED]
        return Run(
            started=started,
            ended=ended,
            due=due,
            fetched=healthy - not_modified,
            unchanged=not_modified,
            failed=self.statuses.total() - healthy,
            entries=self.outcomes.total(),
            articles=self.articles,
            revisits=self.rechecks,
            common_surnames=self.common_surnames,
            outcomes=dict(self.outcomes),
            problems=tuple(self.problems),
            outage=outage,
        )
