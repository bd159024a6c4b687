"""Audit events of the interpreter: what this process opens and connects to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

Listener = Callable[[str, tuple[object, ...]], None]
_listeners: list[Listener] = []


def _call_listeners(event: str, arguments: tuple[object, ...]) -> None:
    for listener in _listeners:
        listener(event, arguments)


@cache
def _install_hook() -> None:
    # When a test first listens, not before: a hook stays for good, and SQLAlchemy's thousands of id() call it.
    sys.addaudithook(_call_listeners)


@contextmanager
def audited(listener: Listener) -> Iterator[None]:
    """Call the listener with each audit event, of any thread."""
    _install_hook()
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
