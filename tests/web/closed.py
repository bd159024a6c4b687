"""A desk with an open and a closed watch: an item of each about the same article, and another closed one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kit.app import App
from kit.copies import opened_copy, reset
from kit.desk import account
from kit.store import CHOLPON, filed, hit, watch
from monitor.model import Role, User
from monitor.store import Store
from monitor.web import create_desk
from monitor.web.security import Guard

CLOSED_NAME = replace(CHOLPON, id="cholpon-closed", name="Aizada Bekova", aliases=(), sensitive=True)
CLOSED_TEXT = "The police questioned Aizada Bekova for six hours. Then she went home."


@pytest.fixture(scope="module")
def two_watches(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("watches")
    opened = opened_copy(sqlite_with_tables, folder)
    watch(opened.store)
    filed(opened.store)
    shutil.copy(sqlite_with_tables, opened.settings.closed_database_url.removeprefix("sqlite:///"))
    closed = closed_store(opened)
    watch(closed, CLOSED_NAME)
    about_her = hit("Aizada Bekova", CLOSED_NAME.id, CLOSED_TEXT)
    filed(closed, about_her, text=CLOSED_TEXT, title="Questioned for six hours")
    filed(closed, about_her, text=CLOSED_TEXT, title="She went home")
    yield opened
    opened.close()


@pytest.fixture
def app(two_watches: App) -> App:
    """Return a desk with an item of the open watch and two of the closed one, and no accounts."""
    app = reset(two_watches)
    watch = app.closed_watch()
    assert watch is not None
    app.cache.closed = replace(watch, clock=app.clock)
    reset(App(app.settings, watch.store))
    return app


@pytest.fixture
def desk(app: App) -> Guard:
    return create_desk(app)


def closed_store(app: App) -> Store:
    watch = app.closed_watch()
    assert watch is not None
    return watch.store


def cleared_account(app: App, name: str, role: Role) -> User:
    person = account(app, name, role)
    return app.people.clear(person.id, cleared=True)
