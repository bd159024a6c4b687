"""Contracts of feeds and entries (ports.py), on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import StatementError

from kit.store import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    TEXT,
    VALIDATORS,
    article,
    backlog,
    claimed,
    ended,
    feed,
    hit,
    item,
    row_counts,
    sketch,
    stored,
    visited,
    watch,
)
from monitor.errors import ClaimLost, NotFound
from monitor.extract.outlet_profile import is_furniture
from monitor.model import (
    Confidence,
    DatePrecision,
    Feed,
    FeedEntry,
    FeedState,
    FeedStatus,
    NewEntry,
    Outcome,
    OutletProfile,
    Placement,
    Result,
    TextFrom,
    Validators,
)
from monitor.store import Store
from monitor.store.line.feeds import entry_key

# ---- feeds ----------------------------------------------------------------------------------------------------------


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
    back = {s.feed.id: s for s in store.feeds.states()}["post"]
    assert (back.number, back.visits, back.memory) == (state.number, 1, FeedState(validators=VALIDATORS))


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
        VALIDATORS, times[0], HOUR, marks, times[1], MINUTE, *times[2:], "https://post.example/new", moved_seen=2
    )
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
    ("asked", "got"),
    [
        ({}, {"due", "new"}),
        ({"include_not_due": True}, {"due", "new", "early"}),
        ({"feed_ids": ["early"]}, {"early"}),
        ({"feed_ids": ["paused"]}, set()),
        ({"feed_ids": ["unknown"]}, set()),
    ],
)
def test_due_or_requested_feeds_are_claimed_and_paused_ones_never(store: Store, asked: dict, got: set):
    names = ["due", "early", "new"]
    for state in claimed(store, *names):
        if state.feed.id != "new":
            store.feeds.save_visit(visited(state, next_due=NOW + (HOUR if state.feed.id == "due" else DAY)))
    store.entries.release()
    store.feeds.sync_list([*(feed(name) for name in names), feed("paused", paused=True)], NOW)
    assert {s.feed.id for s in store.feeds.claim_due(NOW + HOUR, NOW + 2 * HOUR, **asked)} == got


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


def test_two_thousand_entries_are_stored_in_one_visit(store: Store):
    (state,) = claimed(store, "post")
    assert store.feeds.save_visit(visited(state, *(item(n) for n in range(2000)))) == 2000
    assert store.entries.pending_by_feed(NOW) == {state.number: 2000}


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


# ---- entries --------------------------------------------------------------------------------------------------------


def test_an_entry_comes_back_as_the_feed_has_it(store: Store):
    whole = FeedEntry(
        "https://post.example/1", "g", "Заголовок", "Автор", "s", "content", NOW - DAY, DatePrecision.DAY, "Mar 1"
    )
    (entry,) = backlog(store, whole)
    assert (entry.item, entry.first_seen, entry.tries, entry.article) == (whole, NOW, 0, None)
    assert entry.feed.feed == feed("post")


def test_entries_are_claimed_newest_first_and_by_one_only(store: Store):
    (state,) = claimed(store, "post")
    dates = {1: NOW - 3 * HOUR, 2: None, 3: NOW - HOUR, 4: NOW + 10 * DAY, 5: NOW - 2 * HOUR}
    store.feeds.save_visit(visited(state, *(item(n, published=at) for n, at in dates.items())))
    first = store.entries.claim(state.number, NOW, NOW + HOUR, 3)
    rest = store.entries.claim(state.number, NOW, NOW + HOUR, 9)
    assert [e.item.guid for e in first] == ["guid-2", "guid-4", "guid-3"]  # a date from the future is no newer
    assert [e.item.guid for e in rest] == ["guid-5", "guid-1"]
    assert (store.entries.pending_by_feed(NOW), store.entries.pending_by_feed(NOW + HOUR)) == ({}, {state.number: 5})


def test_a_dead_runs_claims_are_given_back(store: Store):
    entries = backlog(store, item(1), item(2))
    claimed(store, "post", now=NOW + DAY)
    assert store.entries.release() == 3  # a feed and two entries
    assert store.entries.release() == 0
    assert len(store.entries.claim(entries[0].feed.number, NOW, NOW + HOUR, 9)) == 2


def test_many_workers_claim_each_entry_once(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, *(item(n) for n in range(60))))
    got: list[int] = []

    def work() -> None:
        while batch := store.entries.claim(state.number, NOW, NOW + HOUR, 5):
            got.extend(entry.id for entry in batch)

    in_threads(*[work] * 4)
    assert len(got) == len(set(got)) == 60


def test_a_passing_failure_waits_for_its_time_and_counts_its_tries(store: Store):
    (entry,) = backlog(store, item(1))
    later = ended(entry, outcome=Outcome.PENDING, detail="timed out", due=NOW + HOUR)
    for _ in range(2):
        store.entries.save_result(later)
    assert store.entries.pending_by_feed(NOW) == {}
    (again,) = store.entries.claim(entry.feed.number, NOW + HOUR, NOW + DAY, 9)
    assert (again.tries, again.id) == (1, entry.id)
    store.entries.save_result(ended(again, outcome=Outcome.GIVEN_UP, detail="timed out"))
    assert store.entries.pending_by_feed(NOW + 9 * DAY) == {}
    assert row_counts(store)["outcome:given_up"] == 1


def test_an_article_with_its_hits_is_stored_once(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    result = ended(entry, "post.example/1", hit())
    first = store.entries.save_result(result)
    before = row_counts(store)
    assert store.entries.save_result(result) == first
    assert row_counts(store) == before
    assert first.article is not None and first.article.id > 0 and first.article.version == 1
    assert (before["article"], before["article_version"], before["hit"], before["mention"]) == (1, 1, 1, 1)
    assert store.entries.has_article("post.example/1") and not store.entries.has_article("post.example/2")


def test_an_article_under_another_entry_is_a_duplicate_and_adds_nothing(store: Store):
    watch(store)
    one, two = backlog(store, item(1), item(2))
    store.entries.save_result(ended(one, "post.example/1", hit()))
    before = row_counts(store)
    again = ended(two, "post.example/1", hit(), article=article("post.example/1", text="Another edition. " + TEXT))
    for _ in range(2):
        result = store.entries.save_result(again)
        assert (result.outcome, result.article, result.hits) == (Outcome.DUPLICATE, None, ())
    after = row_counts(store)
    assert after["outcome:duplicate"] == 1
    assert {name: n for name, n in after.items() if ":" not in name} == {
        name: n for name, n in before.items() if ":" not in name
    }


FEED_TEXT = "Melis Tokoev stays in custody."


def of_feed(key: str) -> dict:
    return {"article": article(key, FEED_TEXT, text_from=TextFrom.FEED, fetched=None)}


def test_the_page_becomes_the_next_version_of_the_feeds_own_text(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    pending = ended(entry, "k", hit(text=FEED_TEXT), outcome=Outcome.PENDING, due=NOW, **of_feed("k"))
    store.entries.save_result(pending)
    assert not store.entries.has_article("k")
    (again,) = store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)
    assert again.article is not None
    page = store.entries.save_result(ended(again, "k", hit()))
    assert page.article is not None
    assert (page.article.id, page.article.version, page.outcome) == (again.article, 2, Outcome.QUEUED)
    assert store.entries.has_article("k")
    assert row_counts(store)["article_version"] == 2


def test_a_page_that_another_entry_brings_takes_the_place_of_the_feeds_text_and_never_the_other_way(store: Store):
    watch(store)
    one, two = backlog(store, item(1), item(2))
    pending = ended(one, "k", hit(text=FEED_TEXT), outcome=Outcome.PENDING, due=NOW, **of_feed("k"))
    store.entries.save_result(pending)
    upgraded = store.entries.save_result(ended(two, "k", hit()))
    assert upgraded.article is not None and upgraded.article.version == 2
    for _ in range(2):
        assert store.entries.save_result(pending).outcome is Outcome.DUPLICATE
    assert row_counts(store)["article_version"] == 2


def test_a_page_at_another_address_is_still_the_entrys_own_article(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(
        ended(entry, "proxy.example/1", outcome=Outcome.PENDING, due=NOW, **of_feed("proxy.example/1"))
    )
    page = store.entries.save_result(ended(entry, "post.example/1"))
    assert page.article is not None and page.article.version == 2
    assert store.entries.has_article("post.example/1")
    assert row_counts(store)["article"] == 1


def test_a_page_with_the_feeds_text_makes_no_version_but_is_recorded(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", outcome=Outcome.PENDING, due=NOW, **of_feed("k")))
    page = store.entries.save_result(ended(entry, "k", article=article("k", FEED_TEXT)))
    assert page.article is not None and page.article.version == 1
    assert store.entries.has_article("k")


def test_hits_are_those_of_the_current_version_and_older_mentions_are_kept(store: Store):
    watch(store)
    edited = "The court met on Monday. Cholpon Arzyeva left early. Melis Tokoev was named once more."
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), hit("court", "kos"), hit("Nobody", "cholpon")))
    later = ended(entry, "k", hit(text=edited), hit("Cholpon Arzyeva", "cholpon", edited), article=article("k", edited))
    for _ in range(2):
        store.entries.save_result(later)
    (candidate,) = store.stories.awaiting_filing()
    assert candidate.entities == {"melis", "cholpon"}
    counts = row_counts(store)
    assert (counts["article_version"], counts["hit"], counts["mention"]) == (2, 3, 5)


def test_hits_of_the_same_text_are_replaced_when_the_watchlist_finds_others(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", hit(), hit("court", "kos")))
    store.entries.save_result(ended(entry, "k", hit("Nobody", "cholpon")))
    assert store.stories.awaiting_filing()[0].entities == {"cholpon"}
    assert (row_counts(store)["hit"], row_counts(store)["mention"]) == (1, 1)


def test_a_hit_on_a_name_that_is_not_stored_stores_nothing(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    with pytest.raises(NotFound) as raised:
        store.entries.save_result(ended(entry, "k", hit("court", "stranger")))
    assert "stranger" not in str(raised.value)  # names of watched people stay out of messages
    assert (row_counts(store)["article"], row_counts(store)["outcome:pending"]) == (0, 1)


def test_an_unknown_entry_is_not_found(store: Store):
    (entry,) = backlog(store, item(1))
    with pytest.raises(NotFound):
        store.entries.save_result(Result(replace(entry, id=999), NOW, Outcome.NO_LINK))


def test_what_no_database_stores_is_replaced_and_offsets_stay_true(store: Store):
    watch(store)
    text = "One\x00two \ud800 " + TEXT
    candidate = stored(store, hit(text=text), text=text)
    story = store.stories.file(candidate, Placement(), None, NOW)
    (found,) = store.reviews.get(story.id).hits[0].mentions
    assert found.sentence == "Melis Tokoev stays in custody, his lawyer said."


def test_times_come_back_aware_and_in_utc_and_a_naive_one_is_refused(store: Store):
    bishkek = timezone(timedelta(hours=6))
    (entry,) = backlog(store, item(1, published=NOW.astimezone(bishkek) - DAY))
    assert entry.item.published == NOW - DAY and entry.item.published.utcoffset() == timedelta(0)
    (state,) = store.feeds.states()
    with pytest.raises((ValueError, StatementError)):
        store.feeds.save_visit(visited(state, item(2, published=NOW.replace(tzinfo=None))))
    assert row_counts(store)["entry"] == 1  # nothing of that visit was stored


# ---- at the same time -----------------------------------------------------------------------------------------------


def in_threads(*work) -> None:
    errors: list[BaseException] = []

    def run(one) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_one_article_that_two_feeds_bring_at_once_is_stored_once(store: Store):
    watch(store)
    one = backlog(store, *(item(n) for n in range(15)), name="post")
    two = backlog(store, *(item(n) for n in range(15)), name="herald")
    outcomes: list[Outcome] = []

    def save(entries) -> None:
        for entry in entries:
            outcomes.append(store.entries.save_result(ended(entry, entry.item.guid, hit())).outcome)

    in_threads(lambda: save(one), lambda: save(two))
    counts = row_counts(store)
    assert (counts["article"], counts["article_version"], counts["hit"], counts["mention"]) == (15, 15, 15, 15)
    assert sorted(outcomes) == [Outcome.DUPLICATE] * 15 + [Outcome.QUEUED] * 15


def test_no_update_is_lost_among_writers(store: Store):
    """Read, add one, write: with SQLite as its driver begins, 149 of 200 were lost (research/reliability.md, M8)."""
    with store.database.writing("a test") as connection:
        connection.execute(sql("INSERT INTO story (id, first_seen) VALUES (0, '2026-03-02 08:00:00')"))
        connection.execute(
            sql(
                "INSERT INTO review_item (id, story, version, state, first_seen, reopened)"
                " SELECT 1, 0, 0, 'open', first_seen, '' FROM story"
            )
        )
    lock = " FOR UPDATE" if store.database.engine.dialect.name == "postgresql" else ""

    def add() -> None:
        for _ in range(25):
            with store.database.writing("a test") as connection:
                n = connection.execute(sql("SELECT version FROM review_item" + lock)).scalar_one()
                connection.execute(sql("UPDATE review_item SET version = :n"), {"n": n + 1})

    in_threads(*[add] * 4)
    with store.database.reading() as connection:
        assert connection.execute(sql("SELECT version FROM review_item")).scalar_one() == 100


def test_possible_hits_are_stored_as_possible(store: Store):
    watch(store)
    possible = hit(confidence=Confidence.POSSIBLE, alerts=False)
    assert stored(store, possible, fingerprint=sketch(1)).entities == frozenset()


def test_an_outlets_habits_are_its_own_of_late_and_of_pages_alone(store: Store):
    about = "Write to us and we shall answer"
    entries = backlog(store, *(item(n) for n in range(5)))
    for n, entry in enumerate(entries):
        of = TextFrom.FEED if n == 4 else TextFrom.PAGE
        text = f"Report {n}\n{about}" if n != 3 else "Another report"
        store.entries.save_result(ended(entry, "k", article=article(f"k{n}", text, text_from=of, outlet="Post")))
    known = store.entries.outlet_profile("Post", NOW - DAY)
    assert known.headlines == {f"title{n}" for n in range(5)}
    assert is_furniture(about, known)
    assert not is_furniture("Report 1", known)
    assert store.entries.outlet_profile("Herald", NOW - DAY) == OutletProfile()
    assert store.entries.outlet_profile("Post", NOW + MINUTE) == OutletProfile()


def test_an_article_can_be_looked_up_by_its_headline_too(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "k", article=article("k", title="Court extends arrest")))
    assert store.entries.has_article("k", title="Court extends arrest")
    assert not store.entries.has_article("k", title="Doctor is turned away")
    assert not store.entries.has_article("k", entry.id, "Court extends arrest")


def test_how_a_page_was_dated_is_stored_with_its_words(store: Store):
    (entry,) = backlog(store, item(1))
    dated = article("k", precision=DatePrecision.ZONE_ASSUMED, published_raw="2026-03-02 14:00")
    store.entries.save_result(ended(entry, "k", article=dated))
    (archived,) = store.archive.articles(None, None, 9)
    assert (archived.article.precision, archived.article.published_raw) == (
        DatePrecision.ZONE_ASSUMED,
        "2026-03-02 14:00",
    )


def test_a_page_that_was_not_fetched_uses_no_try(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, outcome=Outcome.PENDING, due=NOW, request_sent=False))
    (again,) = store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)
    assert again.tries == 0
    store.entries.save_result(ended(again, outcome=Outcome.PENDING, due=NOW))
    assert store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)[0].tries == 1
