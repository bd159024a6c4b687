"""A home in a temporary folder, over outlets on loopback."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from kit.app import App
from kit.direct_sandbox import DirectSandbox
from kit.outlets import Web
from monitor.config import load_settings
from monitor.match import compile_watchlist, find_mentions
from monitor.model import Entity
from monitor.store import open_store
from monitor.text.language import detect

detect("The language of a text is detected.")  # else the first page holds up the loop, beyond the time for connecting

WATCHLIST = """
entities:
  - id: melis
    name: Melis Tokoev
    aliases: [Мелис Токоев]
  - id: cholpon
    name: Cholpon Arzyeva
    aliases: [Чолпон Арзыева]
  - id: kos
    name: Committee for Public Security
    type: organization
    aliases: [KOS, КОБ, Комитет общественной безопасности]
    alert: with-others
    context: {support: [journalist, журналист]}
"""


def furnish(folder: Path, web: Web, watchlist: str = WATCHLIST, *, allowed: bool = True) -> Path:
    """Write what `monitor init` would, for these outlets; `allowed`: MONITOR_ALLOW_HOSTS lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feeds.yaml").write_text(web.feeds_yaml(), encoding="utf-8")
    (folder / "watchlist.yaml").write_text(watchlist, encoding="utf-8")
    hosts = web.host if allowed else ""
    (folder / "monitor.env").write_text(
        f"MONITOR_ALLOW_HOSTS={hosts}\nMONITOR_HOST_GAP=0\nMONITOR_TIMEZONE=Asia/Bishkek\n", encoding="utf-8"
    )
    return folder


class Clock:
    """Time as the test has it."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@cache
def _match_once() -> None:
    """Load the tables of names before a run: the first article would hold up the loop, on a busy machine beyond its time."""
    find_mentions("The court left Melis Tokoev in custody.", compile_watchlist([Entity("melis", "Melis Tokoev")]))


def open_app(folder: Path, clock: Clock | None = None) -> App:
    """As `App.open`, with the stages run in this process: a pool takes seconds to start."""
    _match_once()
    settings = load_settings(folder, {}, folder)
    return App(settings, open_store(settings.database_url), clock or Clock(), DirectSandbox)
