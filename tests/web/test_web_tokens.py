"""Tokens for readers of feeds, and passwords that are guessed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from sqlalchemy import select

from kit.app import App
from kit.desk import OURS, PASSWORD, Browser, account, client
from kit.store import DAY, HOUR, MINUTE, NOW
from monitor.errors import InputError
from monitor.model import Act, Role, Session, User
from monitor.store.tables import Row
from monitor.web.auth import Backoff, hash_password, is_correct_password
from monitor.web.security import HEADERS, Guard, is_own_path
from web.doors import ROUTES, address, advance, app, desk, one_item

__all__ = ["app", "desk", "one_item"]


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
    browser = client(desk, me)
    token = make_token(browser)
    secret = browser.cookies["session"]
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
    advance(app, HOUR)
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
    browser, stranger = (client(desk, account(app, name, Role.READER)) for name in ("Aida", "Bakyt"))
    tokens = [make_token(browser), make_token(browser)]
    first, second = app.store.people.tokens(number_of(app, "Aida"))
    stranger.post("/account/tokens/end", {"token": first.id})  # nobody else's to end
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
    advance(app, MINUTE)
    assert tries(client(desk), ["Aida"]) == [401]


def test_the_limit_of_guesses_does_not_tell_which_accounts_exist(app: App, desk: Guard):
    """Spellings that mean one account count as one, also where nobody has that name; a number is no account."""
    number = account(app, "Aida", Role.ADMIN).id
    for name in ("Aida", "Bema"):
        spellings = [name] * 10 + [name.upper(), name.replace("a", "a\u0301")]
        assert tries(client(desk), spellings) == [401] * 10 + [429] * 2, name
        advance(app, DAY)
    assert tries(client(desk), [*["Aida"] * 10, str(number)]) == [401] * 11


def test_guesses_at_many_accounts_from_one_address_are_slowed_down(app: App, desk: Guard):
    assert tries(client(desk), [f"nobody {n}" for n in range(32)]) == [401] * 30 + [429] * 2


def test_guesses_from_behind_the_same_proxy_delay_others_by_a_second_at_most(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    tries(client(desk), [f"nobody {n}" for n in range(60)])
    advance(app, timedelta(seconds=1))
    assert tries(client(desk), ["Aida"], PASSWORD) == [303]


def test_guesses_from_behind_the_same_proxy_do_not_lock_the_owner_out(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    account(app, "Bakyt", Role.READER)
    owner, guesser = client(desk), client(desk)
    assert (tries(owner, ["Aida"], PASSWORD), tries(guesser, ["Bakyt"], PASSWORD)) == ([303], [303])
    owner.post("/sign-out")
    assert tries(client(desk), ["Aida"] * 60)[-1] == 429
    assert tries(guesser, ["Aida"], PASSWORD) == [429]  # another's browser proves nothing
    assert tries(owner, ["Aida"], PASSWORD) == [303]


def test_guesses_in_the_owners_browser_are_slowed_down_too(app: App, desk: Guard):
    account(app, "Aida", Role.ADMIN)
    owner = client(desk)
    assert tries(owner, ["Aida"], PASSWORD) == [303]
    assert tries(owner, ["Aida"] * 12) == [401] * 10 + [429] * 2


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
