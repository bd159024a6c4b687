"""Pure. The particles of patronymic names (кызы, уулу, тегин), in any spelling and case."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from monitor.match.index.endings import AFTER_APOSTROPHE, particle_sounds
from monitor.match.index.forms import Declension, Stem, read_ending
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton


class Particle(StrEnum):
    """The word after a father's name that makes it a surname: daughter of, son of, heir of."""

    KYZY = "kyzy"
    UULU = "uulu"
    TEGIN = "tegin"

    @property
    def cyrillic_spelling(self) -> str:
        """Return the particle in Cyrillic."""
        return {Particle.KYZY: "кызы", Particle.UULU: "уулу", Particle.TEGIN: "тегин"}[self]


_PARTICLES, _BARE_PARTICLES = map(particle_sounds, ("with endings", "without endings"))
# Three letters at least before it, the father's name.
GLUED_PARTICLE = re.compile(r"^(.{3,}?)(kyzy|kizi|кызы|uulu|уулу|tegin|тегин)$", re.IGNORECASE)


@lru_cache(4096)
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
