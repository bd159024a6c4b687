"""The desk on the demo, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from kit.app import App
from kit.home import open_app


@pytest.fixture(scope="module")
def playwright(demo: Path) -> Iterator[Playwright]:
    """Start the browser after the demo has run: Playwright needs this thread's event loop for itself."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def app(demo: Path, tmp_path: Path) -> Iterator[App]:
    opened = open_app(shutil.copytree(demo, tmp_path / "home"))
    yield opened
    opened.close()


@pytest.fixture
def expected_complaints() -> str:
    return "409"  # Chromium tells of every such answer
