"""Pure. Many texts at once: their words, and the few places where a name of the list can begin.

The texts of a batch are one array of code points. A table of characters finds the words as `text.tokens` does, sums
over their code points are their keys, and a table of keys says of each what it may be on the list (`WordFlags`): nothing,
most often. Words never seen are judged first, together (`index.judge`). No Python object is made for a word that is
not on the list unless a name may begin beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.word_index import Closeness, Judged, WordIndex
from monitor.match.scanner.passage import (
    SHORTEST_HEADLESS,
    SHORTEST_OTHERWISE,
    TELLING_SHIFT,
    TELLING_WORDS,
    Passage,
    WordFlags,
    WordForm,
    Words,
    uncapitalised,
)
from monitor.match.words import ARTICLES
from monitor.model import Field
from monitor.text.hashing import Flags, Hashes, Ints, Table, from_zero, mixed, sums
from monitor.text.normalize import APOSTROPHES_WITHIN, INVISIBLE, LEGACY, MARKS, is_legacy_kyrgyz, repair_word

Codes = NDArray[np.uint8]
Hints = NDArray[np.int32]

_LONGEST_NAME = 100  # letters of a word; "Tokoevaaa…" without end sounds like Tokoev, but is no name
_REMEMBERED_WORDS = 1 << 20
_REMEMBERED_MATCHES = 1 << 19  # of forms with words on the list; then it starts afresh, so memory is bounded

_BEGINS = WordFlags.SURNAME | WordFlags.LIKE_A_SURNAME | WordFlags.WHOLE_PHRASE | WordFlags.FIRST | WordFlags.ACRONYM
# Words around a place that decide whether a name can begin there: `people` looks no further. Four of a person's name
# stand before a surname, one more before the two halves of a double one, and nicknames in between.
_BEFORE, _AFTER = 12, 3
_PARTING, _STOP, _LONGEST_INITIAL = np.array([*map(ord, ",;:!?…")], np.uint32), ord("."), 2


class Roles:
    """What each word of the index is within the names: kinds where it is met rightly, and where with a typo."""

    def __init__(self, size: int) -> None:
        self.right, self.typo, self.exact = [0] * size, [0] * size, [0] * size

    def of(self, form: str, judged: Judged) -> int:
        """What a form is."""
        kinds = 0
        for number, match in judged.matches.items():
            kinds |= (self.typo if match.closeness is Closeness.TYPO else self.right)[number]
            kinds |= self.exact[number] if match.closeness is Closeness.SAME else 0
        shortest = SHORTEST_OTHERWISE if form[0].isupper() else SHORTEST_HEADLESS
        others = judged.headless.keys() - judged.matches.keys()
        if len(form) >= shortest and any(self.right[number] & WordFlags.SURNAME for number in others):
            kinds |= WordFlags.HEADLESS
        return kinds


# ---- characters -----------------------------------------------------------------------------------------------------

_APOSTROPHE, _MARK, _UNSEEN, _DIGIT, _LETTER = 1, 2, 3, 4, 5
_WORD = _DIGIT  # from here on a character is part of a word
_LAST_LETTER = 0x33479  # no code point above this is a letter or a digit


@lru_cache(1)
def _characters() -> Codes:
    """Code point -> what a character is to a word."""
    table = np.zeros(_LAST_LETTER + 2, np.uint8)
    characters = "".join(map(chr, range(_LAST_LETTER + 1)))
    for code, pattern in (
        (_LETTER, r"[^\W_]"), (_DIGIT, r"\d"), (_MARK, f"[{MARKS}]"), (_UNSEEN, f"[{INVISIBLE}]"),
        (_APOSTROPHE, f"[{APOSTROPHES_WITHIN}]"),
    ):  # fmt: skip
        table[[match.start() for match in re.finditer(pattern, characters)]] = code
    return table


def _words_of(codes: Codes) -> tuple[Ints, Ints]:
    """Where the words of a text stand, as `text.tokens` finds them. The text begins and ends with a line break."""
    within = codes >= _WORD
    joiners = np.flatnonzero((codes > 0) & (codes < _WORD))
    if len(joiners):
        kinds = codes[joiners]
        apostrophes = joiners[kinds == _APOSTROPHE]
        before, after = codes[apostrophes - 1], codes[apostrophes + 1]
        within[apostrophes] = (before >= _WORD) & (after == _LETTER)
        others = joiners[kinds != _APOSTROPHE]
        for run in np.split(others, np.flatnonzero(np.diff(others) > 1) + 1) if len(others) else ():
            start, end = int(run[0]), int(run[-1]) + 1
            if codes[start - 1] >= _WORD:
                unseen = np.flatnonzero(codes[start:end] == _UNSEEN)
                within[start : end if codes[end] >= _WORD or not len(unseen) else start + int(unseen[0])] = True
    edges = np.flatnonzero(within[1:] != within[:-1]) + 1
    return edges[::2], edges[1::2]


def _keys(points: NDArray[np.uint32], starts: Ints, ends: Ints) -> Hashes:
    """A key of each word; never 0, which is an empty cell of the table."""
    running = sums(points)
    return np.maximum(mixed(from_zero(running.take(ends) - running.take(starts), starts)), np.uint64(1))


# ---- texts ----------------------------------------------------------------------------------------------------------

_PLAIN = re.compile("[A-Za-z0-9]+|[0-9А-Яа-яЁёӨөҮүҢңІіЇїЄєҐґЎў]+")  # nothing to repair in it


class _Found(NamedTuple):
    """The words of a batch and where names can begin; of each field its offset, its words' and its places' edges."""

    words: tuple[memoryview[int], ...]  # starts, ends, hints, hashes: as they are read one by one
    begins: list[int]
    offsets: list[int]
    edges: list[int]
    parts: list[int]
    small: list[bool]  # fields that are written without capitals

    def of(self, part: int, source: str) -> tuple[Words, list[int]]:
        """The words of one field, and those at which a name can begin."""
        first, last = self.edges[part], self.edges[part + 1]
        starts, ends, hints, hashes = [column[first:last] for column in self.words]
        places = [place - first for place in self.begins[self.parts[part] : self.parts[part + 1]]]
        return Words(source, starts, ends, hints, hashes, self.offsets[part], self.small[part]), places


@dataclass(slots=True)
class Scanner:
    """What is known of the words of texts, for one watchlist."""

    index: WordIndex
    roles: Roles
    acronym: Callable[[str], bool]  # whether a form is one of the list
    exact: Callable[[str], bool]  # whether a text may hold a name that is matched as it is written
    _forms: dict[int, WordForm] = field(default_factory=dict)  # by key: those on the list, or beside one that is
    _known: Table = field(default_factory=Table)
    _matches: int = 0  # of the forms

    def passages(self, documents: Sequence[tuple[str, str]], everything: bool = False) -> Iterator[list[Passage]]:
        """The fields of each document, (title, text), title first; none where no name of the list can begin.

        With `everything` every word of every field is looked at closely.
        """
        if not documents:
            return
        fields = [field for both in documents for field in both]
        text = "\n".join(fields)
        if any(chr(letter) in text for letter in LEGACY):  # letters of legacy fonts are read as other letters
            fields = [field.translate(LEGACY) if is_legacy_kyrgyz(field) else field for field in fields]
            text = "\n".join(fields)
        found = self._scan(f"\n{text}\n", fields)
        for number, both in enumerate(documents):
            passages: list[Passage] = []
            begins = found.parts[2 * number] < found.parts[2 * number + 2]
            if everything or begins or any(map(self.exact, both)):
                for part, which, content in zip(
                    (2 * number, 2 * number + 1), (Field.TITLE, Field.TEXT), both, strict=True
                ):
                    if content:
                        words, places = found.of(part, fields[part])
                        asked = None if everything else places
                        passages.append(Passage(content, which, words, asked, self._forms))
            yield passages

    def _scan(self, text: str, fields: Sequence[str]) -> _Found:
        """The words of all fields, and the places where a name can begin."""
        if self._known.count > _REMEMBERED_WORDS or self._matches + len(self._forms) > _REMEMBERED_MATCHES:
            self._known, self._forms, self._matches = Table(), {}, 0
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = _characters().take(points, mode="clip")
        starts, ends = _words_of(codes)
        keys = _keys(points, starts, ends)
        hints = self._hints(text, starts, ends, keys)
        offsets = np.cumsum([1, *(len(each) + 1 for each in fields)])
        edges = np.searchsorted(starts, offsets)
        capitals = np.concatenate([[0], np.cumsum((hints & WordFlags.CAPITAL) != 0)])
        small = uncapitalised(np.diff(edges), np.diff(capitals[edges]))

        def parted(words: Ints) -> Flags:
            """Whether what follows a word ends a name: a comma and the like, a full stop but after an initial."""
            follows = points.take(ends.take(words))
            stops = (follows == _STOP) & (ends.take(words) - starts.take(words) > _LONGEST_INITIAL)
            ends_name: Flags = np.isin(follows, _PARTING) | stops
            return ends_name

        begins = _begins(hints, edges, small, parted)
        parts = np.searchsorted(begins, edges)
        words = starts.data, ends.data, hints.data, keys.data
        return _Found(words, *(column.tolist() for column in (begins, offsets, edges, parts, small)))

    def _hints(self, text: str, starts: Ints, ends: Ints, keys: Hashes) -> Hints:
        """What each word may be; those never seen are judged now."""
        hints = self._known.get(keys)
        new = np.flatnonzero(hints < 0)
        if len(new):
            unseen, first, place = np.unique(keys[new], return_index=True, return_inverse=True)
            some = new[first]
            words = [text[start:end] for start, end in zip(starts[some].tolist(), ends[some].tolist(), strict=True)]
            repaired = (word if _PLAIN.fullmatch(word) else repair_word(word) for word in words)
            forms = [word[: _LONGEST_NAME + 1] for word in repaired]
            learnt = np.array([*map(self._learn, unseen.tolist(), forms, self.index.judge(forms))], np.int32)
            self._known.put(unseen, learnt)
            hints[new] = learnt[place]
        return hints

    def _learn(self, key: int, form: str, judged: Judged) -> int:
        """What a word never seen may be."""
        hints = 0
        if len(form) <= _LONGEST_NAME and (judged.matches or judged.headless):
            self._forms[key] = WordForm(form, judged)
            self._matches += len(judged.matches)
            hints = self.roles.of(form, judged)
        if form[0].isupper():
            hints |= WordFlags.CAPITAL if len(form) > _LONGEST_INITIAL else WordFlags.CAPITAL | WordFlags.INITIAL
            if form[:2].isupper() and self.acronym(form):
                hints |= WordFlags.ACRONYM
        if len(form) <= _LONGEST_TELLING:
            small = form.lower()
            hints |= TELLING_WORDS.get(small, 0) << TELLING_SHIFT
            if small in ARTICLES:
                hints |= WordFlags.ARTICLE
        return hints


_LONGEST_TELLING = max(map(len, TELLING_WORDS | dict.fromkeys(ARTICLES, 0)))


def _begins(hints: Hints, edges: Ints, small: NDArray[np.bool_], parted: Callable[[Ints], Flags]) -> Ints:
    """The words at which a name can begin: what stands around each is asked again where they are tried."""
    around = np.concatenate([np.zeros(_BEFORE, np.int32), hints, np.zeros(_AFTER, np.int32)])
    places = np.flatnonzero(hints & _BEGINS)
    own = hints[places]
    after = np.bitwise_or.reduce([around[places + _BEFORE + n] for n in range(1, _AFTER + 1)])
    capital = (own & WordFlags.CAPITAL) != 0
    begins = (own & (WordFlags.WHOLE_PHRASE | WordFlags.ACRONYM)) != 0
    begins |= capital & ((own & WordFlags.SURNAME) != 0)
    begins |= ((own & WordFlags.FIRST) != 0) & ((after & WordFlags.SECOND) != 0)
    beside = around[places + _BEFORE - 1] | around[places + _BEFORE + 1]
    begins |= ((own & WordFlags.SURNAME) != 0) & ((beside & WordFlags.EXACT_GIVEN) != 0)  # both in small letters
    # A surname with a typo takes a given name or an initial: after it, or before it in the same run of words.
    rows = np.flatnonzero(~begins & capital & ((own & WordFlags.LIKE_A_SURNAME) != 0))
    before = places[rows, None] - np.arange(1, _BEFORE + 1)
    within = ~np.logical_or.accumulate(parted(np.maximum(before, 0)), axis=1)
    near = np.bitwise_or.reduce(np.where(within, around[before + _BEFORE], 0), axis=1) | after[rows]
    begins[rows] = (near & (WordFlags.GIVEN | WordFlags.INITIAL | WordFlags.ARTICLE)) != 0
    for n in np.flatnonzero(small):
        begins |= (edges[n] <= places) & (places < edges[n + 1])
    given = WordFlags.EXACT_GIVEN | WordFlags.CAPITAL
    headless = np.flatnonzero(((hints[:-1] & given) == given) & ((hints[1:] & WordFlags.HEADLESS) != 0))
    found: Ints = np.union1d(places[begins], headless)
    return found
