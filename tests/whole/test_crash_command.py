"""The command as cron runs it: two at once, ended or killed by its process, hung where Python cannot see it.

Every test tells in its message what to do to see a failure again: the seed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from kit.contradictions import contradictions
from kit.home import Clock, open_app
from kit.pictures import Picture, difference, picture
from monitor.store import open_store
from whole.crash_world import World

MONITOR = Path(sys.executable).with_name("monitor")
SEED = 20261124


class Cron:
    """A home now, the real command on it, and what one undisturbed run makes of the same."""

    def __init__(self, folder: Path, world: World) -> None:
        self.world, self.home = world, world.home(folder / "home")
        self.mark = f"crash-{folder.name}-{os.getpid()}"
        self.expected = self._undisturbed(world.home(folder / "undisturbed"))

    def _undisturbed(self, home: Path) -> Picture:
        app = open_app(home, Clock(self.world.now))
        app.ingest()
        app.close()
        return self.picture(home)

    def picture(self, home: Path | None = None) -> Picture:
        store = open_store(f"sqlite:///{home or self.home}/monitor.db")
        try:
            assert contradictions(store) == []
            return picture(store)
        finally:
            store.close()

    def start(self, *words: str, code: str = "") -> subprocess.Popen[str]:
        program = [sys.executable, "-c", code] if code else [str(MONITOR)]
        return subprocess.Popen(
            [*program, "--home", str(self.home), *words],
            env={"PATH": "/usr/bin:/bin", "LANG": "C", "MARK": self.mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )

    def run(self, *words: str) -> tuple[int, str]:
        program = self.start(*words)
        output = "".join(program.communicate(timeout=300))
        return program.returncode, output

    def heals(self, case: str) -> None:
        assert self.run("ingest") == (0, ""), case
        assert not (differences := difference(self.expected, self.picture())), f"{case}:\n{differences}"

    def no_orphans(self) -> None:
        """No process that descends from our commands lives on; they notice within moments that nobody is left."""
        ended, alive = psutil.wait_procs([p for p in psutil.process_iter() if self._ours(p)], timeout=60)
        assert alive == [], f"of {len(ended) + len(alive)} processes"

    def _ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("MARK") == self.mark
        except psutil.Error:
            return False


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[Cron]:
    with World(datetime.now(UTC)) as world:
        yield Cron(tmp_path, world)


@pytest.mark.soak
def test_of_two_runs_at_once_one_works_and_the_other_is_silent_while_people_decide(cron):
    cron.world.hold("/post/court")
    works = cron.start("ingest")
    assert cron.world.reached.wait(300)
    assert cron.run("ingest") == (0, "")
    cron.world.let_go()
    assert (works.communicate(timeout=300), works.returncode) == (("", ""), 0)
    assert not (differences := difference(cron.expected, cron.picture())), differences
    cron.world.move_to(2)
    cron.world.hold("/post/appeal")
    works = cron.start("ingest", "--all")
    assert cron.world.reached.wait(300)
    code, text = cron.run("queue", "decide", "1", "relevant", "--by", "aida")
    assert code == 0, text
    cron.world.let_go()
    assert (works.communicate(timeout=300), works.returncode) == (("", ""), 0)
    assert [row[2:4] for row in cron.picture()["decisions"]] == [("aida", "relevant")]
    assert "nothing is damaged" in cron.run("doctor", "--deep")[1]


@pytest.mark.soak
def test_two_first_runs_started_together_make_one_database_and_one_picture(cron):
    runs = [cron.start("ingest") for _ in range(2)]
    assert [(*run.communicate(timeout=300), run.returncode) for run in runs] == [("", "", 0)] * 2
    assert not (differences := difference(cron.expected, cron.picture())), differences


@pytest.mark.soak
@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM], ids=str)
def test_a_run_that_is_ended_leaves_no_process_and_no_lock_and_the_next_one_heals(cron, deadly):
    cron.world.hold("/wire/sud")
    run = cron.start("ingest")
    assert cron.world.reached.wait(300)
    run.send_signal(deadly)
    run.communicate(timeout=300)
    assert run.returncode in {-deadly, 128 + deadly}
    cron.no_orphans()
    cron.world.let_go()
    cron.heals(f"ended by {deadly.name}")


@pytest.mark.soak
def test_kills_of_the_real_command_at_random_times_leave_no_process_and_lose_nothing(cron):
    dice = random.Random(SEED)
    for _ in range(3):
        run, after = cron.start("ingest"), dice.uniform(0.3, 2)
        try:
            run.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
    cron.no_orphans()
    cron.heals(f"three kills, seed {SEED}")


HANGS_IN_C = """
import ctypes, sys
import monitor.cli.run, monitor.ingest.trip.entry
from monitor.cli import main
monitor.cli.run.STOP_AFTER = 5
monitor.ingest.trip.entry.has_no_article_text = lambda *_: ctypes.PyDLL(None).sleep(600)  # Python's lock is not let go
sys.argv[0] = "monitor"
main()
"""


@pytest.mark.soak
def test_a_run_that_hangs_outside_python_is_ended_by_the_kernel_and_the_next_one_heals(cron):
    run = cron.start("ingest", code=HANGS_IN_C)
    run.communicate(timeout=300)
    assert run.returncode == -signal.SIGALRM
    cron.no_orphans()
    cron.heals("a hang in C")
