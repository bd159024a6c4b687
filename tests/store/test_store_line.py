"""Entries and articles as the line stores them, on both databases, by many at the same time."""

from __future__ import annotations

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
    article,
    backlog,
    claimed,
    ended,
    feed,
    hit,
    in_threads,
    item,
    row_counts,
    sketch,
    stored,
    story_item,
    visited,
    watch,
)
from monitor.errors import ClaimLost, NotFound
from monitor.extract.outlet_profile import is_furniture
from monitor.ingest.reading import outlet_profile
from monitor.model import (
    ArticleText,
    Confidence,
    DatePrecision,
    FeedEntry,
    Outcome,
    OutletProfile,
    Placement,
    Result,
    TextFrom,
)
from monitor.store import Store

# ---- entries --------------------------------------------------------------------------------------------------------


def test_an_entry_comes_back_as_the_feed_has_it(store: Store):
    whole = FeedEntry(
        "https://post.example/1", "g", "Заголовок", "Автор", "s", "content", NOW - DAY, DatePrecision.DAY, "Mar 1", True
    )
    (entry,) = backlog(store, whole)
    assert (entry.item, entry.first_seen, entry.tries, entry.article) == (whole, NOW, 0, None)
    assert entry.feed.feed == feed("post")


def test_entries_are_claimed_newest_first_and_by_one_only(store: Store):
    (state,) = claimed(store, "post")
    dates = {1: NOW - 3 * HOUR, 2: None, 3: NOW - HOUR, 4: NOW + 10 * DAY, 5: NOW - 2 * HOUR}
    store.feeds.save_visit(visited(state, *(item(n, published=at) for n, at in dates.items())))
    first = store.entries.claim(state.number, NOW, NOW + HOUR, 3)
    remaining = store.entries.claim(state.number, NOW, NOW + HOUR, 9)
    assert [e.item.guid for e in first] == ["guid-2", "guid-4", "guid-3"]  # a date from the future is no newer
    assert [e.item.guid for e in remaining] == ["guid-5", "guid-1"]
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
    failure = ended(entry, outcome=Outcome.PENDING, detail="timed out", due=NOW + HOUR)
    for _ in range(2):
        store.entries.save_result(failure)
    assert store.entries.pending_by_feed(NOW) == {}
    (retried,) = store.entries.claim(entry.feed.number, NOW + HOUR, NOW + DAY, 9)
    assert (retried.tries, retried.id) == (1, entry.id)
    store.entries.save_result(ended(retried, outcome=Outcome.GIVEN_UP, detail="timed out"))
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
    duplicate = ended(two, "post.example/1", hit(), article=article("post.example/1", text="Another edition. " + TEXT))
    for _ in range(2):
        result = store.entries.save_result(duplicate)
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
    (retried,) = store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)
    assert retried.article is not None
    page = store.entries.save_result(ended(retried, "k", hit()))
    assert page.article is not None
    assert (page.article.id, page.article.version, page.outcome) == (retried.article, 2, Outcome.QUEUED)
    assert store.entries.has_article("k")
    assert row_counts(store)["article_version"] == 2


def test_a_page_from_another_entry_replaces_the_feeds_text_and_never_the_reverse(store: Store):
    watch(store)
    one, two = backlog(store, item(1), item(2))
    pending = ended(one, "k", hit(text=FEED_TEXT), outcome=Outcome.PENDING, due=NOW, **of_feed("k"))
    store.entries.save_result(pending)
    upgraded = store.entries.save_result(ended(two, "k", hit()))
    assert upgraded.article is not None and upgraded.article.version == 2
    for _ in range(2):  # its page may have been edited since: it is still asked for
        assert store.entries.save_result(pending).outcome is Outcome.PENDING
    for _ in range(2):
        assert (
            store.entries.save_result(replace(pending, outcome=Outcome.GIVEN_UP, due=None)).outcome is Outcome.DUPLICATE
        )
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
    edit = ended(entry, "k", hit(text=edited), hit("Cholpon Arzyeva", "cholpon", edited), article=article("k", edited))
    for _ in range(2):
        store.entries.save_result(edit)
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


def test_a_hit_on_a_name_that_is_not_stored_any_more_is_left_out(store: Store):
    watch(store)
    entry, second_entry = backlog(store, item(1), item(2))
    assert store.entries.save_result(ended(entry, "k", hit("court", "stranger"))).outcome is Outcome.NO_MATCH
    assert (
        store.entries.save_result(ended(second_entry, "l", hit(), hit("court", "stranger"))).outcome is Outcome.QUEUED
    )
    assert (row_counts(store)["article"], row_counts(store)["hit"]) == (2, 1)


def test_of_results_stored_together_a_lost_claim_costs_only_its_own(store: Store):
    watch(store)
    first, late, last = backlog(store, item(1), item(2), item(3))
    store.entries.claim_these([late.id], NOW + 2 * HOUR, NOW + DAY, 2)
    results = [ended(first, "a", hit()), ended(late, "b", hit()), ended(last, "c")]
    stored = store.entries.save_results(results)
    assert [getattr(result, "outcome", None) for result in stored] == [Outcome.QUEUED, None, Outcome.NO_MATCH]
    assert isinstance(stored[1], ClaimLost)
    assert [row_counts(store)[name] for name in ("article", "hit", "outcome:pending")] == [2, 1, 1]


def test_results_that_cannot_be_stored_together_are_stored_once_when_each_is_tried(store: Store):
    watch(store)
    first, broken, last = backlog(store, item(1), item(2), item(3))
    results = [ended(first, "a", hit()), ended(replace(broken, id=999), "b"), ended(last, "a")]
    with pytest.raises(NotFound):
        store.entries.save_results(results)
    assert store.entries.save_result(results[0]).outcome is Outcome.QUEUED
    assert store.entries.save_result(results[2]).outcome is Outcome.DUPLICATE
    assert [row_counts(store)[name] for name in ("article", "hit", "outcome:pending")] == [1, 1, 1]


def test_an_unknown_entry_is_not_found(store: Store):
    (entry,) = backlog(store, item(1))
    with pytest.raises(NotFound):
        store.entries.save_result(Result(replace(entry, id=999), NOW, Outcome.NO_LINK))


def test_what_no_database_stores_is_replaced_and_offsets_stay_true(store: Store):
    watch(store)
    text = "One\x00two \ud800 " + TEXT
    candidate = stored(store, hit(text=text), text=text)
    story = store.stories.file(candidate, Placement(), None, NOW)
    (mention,) = store.reviews.get(story_item(store, story).id).hits[0].mentions
    assert mention.sentence == "Melis Tokoev stays in custody, his lawyer said."


def test_times_come_back_aware_and_in_utc_and_a_naive_one_is_refused(store: Store):
    bishkek = timezone(timedelta(hours=6))
    (entry,) = backlog(store, item(1, published=NOW.astimezone(bishkek) - DAY))
    assert entry.item.published == NOW - DAY and entry.item.published.utcoffset() == timedelta(0)
    (state,) = store.feeds.states()
    with pytest.raises((ValueError, StatementError)):
        store.feeds.save_visit(visited(state, item(2, published=NOW.replace(tzinfo=None))))
    assert row_counts(store)["entry"] == 1  # nothing of that visit was stored


# ---- at the same time -----------------------------------------------------------------------------------------------


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
    footer = "Write to us and we shall answer"
    entries = backlog(store, *(item(n) for n in range(5)))
    for n, entry in enumerate(entries):
        of = TextFrom.FEED if n == 4 else TextFrom.PAGE
        text = f"Report {n}\n{footer}" if n != 3 else "Another report"
        store.entries.save_result(ended(entry, "k", article=article(f"k{n}", text, text_from=of, outlet="Post")))
    profile = outlet_profile(store, "Post", NOW - DAY)
    assert profile.headlines == {f"title{n}" for n in range(5)}
    assert is_furniture(footer, profile)
    assert not is_furniture("Report 1", profile)
    assert outlet_profile(store, "Herald", NOW - DAY) == OutletProfile()
    assert outlet_profile(store, "Post", NOW + MINUTE) == OutletProfile()


def test_an_article_can_be_looked_up_by_its_words_too(store: Store):
    (entry,) = backlog(store, item(1))
    words = ArticleText("Court extends arrest", TEXT)
    store.entries.save_result(ended(entry, "k", article=article("k", title=words.title)))
    assert store.entries.has_article("k", words=words)
    assert not store.entries.has_article("k", words=words._replace(title="Doctor is turned away"))
    assert not store.entries.has_article("k", words=words._replace(text=f"{TEXT} He was beaten."))
    assert not store.entries.has_article("k", entry.id, words)


def test_of_many_articles_those_are_known_whose_pages_were_read(store: Store):
    long_key = "post.example/" + "x" * 5_000
    page, feeds_text, long = backlog(store, item(1), item(2), item(3))
    read = store.entries.save_result(ended(page, "k")).article
    store.entries.save_result(replace(ended(feeds_text), article=article("of a feed", text_from=TextFrom.FEED)))
    long_one = store.entries.save_result(ended(long, long_key)).article
    assert read and long_one
    keys = ("k", "of a feed", "unknown", long_key)
    assert [key for key in keys if store.entries.has_article(key)] == ["k", long_key]
    assert not store.entries.has_article("k", read.id) and store.entries.has_article("k", long_one.id)


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
    (retried,) = store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)
    assert retried.tries == 0
    store.entries.save_result(ended(retried, outcome=Outcome.PENDING, due=NOW))
    assert store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)[0].tries == 1
