"""Claims over slices: a part of the due work, taken by one, and a result that only its taker stores."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select, update

from kit.databases import POSTGRESQL
from kit.store import (
    DAY,
    HOUR,
    MELIS,
    MINUTE,
    NOW,
    TEXT,
    archived,
    backlog,
    claimed,
    ended,
    feed,
    hit,
    in_threads,
    item,
    row_counts,
    visited,
    watch,
)  # fmt: skip
from monitor import failpoints
from monitor.errors import ClaimLost
from monitor.model import SLICES, HostState, Outcome, Queue, RecheckResult, RescanMatch, Validators
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.line import claims
from monitor.urls import origin_of_url, slice_of

UNTIL = NOW + HOUR


def slice_of_url(url: str) -> int:
    return slice_of(origin_of_url(url))


# ---- slices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://post.example/rss", "https://post.example:443/a?b", True),
        ("https://POST.example./rss", "https://post.example/", True),
        ("http://пост.example/rss", "http://xn--n1abhe.example/", True),
        ("https://post.example/rss", "http://post.example/rss", False),  # another port is another queue
        ("https://post.example/rss", "https://post.example:8443/rss", False),
        ("https://post.example/rss", "https://www.post.example/rss", False),
    ],
)
def test_addresses_of_one_host_and_port_are_in_one_slice(one: str, two: str, same: bool):
    assert (origin_of_url(one) == origin_of_url(two)) is same
    assert not same or slice_of_url(one) == slice_of_url(two)


def test_hosts_are_spread_over_all_slices():
    numbers = [slice_of(f"outlet-{n}.example:443") for n in range(20 * SLICES)]
    assert set(numbers) == set(range(SLICES))


def test_an_address_that_is_none_has_no_origin():
    assert {origin_of_url(url) for url in ("", "mailto:a@b.example", "https://user@b.example/")} == {""}


def test_a_claim_takes_at_most_its_limit_of_its_slice_the_most_overdue_first(store: Store):
    feeds = [feed(f"post-{n}", url=f"https://post.example/{n}") for n in range(5)]
    store.feeds.sync_list([*feeds, feed("herald")], NOW)
    with store.database.writing("a test") as connection:
        for n in range(5):
            of_feed = t.feed.c.id == f"post-{n}"
            connection.execute(update(t.feed).where(of_feed).values(next_due=NOW - n * MINUTE))
    number = slice_of_url("https://post.example/")
    first = store.feeds.claim_due(NOW, UNTIL, claim=7, slice_number=number, limit=2)
    assert [(record.feed.id, record.claim) for record in first] == [("post-4", 7), ("post-3", 7)]
    remaining = store.feeds.claim_due(NOW, UNTIL, slice_number=number, limit=9)
    assert [record.feed.id for record in remaining] == ["post-2", "post-1", "post-0"]
    assert [record.feed.id for record in store.feeds.claim_due(NOW, UNTIL)] == ["herald"]


def test_pages_are_claimed_by_the_host_of_their_link_and_no_feed_takes_all(store: Store):
    one, two = claimed(store, "one", "two")
    far = [item(n, url=f"https://far.example/{n}", published=NOW - n * MINUTE) for n in range(6)]
    store.feeds.save_visit(visited(one, *far, item(8), item(9, url="", title="No link")))
    store.feeds.save_visit(visited(two, item(7, url="https://far.example/7", published=NOW - HOUR)))
    number = slice_of_url("https://far.example/")
    assert set(store.claims.due_slices(Queue.PAGES, NOW)) == {
        number, slice_of_url("https://post.example/"), slice_of_url("https://one.example/")
    }  # fmt: skip
    entries = store.entries.claim_slice(number, NOW, UNTIL, 9, limit_per_feed=2, claim=3)
    assert [(e.item.guid, e.feed.feed.id, e.claim) for e in entries] == [
        ("guid-0", "one", 3), ("guid-1", "one", 3), ("guid-7", "two", 3)
    ]  # fmt: skip
    assert len(store.entries.claim_slice(number, NOW, UNTIL, 1, limit_per_feed=9)) == 1
    store.feeds.sync_list([feed("two")], NOW)  # entries of a feed that is not listed wait
    assert store.entries.claim_slice(number, NOW, UNTIL, 9, limit_per_feed=9) == []
    assert store.claims.due_slices(Queue.PAGES, NOW) == []


def test_the_most_overdue_slice_comes_first_and_claimed_work_is_not_due(store: Store):
    states = claimed(store, "post", "herald")
    for state, wait in zip(states, (30, 20), strict=True):
        store.feeds.save_visit(visited(state, next_due=NOW + wait * MINUTE))
    slices = [slice_of_url(f"https://{state.feed.id}.example/") for state in states]
    assert store.claims.due_slices(Queue.VISITS, NOW + 25 * MINUTE) == [slices[1]]
    assert store.claims.due_slices(Queue.VISITS, NOW + HOUR) == [slices[1], slices[0]]
    assert store.claims.due_work(Queue.VISITS, NOW + HOUR) == (2, NOW + 20 * MINUTE)
    store.feeds.claim_due(NOW + HOUR, NOW + DAY, slice_number=slices[1])
    assert store.claims.due_slices(Queue.VISITS, NOW + HOUR) == [slices[0]]
    assert store.claims.due_work(Queue.RECHECKS, NOW + HOUR) == (0, None)


# ---- a result whose claim is no longer its own ----------------------------------------------------------------------


def test_a_trip_that_outlived_its_claim_stores_nothing_and_the_later_one_does(store: Store):
    watch(store)
    (late,) = backlog(store, item(1))
    (entry,) = store.entries.claim(late.feed.number, NOW + 2 * HOUR, NOW + DAY, 9, claim=2)
    with pytest.raises(ClaimLost):
        store.entries.save_result(ended(late, "late", hit()))
    assert row_counts(store)["article"] == 0
    assert store.entries.save_result(ended(entry, "k", hit())).outcome is Outcome.QUEUED
    with pytest.raises(ClaimLost):
        store.entries.save_result(ended(late, "late", hit()))
    assert [row_counts(store)[name] for name in ("article", "hit", "article_version")] == [1, 1, 1]


def test_a_trip_whose_claim_expired_is_stored_while_nobody_else_took_its_entry(store: Store):
    (late,) = backlog(store, item(1))
    assert store.entries.save_result(replace(ended(late, "k"), at=NOW + DAY)).article is not None


def test_a_recheck_that_outlived_its_claim_stores_nothing(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(replace(ended(entry, "k"), validators=Validators('"1"')))
    due, rooms = NOW + 7 * HOUR, {entry.feed.number: 9}
    (late,) = store.revisits.claim(due, due + HOUR, 9, rooms, claim=5)
    (recheck,) = store.revisits.claim(due + HOUR, due + DAY, 9, rooms, claim=6)
    changed = replace(late.article, text=TEXT + " More.")
    with pytest.raises(ClaimLost):
        store.revisits.save(RecheckResult(late, due + 2 * HOUR, article=changed))
    assert row_counts(store)["article_version"] == 1
    store.revisits.save(RecheckResult(recheck, due + 2 * HOUR, article=changed))
    assert row_counts(store)["article_version"] == 2


def test_a_closed_claim_leaves_its_rows_to_others_and_takes_none_of_theirs(store: Store):
    store.feeds.sync_list([feed("post"), feed("herald")], NOW)
    one, two = (store.claims.open(name, NOW, UNTIL) for name in ("one", "two"))
    store.feeds.claim_due(NOW, UNTIL, feed_ids=["post"], claim=one.number)
    store.feeds.claim_due(NOW, UNTIL, feed_ids=["herald"], claim=two.number)
    store.hosts.take(one, ["post.example:443"], NOW)
    assert [claim.worker for claim in store.claims.live(NOW)] == ["one", "two"]
    store.claims.close(one)
    assert [claim.worker for claim in store.claims.live(NOW)] == ["two"]
    assert [record.feed.id for record in store.feeds.claim_due(NOW, UNTIL)] == ["post"]
    assert set(store.hosts.take(two, ["post.example:443"], NOW)) == {"post.example:443"}
    assert store.claims.live(UNTIL) == []
    assert store.claims.open("three", UNTIL, UNTIL + HOUR).number > two.number
    assert row_counts(store)["claim"] == 1  # that of a worker that died is gone


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_worker_that_stands_still_while_it_stores_keeps_no_other_from_its_work(store: Store):
    stopped = store.claims.open("stopped", NOW, UNTIL)
    with store.database.engine.begin() as connection:
        its_claim = select(t.claim.c.number).where(t.claim.c.number == stopped.number)
        connection.execute(its_claim.with_for_update(read=True, key_share=True))  # as a visit that is being stored
        store.claims.open("other", UNTIL, UNTIL + HOUR)


def test_an_entry_or_feed_whose_host_another_asks_is_put_back_under_that_host(store: Store):
    (entry,) = backlog(store, item(1))
    busy_origin = "far.example:443"
    waiting = ended(entry, outcome=Outcome.PENDING, due=NOW + MINUTE, request_sent=False, held_origin=busy_origin)
    store.entries.save_result(waiting)
    assert store.claims.due_slices(Queue.PAGES, NOW + MINUTE) == [slice_of(busy_origin)]
    (entry_then,) = store.entries.claim_slice(slice_of(busy_origin), NOW + MINUTE, UNTIL, 9, limit_per_feed=9)
    assert entry_then.tries == 0
    (state,) = claimed(store, "herald")
    store.feeds.save_visit(visited(state, request_sent=False, held_origin=busy_origin, next_due=NOW + DAY))
    assert store.claims.due_slices(Queue.VISITS, NOW) == [slice_of(busy_origin)]  # due as before: it was not asked


def test_a_visit_to_the_old_address_of_a_feed_changes_nothing_of_the_new_one(store: Store):
    store.feeds.sync_list([feed("post")], NOW)
    (state,) = store.feeds.claim_due(NOW, UNTIL, claim=store.claims.open("one", NOW, UNTIL).number)
    store.feeds.sync_list([feed("post", url="https://new.example/rss")], NOW)
    with pytest.raises(ClaimLost):
        store.feeds.save_visit(visited(state, item(1), next_due=NOW + DAY))
    (stored,) = store.feeds.states()
    assert (stored.address, stored.next_due) == ("https://new.example/rss", None)
    assert row_counts(store)["entry"] == 1  # the old address may not show it any more
    assert store.claims.due_slices(Queue.VISITS, NOW) == [slice_of_url("https://new.example/rss")]


@pytest.mark.check
def test_a_visit_that_outlived_its_claim_stores_its_entries_after_the_other_one(store: Store):
    """At the same time, each could wait for an entry of the other."""
    store.feeds.sync_list([feed("post")], NOW)
    (late,) = store.feeds.claim_due(NOW, UNTIL, claim=store.claims.open("one", NOW, UNTIL).number)
    store.feeds.claim_due(UNTIL, UNTIL + HOUR, claim=store.claims.open("two", UNTIL, UNTIL + HOUR).number)

    def save() -> None:
        with suppress(ClaimLost):
            store.feeds.save_visit(visited(late, item(1)))

    thread = threading.Thread(target=save)
    with store.database.writing("a test") as connection:
        connection.execute(update(t.feed).values(last_visit=UNTIL))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()
    assert row_counts(store)["entry"] == 1


# ---- hosts ----------------------------------------------------------------------------------------------------------

HOST, SECOND_HOST = "post.example:443", "herald.example:443"


def test_a_host_is_asked_by_one_claim_until_it_is_saved_or_expires(store: Store):
    one, two = store.claims.open("one", NOW, UNTIL), store.claims.open("two", NOW, UNTIL + HOUR)
    assert store.hosts.take(one, [HOST], NOW) == {HOST: HostState(HOST)}
    assert store.hosts.take(one, [HOST, SECOND_HOST], NOW).keys() == {HOST, SECOND_HOST}
    assert store.hosts.take(two, [HOST], NOW) == {}
    state = HostState(HOST, NOW, NOW + MINUTE, 3.5, b"User-agent: *", NOW)
    store.hosts.save(one, [state])
    assert store.hosts.take(two, [HOST, SECOND_HOST], NOW) == {HOST: state}
    store.hosts.save(one, [replace(state, gap=9.0)])  # it is no longer its own
    store.hosts.save(two, [])
    store.claims.close(two)
    assert store.hosts.take(one, [HOST], NOW)[HOST].gap == 3.5
    assert store.hosts.take(two, [SECOND_HOST], UNTIL).keys() == {SECOND_HOST}  # who held it died


def test_of_many_that_take_a_new_host_at_once_one_gets_it(store: Store):
    claims = [store.claims.open(f"{n}", NOW, UNTIL) for n in range(6)]
    origins, taken_slices = [f"{n}.example:443" for n in range(20)], []

    def take(claim) -> None:
        taken_slices.extend(store.hosts.take(claim, origins, NOW))

    in_threads(*(partial(take, claim) for claim in claims))
    assert sorted(taken_slices) == sorted(origins)


def test_hosts_not_asked_for_long_are_forgotten_and_those_in_use_are_not(store: Store):
    claim = store.claims.open("one", NOW, UNTIL)
    store.hosts.take(claim, [HOST, SECOND_HOST, "new.example:443"], NOW)
    store.hosts.save(claim, [HostState(HOST, NOW - 40 * DAY), HostState(SECOND_HOST, NOW)])
    assert store.hosts.forget(NOW - 30 * DAY, NOW) == 1
    assert row_counts(store)["host_state"] == 2
    assert store.hosts.forget(NOW - 30 * DAY, UNTIL) == 1  # who held it died


# ---- the archive in ranges ------------------------------------------------------------------------------------------


@pytest.fixture
def archive(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Seven articles, and names that joined the list after them; ranges of three."""
    monkeypatch.setattr(claims, "ARTICLES_PER_RANGE", 3)
    for n in range(7):
        archived(store, f"{TEXT} {n}")
    watch(store)
    return store


def test_a_rescan_is_divided_and_its_last_range_ends_it(archive: Store):
    one, two = (archive.claims.open(name, NOW, UNTIL) for name in ("one", "two"))
    assert archive.ranges.progress() == (0, 7)
    parts = [archive.ranges.claim(claim, NOW) for claim in (one, two, one)]
    assert [(part.top, part.bottom, part.position) for part in parts] == [(7, 5, 7), (4, 2, 4), (1, 1, 1)]
    assert archive.ranges.claim(two, NOW) is None
    assert archive.ranges.progress() == (0, 7)
    (old,) = archive.archive.articles(6, None, 9, down_to=6)
    match = RescanMatch(old.article, (hit(text=old.article.text),))
    archive.ranges.save(replace(parts[0], position=5), [match], NOW)
    assert archive.ranges.progress() == (2, 7)
    assert [candidate.id for candidate in archive.stories.awaiting_filing()] == [6]
    archive.claims.close(one)  # stopped: another goes on where it was
    assert archive.ranges.claim(two, NOW).position == 5
    last_range = archive.ranges.claim(two, NOW)
    with pytest.raises(ClaimLost):
        archive.ranges.save(replace(parts[2], position=0), [match], NOW)
    for part in (replace(parts[0], claim=two.number), parts[1], last_range):
        assert archive.archive.pending_rescan() is not None
        archive.ranges.save(replace(part, position=part.bottom - 1), [], NOW)
    assert archive.archive.pending_rescan() is None and archive.ranges.progress() == (0, 0)


def test_all_ranges_begin_anew_after_a_job_with_an_older_list_and_after_new_names(archive: Store):
    claim = archive.claims.open("one", NOW, UNTIL)
    part = archive.ranges.claim(claim, NOW)
    archive.ranges.save(replace(part, position=4), [], NOW)
    archived(archive, f"{TEXT} 8")
    archive.claims.close(archive.claims.open("two", NOW, UNTIL, version=1))  # the list in force
    assert archive.ranges.progress() == (3, 7)
    # A job with the list of before stored it, or a new version of an older one.
    archive.claims.close(archive.claims.open("three", NOW, UNTIL, version=0))
    assert archive.ranges.claim(claim, NOW).top == 8 and archive.ranges.progress() == (0, 8)
    with pytest.raises(ClaimLost):
        archive.ranges.save(replace(part, position=4), [], NOW)
    watch(
        archive,
        *(
            replace(entity, note="new", aliases=(*entity.aliases, "New Name"))
            for entity in archive.watchlists.current().entities
        ),
    )
    assert archive.ranges.claim(claim, NOW).version == 2 and archive.ranges.progress() == (0, 8)


def test_the_last_range_ends_no_rescan_for_names_that_joined_meanwhile(archive: Store):
    claim = archive.claims.open("one", NOW, UNTIL)
    *parts, last = [archive.ranges.claim(claim, NOW) for _ in range(3)]
    for part in parts:
        archive.ranges.save(replace(part, position=part.bottom - 1), [], NOW)
    watch(archive, replace(MELIS, id="new", name="New Name"))
    archive.ranges.save(replace(last, position=last.bottom - 1), [], NOW)
    assert archive.archive.pending_rescan() is not None and archive.ranges.progress() == (0, 7)


@pytest.mark.check
def test_of_two_last_ranges_that_end_at_once_one_ends_the_rescan(archive: Store):
    claim = archive.claims.open("one", NOW, UNTIL)
    first, *parts = [archive.ranges.claim(claim, NOW) for _ in range(3)]
    archive.ranges.save(replace(first, position=first.bottom - 1), [], NOW)
    both_wrote = threading.Barrier(2)

    def point(name: str) -> None:
        if name == "save a range: before its commit":
            with suppress(threading.BrokenBarrierError):  # one waits for the other before it writes
                both_wrote.wait(0.3)

    def end(part) -> None:
        archive.ranges.save(replace(part, position=part.bottom - 1), [], NOW)

    failpoints.arm(point)
    in_threads(*(partial(end, part) for part in parts))
    failpoints.arm(None)
    assert archive.archive.pending_rescan() is None and archive.ranges.progress() == (0, 0)


def test_what_a_worker_stored_is_looked_through_for_later_names_however_its_claim_ends(store: Store):
    rescan = store.claims.open("rescan", NOW, UNTIL + DAY, Queue.ARCHIVE)

    def finish() -> None:
        part = store.ranges.claim(rescan, NOW)
        store.ranges.save(replace(part, position=part.bottom - 1), [], NOW)
        assert store.archive.pending_rescan() is None

    def close_after_another_ended_it(claim) -> None:
        store.claims.open("next", UNTIL, UNTIL)
        finish()
        store.claims.close(claim)

    ends = {
        "closed": store.claims.close,
        "closed after it expired": close_after_another_ended_it,
        "expired": lambda _: store.claims.open("next", UNTIL, UNTIL),
        "released": lambda _: store.entries.release(),
    }
    archived(store, TEXT)
    for n, (name, end) in enumerate(ends.items()):
        claim = store.claims.open(name, NOW, UNTIL, version=n)
        watch(store, replace(MELIS, id=f"new-{n}", name=f"New Name {n}"))
        finish()
        end(claim)
        assert store.archive.pending_rescan().entities == {f"new-{n}"}, name
        finish()
        store.claims.close(store.claims.open("another", UNTIL, UNTIL, version=n + 1))
        assert store.archive.pending_rescan() is None, name


def test_no_range_is_made_without_a_rescan(store: Store):
    assert store.ranges.claim(store.claims.open("one", NOW, UNTIL), NOW) is None
    assert row_counts(store)["archive_range"] == 0
