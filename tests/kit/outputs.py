"""A desk whose outputs other programs read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.home import Clock
from kit.store import HOUR, KOS, MELIS, NOW, filed, hit, watch
from monitor.app import App
from monitor.config import Settings
from monitor.model import (
    Confidence,
    Entity,
)
from monitor.store import open_store

SECRET = Entity("secret", "Aizada Hidden", sensitive=True)
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей."
BOTH = "Melis Tokoev wrote of Aizada Hidden."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    """Return items 1 to 3, the last the newest: strong, strong with a sensitive name, sensitive only; 4 is possible."""
    file = Path(shutil.copy(sqlite_with_tables, tmp_path_factory.mktemp("outputs") / "monitor.db"))
    app = opened(file)
    watch(app.store, MELIS, KOS, SECRET)
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), at=NOW - 4 * HOUR, text=RUSSIAN, title="Арест", language="ru")
    secret = hit("Aizada Hidden", "secret", BOTH)
    filed(
        app.store, hit(text=BOTH), secret, at=NOW - 3 * HOUR, text=BOTH, title="A reporter on another", outlet="Herald"
    )
    alone = "Aizada Hidden was seen."
    filed(app.store, hit("Aizada Hidden", "secret", alone), at=NOW - 2 * HOUR, text=alone, title="Seen")
    filed(app.store, hit(confidence=Confidence.POSSIBLE, alerts=False), at=NOW - HOUR, title="Chess")
    app.close()
    return file


@pytest.fixture
def app(tmp_path: Path, filled: Path) -> Iterator[App]:
    app = opened(Path(shutil.copy(filled, tmp_path)))
    yield app
    app.close()


def opened(file: Path) -> App:
    url = f"sqlite:///{file}"
    return App(Settings(home=file.parent, database_url=url), open_store(url), Clock(NOW))
