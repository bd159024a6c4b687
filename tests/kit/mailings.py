"""An office that gets the digest by mail, and deaths at a point."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.articles import COURT
from kit.office import ANNA, BEK, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints


@pytest.fixture(scope="module")
def outlet() -> Iterator[Web]:
    with Web(Outlet("post", "en"), now=EVENING) as web:
        yield web


@pytest.fixture(scope="module")
def evening(outlet: Web, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of an office after its first run, in the evening."""
    outlet.outlets = {"post": Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)])}
    with Mailbox() as mailbox:
        office = Office(tmp_path_factory.mktemp("evening"), outlet, mailbox)
        office.ingest(EVENING)
        office.close()
        return office.folder / "monitor.db"


@pytest.fixture
def office(outlet: Web, tmp_path: Path) -> Iterator[Office]:
    outlet.outlets = {"post": Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)])}
    outlet.log.clear()
    with Mailbox() as mailbox:
        new_office = Office(tmp_path / "home", outlet, mailbox)
        yield new_office
        new_office.close()
        failpoints.arm(None)


@pytest.fixture
def first_run(office: Office, evening: Path) -> None:
    """Let the first run of the office, in the evening, be over."""
    shutil.copy(evening, office.folder / "monitor.db")


def smtp(office: Office, *, to: str = f"{ANNA},{BEK}", sensitive_to: str = "") -> None:
    office.settings(
        f"MONITOR_SMTP_URL={office.mailbox.url}",
        f"MONITOR_DIGEST_TO={to}",
        f"MONITOR_DIGEST_SENSITIVE_TO={sensitive_to}",
    )
