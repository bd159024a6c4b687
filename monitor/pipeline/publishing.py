"""What a window brought, as a digest."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.digest import Digest, make_digest
from monitor.model import (
    Window,
)
from monitor.ports import Reading


def publish(
    window: Window,
    *,
    reading: Reading,
    timezone: ZoneInfo,
    next_at: datetime | None = None,
    contact: str = "",
    base_url: str = "",
    language: str = "en",
) -> Digest:
    """The digest of a window, by when things came into the queue."""
    happened = reading.happened(window)
    return make_digest(
        happened, timezone=timezone, next_at=next_at, contact=contact, base_url=base_url, language=language
    )
