"""A plain matcher, the specification of the fast path: every word of a text is looked up by itself, every name is tried.

The rules (`match.rules`) are the product's own. Slow and plain here is what `match.index.stem_keys` and `match.scanner`
make fast: which listed words a word may be, where words stand, and that no place is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from monitor.match.compile import Compiled
from monitor.match.index.closeness import is_close
from monitor.match.index.endings import DOUBLED_LETTER, EndingKind, all_endings
from monitor.match.index.forms import NameRole, Stem, read_ending, sounds_in_text
from monitor.match.index.word_match import Closeness, FormMatches, Matches, Word, WordMatch
from monitor.match.rules.decide import decide_mentions
from monitor.match.scanner.passage import Passage, are_uncapitalised
from monitor.match.scanner.word_edges import adjust_edges
from monitor.match.scanner.word_form import LANGUAGE_MARKERS, WordFlags, WordForm
from monitor.model import Field, Mention
from monitor.text.normalize import (
    LEGACY,
    is_armenian,
    is_cyrillic,
    is_georgian,
    is_legacy_kyrgyz,
    may_begin_name,
    repair_word,
)
from monitor.text.tokens import Token, tokens
from monitor.text.vocabulary import KeyQuery, loose_key

Stems = dict[str, list[tuple[int, Stem]]]


def find_mentions(text: str, compiled: Compiled, title: str, index: PlainIndex) -> tuple[Mention, ...]:
    """Return the mentions in a title and a text; `index` must be of the same list."""
    fields = ((title, Field.TITLE), (text, Field.TEXT))
    return decide_mentions([SlowPassage(content, field, index) for content, field in fields if content], compiled)


class SlowPassage(Passage):
    """A passage read word by word, in which every name may begin anywhere."""

    def __init__(self, text: str, field: Field, index: PlainIndex) -> None:
        edges = tokens(text)
        source = text.translate(LEGACY) if is_legacy_kyrgyz(text) else text
        starts, ends, in_hashtag = adjust_edges(
            source,
            np.array([t.start for t in edges], np.int64),
            np.array([t.end for t in edges], np.int64),
            lambda forms: [bool(index.match_form(form).matches) for form in forms],
            (),
        )
        words = [
            Token(start, end, repair_word(source[start:end]))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        self.text, self.field, self.size, self.is_exhaustive = text, field, len(words), True
        self.places, self._offset = range(self.size), 0
        self._starts, self._ends = [t.start for t in words], [t.end for t in words]  # type: ignore[assignment]
        self._all = [WordForm(t.text, index.match_form(t.text)) for t in words]
        self._hashtag_places = {place for place in in_hashtag if self._all[place].matches}
        capitals = sum(may_begin_name(word.text) for word in self._all)
        self.may_hide_names = True
        self.is_uncapitalised = bool(are_uncapitalised(np.array(self.size), np.array(capitals)))

    def word(self, place: int) -> WordForm:
        return self._all[place]

    def flags(self, place: int) -> int:
        is_capitalised = may_begin_name(self._all[place].text) or place in self._hashtag_places
        return -1 if is_capitalised else ~WordFlags.CAPITAL

    def may_be_any(self, place: int, numbers: frozenset[int]) -> bool:
        return not numbers.isdisjoint(self._all[place].matches)

    def _language_markers(self) -> set[int]:
        return {LANGUAGE_MARKERS[word.lower] for word in self._all if word.lower in LANGUAGE_MARKERS}

    def places_with(self, flag: int) -> list[int]:
        return [place for place in self.places if self.flags(place) & flag]


class PlainIndex:
    """The words of a list in dictionaries by their keys; each word of a text is looked up by itself."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.same: Stems = {}
        self.loose: Stems = {}
        self.deleted: Stems = {}
        self.headless: Stems = {}
        self.cache: dict[str, FormMatches] = {}
        self.order: dict[tuple[int, Stem], int] = {}
        for word in words:
            for stem in word.stems:
                self._enter(word.number, stem, word.role)

    def _enter(self, number: int, stem: Stem, role: NameRole) -> None:
        self.same.setdefault(stem.text, []).append((number, stem))
        self.order[number, stem] = len(self.order)
        key = loose_key(stem.text)
        consonants = len(key.replace("a", ""))
        if (
            role is NameRole.JOINED
            or stem.letters
            or stem.is_familiar
            or (role is NameRole.WORD and len(stem.text) < 7)
            or (stem.is_transcribed and len(stem.text) < 4)
        ):
            return
        shortest = 2 if role is NameRole.GIVEN_NAME else 3
        if consonants >= 2 or (consonants == 1 and shortest <= len(stem.text) <= 4):
            self.loose.setdefault(key, []).append((number, stem))
        if role is not NameRole.WORD and not stem.is_transcribed and len(stem.text) >= 5:
            self.headless.setdefault(stem.text[1:], []).append((number, stem))
        long_enough = len(stem.text) >= 5 and len(key) >= (4 if role is NameRole.GIVEN_NAME else 5)
        if role is not NameRole.WORD and not stem.is_transcribed and long_enough:
            for shorter in _deletions(key):
                self.deleted.setdefault(shorter, []).append((number, stem))

    def match_form(self, form: str) -> FormMatches:
        """Return the listed words that a word of a text may be."""
        if form not in self.cache:
            self.cache[form] = FormMatches(sounds_in_text(form), self._matches(form), self._headless(form))
        return self.cache[form]

    def _headless(self, form: str) -> Matches:
        sounds, matches = sounds_in_text(form), {}
        for end in range(len(sounds), 3, -1):
            tails = sorted(
                {*self.headless.get(sounds[:end], ()), *self.headless.get(sounds[1:end], ())}, key=self.order.get
            )
            for number, stem in tails:
                inflection = read_ending(sounds[end:], stem, form)
                if number not in matches and inflection is not None:
                    matches[number] = WordMatch(Closeness.TYPO, stem, sounds[end:], inflection)
        return matches

    def _matches(self, form: str) -> Matches:
        sounds, may_be_name = sounds_in_text(form), form[0].isupper()
        matches: Matches = {}
        endings, longest = all_endings(ending_kind(form, sounds))
        for cut in range(max(0, min(longest, len(sounds) - 2)) + 1):
            stem, suffix = sounds[: len(sounds) - cut], sounds[len(sounds) - cut :]
            for closeness, number, listed in (
                self._candidates(stem, may_be_name, len(sounds)) if suffix in endings else ()
            ):
                inflection = read_ending(suffix, listed, form)
                is_closer = number not in matches or matches[number].closeness < closeness
                if is_closer and inflection is not None and is_close(closeness, stem, listed.text, form):
                    matches[number] = WordMatch(closeness, listed, suffix, inflection)
        return matches

    def _candidates(self, stem: str, may_be_name: bool, size: int) -> Iterator[tuple[Closeness, int, Stem]]:
        yield from ((Closeness.SAME, number, listed) for number, listed in self.same.get(stem, ()))
        if len(stem) < (2 if may_be_name else 7):
            return
        key = loose_key(stem)
        yield from ((Closeness.VOWELS, number, listed) for number, listed in self.loose.get(key, ()))
        if not may_be_name or size < 4 or len(key) < 3:
            return
        deletions = _deletions(key) if len(key) >= 4 else []
        by_spelling = (
            pair for deletion in deletions for pair in self.loose.get(deletion, ()) if not pair[1].is_transcribed
        )
        by_deletion = (pair for deletion in deletions for pair in self.deleted.get(deletion, ()))
        for pairs in (self.deleted.get(key, ()), by_spelling, by_deletion):
            for number, listed in sorted(pairs, key=self.order.__getitem__):
                if listed.text[0] == stem[0]:
                    yield Closeness.TYPO, number, listed


def ending_kind(form: str, sounds: str) -> EndingKind:
    """Return which endings a word with these sounds may have."""
    if is_cyrillic(form):
        return EndingKind.CYRILLIC
    if any(map(is_georgian, form)):
        return EndingKind.GEORGIAN
    if is_armenian(form):
        return EndingKind.ARMENIAN
    if not form.isalpha():
        return EndingKind.SIGNED_LATIN
    is_merged = len(form) != len(sounds) and DOUBLED_LETTER.search(form)
    return EndingKind.MERGED_LATIN if is_merged else EndingKind.PLAIN_LATIN


def _deletions(key: str) -> list[str]:
    """Return the keys less one letter, each in turn but the first; equal neighbours of the lost letter merge."""
    shorter_keys = (key[:i] + key[i + (2 if key[i + 1 : i + 2] == key[i - 1] else 1) :] for i in range(1, len(key)))
    return list(dict.fromkeys(shorter_keys))


def fits(query: KeyQuery, key: str) -> bool:
    """Return whether a key of the vocabulary is one that a query asks for."""
    window = key[query.start : query.start + query.length] if query.part else ""
    return key.startswith(query.prefix) and query.part in window
