"""What sites ask of programs that read their pages (RFC 9309). For article pages alone: feeds are made for programs.

A robots.txt that is missing, or cannot be had, allows (docs/design/fetching.md says why).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from protego import Protego

from monitor.errors import FetchError

_WORK = 500_000  # protego copies each rule to each agent it is for: half a megabyte could cost it gigabytes
_ALLOWS = Protego.parse("")


class Robots:
    """Reads each site's rules once, for as long as this lives: that of a fetcher, which is a run."""

    def __init__(self, agent: str, read: Callable[[str, str], Awaitable[bytes]]) -> None:
        """`read` gets the bytes at a URL through a proxy, or raises FetchError."""
        self._agent, self._read = agent.partition("/")[0], read
        self._sites: defaultdict[tuple[str, str], _Site] = defaultdict(_Site)

    async def rules(self, page: httpx.URL, proxy: str) -> tuple[bool, float]:
        """Whether this page may be read, and how many seconds are to lie between two requests."""
        place = str(page.copy_with(path="/robots.txt", query=None, fragment=None))
        site = self._sites[place, proxy]
        async with site.reading:
            if site.rules is None:
                site.rules = await self._rules(place, proxy)
        return site.rules.can_fetch(str(page), self._agent), site.rules.crawl_delay(self._agent) or 0.0

    async def _rules(self, place: str, proxy: str) -> Protego:
        try:
            text = (await self._read(place, proxy)).decode("utf-8-sig", "replace")
        except FetchError as failure:
            if not failure.asked:
                raise
            return _ALLOWS
        agents = text.lower().count("agent")
        return Protego.parse(text) if agents * max(agents, len(text.splitlines())) < _WORK else _ALLOWS


@dataclass(slots=True)
class _Site:
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
