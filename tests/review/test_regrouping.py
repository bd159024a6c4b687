"""People merge and split items: recorded, undone as one step, and what was parted stays parted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from kit.app import App
from kit.databases import POSTGRESQL
from kit.store import DAY, HOUR, NOW, filed, hit, stored
from monitor.cluster.fingerprint import fingerprint
from monitor.errors import InputError, NotFound
from monitor.model import Message, Placement, StaleDecision, State, Verdict
from monitor.model.items.history import effective
from monitor.review.decisions import reopen_for_article
from monitor.store import Store
from monitor.store.desk import reviews
from review.regroupings import TEXTS, app, filed_text, opened, well

__all__ = ["app"]


@pytest.mark.check
@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("test", ["merge", "several", "copies", "parted", "step"])
def test_merges_and_splits_are_the_same_on_a_server(store: Store, tmp_path: Path, test: str):
    tests = {
        "merge": test_a_merge_of_merged_items_is_undone_one_step_after_the_other,
        "several": test_several_items_merge_in_one_step_and_split_in_one,
        "copies": test_copies_go_with_what_they_copy_and_come_back_with_it,
        "parted": test_split_articles_stay_apart_and_a_later_copy_goes_with_its_source,
        "step": partial(test_a_step_over_items_merged_since_is_undone_as_a_whole_or_not_at_all, breaks="a conflict"),
    }
    tests[test](opened(store, tmp_path))


def test_two_items_become_one_with_the_names_of_both(app: App):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    merged = app.merge(one.id, two.id, by="ann")
    assert [article.id for article in merged.articles] == [one.lead.id, two.lead.id]
    assert {h.entity for h in merged.hits} == {"melis", "cholpon"}
    assert [(r.by, r.kind, r.item, r.other) for r in merged.regroupings] == [("ann", "merge", one.id, two.id)]
    assert [item.id for item in app.queue()] == [one.id]
    with pytest.raises(NotFound, match=f"item {two.id} was merged into item {one.id}"):
        app.item(two.id)
    well(app)


@pytest.mark.parametrize("first", [True, False])
def test_the_merged_item_is_open_if_either_was_and_keeps_what_was_judged(app: App, first: bool):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    app.decide((one if first else two).id, Verdict.NOT_RELEVANT, by="ben")
    merged = app.merge(one.id, two.id, by="ann")
    assert merged.state is State.OPEN
    judged = {h.entity: h.verdict for h in merged.hits}
    assert judged["melis" if first else "cholpon"] is Verdict.NOT_RELEVANT
    assert judged["cholpon" if first else "melis"] is None
    well(app)


def test_two_decided_items_make_a_decided_one(app: App):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    for item in (one, two):
        app.decide(item.id, Verdict.RELEVANT, by="ben")
    merged = app.merge(one.id, two.id, by="ann")
    assert (merged.state, merged.verdict, len(merged.history)) == (State.DECIDED, Verdict.RELEVANT, 2)
    well(app)


def test_an_undone_merge_gives_both_back_as_they_were(app: App):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    app.decide(two.id, Verdict.RELEVANT, by="ben")
    merged = app.merge(one.id, two.id, by="ann")
    assert app.undo(by="ann", item=one.id)[0].id == two.id
    for before, state in ((one, State.OPEN), (two, State.DECIDED)):
        after = app.item(before.id)
        assert ([a.id for a in after.articles], after.state) == ([a.id for a in before.articles], state)
        assert after.version > merged.version
    assert app.item(two.id).verdict is Verdict.RELEVANT
    well(app)


def test_a_merge_of_merged_items_is_undone_one_step_after_the_other(app: App):
    items = [filed(app.store) for _ in range(3)]
    app.decide(items[2].id, Verdict.RELEVANT, by="ben")
    app.merge(items[1].id, items[2].id, by="ann")
    merged = app.merge(items[0].id, items[1].id, by="ann")
    assert len(merged.articles) == 3
    assert len(merged.history) == 1
    assert app.undo(by="ann")[0].id == items[1].id
    assert [len(app.item(i.id).articles) for i in items[:2]] == [1, 2]
    app.undo(by="ann")
    assert [len(app.item(i.id).articles) for i in items] == [1, 1, 1]
    well(app)


def test_several_items_merge_in_one_step_and_split_in_one(app: App):
    items = [filed(app.store) for _ in range(4)]
    app.decide(items[2].id, Verdict.RELEVANT, by="ben")
    app.merge(items[0].id, items[3].id, by="ann")  # a step of its own
    now = {i.id: app.item(i.id) for i in items[:3]}
    with pytest.raises(StaleDecision):  # all or none
        app.merge(*now, by="ann", seen_versions={**{n: i.version for n, i in now.items()}, items[2].id: 1})
    assert [len(app.item(i.id).articles) for i in items[:3]] == [2, 1, 1]
    merged = app.merge(*now, by="ann", seen_versions={n: i.version for n, i in now.items()})
    assert (len(merged.articles), len(merged.history), merged.state) == (4, 1, State.OPEN)
    assert merged.version > max(i.version for i in now.values())
    well(app)
    app.undo(by="ann")
    assert [len(app.item(i.id).articles) for i in items[:3]] == [2, 1, 1]
    assert [app.item(i.id).state for i in items[:3]] == [State.OPEN, State.OPEN, State.DECIDED]
    assert [len(app.item(i.id).history) for i in items[:3]] == [0, 0, 1]
    well(app)
    app.undo(by="ann")
    assert [len(app.item(i.id).articles) for i in items] == [1, 1, 1, 1]
    with pytest.raises(NotFound):
        app.undo(by="ann")
    well(app)


def test_undoing_a_step_leaves_out_articles_that_were_split_off_since(app: App):
    one, two, three = (filed(app.store) for _ in range(3))
    app.merge(one.id, two.id, three.id, by="ann")
    assert app.split(one.id, [three.lead.id], by="ben").id == three.id
    app.undo(by="ann")
    assert [len(app.item(i.id).articles) for i in (one, two, three)] == [1, 1, 1]
    well(app)


def test_an_item_merged_a_second_time_is_part_of_the_second_alone(app: App):
    items = [filed(app.store) for _ in range(3)]
    app.decide(items[0].id, Verdict.RELEVANT, by="ben")
    app.merge(items[1].id, items[0].id, by="ann")
    app.undo(by="ann")
    merged = app.merge(items[2].id, items[0].id, by="ann")
    assert [len(merged.history), len(app.item(items[1].id).history)] == [1, 0]
    well(app)


def test_split_articles_are_an_open_item_of_their_own(app: App):
    item = app.merge(filed(app.store).id, filed(app.store, hit("Nobody", "cholpon")).id, by="ann")
    app.decide(item.id, Verdict.NOT_RELEVANT, by="ben")
    parted = app.split(item.id, [item.articles[1].id], by="ann")
    remainder = app.item(item.id)
    assert ([a.id for a in parted.articles], parted.state, parted.history) == ([item.articles[1].id], State.OPEN, ())
    assert ([a.id for a in remainder.articles], remainder.state) == ([item.articles[0].id], State.DECIDED)
    assert [h.entity for h in remainder.hits] == ["melis"]
    well(app)


def test_splitting_a_merge_gives_each_item_its_earlier_state(app: App):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    app.decide(one.id, Verdict.RELEVANT, by="ben")
    merged = app.merge(one.id, two.id, by="ann")
    assert merged.state is State.OPEN
    parted, remainder = app.split(one.id, [two.lead.id], by="ann"), app.item(one.id)
    assert (parted.id, parted.state, [a.id for a in parted.articles]) == (two.id, State.OPEN, [two.lead.id])
    assert (remainder.id, remainder.state, remainder.verdict) == (one.id, State.DECIDED, Verdict.RELEVANT)
    merged_again = app.merge(two.id, one.id, by="ann")
    parted = app.split(merged_again.id, [one.lead.id], by="ann")
    assert (parted.id, parted.state, app.item(two.id).state) == (one.id, State.DECIDED, State.OPEN)
    with pytest.raises(InputError, match="nothing would be left"):
        app.split(two.id, [two.lead.id], by="ann")
    well(app)


@pytest.mark.parametrize(("article_count", "state"), [(1, State.DECIDED), (2, State.FOLLOW_UP)])
def test_a_decided_story_is_decided_again_without_what_joined_it_since(app: App, article_count: int, state: State):
    first = filed(app.store)
    item = app.decide(first.id, Verdict.RELEVANT, by="ben")
    for n in range(article_count):
        at = NOW + (n + 1) * HOUR
        article = stored(app.store, hit(), at=at, outlet="Herald")
        reopened = reopen_for_article(item, now=at, why=Message("a new article from {}", "Herald"))
        app.store.stories.file(article, Placement(item.story), reopened, at, expected_version=item.version)
        item = app.item(item.id)
    assert item.state is State.FOLLOW_UP
    parted = app.split(first.id, [item.articles[-1].id], by="ann")
    assert (parted.state, app.item(first.id).state) == (State.OPEN, state)
    well(app)


def test_copies_go_with_what_they_copy_and_come_back_with_it(app: App):
    first = filed_text(app, TEXTS["raid"])
    filed_text(app, TEXTS["trial"], NOW + HOUR)
    both = app.merge(first.id, app.queue()[0].id if app.queue()[0].id != first.id else app.queue()[1].id, by="ann")
    copied = filed_text(app, TEXTS["trial"] + " Read on.", NOW + 2 * HOUR, outlet="Herald")
    assert (copied.id, copied.articles[2].copy_of) == (both.id, both.articles[1].id)
    parted = app.split(both.id, [both.articles[1].id], by="ann")
    assert [a.id for a in parted.articles] == [a.id for a in copied.articles[1:]]
    assert parted.articles[1].copy_of == parted.articles[0].id
    (restored,) = app.undo(by="ann", item=both.id)
    assert (restored.id, [a.copy_of for a in restored.articles]) == (both.id, [None, None, both.articles[1].id])
    well(app)


def test_a_copy_that_was_parted_from_its_source_is_one_again_when_that_is_undone(app: App):
    filed_text(app, TEXTS["raid"])
    item = filed_text(app, TEXTS["raid"] + " Read on.", NOW + HOUR, outlet="Herald")
    source, copy = item.articles
    parted = app.split(item.id, [copy.id], by="ann")
    assert parted.lead.copy_of is None
    well(app)
    assert app.undo(by="ann")[0].articles[1].copy_of == source.id
    well(app)


def test_split_articles_stay_apart_and_a_later_copy_goes_with_its_source(app: App):
    filed_text(app, TEXTS["raid"])
    item = filed_text(app, TEXTS["raid"] + " The lawyer will appeal next week.", NOW + HOUR, outlet="Herald")
    parted = app.split(item.id, [item.articles[1].id], by="ann")
    first_copy = filed_text(app, TEXTS["raid"] + " The lawyer will appeal next week.", NOW + 5 * DAY, outlet="Voice")
    assert (first_copy.id, first_copy.articles[-1].copy_of) == (parted.id, parted.lead.id)
    second_copy = filed_text(app, TEXTS["raid"], NOW + 5 * DAY, outlet="Word")
    assert second_copy.id == item.id
    assert app.item(parted.id).articles[0].id == parted.lead.id
    well(app)


def test_a_new_article_joins_the_merged_item(app: App):
    one, two = filed_text(app, TEXTS["raid"]), filed_text(app, TEXTS["trial"], NOW + HOUR)
    merged = app.merge(two.id, one.id, by="ann")
    assert filed_text(app, TEXTS["raid"] + " Read on.", NOW + 2 * HOUR, outlet="Herald").id == merged.id
    well(app)


def test_an_edited_article_stays_where_a_person_put_it(app: App):
    one, two = filed_text(app, TEXTS["raid"]), filed_text(app, TEXTS["trial"], NOW + HOUR)
    app.merge(one.id, two.id, by="ann")
    article = stored(app.store, hit(), at=NOW + 2 * HOUR, fingerprint=fingerprint("", TEXTS["raid"] * 2))
    assert article.story is None
    assert {a.id for a in app.item(one.id).articles} == {one.lead.id, two.lead.id}


def test_a_decision_undone_after_a_merge_stays_undone_when_the_merge_is(app: App):
    one, two = filed(app.store), filed(app.store, hit("Nobody", "cholpon"))
    app.decide(two.id, Verdict.RELEVANT, by="ben")
    app.merge(one.id, two.id, by="ann")
    app.undo(by="ben")
    app.undo(by="ann")
    assert (app.item(two.id).state, app.item(two.id).verdict) == (State.OPEN, None)
    well(app)


@pytest.mark.parametrize("breaks", ["a conflict", "a crash"])
def test_a_step_over_items_merged_since_is_undone_as_a_whole_or_not_at_all(app: App, breaks: str):
    one, two, three, four = (
        filed(app.store, hit("Nobody", entity)) for entity in ("melis", "cholpon", "melis", "melis")
    )
    app.decide_many({item.id: item.version for item in (one, two, three, four)}, Verdict.RELEVANT, by="ben")
    app.merge(one.id, two.id, by="ann")
    app.merge(one.id, four.id, by="ann")
    numbers = (one.id, three.id)
    before = [app.item(number) for number in numbers]
    save_many = app.store.reviews.save_many

    def quicker(moves, **how):
        app.decide(three.id, Verdict.UNSURE, by="ann")
        return save_many(moves, **how)

    with pytest.MonkeyPatch.context() as patched:
        if breaks == "a crash":
            patched.setattr(reviews, "_insert_decision", dies_at(reviews._insert_decision, 3))
        else:
            patched.setattr(app.store.reviews, "save_many", quicker)
        with pytest.raises(StaleDecision if breaks == "a conflict" else KeyboardInterrupt):
            app.undo(by="ben")
    assert app.item(one.id) == before[0]  # not one of its three decisions was taken back
    assert len(app.item(three.id).history) == (2 if breaks == "a conflict" else 1)
    assert [item.id for item in app.undo(by="ben")] == [one.id, three.id]
    standing_authors = [[d.by for d in effective(app.item(number).history)] for number in numbers]
    assert standing_authors == [[], ["ann"] if breaks == "a conflict" else []]
    assert (app.item(one.id).state, len(app.item(one.id).history)) == (State.OPEN, 6)
    well(app)


def dies_at(function, nth: int):
    calls = iter(range(1, 100))

    def dying(*arguments):
        if next(calls) == nth:
            raise KeyboardInterrupt
        return function(*arguments)

    return dying
