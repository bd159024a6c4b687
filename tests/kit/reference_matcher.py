"""The matcher as one would write it down first: every word of every text looked up by itself, every name tried.

The rules of `verify` and `decide` are the product's own; what is slow and plain here is what `join`, `sounds`, `scan` and
`candidates` make fast: which listed words a word may be, where words stand, and that nothing is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from monitor.match.compile import Compiled
from monitor.match.index.forms import Role, Stem, any_ending, ending, sounds_of
from monitor.match.index.word_index import Closeness, Judged, Matches, Word, WordMatch, _close, loose
from monitor.match.rules.decide import mentions
from monitor.match.scanner.passage import TELLING_WORDS, Passage, WordFlags, WordForm, uncapitalised
from monitor.model import Field, Mention
from monitor.text.normalize import is_cyrillic
from monitor.text.tokens import tokens

Stems = dict[str, list[tuple[int, Stem]]]


def find_mentions(text: str, compiled: Compiled, title: str, index: PlainIndex) -> tuple[Mention, ...]:
    """`index`: of the same list."""
    both = ((title, Field.TITLE), (text, Field.TEXT))
    return mentions([SlowPassage(content, which, index) for content, which in both if content], compiled)


class SlowPassage(Passage):
    """A passage read word by word; everything may begin anywhere."""

    def __init__(self, text: str, field: Field, index: PlainIndex) -> None:
        found = tokens(text)
        self.text, self.field, self.size, self.thorough = text, field, len(found), True
        self.places, self._offset = range(self.size), 0
        self._starts, self._ends = [t.start for t in found], [t.end for t in found]  # type: ignore[assignment]
        self._all = [WordForm(t.text, index.judge(t.text)) for t in found]
        capitals = sum(word.upper for word in self._all)
        self.uncapitalised = bool(uncapitalised(np.array(self.size), np.array(capitals)))

    def word(self, place: int) -> WordForm:
        return self._all[place]

    def hints(self, place: int) -> int:
        return -1 if self._all[place].upper else ~WordFlags.CAPITAL

    def _telling_words(self) -> set[int]:
        return {TELLING_WORDS[word.lower] for word in self._all if word.lower in TELLING_WORDS}

    def hinted(self, hint: int) -> list[int]:
        return [place for place in self.places if self.hints(place) & hint]


class PlainIndex:
    """The words of a list under their keys, in dictionaries; each word of a text is looked up under its own."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.same: Stems = {}
        self.loose: Stems = {}
        self.deleted: Stems = {}
        self.headless: Stems = {}
        self.seen: dict[str, Judged] = {}
        self.order: dict[tuple[int, Stem], int] = {}
        for word in words:
            for stem in word.stems:
                self._enter(word.number, stem, word.role)

    def _enter(self, number: int, stem: Stem, role: Role) -> None:
        self.same.setdefault(stem.text, []).append((number, stem))
        self.order[number, stem] = len(self.order)
        key = loose(stem.text)
        consonants = len(key.replace("a", ""))
        if role is Role.JOINED or (role is Role.WORD and len(stem.text) < 7) or (stem.by_ear and len(stem.text) < 4):
            return
        shortest = 2 if role is Role.GIVEN else 3
        if consonants >= 2 or (consonants == 1 and shortest <= len(stem.text) <= 4):
            self.loose.setdefault(key, []).append((number, stem))
        if role is not Role.WORD and not stem.by_ear and len(stem.text) >= 5:
            self.headless.setdefault(stem.text[1:], []).append((number, stem))
        long_enough = len(stem.text) >= 5 and len(key) >= (4 if role is Role.GIVEN else 5)
        if role is not Role.WORD and not stem.by_ear and long_enough:
            for shorter in _deletions(key):
                self.deleted.setdefault(shorter, []).append((number, stem))

    def judge(self, form: str) -> Judged:
        """Which words of the list a word of a text may be."""
        if form not in self.seen:
            self.seen[form] = Judged(sounds_of(form), self._matches(form), self._headless(form))
        return self.seen[form]

    def _headless(self, form: str) -> Matches:
        sounds, found = sounds_of(form), {}
        for end in range(len(sounds), 3, -1):
            tails = sorted(
                {*self.headless.get(sounds[:end], ()), *self.headless.get(sounds[1:end], ())}, key=self.order.get
            )
            for number, stem in tails:
                says = ending(sounds[end:], stem, form)
                if number not in found and says is not None:
                    found[number] = WordMatch(Closeness.TYPO, stem, sounds[end:], says)
        return found

    def _matches(self, form: str) -> Matches:
        sounds, cyrillic, name = sounds_of(form), is_cyrillic(form), form[0].isupper()
        found: Matches = {}
        endings, longest = any_ending(cyrillic)
        for cut in range(max(0, min(longest, len(sounds) - 2)) + 1):
            stem, rest = sounds[: len(sounds) - cut], sounds[len(sounds) - cut :]
            for closeness, number, listed in self._candidates(stem, name, len(sounds)) if rest in endings else ():
                says = ending(rest, listed, form)
                better = number not in found or found[number].closeness < closeness
                if better and says is not None and _close(closeness, stem, listed.text, form):
                    found[number] = WordMatch(closeness, listed, rest, says)
        return found

    def _candidates(self, stem: str, name: bool, size: int) -> Iterator[tuple[Closeness, int, Stem]]:
        yield from ((Closeness.SAME, number, listed) for number, listed in self.same.get(stem, ()))
        if len(stem) < (2 if name else 7):
            return
        key = loose(stem)
        yield from ((Closeness.VOWELS, number, listed) for number, listed in self.loose.get(key, ()))
        if not name or size < 4 or len(key) < 3:
            return
        shorter = _deletions(key) if len(key) >= 4 else []
        by_spelling = (pair for each in shorter for pair in self.loose.get(each, ()) if not pair[1].by_ear)
        by_deletion = (pair for each in shorter for pair in self.deleted.get(each, ()))
        for pairs in (self.deleted.get(key, ()), by_spelling, by_deletion):
            for number, listed in sorted(pairs, key=self.order.__getitem__):
                if listed.text[0] == stem[0]:
                    yield Closeness.TYPO, number, listed


def _deletions(key: str) -> list[str]:
    """The key less one letter, its first aside; what the lost one parted is one where it is alike."""
    less = (key[:i] + key[i + (2 if key[i + 1 : i + 2] == key[i - 1] else 1) :] for i in range(1, len(key)))
    return list(dict.fromkeys(less))
