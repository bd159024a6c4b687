"""The part of a window's news that a recipient of some names or outlets gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kit.digests import WINDOW, article, at, hit, item
from monitor.model import (
    AlertedName,
    Change,
    Decision,
    DigestInput,
    Finding,
    ListChange,
    Message,
    Scope,
    State,
    Verdict,
)
from monitor.model.items.history import fold
from monitor.review.scope import within_scope

WHEN = at(24, "16:12")
MELIS = hit("Melis", "Melis and Aida were heard.", "Melis", where=1, because=Message("named beside {}", "Aida"))
AIDA = hit("Aida", "Melis and Aida were heard.", "Aida", where=1)
AIDA_ALONE = replace(AIDA, mentions=(*AIDA.mentions, replace(AIDA.mentions[0], article=2)))
CHANGES = (
    *(Finding(Change.NAME_REMOVED, "before", "", name, 1, 2, WHEN) for name in ("melis", "aida")),
    Finding(Change.HEADLINE, "One", "Both", "", 1, 2, WHEN),
    *(
        Finding(Change.SENTENCE, f"{name} was heard.", f"{name} was held.", "", 1, 2, WHEN)
        for name in ("Melis", "Aida")
    ),
)
STORY = item(
    7,
    [
        article(1, "Post", "Both", WHEN, findings=CHANGES),
        article(2, "Kloop", "Aida alone", WHEN),
        article(3, "Post", "Nobody any more", WHEN, copy_of=2),
    ],
    [MELIS, AIDA_ALONE],
    reopened="Aida is new in it",
)
DECISIONS = [
    Decision(7, number, WHEN + timedelta(hours=number), "aida", verdict, entity, judged=(entity,), id=number)
    for number, (entity, verdict) in enumerate([("aida", Verdict.RELEVANT), ("melis", Verdict.NOT_RELEVANT)], 1)
]
DAY = DigestInput(
    WINDOW,
    (fold(STORY, DECISIONS), item(8, [article(4, "Kloop", "Aida", WHEN)], [replace(AIDA, mentions=())])),
    waiting=2,
    counted={"KOS": 3},
    watchlist_changes=(ListChange(added=("melis", "aida")), ListChange(removed=("aida",))),
    alerted=(AlertedName(7, "melis"), AlertedName(7, "aida"), AlertedName(8, "aida")),
)


def test_a_reason_that_names_somebody_else_is_left_out_its_own_words_name_nobody():
    named_so = hit("beside", "Melis and Aida were heard.", "Aida", where=1)
    for why, is_kept in (
        (Message("named beside {}", "Aida"), True),
        (Message("clearly named"), True),
        ("only possible", True),  # a sentence without arguments, as the store returns it
        (Message("named beside {}", "beside"), False),
        (Message("only possible: {}", Message("{} stands there, too", "“beside”")), False),
    ):
        story = item(9, [article(1, "Kloop", "Both", WHEN)], [replace(MELIS, why=why), named_so])
        (narrowed,) = within_scope(DigestInput(WINDOW, (story,)), Scope(names=("melis",))).items
        assert [h.why for h in narrowed.hits] == [why if is_kept else ""]


def test_of_a_story_of_several_names_a_recipient_gets_what_is_about_theirs():
    narrowed = within_scope(DAY, Scope(names=("melis",)))
    (story,) = narrowed.items
    assert [(h.entity, h.verdict, h.why) for h in story.hits] == [("melis", Verdict.NOT_RELEVANT, "")]
    assert [(a.id, a.copy_of) for a in story.articles] == [(1, None), (3, None)]
    assert story.articles[0].findings == (CHANGES[0], CHANGES[2], CHANGES[3])
    assert ([d.entity for d in story.history], story.verdict, story.reopened) == (["melis"], Verdict.NOT_RELEVANT, "")
    assert story.state is State.DECIDED  # so it is not told at once
    assert [(change.added, change.removed) for change in narrowed.watchlist_changes] == [(("melis",), ())]
    assert narrowed.alerted == DAY.alerted[:1]


def test_a_recipient_of_some_outlets_gets_their_stories_whole_and_no_counts_of_the_queue():
    narrowed = within_scope(DAY, Scope(outlets=("Post",)))
    assert (narrowed.items, narrowed.alerted) == (DAY.items[:1], DAY.alerted[:2])
    assert (narrowed.waiting, narrowed.counted) == (None, {})
    assert [story.id for story in within_scope(DAY, Scope(outlets=("Kloop",))).items] == [7, 8]
    assert within_scope(DAY, Scope(names=("melis",), outlets=("Kloop",))).items == ()


def test_who_gets_everything_gets_all_but_stories_about_nobody():
    of_nobody = item(9, [article(5, "Post", "Snow", WHEN)], [])
    assert within_scope(replace(DAY, items=(*DAY.items, of_nobody)), Scope()) == DAY
