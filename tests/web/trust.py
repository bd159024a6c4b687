"""A desk with ninety stories in a real browser, with and without a connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from kit.copies import opened_copy
from kit.store import MINUTE, NOW, filed, watch

STORIES = 90  # three pages of the list; the newest comes first


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("trust"))
    watch(app.store)
    for n in range(STORIES):
        filed(app.store, title=f"Number {n + 1}", at=NOW + n * MINUTE)
    app.close()
    return app.settings.home / "monitor.db"


@pytest.fixture
def expected_complaints() -> str:
    return r"the server responded with a status of (401|409|500|502|503)|ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch"


def row(page: Page, n: int) -> Locator:
    return page.get_by_role("link", name=f"Number {n}", exact=True)
