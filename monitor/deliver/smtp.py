"""I/O: SMTP. The only module that knows mail servers: what a letter looks like on the wire, and how it gets there."""

from __future__ import annotations

import ipaddress
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from email.policy import Policy
from enum import StrEnum
from hashlib import blake2b
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from monitor.errors import DeliveryError, InputError
from monitor.model import Letter

TIMEOUT = 30.0  # seconds to connect, and for each answer

# Dot-atoms (RFC 5321, 4.1.2) in any script. No `?`: with `=?` the email package would read an encoded word (RFC 2047)
# in an address, and one can hold a line break.
_ATOMS = r"[\w!#$%&'*+/=^`{|}~-]+(?:\.[\w!#$%&'*+/=^`{|}~-]+)*"
_ADDRESS = re.compile(rf"{_ATOMS}@(?:[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f.:IPv]+\])")
_MESSAGE_ID = re.compile(rf"<{_ADDRESS.pattern}>", re.ASCII)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?")


# ---- the server -----------------------------------------------------------------------------------------------------


class Security(StrEnum):
    TLS = "tls"  # from the first byte (RFC 8314)
    STARTTLS = "starttls"  # after a few words in the clear (RFC 3207), and never without
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail. `host` and `sender` are ASCII; without a `user` there is no login."""

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Reads `smtps://user:password@host` or `smtp://…`, with `?from=` and `?tls=none`. Raises InputError.

        >>> MailServer.from_url("smtp://localhost?tls=none&from=monitor@ngo.example")
        MailServer(host='localhost', port=25, sender='monitor@ngo.example', security=<Security.NONE: 'none'>)

        Nothing of the URL is repeated in the error: a password with a bare `/` or `?` turns up in any part of it.
        """
        try:
            parts = urlsplit(url)
            port, name = parts.port, parts.hostname or ""
            user, password = (unquote(text or "", errors="strict") for text in (parts.username, parts.password))
            host = name if ":" in name else name.encode("idna").decode("ascii").lower()
            options = _options(parts.query)
        except ValueError:
            raise _wrong() from None
        security = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
        if options.get("tls") == "none" and security is Security.STARTTLS:
            security = Security.NONE
        elif "tls" in options:
            raise _wrong()
        sender = options.get("from", user if _is_sender(user) else f"monitor@{_domain(host)}")
        one_server = parts.path in {"", "/"} and not parts.fragment and not re.search(r"\s", url)
        good_host = parts.scheme in {"smtp", "smtps"} and port != 0 and (_HOST.fullmatch(host) or _is_ip(host))
        good_login = bool(user) == bool(password) and f"{user}{password}".isprintable()
        if not (one_server and good_host and good_login and _is_sender(sender)):
            raise _wrong()
        return cls(host, port or _PORTS[security], sender, security, user, password)

    @property
    def place(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


def _wrong() -> InputError:
    return InputError(
        "MONITOR_SMTP_URL: it is not the address of a mail server; "
        "write smtps://user:password@host or smtp://user:password@host:587, "
        "with characters such as / ? # % @ : in user name and password as %2F %3F %23 %25 %40 %3A, "
        "and behind it no more than ?from=monitor@ngo.example and, with smtp://, tls=none, joined by &"
    )


def _options(query: str) -> dict[str, str]:
    """Not parse_qsl: to it the + of monitor+digest@ngo.example is a space."""
    pairs = [part.split("=", 1) for part in query.split("&") if part]
    options = {key: unquote(value) for key, value in pairs}
    if len(options) < len(pairs) or options.keys() - {"from", "tls"}:
        raise ValueError("another option, or one twice")
    return options


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_sender(text: str) -> bool:
    return text.isascii() and bool(_ADDRESS.fullmatch(text))


def _domain(host: str) -> str:
    """A host as it stands behind an @ (RFC 5321, 4.1.3)."""
    if not _is_ip(host):
        return host
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


# ---- the mail -------------------------------------------------------------------------------------------------------


class _Subject(UnstructuredHeader, BaseHeader):
    """One whose spaces all arrive: Python 3.11 folds some between two encoded words, where they are dropped (RFC 2047,
    6.2). Here they stand inside."""

    def fold(self, *, policy: Policy) -> str:
        plain = self.isascii() and self.isprintable() and max(map(len, self.split()), default=0) < 60
        header = Header(str(self), "us-ascii" if plain else "utf-8", policy.max_line_length, self.name)
        return f"{self.name}: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
# 7bit: whatever relays there are on the way, none has a reason to encode it anew. 76 is the longest line that
# quoted-printable may have (RFC 2045, 6.7); the email package takes the policy's number for it.
_POLICY = MAIL_POLICY.clone(cte_type="7bit", max_line_length=76, header_factory=_HEADERS)


def message(letter: Letter, sender: str) -> EmailMessage:
    """Pure. The mail of a letter, the same bytes each time. Raises DeliveryError if the recipient is no address."""
    if not _ADDRESS.fullmatch(letter.recipient):
        raise DeliveryError(
            "a recipient is no address that mail can go to; "
            "mend it in MONITOR_DIGEST_TO or MONITOR_DIGEST_SENSITIVE_TO",
            passing=False,
        )
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise ValueError("not a Message-ID")  # we made it ourselves: a bug
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY if letter.recipient.isascii() else _POLICY.clone(utf8=True))
    mail["From"] = Address("monitor", addr_spec=sender)
    mail["To"] = letter.recipient
    mail["Subject"] = _one_line(letter.rendering.subject)
    mail["Date"] = letter.mailing.made
    mail["Message-ID"] = letter.message_id
    mail["List-Id"] = f"<digest.{'localhost' if domain.startswith('[') else domain}>"  # RFC 2919: to sort mail by
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing that answers by itself should
    # The same for Exchange. Not `All`, which would also hold back the notice that a mail did not arrive.
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    text, html = letter.rendering.text, letter.rendering.html
    mail.set_content(text, cte=_shorter(text))
    mail.add_alternative(html, subtype="html", cte=_shorter(html))
    # Left alone it is random. Neither of the two encodings can bring forth `=_` (RFC 2045, 6.7).
    mail.set_boundary("=_" + blake2b(letter.message_id.encode(), digest_size=16).hexdigest())
    return mail


def _one_line(text: str) -> str:
    """The email package refuses a bare line break, but decodes `=?utf-8?q?=0D=0A…?=` and writes that one out."""
    return " ".join(text.split()).replace("=?", "= ?")


def _shorter(text: str) -> str:
    """The encoding that makes fewer bytes of it: quoted-printable, readable as it is, until a sixth is not ASCII.

    The email package decides by the first ten lines, and those of a page in Cyrillic are Latin.
    """
    octets = text.encode()
    return "quoted-printable" if 6 * sum(octet > 127 for octet in octets) <= len(octets) else "base64"


# ---- the way there --------------------------------------------------------------------------------------------------


# The first that the server offers, and that alone: `SMTP.login` would give a wrong password once each way.
_LOGINS = {
    "plain": aiosmtplib.SMTP.auth_plain,
    "login": aiosmtplib.SMTP.auth_login,
    "cram-md5": aiosmtplib.SMTP.auth_crammd5,
}


class Post:
    """Hands letters to a server, one after the other on one connection, which the first one opens.

    Where that fails it is not tried again for the next letter: a dead server is waited for once, and a wrong password
    is given once, before the server locks us out. A connection that is lost later is opened anew.
    """

    def __init__(self, server: MailServer, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT) -> None:
        self.server = server
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security is Security.TLS,
            start_tls=False,  # `_greet` does it, and says what is wrong
            tls_context=tls or ssl.create_default_context(),
            local_hostname=server.sender.rpartition("@")[2],  # else it is the full name of this machine
            timeout=timeout,
        )
        self._closed = ""  # why there is no connection to be had
        self._version = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._leave(politely=error is None or isinstance(error, DeliveryError))

    async def send(self, letter: Letter) -> None:
        """Returns when the server has taken the letter on itself. Raises DeliveryError."""
        mail = message(letter, self.server.sender)
        await self.connect()
        options = () if letter.recipient.isascii() else ("SMTPUTF8",)
        try:
            # It takes the letter back (RSET) if that is refused.
            await self._client.sendmail(self.server.sender, letter.recipient, bytes(mail), mail_options=options)
        except (aiosmtplib.SMTPException, OSError) as error:
            # None: a server's own words may quote the mail, the recipient or the login, and tracebacks get about.
            raise _trouble(self.server, error) from None
        except BaseException:
            self._client.close()  # an answer is still to come: the next letter must not take it for its own
            raise

    async def connect(self) -> str:
        """Connects and logs in, unless that is done; returns the version of TLS, such as `TLS 1.3`, or nothing."""
        if self._closed:
            raise DeliveryError(self._closed)
        if not self._client.is_connected:
            try:
                self._version = await self._greet()
            except (DeliveryError, aiosmtplib.SMTPException, OSError) as error:
                trouble = _trouble(self.server, error)
                self._closed = str(trouble)
                await self._leave(politely=isinstance(error, DeliveryError))
                raise trouble from None
            except BaseException:
                self._client.close()
                raise
        return self._version

    async def _greet(self) -> str:
        client, server = self._client, self.server
        await client.connect()
        await client.ehlo()
        if server.security is Security.STARTTLS:
            if not client.supports_extension("starttls"):
                raise DeliveryError(
                    f"{server.place} offers no STARTTLS, so nothing was sent; "
                    "write smtps:// if it begins with TLS, or ?tls=none if it is on this machine"
                )
            await client.starttls()
            await client.ehlo()
        if server.user:
            login = next((way for name, way in _LOGINS.items() if name in client.server_auth_methods), None)
            if not login:
                raise DeliveryError(
                    f"{server.place} takes no login with user name and password; "
                    "leave them out of MONITOR_SMTP_URL, or ask whoever runs it"
                )
            await login(client, server.user, server.password)
        tls = client.get_transport_info("ssl_object")
        return tls.version().replace("v", " ") if tls else ""

    async def _leave(self, *, politely: bool) -> None:
        if politely and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):  # the letters are handed over, or their errors told
                await self._client.quit()
        self._client.close()


async def check(server: MailServer, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT) -> str:  # noqa: ASYNC109
    """Connects and logs in, sends nothing; returns a sentence without a full stop. Raises DeliveryError."""
    async with Post(server, tls=tls, timeout=timeout) as post:
        version = await post.connect()
    way = f"over {version}" if version else "without TLS"
    return f"{server.place} takes our login {way}" if server.user else f"{server.place} answers {way}, without a login"


# ---- what can go wrong ----------------------------------------------------------------------------------------------


_REFUSED = {
    aiosmtplib.SMTPAuthenticationError: ("refused our login", "check user name and password"),
    aiosmtplib.SMTPSenderRefused: ("refused our address", "check the login, or name another address with ?from="),
    aiosmtplib.SMTPRecipientRefused: ("refused this recipient", "check the address, and that our login may send there"),
    aiosmtplib.SMTPDataError: ("refused this mail", "ask whoever runs it which rule it broke"),
}
_OTHERWISE = ("will not talk to us now", "if it stays so, check that this is the server for your mail")


def _trouble(server: MailServer, error: Exception) -> DeliveryError:
    """What happened, in our words. Of the server's, only numbers."""
    place = server.place
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]  # we name one only
    match error:
        case DeliveryError():
            return error
        case aiosmtplib.SMTPResponseException():
            wrong, todo = _REFUSED.get(type(error), _OTHERWISE)
            said = _said(error.code, error.message)
            return DeliveryError(f"{place} {wrong} ({said}); {todo}", passing=not _is_for_good(error))
        case aiosmtplib.SMTPNotSupported():
            wrong = f"{place} cannot send to an address that is not plain ASCII"
            return DeliveryError(
                f"{wrong}; give another in MONITOR_DIGEST_TO or MONITOR_DIGEST_SENSITIVE_TO", passing=False
            )
    return DeliveryError(_no_connection(place, error))


def _is_for_good(error: aiosmtplib.SMTPResponseException) -> bool:
    """Permanent is only what is about this one recipient or mail: the rest can be mended, and the mail then goes."""
    if not 500 <= error.code < 600 or error.code in {503, 530, 534, 535, 538}:  # RFC 4954, 6: it wants a login
        return False
    match error:
        case aiosmtplib.SMTPSenderRefused():
            return error.code == 552  # it has been told the size (RFC 1870, 6.1)
        case aiosmtplib.SMTPRecipientRefused():  # RFC 3463, 3.8: a policy, and mostly about us
            return not (error.message.startswith("5.7.") or "relay" in error.message.lower())
    return isinstance(error, aiosmtplib.SMTPDataError)


def _said(code: int, text: str) -> str:
    """The code and, where given, the enhanced one (RFC 2034).

    >>> _said(550, "5.1.1 <zoe@ngo.example>: no such user"), _said(550, "no such user")
    ('550 5.1.1', '550')
    """
    if code < 0:
        return "no answer in SMTP"
    enhanced = re.match(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b", text)
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _no_connection(place: str, error: Exception) -> str:
    match error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) and error.__cause__ else error:
        case ssl.SSLCertVerificationError() as bad:
            why = bad.verify_message.rstrip(".")
            return f"the certificate of {place} is not to be trusted ({why}); check the host, or ask whoever runs it"
        case ssl.SSLError():
            return f"no TLS connection with {place} came about; write smtp:// if it begins without TLS"
        case TimeoutError() | ConnectionAbortedError():  # asyncio aborts a handshake that takes too long
            return f"{place} did not answer in time; check host and port, and write smtps:// if it begins with TLS"
        case aiosmtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return f"{place} hung up; if it happens again, check host and port, or ask whoever runs it"
    return f"{place} cannot be reached; check host, port and network"
