"""Pure. The texts of an index (`text/vocabulary.py`) that may name somebody, found without reading them.

A list is looked up in three steps: the keys under which its words may stand (`key_queries`), which of the
words there the matcher takes for words of the list, and in which texts these stand together (`text_query`). Every
text in which the matcher finds a name that is not hidden (`rules.hidden`) is among those; the matcher itself decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from string import ascii_letters, digits

from monitor.match.compile import Compiled
from monitor.match.index.closeness import MAX_TYPOS, MIN_MISSPELT
from monitor.match.index.stem_keys import StemEntry
from monitor.text.vocabulary import CAPITAL, MAX_KEY, KeyQuery, TextQuery, loose_key, loosened, vocabulary_keys

_LOOSE_CLASSES = ("aeiou", "gh", "sz")  # first sounds that a loose key takes for one
_VOWELS = "aeiou"
_FIRST_SOUNDS = ascii_letters + digits
_CHANGED = 2  # sounds, at most, that one error changes
_SHIFT = 3  # how many sounds an error, and vowels that merge, may shift the sounds after them


def key_queries(compiled: Compiled) -> list[KeyQuery]:
    """Return the keys of all words by which names are found; no plain beginning begins with another."""
    surnames = compiled.people.keys()
    in_phrases = {number for phrases in compiled.phrases.values() for phrase in phrases for number in phrase.words[:2]}
    # A given name is looked up as it is spelt: a misspelt one counts only with its surname.
    given_names = {person.given_name for people in compiled.people.values() for person in people}
    queries: set[KeyQuery] = set()
    for entry in compiled.index.entries:
        if entry.number in surnames or entry.number in in_phrases:
            queries.update(KeyQuery(prefix[:MAX_KEY]) for prefix in _prefixes_of(entry))
            queries.update(_misspelt(entry))
        elif entry.number in given_names:
            queries.add(KeyQuery((CAPITAL + loosened(entry.stem.text))[:MAX_KEY]))
    for letters in compiled.acronyms:
        (key,) = vocabulary_keys([letters])
        queries.add(KeyQuery(key[: max(2, len(key) - 1)]))  # an ending may change the last sound
    shortest: list[str] = []
    for prefix in sorted(query.prefix for query in queries if not query.part):
        if not shortest or not prefix.startswith(shortest[-1]):
            shortest.append(prefix)
    beginnings = tuple(shortest)
    conditional = sorted(query for query in queries if query.part and not query.prefix.startswith(beginnings))
    return [*map(KeyQuery, shortest), *conditional]


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


def _misspelt(entry: StemEntry) -> Iterator[KeyQuery]:
    """Yield the keys of words that may be a misspelt stem: they keep their capital and their first sound.

    One error changes at most two sounds, which stand together: what is before and after them stays.
    """
    sounds = entry.stem.text
    if not (entry.has_loose_key or entry.has_deletion_keys) or len(sounds) < MIN_MISSPELT:
        return
    if len(sounds) + _SHIFT >= MAX_KEY:
        yield KeyQuery(CAPITAL + sounds[0])
    elif MAX_TYPOS[min(len(sounds), len(MAX_TYPOS) - 1)] == 1:
        for start in range(1, len(sounds) - 1):
            yield _around(sounds, start, start + _CHANGED)
    else:
        yield from _with_two_errors(loosened(sounds))


def _with_two_errors(sounds: str) -> Iterator[KeyQuery]:
    """Yield the keys of words that may be a stem with two errors: one of three parts stays, a sound between each."""
    size = (len(sounds) - 2) // 3
    if size < 2:
        yield KeyQuery(CAPITAL + sounds[0])
        return
    yield KeyQuery(CAPITAL + sounds[:size])
    yield _around(sounds[: 2 * size + 1], 1, size + 1)
    yield _around(sounds, 1, 2 * size + 2)


def _around(sounds: str, start: int, end: int) -> KeyQuery:
    """Return the keys of words that begin as some sounds do up to `start`, and have those from `end` on near there."""
    prefix, part = CAPITAL + loosened(sounds[:start]), loose_key(sounds[end:])
    if sounds[0] in _VOWELS:  # with which a vowel becomes one that an error leaves beside it
        part = part.removeprefix("a")
    if not part:
        return KeyQuery(prefix)
    place = len(CAPITAL + loosened(sounds[:end]))
    first = max(2, place - _SHIFT)
    return KeyQuery(prefix, part, first, place + _SHIFT + len(part) - first)


# ---- texts ----------------------------------------------------------------------------------------------------------


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
