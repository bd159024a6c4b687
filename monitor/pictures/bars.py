"""Pure. A time: the stories of each day, week or month as bars by verdict, changes as marks, outlets below.

It is drawn in one ink with outlines and strokes, so that it can be read without colour and in print.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from monitor.groups import group_values
from monitor.model import (
    GRAVEST_FIRST,
    Change,
    Confidence,
    Custody,
    ItemArticle,
    Message,
    ReviewItem,
    Verdict,
    Window,
    act_words,
)
from monitor.pictures.columns import HEIGHT, LABELS, day_words, scale, scale_lines
from monitor.text.lead import told_at

_ABOVE, _MARK, _STORY = 8, 14, 24  # pixels: above the bars, of a row of marks, and of a story at most
_EVENTS, _LETTER, _LINE = 20, 7, 13  # pixels: of the words of events above all, of a letter, and of a line in a bar
_NARROW, _WIDE = 260, 500  # pixels of a picture on a phone, and on paper and beside a column at the desk
_MARK_WIDE = 9.0  # percent of the picture that a mark with its figure takes on a phone
_MOST_DAYS, _MOST_WEEKS = 35, 54
_FEWEST_DAYS = 14


class Fate(StrEnum):
    """What became of a story: the parts of a bar, the lowest first."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    UNDECIDED = "undecided"
    POSSIBLE = "possible"  # of what is not reviewed


class BarEvent(NamedTuple):
    """What was done to a name by a story: the place of the act in `GRAVEST_FIRST`, and what became of the story."""

    place: int
    custody: Custody
    fate: Fate

    @property
    def words(self) -> Message:
        return act_words(GRAVEST_FIRST[self.place], self.custody)


@dataclass(frozen=True, slots=True)
class Bar:
    """The stories of one span of days, what was done in the gravest, and the changes and absences of articles in it."""

    first_day: date
    stories: Counter[Fate] = field(default_factory=Counter)
    changes: int = 0
    absences: int = 0
    event: BarEvent | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.stories.total() or self.changes or self.absences)


def fate_of(item: ReviewItem, entity: str = "") -> Fate:
    """Return what became of an item, or of one name in it."""
    verdict = next((hit.verdict for hit in item.hits if hit.entity == entity and hit.verdict), item.verdict)
    if verdict is Verdict.RELEVANT:
        return Fate.RELEVANT
    return Fate.NOT_RELEVANT if verdict is Verdict.NOT_RELEVANT else Fate.UNDECIDED


def fate_in_picture(item: ReviewItem, entity: str = "") -> Fate:
    """Return the part of a bar in which an item stands: a name that is only possible has its own."""
    fate = fate_of(item, entity)
    confidences = {hit.confidence for hit in item.hits if hit.entity == entity} if entity else {item.confidence}
    return Fate.POSSIBLE if fate is Fate.UNDECIDED and Confidence.POSSIBLE in confidences else fate


def _events_of(item: ReviewItem, fate: Fate, entity: str) -> list[BarEvent]:
    """Return what a story tells was done to a name, or to anybody for ""; nothing if it was ruled out."""
    return [
        BarEvent(GRAVEST_FIRST.index(mention.tellings[0][0]), mention.tellings[0][1], fate)
        for mention in item.incidents
        if fate is not Fate.NOT_RELEVANT and (not entity or entity in mention.struck)
    ]


def _gravest(events: Iterable[BarEvent]) -> BarEvent | None:
    """Return the gravest event; of two tellings of one act that which goes further, since it is the later."""
    return min(events, key=lambda event: (event.place, -event.custody, event.fate), default=None)


def bar_time(article: ItemArticle, window: Window) -> datetime:
    """Return where a story with this article stands: what is older than the window and came in it, at its beginning."""
    return max(told_at(article), min(window.since, article.first_seen))


def make_bars(
    stories: Iterable[tuple[ReviewItem, datetime, Fate]], window: Window, zone: ZoneInfo, entity: str = ""
) -> tuple[Bar, ...]:
    """Return a bar for each day, week or month since the first story of a window: so many that all can be seen.

    `entity`: whose events are told; "": everybody's.
    """
    timed = list(stories)
    first, last = (at.astimezone(zone).date() for at in (window.since, window.until - timedelta(seconds=1)))
    if timed and (last - first).days >= _MOST_DAYS:  # months before the first story would say nothing
        first_story = min(at for _, at, _ in timed).astimezone(zone).date()
        first = max(first, min(first_story, last - timedelta(days=_FEWEST_DAYS)))
    step = 1 if (last - first).days < _MOST_DAYS else 7 if (last - first).days < 7 * _MOST_WEEKS else 30
    bars = [Bar(first + timedelta(days=days)) for days in range(0, (last - first).days + 1, step)]
    changes, absences = [0] * len(bars), [0] * len(bars)
    events: list[list[BarEvent]] = [[] for _ in bars]

    def place(at: datetime | None) -> int | None:
        days = (at.astimezone(zone).date() - first).days if at else -1
        return days // step if 0 <= days // step < len(bars) and days >= 0 else None

    for item, at, fate in timed:
        if (number := place(at)) is not None:
            bars[number].stories[fate] += 1
            events[number] += _events_of(item, fate, entity)
        for finding in (finding for a in item.articles for finding in a.findings):
            if (number := place(finding.found)) is not None:
                counts = absences if finding.kind is Change.GONE else changes
                counts[number] += 1
    return tuple(
        Bar(bar.first_day, bar.stories, changed, absent, _gravest(told_events))
        for bar, changed, absent, told_events in zip(bars, changes, absences, events, strict=True)
    )


def draw_bars(bars: Sequence[Bar], description: str, days: Sequence[str], event_words: Sequence[str] = ()) -> Markup:
    """Return the bars as an SVG image; `days` are the words below them, "" where there is no room.

    Places across are in percent and heights in pixels: on a narrow page words and marks stay as large as they are.
    """
    step, lines = 100 / max(len(bars), 1), scale(max((bar.stories.total() for bar in bars), default=0))
    width, unit = min(step * 0.72, 4.0), min(HEIGHT / lines[-1], _STORY)
    base = round(lines[-1] * unit) + _ABOVE + (_EVENTS + _ABOVE) * any(event_words)
    # Each kind of mark has a row of its own below the bars.
    marks = [
        (mark, counts)
        for mark, counts in (("▲", [bar.changes for bar in bars]), ("✕", [bar.absences for bar in bars]))
        if any(counts)
    ]
    foot = base + _MARK * len(marks)
    parts = [
        f'<svg width="100%" height="{foot + LABELS}" role="img" class="story-bars" overflow="visible"',
        f' aria-label="{escape(description)}">',
        '<g class="scale">',
        *scale_lines(lines, unit, base),
        "</g>",
    ]
    tops: list[float] = []
    for number, bar in enumerate(bars):
        x, top = number * step + (step - width) / 2, float(base)
        for fate in Fate:
            height = bar.stories[fate] * unit
            if height:
                top -= height
                # A gap parts it from what is below.
                parts.append(_rectangle(x, top, width, max(height - 2 * (top + height < base), 1), fate))
        tops.append(top)
    for row, (mark, counts) in enumerate(marks):
        for number, count in enumerate(counts):
            neighbours = counts[max(number - 1, 0) : number] + counts[number + 1 : number + 2]
            if count:  # its figure only where it touches no other; the table has it
                words = f"{mark}{count}" if count > 1 and (step >= _MARK_WIDE or not any(neighbours)) else mark
                place = f'x="{(number + 0.5) * step:.2f}%" y="{base + _MARK * (row + 1) - 1}"'
                parts.append(f'<text {place} {_TEXT} font-size="12">{words}</text>')
    return Markup("".join((*parts, *_events(bars, event_words, tops), *day_words(days, step, foot), "</svg>")))  # noqa: S704 words are escaped


def _events(bars: Sequence[Bar], words: Sequence[str], tops: Sequence[float]) -> Iterator[str]:
    """Yield a tick for each bar with an event, of dashes where nobody reviewed it, and the words that have room.

    The ticks are alike and stand in one row above all bars, so that none reads as a value; a hair leads to the bar.
    The gravest has room first; of two alike the later. Words with the class "wide" have room only where it is wide.
    """
    events = [(bar.event, number) for number, bar in enumerate(bars) if bar.event and words]
    events.sort(key=lambda pair: (pair[0].place, -pair[1]))
    narrow = _with_room([number for _, number in events], words, _NARROW)
    wide = _with_room([*narrow, *(number for _, number in events if number not in narrow)], words, _WIDE)
    yield '<g class="deeds">'
    for event, number in events:
        x = (number + 0.5) * 100 / len(bars)
        dashes = ' stroke-dasharray="3 2"' if event.fate is not Fate.RELEVANT else ""
        line = f'x1="{x:.2f}%" x2="{x:.2f}%" y1="{_EVENTS - 3}" y2="{_EVENTS + 6}"'
        yield f'<g class="{event.fate.value}"><line {line} stroke="currentColor" stroke-width="2"{dashes}/>'
        hair = f'x1="{x:.2f}%" x2="{x:.2f}%" y1="{_EVENTS + 6}" y2="{max(tops[number] - 2, _EVENTS + 6):.1f}"'
        yield f'<line class="hair" {hair} stroke="currentColor" stroke-opacity=".45"/>'
        if number in wide:
            place = f'x="{x:.2f}%" y="{_EVENTS - 8}" text-anchor="{"end" if 2 * number >= len(bars) else "start"}"'
            wide_class = "" if number in narrow else ' class="wide"'
            yield f'<text{wide_class} {place} fill="currentColor" font-size="12">{escape(words[number])}</text>'
        yield "</g>"
    yield "</g>"


def _with_room(numbers: Iterable[int], words: Sequence[str], pixels: int) -> list[int]:
    """Return the bars whose words neither touch earlier ones nor leave the picture; they reach towards its middle."""
    spans: dict[int, tuple[float, float]] = {}
    for number in numbers:
        x, width = (number + 0.5) * pixels / len(words), _LETTER * len(words[number])
        start, end = (x - width, x) if 2 * number >= len(words) else (x, x + width)
        if start >= 0 and end <= pixels and all(end + _LETTER < s or e + _LETTER < start for s, e in spans.values()):
            spans[number] = start, end
    return [*spans]


_TEXT = 'text-anchor="middle" fill="currentColor"'
_FILLS = {
    Fate.RELEVANT: 'fill="currentColor"',
    Fate.NOT_RELEVANT: 'fill="none" stroke="currentColor"',
    Fate.UNDECIDED: 'fill="none" stroke="currentColor" stroke-dasharray="3 3"',
    Fate.POSSIBLE: 'fill="none" stroke="currentColor" stroke-dasharray="1 3"',
}


def _rectangle(x: float, top: float, width: float, height: float, fate: Fate) -> str:
    bar = f'<rect x="{x:.2f}%" y="{top:.1f}" width="{width:.2f}%" height="{height:.1f}" {_FILLS[fate]}/>'
    if fate is Fate.POSSIBLE and height >= _LINE:
        bar += f'<text x="{x + width / 2:.2f}%" y="{top + height / 2 + 4:.1f}" {_TEXT} font-size="12">?</text>'
    if fate is not Fate.NOT_RELEVANT:
        return bar
    places = f'x1="{x:.2f}%" y1="{top + height:.1f}" x2="{x + width:.2f}%" y2="{top:.1f}"'
    return f'{bar}<line {places} stroke="currentColor"/>'  # crossed out


MOST_OUTLETS = 8


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet with the number of its articles in each span."""

    outlet: str
    counts: tuple[int, ...]

    @property
    def highest(self) -> int:
        return max(self.counts, default=0)

    @property
    def total(self) -> int:
        return sum(self.counts)


def naming_articles(items: Iterable[ReviewItem], entity: str) -> Iterator[ItemArticle]:
    """Yield the loaded articles of items that name an entity."""
    for item in items:
        naming = {mention.article for hit in item.hits if hit.entity == entity for mention in hit.mentions}
        yield from (article for article in item.articles if article.id in naming)


def outlet_rows(articles: Iterable[ItemArticle], bars: Sequence[Bar], zone: ZoneInfo) -> tuple[OutletRow, ...]:
    """Return the outlets of articles with their numbers in the spans of bars; those with most articles first."""
    first_days = [bar.first_day for bar in bars]
    places = group_values(
        (article.outlet, bisect_right(first_days, told_at(article).astimezone(zone).date()) - 1) for article in articles
    )
    counts = {outlet: Counter(numbers) for outlet, numbers in places.items()}
    rows = (OutletRow(outlet, tuple(count[number] for number in range(len(bars)))) for outlet, count in counts.items())
    return tuple(sorted((row for row in rows if row.total), key=lambda row: (-row.total, row.outlet)))
