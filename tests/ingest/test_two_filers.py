"""Two processes on one SQLite file may file at the same time: a run, and `monitor add`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest

from kit.store import MINUTE, NOW, hit, row_counts, sketch, stored, watch
from monitor.ingest.filing import file_pending_articles
from monitor.model import Candidate
from monitor.store import Store, open_store
from monitor.store.line.stories import SqlStories


@pytest.mark.check
def test_two_processes_that_file_copies_in_the_same_moment_make_one_story(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    with closing(open_store(url)) as run, closing(open_store(url)) as command:
        watch(run)
        first, second = (
            stored(run, hit(), at=NOW + n * MINUTE, fingerprint=sketch(*range(1, 60))).id for n in range(2)
        )

        def file(store: Store, article: int) -> None:
            file_pending_articles(store, lambda: NOW, only=lambda c: c.id == article)

        second_filer = Thread(target=file, args=(command, second))

        class Overtaken(SqlStories):
            """The other process files while this one is between looking for similar articles and saving."""

            def find_similar(
                self, article: Candidate, copies_since: datetime, stories_since: datetime, *args: int, **options: float
            ) -> Sequence[Candidate]:
                similar = super().find_similar(article, copies_since, stories_since, *args, **options)
                second_filer.start()
                second_filer.join(0.5)
                return similar

        run.stories = Overtaken(run.database)
        file(run, first)
        second_filer.join()
        assert row_counts(run)["story"] == 1
        assert (tmp_path / "monitor.db.filing.lock").stat().st_mode & 0o077 == 0
