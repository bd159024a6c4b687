"""Alerts during a run: a thread files urgent articles and sends their alerts while the sources are read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from monitor.bug_log import log_bug
from monitor.errors import StoreError
from monitor.home import Home
from monitor.ingest.filing import file_pending_articles
from monitor.ingest.lock import hold_run_lock
from monitor.messages.publisher import Publisher

SECONDS = 10.0  # between two checks


@contextmanager
def alerts_meanwhile(home: Home, problems: list[str], seconds: float = SECONDS) -> Iterator[None]:
    """Send alerts while the body reads, which wait for no page that hangs, and at its end; add new problems."""
    alert_problems, stop = list[str](), Event()

    def watch() -> None:
        while not stop.wait(seconds):
            try:
                alert_problems.extend(asyncio.run(_file_and_send(home)))
            except StoreError:
                continue  # the database is busy, or lost: the run reports it
            except Exception as bug:  # the next check may find other news
                log_bug("alerts", "run", bug)

    # A thread with a loop of its own: a mail server that hangs must not hold up the fetching.
    thread = Thread(target=watch, name="alerts")
    if Publisher(home).has_alerts:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.is_alive():
            thread.join()
    # Filing at the end of the run may have brought more, after the thread had ended.
    alert_problems += asyncio.run(Publisher(home).publish(only_alerts=True))
    # The thread meets a lasting problem every ten seconds; it is told once.
    problems += [problem for problem in dict.fromkeys(alert_problems) if problem not in problems]


def send_alerts(home: Home) -> list[str]:
    """Send what is told at once, in a fleet; return the problems. Raises StoreError."""
    with hold_run_lock(home):
        return asyncio.run(_file_and_send(home))


async def _file_and_send(home: Home) -> list[str]:
    """File the articles that name an urgent entity, and send the alerts that are due; return the problems."""
    publisher = Publisher(home)  # a new one each time, because recipients.yaml may be edited during a run
    if not publisher.has_alerts:
        return []
    if urgent := publisher.composer.urgent_entities():
        file_pending_articles(home.store, home.clock, only=lambda article: not article.entities.isdisjoint(urgent))
    return await publisher.publish(only_alerts=True, is_reading=True)
