"""What a check of `monitor doctor` results in, and the checks of feeds.yaml, watchlist.yaml and their addresses."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from monitor.app.files import hash_of
from monitor.app.lists import compiled_watchlist
from monitor.app.sources.desk import REVEALING_ADDRESS, revealing_addresses
from monitor.config import Settings, load_feeds
from monitor.config.watchlist import load_watchlist
from monitor.errors import FetchError, MonitorError
from monitor.fetch.addresses import check_url
from monitor.home import Home
from monitor.model import Feed
from monitor.store.line.checks import Check
from monitor.urls import site_of


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. If not `is_ok`, the message says what to do; the digest reports minor ones too.

    `is_broken` is False for what works and is a danger all the same: it is shown as LOOK, but no exit code tells of it,
    since an operator who cannot mend it would learn to ignore the code.
    """

    subject: str
    is_ok: bool
    message: str
    is_minor: bool = False
    is_broken: bool = True

    @property
    def fails(self) -> bool:
        """Return True if the exit code says so."""
        return self.is_broken and not self.is_ok and not self.is_minor


FEW_ENTRIES, NEARLY_ALL = 5, 0.8  # of a week, to tell where the articles of a feed are


def check_lists(settings: Settings) -> tuple[CheckResult, CheckResult]:
    """Check whether feeds.yaml and watchlist.yaml load; the names are those of both watches."""
    return (
        _check_list("feeds.yaml", "feed feeds", lambda: load_feeds(settings.feeds)),
        _check_list("watchlist.yaml", "entity entities", lambda: load_watchlist(settings.watchlist)),
    )


def check_private_feeds(settings: Settings) -> Iterator[CheckResult]:
    """Yield, by number, the feeds whose address is a private one that the settings do not allow."""
    try:
        feeds = load_feeds(settings.feeds)
    except MonitorError:  # told already
        return
    for number, feed in enumerate(feeds, 1):
        try:
            check_url(feed.url, settings.allow_hosts, sys.maxsize)
        except FetchError as refusal:
            yield CheckResult("feeds.yaml", False, f"source number {number} in it is not read: {refusal}")


def _check_list(name: str, nouns: str, load: Callable[[], Sequence[object]]) -> CheckResult:
    try:
        number = len(load())
        return CheckResult(name, True, f"{number} {nouns.split()[number != 1]}")
    except MonitorError as error:
        return CheckResult(name, False, str(error))


def check_addresses(home: Home) -> list[CheckResult]:
    """Return a result for each feed whose address contains a watched name."""
    watchlist, path = home.store.watchlists.current(), home.settings.feeds
    # The watched names may also change with the day.
    watched = (entity.id for entity in watchlist.watched_on(home.today()))
    checked = sha256("\n".join((hash_of(path), str(watchlist.version), *watched)).encode()).hexdigest()
    results: list[CheckResult] = []

    def count() -> int:
        results.extend(_revealing_addresses(home, load_feeds(path)))
        return len(results)

    # A check that finds none takes seconds, so only that result is stored; others are made again until they are mended.
    if home.store.checks.result(Check.REVEALING_ADDRESSES, checked, count) and not results:
        count()
    return results


def check_speakers(home: Home) -> Iterator[CheckResult]:
    """Yield the feeds whose entries of the last week nearly all link to one site that the feed does not speak for."""
    feeds = {feed.id: feed for feed in home.store.feeds.listed()}
    sites: dict[str, Counter[str]] = defaultdict(Counter)
    for feed, url in home.store.feeds.links_since(home.clock() - timedelta(days=7)):
        sites[feed][site_of(url)] += 1
    for feed, counts in sites.items():
        site, count = counts.most_common(1)[0]
        is_of_feed = site in {site_of(feeds[feed].url), *feeds[feed].speaks_for}
        if not is_of_feed and count >= FEW_ENTRIES and count >= counts.total() * NEARLY_ALL:
            advice = f"if that is the same outlet, give it `speaks_for: [{site}]`"
            yield CheckResult(
                f"feed {feed}", False, f"its articles are told, since they are of {site}; {advice}", is_minor=True
            )


def _revealing_addresses(home: Home, feeds: Sequence[Feed]) -> Iterator[CheckResult]:
    """Yield the feeds by number: the id of a feed is made of its address and would show the name."""
    revealing = revealing_addresses((feed.url for feed in feeds), compiled_watchlist(home))
    for number, feed in enumerate(feeds, 1):
        if feed.url in revealing:
            yield CheckResult("feeds.yaml", False, f"source number {number} in it: {REVEALING_ADDRESS}")
