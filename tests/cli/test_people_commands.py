"""The accounts of the desk at the terminal, and who of them is cleared for the closed watch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.app import App
from kit.desk import account
from kit.home import WATCHLIST, open_app
from monitor.model import Act, Role


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST)
    return tmp_path


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    app = open_app(home)
    account(app, "Aida", Role.ADMIN)
    account(app, "Bek", Role.READER)
    yield app
    app.close()


def log(app: App) -> list[tuple[Act, int | None, int | None, str]]:
    watch = app.closed_watch()
    return [(line.act, line.by, line.about, line.detail) for line in watch.store.people.audit(9)] if watch else []


def test_the_first_account_is_cleared_in_the_home_and_the_last_one_loses_it_there(monitor, home: Path, app: App):
    assert monitor("--home", home, "people", "list").out == "Aida: admin\nBek: reader\n"
    assert app.closed_watch() is None
    assert monitor("--home", home, "people", "clear", "bek").code == 0
    assert monitor("--home", home, "people", "list").out == "Aida: admin\nBek: reader, cleared\n"
    assert monitor("--home", home, "people", "unclear", "Bek").code == 0
    listed = monitor("--home", home, "people", "list", "--format", "json").json
    assert listed[1] == {"name": "Bek", "role": "reader", "cleared": False, "closed": False}
    assert log(app) == [(Act.UNCLEARED, None, 2, "terminal"), (Act.CLEARED, None, 2, "terminal")]


def test_what_is_said_already_is_not_written_again(monitor, home: Path, app: App):
    assert monitor("--home", home, "people", "unclear", "Aida").code == 0
    assert app.closed_watch() is None
    for _ in range(2):
        assert monitor("--home", home, "people", "clear", "Aida").code == 0
    assert len(log(app)) == 1


def test_an_account_that_there_is_not_is_an_error(monitor, home: Path, app: App):
    outcome = monitor("--home", home, "people", "clear", "Eve")
    assert outcome.code == 2 and "monitor people list" in outcome.err
    assert app.closed_watch() is None


def test_doctor_says_who_is_cleared(monitor, home: Path, app: App):
    assert "closed watch" not in monitor("--home", home, "doctor").out
    app.people.clear(1, cleared=True)
    assert "cleared for it: Aida;" in monitor("--home", home, "doctor").out
    app.people.clear(1, cleared=False, even_last=True)
    app.closed_watch(create=True)
    assert "nobody is cleared for it" in monitor("--home", home, "doctor").out
