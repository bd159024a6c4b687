"""Pure. When a feed is next due, when a page is tried again, what a server asks us to wait, when a digest is due."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from monitor.model import FeedRecord, FeedStatus

_MAX_AGE = re.compile(r'(?<![\w-])max-age\s*=\s*"?([0-9]+)', re.IGNORECASE)
_CENTURY = timedelta(days=36_525)
LOOKS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))  # after an article's first


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    base: timedelta = timedelta(minutes=30)  # between two visits of a feed that often brings something
    slowest: timedelta = timedelta(hours=4)  # of one that hardly ever does: what it brings at night is in the morning's
    quiet_part: int = 8  # a feed waits this part of the time in which it brought nothing new
    floor: timedelta = timedelta(minutes=5)  # no feed is asked more often, whatever feeds.yaml says
    longest: timedelta = timedelta(days=1)  # nothing waits longer: feeds that failed for weeks do come back
    rest: timedelta = timedelta(days=7)  # but for those that said twice that they are gone
    tries: int = 5  # of an entry's page, then it is given up
    first_retry: timedelta = timedelta(minutes=15)  # of a page; each further wait is `growth` times the last
    growth: int = 4  # 15 min, 1 h, 4 h, 16 h: an outage of most of a day is outlived
    jitter: float = 0.1  # the part of a wait by which feeds are spread out


def next_visit(
    state: FeedRecord,
    status: FeedStatus,
    now: datetime,
    policy: SchedulePolicy,
    *,
    asked: timedelta | None = None,
    quiet: timedelta | None = None,
    renewed_in: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """When to visit a feed again after a visit that ended in `status`; `state` is as it was before that visit.

    `asked` is what the feed or its server asks for (ttl, max-age, Retry-After), honoured up to `policy.longest`;
    `quiet`, for how long it has brought nothing new; `renewed_in`, in how long all of its entries are replaced: it is
    asked before half of them are. Failures back off linearly, as Media Cloud's rss-fetcher does (doubling was "too
    extreme"), and no feed is ever given up. `jitter` in [0, 1) only ever makes a wait longer.
    """
    least = max(state.feed.interval or policy.floor, policy.floor)
    wait = max(state.feed.interval or policy.base, policy.floor)
    if status is FeedStatus.GONE and not state.moved_to:  # else the address in feeds.yaml is asked again
        return now + (policy.rest if state.status is FeedStatus.GONE else policy.longest)
    if status.healthy:
        wait = max(wait, min((quiet or timedelta(0)) / policy.quiet_part, policy.slowest))
        wait = max(least, min(wait, (renewed_in or policy.longest) / 2))
    else:
        # an interval below the base is for feeds that answer
        wait = max(wait, policy.base) * (state.failures + 1)
    wait = max(wait, asked or timedelta(0))
    return now + min(wait * (1 + policy.jitter * jitter), policy.longest)


def next_try(
    tries: int, now: datetime, policy: SchedulePolicy, retry_after: timedelta | None = None
) -> datetime | None:
    """When to try an entry's page again after `tries` tries, the last one included; None: give it up."""
    if tries >= policy.tries:
        return None
    wait: timedelta = policy.first_retry * policy.growth ** max(tries - 1, 0)
    return now + min(max(wait, retry_after or timedelta(0)), policy.longest)


def next_recheck(since: datetime, now: datetime, jitter: float) -> datetime | None:
    """When to look next at a page that was first had at `since`; None: not any more. `jitter` in [0, 1)."""
    looks = (since + wait * (1 + jitter / 10) for wait in LOOKS)
    return next((at for at in looks if at > now), None)


def asked_interval(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer stays fresh (RFC 9111, 5.2.2.1 and 5.3): max-age, or else Expires; a day at most.

    `headers` have names in lower case. "We've seen 16 years" (NetNewsWire), hence the day.
    """
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    wait = _seconds(found[1]) if found else _until(headers.get("expires", ""), now)
    return min(wait, timedelta(days=1)) if wait else None


def retry_after(value: str, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for, as seconds or as a date (RFC 9110, 10.2.3); None: nothing one can read."""
    value = value.strip()
    return _seconds(value) if value.isascii() and value.isdigit() else _until(value, now)


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clocks of a zone show this time on this day, in UTC.

    An hour that clocks skip falls as much later, one that they repeat is its first: so each day has just one, and
    they follow one another (PEP 495, fold=0).
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def last_moment(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The last time until now (now itself is one) that the clocks of a zone showed this time of day."""
    day = now.astimezone(zone).date() + timedelta(days=1)  # a skipped hour may be shown a day off
    while (moment := moment_of(day, at, zone)) > now:
        day -= timedelta(days=1)
    return moment


def next_moment(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first time after now that the clocks of a zone show this time of day."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    while (moment := moment_of(day, at, zone)) <= now:
        day += timedelta(days=1)
    return moment


def spread(key: str) -> float:
    """A number in [0, 1) that is always the same for a key, in any process.

    >>> spread("24kg-ru") == spread("24kg-ru")
    True
    """
    return crc32(key.encode()) / 2**32


def _seconds(digits: str) -> timedelta:
    # int() refuses thousands of digits and timedelta holds no more than a billion days
    return min(timedelta(seconds=int(digits[:10])), _CENTURY)


def _until(http_date: str, now: datetime) -> timedelta | None:
    try:
        then = parsedate_to_datetime(http_date)
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        return min(max(then - now, timedelta(0)), _CENTURY)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
