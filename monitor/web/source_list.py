"""Pure. The list of sources as a page shows it: each with its volume, sorted and filtered as the address says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median_low
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from monitor.feeds.health import Health, is_overdue, most_overdue_since
from monitor.model import FeedStatus
from monitor.model.message import _
from monitor.pictures.days import SourceDay, full_height, source_days

SHOWN_DAYS = 14
MIN_USUAL_DAYS = 7  # complete days on which a source was read before its usual volume is shown
_NEVER = datetime.min.replace(tzinfo=UTC)

KINDS = {
    "bad": _("cannot be read"),
    "warn": _("needs a look"),
    "few": _("far fewer than usual"),
    "new": _("was not read yet"),
    "good": _("OK"),
    "paused": _("paused"),
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with the entries of each of the last days, oldest first, and the usual number of a day."""

    health: Health
    days: Sequence[int] = ()
    usual: int | None = None
    picture: Sequence[SourceDay] = ()  # of the last two weeks
    newest: datetime | None = None  # when its newest stored article came

    @property
    def kind(self) -> str:
        """Its key in `KINDS`."""
        state = self.health.state
        if state.feed.paused:
            return "paused"
        if self.health.status is FeedStatus.NEW:
            return "new"
        if not state.status.is_healthy:
            return "bad"
        return "warn" if self.health.needs_attention else "few" if self.is_far_fewer else "good"

    @property
    def last_new(self) -> datetime | None:
        """Return when its newest article came or, of a silent source, was published."""
        if self.health.status is FeedStatus.SILENT:
            return self.health.since
        return self.health.state.memory.last_new or self.newest

    @property
    def counted_until(self) -> datetime | None:
        """Return when it was last read if it cannot be read now, and was in the last 24 hours."""
        last_ok = self.health.state.last_ok if self.kind == "bad" and self.picture else None
        return last_ok if last_ok and last_ok > self.picture[-1].start else None

    @property
    def is_catching_up(self) -> bool:
        """Return True if articles of days on which it was not read came in the last 24 hours."""
        return bool(self.picture) and self.picture[-1].is_catching_up

    @property
    def has_picture(self) -> bool:
        """Return True if its days have anything to show."""
        return any(day.count or day.is_silent or day.has_failed for day in self.picture)

    @property
    def full_height(self) -> int:
        """Return the number of articles that has the full height of its picture."""
        return full_height(self.picture, self.usual)

    @property
    def is_far_fewer(self) -> bool:
        """Return True if less than a quarter of the usual volume came in 24 hours."""
        return self.usual is not None and self.days[-1] * 4 < self.usual

    def is_overdue(self, now: datetime) -> bool:
        """Return True if the next reading is late by more than twice the time that lies between two readings."""
        return is_overdue(self.health.state, now)

    def is_later_than_most(self, now: datetime, most_late: datetime | None) -> bool:
        """Return True if its reading is late, and twice as late as where most are, since `most_late`."""
        due = self.health.state.next_due
        return due is not None and self.is_overdue(now) and (not most_late or now - due >= 2 * (now - most_late))

    def is_of(self, kind: str) -> bool:
        return self.is_far_fewer and self.kind != "paused" if kind == "few" else self.kind == kind


def source_rows(
    healths: Iterable[Health],
    entries_per_day: Mapping[int, Sequence[int]],
    days_of_runs: Collection[int] = (),
    now: datetime | None = None,
    newest: Mapping[int, datetime] = MappingProxyType({}),
) -> list[SourceRow]:
    """Return the rows; the usual volume is the median of the complete days on which a source was read, if enough.

    Without `now` all days are taken as read.
    """
    rows = []
    for health in healths:
        state, days = health.state, entries_per_day.get(health.state.number, ())
        shown_days = (
            source_days(
                days,
                state.memory.failures,
                days_of_runs,
                now,
                max(SHOWN_DAYS, len(days)),
                silent_since=health.since if health.status is FeedStatus.SILENT else None,
                is_failing=state.failures > 0 and not state.feed.paused,
            )
            if now
            else ()
        )
        known_days = shown_days[len(shown_days) - len(days) :]  # of a silent source more are shown
        complete = [day.count for day in known_days[:-1] if day.is_usable] if now else days[:-1]
        usual = median_low(complete) if len(complete) >= MIN_USUAL_DAYS else None
        rows.append(SourceRow(health, days, usual, shown_days[-SHOWN_DAYS:], newest.get(state.number)))
    return rows


def most_late_since(rows: Collection[SourceRow], now: datetime) -> datetime | None:
    """Return since when most sources should have been read, or None: then single sources are late, or none."""
    has_several = sum(row.is_overdue(now) for row in rows) > 1
    return most_overdue_since((row.health.state for row in rows), now) if has_several else None


def are_most_catching_up(rows: Collection[SourceRow]) -> bool:
    """Return True if the last 24 hours of most sources hold articles of days on which they were not read."""
    watched = sum(not row.health.state.feed.paused for row in rows)
    count = sum(row.is_catching_up for row in rows)
    return count > 1 and 2 * count > watched


# Sort key -> (heading, key of a row). By state, sources in trouble come first.
SORTS: Mapping[str, tuple[str, Callable[[SourceRow], Any]]] = {
    "source": (_("Source"), lambda row: ()),
    "state": (_("State"), lambda row: [*KINDS].index(row.kind)),
    "volume": (_("Volume"), lambda row: row.days[-1] if row.days else -1),
    "new": (_("Last new article"), lambda row: row.last_new or _NEVER),
}


@dataclass(frozen=True, slots=True)
class SourceView:
    """The filters and the order of the list. `sort` is a key of `SORTS`, with a minus for the reverse order."""

    sort: str = "state"
    kind: str = ""
    language: str = ""
    country: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> SourceView:
        """Return the view of an address; values that do not exist are ignored."""
        sort, kind = query.get("sort", ""), query.get("state", "")
        return cls(
            sort if sort.removeprefix("-") in SORTS else "state",
            kind if kind in KINDS else "",
            query.get("lang", "")[:20],
            query.get("country", "")[:20],
        )

    @property
    def is_plain(self) -> bool:
        """Return True if nothing is filtered and the order is the usual one."""
        return self == SourceView()

    def arranged(self, rows: Iterable[SourceRow]) -> list[SourceRow]:
        """Return the rows that pass the filters, in order; rows of equal rank by name."""
        shown = [
            row
            for row in rows
            if (not self.kind or row.is_of(self.kind))
            and self.language in {"", row.health.state.feed.language}
            and self.country in {"", row.health.state.feed.country}
        ]
        shown.sort(key=lambda row: row.health.state.feed.outlet.casefold())
        _heading, rank = SORTS[self.sort.removeprefix("-")]
        # `reverse` keeps equal rows in their order, except by name, which is no rank.
        if self.sort == "-source":
            return shown[::-1]
        return sorted(shown, key=rank, reverse=self.sort.startswith("-"))

    def link(self, **changes: str) -> str:
        """Return the address of the list with some of its parameters changed."""
        fields = {
            "sort": "" if self.sort == "state" else self.sort,
            "state": self.kind,
            "lang": self.language,
            "country": self.country,
        }
        query = urlencode({name: value for name, value in (fields | changes).items() if value})
        return f"/sources?{query}" if query else "/sources"

    def sort_link(self, key: str) -> str:
        """Return the link of a column's heading: ordered by it, most or latest first; a second time, reversed."""
        first = key if key in {"source", "state"} else f"-{key}"
        second = key if first.startswith("-") else f"-{key}"
        return self.link(sort=second if self.sort == first else first)

    def direction(self, key: str) -> str:
        """Return the value of `aria-sort` for a column."""
        if self.sort.removeprefix("-") != key:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"
