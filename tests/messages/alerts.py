"""An office that tells at once: by mail, to a webhook, and to a chat through apprise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from kit.articles import COURT_COPY
from kit.home import WATCHLIST
from kit.office import EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from messages.hooks import Event, Receiver
from monitor import failpoints
from monitor.model import Run

URGENT = WATCHLIST.replace("    aliases: [Мелис Токоев]", "    aliases: [Мелис Токоев]\n    urgent: true")
SECRET = "a secret of the receiver"
MINUTE = timedelta(minutes=1)


class Desk(Office):
    """An office with recipients.yaml: mail by default, a webhook, and a chat through apprise."""

    def __init__(self, folder: Path, web: Web, mailbox: Mailbox, receiver: Receiver) -> None:
        super().__init__(folder, web, mailbox)
        (self.folder / "watchlist.yaml").write_text(URGENT, "utf-8")
        self.receiver = receiver
        self.hook = f"http://{receiver.host}/hook"
        env = self.folder / "monitor.env"
        env.write_text(env.read_text().replace(web.host, f"{web.host},{receiver.host}"))
        self.settings(
            f"MONITOR_SMTP_URL={mailbox.url}",
            "MONITOR_DIGEST_TO=office@ngo.example",
            f"MONITOR_WEBHOOK_SECRET={SECRET}",
            f"MONITOR_NOTIFY_URLS=chat=json://{receiver.host}/chat",
            "MONITOR_BASE_URL=https://desk.example",
        )

    def recipients(self, *lines: str) -> None:
        text = "recipients:\n" + "".join(f"  - {{{line}}}\n" for line in lines)
        (self.folder / "recipients.yaml").write_text(text, "utf-8")

    def publish(self, outlet: str, *pieces: Piece) -> None:
        """Let an outlet publish, its newest piece first."""
        self.web.outlets[outlet].pieces[:0] = reversed(pieces)

    def copies(self, count: int) -> None:
        for number in range(count):
            self.add(Piece(f"copy-{number}", f"Court extends arrest {number}", f"{COURT_COPY}\nNumber {number}."))

    def events(self, path: str = "/hook") -> list[Event]:
        return [event for event in self.receiver.received if event.path == path]


@contextmanager
def desk_of(folder: Path, *outlets: str) -> Iterator[Desk]:
    """Open a desk that reads these outlets."""
    web = Web(*(Outlet(name, "en") for name in outlets), now=EVENING)
    with web, Mailbox() as mailbox, Receiver() as receiver:
        new_desk = Desk(folder, web, mailbox, receiver)
        yield new_desk
        new_desk.close()
        failpoints.arm(None)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(tmp_path / "home", "post") as new_desk:
        yield new_desk


def begin(desk: Desk, *lines: str) -> None:
    """Add the recipients before the news, because articles filed earlier make no alert."""
    desk.recipients(*lines)
    desk.send(EVENING)


def run_after(desk: Desk, minutes: int) -> Run:
    desk.clock.now = EVENING + minutes * MINUTE
    return desk.app.ingest(include_not_due=True)


def send(desk: Desk, minutes: int) -> list[str]:
    return desk.send(EVENING + minutes * MINUTE)
