"""Pure. The texts of an index (`text/vocabulary.py`) that may name somebody, found without reading them.

A list is looked up in three steps: the beginnings of keys under which its words stand (`key_prefixes`), which of the
words there the matcher takes for words of the list, and in which texts these stand together (`text_query`). Every
text in which the matcher finds a name is among those; the matcher itself decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_letters, digits

from monitor.match.compile import Compiled
from monitor.match.index.closeness import MIN_MISSPELT
from monitor.match.index.stem_keys import StemEntry
from monitor.text.vocabulary import CAPITAL, MAX_KEY, loosened, vocabulary_keys

_LOOSE_CLASSES = ("aeiou", "gh", "sz")  # first sounds that a loose key takes for one
_FIRST_SOUNDS = ascii_letters + digits


def key_prefixes(compiled: Compiled) -> list[str]:
    """Return the beginnings of the keys of all words by which names are found; none begins with another."""
    surnames = compiled.people.keys()
    in_phrases = {number for phrases in compiled.phrases.values() for phrase in phrases for number in phrase.words[:2]}
    # A given name is looked up as it is spelt: a misspelt one counts only with its surname.
    given_names = {person.given_name for people in compiled.people.values() for person in people}
    prefixes: set[str] = set()
    for entry in compiled.index.entries:
        if entry.number in surnames or entry.number in in_phrases:
            prefixes.update(prefix[:MAX_KEY] for prefix in _prefixes_of(entry))
        elif entry.number in given_names:
            prefixes.add((CAPITAL + loosened(entry.stem.text))[:MAX_KEY])
    for letters in compiled.acronyms:
        (key,) = vocabulary_keys([letters])
        prefixes.add(key[: max(2, len(key) - 1)])  # an ending may change the last sound
    shortest: list[str] = []
    for prefix in sorted(prefixes):
        if not shortest or not prefix.startswith(shortest[-1]):
            shortest.append(prefix)
    return shortest


def _prefixes_of(entry: StemEntry) -> Iterator[str]:
    """Yield the beginnings of the keys of all words that may have this stem, by each kind of key (`stem_keys`)."""
    sounds = entry.stem.text
    first, following = sounds[0], loosened(sounds)[1:]
    for mark in ("", CAPITAL):
        yield mark + first + following
        if entry.has_loose_key:
            yield from (mark + sound + following for group in _LOOSE_CLASSES if first in group for sound in group)
        if entry.has_headless_key:
            yield mark + loosened(sounds[1:])
            yield from (mark + loosened(sound + sounds[1:]) for sound in _FIRST_SOUNDS)
    if (entry.has_loose_key or entry.has_deletion_keys) and len(sounds) >= MIN_MISSPELT:
        yield CAPITAL + first  # misspelt words keep their capital and their first sound


# ---- texts ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class TextQuery:
    """Words of which a text must hold some to name anybody.

    That is any of `either`, or of a pair any of its first and any of its second words.
    """

    either: set[str] = field(default_factory=set)
    pairs: list[tuple[set[str], set[str]]] = field(default_factory=list)


def text_query(compiled: Compiled, words: Sequence[str]) -> TextQuery:
    """Return which of these words, and which pairs of them, stand in the texts that may name somebody."""
    matches, headless = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
    query = TextQuery()
    for place, form_matches in compiled.index.match_forms(words).items():
        for listed in form_matches.matches:
            matches[listed].add(words[place])
        for listed in form_matches.headless:
            headless[listed].add(words[place])
    for word in words:
        if any(word.startswith(letters) for letters in compiled.acronyms):
            query.either.add(word)
    for surname, people in compiled.people.items():
        query.either |= matches[surname]
        # A surname without its first letter counts after the given name.
        given_names = {w for person in people if person.given_name is not None for w in matches[person.given_name]}
        query.pairs.append((headless[surname], given_names))
    for first, phrases in compiled.phrases.items():
        for phrase in phrases:
            if len(phrase.words) == 1:
                query.either |= matches[first]
            else:
                query.pairs.append((matches[first], matches[phrase.words[1]]))
    query.pairs = [pair for pair in query.pairs if all(pair)]
    return query
