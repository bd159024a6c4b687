"""Pure. Countries by their names and adjectives, in any ending, and by the cities of datelines.

The names are those of the CLDR (`tables/countries_cldr.txt`) and others in use (`tables/countries.txt`), in the endings
of the watchlist's own words. They are loaded when a text first names a body that has a country.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from monitor.match.index.forms import NameRole
from monitor.match.index.word_index import WordIndex
from monitor.match.index.word_match import Closeness, WordMatch
from monitor.match.tables import pairs, sections
from monitor.model import COUNTRY, Entity, EntityType, Message
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_LONGEST_NAME = 4  # words
_PREFIX = 3  # sounds, which no ending changes; most words are no country by them


class CountryName(NamedTuple):
    """A country's name or adjective at the beginning of some words. `match` is that of its inflected word, if any."""

    code: str
    size: int  # words
    is_adjective: bool
    match: WordMatch | None


@dataclass(slots=True)
class CountryIndex:
    """An index of the names and adjectives of countries by their words."""

    _words: WordIndex = field(default_factory=WordIndex)
    _names: dict[int, list[tuple[tuple[int, ...], str, bool]]] = field(default_factory=dict)  # by first word
    _short_names: dict[str, str] = field(default_factory=dict)
    _keys: set[tuple[object, ...]] = field(default_factory=set)
    _prefixes: set[str] = field(default_factory=set)
    _states: set[int] = field(default_factory=set)
    _state_prefixes: set[str] = field(default_factory=set)

    def add(self, name: str, code: str, *, is_adjective: bool) -> None:
        """Add a name of one or more words, unless one that sounds like it is there."""
        words = [token.text for token in tokens(name)]
        # An adjective counts in its own script only, so that of each script is kept.
        key = code, is_adjective and is_cyrillic(name), *map(skeleton, words)
        if key in self._keys:
            return
        self._keys.add(key)
        numbers = tuple(self._words.add(word, NameRole.WORD) for word in words)
        self._names.setdefault(numbers[0], []).append((numbers, code, is_adjective))
        self._prefixes |= {spelling[:_PREFIX] for spelling in self._words.words[numbers[0]].spellings}

    def add_state(self, word: str) -> None:
        """Add a noun that stands beside the name of a country."""
        number = self._words.add(word, NameRole.WORD)
        self._states.add(number)
        self._state_prefixes |= {spelling[:_PREFIX] for spelling in self._words.words[number].spellings}

    def add_short(self, name: str, code: str) -> None:
        """Add a name that is found only as it is written."""
        self._short_names[name] = code

    def names_at(self, words: Sequence[str]) -> list[CountryName]:
        """Return the names that begin with the first of these words, the longest first."""
        return self._names_at(words, self._numbers_of)

    def codes_in(self, words: Sequence[str]) -> set[str]:
        """Return the countries whose names or adjectives stand among the words of a text, the longest at each place."""
        starts = [
            place
            for place, word in enumerate(words)
            if word in self._short_names or skeleton(word)[:_PREFIX] in self._prefixes
        ]
        beginnings = [words[place : place + _LONGEST_NAME] for place in starts]
        forms = sorted({word for beginning in beginnings for word in beginning})
        matches = self._words.match_forms(forms)  # of all words together, which is many times faster
        numbers = {forms[row]: _spelt_right(match.matches) for row, match in matches.items()}
        names = (self._names_at(beginning, lambda word: numbers.get(word, {})) for beginning in beginnings)
        return {countries[0].code for countries in names if countries}

    def _names_at(
        self, words: Sequence[str], numbers_of: Callable[[str], Mapping[int, WordMatch]]
    ) -> list[CountryName]:
        if not words or skeleton(words[0])[:_PREFIX] not in self._prefixes:
            return self._short_names_at(words)
        names = []
        for number in numbers_of(words[0]):
            for numbers, code, is_adjective in self._names.get(number, ()):
                # The name of a country has a capital ("того" is no Togo); an adjective counts in its own script.
                is_same_script = is_cyrillic(words[0]) == self._words.words[number].is_cyrillic
                if len(numbers) <= len(words) and (is_same_script if is_adjective else words[0][0].isupper()):
                    matches = [numbers_of(word).get(n) for word, n in zip(words[: len(numbers)], numbers, strict=True)]
                    if all(matches):
                        # In "Киргизской ССР" the last word has no ending.
                        inflected = [match for match in matches if match and match.inflection]
                        names.append(CountryName(code, len(numbers), is_adjective, (inflected or matches)[-1]))
        return sorted(names, key=lambda name: (-name.size, name.is_adjective)) + self._short_names_at(words)

    def state_match(self, word: str) -> WordMatch | None:
        """Return how a word agrees with one like "republic", or None."""
        if skeleton(word)[:_PREFIX] not in self._state_prefixes:
            return None
        return next((match for n, match in self._numbers_of(word).items() if n in self._states), None)

    def _numbers_of(self, word: str) -> Mapping[int, WordMatch]:
        """Return the words of the index that a word is, spelt right."""
        return _spelt_right(self._words.match_form(word).matches)

    def _short_names_at(self, words: Sequence[str]) -> list[CountryName]:
        code = self._short_names.get(words[0]) if words else None
        return [CountryName(code, 1, False, None)] if code else []


def _spelt_right(matches: Mapping[int, WordMatch]) -> Mapping[int, WordMatch]:
    return {number: match for number, match in matches.items() if match.closeness is Closeness.SAME}


@cache
def country_index() -> CountryIndex:
    """Return the index of all countries."""
    index = CountryIndex()
    rows = (("countries_cldr", "names", False), ("countries", "names", False), ("countries", "adjectives", True))
    for table, section, is_adjective in rows:
        for code, names in _rows(table, section):
            for name in names:
                index.add(name, code, is_adjective=is_adjective)
    for word in " ".join(sections("countries")["states"]).split():
        index.add_state(word)
    for code, row in pairs(sections("countries")["short names"]).items():
        for name in row.split():
            index.add_short(name, code)
    return index


def _rows(table: str, section: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the countries of a section, each with its names or cities."""
    for code, row in pairs(sections(table)[section]).items():
        yield code, [name.strip() for name in row.split(",")]


def named_country(code: str) -> Message:
    """Return the name of a country, in English until it is translated."""
    names = pairs(sections("countries_cldr")["names"]).get(code, code)  # in English first
    return Message(names.partition(",")[0], code=COUNTRY + code)


def is_country_code(code: str) -> bool:
    """Return whether a code is of a country.

    >>> is_country_code("KG"), is_country_code("XX"), is_country_code("EU"), is_country_code("419")
    (True, False, False, False)
    """
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for table in ("countries_cldr", "countries") for code, _ in _rows(table, "names"))


@cache
def cities() -> Mapping[str, str]:
    """Return the countries of cities that a dateline may begin with, by their folded names.

    The cities of the CLDR are those by which time zones are named; the other table adds more.
    """
    tables = "countries_cldr", "countries"
    return {fold(city): code for table in tables for code, names in _rows(table, "cities") for city in names}


@cache
def own_words() -> Mapping[str, str]:
    """Return the countries of words that only their own language has."""
    rows = pairs(sections("countries")["own words"])
    return {fold(word): code for code, row in rows.items() for word in row.split()}


def country_of_body(entity: Entity) -> str:
    """Return the country of a body: its entry's, or the one whose own language one of its names is in; "" otherwise."""
    if entity.type is not EntityType.ORGANIZATION:
        return ""
    if entity.country:
        return entity.country
    words = {fold(token.text) for name in entity.spellings for token in tokens(name)}
    codes = {code for word, code in own_words().items() if word in words}
    # Words of two countries settle nothing.
    return codes.pop() if len(codes) == 1 else ""
