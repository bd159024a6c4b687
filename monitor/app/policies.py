"""From settings to the policies of the line, of a run, of fetching: the one place where their numbers meet."""

from __future__ import annotations

from monitor.app.clock import Clock, now_utc
from monitor.app.run import RunPolicy
from monitor.config import Revisit, Settings, Switch
from monitor.fetch import FetchPolicy, WebFetcher
from monitor.pipeline import LinePolicy
from monitor.schedule import SchedulePolicy


def fetcher(settings: Settings, clock: Clock = now_utc, *, by_hand: bool = False) -> WebFetcher:
    """`by_hand`: a person asked for this one page, so robots.txt, which is for programs, is not read."""
    limits = settings.limits
    policy = FetchPolicy(
        allow_hosts=settings.allow_hosts,
        host_gap=settings.host_gap,
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        feed_bytes=limits.feed_bytes,
        page_bytes=limits.page_bytes,
        header_bytes=limits.header_bytes,
        url_length=limits.url_length,
        feed_seconds=limits.feed_seconds,
        page_seconds=limits.page_seconds,
        connect_seconds=limits.connect_seconds,
        redirects=limits.redirects,
        per_host=limits.per_host,
        in_all=limits.connections,
        robots=settings.robots is Switch.ON and not by_hand,
        robots_bytes=limits.robots_bytes,
        longest_rest=limits.longest_wait,
    )
    return WebFetcher(policy, now=clock)


def line_policy(settings: Settings) -> LinePolicy:
    limits = settings.limits
    return LinePolicy(entries_a_visit=limits.entries_a_visit, schedule=SchedulePolicy(tries=limits.tries))


def run_policy(settings: Settings) -> RunPolicy:
    limits = settings.limits
    return RunPolicy(
        pages_a_feed=limits.pages_a_feed,
        pages_a_first_visit=limits.pages_a_first_visit,
        revisits_a_day=0 if settings.revisit is Revisit.NONE else settings.revisits_a_day,
        revisit_matched=settings.revisit is Revisit.MATCHED,
    )
