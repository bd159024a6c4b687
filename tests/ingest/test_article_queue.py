"""Fetched pages that wait to be extracted, and articles that wait to be matched: both within a bound of bytes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from kit.app import App
from kit.direct_sandbox import DirectSandbox
from kit.home import Clock, furnish
from kit.outlets import Outlet, Piece, Web
from kit.store import NOW, article
from monitor.config import load_settings
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.rate_limits import RateLimiter
from monitor.ingest.reading import ArticleQueue
from monitor.ingest.tools import Line, reader_count
from monitor.ingest.trip.article import AcquiredArticle
from monitor.model import Extracted, Outcome, OutletProfile, RawPage, Result
from monitor.ports import Purpose, Response
from monitor.store import open_store

MEGABYTE = 1_000_000


def acquired(size: int, fill: bytes = b"p") -> AcquiredArticle:
    page = replace(article("post.example/1"), raw=RawPage(fill * size, {"etag": "x"}))
    return AcquiredArticle(Result(None, NOW, Outcome.NO_MATCH, article=page))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("puts", "bound", "batches"),
    [
        (3, 8 * MEGABYTE, [3]),
        (7, 8 * MEGABYTE, [5, 2]),  # a batch has an end
        (3, 2 * MEGABYTE, [2, 1]),  # fetching waits for room
    ],
)
async def test_articles_are_matched_together_but_fetching_never_waits_for_more(monkeypatch, puts, bound, batches):
    monkeypatch.setattr("monitor.ingest.reading.BATCH_ARTICLES", 5)
    queue, sizes = ArticleQueue(bound), list[int]()

    async def put_all() -> None:
        for _ in range(puts):
            await queue.put(acquired(MEGABYTE))
        queue.close()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(put_all())
        await asyncio.sleep(0)
        while batch := await queue.take_batch():
            sizes.append(len(batch))
            queue.mark_stored(batch)
    assert sizes == batches


async def test_articles_that_wait_for_room_come_in_one_by_one_and_in_order():
    queue, fills_taken, largest_batch = ArticleQueue(2 * MEGABYTE), list[bytes](), 0
    fills = [bytes([number]) for number in range(20)]
    putting = [asyncio.create_task(queue.put(acquired(MEGABYTE, fill))) for fill in fills]
    async with asyncio.timeout(60):
        while len(fills_taken) < len(fills):
            batch = await queue.take_batch()
            largest_batch = max(largest_batch, len(batch))
            fills_taken += [one.result.article.raw.body[:1] for one in batch]  # type: ignore[union-attr]
            queue.mark_stored(batch)
        await asyncio.gather(*putting)
    assert (fills_taken, largest_batch) == (fills, 2)


class RecordedSandbox(DirectSandbox):
    """Tells when something is matched."""

    on_match: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    async def run(self, stage, *args, **kwargs):
        if self.tool:
            self.on_match()
        return await super().run(stage, *args, **kwargs)


@pytest.mark.parametrize("recipients", ["", "recipients: [{to: anna@ngo.example, at_once: true}]"])
def test_a_run_matches_while_it_reads(tmp_path, monkeypatch, recipients):
    if recipients:
        (tmp_path / "recipients.yaml").write_text(recipients, "utf-8")
    matched = threading.Event()
    monkeypatch.setattr(RecordedSandbox, "on_match", staticmethod(matched.set))
    text = "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers would appeal. " * 4
    post = Outlet("post", "en", [Piece(name, f"Court: {name}", f"{name}. {text}") for name in ("first", "second")])
    with Web(post) as web:
        web.held["/post/second"] = matched  # not answered before an article was matched
        settings = load_settings(furnish(tmp_path, web), {"MONITOR_SMTP_URL": "smtp://127.0.0.1:9"}, tmp_path)
        app = App(settings, open_store(settings.database_url), Clock(), RecordedSandbox)
        run = app.ingest()
        app.close()
    assert (run.articles, run.outcomes[Outcome.QUEUED]) == (2, 2)


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
