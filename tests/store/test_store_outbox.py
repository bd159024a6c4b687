"""The contract of the outbox (ports.py), on both databases: stored once, claimed by one sender, sent or tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from kit.contradictions import contradictions
from kit.store import DAY, HOUR, MELIS, MINUTE, NOW, filed, watch
from monitor.model import (
    AlertedName,
    Delivery,
    DigestInput,
    Mailing,
    MessageKind,
    Rendering,
    Window,
)
from monitor.ports import Rewrite
from monitor.store import Store, open_store
from monitor.store.desk.outbox import SqlOutbox, rewrite_mailing
from monitor.store.tables import mailing

WORDS = Rendering("1 new", "Melis", "<p>Melis</p>")
WINDOW = Window(NOW - DAY, NOW)
ANNA = Delivery("mail", "anna@ngo.example", "<1.anna@ngo.example>", NOW, WORDS)
ROOT = Delivery("mail", "root@ngo.example", "<1.root@ngo.example>", NOW, WORDS)
ROOM = Delivery("matrix", "anna@ngo.example", "1.anna", NOW, WORDS)


def put(outbox: SqlOutbox, *deliveries: Delivery, window: Window = WINDOW) -> bool:
    return outbox.put(window, lambda _: (Mailing(window, window.until, WORDS), deliveries))


def claim(outbox: SqlOutbox, at: datetime, channel: str = "mail") -> list[Delivery]:
    return list(outbox.claim(channel, at, at + HOUR))


def test_deliveries_come_back_as_they_were_stored_each_over_its_channel(store: Store):
    assert put(store.outbox, ROOT, ANNA, ROOM)
    assert claim(store.outbox, NOW) == [ROOT, ANNA]
    assert claim(store.outbox, NOW, "matrix") == [ROOM]
    assert claim(store.outbox, NOW, "telegram") == []


def test_older_mailings_are_claimed_first(store: Store):
    second_window = Window(NOW, NOW + DAY)
    second = replace(ANNA, external_id="<2.anna@ngo.example>", date=second_window.until)
    assert put(store.outbox, ANNA, ROOT) and put(store.outbox, second, window=second_window)
    assert claim(store.outbox, NOW + DAY) == [ANNA, ROOT, second]


OVERLAPPING = [
    (-DAY, timedelta(0)),
    (-2 * DAY, -DAY + MINUTE),
    (-MINUTE, DAY),
    (-2 * DAY, DAY),
    (-HOUR, -MINUTE),
]
DISJOINT = [(timedelta(0), DAY), (-2 * DAY, -DAY)]


def test_a_window_is_stored_only_if_it_overlaps_none(store: Store):
    assert put(store.outbox, ANNA)
    stored = {ANNA.external_id}
    for number, (since, until) in enumerate([*OVERLAPPING, *DISJOINT]):
        second_delivery = replace(ANNA, external_id=f"<{number}.anna@ngo.example>")
        is_stored = put(store.outbox, second_delivery, window=Window(NOW + since, NOW + until))
        assert is_stored is ((since, until) in DISJOINT), (since, until)
        stored |= {second_delivery.external_id} if is_stored else set()
    assert {delivery.external_id for delivery in claim(store.outbox, NOW)} == stored


def test_a_window_that_is_stored_is_not_composed_again(store: Store):
    def refuse(_: DigestInput) -> tuple[Mailing, list[Delivery]]:
        raise AssertionError("composed again")

    assert put(store.outbox, ANNA)
    assert store.outbox.put(WINDOW, refuse) is False
    assert store.outbox.last_window() == WINDOW


def test_when_composing_fails_nothing_is_stored(store: Store):
    def fail(_: DigestInput) -> tuple[Mailing, list[Delivery]]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.outbox.put(WINDOW, fail)
    assert store.outbox.last_window() is None
    assert put(store.outbox, ANNA)


def test_a_mailing_is_composed_of_what_its_window_brought(store: Store):
    watch(store)
    item = filed(store)
    composed: list[DigestInput] = []

    def compose(digest_input: DigestInput) -> tuple[Mailing, list[Delivery]]:
        composed.append(digest_input)
        return Mailing(digest_input.window, NOW, WORDS), []

    window = Window(NOW, NOW + DAY)
    assert store.outbox.put(window, compose)
    assert [[item.id for item in digest_input.items] for digest_input in composed] == [[item.id]]
    assert composed[0].window == window


def test_a_claimed_delivery_is_left_alone_until_the_claim_expires(store: Store, database_url: str):
    assert put(store.outbox, ANNA)
    second_store = open_store(database_url)
    assert claim(store.outbox, NOW) == [ANNA]
    assert claim(second_store.outbox, NOW + HOUR - MINUTE) == []
    assert claim(second_store.outbox, NOW + HOUR) == [ANNA]  # the sender died
    second_store.close()


def test_two_senders_never_claim_the_same_delivery(store: Store, database_url: str):
    deliveries = [replace(ANNA, recipient=f"{n}@ngo.example", external_id=f"<{n}@ngo.example>") for n in range(20)]
    assert put(store.outbox, *deliveries)
    second_store = open_store(database_url)
    claimed = [*claim(store.outbox, NOW), *claim(second_store.outbox, NOW)]
    assert claimed == deliveries
    second_store.close()


def test_what_one_sender_sent_is_not_refused_to_another_and_the_other_way_round(store: Store):
    assert put(store.outbox, ANNA, ROOT)
    first, second = claim(store.outbox, NOW)
    store.outbox.mark_sent(first, NOW)
    store.outbox.mark_failed(first, NOW, "550 no such user", refused=True)
    store.outbox.mark_failed(second, NOW, "550 no such user", refused=True)
    store.outbox.mark_sent(second, NOW)
    assert {(record.sent, record.refused) for record in store.outbox.records()} == {(NOW, None)}


def test_a_sent_delivery_is_never_claimed_again(store: Store):
    assert put(store.outbox, ANNA, ROOT)
    first, second = claim(store.outbox, NOW)
    store.outbox.mark_sent(first, NOW)
    assert claim(store.outbox, NOW + DAY) == [second]


@pytest.mark.parametrize(("refused", "tries"), [(False, [1]), (True, [])])
def test_a_failed_delivery_is_free_at_once_and_a_refused_one_never(store: Store, refused: bool, tries: list[int]):
    assert put(store.outbox, ANNA)
    (delivery,) = claim(store.outbox, NOW)
    store.outbox.mark_failed(delivery, NOW, "451 try again later", refused=refused)
    claimed_then = claim(store.outbox, NOW)
    assert [(claimed.external_id, claimed.tries) for claimed in claimed_then] == [(ANNA.external_id, n) for n in tries]


def test_marking_a_delivery_twice_changes_nothing_more(store: Store):
    assert put(store.outbox, ANNA, ROOM)
    (delivery,) = claim(store.outbox, NOW)
    for _ in range(2):
        store.outbox.mark_failed(delivery, NOW, "451 try again later", refused=False)
    (delivery,) = claim(store.outbox, NOW)
    assert delivery.tries == 1
    for _ in range(2):
        store.outbox.mark_sent(delivery, NOW)
    with store.database.reading() as connection:
        query = text("SELECT channel, tries, sent IS NOT NULL, detail FROM delivery ORDER BY id")
        assert [tuple(row) for row in connection.execute(query)] == [("mail", 2, True, ""), ("matrix", 0, False, "")]


def test_the_same_id_outside_may_be_used_once_a_channel(store: Store):
    assert put(store.outbox, ANNA, replace(ANNA, channel="matrix"))
    assert claim(store.outbox, NOW) == [ANNA]
    assert [delivery.channel for delivery in claim(store.outbox, NOW, "matrix")] == ["matrix"]


def test_windows_tile_for_each_audience_and_kind_by_themselves(store: Store):
    outbox, alert = store.outbox, MessageKind.ALERT
    anna = replace(ANNA, kind=alert)
    assert put(outbox, ROOT)
    assert outbox.put(WINDOW, lambda _: (Mailing(WINDOW, NOW, WORDS), [anna]), "mail:anna", alert)
    assert not outbox.put(WINDOW, lambda _: (Mailing(WINDOW, NOW, WORDS), [anna]), "mail:anna", alert)
    assert outbox.last_window() == outbox.last_window("mail:anna", alert) == WINDOW
    assert outbox.last_window("mail:anna") is outbox.last_window("mail:bek", alert) is None
    assert [delivery.kind for delivery in claim(outbox, NOW)] == [MessageKind.DIGEST, alert]


def test_windows_that_brought_nothing_are_one_row_that_grows_and_begins_the_next(store: Store):
    outbox, alert = store.outbox, MessageKind.ALERT
    for minutes in range(3):
        window = Window(NOW + minutes * MINUTE, NOW + (minutes + 1) * MINUTE)
        assert not outbox.put(window, lambda _: None, "mail:anna", alert)
    with store.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM mailing")) == 1
    assert outbox.last_window("mail:anna", alert) == Window(NOW, NOW + 3 * MINUTE)
    assert not contradictions(store)


def test_an_alert_keeps_its_names_and_a_digest_shows_them_once_it_arrived(store: Store):
    watch(store)
    item = filed(store)
    entity, window = item.hits[0].entity, Window(NOW, NOW + DAY)

    def alert(digest_input: DigestInput) -> tuple[Mailing, list[Delivery]]:
        assert [story.id for story in digest_input.items] == [item.id] and digest_input.alerted == ()
        return Mailing(window, NOW, WORDS, alerted=(AlertedName(item.id, entity),)), [ANNA]

    assert store.outbox.put(window, alert, "mail:anna", MessageKind.ALERT)
    assert store.reading.digest_input(window).alerted == ()  # it has not arrived
    (delivery,) = claim(store.outbox, NOW)
    store.outbox.mark_failed(delivery, NOW, "550 no such user", refused=True)
    assert store.reading.digest_input(window).alerted == ()
    store.outbox.mark_sent(delivery, NOW)
    assert store.reading.digest_input(window).alerted == (AlertedName(item.id, entity, "mail:anna", NOW),)


def test_an_alert_remembers_whose_news_it_was_and_the_next_one_knows_of_it(store: Store):
    watch(store)
    item, alert = filed(store), MessageKind.ALERT
    entity = item.hits[0].entity
    alerted = (
        AlertedName(item.id, entity, outlet="Post", filed=NOW - MINUTE, due=True),
        AlertedName(item.id, entity, outlet="Evil"),
    )
    for days, outlet in ((-4, "Long ago"), (-1, "Lately")):
        window, names = Window(NOW + days * DAY, NOW + days * DAY + HOUR), (replace(alerted[0], outlet=outlet),)
        mailing = Mailing(window, NOW + days * DAY, WORDS, alerted=names)
        store.outbox.put(window, lambda _, mailing=mailing: (mailing, []), "mail:bek", alert)
    window = Window(NOW, NOW + HOUR)
    store.outbox.put(window, lambda _: (Mailing(window, NOW, WORDS, alerted=alerted), []), "mail:anna", alert)
    read = store.reading.digest_input(window, MessageKind.ALERT).alerted
    assert [name for name in read if name.audience == "mail:anna"] == [
        replace(name, audience="mail:anna", at=NOW) for name in alerted
    ]
    # Of the items of the window everything, once; of other items what was told in two days.
    assert sorted(name.outlet for name in read) == ["Evil", "Lately", "Long ago", "Post"]
    assert store.reading.digest_input(Window(NOW + DAY, NOW + 2 * DAY), MessageKind.ALERT).alerted == ()


def test_a_failed_delivery_rests_until_it_is_due_and_can_be_sent_again_by_hand(store: Store):
    assert put(store.outbox, ANNA, ROOT)
    first, second = claim(store.outbox, NOW)
    store.outbox.mark_failed(first, NOW, "451 try again later", refused=False, due=NOW + HOUR)
    store.outbox.mark_sent(second, NOW)
    assert claim(store.outbox, NOW + HOUR - MINUTE) == []
    newest, oldest = store.outbox.records()
    assert (newest.sent, oldest.due, oldest.detail, oldest.kind) == (NOW, NOW + HOUR, "451 try again later", "digest")
    assert store.outbox.records(unsent=True) == [oldest]
    assert store.outbox.retry(oldest.id) and store.outbox.retry(newest.id) and not store.outbox.retry(99)
    assert [d.external_id for d in claim(store.outbox, NOW)] == [first.external_id, second.external_id]


def test_a_retry_leaves_a_delivery_to_the_sender_that_has_it_now(store: Store):
    assert put(store.outbox, ANNA)
    (delivery,) = claim(store.outbox, NOW)
    (record,) = store.outbox.records()
    assert store.outbox.retry(record.id) and claim(store.outbox, NOW + MINUTE) == []
    store.outbox.mark_sent(delivery, NOW + MINUTE)
    assert claim(store.outbox, NOW + DAY) == []
    assert store.outbox.retry(record.id) and claim(store.outbox, NOW + DAY) == [delivery]


def test_a_delivery_that_is_given_back_is_free_and_untried(store: Store):
    assert put(store.outbox, ANNA)
    (delivery,) = claim(store.outbox, NOW)
    store.outbox.release(delivery)
    assert claim(store.outbox, NOW) == [ANNA]


def rewrite_stored(store: Store, rewrite: Rewrite) -> None:
    with store.database.writing("compose a mailing again") as connection:
        rewrite_mailing(connection, connection.execute(select(mailing)).one(), rewrite)


def test_a_claimed_delivery_is_sent_as_it_was_composed_last(store: Store):
    watch(store, MELIS)
    item, window = filed(store), Window(NOW, NOW + DAY)
    alerted = (AlertedName(item.id, MELIS.id),)
    two = [ROOT, replace(ANNA, external_id="<2.anna@ngo.example>")]
    store.outbox.put(window, lambda _: (Mailing(window, NOW, WORDS, alerted), two), "", MessageKind.ALERT)
    root, anna = claim(store.outbox, NOW)
    assert [store.outbox.refresh(delivery) for delivery in (root, anna)] == [root, anna]
    composed: list[tuple[DigestInput, str, MessageKind]] = []
    rewritten = Rendering("1 left", "Aida", "<p>Aida</p>")

    def rewrite(digest_input: DigestInput, audience: str, kind: MessageKind) -> Mailing:
        composed.append((digest_input, audience, kind))
        return Mailing(window, NOW + DAY, rewritten)

    rewrite_stored(store, rewrite)
    ((digest_input, audience, kind),) = composed  # once for all who get it
    assert ([story.id for story in digest_input.items], audience, kind) == ([item.id], "", "alert")
    # Its id and its date outside stay.
    assert [store.outbox.refresh(d) for d in (root, anna)] == [replace(d, rendering=rewritten) for d in (root, anna)]
    store.outbox.mark_sent(root, NOW)
    assert store.reading.digest_input(window).alerted == ()  # it told nobody of the name


def test_of_a_mailing_of_which_nothing_is_left_only_the_subject_stays(store: Store):
    put(store.outbox, ANNA)
    (anna,) = claim(store.outbox, NOW)
    rewrite_stored(store, lambda *_: None)
    assert store.outbox.refresh(anna).rendering == Rendering(WORDS.subject)
