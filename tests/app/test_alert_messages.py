"""Told at once: one message a story, over mail, webhook and apprise, to whom it concerns and to nobody else."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kit.articles import COURT, COURT_COPY, DOCTOR
from kit.home import WATCHLIST
from kit.hooks import DROP, Event, Receiver
from kit.office import ANNA, BEK, EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints
from monitor.app.messages.meanwhile import alerts_meanwhile
from monitor.app.messages.publisher import Publisher
from monitor.app.purge import purge_entity
from monitor.digest import as_text
from monitor.model import Run, Verdict

URGENT = WATCHLIST.replace("    aliases: [Мелис Токоев]", "    aliases: [Мелис Токоев]\n    urgent: true")
SECRET = "a secret of the receiver"
MINUTE = timedelta(minutes=1)


class Died(BaseException):
    """A crash in a test that must go on."""


class Desk(Office):
    """An office with recipients.yaml: mail by default, a webhook, and a chat through apprise."""

    def __init__(self, folder: Path, web: Web, mailbox: Mailbox, receiver: Receiver) -> None:
        super().__init__(folder, web, mailbox)
        (self.folder / "watchlist.yaml").write_text(URGENT, "utf-8")
        self.receiver = receiver
        self.hook = f"http://{receiver.host}/hook"
        env = self.folder / "monitor.env"
        base = env.read_text().splitlines()[:3]
        base[0] += f",{receiver.host}"
        env.write_text("\n".join(base) + "\n")
        self.settings(
            f"MONITOR_SMTP_URL={mailbox.url}",
            "MONITOR_DIGEST_TO=office@ngo.example",
            f"MONITOR_WEBHOOK_SECRET={SECRET}",
            f"MONITOR_NOTIFY_URLS=chat=json://{receiver.host}/chat",
            "MONITOR_BASE_URL=https://desk.example",
        )

    def recipients(self, *lines: str) -> None:
        text = "recipients:\n" + "".join(f"  - {{{line}}}\n" for line in lines)
        (self.folder / "recipients.yaml").write_text(text, "utf-8")

    def copies(self, count: int) -> None:
        for number in range(count):
            self.add(Piece(f"copy-{number}", f"Court extends arrest {number}", f"{COURT_COPY}\nNumber {number}."))

    def events(self, path: str = "/hook") -> list[Event]:
        return [event for event in self.receiver.received if event.path == path]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox, Receiver() as receiver:
        made = Desk(tmp_path / "home", web, mailbox, receiver)
        yield made
        made.app.close()
        failpoints.arm(None)


def subjects(desk: Desk, to: str = ANNA) -> list[str]:
    return [str(mail.mail["Subject"]) for mail in desk.mailbox.to(to)]


def begin(desk: Desk, *lines: str) -> None:
    """The recipients are there before the news: what was filed before is told to nobody at once."""
    desk.recipients(*lines)
    desk.ingest(EVENING)


def later(desk: Desk, minutes: int) -> Run:
    desk.clock.now = EVENING + minutes * MINUTE
    return desk.app.ingest(include_not_due=True)


def test_a_story_is_told_by_the_run_that_reads_it_and_once(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}")
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert later(desk, 1).problems == ()
    later(desk, 20)
    assert subjects(desk) == ["[monitor] 1 urgent story - Mon 2 Mar 20:01"]
    (mail,) = desk.mailbox.to(ANNA)
    assert "Court extends arrest" in mail.text and "Melis Tokoev" in mail.text
    assert "https://desk.example/items/1" in mail.html and "next digest" not in mail.text  # she has none
    assert desk.mailbox.to(BEK) == []


def test_a_name_that_is_not_urgent_waits_for_the_digest_unless_all_people_are(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("doctor", "Arzyeva sees a doctor", DOCTOR.replace("Melis Tokoev", "Cholpon Arzyeva")))
    later(desk, 1)
    assert subjects(desk) == []
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    desk.add(Piece("second", "Arzyeva goes home", COURT.replace("Melis Tokoev", "Cholpon Arzyeva")))
    later(desk, 20)
    assert len(subjects(desk)) == 1


def test_many_copies_are_one_message_and_later_ones_none(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.copies(30)
    later(desk, 1)
    (mail,) = desk.mailbox.to(ANNA)
    assert "30 copies" in mail.text and mail.text.count("Court extends arrest") == 1
    desk.copies(40)
    later(desk, 60)
    assert len(desk.mailbox.to(ANNA)) == 1


def test_a_changed_article_and_one_that_no_longer_names_somebody_are_told(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}, at_once: true, follow_ups: none")
    court = Piece("court", "Court extends arrest", COURT)
    desk.add(court)
    later(desk, 1)
    court.text = COURT.replace("journalist Melis Tokoev", "a journalist")
    later(desk, 7 * 60)
    assert subjects(desk) == [
        "[monitor] 1 urgent story - Mon 2 Mar 20:01",
        "[monitor] 1 urgent story - Tue 3 Mar 03:00",
    ]
    assert "post no longer names Melis Tokoev" in desk.mailbox.to(ANNA)[1].text
    assert len(subjects(desk, BEK)) == 1


def test_in_quiet_hours_nothing_is_told_and_at_their_end_all_that_waited_in_one_message(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true, quiet: 20:00-07:00")
    desk.add(Piece("court", "Court extends arrest", COURT))
    later(desk, 1)
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    later(desk, 10 * 60)
    assert subjects(desk) == []
    assert desk.app.publisher.next_due() == EVENING + 11 * 60 * MINUTE
    later(desk, 11 * 60)
    assert subjects(desk) == ["[monitor] 2 urgent stories - Tue 3 Mar 07:00"]


FLOOD = """The river left its banks near the southern district, and Melis Tokoev filmed how boats took families away.
Forty houses stand in water up to the windows. The governor asked for tents, blankets and two pumps from the capital."""
PRIZE = """A jury in Vienna gave its yearly award for reporting on corruption to Melis Tokoev and three colleagues.
The prize money of twenty thousand euros goes to a fund for the legal defence of regional newspapers."""


def test_a_burst_is_grouped_and_a_cap_holds_the_rest_until_the_next_day(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true, follow_ups: all, most_a_day: 2")
    for number, words in enumerate((COURT, DOCTOR, FLOOD)):
        desk.add(Piece(f"p{number}", f"Story number {number}", words))
        later(desk, 1 + 6 * number)  # at 20:01, 20:07, 20:13
    assert [subject[-5:] for subject in subjects(desk)] == ["20:01", "20:13"]
    assert "FOLLOW-UP" in desk.mailbox.to(ANNA)[1].text
    desk.add(Piece("prize", "A prize in Vienna", PRIZE))
    later(desk, 60)
    assert len(subjects(desk)) == 2
    later(desk, 4 * 60 + 1)  # after midnight
    assert len(subjects(desk)) == 3


def test_the_digest_says_who_was_told_at_once(desk: Desk):
    begin(desk, f"to: {ANNA}, name: Anna, at_once: true", f"to: {BEK}, daily: 08:00")
    desk.add(Piece("court", "Court extends arrest", COURT))
    later(desk, 1)
    desk.ingest(EIGHT)
    (mail,) = desk.mailbox.to(BEK)
    assert "Told at once: Anna (2 Mar 20:01)" in mail.text and "Told at once: Anna" in mail.html
    assert "Told at once: Anna" in as_text(desk.app.digest())


def test_a_webhook_gets_a_signed_event_with_everything(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert later(desk, 1).problems == ()
    (event,) = desk.events()
    headers = event.headers
    signed = b"%s.%s.%s" % (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), event.body)
    signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert (event.json["type"], event.json["id"]) == ("alert", headers["webhook-id"])
    (story,) = event.json["data"]["sections"]["new"]
    assert [hit["name"] for hit in story["hits"]] == ["Melis Tokoev"]


@pytest.mark.parametrize("failure", [500, 302, 403, DROP], ids=["500", "redirect", "403", "dropped"])
def test_an_event_that_was_not_taken_comes_again_later_with_the_same_id(desk: Desk, failure: int):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [failure, failure]
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = later(desk, 1).problems
    assert problem.startswith(f"a message by webhook to {desk.receiver.host} was not accepted: {desk.receiver.host}")
    assert "/hook" not in problem  # the path of a webhook often is its secret
    assert later(desk, 1).problems == (problem,) and len(desk.events()) == 1  # it rests
    later(desk, 3)
    assert later(desk, 30).problems == ()
    assert len(desk.events()) == 3
    assert len({event.body for event in desk.events()}) == 1
    assert len({event.headers["webhook-id"] for event in desk.events()}) == 1


def test_after_many_failures_an_event_rests_and_can_be_sent_again_by_hand(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [500] * 10
    desk.add(Piece("court", "Court extends arrest", COURT))
    problems: tuple[str, ...] = ()
    for hours in range(0, 80, 7):
        problems += later(desk, 1 + 60 * hours).problems
    assert len(desk.events()) == 10
    assert any("it rests after 10 tries" in problem for problem in problems)
    (record,) = (record for record in desk.app.store.outbox.records() if record.channel == "webhook")
    assert record.refused and desk.app.store.outbox.retry(record.id)
    later(desk, 60 * 90)
    assert len(desk.events()) == 11 and len({event.body for event in desk.events()}) == 1


def test_a_problem_of_a_webhook_names_its_recipient_and_never_its_path(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, name: Room, at_once: true')
    desk.receiver.answers = [500]
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = later(desk, 1).problems
    assert problem.startswith("a message by webhook to Room was not accepted") and "/hook" not in problem


def test_a_receiver_that_wants_no_more_is_not_asked_again(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [410]
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert len(later(desk, 1).problems) == 1
    for minutes in (60, 600):
        assert later(desk, minutes).problems == ()
    assert len(desk.events()) == 1


def test_a_private_address_gets_no_event(desk: Desk):
    begin(desk, 'to: "https://127.0.0.1:9/hook", channel: webhook, at_once: true')
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = later(desk, 1).problems
    assert "private" in problem or "network" in problem


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise
def test_a_chat_gets_counts_outlets_and_links_and_names_only_where_its_line_says_so(desk: Desk):
    begin(desk, "to: chat, channel: notify, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert later(desk, 1).problems == ()
    (event,) = desk.events("/chat")
    assert event.json["title"] == "[monitor] 1 urgent story - Mon 2 Mar 20:01"
    assert event.json["message"].startswith("Outlets: post.\nhttps://desk.example/items/1\n")
    assert not any(word in event.body.decode() for word in ("Tokoev", "Court", "custody"))
    desk.recipients("to: chat, channel: notify, at_once: true, show_names: true")
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    later(desk, 30)
    assert "Melis Tokoev" in desk.events("/chat")[1].json["message"]


# The second passing is the webhook's.
@pytest.mark.parametrize("passes", [pytest.param(1, marks=pytest.mark.slow), 2])
@pytest.mark.parametrize(
    "point",
    [
        "put a mailing: before its commit",
        "put a mailing: after its commit",
        "claim deliveries: after its commit",
        "delivery: before it is handed over",
        "delivery: after it was handed over",
        "record a sent delivery: before its commit",
        "record a sent delivery: after its commit",
    ],
)
def test_after_a_crash_each_gets_the_same_alert_with_the_same_id(desk: Desk, point: str, passes: int):
    begin(desk, f"to: {ANNA}, at_once: true", f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.add(Piece("court", "Court extends arrest", COURT))
    reached: list[str] = []

    def die(name: str) -> None:
        reached.extend([name] if name == point else [])
        if len(reached) == passes:
            failpoints.arm(None)
            raise Died(name)

    failpoints.arm(die)
    with pytest.raises(Died):
        later(desk, 1)
    for minutes in (10, 20, 30):
        later(desk, minutes)
    mails, events = desk.mailbox.to(ANNA), desk.events()
    assert len({mail.raw for mail in mails}) == 1 and len({event.body for event in events}) == 1
    twice = {"delivery: after it was handed over", "record a sent delivery: before its commit"}
    assert len(mails) + len(events) == 2 + (point in twice)


def test_alerts_go_out_while_a_reading_goes_on(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.recipients(f"to: {BEK}")
    later(desk, 1)  # filed, and told to nobody
    desk.recipients(f"to: {ANNA}, at_once: true")
    with alerts_meanwhile(lambda: desk.app.publisher, lambda _: None, seconds=0.01) as problems:
        for _ in range(5_000):
            if desk.mailbox.to(ANNA):
                break
            time.sleep(0.02)
    assert len(desk.mailbox.to(ANNA)) == 1 and problems == []


def test_the_home_of_a_fleet_sends_what_jobs_have_stored(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.recipients(f"to: {BEK}")
    later(desk, 1)
    desk.recipients(f"to: {ANNA}, at_once: true")
    assert desk.app.ingest_service.send_alerts() == [] and len(subjects(desk)) == 1
    assert desk.app.ingest_service.send_alerts() == [] and len(subjects(desk)) == 1


@pytest.mark.slow  # a look every ten seconds
def test_an_alert_waits_neither_for_a_page_that_hangs_nor_for_the_end_of_the_run(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.add(Piece("held", "Refused a doctor", DOCTOR))
    released = desk.web.hold("/post/held")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(later, desk, 1)
        while not run.done() and not subjects(desk):
            time.sleep(0.05)
        is_running = not run.done()
        released.set()
        assert run.result().problems == ()
    assert is_running
    # The other story comes with the gathered news, ten minutes later.
    assert len(subjects(desk)) == 1 and "Court extends arrest" in desk.mailbox.to(ANNA)[0].text
    later(desk, 20)
    assert len(subjects(desk)) == 2 and "Refused a doctor" in desk.mailbox.to(ANNA)[1].text


OFFICE = "office@ngo.example"


def publish(desk: Desk, days: float) -> None:
    desk.clock.now = EIGHT + timedelta(days=days)
    assert asyncio.run(desk.app.publisher.publish()) == []


@pytest.mark.parametrize("line", [f"to: {OFFICE}", f"to: {OFFICE}, daily: 08:00"])
def test_an_address_that_moves_to_a_line_and_back_gets_each_day_once(desk: Desk, line: str):
    desk.ingest(EVENING)
    publish(desk, 0)
    desk.recipients(line)
    publish(desk, 0.1)
    publish(desk, 1)
    desk.recipients(f"to: {ANNA}")
    publish(desk, 1.1)
    assert len(desk.mailbox.to(OFFICE)) == 2
    publish(desk, 2)
    publish(desk, 3)
    desk.recipients(line)
    publish(desk, 3.1)
    assert len(desk.mailbox.to(OFFICE)) == 4
    publish(desk, 4)
    assert len(desk.mailbox.to(OFFICE)) == 5
    assert len({mail.mail["Message-ID"] for mail in desk.mailbox.received}) == len(desk.mailbox.received)


@pytest.mark.parametrize("line", [f"to: {OFFICE}", f"to: {OFFICE}, weekly: tuesday 08:00"])
def test_an_address_that_moves_to_a_line_just_before_its_hour_misses_nothing(desk: Desk, line: str):
    desk.ingest(EVENING)
    publish(desk, 0)
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.ingest(EIGHT + timedelta(hours=1))
    # No run looks at the line before the hour.
    desk.recipients(line)
    publish(desk, 7)
    publish(desk, 7.1)
    _, second = desk.mailbox.to(OFFICE)
    assert "Court extends arrest" in second.text and "Tue 3 Mar 08:00 to Tue 10 Mar 08:00" in second.text


def test_an_address_that_comes_back_to_the_settings_gets_no_day_again(desk: Desk):
    desk.ingest(EVENING)
    publish(desk, 0)
    desk.recipients(f"to: {OFFICE}")
    for days in (0.1, 1, 2, 3):
        publish(desk, days)
    desk.recipients(f"to: {ANNA}")
    publish(desk, 3.1)
    assert len(desk.mailbox.to(OFFICE)) == 4
    publish(desk, 4)
    assert "Fri 6 Mar 08:00 to Sat 7 Mar 08:00" in desk.mailbox.to(OFFICE)[-1].text


def test_a_bug_in_the_digest_of_the_settings_costs_no_line_its_message(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.recipients(f"to: {ANNA}")
    desk.ingest(EVENING)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Publisher, "make_mailing", fail)
    desk.clock.now = EIGHT
    (problem,) = asyncio.run(desk.app.publisher.publish())
    assert "ZeroDivisionError" in problem
    assert len(desk.mailbox.to(ANNA)) == 1 and desk.mailbox.to(OFFICE) == []


def test_alerts_that_were_off_for_long_go_back_a_day_at_most(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.recipients(f"to: {ANNA}")
    desk.add(Piece("court", "Court extends arrest", COURT))
    later(desk, 1)
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    later(desk, 60 * 40)
    desk.recipients(f"to: {ANNA}, at_once: true")
    later(desk, 60 * 50)
    (mail,) = (mail for mail in desk.mailbox.to(ANNA) if "urgent" in str(mail.mail["Subject"]))
    assert "Refused a doctor" in mail.text and "Court extends arrest" not in mail.text


def test_a_bad_line_is_told_with_its_place_and_stops_nobody_else(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}, at_onec: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = later(desk, 1).problems
    assert problem.startswith(f"{desk.folder / 'recipients.yaml'}:3:") and "did you mean 'at_once'?" in problem
    assert len(desk.mailbox.to(ANNA)) == 1


def test_while_the_file_is_broken_what_waits_is_kept(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.mailbox.busy = True
    later(desk, 1)
    (desk.folder / "recipients.yaml").write_text("recipients:\n  - {to: anna", "utf-8")
    desk.mailbox.busy = False
    assert len(later(desk, 30).problems) >= 1
    desk.recipients(f"to: {ANNA}, at_once: true")
    later(desk, 60)
    assert len(desk.mailbox.to(ANNA)) == 1


def test_a_recipient_of_names_outlets_or_countries_gets_no_other_story(desk: Desk):
    (desk.folder / "feeds.yaml").write_text((desk.folder / "feeds.yaml").read_text() + "    country: KG\n", "utf-8")
    begin(
        desk,
        f"to: {ANNA}, names: [cholpon], daily: 08:00",
        f"to: {BEK}, outlets: [another], daily: 08:00",
        "to: carl@ngo.example, countries: [KG], daily: 08:00",
    )
    desk.add(Piece("court", "Court extends arrest", COURT + " Cholpon Arzyeva was there."))
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    later(desk, 1)
    desk.ingest(EIGHT)
    (anna,), (bek,), (carl,) = (desk.mailbox.to(to) for to in (ANNA, BEK, "carl@ngo.example"))
    assert "Cholpon Arzyeva" in anna.text and "Melis" not in anna.text and "Refused" not in anna.text
    assert "Nothing new named anyone" in bek.text
    assert "Refused a doctor" in carl.text and "Cholpon Arzyeva" in carl.text


def test_a_purged_name_is_in_no_alert_that_waits(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.mailbox.busy = True
    later(desk, 1)
    (desk.folder / "watchlist.yaml").write_text(
        WATCHLIST.replace("  - id: melis\n    name: Melis Tokoev\n    aliases: [Мелис Токоев]\n", ""), "utf-8"
    )
    later(desk, 10)
    desk.app.import_watchlist(desk.folder / "watchlist.yaml", apply=True)
    purge_entity(desk.app, "melis", apply=True)
    desk.mailbox.busy = False
    later(desk, 300)
    assert desk.mailbox.to(ANNA) == []
    with desk.app.store.database.reading() as connection:
        texts = connection.execute(text("SELECT subject, text, html FROM mailing")).all()
    assert "Tokoev" not in str(texts)


HIDDEN = URGENT.replace("    urgent: true", "    urgent: true\n    sensitive: true")
TOGETHER = f"{DOCTOR.replace('Melis Tokoev', 'Cholpon Arzyeva')}\nMelis Tokoev was let in for an hour."


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise
@pytest.mark.parametrize("times", ["daily: 20:05", "at_once: true"], ids=["digest", "alert"])
def test_a_name_that_is_marked_sensitive_is_in_no_message_that_waits(desk: Desk, times: str):
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    begin(
        desk,
        f"to: {ANNA}, {times}",
        f"to: {BEK}, sensitive: true, {times}",
        f'to: "{desk.hook}", channel: webhook, {times}',
        f"to: chat, channel: notify, show_names: true, {times}",
    )
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.add(Piece("doctor", "A visit", TOGETHER))
    desk.mailbox.busy, desk.receiver.answers = True, [500, 500]
    if times.startswith("daily"):
        later(desk, 1)
    later(desk, 6)
    assert len(desk.app.store.outbox.records(unsent=True)) == 4 and desk.mailbox.received == []
    assert all("Tokoev" in event.body.decode() for event in desk.receiver.received)
    desk.mailbox.busy = False
    (desk.folder / "watchlist.yaml").write_text(HIDDEN, "utf-8")
    assert later(desk, 30).problems == ()
    (anna,), (bek,) = desk.mailbox.to(ANNA), desk.mailbox.to(BEK)
    first_event, event = desk.events()
    first_chat, chat = desk.events("/chat")
    assert "Melis Tokoev" in bek.text
    for told in (anna.text, anna.html, event.body.decode(), chat.body.decode()):
        # His name stands in the sentence of hers that is quoted, if at all; nothing was chosen for him.
        assert "Cholpon Arzyeva" in told and "Court extends arrest" not in told and "Melis Tokoev" not in told
    assert event.headers["webhook-id"] == first_event.headers["webhook-id"]
    ids = [told.json["message"].split()[-1] for told in (first_chat, chat)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("commit", ["before", "after"])
def test_after_a_crash_while_a_message_is_composed_again_it_is_sent_once_without_the_name(desk: Desk, commit: str):
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("doctor", "A visit", TOGETHER))
    desk.mailbox.busy = True
    later(desk, 1)
    desk.mailbox.busy = False
    (desk.folder / "watchlist.yaml").write_text(HIDDEN, "utf-8")

    def die(name: str) -> None:
        if name == f"compose a mailing again: {commit} its commit":
            failpoints.arm(None)
            raise Died(name)

    failpoints.arm(die)
    with pytest.raises(Died):
        later(desk, 30)
    for minutes in (60, 90):
        later(desk, minutes)
    (mail,) = desk.mailbox.to(ANNA)
    assert "Cholpon Arzyeva" in mail.text and "Melis Tokoev" not in mail.text


def test_an_alert_of_which_nothing_may_be_told_any_more_is_refused_and_told(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.mailbox.busy = True
    later(desk, 1)
    desk.mailbox.busy = False
    (desk.folder / "watchlist.yaml").write_text(HIDDEN, "utf-8")
    (problem,) = later(desk, 30).problems
    assert "may not be sent there any more" in problem and "okoev" not in problem
    assert later(desk, 60).problems == () and desk.mailbox.received == []


def test_a_message_that_is_sent_again_by_hand_holds_no_name_that_is_hidden_now(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("doctor", "A visit", TOGETHER))
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    later(desk, 1)
    (desk.folder / "watchlist.yaml").write_text(HIDDEN, "utf-8")
    later(desk, 20)
    (record,) = desk.app.store.outbox.records()
    desk.app.publisher.retry(record.id)
    later(desk, 30)
    first, second = desk.mailbox.to(ANNA)
    assert "Melis Tokoev" in first.text and "Melis Tokoev" not in second.text and "Cholpon Arzyeva" in second.text
    assert first.mail["Message-ID"] == second.mail["Message-ID"]


def test_reports_come_every_week_and_say_what_was_decided(desk: Desk):
    begin(desk, f"to: {ANNA}, report: weekly")
    desk.add(Piece("court", "Court extends arrest", COURT))
    later(desk, 1)
    desk.app.decide(1, Verdict.RELEVANT, by="Aida")
    for days in (1, 2, 3, 4, 5, 6, 7, 8):
        desk.clock.now = EIGHT + timedelta(days=days)
        desk.app.ingest()
    (mail,) = desk.mailbox.to(ANNA)  # of Monday, 9 March
    assert str(mail.mail["Subject"]) == "[monitor] report of 2 Mar to 9 Mar: 1 story"
    words = " ".join(mail.text.split())
    assert "WHAT WAS DECIDED relevant: 1 story." in words and "Melis Tokoev: 1 story, 1 article." in words
    assert "Court extends arrest" in words and "Aida" not in words


@pytest.mark.slow
@pytest.mark.soak  # thirty copies in the fast test, a thousand in tests/digest/test_alerts.py
def test_a_thousand_copies_in_a_minute_are_one_message(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.copies(999)
    for minutes in range(1, 40):
        later(desk, minutes)
        if len(desk.app.queue()[0].articles) == 1000:
            break
    assert len(desk.mailbox.to(ANNA)) == len(desk.events()) == 1
