"""Fetched pages that wait: for their extraction in memory, within a bound, and to be matched on disk."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from kit.direct_sandbox import DirectSandbox
from kit.home import Clock, furnish
from kit.outlets import Outlet, Piece, Web
from kit.store import NOW, article
from monitor.app import App
from monitor.app.ingest.backlog import SPOOLED_FROM, Backlog, KnownArticlesOfRun, WaitingArticle
from monitor.app.ingest.policy import SLICE_LEASE, run_policy, slice_policy
from monitor.app.ingest.run import reader_count
from monitor.config import load_settings
from monitor.fetch import FetchPolicy
from monitor.fetch.rate_limits import RateLimiter
from monitor.memory import ByteBudget
from monitor.model import Extracted, Outcome, OutletProfile, RawPage, Result
from monitor.pipeline import AcquiredArticle, Line
from monitor.ports import Purpose, Response
from monitor.store import open_store
from monitor.store.line.entries import StoredPage

MEGABYTE = 1_000_000


def acquired(size: int, fill: bytes = b"p") -> AcquiredArticle:
    page = replace(article("post.example/1"), raw=RawPage(fill * size, {"etag": "x"}))
    return AcquiredArticle(Result(None, NOW, Outcome.NO_MATCH, article=page))  # type: ignore[arg-type]


async def through_backlog(*items: AcquiredArticle) -> list[WaitingArticle]:
    backlog, taken = Backlog(), list[WaitingArticle]()
    for item in items:
        await backlog.put(item)
    await backlog.close()
    while batch := await backlog.take_batch():
        taken += batch
    return taken


def body_in_memory(waiting: WaitingArticle) -> bytes:
    return waiting.acquired.result.article.raw.body  # type: ignore[union-attr]


async def test_a_page_waits_on_disk_and_comes_back_whole():
    items = [acquired(5 * MEGABYTE, fill) for fill in (b"a", b"b", b"c", b"d", b"e")] + [acquired(SPOOLED_FROM - 1)]
    waiting = await through_backlog(*items)
    assert [len(body_in_memory(one)) for one in waiting] == [0, 0, 0, 0, 0, SPOOLED_FROM - 1]
    assert [one.with_page() for one in waiting] == items
    assert [one.bytes for one in waiting] == [item.bytes for item in items]


@pytest.mark.parametrize(
    ("puts", "bound", "batches"),
    [
        (3, 8 * MEGABYTE, [3]),  # the run has ended: nothing more comes
        (7, 8 * MEGABYTE, [5, 2]),  # a full batch does not wait
        (3, 2 * MEGABYTE, [2, 1]),  # fetching waits for room
    ],
)
async def test_articles_are_matched_together_but_fetching_never_waits_for_more(monkeypatch, puts, bound, batches):
    monkeypatch.setattr("monitor.app.ingest.backlog.GATHER_SECONDS", 3_600)
    monkeypatch.setattr("monitor.app.ingest.backlog.BATCH_ARTICLES", 5)
    backlog, sizes = Backlog(bound), list[int]()

    async def put_all() -> None:
        for _ in range(puts):
            await backlog.put(acquired(MEGABYTE))
        await backlog.close()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(put_all())
        while batch := await backlog.take_batch():
            sizes.append(len(batch))
            await backlog.mark_stored(batch)
    assert sizes == batches


@pytest.mark.parametrize(
    ("hold", "bound", "ends"),
    [
        (3_600, 8 * MEGABYTE, True),  # fetching has ended
        (0.01, 8 * MEGABYTE, False),  # it takes long
        (3_600, 3 * MEGABYTE, False),  # it waits for room
        (3_600, 9 * MEGABYTE, False),  # their pages stay in memory, where there is no disk
    ],
)
async def test_articles_are_held_until_fetching_ends_or_takes_long_or_waits_and_once(
    monkeypatch, tmp_path, hold, bound, ends
):
    monkeypatch.setattr("monitor.app.ingest.backlog.GATHER_SECONDS", 0.0)
    if bound == 9 * MEGABYTE:
        monkeypatch.setattr("monitor.app.ingest.backlog.HELD_IN_MEMORY", 3 * MEGABYTE)
        monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    backlog = Backlog(bound, hold)
    taking = asyncio.create_task(backlog.take_batch())
    for _ in range(2):
        await backlog.put(acquired(MEGABYTE))
    await asyncio.sleep(0)
    assert not taking.done()
    await backlog.put(acquired(MEGABYTE))
    if ends:
        await backlog.close()
    async with asyncio.timeout(60):
        batch = await taking
        assert len(batch) == 3
        await backlog.mark_stored(batch)
        if not ends:
            await backlog.put(acquired(10))
            assert len(await backlog.take_batch()) == 1


class RecordedSandbox(DirectSandbox):
    """Records what reads and what matches, in order."""

    events: ClassVar[list[str]] = []
    on_match: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    async def __aexit__(self, *_: object) -> None:
        self.events.append("matcher ends" if self.tool else "reader ends")

    async def run(self, stage, *args, **kwargs):
        self.events.append("match" if self.tool else "read")
        if self.tool:
            self.on_match()
        return await super().run(stage, *args, **kwargs)


@contextmanager
def recorded_app(folder: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr(RecordedSandbox, "events", [])
    settings = load_settings(furnish(folder, web), {"MONITOR_SMTP_URL": "smtp://127.0.0.1:9"}, folder)
    app = App(settings, open_store(settings.database_url), Clock(), RecordedSandbox)
    yield app
    app.close()


def post() -> Outlet:
    text = "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers would appeal. " * 4
    return Outlet("post", "en", [Piece(name, f"Court: {name}", f"{name}. {text}") for name in ("first", "second")])


def test_what_reads_pages_has_ended_when_a_short_run_matches(tmp_path, monkeypatch):
    monkeypatch.setattr("monitor.app.ingest.backlog.GATHER_SECONDS", 0.0)
    with Web(post()) as web, recorded_app(tmp_path, web, monkeypatch) as app:
        web.held["/post/second"] = answer = threading.Event()
        threading.Timer(0.3, answer.set).start()  # long enough to match the first, if it were not held
        run = app.ingest()
    assert (run.articles, run.outcomes[Outcome.QUEUED]) == (2, 2)
    steps = [step for step, _ in groupby(RecordedSandbox.events)]
    assert steps == ["read", "reader ends", "match", "matcher ends"]


def set_policy(monkeypatch: pytest.MonkeyPatch, **limits: timedelta) -> None:
    monkeypatch.setattr("monitor.app.ingest.backlog.GATHER_SECONDS", 0.0)
    monkeypatch.setattr("monitor.app.ingest.run.run_policy", lambda settings: replace(run_policy(settings), **limits))


@pytest.mark.parametrize(
    ("hold", "recipients"),
    [(timedelta(0), ""), (timedelta(hours=1), "recipients: [{to: anna@ngo.example, at_once: true}]")],
    ids=["long", "with alerts"],
)
def test_a_long_run_and_one_with_alerts_match_while_they_read(tmp_path, monkeypatch, hold, recipients):
    set_policy(monkeypatch, match_after=hold)
    if recipients:
        (tmp_path / "recipients.yaml").write_text(recipients, "utf-8")
    matched = threading.Event()
    monkeypatch.setattr(RecordedSandbox, "on_match", staticmethod(matched.set))
    with Web(post()) as web, recorded_app(tmp_path, web, monkeypatch) as app:
        web.held["/post/second"] = matched  # not answered before an article was matched
        run = app.ingest()
    assert (run.articles, run.outcomes[Outcome.QUEUED]) == (2, 2)
    assert RecordedSandbox.events.index("match") < RecordedSandbox.events.index("reader ends")


def test_nothing_reads_or_matches_while_a_run_files_that_was_stopped(tmp_path, monkeypatch):
    set_policy(monkeypatch, match_after=timedelta(0), stop_waiting_after=timedelta(seconds=0.5))
    monkeypatch.setattr(
        "monitor.app.ingest.filing.file_pending_articles", lambda *_, **__: RecordedSandbox.events.append("file")
    )
    with Web(post()) as web, recorded_app(tmp_path, web, monkeypatch) as app:
        web.held["/post/second"] = never = threading.Event()
        run = app.ingest()
        never.set()
    assert "a run had to be stopped" in run.problems[-1]
    assert {"reader ends", "matcher ends"} <= set(RecordedSandbox.events[: RecordedSandbox.events.index("file")])


def test_a_job_of_a_fleet_waits_for_no_other_article(tmp_path):
    settings = load_settings(tmp_path, {}, tmp_path)
    assert slice_policy(settings, SLICE_LEASE).match_after == timedelta(0) < run_policy(settings).match_after


async def test_pages_on_disk_have_no_name_and_are_gone_with_the_last(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = set(Path("/proc/self/fd").iterdir())
    waiting = await through_backlog(*(acquired(5 * MEGABYTE) for _ in range(8)))
    assert list(tmp_path.iterdir()) == []
    assert 0 < len(set(Path("/proc/self/fd").iterdir()) - before) <= 3, "a file holds several pages"
    waiting.clear()
    assert set(Path("/proc/self/fd").iterdir()) <= before


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("trouble", ["the disk is full", "no file can be made", "the last of the disk"])
async def test_a_page_stays_in_memory_where_the_disk_has_no_room(monkeypatch, tmp_path, recwarn, trouble):
    if trouble == "the disk is full":
        monkeypatch.setattr(os, "pwrite", full)
    elif trouble == "no file can be made":
        monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    else:  # which is left to the database
        monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=4096))
    item = acquired(MEGABYTE)
    (waiting,) = await through_backlog(item)
    gc.collect()  # an object that is half made must not complain: cron would mail it
    assert waiting.page is None and waiting.with_page() == waiting.acquired == item
    assert recwarn.list == []


async def test_a_page_that_disk_lost_a_part_of_is_an_error_and_no_page(monkeypatch):
    (waiting,) = await through_backlog(acquired(MEGABYTE))
    monkeypatch.setattr(os, "pread", lambda *_: b"half a page")
    with pytest.raises(OSError, match="was cut"):
        waiting.with_page()


class SlowSandbox:
    """Extracts a page at a time, and counts the bytes that wait for it."""

    def __init__(self) -> None:
        self.bytes, self.most, self.pages, self.turn = 0, 0, 0, asyncio.Lock()

    async def run(self, stage: Callable[..., Any], body: bytes, *args: object) -> Any:
        self.bytes += len(body)
        self.most = max(self.most, self.bytes)
        async with self.turn:
            await asyncio.sleep(0.002)
        self.bytes -= len(body)
        self.pages += 1
        return Extracted("", "")


@pytest.mark.parametrize("size", [MEGABYTE, 5 * MEGABYTE])
async def test_no_further_page_is_requested_while_too_many_bytes_wait_for_extraction(size):
    bound, at_once = 10 * MEGABYTE, 3
    sandbox, pages = SlowSandbox(), ByteBudget(bound)
    limiter = RateLimiter(FetchPolicy(host_gap=0.0, max_requests=at_once), lambda: NOW, pages=pages)
    line = Line(None, sandbox, pages=pages)  # type: ignore[arg-type]

    async def read(number: int) -> None:
        async with limiter.slot(f"site{number}.example:443", Purpose.PAGE):
            await asyncio.sleep(0)
        await line.extract(Response("https://site.example/", 200, body=bytes(size)), OutletProfile())

    async with asyncio.timeout(30):
        await asyncio.gather(*(read(number) for number in range(60)))
    assert sandbox.pages == 60, "none waits for ever"
    assert bound <= sandbox.most <= bound + at_once * size


@pytest.mark.parametrize(("memory", "readers"), [(480, 1), (1_000, 2), (24_000, 2)])
def test_a_small_server_has_one_process_that_reads_pages(memory, readers):
    assert reader_count(memory * MEGABYTE) == readers


async def test_a_feed_is_read_while_pages_wait_for_extraction_and_a_failed_page_makes_room():
    pages = ByteBudget(MEGABYTE)
    limiter = RateLimiter(FetchPolicy(host_gap=0.0), lambda: NOW, pages=pages)

    async def request(purpose: Purpose) -> str:
        async with limiter.slot("site.example:443", purpose):
            return purpose.value

    with pytest.raises(ValueError, match="odd page"), pages.hold(2 * MEGABYTE):
        assert await asyncio.wait_for(request(Purpose.FEED), 60) == "feed"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(request(Purpose.PAGE), 0.05)
        raise ValueError("odd page")
    assert await asyncio.wait_for(request(Purpose.PAGE), 60) == "page"


def test_an_article_stays_known_while_another_feed_looks_it_up():
    class Stored:
        def pages_of(self, keys: Collection[str]) -> Mapping[str, StoredPage]:
            answers.append("k" in keys and known.has_article("k"))
            return {"k": StoredPage(1, "https://post.example/k")}

        def has_article(self, *_: object, **__: object) -> bool:
            return True

    answers: list[bool] = []
    known = KnownArticlesOfRun(Stored())  # type: ignore[arg-type]
    known.look_up(["k"])
    known.look_up(["k", "other"])
    assert answers == [True, True]
