"""Contract of stored checks, on both databases: an input is checked once, and again when it has changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kit.mailings import office, outlet
from kit.office import EVENING, Office
from kit.store import NOW
from monitor.app.files import sync_feeds
from monitor.app.sources.desk import FeedsFile
from monitor.config import load_feeds
from monitor.errors import InputError
from monitor.store import Store, open_store
from monitor.store.line.checks import Check

__all__ = ["office", "outlet"]


class Counter:
    """A check that counts how often it is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


@pytest.mark.parametrize(
    ("inputs", "results"),
    [
        (["a", "a", "a"], [1, 1, 1]),
        (["a", "b", "b"], [1, 2, 2]),
        (["a", "b", "a"], [1, 2, 3]),  # only the latest is kept
        (["", "", "a", "", "a"], [1, 2, 3, 4, 3]),  # what has no hash is checked each time
    ],
)
def test_what_was_checked_is_not_checked_again(store: Store, inputs: list[str], results: list[int]):
    counter = Counter()
    assert [store.checks.result(Check.UNFINDABLE_NAMES, checked, counter) for checked in inputs] == results


def test_a_result_of_one_check_is_none_of_another(store: Store):
    counter = Counter()
    assert [store.checks.result(check, "a", counter) for check in (*Check, *Check)] == [1, 2, 3] * 2


def test_a_check_that_fails_is_made_again(store: Store):
    def fail() -> int:
        raise InputError("feeds.yaml: no list")

    for _ in range(2):
        with pytest.raises(InputError):
            store.checks.result(Check.UNFINDABLE_NAMES, "a", fail)
    assert store.checks.result(Check.UNFINDABLE_NAMES, "a", Counter()) == 1


def test_a_result_that_cannot_be_stored_is_returned_all_the_same(tmp_path):
    file = tmp_path / "monitor.db"
    with closing(open_store(f"sqlite:///{file}", patience=0.1)) as store:
        with closing(sqlite3.connect(file, isolation_level=None)) as another:
            another.execute("BEGIN IMMEDIATE")  # as a run that writes
            counter = Counter()
            assert [store.checks.result(Check.UNFINDABLE_NAMES, "a", counter) for _ in range(2)] == [1, 2]
        assert [store.checks.result(Check.UNFINDABLE_NAMES, "a", counter) for _ in range(2)] == [3, 3]


# ---- what the runs store --------------------------------------------------------------------------------------------


def test_a_feeds_file_that_is_put_back_is_in_force_again(office: Office):
    file = office.folder / "feeds.yaml"
    before = file.read_text("utf-8")
    office.ingest(EVENING)
    listed = {state.feed.id for state in office.app.feeds()}
    for text, ids in (("feeds:\n  - https://other.example/rss\n", {"other-example-rss"}), (before, listed)) * 2:
        file.write_text(text, "utf-8")
        assert office.app.sync_files() == []
        assert {state.feed.id for state in office.app.feeds()} == ids
    file.write_text("feeds: [", "utf-8")
    assert [len(office.app.sync_files()) for _ in range(2)] == [1, 1]  # a broken file is told each time
    assert {state.feed.id for state in office.app.feeds()} == listed


def test_a_feeds_file_that_is_put_back_after_an_edit_of_ours_is_in_force_again(office: Office):
    file, app = office.folder / "feeds.yaml", office.app
    before = file.read_text("utf-8")
    assert app.sync_files() == []
    feed = next(state.feed.id for state in app.feeds())
    FeedsFile(file, app.store.feeds).change(feed, {"paused": True}, EVENING)
    assert [state.feed.paused for state in app.feeds() if state.feed.id == feed] == [True]
    file.write_text(before, "utf-8")  # by a deployment, before the next run
    assert app.sync_files() == []
    assert [state.feed.paused for state in app.feeds() if state.feed.id == feed] == [False]


def test_names_that_cannot_be_found_are_told_in_each_run_until_they_are_mended(office: Office):
    file = office.folder / "watchlist.yaml"
    good = file.read_text("utf-8")
    file.write_text(good + "  - Аскар (Бек) (Таш)\n", "utf-8")
    problems = [office.ingest(EVENING + n * timedelta(minutes=5)).problems for n in range(2)]
    assert problems[0] == problems[1] and len(problems[0]) == 1
    file.write_text(good, "utf-8")
    office.app.import_watchlist(file, apply=True)
    assert office.ingest(EVENING + timedelta(minutes=15)).problems == ()


def test_feeds_are_read_again_when_the_code_that_reads_them_changed(store: Store, tmp_path: Path, monkeypatch):
    feeds, loaded = tmp_path / "feeds.yaml", []
    feeds.write_text("feeds:\n  - url: https://post.example/rss\n", "utf-8")
    monkeypatch.setattr("monitor.app.files.load_feeds", lambda path: loaded.append(path) or load_feeds(path))
    for version in ("one", "one", "another", "another"):
        code = tmp_path / version
        code.mkdir(exist_ok=True)
        (code / "feeds.py").write_text(version, "utf-8")
        monkeypatch.setattr("monitor.app.files._READERS", code)
        assert sync_feeds(feeds, store, NOW) == []
    assert len(loaded) == 2
