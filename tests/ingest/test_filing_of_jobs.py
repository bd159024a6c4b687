"""One process files while many gather, and makes the same stories as if one process had done it all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from kit.databases import Server
from kit.store import HOUR, MINUTE, NOW, feed, hit, item, visited, watch
from kit.store import article as some_article
from monitor.cluster.fingerprint import fingerprint
from monitor.errors import StoreError
from monitor.ingest.filing import LONGEST_WAIT, file_pending_articles
from monitor.model import Entry, Outcome, Queue, Result
from monitor.store import Store, open_store
from monitor.store import tables as t

FEEDS, ENTRIES, SECONDS = 4, 4, timedelta(seconds=1)
EVENTS = [
    "The court in Osh extended the arrest of the reporter until spring and let nobody in",
    "Customs officers in Batken found forty sheep in a lorry that was said to carry onions",
    "A bridge over the river was closed after the flood took away two of its five pillars",
    "The ministry published a draft that obliges every library to keep a list of readers",
    "Teachers of the music school wrote an open letter about the piano that was sold",
]


def text_of(n: int, visit: int) -> str:
    """Return articles of which some tell the same event, and every third copies the one before it."""
    event = EVENTS[(n + visit) % len(EVENTS)]
    return f"{event}. " * 4 + ("" if n % 3 else f"Reported by number {visit}{n}. ") + "Melis Tokoev was there."


@dataclass
class Day:
    """Feeds that are visited at set times, whatever happens between."""

    stores: Sequence[Store]
    clock: datetime = NOW

    def __post_init__(self) -> None:
        watch(self.stores[0])
        self.stores[0].feeds.sync_list([feed(f"feed-{n}") for n in range(FEEDS)], NOW)
        self.next_store = cycle(self.stores)

    def visit(self, n: int, at: datetime) -> Iterator[None]:
        """Run a job that visits one feed; yield while its claim is open, before the visit is stored and after."""
        store = next(self.next_store)
        claim = store.claims.open("a worker", at, at + HOUR, Queue.VISITS)
        (state,) = store.feeds.claim_due(at, claim.until, feed_ids=[f"feed-{n}"], claim=claim.number)
        yield
        entries = [item(k, url=f"https://feed-{n}.example/{k}", guid=f"{n}-{k}") for k in range(ENTRIES)]
        store.feeds.save_visit(visited(state, *entries, at=at))
        yield
        store.claims.close(claim)

    def trip(self, n: int, k: int) -> None:
        """Run a job that reads one page."""
        store = next(self.next_store)
        claim = store.claims.open("a worker", self.clock, self.clock + HOUR, Queue.PAGES)
        number = next(s.number for s in store.feeds.states() if s.feed.id == f"feed-{n}")
        entries = store.entries.claim(number, self.clock, claim.until, ENTRIES, claim=claim.number)
        claimed = [entry for entry in entries if entry.item.guid == f"{n}-{k}"]
        for entry in claimed:
            store.entries.save_result(self.result(entry, n, k))
        store.claims.close(claim)

    def result(self, entry: Entry, n: int, k: int) -> Result:
        text = text_of(k, n)
        page = some_article(
            f"feed-{n}.example/{k}", text, title=f"Title {n} {k}", outlet=f"outlet-{n}", first_seen=entry.first_seen,
            published=NOW - ((n * 7 + k * 13) % 19) * MINUTE, url=entry.item.url,
        )  # fmt: skip
        named = hit(text=text)
        return Result(entry, self.clock, Outcome.QUEUED, article=page, hits=(named,), fingerprint=fingerprint("", text))

    def file(self, *, jobs_gather: bool = True) -> int:
        store = next(self.next_store)
        return file_pending_articles(store, lambda: self.clock, jobs_gather=jobs_gather)


def queue_of(store: Store) -> set[object]:
    """All items by natural keys: their articles, who copied whom by which rule, their state and version."""
    rows = set()
    for story in store.reviews.listing():
        keys = {a.id: a.url for a in story.articles}
        copies = frozenset((a.url, keys[a.copy_of]) for a in story.articles if a.copy_of is not None)
        rows.add((frozenset(keys.values()), copies, story.state, story.version, str(story.reopened)))
    return rows


def visit_time(n: int) -> datetime:
    return NOW + n * 50 * SECONDS


@pytest.fixture(scope="module")
def single_queue(tmp_path_factory: pytest.TempPathFactory) -> set[object]:
    """Return the queue of one process on SQLite: each run reads the feeds of a minute, then files everything."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'monitor.db'}")
    day = Day([store])
    for _, feeds in groupby(range(FEEDS), key=lambda n: visit_time(n).replace(second=0)):
        numbers = list(feeds)
        for n in numbers:
            for _ in day.visit(n, visit_time(n)):
                pass
        day.clock = NOW + 9 * MINUTE
        for n in numbers:
            for k in range(ENTRIES):
                day.trip(n, k)
        assert day.file(jobs_gather=False) == ENTRIES * len(numbers)
    queue = queue_of(store)
    store.close()
    assert len(queue) > 3 and any(copies for _, copies, *_ in queue)
    return queue


@pytest.fixture(scope="module")
def fleet(postgresql: Server) -> Iterator[Sequence[Store]]:
    """Three processes' connections to one PostgreSQL."""
    postgresql.run("CREATE DATABASE fleet_filing")
    stores = [open_store(postgresql.url("fleet_filing")) for _ in range(3)]
    yield stores
    for store in stores:
        store.close()


def emptied(stores: Sequence[Store]) -> Sequence[Store]:
    with stores[0].database.writing("a test") as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in t.Row.metadata.tables.values():
            connection.execute(delete(table))
    return stores


MINUTES = st.integers(0, 8 * 60).map(lambda seconds: seconds * SECONDS)


@pytest.mark.check
@settings(
    max_examples=max(2, settings.default.max_examples // 12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(MINUTES, min_size=FEEDS * (1 + ENTRIES), max_size=FEEDS * (1 + ENTRIES)), st.lists(MINUTES, max_size=6))
def test_stories_and_queue_do_not_depend_on_who_ran_when(
    single_queue: set[object], fleet: Sequence[Store], waits: list[timedelta], filings: list[timedelta]
):
    day = Day(emptied(fleet))
    events: list[tuple[datetime, int, object]] = []
    for n in range(FEEDS):
        job, lasts = day.visit(n, visit_time(n)), waits[n] / 8
        stored_at = visit_time(n) + lasts / 2
        events += [(at, 0, job) for at in (visit_time(n), stored_at, visit_time(n) + lasts)]
        trips = waits[FEEDS + n * ENTRIES :][:ENTRIES]
        events += [(stored_at + wait, 1, (n, k)) for k, wait in enumerate(trips)]
    events += [(NOW + 50 * SECONDS + at, 2, None) for at in filings]
    for day.clock, kind, task in sorted(events, key=lambda event: event[:2]):
        if kind == 0:
            next(task, None)
        elif kind == 1:
            day.trip(*task)
        else:
            day.file()
    day.clock = NOW + HOUR
    day.file()
    assert queue_of(fleet[0]) == single_queue
    assert fleet[0].upkeep.check() == ()


@pytest.mark.check
def test_what_is_complete_is_filed_while_others_gather(fleet: Sequence[Store]):
    day = Day(emptied(fleet))
    for _ in day.visit(0, NOW):
        pass
    for k in range(ENTRIES):
        day.trip(0, k)
    late = day.visit(1, NOW + 2 * MINUTE)
    next(late)  # a visit that does not end
    day.clock = NOW + 3 * MINUTE
    assert day.file() == ENTRIES
    next(late)
    day.clock = NOW + 4 * MINUTE
    assert day.file() == 0  # its pages are not read yet
    day.trip(1, 0)
    assert day.file() == 0
    for k in range(1, ENTRIES):
        day.trip(1, k)
    assert day.file() == 0  # and its visit is still open: it may bring more of the same minute
    next(late, None)
    assert day.file() == ENTRIES


def test_what_hangs_or_died_holds_up_filing_for_eleven_minutes_at_most(fleet: Sequence[Store]):
    day = Day(emptied(fleet))
    died = day.visit(1, NOW)
    next(died)
    for _ in day.visit(0, NOW + MINUTE):
        pass
    for k in range(ENTRIES - 1):  # one page is never read
        day.trip(0, k)
    day.clock = NOW + MINUTE + LONGEST_WAIT
    assert day.file() == 0
    day.clock += MINUTE
    assert day.file() == ENTRIES - 1


def test_a_visitor_that_was_stopped_for_minutes_brings_nothing_older_than_what_is_filed(store: Store):
    day = Day([store])
    claim = store.claims.open("a worker", NOW, NOW + 3 * MINUTE, Queue.VISITS)
    one, two = store.feeds.claim_due(NOW, claim.until, feed_ids=["feed-0", "feed-2"], claim=claim.number)
    day.clock = NOW + 4 * MINUTE
    store.feeds.save_visit(visited(one, item(0, guid="0-0"), at=NOW), day.clock)  # its claim still holds up filing
    for _ in day.visit(1, day.clock):  # opens a claim, which deletes those that have expired
        pass
    for trip in ((0, 0), *((1, k) for k in range(ENTRIES))):
        day.trip(*trip)
    day.clock = NOW + 6 * MINUTE
    assert day.file() == 1 + ENTRIES
    store.feeds.save_visit(visited(two, item(0, guid="2-0"), at=NOW), day.clock)
    with store.database.reading() as connection:
        times = connection.scalars(select(t.entry.c.first_seen).order_by(t.entry.c.id)).all()
    assert times == [NOW, *[NOW + 4 * MINUTE] * ENTRIES, NOW + 6 * MINUTE]


def test_filing_waits_for_a_visit_whose_claim_has_expired_until_that_is_deleted(store: Store):
    day = Day([store])
    for _ in day.visit(0, NOW):
        pass
    for k in range(ENTRIES):
        day.trip(0, k)
    store.claims.open("a worker", NOW, NOW + MINUTE, Queue.VISITS)
    day.clock = NOW + 3 * MINUTE
    assert day.file() == 0
    store.claims.open("another", day.clock, day.clock + MINUTE, Queue.PAGES)
    assert day.file() == ENTRIES


def test_a_run_that_is_alone_files_all_that_it_brought_at_once(store: Store):
    day = Day([store])
    for _ in day.visit(0, NOW):
        pass
    day.trip(0, 0)
    assert day.file(jobs_gather=True) == 0
    assert day.file(jobs_gather=False) == 1


@pytest.mark.check
def test_a_second_filer_waits_until_the_first_ended_or_died(fleet: Sequence[Store], postgresql: Server):
    emptied(fleet)
    second = threading.Thread(target=lambda: file_pending_articles(fleet[1], lambda: NOW))
    with pytest.raises(StoreError), fleet[0].database.filing_lock():
        second.start()
        second.join(0.5)
        assert second.is_alive()
        postgresql.run(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7763 AND granted"
        )
        second.join(60)
        assert not second.is_alive()


def test_the_filing_job_of_another_machine_does_not_wait_for_a_filer_and_comes_back_later(fleet: Sequence[Store]):
    day = Day(emptied(fleet))
    for _ in day.visit(0, NOW):
        pass
    day.trip(0, 0)
    day.clock += HOUR
    filed: list[int] = []
    for holder in fleet[:2]:  # the same process, and another
        job = threading.Thread(target=lambda: filed.append(day.file()))
        day.next_store = cycle(fleet[:1])
        with holder.database.filing_lock():
            job.start()
            job.join(60)
            assert not job.is_alive()
    assert [*filed, day.file()] == [0, 0, 1]


def test_a_server_is_told_to_notice_soon_that_a_machine_vanished(fleet: Sequence[Store]):
    with fleet[0].database.reading() as connection:
        # A socket of the same machine has no such times; the source tells that ours reached the server.
        keepalives = connection.exec_driver_sql(
            "SELECT source FROM pg_settings WHERE name LIKE 'tcp_keepalives%%'"
        ).all()
        raw = connection.connection.driver_connection
        assert [source for (source,) in keepalives] == ["client"] * 3
        assert raw.info.get_parameters()["keepalives_idle"] == "30"
