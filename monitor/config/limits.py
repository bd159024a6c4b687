"""Pure. The one table of limits: what a stranger's server, page or file can cost us at most."""

from __future__ import annotations

from dataclasses import dataclass

from monitor import urls, watchlist


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, of bodies as they are when unpacked; times in seconds; texts in characters."""

    feed_bytes: int = 10_000_000
    page_bytes: int = 5_000_000
    header_bytes: int = 64_000
    robots_bytes: int = 512_000  # RFC 9309, 2.5
    redirects: int = 8
    connect_seconds: float = 5.0
    feed_seconds: float = 20.0  # a whole request, redirects among it
    page_seconds: float = 30.0
    stage_seconds: float = 10.0  # of CPU, to parse or extract
    stage_memory: int = 120_000_000  # of recorded pages and feeds none took more than 26 MB
    entries_a_visit: int = 2_000  # of a feed, newest first
    pages_a_feed: int = 50  # in one run
    pages_a_first_visit: int = 400
    title_length: int = 1_000
    text_length: int = 200_000
    url_length: int = urls.MAX_LENGTH
    per_host: int = 2  # connections to one host:port
    connections: int = 50  # and 150 more to servers that keep us waiting
    tries: int = 5  # of an entry, then it is given up
    longest_wait: float = 86_400.0  # between two tries, whatever was asked for
    import_bytes: int = watchlist.MAX_BYTES
    import_entities: int = watchlist.MAX_ENTITIES
    page_of_a_list: int = 200
