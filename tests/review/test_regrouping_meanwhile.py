"""Merges and splits beside decisions, filing and items that are put off; impossible ones are refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from kit.app import App
from kit.store import DAY, HOUR, NOW, filed, hit, stored, story_item
from monitor.cluster.fingerprint import fingerprint
from monitor.errors import InputError, NotFound
from monitor.ingest.filing import file_article
from monitor.model import Candidate, ReviewItem, StaleDecision, State, Verdict
from review.regroupings import TEXTS, app, filed_text, well

__all__ = ["app"]


def test_an_impossible_merge_or_split_is_refused_and_nothing_is_stored(app: App):
    one, two = filed(app.store), filed(app.store)
    app.decide(one.id, Verdict.RELEVANT, by="ben")
    with pytest.raises(StaleDecision):
        app.merge(one.id, two.id, by="ann", seen_versions={one.id: one.version})
    with pytest.raises(StaleDecision):
        app.split(one.id, [one.lead.id], by="ann", version=one.version)
    with pytest.raises(InputError, match="into itself"):
        app.merge(one.id, one.id, by="ann")
    with pytest.raises(InputError, match=f"holds no article {two.lead.id}"):
        app.split(one.id, [two.lead.id], by="ann")
    with pytest.raises(InputError, match="nothing would be left"):
        app.split(one.id, [one.lead.id], by="ann")
    with pytest.raises(NotFound):
        app.merge(one.id, 99, by="ann")
    assert [len(app.item(i.id).articles) for i in (one, two)] == [1, 1]


def test_a_merge_refuses_a_decision_made_on_what_was_before(app: App):
    one, two = filed(app.store), filed(app.store)
    app.merge(one.id, two.id, by="ann")
    with pytest.raises(StaleDecision):
        app.decide(one.id, Verdict.RELEVANT, by="ben", version=one.version)
    with pytest.raises(NotFound, match="was merged into"):
        app.decide(two.id, Verdict.RELEVANT, by="ben", version=two.version)


def test_filing_that_began_before_a_merge_ends_in_the_merged_item(app: App):
    one, two = filed_text(app, TEXTS["raid"]), filed_text(app, TEXTS["trial"], NOW + HOUR)
    waiting = stored(app.store, hit(), at=NOW + 2 * HOUR, fingerprint=fingerprint("", TEXTS["trial"]), outlet="Herald")

    class MergedMeanwhile:
        """The store, in which a person merges the two while an article is being placed."""

        def __getattr__(self, name: str) -> object:
            return getattr(app.store.stories, name)

        def item_of(self, story: int) -> ReviewItem | None:
            if app.item(one.id).version == one.version:
                app.merge(one.id, two.id, by="ann")
            return app.store.stories.item_of(story)

    story, _ = file_article(waiting, stories=MergedMeanwhile(), now=NOW + DAY)  # type: ignore[arg-type]
    item = story_item(app.store, story)
    assert (item.id, len(item.articles)) == (one.id, 3)
    well(app)


def test_undo_reverts_the_last_step_of_any_kind(app: App):
    one, two = filed(app.store), filed(app.store)
    app.merge(one.id, two.id, by="ann")
    app.decide(one.id, Verdict.RELEVANT, by="ann")
    assert app.undo(by="ann")[0].state is State.OPEN
    assert len(app.item(one.id).articles) == 2
    app.undo(by="ann")
    assert len(app.item(one.id).articles) == 1
    with pytest.raises(NotFound, match="nothing to undo"):
        app.undo(by="ann")


def test_a_put_off_item_waits_on_when_merged_with_another_that_is_put_off(app: App):
    one, two = filed(app.store), filed(app.store)
    for item, days in ((one, 2), (two, 5)):
        app.decide(item.id, Verdict.LATER, by="ben", until=NOW + timedelta(days=days))
    merged = app.merge(one.id, two.id, by="ann")
    assert (merged.state, merged.until) == (State.LATER, NOW + timedelta(days=2))
    well(app)


@pytest.mark.parametrize("copies", [True, False])
def test_a_split_made_while_an_article_is_being_filed_stays_in_force(
    app: App, monkeypatch: pytest.MonkeyPatch, copies: bool
):
    one, two = filed_text(app, TEXTS["raid"]), filed_text(app, TEXTS["trial"], NOW + HOUR)
    app.merge(one.id, two.id, by="ann")
    text = TEXTS["trial"] if copies else " ".join(sorted(TEXTS["trial"].split()))
    waiting = stored(app.store, hit(), at=NOW + 2 * HOUR, fingerprint=fingerprint("", text), outlet="Herald")
    stories, parted = app.store.stories, list[ReviewItem]()
    find_similar = stories.find_similar

    def split_after_the_look_up(*arguments: Any, **options: Any) -> Sequence[Candidate]:
        candidates = find_similar(*arguments, **options)
        if not parted:
            parted.append(app.split(one.id, [two.lead.id], by="ann"))
        return candidates

    monkeypatch.setattr(stories, "find_similar", split_after_the_look_up)
    with app.store.database.filing_lock():
        story, placed = file_article(waiting, stories=stories, now=NOW + DAY)
    item = story_item(app.store, story)
    assert (item.id, placed.copy_of is not None) == (parted[0].id, copies)
    assert [a.id for a in item.articles] == [two.lead.id, waiting.id]
    well(app)
