"""An office that gets the digest by mail, and deaths at a point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.articles import COURT
from kit.office import ANNA, BEK, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints


class Died(BaseException):
    """What a crash is in a test that must go on."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        made = Office(tmp_path / "home", web, mailbox)
        made.add(Piece("court", "Court extends arrest", COURT))
        yield made
        made.close()
        failpoints.arm(None)


def smtp(office: Office, *, to: str = f"{ANNA},{BEK}", sensitive_to: str = "") -> None:
    office.settings(
        f"MONITOR_SMTP_URL={office.mailbox.url}",
        f"MONITOR_DIGEST_TO={to}",
        f"MONITOR_DIGEST_SENSITIVE_TO={sensitive_to}",
    )
