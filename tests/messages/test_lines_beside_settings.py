"""An address of the settings that has a line in recipients.yaml gets what the line says, or nothing; never more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pysequoia
import pytest

from kit.desk import account, client
from kit.office import EVENING
from kit.outlets import Piece
from kit.recipient_forms import save
from messages.alerts import URGENT, Desk, begin, desk_of, run_after
from monitor.model import Role
from monitor.web import create_desk

ROOT = "root@ngo.example"
CERTIFICATE = str(pysequoia.Tsk.generate(f"Root <{ROOT}>").extract_certificate())
OPEN, CLOSED = "Melis Tokoev", "Aizada Hidden"
ENCRYPTED = f"to: {ROOT}, sensitive: true, daily: '08:00', key: root.asc"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(tmp_path / "home", "post") as desk:
        (desk.folder / "watchlist.yaml").write_text(
            f"{URGENT}  - {{id: aizada, name: {CLOSED}, sensitive: true}}\n", "utf-8"
        )
        desk.settings(
            f"MONITOR_SMTP_URL={desk.mailbox.url}",
            f"MONITOR_DIGEST_TO=office@ngo.example,{ROOT.upper()}",
            f"MONITOR_DIGEST_SENSITIVE_TO={ROOT}",
        )
        (desk.folder / "root.asc").write_text(CERTIFICATE, "utf-8")
        yield desk


def news(desk: Desk, *lines: str) -> None:
    """Begin with these lines, and read an article about each of the two names."""
    begin(desk, *lines)
    desk.publish(
        "post",
        Piece("taken", "Taken at night", f"{CLOSED} was taken away from her home at night. " * 4),
        Piece("court", "Heard in court", f"{OPEN} was heard in the court of the capital. " * 4),
    )
    run_after(desk, 60)


def words_for_root(desk: Desk) -> str:
    return "".join(mail.raw.decode("latin1") for mail in desk.mailbox.to(ROOT))


def at_eight(desk: Desk, hours_later: int = 0) -> list[str]:
    return desk.send(EVENING + timedelta(hours=12 + hours_later))


def write(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "recipients.yaml").write_text(text, "utf-8") and None


FAULTS: dict[str, Callable[[Path], object]] = {
    "an empty key": lambda folder: (folder / "root.asc").write_text(""),
    "no key file": lambda folder: (folder / "root.asc").unlink(),
    "an unknown word": write(f"recipients:\n  - {{{ENCRYPTED}, kye: x}}\n"),
    "two times": write(f"recipients:\n  - {{{ENCRYPTED}, weekly: monday 08:00}}\n"),
    "a misspelt address key": write(f"recipients:\n  - {{{ENCRYPTED.replace('to:', 'too:')}}}\n"),
    "a misspelt list": write(f"recipient:\n  - {{{ENCRYPTED}}}\n"),
    "no YAML": write(f"recipients:\n  - {{{ENCRYPTED}\n"),
    "no UTF-8": lambda folder: (folder / "recipients.yaml").write_bytes(
        b"- to: " + ROOT.encode() + b"\n  name: \xff\n"
    ),
}


@pytest.mark.check
@pytest.mark.parametrize("fault", FAULTS)
def test_while_a_line_is_left_out_its_address_gets_nothing_by_the_settings(desk: Desk, fault: str):
    news(desk, ENCRYPTED)
    FAULTS[fault](desk.folder)
    problems = at_eight(desk)
    assert words_for_root(desk) == "" and "recipients.yaml" in "".join(problems)
    assert [OPEN in mail.text for mail in desk.mailbox.to("office@ngo.example")] == [True]
    # Nothing is lost: it comes encrypted once the line is mended.
    (desk.folder / "root.asc").write_text(CERTIFICATE, "utf-8")
    desk.recipients(ENCRYPTED)
    at_eight(desk, 1)
    mails = desk.mailbox.to(ROOT)
    assert len(mails) == 2 and all(b"BEGIN PGP MESSAGE" in mail.raw for mail in mails)
    assert CLOSED not in words_for_root(desk) and OPEN not in words_for_root(desk)


@pytest.mark.check
def test_what_a_line_keeps_from_an_address_it_does_not_get_while_the_line_is_faulty(desk: Desk):
    news(desk, f"to: {ROOT}, names: [cholpon], sensitive: false, daily: '08:00'")
    desk.recipients(f"to: {ROOT}, names: [cholpon], sensitive: false, daily: '08:00', wekly: x")
    at_eight(desk)
    assert words_for_root(desk) == ""


def test_what_was_written_for_a_certificate_goes_to_nobody_without_one(desk: Desk):
    news(desk, ENCRYPTED)
    desk.mailbox.busy = True
    at_eight(desk)
    (desk.folder / "recipients.yaml").unlink()  # at the terminal: from now on the settings decide
    desk.mailbox.busy = False
    problems = at_eight(desk, 1)
    assert words_for_root(desk) == ""
    assert any("may not be sent there any more" in problem for problem in problems)
    for closed in (False, True):
        (written,) = (
            one for one in desk.app.publisher_of(closed=closed).home.store.outbox.records(9) if one.recipient == ROOT
        )
        assert written.refused and not written.sent


@pytest.mark.check
def test_what_waits_goes_out_encrypted_once_a_line_gets_a_key(desk: Desk):
    news(desk, ENCRYPTED.replace(", key: root.asc", ""))
    desk.mailbox.busy = True
    at_eight(desk)
    desk.recipients(ENCRYPTED)
    desk.mailbox.busy = False
    at_eight(desk, 8)
    mails = desk.mailbox.to(ROOT)
    assert mails and all(b"BEGIN PGP MESSAGE" in mail.raw for mail in mails)


@pytest.mark.parametrize("setting", ["MONITOR_DIGEST_TO", "MONITOR_DIGEST_SENSITIVE_TO"])
@pytest.mark.parametrize("line", [ENCRYPTED, f"to: {ROOT}, names: [cholpon], daily: '08:00'"])
def test_who_is_not_cleared_takes_no_line_from_an_address_of_the_settings(desk: Desk, setting: str, line: str):
    desk.settings(f"MONITOR_SMTP_URL={desk.mailbox.url}", f"{setting}={ROOT}")
    desk.recipients(line, "to: anna@ngo.example")
    app = desk.app
    user = account(app, "Root", Role.ADMIN)
    browser = client(create_desk(app), user)

    before = (desk.folder / "recipients.yaml").read_text("utf-8")
    elsewhere = {"channel": "webhook", "to": "https://b.example/hook"}
    for change in ({"act": "remove"}, {"to": "eve@ngo.example"}, {**elsewhere, "key": ""}):
        answer = save(browser, "0", **change)
        assert answer.status_code == 400 and "stands in the settings of the home" in answer.text
    assert (desk.folder / "recipients.yaml").read_text("utf-8") == before
    # Other fields and other lines are theirs to change; the cleared may remove this one, too.
    assert save(browser, "0", to=ROOT.upper(), digest_at="07:00").status_code == 303
    assert save(browser, "1", act="remove").status_code == 303
    app.people.clear(user.id, cleared=True)
    assert save(browser, "0", act="remove").status_code == 303
