"""Told at once: one message a story, to whom it concerns and to nobody else, also after a crash."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from kit.articles import COURT, DOCTOR
from kit.deaths import death_at
from kit.office import ANNA, BEK, EIGHT, EVENING
from kit.outlets import Piece
from messages.alerts import MINUTE, Desk, begin, desk, run_after, send
from monitor.app.run_alerts import alerts_meanwhile
from monitor.messages.content.render import as_text
from monitor.model import Verdict

__all__ = ["desk"]


def subjects(desk: Desk, to: str = ANNA) -> list[str]:
    return [str(mail.mail["Subject"]) for mail in desk.mailbox.to(to)]


def test_a_story_is_told_by_the_run_that_reads_it_and_once(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}")
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert run_after(desk, 1).problems == ()
    send(desk, 20)
    assert subjects(desk) == ["[monitor] 1 urgent story - Mon 2 Mar 20:01"]
    (mail,) = desk.mailbox.to(ANNA)
    assert "Court extends arrest" in mail.text and "Melis Tokoev" in mail.text
    assert "https://desk.example/items/1" in mail.html and "next digest" not in mail.text  # she has none
    assert desk.mailbox.to(BEK) == []


def test_a_name_that_is_not_urgent_waits_for_the_digest_unless_all_people_are(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("doctor", "Arzyeva sees a doctor", DOCTOR.replace("Melis Tokoev", "Cholpon Arzyeva")))
    run_after(desk, 1)
    assert subjects(desk) == []
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    desk.add(Piece("second", "Arzyeva goes home", COURT.replace("Melis Tokoev", "Cholpon Arzyeva")))
    run_after(desk, 20)
    assert len(subjects(desk)) == 1


@pytest.mark.check
def test_a_name_of_a_recipients_own_is_told_to_them_alone(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once_names: [cholpon]", f"to: {BEK}, at_once: true")
    desk.add(Piece("doctor", "Arzyeva sees a doctor", DOCTOR.replace("Melis Tokoev", "Cholpon Arzyeva")))
    run_after(desk, 1)
    assert (len(subjects(desk)), subjects(desk, BEK)) == (1, [])
    desk.add(Piece("court", "Court extends arrest", COURT))  # Melis Tokoev is urgent
    run_after(desk, 20)
    assert (len(subjects(desk)), len(subjects(desk, BEK))) == (1, 1)


@pytest.mark.check
def test_many_copies_are_one_message_and_later_ones_none(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.copies(30)
    run_after(desk, 1)
    (mail,) = desk.mailbox.to(ANNA)
    assert "30 copies" in mail.text and mail.text.count("Court extends arrest") == 1
    desk.copies(40)
    run_after(desk, 60)
    assert len(desk.mailbox.to(ANNA)) == 1


@pytest.mark.check
def test_a_changed_article_and_one_that_no_longer_names_somebody_are_told(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}, at_once: true, follow_ups: none")
    court = Piece("court", "Court extends arrest", COURT)
    desk.add(court)
    run_after(desk, 1)
    court.text = COURT.replace("journalist Melis Tokoev", "a journalist")
    run_after(desk, 7 * 60)
    assert subjects(desk) == [
        "[monitor] 1 urgent story - Mon 2 Mar 20:01",
        "[monitor] 1 urgent story - Tue 3 Mar 03:00",
    ]
    assert "post no longer names Melis Tokoev" in desk.mailbox.to(ANNA)[1].text
    assert len(subjects(desk, BEK)) == 1


@pytest.mark.check
def test_in_quiet_hours_nothing_is_told_and_at_their_end_all_that_waited_in_one_message(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true, quiet: 20:00-07:00")
    desk.add(Piece("court", "Court extends arrest", COURT))
    run_after(desk, 1)
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    run_after(desk, 10 * 60)
    assert subjects(desk) == []
    assert desk.app.publisher.next_due() == EVENING + 11 * 60 * MINUTE
    send(desk, 11 * 60)
    assert subjects(desk) == ["[monitor] 2 urgent stories - Tue 3 Mar 07:00"]


FLOOD = """The river left its banks near the southern district, and Melis Tokoev filmed how boats took families away.
Forty houses stand in water up to the windows. The governor asked for tents, blankets and two pumps from the capital."""
PRIZE = """A jury in Vienna gave its yearly award for reporting on corruption to Melis Tokoev and three colleagues.
The prize money of twenty thousand euros goes to a fund for the legal defence of regional newspapers."""


@pytest.mark.check
def test_a_burst_is_grouped_and_a_cap_holds_the_rest_until_the_next_day(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true, follow_ups: all, most_a_day: 2")
    for number, words in enumerate((COURT, DOCTOR, FLOOD)):
        desk.add(Piece(f"p{number}", f"Story number {number}", words))
        run_after(desk, 1 + 6 * number)  # at 20:01, 20:07, 20:13
    assert [subject[-5:] for subject in subjects(desk)] == ["20:01", "20:13"]
    desk.add(Piece("prize", "A prize in Vienna", PRIZE))
    run_after(desk, 60)
    assert len(subjects(desk)) == 2
    send(desk, 4 * 60 + 1)  # after midnight
    assert len(subjects(desk)) == 3


@pytest.mark.check
def test_the_digest_says_who_was_told_at_once(desk: Desk):
    begin(desk, f"to: {ANNA}, name: Anna, at_once: true", f"to: {BEK}, daily: 08:00")
    desk.add(Piece("court", "Court extends arrest", COURT))
    run_after(desk, 1)
    desk.send(EIGHT)
    (mail,) = desk.mailbox.to(BEK)
    assert "Immediate alert: Anna (2 Mar 20:01)" in mail.text and "Immediate alert: Anna" in mail.html
    assert "Immediate alert: Anna" in as_text(desk.app.digest())


@pytest.mark.check
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise
def test_a_chat_gets_counts_outlets_and_links_and_names_only_where_its_line_says_so(desk: Desk):
    begin(desk, "to: chat, channel: notify, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert run_after(desk, 1).problems == ()
    (event,) = desk.events("/chat")
    assert event.json["title"] == "[monitor] 1 urgent story - Mon 2 Mar 20:01"
    assert event.json["message"].startswith("Outlets: post.\nhttps://desk.example/items/1\n")
    assert not any(word in event.body.decode() for word in ("Tokoev", "Court", "custody"))
    desk.recipients("to: chat, channel: notify, at_once: true, show_names: true")
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    run_after(desk, 30)
    assert "Melis Tokoev" in desk.events("/chat")[1].json["message"]


# The second passing is the webhook's.
@pytest.mark.parametrize("passes", [pytest.param(1, marks=pytest.mark.check), 2])
@pytest.mark.parametrize(
    "point",
    [
        pytest.param("put a mailing: before its commit", marks=pytest.mark.check),
        pytest.param("put a mailing: after its commit", marks=pytest.mark.check),
        "claim deliveries: after its commit",
        "delivery: before it is handed over",
        "delivery: after it was handed over",
        "record a sent delivery: before its commit",
        pytest.param("record a sent delivery: after its commit", marks=pytest.mark.check),
    ],
)
def test_after_a_crash_each_gets_the_same_alert_with_the_same_id(desk: Desk, point: str, passes: int):
    both = (f"to: {ANNA}, at_once: true", f'to: "{desk.hook}", channel: webhook, at_once: true')
    begin(desk, *both)
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.recipients(f"to: {BEK}")
    run_after(desk, 1)  # filed, and told to nobody
    desk.recipients(*both)
    with death_at(point, passes):
        send(desk, 2)
    for minutes in (10, 20, 30):
        send(desk, minutes)
    mails, events = desk.mailbox.to(ANNA), desk.events()
    assert len({mail.raw for mail in mails}) == 1 and len({event.body for event in events}) == 1
    twice = {"delivery: after it was handed over", "record a sent delivery: before its commit"}
    assert len(mails) + len(events) == 2 + (point in twice)


def test_alerts_go_out_while_a_reading_goes_on(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.recipients(f"to: {BEK}")
    run_after(desk, 1)  # filed, and told to nobody
    desk.recipients(f"to: {ANNA}, at_once: true")
    problems: list[str] = []
    with alerts_meanwhile(desk.app, problems, seconds=0.01):
        for _ in range(5_000):
            if desk.mailbox.to(ANNA):
                break
            time.sleep(0.02)
    assert len(desk.mailbox.to(ANNA)) == 1 and problems == []


def test_the_home_of_a_fleet_sends_what_jobs_have_stored(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.recipients(f"to: {BEK}")
    run_after(desk, 1)
    desk.recipients(f"to: {ANNA}, at_once: true")
    assert desk.app.send_alerts() == [] and len(subjects(desk)) == 1
    assert desk.app.send_alerts() == [] and len(subjects(desk)) == 1


@pytest.mark.check
def test_an_alert_waits_neither_for_a_page_that_hangs_nor_for_the_end_of_the_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitor.app.runs.alerts_meanwhile", partial(alerts_meanwhile, seconds=0.1))
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.add(Piece("held", "Refused a doctor", DOCTOR))
    released = desk.web.hold("/post/held")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(run_after, desk, 1)
        while not run.done() and not subjects(desk):
            time.sleep(0.05)
        is_running = not run.done()
        released.set()
        assert run.result().problems == ()
    assert is_running
    # The other story comes with the gathered news, ten minutes later.
    assert len(subjects(desk)) == 1 and "Court extends arrest" in desk.mailbox.to(ANNA)[0].text
    run_after(desk, 20)
    assert len(subjects(desk)) == 2 and "Refused a doctor" in desk.mailbox.to(ANNA)[1].text


@pytest.mark.check
def test_alerts_that_were_off_for_long_go_back_two_days_at_most(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.recipients(f"to: {ANNA}")
    desk.add(Piece("court", "Court extends arrest", COURT))
    run_after(desk, 1)
    desk.add(Piece("doctor", "Refused a doctor", DOCTOR))
    run_after(desk, 60 * 40)
    desk.recipients(f"to: {ANNA}, at_once: true")
    send(desk, 60 * 50)
    (mail,) = (mail for mail in desk.mailbox.to(ANNA) if "urgent" in str(mail.mail["Subject"]))
    assert "Refused a doctor" in mail.text and "Court extends arrest" not in mail.text


def test_a_bad_line_is_told_with_its_place_and_stops_nobody_else(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true", f"to: {BEK}, at_onec: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = run_after(desk, 1).problems
    assert problem.startswith(f"{desk.folder / 'recipients.yaml'}:3:") and "did you mean 'at_once'?" in problem
    assert len(desk.mailbox.to(ANNA)) == 1


def test_while_the_file_is_broken_what_waits_is_kept(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("court", "Court extends arrest", COURT))
    desk.mailbox.busy = True
    run_after(desk, 1)
    (desk.folder / "recipients.yaml").write_text("recipients:\n  - {to: anna", "utf-8")
    desk.mailbox.busy = False
    assert len(send(desk, 30)) >= 1
    desk.recipients(f"to: {ANNA}, at_once: true")
    send(desk, 60)
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
    run_after(desk, 1)
    desk.send(EIGHT)
    (anna,), (bek,), (carl,) = (desk.mailbox.to(to) for to in (ANNA, BEK, "carl@ngo.example"))
    assert "Cholpon Arzyeva" in anna.text and "Melis" not in anna.text and "Refused" not in anna.text
    assert "Nothing new named anyone" in bek.text
    assert "Refused a doctor" in carl.text and "Cholpon Arzyeva" in carl.text


@pytest.mark.check
def test_reports_come_every_week_and_say_what_was_decided(desk: Desk):
    begin(desk, f"to: {ANNA}, report: weekly")
    desk.add(Piece("court", "Court extends arrest", COURT))
    run_after(desk, 1)
    desk.app.decide(1, Verdict.RELEVANT, by="Aida")
    for days in (1, 5, 6, 7, 8):
        desk.send(EIGHT + timedelta(days=days))
    (mail,) = desk.mailbox.to(ANNA)  # of Monday, 9 March
    assert str(mail.mail["Subject"]) == "[monitor] report of 2 Mar to 9 Mar: 1 story"
    words = " ".join(mail.text.split())
    assert words.startswith("1 event reported this week: Melis Tokoev kept in custody (2 Mar) 1 story in 1 article: ")
    assert "1 relevant. THIS WEEK" in words
    assert "Court extends arrest" in words and "Aida" not in words
