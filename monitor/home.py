"""A home as use cases take it: settings, the database of one of its watches, the clock, and what makes a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from monitor.clock import Clock, local_day, now_utc
from monitor.config.settings import Settings
from monitor.match import Compiled
from monitor.store import Store
from monitor.store.desk.users import SqlUsers

# Opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`.
MakeSandbox = Callable[..., AbstractAsyncContextManager[Any]]


@dataclass(slots=True)
class HomeCache:
    """What is opened or compiled once, when it is first needed."""

    closed: Home | None = None  # the closed watch
    compiled: Compiled | None = None  # the list of names


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """An opened home, as one of its two watches; `monitor.app.home` opens it.

    `base`, of the closed watch: the open one. It has the sources, the accounts and the texts, which both watches share.
    """

    settings: Settings
    store: Store
    clock: Clock = now_utc
    make_sandbox: MakeSandbox | None = None
    base: Home | None = None
    cache: HomeCache = field(default_factory=HomeCache, repr=False)

    @property
    def is_closed(self) -> bool:
        return self.base is not None

    @property
    def open_watch(self) -> Home:
        return self.base or self

    @property
    def people(self) -> SqlUsers:
        return self.open_watch.store.people

    def today(self) -> date:
        """Return the day in the newsroom's time zone."""
        return local_day(self.clock(), self.settings.timezone)

    def close(self) -> None:
        """Close the databases of both watches."""
        self.store.close()
        if self.cache.closed:
            self.cache.closed.close()
