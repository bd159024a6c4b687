"""Addresses that move between the settings and a line of recipients.yaml get each day once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kit.articles import COURT
from kit.office import ANNA, EIGHT, EVENING
from kit.outlets import Piece
from messages.alerts import Desk, desk
from monitor.messages.composer import Composer

__all__ = ["desk"]
OFFICE = "office@ngo.example"


def publish(desk: Desk, days: float) -> None:
    desk.clock.now = EIGHT + timedelta(days=days)
    assert asyncio.run(desk.app.publisher.publish()) == []


@pytest.mark.check
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


@pytest.mark.check
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

    monkeypatch.setattr(Composer, "make_mailing", fail)
    desk.clock.now = EIGHT
    (problem,) = asyncio.run(desk.app.publisher.publish())
    assert "ZeroDivisionError" in problem
    assert len(desk.mailbox.to(ANNA)) == 1 and desk.mailbox.to(OFFICE) == []
