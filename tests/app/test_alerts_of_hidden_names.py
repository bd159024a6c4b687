"""Messages that wait hold no name that was purged or marked sensitive meanwhile."""

from __future__ import annotations

import pytest

from kit.alerts import URGENT, Desk, begin, desk, later, send
from kit.articles import COURT, DOCTOR
from kit.office import ANNA, BEK, Died
from kit.outlets import Piece
from monitor import failpoints

__all__ = ["desk"]


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
    assert send(desk, 30) == []
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


@pytest.mark.check
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
    (problem,) = send(desk, 30)
    assert "may not be sent there any more" in problem and "okoev" not in problem
    assert send(desk, 60) == [] and desk.mailbox.received == []


def test_a_message_that_is_sent_again_by_hand_holds_no_name_that_is_hidden_now(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.add(Piece("doctor", "A visit", TOGETHER))
    desk.app.settings = desk.app.settings.model_copy(update={"urgent": "people"})
    later(desk, 1)
    (desk.folder / "watchlist.yaml").write_text(HIDDEN, "utf-8")
    send(desk, 20)
    (record,) = desk.app.store.outbox.records()
    desk.app.publisher.retry(record.id)
    send(desk, 30)
    first, second = desk.mailbox.to(ANNA)
    assert "Melis Tokoev" in first.text and "Melis Tokoev" not in second.text and "Cholpon Arzyeva" in second.text
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
