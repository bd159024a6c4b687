"""The door of the desk: what anybody may request, with which headers, and what needs a sign-in."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator

import pytest
from fastapi.routing import APIRoute
from lxml import html
from sqlalchemy import select

from kit.app import App
from kit.desk import OURS, account, client
from kit.store import MELIS
from monitor.i18n import labels
from monitor.model import Role
from monitor.store.desk.queue import SqlQueuePages
from monitor.store.tables import Row
from monitor.web import security
from monitor.web.auth import create_invitation_path
from monitor.web.security import HEADERS, Guard
from web.doors import ROUTES, address, app, desk, one_item

__all__ = ["app", "desk", "one_item"]


def routes(desk: Guard) -> set[tuple[str, str]]:
    method_paths: set[tuple[str, str]] = set()
    waiting = list(desk.pages.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            method_paths |= {(method, route.path) for method in route.methods}
        else:  # an included router, a mount
            inner = getattr(route, "original_router", None) or getattr(route, "app", None)
            waiting += getattr(inner, "routes", [])
    return method_paths


def test_the_route_table_lists_every_route(desk: Guard):
    assert routes(desk) == set(ROUTES)


def test_only_a_few_paths_are_open_without_sign_in(desk: Guard):
    stranger = client(desk)
    for (method, path), role in ROUTES.items():
        answer = stranger.request(method, address(path), headers=OURS)
        if role is None:
            assert answer.status_code in {200, 401, 404}, path
        elif method == "GET" and "." not in path:
            assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), path
        else:
            assert answer.status_code == 401, path
    for unknown in ("/nothing", "/docs", "/openapi.json", "/redoc", "/static/../guard.py", "/queue/", "/QUEUE"):
        assert stranger.get(unknown).status_code in {303, 401}, unknown
    assert stranger.get("/static/desk.css").status_code == 200


def test_styles_and_scripts_are_cached_until_they_change_and_are_compressed(desk: Guard):
    stranger = client(desk)
    page = html.fromstring(stranger.get("/sign-in").text)
    (style,) = page.xpath("//link[@rel='stylesheet']/@href")
    assert re.fullmatch(r"/static/desk\.css\?v=[0-9a-f]{16}", style)
    stylesheet, packed = stranger.get(style), stranger.get(style, headers={"accept-encoding": "gzip"})
    assert stylesheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip" and packed.text == stylesheet.text
    assert int(packed.headers.get("content-length", packed.num_bytes_downloaded)) < len(stylesheet.content) / 2
    for uncached_path in ("/static/desk.css", "/static/desk.css?v=0", f"/static/nothing?{style.partition('?')[2]}"):
        assert stranger.get(uncached_path).headers["cache-control"] == "no-store", uncached_path


def test_pages_are_neither_cached_nor_compressed(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.READER))
    answer = browser.get("/account?v=0", headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in answer.headers and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "address", ["/items/abc", "/items/-1", "/items/99999999999", "/items/1/articles/x", "/digest/tomorrow"]
)
def test_an_invalid_address_is_a_404_and_not_a_400(app: App, desk: Guard, address: str):
    answer = client(desk, account(app, "Aida", Role.READER)).get(address)
    assert answer.status_code == 404 and "There is nothing here" in answer.text and "form" not in answer.text.lower()


def test_a_saved_account_is_confirmed_and_announced(app: App, desk: Guard):
    root, aida = account(app, "Root", Role.ADMIN), account(app, "Aida", Role.READER)
    browser = client(desk, root)
    for form, data in (("/account", {"language": "en"}), (f"/people/{aida.id}", {"role": "reviewer"})):
        page = html.fromstring(browser.get(browser.post(form, data).headers["location"]).text)
        assert page.get_element_by_id("page").get("data-said") == "Saved."
        assert "Saved." in page.get_element_by_id("main").text_content()
    for untouched in ("/account", "/people"):
        assert "Saved." not in browser.get(untouched).text


def test_a_wrong_old_password_has_its_own_message(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.READER))
    answer = browser.post("/account/password", {"old": "not this one at all", "new": "five other plain words here"})
    assert answer.status_code == 400 and "The old password is wrong." in answer.text
    assert "The name or the password" not in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_an_invitation_names_the_role_in_right_english(app: App, desk: Guard, role: Role):
    page = client(desk).get(create_invitation_path(app, role, by=None)).text
    assert f"Your role will be {labels.ROLES[role]}: " in page and "a administrator" not in page


@pytest.mark.check
@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_says_and_no_more(app: App, desk: Guard, role: Role):
    browser = client(desk, account(app, "Aida", role))
    for (method, path), needed in ROUTES.items():
        if needed is not None and path != "/sign-out":
            status = browser.request(method, address(path), headers=OURS).status_code
            assert (status == 403) == (not role.may(needed)), (method, path, status)


@pytest.mark.check
def test_every_response_has_the_same_security_headers(app: App, desk: Guard):
    admin = account(app, "Aida", Role.ADMIN)
    browsers = (client(desk), client(desk, admin))
    for method, path in [*ROUTES, ("GET", "/nothing"), ("GET", "/static/desk.js"), ("PUT", "/queue")]:
        if path == "/sign-out":
            continue
        for browser in browsers:
            for headers in (OURS, {"host": "evil.example"}):
                answer = browser.request(method, address(path), headers=headers)
                assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), (method, path)
                assert "server" not in answer.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    {"origin": "http://evil.example"},
    {"origin": "http://localhost.evil.example"},
    {"origin": "http://localhost:81"},
    {"origin": "null"},
    {"origin": ""},
    {},
)


@pytest.mark.check
def test_no_other_site_can_make_a_browser_change_anything(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.ADMIN))
    for headers in FOREIGN:
        for method, path in ROUTES:
            if method != "GET":
                assert browser.request(method, address(path), headers=headers).status_code == 403, (path, headers)


def test_forms_of_our_own_pages_are_accepted(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.READER))
    for headers in (OURS, {"sec-fetch-site": "none"}, {"origin": "http://localhost"}):
        assert browser.post("/account", data={"language": "ru"}, headers=headers).status_code == 303


@pytest.mark.check
def test_get_requests_change_nothing(app: App, desk: Guard):
    people = [account(app, role.value, role) for role in Role]
    browsers = [client(desk), *(client(desk, person) for person in people)]

    def everything() -> list[object]:
        tables = (table for n, table in Row.metadata.tables.items() if n not in {"audit", "session"})
        with app.store.database.reading() as connection:
            return [connection.execute(select(table)).all() for table in tables]

    before = everything()
    for browser in browsers:
        for method, path in ROUTES:
            if method == "GET":
                browser.get(address(path))
        browser.post("/queue", data={"words": "court"})
    assert everything() == before


def test_a_bug_shows_an_incident_number_and_logs_the_place_in_the_code(
    app: App, desk: Guard, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    browser = client(desk, account(app, "Aida", Role.READER))

    def breaks(*_: object) -> None:
        raise RuntimeError(f"while reading of {MELIS.name}")

    monkeypatch.setattr(security.Guard, "_load_session", breaks)  # before the pages
    monkeypatch.setattr(SqlQueuePages, "page", breaks)  # in a page
    for path in ("/sign-in", "/queue"):
        answer = browser.get(path)
        number = caplog.messages[-1].split()[2].rstrip(":")
        assert answer.status_code == 500 and number in answer.text
        assert MELIS.name not in answer.text + caplog.text and "Traceback" not in answer.text
        monkeypatch.undo()
        monkeypatch.setattr(SqlQueuePages, "page", breaks)
    monkeypatch.setattr("monitor.web.routes.queue.load_items", breaks)  # in what is sent piece by piece
    caplog.clear()
    with pytest.raises(AssertionError):  # httpx's, since the answer breaks off
        browser.get("/queue.csv")
    assert "RuntimeError" in caplog.text and MELIS.name not in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR and "test_web_door.py" in caplog.messages[-1]


def test_requests_for_another_host_name_are_refused(desk: Guard):
    for host in ("evil.example", "localhost.evil.example", "evil.example:8000", "", "127.0.0.2"):
        assert client(desk).get("/sign-in", headers={"host": host}).status_code == 421
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"):
        assert client(desk).get("/sign-in", headers={"host": host}).status_code == 200


async def _trickle() -> AsyncIterator[bytes]:
    yield b"words=x"


def test_a_long_form_is_refused_before_it_is_read(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.REVIEWER))
    assert browser.post("/queue", data={"words": "x" * 70_000}).status_code == 413
    assert browser.post("/queue", content=_trickle()).status_code == 413
