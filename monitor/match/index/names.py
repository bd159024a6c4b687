"""Pure. The names of a watchlist, parsed into words of its index: of a person, the surname and the given names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from monitor.match.index.accounts import Account
from monitor.match.index.endings import AFTER_APOSTROPHE, particle_sounds
from monitor.match.index.exact import ExactName
from monitor.match.index.forms import Declension, NameRole, Stem, read_ending
from monitor.match.index.word_index import WordIndex
from monitor.match.known_names import is_patronymic
from monitor.match.words import (
    ARTICLES,
    CONJUNCTIONS,
    NOBILIARY,
    SUFFIXES,
    is_common_given_name,
    is_title,
)
from monitor.model import Message
from monitor.text.normalize import HYPHENS, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

MAX_ACRONYM = 7  # letters


class Particle(StrEnum):
    """The word after a father's name that makes it a surname: daughter of, son of, heir of."""

    KYZY = "kyzy"
    UULU = "uulu"
    TEGIN = "tegin"

    @property
    def cyrillic_spelling(self) -> str:
        """Return the particle in Cyrillic."""
        return {Particle.KYZY: "кызы", Particle.UULU: "уулу", Particle.TEGIN: "тегин"}[self]


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name, as numbers of its words in the index."""

    entity: str
    alias: str
    surname: int
    given_name: int | None = None
    middle_names: tuple[int, ...] = ()
    particle: Particle | None = None
    # The first half of a double surname, of which `surname` is the second.
    first_half: int | None = None
    # `surname` is one half of a double surname, which may stand alone.
    is_half_surname: bool = False
    # The patronymics of the entity, from any of its names.
    patronymics: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name of words in order: an organisation's, or a person's of three words and more."""

    entity: str
    alias: str
    words: tuple[int, ...]
    # Whether the list writes each word with a capital.
    capitals: tuple[bool, ...]
    is_person: bool = False
    # The list does not have it, and other countries' bodies may be called so: the article must show the country.
    needs_country: bool = False
    note: Message | None = None  # why it is a name of the entity, if the list does not have it
    doubt: Message | None = None


@dataclass(frozen=True, slots=True)
class Acronym:
    """A name of capitals, matched exactly as listed."""

    entity: str
    alias: str
    letters: str
    # As for a phrase. The list may also write it otherwise: in another script, with signs (`acronyms`).
    needs_country: bool = False
    note: Message | None = None
    doubt: Message | None = None


Name = PersonName | Phrase | Acronym | ExactName | Account


# ---- particles ------------------------------------------------------------------------------------------------------

_PARTICLES, _BARE_PARTICLES = map(particle_sounds, ("with endings", "without endings"))
# Three letters at least before it, the father's name.
GLUED_PARTICLE = re.compile(r"^(.{3,}?)(kyzy|kizi|кызы|uulu|уулу|tegin|тегин)$", re.IGNORECASE)


def read_particle(word: str) -> tuple[Particle, str] | None:
    """Return the particle that a word is and its inflection ("кызынын" is a genitive); None: it is none.

    >>> read_particle("кызынын"), read_particle("Kyzy"), read_particle("кызык")
    ((<Particle.KYZY: 'kyzy'>, 'genitive'), (<Particle.KYZY: 'kyzy'>, ''), None)
    """
    sounds = skeleton(word)
    if sounds in _BARE_PARTICLES:
        return Particle(_BARE_PARTICLES[sounds]), ""
    for particle in filter(sounds.startswith, _PARTICLES):
        # Russian declines тегин, which ends in a consonant.
        stem = Stem(particle, Declension.WHOLE if particle[-1] in "aeiou" else Declension.CONSONANT)
        ending = sounds[len(particle) :]
        inflection = read_ending(ending, stem, word)
        if inflection is None and not is_cyrillic(word):  # Turkish has no apostrophe here: kızının
            inflection = AFTER_APOSTROPHE.get(ending)
        if inflection is not None:
            return Particle(_PARTICLES[particle]), inflection
    return None


_ROMAN_NUMERAL = re.compile("[IVX]{1,5}")


def parse_person_name(entity: str, alias: str, index: WordIndex) -> Iterator[PersonName | Phrase]:
    """Yield the ways to read a person's name: order, double surnames, glued articles and particles."""
    # "Tokoev, Melis", as in indexes.
    last, comma, first = alias.partition(",")
    alias_in_order = f"{first} {last}" if comma and first.strip() else alias
    words = [t.text for t in tokens(alias_in_order)]
    if not words:
        return
    if compound := _split_particle_name(words):
        yield from _particle_names(entity, alias, compound, index)
        return
    core_words = _core_words(words)
    # Peter the Great: a phrase, with no surname
    if any(w.islower() and w not in CONJUNCTIONS for w in core_words[1:-1]):
        yield from _person_phrase(entity, alias, core_words, index)
        if is_title(core_words[0]):
            yield PersonName(
                entity,
                alias,
                index.add(core_words[-1], NameRole.GIVEN_NAME),
                index.add(core_words[0], NameRole.GIVEN_NAME),
            )
        return
    if _ROMAN_NUMERAL.fullmatch(core_words[-1]) and len(core_words) > 1:
        yield from _person_phrase(entity, alias, core_words, index)
        if len(core_words) == 2 or is_title(core_words[0]):
            return
        core_words = core_words[:-1]  # Thomas Tokoev III
    if len(core_words) == 1:
        yield PersonName(entity, alias, index.add(core_words[0], NameRole.SURNAME))
        return
    # Kim Jong-un: no part of it is a name alone
    if len(core_words) == 3 and core_words[2].islower() and _are_hyphenated(alias_in_order, *core_words[1:]):
        yield from _person_phrase(entity, alias, core_words, index)
        return
    articles = [w.lower() for w in words if w.lower() in ARTICLES]
    yield from _names_with_surname(entity, alias, alias_in_order, core_words, articles=articles, index=index)


def _names_with_surname(
    entity: str, alias: str, alias_in_order: str, core_words: list[str], *, articles: list[str], index: WordIndex
) -> Iterator[PersonName | Phrase]:
    """Yield the ways to read a name of given name and surname, with other names between them."""
    core_words = core_words[1:] + core_words[:1] if _is_surname_first(core_words) else core_words
    is_double = len(core_words) > 2 and _are_hyphenated(alias_in_order, core_words[-2], core_words[-1])
    given_name, *middle_names = core_words[: -2 if is_double else -1]
    surname = index.add(core_words[-1], NameRole.SURNAME)
    first_half = index.add(core_words[-2], NameRole.SURNAME) if is_double else None
    middle_numbers = tuple(index.add(name, NameRole.GIVEN_NAME) for name in middle_names)
    given_number = index.add(given_name, NameRole.GIVEN_NAME)
    yield PersonName(entity, alias, surname, given_number, middle_numbers, first_half=first_half)
    if is_double:
        for half in (surname, first_half or 0):
            yield PersonName(entity, alias, half, given_number, middle_numbers, is_half_surname=True)
    for article in articles if not is_double else ():
        glued = index.add(given_name + article.rstrip("ь"), NameRole.GIVEN_NAME)
        yield PersonName(entity, alias, surname, glued, middle_numbers)
    if len(core_words) == 3 and middle_names and len(middle_names[0]) > 2 and not is_patronymic(middle_names[0]):
        # Of "Anna Maria Schmidt" texts may give the second name alone.
        if not _are_hyphenated(alias_in_order, given_name, middle_names[0]):
            yield PersonName(entity, alias, surname, index.add(middle_names[0], NameRole.GIVEN_NAME))
        if _SPANISH_SURNAME.search(core_words[-1]) or _SPANISH_SURNAME.search(middle_names[0]):
            yield PersonName(entity, alias, index.add(middle_names[0], NameRole.SURNAME), given_number)
    if len(core_words) > 2:
        yield from _person_phrase(entity, alias, core_words, index)


# The last of a Spanish name is the mother's surname, and often left out: Alan García Pérez.
_SPANISH_SURNAME = re.compile(r"(?:[aeiou][lnrt]?ez|[аеиоу][лрмнтв]?[eе][сз])$", re.IGNORECASE)


def _are_hyphenated(alias: str, first: str, second: str) -> bool:
    """Return whether two words of a name are joined by a hyphen."""
    return any(f"{first}{hyphen}{second}" in alias for hyphen in HYPHENS)


def _person_phrase(entity: str, alias: str, core_words: list[str], index: WordIndex) -> Iterator[Phrase]:
    """Yield a name as words in order, if any of them has more than one letter.

    A name with small words in it is declined like any phrase: патриарх всея Руси Кирилл.
    """
    words = [w for w in core_words if len(w) > 1 or w.isupper()]
    if not words:
        return
    is_plain_name = not any(w.islower() for w in words)
    roles = [NameRole.GIVEN_NAME if is_plain_name else NameRole.WORD] * (len(words) - 1) + [
        NameRole.SURNAME if is_plain_name else NameRole.GIVEN_NAME
    ]
    yield Phrase(entity, alias, tuple(map(index.add, words, roles)), tuple(w[:1].isupper() for w in words), True)


def _core_words(words: list[str]) -> list[str]:
    """Return the words that are names, without "фон", "de", "младший"; "Бен" and "Де" may be a first name."""
    core_words = [
        w
        for place, w in enumerate(words)
        if w.lower() not in SUFFIXES and (w.lower() not in NOBILIARY or (not place and w[:1].isupper()))
    ]
    return core_words if len(core_words) > 1 else words


def _split_particle_name(words: list[str]) -> tuple[list[str], str, Particle] | None:
    """Split a name with кызы, уулу, тегин, also a glued one, into other words, the father's name and the particle.

    None: the name has no particle.
    """
    for place, word in enumerate(words):
        # A particle follows the father's name, so it is never the first word.
        if place and (parsed := read_particle(word)) and len(word) > 2:
            return words[: place - 1] + words[place + 1 :], words[place - 1], parsed[0]
        if len(words) > 1 and (glued := GLUED_PARTICLE.match(word)):
            parsed_glued = read_particle(glued[2])
            if parsed_glued:
                return words[:place] + words[place + 1 :], glued[1], parsed_glued[0]
    return None


def _particle_names(
    entity: str, alias: str, parts: tuple[list[str], str, Particle], index: WordIndex
) -> Iterator[PersonName]:
    """Yield a name with a particle, once as two words and once glued on the father's name."""
    other_words, father, particle = parts
    given_name = index.add(other_words[0], NameRole.GIVEN_NAME) if other_words else None
    yield PersonName(entity, alias, index.add(father, NameRole.SURNAME), given_name, particle=particle)
    glued = father + (particle.cyrillic_spelling if is_cyrillic(father) else particle.value)
    yield PersonName(entity, alias, index.add(glued, NameRole.SURNAME), given_name)


def _is_surname_first(words: list[str]) -> bool:
    """Return whether a name was typed surname first: TOKOEV Melis, Токоев Мелис."""
    first, last = words[0], words[-1]
    if first.isupper() and not last.isupper() and len(first) > 2:
        return True
    return _has_surname_ending(first) and not _has_surname_ending(last)


def _has_surname_ending(word: str) -> bool:
    """Return whether a word has a Slavic surname's ending and is no common given name."""
    sounds = skeleton(word)
    return len(word) > 4 and sounds.endswith(_SURNAME_ENDINGS) and not is_common_given_name(sounds)


# Not -ина, which is Галина as well. Those of the neighbours end no given name: -енко, -швили, -дзе, -оглу, -заде.
_SURNAME_ENDINGS = ("ov", "ev", "ova", "eva", "ska", "enko", "Svili", "dze", "oglu", "zade", "zada", "zoda")
