"""What happened to a name stands below its week in the picture of its stories, a row for each kind of act."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digests import article, hit, item
from kit.store import NOW
from monitor.model import (
    GRAVEST_FIRST,
    Custody,
    EntityType,
    Incident,
    ItemHit,
    ItemMention,
    PressAct,
    ReviewItem,
    Span,
    VictimKind,
    Window,
    act_words,
)
from monitor.pictures.bars import Bar, BarEvent, Fate, draw_signs, make_bars, sign_rows

MELIS = hit("Melis Tokoev", "Melis Tokoev came.", "Melis Tokoev", where=1)
LINE = hit("Novaya Liniya", "Novaya Liniya wrote.", "Novaya Liniya", where=1, kind=EntityType.OUTLET)
WINDOW = Window(NOW - timedelta(days=69), NOW)
DAY = NOW.date()


def story(act: PressAct, *victims: ItemHit, custody: Custody = Custody.TAKEN) -> ReviewItem:
    """Return a story that names both, and tells that something was done to some of them."""
    (place,) = MELIS.mentions
    incident = Incident((act,), VictimKind.PERSON, "journalist")
    telling = replace(place.mention, entity=":press", span=Span(90, 99), custody=custody, incident=incident)
    press = replace(MELIS, entity=":press", type=EntityType.PRESS, mentions=(ItemMention(telling, 1, "", victims),))
    return item(1, [article(1, "Stadion", "Held", NOW - timedelta(days=1))], [MELIS, LINE, press])


def gravest_of(*stories: tuple[ReviewItem, Fate], entity: str = "melis-tokoev") -> tuple[str, Fate] | None:
    bars = make_bars([(one, NOW - timedelta(days=1), fate) for one, fate in stories], WINDOW, ZoneInfo("UTC"), entity)
    events = [event for bar in bars for event in bar.events]
    return (str(events[0].words), events[0].fate) if events else None


@pytest.mark.parametrize(
    ("stories", "entity", "event"),
    [
        ([(story(PressAct.DETAINED, MELIS), Fate.RELEVANT)], "melis-tokoev", ("detained", Fate.RELEVANT)),
        # The gravest of a week.
        (
            [(story(PressAct.SUMMONED, MELIS), Fate.RELEVANT), (story(PressAct.DETAINED, MELIS), Fate.UNDECIDED)],
            "melis-tokoev",
            ("detained", Fate.UNDECIDED),
        ),
        ([(story(PressAct.DETAINED), Fate.RELEVANT)], "", ("detained", Fate.RELEVANT)),  # a report of all names
        # Not done to this name, done to its reporter, or ruled out.
        ([(story(PressAct.DETAINED), Fate.RELEVANT)], "melis-tokoev", None),
        ([(story(PressAct.DETAINED, MELIS, LINE), Fate.RELEVANT)], "novaya-liniya", None),
        ([(story(PressAct.DETAINED, MELIS), Fate.NOT_RELEVANT)], "melis-tokoev", None),
        ([(story(PressAct.DETAINED, MELIS), Fate.NOT_RELEVANT)], "", None),
    ],
)
def test_a_week_has_the_gravest_that_was_done_to_the_name(stories, entity, event):
    assert gravest_of(*stories, entity=entity) == event


def test_a_week_has_each_act_once_the_gravest_first():
    stories = [
        (story(act, MELIS), NOW - timedelta(days=1), Fate.UNDECIDED) for act in (PressAct.SUMMONED, PressAct.BEATEN)
    ]
    stories.append((story(PressAct.SUMMONED, MELIS), NOW - timedelta(days=1), Fate.RELEVANT))
    (events,) = filter(None, (one.events for one in make_bars(stories, WINDOW, ZoneInfo("UTC"), "melis-tokoev")))
    assert [(str(event.words), event.fate) for event in events] == [
        ("attacked", Fate.UNDECIDED),
        ("summoned", Fate.RELEVANT),
    ]


def test_a_detention_and_a_release_in_one_week_are_both_told():
    stories = [story(PressAct.DETAINED, MELIS, custody=custody) for custody in (Custody.RELEASED, Custody.TAKEN)]
    at = NOW - timedelta(days=1)
    bars = make_bars([(one, at, Fate.RELEVANT) for one in stories], WINDOW, ZoneInfo("UTC"), "melis-tokoev")
    assert [str(event.words) for one in bars for event in one.events] == ["detained", "released"]
    assert [(str(row.words), sum(map(bool, row.fates))) for row in sign_rows(bars)] == [
        ("detained", 1),
        ("released", 1),
    ]


def bar(*acts: int, fate: Fate = Fate.RELEVANT) -> Bar:
    return Bar(DAY, events=tuple(BarEvent(place, Custody.TAKEN, fate) for place in sorted(acts)))


def squares(picture: str) -> list[tuple[float, float]]:
    """Return where the squares of a row begin and end, in percent."""
    places = re.findall(r'<rect [^>]*x="([\d.]+)%" [^>]*width="([\d.]+)%"', picture)
    return [(float(x), float(x) + float(width)) for x, width in places]


ACTS = st.sets(st.integers(0, len(GRAVEST_FIRST) - 1), max_size=3)


@given(st.lists(ACTS, min_size=1, max_size=54))
def test_each_kind_of_act_has_a_row_with_a_square_below_each_bar_that_tells_it(acts):
    rows = sign_rows([bar(*of_bar) for of_bar in acts])
    kinds = sorted(set().union(*acts))
    assert [str(row.words) for row in rows] == [str(act_words(GRAVEST_FIRST[kind], Custody.TAKEN)) for kind in kinds]
    step = 100 / len(acts)
    for kind, row in zip(kinds, rows, strict=True):
        bars_with_it = [number for number, of_bar in enumerate(acts) if kind in of_bar]
        places = squares(draw_signs(row))
        assert [start // step for start, _ in places] == [(end - 0.02) // step for _, end in places] == bars_with_it


def test_what_nobody_reviewed_has_a_square_of_dashes():
    (gravest, _) = sign_rows([bar(9), bar(2, fate=Fate.UNDECIDED), bar(9)])
    assert draw_signs(gravest).count("stroke-dasharray") == 1


def test_changes_and_absences_of_articles_have_rows_of_their_own_before_acts():
    rows = sign_rows([replace(bar(1), changes=2), replace(bar(), absences=1)])
    assert [(row.sign, str(row.words)) for row in rows[:2]] == [("▲", "changes"), ("✕", "absences")]
    assert [draw_signs(row).count("<text") for row in rows] == [1, 1, 0]
    assert sign_rows([bar(), bar()]) == ()
