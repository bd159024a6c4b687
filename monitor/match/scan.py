"""Pure. Many texts at once: their words, and the few places where a name of the list can begin.

The texts of a batch are one array of code points. A table of characters finds the words as `text.tokens` does, their
codes hash them, and a table of hashes says of each what it may be on the list (`Hint`): nothing, most often. Words
never seen are judged first, together (`index.judge`). No Python object is made for a word unless something may begin
there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index import Matches, WordIndex
from monitor.match.join import SAME, TYPO, Verdicts, each
from monitor.match.passage import (
    SHORTEST_HEADLESS,
    SHORTEST_OTHERWISE,
    TELLING_SHIFT,
    TELLING_WORDS,
    Hint,
    Passage,
    WordForm,
    Words,
    uncapitalised,
)
from monitor.match.words import ARTICLES
from monitor.model import Field
from monitor.text import APOSTROPHES_WITHIN, INVISIBLE, LEGACY, MARKS, is_legacy_kyrgyz, repair_word

Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Hints = NDArray[np.int32]
Flags = NDArray[np.bool_]

_REMEMBERED_WORDS = 1 << 20
_REMEMBERED_FORMS = 1 << 17

_ROLES = (
    Hint.MATCHED | Hint.SURNAME | Hint.LIKE_A_SURNAME | Hint.GIVEN | Hint.LIKE_A_GIVEN | Hint.EXACT_GIVEN
    | Hint.WHOLE_PHRASE | Hint.FIRST | Hint.SECOND | Hint.CONTEXT
)  # fmt: skip
_BEGINS = Hint.SURNAME | Hint.LIKE_A_SURNAME | Hint.WHOLE_PHRASE | Hint.FIRST | Hint.ACRONYM
# Words around a place that decide whether a name can begin there: `people` looks no further. Four of a person's name
# stand before a surname, one more before the two halves of a double one, and nicknames in between.
_BEFORE, _AFTER = 12, 3
_PARTING, _STOP, _LONGEST_INITIAL = np.array([*map(ord, ",;:!?…")], np.uint32), ord("."), 2


class Roles:
    """What each word of the index is within the names: kinds where it is met rightly, and where with a typo."""

    def __init__(self, size: int) -> None:
        self.right = np.zeros(size, np.int32)
        self.typo = np.zeros(size, np.int32)
        self.exact = np.zeros(size, np.int32)

    def exactly(self, matches: Matches) -> int:
        """What a form is that was looked at closely."""
        kinds = Hint.MATCHED if matches else 0
        for number, match in matches.items():
            kinds |= (self.typo if match.closeness == TYPO else self.right)[number]
            kinds |= self.exact[number] if match.closeness == SAME else 0
        return int(kinds)

    def of(self, verdicts: Verdicts, rows: int) -> Hints:
        """What many forms may be."""
        kinds = np.zeros(rows, np.int32)
        if len(verdicts.row):
            each = np.where(verdicts.closeness == TYPO, self.typo[verdicts.number], self.right[verdicts.number])
            each |= np.where(verdicts.closeness == SAME, self.exact[verdicts.number], 0) | Hint.MATCHED
            starts = np.flatnonzero(np.diff(verdicts.row, prepend=-1))
            kinds[verdicts.row[starts]] = np.bitwise_or.reduceat(each, starts)
        return kinds


# ---- characters -----------------------------------------------------------------------------------------------------

# Codes of characters. Eight letters with a code of their own are one integer of 64 bits, which is what makes a word's
# hash cheap; letters of other alphabets share a code, and words with them are hashed by a sum over their letters.
_APOSTROPHE, _MARK, _UNSEEN, _OTHER_DIGIT, _OTHER_LETTER, _DIGIT, _LETTER = 1, 6, 7, 8, 9, 10, 20
_WORD = _OTHER_DIGIT  # from here on a character is part of a word
_COMMON = (
    "abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюяёөүңіїєґўқғәһџјљњ"
    "éèêëàâäáãåçñöóôòõøüúûùíîïìýšžčćşğłńęąśżźřěő"
)
_LAST_LETTER = 0x33479  # no code point above this is a letter or a digit
_LONGEST = 24  # letters of a word that is hashed by its codes


@lru_cache(1)
def _characters() -> NDArray[np.uint8]:
    """Code point -> code."""
    table = np.zeros(_LAST_LETTER + 2, np.uint8)
    for point in range(_LAST_LETTER + 1):
        letter = chr(point)
        if letter.isalnum():
            table[point] = _OTHER_DIGIT if letter.isdecimal() else _OTHER_LETTER
    for code, pattern in ((_MARK, MARKS), (_UNSEEN, INVISIBLE)):
        for match in re.finditer(f"[{pattern}]", "".join(map(chr, range(0x10000)))):
            table[match.start()] = code
    for first, characters in (
        (_APOSTROPHE, APOSTROPHES_WITHIN),
        (_DIGIT, "0123456789"),
        (_LETTER, _COMMON + _COMMON.upper()),
    ):
        for code, letter in enumerate(characters, first):
            table[ord(letter)] = code
    return table


def _words_of(codes: Codes) -> tuple[Ints, Ints]:
    """Where the words of a text stand, as `text.tokens` finds them. The text begins and ends with a line break."""
    within = codes >= _WORD
    joiners = np.flatnonzero((codes - 1) < _UNSEEN)  # 0 is 255 then
    if len(joiners):
        kinds = codes[joiners]
        apostrophes = joiners[kinds < _MARK]
        before, after = codes[apostrophes - 1], codes[apostrophes + 1]
        within[apostrophes] = (before >= _WORD) & ((after >= _LETTER) | (after == _OTHER_LETTER))
        others = joiners[kinds >= _MARK]
        for run in np.split(others, np.flatnonzero(np.diff(others) > 1) + 1) if len(others) else ():
            start, end = int(run[0]), int(run[-1]) + 1
            if codes[start - 1] >= _WORD:
                unseen = np.flatnonzero(codes[start:end] == _UNSEEN)
                within[start : end if codes[end] >= _WORD or not len(unseen) else start + int(unseen[0])] = True
    edges = np.flatnonzero(within[1:] != within[:-1]) + 1
    return edges[::2], edges[1::2]


_MASKS = np.array([(1 << 8 * letters) - 1 for letters in range(9)], np.uint64)
_BASE = np.uint64(0xD1342543DE82EF95)
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def _hashes(points: NDArray[np.uint32], codes: Codes, starts: Ints, ends: Ints) -> Hashes:
    """A hash of each word: of one up to eight letters its codes themselves, stirred."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    padded = np.concatenate([codes, np.zeros(_LONGEST + 8, np.uint8)])
    eights = np.ndarray((len(codes) + _LONGEST,), "<u8", padded.data, strides=(1,))
    lengths = ends - starts
    found = _stirred(eights.take(starts) & _MASKS.take(np.minimum(lengths, 8)), _FACTORS[0])
    for part in (1, 2):
        longer = np.flatnonzero(lengths > 8 * part)
        letters = eights.take(starts[longer] + 8 * part) & _MASKS.take(np.minimum(lengths[longer] - 8 * part, 8))
        found[longer] = _stirred(found[longer] ^ _stirred(letters, _FACTORS[part]), _FACTORS[0])
    odd = np.flatnonzero((codes - _MARK) < _DIGIT - _MARK)
    unlike = lengths > _LONGEST
    rows = np.searchsorted(starts, odd, side="right") - 1
    within = (rows >= 0) & (odd < ends.take(rows, mode="clip"))
    unlike[rows[within]] = True
    if len(rows := np.flatnonzero(unlike)):
        word, place = each(lengths[rows])
        powers = np.cumprod(np.full(int(lengths[rows].max()), _BASE))
        sums = np.add.reduceat(points[starts[rows][word] + place] * powers[place], np.flatnonzero(place == 0))
        found[rows] = _stirred(_stirred(sums, _FACTORS[1]), _FACTORS[2])
    found[found == 0] = 1  # 0 is an empty cell
    return found


def _stirred(numbers: Hashes, factor: np.uint64) -> Hashes:
    numbers = (numbers ^ (numbers >> np.uint64(32))) * factor
    return numbers ^ (numbers >> np.uint64(29))


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

    def change(self, key: int, kinds: int) -> None:
        """Give a key that is there, if it is, other kinds."""
        cell = key >> int(self._shift)
        while (there := int(self._keys[cell])) != key:
            if not there:
                return
            cell = (cell + 1) & self._last
        self._kinds[cell] = kinds

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
    headless: Callable[[str], bool]  # whether a form may be a surname of the list without its first letter
    forms: dict[int, WordForm] = field(default_factory=dict)  # by hash: those that stood where a name may
    _known: _Table = field(default_factory=_Table)
    _headless: dict[str, bool] = field(default_factory=dict)  # forms that stood after a given name

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
            if everything or found.parts[2 * number] < found.parts[2 * number + 2]:
                for part, which, content in zip(
                    (2 * number, 2 * number + 1), (Field.TITLE, Field.TEXT), both, strict=True
                ):
                    if content:
                        words, places = found.of(part, fields[part])
                        asked = None if everything else places
                        passages.append(Passage(content, which, words, asked, self))
            yield passages

    def _scan(self, text: str, fields: Sequence[str]) -> _Found:
        """The words of all fields, and the places where a name can begin."""
        if self.index.is_full or self._known.count > _REMEMBERED_WORDS or len(self.forms) > _REMEMBERED_FORMS:
            self.index.forget()
            self._known = _Table()
            self.forms.clear()
            self._headless.clear()
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = _characters().take(points, mode="clip")
        starts, ends = _words_of(codes)
        hashes = _hashes(points, codes, starts, ends)
        hints = self._hints(text, starts, ends, hashes)
        offsets = np.cumsum([1, *(len(each) + 1 for each in fields)])
        edges = np.searchsorted(starts, offsets)
        capitals = np.concatenate([[0], np.cumsum((hints & Hint.CAPITAL) != 0)])
        small = uncapitalised(np.diff(edges), np.diff(capitals[edges]))

        def parted(words: Ints) -> Flags:
            """Whether what follows a word ends a name: a comma and the like, a full stop but after an initial."""
            follows = points.take(ends.take(words))
            stops = (follows == _STOP) & (ends.take(words) - starts.take(words) > _LONGEST_INITIAL)
            ends_name: Flags = np.isin(follows, _PARTING) | stops
            return ends_name

        begins = np.union1d(_begins(hints, edges, small, parted), self._before_headless(text, starts, ends, hints))
        parts = np.searchsorted(begins, edges)
        words = starts.data, ends.data, hints.data, hashes.data
        return _Found(words, *(column.tolist() for column in (begins, offsets, edges, parts, small)))

    def learn(self, key: int, word: str, hints: int) -> WordForm:
        """What is known of a word that is looked at closely: henceforth its hints are exact."""
        form = self.forms[key] = WordForm(repair_word(word), self.index if hints & Hint.MATCHED else None)
        if hints & Hint.MATCHED:
            exact = hints & ~_ROLES | self.roles.exactly(form.matches)
            if exact != hints:
                self._known.change(key, exact)
        return form

    def _before_headless(self, text: str, starts: Ints, ends: Ints, hints: Hints) -> Ints:
        """The given names before a surname that lost its first letter, or has another."""
        given = Hint.EXACT_GIVEN | Hint.CAPITAL
        shortest = np.where(hints[1:] & Hint.CAPITAL, SHORTEST_OTHERWISE, SHORTEST_HEADLESS)
        places = np.flatnonzero(((hints[:-1] & given) == given) & (ends[1:] - starts[1:] >= shortest))
        found = []
        for place in places.tolist():
            word = text[starts[place + 1] : ends[place + 1]]
            if (known := self._headless.get(word)) is None:
                known = self._headless[word] = self.headless(repair_word(word))
            if known:
                found.append(place)
        return np.array(found, np.int64)

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
                small = form.lower()
                hints[row] |= TELLING_WORDS.get(small, 0) << TELLING_SHIFT
                if small in ARTICLES:
                    hints[row] |= Hint.ARTICLE
        return hints


_LONGEST_TELLING = max(map(len, TELLING_WORDS | dict.fromkeys(ARTICLES, 0)))


def _begins(hints: Hints, edges: Ints, small: NDArray[np.bool_], parted: Callable[[Ints], Flags]) -> Ints:
    """The words at which a name can begin: what stands around each is asked again where they are tried."""
    around = np.concatenate([np.zeros(_BEFORE, np.int32), hints, np.zeros(_AFTER, np.int32)])
    places = np.flatnonzero(hints & _BEGINS)
    own = hints[places]
    after = np.bitwise_or.reduce([around[places + _BEFORE + n] for n in range(1, _AFTER + 1)])
    capital = (own & Hint.CAPITAL) != 0
    begins = (own & (Hint.WHOLE_PHRASE | Hint.ACRONYM)) != 0
    begins |= capital & ((own & Hint.SURNAME) != 0)
    begins |= ((own & Hint.FIRST) != 0) & ((after & Hint.SECOND) != 0)
    beside = around[places + _BEFORE - 1] | around[places + _BEFORE + 1]
    begins |= ((own & Hint.SURNAME) != 0) & ((beside & Hint.EXACT_GIVEN) != 0)  # both in small letters
    # A surname with a typo takes a given name or an initial: after it, or before it in the same run of words.
    rows = np.flatnonzero(~begins & capital & ((own & Hint.LIKE_A_SURNAME) != 0))
    before = places[rows, None] - np.arange(1, _BEFORE + 1)
    within = ~np.logical_or.accumulate(parted(np.maximum(before, 0)), axis=1)
    near = np.bitwise_or.reduce(np.where(within, around[before + _BEFORE], 0), axis=1) | after[rows]
    begins[rows] = (near & (Hint.GIVEN | Hint.INITIAL | Hint.ARTICLE)) != 0
    for n in np.flatnonzero(small):
        begins |= (edges[n] <= places) & (places < edges[n + 1])
    found: Ints = places[begins]
    return found
