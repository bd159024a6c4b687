"""A home where reviewers add articles by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kit.fetchers import public_loopback
from kit.home import WATCHLIST, Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app.archive import AddedItem
from monitor.model import (
    AddedLink,
    ReviewItem,
)
from monitor.store import tables as t

COURT = (
    "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers said they would appeal. " * 4
)
BUSES = "Night buses will run in the capital until the end of the month, the city council decided on Monday. " * 4
HER = "Officers led Aijan Nurova away from her office on Wednesday morning, two of her neighbours told us. " * 4
WITH_HER = WATCHLIST + "  - {id: her, name: Aijan Nurova}\n"


class Home:
    """A home over one outlet, with what people add to it at the desk."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.web, self.clock = web, Clock()
        self.app = open_app(furnish(folder, web, WITH_HER, allowed=False), self.clock)
        self.app.sync_files()

    def url(self, path: str) -> str:
        return f"{self.web.base}/{path}"

    def add(self, path: str, note: str = "") -> ReviewItem | AddedLink:
        """Add an address, read it, and return its item, or the link without one."""
        archive = self.app.archive
        added = archive.add_link(self.url(path), by="aida", note=note)
        if isinstance(added, AddedItem):
            return added.item
        self.app.read_links()
        link, item = archive.link(added.id)
        return item or link

    def archived(self, title: str) -> int:
        """Return the number of the stored article with this title."""
        query = select(t.article_version.c.article).where(t.article_version.c.title == title)
        with self.app.store.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def requests(self, path: str) -> int:
        return sum(requested == f"/{path}" for requested, _ in self.web.log)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    pieces = [
        Piece("court", "Court extends arrest", COURT),
        Piece("buses", "Night buses", BUSES),
        Piece("her", "Led away", HER),
        Piece("gone", "Gone", "", status=404),
        Piece("busy", "Busy", "", status=503),
        Piece("empty", "Empty", ""),
    ]
    with Web(Outlet("post", "en", pieces)) as web, public_loopback():
        new_home = Home(tmp_path, web)
        web.outlets["far"] = Outlet("far", "en", [Piece("buses", "Night buses", BUSES)])  # no feed of ours
        yield new_home
        new_home.app.close()
