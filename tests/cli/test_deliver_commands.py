"""The commands of messages: who receives what, what failed, a test, a replay, and a report to hand on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kit.articles import COURT, DOCTOR
from kit.home import WATCHLIST
from kit.mailings import smtp
from kit.office import ANNA, BEK, EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.home import open_home
from monitor.cli import app as program
from monitor.cli import deliver as commands
from monitor.cli.output.lists import visible_text
from monitor.model import Recipient, Scope

ROOT = "root@ngo.example"
RECIPIENTS = """recipients:
  - {to: anna@ngo.example, name: Anna, weekly: friday 09:00, at_once: true}
  - {to: bek@ngo.example, names: [melis]}
"""


def office_over(web: Web, folder: Path, mailbox: Mailbox) -> Office:
    web.outlets = {"post": Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)])}
    new_office = Office(folder, web, mailbox)
    (new_office.folder / "recipients.yaml").write_text(RECIPIENTS, "utf-8")
    return new_office


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Yield an office after its first run, in the evening."""
    with Web(now=EVENING) as web, Mailbox() as mailbox:
        new_office = office_over(web, tmp_path_factory.mktemp("office"), mailbox)
        new_office.ingest(EVENING)
        new_office.close()
        yield new_office


@pytest.fixture
def office(begun: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with Mailbox() as mailbox:
        new_office = office_over(begun.web, tmp_path / "home", mailbox)
        shutil.copy(begun.folder / "monitor.db", new_office.folder)
        monkeypatch.setattr("monitor.cli.common.open_home", lambda settings: open_home(settings, new_office.clock))
        yield new_office
        new_office.close()


def run(office: Office, *words: str) -> Result:
    return CliRunner().invoke(program, ["--home", str(office.folder), *words])


def test_list_says_who_receives_what_and_what_failed(office: Office):
    office.mailbox.refused.add("bek@ngo.example")
    office.ingest(EIGHT)
    listing = json.loads(run(office, "deliver", "list", "--format", "json").stdout)
    assert [(row["to"], row["when"]) for row in listing["recipients"]] == [
        ("anna@ngo.example", "at once, friday 09:00"),
        ("bek@ngo.example", "daily 08:00"),
    ]
    (delivery,) = listing["deliveries"]
    assert (delivery["recipient"], delivery["sent"]) == ("bek@ngo.example", None) and delivery["refused"]
    assert [row["reach"] for row in listing["recipients"]] == ["", "refused"]
    shown = run(office, "deliver", "list", "--unsent").stdout
    assert "Anna" in shown and "not sent" in shown and "messages have not arrived since" in shown
    assert len(office.mailbox.received) == 0


def test_list_names_those_whom_nothing_reaches_since_no_server_is_set(office: Office):
    office.settings("")
    shown = " ".join(run(office, "deliver", "list").stdout.split())
    assert "Anna" in shown and shown.count("not set up") == 2
    assert json.loads(run(office, "deliver", "list", "--format", "json").stdout)["recipients"] == []


@pytest.mark.parametrize(
    ("recipient", "words"),
    [
        (Recipient("mail", "a@ngo.example"), "everything"),
        (Recipient("mail", "a@ngo.example", cleared=True), "everything; the closed watch, too"),
        (Recipient("notify", "team", shows_names=False), "everything; without names"),
        (Recipient("mail", "a@ngo.example", certificate="-----BEGIN"), "everything; encrypted"),
        (Recipient("mail", "a@ngo.example", scope=Scope(("melis",), ("Kloop",), ("KG",))), "melis, Kloop, KG"),
    ],
)
def test_list_says_what_each_recipient_sees(recipient: Recipient, words: str):
    assert visible_text(recipient) == words


def test_what_is_due_for_recipients_of_the_file_goes_out_by_hand_too(office: Office):
    office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}")
    office.clock.now = EIGHT
    for _ in range(2):
        assert run(office, "digest", "--send").exit_code == 0
    assert [mail.to for mail in office.mailbox.received] == ["bek@ngo.example"]


@pytest.mark.check
def test_retry_sends_what_was_refused_with_the_id_that_it_had(office: Office):
    office.mailbox.refused.add("bek@ngo.example")
    office.ingest(EIGHT)
    (record,) = office.app.store.outbox.records()
    assert run(office, "deliver", "retry", str(record.id)).exit_code == commands.TRY_AGAIN
    office.mailbox.refused.clear()
    for _ in range(2):  # the second is a replay
        assert run(office, "deliver", "retry", str(record.id)).exit_code == 0
    first, second = office.mailbox.to("bek@ngo.example")
    assert first.raw == second.raw
    assert run(office, "deliver", "retry", "99").exit_code != 0


@pytest.mark.parametrize("recipient", ["Anna", "anna@ngo.example"])
def test_a_test_reaches_a_recipient_by_address_or_name(office: Office, recipient: str):
    assert run(office, "deliver", "test", recipient).exit_code == 0
    (mail,) = office.mailbox.received
    assert mail.to == "anna@ngo.example" and "There is no news in it." in mail.text
    assert run(office, "deliver", "test", "nobody").exit_code != 0


@pytest.mark.check
def test_a_report_of_a_name_is_text_html_or_json(office: Office):
    office.clock.now = EVENING + timedelta(hours=1)
    text = run(office, "report", "--entity", "melis", "--since", "30d").stdout
    assert "1 story" in text and "Melis Tokoev" in text and "Court extends arrest" in text
    assert run(office, "report", "--format", "html", "--lang", "ru").stdout.startswith(
        '<!doctype html>\n<html lang="ru">'
    )
    data = json.loads(run(office, "report", "--format", "json").stdout)
    assert data["named"] == {"melis": 1} and data["stories"]["new"] == 1
    assert "Court" not in run(office, "report", "--entity", "cholpon").stdout
    assert run(office, "report", "--entity", "nobody").exit_code != 0


@pytest.mark.check
def test_each_command_is_of_the_open_watch_unless_the_closed_one_is_asked_for(office: Office):
    smtp(office, sensitive_to=ROOT)
    closed = "  - {id: sister, name: His Sister, sensitive: true}\n"
    (office.folder / "watchlist.yaml").write_text(WATCHLIST + closed, "utf-8")
    office.add(Piece("sister", "A visit", f"{DOCTOR}\nHis Sister waited beside the gate until the evening."))
    office.ingest(EVENING + timedelta(hours=1))
    office.send(EIGHT)
    for option in ("--closed", "--sensitive"):
        assert "His Sister" in run(office, "report", option).stdout
    for form in ("text", "html", "json"):
        assert "His Sister" in run(office, "digest", "--closed", "--format", form).stdout
        assert "His Sister:" not in run(office, "digest", "--format", form).stdout
    assert "His Sister" not in run(office, "report").stdout
    assert run(office, "digest", "--send", "--closed").exit_code == 0  # it was sent before, and goes out once
    assert run(office, "report", "--entity", "sister").exit_code == run(office, "report", "--entity", "none").exit_code
    assert run(office, "report", "--entity", "melis", "--closed").exit_code != 0
    listed = [json.loads(run(office, "deliver", "list", "--format", "json", *o).stdout) for o in ((), ("--closed",))]
    assert [[row["to"] for row in listing["recipients"]] for listing in listed] == [[ROOT, ANNA, BEK], [ROOT]]
    assert [{row["recipient"] for row in listing["deliveries"]} for listing in listed] == [{BEK, ROOT}, {ROOT}]
    assert run(office, "deliver", "retry", str(listed[1]["deliveries"][0]["id"]), "--closed").exit_code == 0
    assert [str(mail.mail["Subject"])[:24] for mail in office.mailbox.to(ROOT)].count("[monitor] closed watch: ") == 2
