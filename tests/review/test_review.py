"""An item and a decision give an item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.model import Confidence, Decision, EntityType, ItemHit, Reason, ReviewItem, StaleDecision, State, Verdict
from monitor.model.items.history import effective, individually_judged
from monitor.review.decisions import decide, reopen_for_article, reopen_for_copy, undo

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hit(entity: str, confidence: Confidence = Confidence.STRONG, *, alerts: bool = True) -> ItemHit:
    return ItemHit(entity, entity.title(), EntityType.PERSON, confidence, alerts, ())


def item(*hits: ItemHit) -> ReviewItem:
    return ReviewItem(id=7, version=1, state=State.OPEN, story=7, first_seen=T0, hits=hits)


def verdicts(story: ReviewItem) -> dict[str, Verdict | None]:
    return {h.entity: h.verdict for h in story.hits}


MELIS, KOS, MAYBE = hit("melis"), hit("kos"), hit("maybe", Confidence.POSSIBLE, alerts=False)


def judge(story: ReviewItem, verdict: Verdict, entity: str | None = None, **fields: object) -> ReviewItem:
    """Decide, and number the line as the store would."""
    decision = Decision(7, story.version, T0 + timedelta(minutes=story.version), "aida", verdict, entity, **fields)  # type: ignore[arg-type]
    decided = decide(story, decision)
    history = (*decided.history[:-1], replace(decided.history[-1], id=len(decided.history)))
    return replace(decided, history=history)


def take_back(story: ReviewItem) -> ReviewItem:
    undone, line = undo(story, effective(story.history)[-1], "aida", T0 + timedelta(minutes=story.version))
    return replace(undone, history=(*story.history, replace(line, id=len(story.history) + 1)))


def test_relevant_confirms_the_clear_hits_and_leaves_possible_ones_unjudged():
    after = judge(item(MELIS, KOS, MAYBE), Verdict.RELEVANT)
    assert after.state is State.DECIDED
    assert verdicts(after) == {"melis": Verdict.RELEVANT, "kos": Verdict.RELEVANT, "maybe": None}


def test_not_relevant_judges_all():
    after = judge(item(MELIS, MAYBE), Verdict.NOT_RELEVANT, reason=Reason.NOT_ABOUT)
    assert set(verdicts(after).values()) == {Verdict.NOT_RELEVANT}
    assert (after.verdict, after.state) == (Verdict.NOT_RELEVANT, State.DECIDED)


def test_relevant_on_an_item_that_is_only_possible_confirms_what_was_asked_about():
    after = judge(item(MAYBE), Verdict.RELEVANT)
    assert verdicts(after) == {"maybe": Verdict.RELEVANT}


def test_judging_one_name_leaves_the_item_open_until_every_clear_name_is_judged():
    first = judge(item(MELIS, KOS, MAYBE), Verdict.NOT_RELEVANT, "melis", reason=Reason.ANOTHER_PERSON)
    assert (first.state, first.verdict) == (State.OPEN, None)
    second = judge(first, Verdict.RELEVANT, "kos")
    assert (second.state, second.verdict) == (State.DECIDED, Verdict.RELEVANT)
    assert verdicts(second) == {"melis": Verdict.NOT_RELEVANT, "kos": Verdict.RELEVANT, "maybe": None}


def say_all(story: ReviewItem, *steps: tuple[Verdict, str | None]) -> ReviewItem:
    for verdict, entity in steps:
        story = judge(story, verdict, entity)
    return story


YES, NO, UNSURE, POSTPONED = Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.UNSURE, Verdict.LATER


@pytest.mark.parametrize(
    ("steps", "judged_last", "melis", "kos", "maybe"),
    [
        # a name that was judged by itself keeps its verdict
        ([(NO, "melis"), (YES, None)], ("kos",), NO, YES, None),
        ([(YES, "melis"), (NO, None)], ("kos", "maybe"), YES, NO, NO),
        ([(NO, "maybe"), (NO, None)], ("melis", "kos"), NO, NO, NO),
        ([(NO, "melis"), (YES, None), (NO, None)], ("kos", "maybe"), NO, NO, NO),
        ([(YES, None), (NO, "melis"), (YES, None)], ("kos",), NO, YES, None),
        ([(NO, "melis"), (POSTPONED, None), (YES, None)], ("kos",), NO, YES, None),
        ([(NO, "melis"), (YES, "kos"), (NO, None)], ("maybe",), NO, YES, NO),
        # until that name is judged again
        ([(NO, "melis"), (YES, None), (YES, "melis")], ("melis",), YES, YES, None),
        ([(NO, "melis"), (YES, "melis"), (NO, None)], ("kos", "maybe"), YES, NO, NO),
        # a question about a name is no verdict on it
        ([(UNSURE, "melis"), (YES, None)], ("melis", "kos"), YES, YES, None),
        ([(NO, "melis"), (UNSURE, "melis"), (YES, None)], ("melis", "kos"), YES, YES, None),
        # nor is a verdict on the story
        ([(YES, None), (NO, None)], ("melis", "kos", "maybe"), NO, NO, NO),
        ([(NO, None), (YES, None)], ("melis", "kos"), YES, YES, NO),
        ([(NO, "melis"), (UNSURE, None)], (), NO, None, None),
        ([(NO, "melis"), (POSTPONED, None)], (), NO, None, None),
    ],
)
def test_a_verdict_on_the_story_judges_the_names_not_yet_judged_by_themselves(steps, judged_last, melis, kos, maybe):
    after = say_all(item(MELIS, KOS, MAYBE), *steps)
    assert after.history[-1].judged == judged_last
    assert verdicts(after) == {"melis": melis, "kos": kos, "maybe": maybe}


@pytest.mark.parametrize(
    ("steps", "question_entities", "verdict", "state"),
    [
        ([(UNSURE, None)], [None], UNSURE, State.OPEN),
        ([(UNSURE, "melis")], ["melis"], UNSURE, State.OPEN),
        ([(UNSURE, "melis"), (UNSURE, None)], ["melis", None], UNSURE, State.OPEN),
        ([(UNSURE, None), (NO, "melis")], [None], UNSURE, State.OPEN),
        ([(YES, None), (UNSURE, "kos")], ["kos"], UNSURE, State.OPEN),
        ([(UNSURE, None), (UNSURE, None)], [None], UNSURE, State.OPEN),
        # what answers it
        ([(UNSURE, None), (YES, None)], [], YES, State.DECIDED),
        ([(UNSURE, "melis"), (YES, None)], [], YES, State.DECIDED),
        ([(UNSURE, "melis"), (NO, "melis")], [], None, State.OPEN),
        ([(UNSURE, None), (NO, "melis"), (YES, "kos")], [], YES, State.DECIDED),
        ([(UNSURE, None), (POSTPONED, None)], [], POSTPONED, State.LATER),
        ([(POSTPONED, None), (NO, "melis"), (NO, "kos")], [], NO, State.DECIDED),
        ([(YES, None), (UNSURE, "maybe")], [], YES, State.DECIDED),
        ([(POSTPONED, None)], [], POSTPONED, State.LATER),
        ([], [], None, State.OPEN),
    ],
)
def test_a_question_waits_for_a_colleague_until_it_is_answered(steps, question_entities, verdict, state):
    after = say_all(item(MELIS, KOS, MAYBE), *steps)
    assert [question.entity for question in after.questions] == question_entities
    assert (after.verdict, after.state) == (verdict, state)


def test_a_question_that_was_taken_back_is_asked_no_more():
    assert take_back(judge(item(MELIS), UNSURE)).questions == ()
    restored = take_back(judge(judge(item(MELIS), UNSURE), YES))
    assert [question.verdict for question in restored.questions] == [UNSURE]


STEPS = st.tuples(st.sampled_from([YES, NO, UNSURE]), st.sampled_from([None, "melis", "kos", "maybe"]))


@given(st.lists(STEPS, max_size=8), st.sampled_from([YES, NO, UNSURE, POSTPONED]))
def test_no_verdict_on_the_story_changes_one_on_a_name_and_undo_gives_all_back(steps, verdict):
    before = say_all(item(MELIS, KOS, MAYBE), *steps)
    judged_alone = individually_judged(before)
    after = judge(before, verdict)
    assert {e: v for e, v in verdicts(after).items() if e in judged_alone} == {
        e: verdicts(before)[e] for e in judged_alone
    }
    assert judged_alone <= individually_judged(after)
    restored = take_back(after)
    assert (verdicts(restored), restored.verdict, restored.state) == (verdicts(before), before.verdict, before.state)
    assert [q.entity for q in restored.questions] == [q.entity for q in before.questions]


def test_undo_of_a_name_or_of_the_story_gives_back_what_each_had():
    rejected = judge(item(MELIS, KOS), NO, "melis", reason=Reason.ANOTHER_PERSON)
    judged = judge(rejected, YES)
    assert (judged.state, judged.verdict) == (State.DECIDED, YES)
    story_taken_back = take_back(judged)
    assert verdicts(story_taken_back) == {"melis": NO, "kos": None}
    assert story_taken_back.state is State.OPEN
    name_taken_back, _ = undo(judged, judged.history[0], "aida", T0 + timedelta(hours=1))
    assert verdicts(name_taken_back) == {"melis": None, "kos": YES}  # nobody has said that it is Melis
    assert name_taken_back.state is State.OPEN
    taken_back = take_back(rejected)
    assert judge(taken_back, YES).history[-1].judged == ("melis", "kos")


def test_a_name_keeps_its_own_verdict_when_the_story_comes_back():
    judged = say_all(item(MELIS, KOS), (NO, "melis"), (YES, None))
    reopened = reopen_for_article(judged, now=T0 + timedelta(hours=1), why="more")
    judged_again = judge(reopened, YES)
    assert (verdicts(judged_again), judged_again.state) == ({"melis": NO, "kos": YES}, State.DECIDED)


def test_a_story_whose_names_are_all_judged_is_decided_by_its_own_verdict():
    judged_alone = say_all(item(MELIS), (NO, "melis"))
    assert (judged_alone.state, judged_alone.verdict) == (State.DECIDED, NO)
    after = judge(judged_alone, YES)
    assert (after.verdict, verdicts(after), after.state) == (YES, {"melis": NO}, State.DECIDED)


def test_a_decision_on_an_older_version_is_refused_and_shows_the_item_as_it_is():
    story = item(MELIS)
    decided = judge(story, Verdict.RELEVANT)
    with pytest.raises(StaleDecision) as refused:
        decide(decided, Decision(7, story.version, T0, "bek", Verdict.NOT_RELEVANT))
    assert refused.value.now.history[-1].by == "aida"


def test_unsure_keeps_the_item_open_and_later_puts_it_off():
    assert judge(item(MELIS), Verdict.UNSURE).state is State.OPEN
    tomorrow = T0 + timedelta(days=1)
    after = judge(item(MELIS), Verdict.LATER, until=tomorrow)
    assert (after.state, after.until) == (State.LATER, tomorrow)


def test_undo_restores_the_earlier_verdict():
    start = item(MELIS)
    assert take_back(judge(start, Verdict.RELEVANT)).state is State.OPEN
    twice = judge(judge(start, Verdict.RELEVANT), Verdict.NOT_RELEVANT)
    once = take_back(twice)
    assert (once.verdict, once.state) == (Verdict.RELEVANT, State.DECIDED)
    assert verdicts(take_back(once)) == {"melis": None}


def test_an_undone_decision_cannot_be_undone_again():
    decided = judge(item(MELIS), Verdict.RELEVANT)
    undone = take_back(decided)
    with pytest.raises(InputError, match="does not stand"):
        undo(undone, decided.history[0], "aida", T0)


def test_every_change_moves_the_version_and_nothing_leaves_the_history():
    after = take_back(judge(judge(item(MELIS), Verdict.UNSURE), Verdict.RELEVANT))
    assert after.version == 4
    assert [d.verdict for d in after.history] == [Verdict.UNSURE, Verdict.RELEVANT, None]


def test_a_copy_inherits_and_moves_nothing():
    decided = judge(item(MELIS), Verdict.RELEVANT)
    assert reopen_for_copy(decided, "Ak-Bulak", T0) == decided


@pytest.mark.parametrize("verdict", [Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.LATER])
def test_any_other_article_brings_a_settled_or_postponed_item_back_with_the_reason(verdict):
    decided = judge(item(MELIS), verdict)
    reopened = reopen_for_article(decided, now=T0 + timedelta(hours=9), why="a new article from Ak-Bulak")
    assert (reopened.state, reopened.reopened, reopened.version) == (State.FOLLOW_UP, "a new article from Ak-Bulak", 3)


def test_an_article_that_joins_an_open_item_moves_its_version_for_nobody_judged_it_yet():
    reopened = reopen_for_article(item(MELIS), now=T0, why="more")
    assert (reopened.state, reopened.version) == (State.OPEN, 2)


def test_a_name_that_joins_after_the_decision_was_judged_by_nobody():
    decided = judge(item(MELIS), Verdict.RELEVANT)
    reopened = reopen_for_article(replace(decided, hits=(*decided.hits, KOS)), now=T0 + timedelta(hours=1), why="more")
    judged = judge(reopened, Verdict.RELEVANT, "melis")
    assert verdicts(judged) == {"melis": Verdict.RELEVANT, "kos": None}
    assert judged.state is State.FOLLOW_UP


def test_undoing_the_decision_on_a_follow_up_makes_it_a_follow_up_again():
    decided = judge(item(MELIS), Verdict.RELEVANT)
    reopened = reopen_for_article(decided, now=T0 + timedelta(minutes=1, seconds=30), why="more")
    restored = take_back(judge(reopened, Verdict.NOT_RELEVANT))
    assert (restored.state, restored.verdict) == (State.FOLLOW_UP, Verdict.RELEVANT)


@pytest.mark.parametrize(
    ("decision", "complaint"),
    [
        (Decision(7, 1, T0, "a", Verdict.RELEVANT, "stranger"), "does not name"),
        (Decision(7, 1, T0, "a", Verdict.RELEVANT, reason=Reason.NOT_ABOUT), "goes with not-relevant"),
        (Decision(7, 1, T0, "a", Verdict.RELEVANT, until=T0), "goes with later"),
        (Decision(7, 1, T0, "a", Verdict.LATER, until=T0), "a time to come"),
        (Decision(7, 1, T0, "a", Verdict.LATER, "melis"), "whole item"),
        (Decision(7, 1, T0, "a", None), "needs a verdict"),
    ],
)
def test_an_invalid_decision_is_refused_with_advice(decision, complaint):
    with pytest.raises(InputError, match=complaint):
        decide(item(MELIS), decision)
