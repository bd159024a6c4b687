"""Results that are stored in one transaction: a death in the middle, and the memory that their pages take."""

from __future__ import annotations

import multiprocessing
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kit.contradictions import contradictions
from kit.store import HOUR, NOW, article, backlog, ended, hit, item, row_counts, watch
from monitor.model import Entry, Outcome, RawPage, Result
from monitor.store import Store, open_store

DIED = 9


def die_while_storing(url: str, results: Sequence[Result]) -> None:
    """Store results, and die when all but the last one were written."""

    def until_death() -> Iterator[Result]:
        yield from results[:-1]
        os._exit(DIED)

    open_store(url).entries.save_results(until_death())


@pytest.mark.check
def test_a_death_among_results_stored_together_leaves_none_and_the_next_run_takes_all(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    store = open_store(url)
    watch(store)
    entries = backlog(store, item(1), item(2), item(3))
    before = row_counts(store)
    store.close()
    child = multiprocessing.get_context("spawn").Process(target=die_while_storing, args=(url, results_of(entries)))
    child.start()
    child.join()
    assert child.exitcode == DIED
    store = open_store(url)
    assert (row_counts(store), contradictions(store)) == (before, [])
    next_run = NOW + 2 * HOUR
    claimed_then = store.entries.claim(entries[0].feed.number, next_run, next_run + HOUR, 100)
    assert {entry.id for entry in claimed_then} == {entry.id for entry in entries}
    saved = store.entries.save_results(results_of(claimed_then))
    assert [getattr(result, "outcome", None) for result in saved] == [Outcome.QUEUED] * 3
    assert [row_counts(store)[name] for name in ("article", "hit", "outcome:queued")] == [3, 3, 3]
    store.close()


def results_of(entries: Sequence[Entry]) -> list[Result]:
    return [ended(entry, f"post.example/{entry.id}", hit()) for entry in entries]


@pytest.mark.check
@pytest.mark.parametrize("hits", [(), (hit(),)])
def test_of_pages_stored_together_one_is_in_memory_at_a_time(store: Store, hits: tuple[object, ...]):
    watch(store)
    size, entries = 1_000_000, backlog(store, *map(item, range(1, 13)))

    def results() -> Iterator[Result]:
        for entry in entries:
            page = replace(article(f"post.example/{entry.id}"), raw=RawPage(os.urandom(size // 2) * 2))
            yield ended(entry, None, *hits, article=page)  # type: ignore[arg-type]

    tracemalloc.start()
    try:
        saved = store.entries.save_results(results())
        memory_left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(saved) == len(entries)
    assert memory_left < 2 * size
