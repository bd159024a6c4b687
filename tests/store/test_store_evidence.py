"""Pages that are read again: when, and what is asked."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, update

from kit.evidence import claim, nothing_contradicts_itself, page, read, recheck_result
from kit.store import DAY, HOUR, NOW, TEXT, feed, hit, row_counts, watch
from monitor.model import (
    Run,
    TextFrom,
)
from monitor.store import Store
from monitor.store import tables as t

__all__ = ["nothing_contradicts_itself"]


# ---- when -----------------------------------------------------------------------------------------------------------


def test_every_page_is_rechecked_after_six_hours_by_one_worker_with_its_validators(store: Store):
    watch(store)
    numbers = [read(store, 1, hit()), read(store, 2)]
    assert claim(store, NOW + 5 * HOUR) == []
    claimed = claim(store, NOW + 7 * HOUR)
    assert sorted(r.article.id for r in claimed) == numbers
    assert {(r.url, r.validators.etag) for r in claimed} == {
        ("https://post.example/1", '"1"'),
        ("https://post.example/2", '"2"'),
    }
    assert claimed[0].article.text == TEXT and claimed[0].sha256
    assert claim(store, NOW + 7 * HOUR) == []
    assert len(claim(store, NOW + 9 * HOUR)) == 2  # whoever had them is dead
    store.entries.release()
    assert len(claim(store, NOW + 9 * HOUR)) == 2


def test_a_text_from_the_feed_is_not_rechecked(store: Store):
    watch(store)
    read(store, 1, hit(), article=replace(page(1), text_from=TextFrom.FEED, raw=None, fetched=None))
    assert claim(store, NOW + 30 * DAY) == []


def test_an_article_is_rechecked_four_times_in_a_week(store: Store):
    watch(store)
    read(store, 1)
    hours_seen = []
    for hours in (5, 7, 8, 23, 24, 48, 71, 72, 167, 168, 400):
        now = NOW + hours * HOUR
        for revisit in claim(store, now):
            hours_seen.append(hours)
            due = next((d for d in (24, 72, 168) if d > hours), None)
            store.revisits.save(recheck_result(revisit, now, is_unchanged=True, due=due and NOW + due * HOUR))
    assert hours_seen == [7, 24, 72, 168]
    (version,) = store.reading.versions(1)
    assert version.still == NOW + 168 * HOUR


def test_the_sample_of_rechecks_does_not_depend_on_the_watchlist(store: Store):
    watch(store)
    for n in range(12):
        read(store, n, *([hit()] if n % 3 == 0 else []))
    drawn = claim(store, NOW + 8 * HOUR, limit=5)
    assert len(drawn) == 5
    assert claim(store, NOW + 8 * HOUR) == []  # the others wait for their next time
    with store.database.writing("a test") as connection:  # now nobody is watched
        for table in (t.mention, t.hit):
            connection.execute(delete(table))
        connection.execute(update(t.revisit).values(claimed_until=None, due=NOW + 6 * HOUR))
        connection.execute(update(t.article_version).values(body_sha256=""))
    assert {r.url for r in claim(store, NOW + 8 * HOUR, limit=5)} == {r.url for r in drawn}


def test_with_no_rechecks_every_article_moves_to_its_next_time_and_ends(store: Store):
    watch(store)
    read(store, 1, hit())
    assert claim(store, NOW + 8 * HOUR, limit=0) == []
    assert claim(store, NOW + 8 * HOUR) == []
    assert len(claim(store, NOW + 2 * DAY)) == 1
    assert claim(store, NOW + 9 * DAY, limit=0) == []
    assert row_counts(store)["revisit"] == 0


def test_a_feed_gives_no_more_pages_in_a_run_than_its_limit(store: Store):
    watch(store)
    for n in range(4):
        read(store, n)
    read(store, 9, name="herald")
    post = {s.feed.id: s.number for s in store.feeds.states()}["post"]
    first = claim(store, NOW + 8 * HOUR, post=2)
    assert sorted(r.feed == post for r in first) == [False, True, True]
    assert len(claim(store, NOW + 8 * HOUR)) == 2  # the rest is still due


def test_no_outlet_takes_the_rechecks_of_another_by_the_hashes_of_its_addresses(store: Store):
    watch(store)
    for n in range(9):
        read(store, n)
    for n in range(2):
        read(store, 20 + n, name="herald")
    post = {s.feed.id: s.number for s in store.feeds.states()}["post"]
    claimed = claim(store, NOW + 8 * HOUR, limit=4)
    assert [r.feed == post for r in claimed].count(False) == 2
    assert claim(store, NOW + 8 * HOUR) == []  # the others wait for their next time


def test_with_matched_only_articles_that_name_someone_are_rechecked(store: Store):
    watch(store)
    named = read(store, 1, hit())
    read(store, 2)
    assert [r.article.id for r in claim(store, NOW + 8 * HOUR, matched_only=True)] == [named]


def test_a_paused_feed_is_left_alone(store: Store):
    watch(store)
    read(store, 1)
    store.feeds.sync_list([feed("post", paused=True)], NOW)
    assert claim(store, NOW + 8 * HOUR) == []


def test_the_pages_of_a_day_are_counted(store: Store):
    store.runs.save(Run(started=NOW - 2 * DAY, revisits=100))
    assert store.runs.count_rechecks_since(NOW - DAY) == 0
    store.runs.save(Run(started=NOW - HOUR, revisits=7))
    store.runs.save(Run(started=NOW, revisits=4))
    assert store.runs.count_rechecks_since(NOW - DAY) == 11
