"""Clocks that ran ahead or fell behind: the runs go on, everything is told once, and good times stay."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from kit.articles import DOCTOR
from kit.home import Clock
from kit.mailings import office
from kit.office import ANNA, EIGHT, Office
from kit.outlets import Outlet, Piece, Web
from monitor.app import ClockInDoubt
from monitor.app.ingest.clock_check import clock_error
from monitor.model import Feed, Run, State
from monitor.store import tables as t

__all__ = ["office"]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AN_HOUR_BEFORE_EIGHT = EIGHT - HOUR
START = EIGHT - 100 * MINUTE
IS_WRONG, WAS_AHEAD = "the clock of this computer is wrong", "the clock of this computer was ahead"


def ingest(office: Office, clock: datetime, true_time: datetime) -> Run:
    """Run while the computer's clock shows one time, and those of the sources' servers the true one."""
    office.web.clock = lambda: true_time
    return office.ingest(clock)


def windows(office: Office) -> list[tuple[datetime, datetime]]:
    with office.app.store.database.reading() as connection:
        return [(row.since, row.until) for row in connection.execute(select(t.mailing).order_by(t.mailing.c.until))]


def first_seen(office: Office) -> dict[str, datetime]:
    return {each.article.title: each.article.first_seen for each in office.app.store.archive.articles(None, None, 10)}


def told(office: Office, title: str) -> int:
    return sum(title in mail.text for mail in office.mailbox.to(ANNA))


def goes_on(office: Office, error: timedelta) -> Run:
    """Check a run an hour before eight and those after it, by a clock that is ahead by `error`; return the first."""
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    run = ingest(office, AN_HOUR_BEFORE_EIGHT + error, AN_HOUR_BEFORE_EIGHT)
    for true_time in (EIGHT + MINUTE, EIGHT + DAY, EIGHT + 2 * DAY):
        ingest(office, true_time + error, true_time)
    assert first_seen(office)["Refused a doctor"] == AN_HOUR_BEFORE_EIGHT
    assert [told(office, title) for title in ("Court extends arrest", "Refused a doctor")] == [1, 1]
    assert all(one[1] == following[0] for one, following in pairwise(windows(office)))
    assert office.app.store.upkeep.check() == ()
    return run


@pytest.mark.parametrize("ahead", [2 * HOUR, 23 * HOUR, 3 * DAY, 6 * DAY])
def test_after_a_clock_that_was_ahead_the_next_run_reads_and_says_so(office, ahead):
    ingest(office, START + ahead, START + ahead)  # a first run has nothing to be compared with
    assert WAS_AHEAD in str(goes_on(office, timedelta(0)).problems)


def test_a_clock_that_jumped_within_a_run_holds_up_no_later_run(office, monkeypatch):
    """The run began at the right time, so that only what it stored is ahead."""
    office.app.clock = Clock(START)
    visits = office.app.ingest(on_event=lambda _: setattr(office.app.clock, "now", START + 365 * DAY))
    assert visits.started == START
    office.app.clock = office.clock
    assert WAS_AHEAD in str(goes_on(office, timedelta(0)).problems)


@pytest.mark.parametrize(
    "error", [-50 * MINUTE, -2 * HOUR, -3 * DAY, -365 * DAY, datetime(1970, 1, 2, tzinfo=UTC) - EIGHT]
)
def test_a_clock_that_is_behind_spoils_no_good_time_and_holds_nothing_up(office, error):
    ingest(office, START, START)
    before = first_seen(office)
    assert IS_WRONG in str(goes_on(office, error).problems)
    assert before.items() <= first_seen(office).items()
    assert [mail.text.count(IS_WRONG) for mail in office.mailbox.to(ANNA)][:1] == [0]  # words for operators only


@pytest.mark.parametrize("error", [3 * DAY, 365 * DAY])
def test_a_clock_that_jumps_ahead_expires_nothing_and_mails_no_window_twice(office, error):
    ingest(office, START, START)
    assert IS_WRONG in str(goes_on(office, error).problems)
    assert {item.state for item in office.app.queue()} == {State.OPEN} and len(office.app.queue()) == 2
    assert ingest(office, EIGHT + 2 * DAY + HOUR, EIGHT + 2 * DAY + HOUR).problems == ()  # set right


def test_while_no_source_answers_a_clock_in_doubt_changes_nothing(office):
    ingest(office, START, START)
    before = first_seen(office), windows(office)
    mail = (f"MONITOR_SMTP_URL={office.mailbox.url}", f"MONITOR_DIGEST_TO={ANNA}")
    office.settings(*mail, "MONITOR_PROXY=http://127.0.0.1:9")
    for error in (-3 * DAY, 3 * DAY):
        with pytest.raises(ClockInDoubt, match="nothing is read until one does; check the clock"):
            ingest(office, EIGHT + error, EIGHT)
    assert (first_seen(office), windows(office)) == before
    office.settings(*mail)
    goes_on(office, timedelta(0))


def test_one_server_with_a_wrong_clock_is_outvoted(office):
    feeds, now = [], EIGHT
    with ExitStack() as webs:
        for error in (-400 * DAY, timedelta(0), MINUTE):
            web = webs.enter_context(Web(Outlet("post", "en")))
            web.clock = lambda shown=now + error: shown
            feeds.append(Feed("post", f"{web.base}/post/feed.xml", "post"))
        settings = office.app.settings.model_copy(
            update={"allow_hosts": frozenset(urlsplit(feed.url).netloc for feed in feeds)}
        )
        assert asyncio.run(clock_error(settings, lambda: now, feeds)) == timedelta(0)


def test_a_pause_of_a_month_is_no_wrong_clock(office):
    ingest(office, START, START)
    assert ingest(office, START + 30 * DAY, START + 30 * DAY).problems == ()
