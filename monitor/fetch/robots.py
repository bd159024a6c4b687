"""The rules of robots.txt (RFC 9309), applied to article pages only: feeds are made for programs.

A missing or unreachable robots.txt allows everything (docs/design/fetching.md says why).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from protego import Protego

from monitor.errors import FetchError, FetchReason
from monitor.fetch.addresses import origin_of

_MAX_WORK = 500_000  # protego copies each rule to each of its agents: half a megabyte could take gigabytes of memory
_ALLOW_ALL = Protego.parse("")
_IS_MISSING = (FetchReason.NOT_FOUND, FetchReason.GONE, FetchReason.REFUSED)


class Robots:
    """A cache of the rules of each site and proxy; it lives as long as its fetcher, which is one run."""

    def __init__(
        self,
        agent: str,
        read: Callable[[str, str, str], Awaitable[bytes]],
        remembered: Callable[[str], Awaitable[bytes | None]],
    ) -> None:
        """Store the user agent, and two functions that return a file's bytes.

        `read(url, proxy, own_url)` requests it or raises FetchError; `remembered(origin)` returns the file that an
        earlier run read within a day, or None.
        """
        self._agent, self._read, self._remembered = agent.partition("/")[0], read, remembered
        self._sites: defaultdict[tuple[str, str], _Site] = defaultdict(_Site)
        self.new_texts: dict[str, bytes] = {}  # by origin: the files that this run read, for the next one

    async def rules(self, page: httpx.URL, proxy: str, own_url: str = "") -> tuple[bool, float]:
        """Return (page is allowed, Crawl-delay in seconds); `own_url` as for `Fetcher.get`."""
        robots_url = f"{page.scheme}://{page.netloc.decode('ascii')}/robots.txt"
        site = self._sites[robots_url, proxy]
        async with site.reading:
            if site.rules is None:
                site.rules = await self._rules(robots_url, origin_of(page), proxy, own_url)
        return site.rules.can_fetch(str(page), self._agent), site.rules.crawl_delay(self._agent) or 0.0

    async def _rules(self, robots_url: str, origin: str, proxy: str, own_url: str) -> Protego:
        text = await self._remembered(origin)
        if text is None:
            try:
                text = await self._read(robots_url, proxy, own_url)
            except FetchError as error:
                if not error.request_sent:  # the rules are unknown, not missing
                    raise
                # Unlike in RFC 9309 (2.3.1.4), silence allows: under attack an outlet's robots.txt fails first, and it
                # must not wait for a month.
                if error.reason not in _IS_MISSING:  # the next run asks again
                    return _ALLOW_ALL
                text = b""
            self.new_texts[origin] = text
        return _parse(text.decode("utf-8-sig", "replace"))


def _parse(text: str) -> Protego:
    agent_lines = text.lower().count("agent")
    return Protego.parse(text) if agent_lines * max(agent_lines, len(text.splitlines())) < _MAX_WORK else _ALLOW_ALL


@dataclass(slots=True)
class _Site:
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
