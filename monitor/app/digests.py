"""Digests on demand, of either watch."""

from __future__ import annotations

from datetime import date

from monitor.app.closed.closed_home import watch_of
from monitor.home import Home
from monitor.ingest.lock import hold_run_lock
from monitor.messages.publisher import Publisher


def publisher_of(home: Home, *, closed: bool) -> Publisher:
    """Return the publisher of the open or of the closed watch. Raises NotFound if there is no closed watch."""
    return Publisher(watch_of(home, closed=closed))


def send_digest(home: Home, day: date | None = None, *, closed: bool = False) -> tuple[int, list[str]]:
    """Mail the due digest, or that of a past day; return the number of mails sent and the problems.

    Raises InputError if mail is not configured, NotFound, AlreadyRunning.
    """
    publisher = publisher_of(home, closed=closed)
    return publisher.publish_now(day, hold_run_lock(publisher.home))
