"""Sign-in, roles, origins and security headers, checked for every route."""

from __future__ import annotations

import logging
import re
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from lxml import html
from sqlalchemy import delete, select

from kit.desk import OURS, PASSWORD, Browser, account, client
from kit.store import HOUR, MELIS, MINUTE, NOW, filed, watch
from monitor.app import App
from monitor.config import Settings
from monitor.errors import InputError
from monitor.i18n import labels
from monitor.model import Act, Role, Session, User
from monitor.store import open_store
from monitor.store import tables as t
from monitor.store.desk.queue import SqlQueuePages
from monitor.store.tables import Row
from monitor.web import create_desk, first_link, security
from monitor.web.auth import Backoff, create_invitation_path, hash_password, is_correct_password
from monitor.web.security import HEADERS, Guard, is_own_path

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
}


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def one_item(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("door")
    settings = Settings(home=home, database_url=f"sqlite:///{shutil.copy(sqlite_with_tables, home / 'monitor.db')}")
    opened = App(settings, open_store(settings.database_url))
    watch(opened.store)
    filed(opened.store)
    yield opened
    opened.close()


@pytest.fixture
def app(one_item: App) -> App:
    """Return a desk with one item and no accounts."""
    one_item.clock = Time()
    with one_item.store.database.writing("a test") as connection:
        for table in (t.audit, t.session, t.token, t.invitation, t.person):
            connection.execute(delete(table))
    return one_item


@pytest.fixture
def desk(app: App) -> Guard:
    return create_desk(app)


def later(app: App, by: timedelta) -> None:
    app.clock.now += by  # type: ignore[attr-defined]


def routes(desk: Guard) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    waiting = list(desk.pages.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found |= {(method, route.path) for method in route.methods}
        else:  # an included router, a mount
            inner = getattr(route, "original_router", None) or getattr(route, "app", None)
            waiting += getattr(inner, "routes", [])
    return found


def address(path: str) -> str:
    fills = {"number": "1", "article": "1", "token": "nonsense", "day": "2026-03-01", "kind": "csv"}
    return path.format(**fills)


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
    kept, packed = stranger.get(style), stranger.get(style, headers={"accept-encoding": "gzip"})
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip" and packed.text == kept.text
    assert int(packed.headers.get("content-length", packed.num_bytes_downloaded)) < len(kept.content) / 2
    for other in ("/static/desk.css", "/static/desk.css?v=0", f"/static/nothing?{style.partition('?')[2]}"):
        assert stranger.get(other).headers["cache-control"] == "no-store", other


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
    page = client(desk).get(create_invitation_path(app, role)).text
    assert f"Your role will be {labels.ROLES[role]}: " in page and "a administrator" not in page


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_says_and_no_more(app: App, desk: Guard, role: Role):
    me = account(app, "Aida", role)
    for (method, path), needed in ROUTES.items():
        if needed is not None and path != "/sign-out":
            status = client(desk, me).request(method, address(path), headers=OURS).status_code
            assert (status == 403) == (not role.may(needed)), (method, path, status)


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


# ---- accounts and sessions ------------------------------------------------------------------------------------------


def test_the_first_link_makes_the_first_administrator_once(app: App, desk: Guard):
    link, browser = first_link(app), client(desk)
    assert browser.get(link).status_code == 200
    assert browser.post(link, data={"name": "Aida", "password": "short"}).status_code == 400
    joined = browser.post(link, data={"name": " Aida  K. ", "password": PASSWORD})
    assert joined.status_code == 303 and browser.get("/people").status_code == 200
    assert [(p.name, p.role) for p in app.store.people.everyone()] == [("Aida K.", Role.ADMIN)]
    again = client(desk)
    assert again.get(link).status_code == 404
    assert again.post(link, data={"name": "Eve", "password": PASSWORD}).status_code == 404
    assert first_link(app) == ""


def test_a_link_is_good_for_its_time_only(app: App, desk: Guard):
    link = first_link(app)
    later(app, 25 * HOUR)
    assert client(desk).get(link).status_code == 404


def test_signing_in_gives_a_new_session_that_no_script_can_read(app: App, desk: Guard):
    account(app, "Aida", Role.READER)
    browser = client(desk)
    wrong = browser.post("/sign-in", data={"name": "Aida", "password": "wrong wrong wrong"})
    assert wrong.status_code == 401 and not wrong.cookies
    answer = browser.post("/sign-in", data={"name": "aida", "password": PASSWORD, "next": "/runs"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    first, flags = browser.cookies["session"], answer.headers["set-cookie"].lower()
    assert "httponly" in flags and "samesite=lax" in flags and "secure" not in flags
    browser.post("/sign-in", data={"name": "Aida", "password": PASSWORD})
    assert browser.cookies["session"] != first
    old = client(desk)
    old.cookies.set("session", first)
    assert old.get("/runs").status_code == 303
    acts = [line.act for line in app.store.people.audit(10)]
    assert acts == [Act.SIGNED_IN, Act.SIGNED_IN, Act.REFUSED]


def test_behind_https_the_cookie_is_for_this_host_alone(tmp_path: Path, app: App):
    settings = app.settings.model_copy(update={"base_url": "https://desk.example"})
    desk = create_desk(App(settings, app.store, app.clock))
    account(app, "Aida", Role.READER)
    browser = client(desk, base="http://desk.example")  # a proxy in front of us ends TLS
    answer = browser.post("/sign-in", data={"name": "Aida", "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("__Host-session=")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(answer.headers["set-cookie"].split("; "))


def test_a_session_ends_by_itself(app: App, desk: Guard):
    browser = client(desk, account(app, "Aida", Role.READER))
    for _ in range(14):  # used every eleven hours it lasts, but for a week at most
        later(app, 11 * HOUR)
        assert browser.get("/runs").status_code == 200
    later(app, 15 * HOUR)
    assert browser.get("/runs").status_code == 303
    idle = client(desk, app.store.people.by_name("aida"))
    later(app, 12 * HOUR)
    assert idle.get("/runs").status_code == 303


def test_sessions_can_be_ended(app: App, desk: Guard):
    me = account(app, "Aida", Role.READER)
    other = account(app, "Bakyt", Role.READER)
    here, there, third, others = (client(desk, p) for p in (me, me, me, other))
    sessions = app.store.people.sessions(me.id)
    here.post("/account/sessions", data={"session": sessions[1].id})
    assert [b.get("/runs").status_code for b in (here, there, third)].count(303) == 1
    others.post("/account/sessions", data={"session": app.store.people.sessions(me.id)[0].id})
    assert len(app.store.people.sessions(me.id)) == 2  # nobody else's to end
    kept = next(b for b in (here, there, third) if b.get("/runs").status_code == 200)
    kept.post("/account/sessions")
    assert len(app.store.people.sessions(me.id)) == 1
    out = kept.post("/sign-out")
    assert "storage" in out.headers["clear-site-data"] and kept.get("/runs").status_code == 303


def test_a_new_password_ends_all_other_sessions(app: App, desk: Guard):
    me = account(app, "Aida", Role.READER)
    here, there = client(desk, me), client(desk, me)
    wrong = {"old": "not the password", "new": "another four plain words"}
    assert here.post("/account/password", data=wrong).status_code == 400
    assert here.post("/account/password", data={"old": PASSWORD, "new": "short"}).status_code == 400
    right = {"old": PASSWORD, "new": "another four plain words"}
    assert here.post("/account/password", data=right).status_code == 303
    assert (here.get("/runs").status_code, there.get("/runs").status_code) == (200, 303)
    assert is_correct_password("another four plain words", app.store.people.by_name("Aida"))


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"closed": NOW}])
@pytest.mark.parametrize("by_link", [False, True])
def test_changing_a_password_restores_nothing_that_an_administrator_took(
    app: App, desk: Guard, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any], by_link: bool
):
    people, me = app.store.people, account(app, "Aida", Role.ADMIN)
    here, left = client(desk, me), replace(me, **change)

    def meanwhile(*_: str) -> str:
        people.save(left)
        people.end_sessions(me.id)
        return "a hash"

    monkeypatch.setattr("monitor.web.auth.hash_password", meanwhile)
    if by_link:
        answer = client(desk).post(create_invitation_path(app, me.role, me), {"name": "", "password": PASSWORD})
    else:
        answer = here.post("/account/password", {"old": PASSWORD, "new": "another four plain words"})
    assert answer.status_code == (404 if by_link else 403) and "set-cookie" not in answer.headers
    assert people.everyone() == [left] and people.sessions(me.id) == []


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"closed": NOW}, {"password": "a newer one"}])
def test_changing_the_language_restores_nothing_either(
    app: App, desk: Guard, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any]
):
    people, me = app.store.people, account(app, "Aida", Role.ADMIN)
    here, left, save_own = client(desk, me), replace(me, **change), people.update_account

    def meanwhile(person: User, *what: str) -> User | None:
        people.save(left)
        save_own(left, "password")
        return save_own(person, *what)

    monkeypatch.setattr(people, "update_account", meanwhile)
    answer = here.post("/account", {"language": "ky", "shortcuts": "1"})
    refused = "password" not in change
    assert answer.status_code == (403 if refused else 303)
    assert people.everyone() == [left if refused else replace(left, language="ky")]


def test_an_administrator_lets_people_in_and_shows_them_out(app: App, desk: Guard):
    admin, reader = account(app, "Aida", Role.ADMIN), account(app, "Bakyt", Role.READER)
    browser, his = client(desk, admin), client(desk, reader)
    page = browser.post("/people/invite", data={"role": "reviewer"}).text
    link = page.partition('value="http://localhost')[2].partition('"')[0]
    joined = client(desk).post(link, data={"name": "Вера", "password": PASSWORD})
    assert joined.status_code == 303 and app.store.people.by_name("вера").role is Role.REVIEWER  # type: ignore[union-attr]
    taken = browser.post("/people/invite", data={"role": "reader"}).text
    link = taken.partition('value="http://localhost')[2].partition('"')[0]
    assert client(desk).post(link, data={"name": "AIDA", "password": PASSWORD}).status_code == 400

    browser.post(f"/people/{reader.id}", data={"role": "reviewer"})
    assert his.get("/runs").status_code == 303  # what he may do has changed: he signs in again
    his = client(desk, reader)
    browser.post(f"/people/{reader.id}", data={"role": "reviewer", "closed": "1"})
    assert his.get("/runs").status_code == 303
    in_vain = client(desk).post("/sign-in", data={"name": "Bakyt", "password": PASSWORD})
    assert in_vain.status_code == 401
    own = browser.post(f"/people/{admin.id}", data={"role": "reader"})
    assert own.status_code == 400  # the last one would lock everybody out


def test_a_page_that_answered_a_form_can_be_reloaded(app: App, desk: Guard):
    admin = client(desk, account(app, "Root", Role.ADMIN))
    for path in ("/account/tokens", "/account/password", "/people/invite"):
        answer = admin.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, path.rpartition("/")[0])


def test_a_link_for_a_new_password_is_for_that_person(app: App, desk: Guard):
    admin, reader = account(app, "Aida", Role.ADMIN), account(app, "Bakyt", Role.READER)
    page = client(desk, admin).post("/people/invite", data={"role": "admin", "person": reader.id}).text
    link = page.partition('value="http://localhost')[2].partition('"')[0]
    client(desk).post(link, data={"name": "Aida", "password": "another four plain words"})
    assert app.store.people.by_name("Bakyt").role is Role.READER  # type: ignore[union-attr]
    assert is_correct_password("another four plain words", app.store.people.by_name("Bakyt"))
    assert is_correct_password(PASSWORD, app.store.people.by_name("Aida"))


# ---- tokens ---------------------------------------------------------------------------------------------------------

PROGRAMS = {("GET", f"/queue.{form}") for form in ("atom", "csv", "json")}


def make_token(browser: Browser, label: str = "") -> str:
    page = html.fromstring(browser.post("/account/tokens", {"label": label}).text)
    return str(page.get_element_by_id("token").get("value"))


def basic(token: str, user: str = "any") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{token}".encode()).decode()}


@pytest.mark.parametrize("role", list(Role))
def test_a_token_opens_three_addresses_and_nothing_else(app: App, desk: Guard, role: Role):
    token = make_token(client(desk, account(app, "Aida", role)))
    for (method, path), needed in ROUTES.items():
        answer = client(desk).request(method, address(path), headers={**OURS, **basic(token)})
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), path
        assert "set-cookie" not in answer.headers, path
        if (method, path) in PROGRAMS:
            assert answer.status_code == 200, path
        elif needed is not None:
            assert answer.status_code in {303, 401} and "/sign-in" in answer.headers.get("location", "/sign-in"), path
    for method in ("POST", "HEAD", "PUT", "DELETE"):
        answer = client(desk).request(method, "/queue.json", headers={**OURS, **basic(token)})
        assert answer.status_code in {303, 401}, method
    for unlike in ("/queue.atom/", "/queue.xml", "/Queue.json", "/queue.json/../queue"):
        assert client(desk).get(unlike, headers=basic(token)).status_code == 303, unlike


def test_a_token_is_a_password_and_nothing_else(app: App, desk: Guard):
    me = account(app, "Aida", Role.READER)
    here = client(desk, me)
    token = make_token(here)
    secret = here.cookies["session"]
    cookie = client(desk)
    cookie.cookies.set("session", token)
    assert cookie.get("/queue.atom").status_code == 401  # no session
    assert cookie.get("/queue").status_code == 303
    for wrong in (
        basic(secret),  # nor is a session a token
        basic(PASSWORD, "Aida"),
        basic(""),
        basic(token[:-1]),
        basic(token.swapcase()),
        {"authorization": f"Bearer {token}"},
        {"authorization": f"Basic {token}"},
        {"authorization": b"Basic \xff"},
        {"authorization": "Basic " + "QQ==" * 500},
        {},
    ):
        answer = client(desk).get("/queue.atom", headers=wrong)
        assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic"), wrong
    assert client(desk).get(f"/queue.atom?token={token}").status_code == 401  # addresses stand in logs
    link = client(desk).get("/queue.csv", headers={"sec-fetch-mode": "navigate"})
    assert link.headers["location"] == "/sign-in?next=/queue.csv"  # a person is asked on our page
    assert client(desk).get("/queue.csv", headers=basic(token, "Айда")).status_code == 200


def test_a_token_is_shown_once_and_listed_with_its_use(app: App, desk: Guard, caplog: pytest.LogCaptureFixture):
    me, caplog.handler.level = account(app, "Aida", Role.READER), 0
    browser = client(desk, me)
    page = browser.post("/account/tokens", {"label": f"  my <b>reader</b>{'x' * 99}"}).text
    token = str(html.fromstring(page).get_element_by_id("token").get("value"))
    assert len(token) >= 43 and f'value="http://token:{token}@localhost/queue.atom"' in page
    assert "my &lt;b&gt;reader&lt;/b&gt;xx" in page and "never used" in page
    later(app, HOUR)
    for _ in range(2):
        assert client(desk).get("/queue.atom", headers=basic(token)).status_code == 200
    page = browser.get("/account").text
    assert token not in page and "last used" in page and len(app.store.people.tokens(me.id)[0].label) == 60
    with app.store.database.reading() as connection:
        everything = [connection.execute(select(table)).all() for table in Row.metadata.tables.values()]
    assert token not in repr(everything) and token not in caplog.text
    acts = [(line.act, line.detail) for line in app.store.people.audit(9)]
    assert acts == [(Act.EXPORTED, "atom"), (Act.EXPORTED, "atom"), (Act.TOKEN_MADE, "")]


def test_a_token_ends_when_it_is_revoked(app: App, desk: Guard):
    browser, other = (client(desk, account(app, name, Role.READER)) for name in ("Aida", "Bakyt"))
    tokens = [make_token(browser), make_token(browser)]
    first, second = app.store.people.tokens(number_of(app, "Aida"))
    other.post("/account/tokens/end", {"token": first.id})  # nobody else's to end
    browser.post("/account/tokens/end", {"token": second.id})
    assert [client(desk).get("/queue.csv", headers=basic(token)).status_code for token in tokens] == [200, 401]
    browser.post("/account/sessions")  # all other sessions: tokens are none
    assert client(desk).get("/queue.csv", headers=basic(tokens[0])).status_code == 200
    assert [line.act for line in app.store.people.audit(9)].count(Act.TOKEN_ENDED) == 1


def number_of(app: App, name: str) -> int:
    person = app.store.people.by_name(name)
    assert person is not None
    return person.id


def test_tokens_end_as_sessions_do(app: App, desk: Guard):
    admin, me = client(desk, account(app, "Root", Role.ADMIN)), account(app, "Aida", Role.REVIEWER)

    def status(token: str) -> int:
        return client(desk).get("/queue.json", headers=basic(token)).status_code

    def another_role() -> None:
        admin.post(f"/people/{me.id}", {"role": "reader"})

    def no_way_in() -> None:
        admin.post(f"/people/{me.id}", {"role": "reader", "closed": "1"})
        admin.post(f"/people/{me.id}", {"role": "reader"})  # and back: the old token stays ended

    def own_password() -> None:
        client(desk, me).post("/account/password", {"old": PASSWORD, "new": "another four plain words"})

    def password_by_link() -> None:
        page = admin.post("/people/invite", {"role": "reader", "person": me.id}).text
        link = page.partition('value="http://localhost')[2].partition('"')[0]
        client(desk).post(link, {"name": "", "password": PASSWORD})

    for end in (another_role, no_way_in, own_password, password_by_link):
        token = make_token(client(desk, me))
        assert status(token) == 200
        end()
        assert status(token) == 401, end.__name__
    token = make_token(client(desk, me))
    app.store.people.save(replace(me, closed=NOW))  # whoever closes it, and forgets the rest
    assert status(token) == 401


# ---- passwords ------------------------------------------------------------------------------------------------------


def test_guessing_gets_slower_and_locks_nobody_out():
    slow, now = Backoff(free_attempts=3, capacity=5), datetime(2026, 3, 2, tzinfo=UTC)
    waits = []
    for _ in range(14):
        slow.record_failure("aida", now)
        waits.append(slow.remaining_wait("aida", now).total_seconds())
    assert waits[:4] == [0, 0, 1, 2] and max(waits) == 120
    assert slow.remaining_wait("bakyt", now) == timedelta(0)
    assert slow.remaining_wait("aida", now + 2 * MINUTE) == timedelta(0)
    for n in range(6):
        slow.record_failure(f"stranger {n}", now)
    assert slow.remaining_wait("aida", now) == timedelta(0)  # strangers cannot fill the memory


def tries(browser: Browser, names: Iterable[str], password: str = "a guess") -> list[int]:
    """Try to sign in under these names in turn and return the status codes."""
    return [browser.post("/sign-in", data={"name": n, "password": password}).status_code for n in names]


def test_guesses_at_one_account_from_one_address_are_slowed_down(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    assert tries(client(desk), ["Aida"] * 12) == [401] * 10 + [429] * 2
    later(app, MINUTE)
    assert tries(client(desk), ["Aida"]) == [401]


def test_guesses_at_many_accounts_from_one_address_are_slowed_down(app: App, desk: Guard):
    assert tries(client(desk), [f"nobody {n}" for n in range(32)]) == [401] * 30 + [429] * 2


def test_guesses_from_behind_the_same_proxy_delay_others_by_a_second_at_most(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    tries(client(desk), [f"nobody {n}" for n in range(60)])
    later(app, timedelta(seconds=1))
    assert tries(client(desk), ["Aida"], PASSWORD) == [303]


def test_guesses_from_behind_the_same_proxy_do_not_lock_the_owner_out(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    account(app, "Bakyt", Role.READER)
    own, others = client(desk), client(desk)
    assert (tries(own, ["Aida"], PASSWORD), tries(others, ["Bakyt"], PASSWORD)) == ([303], [303])
    own.post("/sign-out")
    assert tries(client(desk), ["Aida"] * 60)[-1] == 429
    assert tries(others, ["Aida"], PASSWORD) == [429]  # another's browser proves nothing
    assert tries(own, ["Aida"], PASSWORD) == [303]


def test_guesses_in_the_owners_browser_are_slowed_down_too(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    own = client(desk)
    assert tries(own, ["Aida"], PASSWORD) == [303]
    assert tries(own, ["Aida"] * 12) == [401] * 10 + [429] * 2


def test_a_new_password_makes_a_known_browser_unknown(app: App, desk: Guard):
    me = account(app, "Aida", Role.ADMIN)
    old = client(desk)
    assert tries(old, ["Aida"], PASSWORD) == [303]
    client(desk, me).post("/account/password", data={"old": PASSWORD, "new": "another four plain words"})
    tries(client(desk), ["Aida"] * 12)
    assert tries(old, ["Aida"], "another four plain words") == [429]


def test_a_password_changed_during_its_check_begins_no_session(app: App, desk: Guard, monkeypatch: pytest.MonkeyPatch):
    me = account(app, "Aida", Role.ADMIN)
    begin_session = app.store.people.begin_session

    def after_a_change(token: str, session: Session) -> None:
        app.store.people.update_account(
            replace(me, password=hash_password("another four plain words", "Aida")), "password"
        )
        app.store.people.end_sessions(me.id)
        begin_session(token, session)

    monkeypatch.setattr(app.store.people, "begin_session", after_a_change)
    thief = client(desk)
    assert tries(thief, ["Aida"], PASSWORD) == [401]
    assert not thief.cookies and not app.store.people.sessions(me.id)


def test_an_easy_password_is_refused():
    for easy in ("", "eleven char", "x" * 201, "Aida Aidaeva "):
        with pytest.raises(InputError):
            hash_password(easy, "aida aidaeva")
    nobody = User("Eve", Role.READER, NOW)  # one without a password
    assert not is_correct_password("", nobody) and not is_correct_password("", None)


@pytest.mark.parametrize(
    "url",
    ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil",
     "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", " /queue", "evil.example", "", "/%0d\r\nset-cookie:x"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(url: str):
    assert not is_own_path(url)


def test_the_place_one_wanted_to_go_to_is_kept(desk: Guard):
    assert (
        client(desk).get("/items/3?name=2&page=1").headers["location"] == "/sign-in?next=/items/3%3Fname%3D2%26page%3D1"
    )
