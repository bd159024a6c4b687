"""Channels other than plain mail, against servers of our own: webhooks that fail, chats through apprise, encrypted mail."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pysequoia
import pytest
from pydantic import SecretStr

from kit.smtp_server import Mailbox
from messages.hooks import DROP, HANG, Receiver
from monitor.config import Settings
from monitor.errors import DeliveryError, InputError
from monitor.fetch.policy import FetchPolicy
from monitor.messages.channels import webhook
from monitor.messages.channels.notify import NotifyChannel
from monitor.messages.channels.openpgp import encrypted
from monitor.messages.channels.smtp import MailServer, SmtpChannel, build_message
from monitor.messages.channels.webhook import WebhookChannel, event_body, sign
from monitor.model import Delivery, MessageKind, Rendering

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
EVENT = Delivery("webhook", "", "msg_1", NOW, Rendering("1 urgent", '{"a": 1}'), kind=MessageKind.ALERT)
MAIL = Delivery(
    "mail",
    "anna@ngo.example",
    "<1.anna@ngo.example>",
    NOW,
    Rendering("[monitor] 1 new", "Мелис Токоев\n", "<p>Мелис</p>"),
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as new_receiver:
        yield new_receiver


def post(
    receiver: Receiver, *deliveries: Delivery, path: str = "/hook", seconds: float = 30
) -> list[DeliveryError | None]:
    policy = FetchPolicy(allow_hosts=frozenset({receiver.host}), host_gap=0, page_seconds=seconds)

    async def send() -> list[DeliveryError | None]:
        errors: list[DeliveryError | None] = []
        async with WebhookChannel(policy, b"a secret of the receiver") as channel:
            for delivery in deliveries:
                try:
                    await channel.send(replace(delivery, recipient=f"http://{receiver.host}{path}"))
                    errors.append(None)
                except DeliveryError as error:
                    errors.append(error)
        return errors

    return asyncio.run(send())


# ---- webhooks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_event_that_is_taken_is_sent_once(receiver: Receiver, status: int):
    receiver.answers = [status]
    assert post(receiver, EVENT) == [None]
    (event,) = receiver.received
    assert event.json == {
        "type": "alert",
        "timestamp": "2026-03-02T08:00:00Z",
        "id": "msg_1",
        "subject": "1 urgent",
        "data": {"a": 1},
    }


@pytest.mark.parametrize(
    ("answer", "words", "is_temporary"),
    [
        (500, "(status 500)", True),
        (429, "(status 429)", True),
        (401, "(status 401)", True),
        (301, "(status 301)", True),
        (410, "(status 410)", False),
        (HANG, "no complete answer within 0.3 seconds", True),
        (DROP, "did not take the event", True),
    ],
)
def test_an_event_that_is_not_taken_is_an_error_and_the_next_is_not_tried(
    receiver: Receiver, answer: int, words: str, is_temporary: bool
):
    receiver.answers = [answer]
    seconds = 0.3 if answer == HANG else 30
    first, second = post(receiver, EVENT, replace(EVENT, external_id="msg_2"), seconds=seconds)
    assert first and words in str(first) and str(first).startswith(receiver.host)
    assert first.is_temporary is is_temporary
    assert str(second) == str(first) and len(receiver.received) == 1


def test_nobody_listens_at_an_address(receiver: Receiver):
    with Receiver() as closed_receiver:
        pass
    (error,) = post(closed_receiver, EVENT)
    assert error and error.is_temporary


def test_a_redirect_is_not_followed(receiver: Receiver):
    receiver.answers = [302, 204]
    (error,) = post(receiver, EVENT)
    assert error and len(receiver.received) == 1


def test_a_private_address_is_refused_before_anything_is_sent(receiver: Receiver):
    async def send() -> None:
        async with WebhookChannel(FetchPolicy(host_gap=0), b"secret") as channel:
            await channel.send(replace(EVENT, recipient=f"http://{receiver.host}/hook"))

    with pytest.raises(DeliveryError) as raised:
        asyncio.run(send())
    assert not raised.value.is_temporary and receiver.received == []


def test_the_signature_is_over_id_time_and_body(receiver: Receiver):
    before = int(time.time())
    post(receiver, EVENT)
    (event,) = receiver.received
    stamp = int(event.headers["webhook-timestamp"])
    assert before <= stamp <= time.time()
    signed = b"msg_1.%d.%s" % (stamp, event.body)
    expected = base64.b64encode(hmac.digest(b"a secret of the receiver", signed, "sha256")).decode()
    assert event.headers["webhook-signature"] == f"v1,{expected}"
    assert sign(b"another", "msg_1", stamp, event.body)["webhook-signature"] != f"v1,{expected}"
    assert event_body(replace(EVENT, external_id="msg_2")) != event.body


def test_a_secret_in_base64_is_decoded_and_a_broken_one_refused(tmp_path):  # type: ignore[no-untyped-def]
    def channel(secret: str) -> WebhookChannel:
        return webhook.build(Settings(home=tmp_path, channel_secrets={"webhook_secret": SecretStr(secret)}))

    channel("whsec_" + base64.b64encode(b"0123456789abcdef").decode())
    with pytest.raises(InputError, match="not Base64"):
        channel("whsec_this is no Base64!")


# ---- apprise --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise
@pytest.mark.parametrize(("status", "is_taken"), [(200, True), (500, False)])
def test_a_chat_gets_the_text_with_an_id_or_it_is_an_error(receiver: Receiver, status: int, is_taken: bool):
    receiver.answers = [status]
    channel = NotifyChannel(f"team=json://{receiver.host}/chat room=json://127.0.0.1:9/")
    delivery = Delivery("notify", "team", "20260302T080000.ab12", NOW, Rendering("1 urgent story", "Outlets: post.\n"))
    try:
        asyncio.run(channel.send(delivery))
        assert is_taken
    except DeliveryError as error:
        assert not is_taken and "team did not take the message" in str(error)
    message = receiver.received[0].json
    assert message["title"] == "1 urgent story"
    assert message["message"].split() == ["Outlets:", "post.", "20260302T080000.ab12"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("<!channel> @Everyone", "‹!channel› @\u2060Everyone"),
        ("<https://evil.example/a|The queue>", "‹https://evil.example/a%7CThe queue›"),
        ("[The queue](https://evil.example/@here)", "(The queue)(https://evil.example/%40here)"),
        ("|| hides what ~~ follows ```", "¦¦ hides what ∼∼ follows '''"),
        ("a_b at https://kloop.kg/@aida/a_b?c=(d)*", "a_b at https://kloop.kg/@aida/a_b?c=(d)*"),
    ],
)
def test_no_headline_is_markup_of_a_chat(receiver: Receiver, headline: str, shown: str):
    delivery = Delivery("notify", "team", "20260302T080000.ab12", NOW, Rendering("1 urgent story", f"{headline}\n"))
    asyncio.run(NotifyChannel(f"team=json://{receiver.host}/chat").send(delivery))
    assert receiver.received[0].json["message"].split("\n")[0].strip() == shown


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("address", ["json://{}/chat", "json://{}/chat?format=text"])
def test_a_message_that_is_too_long_for_a_chat_comes_whole_in_parts(receiver: Receiver, address: str):
    lines = [f"Outlet {number}: Headline number {number}" for number in range(2000)]
    long = Delivery("notify", "team", "20260302T080000.ab12", NOW, Rendering("40 urgent stories", "\n".join(lines)))
    asyncio.run(NotifyChannel(f"team={address.format(receiver.host)}").send(long))
    parts = [event.json["message"] for event in receiver.received]
    assert len(parts) > 1 and max(map(len, parts)) <= 32_768
    assert " ".join(parts).split() == [*" ".join(lines).split(), "20260302T080000.ab12"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("urls", ["team", "team=", "team=nothing://secret-token", "json://host/without-a-name"])
def test_an_address_that_apprise_does_not_know_is_told_without_its_token(urls: str):
    with pytest.raises(InputError, match="MONITOR_NOTIFY_URLS") as raised:
        NotifyChannel(urls)
    assert "secret-token" not in str(raised.value)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_recipient_without_an_address_is_an_error_that_can_be_mended():
    with pytest.raises(DeliveryError, match="has no address named other") as raised:
        asyncio.run(NotifyChannel("team=json://127.0.0.1:9/").send(replace(EVENT, recipient="other")))
    assert raised.value.is_temporary


def test_secrets_are_shown_by_no_setting(tmp_path):  # type: ignore[no-untyped-def]
    secrets = {"webhook_secret": SecretStr("x" * 20), "notify_urls": SecretStr("a=tgram://TOKEN/1")}
    settings = Settings(home=tmp_path, channel_secrets=secrets)
    shown = {name: value for name, value, _ in settings.describe()}
    assert shown["MONITOR_WEBHOOK_SECRET"] == shown["MONITOR_NOTIFY_URLS"] == "***"
    assert "TOKEN" not in repr(settings)


# ---- OpenPGP --------------------------------------------------------------------------------------------------------


def test_encrypted_mail_holds_nothing_but_its_headers_in_the_clear_and_opens_with_the_key():
    key = pysequoia.Tsk.generate("Anna <anna@ngo.example>")
    mail = encrypted(build_message(MAIL, "monitor@ngo.example"), str(key.extract_certificate()), datetime.now(UTC))
    raw = bytes(mail)
    assert "Мелис".encode() not in raw and base64.b64encode("Мелис Токоев".encode()) not in raw
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed["Message-ID"] == MAIL.external_id and parsed["Subject"] == "[monitor] 1 new"
    assert parsed.get_content_type() == "multipart/encrypted"
    version, payload = parsed.iter_parts()
    assert version.get_content_type() == "application/pgp-encrypted"
    opened = pysequoia.decrypt(payload.get_payload(decode=True), decryptor=key.decryptor())
    inner = message_from_bytes(bytes(opened.bytes), policy=policy.default)
    body = inner.get_body(("plain",))  # type: ignore[attr-defined]
    assert body.get_content().strip() == "Мелис Токоев"


def test_encrypted_mail_goes_over_a_mail_server():
    key = pysequoia.Tsk.generate("Anna <anna@ngo.example>")
    with Mailbox() as mailbox:

        async def send(certificate: str) -> None:
            async with SmtpChannel(MailServer.from_url(mailbox.url)) as channel:
                await channel.send(replace(MAIL, certificate=certificate))

        asyncio.run(send(str(key.extract_certificate())))
        (received,) = mailbox.received
        assert b"BEGIN PGP MESSAGE" in received.raw and "Токоев".encode() not in received.raw
        with pytest.raises(DeliveryError, match="nothing can be encrypted"):
            asyncio.run(send("no certificate"))
        assert len(mailbox.received) == 1  # never in the clear
