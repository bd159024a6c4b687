"""How long an entry waits, from its publication to the visit that brings it, and what the visits cost.

    python benchmarks/freshness.py FILE [--curve] [--cron 10] [--whole] [--only even|odd]

FILE has a feed a line: {"feed": name, "published": [times]}; bad lines are named and left out. Cron runs each ten
minutes, on three phases of the clock. The monitor's schedule is replayed by its own code (`ingest.visit.Poll`) and knows
only the entries that it has seen: of each feed the first two days are what its first visit finds, and are not counted.
A feed shows its newest 20 entries. Assumed bytes: 60 kB a feed, 1 kB of headers; `--whole`: the server never answers 304.

Beside it: the schedule of monitor 0.2.0, and for each a fixed interval that makes just as many requests. `--only` takes
every second feed, to choose on one half and to judge on the other.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from monitor.clock import stable_jitter  # noqa: E402
from monitor.feeds.schedule import SchedulePolicy  # noqa: E402
from monitor.ingest.tools import LinePolicy  # noqa: E402
from monitor.ingest.visit import Poll  # noqa: E402
from monitor.model import DatePrecision, Feed, FeedEntry, FeedRecord, FeedStatus, ParsedFeed, Visit  # noqa: E402
from monitor.ports import Response  # noqa: E402

LEARNED_FIRST = timedelta(days=2)
SHOWN = 20  # entries in a feed
BODY = b" " * 60_000
FREQUENT = 2  # entries a day, from which a feed is of the first class
PHASES = (1, 4, 7)  # minutes after the full ten: many outlets publish on the full hour
CURVE = (12, 24, 36, 48, 72, 96)  # visits a day
URL = "https://outlet.example/feed"

NextDue = Callable[[FeedRecord, Visit], datetime]  # from the record before a visit, and the visit


@dataclass(frozen=True)
class Outlet:
    """A feed's publication times, in order."""

    name: str
    published: tuple[datetime, ...]

    @property
    def days(self) -> float:
        return (self.published[-1] - self.published[0]) / timedelta(days=1)

    @property
    def is_frequent(self) -> bool:
        return len(self.published) / self.days >= FREQUENT


@dataclass(frozen=True)
class Replay:
    """What visits brought: the wait of each entry in minutes; requests and bytes of a feed and day."""

    waits: tuple[float, ...]
    requests: float
    bytes: float

    @classmethod
    def mean(cls, replays: Sequence[Replay]) -> Replay:
        """Return all waits together, and the means of requests and bytes over the feeds."""
        count = max(len(replays), 1)
        return cls(
            tuple(wait for replay in replays for wait in replay.waits),
            sum(replay.requests for replay in replays) / count,
            sum(replay.bytes for replay in replays) / count,
        )

    def quantile(self, share: float) -> float:
        waits = sorted(self.waits)
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else float("nan")


def load(path: Path) -> tuple[list[Outlet], list[str]]:
    """Return the feeds of a file, and what is wrong with its bad lines."""
    outlets, bad = [], []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            times = sorted(datetime.fromisoformat(time).astimezone(UTC) for time in values["published"])
            outlet = Outlet(str(values["feed"]), tuple(times))
            if not times or outlet.published[-1] - outlet.published[0] <= LEARNED_FIRST:
                raise ValueError("its entries span two days or less")
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            bad.append(f"line {number}: {type(error).__name__}: {error}")
        else:
            outlets.append(outlet)
    return outlets, bad


def visits_of(
    outlet: Outlet, next_due: NextDue, policy: SchedulePolicy, cron: timedelta, phase: timedelta, *, whole: bool
) -> Iterator[tuple[Visit, int]]:
    """Yield each visit of a feed until its last entry is seen, with the number of entries that are published by then."""
    line_policy = LinePolicy(schedule=policy)
    record, published = FeedRecord(1, Feed(outlet.name, URL, outlet.name)), 0
    now = _at_cron(outlet.published[0] + LEARNED_FIRST, cron, phase)
    while published < len(outlet.published):
        before = published
        while published < len(outlet.published) and outlet.published[published] <= now:
            published += 1
        poll = Poll(record, line_policy, now)
        if published > before or whole:
            shown = outlet.published[max(published - SHOWN, 0) : published]
            entries = tuple(_entry(published - len(shown) + place, at) for place, at in enumerate(shown))
            visit = poll.full(Response(URL, 200, body=BODY), ParsedFeed(entries=entries))
        else:
            visit = poll.not_modified(Response(URL, 304))
        due = next_due(record, visit)
        record = replace(
            record,
            status=visit.status,
            memory=visit.memory,
            visits=record.visits + (visit.status is FeedStatus.OK),
            next_due=due,
            last_visit=now,
            last_ok=now,
        )
        yield visit, published
        now = max(_at_cron(due, cron, phase), now + cron)


def replay(
    outlet: Outlet, next_due: NextDue, policy: SchedulePolicy, cron: timedelta, phase: timedelta, *, whole: bool
) -> Replay:
    """Replay the visits of a feed after its first two days."""
    waits: list[float] = []
    requests = size = seen = 0
    begin = end = outlet.published[0]
    for visit, published in visits_of(outlet, next_due, policy, cron, phase, whole=whole):
        if seen == 0:  # the first visit, which finds what it learns from
            begin = visit.at
        else:
            waits += [(visit.at - at) / timedelta(minutes=1) for at in outlet.published[seen:published]]
            requests += 1
            size += 1_000 + (len(BODY) if visit.status is FeedStatus.OK else 0)
        seen, end = published, visit.at
    days = (end - begin) / timedelta(days=1) or 1
    return Replay(tuple(waits), requests / days, size / days)


def as_planned(_record: FeedRecord, visit: Visit) -> datetime:
    """Return when the monitor's own schedule visits next."""
    return visit.next_due


def as_before(record: FeedRecord, visit: Visit) -> datetime:
    """Return when monitor 0.2.0 would visit next: after an eighth of the time without news, 30 minutes to 4 hours."""
    memory = visit.memory
    quiet = visit.at - memory.last_new if memory.last_new else timedelta(0)
    wait = max(timedelta(minutes=30), min(quiet / 8, timedelta(hours=4)))
    wait = max(timedelta(minutes=5), min(wait, (memory.renewed_in or timedelta(days=1)) / 2))
    return visit.at + wait * (1 + 0.1 * stable_jitter(record.feed.id))


def each(interval: timedelta) -> NextDue:
    """Return a fixed schedule; it counts from when a visit was due, so that it makes as many requests as it says."""

    def next_due(record: FeedRecord, visit: Visit) -> datetime:
        return (record.next_due or visit.at) + interval

    return next_due


def _entry(number: int, at: datetime) -> FeedEntry:
    return FeedEntry(guid=str(number), published=at, precision=DatePrecision.MOMENT)


def _at_cron(at: datetime, cron: timedelta, phase: timedelta) -> datetime:
    """Return the first run of cron at or after a time."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + phase
    return start + -((start - at) // cron) * cron


class Table:
    """Prints a line a schedule, each beside the fixed interval with as many requests."""

    def __init__(self, outlets: Sequence[Outlet], cron: timedelta, phases: Sequence[int], *, whole: bool) -> None:
        self.outlets, self.cron, self.phases, self.whole = outlets, cron, phases, whole

    def replays(self, next_due: NextDue, policy: SchedulePolicy) -> Replay:
        phases = [timedelta(minutes=minutes) for minutes in self.phases]
        return Replay.mean(
            [replay(o, next_due, policy, self.cron, phase, whole=self.whole) for o in self.outlets for phase in phases]
        )

    def print_line(self, label: str, next_due: NextDue, policy: SchedulePolicy = SchedulePolicy()) -> None:
        result = self.replays(next_due, policy)
        fixed = self.replays(each(timedelta(days=1) / result.requests), policy)
        median, of_fixed = result.quantile(0.5), fixed.quantile(0.5)
        print(
            f"{label:<26}{result.requests:>9.1f}{result.bytes / 1000:>9.0f}{median:>9.1f}{result.quantile(0.95):>8.1f}"
            f"{of_fixed:>12.1f}{fixed.quantile(0.95):>8.1f}{1 - median / of_fixed:>9.0%}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--curve", action="store_true", help="other numbers of visits, too, on one phase of the clock")
    parser.add_argument("--cron", type=int, default=10, help="minutes between two runs")
    parser.add_argument("--whole", action="store_true", help="the servers send the feed whole each time")
    parser.add_argument("--only", choices=("even", "odd"), help="every second feed of the file")
    options = parser.parse_args()
    outlets, bad = load(options.file)
    for problem in bad:
        print(f"left out, {problem}", file=sys.stderr)
    if options.only:
        outlets = outlets[options.only == "odd" :: 2]
    for is_frequent, name in ((True, "two entries a day or more"), (False, "rarer")):
        members = [outlet for outlet in outlets if outlet.is_frequent is is_frequent]
        if not members:
            continue
        cron = timedelta(minutes=options.cron)
        table = Table(members, cron, PHASES, whole=options.whole)
        print(f"\n{name}: {len(members)} feeds, {sum(len(o.published) for o in members)} entries")
        print(f"{'':<26}{'requests':>9}{'kB a day':>9}{'median':>9}{'p95':>8}{'same, fixed':>12}{'p95':>8}{'less':>9}")
        table.print_line("monitor", as_planned)
        table.print_line("monitor 0.2.0", as_before)
        table.phases = PHASES[1:2]
        for visits in CURVE if options.curve else ():
            policy = SchedulePolicy(
                most_visits=visits, most_whole_visits=visits, fewest_visits=min(visits, 24), bytes_a_day=10**9
            )
            table.print_line(f"monitor, {visits} visits a day", as_planned, policy)


if __name__ == "__main__":
    main()
