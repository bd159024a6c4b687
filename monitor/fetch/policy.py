"""The limits and delays of fetching; `monitor.app` fills them from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from monitor import __version__
from monitor.errors import InputError
from monitor.ports import Purpose


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Limits and delays of requests: sizes in bytes (bodies after decompression), times in seconds.

    `allow_hosts` are `host:port` as in URLs; only these may resolve to private addresses.
    """

    allow_hosts: frozenset[str] = frozenset()
    host_gap: float = 1.0  # between the starts of two requests to one host:port
    # AKIpress and Tazabek answer with a web page unless this looks like a feed reader. It names no organisation.
    user_agent: str = f"newsroom-monitor/{__version__} (RSS feed reader)"
    proxy: str = ""  # http://, https:// or socks5://; a feed's own proxy takes precedence
    feed_bytes: int = 10_000_000
    page_bytes: int = 5_000_000
    header_bytes: int = 64_000
    url_length: int = 2_048
    # Of the whole answer: a timeout of single reads never fires on a server that drips. With a fifth of 1,000 feeds
    # dripping, a run was not done after 200 seconds.
    feed_seconds: float = 20.0
    page_seconds: float = 30.0
    connect_seconds: float = 5.0
    redirects: int = 8
    per_host: int = 2
    max_requests: int = 50  # at the same time, without the slow ones
    # Else 200 sources that hang would hold up all others for 80 seconds.
    slow_after: float = 3.0  # a request that takes longer frees its slot for another and continues
    max_slow_requests: int = 150
    robots: bool = True  # obey robots.txt for article pages
    robots_bytes: int = 512_000  # RFC 9309, 2.5
    robots_seconds: float = 10.0
    max_wait: float = 10.0  # the longest Crawl-delay obeyed, and the longest Retry-After waited for within a run
    default_backoff: float = 600.0  # after a 429 without Retry-After
    max_backoff: float = 86_400.0
    max_shared_backoff: float = 3_600.0  # a Retry-After sent for one URL delays other URLs of its host no longer

    def __post_init__(self) -> None:
        if not (self.user_agent.isascii() and self.user_agent.isprintable()):
            raise InputError("the user agent must be plain ASCII, in one line")

    def bytes_for(self, purpose: Purpose) -> int:
        """Return the size limit of a body."""
        return {Purpose.FEED: self.feed_bytes, Purpose.ROBOTS: self.robots_bytes}.get(purpose, self.page_bytes)

    def seconds_for(self, purpose: Purpose) -> float:
        """Return the deadline of a request, over all its redirects."""
        return {Purpose.FEED: self.feed_seconds, Purpose.ROBOTS: self.robots_seconds}.get(purpose, self.page_seconds)
