"""Links of the desk: invitations and links for a new password; they end with their maker, and everybody sees them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.types import Message

from kit.app import App
from kit.desk import PASSWORD, Browser, account, client, session_token
from kit.store import HOUR
from monitor.model import Act, Role, Session, User
from monitor.web import first_link
from monitor.web.auth import is_correct_password
from monitor.web.security import Guard
from web.doors import advance, app, desk, one_item

__all__ = ["app", "desk", "one_item"]

NEW_PASSWORD = "another four plain words"


def make_link(browser: Browser, role: str, person: User | None = None) -> str:
    """Make a link at the people page and return its path."""
    form: dict[str, object] = {"role": role} | ({"person": person.id} if person else {})
    page = browser.post("/people/invite", data=form).text
    return page.partition('value="http://localhost')[2].partition('"')[0]


def open_links(browser: Browser) -> list[str]:
    """Return the rows of the people page's table of open links, as text."""
    table = browser.get("/people").text.partition('id="links"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in rows]


def link_numbers(browser: Browser) -> list[str]:
    return re.findall(r'action="/people/links/(\d+)/end"', browser.get("/people").text)


# ---- what the review did (F6) --------------------------------------------------------------------------------------


def test_a_dismissed_administrator_does_not_come_back_by_an_invitation(app: App, desk: Guard):
    root, maker = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    link = make_link(client(desk, maker), "admin")
    client(desk, root).post(f"/people/{maker.id}", data={"role": "admin", "closed": "1"})
    stranger = client(desk)
    assert stranger.get(link).status_code == 404
    assert stranger.post(link, data={"name": "Eve", "password": PASSWORD}).status_code == 404
    assert app.store.people.by_name("Eve") is None and stranger.get("/people").status_code == 303


def test_a_dismissed_administrator_does_not_come_back_by_a_password_link(app: App, desk: Guard):
    root, maker = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    link = make_link(client(desk, maker), "admin", root)
    client(desk, root).post(f"/people/{maker.id}", data={"role": "admin", "closed": "1"})
    client(desk, root).post("/account/password", data={"old": PASSWORD, "new": NEW_PASSWORD})
    stranger = client(desk)
    assert stranger.post(link, data={"name": "Root", "password": "what the thief has chosen"}).status_code == 404
    assert is_correct_password(NEW_PASSWORD, app.store.people.by_name("Root"))


# ---- accounts that end ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"role": "admin", "closed": "1"}, {"role": "operator"}, {"role": "reader"}])
@pytest.mark.parametrize("role", ["reader", "admin"])
def test_what_an_administrator_invited_ends_with_the_right_to_invite(
    app: App, desk: Guard, change: dict[str, str], role: str
):
    root, maker = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    kept_link, ended = make_link(client(desk, root), "reader"), make_link(client(desk, maker), role)
    client(desk, root).post(f"/people/{maker.id}", data=change)
    client(desk, root).post(f"/people/{maker.id}", data={"role": "admin"})  # and does not come back with it
    assert client(desk).get(ended).status_code == 404 and client(desk).get(kept_link).status_code == 200


@pytest.mark.parametrize("change", [{"role": "admin", "closed": "1"}, {"role": "reader"}])
def test_a_password_link_ends_with_the_account_that_it_opens(app: App, desk: Guard, change: dict[str, str]):
    root, bakyt = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    link = make_link(client(desk, root), "admin", bakyt)
    client(desk, root).post(f"/people/{bakyt.id}", data=change)
    assert client(desk).get(link).status_code == 404


def test_a_new_password_ends_the_links_for_the_account_and_those_it_made(app: App, desk: Guard):
    root, bakyt = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    for_other, by_other = make_link(client(desk, root), "admin", bakyt), make_link(client(desk, bakyt), "admin")
    client(desk, bakyt).post("/account/password", data={"old": PASSWORD, "new": NEW_PASSWORD})
    assert [client(desk).get(link).status_code for link in (for_other, by_other)] == [404, 404]


def test_of_two_password_links_the_second_ends_when_the_first_is_used(app: App, desk: Guard):
    root, bakyt = client(desk, account(app, "Root", Role.ADMIN)), account(app, "Bakyt", Role.READER)
    first, second = make_link(root, "reader", bakyt), make_link(root, "reader", bakyt)
    assert client(desk).post(first, data={"password": NEW_PASSWORD}).status_code == 303
    assert client(desk).post(second, data={"password": "a third of four words"}).status_code == 404


def test_a_link_is_good_for_48_hours_at_most_and_once(app: App, desk: Guard):
    root, bakyt = client(desk, account(app, "Root", Role.ADMIN)), account(app, "Bakyt", Role.READER)
    links = [make_link(root, "reader"), make_link(root, "reader", bakyt)]
    assert client(desk).post(links[0], data={"name": "Vera", "password": PASSWORD}).status_code == 303
    assert client(desk).post(links[0], data={"name": "Eve", "password": PASSWORD}).status_code == 404
    links.append(make_link(root, "admin"))
    advance(app, timedelta(hours=47, minutes=59))
    assert client(desk).get(links[2]).status_code == 200
    advance(app, timedelta(minutes=1))
    assert [client(desk).get(link).status_code for link in links] == [404, 404, 404]


def test_a_link_for_the_first_administrator_opens_nothing_once_there_is_one(app: App, desk: Guard):
    older, newer = first_link(app), first_link(app)
    assert client(desk).post(newer, data={"name": "Root", "password": PASSWORD}).status_code == 303
    assert client(desk).post(older, data={"name": "Eve", "password": PASSWORD}).status_code == 404


# ---- the list of open links ----------------------------------------------------------------------------------------


def test_open_links_are_listed_with_maker_role_and_end_and_can_be_ended(app: App, desk: Guard):
    root, maker = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    reader = account(app, "Vera", Role.READER)
    links = [make_link(client(desk, maker), "operator"), make_link(client(desk, root), "reader", reader)]
    browser = client(desk, root)
    password_link, invitation = open_links(browser)
    assert "Bakyt" in invitation and "operator" in invitation and "4 Mar, 08:00" in invitation
    assert "Root" in password_link and "Vera" in password_link and "3 Mar, 08:00" in password_link
    page = browser.get("/people").text
    assert not any(link.rpartition("/")[2] in page for link in links)  # what is listed opens nothing
    for number in link_numbers(browser):
        assert browser.post(f"/people/links/{number}/end").status_code == 303
    assert open_links(browser) == [] and [client(desk).get(link).status_code for link in links] == [404, 404]
    assert [line.act for line in app.store.people.audit(2)] == [Act.LINK_ENDED] * 2


@pytest.mark.check
def test_what_was_used_or_is_too_old_is_not_listed(app: App, desk: Guard):
    browser = client(desk, account(app, "Root", Role.ADMIN))
    client(desk).post(make_link(browser, "reader"), data={"name": "Vera", "password": PASSWORD})
    assert open_links(browser) == []
    make_link(browser, "reader")
    assert len(open_links(browser)) == 1
    advance(app, 11 * HOUR)
    browser.get("/queue")
    advance(app, 11 * HOUR)
    browser.get("/queue")
    assert len(open_links(browser)) == 1
    for _ in range(3):
        advance(app, 11 * HOUR)
        browser.get("/queue")
    assert open_links(browser) == []


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.OPERATOR])
def test_nobody_else_sees_or_ends_a_link(app: App, desk: Guard, role: Role):
    root = client(desk, account(app, "Root", Role.ADMIN))
    link, (number,) = make_link(root, "reader"), link_numbers(root)
    vera_browser = client(desk, account(app, "Vera", role))
    assert vera_browser.post(f"/people/links/{number}/end").status_code == 403
    assert vera_browser.post("/account/links/end").status_code == 303  # ends those for the own account alone
    assert client(desk).get(link).status_code == 200


def test_the_log_says_who_invited_whom(app: App, desk: Guard):
    root = account(app, "Root", Role.ADMIN)
    client(desk).post(make_link(client(desk, root), "reader"), data={"name": "Vera", "password": PASSWORD})
    joined = app.store.people.audit(1)[0]
    assert (joined.act, joined.about) == (Act.JOINED, root.id)


# ---- a password link tells the account -----------------------------------------------------------------------------


def test_a_password_link_is_told_to_the_account_that_it_opens_and_to_no_other(app: App, desk: Guard):
    root, bakyt = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    vera = client(desk, account(app, "Vera", Role.READER))
    bakyts = client(desk, bakyt)
    link = make_link(client(desk, root), "admin", bakyt)
    for page in ("/queue", "/account", "/names"):
        assert "Root made a link for a new password of your account" in bakyts.get(page).text
        assert "a link for a new password of" not in vera.get(page).text
    assert bakyts.post("/account/links/end").status_code == 303
    assert client(desk).get(link).status_code == 404 and "a link for a new password of" not in bakyts.get("/queue").text


def test_an_account_that_was_opened_by_a_password_link_is_told_for_a_week(app: App, desk: Guard):
    root, bakyt = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.ADMIN)
    thief = client(desk)
    thief.post(make_link(client(desk, root), "admin", bakyt), data={"password": NEW_PASSWORD})
    assert "Root made a link for a new password of your account" in thief.get("/queue").text
    thief.post("/account/links/end")  # hides nothing: it was used
    advance(app, timedelta(days=6))
    bakyts = client(desk, bakyt)
    assert "It was used" in bakyts.get("/queue").text
    advance(app, timedelta(days=2))
    assert "a link for a new password of" not in client(desk, bakyt).get("/queue").text


# ---- the last administrator ----------------------------------------------------------------------------------------


def test_nobody_makes_a_password_link_for_the_own_account(app: App, desk: Guard):
    """Set a new password without the old one: with a stolen session that would shut the last administrator out."""
    root = account(app, "Root", Role.ADMIN)
    answer = client(desk, root).post("/people/invite", data={"role": "admin", "person": root.id})
    assert answer.status_code == 400 and app.store.people.links(app.clock()) == ()


def test_no_link_opens_an_account_that_is_closed(app: App, desk: Guard):
    root, bakyt = account(app, "Root", Role.ADMIN), account(app, "Bakyt", Role.READER)
    browser = client(desk, root)
    browser.post(f"/people/{bakyt.id}", data={"role": "reader", "closed": "1"})
    assert browser.post("/people/invite", data={"role": "reader", "person": bakyt.id}).status_code == 400
    assert f'name="person" value="{bakyt.id}"' not in browser.get("/people").text


@pytest.mark.parametrize("change", [{"role": "admin", "closed": "1"}, {"role": "operator"}])
def test_two_administrators_who_dismiss_each_other_leave_one(app: App, desk: Guard, change: dict[str, str]):
    people = [account(app, name, Role.ADMIN) for name in ("Root", "Bakyt")]
    first, second = (client(desk, person) for person in people)
    assert first.post(f"/people/{people[1].id}", data=change).status_code == 303
    # the second form was on its way when the first was stored
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "_load_session", lambda _: Session(people[1], app.clock(), app.clock()))
        assert second.post(f"/people/{people[0].id}", data=change).status_code == 400
    assert [p.name for p in app.store.people.everyone() if p.role is Role.ADMIN and not p.closed] == ["Root"]


FORMS = {
    "/people/2": "role=admin",
    "/people/2?": "role=reader&closed=1",
    "/closed/cleared/2": "cleared=1",
    "/items/1/decide": "version=1&act=not-relevant",
    "/names/add": "names=Planted+Name&act=save",
    "/recipients/new": "version=&to=evil@x.example&channel=mail",
    "/account/tokens": "label=x",
}


@pytest.mark.parametrize("change", ["closed", "lowered", "has another password"])
@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_was_on_its_way_when_its_account_ended_does_nothing(app: App, desk: Guard, path: str, change: str):
    boss = account(app, "boss", Role.ADMIN)
    mole, evil = account(app, "mole", Role.READER), account(app, "evil", Role.ADMIN)
    for user in (boss, evil):
        app.people.clear(user.id, cleared=True)
    assert mole.id == 2
    before = [(user.name, user.role, user.closed, user.cleared) for user in app.people.everyone() if user.id != evil.id]
    body, cookies, statuses = FORMS[path].encode(), session_token(app, evil), list[int]()

    async def receive() -> Message:
        if not sent:  # the head is there, and the account has passed the door
            sent.append(1)
            return {"type": "http.request", "body": body[:-1], "more_body": True}
        ended = replace(evil, role=Role.REVIEWER if change == "lowered" else evil.role, password="new")
        if change == "has another password":
            app.people.update_account(ended, "password")
        else:
            app.people.save(replace(ended, closed=app.clock() if change == "closed" else None))
        return {"type": "http.request", "body": body[-1:], "more_body": False}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    sent: list[int] = []
    headers = {
        "host": "localhost",
        "cookie": f"session={cookies}",
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
    }
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path.rstrip("?"),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(desk(scope, receive, send))
    assert statuses == [401]
    after = [(user.name, user.role, user.closed, user.cleared) for user in app.people.everyone() if user.id != evil.id]
    assert after == before and not app.people.tokens(evil.id)
    assert app.item(1).history == () and not (app.settings.home / "recipients.yaml").exists()
