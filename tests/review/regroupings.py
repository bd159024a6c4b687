"""Stories that people merge and split, filed as the line files them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.app import App
from kit.contradictions import contradictions
from kit.store import MINUTE, NOW, hit, stored, story_item, watch
from monitor.cluster.fingerprint import fingerprint
from monitor.config import load_settings
from monitor.ingest.filing import file_article
from monitor.model import ReviewItem
from monitor.store import Store, open_store

TEXTS = {
    "raid": "Officers of the Order Bureau searched the homes of six former staff of the studio in Karakol on Monday, "
    "its lawyer Ilyas Bektemirov said. Computers and telephones were carried away in sacks, and nobody may see them.",
    "trial": "A court in Tokmok has postponed the hearing of the trader Kanat Usubaliev until the autumn because two of "
    "the witnesses live abroad. The prosecutor asks for nine years, the defence wants an acquittal without delay.",
}


def opened(store: Store, folder: Path) -> App:
    watch(store)
    clock = iter(NOW + n * MINUTE for n in range(10_000))
    return App(load_settings(folder, {}, folder), store, clock=lambda: next(clock))


@pytest.fixture
def app(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[App]:
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    yield opened(store, tmp_path)
    store.close()


def filed_text(app: App, text: str, at=NOW, outlet: str = "Post") -> ReviewItem:
    """Return an article with this text, filed as the line files it."""
    waiting = stored(app.store, hit(), at=at, fingerprint=fingerprint("", text), outlet=outlet)
    story, _ = file_article(waiting, stories=app.store.stories, now=at)
    return story_item(app.store, story)


def well(app: App) -> None:
    assert contradictions(app.store) == []
