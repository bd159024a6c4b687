"""Mail servers on loopback, a real one and one that says what a script has; and a mail for them."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from kit.fault_server import free_socket, listening
from monitor.errors import DeliveryError
from monitor.messages.channels.smtp import MailServer, Security, SmtpChannel
from monitor.model import Delivery, Rendering

COMPOSED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RENDERING = Rendering(
    subject="monitor: 3 сюжета, 2 марта",
    text="Сводка за сутки\n\nЗОЯ МЮЛЛЕР-ОКАФОР — точно\n.\nFrom here on: ңөү\n",
    html="<!doctype html>\n<p>Сводка за <b>сутки</b></p>\n",
)
DELIVERY = Delivery("mail", "desk@ngo.example", "<window-7.desk@digest.ngo.example>", COMPOSED, RENDERING)
SENDER = "monitor@ngo.example"
USER, PASSWORD = "robot", "s3cret/päss word"
SECRETS = (PASSWORD, USER, "ЗОЯ", "Сводка", "сюжета", "desk@ngo.example", "s3cret")


@dataclass
class Server:
    """A mail server with its transcript; `refuse` holds answers by command or recipient."""

    port: int = 0
    transcript: list[bytes] = field(default_factory=list)
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
        verbs = {b"EHLO", b"HELO", b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"DATA", b"RSET", b"QUIT"}
        lines = b"".join(self.transcript).split(b"\r\n")
        return [line.split(b" ")[0].decode() for line in lines if line.split(b" ")[0] in verbs]

    def _answer(self, of: str) -> str:
        answers = self.refuse.get(of, [])
        return answers.pop(0) if answers else "250 OK"

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

    def at(self, security: Security = Security.NONE, *, login: tuple[str, str] = ("", "")) -> MailServer:
        return MailServer("127.0.0.1", self.port, SENDER, security, *login)


@asynccontextmanager
async def smtp(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    """Run a real server. With `tls` it speaks TLS from the start; with `tls_context` it offers STARTTLS."""
    server, loop = Server(), asyncio.get_running_loop()

    class Listening(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            server.peers.append(transport.get_extra_info("peername"))  # twice with STARTTLS
            server.talks.append(transport)
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            server.transcript.append(data)
            super().data_received(data)

    if options.pop("logins", False):
        options = {"authenticator": server.login, "auth_require_tls": False} | options
    port = await loop.create_server(
        lambda: Listening(server, loop=loop, hostname="mail.test", ident="test", **options), "127.0.0.1", 0, ssl=tls
    )
    server.port = port.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        port.close()
        for transport in server.talks:
            transport.close()
        await asyncio.sleep(0.01)  # until they have noticed


@asynccontextmanager
async def scripted(*answers: bytes | None) -> AsyncIterator[Server]:
    """Run a server that answers each line it gets with the next of these lines; None: it hangs up."""
    server = Server()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.peers.append(writer.get_extra_info("peername"))
        server.talks.append(writer.transport)
        for answer in answers:
            if answer is None:
                break
            writer.write(answer)
            heard = await reader.readline()
            server.transcript.append(heard)
        else:
            await reader.read()

    at, server.port = free_socket()
    async with listening(talk, at):
        yield server


async def failure(doing: Awaitable[object], *, passing: bool) -> str:
    """Return the error's sentence, after checking that neither it nor its traceback holds a secret."""
    with pytest.raises(DeliveryError) as caught:
        await doing
    assert caught.value.is_temporary is passing
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value.args)
    assert not [secret for secret in SECRETS if secret in everything]
    message = str(caught.value)
    assert "\n" not in message and not message.endswith(".")
    return message


async def send(server: MailServer, *deliveries: Delivery, **options: Any) -> None:
    async with SmtpChannel(server, **options) as post:
        for delivery in deliveries:
            await post.send(delivery)


def lines(part: MIMEPart) -> list[str]:
    return str(part.get_content()).splitlines()


HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "List-Id", "MIME-Version", "Content-Type"}
HEADERS |= {"Auto-Submitted", "X-Auto-Response-Suppress"}
