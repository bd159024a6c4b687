"""The digest by mail: due once a day, sent once to each, the same again after a crash; windows that tile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest

from kit.articles import COURT, DOCTOR, WEATHER
from kit.digests import BISHKEK, WINDOW, arrest, feed, feeds
from kit.home import WATCHLIST, Clock
from kit.office import ANNA, BEK, EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints
from monitor.app import ClockWentBack
from monitor.app.cron_notices import unreported_notices
from monitor.app.doctor import check_installation
from monitor.app.messages.publisher import Publisher
from monitor.config import load_settings
from monitor.deliver.smtp import build_message
from monitor.digest import as_json, as_text, make_digest, render_within_limit
from monitor.errors import InputError
from monitor.model import Delivery, DigestInput, FeedStatus, Rendering, Run, Window
from monitor.store import open_store


class Died(BaseException):
    """What a crash is in a test that must go on."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        made = Office(tmp_path / "home", web, mailbox)
        made.add(Piece("court", "Court extends arrest", COURT))
        yield made
        made.app.close()
        failpoints.arm(None)


def die_at(name: str) -> None:
    def die(point: str) -> None:
        if point == name:
            failpoints.arm(None)
            raise Died(name)

    failpoints.arm(die)


def test_the_digest_that_is_due_goes_to_each_recipient_once_however_often_the_run_is_called(office):
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
    assert text.startswith("Mon 2 Mar 20:00 to Tue 3 Mar 08:00 (Bishkek)")
    assert "Melis Tokoev" in text and "Melis Tokoev" in office.mailbox.received[0].html
    assert "Next digest: Wed 4 Mar 08:00. If it does not come, tell monitor@ngo.example" in text
    office.ingest(EIGHT + timedelta(days=1, minutes=7))
    assert [mail.to for mail in office.mailbox.received] == [ANNA, BEK] * 2
    assert "Nothing new named anyone on your list" in office.mailbox.received[2].text


@pytest.mark.parametrize(
    ("language", "subject", "closing"),
    [
        ("ru", "[monitor] 1 новый; 1 из 1 источника прочитано - вт, 3 мар.", "Следующая сводка: ср, 4 мар. 08:00."),
        (
            "ky",
            "[monitor] 1 жаңы; 1 булактан 1 окулду - 3-мар., шейш.",
            "Кийинки дайджест: 4-мар., шарш. 08:00.",
        ),
    ],
)
def test_the_mail_is_written_in_the_language_that_is_set(office, language, subject, closing):
    env = (office.folder / "monitor.env").read_text().splitlines()
    office.settings(*env[3:], f"MONITOR_LANGUAGE={language}")
    office.ingest(EVENING)
    office.ingest(EIGHT - timedelta(minutes=13))
    office.ingest(EIGHT)
    mail = office.mailbox.received[0]
    assert mail.mail["Subject"] == subject
    assert closing in mail.text
    assert f'<html lang="{language}">' in mail.html


def test_the_digest_of_now_says_when_the_next_mail_comes(office):
    office.ingest(EVENING)
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


def test_three_days_without_cron_are_one_mail_over_three_days_that_says_it_was_not_quiet(office):
    office.ingest(EVENING)
    office.ingest(EIGHT + timedelta(days=3, hours=2))
    (mail,) = office.mailbox.to(ANNA)
    assert mail.text.startswith("DO NOT READ THIS AS QUIET: nothing could be fetched Mon 2 Mar 20:00 to Fri 6")
    assert "Court extends arrest" in mail.text


def test_a_crash_after_the_mailing_was_written_sends_that_very_digest_later(office):
    office.ingest(EVENING)
    die_at("put a mailing: after its commit")
    with pytest.raises(Died):
        office.ingest(EIGHT)
    assert office.mailbox.received == []
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(minutes=10))
    (mail,) = office.mailbox.to(ANNA)
    assert "Court extends arrest" in mail.text and "Refused a doctor" not in mail.text
    office.ingest(EIGHT + timedelta(days=1))
    assert "Refused a doctor" in office.mailbox.to(ANNA)[1].text


def test_a_crash_after_the_hand_over_may_send_again_and_then_byte_for_byte_the_same(office):
    office.ingest(EVENING)
    die_at("delivery: after it was handed over")
    with pytest.raises(Died):
        office.ingest(EIGHT)
    office.ingest(EIGHT + timedelta(minutes=10))
    office.ingest(EIGHT + timedelta(minutes=20))
    first, again = office.mailbox.to(ANNA)
    assert first.raw == again.raw
    assert len(office.mailbox.to(BEK)) == 1


def test_a_recipient_who_is_refused_is_told_of_and_not_tried_again_and_the_other_gets_the_mail(office):
    office.mailbox.refused = {ANNA}
    office.ingest(EVENING)
    (problem,) = office.ingest(EIGHT).problems
    assert ANNA in problem and "550" in problem
    assert office.ingest(EIGHT + timedelta(minutes=10)).problems == ()
    assert [mail.to for mail in office.mailbox.received] == [BEK]


def test_while_the_mail_server_is_down_the_run_goes_on_and_the_same_digest_goes_out_later(office):
    office.ingest(EVENING)
    office.mailbox.__exit__(None, None, None)
    office.add(Piece("snow", "Snow on Thursday", WEATHER))
    run = office.ingest(EIGHT)
    assert run.entries == 1
    (problem,) = run.problems
    assert "could not be mailed" in problem and "127.0.0.1" in problem
    again = office.ingest(EIGHT + timedelta(minutes=10))
    assert again.problems == (problem,)  # the same words, so that cron tells it once a day
    with office.mailbox:
        assert office.ingest(EIGHT + timedelta(hours=5)).problems == ()
        assert len(office.mailbox.to(ANNA)) == len(office.mailbox.to(BEK)) == 1
    office.mailbox.__enter__()


def test_a_server_without_tls_gets_nothing_unless_the_operator_says_so(office):
    url = office.mailbox.url
    office.settings(f"MONITOR_SMTP_URL={url.replace('tls=none&', '')}", f"MONITOR_DIGEST_TO={ANNA}")
    office.ingest(EVENING)
    (problem,) = office.ingest(EIGHT).problems
    assert "TLS" in problem
    assert office.mailbox.received == []
    office.settings(f"MONITOR_SMTP_URL={url}", f"MONITOR_DIGEST_TO={ANNA}")
    office.ingest(EIGHT + timedelta(minutes=10))
    assert [mail.to for mail in office.mailbox.received] == [ANNA]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([f"MONITOR_DIGEST_TO={ANNA}"], "MONITOR_SMTP_URL is not"),
        (["MONITOR_SMTP_URL=smtp://127.0.0.1:9?tls=none"], "MONITOR_DIGEST_TO is not"),
    ],
)
def test_half_of_the_settings_is_a_trouble_that_names_the_other_half(office, lines, said):
    office.settings(*lines)
    assert said in "".join(office.ingest(EIGHT).problems)
    with pytest.raises(InputError, match=said):
        office.app.send_digest()


def test_without_recipients_no_mailing_is_made_and_nothing_is_said(office):
    office.settings()
    for hours in (0, 12, 36):
        assert office.ingest(EVENING + timedelta(hours=hours)).problems == ()
    assert office.app.store.outbox.last_window() is None


def test_send_mails_what_is_due_and_a_day_that_is_over_each_once(office):
    office.ingest(EVENING)
    assert office.app.send_digest() == (0, [])
    office.clock.now = EIGHT + timedelta(hours=1)
    assert office.app.send_digest() == (2, [])
    assert office.app.send_digest() == (0, [])
    office.ingest(EIGHT + timedelta(hours=2))
    assert len(office.mailbox.received) == 2
    with pytest.raises(InputError, match="not complete"):
        office.app.send_digest(EIGHT.date() + timedelta(days=1))
    office.clock.now = EIGHT + timedelta(days=1, hours=1)
    assert office.app.send_digest(EIGHT.date() + timedelta(days=1)) == (2, [])
    assert office.app.send_digest() == (0, [])


def test_a_day_that_is_asked_for_after_days_without_mail_brings_those_before_it_too(office):
    office.ingest(EVENING)
    office.clock.now = EIGHT + timedelta(days=3, hours=1)
    assert office.app.send_digest(EIGHT.date() + timedelta(days=3)) == (2, [])
    assert "Court extends arrest" in office.mailbox.to(ANNA)[0].text
    assert office.app.send_digest(EIGHT.date() + timedelta(days=2)) == (0, [])
    assert office.app.store.upkeep.check() == ()


def test_what_is_filed_by_a_slow_clock_after_the_mailing_is_in_the_next_one(office):
    office.ingest(EVENING)
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
    told = ["Refused a doctor" in mail.text for mail in office.mailbox.to(ANNA)]
    assert told == [False, True]


def test_who_is_no_recipient_any_more_gets_nothing_that_still_waits(office):
    office.ingest(EVENING)
    office.mailbox.__exit__(None, None, None)
    office.ingest(EIGHT)
    with office.mailbox:
        office.settings(f"MONITOR_SMTP_URL={office.mailbox.url}", f"MONITOR_DIGEST_TO={BEK}")
        assert office.ingest(EIGHT + timedelta(minutes=10)).problems == ()
        assert [mail.to for mail in office.mailbox.received] == [BEK]
    office.mailbox.__enter__()


def test_a_bug_in_the_digest_is_told_and_the_news_is_read_all_the_same(office, monkeypatch):
    office.ingest(EVENING)
    monkeypatch.setattr("monitor.digest.messages.page_as_html", lambda _: {}["Melis Tokoev"])
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


# ---- a clock that goes back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [200, 400])
def test_a_clock_that_is_behind_for_a_while_stops_the_runs_and_changes_nothing(office, days):
    office.ingest(EVENING)
    office.ingest(EIGHT)
    before = office.app.store.reading.digest_input(Window(EVENING, EIGHT + timedelta(days=1)))
    for minutes in (0, 10, 50):
        with pytest.raises(ClockWentBack, match="nothing is read for an hour"):
            office.ingest(EIGHT - timedelta(days=days) + timedelta(minutes=minutes))
    assert office.app.store.reading.digest_input(Window(EVENING, EIGHT + timedelta(days=1))) == before
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(hours=2))
    office.ingest(EIGHT + timedelta(days=1))
    assert "Refused a doctor" in office.mailbox.to(ANNA)[-1].text


def test_a_clock_that_was_ahead_from_the_first_run_is_set_right_an_hour_after_it_is(office):
    office.ingest(EVENING + timedelta(days=400))
    office.ingest(EIGHT + timedelta(days=400))
    for minutes in (0, 59):
        with pytest.raises(ClockWentBack):
            office.ingest(EIGHT + timedelta(minutes=minutes))
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(minutes=61))
    office.ingest(EIGHT + timedelta(days=1))
    assert [("Refused a doctor" in mail.text) for mail in office.mailbox.to(ANNA)] == [False, True]
    assert office.app.store.upkeep.check() == ()


def test_texts_are_dropped_after_ninety_days_of_service_and_not_by_a_jump_of_the_clock(office):
    office.add(Piece("snow", "Snow on Thursday", WEATHER))
    office.ingest(EVENING)

    def texts() -> int:
        return sum(bool(each.article.text) for each in office.app.store.archive.articles(None, None, 10))

    office.ingest(EVENING + timedelta(days=100))
    assert texts() == 2  # nothing ran for a hundred days, or so the clock says
    office.ingest(EVENING + timedelta(days=102))
    assert texts() == 1  # what names someone stays


def test_a_run_that_came_to_its_end_is_told_to_the_ping_url(office):
    ping = f"{office.web.base}/post/feed.xml?ping"
    office.settings(f"MONITOR_PING_URL={ping}")
    office.ingest(EVENING)
    assert [path for path, _ in office.web.log].count("/post/feed.xml?ping") == 1
    office.settings(f"MONITOR_PING_URL={office.web.base}/nobody")
    (problem,) = office.ingest(EVENING + timedelta(hours=1)).problems
    assert "MONITOR_PING_URL" in problem


@pytest.mark.parametrize(
    ("language", "rest"),
    [
        ("en", "more stories; the queue has them all."),
        ("ru", "в очереди есть все."),
        ("ky", "кезекте баары бар."),
    ],
)
def test_a_digest_of_a_very_long_day_is_short_enough_for_a_mail_and_counts_the_rest(language, rest):
    day = DigestInput(WINDOW, tuple(replace(arrest(), id=n) for n in range(150)), feeds=feeds(3), feeds_read=3)
    text, html = render_within_limit(replace(make_digest(day, BISHKEK), language=language))
    assert 20_000 < len(text.encode()) + len(html.encode()) <= 56_000
    assert rest in text
    delivery = Delivery("mail", ANNA, "<1@ngo.example>", EIGHT, Rendering("150 new", text, html))
    assert len(bytes(build_message(delivery, "monitor@ngo.example"))) < 80_000


# ---- windows ----------------------------------------------------------------------------------------------------------


def mailed_windows(folder: Path, url: str, zone: str, start: datetime, runs: list[timedelta]) -> list[Window]:
    """The windows that are mailed by runs at these times after `start`."""
    given = {
        "MONITOR_TIMEZONE": zone, "MONITOR_SMTP_URL": "smtp://127.0.0.1:9?tls=none", "MONITOR_DIGEST_TO": ANNA,
        "MONITOR_DIGEST_AT": "02:30",
    }  # fmt: skip
    (folder / "feeds.yaml").write_text("feeds:\n  - https://a.example/rss\n")
    settings = load_settings(folder, given, folder)
    store, clock = open_store(url), Clock(start)
    publisher, windows = Publisher(settings, store, clock), []
    store.runs.save(Run(started=start))
    for run in runs:
        clock.now = start + run
        if window := publisher.due_window():
            assert publisher.store_mailing(window)
            windows.append(window)
            assert publisher.due_window() is None
    store.close()
    return windows


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        # the two nights in which Berlin's clocks change, at an hour that is skipped or shown twice
        ("Europe/Berlin", datetime(2026, 3, 27, 12, 0, tzinfo=UTC), [24, 23, 24]),
        ("Europe/Berlin", datetime(2026, 10, 23, 12, 0, tzinfo=UTC), [24, 24, 25]),
        ("Asia/Bishkek", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), [24] * 6),
    ],
)
@pytest.mark.parametrize("every", [timedelta(minutes=10), timedelta(minutes=47), timedelta(hours=5)])
def test_windows_tile_without_gap_or_overlap_also_when_clocks_change(
    sqlite_with_tables, tmp_path, zone, start, hours, every
):
    runs = [every * n for n in range(1, int(timedelta(days=len(hours) + 2) / every))]
    url = f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}"
    windows = mailed_windows(tmp_path, url, zone, start, runs)
    assert windows[0].since == start
    assert all(one.until == following.since for one, following in pairwise(windows))
    lengths = [round((window.until - window.since) / timedelta(hours=1), 2) for window in windows[1 : len(hours) + 1]]
    assert sum(lengths) == sum(hours) and max(map(abs, (a - b for a, b in zip(lengths, hours, strict=True)))) <= 1


# ---- what cron is told -------------------------------------------------------------------------------------------------


def test_a_trouble_is_told_when_it_is_new_and_again_after_a_day(tmp_path):
    (tmp_path / "feeds.yaml").touch()
    said = []
    for hours in (0, 1, 23, 25, 26, 50):
        said.append(unreported_notices(tmp_path, ["the disk is full"], EVENING + timedelta(hours=hours)))
    assert [bool(each) for each in said] == [True, False, False, True, False, True]
    assert unreported_notices(tmp_path, ["the disk is full", "another", "another"], EVENING + timedelta(hours=51)) == [
        "another"
    ]
    assert (tmp_path / "monitor.told").stat().st_mode & 0o077 == 0


def test_where_it_cannot_be_noted_a_trouble_is_told_every_time_and_a_clock_set_back_hides_none(tmp_path):
    assert (
        unreported_notices(tmp_path, ["x"], EVENING) == unreported_notices(tmp_path, ["x"], EVENING) == ["x"]
    )  # no home: nothing is written
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "feeds.yaml").touch()
    (tmp_path / "monitor.told").write_text("{not json")
    assert unreported_notices(tmp_path, ["x"], EVENING) == ["x"]
    assert unreported_notices(tmp_path, ["x"], EVENING - timedelta(days=400)) == ["x"]


# ---- names that are marked sensitive -----------------------------------------------------------------------------------

ROOT = "root@ngo.example"
HIDDEN = """Aizada Hidden was taken from her flat at dawn, a neighbour said, and nobody was told where she is held now.
Her son waited at the gate of the building until the evening, and was sent away without an answer by the guards.
A lawyer who asked for her at two offices was told in both that no such person had been brought in that day."""
BOTH = f"{COURT}\nAizada Hidden was not brought before the court, and her lawyer asked the judge in vain where she is held."


@pytest.fixture
def guarded(office: Office) -> Office:
    """Three stories: of Melis Tokoev, of him and Aizada Hidden, of her alone; her name is marked sensitive."""
    office.web.outlets["post"].pieces.clear()
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.add(Piece("court", "Court extends arrest", BOTH))
    office.add(Piece("dawn", "Taken at dawn", HIDDEN))
    secret = "  - {id: aizada, name: Aizada Hidden, sensitive: true}\n"
    (office.folder / "watchlist.yaml").write_text(WATCHLIST + secret, "utf-8")
    return office


def smtp(office: Office, *, to: str = f"{ANNA},{BEK}", sensitive_to: str = "") -> None:
    office.settings(
        f"MONITOR_SMTP_URL={office.mailbox.url}",
        f"MONITOR_DIGEST_TO={to}",
        f"MONITOR_DIGEST_SENSITIVE_TO={sensitive_to}",
    )


def test_a_sensitive_name_is_in_nobodys_mail_by_default(guarded: Office):
    guarded.ingest(EVENING)
    guarded.ingest(EIGHT)
    assert [mail.to for mail in guarded.mailbox.received] == [ANNA, BEK]
    for mail in guarded.mailbox.received:
        assert mail.mail["Subject"].startswith("[monitor] 2 new")
        assert "Court extends arrest" in mail.text and "Melis Tokoev" in mail.text
        for told in (mail.text, mail.html, mail.raw.decode()):
            assert not any(word in told for word in ("izada", "idden", "Taken at dawn"))
        assert "Waiting for you: 2" in mail.text and "+3 by watchlist.yaml" in mail.text
    with guarded.app.store.database.reading() as connection:  # nor is it kept for nobody
        assert connection.exec_driver_sql("SELECT full_text FROM mailing WHERE full_text != ''").all() == []


@pytest.mark.parametrize("to", [ANNA, f"{ANNA},{ROOT}"])
def test_who_may_see_sensitive_names_gets_one_mail_with_them_and_the_others_theirs(guarded: Office, to: str):
    smtp(guarded, to=to, sensitive_to=ROOT)
    guarded.ingest(EVENING)
    guarded.ingest(EIGHT)
    guarded.ingest(EIGHT + timedelta(minutes=10))
    assert sorted(mail.to for mail in guarded.mailbox.received) == [ANNA, ROOT]
    (ordinary,), (full,) = guarded.mailbox.to(ANNA), guarded.mailbox.to(ROOT)
    assert "izada" not in ordinary.raw.decode() and "Waiting for you: 2" in ordinary.text
    assert full.mail["Subject"].startswith("[monitor] 3 new")
    assert "Aizada Hidden" in full.text and "Aizada Hidden" in full.html and "Taken at dawn" in full.text
    assert "Waiting for you: 3" in full.text and "+4 by watchlist.yaml" in full.text


def test_the_full_digest_is_mailed_where_nobody_gets_the_other_one(guarded: Office):
    smtp(guarded, to="", sensitive_to=ROOT)
    guarded.ingest(EVENING)
    assert guarded.ingest(EIGHT).problems == ()
    assert [mail.to for mail in guarded.mailbox.received] == [ROOT]


@pytest.mark.parametrize("who", [ANNA, ROOT])
def test_after_a_crash_each_gets_the_very_rendering_of_before(guarded: Office, who: str):
    smtp(guarded, to=ANNA, sensitive_to=ROOT)
    guarded.ingest(EVENING)
    handed_over: list[str] = []

    def die(point: str) -> None:
        if point == "delivery: after it was handed over":
            handed_over.append(guarded.mailbox.received[-1].to)
            if handed_over[-1] == who:
                failpoints.arm(None)
                raise Died(point)

    failpoints.arm(die)
    with pytest.raises(Died):
        guarded.ingest(EIGHT)
    guarded.ingest(EIGHT + timedelta(minutes=10))
    first, again = guarded.mailbox.to(who)
    assert first.raw == again.raw
    assert ("izada" in first.text) is (who == ROOT)


@pytest.mark.parametrize(("to", "gets"), [(ANNA, [ANNA]), (f"{ANNA},{ROOT}", [ANNA, ROOT])])
def test_whoever_may_not_see_sensitive_names_any_more_is_sent_none_that_waits(
    guarded: Office, to: str, gets: list[str]
):
    smtp(guarded, to=ANNA, sensitive_to=ROOT)
    guarded.ingest(EVENING)
    guarded.mailbox.__exit__(None, None, None)
    guarded.ingest(EIGHT)
    with guarded.mailbox:
        smtp(guarded, to=to)
        assert guarded.ingest(EIGHT + timedelta(minutes=10)).problems == ()
        assert sorted(mail.to for mail in guarded.mailbox.received) == gets
        assert all("izada" not in mail.text for mail in guarded.mailbox.received)
    guarded.mailbox.__enter__()


# ---- the first mail, and what waits --------------------------------------------------------------------------------------


def test_what_was_found_before_mail_was_set_up_is_in_the_first_mail(office: Office):
    office.settings()
    before = datetime(2026, 3, 2, 1, 49, tzinfo=UTC)  # eleven minutes before the digest's hour
    office.ingest(before)
    smtp(office)
    office.ingest(before + timedelta(minutes=40))
    (mail,) = office.mailbox.to(ANNA)
    assert "Court extends arrest" in mail.text
    first = " ".join(mail.text.split())
    assert "Mon 2 Mar 07:49 to Mon 2 Mar 08:00 (Bishkek)" in first
    assert "This is the first digest by mail. It tells everything since the first reading." in first
    office.ingest(before + timedelta(days=1, minutes=40))
    assert "first digest" not in office.mailbox.to(ANNA)[1].text
    assert office.app.store.upkeep.check() == ()


def test_the_first_mail_of_an_old_home_tells_a_week_and_says_where_the_rest_is(office: Office):
    office.settings()
    office.ingest(EVENING - timedelta(days=30))
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EVENING - timedelta(days=5))
    smtp(office)
    office.ingest(EVENING)
    (mail,) = office.mailbox.to(ANNA)
    assert "Refused a doctor" in mail.text and "Court extends arrest" not in mail.text
    assert "The queue has what came before Mon 23 Feb 20:00." in " ".join(mail.text.split())


def test_a_digest_of_a_day_that_is_over_does_not_tell_todays_queue(office: Office):
    office.ingest(EVENING)
    office.clock.now = EIGHT + timedelta(days=2, hours=1)
    assert "Waiting for you: 1" in as_text(office.app.digest())
    past = office.app.digest(EIGHT.date())
    assert "Court extends arrest" in as_text(past)
    assert "Waiting" not in as_text(past) and "waits" not in as_text(past)
    assert as_json(past)["waiting"] == {"count": None, "oldest": None}
    assert "Waiting for you: 1" in as_text(office.app.digest(EIGHT.date() + timedelta(days=3)))  # it still goes on


def test_the_digest_of_now_tells_what_waits_although_the_clock_goes_on(office: Office):
    office.ingest(EVENING)
    ticks = count()
    office.app.clock = lambda: EVENING + timedelta(hours=1, microseconds=next(ticks))
    assert "Waiting for you: 1" in as_text(office.app.digest())


# ---- a file that was broken ----------------------------------------------------------------------------------------------


def test_a_name_that_cannot_be_found_is_told_first_and_costs_no_other(office: Office):
    good = (office.folder / "watchlist.yaml").read_text("utf-8")
    odd, secret = "  - Аскар (Бек) (Таш)\n", "  - {name: Данияр (Бек) (Таш), sensitive: true}\n"
    (office.folder / "watchlist.yaml").write_text(good + secret, "utf-8")
    assert office.ingest(EVENING).problems == ()  # what is sensitive `check` alone tells
    (office.folder / "watchlist.yaml").write_text(good + odd + secret, "utf-8")
    (problem,) = office.ingest(EVENING + timedelta(minutes=5)).problems
    assert problem.startswith("watchlist.yaml: names that are not found even as they are listed: 1;")
    office.clock.now += timedelta(minutes=1)
    digest = " ".join(as_text(office.app.digest()).split())
    assert digest.startswith("PLEASE FIX: a name on the watchlist is written so that it cannot be found")
    assert "Аскар" not in digest + problem and "Court extends arrest" in digest


def test_a_list_that_was_mended_is_told_in_the_past_and_never_with_a_path(office: Office):
    office.ingest(EVENING)
    good = (office.folder / "watchlist.yaml").read_text("utf-8")
    (office.folder / "watchlist.yaml").write_text(good + "  - name: Aizada Hidden\n    nmae: x\n", "utf-8")
    (problem,) = office.ingest(EVENING + timedelta(minutes=38)).problems
    assert str(office.folder) in problem and "nmae" in problem  # the operator is told all
    office.clock.now += timedelta(minutes=1)
    broken = " ".join(as_text(office.app.digest()).split())
    assert broken.startswith(
        "PLEASE FIX: watchlist.yaml cannot be read, and the last good watchlist is in force, since"
    )
    office.ingest(EVENING + timedelta(minutes=48))
    (office.folder / "watchlist.yaml").write_text(good, "utf-8")
    office.ingest(EVENING + timedelta(minutes=52))
    office.ingest(EIGHT)
    for told in (as_text(office.app.digest()), office.mailbox.to(ANNA)[0].text):
        assert "PLEASE FIX" not in told and str(office.folder) not in told and "nmae" not in told
        assert "2 Mar 20:38 to 20:52: watchlist.yaml could not be read" in " ".join(told.split())


def test_a_list_that_is_mended_just_before_the_mail_is_told_in_the_past(office: Office):
    office.ingest(EVENING)
    good = (office.folder / "watchlist.yaml").read_text("utf-8")
    (office.folder / "watchlist.yaml").write_text(good + "  - nmae: x\n", "utf-8")
    office.ingest(EIGHT - timedelta(minutes=8))
    (office.folder / "watchlist.yaml").write_text(good, "utf-8")
    office.ingest(EIGHT + timedelta(minutes=2))
    (mail,) = office.mailbox.to(ANNA)
    assert "PLEASE FIX" not in mail.text and "07:52 to 08:02: watchlist.yaml could not be" in mail.text


def test_a_list_that_stays_broken_is_told_every_day_with_the_hour_it_broke(office: Office):
    office.ingest(EVENING)
    with (office.folder / "watchlist.yaml").open("a") as file:
        file.write("  - nmae: x\n")
    office.ingest(EVENING + timedelta(minutes=38))
    office.ingest(EIGHT + timedelta(minutes=2))
    office.ingest(EIGHT + timedelta(days=1, minutes=2))
    assert len(office.mailbox.to(ANNA)) == 2
    for mail in office.mailbox.to(ANNA):
        assert "since 2 Mar 20:38 (details: monitor doctor)." in " ".join(mail.text.split())


def test_doctor_says_whose_mail_holds_sensitive_names(guarded: Office):
    guarded.ingest(EVENING)

    def says() -> list[str]:
        found = check_installation(guarded.app.settings, guarded.app)
        return [result.message for result in found if result.subject == "sensitive names" and result.is_ok]

    assert says() == ["in nobody's mail; MONITOR_DIGEST_SENSITIVE_TO says whose"]
    smtp(guarded, sensitive_to=ROOT)
    assert says() == [f"by mail they go to {ROOT}"]
