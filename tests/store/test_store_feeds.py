"""Feeds as the line stores them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from kit.databases import noted_statements
from kit.store import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    VALIDATORS,
    article,
    backlog,
    claimed,
    ended,
    feed,
    hit,
    item,
    row_counts,
    visited,
    watch,
)
from monitor.errors import ClaimLost
from monitor.feeds.schedule import learn
from monitor.model import (
    Feed,
    FeedEntry,
    FeedState,
    FeedStatus,
    NewEntry,
    Outcome,
    Result,
    Rhythm,
    TextFrom,
    Validators,
)
from monitor.store import Store
from monitor.store.line.new_entries import entry_key


def test_a_feed_comes_back_as_the_file_has_it(store: Store):
    whole = Feed(
        "post",
        "https://post.example/rss",
        "Пост",
        "ky",
        "KG",
        timedelta(minutes=30),
        False,
        "socks5://proxy.example:1080",
    )
    store.feeds.sync_list([whole, feed("herald", paused=True)], NOW)
    assert [state.feed for state in store.feeds.states()] == [feed("herald", paused=True), whole]


def test_feeds_gone_from_the_file_rest_and_keep_what_we_know_of_them(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1)))
    store.feeds.sync_list([feed("herald")], NOW)
    assert [s.feed.id for s in store.feeds.states()] == ["herald"]
    assert [s.feed.id for s in store.feeds.claim_due(NOW + DAY, NOW + DAY, include_not_due=True)] == ["herald"]
    store.feeds.sync_list([feed("herald"), feed("post")], NOW)
    returned = {s.feed.id: s for s in store.feeds.states()}["post"]
    assert (returned.number, returned.visits, returned.memory) == (state.number, 1, FeedState(validators=VALIDATORS))


def test_a_feed_gone_from_the_file_can_be_looked_up_as_it_was_and_a_listed_one_cannot(store: Store):
    whole = feed("post", interval=HOUR, proxy="socks5://proxy.example:1080")
    store.feeds.sync_list([whole, feed("herald")], NOW)
    post, herald = (state.number for state in sorted(store.feeds.states(), key=lambda s: s.feed.id, reverse=True))
    store.feeds.sync_list([feed("herald")], NOW)
    assert [store.feeds.unlisted(number) for number in (post, herald, 99)] == [whole, None, None]


def test_a_feed_can_be_made_due_before_its_time_and_no_other_is(store: Store):
    for state in claimed(store, "post", "herald"):
        store.feeds.save_visit(visited(state, next_due=NOW + DAY))
    store.feeds.make_due(next(s.number for s in store.feeds.states() if s.feed.id == "post"))
    assert [state.feed.id for state in store.feeds.claim_due(NOW + HOUR, NOW + DAY)] == ["post"]


def test_a_feed_with_another_url_is_fetched_in_full_and_at_once(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1)))
    store.feeds.sync_list([feed("post", url="https://post.example/new")], NOW)
    (moved,) = store.feeds.states()
    assert (moved.memory, moved.next_due, moved.feed.url) == (FeedState(), None, "https://post.example/new")


def test_all_that_is_remembered_of_a_feed_comes_back(store: Store):
    (state,) = claimed(store, "post")
    times = [NOW + n * HOUR for n in range(5)]
    marks = frozenset({0, -(2**63), 2**63 - 1})
    whole = FeedState(
        VALIDATORS, times[0], HOUR, marks, times[1], MINUTE, *times[2:], "https://post.example/new", moved_seen=2,
        rhythm=learn(Rhythm(), times), visit_bytes=1.5, not_modified=NOW, failures=((NOW, NOW + HOUR),),
    )  # fmt: skip
    assert all(getattr(whole, name) != getattr(FeedState(), name) for name in FeedState.__dataclass_fields__)
    store.feeds.save_visit(visited(state, memory=whole))
    (after,) = store.feeds.states()
    assert (after.memory, after.moved_to) == (whole, "")
    assert store.feeds.claim_due(NOW + HOUR, NOW + DAY)[0].memory == whole


def test_a_feed_with_another_url_starts_without_the_old_state(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, status=FeedStatus.GONE, detail="gone (410)"))
    store.feeds.sync_list([feed("post", url="https://post.example/new")], NOW + HOUR)
    (moved,) = store.feeds.states()
    assert (moved.status, moved.status_since, moved.failures, moved.detail) == (FeedStatus.NEW, NOW + HOUR, 0, "")


def test_a_claimed_feed_is_nobody_elses_until_the_claim_ends(store: Store):
    store.feeds.sync_list([feed("post"), feed("herald")], NOW)
    assert len(store.feeds.claim_due(NOW, NOW + HOUR)) == 2
    assert store.feeds.claim_due(NOW + MINUTE, NOW + HOUR, include_not_due=True, feed_ids=["post"]) == []
    assert len(store.feeds.claim_due(NOW + HOUR, NOW + 2 * HOUR)) == 2


@pytest.mark.parametrize(
    ("query", "got"),
    [
        ({}, {"due", "new"}),
        ({"include_not_due": True}, {"due", "new", "early"}),
        ({"feed_ids": ["early"]}, {"early"}),
        ({"feed_ids": ["paused"]}, set()),
        ({"feed_ids": ["unknown"]}, set()),
    ],
)
def test_due_or_requested_feeds_are_claimed_and_paused_ones_never(store: Store, query: dict, got: set):
    names = ["due", "early", "new"]
    for state in claimed(store, *names):
        if state.feed.id != "new":
            store.feeds.save_visit(visited(state, next_due=NOW + (HOUR if state.feed.id == "due" else DAY)))
    store.entries.release()
    store.feeds.sync_list([*(feed(name) for name in names), feed("paused", paused=True)], NOW)
    assert {s.feed.id for s in store.feeds.claim_due(NOW + HOUR, NOW + 2 * HOUR, **query)} == got


def test_a_visit_is_stored_whole_and_twice_is_once(store: Store):
    (state,) = claimed(store, "post")
    visit = visited(state, item(1), item(2), title="The Post")
    assert [store.feeds.save_visit(visit) for _ in range(2)] == [2, 0]
    (after,) = store.feeds.states()
    assert after.memory.validators == VALIDATORS
    assert (after.status, after.status_since, after.visits, after.failures) == (FeedStatus.OK, NOW, 1, 0)
    assert (after.next_due, after.last_visit, after.last_ok) == (NOW + HOUR, NOW, NOW)
    assert store.entries.pending_by_feed(NOW) == {state.number: 2}
    assert store.feeds.claim_due(NOW + HOUR, NOW + DAY) != []  # and it is nobody's any more


def test_trouble_is_counted_in_a_row_and_keeps_validators(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1)))
    for n in (1, 2):
        (state,) = store.feeds.states()
        trouble = visited(state, at=NOW + n * HOUR, status=FeedStatus.REFUSED, detail="HTTP 403")
        store.feeds.save_visit(trouble)
    (after,) = store.feeds.states()
    assert (after.status, after.status_since, after.detail) == (FeedStatus.REFUSED, NOW + HOUR, "HTTP 403")
    assert (after.failures, after.visits, after.last_ok) == (2, 1, NOW)
    assert after.memory.validators == VALIDATORS


def test_a_visitor_that_outlived_its_claim_undoes_nothing_and_loses_no_entry(store: Store):
    (late,) = claimed(store, "post")
    (state,) = store.feeds.claim_due(NOW + HOUR, NOW + DAY, claim=2)
    store.feeds.save_visit(visited(state, item(2), at=NOW + HOUR, memory=FeedState(Validators('"new"'))))
    with pytest.raises(ClaimLost):
        store.feeds.save_visit(visited(late, item(1), item(2, title="Of before"), at=NOW + 9 * HOUR))
    assert store.feeds.states()[0].memory.validators.etag == '"new"'
    entries = store.entries.claim(state.number, NOW + HOUR, NOW + DAY, 9)
    assert sorted(entry.item.title for entry in entries) == ["Title 1", "Title 2"]


def test_entries_are_known_by_guid_else_url_else_what_they_say():
    one = item(1)
    assert entry_key(one) == entry_key(replace(one, title="Corrected", url="https://post.example/moved"))
    assert entry_key(replace(one, guid="")) == entry_key(replace(one, guid="", title="Corrected"))
    bare = FeedEntry(title="A title", summary="and a text")
    assert entry_key(bare) != entry_key(replace(bare, summary="and another"))
    assert entry_key(one) != entry_key(item(2))


def test_the_same_guid_in_two_feeds_is_two_entries_and_twice_in_one_feed_is_one(store: Store):
    one, two = claimed(store, "post", "herald")
    assert store.feeds.save_visit(visited(one, item(1), item(1))) == 1
    assert store.feeds.save_visit(visited(two, item(1))) == 1


def test_a_guid_longer_than_an_index_takes_still_tells_entries_apart(store: Store):
    (state,) = claimed(store, "post")
    long = [item(n, guid="ж" * 5000 + str(n)) for n in (1, 2)]
    assert [store.feeds.save_visit(visited(state, *long)) for _ in range(2)] == [2, 0]


@pytest.mark.check
def test_two_thousand_entries_are_stored_in_one_visit(store: Store):
    (state,) = claimed(store, "post")
    assert store.feeds.save_visit(visited(state, *(item(n) for n in range(2000)))) == 2000
    assert store.entries.pending_by_feed(NOW) == {state.number: 2000}


@pytest.mark.parametrize("is_known", [False, True])
def test_many_entries_of_a_visit_are_stored_in_as_many_statements_as_one(store: Store, is_known: bool):
    counts = []
    for state, entry_count in zip(claimed(store, "post", "herald"), (1, 30), strict=True):
        visit = visited(state, *(item(n) for n in range(entry_count)))
        if is_known:
            store.feeds.save_visit(visit)
        with noted_statements(store) as statements:
            store.feeds.save_visit(visit)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_an_entry_that_is_old_at_first_sight_is_stored_and_does_not_wait(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, entries=(NewEntry(item(1), Outcome.OLD), NewEntry(item(2)))))
    assert store.entries.pending_by_feed(NOW) == {state.number: 1}
    assert row_counts(store)["outcome:old"] == 1


def test_a_feed_that_was_not_fetched_is_postponed_and_otherwise_unchanged(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1)))
    (before,) = claimed(store, "post")
    store.feeds.save_visit(
        visited(before, status=FeedStatus.THROTTLED, request_sent=False, at=NOW + HOUR, next_due=NOW + DAY)
    )
    (after,) = store.feeds.states()
    assert after == replace(before, next_due=NOW + DAY)


@pytest.mark.parametrize("origin", ["post.example", ""])
def test_an_edited_entry_whose_page_does_not_come_now_keeps_its_text_and_waits(store: Store, origin: str):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "post.example/1", hit()))
    edit_time = NOW + 8 * HOUR
    (edited,) = backlog(store, replace(item(1), summary="What the editor changed"), now=edit_time)
    assert edited.article is not None
    feed_text = article("post.example/1", text_from=TextFrom.FEED, text="What the editor changed")
    waiting = Result(edited, edit_time, Outcome.PENDING, "busy", feed_text, due=edit_time + HOUR, held_origin=origin)
    assert store.entries.save_result(waiting).outcome is Outcome.PENDING
    assert [row_counts(store)[name] for name in ("article", "hit", "article_version")] == [1, 1, 1]
    store.entries.release()
    with store.database.reading() as connection:
        row = connection.execute(sql("SELECT outcome, due IS NULL AS ended, article FROM entry")).one()
    assert (row.outcome, bool(row.ended), row.article) == ("pending", False, edited.article)
    (retried,) = store.entries.claim(edited.feed.number, edit_time + HOUR, edit_time + 2 * HOUR, 9)
    ended_trip = store.entries.save_result(replace(waiting, entry=retried, outcome=Outcome.GIVEN_UP, due=None))
    assert ended_trip.article is not None and ended_trip.article.id != edited.article, "its words are all there is"
    assert (ended_trip.outcome, row_counts(store)["article_version"]) == (Outcome.GIVEN_UP, 2)
