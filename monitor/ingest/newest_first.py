"""The order of pages between feeds: first the newest entries of each, then the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NEWEST = 10  # entries of each feed: what it brought in the last hours
SECONDS = 60.0  # that older entries wait for them; a server that hangs must not hold up the others for long


class NewestFirst:
    """Holds back the older entries of all feeds until the newest ones of each are read.

    Else the archive that new feeds bring keeps the sandbox busy while the newest page of a slow outlet waits.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._reading, self._are_read = 0, asyncio.Event()
        self._stop_at = time.monotonic() + seconds

    @contextmanager
    def newest_of_feed(self) -> Iterator[None]:
        """Count a feed whose newest entries are being read."""
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1
            if not self._reading:
                self._are_read.set()

    async def wait(self) -> None:
        """Wait until the newest entries of all feeds are read, or too long have been."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(self._stop_at - time.monotonic(), 0)):
                await self._are_read.wait()
