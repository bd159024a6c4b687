"""The use cases, which the command line, the web, cron and the worker call.

`App` in service.py has most of them as methods; the rest are functions over an `App`, or need none (documents, offline,
sources). Callers may read through the roles of the store; they write through this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.app.clock import now_utc
    from monitor.app.ingest.policy import make_fetcher
    from monitor.app.lock import AlreadyRunning
    from monitor.app.service import App, ClockWentBack

__all__ = ["AlreadyRunning", "App", "ClockWentBack", "make_fetcher", "now_utc"]

_MODULES = {
    "AlreadyRunning": "lock",
    "App": "service",
    "ClockWentBack": "service",
    "make_fetcher": "ingest.policy",
    "now_utc": "clock",
}


def __getattr__(name: str) -> Any:
    """Import a use case when it is first asked for, so that a command loads only what it needs (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
