"""Pure. The subject and the first lines: what there is in numbers, and whether silence means quiet or broken."""

from __future__ import annotations

from datetime import timedelta

from monitor.digest.make import Alarm, Digest, Sources
from monitor.digest.words import Times, clean, many

_LONGEST_PROBLEM = 300


def times_of(digest: Digest) -> Times:
    return Times(digest.timezone, digest.window.until)


def subject(digest: Digest) -> str:
    """Counts and a day, never a name: subjects stand on locked screens and in the logs of mail servers."""
    # A window from midnight to midnight is named after the day it covers.
    day = times_of(digest).day(digest.window.until - timedelta(seconds=1))
    return f"[monitor] {_found(digest)}{_sources_in_short(digest)} - {day}"


def _found(digest: Digest) -> str:
    counts = []
    if digest.new:
        counts.append(f"{len(digest.new):,} new")
    if digest.follow_up:
        counts.append(many(len(digest.follow_up), "follow-up"))
    if counts:
        return ", ".join(counts) + "; "
    if digest.possible:
        return f"nothing clear, {len(digest.possible):,} possible; "
    return "broken: " if digest.alarm else "nothing new; "


def _sources_in_short(digest: Digest) -> str:
    sources, times = digest.sources, times_of(digest)
    match digest.alarm:
        case Alarm.NO_SOURCES:
            return "no source is watched"
        case Alarm.NOTHING_READ:
            return "nothing could be fetched"
        case Alarm.STOPPED:
            return f"nothing could be fetched since {times.full(sources.last_read or digest.window.since)}"
        case Alarm.FEW_READ if 2 * sources.read < sources.watched:
            return f"only {_read(sources)}"
    failing = []
    if sources.refused:
        refused = len(sources.refused)
        failing.append(f"{many(refused, 'source')} {'refuses' if refused == 1 else 'refuse'} us")
    if sources.unreadable:
        failing.append(f"{many(len(sources.unreadable), 'source')} cannot be read")
    if failing:
        return ", ".join(failing)
    return f"all {many(sources.read, 'source')} read" if 1 < sources.watched == sources.read else _read(sources)


def _read(sources: Sources) -> str:
    return f"{sources.read:,} of {many(sources.watched, 'source')} read"


def warnings(digest: Digest) -> tuple[str, ...]:
    """What must be read before anything else: that this is not quiet; that a file is broken."""
    alarm = (f"DO NOT READ THIS AS QUIET: {_alarm(digest)}",) if digest.alarm else ()
    return (*alarm, *(f"PLEASE FIX: {clean(problem, _LONGEST_PROBLEM)}" for problem in digest.problems))


def _alarm(digest: Digest) -> str:
    sources, window, times = digest.sources, digest.window, times_of(digest)
    match digest.alarm:
        case Alarm.NO_SOURCES:
            return (
                f"no source is watched; {len(sources.paused):,} paused." if sources.paused else "no source is set up."
            )
        case Alarm.FEW_READ:
            few = f"only {_read(sources)}" if 2 * sources.read < sources.watched else _read(sources)
            failing = (
                f"; {sources.failing:,} {'fails' if sources.failing == 1 else 'fail'} now" if sources.failing else ""
            )
            return f"{few}{failing}."
    since = window.since
    if sources.last_read and (digest.alarm is Alarm.STOPPED or sources.last_read < since):
        since = sources.last_read
    return f"nothing could be fetched {times.full(since)} to {times.full(window.until)}."


def opening(digest: Digest) -> tuple[str, ...]:
    """The first lines, each a paragraph."""
    if not digest.listed:
        return _nothing_new(digest)
    times, window = times_of(digest), digest.window
    return (
        f"{times.full(window.since)} to {times.full(window.until)} ({times.place}), by when we first saw it.",
        " ".join(filter(None, (_new_stories(digest), _follow_ups(digest), spreading(digest)))),
        " ".join(filter(None, (_possible(digest), waiting(digest)))),
        _sources_and_articles(digest),
    )


def _nothing_new(digest: Digest) -> tuple[str, ...]:
    times, window, sources = times_of(digest), digest.window, digest.sources
    nothing = (
        f"Nothing new named anyone on your list, {times.full(window.since)} to {times.full(window.until)}"
        f" ({times.place})."
    )
    if digest.alarm:
        verdict = _sources_and_articles(digest)
    elif not digest.articles:
        verdict = f"{_read(sources)}{_last_read(digest)}, but none had a new article: please check that this is right."
    elif sources.read < sources.watched or sources.failing:
        verdict = f"Quiet, as far as could be read: {_sources_and_articles(digest)}"
    else:
        verdict = f"This is quiet, not broken: {_sources_and_articles(digest)}"
    rest = " ".join(filter(None, (spreading(digest), waiting(digest))))
    return nothing, f"{verdict} {rest}"


def _new_stories(digest: Digest) -> str:
    if not digest.new:
        return "No new story that is clear."
    articles = sum(len(told.arrived) for told in digest.new)
    copies = sum(told.copies for told in digest.new)
    of_them = ""
    if copies:
        of_them = f", {copies:,} of them {'a copy' if copies == 1 else 'copies'}"
    return f"{many(len(digest.new), 'new story', 'new stories')} ({many(articles, 'article')}{of_them})."


def _follow_ups(digest: Digest) -> str:
    return f"{many(len(digest.follow_up), 'follow-up')}." if digest.follow_up else ""


def _possible(digest: Digest) -> str:
    return f"{len(digest.possible):,} possible." if digest.possible else ""


def spreading(digest: Digest) -> str:
    """Known stories that gained only copies are a count."""
    copies = sum(told.copies for told in digest.spreading)
    if not copies:
        return ""
    stories = many(len(digest.spreading), "story", "stories")
    return f"{many(copies, 'copy', 'copies')} joined {stories} you know."


def waiting(digest: Digest) -> str:
    if not digest.waiting:
        return "Nothing waits for you."
    oldest = f", oldest since {times_of(digest).day(digest.oldest_waiting)}" if digest.oldest_waiting else ""
    return f"Waiting for you: {digest.waiting:,}{oldest}."


def _sources_and_articles(digest: Digest) -> str:
    articles = many(digest.articles, "new article")
    if digest.articles_from_feed:
        articles += f", {digest.articles_from_feed:,} of them with only title and summary"
    if not digest.sources.watched:
        return f"{articles}."
    return f"{_read(digest.sources)}{_last_read(digest)}. {articles}."


def _last_read(digest: Digest) -> str:
    at, times = digest.sources.last_read, times_of(digest)
    if at is None:
        return ""
    same_day = times.same_day(at, digest.window.until)
    return f", last at {times.clock(at)}" if same_day else f", last on {times.full(at)}"
