"""What happened to a name stands below its week in the picture of its stories, a row for each kind of act."""

from __future__ import annotations

import re
from collections import Counter
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
)
from monitor.pictures.bars import Bar, BarEvent, Fate, draw_bars, make_bars

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
        # The gravest of a week, and of one act what came later.
        (
            [(story(PressAct.SUMMONED, MELIS), Fate.RELEVANT), (story(PressAct.DETAINED, MELIS), Fate.UNDECIDED)],
            "melis-tokoev",
            ("detained", Fate.UNDECIDED),
        ),
        (
            [
                (story(PressAct.DETAINED, MELIS), Fate.RELEVANT),
                (story(PressAct.DETAINED, MELIS, custody=Custody.RELEASED), Fate.RELEVANT),
            ],
            "melis-tokoev",
            ("detained and released", Fate.RELEVANT),
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


def bar(*acts: int, fate: Fate = Fate.RELEVANT) -> Bar:
    return Bar(DAY, events=tuple(BarEvent(place, Custody.TAKEN, fate) for place in sorted(acts)))


def labels(picture: str) -> list[tuple[float, str, float, str]]:
    """Return (place, anchor, height, words) of the words of events, with the pixels that part them from a sign."""
    texts = re.findall(
        r'<text x="([\d.]+)%" dx="(-?\d+)" y="([\d.]+)" text-anchor="(\w+)"[^>]*>([^<]+)</text>', picture
    )
    return [(float(x) * 2.6 + int(shift), anchor, float(y), words) for x, shift, y, anchor, words in texts]


def signs(picture: str) -> list[tuple[float, float, float]]:
    """Return (begin, end, height) of the signs of events, in pixels of a phone."""
    of_events = picture.partition('<g class="deeds">')[2].partition("</g>")[0]
    rectangles = re.findall(r'<rect [^>]*x="([\d.]+)%" y="([\d.]+)" width="([\d.]+)%"', of_events)
    return [(float(x) * 2.6, (float(x) + float(width)) * 2.6, float(y)) for x, y, width in rectangles]


ACTS = st.sets(st.integers(0, len(GRAVEST_FIRST) - 1), max_size=3)


@given(st.lists(ACTS, min_size=1, max_size=54), st.integers(1, 35))
def test_each_kind_of_act_has_a_row_below_the_bars_with_its_words(acts, length):
    bars = [replace(bar(*of_bar), stories=Counter({Fate.RELEVANT: len(of_bar)})) for of_bar in acts]
    picture = draw_bars(bars, "", [""] * len(bars), lambda event: chr(ord("а") + event.place) * length)
    kinds = sorted(set().union(*acts))
    assert [words for *_, words in labels(picture)] == [chr(ord("а") + kind) * length for kind in kinds]
    assert len(signs(picture)) == sum(map(len, acts))  # each act has its sign, below its bar
    step = 260 / len(bars)
    assert all(start // step == (end - 0.01) // step for start, end, _ in signs(picture))
    tops = sorted({top for *_, top in signs(picture)})
    assert len(tops) == len(kinds)
    base = max((float(y) for y in re.findall(r'y1="([\d.]+)" y2', picture)), default=0)
    assert all(top >= base for top in tops)
    for x, anchor, y, words in labels(picture):
        start, end = (x, x + 7 * len(words)) if anchor == "start" else (x - 7 * len(words), x)
        assert start >= -0.1 and end <= 260.1
        signs_of_row = [(s, e) for s, e, top in signs(picture) if top - 1 < y - 9 < top + 1]
        assert all(end <= s or e <= start for s, e in signs_of_row), "no words stand on a sign"


def test_what_nobody_reviewed_has_a_sign_of_dashes_and_words_are_escaped():
    bars = [bar(9), bar(2, fate=Fate.UNDECIDED), bar(9)]
    picture = draw_bars(bars, "", [""] * 3, lambda event: "a & b" if event.place == 2 else "closed down")
    assert picture.count('stroke-dasharray="2 2"') == 1
    assert [words for *_, words in labels(picture)] == ["a &amp; b", "closed down"]
    assert labels(draw_bars([bar()], "", [""])) == []
