"""The numbers of fetching; filled from config.py."""

from __future__ import annotations

from dataclasses import dataclass

from monitor import __version__
from monitor.errors import InputError
from monitor.ports import Purpose


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Sizes in bytes (bodies as unpacked), times in seconds. `allow_hosts` are `host:port`, as they stand in URLs."""

    allow_hosts: frozenset[str] = frozenset()
    host_gap: float = 1.0  # between the starts of two requests to one host:port
    # AKIpress and Tazabek answer with a web page unless this looks like a feed reader. It names no organisation.
    user_agent: str = f"newsroom-monitor/{__version__} (RSS feed reader)"
    proxy: str = ""  # http://, https://, socks5://; a feed's own comes first
    feed_bytes: int = 10_000_000
    page_bytes: int = 5_000_000
    header_bytes: int = 64_000
    url_length: int = 2_048
    feed_seconds: float = 20.0
    page_seconds: float = 30.0
    connect_seconds: float = 5.0
    redirects: int = 8
    per_host: int = 2
    in_all: int = 50  # requests at once
    slow: float = 3.0  # one that takes longer gives its place to another, and goes on beside
    slow_ones: int = 150  # so many of those
    robots: bool = True  # whether article pages are read as their site's robots.txt says
    robots_bytes: int = 512_000  # RFC 9309, 2.5
    robots_seconds: float = 10.0
    patience: float = 10.0  # the longest Crawl-delay that is kept, and Retry-After that is waited out
    rest: float = 600.0  # after a 429 that does not say how long
    longest_rest: float = 86_400.0
    others_rest: float = 3_600.0  # what one route was told keeps the others of its host away no longer

    def __post_init__(self) -> None:
        if not (self.user_agent.isascii() and self.user_agent.isprintable()):
            raise InputError("the user agent must be plain ASCII, in one line")

    def bytes_for(self, purpose: Purpose) -> int:
        return {Purpose.FEED: self.feed_bytes, Purpose.ROBOTS: self.robots_bytes}.get(purpose, self.page_bytes)

    def seconds_for(self, purpose: Purpose) -> float:
        return {Purpose.FEED: self.feed_seconds, Purpose.ROBOTS: self.robots_seconds}.get(purpose, self.page_seconds)
