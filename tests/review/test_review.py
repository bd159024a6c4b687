"""An item and a decision give an item."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError, StaleDecision
from monitor.model import (
    Addition,
    Change,
    Confidence,
    Decision,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    Span,
    State,
    TextFrom,
    Verdict,
)
from monitor.review import visibility
from monitor.review.decisions import decide, effective, fold, individually_judged, undo
from monitor.review.reopen import reopen_for_article, reopen_for_copy
from monitor.review.visibility import redacted_for

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hit(entity: str, confidence: Confidence = Confidence.STRONG, *, alerts: bool = True) -> ItemHit:
    return ItemHit(entity, entity.title(), EntityType.PERSON, confidence, alerts, ())


def item(*hits: ItemHit) -> ReviewItem:
    return ReviewItem(id=7, version=1, state=State.OPEN, story=7, first_seen=T0, hits=hits)


def say(about: ReviewItem, verdict: Verdict, entity: str | None = None, **more: object) -> ReviewItem:
    """Decide, and number the line as the store would."""
    decision = Decision(7, about.version, T0 + timedelta(minutes=about.version), "aida", verdict, entity, **more)  # type: ignore[arg-type]
    decided = decide(about, decision)
    history = (*decided.history[:-1], replace(decided.history[-1], id=len(decided.history)))
    return replace(decided, history=history)


def take_back(about: ReviewItem) -> ReviewItem:
    undone, line = undo(about, effective(about.history)[-1], "aida", T0 + timedelta(minutes=about.version))
    return replace(undone, history=(*about.history, replace(line, id=len(about.history) + 1)))


def verdicts(about: ReviewItem) -> dict[str, Verdict | None]:
    return {h.entity: h.verdict for h in about.hits}


MELIS, KOS, MAYBE = hit("melis"), hit("kos"), hit("maybe", Confidence.POSSIBLE, alerts=False)


def test_relevant_confirms_the_clear_hits_and_leaves_possible_ones_unjudged():
    after = say(item(MELIS, KOS, MAYBE), Verdict.RELEVANT)
    assert after.state is State.DECIDED
    assert verdicts(after) == {"melis": Verdict.RELEVANT, "kos": Verdict.RELEVANT, "maybe": None}


def test_not_relevant_judges_all():
    after = say(item(MELIS, MAYBE), Verdict.NOT_RELEVANT, reason=Reason.NOT_ABOUT)
    assert set(verdicts(after).values()) == {Verdict.NOT_RELEVANT}
    assert (after.verdict, after.state) == (Verdict.NOT_RELEVANT, State.DECIDED)


def test_relevant_on_an_item_that_is_only_possible_confirms_what_was_asked_about():
    after = say(item(MAYBE), Verdict.RELEVANT)
    assert verdicts(after) == {"maybe": Verdict.RELEVANT}


def test_judging_one_name_leaves_the_item_open_until_every_clear_name_is_judged():
    first = say(item(MELIS, KOS, MAYBE), Verdict.NOT_RELEVANT, "melis", reason=Reason.ANOTHER_PERSON)
    assert (first.state, first.verdict) == (State.OPEN, None)
    second = say(first, Verdict.RELEVANT, "kos")
    assert (second.state, second.verdict) == (State.DECIDED, Verdict.RELEVANT)
    assert verdicts(second) == {"melis": Verdict.NOT_RELEVANT, "kos": Verdict.RELEVANT, "maybe": None}


def say_all(about: ReviewItem, *steps: tuple[Verdict, str | None]) -> ReviewItem:
    for verdict, entity in steps:
        about = say(about, verdict, entity)
    return about


YES, NO, UNSURE, LATER = Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.UNSURE, Verdict.LATER


@pytest.mark.parametrize(
    ("steps", "judged_last", "melis", "kos", "maybe"),
    [
        # a name that was judged by itself keeps its verdict
        ([(NO, "melis"), (YES, None)], ("kos",), NO, YES, None),
        ([(YES, "melis"), (NO, None)], ("kos", "maybe"), YES, NO, NO),
        ([(NO, "maybe"), (NO, None)], ("melis", "kos"), NO, NO, NO),
        ([(NO, "melis"), (YES, None), (NO, None)], ("kos", "maybe"), NO, NO, NO),
        ([(YES, None), (NO, "melis"), (YES, None)], ("kos",), NO, YES, None),
        ([(NO, "melis"), (LATER, None), (YES, None)], ("kos",), NO, YES, None),
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
        ([(NO, "melis"), (LATER, None)], (), NO, None, None),
    ],
)
def test_a_verdict_on_the_story_judges_the_names_not_yet_judged_by_themselves(steps, judged_last, melis, kos, maybe):
    after = say_all(item(MELIS, KOS, MAYBE), *steps)
    assert after.history[-1].judged == judged_last
    assert verdicts(after) == {"melis": melis, "kos": kos, "maybe": maybe}


@pytest.mark.parametrize(
    ("steps", "asked", "verdict", "state"),
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
        ([(UNSURE, None), (LATER, None)], [], LATER, State.LATER),
        ([(LATER, None), (NO, "melis"), (NO, "kos")], [], NO, State.DECIDED),
        ([(YES, None), (UNSURE, "maybe")], [], YES, State.DECIDED),
        ([(LATER, None)], [], LATER, State.LATER),
        ([], [], None, State.OPEN),
    ],
)
def test_a_question_waits_for_a_colleague_until_it_is_answered(steps, asked, verdict, state):
    after = say_all(item(MELIS, KOS, MAYBE), *steps)
    assert [question.entity for question in after.questions] == asked
    assert (after.verdict, after.state) == (verdict, state)


def test_a_question_that_was_taken_back_is_asked_no_more():
    assert take_back(say(item(MELIS), UNSURE)).questions == ()
    again = take_back(say(say(item(MELIS), UNSURE), YES))
    assert [question.verdict for question in again.questions] == [UNSURE]


SAID = st.tuples(st.sampled_from([YES, NO, UNSURE]), st.sampled_from([None, "melis", "kos", "maybe"]))


@given(st.lists(SAID, max_size=8), st.sampled_from([YES, NO, UNSURE, LATER]))
def test_no_verdict_on_the_story_changes_one_on_a_name_and_undo_gives_all_back(steps, verdict):
    before = say_all(item(MELIS, KOS, MAYBE), *steps)
    apart = individually_judged(before)
    after = say(before, verdict)
    assert {e: v for e, v in verdicts(after).items() if e in apart} == {e: verdicts(before)[e] for e in apart}
    assert apart <= individually_judged(after)
    again = take_back(after)
    assert (verdicts(again), again.verdict, again.state) == (verdicts(before), before.verdict, before.state)
    assert [q.entity for q in again.questions] == [q.entity for q in before.questions]


def test_undo_of_a_name_or_of_the_story_gives_back_what_each_had():
    rejected = say(item(MELIS, KOS), NO, "melis", reason=Reason.ANOTHER_PERSON)
    judged = say(rejected, YES)
    assert (judged.state, judged.verdict) == (State.DECIDED, YES)
    story_taken_back = take_back(judged)
    assert verdicts(story_taken_back) == {"melis": NO, "kos": None}
    assert story_taken_back.state is State.OPEN
    name_taken_back, _ = undo(judged, judged.history[0], "aida", T0 + timedelta(hours=1))
    assert verdicts(name_taken_back) == {"melis": None, "kos": YES}  # nobody has said that it is Melis
    assert name_taken_back.state is State.OPEN
    taken_back = take_back(rejected)
    assert say(taken_back, YES).history[-1].judged == ("melis", "kos")


def test_a_name_keeps_its_own_verdict_when_the_story_comes_back():
    judged = say_all(item(MELIS, KOS), (NO, "melis"), (YES, None))
    back = reopen_for_article(judged, now=T0 + timedelta(hours=1), why="more")
    again = say(back, YES)
    assert (verdicts(again), again.state) == ({"melis": NO, "kos": YES}, State.DECIDED)


def test_a_story_whose_names_are_all_judged_is_decided_by_its_own_verdict():
    apart = say_all(item(MELIS), (NO, "melis"))
    assert (apart.state, apart.verdict) == (State.DECIDED, NO)
    after = say(apart, YES)
    assert (after.verdict, verdicts(after), after.state) == (YES, {"melis": NO}, State.DECIDED)


def test_a_decision_on_an_older_version_is_refused_and_shows_the_item_as_it_is():
    seen = item(MELIS)
    decided = say(seen, Verdict.RELEVANT)
    with pytest.raises(StaleDecision) as refused:
        decide(decided, Decision(7, seen.version, T0, "bek", Verdict.NOT_RELEVANT))
    assert refused.value.now.history[-1].by == "aida"


def test_unsure_keeps_the_item_open_and_later_puts_it_off():
    assert say(item(MELIS), Verdict.UNSURE).state is State.OPEN
    tomorrow = T0 + timedelta(days=1)
    after = say(item(MELIS), Verdict.LATER, until=tomorrow)
    assert (after.state, after.until) == (State.LATER, tomorrow)


def test_undo_restores_the_earlier_verdict():
    start = item(MELIS)
    assert take_back(say(start, Verdict.RELEVANT)).state is State.OPEN
    twice = say(say(start, Verdict.RELEVANT), Verdict.NOT_RELEVANT)
    once = take_back(twice)
    assert (once.verdict, once.state) == (Verdict.RELEVANT, State.DECIDED)
    assert verdicts(take_back(once)) == {"melis": None}


def test_an_undone_decision_cannot_be_undone_again():
    decided = say(item(MELIS), Verdict.RELEVANT)
    undone = take_back(decided)
    with pytest.raises(InputError, match="does not stand"):
        undo(undone, decided.history[0], "aida", T0)


def test_every_change_moves_the_version_and_nothing_leaves_the_history():
    after = take_back(say(say(item(MELIS), Verdict.UNSURE), Verdict.RELEVANT))
    assert after.version == 4
    assert [d.verdict for d in after.history] == [Verdict.UNSURE, Verdict.RELEVANT, None]


def test_a_copy_inherits_and_moves_nothing():
    decided = say(item(MELIS), Verdict.RELEVANT)
    assert reopen_for_copy(decided, "Ak-Bulak", T0) == decided


@pytest.mark.parametrize("verdict", [Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.LATER])
def test_any_other_article_brings_a_settled_or_postponed_item_back_with_the_reason(verdict):
    decided = say(item(MELIS), verdict)
    back = reopen_for_article(decided, now=T0 + timedelta(hours=9), why="a new article from Ak-Bulak")
    assert (back.state, back.reopened, back.version) == (State.FOLLOW_UP, "a new article from Ak-Bulak", 3)


def test_an_article_that_joins_an_open_item_moves_its_version_for_nobody_judged_it_yet():
    back = reopen_for_article(item(MELIS), now=T0, why="more")
    assert (back.state, back.version) == (State.OPEN, 2)


def test_a_name_that_joins_after_the_decision_was_judged_by_nobody():
    decided = say(item(MELIS), Verdict.RELEVANT)
    back = reopen_for_article(replace(decided, hits=(*decided.hits, KOS)), now=T0 + timedelta(hours=1), why="more")
    seen = say(back, Verdict.RELEVANT, "melis")
    assert verdicts(seen) == {"melis": Verdict.RELEVANT, "kos": None}
    assert seen.state is State.FOLLOW_UP


def test_undoing_the_decision_on_a_follow_up_makes_it_a_follow_up_again():
    decided = say(item(MELIS), Verdict.RELEVANT)
    back = reopen_for_article(decided, now=T0 + timedelta(minutes=1, seconds=30), why="more")
    again = take_back(say(back, Verdict.NOT_RELEVANT))
    assert (again.state, again.verdict) == (State.FOLLOW_UP, Verdict.RELEVANT)


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


# ---- what somebody may not know of ----------------------------------------------------------------------------------


def told(number: int, *found: Finding, filed: datetime = T0) -> ItemArticle:
    return ItemArticle(number, "Post", "en", "Court", "", None, T0, filed, TextFrom.PAGE, findings=found)


def named(entity: str, *articles: int) -> ItemHit:
    words = Mention(entity, entity, Span(0, 5), entity.title(), Field.TEXT, Confidence.STRONG, 99, ())
    return replace(hit(entity), mentions=tuple(ItemMention(words, number) for number in articles))


def test_articles_and_changes_about_a_sensitive_name_alone_are_hidden():
    back = T0 + timedelta(hours=1)
    secret = Finding(Change.NAME_REMOVED, "Secret was held.", "", "secret", found=back)
    sentence = Finding(Change.SENTENCE, "Secret was held.", "Secret is free.", found=back)
    both = replace(
        item(named("melis", 1), named("secret", 1, 2)),
        articles=(told(1, secret, sentence), told(2, filed=T0 + timedelta(minutes=5))),
        reopened="a watched name was taken out: «Secret was held.»",
        reopened_at=back,
    )
    seen = redacted_for(both, {"secret"})
    assert seen is not None and [a.id for a in seen.articles] == [1]
    assert (seen.articles[0].findings, seen.reopened, seen.reopened_at) == ((), "", None)
    counted = replace(
        both, articles=(replace(told(1), why="both name 2 watched people"), replace(told(1), why="a copy"))
    )
    assert [[a.why for a in s.articles] for s in (redacted_for(counted, {"secret"}), counted) if s] == [
        ["", "a copy"],
        ["both name 2 watched people", "a copy"],
    ]
    assert redacted_for(both, {"secret", "melis"}) is None
    assert redacted_for(both, ()) == fold(both, ())


def moved(into: int, out_of: int, *articles: int) -> Regrouping:
    return Regrouping(Regroup.MERGE, into, out_of, articles, T0 + timedelta(hours=1), "root")


@pytest.mark.parametrize(
    ("regroupings", "here", "shown", "notes"),
    [
        ((moved(7, 3, 2),), (1, 2), 0, ["own", "together"]),  # what came is about the secret name alone
        ((moved(7, 3, 2), moved(4, 7, 2)), (1,), 0, ["own", "together"]),  # and has gone on, or back
        ((moved(7, 8, 1, 2),), (1, 2), 1, ["together"]),  # it was a part of 8, which is about others, too
        ((moved(7, 8, 1),), (1,), 1, ["own", "of 3", "together"]),  # as it was here, of what is no secret
        ((moved(7, 3, 1, 2),), (1, 2), 1, ["of 3", "together"]),  # 7 was about others until then
        ((moved(7, 3, 1),), (1, 2), 1, ["of 3", "together"]),  # merged into what is about the secret name
        ((), (1, 2), 0, ["own", "together"]),
    ],
)
def test_decisions_made_while_an_item_was_about_a_sensitive_name_alone_are_hidden(
    regroupings: tuple[Regrouping, ...], here: tuple[int, ...], shown: int, notes: list[str]
):
    later = Decision(7, 1, T0, "aida", Verdict.LATER, note="own", id=1)
    history = (
        later,
        replace(later, at=T0 + timedelta(hours=2), note="together", id=5),
        replace(later, item=3, note="of 3", id=2),
        replace(later, item=8, verdict=Verdict.RELEVANT, judged=("melis",), note="judged", id=3),
        replace(later, item=8, verdict=None, undoes=3, note="taken back", id=4),
    )
    hits = [named("melis", 1), named("secret", 2)]
    merged = replace(item(*hits[: len(here)]), articles=tuple(told(n) for n in here))
    merged = replace(merged, history=history, regroupings=regroupings)
    seen = redacted_for(merged, {"secret"})
    assert seen is not None
    for known, kept in zip(regroupings[:shown], seen.regroupings, strict=True):  # but for numbers of hidden articles
        assert kept == replace(known, articles=(1,))
    assert sorted(d.note for d in seen.history) == sorted([*notes, "judged", "taken back"])
    everything = redacted_for(merged, ())
    assert everything is not None and (everything.history, everything.regroupings) == (history, regroupings)


def test_decisions_before_the_first_visible_article_are_hidden():
    late = T0 + timedelta(hours=1)
    before = Decision(7, 1, T0, "root", Verdict.LATER, note="Secret was held, his wife says.", id=1)
    after = replace(before, at=late + timedelta(hours=1), note="a lawyer was let in", id=2)
    both = replace(
        item(named("melis", 2), replace(named("secret", 1), why="clear")), articles=(told(1), told(2, filed=late))
    )
    both = replace(both, history=(before, after))
    seen, everything = redacted_for(both, {"secret"}), redacted_for(both, ())
    assert seen is not None and [d.note for d in seen.history] == [after.note]
    assert everything is not None and everything.history == (before, after)
    beside = replace(both, hits=(replace(named("kos", 2), why="named beside Secret"), *both.hits))
    hidden, shown = redacted_for(beside, {"secret"}), redacted_for(beside, {"melis"})
    assert hidden is not None and hidden.hits[0].why == ""
    assert shown is not None and shown.hits[0].why == "named beside Secret"


def test_a_change_that_is_about_a_known_name_too_brings_it_back_without_its_words():
    back = T0 + timedelta(hours=1)
    open_ = Finding(Change.SENTENCE, "Melis was held.", "Melis is free.", found=back)
    secret = Finding(Change.SENTENCE, "Secret was held.", "", found=back)
    both = replace(
        item(named("melis", 1), named("secret", 1)),
        articles=(told(1, secret, open_),),
        reopened="a sentence changed: «Secret was held.»",
        reopened_at=back,
    )
    seen = redacted_for(both, {"secret"})
    assert seen is not None and seen.articles[0].findings == (open_,)
    assert (seen.reopened, seen.reopened_at) == ("", back)


def test_a_decision_does_not_settle_names_that_the_user_may_not_see():
    both = item(MELIS, KOS)
    decision = Decision(7, 1, T0, "aida", Verdict.NOT_RELEVANT)
    after = decide(both, decision, {"kos"})
    assert (verdicts(after), after.state) == ({"melis": Verdict.NOT_RELEVANT, "kos": None}, State.OPEN)
    seen = redacted_for(after, {"kos"})
    assert seen is not None and (seen.state, seen.verdict) == (State.DECIDED, Verdict.NOT_RELEVANT)


# ---- who may see what ---------------------------------------------------------------------------------------------------

FIELDS_WITH_DEFAULTS = [
    (value, field.name)
    for value in visibility._SHOWN_FIELDS
    for field in fields(value)
    if (field.default, field.default_factory) != (MISSING, MISSING)
]


def test_each_part_of_an_item_has_a_decision_on_who_may_see_it():
    parts = {ReviewItem, ItemArticle, Addition, ItemHit, ItemMention, Mention, Finding, Decision, Regrouping}
    assert set(visibility._SHOWN_FIELDS) == parts


def test_somebody_decided_on_each_field_who_may_see_it():
    undecided = {
        f"{value.__name__}.{field.name}"
        for value, shown in visibility._SHOWN_FIELDS.items()
        for field in fields(value)
        if field.name not in shown.split()
    }
    assert undecided == set(), (
        "may a reader who may not know of a sensitive name see them? Add them to `_SHOWN_FIELDS` in "
        "monitor/review/visibility.py, and remove there in `redacted_for` what they tell of hidden names"
    )


@pytest.mark.parametrize(("value", "name"), FIELDS_WITH_DEFAULTS)
def test_a_field_that_nobody_decided_on_is_shown_to_nobody_who_may_not_know_of_every_name(
    value: type, name: str, monkeypatch: pytest.MonkeyPatch
):
    finding = Finding(Change.HEADLINE, "Court", "Prison", "melis", article=1, version=2, found=T0)
    decision = Decision(
        7, 1, T0, "a", Verdict.UNSURE, "melis", Reason.NOT_ABOUT, "a note", T0, 8, ("melis",), "batch", "vera", 3
    )
    mention = Mention("melis", "Melis", Span(0, 5), "Melis", Field.TEXT, Confidence.STRONG, 99, ("same",), 4)
    article = replace(told(1, finding, filed=T0), copy_of=1, why="a copy", changed=T0, older=True, versions=(T0, T0))
    article = replace(article, additions=(Addition("vera", T0, "a note", is_open=False),))
    named_him = replace(hit("melis"), mentions=(ItemMention(mention, 1, "Melis spoke."),), alerting={1: "clear"})
    named_him = replace(named_him, verdict=Verdict.UNSURE, why="clear", removed=True, with_others=True)
    move = replace(moved(7, 3, 1), undoes=5, id=6)
    whole = replace(
        item(named_him), articles=(article,), history=(decision,), regroupings=(move,), verdict=Verdict.UNSURE
    )
    whole = replace(whole, until=T0, reopened="again", reopened_at=T0, unanswered=(decision,))
    shown = dict(visibility._SHOWN_FIELDS)
    shown[value] = " ".join(one for one in shown[value].split() if one != name)
    default = {field.name: field for field in fields(value)}[name]
    empty = default.default_factory() if default.default is MISSING else default.default  # type: ignore[misc]
    assert all(getattr(one, name) != empty for one in parts(whole, value)), f"give `{name}` a value in this test's item"
    monkeypatch.setattr(visibility, "_SHOWN_FIELDS", shown)
    monkeypatch.setattr(visibility, "_HAS_UNDECIDED_FIELDS", True)
    closed = visibility._closed(whole)
    assert {repr(getattr(one, name)) for one in parts(closed, value)} <= {repr(empty)}


def test_what_nobody_decided_on_is_kept_from_a_reader_and_shown_to_who_knows_all(monkeypatch: pytest.MonkeyPatch):
    shown = visibility._SHOWN_FIELDS[ItemArticle].replace(" older", "").replace(" findings", "")
    monkeypatch.setattr(visibility, "_SHOWN_FIELDS", {**visibility._SHOWN_FIELDS, ItemArticle: shown})
    monkeypatch.setattr(visibility, "_HAS_UNDECIDED_FIELDS", True)
    finding = Finding(Change.HEADLINE, "Court", "Prison", found=T0)
    whole = replace(item(named("melis", 1)), articles=(replace(told(1, finding), older=True),))
    reader, chief = visibility.Viewer.without({2: "secret"}).visible(whole), visibility.KNOWS_ALL.visible(whole)
    assert reader is not None and (reader.articles[0].older, reader.articles[0].findings) == (False, ())
    assert chief == whole


def parts(whole: Any, value: type) -> list[Any]:
    """All values of a type in an item."""
    if isinstance(whole, tuple):
        return [part for one in whole for part in parts(one, value)]
    if not is_dataclass(whole):
        return []
    inner = [part for field in fields(whole) for part in parts(getattr(whole, field.name), value)]
    return [whole, *inner] if isinstance(whole, value) else inner
