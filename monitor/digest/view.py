"""Pure. What a digest says, section by section; text and HTML only lay it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.digest.cards import Card, card
from monitor.digest.make import Digest, Told
from monitor.digest.opening import opening, subject, times_of, warnings
from monitor.digest.sources import Line, source_lines
from monitor.digest.words import clean, many
from monitor.model import Verdict

LONG = 60  # stories of a section before the rest is a count
_MOST_POSSIBLE = 10
_LONGEST_LINE = 300
_SETTLED = {Verdict.RELEVANT, Verdict.NOT_RELEVANT}


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[Line, ...] = ()
    numbered: bool = False  # cards are counted, and stand in full


@dataclass(frozen=True, slots=True)
class View:
    subject: str
    warnings: tuple[str, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def view(digest: Digest, most: int = LONG) -> View:
    """What there is to say, with at most `most` stories, sources or lines in a section."""
    counted = _counted(digest, most)
    sections = (
        _stories(digest, "NEW", digest.new, most, counted if digest.new else (), numbered=True),
        _stories(digest, _follow_up_title(digest), digest.follow_up, most),
        _stories(digest, "POSSIBLE, please look", digest.possible, min(most, _MOST_POSSIBLE)),
        Section("COUNTED", lines=() if digest.new else counted),
        Section("CHANGES TO YOUR LIST", lines=_shortened(digest.watchlist_changes, most)),
        Section("SOURCES", lines=source_lines(digest, most)),
    )
    return View(
        subject=subject(digest),
        warnings=_cut_off(warnings(digest), most, "more to fix"),
        opening=opening(digest),
        sections=tuple(s for s in sections if s.cards or s.lines),
        closing=_closing(digest),
    )


def _stories(
    digest: Digest, title: str, told: Sequence[Told], most: int, lines: tuple[Line, ...] = (), *, numbered: bool = False
) -> Section:
    more = len(told) - most
    if more > 0:
        lines = (Line(f"and {many(more, 'more story', 'more stories')}; the queue has them all."), *lines)
    return Section(title, tuple(card(digest, one) for one in told[:most]), lines, numbered)


def _follow_up_title(digest: Digest) -> str:
    stories = "a story" if len(digest.follow_up) == 1 else "stories"
    times = times_of(digest)
    settled = [t.decided for t in digest.follow_up if t.decided and t.decided.verdict in _SETTLED]
    if len(settled) < len(digest.follow_up):
        return f"FOLLOW-UP to {stories} you know"
    days = {times.date(decision.at) for decision in settled}
    return f"FOLLOW-UP to {stories} you decided" + (f" on {days.pop()}" if len(days) == 1 else "")


def _counted(digest: Digest, most: int) -> tuple[Line, ...]:
    """Names that alert only beside others and stood alone: how often, never which."""
    often_first = sorted(digest.counted.items(), key=lambda pair: (-pair[1], pair[0]))
    alone = "alone, no watched person or outlet and no press word"
    return _shortened(
        [f"{name} {alone}: {many(count, 'story', 'stories')}, not listed." for name, count in often_first if count],
        most,
    )


def _shortened(lines: Sequence[str], most: int) -> tuple[Line, ...]:
    return tuple(Line(line) for line in _cut_off([clean(line, _LONGEST_LINE) for line in lines], most, "more"))


def _cut_off(lines: Sequence[str], most: int, more: str) -> tuple[str, ...]:
    rest = len(lines) - most
    return (*lines[:most], *([f"and {rest:,} {more}."] if rest > 0 else ()))


def _closing(digest: Digest) -> str:
    if digest.next_at is None:
        return ""
    tell = f" If it does not come, tell {clean(digest.contact)}" if digest.contact else ""
    return f"Next digest: {times_of(digest).full(digest.next_at)}.{tell}"
