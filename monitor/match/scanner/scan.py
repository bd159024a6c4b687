"""Pure. Scan many texts at once for their words and for the few places where a name of the list can begin.

The texts of a batch are one array of code points. A table of characters finds the words as `text.tokens` does, sums
over their code points are their keys, and a table of keys gives the `WordFlags` of each: none, most often. New words
are matched together (`WordIndex.match_forms`). A Python object is made for a word only if it is on the list, or if a
name may begin next to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.word_index import WordIndex
from monitor.match.index.word_match import Closeness, FormMatches
from monitor.match.scanner.boundaries import adjust_edges
from monitor.match.scanner.passage import (
    MAX_SHORT_STEM,
    MIN_HEADLESS,
    MIN_OTHER_FIRST_LETTER,
    Passage,
    Words,
    are_uncapitalised,
)
from monitor.match.scanner.word_form import LANGUAGE_MARKER_SHIFT, LANGUAGE_MARKERS, WordFlags, WordForm
from monitor.match.words import ARTICLES, CONJUNCTIONS, NOBILIARY
from monitor.model import Field
from monitor.text.hashing import Flags, Hashes, HashTable, Ints, mix_bits, running_sums, shift_to_start
from monitor.text.normalize import APOSTROPHES_WITHIN, INVISIBLE, LEGACY, MARKS, is_legacy_kyrgyz, repair_word

Codes = NDArray[np.uint8]
FlagArray = NDArray[np.int32]

# Letters of a word; "Tokoevaaa…" without end sounds like Tokoev, but is no name.
_MAX_NAME_WORD = 100
# The caches are emptied when they hold so many words, or matches of words: so memory is bounded.
_REMEMBERED_WORDS = 1 << 20
_REMEMBERED_MATCHES = 1 << 19

_START_FLAGS = (
    WordFlags.SURNAME
    | WordFlags.MISSPELT_SURNAME
    | WordFlags.COMMON_SURNAME
    | WordFlags.ONE_WORD_PHRASE
    | WordFlags.PHRASE_START
    | WordFlags.ACRONYM
)
# Words around a place that decide whether a name can begin there; the rules of `people` read no more words. Four of a
# person's name stand before a surname, one more before the two halves of a double one, and nicknames in between.
_WORDS_BEFORE, _WORDS_AFTER = 12, 3
_SEPARATORS, _FULL_STOP, _MAX_INITIAL = np.array([*map(ord, ",;:!?…")], np.uint32), ord("."), 2


class RoleFlags:
    """The flags of each word of the index by its roles in names, for three degrees of closeness.

    `if_close`: same sounds or other vowels; `if_typo`: a typo; `if_exact`: the same sounds, in addition.
    `can_stand_alone`: whether a form may name somebody as a surname alone.
    """

    def __init__(self, size: int, can_stand_alone: Callable[[str, FormMatches], bool]) -> None:
        self.if_close, self.if_typo, self.if_exact = [0] * size, [0] * size, [0] * size
        self._can_stand_alone = can_stand_alone

    def flags_of(self, form: str, form_matches: FormMatches) -> int:
        """Return the flags of a form."""
        flags = 0
        for number, match in form_matches.matches.items():
            flags |= (self.if_typo if match.closeness is Closeness.TYPO else self.if_close)[number]
            if match.closeness is Closeness.SAME:
                flags |= self.if_exact[number]
                if len(match.stem.text) > MAX_SHORT_STEM and not match.stem.is_transcribed:
                    flags |= WordFlags.SMALL_NAME
        if flags & WordFlags.SURNAME and not self._can_stand_alone(form, form_matches):
            flags ^= WordFlags.SURNAME | WordFlags.COMMON_SURNAME
        min_length = MIN_OTHER_FIRST_LETTER if form[0].isupper() else MIN_HEADLESS
        # A word that matches as it is written need not be read without its first letter.
        headless_numbers = form_matches.headless.keys() - form_matches.matches.keys()
        if len(form) >= min_length and any(self.if_close[number] & WordFlags.SURNAME for number in headless_numbers):
            flags |= WordFlags.HEADLESS
        return flags


# ---- characters -----------------------------------------------------------------------------------------------------

_APOSTROPHE, _MARK, _INVISIBLE_SIGN, _DIGIT, _LETTER = 1, 2, 3, 4, 5
_WORD = _DIGIT  # from here on a character is part of a word
_LAST_LETTER = 0x33479  # no code point above this is a letter or a digit


@lru_cache(1)
def _character_classes() -> Codes:
    """Return the table from code points to classes of characters."""
    table = np.zeros(_LAST_LETTER + 2, np.uint8)
    characters = "".join(map(chr, range(_LAST_LETTER + 1)))
    for code, pattern in (
        (_LETTER, r"[^\W_]"), (_DIGIT, r"\d"), (_MARK, f"[{MARKS}]"), (_INVISIBLE_SIGN, f"[{INVISIBLE}]"),
        (_APOSTROPHE, f"[{APOSTROPHES_WITHIN}]"),
    ):  # fmt: skip
        table[[match.start() for match in re.finditer(pattern, characters)]] = code
    return table


def _word_edges(codes: Codes) -> tuple[Ints, Ints]:
    """Return where words start and end, as `text.tokens` finds them. The text must begin and end with a line break."""
    is_in_word = codes >= _WORD
    joiners = np.flatnonzero((codes > 0) & (codes < _WORD))
    if len(joiners):
        kinds = codes[joiners]
        apostrophes = joiners[kinds == _APOSTROPHE]
        before, after = codes[apostrophes - 1], codes[apostrophes + 1]
        is_in_word[apostrophes] = (before >= _WORD) & (after == _LETTER)
        marks = joiners[kinds != _APOSTROPHE]
        # Marks and invisible signs belong to the word before them; invisible ones only if the word goes on.
        for run in np.split(marks, np.flatnonzero(np.diff(marks) > 1) + 1) if len(marks) else ():
            start, end = int(run[0]), int(run[-1]) + 1
            if codes[start - 1] >= _WORD:
                invisible_signs = np.flatnonzero(codes[start:end] == _INVISIBLE_SIGN)
                is_in_word[
                    start : end if codes[end] >= _WORD or not len(invisible_signs) else start + int(invisible_signs[0])
                ] = True
    edges = np.flatnonzero(is_in_word[1:] != is_in_word[:-1]) + 1
    return edges[::2], edges[1::2]


def _word_keys(points: NDArray[np.uint32], starts: Ints, ends: Ints) -> Hashes:
    """Return a key for each word; never 0, which is an empty cell of the table."""
    running = running_sums(points)
    return np.maximum(mix_bits(shift_to_start(running.take(ends) - running.take(starts), starts)), np.uint64(1))


# ---- texts ----------------------------------------------------------------------------------------------------------

# Words of one script without marks: most words, so that `repair_word` is called for few.
_NEEDS_NO_REPAIR = re.compile("[A-Za-z0-9]+|[0-9А-Яа-яЁёӨөҮүҢңІіЇїЄєҐґЎў]+")


class _ScannedBatch(NamedTuple):
    """The words of a batch of fields, and where names can begin; the edges tell the fields apart."""

    # Starts, ends, flags and hashes. Single items of a memoryview are read faster than those of an array.
    words: tuple[memoryview[int], ...]
    name_starts: list[int]
    offsets: list[int]
    edges: list[int]
    start_edges: list[int]
    uncapitalised: list[bool]  # fields that are written without capitals

    def words_and_starts(self, field_number: int, source: str) -> tuple[Words, list[int]]:
        """Return the words of one field, and those at which a name can begin."""
        first, last = self.edges[field_number], self.edges[field_number + 1]
        starts, ends, flags, hashes = [column[first:last] for column in self.words]
        places = [
            place - first
            for place in self.name_starts[self.start_edges[field_number] : self.start_edges[field_number + 1]]
        ]
        return Words(
            source, starts, ends, flags, hashes, self.offsets[field_number], self.uncapitalised[field_number]
        ), places


@dataclass(slots=True)
class Scanner:
    """A cache of word forms and their flags for one watchlist, which turns documents into passages."""

    index: WordIndex
    role_flags: RoleFlags
    is_acronym: Callable[[str], bool]  # whether a form is one of the list
    may_hold_exact_name: Callable[[str], bool]  # whether a text may hold a name that is matched as it is written
    # By key: forms that are on the list, and those that passages asked for.
    _forms: dict[int, WordForm] = field(default_factory=dict)
    _flags_by_key: HashTable = field(default_factory=HashTable)
    _match_count: int = 0  # of the forms
    common_surnames: int = 0  # words read so far that are a common surname, with a capital

    def passages(self, documents: Sequence[tuple[str, str]], is_exhaustive: bool = False) -> Iterator[list[Passage]]:
        """Yield the fields of each document (title, text), title first; an empty list if no name can begin in it.

        With `is_exhaustive` every word of every field is tried.
        """
        if not documents:
            return
        fields = [field for title_and_text in documents for field in title_and_text]
        text = "\n".join(fields)
        # Fonts from before Unicode drew Kyrgyz letters in place of others. One letter replaces one: offsets stay.
        if any(chr(letter) in text for letter in LEGACY):
            fields = [field.translate(LEGACY) if is_legacy_kyrgyz(field) else field for field in fields]
            text = "\n".join(fields)
        scanned = self._scan(f"\n{text}\n", fields)
        for number, title_and_text in enumerate(documents):
            passages: list[Passage] = []
            may_hold_name = scanned.start_edges[2 * number] < scanned.start_edges[2 * number + 2]
            if is_exhaustive or may_hold_name or any(map(self.may_hold_exact_name, title_and_text)):
                for field_number, field_name, content in zip(
                    (2 * number, 2 * number + 1), (Field.TITLE, Field.TEXT), title_and_text, strict=True
                ):
                    if content:
                        words, places = scanned.words_and_starts(field_number, fields[field_number])
                        tried_places = None if is_exhaustive else places
                        passages.append(Passage(content, field_name, words, tried_places, self._forms))
            yield passages

    def _scan(self, text: str, fields: Sequence[str]) -> _ScannedBatch:
        """Find the words of all fields, and the places where a name can begin."""
        if self._flags_by_key.count > _REMEMBERED_WORDS or self._match_count + len(self._forms) > _REMEMBERED_MATCHES:
            # Both together: a key in one and not in the other would lose its matches.
            self._flags_by_key, self._forms, self._match_count = HashTable(), {}, 0
        # Texts may hold lone surrogates; each is one code point, as in `str`.
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = _character_classes().take(points, mode="clip")
        # Fields are joined by one line break each, and one precedes the first.
        offsets = np.cumsum([1, *(len(content) + 1 for content in fields)])
        starts, ends, in_hashtag = adjust_edges(text, *_word_edges(codes), self._are_listed, (offsets - 1).tolist())
        keys = _word_keys(points, starts, ends)
        flags = self._look_up_flags(text, starts, ends, keys)
        edges = np.searchsorted(starts, offsets)
        capitals = np.concatenate([[0], np.cumsum((flags & WordFlags.CAPITAL) != 0)])
        uncapitalised = are_uncapitalised(np.diff(edges), np.diff(capitals[edges]))
        # Hashtags are written in small letters more often than not, so that a name in one needs no capital.
        for place in in_hashtag:
            if (form := self._forms.get(int(keys[place]))) and form.matches:
                flags[place] |= WordFlags.CAPITAL

        def ends_name_after(words: Ints) -> Flags:
            """Return whether the character after each word ends a name: a comma or the like, or a full stop.

            After one or two letters a full stop ends an initial, not the name.
            """
            follows = points.take(ends.take(words))
            stops = (follows == _FULL_STOP) & (ends.take(words) - starts.take(words) > _MAX_INITIAL)
            ends_name: Flags = np.isin(follows, _SEPARATORS) | stops
            return ends_name

        name_starts = _name_starts(flags, edges, uncapitalised, ends_name_after)
        start_edges = np.searchsorted(name_starts, edges)
        common_surname = WordFlags.COMMON_SURNAME | WordFlags.CAPITAL
        self.common_surnames += int(np.count_nonzero((flags & common_surname) == common_surname))
        words = starts.data, ends.data, flags.data, keys.data
        return _ScannedBatch(
            words, *(column.tolist() for column in (name_starts, offsets, edges, start_edges, uncapitalised))
        )

    def _are_listed(self, words: list[str]) -> list[bool]:
        """Return of each word whether it may be one of the list."""
        matches_by_row = self.index.match_forms(words)
        return [row in matches_by_row and bool(matches_by_row[row].matches) for row in range(len(words))]

    def _look_up_flags(self, text: str, starts: Ints, ends: Ints, keys: Hashes) -> FlagArray:
        """Return the flags of each word; new words are matched now, all together."""
        flags = self._flags_by_key.get(keys)
        new = np.flatnonzero(flags < 0)
        if len(new):
            # Each new word is matched once, however often it occurs in the batch.
            new_keys, first, place = np.unique(keys[new], return_index=True, return_inverse=True)
            first_places = new[first]
            words = [
                text[start:end]
                for start, end in zip(starts[first_places].tolist(), ends[first_places].tolist(), strict=True)
            ]
            repaired = (word if _NEEDS_NO_REPAIR.fullmatch(word) else repair_word(word) for word in words)
            # One letter more than allowed, so that a word that is too long is seen.
            forms = [word[: _MAX_NAME_WORD + 1] for word in repaired]
            new_flags = _flags_by_letters(forms)
            for row in np.flatnonzero(new_flags & WordFlags.CAPITAL).tolist():
                if forms[row][:2].isupper() and self.is_acronym(forms[row]):
                    new_flags[row] |= WordFlags.ACRONYM
            for row, form_matches in self.index.match_forms(forms).items():
                if len(forms[row]) <= _MAX_NAME_WORD:
                    self._forms[int(new_keys[row])] = WordForm(forms[row], form_matches)
                    self._match_count += len(form_matches.matches)
                    new_flags[row] |= self.role_flags.flags_of(forms[row], form_matches)
            self._flags_by_key.put(new_keys, new_flags)
            flags[new] = new_flags[place]
        return flags


def _flags_by_letters(forms: Sequence[str]) -> FlagArray:
    """Return the flags of words that do not depend on the list: capitals, frequent words, articles."""
    flags = np.array([_FLAGS_OF_WORDS.get(form.lower(), 0) for form in forms], np.int32)
    is_capitalised = np.array([form[0].isupper() for form in forms], bool)
    is_short = np.array([*map(len, forms)], np.int64) <= _MAX_INITIAL
    flags[is_capitalised] |= WordFlags.CAPITAL
    flags[is_capitalised & is_short] |= WordFlags.INITIAL
    return flags


_FLAGS_OF_WORDS = {
    word: LANGUAGE_MARKERS.get(word, 0) << LANGUAGE_MARKER_SHIFT
    | (WordFlags.ARTICLE if word in ARTICLES else 0)
    | (WordFlags.LINK if word in NOBILIARY | CONJUNCTIONS else 0)
    for word in {*LANGUAGE_MARKERS, *NOBILIARY, *CONJUNCTIONS}
}


def _name_starts(
    flags: FlagArray, edges: Ints, uncapitalised: NDArray[np.bool_], ends_name_after: Callable[[Ints], Flags]
) -> Ints:
    """Return the words at which a name can begin.

    This is a filter: it passes every place that the rules accept, and the rules check what stands around it again.
    """
    padded_flags = np.concatenate([np.zeros(_WORDS_BEFORE, np.int32), flags, np.zeros(_WORDS_AFTER, np.int32)])
    places = np.flatnonzero(flags & _START_FLAGS)
    own_flags = flags[places]
    flags_after = np.bitwise_or.reduce([padded_flags[places + _WORDS_BEFORE + n] for n in range(1, _WORDS_AFTER + 1)])
    is_capitalised = (own_flags & WordFlags.CAPITAL) != 0
    is_start = (own_flags & (WordFlags.ONE_WORD_PHRASE | WordFlags.ACRONYM)) != 0
    is_start |= is_capitalised & ((own_flags & WordFlags.SURNAME) != 0)
    is_start |= ((own_flags & WordFlags.PHRASE_START) != 0) & ((flags_after & WordFlags.PHRASE_SECOND) != 0)
    adjacent_flags = [padded_flags[places + _WORDS_BEFORE + n] for n in (-1, 1)]
    # Given name and surname both in small letters.
    is_surname = (own_flags & (WordFlags.SURNAME | WordFlags.COMMON_SURNAME)) != 0
    small_given_name = WordFlags.EXACT_GIVEN_NAME | WordFlags.SMALL_NAME
    is_given_name_beside = [
        (flags_beside & (small_given_name | WordFlags.CAPITAL)) == small_given_name for flags_beside in adjacent_flags
    ]
    is_start |= (
        is_surname
        & ((own_flags & WordFlags.SMALL_NAME) != 0)
        & ~is_capitalised
        & (is_given_name_beside[0] | is_given_name_beside[1])
    )
    # A common surname, or one with a typo, takes a given name or an initial: after it, or before it in the same run.
    needs_given_name = (own_flags & (WordFlags.MISSPELT_SURNAME | WordFlags.COMMON_SURNAME)) != 0
    rows = np.flatnonzero(~is_start & is_capitalised & needs_given_name)
    before = places[rows, None] - np.arange(1, _WORDS_BEFORE + 1)
    ends_run = ends_name_after(np.maximum(before, 0))
    # Words in small letters end a name, but for a few; one may be a given name that lost its first letter.
    flags_before = padded_flags[before + _WORDS_BEFORE]
    ends_run[:, 1:] |= (flags_before[:, :-1] & (WordFlags.CAPITAL | WordFlags.LINK)) == 0
    is_same_run = ~np.logical_or.accumulate(ends_run, axis=1)
    near_flags = np.bitwise_or.reduce(np.where(is_same_run, flags_before, 0), axis=1)
    # Only a particle may stand between a surname and the given name after it, and common surnames have none.
    is_common = (own_flags[rows] & WordFlags.COMMON_SURNAME) != 0
    near_flags |= np.where(is_common, adjacent_flags[1][rows], flags_after[rows])
    is_start[rows] = (near_flags & (WordFlags.GIVEN_NAME | WordFlags.INITIAL | WordFlags.ARTICLE)) != 0
    # Beside a common surname the given name may be misspelt, or in a short form, which has no flag.
    may_be_given_name = (
        (near_flags & WordFlags.MISSPELT_GIVEN_NAME)
        | ((adjacent_flags[0] | adjacent_flags[1])[rows] & WordFlags.CAPITAL)
    ) != 0
    is_start[rows] |= is_common & may_be_given_name
    # In a field without capitals no word can be required to have one.
    for n in np.flatnonzero(uncapitalised):
        is_start |= (edges[n] <= places) & (places < edges[n + 1])
    exact_given_name = WordFlags.EXACT_GIVEN_NAME | WordFlags.CAPITAL
    # A given name spelt right, before a surname that lost its first letter or has another.
    headless = np.flatnonzero(
        ((flags[:-1] & exact_given_name) == exact_given_name) & ((flags[1:] & WordFlags.HEADLESS) != 0)
    )
    starts: Ints = np.union1d(places[is_start], headless)
    return starts
