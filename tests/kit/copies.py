"""A desk on a copy of a database that a file of tests fills once (`filled`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kit.home import Clock
from kit.store import NOW
from monitor.app import App, now_utc
from monitor.config import Settings
from monitor.store import open_store


def opened_copy(database: Path, folder: Path, clock: Callable[[], datetime] = now_utc) -> App:
    """Return the app on a copy of a database."""
    url = f"sqlite:///{shutil.copy(database, folder / 'monitor.db')}"
    return App(Settings(home=folder, database_url=url), open_store(url), clock)


@pytest.fixture
def app(filled: Path, tmp_path: Path) -> Iterator[App]:
    app = opened_copy(filled, tmp_path, Clock(NOW))
    yield app
    app.close()
