"""Months with a name that is purged, and what is left of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit import upkeep
from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER
from kit.home import WATCHLIST
from kit.office import EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.upkeep.cron_notices import unreported_notices
from monitor.model import Run, Verdict
from monitor.store import Store

# However it is spelt, bent or cut; nobody else in these tests has such a name.
NAMED = re.compile("melis|tokoev|мелис|токоев", re.IGNORECASE)
WITHOUT = WATCHLIST[: WATCHLIST.index("  - id: melis")] + WATCHLIST[WATCHLIST.index("  - id: cholpon") :]
ARREST = """Суд в Оше оставил журналиста Мелиса Токоева под стражей, сообщил Токоевым нанятый адвокат во вторник.
Заседание было закрытым, и в зал пустили только двух родственников, которые ждали у входа с самого утра."""
FINE = """The district court fined photographer Cholpon Arzyeva for taking part in a gathering beside the fountain.
She says that she was at work there with a press card around her neck, and that she will appeal within ten days."""
KOS = """The Committee for Public Security searched a printing house, its owner Cholpon Arzyeva said on Monday night.
Nine sacks of paper were carried out through the yard, and the typesetter was let go towards the morning."""


def everything(store: Store) -> str:
    """Return everything in the database, decompressed."""
    return "\n".join(
        f"{name}: {value.decode('utf-8', 'replace') if isinstance(value, bytes) else value!r}"
        for name, rs in upkeep.everything(store).items()
        for row in rs
        for value in row
    )


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Two days with six stories, decided and mailed; the second day's deliveries are not sent yet."""
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path_factory.mktemp("life") / "home", web, mailbox)
        office.add(Piece("court", "Court extends arrest", COURT))
        office.add(Piece("melis-tokoev-arrested", "Sud ostavil Tokoeva pod strazhej", ARREST))
        office.add(Piece("snow", "Snow on Thursday", WEATHER))
        office.add(Piece("fine", "A fine for a photographer", FINE))
        office.add(Piece("gone", "Tokoev in hospital", "", status=404, summary="Melis Tokoev is in hospital."))
        office.add(Piece("bare", "Melis Tokoev: a letter", "", link="", summary="Read aloud."))
        office.ingest(EVENING)
        app = office.app
        for item in app.queue():
            app.decide(item.id, Verdict.RELEVANT, by="ann", note=f"called the wife: {item.hits[0].name}")
        app.undo(by="ann")
        app.import_watchlist(office.folder / "watchlist.yaml", apply=True)
        unreported_notices(office.folder, ["watchlist.yaml:4: Melis Tokoev stands twice"], EVENING)
        office.send(EIGHT + timedelta(minutes=7))
        assert len(office.mailbox.received) == 2 and "Melis Tokoev" in office.mailbox.received[0].text
        office.add(Piece("doctor", "Tokoev refused a doctor", DOCTOR))
        office.add(Piece("copy", "Arrest extended", COURT_COPY))
        office.add(Piece("kos", "A search", KOS))
        office.ingest(EIGHT + timedelta(hours=3))
        office.mailbox.busy = True
        office.send(EIGHT + timedelta(days=1, minutes=7))
        app.store.runs.save(
            Run(EVENING, problems=("watchlist.yaml:4: Melis Tokoev stands twice", "the disk is nearly full"))
        )
        (office.folder / "watchlist.yaml").write_text(WITHOUT, "utf-8")
        office.close()
        yield office


@pytest.fixture
def lived(life: Office, tmp_path: Path) -> Iterator[Office]:
    office = life.copied_to(tmp_path / "home")
    office.mailbox.busy = True
    yield office
    office.close()
