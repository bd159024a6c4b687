"""Pure. State bodies of twelve countries by their names (`tables/state_bodies.txt`), and what a typed name may be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from monitor.match.countries import country_index, country_of_body
from monitor.match.index.listed_names import listed_names
from monitor.match.tables import sections
from monitor.match.words import is_state_body, is_type_word
from monitor.model import Entity, EntityType
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import romanize
from monitor.text.tokens import tokens

# Languages that are one country's alone in the table: a long name in one of them tells the country by itself.
_OWN_LANGUAGES = {"ky": "KG", "kk": "KZ", "uz": "UZ", "tg": "TJ", "tk": "TM", "az": "AZ"} | {
    "hy": "AM", "ka": "GE", "be": "BY", "uk": "UA", "tr": "TR"
}  # fmt: skip
_BEFORE_COUNTRY = frozenset({"of", "the"})
_SEPARATOR = " | "
_MIN_TYPED = 3  # letters

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BodyName:
    """A name of a state body in a language of the table."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class StateBody:
    """A state body: its country (ISO 3166), its kind, and its names, the most usual first."""

    country: str
    kind: str
    names: tuple[BodyName, ...]


@cache
def state_bodies() -> tuple[StateBody, ...]:
    """Return the bodies of the table, in its order."""
    return tuple(_read_body(head, lines) for head, lines in sections("state_bodies").items())


def _read_body(head: str, lines: Sequence[str]) -> StateBody:
    country, _, kind = head.partition(" ")
    names: dict[BodyName, None] = {}
    for line in lines:
        language, _, names_and_source = line.partition(": ")
        row, _, _source = names_and_source.partition(" @ ")
        names |= dict.fromkeys(BodyName(language, name) for name in row.split(_SEPARATOR))
    return StateBody(country, kind, tuple(names))


def _key(words: Sequence[str]) -> _Key:
    """Return what is equal for the same words, whatever their capitals and signs."""
    return tuple(map(fold, words))


def _keys(name: str) -> tuple[_Key, ...]:
    """Return the keys of a name: an abbreviation in Cyrillic letters (ГКНБ) has one more in Latin letters (GKNB)."""
    words = _words(name)
    is_cyrillic_acronym = len(words) == 1 and name.isupper() and is_cyrillic(name)
    return (_key(words), (romanize(fold(name)),)) if is_cyrillic_acronym else (_key(words),)


def _words(name: str) -> list[str]:
    return [token.text for token in tokens(name)]


@cache
def _bodies_by_key() -> Mapping[_Key, Sequence[StateBody]]:
    """Return the bodies by each of their names."""
    bodies: defaultdict[_Key, list[StateBody]] = defaultdict(list)
    for body in state_bodies():
        for key in dict.fromkeys(key for name in body.names for key in _keys(name.text)):
            bodies[key].append(body)
    return dict(bodies)


def needs_country(name: BodyName) -> bool:
    """Return whether a text with a name must show the country: other countries have it, or may.

    >>> needs_country(BodyName("ru", "ФСИН")), needs_country(BodyName("uz", "Ichki ishlar vazirligi"))
    (True, False)
    """
    words = _words(name.text)
    countries = {body.country for body in _bodies_by_key()[_key(words)]}
    return len(words) == 1 or len(countries) > 1 or name.language not in _OWN_LANGUAGES


def bodies_called(name: str) -> tuple[StateBody, ...]:
    """Return the bodies that have a name, which may stand with a country: “ГКНБ Таджикистана”, “Kazakhstan's KNB”.

    >>> [(body.country, body.kind) for body in bodies_called("ГКНБ")]
    [('KG', 'security'), ('TJ', 'security')]
    """
    words = _words(name)
    key, by_key = _key(words), _bodies_by_key()
    bodies = list(by_key.get(key, ()))
    for cut in range(1, len(words)):
        for part, country in ((key[:cut], words[cut:]), (key[cut:], words[:cut])):
            # The names of countries are loaded only where a body's name is a part of these words.
            if part in by_key and (codes := _countries_called(country)):
                bodies += [body for body in by_key[part] if body.country in codes]
    return tuple(dict.fromkeys(bodies))


def _countries_called(words: Sequence[str]) -> set[str]:
    """Return the countries of which words are the name, with “of” or “Republic” or without."""
    index = country_index()
    country = [word for word in words if word.lower() not in _BEFORE_COUNTRY and index.state_match(word) is None]
    return {name.code for name in index.names_at(country) if name.size == len(country)} if country else set()


def offered_bodies(typed: str) -> tuple[StateBody, ...]:
    """Return the bodies to offer to who types a name: those that have it; if none has, those whose name begins so."""
    if called := bodies_called(typed):
        return called
    if len(beginning := " ".join(_key(_words(typed)))) < _MIN_TYPED:
        return ()
    begun = (bodies for key, bodies in _bodies_by_key().items() if " ".join(key).startswith(beginning))
    return tuple(dict.fromkeys(body for bodies in begun for body in bodies))


def body_of(entity: Entity) -> StateBody | None:
    """Return the one body that an entry means by its names and its country, or None."""
    if entity.type is not EntityType.ORGANIZATION:
        return None
    bodies = dict.fromkeys(body for name in listed_names(entity) for body in bodies_called(name))
    country = country_of_body(entity)
    of_country = [body for body in bodies if not country or body.country == country]
    return of_country[0] if len(of_country) == 1 else None


def unlisted_names(entity: Entity) -> Iterator[BodyName]:
    """Yield the names of an entry's body that the entry does not list."""
    if body := body_of(entity):
        listed = {key for name in listed_names(entity) for key in _keys(name)}
        yield from (name for name in body.names if listed.isdisjoint(_keys(name.text)))


# ---- the type of a name that somebody types -------------------------------------------------------------------------


_SITE = re.compile(r"\S+\.[a-z]{2,10}", re.IGNORECASE)
_MAX_ACRONYM = 6  # letters
_MOST_WORDS_OF_PERSON = 4


def guess_type(name: str) -> EntityType:
    """Return the likely type of a name: a site is an outlet, a body's word or an acronym an organisation.

    One word in two scripts is an outlet: nobody writes a surname alone so.

    >>> [guess_type(name).value for name in ("Melis Tokoev", "Комитет спокойствия", "КОС", "ak-bulak.kg")]
    ['person', 'organization', 'organization', 'outlet']
    >>> [guess_type(name).value for name in ("Kloop / Клооп", "КОС / KOS", "Болот Токоев / Bolot Tokoev")]
    ['outlet', 'organization', 'person']
    """
    words = [token.text for token in tokens(name)]
    if _SITE.fullmatch(name):
        return EntityType.OUTLET
    parts = [[token.text for token in tokens(part)] for part in name.split("/")]
    is_one_word = all(len(part) == 1 for part in parts)
    is_acronym = is_one_word and all(word.isupper() and len(word) <= _MAX_ACRONYM for (word,) in parts)
    if is_acronym or len(words) > _MOST_WORDS_OF_PERSON or any(is_state_body(w) or is_type_word(w) for w in words):
        return EntityType.ORGANIZATION
    return EntityType.OUTLET if is_one_word and len(parts) > 1 else EntityType.PERSON
