"""Unseen arrivals: no undo and no split settles what came while an item was open by an earlier decision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kit.app import App
from kit.internet import Listed, reader
from kit.store import DAY, NOW, filed, hit, stored
from monitor.model import Message, Placement, ReviewItem, State, Verdict
from monitor.review.decisions import reopen_for_article
from review.regroupings import app

__all__ = ["app"]

SETTLED = [(Verdict.RELEVANT, State.DECIDED), (Verdict.NOT_RELEVANT, State.DECIDED), (Verdict.LATER, State.LATER)]


def settle(app: App, item: ReviewItem, verdict: Verdict) -> None:
    app.decide(item.id, verdict, by="ben", until=NOW + 30 * DAY if verdict is Verdict.LATER else None)


def join(app: App, item: ReviewItem, copy_of: int | None = None, entity: str = "melis") -> int:
    """Return an article that joins an item, as filing lets it."""
    at, current = app.clock(), app.item(item.id)
    name = {"melis": "Melis Tokoev", "cholpon": "Nobody"}[entity]
    article = stored(app.store, hit(name, entity), at=at, outlet="Herald")
    updated = (
        current if copy_of else reopen_for_article(current, now=at, why=Message("a new article from {}", "Herald"))
    )
    app.store.stories.file(article, Placement(current.story, copy_of), updated, at, expected_version=current.version)
    return article.id


def states(app: App, *items: ReviewItem) -> Sequence[State]:
    return [app.item(item.id).state for item in items]


@pytest.mark.parametrize(("verdict", "state"), SETTLED)
def test_an_undone_merge_leaves_open_what_joined_meanwhile(app: App, verdict: Verdict, state: State):
    one, two, three = filed(app.store), filed(app.store), filed(app.store)
    for item in (one, three):
        settle(app, item, verdict)
    app.merge(one.id, two.id, by="ann")
    app.merge(three.id, one.id, by="ann")
    join(app, three)
    app.undo(by="ann")
    assert states(app, one, three) == [State.FOLLOW_UP, State.FOLLOW_UP]
    assert app.item(three.id).reopened == "a new article from Herald"
    app.undo(by="ann")
    assert states(app, one, two) == [state, State.OPEN], "nothing joined these"


@pytest.mark.parametrize(("verdict", "state"), SETTLED)
def test_a_split_leaves_open_what_joined_meanwhile(app: App, verdict: Verdict, state: State):
    one, two = filed(app.store), filed(app.store)
    settle(app, one, verdict)
    app.merge(one.id, two.id, by="ann")
    news = join(app, one)
    app.split(one.id, [two.lead.id], by="ann")
    assert states(app, one, two) == [State.FOLLOW_UP, State.OPEN]
    app.split(one.id, [news], by="ann")
    assert states(app, one) == [state], "what is left was all in sight"


@pytest.mark.parametrize(("verdict", "state"), SETTLED[:2])
def test_an_undone_decision_leaves_open_what_a_merge_brought(app: App, verdict: Verdict, state: State):
    one, two = filed(app.store), filed(app.store)
    settle(app, one, verdict)
    app.merge(one.id, two.id, by="ann")
    settle(app, one, verdict)
    assert states(app, one) == [state]
    app.undo(by="ben")
    assert states(app, one) == [State.FOLLOW_UP]


def test_a_decision_on_the_merged_item_was_about_all_of_it(app: App):
    one, two = filed(app.store), filed(app.store)
    settle(app, one, Verdict.RELEVANT)
    app.merge(one.id, two.id, by="ann")
    join(app, one)
    settle(app, one, Verdict.NOT_RELEVANT)
    app.split(one.id, [two.lead.id], by="ann")
    assert states(app, one) == [State.DECIDED]


@pytest.mark.parametrize("verdict", [Verdict.RELEVANT, Verdict.LATER])
def test_a_copy_that_joined_meanwhile_opens_nothing_unless_it_names_somebody_more(app: App, verdict: Verdict):
    one, two = filed(app.store), filed(app.store)
    settle(app, one, verdict)
    settled = app.item(one.id).state
    for entity, state in (("melis", settled), ("cholpon", State.FOLLOW_UP)):
        app.merge(one.id, two.id, by="ann")
        join(app, one, copy_of=one.lead.id, entity=entity)
        app.undo(by="ann")
        assert states(app, one) == [state], entity


def test_one_copy_that_alone_names_somebody_opens_what_was_settled(app: App):
    one, two = filed(app.store), filed(app.store)
    settle(app, one, Verdict.RELEVANT)
    app.merge(one.id, two.id, by="ann")
    join(app, one, copy_of=one.lead.id, entity="cholpon")
    app.undo(by="ann")
    assert states(app, one) == [State.FOLLOW_UP]


def test_an_undone_merge_leaves_open_an_article_that_was_edited_meanwhile(tmp_path: Path):
    """The life of 1 December 2026: the sentence was in no queue, and nobody had seen it."""
    texts = {
        "post": "Melis Tokoev came to the court on Monday. His trial was put off until spring.",
        "herald": "Cholpon Arzyeva opened a school of reporting. Forty pupils came on the first day.",
    }
    with reader(tmp_path) as desk:
        for outlet, text in texts.items():
            desk.internet.page(f"http://{outlet}.example/1", f"News of the {outlet}", text)
            entry = Listed(f"http://{outlet}.example/1", f"News of the {outlet}")
            desk.internet.feed(f"http://{outlet}.example/rss", [entry])
        desk.subscribe(**{outlet: f"http://{outlet}.example/rss" for outlet in texts})
        desk.ingest()
        items = {item.lead.outlet: item for item in desk.items()}
        for item in items.values():
            desk.advance(minutes=1)
            settle(desk.app, item, Verdict.NOT_RELEVANT)
        desk.advance(minutes=1)
        desk.app.merge(items["herald"].id, items["post"].id, by="ann")
        edited = f"{texts['post']} Guards took Melis Tokoev away at noon."
        desk.internet.page("http://post.example/1", "News of the post", edited)
        desk.advance(hours=30)
        desk.ingest()
        desk.app.undo(by="ann")
        assert states(desk.app, items["post"], items["herald"]) == [State.FOLLOW_UP, State.DECIDED]
        assert "took Melis Tokoev away" in str(desk.app.item(items["post"].id).reopened)
