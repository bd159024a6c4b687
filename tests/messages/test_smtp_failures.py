"""A mail that its server refuses, and a server that is away: told, and tried again where that helps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import aiosmtplib
import pytest

from messages.mail_servers import DELIVERY, SENDER, failure, lines, scripted, send, smtp
from monitor.config import Settings
from monitor.messages.channels.smtp import MailServer, Security, SmtpChannel, build
from monitor.messages.channels.smtp_errors import delivery_error
from monitor.model import Code

# ---- refused --------------------------------------------------------------------------------------------------------

SECOND = replace(DELIVERY, recipient="second@ngo.example", external_id="<second@ngo.example>")
ME = DELIVERY.recipient


@pytest.mark.parametrize(
    ("step", "answer", "passing", "reason"),
    [
        (ME, "550 5.1.1 <desk@ngo.example>: no such user", False, "refused this recipient (550 5.1.1)"),
        (ME, "550 no such user", False, "refused this recipient (550)"),
        (ME, "553 5.1.3 bad address syntax", False, "refused this recipient (553 5.1.3)"),
        (ME, "450 4.2.0 greylisted", True, "refused this recipient (450 4.2.0)"),
        (ME, "451 try again later", True, "refused this recipient (451)"),
        (ME, "452 4.2.2 mailbox full", True, "refused this recipient (452 4.2.2)"),
        (ME, "554 5.7.1 <desk@ngo.example>: Relay access denied", True, "that our login may send there"),
        (ME, "550 relay not permitted", True, "that our login may send there"),
        (ME, "530 5.7.0 Authentication required", True, "refused this recipient (530 5.7.0)"),
        ("DATA", "554 5.6.0 Сводка is spam", False, "refused this mail (554 5.6.0)"),
        ("DATA", "552 message too big", False, "refused this mail (552)"),
        ("DATA", "451 4.3.0 disk full", True, "refused this mail (451 4.3.0)"),
        ("DATA", "421 4.3.2 closing", True, "refused this mail (421 4.3.2)"),
        ("MAIL", "553 5.7.1 sender not owned by user robot", True, "?from="),
        ("MAIL", "552 5.3.4 too large", False, "(552 5.3.4)"),
        ("MAIL", "452 4.3.1 out of storage", True, "refused our address (452 4.3.1)"),
        ("MAIL", "421 4.7.0 too many connections", True, "refused our address (421 4.7.0)"),
    ],
)
async def test_a_refusal_is_for_good_only_if_it_is_about_this_recipient_or_mail(
    step: str, answer: str, passing: bool, reason: str
) -> None:
    async with smtp(enable_SMTPUTF8=True) as server, SmtpChannel(server.at(), timeout=30) as post:
        server.refuse[step] = [answer]
        error = await failure(post.send(DELIVERY), passing=passing)
        assert f"127.0.0.1:{server.port} " in error and reason in error
        await post.send(SECOND)
        notes = [[ME]] if step == "DATA" and not passing else []
        assert [recipients for _, recipients, _ in server.mails] == [*notes, ["second@ngo.example"]]
        # After 421 to a command the server is to be left alone (RFC 5321, 3.8).
        assert server.connections == (2 if step == "MAIL" and answer.startswith("421") else 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (aiosmtplib.SMTPRecipientRefused(550, "5.1.1 no such user", ME), Code.RECIPIENT_REFUSED),
        (aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(451, "later", ME)]), Code.RECIPIENT_REFUSED),
        (aiosmtplib.SMTPDataError(554, "spam"), Code.MAIL_REFUSED),
        (aiosmtplib.SMTPSenderRefused(550, "this recipient", ME), ""),
        (aiosmtplib.SMTPAuthenticationError(535, "refused this mail"), ""),
        (TimeoutError(), ""),
    ],
)
def test_a_refusal_has_the_code_of_what_was_refused(error: Exception, code: str) -> None:
    assert delivery_error("mx.example:25", error).code == code


@pytest.mark.parametrize(("language", "words"), [("en", "Look into the queue."), ("ru", "Посмотрите очередь.")])
async def test_whose_message_a_filter_refuses_is_told_so_without_a_word_of_it(
    language: str, words: str, tmp_path: Path
) -> None:
    async with smtp() as server:
        server.refuse["DATA"] = ["554 5.7.1 spam"]
        url, desk = f"smtp://127.0.0.1:{server.port}?tls=none", "https://desk.example"
        async with build(Settings(home=tmp_path, smtp_url=url, language=language, base_url=desk)) as post:
            await failure(post.send(DELIVERY), passing=False)
        note = server.only_mail()
        assert note["Subject"] == DELIVERY.rendering.subject and note["Message-ID"] == DELIVERY.external_id
        (text,) = note.iter_parts()
        assert words in lines(text)[0] and lines(text)[1:] == ["", desk]
        assert not [word for word in ("Сводка", "ЗОЯ", "точно") if word in text.get_content()]


async def test_a_note_that_is_refused_too_changes_nothing() -> None:
    async with smtp() as server, SmtpChannel(server.at()) as post:
        server.refuse["DATA"] = ["554 5.7.1 spam", "554 5.7.1 spam"]
        assert "refused this mail (554 5.7.1)" in await failure(post.send(DELIVERY), passing=False)
        await post.send(SECOND)
        assert [recipients for _, recipients, _ in server.mails] == [["second@ngo.example"]]


async def test_a_recipient_outside_ascii_is_refused_for_good_where_the_server_cannot_take_it() -> None:
    delivery = replace(DELIVERY, recipient="бюро@ngo.example")
    async with smtp() as server, SmtpChannel(server.at()) as post:
        error = await failure(post.send(delivery), passing=False)
        assert "not plain ASCII" in error and "бюро" not in error
        await post.send(DELIVERY)
        assert len(server.mails) == 1
    assert server.connections == 1


async def test_a_recipient_outside_ascii_gets_its_mail_where_the_server_can() -> None:
    async with smtp(enable_SMTPUTF8=True) as server:
        await send(server.at(), replace(DELIVERY, recipient="бюро@ngo.example"))
        ((_, recipients, _),) = server.mails
        assert recipients == ["бюро@ngo.example"]
        assert "SMTPUTF8" in server.options[0]


async def test_a_recipient_that_is_no_address_is_refused_before_anybody_is_called() -> None:
    async with smtp() as server:
        await failure(send(server.at(), replace(DELIVERY, recipient="a@b\r\nRCPT TO:<eve@c>")), passing=False)
    assert server.connections == 0


# ---- outages --------------------------------------------------------------------------------------------------------


async def test_where_nobody_listens_it_is_said_at_once() -> None:
    async with smtp() as server:
        pass
    error = await failure(send(server.at(), DELIVERY), passing=True)
    assert error == f"127.0.0.1:{server.port} cannot be reached; check host, port and network"


async def test_a_host_that_does_not_exist_is_passing() -> None:
    server = MailServer("mail.invalid", 25, SENDER, Security.NONE)
    assert "mail.invalid:25 cannot be reached" in await failure(send(server, DELIVERY), passing=True)


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (b"220 mail.test\r\n",),
        (b"220 mail.test\r\n", b"250-mail.test\r\n"),
        (b"220 mail.test\r\n", b"250 mail.test\r\n"),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n"),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n", b"250 ok\r\n"),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"),
    ],
    ids=["greeting", "EHLO", "middle of EHLO", "MAIL", "RCPT", "DATA", "after the mail"],
)
async def test_a_server_that_falls_silent_is_left_after_a_while(answers: Sequence[bytes]) -> None:
    async with scripted(*answers) as server:
        start = monotonic()
        error = await failure(send(server.at(), DELIVERY, timeout=0.1), passing=True)
        assert monotonic() - start < 20
    assert f"127.0.0.1:{server.port} did not answer in time" in error


async def test_a_server_that_is_silent_where_tls_should_begin_is_left_after_a_while() -> None:
    async with scripted() as server:
        error = await failure(send(server.at(Security.TLS), DELIVERY, timeout=0.1), passing=True)
    assert "did not answer in time" in error


async def test_a_dead_server_is_waited_for_once_however_many_mails_there_are() -> None:
    async with scripted() as server, SmtpChannel(server.at(), timeout=0.1) as post:
        for _ in range(20):
            await failure(post.send(DELIVERY), passing=True)
        assert server.connections == 1


@pytest.mark.parametrize(
    "answers",
    [
        (None,),
        (b"220 mail.test\r\n", None),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", None),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n", b"250 ok\r\n", None),
        (b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", None),
    ],
    ids=["greeting", "EHLO", "MAIL", "DATA", "in the middle of the mail"],
)
async def test_a_server_that_hangs_up_is_tried_again_another_time(answers: Sequence[bytes | None]) -> None:
    async with scripted(*answers) as server:
        error = await failure(send(server.at(), DELIVERY, timeout=30), passing=True)
    assert f"127.0.0.1:{server.port} hung up" in error


async def test_after_a_lost_connection_the_next_mail_opens_another() -> None:
    async with smtp() as server, SmtpChannel(server.at()) as post:
        server.refuse["DATA"] = ["hang up"]
        assert "hung up" in await failure(post.send(DELIVERY), passing=True)
        await post.send(DELIVERY)
        assert len(server.mails) == 1
        assert server.connections == 2


async def test_a_server_that_lets_nobody_in_now_is_passing() -> None:
    async with scripted(b"554 5.3.2 no\r\n") as server:
        assert "will not talk to us now (554 5.3.2)" in await failure(send(server.at(), DELIVERY), passing=True)


async def test_something_that_is_no_mail_server_is_told() -> None:
    async with scripted(b"SSH-2.0-OpenSSH_9.6\r\n") as server:
        assert "no answer in SMTP" in await failure(send(server.at(), DELIVERY, timeout=30), passing=True)


async def test_an_interrupted_mail_leaves_no_response_for_the_next_one() -> None:
    async with (
        scripted(b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n") as server,
        SmtpChannel(server.at()) as post,
    ):
        for connections in (1, 2):
            sending = asyncio.create_task(post.send(DELIVERY))
            async with asyncio.timeout(60):
                while server.commands.count("RCPT") < connections:
                    await asyncio.sleep(0.01)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert server.connections == connections
