"""Articles by who speaks for their address, on both databases; and what feeds bring in a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from kit.contradictions import contradictions
from kit.store import (
    DAY,
    HOUR,
    NOW,
    TEXT,
    article,
    backlog,
    claimed,
    ended,
    feed,
    hit,
    item,
    row_counts,
    sketch,
    visited,
    watch,
)
from monitor.extract.outlet_profile import is_furniture
from monitor.ingest.reading import outlet_profile
from monitor.model import Article, DayBounds, Entry, FeedDay, FeedWords, NewEntry, Outcome, Speaker, TextFrom
from monitor.store import Store

FEED_TEXT = "Melis Tokoev stays in custody."


def other_feed(key: str, text: str = TEXT, **changes: object) -> Article:
    return article(key, text, speaker=Speaker.OTHER_FEED, text_from=TextFrom.FEED, fetched=None, **changes)


def test_a_page_of_another_site_and_the_words_about_it_are_two_articles_with_their_hits(store: Store):
    watch(store)
    (entry,) = backlog(store, item(1))
    page = article("linked:1:herald.example/1", speaker=Speaker.LINKED_PAGE)
    words = FeedWords(other_feed(f"entry:{entry.id}", FEED_TEXT), (hit(text=FEED_TEXT),), sketch(4))
    result = ended(entry, None, hit(), article=page, words=words, fetched_bytes=500)
    first = store.entries.save_result(result)
    before = row_counts(store)
    assert store.entries.save_result(result) == first
    assert row_counts(store) == before
    assert (before["article"], before["hit"], before["mention"]) == (2, 2, 2)
    assert first.article.id != first.words.article.id
    day = store.feed_days.of(entry.feed.number, NOW)
    assert (day.bytes, day.mentions) == (500 + entry_size(entry), 2)
    assert contradictions(store) == []


def entry_size(entry: Entry) -> int:
    return sum(len(text) for text in (entry.item.url, entry.item.title, entry.item.summary, entry.item.content))


def test_what_a_feed_says_of_another_site_never_touches_that_sites_article(store: Store):
    watch(store)
    (own_entry,) = backlog(store, item(1))
    store.entries.save_result(ended(own_entry, "post.example/1", hit()))
    (entry,) = backlog(store, item(2), name="herald")
    for text in (FEED_TEXT, FEED_TEXT + " More."):
        claimed_article = ended(entry, None, hit(text=text), article=other_feed(f"entry:{entry.id}", text))
        assert store.entries.save_result(claimed_article).outcome is Outcome.QUEUED
    assert store.entries.has_article("post.example/1") and not store.entries.has_article("post.example/1", 1)
    counts = row_counts(store)
    assert (counts["article"], counts["article_version"]) == (2, 3)


def test_the_page_of_the_site_itself_is_another_article_than_what_was_told_of_it(store: Store):
    """Such as when the operator names the site as one that the feed speaks for."""
    watch(store)
    (entry,) = backlog(store, item(1))
    pending = ended(entry, None, hit(text=FEED_TEXT), article=other_feed(f"entry:{entry.id}", FEED_TEXT))
    store.entries.save_result(replace(pending, outcome=Outcome.PENDING, due=NOW))
    (own_entry,) = store.entries.claim(entry.feed.number, NOW, NOW + HOUR, 9)
    page = store.entries.save_result(ended(own_entry, "post.example/1", hit()))
    assert page.article is not None and (page.article.id, page.article.version) == (2, 1)


@pytest.mark.parametrize("first", ["https://m.post.example/1", "https://post.example/1"])
def test_a_page_at_its_plain_address_replaces_one_of_a_twin_and_never_the_other_way_round(store: Store, first: str):
    watch(store)
    one, two = backlog(store, item(1), item(2))
    last = "https://post.example/1" if first.startswith("https://m.") else "https://m.post.example/1"
    store.entries.save_result(ended(one, "post.example/1", hit(), article=article("post.example/1", url=first)))
    other_text = "Another reading. " + TEXT
    page = article("post.example/1", other_text, url=last)
    saved = store.entries.save_result(ended(two, None, hit(text=other_text), article=page))
    is_plain = last == "https://post.example/1"
    assert saved.outcome is (Outcome.QUEUED if is_plain else Outcome.DUPLICATE)
    assert row_counts(store)["article_version"] == (2 if is_plain else 1)
    assert store.entries.has_article("post.example/1", plain=True)


def test_only_a_plain_reading_counts_where_one_is_wanted(store: Store):
    (entry,) = backlog(store, item(1))
    page = article("post.example/1", url="https://post.example/1/amp")
    store.entries.save_result(ended(entry, None, article=page))
    assert store.entries.has_article("post.example/1")
    assert not store.entries.has_article("post.example/1", plain=True)


def test_an_edited_duplicate_does_not_move_the_article_that_it_repeats(store: Store):
    watch(store)
    (one,) = backlog(store, item(1))
    store.entries.save_result(ended(one, "post.example/1", hit()))
    (two,) = backlog(store, item(2), name="herald")
    assert store.entries.save_result(ended(two, "post.example/1")).outcome is Outcome.DUPLICATE
    edited = replace(two.item, title="Another headline")
    (edited_entry,) = backlog(store, edited, name="herald", now=NOW + 7 * HOUR)
    store.entries.save_result(ended(edited_entry, "herald.example/9", hit()))
    assert all(map(store.entries.has_article, ("post.example/1", "herald.example/9")))


def test_pages_that_other_feeds_chose_are_no_habit_of_an_outlet(store: Store):
    footer = "Write to us and we shall answer"
    for n, entry in enumerate(backlog(store, *(item(n) for n in range(5)))):
        page = article(f"linked:1:k{n}", f"Report {n}\n{footer}", outlet="Post", speaker=Speaker.LINKED_PAGE)
        store.entries.save_result(ended(entry, None, article=page))
    assert not is_furniture(footer, outlet_profile(store, "Post", NOW - DAY))


# ---- what a feed brings in a day ------------------------------------------------------------------------------------


def links(*numbers: int, site: str = "post.example", text: str = ""):
    return [item(n, url=f"https://{site}/{n}", summary=text, published=NOW - n * HOUR) for n in numbers]


def stored_urls(store: Store) -> set[str]:
    with store.database.reading() as connection:
        return set(connection.scalars(sql("SELECT url FROM entry")))


def test_of_too_many_new_entries_those_of_the_own_site_come_first_then_the_newest(store: Store):
    (state,) = claimed(store, "post")
    foreign, own_links = links(1, 2, site="herald.example"), links(3, 4, 5)
    assert store.feeds.save_visit(visited(state, *foreign, *own_links), bounds=DayBounds(articles=4)) == 4
    assert stored_urls(store) == {f"https://post.example/{n}" for n in (3, 4, 5)} | {"https://herald.example/1"}
    day = store.feed_days.of(state.number, NOW)
    assert (day.articles, day.entries_left_out) == (4, 1)


def test_a_visit_that_is_saved_twice_counts_once_and_entries_that_are_there_take_no_place(store: Store):
    (state,) = claimed(store, "post")
    visit, bounds = visited(state, *links(1, 2, 3)), DayBounds(articles=3)
    assert [store.feeds.save_visit(visit, bounds=bounds) for _ in range(2)] == [3, 0]
    day = store.feed_days.of(state.number, NOW)
    assert (day.articles, day.entries_left_out) == (3, 0)
    assert store.feeds.save_visit(visited(state, *links(1, 2, 3, 4)), bounds=bounds) == 0
    assert store.feed_days.of(state.number, NOW).entries_left_out == 1


def test_texts_of_entries_count_and_end_where_their_bytes_do(store: Store):
    (state,) = claimed(store, "post")
    bounds = DayBounds(bytes=2_500)
    assert store.feeds.save_visit(visited(state, *links(1, 2, 3, text="x" * 1_000)), bounds=bounds) == 2
    day = store.feed_days.of(state.number, NOW)
    assert 2_000 < day.bytes <= 2_500 and day.entries_left_out == 1
    second_visit = visited(state, *links(9, text="x" * 1_000), at=NOW + DAY)
    assert store.feeds.save_visit(second_visit, bounds=bounds) == 1
    assert store.feed_days.of(state.number, NOW + DAY).entries_left_out == 0


def test_what_is_old_at_the_first_visit_takes_no_place(store: Store):
    (state,) = claimed(store, "post")
    old = tuple(NewEntry(i, Outcome.OLD, older=True) for i in links(1, 2, 3))
    visit = replace(visited(state), entries=(*old, *(NewEntry(i) for i in links(4, 5))))
    assert store.feeds.save_visit(visit, bounds=DayBounds(articles=2)) == 5
    assert store.feed_days.of(state.number, NOW).articles == 2


def test_an_edited_entry_without_room_stays_as_it_was(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, *links(1)))
    (entry,) = store.entries.claim(state.number, NOW, NOW + HOUR, 9)
    store.entries.save_result(ended(entry))
    edited = [replace(i, title="Another headline", summary="x" * 900) for i in links(1)]
    second_visit = visited(state, *edited, at=NOW + 7 * HOUR)
    assert store.feeds.save_visit(second_visit, bounds=DayBounds(bytes=500)) == 0
    assert store.feeds.save_visit(second_visit, bounds=DayBounds()) == 1


def test_a_day_of_one_feed_is_no_other_feeds_and_no_other_days(store: Store):
    post, herald = claimed(store, "post", "herald")
    store.feeds.save_visit(visited(post, *links(1)))
    assert store.feed_days.of(post.number, NOW).articles == 1
    assert store.feed_days.of(herald.number, NOW) == store.feed_days.of(post.number, NOW + DAY) == FeedDay()


def test_days_that_are_over_are_forgotten(store: Store):
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, *links(1)))
    assert store.feed_days.forget(NOW) == 0
    assert store.feed_days.forget(NOW + timedelta(days=1)) == 1


def test_a_feed_comes_back_with_the_sites_that_it_speaks_for(store: Store):
    proxied = feed("post", speaks_for=("tolkun.kg", "t.me/tolkun"))
    store.feeds.sync_list([proxied], NOW)
    assert [state.feed for state in store.feeds.states()] == store.feeds.listed() == [proxied]


def test_entries_that_are_there_are_not_counted_as_left_out(store: Store):
    (state,) = claimed(store, "post")
    stored_links = links(1, 2, text="x" * 1_000)
    store.feeds.save_visit(visited(state, *stored_links), bounds=DayBounds(bytes=2_500))
    store.feeds.save_visit(visited(state, *stored_links, *links(3, text="y" * 1_000)), bounds=DayBounds(bytes=2_500))
    assert store.feed_days.of(state.number, NOW).entries_left_out == 1
