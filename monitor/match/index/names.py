"""Pure. The names of a watchlist, parsed into words of its index."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.match.index.accounts import Account
from monitor.match.index.exact import ExactName
from monitor.match.index.particles import Particle
from monitor.model import Message

MAX_ACRONYM = 7  # letters


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
    # As for a phrase. The list may also write it otherwise: in another script, with signs (`index.acronyms`).
    needs_country: bool = False
    note: Message | None = None
    doubt: Message | None = None


Name = PersonName | Phrase | Acronym | ExactName | Account
