"""A new channel is one file and one line: here a folder that takes messages as files, beside mail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from kit.articles import COURT
from kit.deaths import death_at
from kit.home import WATCHLIST
from kit.office import ANNA, BEK, EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints
from monitor.app.upkeep.doctor import check_installation
from monitor.config import Settings
from monitor.config.channel_settings import ChannelSettings
from monitor.config.channels import CHANNELS, ChannelKind
from monitor.config.recipients import load_recipients
from monitor.errors import DeliveryError, InputError
from monitor.model import Delivery, Recipient

# ---- all that a new channel is: a file in deliver/, and its line in CHANNELS ------------------------------------------


class Folder:
    """A folder that takes each message as a file. A message that comes twice replaces itself."""

    contact = ""

    def __init__(self, path: str) -> None:
        if not path.startswith("/"):
            raise InputError("MONITOR_FOLDER: write the path of a folder")
        self.path, self.endpoint = Path(path), path

    def external_id(self, name: str) -> str:
        return f"{name}.txt"

    async def check(self) -> str:
        if not self.path.is_dir():
            raise DeliveryError(f"{self.endpoint} is no folder; make it")
        return f"{self.endpoint} is there"

    async def send(self, delivery: Delivery) -> None:
        await self.check()
        (self.path / delivery.external_id).write_text(delivery.rendering.text, "utf-8")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def build(settings: Settings) -> Folder:
    return Folder(settings.secret("folder"))


FOLDER = ChannelKind(
    "folder", "the path of a folder", "FOLDER=/srv", "a folder", "folder", "write the path of a folder", to="folder"
)


# ---- who ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "sensitive_to", "listed", "expected"),
    [
        (["Anna@NGO.example", BEK], [], [ANNA], [BEK, ANNA]),
        (["Anna@NGO.example", ANNA], [], [], [ANNA]),
        ([ANNA], ["Anna@NGO.example"], [], ["Anna@NGO.example"]),
        ([ANNA], [BEK], [], [ANNA, BEK]),
    ],
)
def test_mail_addresses_that_differ_in_capitals_only_are_one(
    to: list[str], sensitive_to: list[str], listed: list[str], expected: list[str]
):
    addresses = {"digest_to": tuple(to), "digest_sensitive_to": tuple(sensitive_to)}
    settings = Settings.model_construct(home=Path("/nowhere"), digest_at=time(8), **addresses)
    recipients = tuple(Recipient("mail", address, audience=f"mail:{address}") for address in listed)
    channel = ChannelSettings("mail", CHANNELS["mail"], settings, recipients)
    assert [recipient.address for recipient in channel.recipients] == expected
    assert {r.address for r in channel.recipients if r.cleared} == {a for a in sensitive_to if not listed}


# ---- what it does --------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setitem(CHANNELS, "folder", FOLDER)
    monkeypatch.setitem(sys.modules, "monitor.messages.channels.folder", sys.modules[__name__])
    (tmp_path / "digests").mkdir()
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        new_office = Office(tmp_path / "home", web, mailbox)
        new_office.add(Piece("court", "Court extends arrest", COURT))
        set_folder(new_office, tmp_path / "digests")
        yield new_office
        new_office.close()
        failpoints.arm(None)


def set_folder(office: Office, folder: Path | str) -> None:
    lines = (office.folder / "monitor.env").read_text("utf-8").splitlines()[3:]
    office.settings(*(line for line in lines if "FOLDER" not in line), f"MONITOR_FOLDER={folder}")


def files(office: Office) -> dict[str, str]:
    folder = office.folder.parent / "digests"
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def test_a_digest_goes_out_over_every_channel_once(office: Office):
    office.ingest(EVENING)
    for minutes in (0, 10, 20):
        assert office.send(EIGHT + timedelta(minutes=minutes)) == []
    assert [mail.to for mail in office.mailbox.received] == [ANNA, BEK]
    ((name, digest),) = files(office).items()
    assert name.startswith("20260303T020000.") and digest.splitlines() == office.mailbox.received[0].text.splitlines()
    assert "Melis Tokoev" in digest


def test_a_channel_can_be_the_only_one(office: Office):
    folder = office.folder.parent / "digests"
    office.settings()
    set_folder(office, folder)
    office.ingest(EVENING)
    office.clock.now = EIGHT
    assert office.app.send_digest() == (1, [])
    assert office.mailbox.received == [] and len(files(office)) == 1


@pytest.mark.check
def test_a_sensitive_name_goes_over_no_channel_that_has_no_setting_for_it(office: Office):
    folder = office.folder.parent / "digests"
    office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}", f"MONITOR_DIGEST_SENSITIVE_TO={ANNA}")
    set_folder(office, folder)
    (office.folder / "watchlist.yaml").write_text(
        WATCHLIST.replace("Tokoev", "Tokoev\n    sensitive: true", 1), "utf-8"
    )
    office.ingest(EVENING)
    office.send(EIGHT)
    open_mail, closed_mail = office.mailbox.received
    assert "Melis Tokoev" in closed_mail.text and "okoev" not in open_mail.text
    (digest,) = files(office).values()
    assert "okoev" not in digest and "Court extends arrest" not in digest


@pytest.mark.check
def test_a_channel_that_fails_holds_up_no_other_and_gets_the_same_later(office: Office):
    folder = office.folder.parent / "digests"
    folder.rmdir()
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert problem.endswith(f"{folder} is no folder; make it")
    assert len(office.mailbox.received) == 2
    folder.mkdir()
    assert office.send(EIGHT + timedelta(minutes=10)) == []
    assert len(office.mailbox.received) == 2 and len(files(office)) == 1


def test_a_bug_in_a_channel_is_logged_without_its_words(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def fail(_: Folder, delivery: Delivery) -> None:
        raise KeyError(delivery.rendering.text)

    monkeypatch.setattr(Folder, "send", fail)
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert "KeyError" in problem and "KeyError" in caplog.text and "Melis" not in problem + caplog.text
    assert len(office.mailbox.received) == 2


@pytest.mark.parametrize("point", ["delivery: before it is handed over", "delivery: after it was handed over"])
# The first two are mails, the third is the folder's file.
@pytest.mark.parametrize("passes", [pytest.param(1, marks=pytest.mark.check), 2, 3])
def test_after_a_crash_each_gets_the_same_with_the_same_id(office: Office, point: str, passes: int):
    office.ingest(EVENING)
    with death_at(point, passes):
        office.send(EIGHT)
    mails = [record for record in office.app.store.outbox.records() if record.channel == "mail" and record.sent]
    unrecorded = len(office.mailbox.received) - len(mails)  # none if it died with the folder's file
    office.send(EIGHT + timedelta(minutes=10))
    office.send(EIGHT + timedelta(minutes=20))
    assert len(files(office)) == 1
    assert {mail.to for mail in office.mailbox.received} == {ANNA, BEK}
    assert unrecorded <= point.startswith("delivery: after")
    assert len(office.mailbox.received) == 2 + unrecorded
    assert len({mail.raw for mail in office.mailbox.received}) == 2


def test_while_an_address_is_wrong_nothing_goes_out_and_then_all_get_everything(office: Office):
    folder = office.folder.parent / "digests"
    set_folder(office, "digests")
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert problem == "MONITOR_FOLDER: write the path of a folder"
    set_folder(office, folder)
    assert office.send(EIGHT + timedelta(minutes=10)) == []
    assert len(office.mailbox.received) == 2 and "Melis Tokoev" in office.mailbox.received[0].text
    (digest,) = files(office).values()
    assert digest.splitlines() == office.mailbox.received[0].text.splitlines()


def test_a_channel_without_recipients_or_address_holds_up_no_other(office: Office):
    folder = office.folder.parent / "digests"
    office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}")
    set_folder(office, folder)
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert problem.startswith("MONITOR_SMTP_URL is set but MONITOR_DIGEST_TO is not") and len(files(office)) == 1


def test_the_doctor_checks_each_channel_and_sends_nothing(office: Office):
    def check() -> dict[str, tuple[bool, str]]:
        results = check_installation(office.app.settings, office.app)
        return {result.subject: (result.is_ok, result.message) for result in results}

    folder = office.folder.parent / "digests"
    assert check()["folder"] == (True, f"{folder} is there")
    assert check()["mail"] == (True, f"127.0.0.1:{office.mailbox.port} answers without TLS, without a login")
    set_folder(office, "digests")
    assert check()["folder"] == (False, "MONITOR_FOLDER: write the path of a folder")
    set_folder(office, "")
    advice = "no digest goes out by folder; for that, set MONITOR_FOLDER (write the path of a folder)"
    assert check()["folder"] == (True, advice)
    assert office.mailbox.received == [] and files(office) == {}


def test_a_new_channel_is_known_to_the_settings_recipients_and_the_doctor(office: Office, tmp_path: Path):
    (office.folder / "recipients.yaml").write_text(
        'recipients:\n  - {to: /b, channel: folder, at_once: true}\n  - {to: "", channel: folder}\n', "utf-8"
    )
    listed = load_recipients(office.folder, time(8))
    assert [(recipient.channel, recipient.audience) for recipient in listed.recipients] == [("folder", "folder:/b")]
    assert len(listed.problems) == 1
    rows = {name: (value, source) for name, value, source in office.app.settings.describe()}
    assert rows["MONITOR_FOLDER"] == ("***", "monitor.env")
    assert str(tmp_path / "digests") not in repr(office.app.settings)


def test_a_setting_of_a_channel_that_will_not_do_is_told_with_its_place(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(CHANNELS, "folder", replace(FOLDER, pattern="/.+"))
    set_folder(office, "digests")
    with pytest.raises(InputError) as raised:
        assert office.app
    line = len((office.folder / "monitor.env").read_text("utf-8").splitlines())
    assert str(raised.value) == (
        f"{office.folder / 'monitor.env'}:{line}:1: MONITOR_FOLDER: this will not do; write the path of a folder"
    )


def test_a_channel_that_cannot_be_made_is_told_and_costs_other_recipients_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}")
    set_folder(office, office.folder.parent / "digests")
    (office.folder / "recipients.yaml").write_text(f"recipients:\n  - {{to: {ANNA}}}\n", "utf-8")
    monkeypatch.setitem(sys.modules, "monitor.messages.channels.folder", None)
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert problem == "folder: an error in monitor itself (ModuleNotFoundError); please report it"
    assert [mail.to for mail in office.mailbox.received] == [ANNA] and files(office) == {}
    results = {result.subject: result for result in check_installation(office.app.settings, office.app)}
    assert not results["folder"].is_ok and "ModuleNotFoundError" in results["folder"].message


def test_the_doctor_counts_ids_that_nobody_watches_and_quotes_none(office: Office):
    lines = ("{to: a@ngo.example, names: [melis, canary-7f3a]}", "{to: b@ngo.example, names: [melis, kos]}")
    (office.folder / "recipients.yaml").write_text("".join(["recipients:\n", *(f"  - {x}\n" for x in lines)]), "utf-8")
    office.ingest(EVENING)
    results = check_installation(office.app.settings, office.app)
    assert [(r.is_ok, r.message) for r in results if r.subject == "recipients.yaml" and "chmod" not in r.message] == [
        (
            False,
            "a@ngo.example: ids of names that are not on the watchlist: 1; `monitor watchlist list` has them all",
        ),
        (True, "2 recipients"),
    ]
