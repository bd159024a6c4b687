"""Pure. A sentence as words with what stands between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from monitor.match.incidents.lexicon.grammar import Grammar, Phrase, fold_word
from monitor.model import Field, Span
from monitor.text.tokens import tokens

_PART_END = re.compile(r"[,;:()…!?]|(?<=\s)[—–-]+(?=\s)")
CLOSING = " »”\"'’)"  # what may stand between a word and its comma


def is_opening(between: str) -> bool:
    """Return whether a quotation begins between two words."""
    return between.endswith(("«", "“", "„"))


def is_closing(between: str) -> bool:
    """Return whether a quotation ends between two words."""
    return any(sign in between for sign in "»”")


class Word(NamedTuple):
    """A word of a sentence; offsets are those of the field."""

    start: int
    end: int
    raw: str
    text: str  # folded
    before: str  # what stands between it and the word before
    part: int  # the number of its part of the sentence, between signs
    kind: int  # bits of what it may tell (`TellingWord`)

    @property
    def is_name(self) -> bool:
        """Return whether the word is written as a name is."""
        return self.raw[:1].isupper()


@dataclass(frozen=True)
class Sentence:
    """A sentence of a field in the words of one grammar."""

    field: Field
    span: Span
    words: tuple[Word, ...]
    grammar: Grammar
    phrases: Sequence[Phrase] = ()  # for acts that it may tell

    @cached_property
    def texts(self) -> list[str]:
        """Return the folded words."""
        return [word.text for word in self.words]

    def has(self, section: str, first: int, last: int) -> int:
        """Return the place of a section's word or phrase from `first` to `last`, or -1."""
        for place in range(max(first, 0), min(last + 1, len(self.words))):
            if self.is_at(section, place):
                return place
        return -1

    def is_at(self, section: str, place: int) -> bool:
        """Return whether a word or phrase of a section begins at a place."""
        words = self.grammar.words.get(section)
        return bool(words and words.size_at(self.texts, place))

    def text_of(self, first: int, last: int, text: str) -> str:
        """Return the words of the field from one place to another, as written."""
        return text[self.words[first].start : self.words[last].end]


def read_words(text: str, span: Span, kinds: Mapping[int, int]) -> tuple[Word, ...]:
    """Return the words of a sentence; `kinds`: those of its words that may tell something, by their place in it."""
    words: list[Word] = []
    part, end = 0, 0
    inner = span.of(text)
    folded = fold_word(inner)
    is_as_long = len(folded) == len(inner)  # not where a small letter is two
    for token in tokens(inner):
        before = inner[end : token.start]
        is_number = before == "," and words[-1].text.isdigit() and token.text.isdigit() if words else False  # 4,000
        if words and before != " " and not is_number and _PART_END.search(before):
            part += 1
        word = folded[token.start : token.end] if is_as_long else fold_word(token.text)
        start, kind = span.start + token.start, kinds.get(token.start, 0)
        words.append(Word(start, span.start + token.end, token.text, word, before, part, kind))
        end = token.end
    return tuple(words)
