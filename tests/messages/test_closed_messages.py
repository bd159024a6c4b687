"""Messages of two homes, one with closed names: everybody gets the same bytes, and the cleared a message more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia
import pytest

from kit.articles import COURT, DOCTOR
from kit.office import ANNA, BEK, EIGHT, EVENING, closed_watch
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from messages.alerts import MINUTE, SECRET, URGENT, Desk, run_after
from messages.hooks import Receiver
from monitor import failpoints
from monitor.app.upkeep.doctor import check_installation
from monitor.messages.publisher import Publisher
from monitor.model import Verdict

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise

ROOT, OFFICE, NARROW = "root@ngo.example", "office@ngo.example", "narrow@ngo.example"
MONDAY = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)  # 08:00 in Bishkek, when the reports are due
HER = "{id: aizada, name: Aizada Hidden, sensitive: true}"
URGENT_HER = "{id: aizada, name: Aizada Hidden, sensitive: true, urgent: true}"
DAWN = """A woman was taken from her flat at dawn, a neighbour said, and nobody was told where she is held until noon.
Aizada Hidden had written of the prison for years, and her son waited at the gate without an answer from the guards.
A lawyer who asked for her at two offices was told in both that no such person had been brought in that day."""
BODY = """Officers of the Committee for Public Security searched a flat in the old town for five hours on Monday night.
They led away Aizada Hidden, and carried two computers and a box of papers to a grey van without number plates.
Neighbours were told to stay behind their doors, and the street was closed until the morning to all but the police."""
BOTH = f"{COURT}\nThe court also heard Aizada Hidden, who told the judge that she had been at home all evening."

# What is closed, and what the outlet publishes.
WORLDS = {
    "a closed name beside an open one": (HER, ("Court extends arrest", BOTH)),
    "a closed name is urgent": (URGENT_HER, ("Taken at dawn", DAWN), ("Court extends arrest", BOTH)),
    "a closed name has an open one's surname": (
        "{id: aida, name: Aida Tokoeva, sensitive: true}",
        (
            "A visit",
            f"{DOCTOR}\nAida Tokoeva waited beside her. The guards told Tokoeva to go home, and Tokoev to rest.",
        ),
    ),
    "an outlet is closed and its staff open": (
        "{id: gate, name: Prison Gate, type: outlet, sensitive: true}",
        (
            "A search",
            f"{COURT}\nOfficers searched the newspaper Prison Gate, for which he writes, and took its computers.",
        ),
    ),
    "a closed name beside a body that alerts beside others": (HER, ("A search", BODY)),
    "a closed name in a story that others share": (HER, ("Court extends arrest", BOTH), ("Arrest extended", COURT)),
    "a closed name alone": (HER, ("Taken at dawn", DAWN)),
}
FAST_WORLDS = {"a closed name is urgent"}


class Servers:
    """An outlet, a mail server and a receiver, which two homes use one after the other."""

    def __init__(self, folder: Path, web: Web, mailbox: Mailbox, receiver: Receiver) -> None:
        self.folder, self.web, self.mailbox, self.receiver = folder, web, mailbox, receiver

    def desk(self, name: str, closed: str = "", *settings: str) -> Desk:
        self.web.outlets["post"].pieces.clear()
        self.mailbox.received.clear()
        self.receiver.received.clear()
        desk = Desk(self.folder / name, self.web, self.mailbox, self.receiver)
        entry = f"  - {closed}\n" if closed else ""
        (desk.folder / "watchlist.yaml").write_text(URGENT + entry, "utf-8")
        desk.settings(
            f"MONITOR_SMTP_URL={self.mailbox.url}",
            f"MONITOR_DIGEST_TO={OFFICE}",
            f"MONITOR_DIGEST_SENSITIVE_TO={ROOT}",
            f"MONITOR_WEBHOOK_SECRET={SECRET}",
            f"MONITOR_NOTIFY_URLS=chat=json://{self.receiver.host}/chat",
            "MONITOR_BASE_URL=https://desk.example",
            *settings,
        )
        desk.recipients(
            f"to: {ANNA}, daily: '08:00', at_once: true, report: weekly, language: ru",
            f"to: {BEK}, sensitive: true, daily: '08:00', at_once: true, report: weekly",
            f"to: {NARROW}, names: [melis], daily: '08:00', at_once: true, sensitive: false",
            f'to: "{desk.hook}", channel: webhook, daily: "08:00", at_once: true, report: weekly',
            f'to: "{desk.hook}-closed", channel: webhook, daily: "08:00", at_once: true, sensitive: true',
            "to: chat, channel: notify, at_once: true, show_names: true",
        )
        return desk


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox, Receiver() as receiver:
        yield Servers(tmp_path, web, mailbox, receiver)
        failpoints.arm(None)


def live(desk: Desk, pieces: list[tuple[str, str]]) -> None:
    """Live a week: alerts that wait for the mail server, decisions, an edited article, digests and reports."""
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    desk.ingest(EVENING)
    desk.mailbox.busy = True
    for number, (title, text) in enumerate(pieces):  # one a run: two pages may come in any order
        desk.add(Piece(f"piece-{number}", title, text))
        run_after(desk, 20 + number)
    desk.mailbox.busy = False
    for item in desk.app.queue():
        if item.lead.headline != "Refused a doctor":
            desk.app.decide(item.id, Verdict.RELEVANT, by="aida", note="look at it")
    piece = desk.web.outlets["post"].pieces[0]
    piece.text = piece.text.replace("Aizada Hidden", "a neighbour").replace("Tokoeva", "a relative")
    desk.ingest(EVENING + timedelta(hours=7))
    desk.ingest(EIGHT)
    desk.send(MONDAY)


def channel_bytes(desk: Desk) -> list[tuple[str, str, bytes]]:
    """Return (address, id, bytes) of everything that was received, of each address in order: channels send at once."""
    mails = [(mail.to, str(mail.mail["Message-ID"]), mail.raw) for mail in desk.mailbox.received]
    events = [(event.path, event.headers.get("webhook-id", ""), event.body) for event in desk.receiver.received]
    return sorted([*mails, *events], key=lambda message: message[0])


def stored(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """Return the stored mailings with their deliveries and names, and everything that the terminal shows of them."""
    tables = ("mailing", "delivery", "alerted_name")
    with desk.app.store.database.reading() as connection:
        rows = {
            name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id")]
            for name in tables
        }
    reports = desk.app.publisher.composer.report(timedelta(days=30), "", "ky")
    return rows | {
        "reports": [*reports.items()],
        "records": [*map(repr, desk.app.publisher.home.store.outbox.records(99))],
    }


def is_closed(external_id: str, content: bytes) -> bool:
    return external_id.startswith(("<closed.", "msg_closed.")) or b"closed watch" in content


@pytest.mark.parametrize(
    "world", [name if name in FAST_WORLDS else pytest.param(name, marks=pytest.mark.check) for name in WORLDS]
)
def test_everybody_gets_the_same_bytes_whether_a_name_is_closed_or_on_no_list(servers: Servers, world: str):
    closed, *pieces = WORLDS[world]
    received, rows = [], []
    for name, entry in (("without", ""), ("with", closed)):
        desk = servers.desk(name, entry)
        live(desk, pieces)
        received.append(channel_bytes(desk))
        rows.append(stored(desk))
        desk.close()
    without, with_it = received
    of_closed = [message for message in with_it if is_closed(*message[1:])]
    assert [message for message in with_it if message not in of_closed] == without
    assert rows[0] == rows[1]
    assert not any(is_closed(*message[1:]) for message in without)
    addresses = {address for address, _, _ in of_closed}
    assert {BEK, ROOT, "/hook-closed"} >= addresses >= {BEK, ROOT}  # else this test could not fail
    assert {address for address, _, _ in without} == {OFFICE, ROOT, ANNA, BEK, NARROW, "/hook", "/hook-closed", "/chat"}


@pytest.mark.check
def test_who_is_cleared_gets_the_open_message_and_one_of_the_closed_watch(servers: Servers):
    desk = servers.desk("home", HER)
    desk.ingest(EVENING)
    desk.add(Piece("court", "Court extends arrest", BOTH))
    desk.ingest(EVENING + timedelta(hours=2))
    desk.send(EIGHT)
    desk.send(EIGHT + 10 * MINUTE)
    for address in (ROOT, BEK):
        mails = desk.mailbox.to(address)
        open_mails = [mail for mail in mails if "closed" not in str(mail.mail["Subject"])]
        (closed,) = [mail for mail in mails if mail not in open_mails]
        assert closed.mail["Subject"].startswith("[monitor] closed watch: 1 new; ")
        assert closed.text.startswith("CLOSED WATCH: this is about names that only cleared people may know of.\r\n")
        assert "Aizada Hidden" in closed.text and "1 not yet reviewed: " in closed.text
        assert "Melis Tokoev" not in closed.text.replace("journalist Melis Tokoev", "")  # only where the text has him
        assert "https://desk.example/closed/items/1" in closed.text and "1 source read" in closed.text
        assert all("https://desk.example/items/1" in mail.text for mail in open_mails)
        assert closed.mail["Message-ID"].startswith("<closed.")
        assert len({mail.mail["Message-ID"] for mail in mails}) == len(mails)
    events = [event.json for event in desk.events("/hook-closed")]
    assert [event["data"].get("watch") for event in events].count("closed") == 1
    assert all("watch" not in event.json["data"] for event in desk.events())


@pytest.mark.check
def test_the_closed_watch_sends_nothing_without_news_and_leaves_no_gap(servers: Servers):
    desk = servers.desk("home", HER)
    desk.ingest(EVENING)
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    desk.ingest(EIGHT)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    run_after(desk, 13 * 60)
    assert not any(is_closed(*message[1:]) for message in channel_bytes(desk))
    desk.send(EIGHT + timedelta(days=1))
    closed = [mail for mail in desk.mailbox.received if is_closed("", mail.raw)]
    assert sorted(mail.to for mail in closed) == [BEK, ROOT]
    assert all("Taken at dawn" in mail.text for mail in closed)


@pytest.mark.check
def test_a_closed_urgent_name_is_told_at_once_to_the_cleared_alone(servers: Servers, empty_url: str):
    desk = servers.desk("home", URGENT_HER, f"MONITOR_DATABASE_URL={empty_url}")
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    run_after(desk, 1)
    (mail,) = desk.mailbox.received
    assert mail.to == BEK and mail.mail["Subject"].startswith("[monitor] closed watch: 1 urgent story")
    assert "CLOSED WATCH" in mail.text and "Aizada Hidden" in mail.text
    (event,) = desk.receiver.received
    assert (event.path, event.json["type"], event.json["data"]["watch"]) == ("/hook-closed", "alert", "closed")
    desk.close()


@pytest.mark.check
@pytest.mark.parametrize(("names", "has_open_news"), [("closed/aizada", False), ("aizada", True)])
def test_a_line_of_a_closed_name_gets_no_news_of_the_open_name_with_its_id(
    servers: Servers, names: str, has_open_news: bool
):
    desk = servers.desk("home", HER)
    with (desk.folder / "watchlist.yaml").open("a", encoding="utf-8") as watchlist:
        watchlist.write("  - {id: aizada, name: Prison Gate, type: outlet}\n")
    desk.recipients(f"to: {BEK}, sensitive: true, names: [{names}]")
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    desk.add(Piece("gate", "A search", f"{DOCTOR}\nOfficers searched the newspaper Prison Gate."))
    desk.ingest(EVENING + timedelta(hours=2))
    desk.send(EIGHT)
    mails = desk.mailbox.to(BEK)
    assert [mail for mail in mails if "Taken at dawn" in mail.text and is_closed("", mail.raw)]
    assert any("Prison Gate" in mail.text for mail in mails) == has_open_news


@pytest.mark.check
def test_who_is_cleared_no_more_gets_nothing_that_waits_and_nobody_else_is_told(servers: Servers):
    desk = servers.desk("home", URGENT_HER)
    desk.recipients(f"to: {ANNA}, at_once: true", f"to: {BEK}, at_once: true, sensitive: true")
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    desk.mailbox.busy = True
    assert run_after(desk, 1).problems == ()
    (record,) = Publisher(closed_watch(desk)).home.store.outbox.records(9)
    assert "451" in record.detail and desk.app.publisher.home.store.outbox.records(9) == []
    results = check_installation(desk.app.settings, desk.app)
    assert [r.subject for r in results if not r.is_ok and "451" in r.message] == ["closed watch"]
    desk.mailbox.busy = False
    desk.recipients(f"to: {ANNA}, at_once: true", f"to: {BEK}, at_once: true")
    assert desk.send(EVENING + timedelta(hours=1)) == [] and desk.mailbox.received == []
    (record,) = Publisher(closed_watch(desk)).home.store.outbox.records(9)
    assert record.refused and record.detail == "is no recipient any more"


@pytest.mark.check
def test_a_closed_message_that_waits_is_sent_once_with_its_bytes_after_a_crash(servers: Servers):
    desk = servers.desk("home", HER)
    desk.recipients()
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    desk.ingest(EVENING + timedelta(hours=2))

    def die(point: str) -> None:
        if point == "delivery: after it was handed over" and is_closed("", desk.mailbox.received[-1].raw):
            failpoints.arm(None)
            raise KeyboardInterrupt

    failpoints.arm(die)
    with pytest.raises(KeyboardInterrupt):
        desk.send(EIGHT)
    desk.send(EIGHT + 10 * MINUTE)
    first, second = [mail for mail in desk.mailbox.to(ROOT) if is_closed("", mail.raw)]
    assert first.raw == second.raw


@pytest.mark.check
def test_a_closed_message_that_waits_while_a_name_is_opened_stays_one_of_the_closed_watch(servers: Servers):
    desk = servers.desk("home", HER)
    names = (desk.folder / "watchlist.yaml").read_text("utf-8")
    names += "  - {id: gate, name: Prison Gate, type: outlet, sensitive: true}\n"
    (desk.folder / "watchlist.yaml").write_text(names, "utf-8")
    desk.recipients()
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    desk.add(
        Piece("gate", "A search", f"{DOCTOR}\nOfficers searched the newspaper Prison Gate and took its computers.")
    )
    desk.ingest(EVENING + timedelta(hours=2))
    desk.mailbox.busy = True
    desk.send(EIGHT)
    (desk.folder / "watchlist.yaml").write_text(names.replace("Hidden, sensitive: true", "Hidden"), "utf-8")
    desk.mailbox.busy = False
    desk.send(EIGHT + 10 * MINUTE)
    (closed,) = [mail for mail in desk.mailbox.to(ROOT) if "Prison Gate" in mail.text]
    assert "Aizada Hidden" not in closed.text and closed.text.startswith("CLOSED WATCH: ")
    assert "https://desk.example/closed/items/" in closed.text


@pytest.mark.check
def test_a_closed_message_to_a_certificate_goes_encrypted(servers: Servers):
    desk, key = servers.desk("home", URGENT_HER), pysequoia.Tsk.generate(f"Bek <{BEK}>")
    (desk.folder / "bek.asc").write_text(str(key.extract_certificate()), "ascii")
    desk.recipients(f"to: {BEK}, at_once: true, sensitive: true, key: bek.asc")
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    run_after(desk, 1)
    (mail,) = desk.mailbox.received
    assert mail.mail.get_content_type() == "multipart/encrypted" and b"izada" not in mail.raw


@pytest.mark.check
def test_a_replay_of_the_closed_watch_touches_no_delivery_of_the_open_one(servers: Servers):
    desk = servers.desk("home", URGENT_HER)
    desk.recipients(f"to: {BEK}, at_once: true, sensitive: true")
    desk.ingest(EVENING)
    desk.add(Piece("dawn", "Taken at dawn", DAWN))
    run_after(desk, 1)
    publisher = desk.app.publisher_of(closed=True)
    (record,) = publisher.home.store.outbox.records(9)
    publisher.retry(record.id)
    desk.send(EVENING + 2 * MINUTE)
    first, second = desk.mailbox.to(BEK)
    assert first.raw == second.raw and desk.app.publisher.home.store.outbox.records(9) == []


@pytest.mark.check
def test_doctor_says_who_gets_the_closed_watch(servers: Servers):
    desk = servers.desk("home", HER)
    desk.ingest(EVENING)

    def channel_lines() -> list[str]:
        checks = check_installation(desk.app.settings, desk.app)
        return [result.message for result in checks if result.subject == "sensitive names" and result.is_ok]

    assert channel_lines() == [f"by mail they go to {ROOT}, {BEK}; by webhook they go to {desk.hook}-closed"]
    desk.recipients()
    desk.settings(f"MONITOR_SMTP_URL={desk.mailbox.url}", f"MONITOR_DIGEST_TO={OFFICE}")
    assert channel_lines() == ["in nobody's mail; MONITOR_DIGEST_SENSITIVE_TO says whose"]
