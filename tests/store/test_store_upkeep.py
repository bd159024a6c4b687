"""Contracts of upkeep (ports.py), on both databases: old texts are dropped, evidence stays, clocks are repaired, and
every contradiction is found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

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
    filed,
    hit,
    item,
    sketch,
    stored,
    visited,
    watch,
)
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    Confidence,
    Decision,
    Delivery,
    FeedStatus,
    Mailing,
    MessageKind,
    NewEntry,
    Outcome,
    Placement,
    Rendering,
    Result,
    ReviewItem,
    Run,
    State,
    TroubleKind,
    Verdict,
    Window,
)
from monitor.review.decisions import decide, undo
from monitor.review.reopen import reopen_for_article
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.ops.check import ENUMS, contradictions

SILENT = {"alerts": False}
POSSIBLE = {"confidence": Confidence.POSSIBLE, "alerts": False}
KEEP = timedelta(days=90)
THEN, TICK = NOW + KEEP + MINUTE, timedelta(microseconds=1)


def judged(store: Store, item: ReviewItem, verdict: Verdict, at: datetime = NOW, **more: object) -> ReviewItem:
    after = decide(item, replace(Decision(item.id, item.version, at, "aida", verdict), **more))  # type: ignore[arg-type]
    return store.reviews.save(after, was=item.version, decision=after.history[-1])


def undone(store: Store, item: ReviewItem, at: datetime = NOW) -> ReviewItem:
    after, line = undo(item, item.history[-1], "aida", at)
    return store.reviews.save(after, was=item.version, decision=line)


def join(store: Store, item: ReviewItem, copy_of: int | None = None, at: datetime = NOW) -> ReviewItem:
    new = stored(store, hit(), at=at, outlet="Herald")
    moved = item if copy_of else reopen_for_article(item, now=at, why="a new article from Herald")
    return store.stories.file(new, Placement(item.story, copy_of, "copy"), moved, at, expected_version=item.version)


def mailed(store: Store, since: datetime, until: datetime, *to: str) -> Window:
    mailing = Mailing(Window(since, until), until, Rendering("Digest", "text", "<p>html</p>"))
    deliveries = [
        Delivery("mail", who, f"<{until:%Y%m%dT%H%M%S}.{who}>", until, mailing.ordinary)
        for who in to or ("desk@x.example",)
    ]
    assert store.outbox.put(mailing.window, lambda _: (mailing, deliveries))
    return mailing.window


def whole_way(store: Store) -> None:
    """A database with every kind of row; article, entry, story and item numbers are in the comments."""
    watch(store)
    fingerprint = sketch(1, -2, names=(7,), numbers=(8,))
    one = filed(store, hit(), fingerprint=fingerprint)  # article 1, item 1: decided and undone, with a copy
    two = filed(store, hit(), hit("Nobody", "cholpon", **POSSIBLE))  # article 2, item 2: decided, then a follow-up
    one = join(store, one, copy_of=one.lead.id)  # article 3
    undone(store, judged(store, one, Verdict.NOT_RELEVANT))  # decisions 1 and 2
    join(store, judged(store, two, Verdict.RELEVANT))  # decision 3, article 4
    judged(store, filed(store), Verdict.LATER, until=NOW + DAY)  # article 5, item 3, decision 4
    judged(store, filed(store, hit(), hit("court", "kos")), Verdict.RELEVANT, entity="melis")  # article 6, item 4
    filed(store, hit(**POSSIBLE))  # article 7, item 5
    seven, silent, waiting, known = backlog(store, *(item(n) for n in range(9001, 9005)))  # entries 8 to 11
    store.entries.save_result(ended(seven, "nobody"))  # article 8
    store.entries.save_result(
        replace(ended(seven, "nobody"), article=article("nobody", title="Edited"), fingerprint=sketch(5))
    )
    store.entries.save_result(ended(silent, "silent", hit(**SILENT), outcome=Outcome.COUNTED))  # article 9
    store.entries.save_result(Result(waiting, NOW, Outcome.PENDING, "timeout", due=NOW + HOUR))
    store.entries.save_result(Result(known, NOW, Outcome.DUPLICATE, "the article is known already"))
    for day in range(3):
        mailed(store, NOW + (day - 3) * DAY, NOW + (day - 2) * DAY)
    (delivery, *_) = store.outbox.claim("mail", NOW, NOW + MINUTE)
    store.outbox.mark_sent(delivery, NOW)
    store.runs.save(Run(NOW - HOUR))
    store.runs.save(Run(NOW, ended=NOW))
    store.entries.release()


def run(store: Store, *statements: str, **values: object) -> None:
    with store.database.writing("a test") as connection:
        for statement in statements:
            connection.execute(sql(statement), values)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.reading() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in t.Row.metadata.tables.items()
        }


def texts(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return list(connection.scalars(sql("SELECT text FROM article_version ORDER BY article, version")))


# ---- old texts ------------------------------------------------------------------------------------------------------


def nobody(store: Store, *keys: str, at: datetime = NOW) -> None:
    """Articles that name nobody."""
    for entry, key in zip(backlog(store, *(item(int(k)) for k in keys), now=at), keys, strict=True):
        result = ended(entry, key)
        assert result.article is not None
        store.entries.save_result(replace(result, at=at, article=replace(result.article, first_seen=at)))


def test_a_text_that_names_nobody_goes_after_its_days_and_its_title_address_and_hash_stay(store: Store):
    watch(store)
    nobody(store, "1")
    before = everything(store)
    assert store.upkeep.drop_texts(NOW, THEN, 10) == 0  # first seen then, not before
    assert everything(store) == before
    assert store.upkeep.drop_texts(NOW + TICK, THEN, 10) == 1
    with store.database.reading() as connection:
        version = connection.execute(select(t.article_version)).one()
        row = connection.execute(select(t.article)).one()
        entry = connection.execute(select(t.entry)).one()
    assert (version.text, version.zones, version.dropped) == ("", [], THEN)
    assert (version.title, version.url, len(version.sha256), row.key) == ("Court extends arrest", "https://1", 64, "1")
    assert (row.sketch, row.names, row.numbers) == (b"", b"", b"")
    assert (entry.title, entry.summary, entry.content, entry.article) == ("Title 1", "", "", row.id)
    assert store.upkeep.check() == ()


def test_dropping_again_changes_nothing(store: Store):
    nobody(store, "1", "2")
    assert store.upkeep.drop_texts(THEN - KEEP, THEN, 10) == 2
    before = everything(store)
    assert store.upkeep.drop_texts(THEN - KEEP, THEN + DAY, 10) == 0
    assert everything(store) == before


def test_the_oldest_texts_are_dropped_first_up_to_the_limit(store: Store):
    nobody(store, "1", at=NOW + HOUR)
    nobody(store, "2", at=NOW)
    assert store.upkeep.drop_texts(THEN, THEN, 1) == 1
    assert texts(store) == [TEXT, ""]
    assert [store.upkeep.drop_texts(THEN, THEN, 1) for _ in range(2)] == [1, 0]


def test_whatever_ever_named_someone_stays_in_all_its_versions(store: Store):
    watch(store)
    (clear, possible, silent, edited) = backlog(store, *(item(n) for n in range(4)))
    store.entries.save_result(ended(clear, "clear", hit()))
    store.entries.save_result(ended(possible, "possible", hit(**POSSIBLE), outcome=Outcome.POSSIBLE))
    store.entries.save_result(ended(silent, "silent", hit(**SILENT), outcome=Outcome.COUNTED))
    store.entries.save_result(ended(edited, "edited", hit(**SILENT)))
    taken_out = replace(ended(edited, "edited"), article=article("edited", text="Nobody any more."))
    store.entries.save_result(taken_out)
    before = everything(store)
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    assert everything(store) == before


def test_an_article_of_a_story_keeps_its_text_without_a_hit_of_its_own(store: Store):
    watch(store)
    filed(store)
    run(store, "DELETE FROM mention", "DELETE FROM hit")
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    assert texts(store) == [TEXT]


def test_an_article_whose_page_is_still_tried_for_keeps_its_text(store: Store):
    (entry,) = backlog(store, item(1))
    trying = replace(ended(entry, "1"), outcome=Outcome.PENDING, due=NOW + HOUR)
    store.entries.save_result(trying)
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    store.entries.save_result(replace(trying, outcome=Outcome.GIVEN_UP, due=None))
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 1


@pytest.mark.slow
def test_all_versions_of_a_text_go_and_a_later_one_goes_too(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "1"))
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="Edited.")))
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 1
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="Edited again.")))
    assert texts(store) == ["", "", "Edited again."]
    assert [store.upkeep.drop_texts(THEN, THEN, 10) for _ in range(2)] == [1, 0]
    assert store.upkeep.check() == ()


def test_a_feeds_text_is_dropped_from_entries_without_article_but_not_from_pending_ones(store: Store):
    (state,) = claimed(store, "post")
    kinds = {1: Outcome.OLD, 2: Outcome.NO_TEXT, 3: Outcome.PENDING}
    store.feeds.save_visit(
        replace(visited(state), entries=tuple(NewEntry(item(n, content="C"), kind) for n, kind in kinds.items()))
    )
    assert store.upkeep.drop_texts(NOW, THEN, 10) == 0
    said = sql("SELECT summary, content FROM entry ORDER BY id")
    with store.database.reading() as connection:
        assert connection.execute(said).all() == [("Summary", "C")] * 3
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    with store.database.reading() as connection:
        assert connection.execute(said).all() == [("", ""), ("", ""), ("Summary", "C")]
    store.feeds.sync_list([state.feed], THEN)
    later = replace(state, last_visit=NOW, visits=1)
    assert store.feeds.save_visit(visited(later, item(2, content="C"), at=THEN)) == 0  # it is no news again


def test_a_dropped_text_is_nowhere_in_the_file(sqlite_with_tables: Path, tmp_path: Path):
    file = Path(shutil.copy(sqlite_with_tables, tmp_path / "monitor.db"))
    store = open_store(f"sqlite:///{file}")
    (entry,) = backlog(store, item(1))
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="A wombat sat there. " * 900)))
    store.upkeep.drop_texts(THEN, THEN, 10)
    store.close()
    assert b"wombat" not in file.read_bytes() and len(list(tmp_path.iterdir())) == 1


# ---- clocks ---------------------------------------------------------------------------------------------------------


def times(store: Store, *columns: str) -> list[datetime]:
    """Return all times in these columns."""
    found: list[datetime] = []
    with store.database.reading() as connection:
        for name in columns:
            table, column = name.split(".")
            asked = t.Row.metadata.tables[table].c[column]
            found += connection.scalars(select(asked).where(asked.is_not(None)))
    return found


COMPARED = (
    "feed.last_visit", "feed.last_ok", "feed.status_since", "entry.first_seen", "entry.last_try", "article.first_seen",
    "article.seen", "hit.found", "story.first_seen", "story_article.filed", "story_article.changed", "run.started",
    "run.ended", "review_item.first_seen", "review_item.reopened_at", "watchlist_version.at", "mailing.since",
    "mailing.until",
)  # fmt: skip
CLAIMS = ("feed.claimed_until", "entry.claimed_until", "delivery.claimed_until")


@pytest.mark.parametrize(
    "by", [pytest.param(HOUR + MINUTE, marks=pytest.mark.slow), 365 * DAY], ids=["an-hour", "a-year"]
)
def test_a_clock_that_ran_ahead_leaves_nothing_in_the_future(store: Store, by: timedelta):
    watch(store)
    ahead = NOW + by
    item_ahead = filed(store, at=ahead)
    undone(store, judged(store, item_ahead, Verdict.RELEVANT, at=ahead), at=ahead)
    (entry,) = backlog(store, item(77), now=ahead)
    store.entries.save_result(replace(ended(entry), at=ahead, outcome=Outcome.PENDING, due=ahead + DAY))
    store.runs.save(Run(ahead, ended=ahead))
    store.feeds.claim_due(ahead, ahead + HOUR, include_not_due=True)
    mailed(store, NOW - DAY, NOW)
    store.outbox.claim("mail", ahead, ahead + HOUR)
    assert store.upkeep.repair_future_times(NOW) > 0
    assert max(times(store, *COMPARED)) <= NOW
    assert times(store, *CLAIMS) == []
    assert max(times(store, "feed.next_due", "entry.due")) <= NOW + timedelta(hours=25)
    assert times(store, "decision.at") == [ahead, ahead]  # what somebody said then stays as it was said
    assert store.upkeep.check() == ()
    before = everything(store)
    assert store.upkeep.repair_future_times(NOW) == 0
    assert everything(store) == before


@pytest.mark.slow
def test_without_future_times_nothing_is_changed(store: Store):
    whole_way(store)
    (state,) = store.feeds.claim_due(NOW, NOW + HOUR, include_not_due=True)
    store.feeds.save_visit(visited(state, item(99), next_due=NOW + DAY))
    store.entries.claim(state.number, NOW, NOW + HOUR, 9)
    store.outbox.claim("mail", NOW, NOW + HOUR)
    before = everything(store)
    assert store.upkeep.repair_future_times(NOW) == 0
    assert everything(store) == before


@pytest.mark.slow
def test_each_future_time_is_found_on_its_own(store: Store):
    whole_way(store)
    keys = {"feed": "number", "watchlist_version": "version"}
    mended: dict[str, datetime | None] = {
        **dict.fromkeys(COMPARED[:-2], NOW), **dict.fromkeys(("feed.next_due", "entry.due"), NOW), **dict.fromkeys(CLAIMS)
    }  # fmt: skip
    del mended["article.seen"]  # is never later than first_seen
    for name, expected in mended.items():
        table, column = name.split(".")
        asked = t.Row.metadata.tables[table]
        key = asked.c[keys.get(table, "id")]
        with store.database.writing("a test") as connection:
            number = connection.scalar(select(key).order_by(key.desc()).limit(1))
            connection.execute(asked.update().where(key == number).values({column: NOW + 2 * DAY}))
        assert [store.upkeep.repair_future_times(NOW) for _ in range(2)] == [1, 0], name
        with store.database.reading() as connection:
            assert connection.scalar(select(asked.c[column]).where(key == number)) == expected, name


def windows(store: Store) -> list[Window]:
    with store.database.reading() as connection:
        rows = connection.execute(select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until))
        return [Window(*row) for row in rows]


def tile(all_windows: Iterable[Window]) -> bool:
    found = list(all_windows)
    whole = all(w.since < w.until for w in found)
    return whole and all(a.until == b.since for a, b in pairwise(found))


@pytest.mark.parametrize(
    "days", [3, pytest.param(1, marks=pytest.mark.slow), pytest.param(365, marks=pytest.mark.slow)]
)
def test_what_was_mailed_stays_mailed_and_what_was_not_will_be(store: Store, days: int):
    """The clock runs some days ahead, each day is mailed, and it is set back an hour after it went wrong."""
    watch(store)
    past = filed(store, at=NOW - HOUR)
    mailed(store, NOW - DAY, NOW)
    end = NOW + days * DAY
    exactly_now = filed(store, at=NOW + HOUR)
    sent = filed(store, at=end - TICK)
    for day in range(min(days, 3)):
        mailed(store, NOW + day * DAY, NOW + (day + 1) * DAY)
    if days > 3:
        mailed(store, NOW + 3 * DAY, end)
    at_the_end, after = filed(store, at=end), filed(store, at=end + DAY)
    came_back = join(store, judged(store, past, Verdict.RELEVANT), at=end + HOUR)
    now = NOW + HOUR
    assert store.upkeep.repair_future_times(now) > 0
    assert tile(windows(store)) and windows(store)[-1].until == now
    coming = store.reading.digest_input(Window(now, now + DAY)).items
    assert [i.id for i in coming] == [at_the_end.id, after.id, came_back.id]
    assert not {sent.id, exactly_now.id} & {i.id for i in coming}
    assert mailed(store, now, now + DAY) == windows(store)[-1]
    assert (tile(windows(store)), store.upkeep.repair_future_times(now + DAY), store.upkeep.check()) == (True, 0, ())


def test_times_keep_their_place_among_the_windows_of_all_recipients(store: Store):
    """A digest ended in the future, and an alert to somebody else after it: what the digest had is not in the next."""
    watch(store)
    end = NOW + DAY
    sent = filed(store, at=end - TICK)
    store.outbox.put(Window(NOW - DAY, end), lambda _: None)
    not_sent = filed(store, at=end)
    alert = Window(end - HOUR, end + HOUR)
    store.outbox.put(alert, lambda _: None, "mail:anna", MessageKind.ALERT)
    late = filed(store, at=alert.until)
    store.upkeep.repair_future_times(NOW)
    digest, alert = (store.outbox.last_window(*series) for series in ((), ("mail:anna", MessageKind.ALERT)))
    assert digest and alert and alert.since < digest.until < alert.until
    items = {window: {i.id for i in store.reading.digest_input(window).items} for window in (digest, alert)}
    assert sent.id in items[digest] and not {not_sent.id, late.id} & items[digest]
    assert {sent.id, not_sent.id} <= items[alert] and late.id not in items[alert]
    assert {i.id for i in store.reading.digest_input(Window(digest.until, end)).items} == {not_sent.id, late.id}


@pytest.mark.slow
def test_a_window_that_began_at_this_very_moment_still_ends_after_it_began(store: Store):
    watch(store)
    sent = filed(store, at=NOW + HOUR)
    for day in range(3):
        mailed(store, NOW + (day - 1) * DAY, NOW + day * DAY)
    new = filed(store, at=NOW + 2 * DAY)
    store.upkeep.repair_future_times(NOW)
    assert tile(windows(store))
    begins = windows(store)[-1].until
    assert begins - NOW == 2 * TICK
    assert [i.id for i in store.reading.digest_input(Window(begins, NOW + DAY)).items] == [new.id]
    assert sent.id != new.id


@pytest.mark.slow
def test_a_digest_mailed_for_a_future_window_is_followed_by_the_next_one(store: Store):
    """Changes, articles and troubles that a mailing reported are not reported again; later ones are."""
    watch(store)
    mailed(store, NOW, NOW + 9 * DAY)
    told, untold = NOW + 8 * DAY, NOW + 10 * DAY
    for at, kind in ((told, TroubleKind.DISK), (untold, TroubleKind.MAIL)):
        filed(store, at=at)
        store.runs.save(Run(at, ended=at, problems=(trouble_message(kind, "the disk", "90 %"),)))
    store.upkeep.repair_future_times(NOW + DAY)
    next_day = store.reading.digest_input(Window(NOW + DAY, NOW + 2 * DAY))
    assert (next_day.articles, [each.kind for each in next_day.troubles]) == (1, [TroubleKind.MAIL])


def test_an_item_that_came_back_after_a_decision_still_did(store: Store):
    watch(store)
    ahead = NOW + 9 * DAY
    decided = judged(store, filed(store), Verdict.RELEVANT, at=ahead)
    back = join(store, decided, at=ahead + HOUR)
    assert back.state is State.FOLLOW_UP
    store.upkeep.repair_future_times(NOW + HOUR)
    assert store.upkeep.repair_future_times(NOW + HOUR) == 0
    again = judged(store, store.reviews.get(back.id), Verdict.NOT_RELEVANT, at=NOW + 2 * HOUR)
    assert undone(store, again, at=NOW + 2 * HOUR).state is State.FOLLOW_UP


# ---- contradictions -------------------------------------------------------------------------------------------------


def test_a_healthy_database_contradicts_itself_nowhere(store: Store):
    assert store.upkeep.check() == ()
    whole_way(store)
    assert store.upkeep.check() == ()
    store.reviews.reopen_due(NOW + 2 * DAY)
    store.upkeep.drop_texts(THEN, THEN, 10)
    assert store.upkeep.check() == ()


AT = "'2026-03-02 09:00:00'"
CORRUPTIONS = {
    "DELETE FROM article_version WHERE article = 8 AND version = 1": "article 8: its versions are not those from 1 to 2",
    "UPDATE article SET version = 3 WHERE id = 8": "article 8: its versions are not those from 1 to 3",
    "UPDATE article SET version = 1 WHERE id = 8": "article 8: its versions are not those from 1 to 1",
    "DELETE FROM article_version WHERE article = 5": "article 5: its versions are not those from 1 to 1",
    "UPDATE article_version SET text = text || '.' WHERE article = 1": "article 1: the stored text does not have the hash",
    "UPDATE article_version SET text = 'x' WHERE article = 8 AND version = 2": "article 8, version 2: the stored text",
    "UPDATE article_version SET dropped = stored WHERE article = 8 AND version = 1": (
        "article 8, version 1: its text was dropped and is still there"
    ),
    "UPDATE article_version SET text_from = 'air' WHERE article = 8": "article 8: its text_from holds a word",
    "UPDATE article_version SET published_source = 'air' WHERE article = 8": "article 8: its published_source holds a word",
    "UPDATE article_version SET published_precision = 'air' WHERE article = 8": "article 8: its published_precision holds",
    """UPDATE article_version SET zones = '[["air", 0, 4]]' WHERE article = 7""": "article 7: its zones hold a word",
    "UPDATE mention SET start = start + 1 WHERE id = 1": "mention 1: its words do not stand at its place in article 1",
    "UPDATE mention SET field = 'title' WHERE id = 1": "mention 1: its words do not stand",
    "UPDATE mention SET field = 'margin' WHERE id = 1": "mention 1: its field holds a word",
    "UPDATE mention SET confidence = 'weak' WHERE id = 1": "mention 1: its confidence holds a word",
    "UPDATE mention SET version = 2 WHERE id = 1": "mention 1: it is in version 2 of article 1, which is not there",
    "DELETE FROM mention WHERE hit = 1": "hit 1: it has no mention in version 1",
    "UPDATE hit SET version = 2 WHERE id = 1": "hit 1: it is of version 2 of an article that is at version 1",
    "UPDATE hit SET confidence = 'weak' WHERE id = 1": "hit 1: its confidence holds a word",
    "UPDATE hit SET filed = true WHERE article = 9": "hit 10: it counts as filed, but article 9 is in no story",
    "DELETE FROM review_item WHERE id = 5": "story 5: it has no review item",
    "DELETE FROM story_article WHERE story = 5": "story 5: no article is in it",
    "DELETE FROM story_article WHERE story = 1 AND article = 3": "hit 4: it counts as filed, but article 3",
    "UPDATE story_article SET copy_of = 2 WHERE article = 3": "article 3: it counts as a copy of article 2",
    "UPDATE story_article SET copy_of = 3 WHERE article = 3": "article 3: it counts as a copy of article 3",
    "UPDATE story_article SET copy_of = 8 WHERE article = 3": "article 3: it counts as a copy of article 8",
    "UPDATE story_article SET version = 2 WHERE article = 3": "article 3: its story has taken in version 2",
    "UPDATE story_article SET version = 0 WHERE article = 3": "article 3: it has changed, or is gone, and filing does",
    "UPDATE article SET gone = first_seen WHERE id = 3": "article 3: it has changed, or is gone, and filing does not",
    "UPDATE entry SET article = NULL WHERE id = 1": "entry 1: it ended as queued, but has no article",
    "UPDATE entry SET article = NULL WHERE id = 9": "entry 9: it ended as counted, but has no article",
    "UPDATE entry SET due = NULL WHERE id = 10": "entry 10: it was tried and is to be tried again",
    "UPDATE entry SET outcome = 'lost' WHERE id = 10": "entry 10: its outcome holds a word",
    "UPDATE entry SET published_precision = 'lost' WHERE id = 10": "entry 10: its published_precision holds a word",
    "UPDATE feed SET status = 'lost'": "feed 1: its status holds a word",
    "UPDATE entity SET type = 'lost' WHERE number = 2": "entity 2: its type holds a word",
    "UPDATE entity SET alert = 'lost' WHERE number = 2": "entity 2: its alert holds a word",
    f"INSERT INTO finding (id, article, version, kind, before, after, found) VALUES (1, 1, 1, 'lost', '', '', {AT})": (
        "finding 1: its kind holds a word"
    ),
    "INSERT INTO person (id, name, key, role, since, password, language, shortcuts) "
    f"VALUES (1, 'n', 'n', 'lost', {AT}, '', '', true)": "person 1: its role holds a word",
    f"INSERT INTO invitation (token, role, until) VALUES ('t', 'lost', {AT})": "invitation 2026-03-02 09:00:00",
    f"INSERT INTO audit (id, at, act, detail) VALUES (1, {AT}, 'lost', '')": "audit 1: its act holds a word",
    "INSERT INTO regrouping (id, kind, item, other, at, by, articles, copies) "
    f"VALUES (1, 'lost', 1, 2, {AT}, '', '[]', '[]')": "regrouping 1: its kind holds a word",
    "UPDATE review_item SET until = first_seen WHERE id = 1": "review item 1: it is open, but put off until a time",
    "UPDATE review_item SET reopened_at = NULL WHERE id = 2": "review item 2: it is a follow-up, but never came back",
    "UPDATE review_item SET state = 'gone' WHERE id = 2": "review item 2: its state holds a word",
    "UPDATE review_item SET verdict = 'maybe' WHERE id = 2": "review item 2: its verdict holds a word",
    "UPDATE review_item SET state = 'decided' WHERE id = 1": "review item 1: it is decided, but no decision on it stands",
    "UPDATE review_item SET state = 'later' WHERE id = 4": "review item 4: it is put off, but its last decision",
    "UPDATE review_item SET verdict = 'relevant' WHERE id = 1": "review item 1: its verdict is not what its decisions",
    "UPDATE review_item SET verdict = NULL WHERE id = 2": "review item 2: its verdict is not what its decisions",
    "UPDATE review_item SET verdict = 'not-relevant' WHERE id = 4": "review item 4: its verdict is not what its decisions",
    "UPDATE review_item SET version = 1 WHERE id = 2": "review item 2: its decisions were not made on one version after",
    "UPDATE decision SET version = 1 WHERE id = 2": "review item 1: its decisions were not made on one version after",
    "UPDATE decision SET verdict = NULL WHERE id = 3": "decision 3: it must either be a verdict or undo one",
    "UPDATE decision SET undoes = 1 WHERE id = 3": "decision 3: it must either be a verdict or undo one",
    "UPDATE decision SET undoes = 3 WHERE id = 2": "decision 2: it undoes decision 3, which is no earlier one of its item",
    "UPDATE decision SET verdict = 'maybe' WHERE id = 3": "decision 3: its verdict holds a word",
    "UPDATE decision SET reason = 'why not' WHERE id = 3": "decision 3: its reason holds a word",
    "UPDATE decision SET judged = '[1, 99]' WHERE id = 3": "decision 3: it judged a name that was never",
    "UPDATE decision SET judged = '7' WHERE id = 3": "decision 3: it holds a value that cannot be read",
    "UPDATE review_item SET clear = NOT clear WHERE id = 1": "review item 1: the lists have it elsewhere",
    "UPDATE review_item SET latest = '2026-01-02 09:00:00' WHERE id = 3": "review item 3: the lists have it elsewhere",
    "DELETE FROM article_words WHERE article = 1": "article 1: it is searched by other words than it says",
    "UPDATE article_words SET words = 'nobody' WHERE article = 1": "article 1: it is searched by other words than it says",
    "INSERT INTO article_words VALUES (9, 'nobody')": "article 9: it is searched, but in no story",
    "UPDATE article SET names = sketch WHERE id = 1": "article 1: it is found by another fingerprint than its own",
    "UPDATE mailing SET until = since WHERE id = 1": "mailing 1: its window does not end after it begins",
    "UPDATE mailing SET since = '2026-02-28 09:00:00' WHERE id = 2": "mailing 2: its window does not begin where",
    "DELETE FROM delivery WHERE mailing = 2; DELETE FROM mailing WHERE id = 2": "mailing 3: its window does not begin where",
    "UPDATE delivery SET refused = '2026-03-02 09:00:00' WHERE sent IS NOT NULL": "delivery 1: it is both",
}  # fmt: skip


@pytest.mark.slow
def test_every_contradiction_is_found_and_says_where(store: Store):
    whole_way(store)
    for statements, expected in CORRUPTIONS.items():
        with store.database.engine.connect() as connection:  # on SQLite and PostgreSQL alike: tried, and taken back
            for statement in statements.split("; "):
                connection.execute(sql(statement))
            found = list(contradictions(connection))
            connection.rollback()
        assert any(said.startswith(expected) for said in found), (statements, found)
        assert not any(name in said for said in found for name in ("Melis", "Tokoev", "melis", "Cholpon", "desk@"))
    assert store.upkeep.check() == ()


def test_no_column_that_holds_an_enums_word_is_forgotten():
    asked = {str(column) for columns in ENUMS.values() for column in columns}
    names = {each.partition(".")[2] for each in asked}
    columns = {str(c) for table in t.Row.metadata.tables.values() for c in table.c}
    free_text = {"watchlist_version.reason"}
    assert {each for each in columns if each.partition(".")[2] in names} - free_text == asked


@pytest.mark.slow
def test_contradictions_beyond_the_first_batch_are_found(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.ops.check.ARTICLES_PER_BATCH", 2)
    monkeypatch.setattr("monitor.store.ops.check.ITEMS_PER_BATCH", 2)
    whole_way(store)
    assert store.upkeep.check() == ()
    run(store, "UPDATE article_version SET text = text || '.'", "UPDATE review_item SET verdict = 'unsure'")
    found = store.upkeep.check()
    assert len([said for said in found if "the stored text" in said]) == 10
    assert len([said for said in found if "its verdict is not" in said]) == 5


def test_an_unreadable_row_is_reported_alone_and_hides_no_other(store: Store):
    whole_way(store)
    run(store, "UPDATE decision SET reason = 'why not' WHERE id = 3", "UPDATE review_item SET verdict = 'unsure'")
    wrong = "its verdict is not what its decisions come to"
    assert [said for said in store.upkeep.check() if said.startswith("review item")] == [
        f"review item 1: {wrong}",
        "review item 2: it holds a value that cannot be read",
        *(f"review item {number}: {wrong}" for number in (3, 4, 5)),
    ]


def test_broken_foreign_keys_and_a_damaged_file_are_reported_first(sqlite_with_tables: Path, tmp_path: Path):
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    whole_way(store)
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    raw.cursor().execute("DELETE FROM article WHERE id = 9")
    raw.cursor().execute("PRAGMA foreign_keys=ON")
    raw.close()
    found = store.upkeep.check()
    assert {"hit 10: the article it belongs to is not there", "entry 9: the article it belongs to is not there"} <= set(
        found
    )
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA writable_schema=ON")
    raw.cursor().execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'summary TEXT NOT NULL', 'summary TEXT CHECK (summary = 7)')"
    )
    raw.close()
    store.database.engine.dispose()
    found = store.upkeep.check()
    assert found[0].startswith("the file is damaged: ") and "entry" in found[0]
    store.close()


def test_unfinished_runs_and_mailings_to_nobody_are_no_contradictions(store: Store):
    for _ in range(3):
        store.runs.save(Run(NOW))
    window = Window(NOW, NOW + DAY)
    assert store.outbox.put(window, lambda _: (Mailing(window, NOW, Rendering("s", "t", "h")), ()))
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1), status=FeedStatus.OK))
    assert store.upkeep.check() == ()
