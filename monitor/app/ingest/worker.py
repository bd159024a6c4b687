"""The same cycle for ever, for a container or a unit of systemd: when something is due, and at the digest's hour.

Nothing here needs an orderly end. Whatever stops it, the next start is an ordinary run (docs/design/every-day.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.app import AlreadyRunning, App
from monitor.errors import MonitorError
from monitor.feeds.schedule import next_moment
from monitor.model import Run

AT_LEAST = timedelta(minutes=2)  # between two runs: feeds that are due one after the other go together
AT_MOST = timedelta(minutes=15)  # pages to be tried again, items put off and changed files wait no longer than this


def work(
    app: App,
    pause: Callable[[float], None],
    *,
    ran: Callable[[Run, datetime], None],
    trouble: Callable[[list[str]], None],
) -> None:
    """Run until `pause` (of seconds) raises. `ran` hears of each run and when the next is, `trouble` of what failed."""
    while True:
        run = None
        try:
            run = app.ingest()
        except AlreadyRunning as error:
            if error.stuck:
                trouble([str(error)])
        except MonitorError as error:  # a full disk, a server that is away: it may pass
            trouble([str(error)])
        now = app.clock()
        again = next_run(app, now)
        if run is not None:
            ran(run, again)
            trouble(list(run.problems))
        pause((again - now).total_seconds())


def next_run(app: App, now: datetime) -> datetime:
    """When the first feed is due, within bounds, and never later than the digest's hour."""
    try:
        due = min((s.next_due or now for s in app.feeds() if not s.feed.paused), default=now + AT_MOST)
    except MonitorError:
        due = now + AT_MOST
    again = min(max(due, now + AT_LEAST), now + AT_MOST)
    if not app.mailer.wanted:
        return again
    return min(again, next_moment(now, app.settings.digest_at, app.settings.timezone))
