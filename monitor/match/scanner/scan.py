"""Pure. Scan many texts at once for their words and for the few places where a name of the list can begin.

The texts of a batch are one array of code points. A table of characters finds the words as `text.tokens` does, sums
over their code points are their keys, and a table of keys gives the `WordFlags` of each: none, most often. New words
are matched together (`WordIndex.match_forms`). A Python object is made for a word only if it is on the list, or if a
name may begin next to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.incidents.lexicon.telling_words import may_tell, telling_kinds, with_pairs
from monitor.match.index.accounts import Accounts
from monitor.match.index.exact import ExactNames, are_other_script
from monitor.match.index.word_index import WordIndex
from monitor.match.scanner.companions import Companions, WordSets, may_share_word
from monitor.match.scanner.passage import Passage, are_uncapitalised
from monitor.match.scanner.scanned import ScannedBatch, ScannedDocument
from monitor.match.scanner.word_edges import adjust_edges, character_classes, hiding_places, word_edges, word_keys
from monitor.match.scanner.word_form import LANGUAGE_MARKER_SHIFT, LANGUAGE_MARKERS, FormCache, WordFlags
from monitor.match.scanner.word_table import FlagArray, Kinds, Numbers, RoleFlags, WordTable
from monitor.match.words import ARTICLES, CONJUNCTIONS, NOBILIARY
from monitor.model import Field
from monitor.text.hashing import Flags, Hashes, Ints
from monitor.text.normalize import LEGACY, is_legacy_kyrgyz, may_begin_name, repair_unknown_word
from monitor.text.word_letters import ASCII_LETTER, DIGIT, PLAIN_CYRILLIC, WordLetters, flags_of_characters

# Letters of a word; "Tokoevaaa…" without end sounds like Tokoev, but is no name.
_MAX_NAME_WORD = 100
# The caches are emptied when they hold this many words, or matches of words, to bound memory.
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
_IS_CLOSING_QUOTE = flags_of_characters("»”“\"')’")
_IS_SEPARATOR, _FULL_STOP, _MAX_INITIAL = flags_of_characters(",;:!?…"), ord("."), 2


@dataclass(slots=True)
class Scanner:
    """A cache of word forms and their flags for one watchlist, which turns documents into passages."""

    index: WordIndex
    role_flags: RoleFlags
    companions: Companions
    is_acronym: Callable[[str], bool]  # whether a form is one of the list
    exact: ExactNames
    accounts: Accounts
    finds_press: bool = False  # look for signs of the press, too
    _words: WordTable = field(default_factory=WordTable)
    _forms: FormCache = field(default_factory=FormCache)
    common_surnames: int = 0  # the number of capitalised common surnames in the documents yielded so far

    def passages(self, documents: Sequence[tuple[str, str]], is_exhaustive: bool = False) -> Iterator[list[Passage]]:
        """Yield the fields of each document (title, text), title first; an empty list if no name can begin in it."""
        return (document.passages for document in self.documents(documents, is_exhaustive))

    def documents(self, documents: Sequence[tuple[str, str]], is_exhaustive: bool = False) -> Iterator[ScannedDocument]:
        """Yield each document as it was scanned; with `is_exhaustive` every word of every field is tried."""
        if not documents:
            return
        fields = [field for title_and_text in documents for field in title_and_text]
        text = "\n".join(fields)
        # Fonts from before Unicode drew Kyrgyz letters in place of others. One letter replaces one: offsets stay.
        if any(chr(letter) in text for letter in LEGACY):
            fields = [field.translate(LEGACY) if is_legacy_kyrgyz(field) else field for field in fields]
            text = "\n".join(fields)
        scanned = self._scan(f"\n{text}\n", fields)
        forms = self._forms  # the words of another text may empty the cache before the last passage is made
        for number, title_and_text in enumerate(documents):
            passages: list[Passage] = []
            may_hold_name = scanned.start_edges[2 * number] < scanned.start_edges[2 * number + 2]
            has_other_script = scanned.has_other_script[2 * number : 2 * number + 2]
            may_hold_name |= any(scanned.may_hide_names[2 * number : 2 * number + 2])
            if is_exhaustive or may_hold_name or any(map(self.may_hold_exact_name, title_and_text, has_other_script)):
                for field_number, field_name, content in zip(
                    (2 * number, 2 * number + 1), (Field.TITLE, Field.TEXT), title_and_text, strict=True
                ):
                    if content:
                        words, places = scanned.words_and_starts(field_number, fields[field_number])
                        tried_places = None if is_exhaustive else places
                        passages.append(Passage(content, field_name, words, tried_places, forms))
            self.common_surnames += sum(scanned.common_surnames[2 * number : 2 * number + 2])
            yield ScannedDocument(passages, (scanned.telling_words(2 * number), scanned.telling_words(2 * number + 1)))

    def may_hold_exact_name(self, text: str, may_have_other_script: bool = True) -> bool:
        """Return whether a text may hold an account, or a name that is matched as it is written."""
        return self.exact.may_contain_any(text, may_have_other_script) or self.accounts.may_contain_any(text)

    def _scan(self, text: str, fields: Sequence[str]) -> ScannedBatch:
        """Find the words of all fields, and the places where a name can begin."""
        if self._words.count > _REMEMBERED_WORDS or self._forms.size > _REMEMBERED_MATCHES:
            # Both together: a key in one and not in the other would lose its matches.
            self._words, self._forms = WordTable(), FormCache()
        # Texts may hold lone surrogates; each is one code point, as in `str`.
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = character_classes().take(points, mode="clip")
        # Fields are joined by one line break each, and one precedes the first.
        offsets = np.cumsum([1, *(len(content) + 1 for content in fields)])
        starts, ends, in_hashtag = adjust_edges(text, *word_edges(codes), self._are_listed, (offsets - 1).tolist())
        keys = word_keys(points, starts, ends)
        flags, sets, kinds = self._words.words(self._look_up_words(text, starts, ends, keys))
        edges = np.searchsorted(starts, offsets)
        capitals = np.concatenate([[0], np.cumsum((flags & WordFlags.CAPITAL) != 0)])
        uncapitalised = are_uncapitalised(np.diff(edges), np.diff(capitals[edges]))
        # Hashtags are written in small letters more often than not, so that a name in one needs no capital.
        for place in in_hashtag:
            if self._forms.is_listed(int(keys[place])):
                flags[place] |= WordFlags.CAPITAL

        flags[_IS_CLOSING_QUOTE.take(points.take(ends), mode="clip")] |= WordFlags.LINK  # a nickname: Иван "дед" Токоев

        follows, full_stops = points.take(ends), _full_stops_after(points, starts)
        # After one or two letters a full stop ends an initial, not the name.
        stops = (follows == _FULL_STOP) & (ends - starts > _MAX_INITIAL)
        ends_name = _IS_SEPARATOR.take(follows, mode="clip") | stops
        scanned_words = _ScannedWords(flags, sets, self._words.sets, full_stops, ends_name)
        name_starts = _name_starts(scanned_words, edges, uncapitalised)
        start_edges = np.searchsorted(name_starts, edges)
        common_surname = WordFlags.COMMON_SURNAME | WordFlags.CAPITAL
        counts = np.concatenate([[0], np.cumsum((flags & common_surname) == common_surname)])
        common_surnames = np.diff(counts[edges])
        has_other_script = np.diff(np.searchsorted(np.flatnonzero(are_other_script(points)), offsets)) > 0
        may_hide_names = np.diff(np.searchsorted(hiding_places(points, codes, starts, ends), offsets)) > 0
        kinds = with_pairs(kinds)
        telling = words_that_tell(points, starts, ends, flags, kinds) if self.finds_press else starts[:0]
        words = starts.data, ends.data, flags.data, keys.data
        facts = uncapitalised, common_surnames, may_hide_names, has_other_script, starts[telling], kinds[telling]
        columns = name_starts, offsets, edges, start_edges, *facts
        return ScannedBatch(words, *(column.tolist() for column in columns))

    def _are_listed(self, words: list[str]) -> list[bool]:
        """Return for each word whether it may be one of the list."""
        matches_by_row = self.index.match_forms(words)
        return [row in matches_by_row and bool(matches_by_row[row].matches) for row in range(len(words))]

    def _look_up_words(self, text: str, starts: Ints, ends: Ints, keys: Hashes) -> Numbers:
        """Return the row of each word in the table of words; new words are matched now, all together."""
        rows = self._words.rows(keys)
        new = np.flatnonzero(rows < 0)
        if len(new):
            # Each new word is matched once, however often it occurs in the batch.
            # Any occurrence serves: `np.unique` would look for the first, and take twice as long.
            order = np.argsort(keys[new])
            sorted_keys = keys[new][order]
            is_other_key = np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]])
            first_places = new[order[is_other_key]]
            by_length = np.argsort(ends[first_places] - starts[first_places], kind="stable")
            first_places = first_places[by_length]
            words = [
                text[start:end]
                for start, end in zip(starts[first_places].tolist(), ends[first_places].tolist(), strict=True)
            ]
            new_rows = np.empty(len(words), np.int32)
            new_rows[by_length] = self._add_words(keys[first_places], _repair_words(words))
            rows[new[order]] = new_rows[np.cumsum(is_other_key) - 1]
        return rows

    def _add_words(self, keys: Hashes, forms: Sequence[str]) -> Numbers:
        """Match new words, and return their rows in the table of words."""
        small = [*map(str.lower, forms)]
        flags = _flags_by_letters(forms, small)
        is_capitalised = (flags & WordFlags.CAPITAL) != 0
        for row in np.flatnonzero(is_capitalised).tolist():
            if forms[row][:2].isupper() and self.is_acronym(forms[row]):
                flags[row] |= WordFlags.ACRONYM
        sounds, found_words = self.index.find_words(
            [form if len(form) <= _MAX_NAME_WORD else "-" for form in forms], is_capitalised
        )
        flags[found_words.places] |= self.role_flags.flags_of(forms, is_capitalised, found_words)
        kinds = telling_kinds(small) if self.finds_press else np.zeros(len(forms), np.int32)
        self._forms.add(keys, forms, found_words)
        return self._words.add(keys, flags, kinds, *self.companions.sets_of(forms, sounds, is_capitalised, found_words))


def _repair_words(words: list[str]) -> list[str]:
    """Return the words repaired; most are of one script without marks, and stay as they are."""
    kinds = WordLetters(words).kinds
    one_script = ASCII_LETTER | DIGIT, PLAIN_CYRILLIC | DIGIT
    for row in np.flatnonzero(np.logical_and.reduce([(kinds | script) != script for script in one_script])).tolist():
        words[row] = repair_unknown_word(words[row])
    # One letter more than allowed, so that a word that is too long is seen.
    return [word[: _MAX_NAME_WORD + 1] for word in words] if len(words[-1]) > _MAX_NAME_WORD else words


def _flags_by_letters(forms: Sequence[str], small: Sequence[str]) -> FlagArray:
    """Return the flags of words that do not depend on the list: capitals, frequent words, articles.

    `small`: the words in small letters.
    """
    flags = np.fromiter(map(_FLAGS_OF_WORDS.get, small, repeat(0)), np.int32, len(forms))
    is_capitalised = np.fromiter(map(may_begin_name, forms), bool, len(forms))
    is_short = np.fromiter(map(len, forms), np.int64, len(forms)) <= _MAX_INITIAL
    flags[is_capitalised] |= WordFlags.CAPITAL
    flags[is_capitalised & is_short] |= WordFlags.INITIAL
    return flags


_FLAGS_OF_WORDS = {
    word: LANGUAGE_MARKERS.get(word, 0) << LANGUAGE_MARKER_SHIFT
    | (WordFlags.ARTICLE if word in ARTICLES else 0)
    | (WordFlags.LINK if word in NOBILIARY | CONJUNCTIONS else 0)
    for word in {*LANGUAGE_MARKERS, *NOBILIARY, *CONJUNCTIONS}
}


class _ScannedWords(NamedTuple):
    """The words of a batch: their flags, the numbers of their sets, and the characters after them."""

    flags: FlagArray
    set_numbers: Numbers
    sets: WordSets
    has_full_stop_after: Flags
    ends_name: Flags  # whether the character after each word does: a comma or the like, or a full stop

    def padded(self) -> tuple[FlagArray, Numbers]:
        """Return flags and numbers of sets, with those of no word before the first and after the last.

        A word without a full stop is no initial.
        """
        flags = self.flags & ~np.where(self.has_full_stop_after, 0, WordFlags.INITIAL).astype(np.int32)
        return np.pad(flags, (_WORDS_BEFORE, _WORDS_AFTER)), np.pad(self.set_numbers, (_WORDS_BEFORE, _WORDS_AFTER))


def _full_stops_after(points: NDArray[np.uint32], starts: Ints) -> Flags:
    """Return for each word whether a full stop stands between its beginning and that of the next word.

    No full stop stands within a word.
    """
    # One before the first word is noted after the last, and left out.
    has_full_stop = np.zeros(len(starts) + 1, bool)
    has_full_stop[np.searchsorted(starts, np.flatnonzero(points == _FULL_STOP)) - 1] = True
    return has_full_stop[:-1]


def _name_starts(words: _ScannedWords, edges: Ints, uncapitalised: NDArray[np.bool_]) -> Ints:
    """Return the words at which a name can begin.

    This is a filter: it passes every place that the rules accept, and the rules check what stands around it again.
    """
    flags, sets = words.flags, words.sets
    padded_flags, padded_sets = words.padded()
    places = np.flatnonzero(flags & _START_FLAGS)
    own_flags, own_sets = flags[places], words.set_numbers[places]
    is_capitalised = (own_flags & WordFlags.CAPITAL) != 0
    is_start = (own_flags & (WordFlags.ONE_WORD_PHRASE | WordFlags.ACRONYM)) != 0
    is_start |= is_capitalised & ((own_flags & WordFlags.SURNAME) != 0)
    phrases = np.flatnonzero(~is_start & ((own_flags & WordFlags.PHRASE_START) != 0))
    after = padded_sets[places[phrases, None] + _WORDS_BEFORE + np.arange(1, _WORDS_AFTER + 1)]
    is_start[phrases] = may_share_word(sets.second_words[own_sets[phrases], None], sets.words[after]).any(axis=1)
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
    is_start[rows] = _has_given_name_near(words, places[rows], padded_flags, padded_sets)
    # In a field without capitals no word can be required to have one.
    for n in np.flatnonzero(uncapitalised):
        is_start |= (edges[n] <= places) & (places < edges[n + 1])
    exact_given_name = WordFlags.EXACT_GIVEN_NAME | WordFlags.CAPITAL
    # A given name spelt right, before a surname that lost its first letter or has another.
    headless = np.flatnonzero(
        ((flags[:-1] & exact_given_name) == exact_given_name) & ((flags[1:] & WordFlags.HEADLESS) != 0)
    )
    first, second = words.set_numbers[headless], words.set_numbers[headless + 1]
    headless = headless[may_share_word(sets.words[first], sets.given_names[second])]
    return np.unique(np.concatenate([places[is_start], headless]))


def _has_given_name_near(words: _ScannedWords, places: Ints, padded_flags: FlagArray, padded_sets: Numbers) -> Flags:
    """Return whether a given name of the bearers of a surname, or an initial, stands near some places.

    An Arabic article may be a part of a given name.
    """
    before = places[:, None] - np.arange(1, _WORDS_BEFORE + 1)
    ends_run = words.ends_name[np.maximum(before, 0)]
    # Words in small letters end a name, but for a few; one may be a given name that lost its first letter.
    flags_before = padded_flags[before + _WORDS_BEFORE]
    ends_run[:, 1:] |= (flags_before[:, :-1] & (WordFlags.CAPITAL | WordFlags.LINK)) == 0
    is_near = np.concatenate(
        [~np.logical_or.accumulate(ends_run, axis=1), np.ones((len(places), _WORDS_AFTER), bool)], axis=1
    )
    # Only a particle may stand between a surname and the given name after it, and common surnames have none.
    is_near[:, _WORDS_BEFORE + 1 :] = (words.flags[places] & WordFlags.COMMON_SURNAME == 0)[:, None]
    near = np.concatenate([before, places[:, None] + np.arange(1, _WORDS_AFTER + 1)], axis=1)
    is_initial = (padded_flags[near + _WORDS_BEFORE] & (WordFlags.INITIAL | WordFlags.ARTICLE)) != 0
    given_names = words.sets.given_names[words.set_numbers[places]]
    may_be_given_name = may_share_word(words.sets.words[padded_sets[near + _WORDS_BEFORE]], given_names[:, None])
    has_given_name: Flags = (is_near & (is_initial | may_be_given_name)).any(axis=1)
    return has_given_name


# ---- sentences that may tell what happened to the press -------------------------------------------------------------


_IS_STOP, _LINE_BREAK, _LONGEST_ABBREVIATION = flags_of_characters(".!?…"), ord("\n"), 4


def words_that_tell(points: NDArray[np.uint32], starts: Ints, ends: Ints, flags: FlagArray, kinds: Kinds) -> Ints:
    """Return the words of the sentences that may tell an incident, as far as stops and lines tell sentences.

    A stop after a long word, before a capital, ends a sentence; others may be of an abbreviation.
    """
    telling = np.flatnonzero(kinds)
    if not len(telling):
        return telling
    is_end = _IS_STOP.take(points.take(ends), mode="clip") & (ends - starts > _LONGEST_ABBREVIATION)
    is_end[:-1] &= (starts[1:] == ends[:-1] + 2) & ((flags[1:] & WordFlags.CAPITAL) != 0)
    is_end[np.searchsorted(starts, np.flatnonzero(points == _LINE_BREAK))[1:-1] - 1] = True
    sentences: Ints = np.cumsum(is_end) - is_end
    return telling[may_tell(kinds[telling], sentences[telling])]
