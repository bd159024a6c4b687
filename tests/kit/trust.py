"""A desk with ninety stories in a real browser, with and without a connection."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from kit.browserkit import Desk
from kit.desk import account, served
from kit.store import MINUTE, NOW, filed, watch
from monitor.app import App
from monitor.config import Settings
from monitor.model import Role
from monitor.store import open_store

STORIES = 90  # three pages of the list; the newest comes first
PEOPLE = {"en": "Aida", "ru": "Вера", "ky": "Бакыт"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    file = Path(shutil.copy(sqlite_with_tables, tmp_path_factory.mktemp("trust") / "monitor.db"))
    store = open_store(f"sqlite:///{file}")
    watch(store)
    for n in range(STORIES):
        filed(store, title=f"Number {n + 1}", at=NOW + n * MINUTE)
    store.close()
    return file


@pytest.fixture
def desk(database: Path, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    url = f"sqlite:///{shutil.copy(database, tmp_path / 'monitor.db')}"
    app = App(Settings(home=tmp_path, database_url=url), open_store(url))
    for language, name in PEOPLE.items():
        account(app, name, Role.REVIEWER, language)
    account(app, "Root", Role.ADMIN, "en")
    with served(app) as address:
        opened = Desk(app, address, chromium)
        yield opened
        expected = re.compile(
            r"the server responded with a status of (401|409|500|502|503)|ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch"
        )
        assert [line for line in opened.strange if not expected.search(line)] == []
    app.close()


def row(page: Page, n: int) -> Locator:
    return page.get_by_role("link", name=f"Number {n}", exact=True)
