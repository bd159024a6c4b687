"""A desk with two recipients, for the tests of their pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Web
from kit.smtp_server import Mailbox
from monitor.model import Role
from monitor.web import create_desk

FILE = """# Who is told what.
recipients:
  - to: anna@b.example   # our editor
    at_once: true
  - to: bek@b.example
    names: [melis, cholpon]
"""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def app(mailbox: Mailbox, tmp_path: Path) -> Iterator[App]:
    with Web(Outlet("post", "en")) as web:
        home = furnish(tmp_path / "home", web)
        (home / "recipients.yaml").write_text(FILE, "utf-8")
        with (home / "monitor.env").open("a") as env:
            env.write(f"MONITOR_SMTP_URL={mailbox.url}\n")
        app = open_app(home, Clock())
        app.sync_files()
        yield app
        app.close()


@pytest.fixture
def root(app: App) -> Browser:
    return client(create_desk(app), account(app, "Root", Role.ADMIN))


def words(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).get_element_by_id("main").itertext()).split())
