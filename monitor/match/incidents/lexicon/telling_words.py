"""Pure. Which words a sentence must have to tell an incident: a cheap condition before any grammar is read.

In each language a sentence needs a word for an act, and somebody of the press: by itself, or beside a word for media.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, compress, count, repeat
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.incidents.lexicon.grammar import LANGUAGES, Grammar, Phrase, fold_word, grammar, look_up

Kinds = NDArray[np.int32]
# First and second: of two words that are the press together.
_PRESS, _MEDIA, _BESIDE_MEDIA, _ACT, _SECOND, _FIRST = (1 << number for number in range(6))
_BITS = 6  # of a language
_SHIFTS = tuple((language, _BITS * number) for number, language in enumerate(LANGUAGES))
ANY_SIGN, ANY_ROLE, _ANY_SECOND = (
    sum(kind << shift for _, shift in _SHIFTS) for kind in (_PRESS | _MEDIA, _PRESS | _BESIDE_MEDIA, _SECOND)
)
_SECOND_TO_PRESS = 4  # bits
_PREFIX = 3  # letters by which stems are looked up
_WORD = re.compile(r"\w+")
_PLAIN = re.compile("[\\w'|]*")  # a pattern that is nothing but alternatives


class TellingWord(NamedTuple):
    """A word that may help to tell an incident: where it begins in its text, and bits of what it is by language."""

    start: int
    kind: int


@cache
def _known_words() -> tuple[dict[str, int], dict[int, dict[str, dict[str, int]]]]:
    """Return the kinds of whole words, and of stems by how many first letters, at most `_PREFIX`, and by these."""
    words, stems = dict[str, int](), dict[int, dict[str, dict[str, int]]]()
    for language, shift in _SHIFTS:
        for spelling, is_whole, kind in _spellings(grammar(language)):
            beginning = spelling[:_PREFIX]
            kinds = words if is_whole else stems.setdefault(len(beginning), {}).setdefault(beginning, {})
            kinds[spelling] = kinds.get(spelling, 0) | kind << shift
    return words, stems


def _spellings(table: Grammar) -> Iterator[tuple[str, bool, int]]:
    """Yield the words and beginnings of words by which a table's press, media and acts are told, with their kinds."""
    for role in chain.from_iterable(table.roles.values()):
        is_pair = role.before and not table.is_in(role.before, "determiners")  # not “the press”
        kind = _BESIDE_MEDIA if "beside" in role.section else _SECOND if is_pair else _PRESS
        yield from _inflected(table, role.stem, role.noun and f"+{role.noun}", kind)
        if kind == _SECOND:
            yield role.before.rstrip("*"), not role.before.endswith("*"), _FIRST
    for words in (table.words["media"], table.words["media of outlets"]):
        yield from ((word, True, _MEDIA) for word in words.exact)
        yield from ((stem, False, _MEDIA) for stem in words.beginnings)
        for *_, last in chain.from_iterable(words.phrases.values()):
            yield last.rstrip("*"), not last.endswith("*"), _MEDIA
    phrases = chain.from_iterable(table.phrases.values())
    for stem, ending in {piece for phrase in phrases for piece in phrase.tests[phrase.rarest].pieces}:
        yield from _inflected(table, stem, ending, _ACT)


def _inflected(table: Grammar, stem: str, ending: str, kind: int) -> Iterator[tuple[str, bool, int]]:
    """Yield a stem with all of its endings; where these are patterns, the stem as a beginning."""
    patterns: Iterable[tuple[object, re.Pattern[str]]] = ()
    if ending[:1] in ("+", "&"):
        patterns = table.endings[ending[1:]] if ending[0] == "+" else table.forms[ending[1:]]
    rows = [pattern.pattern for _, pattern in patterns]
    if ending == "*" or not all(map(_PLAIN.fullmatch, rows)):
        yield stem, False, kind
    else:
        yield from ((stem + end, True, kind) for row in rows or [""] for end in row.split("|"))


def telling_kinds(forms: Sequence[str]) -> Kinds:
    """Return the kinds of words in small letters, 0 for those that tell nothing."""
    words, stems = _known_words()
    folded = [form.replace("ё", "е") if "ё" in form else form for form in forms]
    kinds = [*map(words.get, folded, repeat(0))]
    for size, by_beginning in stems.items():
        beginnings = map(itemgetter(slice(size)), folded)
        for number in compress(count(), map(by_beginning.__contains__, beginnings)):
            word = folded[number]
            for stem, kind in by_beginning[word[:size]].items():
                if word.startswith(stem):
                    kinds[number] |= kind
    return np.array(kinds, np.int32)


def with_pairs(kinds: Kinds) -> Kinds:
    """Return the kinds of a text's words: the press where the second of two words that are it follows the first."""
    paired = kinds.copy()
    paired[1:] |= (kinds[1:] & kinds[:-1] >> 1 & _ANY_SECOND) >> _SECOND_TO_PRESS
    return paired & ~(_ANY_SECOND | _ANY_SECOND << 1)


def may_tell(kinds: Kinds, sentences: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of telling words, with the numbers of their sentences, whether their sentence may tell something."""
    first = np.flatnonzero(np.diff(sentences, prepend=-1))
    together = np.bitwise_or.reduceat(kinds, first) if len(first) else kinds[:0]
    is_telling = np.zeros(len(first), bool)
    for _, shift in _SHIFTS:
        has = [(together >> shift & kind) != 0 for kind in (_PRESS, _MEDIA, _BESIDE_MEDIA, _ACT)]
        is_telling |= has[3] & (has[0] | (has[1] & has[2]))
    return np.repeat(is_telling, np.diff(np.append(first, len(kinds))))


def phrases_of(
    text: str, words: Sequence[TellingWord], *, needs_press: bool = True
) -> Iterator[tuple[str, list[Phrase]]]:
    """Yield the languages in which a sentence with these telling words may tell an incident, with the acts it may tell.

    `text`: the sentence; `words` begin in it. `needs_press`: it must name the press, and not only an act.
    """
    kinds = [word.kind for word in words]
    folded = ""
    for language, shift in _SHIFTS:
        act_words = [word for word in words if word.kind >> shift & _ACT]
        if act_words and (not needs_press or _has_press(kinds, shift)):
            folded = folded or fold_word(text)
            act_forms = {match[0] for word in act_words if (match := _WORD.match(folded, word.start))}
            phrases = {p.number: p for word in act_forms for p in look_up(grammar(language).phrases, word)}
            if likely := [p for p in phrases.values() if _may_stand_in(p, folded)]:
                yield language, likely


def _may_stand_in(phrase: Phrase, sentence: str) -> bool:
    """Return whether a stem of each word of a phrase but its rarest is somewhere in a folded sentence."""
    for place, test in enumerate(phrase.tests):
        if place != phrase.rarest and not any(stem in sentence for stem, _ in test.pieces):
            return False
    return True


def _has_press(kinds: Sequence[int], shift: int) -> bool:
    """Return whether words are the press in a language: by themselves, or one beside another for media."""
    together = 0
    for kind in kinds:
        together |= kind >> shift
    both = _MEDIA | _BESIDE_MEDIA
    return bool(together & _PRESS) or (
        together & both == both and sum(bool(kind >> shift & both) for kind in kinds) > 1
    )
