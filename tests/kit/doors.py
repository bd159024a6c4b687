"""A desk with one item, whose time a test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from kit.copies import opened_copy
from kit.home import Clock
from kit.store import NOW, filed, watch
from monitor.app import App
from monitor.model import Role
from monitor.store import tables as t
from monitor.web import create_desk
from monitor.web.security import Guard

# Every route, and who may use it at least; a route that is not here fails the census.
ROUTES: Mapping[tuple[str, str], Role | None] = {
    ("GET", "/health"): None,
    ("GET", "/metrics"): None,  # with a token of its own
    ("GET", "/sign-in"): None,
    ("POST", "/sign-in"): None,
    ("GET", "/join/{token}"): None,
    ("POST", "/join/{token}"): None,
    ("GET", "/"): Role.READER,
    ("GET", "/queue"): Role.READER,
    ("POST", "/queue"): Role.READER,
    ("GET", "/queue.json"): Role.READER,
    ("GET", "/queue.csv"): Role.READER,
    ("GET", "/queue.atom"): Role.READER,
    ("GET", "/items/{number}"): Role.READER,
    ("GET", "/items/{number}/articles/{article}"): Role.READER,
    ("POST", "/items/{number}/decide"): Role.REVIEWER,
    ("POST", "/items/{number}/undo"): Role.REVIEWER,
    ("POST", "/items/{number}/split"): Role.REVIEWER,
    ("POST", "/queue/together/merge"): Role.REVIEWER,
    ("POST", "/queue/together"): Role.REVIEWER,
    ("POST", "/queue/together/decide"): Role.REVIEWER,
    ("POST", "/sign-out"): Role.READER,
    ("GET", "/account"): Role.READER,
    ("POST", "/account"): Role.READER,
    ("POST", "/account/password"): Role.READER,
    ("POST", "/account/sessions"): Role.READER,
    ("POST", "/account/tokens"): Role.READER,
    ("POST", "/account/tokens/end"): Role.READER,
    ("GET", "/people"): Role.ADMIN,
    ("POST", "/people/invite"): Role.ADMIN,
    ("POST", "/people/{number}"): Role.ADMIN,
    ("GET", "/digest"): Role.READER,
    ("GET", "/digest/{day}"): Role.READER,
    ("GET", "/recipients"): Role.ADMIN,
    ("POST", "/recipients"): Role.ADMIN,
    ("POST", "/recipients/test"): Role.ADMIN,
    ("POST", "/recipients/retry"): Role.ADMIN,
    ("GET", "/sources"): Role.READER,
    ("GET", "/sources/{number}"): Role.OPERATOR,
    ("GET", "/sources/opml"): Role.OPERATOR,
    ("POST", "/sources/look"): Role.OPERATOR,
    ("POST", "/sources/opml"): Role.OPERATOR,
    ("POST", "/sources/add"): Role.OPERATOR,
    ("POST", "/sources/put-back"): Role.OPERATOR,
    ("POST", "/sources/{number}/edit"): Role.OPERATOR,
    ("POST", "/sources/{number}/address"): Role.OPERATOR,
    ("POST", "/sources/{number}/pause"): Role.OPERATOR,
    ("POST", "/sources/{number}/read"): Role.OPERATOR,
    ("POST", "/sources/{number}/remove"): Role.OPERATOR,
    ("GET", "/runs"): Role.READER,
    ("GET", "/statistics"): Role.READER,
    ("GET", "/names"): Role.READER,
    ("POST", "/names"): Role.READER,
    ("GET", "/names/{number}"): Role.READER,
    ("GET", "/names/add"): Role.OPERATOR,
    ("POST", "/names/add"): Role.OPERATOR,
    ("GET", "/names/{number}/edit"): Role.OPERATOR,
    ("POST", "/names/{number}/edit"): Role.OPERATOR,
    ("POST", "/names/{number}/remove"): Role.OPERATOR,
    ("POST", "/names/{number}/drop-spelling"): Role.OPERATOR,
    ("POST", "/names/undo"): Role.OPERATOR,
    ("POST", "/names/read"): Role.OPERATOR,
    ("GET", "/names/import"): Role.OPERATOR,
    ("POST", "/names/import"): Role.OPERATOR,
    ("GET", "/names/export/{kind}"): Role.OPERATOR,
    ("GET", "/queue/new"): Role.READER,
    ("GET", "/items/{number}/evidence"): Role.REVIEWER,
    ("GET", "/archive"): Role.REVIEWER,
    ("POST", "/archive"): Role.REVIEWER,
    ("POST", "/archive/{number}/add"): Role.REVIEWER,
    ("GET", "/add"): Role.REVIEWER,
    ("POST", "/add"): Role.REVIEWER,
    ("GET", "/added/{number}"): Role.REVIEWER,
    ("GET", "/audit"): Role.ADMIN,
    ("GET", "/receipts/{form}"): Role.READER,
}


@pytest.fixture(scope="module")
def one_item(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    opened = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("door"))
    watch(opened.store)
    filed(opened.store)
    yield opened
    opened.close()


@pytest.fixture
def app(one_item: App) -> App:
    """Return a desk with one item and no accounts."""
    one_item.clock = Clock(NOW)
    with one_item.store.database.writing("a test") as connection:
        for table in (t.audit, t.session, t.token, t.invitation, t.person):
            connection.execute(delete(table))
    return one_item


@pytest.fixture
def desk(app: App) -> Guard:
    return create_desk(app)


def later(app: App, by: timedelta) -> None:
    app.clock.now += by  # type: ignore[attr-defined]


def address(path: str) -> str:
    fills = {"number": "1", "article": "1", "token": "nonsense", "form": "nonsense", "day": "2026-03-01", "kind": "csv"}
    return path.format(**fills)
