"""Fixtures of all rooms; temporary files in memory; examples of Hypothesis; garbage; which test runs first."""

import gc
import importlib
import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.strategies import text
from xdist.scheduler.loadscope import LoadScopeScheduling
from xdist.workermanage import WorkerController

gc.disable()  # until all is imported: what that makes stays

# What tests write need not outlive a power cut, and a commit to a disk takes a hundred times as long as one to memory.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 2 * 1024**3  # a folder of each test and session has a name of its own
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures of all rooms, except in the process that only hands tests out: it takes a second and a half."""
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return
    from kit import commands, databases

    for fixtures in (databases, commands):
        config.pluginmanager.register(fixtures)
    databases.share_compiled_statements()
    databases.copy_tables_into_new_files()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let Hypothesis list the characters of Unicode once, in a file, while the workers start: it takes two seconds."""
    if session.config.getoption("dist", "no") != "no" and not hasattr(session.config, "workerinput"):
        text().validate()


# A few examples in `make test`, all in `make check`, which runs what draws them once more. Both draw the same ones each
# time, so that what fails there was broken by the change at hand; `make soak` looks for new ones.
# Neither a deadline nor a bound on the time of drawing: both go by the clock, and other work may have the processor.
anytime = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", anytime, max_examples=8, derandomize=True)
settings.register_profile("all", anytime, max_examples=100, derandomize=True)
settings.register_profile("new", anytime, max_examples=400, derandomize=False)
settings.load_profile("few")

# Of tests on both databases, those on the server that `make test` runs: storing, filing, judging, mailing, migrating,
# moving. The others are of what is read or purged, by the same functions; they run there in `make check`.
ON_A_SERVER = (
    "test_store_line",
    "test_store_feeds",
    "test_store_queue",
    "test_store_stories",
    "test_store_runs",
    "test_store_evidence",
    "test_store_rechecks",
    "test_store_outbox",
    "test_store_desk",
    "test_store_additions",
    "test_store_migrations",
    "test_move",
)


# What is begun first, the longest before all: begun last, it keeps one worker when the others have nothing left to do.
LONGEST = {
    "loadscope": (  # files of `make check`, and tests that are a unit of their own: ten seconds and more
        "test_engine",  # waits for whole minutes
        "test_crash",
        "test_growth",
        "test_lab_hazards",
        "test_lab_thousand",
        "test_axe_finds_nothing_serious_and_nothing_needs_a_sideways_scroll",
        "test_web_names_browser",
        "test_web_browser_by_hand",
        "test_web_browser_sources",
        "test_web_browser",
        "test_web_lists_and_notes",
        "test_web_trust",
        "test_web_card",
        "test_web_undelivered",
        "test_web_browser_many",
        "test_web_browser_scripts",
        "test_crash_command",
        "test_cli",
        "test_after_an_error_at_any_point_of_a_job_the_next_ones_bring_all_to_where_it_would_be",
        "test_startup",
        "test_growth_of_lists",
        "test_web_serve",
        "test_store_lists",
        "test_a_preview_finds_what_a_rescan_would_after_a_hundred_random_edits",
        "test_demo",
        "test_web_sensitive",
        "test_purge_command",
        "test_privacy",
        "test_workshop",
    ),
    "loadfile": ("store", "app", "web", "pipeline", "match", "cli"),  # rooms of `make test`: nine tenths of its time
}


class LongestFirst(LoadScopeScheduling):
    """Gives workers whole files, whose fixtures are then made once; the longest tests one by one, with `loadscope`.

    With `loadfile` a worker stays in one room as long as it can: what a room needs (libraries, templates, PostgreSQL, the
    language model) is then loaded by one worker.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, test, *_ = re.split(r"::|\[", nodeid)
        return nodeid if self.config.getvalue("dist") == "loadscope" and test in LONGEST["loadscope"] else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        if not any(self.assigned_work.values()):
            for name in reversed(LONGEST[self.config.getvalue("dist")]):
                for scope in [scope for scope in self.workqueue if name in re.findall(r"\w+", scope)]:
                    self.workqueue.move_to_end(scope, last=False)
        if self.config.getvalue("dist") == "loadfile":
            rooms = {worker: _room(next(reversed(units), "")) for worker, units in self.assigned_work.items()}
            taken = {*rooms.values()} - {rooms[node]}
            best = min(self.workqueue, key=lambda scope: (_room(scope) != rooms[node], _room(scope) in taken))
            self.workqueue.move_to_end(best, last=False)
        super()._assign_work_unit(node)


def _room(scope: str) -> str:
    return scope.rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return LongestFirst(config, log) if config.getvalue("dist") in LONGEST else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import some of the files before all are collected: in a new clone each worker rewrites the assertions of its own."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    files = [
        file
        for file in sorted(Path(__file__).parent.glob("*/test_*.py"))
        if not pytest_ignore_collect(file, session.config)
    ]
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        if str(file.parent) not in sys.path:
            sys.path.insert(0, str(file.parent))
        with suppress(Exception, pytest.skip.Exception):  # told when the file is collected
            importlib.import_module(file.stem)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that hold slow tests only where none is run: importing them is a tenth of what collecting takes."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return bool(re.search(r"(?m)^pytestmark = .*\bslow\b", collection_path.read_text("utf-8"))) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    from kit.databases import POSTGRESQL

    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        on_a_server = POSTGRESQL in (given.get("database_url"), given.get("empty_url"))
        if on_a_server and Path(item.path).stem not in ON_A_SERVER:
            item.add_marker("slow")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was imported out of garbage collection: one pass over it takes a third of a second."""
    gc.freeze()
    if not any(item.get_closest_marker("alone") for item in session.items):
        gc.set_threshold(20_000, 20, 100)
    gc.enable()
