"""Publishing: what is stored goes out over its channel to those who may have it now, and nothing holds up the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

import pytest

from kit.store import NOW
from monitor.errors import ChannelBug, DeliveryError, StoreError
from monitor.messages.outbox import LEASE, SEND_SECONDS, SendReport, send_deliveries, store_mailing
from monitor.model import Code, Delivery, DigestInput, Mailing, Recipient, Rendering, Scope, Window, code_of
from monitor.store import Store

WINDOW = Window(NOW - timedelta(days=1), NOW)
WORDS = Rendering("1 new", "Melis", "<p>Melis</p>")
ANNA, BEK, ROOT = Recipient("post", "anna"), Recipient("post", "bek"), Recipient("post", "root")
ROOM = Recipient("chat", "anna")
HOURS = 7_200.0  # in seconds


class Post:
    """A channel that keeps what it is given. It hangs for some recipients, and refuses others."""

    endpoint, contact = "post.example", ""

    def __init__(
        self,
        hangs_for: str = "",
        refuses: str = "",
        seconds: float = 0,
        breaks_for: str = "",
        opening: Callable[[], object] = str,
        closing: Callable[[], object] = str,
    ) -> None:
        self.hangs_for, self.refuses, self.seconds, self.breaks_for = hangs_for, refuses, seconds, breaks_for
        self.opening, self.closing = opening, closing
        self.received: list[tuple[str, str, str]] = []

    def external_id(self, name: str) -> str:
        return f"{name}@post"

    async def check(self) -> str:
        return "it is there"

    async def send(self, delivery: Delivery) -> None:
        await asyncio.sleep(HOURS if delivery.recipient == self.hangs_for else self.seconds)
        if delivery.recipient == self.refuses:
            raise DeliveryError("nobody lives there", is_temporary=False, code=Code.RECIPIENT_REFUSED)
        if delivery.recipient == self.breaks_for:
            raise KeyError("Aida")
        self.received.append((delivery.recipient, delivery.rendering.text, delivery.external_id))

    async def __aenter__(self) -> Self:
        if isinstance(step := self.opening(), Awaitable):
            await step
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing()


def render(digest_input: DigestInput) -> Mailing:
    return Mailing(digest_input.window, NOW, WORDS)


def put(store: Store, *recipients: Recipient) -> bool:
    channels = {"post": Post(), "chat": Post()}
    return store_mailing(WINDOW, render, recipients, channels=channels, outbox=store.outbox)


class SimulatedTime(asyncio.SelectorEventLoop):
    """A loop that waits for nothing: while all tasks sleep, its clock moves on to the first that wakes."""

    def __init__(self) -> None:
        super().__init__()
        self.now, wait = 0.0, self._selector.select

        def move_on(timeout: float | None = None) -> list[object]:
            self.now += (timeout or 0) * 1.001  # as a real one, a little late
            return wait(0)

        self._selector.select = move_on

    def time(self) -> float:
        return self.now


def send(store: Store, *recipients: Recipient, **channels: Post) -> SendReport:
    with asyncio.Runner(loop_factory=SimulatedTime) as runner:
        return runner.run(
            send_deliveries(
                recipients,
                channels=channels,
                outbox=store.outbox,
                clock=lambda: NOW,
            )
        )


def test_each_recipient_gets_the_mailing_once_over_its_channel(store: Store):
    assert put(store, ANNA, ROOT, ROOM) and not put(store, BEK)
    post, chat = Post(), Post()
    assert send(store, ANNA, ROOT, ROOM, post=post, chat=chat).sent == 3
    assert send(store, ANNA, ROOT, ROOM, post=post, chat=chat) == SendReport()
    assert [message[:2] for message in post.received] == [("anna", "Melis"), ("root", "Melis")]
    assert [message[:2] for message in chat.received] == [("anna", "Melis")]


def test_an_id_outside_depends_on_window_and_recipient_only(store: Store):
    assert put(store, ANNA, BEK)
    first, second = (delivery.external_id for delivery in store.outbox.claim("post", NOW, NOW + LEASE))
    assert (first, second) == ("20260302T080000.b9a8f1f29aa6ed14@post", "20260302T080000.15682a6a06758bca@post")


def test_a_message_of_another_watch_has_an_id_that_says_so(store: Store):
    put(store, ANNA)
    assert store_mailing(
        WINDOW, render, [ANNA], channels={"post": Post()}, outbox=store.outbox, audience="c", watch="closed"
    )
    open_id, closed_id = (d.external_id for d in store.outbox.claim("post", NOW, NOW + LEASE))
    assert closed_id == f"closed.{open_id}"


def test_an_address_has_another_id_with_a_line_of_its_own(store: Store):
    listed = replace(ANNA, audience="post:anna")
    channels = {"post": Post()}
    assert put(store, ANNA)
    assert store_mailing(WINDOW, render, [listed], channels=channels, outbox=store.outbox, audience="post:anna")
    assert len({delivery.external_id for delivery in store.outbox.claim("post", NOW, NOW + LEASE)}) == 2


@pytest.mark.parametrize(
    ("recipients", "received"),
    [
        ((ANNA, ROOT), [("anna", "Melis"), ("root", "Melis")]),
        ((ANNA,), [("anna", "Melis")]),
        ((Recipient("chat", "root"), ANNA), [("anna", "Melis")]),
        ((), []),
    ],
    ids=["as stored", "one left", "another channel", "nobody left"],
)
def test_what_waits_goes_to_those_who_may_have_it_now(
    store: Store, recipients: tuple[Recipient, ...], received: list[tuple[str, str]]
):
    assert put(store, ANNA, ROOT)
    post = Post()
    assert send(store, *recipients, post=post).failures == ()
    assert [message[:2] for message in post.received] == received
    assert send(store, ANNA, ROOT, post=post) == SendReport()  # who was no recipient then gets it no more


MELIS, AIDA = Scope(names=("melis",)), Scope(names=("aida",))
BOTH, SAME = Scope(names=("melis", "aida")), Scope(names=("aida", "melis"))


@pytest.mark.parametrize(
    ("stored", "current", "is_sent"),
    [
        (ANNA, replace(ANNA, scope=MELIS), False),
        (ANNA, replace(ANNA, scope=MELIS, audience="post:anna"), False),
        (ANNA, replace(ANNA, shows_names=False), False),
        (replace(ANNA, scope=BOTH), replace(ANNA, scope=AIDA), False),
        (replace(ANNA, scope=MELIS), replace(ANNA, scope=Scope(names=("melis",), outlets=("Kloop",))), False),
        (replace(ANNA, scope=BOTH), replace(ANNA, scope=SAME), True),
        (replace(ANNA, scope=MELIS), ANNA, True),
        (ANNA, replace(ANNA, audience="post:anna"), True),
        (replace(ANNA, shows_names=False), ANNA, True),
    ],
    ids=["names", "own line", "no names", "fewer", "outlets", "other order", "all names", "plain line", "with names"],
)
def test_what_waits_does_not_reach_a_recipient_who_was_narrowed_meanwhile(
    store: Store, stored: Recipient, current: Recipient, is_sent: bool
):
    assert put(store, stored, BEK)
    post = Post()
    report = send(store, current, BEK, post=post)
    assert [message[0] for message in post.received] == [*(["anna"] if is_sent else []), "bek"]
    reasons = [] if is_sent else ["may not be sent there any more"]
    assert [str(error) for _, error in report.failures] == reasons
    assert send(store, current, BEK, post=post) == SendReport()


@pytest.mark.soak
def test_a_delivery_that_hangs_is_given_up_and_the_other_channel_goes_on(store: Store):
    assert put(store, ANNA, BEK, ROOM)
    post, chat = Post(hangs_for="anna"), Post()
    report = send(store, ANNA, BEK, ROOM, post=post, chat=chat)
    assert [(delivery.recipient, str(error)) for delivery, error in report.failures] == [
        ("anna", "post.example takes too long")
    ]
    assert post.received == [] and len(chat.received) == 1  # Bek's turn comes with the next run
    lease_end = NOW + LEASE
    waiting = store.outbox.claim("post", lease_end, lease_end + LEASE)
    assert [(delivery.recipient, delivery.tries) for delivery in waiting] == [("anna", 1), ("bek", 0)]


def test_a_bug_in_a_channel_costs_one_try_of_one_delivery(store: Store):
    assert put(store, ANNA, BEK, ROOM)
    post, chat = Post(breaks_for="anna"), Post()
    report = send(store, ANNA, BEK, ROOM, post=post, chat=chat)
    ((delivery, error),) = report.failures
    assert (report.sent, delivery.recipient, error.is_temporary) == (2, "anna", True)
    assert "KeyError" in str(error) and "Aida" not in str(error)
    (waiting,) = store.outbox.records(unsent=True)
    assert (waiting.tries, waiting.refused) == (1, None) and waiting.due and waiting.due > NOW


def test_a_channel_that_hangs_holds_up_no_other(store: Store):
    assert put(store, ANNA, ROOM)
    post, chat = Post(hangs_for="anna"), Post()

    async def send_and_count() -> list[int]:
        sending = asyncio.create_task(
            send_deliveries(
                [ANNA, ROOM],
                channels={"post": post, "chat": chat},
                outbox=store.outbox,
                clock=lambda: NOW,
            )
        )
        while not chat.received:
            await asyncio.sleep(0)
        sending.cancel()
        return [len(post.received), len(chat.received)]

    assert asyncio.run(send_and_count()) == [0, 1]


def fail() -> None:
    raise KeyError("Aida")


def lock_out() -> None:
    raise DeliveryError("locked out", is_temporary=False)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("opening", "words", "is_temporary"),
    [
        (fail, "an error in monitor itself (KeyError)", True),
        (lambda: asyncio.sleep(HOURS), "post.example takes too long", True),
        (lock_out, "locked out", False),
    ],
    ids=["a bug", "it hangs", "it is refused"],
)
def test_a_channel_that_does_not_open_costs_the_others_nothing_and_is_told(
    store: Store, opening: Callable[[], object], words: str, is_temporary: bool
):
    assert put(store, ANNA, BEK, ROOM)
    post, chat = Post(opening=opening), Post()
    report = send(store, ANNA, BEK, ROOM, post=post, chat=chat)
    assert (report.sent, post.received, len(chat.received)) == (1, [], 1)
    assert [delivery.recipient for delivery, _ in report.failures] == ["anna", "bek"]
    assert all(str(error).startswith(words) and "Aida" not in str(error) for _, error in report.failures)
    waiting = store.outbox.records(unsent=True)
    assert [(record.tries, bool(record.due), bool(record.refused)) for record in waiting] == [
        (1, is_temporary, not is_temporary)
    ] * 2


def test_a_bug_while_a_channel_closes_is_told_and_nothing_is_sent_again(store: Store):
    assert put(store, ANNA, BEK, ROOM)
    post, chat = Post(closing=fail), Post()
    report = send(store, ANNA, BEK, ROOM, post=post, chat=chat)
    assert (report.sent, len(post.received), len(chat.received)) == (3, 2, 1)
    ((_, error),) = report.failures
    assert isinstance(error, ChannelBug) and isinstance(error.bug, KeyError)
    assert send(store, ANNA, BEK, ROOM, post=Post(), chat=Post()) == SendReport()


def test_a_message_that_cannot_be_read_holds_up_no_other(store: Store, monkeypatch: pytest.MonkeyPatch):
    assert put(store, ANNA, BEK)

    def refresh(_: object, delivery: Delivery) -> Delivery:
        if delivery.recipient == "anna":
            raise KeyError("Aida")
        return delivery

    monkeypatch.setattr(type(store.outbox), "refresh", refresh)
    post = Post()
    report = send(store, ANNA, BEK, post=post)
    ((delivery, error),) = report.failures
    assert (report.sent, delivery.recipient, error.is_temporary) == (1, "anna", True) and "Aida" not in str(error)


def test_an_error_of_the_store_beside_a_delivery_closes_the_channel_and_goes_on_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    assert put(store, ANNA)
    closed: list[bool] = []
    post = Post(closing=lambda: closed.append(True))

    def lose(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(store.outbox), "mark_sent", lose)
    with pytest.raises(StoreError):
        send(store, ANNA, post=post)
    assert closed == [True]


def test_a_refused_recipient_is_not_tried_again_and_the_next_one_gets_it(store: Store):
    assert put(store, ANNA, BEK)
    post = Post(refuses="anna")
    report = send(store, ANNA, BEK, post=post)
    assert report.sent == 1 and [str(error) for _, error in report.failures] == ["nobody lives there"]
    (refused,) = store.outbox.records(unsent=True)
    assert (refused.detail, code_of(refused.detail)) == ("nobody lives there", Code.RECIPIENT_REFUSED)
    assert send(store, ANNA, BEK, post=Post()) == SendReport()


def test_what_goes_over_a_channel_that_is_not_set_up_waits_for_it(store: Store):
    assert put(store, ANNA, ROOM)
    assert send(store, ANNA, post=Post()).sent == 1
    chat = Post()
    assert send(store, ANNA, ROOM, post=Post(), chat=chat).sent == 1
    assert [message[0] for message in chat.received] == ["anna"]


@pytest.mark.parametrize(("seconds", "sent"), [(SEND_SECONDS / 2 + 1, 1), (SEND_SECONDS / 2 - 1, 2)])
def test_the_time_to_connect_counts_for_the_deadline_before_which_a_delivery_must_begin(
    store: Store, seconds: float, sent: int
):
    put(store, ANNA, BEK)
    post = Post(seconds=seconds, opening=lambda: asyncio.sleep(SEND_SECONDS / 2))
    assert send(store, ANNA, BEK, post=post).sent == sent  # claims are for two deliveries' time
