"""I/O: SMTP. Composing and sending mail; the only module that knows mail servers."""

from __future__ import annotations

import ipaddress
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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

from monitor.config import Settings
from monitor.errors import DeliveryError, InputError
from monitor.i18n import catalogue
from monitor.i18n.troubles import REFUSED_MAIL
from monitor.messages.channels.openpgp import encrypted
from monitor.messages.channels.smtp_errors import delivery_error, is_permanent
from monitor.model import Delivery

TIMEOUT = 30.0  # seconds, to connect and for each response

# Dot-atoms (RFC 5321, 4.1.2) in any script. No `?`: with `=?` the email package would read an encoded word (RFC 2047)
# in an address, and one can hold a line break.
_ATOMS = r"[\w!#$%&'*+/=^`{|}~-]+(?:\.[\w!#$%&'*+/=^`{|}~-]+)*"
_ADDRESS = re.compile(rf"{_ATOMS}@(?:[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f.:IPv]+\])")
_MESSAGE_ID = re.compile(rf"<{_ADDRESS.pattern}>", re.ASCII)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?")


# ---- the server -----------------------------------------------------------------------------------------------------


class Security(StrEnum):
    """The encryption of the connection."""

    TLS = "tls"  # from the first byte (RFC 8314)
    STARTTLS = "starttls"  # required after the plain greeting (RFC 3207); without it nothing is sent
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server that takes our mail. `host` and `sender` are ASCII; without a `user` there is no login."""

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Parse `smtps://user:password@host` or `smtp://…`, with `?from=` and `?tls=none`. Raises InputError.

        >>> MailServer.from_url("smtp://localhost?tls=none&from=monitor@ngo.example")
        MailServer(host='localhost', port=25, sender='monitor@ngo.example', security=<Security.NONE: 'none'>)

        The error repeats nothing of the URL: a password with an unescaped `/` or `?` can be in any part of it.
        """
        try:
            parts = urlsplit(url)
            port, name = parts.port, parts.hostname or ""
            user, password = (unquote(text or "", errors="strict") for text in (parts.username, parts.password))
            host = name if ":" in name else name.encode("idna").decode("ascii").lower()
            options = _parse_options(parts.query)
        except ValueError:
            raise _invalid_url() from None
        security = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
        if options.get("tls") == "none" and security is Security.STARTTLS:
            security = Security.NONE
        elif "tls" in options:
            raise _invalid_url()
        sender = options.get("from", user if _is_sender(user) else f"monitor@{_mail_domain(host)}")
        is_one_server = parts.path in {"", "/"} and not parts.fragment and not re.search(r"\s", url)
        is_host_valid = parts.scheme in {"smtp", "smtps"} and port != 0 and (_HOST.fullmatch(host) or _is_ip(host))
        is_login_valid = bool(user) == bool(password) and f"{user}{password}".isprintable()
        if not (is_one_server and is_host_valid and is_login_valid and _is_sender(sender)):
            raise _invalid_url()
        return cls(host, port or _PORTS[security], sender, security, user, password)

    @property
    def address(self) -> str:
        """Return `host:port`, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


def _invalid_url() -> InputError:
    return InputError(
        "MONITOR_SMTP_URL: it is not the address of a mail server; "
        "write smtps://user:password@host or smtp://user:password@host:587, "
        "with characters such as / ? # % @ : in user name and password as %2F %3F %23 %25 %40 %3A, "
        "and behind it no more than ?from=monitor@ngo.example and, with smtp://, tls=none, joined by &"
    )


def _parse_options(query: str) -> dict[str, str]:
    # Not parse_qsl, which reads the + of monitor+digest@ngo.example as a space.
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


def _mail_domain(host: str) -> str:
    """Return a host in the form that follows an @ (RFC 5321, 4.1.3)."""
    if not _is_ip(host):
        return host
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


# ---- the mail -------------------------------------------------------------------------------------------------------


class _Subject(UnstructuredHeader, BaseHeader):
    """A subject that keeps all spaces, inside its encoded words.

    Python 3.11 folds some spaces between two encoded words, where readers drop them (RFC 2047, 6.2).
    """

    def fold(self, *, policy: Policy) -> str:
        plain = self.isascii() and self.isprintable() and max(map(len, self.split()), default=0) < 60
        header = Header(str(self), "us-ascii" if plain else "utf-8", policy.max_line_length, self.name)
        return f"{self.name}: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
# 7bit, so that no relay needs to encode the mail again. 76 is the longest line of quoted-printable (RFC 2045, 6.7);
# the email package takes the policy's number for it.
_POLICY = MAIL_POLICY.clone(cte_type="7bit", max_line_length=76, header_factory=_HEADERS)


def build_message(delivery: Delivery, sender: str) -> EmailMessage:
    """Pure. Return the mail of a delivery, the same bytes on each call. Raises DeliveryError for a bad recipient."""
    if not _ADDRESS.fullmatch(delivery.recipient):
        raise DeliveryError(
            "a recipient is no address that mail can go to; "
            "mend it in recipients.yaml, MONITOR_DIGEST_TO or MONITOR_DIGEST_SENSITIVE_TO",
            is_temporary=False,
        )
    if not _MESSAGE_ID.fullmatch(delivery.external_id):
        raise ValueError("not a Message-ID")  # a bug: we made it ourselves
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY if delivery.recipient.isascii() else _POLICY.clone(utf8=True))
    mail["From"] = Address("monitor", addr_spec=sender)
    mail["To"] = delivery.recipient
    mail["Subject"] = _one_line(delivery.rendering.subject)
    mail["Date"] = delivery.date
    mail["Message-ID"] = delivery.external_id
    mail["List-Id"] = f"<digest.{'localhost' if domain.startswith('[') else domain}>"  # RFC 2919: for mail filters
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
    # The same for Exchange. Not `All`, which would also suppress the notice that a mail could not be delivered.
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    text, html = delivery.rendering.text, delivery.rendering.html
    mail.set_content(text, cte=_choose_encoding(text))
    if html:
        mail.add_alternative(html, subtype="html", cte=_choose_encoding(html))
    else:  # so that every mail has parts, and a boundary
        mail.make_mixed()
    # The default boundary is random; the mail must be the same each time. Neither encoding can produce `=_` (RFC 2045,
    # 6.7), so the boundary is never in the text.
    mail.set_boundary("=_" + blake2b(delivery.external_id.encode(), digest_size=16).hexdigest())
    return mail


def _one_line(text: str) -> str:
    # The email package refuses a plain line break, but it decodes `=?utf-8?q?=0D=0A…?=` and writes that line break.
    return " ".join(text.split()).replace("=?", "= ?")


def _choose_encoding(text: str) -> str:
    """Return the shorter encoding: quoted-printable if at most a sixth of the bytes is not ASCII, else base64."""
    # The email package would choose by the first ten lines, which are Latin even on a page in Cyrillic.
    octets = text.encode()
    return "quoted-printable" if 6 * sum(octet > 127 for octet in octets) <= len(octets) else "base64"


# ---- sending --------------------------------------------------------------------------------------------------------


# Only the first method that the server offers is tried: `SMTP.login` would send a wrong password once per method.
_LOGINS = {
    "plain": aiosmtplib.SMTP.auth_plain,
    "login": aiosmtplib.SMTP.auth_login,
    "cram-md5": aiosmtplib.SMTP.auth_crammd5,
}


def build(settings: Settings) -> SmtpChannel:
    """Return the channel over the mail server of the settings. Raises InputError."""
    note = f"{catalogue(settings.language).gettext(REFUSED_MAIL)}\n\n{settings.base_url}".strip()
    return SmtpChannel(MailServer.from_url(settings.smtp_url), note=note)


class SmtpChannel:
    """The channel of mail: sends one mail after the other over one connection, which the first mail opens.

    A failed connection is not tried again for the next mail: we wait for a dead server only once, and send a wrong
    password only once, before the server locks us out. A connection that is lost later is opened again.
    """

    _client: aiosmtplib.SMTP

    def __init__(
        self,
        server: MailServer,
        *,
        tls: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        note: str = REFUSED_MAIL,
    ) -> None:
        """Store the server; `note` is sent in place of a mail whose words it refuses."""
        self.server, self._tls, self._timeout, self._note = server, tls, timeout, f"{note}\n"
        self.endpoint, self.contact = server.address, server.sender
        self._domain = server.sender.rpartition("@")[2]
        self._connect_error = ""  # the error of the failed connection, which is not tried again
        self._version = ""

    def external_id(self, name: str) -> str:
        """Return the Message-ID (RFC 5322, 3.6.4); mail programs show a mail that comes twice once."""
        return f"<{name}@{self._domain}>"

    async def __aenter__(self) -> Self:
        self._client = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            use_tls=self.server.security is Security.TLS,
            start_tls=False,  # `_open_session` starts TLS, with clearer errors
            tls_context=self._tls or (None if self.server.security is Security.NONE else ssl.create_default_context()),
            local_hostname=self._domain,  # the default would reveal the name of this machine
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close_session(politely=error is None or isinstance(error, DeliveryError))

    async def check(self) -> str:
        """Connect and log in, send nothing; return a sentence without a full stop. Raises DeliveryError."""
        async with self:
            version = await self.connect()
        connection = f"over {version}" if version else "without TLS"
        if self.server.user:
            return f"{self.endpoint} takes our login {connection}"
        return f"{self.endpoint} answers {connection}, without a login"

    async def send(self, delivery: Delivery) -> None:
        """Send a delivery; return when the server has accepted it. Raises DeliveryError.

        If the server refuses its words for good, its recipient gets a note: an outlet may write what a filter refuses.
        """
        try:
            await self._send(delivery)
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error, aiosmtplib.SMTPDataError) and is_permanent(error):
                note = replace(delivery.rendering, text=self._note, html="")
                with suppress(aiosmtplib.SMTPException, OSError, DeliveryError):
                    await self._send(replace(delivery, rendering=note))
            # `from None`: the server's text may quote the mail, the recipient or the login, and tracebacks go to logs.
            raise delivery_error(self.server.address, error) from None

    async def _send(self, delivery: Delivery) -> None:
        mail = build_message(delivery, self.server.sender)
        mail = encrypted(mail, delivery.certificate, datetime.now(UTC)) if delivery.certificate else mail
        await self.connect()
        options = () if delivery.recipient.isascii() else ("SMTPUTF8",)
        try:
            # `sendmail` resets the transaction (RSET) if the server refuses the mail.
            await self._client.sendmail(self.server.sender, delivery.recipient, bytes(mail), mail_options=options)
        except (aiosmtplib.SMTPException, OSError):
            raise
        except BaseException:
            self._client.close()  # the next mail must not read the outstanding response to this one
            raise

    async def connect(self) -> str:
        """Connect and log in unless that is done; return the TLS version, such as `TLS 1.3`, or ""."""
        if self._connect_error:
            raise DeliveryError(self._connect_error)
        if not self._client.is_connected:
            try:
                self._version = await self._open_session()
            except (DeliveryError, aiosmtplib.SMTPException, OSError) as error:
                failure = delivery_error(self.server.address, error)
                self._connect_error = str(failure)
                await self._close_session(politely=isinstance(error, DeliveryError))
                raise failure from None
            except BaseException:
                self._client.close()
                raise
        return self._version

    async def _open_session(self) -> str:
        client, server = self._client, self.server
        await client.connect()
        await client.ehlo()
        if server.security is Security.STARTTLS:
            if not client.supports_extension("starttls"):
                raise DeliveryError(
                    f"{server.address} offers no STARTTLS, so nothing was sent; "
                    "write smtps:// if it begins with TLS, or ?tls=none if it is on this machine"
                )
            await client.starttls()
            await client.ehlo()
        if server.user:
            authenticate = next((way for name, way in _LOGINS.items() if name in client.server_auth_methods), None)
            if not authenticate:
                raise DeliveryError(
                    f"{server.address} takes no login with user name and password; "
                    "leave them out of MONITOR_SMTP_URL, or ask whoever runs it"
                )
            await authenticate(client, server.user, server.password)
        tls = client.get_transport_info("ssl_object")
        return tls.version().replace("v", " ") if tls else ""

    async def _close_session(self, *, politely: bool) -> None:
        if politely and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):  # all mails are sent or their errors reported
                await self._client.quit()
        self._client.close()
