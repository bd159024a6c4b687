"""Clearance for the closed watch: who gives and takes it, what ends it, and where that is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.app import App
from kit.copies import opened_copy
from kit.desk import PASSWORD, account, client
from monitor.errors import InputError
from monitor.model import Act, Role, User
from monitor.web import create_desk
from monitor.web.auth import create_invitation_path
from monitor.web.security import Guard
from web.closed import app, cleared_account, closed_store, desk, two_watches

__all__ = ["app", "desk", "two_watches"]
SHUT = {"role": "admin", "closed": "1"}


def is_cleared(app: App, name: str) -> bool:
    person = app.people.by_name(name)
    assert person is not None
    return person.cleared


def log(app: App) -> list[tuple[Act, int | None, int | None]]:
    return [(line.act, line.by, line.about) for line in closed_store(app).people.audit(9)]


def set_password(app: App, desk: Guard, person: User) -> None:
    link = create_invitation_path(app, person.role, person, by=account(app, f"maker of {person.name}", Role.ADMIN))
    assert client(desk).post(link, data={"password": PASSWORD}).status_code == 303


def test_a_new_administrator_is_not_cleared(app: App, desk: Guard):
    maker = cleared_account(app, "Aida", Role.ADMIN)
    link = create_invitation_path(app, Role.ADMIN, by=maker)
    browser = client(desk)
    assert browser.post(link, data={"name": "Bek", "password": PASSWORD}).status_code == 303
    assert not is_cleared(app, "Bek")
    assert browser.get("/people").status_code == 200 and browser.get("/closed/cleared").status_code == 404


def test_somebody_cleared_clears_others_and_takes_it_back(app: App, desk: Guard):
    me, colleague = cleared_account(app, "Aida", Role.ADMIN), account(app, "Bek", Role.READER)
    browser, colleague_browser = client(desk, me), client(desk, colleague)
    clearing_answer = browser.post(f"/closed/cleared/{colleague.id}", data={"cleared": "1"})
    assert clearing_answer.headers["location"] == "/closed/cleared?said=saved"
    assert is_cleared(app, "Bek") and colleague_browser.get("/closed/queue").status_code == 200
    assert browser.post(f"/closed/cleared/{colleague.id}").status_code == 303
    assert not is_cleared(app, "Bek") and colleague_browser.get("/closed/queue").status_code == 404
    assert log(app) == [(Act.UNCLEARED, me.id, colleague.id), (Act.CLEARED, me.id, colleague.id)]
    shown = browser.get("/closed/audit").text
    assert "cleared somebody for the closed watch" in shown and "Bek" in shown
    # The log that every administrator reads tells nothing of it.
    assert app.people.audit(9) == []


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.OPERATOR])
def test_who_is_cleared_and_no_administrator_clears_nobody(app: App, desk: Guard, role: Role):
    browser, colleague = client(desk, cleared_account(app, "Aida", role)), account(app, "Bek", Role.READER)
    assert browser.get("/closed/cleared").status_code == 403
    assert browser.post(f"/closed/cleared/{colleague.id}", data={"cleared": "1"}).status_code == 403
    assert not is_cleared(app, "Bek")


def test_nobody_takes_it_from_themselves(app: App, desk: Guard):
    me = cleared_account(app, "Aida", Role.ADMIN)
    cleared_account(app, "Bek", Role.ADMIN)
    assert client(desk, me).post(f"/closed/cleared/{me.id}").status_code == 400
    assert is_cleared(app, "Aida")


def test_an_administrator_who_is_not_cleared_sees_nothing_of_it_among_people(app: App, desk: Guard):
    app.people.clear(account(app, "Aida", Role.READER).id, cleared=True)
    browser = client(desk, account(app, "Bek", Role.ADMIN))
    before = browser.get("/people").text
    for person in app.people.everyone():
        if person.cleared:
            app.people.clear(person.id, cleared=False, even_last=True)
    assert browser.get("/people").text == before


@pytest.mark.parametrize("form", [SHUT, {"role": "reader"}, {"role": "operator"}])
def test_the_last_cleared_account_is_neither_closed_nor_lowered(app: App, desk: Guard, form: dict[str, str]):
    last = cleared_account(app, "Aida", Role.ADMIN)
    browser = client(desk, account(app, "Bek", Role.ADMIN))
    assert browser.post(f"/people/{last.id}", data=form).status_code == 400
    assert app.people.by_name("Aida") == last
    with pytest.raises(InputError):
        app.people.clear(last.id, cleared=False)
    cleared_account(app, "Cholpon", Role.READER)
    assert browser.post(f"/people/{last.id}", data=form).status_code == 303


def test_a_lower_role_does_not_end_it_and_a_higher_one_does_not_give_it(app: App, desk: Guard):
    cleared_account(app, "Last", Role.READER)
    person, colleague = cleared_account(app, "Aida", Role.OPERATOR), account(app, "Bek", Role.READER)
    browser = client(desk, account(app, "Cholpon", Role.ADMIN))
    browser.post(f"/people/{person.id}", data={"role": "reader"})
    browser.post(f"/people/{colleague.id}", data={"role": "admin"})
    assert is_cleared(app, "Aida") and not is_cleared(app, "Bek")


def test_a_closed_account_is_not_cleared_when_it_is_opened_again(app: App, desk: Guard):
    cleared_account(app, "Last", Role.READER)
    person, admin = cleared_account(app, "Aida", Role.OPERATOR), account(app, "Bek", Role.ADMIN)
    browser = client(desk, admin)
    browser.post(f"/people/{person.id}", data=SHUT)
    browser.post(f"/people/{person.id}", data={"role": "operator"})
    assert not is_cleared(app, "Aida")
    assert log(app) == [(Act.UNCLEARED, admin.id, person.id)]


def test_a_new_password_by_a_link_ends_it(app: App, desk: Guard):
    """Else an administrator who is not cleared would take over the account of somebody who is."""
    person = cleared_account(app, "Aida", Role.OPERATOR)
    set_password(app, desk, person)
    assert not is_cleared(app, "Aida")
    assert log(app) == [(Act.UNCLEARED, person.id, person.id)]
    cleared_again = app.people.clear(person.id, cleared=True)
    changed = client(desk, cleared_again).post("/account/password", data={"old": PASSWORD, "new": PASSWORD + " again"})
    assert changed.status_code == 303 and is_cleared(app, "Aida")


def test_what_ends_it_tells_nothing_to_who_does_it(app: App, desk: Guard):
    cleared_account(app, "Last", Role.READER)
    people = [account(app, "Aida", Role.READER), cleared_account(app, "Aidb", Role.READER)]
    browser = client(desk, account(app, "Bek", Role.ADMIN))

    def visible_texts(person: User) -> list[str]:
        answers = [browser.post(f"/people/{person.id}", data=form) for form in (SHUT, {"role": "reader"})]
        texts = [answer.text + str(answer.headers) for answer in (*answers, client(desk, person).get("/queue"))]
        return [text.replace(person.name, "NAME") for text in texts]

    assert visible_texts(people[0]) == visible_texts(people[1])


def test_who_is_cleared_marks_a_name_and_is_led_to_a_page_that_is_there(app: App, desk: Guard):
    app.settings.watchlist.write_text(
        "entities:\n  - Azat Nurov\n  - name: Aizada Bekova\n    id: cholpon-closed\n    sensitive: true\n", "utf-8"
    )
    browser, reader_browser = (
        client(desk, cleared_account(app, "Aida", Role.ADMIN)),
        client(desk, account(app, "Bek", Role.ADMIN)),
    )
    assert (
        'name="sensitive"' in browser.get("/names/add").text
        and 'name="sensitive"' not in reader_browser.get("/names/add").text
    )
    saved = browser.post("/names/add", data={"names": "Nurlan Osmonov", "act": "save", "sensitive": "1"})
    assert saved.status_code == 303, saved.text
    assert browser.get(saved.headers["location"]).status_code == 200
    assert "Nurlan Osmonov" in browser.get("/closed/names").text
    assert "Nurlan Osmonov" not in browser.get("/names").text


def test_a_closed_store_that_cannot_be_used_does_not_tell_who_was_cleared(tmp_path: Path, sqlite_with_tables: Path):
    app = opened_copy(sqlite_with_tables, tmp_path)
    (tmp_path / "monitor.closed.db").write_bytes(b"no database" * 500)
    boss, cleared, uncleared, root = (account(app, name, Role.ADMIN) for name in ("boss", "cleared", "other", "root"))
    for user in (cleared, root):
        app.people.clear(user.id, cleared=True)
    browser = client(create_desk(app), boss)
    answers = [browser.post(f"/people/{user.id}", {"role": "reader"}) for user in (cleared, uncleared)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [line.about for line in app.people.audit(9) if line.act is Act.CHANGED_PERSON] == [uncleared.id, cleared.id]
    app.close()


def test_a_name_that_is_closed_at_the_open_desk_stands_in_the_closed_log_alone(app: App, desk: Guard):
    (app.settings.home / "watchlist.yaml").write_text("entities:\n  - {id: melis, name: Melis Tokoev}\n", "utf-8")
    browser = client(desk, cleared_account(app, "root", Role.ADMIN))
    assert browser.post("/names/add", {"names": "Aizat Orozova", "act": "save", "sensitive": "1"}).status_code == 303
    assert Act.CHANGED_LIST not in {line.act for line in app.people.audit(99)}
    assert Act.CHANGED_LIST in {line.act for line in closed_store(app).people.audit(99)}
