"""Pure. The names of a watchlist, parsed into words of its index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from monitor.match.index.accounts import Account
from monitor.match.index.endings import AFTER_APOSTROPHE, particle_sounds
from monitor.match.index.exact import ExactName
from monitor.match.index.forms import Declension, Stem, read_ending
from monitor.model import Message
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton

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
