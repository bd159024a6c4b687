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

from monitor.errors import FetchError

_MAX_WORK = 500_000  # protego copies each rule to each of its agents: half a megabyte could take gigabytes of memory
_ALLOW_ALL = Protego.parse("")


class Robots:
    """A cache of the rules of each site and proxy; it lives as long as its fetcher, which is one run."""

    def __init__(self, agent: str, read: Callable[[str, str], Awaitable[bytes]]) -> None:
        """Take the user agent and `read(url, proxy)`, which returns the bytes of a file or raises FetchError."""
        self._agent, self._read = agent.partition("/")[0], read
        self._sites: defaultdict[tuple[str, str], _Site] = defaultdict(_Site)

    async def rules(self, page: httpx.URL, proxy: str) -> tuple[bool, float]:
        """Return (page is allowed, Crawl-delay in seconds)."""
        robots_url = str(page.copy_with(path="/robots.txt", query=None, fragment=None))
        site = self._sites[robots_url, proxy]
        async with site.reading:
            if site.rules is None:
                site.rules = await self._rules(robots_url, proxy)
        return site.rules.can_fetch(str(page), self._agent), site.rules.crawl_delay(self._agent) or 0.0

    async def _rules(self, robots_url: str, proxy: str) -> Protego:
        try:
            text = (await self._read(robots_url, proxy)).decode("utf-8-sig", "replace")
        except FetchError as error:
            if not error.request_sent:  # the rules are unknown, not missing
                raise
            return _ALLOW_ALL
        agent_lines = text.lower().count("agent")
        return Protego.parse(text) if agent_lines * max(agent_lines, len(text.splitlines())) < _MAX_WORK else _ALLOW_ALL


@dataclass(slots=True)
class _Site:
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
