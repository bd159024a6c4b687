"""Pure. Many texts at once: their words, and the few places where a name of the list can begin.

The texts of a batch are one array of code points. A table of characters finds the words as `text.tokens` does, a running
sum hashes them, and a table of hashes says of each what it may be on the list (`Hint`): nothing, most often. Words never
seen are judged first, together (`index.judge`). No Python object is made for a word unless something may begin there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index import WordIndex
from monitor.match.join import TYPO, Verdicts
from monitor.match.passage import TELLING_SHIFT, TELLING_WORDS, Hint, Passage, Words, uncapitalised
from monitor.model import Field
from monitor.text import APOSTROPHES_WITHIN, INVISIBLE, LEGACY, MARKS, is_legacy_kyrgyz, repair_word

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Hints = NDArray[np.int32]

_REMEMBERED_WORDS = 1 << 20


_BEGINS = Hint.SURNAME | Hint.LIKE_A_SURNAME | Hint.WHOLE_PHRASE | Hint.FIRST | Hint.ACRONYM
_BEFORE, _AFTER = 3, 3  # words around a place that decide whether a name can begin there: `verify` looks no further


class Roles:
    """What each word of the index is within the names: kinds where it is met rightly, and where with a typo."""

    def __init__(self, size: int) -> None:
        self.right = np.zeros(size, np.int32)
        self.typo = np.zeros(size, np.int32)
        self.exact = np.zeros(size, np.int32)

    def of(self, verdicts: Verdicts, rows: int) -> Hints:
        """What many forms may be."""
        kinds = np.zeros(rows, np.int32)
        if len(verdicts.row):
            each = np.where(verdicts.closeness == TYPO, self.typo[verdicts.number], self.right[verdicts.number])
            each |= np.where(verdicts.closeness > TYPO + 1, self.exact[verdicts.number], 0) | Hint.MATCHED
            starts = np.flatnonzero(np.diff(verdicts.row, prepend=-1))
            kinds[verdicts.row[starts]] = np.bitwise_or.reduceat(each, starts)
        return kinds


# ---- characters -----------------------------------------------------------------------------------------------------

_LETTER_OR_DIGIT, _LETTER, _MARK, _UNSEEN, _APOSTROPHE = 1, 2, 4, 8, 16
_LAST_LETTER = 0x33479  # no code point above this is a letter or a digit
_BASE = 0x9E3779B97F4A7C15


@lru_cache(1)
def _characters() -> NDArray[np.uint8]:
    """What each code point is to a word."""
    table = np.zeros(_LAST_LETTER + 2, np.uint8)
    for point in range(_LAST_LETTER + 1):
        letter = chr(point)
        if letter.isalnum():
            table[point] = _LETTER_OR_DIGIT | (0 if letter.isdecimal() else _LETTER)
    for kind, pattern in ((_MARK, MARKS), (_UNSEEN, INVISIBLE)):
        for match in re.finditer(f"[{pattern}]", "".join(map(chr, range(0x10000)))):
            table[match.start()] |= kind
    for letter in APOSTROPHES_WITHIN:
        table[ord(letter)] |= _APOSTROPHE
    return table


@lru_cache(2)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    factors = np.full((2, size), _BASE, np.uint64)
    factors[1] = pow(_BASE, -1, 1 << 64)
    factors[:, 0] = 1
    return np.cumprod(factors[0]), np.cumprod(factors[1])


def _words_of(points: NDArray[np.uint32]) -> tuple[Ints, Ints]:
    """Where the words of a text stand, as `text.tokens` finds them. The text begins and ends with a line break."""
    kinds = _characters().take(points, mode="clip")
    within = (kinds & _LETTER_OR_DIGIT).view(bool)
    joiners = np.flatnonzero(kinds & (_MARK | _UNSEEN | _APOSTROPHE))
    if len(joiners):
        within = within.copy()
        apostrophes = joiners[kinds[joiners] == _APOSTROPHE]
        letters = ((kinds[apostrophes - 1] & _LETTER_OR_DIGIT) != 0) & ((kinds[apostrophes + 1] & _LETTER) != 0)
        others = joiners[kinds[joiners] != _APOSTROPHE]
        within[apostrophes[letters]] = True
        for run in np.split(others, np.flatnonzero(np.diff(others) > 1) + 1) if len(others) else ():
            start, end = int(run[0]), int(run[-1]) + 1
            if kinds[start - 1] & _LETTER_OR_DIGIT:
                joined = kinds[end] & _LETTER_OR_DIGIT
                unseen = np.flatnonzero(kinds[start:end] != _MARK)
                within[start : end if joined or not len(unseen) else start + int(unseen[0])] = True
    edges = np.flatnonzero(within[1:] != within[:-1]) + 1
    return edges[::2], edges[1::2]


def _hashes(points: NDArray[np.uint32], starts: Ints, ends: Ints) -> Hashes:
    size = len(points)
    powers, inverse = _powers(1 << max(16, (size - 1).bit_length()))
    sums = np.zeros(size + 1, np.uint64)
    np.cumsum(points * powers[:size], out=sums[1:])
    found = (sums[ends] - sums[starts]) * inverse[starts]
    found ^= found >> np.uint64(29)
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found |= np.uint64(1)  # 0 is an empty cell
    return found


class _Table:
    """Hashes of words -> kinds: open addressing, many at a time."""

    def __init__(self, bits: int = 18) -> None:
        self.count = 0
        self._shift, self._last = np.uint64(64 - bits), (1 << bits) - 1
        self._keys = np.zeros(1 << bits, np.uint64)
        self._kinds = np.full(1 << bits, -1, np.int32)

    def get(self, keys: Hashes) -> Hints:
        """The kinds of each; -1 where it is not there."""
        cell = (keys >> self._shift).view(np.int64)
        there, kinds = self._keys.take(cell), self._kinds.take(cell)
        lost = np.flatnonzero(there != keys)
        while len(lost):
            empty = there[lost] == 0
            kinds[lost[empty]] = -1
            lost = lost[~empty]
            cell[lost] = (cell[lost] + 1) & self._last
            there[lost], kinds[lost] = self._keys[cell[lost]], self._kinds[cell[lost]]
            lost = lost[there[lost] != keys[lost]]
        return kinds

    def put(self, keys: Hashes, kinds: Hints) -> None:
        """Enter keys that are not there, each once."""
        if 2 * (self.count + len(keys)) > self._last:
            full = np.flatnonzero(self._keys)
            known = self._keys[full], self._kinds[full]
            self.__init__((2 * (self.count + len(keys))).bit_length() + 1)  # type: ignore[misc]
            self.put(*known)
        self.count += len(keys)
        cell = (keys >> self._shift).view(np.int64).copy()
        rest = np.arange(len(keys))
        while len(rest):
            free = rest[self._keys[cell[rest]] == 0]
            self._keys[cell[free]] = keys[free]
            placed = self._keys[cell[rest]] == keys[rest]
            self._kinds[cell[rest[placed]]] = kinds[rest[placed]]
            rest = rest[~placed]
            cell[rest] = (cell[rest] + 1) & self._last


# ---- texts ----------------------------------------------------------------------------------------------------------

_PLAIN = re.compile("[A-Za-z0-9]+|[0-9А-Яа-яЁёӨөҮүҢңІіЇїЄєҐґЎў]+")  # nothing to repair in it


class _Found(NamedTuple):
    """The words of a batch and where names can begin; of each field its offset, its words' and its places' edges."""

    starts: Ints
    ends: Ints
    hints: Hints
    begins: Ints
    offsets: list[int]
    edges: list[int]
    parts: Ints


@dataclass(slots=True)
class Scanner:
    """What is known of the words of texts, for one watchlist."""

    index: WordIndex
    roles: Roles
    acronym: Callable[[str], bool]  # whether a form is one of the list
    _known: _Table = field(default_factory=_Table)

    def passages(self, documents: Sequence[tuple[str, str]], everything: bool = False) -> Iterator[list[Passage]]:
        """The fields of each document, (title, text), title first; none where no name of the list can begin.

        With `everything` every word of every field is looked at closely.
        """
        if not documents:
            return
        fields = _as_read([field for both in documents for field in both])
        found = self._scan(fields)
        begins = np.flatnonzero(np.diff(found.parts)) if not everything else np.arange(len(fields))
        wanted = {field // 2 for field in begins.tolist()}
        for number, (title, text) in enumerate(documents):
            if number not in wanted:
                yield []
                continue
            yield [
                self._passage(found, 2 * number + place, content, which, fields[2 * number + place], everything)
                for place, (which, content) in enumerate(((Field.TITLE, title), (Field.TEXT, text)))
                if content
            ]

    def _passage(self, found: _Found, part: int, text: str, which: Field, source: str, everything: bool) -> Passage:
        first, last = found.edges[part], found.edges[part + 1]
        words = Words(found.starts[first:last], found.ends[first:last], found.hints[first:last], found.offsets[part])
        places = found.begins[found.parts[part] : found.parts[part + 1]] - first
        return Passage(text, which, self.index, source, words, None if everything else places.tolist())

    def _scan(self, fields: Sequence[str]) -> _Found:
        """The words of all fields, and the places where a name can begin."""
        if self.index.is_full or self._known.count > _REMEMBERED_WORDS:
            self.index.forget()
            self._known = _Table()
        text = "\n" + "\n".join(fields) + "\n"
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        starts, ends = _words_of(points)
        hints = self._hints(text, starts, ends, _hashes(points, starts, ends))
        offsets = np.cumsum([1, *(len(each) + 1 for each in fields)])
        edges = np.searchsorted(starts, offsets)
        begins = _begins(hints, edges)
        parts = np.searchsorted(begins, edges)
        return _Found(starts, ends, hints, begins, offsets.tolist(), edges.tolist(), parts)

    def _hints(self, text: str, starts: Ints, ends: Ints, hashes: Hashes) -> Hints:
        hints = self._known.get(hashes)
        new = np.flatnonzero(hints < 0)
        if len(new):
            keys, first, place = np.unique(hashes[new], return_index=True, return_inverse=True)
            some = new[first]
            spans = zip(starts[some].tolist(), ends[some].tolist(), strict=True)
            learnt = self._learn([text[start:end] for start, end in spans])
            self._known.put(keys, learnt)
            hints[new] = learnt[place]
        return hints

    def _learn(self, words: Sequence[str]) -> Hints:
        """What words never seen may be."""
        forms = [word if _PLAIN.fullmatch(word) else repair_word(word) for word in words]
        hints = self.roles.of(self.index.judge(forms), len(forms))
        for row, form in enumerate(forms):
            if form[0].isupper():
                hints[row] |= Hint.CAPITAL if len(form) > 2 else Hint.CAPITAL | Hint.INITIAL
                if form[:2].isupper() and self.acronym(form):
                    hints[row] |= Hint.ACRONYM
            if len(form) <= _LONGEST_TELLING:
                hints[row] |= TELLING_WORDS.get(form.lower(), 0) << TELLING_SHIFT
        return hints


_LONGEST_TELLING = max(map(len, TELLING_WORDS))


def _as_read(texts: Sequence[str]) -> Sequence[str]:
    """The texts as `text.tokens` reads them: letters of legacy fonts are other letters."""
    joined = "\n".join(texts)
    if not any(chr(letter) in joined for letter in LEGACY):
        return texts
    return [text.translate(LEGACY) if is_legacy_kyrgyz(text) else text for text in texts]


def _begins(hints: Hints, edges: Ints) -> Ints:
    """The words at which a name can begin: what stands around each is asked once more in `verify`."""
    around = np.concatenate([np.zeros(_BEFORE, np.int32), hints, np.zeros(_AFTER, np.int32)])
    places = np.flatnonzero(hints & _BEGINS)
    own = hints[places]
    after = np.bitwise_or.reduce([around[places + _BEFORE + n] for n in range(1, _AFTER + 1)])
    near = np.bitwise_or.reduce([around[places + n] for n in range(_BEFORE)]) | after
    capital = (own & Hint.CAPITAL) != 0
    begins = (own & (Hint.WHOLE_PHRASE | Hint.ACRONYM)) != 0
    begins |= capital & ((own & Hint.SURNAME) != 0)
    begins |= capital & ((own & Hint.LIKE_A_SURNAME) != 0) & ((near & (Hint.GIVEN | Hint.INITIAL)) != 0)
    begins |= ((own & Hint.FIRST) != 0) & ((after & Hint.SECOND) != 0)
    capitals = np.concatenate([[0], np.cumsum((hints & Hint.CAPITAL) != 0)])
    words, capitals = np.diff(edges), np.diff(capitals[edges])
    for n in np.flatnonzero(uncapitalised(words, capitals)):
        begins |= (edges[n] <= places) & (places < edges[n + 1])
    return places[begins]
