"""Pure. How the sources are, in plain words: who refuses us, what cannot be read, what fell silent."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from monitor.digest.make import Digest
from monitor.digest.opening import times_of
from monitor.digest.words import Times, clean, listed, many
from monitor.model import FeedState, FeedStatus

_LONGEST_DETAIL = 120
_LONGEST_NAME = 60
_CODE = re.compile(r"(?:\bHTTP |\()([1-5]\d\d)\b")
_TROUBLE = {
    FeedStatus.REFUSED: "refuses our server",
    FeedStatus.THROTTLED: "asks us to come less often",
    FeedStatus.HTML: "sends a web page where its feed was",
    FeedStatus.UNPARSABLE: "sends a feed that cannot be read",
    FeedStatus.GONE: "says that its feed is gone for good",
    FeedStatus.NOT_FOUND: "has no feed at this address any more",
    FeedStatus.UNREACHABLE: "cannot be reached",
    FeedStatus.TLS: "cannot be read safely, its certificate or connection fails",
    FeedStatus.TOO_LARGE: "sends more than we take",
    FeedStatus.FORBIDDEN_ADDRESS: "points to an address that we do not fetch",
}
_LIKE_A_BLOCK = {FeedStatus.REFUSED, FeedStatus.UNREACHABLE, FeedStatus.TLS}


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a section; an aside belongs to the line above it."""

    text: str
    aside: bool = False


def source_lines(digest: Digest, most: int) -> tuple[Line, ...]:
    """Each source in trouble, refusals first; of those that only were not read, a list of names."""
    sources, times, names = digest.sources, times_of(digest), _names(digest)
    troubled = (*sources.refused, *sources.unreadable)
    lines: list[Line] = []
    for state in troubled[:most]:
        lines.append(Line(_trouble(state, names, times)))
        if state.status in _LIKE_A_BLOCK:
            lines.append(Line("This alone does not show that it is blocked in the country.", aside=True))
    if len(troubled) > most:
        lines.append(Line(f"and {many(len(troubled) - most, 'more source')} that cannot be read."))
    lines += [Line(f"{names[s.number]}: its feed is empty{_since(s, times)}.") for s in sources.empty[:most]]
    if len(sources.empty) > most:
        lines.append(Line(f"and {many(len(sources.empty) - most, 'more feed')} that are empty."))
    for title, states in (("Not read in this time", sources.unread), ("Paused", sources.paused)):
        if states:
            lines.append(Line(f"{title}: {listed([names[s.number] for s in states], most)}."))
    return tuple(lines) or (_in_all(digest),)


def _in_all(digest: Digest) -> Line:
    sources = digest.sources
    if not sources.watched:
        return Line("No source is set up.")
    if sources.read < sources.watched:
        return Line(f"{sources.read:,} of {many(sources.watched, 'source')} read.")
    return Line("The one source was read." if sources.watched == 1 else f"All {sources.watched:,} sources were read.")


def _names(digest: Digest) -> dict[int, str]:
    """What a feed is called: its outlet, and its id where the outlet has several in this digest."""
    s = digest.sources
    states = (*s.refused, *s.unreadable, *s.empty, *s.unread, *s.paused)
    feeds = Counter(state.feed.outlet for state in states)
    return {
        state.number: clean(state.feed.outlet, _LONGEST_NAME)
        + (f" ({clean(state.feed.id, _LONGEST_NAME)})" if feeds[state.feed.outlet] > 1 else "")
        for state in states
    }


def _trouble(state: FeedState, names: dict[int, str], times: Times) -> str:
    detail = clean(state.detail, _LONGEST_DETAIL).rstrip(".")
    if code := _CODE.search(detail):
        detail = f"HTTP {code[1]}"
    said = f"{names[state.number]} {_TROUBLE[state.status]}{f' ({detail})' if detail else ''}{_since(state, times)}"
    return f"{said}, {many(state.failures, 'try', 'tries')}." if state.failures else f"{said}."


def _since(state: FeedState, times: Times) -> str:
    return f" since {times.moment(state.status_since)}" if state.status_since else ""
