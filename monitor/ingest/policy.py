"""The limits of a run and the fetcher, made from the settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.clock import Clock, now_utc
from monitor.config import RecheckChoice, Settings
from monitor.fetch import FetchPolicy, WebFetcher
from monitor.fetch.byte_budget import ByteBudget
from monitor.model import DayBounds
from monitor.ports import Hosts

LEASE = timedelta(minutes=40)  # longer than a run works on its claims, so only the claims of a dead run expire


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """The limits of one run."""

    pages_per_feed: int = 50
    pages_per_first_visit: int = 400
    stop_claiming_after: timedelta = timedelta(minutes=25)
    stop_waiting_after: timedelta = timedelta(minutes=35)  # for claimed work that hangs
    rescan_for: timedelta = timedelta(minutes=2)  # at least, however long the fetching took
    file_for: timedelta = timedelta(minutes=5)
    revisits_a_day: int = 5_000  # if more are due, a random sample
    revisit_matched: bool = False  # only articles with a hit
    bounds: DayBounds = DayBounds()


# How long after its worker died a slice is free again. Work is dispatched at whole minutes and begins some seconds
# later: with three minutes, the third dispatch after it would come just too soon.
SLICE_LEASE = timedelta(seconds=150)


PAGES_IN_FLIGHT_BYTES = 4_000_000  # fetched and not yet extracted: fifteen pages of the usual size


def make_fetcher(
    settings: Settings,
    clock: Clock = now_utc,
    *,
    by_hand: bool = False,
    hosts: Hosts | None = None,
    pages: ByteBudget | None = None,
) -> WebFetcher:
    """Return a fetcher; with `by_hand` it ignores robots.txt, which is for crawlers (RFC 9309), not for a person."""
    policy = FetchPolicy(
        allow_hosts=settings.allow_hosts,
        host_gap=settings.host_gap,
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        robots=settings.robots and not by_hand,
    )
    return WebFetcher(policy, now=clock, hosts=hosts, pages=pages)


def slice_policy(settings: Settings, lease: timedelta) -> RunPolicy:
    """Return the limits of a job over one slice, which ends within two thirds of its lease."""
    return replace(
        run_policy(settings),
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
