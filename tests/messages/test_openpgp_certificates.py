"""Certificates that nothing may be encrypted to any more: whoever holds a seized key reads whom we watch."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest

from kit.smtp_server import Mailbox
from monitor.app.upkeep.doctor import check_installation
from monitor.config import Settings
from monitor.errors import DeliveryError
from monitor.messages.channels import check_certificate
from monitor.messages.channels.smtp import MailServer, SmtpChannel
from monitor.model import Delivery, Rendering

DAY = timedelta(days=1)
NOW = datetime.now(UTC)  # pysequoia dates certificates by the clock of the machine
MAIL = Delivery("mail", "anna@ngo.example", "<1.anna@ngo.example>", NOW, Rendering("1 new", "Мелис Токоев\n", ""))


def certificate(*, revoked: bool = False, days: int | None = None) -> str:
    """Return a certificate; `days`: until it expires, less a minute."""
    seconds = None if days is None else max(days * 86_400, 1)
    key = pysequoia.Tsk.generate("Anna <anna@ngo.example>", validity_seconds=seconds)
    cert = key.extract_certificate()
    if revoked:
        cert = pysequoia.Cert.from_bytes(bytes(cert) + bytes(cert.revoke(key.certifier())))
    return str(cert)


def send(mailbox: Mailbox, text: str) -> None:
    async def run() -> None:
        async with SmtpChannel(MailServer.from_url(mailbox.url)) as channel:
            await channel.send(replace(MAIL, certificate=text))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "reason"),
    [(certificate(revoked=True), "revoked"), (certificate(days=0), "expired")],
    ids=["revoked", "expired"],
)
def test_no_mail_goes_to_a_revoked_or_expired_certificate(text: str, reason: str):
    with Mailbox() as mailbox:
        with pytest.raises(DeliveryError, match=reason) as raised:
            send(mailbox, text)
        assert mailbox.received == [] and raised.value.is_temporary  # it goes once there is a new one


@pytest.mark.parametrize("days", [None, 1, 400])
def test_mail_goes_to_a_certificate_that_is_in_force(days: int | None):
    with Mailbox() as mailbox:
        send(mailbox, certificate(days=days))
        assert b"BEGIN PGP MESSAGE" in mailbox.received[0].raw


def test_a_certificate_tells_when_it_expires():
    assert check_certificate(certificate(), NOW) is None
    text = certificate(days=10)
    until = check_certificate(text, NOW)
    assert until is not None and abs(until - NOW - 10 * DAY) < timedelta(hours=1)
    with pytest.raises(DeliveryError, match="expired"):
        check_certificate(text, until)
    with pytest.raises(DeliveryError, match="nothing can be encrypted"):
        check_certificate("no certificate", NOW)


def test_the_doctor_tells_of_a_certificate_a_month_before_and_afterwards(tmp_path: Path):
    keys = {
        "in-force": certificate(days=40),
        "for-ever": certificate(),
        "soon": certificate(days=29),
        "expired": certificate(days=0),
        "revoked": certificate(revoked=True),
    }
    lines = ["recipients:"]
    for name, text in keys.items():
        (tmp_path / f"{name}.asc").write_text(text)
        lines.append(f"  - {{to: {name}@ngo.example, key: {name}.asc}}")
    (tmp_path / "recipients.yaml").write_text("\n".join(lines))
    results = check_installation(Settings(home=tmp_path), None)
    messages = {r.message.partition("@")[0]: r.message for r in results if not r.is_ok and "certificate" in r.message}
    assert set(messages) == {"soon", "expired", "revoked"}
    days = (NOW + 29 * DAY, NOW + 30 * DAY)  # midnight may lie between
    assert any(f"expires on {day:%Y-%m-%d}" in messages["soon"] for day in days)
    assert all(word in messages[word] for word in ("expired", "revoked"))
