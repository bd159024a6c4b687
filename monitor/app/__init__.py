"""The use cases, which the command line, the web, cron and the worker call.

`App` in service.py has most of them as methods; the rest are functions over an `App`, or need none (documents, offline,
sources). Callers may read through the roles of the store; they write through this package.
"""

from __future__ import annotations

from monitor.app.service import App

__all__ = ["App"]
