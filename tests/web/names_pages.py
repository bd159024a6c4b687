"""The pages of names and an operator at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.names import names_desk
from monitor.model import (
    Role,
)
from monitor.web import create_desk


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    app = names_desk(tmp_path, sqlite_with_tables)
    yield app
    app.close()


@pytest.fixture
def operator(app: App) -> Browser:
    return client(create_desk(app), account(app, "Olga", Role.OPERATOR))


def words(text: str) -> str:
    return " ".join(html.fromstring(text).xpath("string(//main)").split())


def fields(text: str, **changes: str) -> dict[str, str]:
    """Return the form of a page as a browser would send it, with some fields changed."""
    form = next(form for form in html.fromstring(text).forms if "name-form" in form.get("class", ""))
    return {name: value for name, value in form.form_values() if name != "theirs"} | changes
