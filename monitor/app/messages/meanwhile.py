"""Alerts during a run: a thread looks for what was filed, so that no alert waits for the end of the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from monitor.app.messages.publisher import Publisher
from monitor.errors import StoreError

SECONDS = 10.0  # between two looks


@contextmanager
def alerts_meanwhile(open_publisher: Callable[[], Publisher], seconds: float = SECONDS) -> Iterator[list[str]]:
    """Send alerts while the body runs; yield the list to which problems are added.

    If nobody is told at once, nothing is done.
    """
    problems: list[str] = []
    if not any(recipient.alerts for recipient in open_publisher().recipients):
        yield problems
        return
    stop = Event()

    def watch() -> None:
        while not stop.wait(seconds):
            try:
                problems.extend(asyncio.run(open_publisher().publish(only_alerts=True)))
            except StoreError:
                continue  # the database is busy, or lost: the run reports it

    thread = Thread(target=watch, name="alerts")
    thread.start()
    try:
        yield problems
    finally:
        stop.set()
        thread.join()
