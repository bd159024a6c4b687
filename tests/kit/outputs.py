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

SECRET = Entity("secret", "Aizada Hidden", sensitive=True)
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей."
BOTH = "Melis Tokoev wrote of Aizada Hidden."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    """Return items 1 to 3, the last the newest: strong, strong with a sensitive name, sensitive only; 4 is possible."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("outputs"))
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
    return app.settings.home / "monitor.db"
