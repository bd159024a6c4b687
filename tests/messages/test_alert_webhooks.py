"""Events told at once to a webhook: signed, tried again with the same id, and ended when nobody wants them."""

from __future__ import annotations

import base64
import hmac

import pytest

from kit.articles import COURT
from kit.outlets import Piece
from messages.alerts import SECRET, Desk, begin, desk, run_after
from messages.hooks import DROP

__all__ = ["desk"]


@pytest.mark.check
def test_a_webhook_gets_a_signed_event_with_everything(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert run_after(desk, 1).problems == ()
    (event,) = desk.events()
    headers = event.headers
    signed = b"%s.%s.%s" % (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), event.body)
    signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert (event.json["type"], event.json["id"]) == ("alert", headers["webhook-id"])
    (story,) = event.json["data"]["sections"]["new"]
    assert [hit["name"] for hit in story["hits"]] == ["Melis Tokoev"]
    data = event.json["data"]
    # Its own counts, not those of the seconds that it is about: in these nothing was read, which is no alarm.
    assert (data["alarm"], data["counts"]["articles"], data["counts"]["stories"]) == ("", 1, 1)
    assert data["waiting"]["count"] == len(desk.app.queue()) == 1 and data["waiting"]["oldest"]
    assert data["subject"] == event.json["subject"] and data["subject"].startswith("[monitor] 1 urgent story")


@pytest.mark.check
@pytest.mark.parametrize("failure", [500, 302, 403, DROP], ids=["500", "redirect", "403", "dropped"])
def test_an_event_that_was_not_taken_comes_again_later_with_the_same_id(desk: Desk, failure: int):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [failure, failure]
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = run_after(desk, 1).problems
    assert problem.startswith(f"a message by webhook to {desk.receiver.host} was not accepted: {desk.receiver.host}")
    assert "/hook" not in problem  # the path of a webhook often is its secret
    assert run_after(desk, 1).problems == (problem,) and len(desk.events()) == 1  # it rests
    run_after(desk, 3)
    assert run_after(desk, 30).problems == ()
    assert len(desk.events()) == 3
    assert len({event.body for event in desk.events()}) == 1
    assert len({event.headers["webhook-id"] for event in desk.events()}) == 1


@pytest.mark.check
def test_after_many_failures_an_event_rests_and_can_be_sent_again_by_hand(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [500] * 10
    desk.add(Piece("court", "Court extends arrest", COURT))
    problems: tuple[str, ...] = ()
    for hours in range(0, 80, 7):
        problems += run_after(desk, 1 + 60 * hours).problems
    assert len(desk.events()) == 10
    assert any("it rests after 10 tries" in problem for problem in problems)
    (record,) = (record for record in desk.app.store.outbox.records() if record.channel == "webhook")
    assert record.refused and desk.app.store.outbox.retry(record.id)
    run_after(desk, 60 * 90)
    assert len(desk.events()) == 11 and len({event.body for event in desk.events()}) == 1


def test_a_problem_of_a_webhook_names_its_recipient_and_never_its_path(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, name: Room, at_once: true')
    desk.receiver.answers = [500]
    desk.add(Piece("court", "Court extends arrest", COURT))
    (problem,) = run_after(desk, 1).problems
    assert problem.startswith("a message by webhook to Room was not accepted") and "/hook" not in problem


@pytest.mark.check
def test_a_receiver_that_wants_no_more_is_not_asked_again(desk: Desk):
    begin(desk, f'to: "{desk.hook}", channel: webhook, at_once: true')
    desk.receiver.answers = [410]
    desk.add(Piece("court", "Court extends arrest", COURT))
    assert len(run_after(desk, 1).problems) == 1
    for minutes in (60, 600):
        assert run_after(desk, minutes).problems == ()
    assert len(desk.events()) == 1
