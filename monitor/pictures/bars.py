"""Pure. A time: the stories of each day, week or month as bars by verdict; below, what happened and who wrote.

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
    State,
    Verdict,
    Window,
    act_words,
)
from monitor.pictures.columns import HEIGHT, LABELS, day_words, scale, scale_lines
from monitor.text.lead import told_at

_ABOVE, _STORY = 8, 24  # pixels: above the bars, and of a story at most
_LINE = 13  # pixels of a line in a bar
_ROW, _SIGN = 18, 9  # pixels: of a row of signs, and of a sign in it
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
    """The stories of one span of days, what was done in them, and the changes and absences of articles in it.

    `events`: each act and kind of custody once, the gravest act first.
    """

    first_day: date
    stories: Counter[Fate] = field(default_factory=Counter)
    changes: int = 0
    absences: int = 0
    events: tuple[BarEvent, ...] = ()

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
    """Return the part of a bar in which an item stands: a name that is only possible has its own.

    What came to an item since its decision nobody reviewed.
    """
    fate = fate_of(item, entity)
    if item.state is State.FOLLOW_UP and fate is not Fate.UNDECIDED:
        return Fate.UNDECIDED
    confidences = {hit.confidence for hit in item.hits if hit.entity == entity} if entity else {item.confidence}
    return Fate.POSSIBLE if fate is Fate.UNDECIDED and Confidence.POSSIBLE in confidences else fate


def _events_of(item: ReviewItem, fate: Fate, entity: str) -> list[BarEvent]:
    """Return what a story tells was done to a name, or to anybody for ""; nothing if it was ruled out."""
    return [
        BarEvent(GRAVEST_FIRST.index(mention.tellings[0][0]), mention.tellings[0][1], fate)
        for mention in item.incidents
        if fate is not Fate.NOT_RELEVANT and (not entity or entity in mention.struck)
    ]


def _of_each_act(events: Iterable[BarEvent]) -> tuple[BarEvent, ...]:
    """Return each act once, the gravest first; a detention, a custody and a release in the same days are three."""
    by_kind = {
        (event.place, event.custody): event for event in sorted(events, key=lambda event: -[*Fate].index(event.fate))
    }
    return tuple(by_kind[kind] for kind in sorted(by_kind))


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
        Bar(bar.first_day, bar.stories, changed, absent, _of_each_act(told_events))
        for bar, changed, absent, told_events in zip(bars, changes, absences, events, strict=True)
    )


def draw_bars(bars: Sequence[Bar], description: str, days: Sequence[str]) -> Markup:
    """Return the bars as an SVG image; `days` are the words below them, "" where there is no room.

    Places across are in percent and heights in pixels: on a narrow page words stay as large as they are.
    """
    step, lines = _step(bars), scale(max((bar.stories.total() for bar in bars), default=0))
    width, unit = _width(step), min(HEIGHT / lines[-1], _STORY)
    base = round(lines[-1] * unit) + _ABOVE
    parts = [
        f'<svg width="100%" height="{base + LABELS}" role="img" class="story-bars" overflow="visible"',
        f' aria-label="{escape(description)}">',
        '<g class="scale">',
        *scale_lines(lines, unit, base),
        "</g>",
    ]
    for number, bar in enumerate(bars):
        x, top = number * step + (step - width) / 2, float(base)
        for fate in Fate:
            height = bar.stories[fate] * unit
            if height:
                top -= height
                # A gap parts it from what is below.
                parts.append(_rectangle(x, top, width, max(height - 2 * (top + height < base), 1), fate))
    return Markup("".join((*parts, *day_words(days, step, base), "</svg>")))  # noqa: S704 words are escaped


@dataclass(frozen=True, slots=True)
class SignRow:
    """A row below the bars: in which of their spans an act was done, or articles changed or were absent."""

    words: Message
    sign: str  # ▲ or ✕, of a release ✓; "" for another act, which has a square
    fates: tuple[Fate | None, ...]  # of each bar; None: it has no sign
    is_act: bool = False


def sign_rows(bars: Sequence[Bar]) -> tuple[SignRow, ...]:
    """Return the rows of changes and absences, and one for each kind of act, the gravest first."""
    kinds = sorted({(event.place, event.custody) for bar in bars for event in bar.events})
    of_articles = [
        (Message("changes"), "▲", [bar.changes for bar in bars]),
        (Message("absences"), "✕", [bar.absences for bar in bars]),
    ]
    marks = [
        SignRow(words, sign, tuple(Fate.RELEVANT if count else None for count in counts))
        for words, sign, counts in of_articles
        if any(counts)
    ]
    acts = [
        SignRow(
            act_words(GRAVEST_FIRST[place], custody),
            "✓" if custody is Custody.RELEASED else "",
            tuple(next((e.fate for e in bar.events if (e.place, e.custody) == (place, custody)), None) for bar in bars),
            is_act=True,
        )
        for place, custody in kinds
    ]
    return (*marks, *acts)


def draw_signs(row: SignRow) -> Markup:
    """Return a row as an SVG image as wide as that of the bars; in dashes or brackets is what nobody reviewed."""
    step = _step(row.fates)
    width = _width(step)
    parts = [f'<svg width="100%" height="{_ROW}" class="signs" aria-hidden="true" overflow="visible">']
    parts.append(f'<line class="ground" x2="100%" y1="{_ROW / 2}" y2="{_ROW / 2}"/>')
    for number, fate in enumerate(row.fates):
        middle = (number + 0.5) * step
        if fate and row.sign:
            sign = row.sign if fate is Fate.RELEVANT else f"({row.sign})"
            size = 'font-size="15" font-weight="bold"' if row.is_act else 'font-size="12"'
            parts.append(f'<text x="{middle:.2f}%" y="{_ROW / 2 + 4}" {_TEXT} {size}>{sign}</text>')
        elif fate:
            ink = _FILLS[Fate.RELEVANT if fate is Fate.RELEVANT else Fate.UNDECIDED]
            place = f'x="{middle - width / 2:.2f}%" y="{(_ROW - _SIGN) / 2}" width="{width:.2f}%" height="{_SIGN}"'
            parts.append(f'<rect class="{fate.value}" {place} {ink}/>')
    return Markup("".join((*parts, "</svg>")))  # noqa: S704 - it has no words from outside


def _step(bars: Sequence[object]) -> float:
    return 100 / max(len(bars), 1)


def _width(step: float) -> float:
    return min(step * 0.72, 4.0)


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
