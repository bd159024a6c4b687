"""What happened to a name stands over its week in the picture of its stories, as far as there is room."""

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
    events = [bar.event for bar in bars if bar.event]
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


def bar(place: int | None, fate: Fate = Fate.RELEVANT) -> Bar:
    return Bar(DAY, event=None if place is None else BarEvent(place, Custody.TAKEN, fate))


def labels(picture: str) -> list[tuple[bool, float, str, str]]:
    """Return (whether it needs a wide picture, place, anchor, words) of the words of events."""
    texts = re.findall(r'<text( class="wide")? x="([\d.]+)%" y="12" text-anchor="(\w+)"[^>]*>([^<]+)</text>', picture)
    return [(bool(wide), float(x), anchor, words) for wide, x, anchor, words in texts]


@given(st.lists(st.none() | st.integers(0, len(GRAVEST_FIRST) - 1), min_size=1, max_size=54), st.integers(1, 30))
def test_words_of_events_never_touch_and_never_leave_the_picture(places, length):
    bars = [bar(place) for place in places]
    picture = draw_bars(bars, "", [""] * len(bars), ["м" * length if one.event else "" for one in bars])
    assert picture.count("<line x1=") == sum(one.event is not None for one in bars)  # each has its tick
    for pixels, is_wide in ((260, False), (500, True)):
        spans = []
        for needs_room, x, anchor, words in labels(picture):
            if is_wide or not needs_room:
                middle, width = x * pixels / 100, 7 * len(words)
                start = {"start": middle, "middle": middle - width / 2, "end": middle - width}[anchor]
                spans.append((start, start + width))
        spans.sort()
        assert all(start >= -0.1 and end <= pixels + 0.1 for start, end in spans)
        assert all(spans[n][1] < spans[n + 1][0] for n in range(len(spans) - 1))


def test_the_gravest_event_has_room_first_and_what_nobody_reviewed_has_a_tick_of_dashes():
    bars = [bar(9), bar(2, Fate.UNDECIDED), bar(9), *[bar(None)] * 20]
    picture = draw_bars(bars, "", [""] * 23, ["closed down", "detained", "closed down", *[""] * 20])
    assert [words for *_, words in labels(picture)] == ["detained"]
    assert picture.count('stroke-dasharray="3 2"') == 1
    assert labels(draw_bars([bar(None)], "", [""], [""])) == []
    assert labels(draw_bars([bar(2)], "", [""], ["a & b"]))[0][3] == "a &amp; b"


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=2, max_size=54))
def test_ticks_of_events_are_alike_and_stand_above_all_bars(days):
    bars = [replace(bar(1 if is_told else None), stories=Counter({Fate.RELEVANT: count})) for count, is_told in days]
    picture = draw_bars(bars, "", [""] * len(bars), ["detained" if one.event else "" for one in bars])
    ticks = {
        (float(top), float(end)) for top, end in re.findall(r'<line x1=[^>]* y1="([\d.]+)" y2="([\d.]+)"', picture)
    }
    assert len(ticks) == any(is_told for _, is_told in days)
    tops = [float(top) for top in re.findall(r'<rect [^>]*y="([\d.]+)"', picture)]
    assert all(end - top <= 10 and all(end < bar_top for bar_top in tops) for top, end in ticks)
