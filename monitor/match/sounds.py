"""Pure. `text.skeleton` of many words at once: a column of words as one array of bytes.

What `skeleton` does to a word with regular expressions is done here to thousands of words with a table of letters and
replacements of bytes. Groups of letters are found from the left, the longest first, as the expression finds them: where
one group would be cut by a later one (ts|h), a rule of its own says which stands (`_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.forms import LITERAL, sounds_of
from monitor.text import APOSTROPHES, GROUPS_OF_SOUNDS, romanised

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

SOUNDS = "abcdefghijklmnopqrstuvwxyzJCST"
_END = 10  # a line break ends each word
_GONE, _BREAK = 11, 12  # a letter without a sound; one without a sound that parts two groups
_FIRST_SLOT = 128  # bytes from here on stand for letters that are romanised by several
_LETTERS = 0x2020  # code points that have a place in the table of letters: Latin, Greek, Cyrillic and more


class Column(NamedTuple):
    """Words by their sounds: row by row, as codes from 1 on (0 fills up), and how long each is."""

    codes: Bytes
    lengths: Ints
    cyrillic: NDArray[np.bool_]


def sounds_of_words(words: Sequence[str], widest: int) -> Column:
    """The sounds of many repaired words; of those longer than `widest`, nothing: they resemble no word on the list."""
    column, odd, cyrillic = _skeletons(words)
    ends = np.flatnonzero(column == _END)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = (ends - starts).astype(np.int64)
    lengths[lengths > widest] = 0
    for row in odd:
        sounds = sounds_of(words[row])
        lengths[row] = len(sounds) if len(sounds) <= widest else 0
    cells = np.arange(max(1, int(lengths.max(initial=0))), dtype=np.int32)[None, :]
    codes = _CODE[column.take(starts[:, None].astype(np.int32) + cells, mode="clip")]
    codes[cells >= lengths[:, None]] = 0
    for row in odd:
        codes[row] = 0
        codes[row, : lengths[row]] = [code_of(sound) for sound in sounds_of(words[row])[: lengths[row]]]
    return Column(codes, lengths, cyrillic)


def code_of(sound: str) -> int:
    """A number for a sound; what is none (a digit, a letter of a word that holds digits) gets one above them.

    >>> code_of("a"), code_of("T"), code_of("7") > 30
    (1, 30, True)
    """
    place = SOUNDS.find(sound)
    return place + 1 if place >= 0 else 31 + ord(sound) % 220


_CODE = np.zeros(256, np.uint8)
for _letter in SOUNDS + "0123456789":
    _CODE[ord(_letter)] = code_of(_letter)


def _skeletons(words: Sequence[str]) -> tuple[Bytes, list[int], NDArray[np.bool_]]:
    """The words' skeletons, each with its line break; the rows that must be asked for one by one; the scripts."""
    text = "\n".join(words).lower() + "\n"
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table, slots = _letters()
    column = table.take(letters, mode="clip")
    ends = np.flatnonzero(letters == _END)
    starts = np.concatenate([[0], ends[:-1] + 1])
    apostrophes = np.flatnonzero(column == _BREAK)
    if len(apostrophes):  # romanised text loses its apostrophes before its groups are read, text in ASCII after that
        ascii_only = np.maximum.reduceat(letters, starts) < 128
        column[apostrophes] = np.where(ascii_only[np.searchsorted(ends, apostrophes)], _BREAK, _GONE)
    raw = column.tobytes().translate(None, bytes([_GONE, 0]))
    for byte, spelt in (*slots, *_rules()):
        if byte in raw:
            raw = raw.replace(byte, spelt)
    raw = raw.translate(_FINAL, bytes([_BREAK])).replace(b"yo", b"e").replace(b"y", b"i")
    raw = _SHORT.sub(b"\1", raw)
    for glide in (b"ia", b"ie", b"iu"):
        while glide in raw:
            raw = raw.replace(glide, glide[1:])
    sounds = np.frombuffer(raw.replace(b"\1", b"i"), np.uint8)
    once = np.ones(len(sounds), bool)
    once[1:] = (sounds[1:] != sounds[:-1]) | (sounds[1:] < ord("A"))
    cyrillic = np.logical_or.reduceat((letters >= 0x0400) & (letters < 0x0530), starts)
    return sounds[once], _odd(words, column, starts), cyrillic


def _odd(words: Sequence[str], column: Bytes, starts: Ints) -> list[int]:
    """Rows with letters that have no place in the table, or that stand for themselves as they are (Z3, XVI)."""
    unknown = np.logical_or.reduceat(column == 0, starts)
    digit = (column >= ord("0")) & (column <= ord("9"))
    digits = np.add.reduceat(digit, starts, dtype=np.int64)
    sizes = np.diff(starts, append=len(column)) - 1
    rows = np.flatnonzero(unknown | ((digits > 0) & (digits < sizes))).tolist()
    return [*rows, *(row for row, w in enumerate(words) if len(w) <= 5 and w.isupper() and LITERAL.search(w))]


_SHORT = re.compile(rb"^i(?=[aeu]$)", re.MULTILINE)  # whose glide stays
_PLACES = {**{letter: ord(letter) - 32 for letter in SOUNDS[:26]}, **dict(zip(SOUNDS[26:], range(2, 6), strict=True))}
_FINAL = bytes.maketrans(bytes(_PLACES.values()), bytes(map(ord, _PLACES)))


def _placed(sounds: str) -> bytes:
    """Sounds as bytes that no rule takes for letters again."""
    return bytes(_PLACES[sound] for sound in sounds)


@lru_cache(1)
def _letters() -> tuple[Bytes, list[tuple[bytes, bytes]]]:
    """Code point -> the letter that romanises it, or a slot for several; and what the slots stand for."""
    table = np.zeros(_LETTERS, np.uint8)
    slots: dict[str, int] = {}
    for point in range(_LETTERS - 1):
        letter = chr(point)
        if letter in "'`":
            table[point] = _BREAK
        elif letter in APOSTROPHES:
            table[point] = _GONE
        elif letter == "\n" or (letter.isascii() and letter.isalnum()):
            table[point] = point
        elif letter.isalpha() and not letter.isupper() and re.fullmatch("[a-z]*", latin := romanised(letter)):
            if len(latin) > 1 and latin not in slots and len(slots) == 256 - _FIRST_SLOT:
                continue
            several = slots.setdefault(latin, _FIRST_SLOT + len(slots)) if len(latin) > 1 else 0
            table[point] = several or (ord(latin) if latin else _GONE)
    return table, [(bytes([slot]), latin.encode()) for latin, slot in slots.items()]


@lru_cache(1)
def _rules() -> list[tuple[bytes, bytes]]:
    """Replacements that, one after the other, do to a column what the expression of groups does to a word."""
    groups = sorted((g for g in GROUPS_OF_SOUNDS if len(g) > 1), key=len, reverse=True)
    cut = []
    for later, group in enumerate(groups):  # "tsh" is ts and h, though sh is looked for earlier
        for other in groups[: later + 1]:
            for shared in range(1, min(len(group), len(other))):
                both = group + other[shared:]
                longer = any(both.startswith(g) and len(g) > len(group) for g in groups)
                if group.endswith(other[:shared]) and not longer:
                    cut.append((both, _placed(GROUPS_OF_SOUNDS[group]) + other[shared:].encode()))
    by_vowel = [g for g in groups if g[0] in "aeiouy"]  # after the letters that look ahead to a vowel
    return [
        *((both.encode(), new) for both, new in cut),
        *((g.encode(), _placed(GROUPS_OF_SOUNDS[g])) for g in groups if g not in by_vowel),
        *((f"c{vowel}".encode(), _placed("T") + vowel.encode()) for vowel in "eiy"),
        *((f"j{vowel}".encode(), _placed("J") + vowel.encode()) for vowel in "aeiouy"),
        *((f"{vowel}ff\n".encode(), vowel.encode() + _placed("v") + b"\n") for vowel in "oe"),
        *((g.encode(), _placed(GROUPS_OF_SOUNDS[g])) for g in by_vowel),
        *((g.encode(), _placed(sounds)) for g, sounds in {**_ALONE, **GROUPS_OF_SOUNDS}.items() if len(g) == 1),
    ]


_ALONE = {"c": "k", "j": "y"}
