"""A desk on a copy of a database that a file of tests fills once (`filled`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from kit.app import App
from kit.home import Clock
from kit.store import NOW
from monitor.clock import now_utc
from monitor.config import Settings
from monitor.store import open_store
from monitor.store import tables as t


def opened_copy(database: Path, folder: Path, clock: Callable[[], datetime] = now_utc) -> App:
    """Return the app on a copy of a database."""
    url = f"sqlite:///{shutil.copy(database, folder / 'monitor.db')}"
    return App(Settings(home=folder, database_url=url), open_store(url), clock)


def reset(app: App) -> App:
    """Return the app without accounts and decisions, when it is NOW."""
    app.clock = Clock(NOW)
    with app.store.database.writing("a test") as connection:
        for table in (t.audit, t.session, t.token, t.invitation, t.decision, t.person):
            connection.execute(delete(table))
        fresh = {"version": 1, "state": "open", "verdict": None, "until": None, "reopened": "", "reopened_at": None}
        connection.execute(update(t.review_item).values(fresh))
    return app


@pytest.fixture
def app(filled: Path, tmp_path: Path) -> Iterator[App]:
    app = opened_copy(filled, tmp_path, Clock(NOW))
    yield app
    app.close()
