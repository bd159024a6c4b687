"""The numbers of a run, and the fetcher of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.app.clock import Clock, now_utc
from monitor.config import RecheckChoice as Revisits
from monitor.config import Settings
from monitor.fetch import FetchPolicy, WebFetcher


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """The numbers of a run; filled from config.py."""

    pages_a_feed: int = 50
    pages_a_first_visit: int = 400
    stop_claiming_after: timedelta = timedelta(minutes=25)
    stop_waiting_after: timedelta = timedelta(minutes=35)  # for what was claimed and does not come to an end
    look_back_for: timedelta = timedelta(minutes=2)  # at least, however long gathering took
    file_for: timedelta = timedelta(minutes=5)
    revisits_a_day: int = 5_000  # of more that are due a sample is drawn
    revisit_matched: bool = False  # only articles that name someone


def fetcher(settings: Settings, clock: Clock = now_utc, *, by_hand: bool = False) -> WebFetcher:
    """`by_hand`: a person asked for this one page, so robots.txt, which is for programs, is not read."""
    policy = FetchPolicy(
        allow_hosts=settings.allow_hosts,
        host_gap=settings.host_gap,
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        robots=settings.robots and not by_hand,
    )
    return WebFetcher(policy, now=clock)


def run_policy(settings: Settings) -> RunPolicy:
    return RunPolicy(
        revisits_a_day=0 if settings.revisit is Revisits.NONE else settings.revisits_a_day,
        revisit_matched=settings.revisit is Revisits.MATCHED,
    )
