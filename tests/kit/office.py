"""A home that mails digests to a server of its own."""

from __future__ import annotations

import shutil
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from kit.app import App
from kit.home import Clock, furnish, open_app
from kit.outlets import Piece, Web
from kit.smtp_server import Mailbox
from monitor.home import Home
from monitor.model import ReviewItem, Run, State
from monitor.store import Store

ANNA, BEK = "anna@ngo.example", "bek@ngo.example"


EVENING = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 20:00 in Bishkek


EIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # 08:00 the next day


class Office:
    """A home whose digest is mailed, its outlets and its mail server."""

    def __init__(self, folder: Path, web: Web, mailbox: Mailbox) -> None:
        self.folder, self.web, self.mailbox = furnish(folder, web), web, mailbox
        self.clock = Clock(EVENING)
        self.settings(f"MONITOR_SMTP_URL={mailbox.url}", f"MONITOR_DIGEST_TO={ANNA},{BEK}")

    def settings(self, *lines: str) -> None:
        env = self.folder / "monitor.env"
        base = env.read_text().splitlines()[:3]
        env.write_text("\n".join([*base, *lines]) + "\n")
        self.close()

    def close(self) -> None:
        if "app" in vars(self):
            vars(self).pop("app").close()

    @cached_property
    def app(self) -> App:
        return open_app(self.folder, self.clock)

    def ingest(self, at: datetime) -> Run:
        self.clock.now = at
        return self.app.ingest()

    def send(self, at: datetime) -> list[str]:
        """Do what a run does, except reading: half of a run. Return the problems."""
        self.clock.now = at
        return self.app.tend_home()

    def add(self, piece: Piece) -> None:
        self.web.outlets["post"].pieces.insert(0, piece)

    def copied_to(self, folder: Path) -> Office:
        """Return this office, which is closed, with a copy of its home; its servers are the same."""
        second_office = copy(self)
        second_office.folder, second_office.clock = shutil.copytree(self.folder, folder), Clock(self.clock.now)
        return second_office


def listed(office: Office, text: str) -> None:
    (office.folder / "watchlist.yaml").write_text(text, "utf-8")


def closed_watch(office: Office) -> Home:
    watch = office.app.closed_watch()
    assert watch is not None
    return watch


def items(store: Store) -> dict[str, ReviewItem]:
    """Return the items of all states by the headlines of their first articles."""
    numbers = [item.id for item in store.reviews.listing(tuple(State), 20)]
    return {item.articles[0].headline: item for item in store.reviews.items(numbers)}
