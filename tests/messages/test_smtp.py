"""Mail over SMTP: encrypted, and logged in."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest
import trustme

from messages.mail_servers import (
    COMPOSED,
    DELIVERY,
    HEADERS,
    PASSWORD,
    RENDERING,
    SENDER,
    USER,
    failure,
    lines,
    scripted,
    send,
    smtp,
)
from monitor.messages.channels.smtp import Security, SmtpChannel, build_message

# ---- servers --------------------------------------------------------------------------------------------------------

CA = trustme.CA()


def certificate(*names: str, ca: trustme.CA = CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*names).configure_cert(context)
    return context


OURS = certificate("127.0.0.1")


@pytest.fixture
def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


# ---- the way there --------------------------------------------------------------------------------------------------


async def test_a_mail_arrives_with_its_headers_and_both_parts() -> None:
    async with smtp() as server:
        await send(server.at(), DELIVERY)
        ((sender, recipients, _),) = server.mails
        mail = server.only_mail()
    assert (sender, recipients) == (SENDER, ["desk@ngo.example"])
    assert len(mail) == len(HEADERS) and set(mail) == HEADERS
    assert mail["From"] == "monitor <monitor@ngo.example>"
    assert mail["To"] == "desk@ngo.example"
    assert mail["Subject"] == RENDERING.subject
    assert mail["Date"].datetime == COMPOSED
    assert mail["Message-ID"] == DELIVERY.external_id
    assert mail["List-Id"] == "<digest.ngo.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, html = mail.iter_parts()
    assert (lines(plain), lines(html)) == (RENDERING.text.splitlines(), RENDERING.html.splitlines())


async def test_a_mail_sent_again_is_the_same_byte_for_byte() -> None:
    async with smtp() as server:
        await send(server.at(), DELIVERY)
        await send(server.at(), replace(DELIVERY, tries=1))
        (_, _, first), (_, _, second) = server.mails
    assert first == second == bytes(build_message(DELIVERY, SENDER))


async def test_several_mails_go_over_one_connection() -> None:
    deliveries = [replace(DELIVERY, recipient=f"{n}@ngo.example", external_id=f"<{n}@ngo.example>") for n in range(3)]
    async with smtp() as server:
        await send(server.at(), *deliveries)
        assert [recipients for _, recipients, _ in server.mails] == [[delivery.recipient] for delivery in deliveries]
    assert server.connections == 1
    assert server.commands == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


async def test_without_a_mail_no_connection_is_opened() -> None:
    async with smtp() as server, SmtpChannel(server.at()):
        pass
    assert server.connections == 0


async def test_a_server_is_told_the_senders_domain_and_not_the_name_of_this_machine() -> None:
    async with smtp() as server:
        await send(server.at(), DELIVERY)
        await send(replace(server.at(), sender="monitor@[127.0.0.1]"), DELIVERY)
    transcript = b"".join(server.transcript)
    assert [line for line in transcript.split(b"\r\n") if line.startswith(b"EHLO")] == [
        b"EHLO ngo.example",
        b"EHLO [127.0.0.1]",
    ]


async def test_smtps_is_encrypted_from_the_first_byte(trusting: ssl.SSLContext) -> None:
    async with smtp(tls=OURS) as server:
        await send(server.at(Security.TLS), DELIVERY, tls=trusting)
        assert server.only_mail()["Message-ID"] == DELIVERY.external_id
    assert "STARTTLS" not in server.commands


async def test_smtp_is_encrypted_before_anything_is_told(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, require_starttls=True, logins=True) as server:
        await send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY, tls=trusting)
        assert server.only_mail()["Message-ID"] == DELIVERY.external_id
    assert server.commands == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_a_server_without_starttls_hears_no_login_and_no_mail(trusting: ssl.SSLContext) -> None:
    async with smtp(logins=True) as server:
        error = await failure(send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY), passing=True)
        await asyncio.sleep(0)
    assert f"127.0.0.1:{server.port} offers no STARTTLS" in error and "?tls=none" in error
    assert server.commands == ["EHLO", "QUIT"]
    assert b"".join(server.transcript) == b"EHLO ngo.example\r\nQUIT\r\n"


async def test_a_server_that_offers_starttls_and_then_refuses_it_hears_no_mail() -> None:
    ehlo = b"250-mail.test\r\n250 STARTTLS\r\n"
    async with scripted(b"220 mail.test\r\n", ehlo, b"454 4.7.0 not now\r\n", b"221 bye\r\n") as server:
        error = await failure(send(server.at(Security.STARTTLS), DELIVERY), passing=True)
    assert "454 4.7.0" in error
    assert "MAIL" not in server.commands


async def test_words_slipped_in_before_the_encryption_count_for_nothing(trusting: ssl.SSLContext) -> None:
    ehlo = b"250-mail.test\r\n250 STARTTLS\r\n"
    async with scripted(b"220 mail.test\r\n", ehlo, b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n", None) as server:
        await failure(send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY, timeout=0.3), passing=True)
    assert not [line for line in server.transcript if b"AUTH" in line or b"MAIL" in line]


async def test_a_login_may_go_unencrypted_where_the_operator_says_so() -> None:
    async with smtp(logins=True) as server:
        await send(server.at(login=(USER, PASSWORD)), DELIVERY)
        assert server.mails
    assert server.logins == [(USER.encode(), PASSWORD.encode())]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(
    ("served", "why"),
    [
        (certificate("127.0.0.1", ca=trustme.CA()), "self-signed|local issuer"),
        (certificate("mail.example"), "mismatch"),
    ],
    ids=["unknown authority", "another name"],
)
async def test_a_false_certificate_is_refused(
    security: Security, served: ssl.SSLContext, why: str, trusting: ssl.SSLContext
) -> None:
    kind = {"tls": served} if security is Security.TLS else {"tls_context": served}
    async with smtp(logins=True, **kind) as server:
        address = server.at(security, login=(USER, PASSWORD))
        error = await failure(send(address, DELIVERY, tls=trusting), passing=True)
    assert f"certificate of 127.0.0.1:{server.port}" in error
    assert any(reason in error for reason in why.split("|"))
    assert not server.logins and not server.mails


async def test_certificates_are_checked_by_default() -> None:
    async with smtp(tls=OURS) as server:
        assert "certificate" in await failure(send(server.at(Security.TLS), DELIVERY), passing=True)


async def test_a_wrong_scheme_is_told(trusting: ssl.SSLContext) -> None:
    async with smtp() as server:
        error = await failure(send(server.at(Security.TLS), DELIVERY, tls=trusting, timeout=30), passing=True)
        assert "write smtp://" in error
    async with smtp(tls=OURS) as server:
        error = await failure(send(server.at(Security.STARTTLS), DELIVERY, tls=trusting, timeout=0.2), passing=True)
        assert "write smtps://" in error


# ---- the login ------------------------------------------------------------------------------------------------------


async def test_a_login_is_taken(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True, auth_required=True, auth_require_tls=True) as server:
        await send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY, tls=trusting)
        assert server.mails


async def test_a_refused_login_is_temporary_and_its_error_quotes_nothing(trusting: ssl.SSLContext) -> None:
    async with smtp(tls=OURS, logins=True) as server:
        address = server.at(Security.TLS, login=(USER, PASSWORD + "!"))
        error = await failure(send(address, DELIVERY, tls=trusting), passing=True)
    assert f"127.0.0.1:{server.port} refused our login (535 5.7.8)" in error
    assert "MAIL" not in server.commands


async def test_a_wrong_password_is_not_given_again_for_the_next_mail(trusting: ssl.SSLContext) -> None:
    async with (
        smtp(tls=OURS, logins=True) as server,
        SmtpChannel(server.at(Security.TLS, login=(USER, "wrong")), tls=trusting) as post,
    ):
        first = await failure(post.send(DELIVERY), passing=True)
        assert await failure(post.send(DELIVERY), passing=True) == first
    assert len(server.logins) == 1  # although the server offers two ways to log in
    assert server.connections == 1


async def test_a_server_that_takes_no_login_is_told_apart() -> None:
    async with smtp(auth_exclude_mechanism=["LOGIN", "PLAIN"], auth_require_tls=False) as server:
        error = await failure(send(server.at(login=(USER, PASSWORD)), DELIVERY), passing=True)
    assert "takes no login" in error
    assert "AUTH" not in server.commands


async def test_a_server_that_demands_a_login_first_is_no_permanent_refusal(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True, auth_required=True, auth_require_tls=True) as server:
        error = await failure(send(server.at(Security.STARTTLS), DELIVERY, tls=trusting), passing=True)
    assert "(530 5.7.0); check the login" in error


# ---- checking the server----------------------------------------------------------------------------------------------


async def test_a_check_logs_in_and_sends_nothing(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True) as server:
        confirmation = await SmtpChannel(server.at(Security.STARTTLS, login=(USER, PASSWORD)), tls=trusting).check()
    assert confirmation == f"127.0.0.1:{server.port} takes our login over TLS 1.3"
    assert server.commands == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


async def test_a_check_says_what_it_did_not_try() -> None:
    async with smtp() as server:
        assert await SmtpChannel(server.at()).check() == f"127.0.0.1:{server.port} answers without TLS, without a login"
    assert server.commands == ["EHLO", "QUIT"]


async def test_a_check_tells_what_is_wrong(trusting: ssl.SSLContext) -> None:
    async with smtp(tls=OURS, logins=True) as server:
        error = await failure(
            SmtpChannel(server.at(Security.TLS, login=(USER, "wrong")), tls=trusting).check(), passing=True
        )
    assert "refused our login" in error
