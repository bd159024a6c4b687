"""Lists that changed or broke, runs that meet or wait, and the time that a run may take."""

from __future__ import annotations

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from filelock import FileLock

from kit.articles import COURT, DOCTOR, WEATHER
from kit.home import WATCHLIST
from kit.outlets import Piece
from kit.store import row_counts
from monitor.errors import InputError, NotFound
from monitor.ingest.filing import file_article
from monitor.ingest.lock import AlreadyRunning
from monitor.ingest.policy import RunPolicy
from monitor.model import Outcome, Result, Run


def test_names_are_taken_in_from_a_changed_watchlist_and_none_are_taken_away(bench):
    bench.ingest()
    longer_list = WATCHLIST.replace("entities:", "entities:\n  - Gulnara Osmonalieva")
    (bench.home / "watchlist.yaml").write_text(longer_list, encoding="utf-8")
    bench.ingest()
    assert {e.id for e in bench.app.watchlist().entities} == {"gulnara-osmonalieva", "melis", "cholpon", "kos"}
    (bench.home / "watchlist.yaml").write_text("entities:\n  - Gulnara Osmonalieva\n", encoding="utf-8")
    bench.ingest()
    assert len(bench.app.watchlist().entities) == 4


@pytest.mark.parametrize("name", ["watchlist.yaml", "feeds.yaml"])
def test_a_file_that_no_longer_loads_leaves_the_last_good_one_in_force_and_is_told(bench, name):
    bench.watch("herald")
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (bench.home / name).write_text("entities:\n\t- x\n", encoding="utf-8")
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}
    (problem,) = bench.run.problems
    assert f"{name}:2:1" in problem and "last good" in problem
    bench.advance(hours=2)
    bench.ingest()
    assert bench.run.problems == (problem,)  # in the same words, so that it is told once a day


def test_a_file_that_never_loaded_is_an_error_and_changes_nothing(bench):
    (bench.home / "watchlist.yaml").write_text("entities: [{nome: X}]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"watchlist\.yaml:1:"):
        bench.ingest()
    assert row_counts(bench.app.store)["entry"] == 0


def test_an_unknown_feed_is_an_error(bench):
    with pytest.raises(NotFound, match="no feed 'nobody'"):
        bench.ingest(feed_ids=["nobody"])


def test_a_run_beside_another_does_nothing_and_says_so_only_when_that_one_is_stuck(bench):
    bench.app.store.runs.save(Run(started=bench.clock.now))
    with FileLock(f"{bench.app.settings.database_file}.lock"):
        for hours, stuck in ((0, False), (1, False), (2, True)):
            bench.advance(hours=hours)
            with pytest.raises(AlreadyRunning) as refused:
                bench.ingest()
            assert refused.value.is_stuck is stuck
    assert "still going; look for the process" in str(refused.value)
    assert bench.web.log == []
    bench.ingest()
    assert bench.web.log


@pytest.mark.check
def test_a_run_that_waits_for_ever_stops_by_itself_and_the_next_one_goes_on(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    gate, answer = threading.Event(), bench.web.answer
    monkeypatch.setattr(bench.web, "answer", lambda path: (gate.wait(60), answer(path))[1])
    monkeypatch.setattr("monitor.ingest.run.run_policy", lambda _: RunPolicy(stop_waiting_after=timedelta(seconds=0.3)))
    bench.ingest()
    assert "something in it hung" in bench.run.problems[0]
    gate.set()
    monkeypatch.undo()
    bench.ingest()
    assert (bench.run.problems, len(bench.app.queue())) == ((), 1)


def test_a_run_that_gathers_longer_than_it_may_claim_still_looks_back_and_files(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("snow", "Snow", "Gulnara Osmonalieva said so.\n" + WEATHER))
    bench.ingest(feed_ids=["herald"])
    gains = WATCHLIST + "\n  - id: gulnara\n    name: Gulnara Osmonalieva\n"
    (bench.home / "watchlist.yaml").write_text(gains, encoding="utf-8")
    passed = 0.0
    for module in ("reading", "run"):
        monkeypatch.setattr(f"monitor.ingest.{module}.time", SimpleNamespace(monotonic=lambda: passed))

    def pass_time(event: object) -> None:
        nonlocal passed
        passed += 26 * 60 * isinstance(event, Result)

    bench.ingest(on_event=pass_time)
    assert passed
    assert {h.entity for item in bench.app.queue() for h in item.hits} == {"melis", "gulnara"}


def test_filing_ends_in_its_own_time_and_the_next_run_goes_on(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    passed = 0.0
    monkeypatch.setattr("monitor.ingest.filing.time", SimpleNamespace(monotonic=lambda: passed))

    def file_slowly(*arguments: object, **options: object) -> object:
        nonlocal passed
        passed += 6 * 60
        return file_article(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("monitor.ingest.filing.file_article", file_slowly)
    bench.ingest()
    assert [len(item.articles) for item in bench.app.queue()] == [1]
    bench.ingest()
    assert sum(len(item.articles) for item in bench.app.queue()) == 2


def test_outcomes_that_end_a_trip_are_never_worked_on_again(bench):
    for n, status in enumerate([200, 404, 410]):
        bench.add("post", Piece(f"p{n}", f"Piece {n}", WEATHER, status=status))
    bench.ingest()
    bench.advance(days=3)
    assert bench.ingest(include_not_due=True) == {}
    assert row_counts(bench.app.store).get(f"outcome:{Outcome.PENDING.value}", 0) == 0
