"""I/O: the log of our own bugs, which must not contain a watched name."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import SandboxLost, StageFailed, StoreError

log = logging.getLogger(__name__)


def log_bug(action: str, subject: object, bug: Exception) -> None:
    """Log the type and traceback of a bug, not its message: that may quote a text, and so a watched name."""
    if isinstance(bug, StageFailed):
        log.error("%s %s: %s\n%s", action, subject, bug, bug.place)
        return
    place = "".join(traceback.format_tb(bug.__traceback__))
    log.error("%s %s failed with %s\n%s", action, subject, type(bug).__name__, place)


@contextmanager
def surviving_bugs(action: str, subject: object) -> Iterator[None]:
    """Log a bug of the body and go on after it; raise StoreError and SandboxLost, which end the whole work."""
    try:
        yield
    except (StoreError, SandboxLost):
        raise
    except Exception as bug:
        log_bug(action, subject, bug)
