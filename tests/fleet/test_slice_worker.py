"""A worker of a fleet: what one process does over slices of hosts, out of the database alone; and what dies in it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from kit.app import App
from kit.articles import COURT, WEATHER
from kit.databases import POSTGRESQL
from kit.direct_sandbox import DirectSandbox
from kit.fetchers import public_loopback
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from kit.pictures import picture
from kit.store import MINUTE, NOW, end_rescan
from monitor import failpoints
from monitor.errors import StoreError
from monitor.fetch.byte_budget import ByteBudget
from monitor.fleet.slice_worker import SliceWorker
from monitor.model import FeedStatus, Queue, Visit
from monitor.store import tables as t

MORE_NAMES = "entities:\n  - id: melis\n    name: Melis Tokoev\n  - id: snow\n    name: Meerim Snowova\n"
SNOW = WEATHER + "\nMeerim Snowova measured it."


def outlets() -> Web:
    pieces = [Piece("court", "Court extends arrest", COURT), Piece("snow", "Snow on Thursday", SNOW)]
    return Web(Outlet("post", "en", pieces), Outlet("herald", "en", [Piece("thaw", "Thaw", WEATHER)]), now=NOW)


@contextmanager
def fleet_home(folder: Path, url: str) -> Iterator[tuple[Web, App]]:
    with outlets() as web, app_over(web, folder, url) as app:
        yield web, app


@contextmanager
def app_over(web: Web, folder: Path, url: str) -> Iterator[App]:
    home = furnish(folder, web, "entities:\n  - id: melis\n    name: Melis Tokoev\n")
    with (home / "monitor.env").open("a") as settings:
        settings.write(f"MONITOR_DATABASE_URL={url}\n")
    app = open_app(home, Clock(NOW))
    yield app
    app.close()


def worker_of(app: App) -> SliceWorker:
    return SliceWorker(App(app.settings, app.store, app.clock, DirectSandbox))


def work_off(app: App) -> Counter[Queue]:
    """Do all due work with one worker, then file and rescan; return the number of jobs."""
    jobs: Counter[Queue] = Counter()

    async def work() -> None:
        async with worker_of(app) as worker:
            for queue in (Queue.VISITS, Queue.PAGES, Queue.RECHECKS):
                for number in app.store.claims.due_slices(queue, app.clock()):
                    await worker.read(queue, number)
                    jobs[queue] += 1
            while await worker.rescan():
                jobs[Queue.ARCHIVE] += 1
            app.clock.now += 2 * MINUTE  # what was seen in this minute is complete now
            worker.file()

    asyncio.run(work())
    return jobs


def test_a_worker_reads_matches_and_files_without_the_files_of_the_home(tmp_path: Path, database_url: str):
    with fleet_home(tmp_path, database_url) as (_, app):
        assert app.tend_home() == []
        for file in ("feeds.yaml", "watchlist.yaml"):
            (app.settings.home / file).unlink()
        assert set(work_off(app)) == {Queue.VISITS, Queue.PAGES}
        (item,) = app.queue()
        assert [article.headline for article in item.articles] == ["Court extends arrest"]
        run = app.store.runs.last()
        assert (run.due, run.fetched, run.entries, run.articles) == (2, 2, 3, 3)
        assert work_off(app) == Counter() and app.store.claims.live(app.clock()) == []


@pytest.mark.parametrize("read_all", [lambda app: app.ingest(), work_off], ids=["a run", "a worker"])
def test_the_bytes_of_pages_in_flight_have_one_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_all):
    holders, budgets, hold = set[ByteBudget](), set[ByteBudget](), ByteBudget.hold
    monkeypatch.setattr(ByteBudget, "hold", lambda self, size: holders.add(self) or hold(self, size))
    monkeypatch.setattr(ByteBudget, "is_full", property(budgets.add))
    with fleet_home(tmp_path, f"sqlite:///{tmp_path}/monitor.db") as (_, app):
        app.tend_home()
        read_all(app)
    assert len(holders) == 1 and holders <= budgets


def test_a_new_version_of_the_list_is_noticed_and_looked_for_in_the_archive(tmp_path: Path, database_url: str):
    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        work_off(app)
        (app.settings.home / "watchlist.yaml").write_text(MORE_NAMES, encoding="utf-8")
        app.tend_home()
        assert work_off(app)[Queue.ARCHIVE] == 1
        headlines = {article.headline for item in app.queue() for article in item.articles}
        assert headlines == {"Court extends arrest", "Snow on Thursday"}
        assert app.store.archive.pending_rescan() is None and app.store.ranges.progress() == (0, 0)


def test_a_rescan_that_is_stopped_ends_with_its_batch_and_another_worker_goes_on(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitor.ingest.older_articles.ARTICLES_PER_BATCH", 1)
    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        work_off(app)
        (app.settings.home / "watchlist.yaml").write_text(MORE_NAMES, encoding="utf-8")
        app.tend_home()
        answers = iter([False, True])

        async def rescan_until_stopped() -> int:
            async with worker_of(app) as worker:
                return await worker.rescan(lambda: next(answers))

        assert asyncio.run(rescan_until_stopped()) == 1
        assert app.store.ranges.progress() == (1, 3)
        assert work_off(app)[Queue.ARCHIVE] == 1
        assert app.store.archive.pending_rescan() is None and len(app.queue()) == 2


def test_the_loop_of_a_worker_asks_the_database_for_single_pages_only(tmp_path: Path, database_url: str):
    touched: set[str] = set()

    def note_tables(connection: object, cursor: object, statement: str, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            touched.update(re.findall(r'(?:FROM|INTO|UPDATE)\s+"?(\w+)', statement))

    async def read(app: App) -> None:
        async with worker_of(app) as worker:
            for queue in (Queue.VISITS, Queue.PAGES):
                for number in await asyncio.to_thread(app.store.claims.due_slices, queue, app.clock()):
                    await worker.read(queue, number)

    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        event.listen(app.store.database.engine, "before_cursor_execute", note_tables)
        asyncio.run(read(app))
        assert touched <= {"entry", "article", "article_version", "feed_day"}
        assert not app.store.entries.pending_by_feed(app.clock())


def test_a_rescan_goes_on_after_a_version_of_the_list_without_new_names(tmp_path: Path, database_url: str):
    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        work_off(app)
        for names in (MORE_NAMES, MORE_NAMES.replace("Melis Tokoev", "Melis Tokoev\n    note: at Post")):
            (app.settings.home / "watchlist.yaml").write_text(names, encoding="utf-8")
            app.tend_home()
            dead_claim = app.store.claims.open("a worker that died", NOW, NOW + MINUTE)
            app.store.ranges.claim(dead_claim, NOW)
        assert app.store.watchlists.latest_version() == 3
        work_off(app)
        assert app.store.archive.pending_rescan() is None
        assert len(app.queue()) == 2


@pytest.mark.check
def test_a_purge_holds_up_the_jobs_of_a_worker_and_not_its_loop(tmp_path: Path, database_url: str):
    has_lock_file = database_url.startswith("sqlite")  # which keeps a purge away, and no job

    async def work(app: App) -> int:
        beats = 0
        async with worker_of(app) as worker:
            (number,) = app.store.claims.due_slices(Queue.VISITS, app.clock())
            with app.store.database.try_exclusive_run_lock() as is_purging:
                assert is_purging
                job = asyncio.create_task(worker.read(Queue.VISITS, number))
                async with asyncio.timeout(120):
                    while beats < 40 or (has_lock_file and not job.done()):
                        await asyncio.sleep(0.01)
                        beats += 1
                assert job.done() is has_lock_file
            assert (await job).fetched == 2
        return beats

    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        assert asyncio.run(work(app)) >= 40


@pytest.mark.check
@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)  # the lock file of SQLite keeps a purge away
@pytest.mark.parametrize("job", [SliceWorker.rescan, lambda worker: asyncio.to_thread(worker.file)])
def test_no_thread_of_a_worker_waits_for_a_purge(tmp_path: Path, database_url: str, job):
    async def count_waiting_threads(app: App) -> int:
        async with worker_of(app) as worker:
            with app.store.database.try_exclusive_run_lock():
                done, waiting = await asyncio.wait([asyncio.ensure_future(job(worker))], timeout=60)
            return len(waiting) + sum(task.result() for task in done)

    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()
        work_off(app)
        (app.settings.home / "watchlist.yaml").write_text(MORE_NAMES, encoding="utf-8")
        app.tend_home()
        assert asyncio.run(count_waiting_threads(app)) == 0
        assert work_off(app)[Queue.ARCHIVE] == 1 and len(app.queue()) == 2


@pytest.mark.check
@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_run_beside_a_fleet_files_what_is_complete_only_and_the_fleet_the_rest(tmp_path: Path, database_url: str):
    workers = "procrastinate.procrastinate_workers"
    with fleet_home(tmp_path, database_url) as (_, app):
        with app.store.database.writing("test") as connection:
            connection.execute(text(f"INSERT INTO {workers} DEFAULT VALUES"))
        app.ingest()
        with app.store.database.writing("test") as connection:
            connection.execute(text(f"DELETE FROM {workers}"))
        assert app.queue() == []  # a machine between two jobs may hold its company
        work_off(app)
        assert len(app.queue()) == 1


def test_a_name_that_joins_the_list_while_a_worker_stays_is_looked_for_by_it(tmp_path: Path, database_url: str):
    with fleet_home(tmp_path, database_url) as (_, app):
        app.tend_home()

        async def work() -> tuple[int, int]:
            async with worker_of(app) as worker:
                for queue in (Queue.VISITS, Queue.PAGES):
                    for number in app.store.claims.due_slices(queue, app.clock()):
                        await worker.read(queue, number)
                before = await worker.rescan()
                (app.settings.home / "watchlist.yaml").write_text(MORE_NAMES, encoding="utf-8")
                await asyncio.to_thread(app.tend_home)
                return before, await worker.rescan()

        before, progress = asyncio.run(work())
        assert before == 0 and progress > 0
        work_off(app)
        assert {hit.entity for item in app.queue() for hit in item.hits} == {"melis", "snow"}


def test_a_page_whose_host_another_worker_asks_is_read_when_that_has_ended(tmp_path: Path, database_url: str):
    piece = Piece("far", "Court extends arrest", COURT)
    far_web = Web(Outlet("far", "en", [piece]), now=NOW)
    with public_loopback(), far_web as far, fleet_home(tmp_path, database_url) as (web, app):
        web.outlets["post"].pieces[0].link = f"{far.base}/far/far"
        app.tend_home()
        second_claim = app.store.claims.open("another machine", NOW, NOW + 3 * MINUTE)
        app.store.hosts.take(second_claim, [far.host], NOW)
        work_off(app)
        assert far.log == []
        due_work = app.store.claims.due_work(Queue.PAGES, app.clock())
        assert due_work == (1, NOW + MINUTE)  # no try of the page, and soon due again
        app.store.claims.close(second_claim)
        work_off(app)
        assert [path for path, _ in far.log if path != "/robots.txt"] == ["/far/far"]
        (item,) = app.queue()
        assert [article.headline for article in item.articles] == ["Court extends arrest"]


def test_feeds_are_not_blamed_for_a_network_that_is_down_and_a_dead_feed_is(tmp_path: Path, database_url: str):
    """No name of another host resolves: our side is suspected. On hosts of our own nothing tells."""
    with fleet_home(tmp_path, database_url) as (web, app):
        app.tend_home()
        web.server.socket.close()
        work_off(app)
        assert {(state.status, state.failures) for state in app.feeds()} == {(FeedStatus.UNREACHABLE, 1)}
    with fleet_home(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}") as (_, app):
        (app.settings.home / "feeds.yaml").write_text("feeds: [https://no-such-name.invalid/rss]\n", encoding="utf-8")
        app.tend_home()
        work_off(app)
        assert [(state.status, state.failures) for state in app.feeds()] == [(FeedStatus.NEW, 0)]


def test_a_run_whose_processes_do_not_start_leaves_no_claim_that_holds_up_filing(tmp_path: Path, database_url: str):
    def no_sandbox(watch: object = None) -> DirectSandbox:
        raise OSError("out of memory")

    with fleet_home(tmp_path, database_url) as (_, app):
        app.make_sandbox = no_sandbox
        with pytest.raises(OSError, match="out of memory"):
            app.ingest()
        assert app.store.claims.live(app.clock()) == []


def test_a_run_stopped_for_an_hour_first_sees_its_entries_when_it_stores_them(tmp_path: Path, database_url: str):
    with fleet_home(tmp_path, database_url) as (_, app):

        def stop(event: object) -> None:
            if isinstance(event, Visit):
                app.clock.now = NOW + 60 * MINUTE
                app.store.claims.open("another machine", app.clock.now, app.clock.now + MINUTE)

        app.ingest(on_event=stop)
        with app.store.database.reading() as connection:
            times = connection.scalars(select(t.entry.c.first_seen)).all()
        assert times == [NOW + 60 * MINUTE] * 3


# ---- death ----------------------------------------------------------------------------------------------------------


def day(app: App) -> None:
    """Half an hour of a fleet: two readings of the outlets, and a name that joins the list between them."""
    for names in (None, MORE_NAMES):
        if names:
            (app.settings.home / "watchlist.yaml").write_text(names, encoding="utf-8")
        app.tend_home()
        work_off(app)
        app.clock.now += 30 * MINUTE


def names_of_points(app: App) -> list[str]:
    points: list[str] = []
    failpoints.arm(points.append)
    try:
        day(app)
    finally:
        failpoints.arm(None)
    return points


@contextmanager
def fail_at(name: str, time: int) -> Iterator[None]:
    passed = 0

    def point(passed_name: str) -> None:
        nonlocal passed
        passed += passed_name == name
        if passed == time and passed_name == name:
            raise StoreError("the disk is full")

    failpoints.arm(point)
    try:
        yield
    finally:
        failpoints.arm(None)


OF_FLEETS = ("open a claim", "close a claim", "take hosts", "save hosts", "claim a range", "save a range", "add to a run")  # fmt: skip
PARTS = ("entries", "articles", "versions", "hits", "mentions", "stories", "items", "watchlist", "claims left")


def compared(app: App) -> dict[str, Sequence[object]]:
    whole = picture(app.store)
    return {part: whole[part] for part in PARTS}


@pytest.mark.check
@pytest.mark.parametrize("in_fleet", [True, False])
def test_names_that_join_the_list_during_work_that_fails_are_looked_for_in_what_it_stored(
    tmp_path: Path, in_fleet: bool
):
    def fail_after_an_edit(point: str) -> None:
        if point == "save a result: after its commit":
            failpoints.arm(None)
            (app.settings.home / "watchlist.yaml").write_text(MORE_NAMES, encoding="utf-8")
            app.sync_files()
            end_rescan(store)  # another has
            raise StoreError("the disk is full")

    with fleet_home(tmp_path, f"sqlite:///{tmp_path / 'monitor.db'}") as (_, app):
        store = app.store
        app.tend_home()
        failpoints.arm(fail_after_an_edit)
        with pytest.raises(StoreError, match="the disk is full"):
            work_off(app) if in_fleet else app.ingest()
        assert store.archive.pending_rescan().entities == {"snow"}


@pytest.mark.soak
def test_after_an_error_at_any_point_of_a_job_the_next_jobs_reach_the_usual_state(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("monitor.ingest.reading.BATCH_ARTICLES", 1)  # else points depend on how fast pages come
    with outlets() as web:
        with app_over(web, tmp_path / "first", f"sqlite:///{tmp_path / 'first.db'}") as app:
            points = names_of_points(app)
            expected = compared(app)
        assert {f"{name}: {when} its commit" for name in OF_FLEETS for when in ("before", "after")} <= set(points)
        for n, (name, count) in enumerate(Counter(points).items()):
            with app_over(web, tmp_path / str(n), f"sqlite:///{tmp_path / f'{n}.db'}") as app:
                # The result of a check that cannot be stored is no trouble: the next run checks again.
                is_told = not name.startswith("save a check: ")
                with fail_at(name, count), pytest.raises(StoreError) if is_told else nullcontext():
                    day(app)
                app.clock.now += 4 * MINUTE  # leases have expired
                day(app)
                app.clock.now += 12 * MINUTE
                work_off(app)
                picture_then = compared(app)
                assert {part: picture_then[part] for part in PARTS if picture_then[part] != expected[part]} == {}, name
                assert app.store.upkeep.check() == (), name
