"""Accounts, invitations and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.app import App
from kit.desk import PASSWORD, account, client
from kit.store import HOUR, NOW
from monitor.model import Act, Role, User
from monitor.web import create_desk, first_link
from monitor.web.auth import create_invitation_path, is_correct_password
from monitor.web.security import Guard
from web.doors import advance, app, desk, one_item

__all__ = ["app", "desk", "one_item"]


def test_the_first_link_makes_the_first_administrator_once(app: App, desk: Guard):
    link, browser = first_link(app), client(desk)
    assert browser.get(link).status_code == 200
    assert browser.post(link, data={"name": "Aida", "password": "short"}).status_code == 400
    joined = browser.post(link, data={"name": " Aida  K. ", "password": PASSWORD})
    assert joined.status_code == 303 and browser.get("/people").status_code == 200
    assert [(p.name, p.role) for p in app.store.people.everyone()] == [("Aida K.", Role.ADMIN)]
    second_visit = client(desk)
    assert second_visit.get(link).status_code == 404
    assert second_visit.post(link, data={"name": "Eve", "password": PASSWORD}).status_code == 404
    assert first_link(app) == ""


@pytest.mark.parametrize(
    "name", ["Aidа", "Aida\u2800", "Аidа", "operator\u202e", "AIDА", "Aıda", "aida", "Aida.", "А и д а\u115f"]
)
def test_nobody_joins_with_a_name_that_looks_like_anothers_or_shows_less_than_it_holds(
    app: App, desk: Guard, name: str
):
    aida = account(app, "Aida", Role.ADMIN)
    link = create_invitation_path(app, Role.READER, None, by=aida)
    refused = client(desk).post(link, data={"name": name, "password": PASSWORD})
    assert refused.status_code == 400 and 'role="alert"' in refused.text
    assert [user.name for user in app.people.everyone()] == ["Aida"]
    # Nothing is lost: the link goes on, for a name in which each word has an alphabet of its own.
    assert client(desk).post(link, data={"name": "Aida Айдаева", "password": PASSWORD}).status_code == 303


def test_an_account_of_before_with_an_odd_name_goes_on(app: App, desk: Guard):
    odd = account(app, "Aid\u0430", Role.REVIEWER)
    boss = account(app, "Boss", Role.ADMIN)
    link = create_invitation_path(app, Role.REVIEWER, odd, by=boss)
    assert client(desk).post(link, data={"name": "", "password": "another " + PASSWORD}).status_code == 303
    signed_in = client(desk).post("/sign-in", data={"name": odd.name, "password": "another " + PASSWORD})
    assert signed_in.status_code == 303


def test_a_link_is_good_for_its_time_only(app: App, desk: Guard):
    link = first_link(app)
    advance(app, 25 * HOUR)
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
        advance(app, 11 * HOUR)
        assert browser.get("/runs").status_code == 200
    advance(app, 15 * HOUR)
    assert browser.get("/runs").status_code == 303
    idle = client(desk, app.store.people.by_name("aida"))
    advance(app, 12 * HOUR)
    assert idle.get("/runs").status_code == 303


def test_sessions_can_be_ended(app: App, desk: Guard):
    me = account(app, "Aida", Role.READER)
    colleague = account(app, "Bakyt", Role.READER)
    this_browser, second_browser, third, colleague_browser = (client(desk, p) for p in (me, me, me, colleague))
    sessions = app.store.people.sessions(me.id)
    this_browser.post("/account/sessions", data={"session": sessions[1].id})
    assert [b.get("/runs").status_code for b in (this_browser, second_browser, third)].count(303) == 1
    colleague_browser.post("/account/sessions", data={"session": app.store.people.sessions(me.id)[0].id})
    assert len(app.store.people.sessions(me.id)) == 2  # nobody else's to end
    open_browser = next(b for b in (this_browser, second_browser, third) if b.get("/runs").status_code == 200)
    open_browser.post("/account/sessions")
    assert len(app.store.people.sessions(me.id)) == 1
    out = open_browser.post("/sign-out")
    assert "storage" in out.headers["clear-site-data"] and open_browser.get("/runs").status_code == 303


def test_a_new_password_ends_all_other_sessions(app: App, desk: Guard):
    me = account(app, "Aida", Role.READER)
    this_browser, second_browser = client(desk, me), client(desk, me)
    wrong = {"old": "not the password", "new": "another four plain words"}
    assert this_browser.post("/account/password", data=wrong).status_code == 400
    assert this_browser.post("/account/password", data={"old": PASSWORD, "new": "short"}).status_code == 400
    right = {"old": PASSWORD, "new": "another four plain words"}
    assert this_browser.post("/account/password", data=right).status_code == 303
    assert (this_browser.get("/runs").status_code, second_browser.get("/runs").status_code) == (200, 303)
    assert is_correct_password("another four plain words", app.store.people.by_name("Aida"))


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"closed": NOW}])
@pytest.mark.parametrize("by_link", [False, True])
def test_changing_a_password_restores_nothing_that_an_administrator_took(
    app: App, desk: Guard, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any], by_link: bool
):
    people, root, me = app.store.people, account(app, "Root", Role.ADMIN), account(app, "Aida", Role.ADMIN)
    browser, changed_account = client(desk, me), replace(me, **change)

    def meanwhile(*_: str) -> str:
        people.save(changed_account)
        return "a hash"

    monkeypatch.setattr("monitor.web.auth.hash_password", meanwhile)
    if by_link:
        link = create_invitation_path(app, me.role, me, by=root)
        answer = client(desk).post(link, {"name": "", "password": PASSWORD})
    else:
        answer = browser.post("/account/password", {"old": PASSWORD, "new": "another four plain words"})
    assert answer.status_code == (404 if by_link else 403) and "set-cookie" not in answer.headers
    assert people.everyone() == [root, changed_account] and people.sessions(me.id) == []


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"closed": NOW}, {"password": "a newer one"}])
def test_changing_the_language_restores_nothing_either(
    app: App, desk: Guard, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any]
):
    people, root, me = app.store.people, account(app, "Root", Role.ADMIN), account(app, "Aida", Role.ADMIN)
    browser, changed_account, save_own = client(desk, me), replace(me, **change), people.update_account

    def meanwhile(person: User, *columns: str) -> User | None:
        people.save(changed_account)
        save_own(changed_account, "password")
        return save_own(person, *columns)

    monkeypatch.setattr(people, "update_account", meanwhile)
    answer = browser.post("/account", {"language": "ky", "shortcuts": "1"})
    refused = "password" not in change
    assert answer.status_code == (403 if refused else 303)
    assert people.everyone() == [root, changed_account if refused else replace(changed_account, language="ky")]


def test_an_administrator_lets_people_in_and_shows_them_out(app: App, desk: Guard):
    admin, reader = account(app, "Aida", Role.ADMIN), account(app, "Bakyt", Role.READER)
    browser, his = client(desk, admin), client(desk, reader)
    page = browser.post("/people/invite", data={"role": "reviewer"}).text
    link = page.partition('value="http://localhost')[2].partition('"')[0]
    joined = client(desk).post(link, data={"name": "Вера", "password": PASSWORD})
    assert joined.status_code == 303 and app.store.people.by_name("вера").role is Role.REVIEWER  # type: ignore[union-attr]
    invitation = browser.post("/people/invite", data={"role": "reader"}).text
    link = invitation.partition('value="http://localhost')[2].partition('"')[0]
    assert client(desk).post(link, data={"name": "AIDA", "password": PASSWORD}).status_code == 400

    browser.post(f"/people/{reader.id}", data={"role": "reviewer"})
    assert his.get("/runs").status_code == 303  # what he may do has changed: he signs in again
    his = client(desk, reader)
    browser.post(f"/people/{reader.id}", data={"role": "reviewer", "closed": "1"})
    assert his.get("/runs").status_code == 303
    in_vain = client(desk).post("/sign-in", data={"name": "Bakyt", "password": PASSWORD})
    assert in_vain.status_code == 401
    own_change = browser.post(f"/people/{admin.id}", data={"role": "reader"})
    assert own_change.status_code == 400  # the last one would lock everybody out


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
