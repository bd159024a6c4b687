"""Encryption of mail to a recipient's OpenPGP certificate (RFC 9580, RFC 3156), through pysequoia, an extra."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from hashlib import blake2b
from typing import TYPE_CHECKING

from monitor.errors import DeliveryError, install_extra

if TYPE_CHECKING:
    import pysequoia

# They describe the content and are encrypted with it (RFC 3156); all other headers stay readable.
_CONTENT_HEADERS = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version"})


_UNUSABLE = "nothing can be encrypted to the certificate of this recipient; get a valid one from them"


def usable_certificate(certificate: str, now: datetime) -> pysequoia.Cert:
    """Return a certificate that is in force. Raises DeliveryError for one that is revoked, expired or none.

    A key is often revoked because it was seized. Sequoia encrypts to such a certificate: its encryption key is valid.
    """
    try:
        import pysequoia
    except ImportError:
        raise DeliveryError(f"encryption needs pysequoia; {install_extra('openpgp')}") from None
    try:
        cert = pysequoia.Cert.from_bytes(certificate.encode())
        is_revoked, expires = cert.is_revoked, cert.expiration
    except Exception as error:  # pysequoia raises plain exceptions
        raise DeliveryError(_UNUSABLE) from error
    if is_revoked or (expires is not None and expires <= now):
        state = "revoked" if is_revoked else f"expired ({expires:%Y-%m-%d})"
        raise DeliveryError(f"the certificate of this recipient is {state}: nothing is sent; get a new one from them")
    return cert


def encrypted(mail: EmailMessage, certificate: str, now: datetime) -> EmailMessage:
    """Return the mail with its content encrypted; its headers, the subject too, stay readable. Raises DeliveryError."""
    recipient = usable_certificate(certificate, now)
    import pysequoia

    content, outer = EmailMessage(policy=mail.policy), EmailMessage(policy=mail.policy)
    for name, value in mail.items():
        (content if name.lower() in _CONTENT_HEADERS else outer)[name] = value
    content.set_payload(mail.get_payload())
    try:
        ciphertext = pysequoia.encrypt(bytes(content), recipients=[recipient]).decode("ascii")
    except Exception as error:  # pysequoia raises plain exceptions
        raise DeliveryError(_UNUSABLE) from error
    # RFC 3156, 4: first a control part, whose version is always 1, then the message.
    parts = (("application/pgp-encrypted", "Version: 1\r\n"), ("application/octet-stream", ciphertext))
    outer["MIME-Version"] = "1.0"
    outer["Content-Type"] = 'multipart/encrypted; protocol="application/pgp-encrypted"'
    for kind, payload in parts:
        part = EmailMessage(policy=mail.policy)
        part["Content-Type"] = kind
        part.set_payload(payload)
        outer.attach(part)
    outer.set_boundary("=_" + blake2b(str(mail["Message-ID"]).encode(), digest_size=16).hexdigest())
    return outer
