"""A desk with a watchlist file, one item, and stored articles about people who are not watched yet."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from kit.store import HOUR, NOW, archived, filed
from monitor.app import App
from monitor.config import Settings
from monitor.config.watchlist import load_watchlist
from monitor.store import open_store

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


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def names_desk(home: Path, tables: Path) -> App:
    (home / "watchlist.yaml").write_text(LIST, "utf-8")
    settings = Settings(home=home, database_url=f"sqlite:///{shutil.copy(tables, home / 'monitor.db')}")
    app = App(settings, open_store(settings.database_url))
    app.clock = Time()  # type: ignore[assignment]
    assert app.watchlist_file.take_in(NOW - HOUR) == []
    archived(app.store, "Nothing happened in the mountains.", NOW - timedelta(days=25))
    filed(app.store, at=NOW - 3 * HOUR)
    archived(app.store, RUSSIAN, NOW - 2 * HOUR, title="Задержание", language="ru")
    archived(app.store, KYRGYZ, NOW - HOUR, title="Сурак", language="ky")
    return app


def names_on_list(app: App) -> set[str]:
    """Return the names in force, which are those of the file."""
    in_file = {entity.name for entity in load_watchlist(app.settings.watchlist)}
    in_force = {entity.name for entity in app.watchlist().entities}
    assert in_file == in_force
    return in_force
