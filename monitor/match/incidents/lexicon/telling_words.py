"""Pure. Which words a sentence must have to tell an incident: a cheap condition before any grammar is read.

In each language a sentence needs a word for an act, and somebody of the press: by itself, or beside a word for media.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import compress, count, product
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.incidents.lexicon.grammar import LANGUAGES, fold_word, grammar, look_up
from monitor.match.incidents.lexicon.table_types import Phrase

_PRESS, _MEDIA, _BESIDE_MEDIA, _ACT = 1, 2, 4, 8
_BITS = 4  # of a language
_SHIFTS = tuple((language, _BITS * number) for number, language in enumerate(LANGUAGES))
ANY_SIGN = sum((_PRESS | _MEDIA) << shift for _, shift in _SHIFTS)
_PREFIX = 4  # letters
_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяөүңabcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"\w+")


class TellingWord(NamedTuple):
    """A word that may help to tell an incident: where it begins in its text, and bits of what it is by language."""

    start: int
    kind: int


@cache
def _kinds() -> tuple[dict[str, int], dict[str, list[tuple[str, int]]]]:
    """Return the kinds of whole words, and of stems by their first letters."""
    words, stems = dict[str, int](), dict[str, int]()
    for language, shift in _SHIFTS:
        table = grammar(language)
        sections = (_PRESS, table.press), (_MEDIA, table.media), (_BESIDE_MEDIA, table.beside_media), (_ACT, table.acts)
        for kind, beginnings in sections:
            for word in beginnings.words:
                words[word] = words.get(word, 0) | kind << shift
            for stem in beginnings.stems:
                stems[stem] = stems.get(stem, 0) | kind << shift
    by_prefix: dict[str, list[tuple[str, int]]] = {}
    for stem, kind in stems.items():
        # A short stem begins whatever letters follow it, so that words are looked up by one length alone.
        for letters in product(_LETTERS, repeat=max(0, _PREFIX - len(stem))):
            by_prefix.setdefault(stem[:_PREFIX] + "".join(letters), []).append((stem, kind))
        for size in range(len(stem), _PREFIX):
            for letters in product(_LETTERS, repeat=size - len(stem)):
                word = stem + "".join(letters)
                words[word] = words.get(word, 0) | kind
    return words, by_prefix


def telling_kinds(forms: Sequence[str]) -> Mapping[int, int]:
    """Return the kinds of those of some words that may help to tell an incident, by their numbers."""
    words, stems = _kinds()
    small = "\n".join(forms).lower().replace("ё", "е").split("\n")
    if len(small) != len(forms):  # a word holds a line end
        small = [fold_word(form).replace("\n", " ") for form in forms]
    kinds = {number: words[small[number]] for number in compress(count(), map(words.__contains__, small))}
    beginnings = map(itemgetter(slice(_PREFIX)), small)
    for number in compress(count(), map(stems.__contains__, beginnings)):
        word = small[number]
        for stem, kind in stems[word[:_PREFIX]]:
            if word.startswith(stem):
                kinds[number] = kinds.get(number, 0) | kind
    return kinds


def may_tell(kinds: NDArray[np.int16], sentences: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of telling words, with the numbers of their sentences, whether their sentence may tell something."""
    first = np.flatnonzero(np.diff(sentences, prepend=-1))
    together = np.bitwise_or.reduceat(kinds, first) if len(first) else kinds[:0]
    is_telling = np.zeros(len(first), bool)
    for _, shift in _SHIFTS:
        has = [(together >> shift & kind) != 0 for kind in (_PRESS, _MEDIA, _BESIDE_MEDIA, _ACT)]
        is_telling |= has[3] & (has[0] | (has[1] & has[2]))
    return np.repeat(is_telling, np.diff(np.append(first, len(kinds))))


def phrases_of(text: str, words: Sequence[TellingWord]) -> Iterator[tuple[str, list[Phrase]]]:
    """Yield the languages in which a sentence with these telling words may tell an incident, with the acts it may tell.

    `text`: the sentence; `words` begin in it.
    """
    kinds = [word.kind for word in words]
    together = 0
    for kind in kinds:
        together |= kind
    folded = ""
    for language, shift in _SHIFTS:
        if together >> shift & _ACT and _has_press(kinds, together, shift):
            folded = folded or fold_word(text)
            act_words = [match[0] for w in words if w.kind >> shift & _ACT and (match := _WORD.match(folded, w.start))]
            table = grammar(language)
            phrases_by_number = {p.number: p for word in act_words for p in look_up(table.phrases_by_rarest, word)}
            if phrases := [
                p for p in phrases_by_number.values() if all(any(s in folded for s in test.stems) for test in p.tests)
            ]:
                yield language, phrases


def _has_press(kinds: Sequence[int], together: int, shift: int) -> bool:
    """Return whether words are the press in a language: by themselves, or one beside another for media."""
    if together >> shift & _PRESS:
        return True
    both = _MEDIA | _BESIDE_MEDIA
    return together >> shift & both == both and sum(bool(kind >> shift & both) for kind in kinds) > 1
