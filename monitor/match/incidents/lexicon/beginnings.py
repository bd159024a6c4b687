"""Pure. How the words of the tables begin: by these a sentence is found that may tell something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from monitor.match.incidents.lexicon.table_types import Beginnings, Role, WordList, WordTest

# Words by which no act is told apart: most sentences have some, or they are the press itself.
FREQUENT = (
    *("stop words", "auxiliary", "prepositions", "not", "determiners", "pronouns", "adverbs", "planned", "and"),
    *("numbers", "things", "media", "frequent"),
)
Patterns: TypeAlias = Iterable[tuple[object, re.Pattern[str]]]
_PLAIN = re.compile("[\\w'|]*")  # a pattern that is nothing but alternatives


def role_stems(role: Role, endings: Mapping[str, Patterns]) -> Iterator[tuple[str, bool]]:
    """Yield the words of a role, or the beginning of them; with whether it is the whole word."""
    yield from _with_endings(role.stem, endings.get(role.noun, ())) if role.noun else [(role.stem, True)]


def test_stems(
    test: WordTest, endings: Mapping[str, Patterns], forms: Mapping[str, Patterns]
) -> Iterator[tuple[str, bool]]:
    yield from ((word, True) for word in test.exact)
    yield from ((word, True) for word, _ in test.forms)
    yield from ((stem, False) for stem in test.beginnings)
    for stem, kind in test.verbs:
        yield from _with_endings(stem, forms[kind])
    for stem, kind in test.nouns:
        yield from _with_endings(stem, endings[kind])


def _with_endings(stem: str, patterns: Patterns) -> Iterator[tuple[str, bool]]:
    """Yield a stem with all of its endings; where these are patterns, the stem as a beginning."""
    rows = [pattern.pattern for _, pattern in patterns]
    if not all(map(_PLAIN.fullmatch, rows)):
        yield stem, False
        return
    for row in rows:
        yield from ((stem + ending, True) for ending in row.split("|"))


def telling_stems(role: Role, endings: Mapping[str, Patterns], *, is_ordered: bool) -> Iterator[tuple[str, bool]]:
    """Yield the words of a role; of one of two words those of the rarer: media workers, фото съёмочной группы."""
    before = role.before.rstrip("*")
    if before and before != "the" and (is_ordered or len(before) > len(role.stem)):
        yield before, not role.before.endswith("*")
    else:
        yield from role_stems(role, endings)


def media_stems(words: WordList) -> Iterator[tuple[str, bool]]:
    """Yield the words of a list, or their beginnings; of phrases the last word."""
    yield from ((word, True) for word in words.exact)
    yield from ((stem, False) for stem in words.beginnings)
    for group in words.phrases.values():
        yield from ((phrase[-1].rstrip("*"), not phrase[-1].endswith("*")) for phrase in group)


def beginnings(words: Iterable[tuple[str, bool]]) -> Beginnings:
    """Return words and stems, without those that begin with another stem."""
    words = tuple(words)
    stems: list[str] = []
    for stem in sorted({word for word, is_whole in words if not is_whole}):
        if not stems or not stem.startswith(stems[-1]):
            stems.append(stem)
    whole = {word for word, is_whole in words if is_whole and not word.startswith(tuple(stems) or ("\0",))}
    return Beginnings(frozenset(whole), tuple(stems))
