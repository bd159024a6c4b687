"""The sentence and the paragraph around a place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.model import Span
from monitor.text.normalize import _LAST_WORD, _REACH, _WHITE

# ---- sentences and paragraphs -------------------------------------------------------------------------------------

# Tried once a run of stops, and possessive: half a million dots are read once, not once for each of them.
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"»”’')\]]*+(?=\s++[\"«„“‘'(\[]*+([^\W_])|\s++[—–-])")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "sen", "gen", "rep", "gov", "st", "jr", "sr", "vs", "no"}
    | {"им", "ул", "г", "гг", "пр", "тов", "проф", "акад", "св", "см", "тыс"}
)


def paragraph_around(text: str, span: Span) -> Span:
    """The paragraph (lines of an article are paragraphs) that holds a span, without the white space around it."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return _stripped(text, start, len(text) if end < 0 else end)


def sentence_around(text: str, span: Span) -> Span:
    """Return the sentence that holds a span, for showing it: initials and common abbreviations do not end one.

    Of a sentence without end only what is near, in whole words: text that is all one sentence is not shown whole for
    each name in it.
    """
    first, last = max(0, span.start - _REACH), min(len(text), span.end + _REACH)
    start, end = text.rfind("\n", first, span.start) + 1, text.find("\n", span.end, last)
    start, end = start or first, last if end < 0 else end
    stops = list(_stops(text, start, end))
    begins = max((stop for stop in stops if stop <= span.start), default=start)
    ends = min((stop for stop in stops if stop >= span.end), default=end)
    if begins == first > 0 and (white := _WHITE.search(text, begins, span.start)):
        begins = white.end()
    if ends == last < len(text) and (word := _LAST_WORD.search(text, span.end, ends)):
        ends = word.start()
    return _stripped(text, begins, ends)


def sentences(text: str) -> Iterator[Span]:
    """All sentences of a text, as `sentence_around` has them."""
    for paragraph in re.finditer(r"[^\n]+", text):
        start = paragraph.start()
        for stop in (*_stops(text, *paragraph.span()), paragraph.end()):
            yield _stripped(text, start, stop)
            start = stop


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    """Where the sentences of a paragraph end, but its last."""
    return (stop.end() for stop in _SENTENCE_END.finditer(text, start, end) if _ends_sentence(text, stop))


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    following = stop.group(1) or ""
    if following.islower():
        return False
    if stop.group()[0] != ".":
        return True
    word = re.search(r"[^\W_]*$", text[max(0, stop.start() - 20) : stop.start()])
    before = word.group() if word else ""
    return not ((len(before) == 1 and before.isupper()) or before.lower() in _ABBREVIATIONS)


def _stripped(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))
