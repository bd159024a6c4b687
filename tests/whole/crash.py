"""The same days of a world run over and over, in child processes that die on the way.

Run as a program this is a fork server: it imports everything once, compiles every statement once, and forks a child for
each order it reads, so that a child costs little and shares no thread and no database with anyone.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from kit.app import App
from kit.contradictions import contradictions
from kit.direct_sandbox import DirectSandbox
from kit.home import Clock
from kit.pictures import Picture, difference, picture
from kit.smtp_server import Received
from monitor import failpoints
from monitor.app.runs import ClockWentBack
from monitor.config import load_settings
from monitor.errors import MonitorError, StoreError
from monitor.ingest import reading
from monitor.store import Store, open_store
from whole.crash_world import MINUTE, STAGES, World, people

DIED = 9  # the exit code of a child that died at a point
KILLED = -signal.SIGPROF  # the status of a child that `kill_after` killed


# ---- children -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """The answer of a child process; empty when it died."""

    status: int  # as `os.waitstatus_to_exitcode` has it
    exit_code: int = 0  # of the MonitorError that ended its run
    error: str = ""
    ran: float = 0.0  # seconds of the processor, without the checks before and after
    points: Sequence[str] = ()
    statements: int = 0
    problems: Sequence[str] = ()
    picture: Picture = field(default_factory=dict)
    wrong: Sequence[str] = ()  # contradictions, before its run and after it
    bug: str = ""


class ForkServer:
    """A process that forks a child for each stage, one at a time."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "whole.crash"],
            # A sandbox of an earlier test may have set PYTHONSAFEPATH, which leaves out the current folder.
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def close(self) -> None:
        self._program.communicate(timeout=300)

    def run_stage(self, home: Path, stage: int, now: datetime, **order: Any) -> Answer:
        """Do in a child process what people and cron do at a stage.

        With `here=True` the fork server does it itself: its children then have imported and compiled what it takes.
        """
        file = home.with_name(home.name + ".answer")
        file.unlink(missing_ok=True)
        order |= {"home": str(home), "stage": stage, "now": now.isoformat(), "answer": str(file)}
        self._program.stdin.write(json.dumps(order) + "\n")
        line = self._program.stdout.readline().strip()
        assert line, "the fork server died"
        status = int(line)
        answer = json.loads(file.read_text("utf-8")) if file.exists() and status != KILLED else {}
        assert not answer.get("bug"), answer["bug"]
        return Answer(status, **answer)


def _serve() -> None:
    """Run each order that is read, in a child that is ended without cleaning up."""
    logging.disable()
    for line in sys.stdin:
        order = json.loads(line)
        if order.pop("here", False):
            _run_order(order)
            print(0, flush=True)
            continue
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)
            _run_order(order)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run_order(order: dict[str, Any]) -> None:
    answer: dict[str, Any] = {}
    try:
        answer = _perform(**order)
    except BaseException:
        answer = {"bug": traceback.format_exc()}
    finally:
        Path(order["answer"]).write_text(json.dumps(answer, default=str), "utf-8")


def _perform(
    home: str,
    stage: int,
    now: str,
    answer: str,
    die_at: tuple[str, int] = ("", 0),  # the name of a point, and which passing of it
    fail_at: tuple[str, int] = ("", 0),
    full_at: int = 0,
    kill_after: float = 0,  # seconds of the processor, so that a busy machine kills at the same places; 0: never
    copies: str = "",
    check: bool = True,
    judge: bool = True,
    every: bool = False,
    patient: bool = True,  # runs once more when the clock is believed
) -> dict[str, Any]:
    # One transaction for each result: of more together, the number would depend on how fast pages come.
    reading.BATCH_ARTICLES = 1
    settings = load_settings(Path(home), {}, Path(home))
    store = open_store(settings.database_url)
    clock = Clock(datetime.fromisoformat(now))
    app = App(settings, store, clock, DirectSandbox)
    points: list[str] = []
    outcome: dict[str, Any] = {"points": points}

    def at_a_point(name: str) -> None:
        points.append(name)
        passed = [name, points.count(name)]
        if passed == die_at:
            Path(answer).write_text(json.dumps(outcome), "utf-8")
            os._exit(DIED)
        if passed == fail_at:
            raise StoreError("the disk is full", 75)
        if copies and name.endswith("after its commit"):
            _copy_database(Path(home), Path(copies) / f"{len(points):04}")

    wrong = contradictions(store) if check else ()
    statements = _fill_the_disk(store, full_at)
    failpoints.arm(at_a_point)
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, kill_after)  # the kernel then ends the process by SIGPROF, wherever it is
    try:
        if judge:
            people(app, stage)
        outcome["problems"] = _ingest(app, clock, every=every, patient=patient)
    except MonitorError as error:
        outcome |= {"exit_code": error.exit_code, "error": str(error)}
    failpoints.arm(None)
    outcome |= {"statements": statements(), "ran": time.process_time() - begun}
    app.close()
    if check:
        store = open_store(settings.database_url)
        outcome |= {"picture": picture(store), "wrong": (*wrong, *contradictions(store))}
        store.close()
    return outcome


def _ingest(app: App, clock: Clock, *, every: bool, patient: bool) -> Sequence[str]:
    """Run, and return the problems; a patient run whose clock went back comes again when it is believed."""
    try:
        return app.ingest(include_not_due=every).problems
    except ClockWentBack:
        if not patient:
            raise
        clock.now += 61 * MINUTE
        return app.ingest(include_not_due=every).problems


def _fill_the_disk(store: Store, at: int) -> Callable[[], int]:
    """From the statement of this number on the file cannot grow; 0: never. Returns what counts the statements."""
    done, room = 0, 0

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def count(connection: Any, *_: Any) -> None:
        nonlocal done, room
        done += 1
        raw = connection.connection.driver_connection
        if done == at:
            room = raw.execute("PRAGMA page_count").fetchone()[0]
        if room:
            raw.execute(f"PRAGMA max_page_count={room}")

    return lambda: done


def _copy_database(home: Path, folder: Path) -> None:
    """Copy what a disk would hold if the power failed now; not the -shm, which is memory."""
    folder.mkdir(parents=True)
    for name in ("monitor.db", "monitor.db-wal"):
        if (home / name).exists():
            shutil.copy(home / name, folder)


def outdate_fingerprints(home: Path) -> None:
    """Leave those of filed articles as a program with another table of romanisations made them."""
    filed = "UPDATE article SET romanisation = 1 WHERE id IN (SELECT article FROM story_article)"
    with closing(sqlite3.connect(home / "monitor.db")) as database, database:
        assert database.execute(filed).rowcount > 5


# ---- trials ---------------------------------------------------------------------------------------------------------


class Lane:
    """A world, a fork server, and the usual days, with which each disturbed run is compared."""

    def __init__(self, folder: Path) -> None:
        self.world, self.folder = World(), folder
        self.usual: list[Answer] = []  # by stage
        self.mails: list[set[tuple[str, str]]] = []

    def __enter__(self) -> Lane:
        self.world.__enter__()
        return self

    def begin(self) -> None:
        home = self.world.home(self.folder / "undisturbed")
        self.forks = ForkServer()
        for stage in range(len(STAGES)):
            if STAGES[stage].is_upgraded:
                outdate_fingerprints(home)
            shutil.copytree(home, before := self.folder / f"before-{stage}")
            if stage == 0:  # so that not every trial makes its tables
                shutil.copy(self.folder.parent / "monitor.db", before)
            if stage == 0:  # twice: the first compiles most statements, and takes longer than a child will
                self.forks.run_stage(self.at(0), 0, self.world.time(0), here=True)
            self.move_to(stage, home)
            answer = self.forks.run_stage(home, stage, self.world.time(stage), here=True)
            assert (answer.status, answer.exit_code, answer.wrong) == (0, 0, []), answer
            self.usual.append(answer)
            self.mails.append({(mail.to, stamp(mail)) for mail in self.world.mailbox.received})

    def __exit__(self, *error: Any) -> None:
        if self.usual:
            self.forks.close()
        self.world.__exit__(*error)

    def move_to(self, stage: int, home: Path) -> None:
        self.world.move_to(stage)
        self.world.mailbox.received.clear()
        (home / "watchlist.yaml").write_text(STAGES[stage].watchlist, "utf-8")

    def at(self, stage: int) -> Path:
        """Return a home as it is before a stage, in the world of that stage."""
        home = self.folder / "disturbed"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.folder / f"before-{stage}", home)
        self.move_to(stage, home)
        return home

    def heals(
        self,
        home: Path,
        stage: int,
        case: str,
        *,
        late: timedelta = 10 * MINUTE,
        twice: bool = False,
        but_for: Collection[str] = (),
    ) -> None:
        """Check that the next run of cron reaches the usual state, except these parts of its picture.

        `twice`: mails may have come twice.
        """
        if stage == len(STAGES) - 1:
            # The clock was not believed for an hour: the run that died may have gone by a later one.
            late += 70 * MINUTE
        answer = self.forks.run_stage(home, stage, self.world.time(stage) + late)
        assert (answer.status, answer.exit_code) == (0, 0), f"{case}: the next run ended with {answer}"
        assert not answer.wrong, f"{case}: {answer.wrong}"
        expected = {part: rows for part, rows in self.usual[stage].picture.items() if part not in but_for}
        assert not (differences := difference(expected, answer.picture)), f"{case}:\n{differences}"
        self.mailed(stage, case, twice=twice)

    def mailed(self, stage: int, case: str, *, twice: bool) -> None:
        received = self.world.mailbox.received
        assert {(mail.to, stamp(mail)) for mail in received} == self.mails[stage], f"{case}: other mails came"
        assert twice or len(received) == len(self.mails[stage]), f"{case}: a mail came twice"
        assert len({(mail.to, mail.raw) for mail in received}) == len(self.mails[stage]), f"{case}: it was another mail"

    def goes_on(self, home: Path, stage: int, case: str) -> None:
        """Check that the days after a stage go as usual."""
        for next_stage in range(stage + 1, len(STAGES)):
            self.move_to(next_stage, home)
            self.heals(home, next_stage, f"{case}; at stage {next_stage}", late=timedelta(0))


def stamp(mail: Received) -> str:
    """Return the end of the window of a mail."""
    return str(mail.mail["Message-ID"]).strip("<").partition(".")[0]


@contextmanager
def lanes(folder: Path) -> Iterator[Sequence[Lane]]:
    new_lanes = [Lane(folder / f"lane-{n}") for n in range(2)]
    for lane in new_lanes:
        lane.folder.mkdir(parents=True)
    open_store(f"sqlite:///{folder / 'monitor.db'}").close()
    with ExitStack() as stack, ThreadPoolExecutor(len(new_lanes)) as pool:
        for lane in new_lanes:
            stack.enter_context(lane)
        for beginning in [pool.submit(lane.begin) for lane in new_lanes]:
            beginning.result()
        yield new_lanes


if __name__ == "__main__":
    _serve()
