"""Pure. The distinct words of texts, under keys of their sounds, as an index of many texts keeps them.

`match/vocabulary.py` says which words and texts a list needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from monitor.text.normalize import BROKEN_LINE, LEGACY, fold, is_legacy_kyrgyz, repair_word
from monitor.text.romanize import ROMANISATION_VERSION, skeletons
from monitor.text.tokens import distinct_words, tokens

# The version of all that words and keys depend on; an index of another version is discarded. Raise it with a change.
VOCABULARY_VERSION = crc32(f"1 {ROMANISATION_VERSION}".encode())
MAX_KEY = 24  # sounds
CAPITAL = "^"

_MAX_WORD = 100  # letters; a longer word is no name
# A word that goes on in the next line, maybe of a quoted mail.
_BROKEN_WORD_RE = re.compile(rf"([^\W_]+){BROKEN_LINE}([^\W_]+)")
_BREAK_RE = re.compile(r"\n(?<=[-‐\u00ad\r]\n)")
_HASHTAG_RE = re.compile(r"#(\w+)")
# Г/H and s/z are exchanged as freely as vowels.
_LOOSE_LETTERS = {"g": "h", "z": "s", "e": "a", "i": "a", "o": "a", "u": "a"}
LITERAL_RE = re.compile(r"\d|^[IVX]{1,5}$")


class KeyQuery(NamedTuple):
    """Keys with a beginning and, if there is a `part`, with that in `length` characters from `start` on."""

    prefix: str
    part: str = ""
    start: int = 0
    length: int = 0


@dataclass(slots=True)
class TextQuery:
    """Words of which a text must hold some to name anybody.

    That is any of `either`, or of a pair any of its first and any of its second words.
    """

    either: set[str] = field(default_factory=set)
    pairs: list[tuple[set[str], set[str]]] = field(default_factory=list)


def text_words(text: str) -> set[str]:
    """Return the distinct words of a text, in all readings: broken over two lines, or within a hashtag, too."""
    words = distinct_words(text)
    if is_legacy_kyrgyz(text):
        text = text.translate(LEGACY)
    if _BREAK_RE.search(text):  # most texts have none, and this is searched faster
        words.update(repair_word(first + second) for first, second in _BROKEN_WORD_RE.findall(text))
    words.update(word for tag in _HASHTAG_RE.findall(text) for word in _hashtag_words(tag))
    return words.difference([word for word in words if len(word) > _MAX_WORD])


def _hashtag_words(tag: str) -> Iterator[str]:
    """Yield the words of a hashtag that capitals and digits divide."""
    cuts = [0, *(n for n, (a, b) in enumerate(pairwise(tag), 1) if begins_word(a, b)), len(tag)]
    for start, end in pairwise(cuts):
        yield from (token.text for token in tokens(tag[start:end]))


def begins_word(before: str, letter: str) -> bool:
    """Return whether a letter of a hashtag begins another word: a capital after a small letter, or a number."""
    # No cut beside a mark or an invisible sign, which would be a word without letters.
    if not (before.isalnum() and letter.isalnum()):
        return False
    return (before.islower() and letter.isupper()) or before.isdigit() != letter.isdigit()


# ---- keys -----------------------------------------------------------------------------------------------------------


def vocabulary_keys(words: Sequence[str]) -> list[str]:
    """Return the key of each word: a mark for a capital, its first sound, and the other sounds loosely.

    >>> vocabulary_keys(["Токоевым", "токоев"])
    ['^takavam', 'takav']
    """
    if not words:
        return []
    sounds = sounds_of_words(words)
    loose = loose_key("\n".join(sounds)).split("\n")  # of all words at once, which is several times faster
    marks = (CAPITAL if word[:1].isupper() else "" for word in words)
    return [(mark + sound[:1] + key[1:])[:MAX_KEY] for mark, sound, key in zip(marks, sounds, loose, strict=True)]


def word_number(word: str) -> int:
    """Return a number of 31 bits for a word; two of a million words have the same one now and then."""
    return crc32(word.encode("utf-8", "surrogatepass")) >> 1


def loosened(sounds: str) -> str:
    """Return sounds with all but the first one loosened, as `loose_key` does."""
    return sounds[:1] + loose_key(sounds)[1:]


def loose_key(sounds: str) -> str:
    """Return the key that spellings share if they differ in vowels, or in г/h and s/z.

    >>> loose_key("sidigaleva") == loose_key("sadigaleva"), loose_key("tereza") == loose_key("teresa")
    (True, True)
    """
    for letter, key in _LOOSE_LETTERS.items():
        sounds = sounds.replace(letter, key)
    while "aa" in sounds:  # halves each run of vowels
        sounds = sounds.replace("aa", "a")
    return sounds


def sounds_of_words(words: Sequence[str]) -> list[str]:
    """Return the skeletons of words; those with digits (24, Z3) and Roman numerals (XVI) stand for themselves."""
    sounds = skeletons(words)
    for row, word in enumerate(words):
        # Most words are small letters, which is asked faster.
        if (not word.isalpha() or word.isupper()) and LITERAL_RE.search(word):
            sounds[row] = fold(word)
    return sounds
