"""No channel's bytes hold anything of a name that their recipient may not see: every kind of message, real servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from kit.digests import BISHKEK, WINDOW, arrest, feeds
from kit.home import Clock
from kit.hooks import Receiver
from kit.smtp_server import Mailbox
from monitor.app.messages.publisher import Publisher
from monitor.config import Settings
from monitor.model import (
    AlertedName,
    Change,
    Confidence,
    Decision,
    Delivery,
    DigestInput,
    Entity,
    EntityType,
    Finding,
    ItemHit,
    ListChange,
    Mailing,
    MessageKind,
    OpenFacts,
    ReviewItem,
    State,
    Verdict,
)
from monitor.pipeline import send_deliveries, store_mailing

HIDDEN = "qqsecretname"  # its id, label, alias, reason, words and sentence
NOW = WINDOW.until
KINDS = (MessageKind.DIGEST, MessageKind.ALERT, MessageKind.REPORT)
LINES = {
    "mail": "to: anna@ngo.example",
    "encrypted mail": "to: anna@ngo.example, key: anna.asc",
    "webhook": "to: 'http://{hooks}/hook', channel: webhook",
    "notify": "to: team, channel: notify",
    "settings": "",
}


@dataclass
class Outbox:
    """One delivery, in memory."""

    deliveries: Sequence[Delivery] = ()

    def put(self, window: Any, compose: Any, *_: object) -> bool:
        self.deliveries = compose(None)[1]
        return True

    def claim(self, channel: str, *_: object) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.channel == channel]

    def refresh(self, delivery: Delivery, _: object) -> Delivery:
        return delivery

    def mark_sent(self, *_: object) -> None: ...

    def mark_failed(self, _: Delivery, at: datetime, detail: str, **__: object) -> None:
        assert "may not be sent" in detail  # nothing else goes wrong here


@dataclass
class Room:
    """Servers of every channel, and a home that sends to them."""

    folder: Path
    mailbox: Mailbox
    hooks: Receiver
    key: Any

    def publisher(self, line: str, language: str) -> Publisher:
        text = f"recipients:\n  - {{{line}}}\n" if line else ""
        (self.folder / "recipients.yaml").write_text(text, "utf-8")
        home = Settings(
            home=self.folder,
            smtp_url=self.mailbox.url,
            digest_to=("office@ngo.example",),
            digest_sensitive_to=("root@ngo.example",),
            channel_secrets={
                "webhook_secret": SecretStr("a secret of the receiver"),
                "notify_urls": SecretStr(f"team=json://{self.hooks.host}/chat"),
            },
            allow_hosts=frozenset({self.hooks.host}),
            host_gap=0,
            timezone=BISHKEK,
            base_url="https://desk.example",
            language=language,
        )
        watched = [Entity(HIDDEN, HIDDEN, urgent=True), Entity("melis-tokoev", "Melis Tokoev", urgent=True)]
        lists = SimpleNamespace(
            local_names=lambda _: {HIDDEN: f"{HIDDEN} in the reader's language"},
            current=lambda: SimpleNamespace(watched_on=lambda _: watched),
        )
        return Publisher(home, SimpleNamespace(watchlists=lists), Clock(NOW))  # type: ignore[arg-type]

    def send(self, publisher: Publisher, mailing: Mailing, kind: MessageKind, to: str) -> dict[str, list[str]]:
        """Send a mailing as the program does; return every text that each address got, encrypted ones opened."""
        outbox, audience = Outbox(), "" if to == "settings" else publisher.recipients[-1].audience
        recipients = [recipient for recipient in publisher.recipients if recipient.audience == audience]
        channels: Any = publisher.channels
        store_mailing(
            WINDOW,
            lambda _: mailing,
            recipients,
            channels=channels,
            outbox=outbox,
            audience=audience,
            kind=kind,  # type: ignore[arg-type]
        )
        self.mailbox.received.clear()
        self.hooks.received.clear()
        sending = send_deliveries(
            recipients,
            channels=channels,
            outbox=outbox,
            rewrite=publisher.rewrite,
            clock=lambda: NOW,  # type: ignore[arg-type]
        )
        asyncio.run(sending)
        texts: dict[str, list[str]] = {}
        for mail in self.mailbox.received:
            texts.setdefault(mail.to, []).extend(self.opened(mail.mail))
        for event in self.hooks.received:
            texts.setdefault("hook", []).extend(
                [event.path, json.dumps(event.headers), json.dumps(event.json, ensure_ascii=False)]
            )
        return texts

    def opened(self, mail: Message | EmailMessage) -> Iterator[str]:
        yield from (f"{name}: {value}" for name, value in mail.items())
        if mail.get_content_type() == "multipart/encrypted":
            _, payload = mail.get_payload()  # type: ignore[misc]
            opened = pysequoia.decrypt(payload.get_payload(decode=True), decryptor=self.key.decryptor())  # type: ignore[union-attr]
            yield from self.opened(message_from_bytes(bytes(opened.bytes), policy=policy.default))
        else:
            yield from (str(part.get_content()) for part in mail.walk() if not part.is_multipart())  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder, key = tmp_path_factory.mktemp("home"), pysequoia.Tsk.generate("Anna <anna@ngo.example>")
    (folder / "anna.asc").write_text(str(key.extract_certificate()), "ascii")
    with Mailbox() as mailbox, Receiver() as hooks:
        yield Room(folder, mailbox, hooks, key)


def story_with_hidden(*, is_alone: bool, confidence: Confidence, kind: EntityType, state: State) -> ReviewItem:
    """Return the story of the arrest with one more name, whose every stored text is `HIDDEN`."""
    item = arrest()
    mentions = tuple(
        replace(
            m,
            sentence=f"{HIDDEN} said so.",
            mention=replace(m.mention, entity=HIDDEN, alias=HIDDEN, text=HIDDEN, why=(HIDDEN,), confidence=confidence),
        )
        for m in item.hits[0].mentions
    )
    hidden = ItemHit(HIDDEN, HIDDEN, kind, confidence, alerts=True, mentions=mentions, why=HIDDEN)
    findings = tuple(
        Finding(change, HIDDEN, f"{HIDDEN} before", HIDDEN, item.lead.id, 2, WINDOW.since)
        for change in (Change.NAME_REMOVED, Change.HEADLINE)
    )
    decision = Decision(7, 1, WINDOW.since, "Aida", Verdict.RELEVANT, HIDDEN, note=f"{HIDDEN} is another")
    return replace(
        item,
        articles=tuple(replace(a, findings=findings) if a == item.lead else a for a in item.articles),
        hits=(hidden,) if is_alone else (*item.hits, hidden),
        history=(decision,),
        state=state,
        reopened=f"{HIDDEN} is new",
        reopened_at=WINDOW.since,
    )


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise
@given(
    to=st.sampled_from(sorted(LINES)),
    kind=st.sampled_from(KINDS),
    names=st.sampled_from(["", "names: [melis-tokoev]", f"names: [{HIDDEN}]", "names: [nobody]"]),
    limits=st.sampled_from(["", "outlets: ['Ак-Булак']", "outlets: [nowhere]", "countries: [KG]"]),
    options=st.sampled_from(["sensitive: true", "sensitive: false"]),
    shows_names=st.sampled_from(["show_names: true", "show_names: false", ""]),
    language=st.sampled_from(["en", "ru", "ky"]),
    is_sensitive=st.booleans(),
    is_alone=st.booleans(),
    confidence=st.sampled_from(Confidence),
    entity_type=st.sampled_from(EntityType),
    state=st.sampled_from([State.OPEN, State.FOLLOW_UP]),
)
def test_no_channel_sends_a_byte_of_a_name_that_its_recipient_may_not_see(
    room: Room, to, kind, names, limits, options, shows_names, language, is_sensitive, is_alone, confidence,
    entity_type, state,
):  # fmt: skip
    line = LINES[to].format(hooks=room.hooks.host)
    if line:
        parts = (line, "at_once: true", f"language: {language}", names, limits, options, shows_names)
        line = ", ".join(filter(None, parts))
    publisher = room.publisher(line, language)
    assert publisher.problems() == []
    story = story_with_hidden(is_alone=is_alone, confidence=confidence, kind=entity_type, state=state)
    whole = DigestInput(
        WINDOW,
        (story,),
        waiting=9,
        feeds=feeds(1),
        counted={HIDDEN: 3},
        watchlist_changes=(ListChange((HIDDEN,), source="desk", author="Aida"),),
        alerted=(AlertedName(story.id, HIDDEN, "mail:root", WINDOW.since),),
        open_facts=OpenFacts(frozenset({HIDDEN}) if is_sensitive else frozenset()),
    )
    recipient = publisher.recipients[-1]
    mailing = publisher.rewrite(whole, "" if to == "settings" else recipient.audience, kind)
    # An alert of which nothing is left is none.
    for address, texts in room.send(publisher, mailing, kind, to).items() if mailing else ():
        is_full = address == "root@ngo.example" if to == "settings" else recipient.full
        is_hidden = (is_sensitive and not is_full) or (bool(line) and bool(names) and HIDDEN not in names)
        if is_hidden or (line and not recipient.shows_names):
            assert HIDDEN not in "\n".join(texts).lower()
        elif not limits and kind is MessageKind.DIGEST:
            assert HIDDEN in "\n".join(texts).lower()  # else this test could not fail
