"""A desk with a watchlist file, one item, and stored articles about people who are not watched yet."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache
from pathlib import Path

from kit.app import App
from kit.copies import opened_copy
from kit.home import Clock
from kit.store import HOUR, NOW, archived, filed
from monitor.config.watchlist import load_watchlist

SECRET = "Aizada Hidden"
LIST = f"""\
# The case of May.
entities:
  - id: melis
    name: Melis Tokoev
    aliases: [Мелис Токоев, Tokoev]
    note: invented
  - name: {SECRET}
    sensitive: true
  - name: Committee for Public Calm
    type: organization
    country: KG
    context: {{support: [reporter, репортёр]}}
"""
RUSSIAN = "В Оше задержан Азат Нуров, репортёр. Адвоката к Нурову не пустили."
KYRGYZ = "Кечээ Гүлзат Ташбаеваны суракка чакырышты. Ташбаева айыпты моюнуна алган жок."


def names_desk(home: Path, tables: Path) -> App:
    (home / "watchlist.yaml").write_text(LIST, "utf-8")
    return opened_copy(_filled_database(tables), home, Clock(NOW))


@cache
def _filled_database(tables: Path) -> Path:
    """Return what `names_desk` opens; filling it takes longer than most tests of it."""
    (home := tables.with_name("names")).mkdir()
    (home / "watchlist.yaml").write_text(LIST, "utf-8")
    app = opened_copy(tables, home, Clock(NOW))
    assert app.watchlist_file.take_in(NOW - HOUR) == []
    archived(app.store, "Nothing happened in the mountains.", NOW - timedelta(days=25))
    filed(app.store, at=NOW - 3 * HOUR)
    archived(app.store, RUSSIAN, NOW - 2 * HOUR, title="Задержание", language="ru")
    archived(app.store, KYRGYZ, NOW - HOUR, title="Сурак", language="ky")
    app.close()
    return home / "monitor.db"


def flooded(app: App, body: str) -> None:
    """Store ninety articles of the last days about a body, each another story."""
    dice = random.Random(4)
    for n in range(90):
        padding = " ".join("".join(dice.choices("abdegiklmnoprstuv", k=7)) for _ in range(60))
        archived(app.store, f"The {body} met. {padding}.", NOW - timedelta(hours=n), title=f"Session {n}")


def names_on_list(app: App) -> set[str]:
    """Return the names in force, which are the open ones of the file."""
    in_file = {entity.name for entity in load_watchlist(app.settings.watchlist) if not entity.sensitive}
    in_force = {entity.name for entity in app.watchlist().entities}
    assert in_file == in_force
    return in_force
