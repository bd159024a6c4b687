"""Pure. A text as the matcher reads it: words, what each may be on the list, and the characters between them.

`scan` finds the words of many texts at once. The details of a word are read on demand: of most texts only those around
the few places where a name may begin.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.forms import read_acronym_ending
from monitor.match.known_names import is_common_word, is_declined_patronymic, is_given_name_alone
from monitor.match.scanner.word_edges import LINE_END
from monitor.match.scanner.word_form import (
    KYRGYZ_MARKERS,
    LANGUAGE_MARKER_SHIFT,
    RUSSIAN_MARKERS,
    FormCache,
    WordFlags,
    WordForm,
)
from monitor.match.words import LATIN_KYRGYZ_WORDS, UZBEK_WORDS
from monitor.model import Field, Message, Span
from monitor.text.normalize import HYPHENS, WHITE, repair_word, without_invisible

# Letters of Kazakh, Uzbek, Tajik and (Latin ə) Azerbaijani that neither Kyrgyz nor Russian has.
_NEIGHBOURS_LETTERS = "әғқұһҳҷӣӯəӘҒҚҰҺҲҶӢӮƏ"
# In a word without a capital: Russian headlines write names with them, too (“Эмила Дөөлөтова избили”).
_KYRGYZ_WORD = re.compile(rf"\b[а-яё]*[өүң{_NEIGHBOURS_LETTERS.lower()}]")
_NEIGHBOURS_TEXT = re.compile(rf"[{_NEIGHBOURS_LETTERS}]|[oOgG][ʻ‘ʼ]\w|\b(?:{'|'.join(sorted(UZBEK_WORDS))})\b")
_LATIN_KYRGYZ = re.compile(rf"\b(?:{'|'.join(sorted(LATIN_KYRGYZ_WORDS))})\b")
_MIN_WORDS_WITHOUT_CAPITALS = 30  # words; a shorter text may well hold no name
_MIN_WORDS_OF_SMALL_LETTERS = 8  # a shorter text may be a list of tags
_OPENING_SIGNS = " \t\u00a0«\"“„‘'(—–-"
_SENTENCE_LOOKBACK = 20  # characters
_MAX_INITIAL = 2  # letters
# Words before a surname among which another person's given name is searched.
_WORDS_CHECKED_BEFORE = 3
# Letters of a word that is not on the list. Longer ones are not cached: a page of endless words would fill the memory.
_MAX_CACHED_WORD = 100
_NO_OTHER_PERSON = None, False
MAX_SHORT_STEM = 3  # sounds: Мэй, Ким
# Letters of a surname that lost its first letter, and with it its capital.
MIN_HEADLESS = 5
# Letters of a surname that has a capital, but another one than the list.
MIN_OTHER_FIRST_LETTER = 7
_WORDS_BEFORE_SURNAME = 4  # words before a surname among which its given name stands
ACRONYM_RE = re.compile(r"^([^\W_a-zа-яёөүңіїє]{2,7})['’]?([^\W\dA-ZА-ЯЁӨҮҢ]{0,10})$")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_MIN_HEADLINE_WORDS = 3  # fewer may be acronyms alone
_MIN_WRAPPED_LINE = 50  # characters; a longer line may go on in the next
# Between the last word of a line and the first of an item in a list: a dash or a dot.
_LIST_MARK = re.compile(r"[^\n]*\n\s*[-–—•*·]\s+")
_NICKNAME_QUOTES = frozenset([*map(tuple, ("«»", "“”", "„“", "()", '""', "''", "‘’", "„”"))])


class Words(NamedTuple):
    """The words of one field in arrays: where they stand (less `offset`), their flags and their hashes.

    `source` is the text with letters of legacy fonts replaced.
    """

    source: str
    starts: memoryview[int]
    ends: memoryview[int]
    flags: memoryview[int]
    hashes: memoryview[int]
    offset: int
    is_uncapitalised: bool
    may_hide_names: bool  # letters stand apart, or stars and figures within a word


def are_uncapitalised(words: NDArray[np.int64], capitals: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which texts have so few capitals that names in them cannot be required to have one."""
    lack_capitals: NDArray[np.bool_] = (words >= _MIN_WORDS_WITHOUT_CAPITALS) & (capitals <= words // 100)
    return lack_capitals


class Passage:
    """One field of a document (a title, a text), with its words.

    `places` are the words at which a name may begin; None: any.
    """

    def __init__(self, text: str, field: Field, words: Words, places: Sequence[int] | None, forms: FormCache) -> None:
        self.text, self.field, self.size = text, field, len(words.starts)
        self.is_exhaustive = places is None
        self.places: Sequence[int] = range(self.size) if places is None else places
        # Offsets in these arrays are those of the whole batch: less `_offset` they are those of the text.
        self._source, self._starts, self._ends, self._flags, self._hashes, self._offset, *facts = words
        self.is_uncapitalised, self.may_hide_names = facts
        self._forms = forms

    def word(self, place: int) -> WordForm:
        """Return the form of a word, from the cache of all texts if it is there."""
        form = self._forms.get(self._hashes[place])
        # A word that is not on the list: its form is made when it is first read.
        if form is None:
            form = WordForm(repair_word(self._source[self.start(place) : self.end(place)]), None)
            if len(form.text) <= _MAX_CACHED_WORD:
                self._forms.put(self._hashes[place], form)
        return form

    def may_be_any(self, place: int, numbers: frozenset[int]) -> bool:
        """Return whether a word may be any of some listed words, as it is written."""
        return self._forms.may_be_any(self._hashes[place], numbers)

    def start(self, place: int) -> int:
        """Return the offset of a word in the text."""
        return self._starts[place] - self._offset

    def end(self, place: int) -> int:
        """Return the offset of the end of a word in the text."""
        return self._ends[place] - self._offset

    def place_at(self, offset: int) -> int:
        """Return the last word that starts at or before an offset in the text."""
        return bisect_right(self._starts, offset + self._offset) - 1

    def flags(self, place: int) -> int:
        """Return the `WordFlags` of a word."""
        return self._flags[place]

    def places_with(self, flag: int) -> list[int]:
        """Return the words that have a flag."""
        places: list[int] = np.flatnonzero(np.asarray(self._flags) & flag).tolist()
        return places

    @cached_property
    def is_kyrgyz(self) -> bool:
        """Return whether the text is Kyrgyz or of a language next to it, so that its names take no Russian endings."""
        words = self._language_markers()
        # Most words tell no language; where the frequent ones do not settle it, a letter of Kyrgyz alone does.
        kyrgyz, russian = len(words & KYRGYZ_MARKERS), len(words & RUSSIAN_MARKERS)
        return kyrgyz > russian or (kyrgyz == russian and bool(_KYRGYZ_WORD.search(self.text)))

    @cached_property
    def is_in_small_letters(self) -> bool:
        """Return whether a sentence has no capital, not even its first: its author writes none."""
        return self.size >= _MIN_WORDS_OF_SMALL_LETTERS and self.text.lower() == self.text

    @property
    def is_of_neighbours(self) -> bool:
        """Return whether the text is Kazakh, Uzbek or Tajik, by its letters; Uzbek in Latin ones also by its words."""
        return _NEIGHBOURS_TEXT.search(self.text) is not None

    @property
    def is_azerbaijani(self) -> bool:
        """Return whether the text is Azerbaijani in Latin letters: no other language has ə."""
        return "ə" in self.text or "Ə" in self.text

    @cached_property
    def is_latin_kyrgyz(self) -> bool:
        """Return whether the text is Kyrgyz in Latin letters, by its frequent words."""
        return _LATIN_KYRGYZ.search(self.text) is not None

    def _language_markers(self) -> set[int]:
        """Return the numbers of the frequent Kyrgyz and Russian words that stand in the text."""
        return set((np.asarray(self._flags) >> LANGUAGE_MARKER_SHIFT).tolist())

    def is_capitalised(self, place: int) -> bool:
        """Return whether a word has the capital of a name, or stands in a text that has none."""
        return bool(self.flags(place) & WordFlags.CAPITAL) or self.is_uncapitalised

    def gap_after(self, place: int) -> str:
        """Return the characters between a word and the next, without those that are displayed as nothing."""
        return without_invisible(self.text[self.end(place) : self.start(place + 1)])

    def has_full_stop_after(self, place: int) -> bool:
        """Return whether a full stop stands between a word and the next."""
        return "." in self.gap_after(place)

    def is_joined_to_next(self, place: int, comma: bool = False) -> bool:
        """Return whether a word and the next may belong to one name: a space, a hyphen or a full stop between them."""
        if not 0 <= place < self.size - 1:
            return False
        # `gap_after` written out: this is the most frequent call of all.
        gap = self.text[self._ends[place] - self._offset : self._starts[place + 1] - self._offset]
        if gap == " ":
            return True
        gap = without_invisible(gap)
        # No name has longer gaps; a paragraph ends one, a hard-wrapped line does not.
        if len(gap) > 5 or ("\n" in gap and not self._is_wrapped_line(place)):
            return False
        between = gap.strip(WHITE)
        return not between or between in HYPHENS or between in "'’._" or (comma and between == ",")

    def is_hyphenated_to_next(self, place: int) -> bool:
        """Return whether nothing but a hyphen stands between a word and the next."""
        return 0 <= place < self.size - 1 and self.gap_after(place) in HYPHENS and bool(self.gap_after(place))

    def words_before(self, place: int) -> list[int]:
        """Return the words before a surname that may belong to its name, the nearest first.

        A nickname in quotation marks may stand among them.
        """
        places: list[int] = []
        at, earliest = place - 1, place - _WORDS_BEFORE_SURNAME
        # A nickname does not count among the words.
        while at >= earliest and at >= 0:
            if not self.is_joined_to_next(at) and not ("\n" in self.gap_after(at) and self.is_wrapped_name(at)):
                if not self._is_nickname(at):
                    break
                at, earliest = at - 1, earliest - 1
            places.append(at)
            at -= 1
        return places

    def words_around(self, place: int) -> list[int]:
        """Return the words among which more of a person's name may stand: before a surname, and the next."""
        places = self.words_before(place)
        if place + 1 < self.size:
            places.append(place + 1)
        return places

    def _is_nickname(self, place: int) -> bool:
        """Return whether a word in quotation marks or brackets stands between two words: William “Bill” Tokoev."""
        if not 0 < place < self.size - 1:
            return False
        before, after = self.gap_after(place - 1).strip(WHITE), self.gap_after(place).strip(WHITE)
        return (before, after) in _NICKNAME_QUOTES

    def is_wrapped_name(self, place: int) -> bool:
        """Return whether a name goes on after the end of a line, however short: "a letter from Rita⏎Tokoeva was read".

        Only prose is wrapped, and items of a list with dashes: something precedes the name in its line and, after the
        surname, no other name begins. Other lists have a line a name, and headings often end without a full stop.
        """
        before, following = place - 1, place + 2
        if not 0 < place < self.size - 1 or not LINE_END.fullmatch(self.gap_after(place)):
            return False
        if "\n" in self.gap_after(before) and not _LIST_MARK.fullmatch(self.gap_after(before)):
            return False
        is_name_before = self.is_joined_to_next(before) and self.is_capitalised(before)
        if is_name_before and (self.can_be_given_name(before) or self.word(before).has_surname_ending):
            return False
        if following >= self.size:
            return True
        gap = self.gap_after(place + 1)
        return "\n" not in gap and not (
            self.is_joined_to_next(place + 1) and self.is_capitalised(following) and self.can_be_given_name(following)
        )

    def _is_wrapped_line(self, place: int) -> bool:
        """Return whether the line break after a word ends no paragraph: a long line, or small letters follow."""
        if not LINE_END.fullmatch(self.gap_after(place)):
            return False
        end = self.end(place)
        line = end - self.text.rfind("\n", 0, end)
        return line > _MIN_WRAPPED_LINE or self.text[self.start(place + 1)].islower()

    def paragraph_at(self, start: int, end: int) -> Span:
        """Return the paragraph that holds a span, with the white space around it."""
        breaks = self._breaks
        return Span(breaks[bisect_left(breaks, start) - 1] + 1, breaks[bisect_left(breaks, end)])

    @cached_property
    def _breaks(self) -> Sequence[int]:
        """Return the line breaks of the text, with one before its first character and one after its last."""
        return [-1, *(line_break.start() for line_break in re.finditer("\n", self.text)), len(self.text)]

    def is_in_capitals_line(self, place: int) -> bool:
        """Return whether a word stands in a line written all in capitals, so that its own say nothing."""
        if not self.word(place).text.isupper():
            return False
        line = self.paragraph_at(self.start(place), self.end(place))
        if line.start not in self._capitals_lines:
            text = line.of(self.text)
            is_all_capitals = text.isupper() and len(_LONG_WORD.findall(text)) >= _MIN_HEADLINE_WORDS
            self._capitals_lines[line.start] = is_all_capitals
        return self._capitals_lines[line.start]

    @cached_property
    def _capitals_lines(self) -> dict[int, bool]:
        """Return the cache of lines by their start: a long one is read once, not for each of its words."""
        return {}

    @cached_property
    def acronyms(self) -> Mapping[str, Sequence[int]]:
        """Return the words of capitals, by their letters without an ending."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place in range(self.size):
            parsed = ACRONYM_RE.match(self.word(place).text) if self.flags(place) & WordFlags.CAPITAL else None
            if parsed and (not parsed[2] or read_acronym_ending(parsed[2]) is not None):
                places[parsed[1]].append(place)
        return places

    def starts_sentence(self, place: int) -> bool:
        """Return whether a word is the first of its sentence."""
        start, reach = self.start(place), _SENTENCE_LOOKBACK
        while not (before := self.text[max(0, start - reach) : start].rstrip(_OPENING_SIGNS)) and reach < start:
            # Only white space and opening signs so far: read twice as far back.
            reach *= 2
        return not before or before[-1] in ".!?…\n:;"

    def can_be_given_name(self, place: int) -> bool:
        """Return whether a capitalised word may be a given name; the first of a sentence only if it is a real one."""
        word = self.word(place)
        # Capitals say nothing where the next word has them, too: a line of capitals.
        following = self.word(place + 1).text if place + 1 < self.size else ""
        is_acronym = word.text.isupper() and len(word.text) <= 6 and not following.isupper()
        if word.is_title or is_acronym:
            return False
        # No Latin word in -a but a name begins a sentence right before a surname.
        is_latin_name = not word.is_cyrillic and word.sounds.endswith("a") and not is_common_word(word.sounds)
        is_name = word.is_common_given_name or is_latin_name or is_given_name_alone(word.sounds)
        return not self.starts_sentence(place) or is_name

    def is_hashtag(self, place: int) -> bool:
        """Return whether a word follows the sign of a hashtag."""
        return self.text[max(0, self.start(place) - 1) : self.start(place)] == "#"

    def is_initial_at(self, place: int) -> bool:
        """Return whether a word is an initial, with its full stop: "У Токоева", "A Tokoev" begin with a word."""
        word = self.word(place)
        return (
            len(word.text) <= _MAX_INITIAL
            and word.is_capitalised
            and self.has_full_stop_after(place)
            and not word.is_title
        )

    def double_name_reason(self, first: int, last: int) -> str:
        """Return why a surname is half of a double name, or "": a hyphen joins it to a capital, except in Al-Nasser."""
        before, after = first - 1, last + 1
        if self.is_hyphenated_to_next(before) and self.is_capitalised(before) and not self.word(before).is_nobiliary:
            return f"part of the double name “{self.word(before).text}-{self.word(first).text}”"
        if self.is_hyphenated_to_next(last) and self.is_capitalised(after):
            return f"part of the double name “{self.word(last).text}-{self.word(after).text}”"
        return ""

    def other_given_name_before(self, first: int, is_body: Callable[[WordForm], bool]) -> str:
        """Return why a word before a surname is another person's given name or initial, or "".

        `is_body` says of a word whether it is a listed body's name: "Kloop cameraman", "оператор Kloop Токоев".
        """
        for place in range(first - 1, max(-1, first - 1 - _WORDS_CHECKED_BEFORE), -1):
            if not self.is_joined_to_next(place):
                return ""
            word = self.word(place)
            if len(word.text) > 2 and self.has_full_stop_after(place):
                return ""
            if word.is_nobiliary:
                continue
            if not word.is_capitalised:
                return ""
            if len(word.text) <= _MAX_INITIAL and not word.is_title:
                return f"another initial, “{word.text}.”, stands in front" if self.is_initial_at(place) else ""
            may_be_given_name = self.can_be_given_name(place) and not is_body(word)
            if may_be_given_name and not word.is_common_given_name and not self.gap_after(place):
                return ""  # "#FreeTokoev": a word of the same hashtag
            return f"“{word.text}” in front may be another's given name" if may_be_given_name else ""
        return ""

    def _is_item_of_people(self, surname: int, after: int) -> bool:
        """Return whether a surname and the word after it are an item of a list: ", Токоев Нурдан,"."""
        if surname == 0 or self.gap_after(surname - 1).strip(WHITE) != "," or not self.word(after).text.istitle():
            return False
        gap = self.gap_after(after) if after + 1 < self.size else ","
        return gap.strip(WHITE)[:1] == "," or (after + 1 < self.size and self.word(after + 1).is_conjunction)

    def other_given_name_after(self, last: int) -> tuple[Message | None, bool]:
        """Return why a surname may be another person's, or None, and whether that is beyond doubt.

        A given name or an initial follows it. It may also begin the next name: then the second value is False.
        """
        after = last + 1
        if after >= self.size or not self.flags(after) & WordFlags.CAPITAL or self.gap_after(last).strip(WHITE):
            return _NO_OTHER_PERSON
        word, end, begins_next_name = self.word(after), self.end(after), False
        may_be_given_name = word.is_common_given_name and not word.sounds.endswith("din")  # Кыргызстандын is no Нурдин
        may_be_given_name = may_be_given_name or self._is_item_of_people(last, after)
        if len(word.text) <= _MAX_INITIAL:
            may_be_given_name = self.text[end : end + 1] == "."
        elif self.is_joined_to_next(after) and self.is_capitalised(
            after + 1
        ):  # "Токоев Асан Бакировго айтты": Bakirov's, in Kyrgyz
            begins_next_name = not is_declined_patronymic(self.word(after + 1).text)
        if not may_be_given_name or word.is_title or not self.is_joined_to_next(last):
            return _NO_OTHER_PERSON
        return Message("“{}” after it may be another's given name or initial", word.text), not begins_next_name
