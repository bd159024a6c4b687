"""A desk whose outputs other programs read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.copies import opened_copy
from kit.store import HOUR, KOS, MELIS, NOW, filed, hit, watch
from monitor.model import (
    Confidence,
    Entity,
)

NURA = Entity("nura", "Nura Hasanova")
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей."
BOTH = "Melis Tokoev wrote of Nura Hasanova."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    """Return items 1 to 3, the last the newest: strong, strong with two names, possible."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("outputs"))
    watch(app.store, MELIS, KOS, NURA)
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), at=NOW - 4 * HOUR, text=RUSSIAN, title="Арест", language="ru")
    filed(
        app.store,
        hit(text=BOTH),
        hit("Nura Hasanova", "nura", BOTH),
        at=NOW - 3 * HOUR,
        text=BOTH,
        title="A reporter on another",
        outlet="Herald",
    )
    filed(app.store, hit(confidence=Confidence.POSSIBLE, alerts=False), at=NOW - HOUR, title="Chess")
    app.close()
    return app.settings.home / "monitor.db"
