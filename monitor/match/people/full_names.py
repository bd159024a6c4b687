"""Pure. Find the full names of people in a text: given name and surname, Kyrgyz names with кызы or уулу."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from monitor.match.index.names import read_particle
from monitor.match.known_names import is_common_word, is_declined_patronymic, is_real_given_name, is_word_or_place
from monitor.match.people.base_forms import NamePart, is_slavic_surname, nominatives
from monitor.match.words import is_ordinary_in_any_ending, is_title, is_type_word
from monitor.model import Span
from monitor.text.romanize import skeleton
from monitor.text.tokens import Token, tokens

_LONGEST = 4  # words of a run: a title or the first word of a sentence, and a name
_JOINTS = {" ", "\u00a0", "-", "‑"}
_GIVEN_NAME, _PATRONYMIC, _SURNAME = NamePart


@dataclass(frozen=True, slots=True)
class FullName:
    """A person's name as it stands in a text, and the parts of its words."""

    span: Span
    words: tuple[str, ...]
    parts: tuple[NamePart, ...]


def full_names(text: str, most_runs: int | None = None) -> tuple[FullName, ...]:
    """Return the full names of people in a text, in its order: all, or those of the first `most_runs` runs of words.

    >>> [name.words for name in full_names("Вчера милиция задержала Айгуль Бекову и редактора.")]
    [('Айгуль', 'Бекову')]
    """
    runs = (run for run in _runs(text, tokens(text)) if len(run) > 1)
    return tuple(name for run in islice(runs, most_runs) if (name := _name_in(run)))


def _runs(text: str, words: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the capitalised words that follow each other, with a particle where one stands after them."""
    run: list[Token] = []
    for before, word in pairwise([None, *words]):
        assert word is not None
        is_joined = before is not None and text[before.end : word.start] in _JOINTS
        is_part = _is_capitalised(word.text) or (bool(run) and is_joined and read_particle(word.text) is not None)
        if run and not (is_part and is_joined):
            yield run
            run = []
        if is_part:
            run.append(word)
    if run:
        yield run


def _is_capitalised(word: str) -> bool:
    return (
        word[0].isupper() and len(word) > 1 and not word.isupper() and word.replace("’", "").replace("'", "").isalpha()
    )


def _name_in(run: Sequence[Token]) -> FullName | None:
    """Return the first name in a run of words, without what stands before it; None: there is none."""
    if len(run) > _LONGEST + 1:
        return None
    for first in range(len(run) - 1):
        for size in (3, 2):
            part = run[first : first + size]
            words = tuple(word.text for word in part)
            if len(part) == size and (parts := _parts_of(words)):
                return FullName(Span(part[0].start, part[-1].end), words, parts)
    return None


def _parts_of(words: tuple[str, ...]) -> tuple[NamePart, ...] | None:
    """Return the parts of a person's name, or None for words that are none."""
    if any(_is_no_name(word) for word in words if read_particle(word) is None):
        return None
    has_particle = read_particle(words[-1]) is not None
    if has_particle or any(map(read_particle, words[:-1])):
        is_name = has_particle and _may_be_given_name(words[0])
        return (_GIVEN_NAME, *(_SURNAME for _ in words[1:])) if is_name and len(words) == 3 else None
    if len(words) == 3:
        if is_declined_patronymic(words[1]) and _may_be_given_name(words[0]):
            return _GIVEN_NAME, _PATRONYMIC, _SURNAME
        if is_declined_patronymic(words[2]) and _may_be_given_name(words[1]):
            return _SURNAME, _GIVEN_NAME, _PATRONYMIC
        return None
    if _may_be_given_name(words[0]) and not is_declined_patronymic(words[1]):
        return _GIVEN_NAME, _SURNAME
    if is_slavic_surname(words[0]) and _may_be_given_name(words[1]):
        return _SURNAME, _GIVEN_NAME
    return None


def _is_no_name(word: str) -> bool:
    """Return whether a word is a title, a place, a body's word or another ordinary one rather than a name."""
    if is_title(word) or is_type_word(word) or is_ordinary_in_any_ending(word):
        return True
    return not _may_be_given_name(word) and is_common_word(skeleton(word))


def _may_be_given_name(word: str) -> bool:
    """Return whether a word is a known given name, in any case."""
    bases = nominatives((word,), (_GIVEN_NAME,))
    return any(is_real_given_name(sounds) and not is_word_or_place(sounds) for sounds in map(skeleton, bases))
