"""Pure. A text as the matcher reads it: its words, what each may be on the list, and what stands between them.

Its words are found by `scan`, for many texts at once. What a word is exactly is read when it is asked for: of most
texts only what stands around the few places where a name may begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Generic, NamedTuple, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from monitor.match.index import NOTHING, Matches, WordIndex
from monitor.match.words import KYRGYZ_WORDS, RUSSIAN_WORDS, is_given_name, is_title
from monitor.model import Field
from monitor.text import HYPHENS, WHITE, Token, repair_word, skeleton

_KYRGYZ_LETTER = re.compile("[өүңӨҮҢ]")
_SHORTEST_WITHOUT_CAPITALS = 30  # words; a shorter text may well hold no name
_OPENING = " \t\u00a0«\"“„‘'(—–-"
_NEAR = 20  # characters
_INFLECTED_ACRONYM = re.compile("[A-ZА-ЯЁӨҮҢ]{3,}[a-zа-яёөүң]{1,5}$")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_HEADLINE = 3  # fewer may be acronyms alone
_WRAPPED_AT = 50  # characters; a longer line may go on in the next
_AROUND_A_NICKNAME = frozenset([*map(tuple, ("«»", "“”", "„“", "()", '""', "''", "‘’", '""'))])


T = TypeVar("T")


class Hint:
    """What a word of a text may be: bits of an integer (no `IntFlag`: its arithmetic is slow)."""

    MATCHED = 1  # some word on the list
    SURNAME = 2  # a person's surname, at least in its consonants
    LIKE_A_SURNAME = 4  # a person's surname with a typo, of a person who has a given name too
    GIVEN = 8  # a person's given name, at least in its consonants
    WHOLE_PHRASE = 16
    FIRST = 32  # of a phrase of several words
    SECOND = 64
    ACRONYM = 128
    CONTEXT = 256  # the first word of a context term
    CAPITAL = 512
    INITIAL = 1024  # one or two letters, the first a capital
    LIKE_A_GIVEN = 2048  # a person's given name with a typo
    EXACT_GIVEN = 4096  # a person's given name, spelt right
    ARTICLE = 8192  # an Arabic one


# Above these bits: which of the words that tell Kyrgyz from Russian text it is, by number.
TELLING_SHIFT = 14
TELLING_WORDS = {word: number for number, word in enumerate(sorted(KYRGYZ_WORDS | RUSSIAN_WORDS), 1)}
_KYRGYZ, _RUSSIAN = ({TELLING_WORDS[word] for word in words} for words in (KYRGYZ_WORDS, RUSSIAN_WORDS))


class Words(NamedTuple):
    """Where the words of a text stand, counted from `offset`, what they may be; `source`: the text as read."""

    source: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    hints: NDArray[np.int32]
    offset: int = 0


class _Lazy(Sequence[T], Generic[T]):
    """Values made when they are asked for."""

    def __init__(self, make: Callable[[int], T], size: int) -> None:
        self._make, self._size = make, size
        self._made: dict[int, T] = {}

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(self._size))]
        if place in self._made:
            return self._made[place]
        if not -self._size <= place < self._size:
            raise IndexError(place)
        value = self._made[place] = self._make(place)
        return value


def uncapitalised(words: NDArray[np.int64], capitals: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether texts of so many words are written without capitals, so that none can be asked of a name."""
    few: NDArray[np.bool_] = (words >= _SHORTEST_WITHOUT_CAPITALS) & (capitals <= words // 100)
    return few


class Passage:
    """One field of a document (a title, a text). `places`: the words at which a name may begin; None: any."""

    def __init__(self, text: str, field: Field, index: WordIndex, words: Words, places: Sequence[int] | None) -> None:
        self.text, self.field = text, field
        self.thorough = places is None
        self.places: Sequence[int] = range(len(words.starts)) if places is None else places
        self._index, self._source, self._words = index, words.source, words
        # Read one by one, as plain integers.
        self._starts: memoryview[int] = words.starts.data
        self._ends: memoryview[int] = words.ends.data
        self._hints: memoryview[int] = words.hints.data
        self._offset, size = words.offset, len(words.starts)
        self.tokens: Sequence[Token] = _Lazy(self._token, size)
        self.matches: Sequence[Matches] = _Lazy(self._match, size)

    def _token(self, place: int) -> Token:
        start, end = self._starts[place] - self._offset, self._ends[place] - self._offset
        return Token(start, end, repair_word(self._source[start:end]))

    def _match(self, place: int) -> Matches:
        matched = self._hints[place] & Hint.MATCHED
        return self._index.look_up(self.tokens[place].text) if matched else NOTHING

    def is_hinted(self, place: int, hint: int) -> bool:
        return bool(self._hints[place] & hint)

    def hints_at(self, places: Iterable[int]) -> int:
        """What any of the words may be."""
        return reduce(or_, map(self._hints.__getitem__, places), 0)

    def hinted(self, hint: int) -> list[int]:
        """The words that may be this."""
        found: list[int] = np.flatnonzero(self._words.hints & hint).tolist()
        return found

    @cached_property
    def uncapitalised(self) -> bool:
        """Whether the text is written without capitals, so that none can be asked of a name."""
        return bool(uncapitalised(np.array(len(self.tokens)), np.array(len(self.hinted(Hint.CAPITAL)))))

    @cached_property
    def is_kyrgyz(self) -> bool:
        """Whether Russian case endings are not to be expected on names here."""
        words = self._telling_words()
        kyrgyz, russian = len(words & _KYRGYZ), len(words & _RUSSIAN)
        return kyrgyz > russian or (kyrgyz == russian and bool(_KYRGYZ_LETTER.search(self.text)))

    def _telling_words(self) -> set[int]:
        return set(np.unique(self._words.hints >> TELLING_SHIFT).tolist())

    def capital(self, place: int) -> bool:
        """Whether a word may be a name as it is written."""
        return self.is_hinted(place, Hint.CAPITAL) or self.uncapitalised

    def inflected_acronym(self, place: int) -> bool:
        """Whether a word is capitals with an ending, so no surname: МИДа."""
        return _INFLECTED_ACRONYM.match(self.tokens[place].text) is not None

    def gap(self, place: int) -> str:
        """What stands between a word and the next."""
        return self.text[self._ends[place] - self._offset : self._starts[place + 1] - self._offset]

    def joined(self, place: int, comma: bool = False) -> bool:
        """Whether a word and the next may belong to one name: a space, a hyphen or a full stop between them."""
        if not 0 <= place < len(self._starts) - 1:
            return False
        gap = self.gap(place)
        if gap == " ":
            return True
        if len(gap) > 5 or ("\n" in gap and not self._wrapped(place)):
            return False
        between = gap.strip(WHITE)
        return not between or between in HYPHENS or between in "'’." or (comma and between == ",")

    def hyphened(self, place: int) -> bool:
        """Whether nothing but a hyphen stands between a word and the next."""
        return 0 <= place < len(self._starts) - 1 and self.gap(place) in HYPHENS and bool(self.gap(place))

    def nickname(self, place: int) -> bool:
        """Whether a word in quotation marks or brackets stands between two words: William “Bill” Tokoev."""
        if not 0 < place < len(self.tokens) - 1:
            return False
        before, after = self.gap(place - 1).strip(WHITE), self.gap(place).strip(WHITE)
        return (before, after) in _AROUND_A_NICKNAME

    def _wrapped(self, place: int) -> bool:
        """Whether the line break after a word is that of a hard-wrapped line, not of a paragraph."""
        end = self._ends[place] - self._offset
        line = end - self.text.rfind("\n", 0, end)
        return self.gap(place).strip(" \t\r") == "\n" and line > _WRAPPED_AT

    def shouted(self, place: int) -> bool:
        """Whether a word stands in a line written all in capitals, so that its own say nothing."""
        if not self.tokens[place].text.isupper():
            return False
        start, end = (self.tokens[place].start, self.tokens[place].end)
        line = self.text[self.text.rfind("\n", 0, start) + 1 : (self.text + "\n").find("\n", end)]
        return line.isupper() and len(_LONG_WORD.findall(line)) >= _WORDS_OF_A_HEADLINE

    def starts_sentence(self, place: int) -> bool:
        start = self._starts[place] - self._offset
        before = self.text[max(0, start - _NEAR) : start].rstrip(_OPENING)
        if not before and start > _NEAR:
            before = self.text[:start].rstrip(_OPENING)
        return not before or before[-1] in ".!?…\n:;"

    def could_be_a_given_name(self, place: int) -> bool:
        """Whether a capitalised word may be somebody's given name; opening a sentence, only a known one."""
        word = self.tokens[place].text
        acronym = word.isupper() and len(word) <= 6 and not self.tokens[place + 1].text.isupper()
        if is_title(word) or acronym:
            return False
        return not self.starts_sentence(place) or is_given_name(skeleton(word))
