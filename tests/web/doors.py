"""A desk with one item, whose time a test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from kit.app import App
from kit.copies import opened_copy, reset
from kit.store import filed, watch
from monitor.model import Role
from monitor.web import create_desk
from monitor.web.security import Guard

# Every route, and who may use it at least; a route that is not here fails the census. `/metrics` wants a token of its own.
GETS_AND_POSTS: Mapping[Role | None, tuple[str, str]] = {
    None: ("/health /join/{token} /metrics /sign-in", "/join/{token} /sign-in"),
    Role.READER: (
        "/ /account /digest /digest/{day} /items/{number} /items/{number}/articles/{article} /items/{number}/ftm "
        "/items/{number}/xlsx /names /names/{number} /names/{number}/ftm /names/{number}/xlsx /queue /queue.atom "
        "/queue.csv /queue/ftm /queue.json /queue/xlsx /queue/new /receipts/{form} /report /press /runs /sources /sources/days /statistics",
        "/account /account/links/end /account/password /account/sessions /account/tokens /account/tokens/end /names "
        "/queue /sign-out",
    ),
    Role.REVIEWER: (
        "/add /added/{number} /archive /items/{number}/evidence",
        "/add /archive /archive/{number}/add /items/{number}/decide /items/{number}/split "
        "/items/{number}/undo /queue/together /queue/together/decide /queue/together/merge",
    ),
    Role.ADMIN: (
        "/audit /people /recipients /recipients/{place}",
        "/people/invite /people/links/{number}/end /people/{number} /recipients/{place} /recipients/retry /recipients/test",
    ),
    Role.OPERATOR: (
        "/names/add /names/export/{kind} /names/import /names/proposed /names/{number}/edit /sources/opml /sources/{number}",
        "/names/add /names/import /names/proposed /names/read /press /names/undo /names/{number}/drop-spelling /names/{number}/edit "
        "/names/{number}/remove /sources/add /sources/look /sources/opml /sources/put-back "
        "/sources/{number}/address /sources/{number}/edit /sources/{number}/pause /sources/{number}/read "
        "/sources/{number}/remove",
    ),
}
ROUTES = {
    (method, path): role
    for role, paths in GETS_AND_POSTS.items()
    for method, group in zip(("GET", "POST"), paths, strict=True)
    for path in group.split()
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
    return reset(one_item)


@pytest.fixture
def desk(app: App) -> Guard:
    return create_desk(app)


def advance(app: App, by: timedelta) -> None:
    app.clock.now += by  # type: ignore[attr-defined]


def address(path: str) -> str:
    fills = {
        "number": "1",
        "article": "1",
        "token": "nonsense",
        "form": "nonsense",
        "day": "2026-03-01",
        "kind": "csv",
        "place": "new",
    }
    return path.format(**fills)
