"""Discover and probe feeds, and recognise addresses that reveal a watched name."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.config.feeds import feed_outlet_name, normalize_url
from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.ingest.policy import LinePolicy
from monitor.model import Feed, ParsedFeed
from monitor.parse import parse_feed
from monitor.parse.discover import USUAL_PATHS, feed_address, feed_links, news_sitemaps
from monitor.ports import Fetcher, Purpose, Response, Sandbox
from monitor.text.language import detect
from monitor.urls import is_web_url, resolve_link

UNREACHABLE_REASONS = frozenset(
    [FetchReason.UNREACHABLE, FetchReason.TIMEOUT, FetchReason.TLS, FetchReason.FORBIDDEN_ADDRESS]
)
MAX_REQUESTS = 30  # per site


@dataclass(frozen=True, slots=True)
class FeedProbe:
    """The result of requesting a URL as a feed; `trouble` is a sentence if it is not one."""

    url: str
    parsed: ParsedFeed = ParsedFeed()
    trouble: str = ""
    response: Response | None = None
    reason: FetchReason | None = None

    @property
    def newest(self) -> datetime | None:
        """The date of its newest entry."""
        return max((at for entry in self.parsed.entries if (at := entry.published)), default=None)

    @property
    def language(self) -> str:
        return detect("\n".join(entry.title for entry in self.parsed.entries[:20]))


async def probe_feed(url: str, fetcher: Fetcher, sandbox: Sandbox, proxy: str = "", *, own_url: str = "") -> FeedProbe:
    """Request a URL and parse the response as a feed, in the sandbox; nothing is stored. Raises SandboxLost."""
    try:
        response = await fetcher.get(url, Purpose.FEED, proxy=proxy, own_url=own_url)
    except FetchError as error:
        return FeedProbe(url, trouble=error.detail, reason=error.reason)
    try:
        parsed = await sandbox.run(
            parse_feed, response.body, response.url, response.content_type, LinePolicy().entries_a_visit
        )
    except StageFailed as error:
        return FeedProbe(url, trouble=str(error), response=response)
    return FeedProbe(url, parsed, "" if parsed.entries else parsed.problem, response)


async def discover(url: str, fetcher: Fetcher, sandbox: Sandbox, proxy: str = "") -> AsyncIterator[FeedProbe]:
    """Yield the feeds of a site, each requested once.

    That is the URL itself if it is a feed; else the feeds that its page declares or links to (also by way of pages that
    list feeds) and its news sitemap; else the usual paths. A page is yielded too if it is `url` itself.
    """
    start = feed_address(url) or url
    robots, home = resolve_link(start, "/robots.txt"), resolve_link(start, "/")
    usual = [resolve_link(home, place) for place in USUAL_PATHS]
    pending = deque([start, robots, *usual])
    requested_urls: set[str] = set()
    linked_urls: set[str] = set()
    entry_sets: set[frozenset[str]] = set()  # to recognise one feed under several addresses
    while pending and len(requested_urls) < MAX_REQUESTS:
        link = pending.popleft()
        # The usual paths are a last resort, tried only while no feed was found, unless a page links to one.
        is_guess = link in usual and link not in linked_urls
        if not is_web_url(link) or normalize_url(link) in requested_urls or (entry_sets and is_guess):
            continue
        requested_urls.add(normalize_url(link))
        probe = await probe_feed(link, fetcher, sandbox, proxy, own_url=start)
        links = await _links_of(probe, sandbox, is_robots=link == robots)
        # Links of a page come before the usual paths, in the order of the page.
        pending.extendleft(reversed(links))
        linked_urls.update(links)
        entries = frozenset(entry.guid or entry.url for entry in probe.parsed.entries)
        is_shown = not (links or link == robots or (is_guess and probe.trouble) or entries in entry_sets)
        if is_shown or link == start:
            yield probe
        if not probe.trouble:
            entry_sets.add(entries)
        if link == start and (not probe.trouble or start != url or probe.reason in UNREACHABLE_REASONS):
            return


async def _links_of(probe: FeedProbe, sandbox: Sandbox, *, is_robots: bool) -> list[str]:
    """Return the links to feeds or sitemaps in a response; none if it takes too much to read them."""
    response = probe.response
    if response is None or not (is_robots or probe.parsed.html):
        return []
    try:
        if is_robots:
            return await sandbox.run(news_sitemaps, response.body)
        return await sandbox.run(feed_links, response.body, response.url, response.content_type)
    except StageFailed:
        return []


def feeds_file_row(probe: FeedProbe, site: str, listed_feeds: Sequence[Feed]) -> Mapping[str, str]:
    """Return the row for feeds.yaml; outlet and country are those of a listed feed of the same site, if any."""
    sibling = next((feed for feed in listed_feeds if feed_outlet_name(feed.url) == feed_outlet_name(site)), None)
    row = {
        "url": probe.url,
        "outlet": sibling.outlet if sibling else feed_outlet_name(site),
        "country": sibling.country if sibling else "",
        "language": probe.language,
    }
    return {key: value for key, value in row.items() if value}
