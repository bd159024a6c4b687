"""The evidence of a large story is written as a stream: what it takes in memory does not grow with the story."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from kit.app import App
from kit.evidence import page
from kit.store import HOUR, NOW, backlog, ended, hit, item, story_item, watch
from monitor.app.evidence.pack import export_evidence
from monitor.config import Settings
from monitor.model import Placement, RawPage
from monitor.store import open_store

ARTICLES, PAGE_BYTES = 12, 400_000


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Return a home with one story of many articles, each with a page that cannot be packed smaller."""
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    store = open_store(url)
    watch(store)
    chance, numbers = random.Random(7), []
    for n in range(ARTICLES):
        (entry,) = backlog(store, item(n))
        raw = RawPage(chance.randbytes(PAGE_BYTES), {"content-type": "text/html"})
        store.entries.save_result(ended(entry, None, hit(), article=replace(page(n, fetched=NOW), raw=raw)))
        (candidate,) = store.stories.awaiting_filing()
        numbers.append(story_item(store, store.stories.file(candidate, Placement(), None, NOW)).id)
    app = App(Settings(home=tmp_path, database_url=url), store, lambda: NOW + HOUR)
    app.merge(*numbers, by="aida")
    yield app
    app.close()


@pytest.mark.check
def test_a_pack_of_many_pages_takes_the_memory_of_one(app: App, tmp_path: Path):
    (story,) = app.queue()
    app.item(story.id)
    tracemalloc.start()
    try:
        assert export_evidence(app, story.id, tmp_path / "case.zip") == []
        peak_of_command = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with app.evidence(app.item(story.id)) as file:
            peak_at_desk = tracemalloc.get_traced_memory()[1]
            packed = file.read()
    finally:
        tracemalloc.stop()
    assert max(peak_of_command, peak_at_desk) < ARTICLES * PAGE_BYTES  # all of them at once took four times as much
    assert packed == (tmp_path / "case.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as pack:
        assert (
            len([name for name in pack.namelist() if name.startswith("articles/") and name.endswith(".html")])
            == ARTICLES
        )
        with pack.open("archive/pages.warc") as warc:
            assert [len(record.content_stream().read()) for record in ArchiveIterator(warc)] == [PAGE_BYTES] * ARTICLES
