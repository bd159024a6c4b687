"""What somebody sees who may not know of every name: closed by default."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from kit.reviews import KOS, MELIS, T0, hit, item, verdicts
from monitor.model import (
    Addition,
    Change,
    Confidence,
    Decision,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Passage,
    PlacementReason,
    Reason,
    Regroup,
    Regrouping,
    RelatedItem,
    ReviewItem,
    Rule,
    Span,
    Speaker,
    State,
    TextFrom,
    Verdict,
)
from monitor.review import visibility
from monitor.review.decisions import decide, fold
from monitor.review.visibility import redacted_for


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
        both,
        articles=(
            replace(told(1), reason=PlacementReason(Rule.WATCHED, text="both name 2 watched people")),
            replace(told(1), reason=PlacementReason(Rule.COPY)),
        ),
    )
    assert [
        [(a.reason.rule, a.reason.text) for a in s.articles] for s in (redacted_for(counted, {"secret"}), counted) if s
    ] == [
        [(Rule.CHANGED, ""), (Rule.COPY, "")],
        [(Rule.WATCHED, "both name 2 watched people"), (Rule.COPY, "")],
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


FIELDS_WITH_DEFAULTS = [
    (value, field.name)
    for value in visibility._SHOWN_FIELDS
    for field in fields(value)
    if (field.default, field.default_factory) != (MISSING, MISSING)
]


def test_each_part_of_an_item_has_a_decision_on_who_may_see_it():
    parts = {
        ReviewItem,
        ItemArticle,
        Addition,
        ItemHit,
        ItemMention,
        Mention,
        Finding,
        Decision,
        Regrouping,
        RelatedItem,
    }
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
    article = replace(
        told(1, finding, filed=T0),
        copy_of=1,
        reason=PlacementReason(Rule.COPY),
        changed=T0,
        older=True,
        versions=(T0, T0),
    )
    article = replace(article, own_sentences=(Passage(Field.TEXT, Span(0, 5)),))
    article = replace(article, additions=(Addition("vera", T0, "a note", is_open=False),))
    article = replace(article, speaker=Speaker.OTHER_FEED)
    named_him = replace(hit("melis"), mentions=(ItemMention(mention, 1, "Melis spoke."),), alerting={1: "clear"})
    named_him = replace(named_him, verdict=Verdict.UNSURE, why="clear", removed=True, with_others=True)
    move = replace(moved(7, 3, 1), undoes=5, id=6)
    whole = replace(
        item(named_him), articles=(article,), history=(decision,), regroupings=(move,), verdict=Verdict.UNSURE
    )
    near = RelatedItem(
        8,
        1.5,
        PlacementReason(Rule.WORDS),
        "Court",
        "Post",
        "en",
        T0,
        State.DECIDED,
        Verdict.RELEVANT,
        frozenset({"x"}),
    )
    whole = replace(whole, related=(near,))
    whole = replace(whole, until=T0, reopened="again", reopened_at=T0, unanswered=(decision,))
    whole = replace(whole, other_articles=3, other_copies=2, other_outlets=("Post",), has_old_filings=True)
    shown = dict(visibility._SHOWN_FIELDS)
    shown[value] = " ".join(one for one in shown[value].split() if one != name)
    default = {field.name: field for field in fields(value)}[name]
    empty = default.default_factory() if default.default is MISSING else default.default  # type: ignore[misc]
    assert all(getattr(one, name) != empty for one in parts(whole, value)), f"give `{name}` a value in this test's item"
    monkeypatch.setattr(visibility, "_SHOWN_FIELDS", shown)
    monkeypatch.setattr(visibility, "_HAS_UNDECIDED_FIELDS", True)
    closed = visibility.Viewer.without({2: "secret"}).visible(whole)
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
