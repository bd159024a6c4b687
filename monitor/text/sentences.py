"""Pure. Sentences and paragraphs around a span of text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.model import Span
from monitor.text.normalize import fold
from monitor.text.tokens import tokens

_REACH = 500  # characters of a long sentence that are shown before and after a span
_WORD_END = re.compile(r"[\W_]")
_WHITE, _LAST_WORD = re.compile(r"\s"), re.compile(r"(?<=\s)\S*\Z")

# Tried once per run of stops, with possessive quantifiers: half a million dots take linear time, not quadratic.
# It begins with the set of stops: `re` skips to one of them, and would try a lookbehind at each letter.
_SENTENCE_END = re.compile(r"[.!?…](?<![.!?…]{2})[.!?…]*+[\"»”’')\]]*+(?=\s++[\"«„“‘'(\[]*+([^\W_])|\s++[—–-])")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "sen", "gen", "rep", "gov", "st", "jr", "sr", "vs", "no"}
    | {"им", "ул", "г", "гг", "пр", "тов", "проф", "акад", "св", "см", "тыс"}
)


def sentence_around(text: str, span: Span) -> Span:
    """Return the sentence that holds a span; initials and common abbreviations do not end a sentence.

    A very long sentence is cut between words `_REACH` characters before and after the span: a page that is one sentence
    must not be shown whole for each name in it.
    """
    reach_start, reach_end = max(0, span.start - _REACH), min(len(text), span.end + _REACH)
    start, end = text.rfind("\n", reach_start, span.start) + 1, text.find("\n", span.end, reach_end)
    start, end = start or reach_start, reach_end if end < 0 else end
    sentence_start, sentence_end = start, end
    for stop in _sentence_ends(text, start, end):
        if stop <= span.start:
            sentence_start = stop
        elif stop >= span.end:
            sentence_end = stop
            break
    if sentence_start == reach_start > 0 and (white := _WHITE.search(text, sentence_start, span.start)):
        sentence_start = white.end()
    if sentence_end == reach_end < len(text) and (word := _LAST_WORD.search(text, span.end, sentence_end)):
        sentence_end = word.start()
    return _strip_span(text, sentence_start, sentence_end)


def sentences(text: str) -> Iterator[Span]:
    """Yield all sentences of a text, by the rules of `sentence_around`."""
    for paragraph in re.finditer(r"[^\n]+", text):
        start = paragraph.start()
        for stop in (*_sentence_ends(text, *paragraph.span()), paragraph.end()):
            yield _strip_span(text, start, stop)
            start = stop


def words_in(sentence: str) -> tuple[str, ...]:
    """Return the folded words of a sentence, in their order."""
    return tuple(fold(token.text) for token in tokens(sentence))


def common_sentences(text: str, reference: str) -> str:
    """Return the sentences of a text that stand word for word in another, a line each."""
    in_reference = {words_in(span.of(reference)) for span in sentences(reference)}
    return "\n".join(s for span in sentences(text) if words_in(s := span.of(text)) in in_reference)


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the ends of the sentences of a paragraph, without the last one."""
    return (stop.end() for stop in _SENTENCE_END.finditer(text, start, end) if _ends_sentence(text, stop))


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    next_letter = stop.group(1) or ""
    if next_letter.islower():
        return False
    if stop.group()[0] != ".":
        return True
    last_word = _WORD_END.split(text[max(0, stop.start() - 20) : stop.start()])[-1]
    return not ((len(last_word) == 1 and last_word.isupper()) or last_word.lower() in _ABBREVIATIONS)


def _strip_span(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))
