"""The digest by mail: due, sent once, after crashes and outages too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.articles import DOCTOR, WEATHER
from kit.deaths import death_at
from kit.digests import BISHKEK, WINDOW, feed
from kit.mailings import evening, first_run, office, outlet
from kit.office import ANNA, BEK, EIGHT, EVENING
from kit.outlets import Piece
from monitor.errors import InputError
from monitor.messages.content.message import render_within_limit
from monitor.messages.content.render import as_text
from monitor.messages.content.stories.build import make_digest
from monitor.model import DigestInput, FeedStatus

__all__ = ["evening", "first_run", "office", "outlet"]


def test_a_due_digest_goes_to_each_recipient_once_however_many_runs_there_are(office):
    office.ingest(EVENING)
    assert office.mailbox.received == []  # nothing is due on the first evening
    office.ingest(EIGHT - timedelta(minutes=13))
    for minutes in (7, 17, 27):
        office.ingest(EIGHT + timedelta(minutes=minutes))
    assert [mail.to for mail in office.mailbox.received] == [ANNA, BEK]
    mail = office.mailbox.received[0].mail
    assert mail["Subject"] == "[monitor] 1 new; 1 of 1 source read - Tue 3 Mar"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"]
    text = office.mailbox.received[0].text
    assert " ".join(text.split()).startswith("Reported: Melis Tokoev kept in custody 1 not yet reviewed: 1 new.")
    assert "Mon 2 Mar 20:00 to Tue 3 Mar 08:00 (Bishkek)" in " ".join(text.split())
    assert "Melis Tokoev" in text and "Melis Tokoev" in office.mailbox.received[0].html
    assert "Next digest: Wed 4 Mar 08:00. If it does not come, tell monitor@ngo.example" in text
    office.send(EIGHT + timedelta(days=1, minutes=7))
    assert [mail.to for mail in office.mailbox.received] == [ANNA, BEK] * 2
    assert "Nothing new named anyone on your list" in office.mailbox.received[2].text


@pytest.mark.check
@pytest.mark.parametrize(
    ("language", "subject", "closing"),
    [
        ("ru", "[monitor] 1 новый; прочитано 1 из 1 источника - вт, 3 мар.", "Следующая сводка: ср, 4 мар. 08:00."),
        (
            "ky",
            "[monitor] 1 жаңы; булактар окулду (1 / 1) - 3\N{NON-BREAKING HYPHEN}мар., шейш.",
            "Кийинки дайджест: 4\N{NON-BREAKING HYPHEN}мар., шарш. 08:00.",
        ),
    ],
)
def test_the_mail_is_written_in_the_language_that_is_set(office, language, subject, closing):
    env = (office.folder / "monitor.env").read_text().splitlines()
    office.settings(*env[3:], f"MONITOR_LANGUAGE={language}")
    office.ingest(EVENING)
    office.ingest(EIGHT - timedelta(minutes=13))
    office.send(EIGHT)
    mail = office.mailbox.received[0]
    assert mail.mail["Subject"] == subject
    assert closing in mail.text
    assert f'<html lang="{language}">' in mail.html


@pytest.mark.usefixtures("first_run")
def test_the_digest_of_now_says_when_the_next_mail_comes(office):
    assert as_text(office.app.digest()).endswith("Next digest: Tue 3 Mar 08:00.\n")
    office.settings()
    assert "Next digest" not in as_text(office.app.digest())


def test_a_subject_never_holds_a_name_and_the_log_of_a_failure_neither(office, caplog):
    caplog.set_level("DEBUG", "monitor")
    office.mailbox.refused = {BEK}
    office.ingest(EVENING)
    run = office.ingest(EIGHT)
    assert "okoev" not in office.mailbox.received[0].mail["Subject"]
    assert "okoev" not in "".join(run.problems) + caplog.text
    assert run.problems


@pytest.mark.usefixtures("first_run")
def test_three_days_without_cron_are_one_mail_over_three_days_that_says_it_was_not_quiet(office):
    office.ingest(EIGHT + timedelta(days=3, hours=2))
    (mail,) = office.mailbox.to(ANNA)
    assert mail.text.startswith("THIS IS NOT A QUIET DAY: nothing was read Mon 2 Mar 20:00 to Fri 6")
    assert "Court extends arrest" in mail.text


@pytest.mark.usefixtures("first_run")
def test_a_crash_after_the_mailing_was_written_sends_that_very_digest_later(office):
    with death_at("put a mailing: after its commit"):
        office.ingest(EIGHT)
    assert office.mailbox.received == []
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(minutes=10))
    (mail,) = office.mailbox.to(ANNA)
    assert "Court extends arrest" in mail.text and "Refused a doctor" not in mail.text
    office.ingest(EIGHT + timedelta(days=1))
    assert "Refused a doctor" in office.mailbox.to(ANNA)[1].text


def test_a_refused_recipient_is_told_of_and_not_tried_again_and_the_other_gets_the_mail(office):
    office.mailbox.refused = {ANNA}
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert ANNA in problem and "550" in problem
    assert office.send(EIGHT + timedelta(minutes=10)) == []
    assert [mail.to for mail in office.mailbox.received] == [BEK]


@pytest.mark.usefixtures("first_run")
def test_while_the_mail_server_is_down_the_run_goes_on_and_the_same_digest_goes_out_later(office):
    office.mailbox.__exit__(None, None, None)
    office.add(Piece("snow", "Snow on Thursday", WEATHER))
    run = office.ingest(EIGHT)
    assert run.entries == 1
    (problem,) = run.problems
    assert "could not be mailed" in problem and "127.0.0.1" in problem
    second_run = office.ingest(EIGHT + timedelta(minutes=10))
    assert second_run.problems == (problem,)  # the same words, so that cron tells it once a day
    with office.mailbox:
        assert office.ingest(EIGHT + timedelta(hours=5)).problems == ()
        assert len(office.mailbox.to(ANNA)) == len(office.mailbox.to(BEK)) == 1
    office.mailbox.__enter__()


def test_a_server_without_tls_gets_nothing_unless_the_operator_says_so(office):
    url = office.mailbox.url
    office.settings(f"MONITOR_SMTP_URL={url.replace('tls=none&', '')}", f"MONITOR_DIGEST_TO={ANNA}")
    office.ingest(EVENING)
    (problem,) = office.send(EIGHT)
    assert "TLS" in problem
    assert office.mailbox.received == []
    office.settings(f"MONITOR_SMTP_URL={url}", f"MONITOR_DIGEST_TO={ANNA}")
    office.send(EIGHT + timedelta(minutes=10))
    assert [mail.to for mail in office.mailbox.received] == [ANNA]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([f"MONITOR_DIGEST_TO={ANNA}"], "MONITOR_SMTP_URL is not"),
        (["MONITOR_SMTP_URL=smtp://127.0.0.1:9?tls=none"], "MONITOR_DIGEST_TO is not"),
    ],
)
def test_half_of_the_settings_is_a_trouble_that_names_the_other_half(office, lines, problem):
    office.settings(*lines)
    assert problem in "".join(office.send(EIGHT))
    with pytest.raises(InputError, match=problem):
        office.app.send_digest()


def test_without_recipients_no_mailing_is_made_and_nothing_is_said(office):
    office.settings()
    for hours in (0, 12, 36):
        assert office.ingest(EVENING + timedelta(hours=hours)).problems == ()
    assert office.app.store.outbox.last_window() is None


@pytest.mark.usefixtures("first_run")
def test_send_mails_what_is_due_and_a_day_that_is_over_each_once(office):
    assert office.app.send_digest() == (0, [])
    office.clock.now = EIGHT + timedelta(hours=1)
    assert office.app.send_digest() == (2, [])
    assert office.app.send_digest() == (0, [])
    office.send(EIGHT + timedelta(hours=2))
    assert len(office.mailbox.received) == 2
    with pytest.raises(InputError, match="not complete"):
        office.app.send_digest(EIGHT.date() + timedelta(days=1))
    office.clock.now = EIGHT + timedelta(days=1, hours=1)
    assert office.app.send_digest(EIGHT.date() + timedelta(days=1)) == (2, [])
    assert office.app.send_digest() == (0, [])


@pytest.mark.usefixtures("first_run")
def test_a_day_that_is_asked_for_after_days_without_mail_brings_those_before_it_too(office):
    office.clock.now = EIGHT + timedelta(days=3, hours=1)
    assert office.app.send_digest(EIGHT.date() + timedelta(days=3)) == (2, [])
    assert "Court extends arrest" in office.mailbox.to(ANNA)[0].text
    assert office.app.send_digest(EIGHT.date() + timedelta(days=2)) == (0, [])
    assert office.app.store.upkeep.check() == ()


@pytest.mark.usefixtures("first_run")
def test_what_is_filed_by_a_slow_clock_after_the_mailing_is_in_the_next_one(office):
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.clock.now = EIGHT - timedelta(seconds=10)
    office.app.settings = office.app.settings.model_copy(update={"digest_to": ()})

    def and_mail(_: object) -> None:  # another worker, with a clock some seconds ahead, while we read
        office.app.settings = office.app.settings.model_copy(update={"digest_to": (ANNA,)})
        office.clock.now = EIGHT + timedelta(seconds=20)
        if window := office.app.publisher.due_window():
            office.app.publisher.store_mailing(window)
        office.clock.now = EIGHT - timedelta(seconds=10)

    office.app.ingest(include_not_due=True, on_event=and_mail)
    office.ingest(EIGHT + timedelta(minutes=10))
    office.ingest(EIGHT + timedelta(days=1, minutes=10))
    has_story = ["Refused a doctor" in mail.text for mail in office.mailbox.to(ANNA)]
    assert has_story == [False, True]


@pytest.mark.usefixtures("first_run")
def test_who_is_no_recipient_any_more_gets_nothing_that_still_waits(office):
    office.mailbox.__exit__(None, None, None)
    office.send(EIGHT)
    with office.mailbox:
        office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}", f"MONITOR_DIGEST_TO={BEK}")
        assert office.send(EIGHT + timedelta(minutes=10)) == []
        assert [mail.to for mail in office.mailbox.received] == [BEK]
    office.mailbox.__enter__()


@pytest.mark.usefixtures("first_run")
def test_a_bug_in_the_digest_is_told_and_the_news_is_read_all_the_same(office, monkeypatch):
    monkeypatch.setattr("monitor.messages.content.message.page_as_html", lambda _: {}["Melis Tokoev"])
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    run = office.ingest(EIGHT)
    (problem,) = run.problems
    assert "an error in monitor itself (KeyError)" in problem and "Tokoev" not in problem
    assert run.entries == 1
    monkeypatch.undo()
    office.ingest(EIGHT + timedelta(minutes=10))
    assert len(office.mailbox.received) == 2


def test_a_mail_about_hundreds_of_broken_sources_is_short_enough(office):
    broken = [feed(n, f"Outlet {n}", FeedStatus.UNREACHABLE, detail="x" * 200) for n in range(400)]
    counted = {f"Name {n}": 3 for n in range(2000)}
    text, html = render_within_limit(
        make_digest(DigestInput(WINDOW, feeds=tuple(broken), counted=counted), timezone=BISHKEK)
    )
    assert len(text.encode()) + len(html.encode()) <= 56_000
    assert "more." in text
