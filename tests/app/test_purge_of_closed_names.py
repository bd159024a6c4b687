"""A purge removes a name from both watches, and names what it cannot change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.office import EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from kit.upkeep import everything
from monitor.app.upkeep.backups import back_up
from monitor.app.upkeep.purge import purge_entity
from monitor.errors import NotFound

ANNA = "  - name: Kanyshai Arzyeva\n"
HERS = "  - name: Cholpon Arzyeva\n    sensitive: true\n"
SECOND_NAME = "  - name: Begaim Usenova\n    sensitive: true\n"
PIECES = (
    Piece("hers", "Detained at the airport", "Cholpon Arzyeva was detained at the airport of the capital at night."),
    Piece("both", "Two are questioned", "Cholpon Arzyeva and Begaim Usenova were questioned for six hours on Monday."),
    Piece("open", "House searched", "The house of Kanyshai Arzyeva was searched. Cholpon Arzyeva was there, too."),
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        (office.folder / "watchlist.yaml").write_text(f"entities:\n{ANNA}{HERS}{SECOND_NAME}", "utf-8")
        for piece in PIECES:
            office.add(piece)
        office.ingest(EVENING)
        yield office
        office.close()


def forget_in_list(office: Office) -> None:
    (office.folder / "watchlist.yaml").write_text(f"entities:\n{ANNA}{SECOND_NAME}", "utf-8")
    office.ingest(EVENING + timedelta(minutes=10))


@pytest.mark.check
def test_a_closed_name_goes_from_both_stores_and_what_names_others_stays(office: Office):
    forget_in_list(office)
    would_go, _ = purge_entity(office.app, "cholpon-arzyeva", apply=False)
    purged, _ = purge_entity(office.app, "cholpon-arzyeva", apply=True)
    assert would_go == purged and purged["article"] >= 2  # copies, and the article
    closed = office.app.closed_watch()
    assert closed is not None
    for store in (office.app.store, closed.store):
        titles = {record.article.title for record in store.archive.articles(None, None, 9)}
        assert "Detained at the airport" not in titles and "Two are questioned" in titles
        assert store.upkeep.check() == ()
        assert "cholpon-" not in str(everything(store))
    with pytest.raises(NotFound):
        purge_entity(office.app, "cholpon-arzyeva", apply=True)


def test_an_article_that_a_closed_copy_needs_keeps_its_number_and_is_not_given_to_another(office: Office):
    forget_in_list(office)
    purge_entity(office.app, "cholpon-arzyeva", apply=True)
    closed = office.app.closed_watch()
    assert closed is not None
    numbers = {record.article.id: record.article.title for record in closed.store.archive.articles(None, None, 9)}
    office.add(Piece("next", "Road repaired", "The road to the pass was repaired within a week."))
    office.ingest(EVENING + timedelta(hours=3))
    stored = {record.article.id: record.article.title for record in office.app.store.archive.articles(None, None, 9)}
    assert numbers.items() <= stored.items()


def test_files_of_the_home_are_changed_or_named(office: Office):
    home = office.folder
    (home / "old").mkdir()
    back_up(office.app, home / "old" / "copy.bin")
    (home / "names.csv").write_text("name\nCholpon Arzyeva\n", "utf-8")
    (home / "notes.txt").write_text("nobody\nArzyeva, Cholpon\n", "utf-8")
    (home / "recipients.yaml").write_text(
        "recipients:\n  - to: bek@ngo.example\n    names: [cholpon-arzyeva, kanyshai-arzyeva]\n"
        "  - to: aida@ngo.example\n    names: [cholpon-arzyeva]\n",
        "utf-8",
    )
    forget_in_list(office)
    _, places = purge_entity(office.app, "cholpon-arzyeva", apply=True)
    text = "\n".join(places)
    assert "copy.bin: delete it" in text and "copy.bin.closed.db: delete it" in text
    assert "names.csv, line 2" in text and "recipients.yaml, line 5" in text
    assert "monitor.db: delete" not in text and "monitor.env" not in text and "feeds.yaml" not in text
    assert "names: [kanyshai-arzyeva]" in (home / "recipients.yaml").read_text("utf-8")
