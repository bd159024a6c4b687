"""Pure. Our sentences about what was found, in English, that can be said in other languages: they know their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

# Unicode's isolates: around strangers' words as Project Fluent has them; the other around what is a sentence itself.
_WORDS, _SENTENCE, _END = "\u2068", "\u2066", "\u2069"
_MARK = re.compile(f"[{_WORDS}{_SENTENCE}{_END}]")


def _(message: str) -> str:
    """Marks a message for the catalogues, where it is said elsewhere."""
    return message


class Message(str):
    """An English sentence that knows its message and what stands in its places: what catalogues need of it.

    `marked` is how it is stored: the same English, with invisible marks around the words.

    >>> Sentence("“{}” is {}", "Токоева", "Melis Tokoev")
    '“Токоева” is Melis Tokoev'
    """

    __slots__ = ("message", "places")
    message: str
    places: tuple[str, ...]

    def __new__(cls, message: str, *places: object) -> Self:
        words = tuple(word if isinstance(word, Message) else _MARK.sub("", str(word)) for word in places)
        sentence = super().__new__(cls, message.format(*words) if words else message)
        sentence.message, sentence.places = message, words
        return sentence

    def __reduce__(self) -> tuple[type[Self], tuple[str, ...]]:
        return type(self), (self.message, *self.places)

    @property
    def marked(self) -> str:
        marked = [
            f"{_SENTENCE}{word.marked}{_END}" if isinstance(word, Message) else f"{_WORDS}{word}{_END}"
            for word in self.places
        ]
        return self.message.format(*marked) if marked else str(self)


def listed(separator: str, sentences: Iterable[Message]) -> Message:
    first, *others = sentences
    return Message(separator.join(["{}"] * (1 + len(others))), first, *others) if others else first


def unmarked(stored: str) -> str:
    """A stored sentence as it was said; one of before there were marks is its own message.

    >>> sentence = Sentence("“{}”: {} of {}", "Токоеву", Sentence("dative"), "Токоев")
    >>> again = unmarked(sentence.marked)
    >>> again == sentence, again.message, again.places[1].message
    (True, '“{}”: {} of {}', 'dative')
    """
    if _END not in stored:
        return stored
    message, places, depth, start = "", [], 0, 0
    for mark in _MARK.finditer(stored):
        if mark[0] != _END:
            if not depth:
                message += stored[start : mark.start()] + "{}"
                start, kind = mark.end(), mark[0]
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                within = stored[start : mark.start()]
                places.append(_as_sentence(unmarked(within)) if kind == _SENTENCE else within)
                start = mark.end()
    message += stored[start:]
    if depth or re.search("[{}]", message.replace("{}", "")):  # nothing of ours
        return _MARK.sub("", stored)
    return Message(message, *places)


def _as_sentence(text: str) -> Message:
    return text if isinstance(text, Message) else Message(text)
