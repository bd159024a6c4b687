"""Databases of builds before November 2026: what nobody has worked on is filed again, once, and told to nobody."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from kit.clusters import RAID_EN, RAID_KY, RAID_RU, cut
from kit.contradictions import contradictions
from kit.deaths import death_at
from kit.judged import judged
from kit.store import DAY, HOUR, NOW, entity_numbers, hit, row_counts, stored, story_item, watch
from monitor.cluster.fingerprint import fingerprint
from monitor.groups import group_values
from monitor.i18n import translate_sentence
from monitor.i18n.labels import SEVERAL_EVENTS
from monitor.ingest.filing import file_article, file_pending_articles
from monitor.model import (
    Decision,
    DigestInput,
    MessageKind,
    Placement,
    PlacementReason,
    ReviewItem,
    Rule,
    State,
    Verdict,
    Window,
)
from monitor.review.regroup import split
from monitor.store import Store, open_store
from monitor.store import tables as t

WATCHED = PlacementReason(Rule.WATCHED, text="both name Melis Tokoev")
REFILED = NOW + 2 * DAY


def event(number: int) -> str:
    """Return a long text about an event of its own that names Melis."""
    words = ["".join(random.Random(f"{number} {k}").choices("aeioudgklmnrst", k=7)) for k in range(60)]
    return f"Melis Tokoev {' '.join(words[:30])}. {' '.join(words[30:])}."


def pile(store: Store, *texts: str, begin: datetime = NOW) -> list[int]:
    """Put articles into one item, an hour apart, as the old rules did; return the articles."""
    story, articles = None, list[int]()
    for hours, text in enumerate(texts):
        at = begin + hours * HOUR
        one = stored(store, hit(text=text), at=at, fingerprint=fingerprint("Title", text), text=text, title="Title")
        copied = articles[texts.index(text)] if text in texts[:hours] else None
        placement = Placement(story, copied, WATCHED if articles else PlacementReason(), 2.0, articles and articles[0])
        story = store.stories.file(one, placement, story and story_item(store, story), at, expected_version=1)
        articles.append(one.id)
    mark(store, *articles[1:])
    return articles


def mark(store: Store, *articles: int) -> None:
    """Mark articles as the migration does."""
    with store.database.writing("a migration") as connection:
        is_marked = t.story_article.c.article.in_(articles)
        connection.execute(update(t.story_article).where(is_marked).values(old_rules=True))


def run(store: Store, at_most: timedelta = timedelta.max) -> int:
    return file_pending_articles(store, lambda: REFILED, at_most)


def item_of(store: Store, article: int) -> ReviewItem:
    with store.database.reading() as connection:
        story = connection.scalars(select(t.story_article.c.story).where(t.story_article.c.article == article)).one()
    return store.reviews.get(story_item(store, story).id)


def groups(store: Store) -> list[list[int]]:
    """Return the articles of each item that waits."""
    return sorted([article.id for article in item.articles] for item in store.reviews.listing(list(State)))


def rows(store: Store) -> list[Sequence[object]]:
    with store.database.reading() as connection:
        return [
            tuple(row)
            for table in (t.story_article, t.review_item, t.related, t.candidate_hash, t.alerted_name)
            for row in connection.execute(select(table).order_by(*table.primary_key))
        ]


def mailed(store: Store, since: datetime, until: datetime, kind: MessageKind) -> list[DigestInput]:
    """Return what a mail of this window is composed from; nothing is sent."""
    composed: list[DigestInput] = []
    store.outbox.put(Window(since, until), composed.append, kind=kind)  # type: ignore[arg-type]
    return composed


def test_an_item_of_several_events_becomes_an_item_of_each(store: Store):
    watch(store)
    first, event_two, same, copy, third = pile(store, event(1), event(2), event(1) + " " + event(9), event(2), event(3))
    number, first_seen = item_of(store, first).id, item_of(store, first).first_seen
    assert item_of(store, first).may_hold_several_events
    run(store)
    assert groups(store) == [[first, same], [event_two, copy], [third]]
    head, second = item_of(store, first), item_of(store, copy)
    assert (head.id, head.first_seen, head.may_hold_several_events) == (number, first_seen, False)
    assert (second.first_seen, second.state, second.version, second.reopened) == (NOW + HOUR, State.OPEN, 2, "")
    assert [(a.copy_of, a.reason.rule) for a in second.articles] == [(None, Rule.NEW), (event_two, Rule.COPY)]
    assert head.articles[1].reason.rule in {Rule.ADDS, Rule.WORDS, Rule.BACKGROUND} and head.articles[1].own_sentences
    assert [a.filed for a in second.articles] == [NOW + HOUR, NOW + 3 * HOUR]  # digests and alerts go by this
    assert contradictions(store) == []


@pytest.mark.check
def test_an_item_that_holds_everything_becomes_what_filing_would_have_made(store: Store, tmp_path: Path):
    raids = [f"{text}\nMelis Tokoev." for text in (RAID_EN, RAID_RU, RAID_KY, cut(RAID_EN))]
    texts = [event(1), raids[0], event(2), raids[1], event(1), raids[3], raids[2], event(2) + " " + event(5), event(3)]
    with closing(open_store(f"sqlite:///{tmp_path / 'fresh.db'}")) as fresh:
        watch(fresh)
        for hours, text in enumerate(texts):
            at, print_of = NOW + hours * HOUR, fingerprint("Title", text)
            one = stored(fresh, hit(text=text), at=at, fingerprint=print_of, text=text, title="Title")
            file_article(one, stories=fresh.stories, now=at)
        expected = places(fresh)
    watch(store)
    pile(store, *texts)
    run(store)
    assert places(store) == expected and len({story for story, *_ in expected}) > 3


def places(store: Store) -> list[Sequence[object]]:
    """Return of each article, in the order of filing: its item, source, rule, own sentences and what is near."""
    filing = t.story_article.c
    with store.database.reading() as connection:
        filings = connection.execute(select(t.story_article).order_by(filing.id)).all()
        pairs = connection.execute(select(*t.related.c["article", "neighbour", "rule", "score"])).all()
    order = {row.article: place for place, row in enumerate(filings)}
    first: dict[int, int] = {}
    for row in filings:
        first.setdefault(row.story, order[row.article])
    near = group_values((pair.article, (order[pair.neighbour], pair.rule, pair.score)) for pair in pairs)
    return [
        (
            first[row.story],
            order.get(row.copy_of),
            row.rule,
            row.arguments,
            row.own_sentences,
            sorted(near[row.article]),
        )
        for row in filings
    ]


def test_twice_changes_nothing(store: Store):
    watch(store)
    pile(store, event(1), event(2), event(2), event(3))
    run(store)
    before, counts = rows(store), row_counts(store)
    run(store)
    assert (rows(store), row_counts(store)) == (before, counts)
    assert store.stories.to_file_again() == [] and store.stories.mixed_items() == 0


def test_articles_of_two_old_items_come_together_in_the_earlier_one(store: Store):
    watch(store)
    first, second = pile(store, event(1), event(2))
    third, copy = pile(store, event(3), event(1), begin=NOW + 5 * HOUR)
    run(store)
    assert groups(store) == [[first, copy], [second], [third]]


@pytest.mark.parametrize("touch", ["decision", "note", "later", "split", "addition"])
def test_an_item_that_somebody_worked_on_stays_and_says_so(store: Store, touch: str):
    watch(store)
    articles = pile(store, event(1), event(2), event(3))
    untouched = pile(store, event(4), event(2), begin=NOW + 5 * HOUR)
    work_on(store, item_of(store, articles[0]), touch)
    before = groups(store)
    run(store)
    groups_kept = [group for group in before if group[0] != untouched[0]]
    # The copy of a text in an item that was judged does not disappear in there; it is shown beside it.
    assert groups(store) == sorted([*groups_kept, untouched[:1], untouched[1:]])
    assert item_of(store, untouched[1]).related[0].id == item_of(store, articles[1]).id
    is_split = touch == "split"
    assert item_of(store, articles[0]).may_hold_several_events is not is_split
    assert store.stories.mixed_items() == (0 if is_split else 1)
    assert contradictions(store) == []


def work_on(store: Store, item: ReviewItem, touch: str) -> None:
    if touch == "split":
        changed, moves = split(item, [item.articles[2].id], "aida", NOW)
        store.reviews.regroup(changed, {item.id: item.version}, moves)
    elif touch == "addition":
        with store.database.writing("a test") as connection:
            row = {"article": item.articles[1].id, "by": "aida", "at": NOW}
            connection.execute(insert(t.addition).values(row))
    elif touch == "note":
        decision = Decision(item.id, item.version, NOW, "aida", None, note="is this one event?")
        store.reviews.save(replace(item, version=item.version + 1), was=item.version, decision=decision)
    else:
        judged(store, item, Verdict.NOT_RELEVANT if touch == "decision" else Verdict.LATER)
        mark(store, *(article.id for article in item.articles[1:]))  # the upgrade came after that


def test_the_sentence_goes_when_somebody_judges_the_item_again(store: Store):
    watch(store)
    articles = pile(store, event(1), event(2))
    work_on(store, item_of(store, articles[0]), "note")
    run(store)
    item = item_of(store, articles[0])
    assert item.may_hold_several_events and store.stories.mixed_items() == 1
    judged(store, item, Verdict.RELEVANT)
    assert not item_of(store, articles[0]).may_hold_several_events and store.stories.mixed_items() == 0


def test_an_expired_item_opens_nothing_again(store: Store):
    watch(store)
    articles = pile(store, event(1), event(2))
    with store.database.writing("a test") as connection:
        connection.execute(update(t.review_item).values(state=State.EXPIRED))
    run(store)
    assert [item_of(store, article).state for article in articles] == [State.EXPIRED] * 2
    assert groups(store) == [[articles[0]], [articles[1]]]


def test_a_run_that_is_killed_goes_on_where_it_was(store: Store):
    watch(store)
    articles = pile(store, event(1), event(2), event(2), event(3))
    points = 0
    while store.stories.to_file_again() and points < 20:
        points += 1
        with death_at("file an article again", (points + 1) % 2 + 1):  # before its commit, or after
            run(store)
        assert contradictions(store) == []
    run(store)
    assert groups(store) == [articles[:1], articles[1:3], articles[3:]]


def test_new_articles_wait_until_the_old_ones_have_their_places(store: Store, caplog: pytest.LogCaptureFixture):
    watch(store)
    articles = pile(store, event(1), event(2))
    text = event(2) + " " + event(8)
    new = stored(store, hit(text=text), at=NOW + 4 * HOUR, fingerprint=fingerprint("Title", text), text=text)
    with caplog.at_level(logging.WARNING, logger="monitor.ingest.filing"):
        assert run(store, timedelta()) == 0 and groups(store) == [articles]
        assert run(store) == 1 and groups(store) == [articles[:1], [articles[1], new.id]]
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "filed 0 of 1 older articles again by the new rules",
        "filed 1 older articles again by the new rules",
    ]


def test_what_joins_an_old_item_before_the_run_is_placed_again_with_it(store: Store):
    watch(store)
    articles = pile(store, event(1), event(2))
    text = event(2) + " " + event(8)
    urgent = stored(store, hit(text=text), at=NOW + 4 * HOUR, fingerprint=fingerprint("Title", text), text=text)
    file_pending_articles(store, lambda: REFILED, only=lambda article: True)
    assert groups(store) == [[*articles, urgent.id]]
    run(store)
    assert groups(store) == [articles[:1], [articles[1], urgent.id]]


def test_nothing_of_it_is_told_again(store: Store):
    watch(store)
    articles = pile(store, event(1), event(2), event(3))
    number = item_of(store, articles[0]).id
    (mailed_item,) = mailed(store, NOW - DAY, NOW + DAY, MessageKind.DIGEST)
    assert [item.id for item in mailed_item.items] == [number]
    with store.database.writing("a test") as connection:
        mailing = connection.scalars(select(t.mailing.c.id)).one()
        row = {"mailing": mailing, "item": number, "entity": entity_numbers(store)["melis"], "outlet": "Post"}
        connection.execute(insert(t.alerted_name).values(**row, filed=NOW, due=True))
        connection.execute(update(t.mailing).values(made=NOW + DAY))
    run(store)
    assert groups(store) == [[article] for article in articles]
    for kind in (MessageKind.DIGEST, MessageKind.ALERT):
        (composed,) = mailed(store, NOW + DAY, REFILED + DAY, kind)
        assert composed.items == ()
    with store.database.reading() as connection:
        items = connection.scalars(select(t.alerted_name.c.item).order_by(t.alerted_name.c.item)).all()
    assert items == sorted(item_of(store, article).id for article in articles)


def test_the_sentence_is_there_in_three_languages():
    assert len({translate_sentence(SEVERAL_EVENTS, language) for language in ("en", "ru", "ky")}) == 3
