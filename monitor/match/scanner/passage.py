"""Pure. A text as the matcher reads it: its words, what each may be on the list, and what stands between them.

Its words are found by `scan`, for many texts at once. What a word is exactly is read when it is asked for: of most
texts only what stands around the few places where a name may begin.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.forms import Particle, acronym_ending, is_declined_patronymic, particle
from monitor.match.index.word_index import Judged, Matches
from monitor.match.words import (
    CONJUNCTIONS,
    KYRGYZ_WORDS,
    NOBILIARY,
    RUSSIAN_WORDS,
    is_given_name,
    is_nominative_title,
    is_title,
)
from monitor.model import Field, Message, Span
from monitor.text.normalize import HYPHENS, WHITE, is_cyrillic, repair_word
from monitor.text.romanize import skeleton

_KYRGYZ_LETTER = re.compile("[өүңӨҮҢ]")
_SHORTEST_WITHOUT_CAPITALS = 30  # words; a shorter text may well hold no name
_OPENING = " \t\u00a0«\"“„‘'(—–-"
_NEAR = 20  # characters
_LONGEST_INITIAL = 2  # letters
_REACH = 3  # words looked at in front of a surname
_LONGEST_KEPT = 100  # letters of a word that is on no list, for the next texts: pages of one word would fill the memory
_NOBODY = None, False
SHORTEST_HEADLESS = 5  # letters of a surname that lost its first, and its capital
SHORTEST_OTHERWISE = 7  # of one that has a capital, but another
SHORTENED = 4  # sounds that a given name and its short form share
_BEFORE = 4  # words before a surname among which its given name stands
LONGEST_ACRONYM = 7  # letters
ACRONYM = re.compile(r"^([^\W_a-zа-яёөүңіїє]{2,7})['’]?([^\W\dA-ZА-ЯЁӨҮҢ]{0,10})$")
_INFLECTED_ACRONYM = re.compile("[A-ZА-ЯЁӨҮҢ]{3,}[a-zа-яёөүң]{1,5}$")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_HEADLINE = 3  # fewer may be acronyms alone
_WRAPPED_AT = 50  # characters; a longer line may go on in the next
_AROUND_A_NICKNAME = frozenset([*map(tuple, ("«»", "“”", "„“", "()", '""', "''", "‘’", '""'))])


class WordFlags:
    """What a word of a text may be: bits of an integer (no `IntFlag`: its arithmetic is slow)."""

    SURNAME = 1  # a person's surname, at least in its consonants
    LIKE_A_SURNAME = 2  # a person's surname with a typo, of a person who has a given name too
    HEADLESS = 4  # a person's surname but for its first letter, and with a capital a long one
    GIVEN = 8  # a person's given name, at least in its consonants
    LIKE_A_GIVEN = 16  # with a typo
    EXACT_GIVEN = 32  # spelt right
    WHOLE_PHRASE = 64
    FIRST = 128  # of a phrase of several words
    SECOND = 256
    ACRONYM = 512
    CONTEXT = 1024  # the first word of a context term
    CAPITAL = 2048
    INITIAL = 4096  # one or two letters, the first a capital
    ARTICLE = 8192  # an Arabic one


# Above these bits: which of the words that tell Kyrgyz from Russian text it is, by number.
TELLING_SHIFT = 14
TELLING_WORDS = {word: number for number, word in enumerate(sorted(KYRGYZ_WORDS | RUSSIAN_WORDS), 1)}
_KYRGYZ, _RUSSIAN = ({TELLING_WORDS[word] for word in words} for words in (KYRGYZ_WORDS, RUSSIAN_WORDS))


NOTHING: Matches = {}


class WordForm:
    """A word as texts have it, repaired, and what is known of it wherever it stands; each is asked once."""

    def __init__(self, text: str, judged: Judged | None) -> None:
        self.text = text
        self.matches, self.headless = (judged.matches, judged.headless) if judged else (NOTHING, NOTHING)
        self.bearers: Any = None  # kept here by `people`
        self.lower, self.upper, self.cyrillic = text.lower(), text[0].isupper(), is_cyrillic(text)
        self.nobiliary, self.conjunction = self.lower in NOBILIARY, self.lower in CONJUNCTIONS

    @cached_property
    def sounds(self) -> str:
        return skeleton(self.text)

    title = cached_property[bool](lambda self: is_title(self.text))
    particle = cached_property[tuple[Particle, str] | None](lambda self: particle(self.text))
    common_given_name = cached_property[bool](lambda self: is_given_name(self.sounds))
    # capitals with an ending, so no surname: МИДа
    inflected_acronym = cached_property[bool](lambda self: _INFLECTED_ACRONYM.match(self.text) is not None)
    # what a given name and its short form share
    beginning = cached_property[str](lambda self: self.sounds[:SHORTENED])


class Words(NamedTuple):
    """The words of a text, as read (`source`): where they stand, from `offset` on, what they may be, their hashes."""

    source: str
    starts: memoryview[int]
    ends: memoryview[int]
    hints: memoryview[int]
    hashes: memoryview[int]
    offset: int
    uncapitalised: bool


def uncapitalised(words: NDArray[np.int64], capitals: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether texts of so many words are written without capitals, so that none can be asked of a name."""
    few: NDArray[np.bool_] = (words >= _SHORTEST_WITHOUT_CAPITALS) & (capitals <= words // 100)
    return few


class Passage:
    """One field of a document (a title, a text). `places`: the words at which a name may begin; None: any."""

    def __init__(
        self, text: str, field: Field, words: Words, places: Sequence[int] | None, forms: dict[int, WordForm]
    ) -> None:
        self.text, self.field, self.size = text, field, len(words.starts)
        self.thorough = places is None
        self.places: Sequence[int] = range(self.size) if places is None else places
        self._source, self._starts, self._ends, self._hints, self._hashes, self._offset, self.uncapitalised = words
        self._forms = forms

    def word(self, place: int) -> WordForm:
        known = self._forms.get(self._hashes[place])
        if known is None:  # no word of the list
            known = WordForm(repair_word(self._source[self.start(place) : self.end(place)]), None)
            if len(known.text) <= _LONGEST_KEPT:
                self._forms[self._hashes[place]] = known
        return known

    def start(self, place: int) -> int:
        return self._starts[place] - self._offset

    def end(self, place: int) -> int:
        return self._ends[place] - self._offset

    def hints(self, place: int) -> int:
        """What a word may be."""
        return self._hints[place]

    def hinted(self, hint: int) -> list[int]:
        """The words that may be this."""
        found: list[int] = np.flatnonzero(np.asarray(self._hints) & hint).tolist()
        return found

    @cached_property
    def is_kyrgyz(self) -> bool:
        """Whether Russian case endings are not to be expected on names here."""
        words = self._telling_words()
        kyrgyz, russian = len(words & _KYRGYZ), len(words & _RUSSIAN)
        return kyrgyz > russian or (kyrgyz == russian and bool(_KYRGYZ_LETTER.search(self.text)))

    def _telling_words(self) -> set[int]:
        return set(np.unique(np.asarray(self._hints) >> TELLING_SHIFT).tolist())

    def capital(self, place: int) -> bool:
        """Whether a word may be a name as it is written."""
        return bool(self.hints(place) & WordFlags.CAPITAL) or self.uncapitalised

    def gap(self, place: int) -> str:
        """What stands between a word and the next."""
        return self.text[self.end(place) : self.start(place + 1)]

    def stopped(self, place: int) -> bool:
        """Whether a full stop stands between a word and the next."""
        return "." in self.gap(place)

    def joined(self, place: int, comma: bool = False) -> bool:
        """Whether a word and the next may belong to one name: a space, a hyphen or a full stop between them."""
        if not 0 <= place < self.size - 1:
            return False
        gap = self.text[self._ends[place] - self._offset : self._starts[place + 1] - self._offset]
        if gap == " ":
            return True
        if len(gap) > 5 or ("\n" in gap and not self._wrapped(place)):
            return False
        between = gap.strip(WHITE)
        return not between or between in HYPHENS or between in "'’._" or (comma and between == ",")

    def hyphened(self, place: int) -> bool:
        """Whether nothing but a hyphen stands between a word and the next."""
        return 0 <= place < self.size - 1 and self.gap(place) in HYPHENS and bool(self.gap(place))

    def before(self, place: int) -> list[int]:
        """The words before a surname, the nearest first, that may be of one name with it; a nickname in quotes does."""
        found: list[int] = []
        at, last = place - 1, place - _BEFORE
        while at >= last and at >= 0:
            if not self.joined(at):
                if not self._nickname(at):
                    break
                at, last = at - 1, last - 1
            found.append(at)
            at -= 1
        return found

    def around(self, place: int) -> list[int]:
        """The words among which more of a person's name may stand: before a surname, and the next."""
        found = self.before(place)
        if place + 1 < self.size:
            found.append(place + 1)
        return found

    def _nickname(self, place: int) -> bool:
        """Whether a word in quotation marks or brackets stands between two words: William “Bill” Tokoev."""
        if not 0 < place < self.size - 1:
            return False
        before, after = self.gap(place - 1).strip(WHITE), self.gap(place).strip(WHITE)
        return (before, after) in _AROUND_A_NICKNAME

    def _wrapped(self, place: int) -> bool:
        """Whether the line break after a word is that of a hard-wrapped line, not of a paragraph."""
        end = self.end(place)
        line = end - self.text.rfind("\n", 0, end)
        return self.gap(place).strip(" \t\r") == "\n" and line > _WRAPPED_AT

    def paragraph(self, start: int, end: int) -> Span:
        """Return the paragraph that holds a place, with the white space around it."""
        breaks = self._breaks
        return Span(breaks[bisect_left(breaks, start) - 1] + 1, breaks[bisect_left(breaks, end)])

    @cached_property
    def _breaks(self) -> Sequence[int]:
        """The line breaks of the text, with one before its first character and one after its last."""
        return [-1, *(found.start() for found in re.finditer("\n", self.text)), len(self.text)]

    def shouted(self, place: int) -> bool:
        """Whether a word stands in a line written all in capitals, so that its own say nothing."""
        if not self.word(place).text.isupper():
            return False
        line = self.paragraph(self.start(place), self.end(place))
        if line.start not in self._shouted_lines:
            text = line.of(self.text)
            shouted = text.isupper() and len(_LONG_WORD.findall(text)) >= _WORDS_OF_A_HEADLINE
            self._shouted_lines[line.start] = shouted
        return self._shouted_lines[line.start]

    @cached_property
    def _shouted_lines(self) -> dict[int, bool]:
        """Lines by where they start, as far as they were asked for: a long one is read once, not for each word."""
        return {}

    @cached_property
    def acronyms(self) -> Mapping[str, Sequence[int]]:
        """The words of capitals, by their letters without an ending."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place in range(self.size):
            written = ACRONYM.match(self.word(place).text) if self.hints(place) & WordFlags.CAPITAL else None
            if written and (not written[2] or acronym_ending(written[2]) is not None):
                places[written[1]].append(place)
        return places

    def starts_sentence(self, place: int) -> bool:
        start, reach = self.start(place), _NEAR
        while not (before := self.text[max(0, start - reach) : start].rstrip(_OPENING)) and reach < start:
            reach *= 2
        return not before or before[-1] in ".!?…\n:;"

    def could_be_a_given_name(self, place: int) -> bool:
        """Whether a capitalised word may be somebody's given name; opening a sentence, only a known one."""
        word = self.word(place)
        acronym = word.text.isupper() and len(word.text) <= 6 and not self.word(place + 1).text.isupper()
        if word.title or acronym:
            return False
        return not self.starts_sentence(place) or word.common_given_name

    def initial_at(self, place: int) -> bool:
        """Whether a letter or two are an initial: with a full stop, since "У Токоева", "A Tokoev" begin with a word."""
        word = self.word(place)
        return len(word.text) <= _LONGEST_INITIAL and word.upper and self.stopped(place) and not word.title

    def part_of_double(self, first: int, last: int) -> str:
        """Why a surname is but half of another: a hyphen and a capital beside it, other than Al-Nasser's."""
        before, after = first - 1, last + 1
        if self.hyphened(before) and self.capital(before) and not self.word(before).nobiliary:
            return f"part of the double name “{self.word(before).text}-{self.word(first).text}”"
        if self.hyphened(last) and self.capital(after):
            return f"part of the double name “{self.word(last).text}-{self.word(after).text}”"
        return ""

    def another_given(self, first: int) -> str:
        """Another person's given name or initial in front of a surname."""
        for place in range(first - 1, max(-1, first - 1 - _REACH), -1):
            if not self.joined(place):
                return ""
            word = self.word(place)
            if len(word.text) > 2 and self.stopped(place):
                return ""
            if word.nobiliary:
                continue
            if not word.upper:
                return ""
            if len(word.text) <= _LONGEST_INITIAL and not word.title:
                return f"another initial, “{word.text}.”, stands in front" if self.initial_at(place) else ""
            another = self.could_be_a_given_name(place)
            return f"“{word.text}” in front may be another's given name" if another else ""
        return ""

    def another_after(self, last: int) -> tuple[Message | None, bool]:
        """Why a surname may be another's: a given name or initial follows it; and whether it is not the next name's."""
        after = last + 1
        if after >= self.size or not self.hints(after) & WordFlags.CAPITAL or self.gap(last).strip(WHITE):
            return _NOBODY
        word, end, more = self.word(after), self.end(after), False
        given = word.common_given_name and not word.sounds.endswith("din")  # Кыргызстандын is no Нурдин
        if len(word.text) <= _LONGEST_INITIAL:
            given = self.text[end : end + 1] == "."
        elif self.joined(after) and self.capital(after + 1):  # "Токоев Асан Бакировго айтты": Bakirov's, in Kyrgyz
            more = not is_declined_patronymic(self.word(after + 1).text)
        if not given or word.title or not self.joined(last):
            return _NOBODY
        return Message("“{}” after it may be another's given name or initial", word.text), not more

    def may_be_subject(self, first: int) -> bool:
        """Whether nothing before a name asks for a case: its clause begins, or a title is in the nominative."""
        if self.starts_sentence(first) or not self.joined(first - 1):
            return True
        return is_nominative_title(self.word(first - 1).sounds)
