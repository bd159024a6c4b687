"""Pure. What a digest says: first lines, sections of cards and lines, last line. Text and HTML only lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.digest.cards import Card, card, standing
from monitor.digest.make import Alarm, Digest, Sources, Told
from monitor.digest.words import Times, cut, many
from monitor.health import CAVEAT, WORDS, nothing_new, words_of
from monitor.model import FeedState, FeedStatus

_MOST_POSSIBLE = 10
_LONGEST_PROBLEM = 300
_LONGEST_DETAIL = 120
_HTTP_STATUS = re.compile(r"\((\d{3})\)")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a section, and a remark that belongs to it."""

    text: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[Line, ...] = ()
    numbered: bool = False  # cards are counted, and stand in full


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say, as passages still to be cleaned and escaped."""

    subject: str
    warnings: tuple[str, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def lay_out(digest: Digest) -> Page:
    sections = (
        _stories("NEW", digest, digest.new, *_counted(digest), numbered=True),
        _stories(_follow_up_title(digest), digest, digest.follow_up),
        _stories("CHANGED", digest, digest.changed, *([Line("All versions are kept.")] if digest.changed else [])),
        _stories("FOUND IN OLDER ARTICLES", digest, digest.older),
        _stories("POSSIBLE, please look", digest, digest.possible, most=_MOST_POSSIBLE),
        Section("CHANGES TO YOUR LIST", lines=_at_most(digest, map(Line, digest.happened.watchlist_changes))),
        Section("SOURCES", lines=_at_most(digest, _source_lines(digest.sources, digest.times))),
    )
    return Page(
        subject=subject(digest),
        warnings=_warnings(digest),
        opening=_opening(digest),
        sections=tuple(s for s in sections if s.cards or s.lines),
        closing=_closing(digest),
    )


# ---- the subject: whether to open it now ----------------------------------------------------------------------------


def subject(digest: Digest) -> str:
    """Counts and a day, never a name: subjects stand on locked screens and in the logs of mail servers."""
    return f"[monitor] {_found(digest)}{_sources_in_short(digest)} - {digest.times.day(digest.happened.window.until)}"


def _found(digest: Digest) -> str:
    if digest.new or digest.follow_up:
        new = f"{len(digest.new):,} new" if digest.new else ""
        follow_ups = many(len(digest.follow_up), "follow-up") if digest.follow_up else ""
        return f"{_joined(', ', new, follow_ups, _lesser(digest))}; "
    if digest.changed or digest.older:
        return f"nothing new, {_lesser(digest)}; "
    if digest.possible:
        return f"nothing clear, {len(digest.possible):,} possible; "
    return "broken: " if digest.alarm else "nothing new; "


def _lesser(digest: Digest) -> str:
    changed = f"{len(digest.changed):,} changed" if digest.changed else ""
    return _joined(", ", changed, f"{len(digest.older):,} in older articles" if digest.older else "")


def _sources_in_short(digest: Digest) -> str:
    sources = digest.sources
    if digest.alarm is Alarm.NOTHING_READ:
        return "nothing can be fetched any more" if sources.read else "nothing could be fetched"
    if digest.alarm is Alarm.FEW_READ:
        return _few_read(sources)
    if sources.failing:
        refuse = many(len(sources.refused), "source refuses us", "sources refuse us")
        fail = many(len(sources.unreadable), "source cannot be read", "sources cannot be read")
        return _joined(", ", refuse if sources.refused else "", fail if sources.unreadable else "")
    return f"all {sources.read:,} sources read" if 1 < sources.watched == sources.read else _read(sources)


# ---- the first lines: what there is in numbers, and whether silence means quiet or broken ---------------------------


def _warnings(digest: Digest) -> tuple[str, ...]:
    """What must be read before anything else: that this is not quiet; that a file is broken."""
    problems = digest.happened.problems[: digest.most]
    fixes = tuple(f"PLEASE FIX: {cut(problem, _LONGEST_PROBLEM)}" for problem in problems)
    if not digest.alarm:
        return fixes
    what, times, window = f"{_few_read(digest.sources)}.", digest.times, digest.happened.window
    if digest.alarm is Alarm.NOTHING_READ:
        since = digest.happened.last_read or window.since
        what = f"nothing could be fetched {times.full(since)} to {times.full(window.until)}."
    return (f"DO NOT READ THIS AS QUIET: {what}", *fixes)


def _opening(digest: Digest) -> tuple[str, ...]:
    times, window = digest.times, digest.happened.window
    span = f"{times.full(window.since)} to {times.full(window.until)} ({times.place})"
    if not (digest.new or digest.follow_up or digest.changed or digest.older or digest.possible):
        return (
            f"Nothing new named anyone on your list, {span}.",
            _joined(" ", _how_quiet(digest), _spreading(digest), _waiting(digest)),
        )
    follow_ups = f"{many(len(digest.follow_up), 'follow-up')}." if digest.follow_up else ""
    changed = f"{many(len(digest.changed), 'changed story', 'changed stories')}." if digest.changed else ""
    older = f"{many(len(digest.older), 'story', 'stories')} found in older articles." if digest.older else ""
    possible = f"{len(digest.possible):,} possible." if digest.possible else ""
    return (
        f"{span}, by when we first saw it.",
        _joined(" ", _new_stories(digest), follow_ups, changed, older, _spreading(digest)),
        _joined(" ", possible, _waiting(digest)),
        _reading(digest),
    )


def _how_quiet(digest: Digest) -> str:
    sources, reading = digest.sources, _reading(digest)
    if digest.alarm:
        return reading
    if not digest.happened.articles:
        return f"{reading} That is unusual: please check that this is right."
    if sources.read < sources.watched or sources.failing:
        return f"Quiet, as far as could be read: {reading}"
    return f"This is quiet, not broken: {reading}"


def _new_stories(digest: Digest) -> str:
    if not digest.new:
        return "No new story that is clear."
    articles = many(sum(len(told.arrived) for told in digest.new), "article")
    copies = sum(told.copies for told in digest.new)
    of_them = f", {copies:,} of them {'a copy' if copies == 1 else 'copies'}" if copies else ""
    return f"{many(len(digest.new), 'new story', 'new stories')} ({articles}{of_them})."


def _spreading(digest: Digest) -> str:
    copies = many(sum(told.copies for told in digest.spreading), "copy", "copies")
    stories = many(len(digest.spreading), "story", "stories")
    return f"{copies} joined {stories} you know." if digest.spreading else ""


def _waiting(digest: Digest) -> str:
    happened = digest.happened
    never = f"Never reviewed in 30 days: {happened.never_reviewed:,}." if happened.never_reviewed else ""
    if not happened.waiting:
        return _joined(" ", "Nothing waits for you.", never)
    oldest = f", oldest since {digest.times.day(happened.oldest_waiting)}" if happened.oldest_waiting else ""
    return _joined(" ", f"Waiting for you: {happened.waiting:,}{oldest}.", never)


def _reading(digest: Digest) -> str:
    """How many sources and articles were read, and until when."""
    happened, times = digest.happened, digest.times
    last = ""
    if at := happened.last_read:
        today = times.date(at) == times.date(happened.window.until)
        last = f", last at {times.clock(at)}" if today else f", last on {times.full(at)}"
    articles = many(happened.articles, "new article")
    if happened.articles_from_feed:
        articles += f", {happened.articles_from_feed:,} of them with only title and summary"
    return f"{_read(digest.sources)}{last}. {articles}."


def _read(sources: Sources) -> str:
    return f"{sources.read:,} of {many(sources.watched, 'source')} read"


def _few_read(sources: Sources) -> str:
    return _read(sources) + (f", {sources.failing:,} failing now" if sources.failing else "")


# ---- the sections ---------------------------------------------------------------------------------------------------


def _stories(
    title: str, digest: Digest, told: tuple[Told, ...], *lines: Line, most: int | None = None, numbered: bool = False
) -> Section:
    most = min(most or digest.most, digest.most)
    if len(told) > most:
        more = many(len(told) - most, "more story", "more stories")
        lines = (Line(f"and {more}; the queue has them all."), *lines)
    return Section(title, tuple(card(digest, one) for one in told[:most]), lines, numbered)


def _at_most(digest: Digest, lines: Iterable[Line]) -> tuple[Line, ...]:
    lines = tuple(lines)
    more = len(lines) - digest.most
    return (*lines[: digest.most], Line(f"and {more:,} more.")) if more > 0 else lines


def _follow_up_title(digest: Digest) -> str:
    if len(digest.follow_up) != 1:
        return "FOLLOW-UP to stories you know"
    decision = standing(digest.follow_up[0].item)
    return f"FOLLOW-UP to a story you {f'decided on {digest.times.date(decision.at)}' if decision else 'know'}"


def _counted(digest: Digest) -> list[Line]:
    """Names that alert only beside others and stood alone: how often, never which."""
    often_first = sorted(digest.happened.counted.items(), key=lambda pair: (-pair[1], pair[0]))
    alone = "alone, no watched person or outlet and no press word"
    lines = (Line(f"{name} {alone}: {many(count, 'story', 'stories')}, not listed.") for name, count in often_first)
    return list(_at_most(digest, lines))


def _source_lines(sources: Sources, times: Times) -> tuple[Line, ...]:
    """Each source in trouble, refusals first; of those that only were not read, a list of names."""
    lines = [_trouble(state, times) for state in (*sources.refused, *sources.unreadable)]
    lines += [Line(f"{state.feed.outlet}: its feed is empty{_since(state, times)}.") for state in sources.empty]
    lines += [Line(f"{s.feed.outlet} {WORDS[FeedStatus.OVERFLOWING].says}.") for s in sources.overflowing]
    lines += [Line(f"{s.feed.feed.outlet}: {nothing_new(s, times.near)}.") for s in sources.silent]
    for title, states in (("Not read in this time", sources.unread), ("Paused", sources.paused)):
        if states:
            lines.append(Line(f"{title}: {', '.join(dict.fromkeys(state.feed.outlet for state in states))}."))
    if lines:
        return tuple(lines)
    if not sources.watched:
        return (Line("No source is set up."),)
    all_read = 1 < sources.watched == sources.read
    return (Line(f"All {sources.read:,} sources were read." if all_read else f"{_read(sources)}."),)


def _trouble(state: FeedState, times: Times) -> Line:
    """The HTTP status, where there is one, stands for the reason: `monitor feeds list` gives it in words."""
    status = _HTTP_STATUS.search(state.detail)
    http, detail = (f" (HTTP {status[1]})", "") if status else ("", cut(state.detail.rstrip("."), _LONGEST_DETAIL))
    how_long = _since(state, times) + (f", {many(state.failures, 'try', 'tries')}" if state.failures else "")
    words = words_of(state, state.status)
    said = f"{words.says}{http}{how_long}{': ' if detail else ''}{detail}."
    return Line(f"{state.feed.outlet} {said}", CAVEAT if CAVEAT in words.todo else "")


def _since(state: FeedState, times: Times) -> str:
    return f" since {times.moment(state.status_since)}" if state.status_since else ""


def _closing(digest: Digest) -> str:
    if digest.next_at is None:
        return ""
    tell = f" If it does not come, tell {digest.contact}" if digest.contact else ""
    return f"Next digest: {digest.times.full(digest.next_at)}.{tell}"


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
