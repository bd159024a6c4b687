"""Waits of articles from their publication until they were stored."""

from __future__ import annotations

from datetime import timedelta

from kit.store import DAY, HOUR, MINUTE, NOW, article, backlog, item
from monitor.model import DatePrecision, Outcome, Result
from monitor.store import Store


def test_waits_are_from_publication_to_storing_of_entries_that_came_since_the_first_visit(store: Store):
    dated = DatePrecision.MOMENT
    backlog(store, item(1, published=NOW - 9 * DAY, precision=dated), now=NOW - 8 * DAY)
    for n, (arrival, minutes, precision) in enumerate(
        (
            (NOW - HOUR, 5, dated),
            (NOW - 2 * HOUR, 30, dated),
            (NOW - 3 * HOUR, -20, dated),  # dated ahead: it did not wait
            (NOW - 3 * HOUR, 60, DatePrecision.DAY),
            (NOW - DAY, 60 * 24 * 30, dated),  # it was there before us
            (NOW - 7 * DAY - HOUR, 40, dated),
        )
    ):
        (entry,) = backlog(store, item(10 + n, published=arrival - minutes * MINUTE, precision=precision), now=arrival)
        stored_article = article(f"post.example/{n}", first_seen=arrival, fetched=arrival)
        store.entries.save_result(Result(entry, arrival, Outcome.NO_MATCH, article=stored_article))
    assert store.statistics.waits(NOW) == [5 * MINUTE, 30 * MINUTE, timedelta(0)]
    assert store.statistics.waits(NOW, 1) == store.statistics.waits(NOW)
    assert store.statistics.waits(NOW, 2) == []


def test_an_article_that_two_feeds_bring_counts_for_both_of_them_and_once_in_all(store: Store):
    dated, published = DatePrecision.MOMENT, NOW - HOUR
    for name in ("post", "sitemap"):
        backlog(store, item(1, published=NOW - 9 * DAY, precision=dated), name=name, now=NOW - 8 * DAY)
    for name, minutes, outcome in (("sitemap", 5, Outcome.NO_MATCH), ("post", 25, Outcome.DUPLICATE)):
        at = published + minutes * MINUTE
        (entry,) = backlog(store, item(2, published=published, precision=dated), name=name, now=at)
        stored_article = article("post.example/2", first_seen=at, fetched=at)
        store.entries.save_result(Result(entry, at, outcome, article=stored_article))
    numbers = {state.feed.id: state.number for state in store.feeds.states()}
    assert store.statistics.waits(NOW, numbers["sitemap"]) == [5 * MINUTE]
    assert store.statistics.waits(NOW, numbers["post"]) == [25 * MINUTE]
    assert store.statistics.waits(NOW) == [5 * MINUTE]
