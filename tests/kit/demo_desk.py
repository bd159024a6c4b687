"""The desk on the demo, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from kit.browserkit import Desk
from kit.desk import account, served
from monitor.app import App
from monitor.config import load_settings
from monitor.model import Role


@pytest.fixture(scope="module")
def playwright(demo: Path) -> Iterator[Playwright]:
    """Start the browser after the demo has run: Playwright needs this thread's event loop for itself."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def desk(demo: Path, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    home = shutil.copytree(demo, tmp_path / "home")
    app = App.open(load_settings(home, {}, home))
    for name, role, language in (("Aida", Role.REVIEWER, "en"), ("Вера", Role.REVIEWER, "ru"), ("Бакыт", Role.REVIEWER, "ky"),
                                 ("Root", Role.ADMIN, "en")):  # fmt: skip
        account(app, name, role, language)
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        expected = [line for line in opened.strange if "409" not in line]  # Chromium tells of every such answer
        assert expected == []  # no request elsewhere, no report of the CSP, no error
    app.close()
