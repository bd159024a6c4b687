"""Mail: what a delivery is on the wire, and what becomes of it with servers that are good, strict, deaf or false."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from random import Random
from time import monotonic
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from monitor.deliver.smtp import MailServer, Security, SmtpChannel, build_message
from monitor.errors import DeliveryError, InputError
from monitor.model import Delivery, Rendering

MADE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RENDERING = Rendering(
    subject="monitor: 3 сюжета, 2 марта",
    text="Сводка за сутки\n\nЗОЯ МЮЛЛЕР-ОКАФОР — точно\n.\nFrom here on: ңөү\n",
    html="<!doctype html>\n<p>Сводка за <b>сутки</b></p>\n",
)
DELIVERY = Delivery("mail", "desk@ngo.example", "<window-7.desk@digest.ngo.example>", MADE, RENDERING)
SENDER = "monitor@ngo.example"
USER, PASSWORD = "robot", "s3cret/päss word"
SECRETS = (PASSWORD, USER, "ЗОЯ", "Сводка", "сюжета", "desk@ngo.example", "s3cret")


# ---- servers --------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """What was said to a server, and how it answers: `refuse` holds answers by command or recipient."""

    port: int = 0
    said: list[bytes] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refuse: dict[str, list[str]] = field(default_factory=dict)
    peers: list[tuple[str, int]] = field(default_factory=list)
    talks: list[asyncio.BaseTransport] = field(default_factory=list)

    @property
    def connections(self) -> int:
        return len(set(self.peers))

    @property
    def commands(self) -> list[str]:
        """The verbs, in order, with what came in between (mail, login) left out."""
        known = {b"EHLO", b"HELO", b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"DATA", b"RSET", b"QUIT"}
        lines = b"".join(self.said).split(b"\r\n")
        return [line.split(b" ")[0].decode() for line in lines if line.split(b" ")[0] in known]

    def _answer(self, of: str, otherwise: str = "250 OK") -> str:
        left = self.refuse.get(of, [])
        return left.pop(0) if left else otherwise

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self._answer("MAIL")
        if answer.startswith("2"):
            envelope.mail_from = address
            self.options.append(options)
        return answer

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self._answer(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = self._answer("DATA")
        if answer == "hang up":
            self.talks[-1].close()
        elif answer.startswith("2"):
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return answer

    def login(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if good:
            return AuthResult(success=True)
        # Words of the login in the answer: servers have been seen to do that.
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 no: {data.login!r} {data.password!r}")

    def only_mail(self) -> EmailMessage:
        ((_, _, content),) = self.mails
        return message_from_bytes(content, policy=policy.default)

    async def close(self, listening: asyncio.Server) -> None:
        listening.close()
        for transport in self.talks:
            transport.close()
        await asyncio.sleep(0.01)  # until they have noticed

    def at(self, security: Security = Security.NONE, *, login: tuple[str, str] = ("", "")) -> MailServer:
        return MailServer("127.0.0.1", self.port, SENDER, security, *login)


@asynccontextmanager
async def smtp(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    """A real server. With `tls` it speaks it from the start; with `tls_context` it offers STARTTLS."""
    server, loop = Server(), asyncio.get_running_loop()

    class Listening(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            server.peers.append(transport.get_extra_info("peername"))  # twice with STARTTLS
            server.talks.append(transport)
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            server.said.append(data)
            super().data_received(data)

    if options.pop("logins", False):
        options = {"authenticator": server.login, "auth_require_tls": False} | options
    listening = await loop.create_server(
        lambda: Listening(server, loop=loop, hostname="mail.test", ident="test", **options), "127.0.0.1", 0, ssl=tls
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await server.close(listening)


@asynccontextmanager
async def scripted(*answers: bytes | None) -> AsyncIterator[Server]:
    """A server that says these lines, one after each line it hears, whatever that was; None: it hangs up."""
    server = Server()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.peers.append(writer.get_extra_info("peername"))
        server.talks.append(writer.transport)
        for answer in answers:
            if answer is None:
                break
            writer.write(answer)
            heard = await reader.readline()
            server.said.append(heard)
        else:
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await server.close(listening)


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


async def failure(doing: Awaitable[object], *, passing: bool) -> str:
    """The sentence it fails with; whatever it is, it tells no secret, nor does its traceback."""
    with pytest.raises(DeliveryError) as caught:
        await doing
    assert caught.value.is_temporary is passing
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value.args)
    assert not [secret for secret in SECRETS if secret in everything]
    said = str(caught.value)
    assert "\n" not in said and not said.endswith(".")
    return said


async def send(server: MailServer, *deliveries: Delivery, **options: Any) -> None:
    async with SmtpChannel(server, **options) as post:
        for delivery in deliveries:
            await post.send(delivery)


# ---- the address of the server --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "sender"),
    [
        ("smtps://mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtps://mail.example:8465/", "mail.example", 8465, Security.TLS, "monitor@mail.example"),
        ("smtp://mail.example", "mail.example", 587, Security.STARTTLS, "monitor@mail.example"),
        ("SMTP://Mail.Example:25", "mail.example", 25, Security.STARTTLS, "monitor@mail.example"),
        ("smtp://localhost?tls=none", "localhost", 25, Security.NONE, "monitor@localhost"),
        ("smtp://127.0.0.1:1025?tls=none", "127.0.0.1", 1025, Security.NONE, "monitor@[127.0.0.1]"),
        ("smtp://[::1]:1025?tls=none", "::1", 1025, Security.NONE, "monitor@[IPv6:::1]"),
        ("smtp://mail_relay?tls=none", "mail_relay", 25, Security.NONE, "monitor@mail_relay"),
        ("smtps://robot:pw@mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtps://robot%40ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "robot@ngo.example"),
        ("smtps://robot@ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "robot@ngo.example"),
        ("smtps://робот%40ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtp://mail.example?from=news%40ngo.example", "mail.example", 587, Security.STARTTLS, "news@ngo.example"),
        ("smtp://mail.example?from=a+b@ngo.example", "mail.example", 587, Security.STARTTLS, "a+b@ngo.example"),
        ("smtp://r@x.example:pw@h.example?from=a@ngo.example", "h.example", 587, Security.STARTTLS, "a@ngo.example"),
        ("smtp://relay?tls=none&from=a@ngo.example", "relay", 25, Security.NONE, "a@ngo.example"),
        ("smtps://почта.example", "xn--80a1acny.example", 465, Security.TLS, "monitor@xn--80a1acny.example"),
    ],
)
def test_the_address_of_a_mail_server_is_read(url: str, host: str, port: int, security: Security, sender: str) -> None:
    server = MailServer.from_url(url)
    assert (server.host, server.port, server.security, server.sender) == (host, port, security, sender)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:587",
        "http://mail.example",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://mail..example",
        "smtp://ma%0Ail.example",
        "smtp://mail.example/inbox",
        "smtps://robot:s3cret/x@mail.example",
        "smtps://robot:25/s3cret@mail.example",
        "smtps://robot:25#s3cret@mail.example",
        "smtps://robot:25?s3cret@mail.example",
        "smtps://robot:s3cret pw@mail.example",
        "smtps://robot:s3cret\npw@mail.example",
        "smtps://robot:s3cret%00@mail.example",
        "smtps://robot:s3cret%ff@mail.example",
        "smtps://robot:s3cret℀@mail.example",
        "smtps://robot@mail.example",
        "smtps://:s3cret@mail.example",
        "smtps://mail.example?tls=none",
        "smtp://mail.example?tls=s3cret",
        "smtp://mail.example?tls=",
        "smtp://mail.example?tls=none&tls=none",
        "smtp://mail.example?starttls=s3cret",
        "smtp://mail.example?from=s3cret",
        "smtp://mail.example?from=",
        "smtp://mail.example?from=a@b.example%0d%0aBcc:s3cret@c.example",
        "smtp://mail.example?from=монитор@ngo.example",
        "smtp://mail.example?from=%3D?utf-8?q?a%3D0As3cret?%3D@ngo.example",
    ],
)
def test_an_address_that_is_none_is_told_with_what_to_write_and_without_what_was_written(url: str) -> None:
    with pytest.raises(InputError) as caught:
        MailServer.from_url(url)
    everything = "".join(traceback.format_exception(caught.value))
    assert "smtps://user:password@host" in str(caught.value) and "%2F" in str(caught.value)
    assert str(caught.value).startswith("MONITOR_SMTP_URL: ")
    assert "s3cret" not in everything and "robot" not in everything


def test_user_and_password_are_percent_decoded_and_never_shown() -> None:
    server = MailServer.from_url("smtps://r%3Aobot:s3cret%2F%3Fp%C3%A4ss%20w+rd%25@mail.example")
    assert (server.user, server.password) == ("r:obot", "s3cret/?päss w+rd%")
    assert "s3cret" not in repr(server) and "obot" not in repr(server)


# ---- the mail -------------------------------------------------------------------------------------------------------


def read(mail: EmailMessage) -> EmailMessage:
    return message_from_bytes(bytes(mail), policy=policy.default)


def lines(part: MIMEPart) -> list[str]:
    return str(part.get_content()).splitlines()


def test_a_mail_is_the_same_bytes_each_time() -> None:
    first, second = (bytes(build_message(replace(DELIVERY, tries=tries), SENDER)) for tries in (0, 3))
    assert first == second
    assert bytes(build_message(replace(DELIVERY, external_id="<other@ngo.example>"), SENDER)) != first


def test_a_mail_goes_through_any_relay_as_it_is() -> None:
    long = replace(RENDERING, text="x" * 5000 + "\n" + "Ж" * 5000, html="<p>" + "ы" * 5000, subject="сутки " * 200)
    raw = bytes(build_message(replace(DELIVERY, ordinary=long), SENDER))
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    mail = read(build_message(replace(DELIVERY, ordinary=long), SENDER))
    plain, html = mail.iter_parts()
    assert (lines(plain), lines(html)) == (long.text.split("\n"), long.html.split("\n"))
    assert mail["Subject"] == long.subject.strip()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Nothing new since yesterday\n", "quoted-printable"),
        ("The editor of «Азаттык» was mentioned in five articles of four outlets\n", "base64"),
        (
            "The editor of «Азаттык» was mentioned in five articles of four outlets " * 2 + "and more " * 10,
            "quoted-printable",
        ),
        ("Сводка за сутки\n", "base64"),
        ("<p>\n" * 12 + "Сводка за сутки " * 20, "base64"),
    ],
)
def test_each_part_has_the_encoding_that_makes_it_smaller(text: str, encoding: str) -> None:
    mail = build_message(replace(DELIVERY, ordinary=replace(RENDERING, text=text)), SENDER)
    part, _ = mail.iter_parts()
    assert part["Content-Transfer-Encoding"] == encoding
    sizes = {}
    for each in ("quoted-printable", "base64"):
        other = EmailMessage(policy=mail.policy)
        other.set_content(text, cte=each)
        sizes[each] = len(bytes(other))
    assert sizes[encoding] <= min(sizes.values()) * 1.1


WORDS = "ничего не удалось загрузить monitor: 3 сюжета, 2 марта « » — жаңылыктар бүгүн эч нерсе келген жок x 17".split()


def test_no_space_of_a_subject_is_lost_on_its_way() -> None:
    draw = Random(2047)
    subjects = [" ".join(draw.choice(WORDS) for _ in range(n + 1)) for n in range(60)]
    for subject in (*subjects, "", "x" * 1200, f"{'x' * 70} {'y' * 70}", "a\x00b", "ы" * 1200):
        for recipient in ("desk@ngo.example", "бюро@ngo.example"):
            raw = bytes(
                build_message(
                    replace(DELIVERY, recipient=recipient, ordinary=replace(RENDERING, subject=subject)), SENDER
                )
            )
            assert max(map(len, raw.split(b"\r\n"))) <= 78
            assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
            assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject  # by the letter


HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "List-Id"}
HEADERS |= {"Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"}


@pytest.mark.parametrize(
    "subject",
    [
        "digest\r\nBcc: eve@evil.example",
        "digest\nBcc: eve@evil.example",
        "digest\rBcc: eve@evil.example",
        "digest\r\n\r\n<p>body",
        "digest\x0bBcc: eve@evil.example\x0c\x1c\x85\u2028Bcc: eve@evil.example",
        "=?utf-8?q?digest=0D=0ABcc:_eve@evil.example?=",
        "=?utf-8?q?digest=0D=0A=0D=0Abody?= сутки",
        "=?utf-8?b?aGkKQmNjOiBtZUB4Cg==?=",
        "==??utf-8?q?digest=0D=0ABcc:_eve@evil.example?=",
        "=" + "?" * 3 + "utf-8?q?digest=0ABcc:_eve@evil.example?=",
    ],
)
def test_a_subject_cannot_bring_a_header_of_its_own(subject: str) -> None:
    raw = bytes(build_message(replace(DELIVERY, ordinary=replace(RENDERING, subject=subject)), SENDER))
    mail = message_from_bytes(raw, policy=policy.default)
    assert len(mail) == len(HEADERS) and set(mail) == HEADERS
    assert raw.partition(b"\r\n\r\n")[2].startswith(b"--=_")


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "desk",
        "desk@",
        "@ngo.example",
        "desk@ngo.example\r\nBcc: eve@evil.example",
        "desk@ngo.example\n",
        "desk@ngo.example, eve@evil.example",
        "desk@ngo.example>,<eve@evil.example",
        "desk@ngo.example eve@evil.example",
        "Desk <desk@ngo.example>",
        "desk@ngo.example (desk)",
        "=?utf-8?q?a=0d=0aBcc=3Aeve?=@ngo.example",
        "desk@ngo.example\x00",
        "desk@ngo.example> SIZE=1",
        "desk\u2028@ngo.example",
    ],
)
def test_a_recipient_that_is_not_one_plain_address_gets_no_mail(recipient: str) -> None:
    with pytest.raises(DeliveryError, match="MONITOR_DIGEST_TO") as caught:
        build_message(replace(DELIVERY, recipient=recipient), SENDER)
    assert not caught.value.is_temporary
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "recipient",
    ["desk@ngo.example", "a.b+news@mail.ngo.example", "o'neil@ngo.example", "x@[127.0.0.1]", "бюро@ngo.example"],
)
def test_a_recipient_stands_in_the_mail_as_given(recipient: str) -> None:
    mail = message_from_bytes(
        bytes(build_message(replace(DELIVERY, recipient=recipient), SENDER)), policy=policy.SMTPUTF8
    )
    assert str(mail["To"]) == recipient


@pytest.mark.parametrize(
    "message_id", ["", "plain", "<a@b>\r\nBcc: eve@c", "<=?utf-8?q?=0ABcc=3A?=@b>", "<a b@c>", "a@b"]
)
def test_a_message_id_that_is_none_is_a_bug_and_no_header(message_id: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        build_message(replace(DELIVERY, external_id=message_id), SENDER)


def test_a_sender_without_a_domain_still_has_a_list_name() -> None:
    assert build_message(DELIVERY, "monitor@[127.0.0.1]")["List-Id"] == "<digest.localhost>"


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
    assert mail["Date"].datetime == MADE
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
    said = b"".join(server.said)
    assert [line for line in said.split(b"\r\n") if line.startswith(b"EHLO")] == [
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
        said = await failure(send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY), passing=True)
        await asyncio.sleep(0)
    assert f"127.0.0.1:{server.port} offers no STARTTLS" in said and "?tls=none" in said
    assert server.commands == ["EHLO", "QUIT"]
    assert b"".join(server.said) == b"EHLO ngo.example\r\nQUIT\r\n"


async def test_a_server_that_offers_starttls_and_then_refuses_it_hears_no_mail() -> None:
    ehlo = b"250-mail.test\r\n250 STARTTLS\r\n"
    async with scripted(b"220 mail.test\r\n", ehlo, b"454 4.7.0 not now\r\n", b"221 bye\r\n") as server:
        said = await failure(send(server.at(Security.STARTTLS), DELIVERY), passing=True)
    assert "454 4.7.0" in said
    assert "MAIL" not in server.commands


async def test_words_slipped_in_before_the_encryption_count_for_nothing(trusting: ssl.SSLContext) -> None:
    ehlo = b"250-mail.test\r\n250 STARTTLS\r\n"
    async with scripted(b"220 mail.test\r\n", ehlo, b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n", None) as server:
        await failure(send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY, timeout=0.3), passing=True)
    assert not [line for line in server.said if b"AUTH" in line or b"MAIL" in line]


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
        said = await failure(send(address, DELIVERY, tls=trusting), passing=True)
    assert f"certificate of 127.0.0.1:{server.port}" in said
    assert any(each in said for each in why.split("|"))
    assert not server.logins and not server.mails


async def test_certificates_are_checked_by_default() -> None:
    async with smtp(tls=OURS) as server:
        assert "certificate" in await failure(send(server.at(Security.TLS), DELIVERY), passing=True)


async def test_a_wrong_scheme_is_told(trusting: ssl.SSLContext) -> None:
    async with smtp() as server:
        said = await failure(send(server.at(Security.TLS), DELIVERY, tls=trusting, timeout=30), passing=True)
        assert "write smtp://" in said
    async with smtp(tls=OURS) as server:
        said = await failure(send(server.at(Security.STARTTLS), DELIVERY, tls=trusting, timeout=0.2), passing=True)
        assert "write smtps://" in said


# ---- the login ------------------------------------------------------------------------------------------------------


async def test_a_login_is_taken(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True, auth_required=True, auth_require_tls=True) as server:
        await send(server.at(Security.STARTTLS, login=(USER, PASSWORD)), DELIVERY, tls=trusting)
        assert server.mails


async def test_a_refused_login_is_temporary_and_its_error_quotes_nothing(trusting: ssl.SSLContext) -> None:
    async with smtp(tls=OURS, logins=True) as server:
        address = server.at(Security.TLS, login=(USER, PASSWORD + "!"))
        said = await failure(send(address, DELIVERY, tls=trusting), passing=True)
    assert f"127.0.0.1:{server.port} refused our login (535 5.7.8)" in said
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
        said = await failure(send(server.at(login=(USER, PASSWORD)), DELIVERY), passing=True)
    assert "takes no login" in said
    assert "AUTH" not in server.commands


async def test_a_server_that_demands_a_login_first_is_no_permanent_refusal(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True, auth_required=True, auth_require_tls=True) as server:
        said = await failure(send(server.at(Security.STARTTLS), DELIVERY, tls=trusting), passing=True)
    assert "(530 5.7.0); check the login" in said


# ---- refused --------------------------------------------------------------------------------------------------------

OTHER = replace(DELIVERY, recipient="second@ngo.example", external_id="<second@ngo.example>")
ME = DELIVERY.recipient


@pytest.mark.parametrize(
    ("step", "answer", "passing", "told"),
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
async def test_a_refusal_is_for_good_only_if_it_is_about_this_recipient_or_mail_and_the_next_mail_goes(
    step: str, answer: str, passing: bool, told: str
) -> None:
    async with smtp(enable_SMTPUTF8=True) as server, SmtpChannel(server.at(), timeout=30) as post:
        server.refuse[step] = [answer]
        said = await failure(post.send(DELIVERY), passing=passing)
        assert f"127.0.0.1:{server.port} " in said and told in said
        await post.send(OTHER)
        assert [recipients for _, recipients, _ in server.mails] == [["second@ngo.example"]]
        # After 421 to a command the server is to be left alone (RFC 5321, 3.8).
        assert server.connections == (2 if step == "MAIL" and answer.startswith("421") else 1)


async def test_a_recipient_outside_ascii_is_refused_for_good_where_the_server_cannot_take_it() -> None:
    delivery = replace(DELIVERY, recipient="бюро@ngo.example")
    async with smtp() as server, SmtpChannel(server.at()) as post:
        said = await failure(post.send(delivery), passing=False)
        assert "not plain ASCII" in said and "бюро" not in said
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
    said = await failure(send(server.at(), DELIVERY), passing=True)
    assert said == f"127.0.0.1:{server.port} cannot be reached; check host, port and network"


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
        said = await failure(send(server.at(), DELIVERY, timeout=0.1), passing=True)
        assert monotonic() - start < 20
    assert f"127.0.0.1:{server.port} did not answer in time" in said


async def test_a_server_that_is_silent_where_tls_should_begin_is_left_after_a_while() -> None:
    async with scripted() as server:
        said = await failure(send(server.at(Security.TLS), DELIVERY, timeout=0.1), passing=True)
    assert "did not answer in time" in said


async def test_a_dead_server_is_waited_for_once_however_many_mails_there_are() -> None:
    async with scripted() as server, SmtpChannel(server.at(), timeout=0.3) as post:
        start = monotonic()
        for _ in range(20):
            await failure(post.send(DELIVERY), passing=True)
        assert monotonic() - start < 20 * 0.3
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
        said = await failure(send(server.at(), DELIVERY, timeout=30), passing=True)
    assert f"127.0.0.1:{server.port} hung up" in said


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


# ---- checking the server----------------------------------------------------------------------------------------------


async def test_a_check_logs_in_and_sends_nothing(trusting: ssl.SSLContext) -> None:
    async with smtp(tls_context=OURS, logins=True) as server:
        said = await SmtpChannel(server.at(Security.STARTTLS, login=(USER, PASSWORD)), tls=trusting).check()
    assert said == f"127.0.0.1:{server.port} takes our login over TLS 1.3"
    assert server.commands == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


async def test_a_check_says_what_it_did_not_try() -> None:
    async with smtp() as server:
        assert await SmtpChannel(server.at()).check() == f"127.0.0.1:{server.port} answers without TLS, without a login"
    assert server.commands == ["EHLO", "QUIT"]


async def test_a_check_tells_what_is_wrong(trusting: ssl.SSLContext) -> None:
    async with smtp(tls=OURS, logins=True) as server:
        said = await failure(
            SmtpChannel(server.at(Security.TLS, login=(USER, "wrong")), tls=trusting).check(), passing=True
        )
    assert "refused our login" in said
