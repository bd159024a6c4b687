"""The first mail, what waits, and a list that was broken, as a mail tells of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from kit.articles import DOCTOR
from kit.mailings import evening, first_run, office, outlet, smtp
from kit.office import ANNA, EIGHT, EVENING, Office
from kit.outlets import Piece
from monitor.messages.content.render import as_json, as_text

__all__ = ["evening", "first_run", "office", "outlet"]


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


@pytest.mark.check
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


@pytest.mark.usefixtures("first_run")
def test_a_digest_of_a_day_that_is_over_does_not_tell_todays_queue(office: Office):
    office.clock.now = EIGHT + timedelta(days=2, hours=1)
    assert "Not yet reviewed: 1" in " ".join(as_text(office.app.digest()).split())
    past = office.app.digest(EIGHT.date())
    assert "Court extends arrest" in as_text(past)
    assert "Waiting" not in as_text(past) and "waits" not in as_text(past)
    assert as_json(past)["waiting"] == {"count": None, "oldest": None}
    still_on = as_text(office.app.digest(EIGHT.date() + timedelta(days=3)))
    assert "Not yet reviewed: 1" in " ".join(still_on.split())


@pytest.mark.usefixtures("first_run")
def test_the_digest_of_now_tells_what_waits_although_the_clock_goes_on(office: Office):
    ticks = count()
    office.app.clock = lambda: EVENING + timedelta(hours=1, microseconds=next(ticks))
    assert "1 not yet reviewed: " in as_text(office.app.digest())


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


@pytest.mark.usefixtures("first_run")
def test_a_list_that_was_mended_is_told_in_the_past_and_never_with_a_path(office: Office):
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
    for text in (as_text(office.app.digest()), office.mailbox.to(ANNA)[0].text):
        assert "PLEASE FIX" not in text and str(office.folder) not in text and "nmae" not in text
        assert "2 Mar 20:38 to 20:52: watchlist.yaml could not be read" in " ".join(text.split())


@pytest.mark.usefixtures("first_run")
def test_a_list_that_is_mended_just_before_the_mail_is_told_in_the_past(office: Office):
    good = (office.folder / "watchlist.yaml").read_text("utf-8")
    (office.folder / "watchlist.yaml").write_text(good + "  - nmae: x\n", "utf-8")
    office.ingest(EIGHT - timedelta(minutes=8))
    (office.folder / "watchlist.yaml").write_text(good, "utf-8")
    office.ingest(EIGHT + timedelta(minutes=2))
    (mail,) = office.mailbox.to(ANNA)
    assert "PLEASE FIX" not in mail.text and "07:52 to 08:02: watchlist.yaml could not be" in mail.text


@pytest.mark.usefixtures("first_run")
def test_a_list_that_stays_broken_is_told_every_day_with_the_hour_it_broke(office: Office):
    with (office.folder / "watchlist.yaml").open("a") as file:
        file.write("  - nmae: x\n")
    office.ingest(EVENING + timedelta(minutes=38))
    office.ingest(EIGHT + timedelta(minutes=2))
    office.ingest(EIGHT + timedelta(days=1, minutes=2))
    assert len(office.mailbox.to(ANNA)) == 2
    for mail in office.mailbox.to(ANNA):
        assert "since 2 Mar 20:38 (details: monitor doctor)." in " ".join(mail.text.split())
