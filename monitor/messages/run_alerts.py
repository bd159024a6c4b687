"""Alerts during a run: a thread files urgent articles and sends their alerts while the sources are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from monitor.bug_log import log_bug
from monitor.errors import StoreError
from monitor.messages.publisher import Publisher

SECONDS = 10.0  # between two checks


@contextmanager
def alerts_meanwhile(
    open_publisher: Callable[[], Publisher],
    file_articles: Callable[[Collection[str]], None],
    seconds: float = SECONDS,
) -> Iterator[list[str]]:
    """Send alerts while the body runs; yield the list to which problems are added.

    `file_articles(entities)` files the stored articles that name one of these. Without recipients of alerts nothing is
    done.
    """
    problems: list[str] = []
    if not open_publisher().has_alerts:
        yield problems
        return
    stop = Event()

    def watch() -> None:
        while not stop.wait(seconds):
            try:
                # A new publisher each time, because recipients.yaml may be edited during a run.
                problems.extend(asyncio.run(send_alerts(open_publisher(), file_articles)))
            except StoreError:
                continue  # the database is busy, or lost: the run reports it
            except Exception as bug:  # the next check may find other news
                log_bug("alerts", "run", bug)

    # A thread with a loop of its own: a mail server that hangs must not hold up the fetching.
    thread = Thread(target=watch, name="alerts")
    thread.start()
    try:
        yield problems
    finally:
        stop.set()
        thread.join()


async def send_alerts(publisher: Publisher, file_articles: Callable[[Collection[str]], None]) -> list[str]:
    """File the urgent articles, and send the alerts that are due; return the problems. Raises StoreError."""
    if not publisher.has_alerts:
        return []
    if urgent := publisher.composer.urgent_entities():
        file_articles(urgent)
    return await publisher.publish(only_alerts=True, is_reading=True)
