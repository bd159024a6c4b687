"""Contracts of the watchlist, runs and digests (ports.py), and a database that cannot be used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update

from kit.databases import Server, noted_statements
from kit.judged import POSSIBLE, SILENT, join, judged
from kit.store import (
    CHOLPON,
    DAY,
    HOUR,
    KOS,
    MELIS,
    MINUTE,
    NOW,
    TEXT,
    backlog,
    ended,
    entity_numbers,
    feed,
    filed,
    hit,
    item,
    row_counts,
    stored,
    visited,
    watch,
)
from monitor.errors import NotFound, StoreError
from monitor.i18n.troubles import trouble_kind, trouble_message
from monitor.model import (
    Alert,
    Code,
    Context,
    FeedStatus,
    Message,
    Outcome,
    Run,
    Span,
    TextFrom,
    Trouble,
    TroubleKind,
    Verdict,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.store import Store, open_store
from monitor.store import tables as t

# ---- the watchlist --------------------------------------------------------------------------------------------------


def test_entities_come_back_whole_and_in_order(store: Store):
    whole = replace(
        KOS, sensitive=True, alert=Alert.WITH_OTHERS, note="invented", country="KG",
        context=Context(("журналист", "СМИ"), ("court",), ("football",)),
    )  # fmt: skip
    assert store.watchlists.current() == Watchlist(0)
    stored_list = store.watchlists.apply(WatchlistChange(added=(whole, MELIS)), "a.yaml", NOW)
    assert stored_list == store.watchlists.current() == Watchlist(1, (whole, MELIS))


def test_a_change_is_a_version_and_twice_is_once(store: Store):
    watch(store, MELIS, CHOLPON)
    renamed = replace(MELIS, aliases=("Мелис Токоев",), note="")
    change = WatchlistChange(added=(KOS,), changed=((MELIS, renamed),), removed=(CHOLPON,))
    assert [store.watchlists.apply(change, "a.yaml", NOW) for _ in range(2)] == [Watchlist(2, (renamed, KOS))] * 2
    assert store.watchlists.apply(WatchlistChange(), "a.yaml", NOW).version == 2


def test_a_long_list_is_stored_in_as_many_statements_as_a_short_one(store: Store):
    counts = []
    for length in (2, 200):
        added = tuple(replace(KOS, id=f"{length}-{n}", aliases=(f"Kosa {n}", f"Кос {n}")) for n in range(length))
        renamed = tuple(replace(entity, name="Kos Renamed", aliases=("Кос",)) for entity in added)
        for change in (WatchlistChange(added=added), WatchlistChange(changed=tuple(zip(added, renamed, strict=True)))):
            with noted_statements(store) as statements:
                stored_list = store.watchlists.apply(change, "a.yaml", NOW)
            counts.append(len(statements))
        assert stored_list.entities[-length:] == renamed
    assert counts[:2] == counts[2:]


def test_a_number_is_opaque_stays_with_its_entity_and_is_never_given_twice(store: Store):
    watch(store, MELIS, CHOLPON)
    before = entity_numbers(store)
    store.watchlists.apply(WatchlistChange(removed=(CHOLPON,)), "desk", NOW)
    store.watchlists.apply(WatchlistChange(added=(KOS,)), "desk", NOW)
    assert store.watchlists.current().entities == (MELIS, KOS)
    assert entity_numbers(store)["kos"] not in before.values()
    store.watchlists.apply(WatchlistChange(added=(CHOLPON,)), "desk", NOW)
    assert entity_numbers(store)["cholpon"] == before["cholpon"]


# ---- runs and the read side -----------------------------------------------------------------------------------------


def test_a_run_is_stored_and_updated_by_its_id(store: Store):
    assert store.runs.last() is None
    run = store.runs.save(Run(NOW, due=3, outcomes={Outcome.QUEUED: 1}, problems=("the disk is nearly full",)))
    assert run.id > 0 and store.runs.last() == run
    done = store.runs.save(replace(run, ended=NOW + MINUTE, fetched=2, failed=1, entries=4, articles=3, unchanged=0))
    assert (store.runs.last(), row_counts(store)["run"]) == (done, 1)
    with pytest.raises(NotFound):
        store.runs.save(replace(run, id=99))


def test_what_happened_in_a_window_is_what_was_filed_in_it(store: Store):
    watch(store)
    window = Window(NOW + HOUR, NOW + DAY)
    before = filed(store)
    inside = filed(store, hit(), at=NOW + 2 * HOUR)
    joined_now = join(store, before, stored(store, hit(), at=NOW + HOUR))  # by a clock that is behind
    after = filed(store, at=NOW + DAY)
    happened = store.reading.digest_input(window)
    assert [i.id for i in happened.items] == [inside.id, joined_now.id]
    assert happened.items == (store.reviews.get(inside.id), store.reviews.get(joined_now.id))
    assert (happened.waiting, happened.oldest_waiting) == (3, NOW)
    assert happened.articles == 2 and after.first_seen not in window


def test_the_window_knows_the_day_around_the_items(store: Store):
    watch(store)
    window = Window(NOW, NOW + DAY)
    with_others = replace(KOS, alert=Alert.WITH_OTHERS)
    store.watchlists.apply(WatchlistChange(removed=(CHOLPON,), changed=((KOS, with_others),)), "desk", NOW - MINUTE)
    entries = backlog(store, *(item(n) for n in range(4)))
    store.entries.save_result(ended(entries[0], "a", hit("court", "kos", **SILENT)))
    store.entries.save_result(ended(entries[1], "b", hit("court", "kos", **SILENT)))
    itself = ended(entries[3], "d", hit(entity="melis", **SILENT))  # as an outlet is in its own byline
    store.entries.save_result(itself)
    only_feed = ended(entries[2], "c")
    assert only_feed.article is not None
    store.entries.save_result(replace(only_feed, article=replace(only_feed.article, text_from=TextFrom.FEED)))
    store.feeds.sync_list([feed("post"), feed("herald"), feed("resting", paused=True)], NOW)
    herald = store.feeds.states()[0]
    store.feeds.save_visit(visited(herald, at=NOW + HOUR, status=FeedStatus.REFUSED, detail="HTTP 403"))
    postponed = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    full = trouble_message(TroubleKind.DISK, "/srv", "90%")
    for minutes, problems in ((0, ("mail was refused",)), (10, ("mail was refused", full)), (20, (full,))):
        then = NOW + HOUR + minutes * MINUTE
        store.runs.save(Run(then, ended=NOW + HOUR, fetched=1, problems=problems))
    happened = store.reading.digest_input(window)
    assert happened.counted == {"Committee for Public Security": 2}
    assert (happened.articles, happened.articles_from_feed) == (5, 1)
    assert [s.feed.id for s in happened.feeds] == ["herald", "post", "resting"]
    assert (happened.feeds_read, happened.last_read) == (1, NOW + HOUR)
    before = store.reading.digest_input(Window(NOW - DAY, NOW))
    assert (before.feeds_read, before.last_read) == (0, None)  # no run read anything in that window
    assert before.began == happened.began == NOW + HOUR
    assert (happened.waiting, happened.oldest_waiting) == (1, postponed.first_seen)  # due when the window ends
    assert store.statistics.waiting_since(window.until) == postponed.first_seen
    assert store.statistics.waiting_since(window.since) is None
    assert [change.sentence for change in happened.watchlist_changes] == ["3 added"]
    assert happened.troubles == (
        Trouble(TroubleKind.OTHER, NOW + HOUR, NOW + HOUR + 20 * MINUTE),
        Trouble(TroubleKind.DISK, NOW + HOUR + 10 * MINUTE),
    )


def test_other_tools_read_the_queue_the_hits_and_the_feeds_in_plain_words(store: Store):
    watch(store)
    new = filed(store, hit(), hit("Nobody", "cholpon", **POSSIBLE))
    join(store, new, stored(store, hit(), outlet="Herald"), copy_of=new.lead.id)
    judged(store, filed(store), Verdict.RELEVANT)
    with store.database.writing("a test") as connection:
        detail = Message("larger than {} MB", 10, code=Code.PROXY_IS_DEAD)  # as the only detail with a code
        connection.execute(update(t.feed).values(detail=detail))
        connection.execute(update(t.review_item).values(reopened=Message("a new article from {}", "Herald")))
    with store.database.reading() as connection:
        (queue,) = connection.execute(sql("SELECT * FROM queue")).mappings()
        hits = connection.execute(sql("SELECT * FROM hits ORDER BY article, found_as")).mappings().all()
        (health,) = connection.execute(sql("SELECT * FROM feed_health")).mappings()
    assert {k: queue[k] for k in ("item", "state", "confidence", "headline", "articles", "copies", "outlets")} == {
        "item": new.id, "state": "open", "confidence": "clear", "headline": "Court extends arrest",
        "articles": 2, "copies": 1, "outlets": 2,
    }  # fmt: skip
    assert (queue["came_back_because"], health["trouble"]) == ("a new article from Herald", "larger than 10 MB")
    assert set(queue["watched_names"].split(", ")) == {"Melis Tokoev", "Cholpon Arzyeva"}
    assert [(h["watched_name"], h["found_as"], h["confidence"], h["item"]) for h in hits[:2]] == [
        ("Melis Tokoev", "Melis Tokoev", "clear", new.id),
        ("Cholpon Arzyeva", "Nobody", "possible", new.id),
    ]
    assert Span(hits[0]["from_letter"], hits[0]["to_letter"]).of(TEXT) == "Melis Tokoev"
    assert (len(hits), health["source"], health["status"], health["entries"]) == (4, "post", "ok", 3)


# ---- when the database cannot be used -------------------------------------------------------------------------------


def test_a_database_that_another_holds_is_to_be_tried_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    holder, waiting_store = open_store(url), open_store(url, patience=0.05)
    with holder.database.writing("a test"), pytest.raises(StoreError, match="try again") as raised:
        waiting_store.entries.release()
    assert raised.value.exit_code == 75
    assert waiting_store.entries.release() == 0  # and afterwards it is as it was
    holder.close()
    waiting_store.close()


def test_a_row_that_another_holds_on_the_server_is_to_be_tried_again(postgresql: Server, postgresql_with_tables: str):
    url = postgresql.url(postgresql_with_tables)
    holder, waiting_store = open_store(url), open_store(url, patience=0.05)
    holder.feeds.sync_list([feed("held")], NOW)
    with holder.database.writing("a test") as connection:
        connection.execute(sql("SELECT id FROM feed WHERE id = 'held' FOR UPDATE"))
        with pytest.raises(StoreError, match="try again") as raised:
            waiting_store.feeds.sync_list([feed("held", paused=True)], NOW)
    assert raised.value.exit_code == 75
    waiting_store.feeds.sync_list([feed("held", paused=True)], NOW)
    holder.close()
    waiting_store.close()


def test_a_full_disk_stores_no_half_result_and_is_healed_by_room(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    watch(store)
    (entry,) = backlog(store, item(1))
    raw = store.database.engine.raw_connection()
    pages = raw.cursor().execute("PRAGMA page_count").fetchone()[0]
    raw.cursor().execute(f"PRAGMA max_page_count = {pages}")  # of this connection; the pool has but this one
    raw.close()
    long = ended(entry, "k", hit())
    assert long.article is not None
    result = replace(long, article=replace(long.article, text=TEXT + "x" * 50_000))
    with pytest.raises(StoreError, match="disk is full") as raised:
        store.entries.save_result(result)
    assert raised.value.exit_code == 75
    assert (row_counts(store)["article"], row_counts(store)["outcome:pending"]) == (0, 1)
    store.database.engine.dispose()
    assert store.entries.save_result(result).article is not None
    store.close()


def test_a_trouble_is_of_its_kind_in_whatever_words_it_was_stored(store: Store):
    kinds = [kind for kind in TroubleKind if kind is not TroubleKind.OTHER]
    reworded = [Message("Etwas mit {} stimmt nicht", "/srv", code=kind) for kind in kinds]
    of_today = [trouble_message(kind, "1", "2", "3") for kind in kinds]
    run = store.runs.save(Run(NOW, problems=(*reworded, *of_today, str(reworded[0]))))
    last = store.runs.last()
    assert last is not None and last.problems == run.problems
    assert list(map(trouble_kind, last.problems)) == [*kinds, *kinds, TroubleKind.OTHER]
