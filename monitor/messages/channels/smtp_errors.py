"""Pure. What a mail server answered or why it did not, in our words."""

from __future__ import annotations

import re
import ssl

import aiosmtplib

from monitor.errors import DeliveryError
from monitor.model import Code

_REFUSALS = {
    aiosmtplib.SMTPAuthenticationError: ("refused our login", "check user name and password"),
    aiosmtplib.SMTPSenderRefused: ("refused our address", "check the login, or name another address with ?from="),
    aiosmtplib.SMTPRecipientRefused: ("refused this recipient", "check the address, and that our login may send there"),
    aiosmtplib.SMTPDataError: ("refused this mail", "ask whoever runs it which rule it broke"),
}
_CODES = {aiosmtplib.SMTPRecipientRefused: Code.RECIPIENT_REFUSED, aiosmtplib.SMTPDataError: Code.MAIL_REFUSED}
_OTHER_REFUSAL = ("will not talk to us now", "if it stays so, check that this is the server for your mail")


def delivery_error(address: str, error: Exception) -> DeliveryError:
    """Return the error in our words; of the server's response only the codes are repeated."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]  # a mail has one recipient
    match error:
        case DeliveryError():
            return error
        case aiosmtplib.SMTPResponseException():
            problem, advice = _REFUSALS.get(type(error), _OTHER_REFUSAL)
            words = f"{address} {problem} ({_reply_code(error.code, error.message)}); {advice}"
            return DeliveryError(words, is_temporary=not is_permanent(error), code=_CODES.get(type(error), ""))
        case aiosmtplib.SMTPNotSupported():
            problem = f"{address} cannot send to an address that is not plain ASCII"
            return DeliveryError(
                f"{problem}; give another in MONITOR_DIGEST_TO or MONITOR_DIGEST_SENSITIVE_TO", is_temporary=False
            )
    return DeliveryError(_connection_error(address, error))


def is_permanent(error: aiosmtplib.SMTPResponseException) -> bool:
    """Return whether the error is about this recipient or mail only; the mail can go when other errors are repaired."""
    # 503, 530, 534, 535, 538 (RFC 4954, 6): a login is missing or refused.
    if not 500 <= error.code < 600 or error.code in {503, 530, 534, 535, 538}:
        return False
    match error:
        case aiosmtplib.SMTPSenderRefused():
            return error.code == 552  # the mail is too large (RFC 1870, 6.1: MAIL FROM declares the size)
        case aiosmtplib.SMTPRecipientRefused():  # RFC 3463, 3.8: 5.7 is a policy, mostly about the sender
            return not (error.message.startswith("5.7.") or "relay" in error.message.lower())
    return isinstance(error, aiosmtplib.SMTPDataError)


def _reply_code(code: int, text: str) -> str:
    """Return the code and, if there is one, the enhanced code (RFC 2034).

    >>> _reply_code(550, "5.1.1 <zoe@ngo.example>: no such user"), _reply_code(550, "no such user")
    ('550 5.1.1', '550')
    """
    if code < 0:
        return "no answer in SMTP"
    enhanced = re.match(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b", text)
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _connection_error(address: str, error: Exception) -> str:
    match error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) and error.__cause__ else error:
        case ssl.SSLCertVerificationError() as certificate_error:
            reason = certificate_error.verify_message.rstrip(".")
            return (
                f"the certificate of {address} is not to be trusted ({reason}); check the host, or ask whoever runs it"
            )
        case ssl.SSLError():
            return f"no TLS connection with {address} came about; write smtp:// if it begins without TLS"
        case TimeoutError() | ConnectionAbortedError():  # asyncio aborts a handshake that takes too long
            return f"{address} did not answer in time; check host and port, and write smtps:// if it begins with TLS"
        case aiosmtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return f"{address} hung up; if it happens again, check host and port, or ask whoever runs it"
    return f"{address} cannot be reached; check host, port and network"
