"""Pure. An occurrence of a name in a passage: the words that match, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from monitor.match.index.names import Name
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.scanner.word_form import WordForm
from monitor.model import Message


class Kind(StrEnum):
    """The part of a name that stands in the text."""

    FULL = "full"  # all of a name: given name and surname, all words of an organisation, the one word it has
    INITIALS = "initials"
    SURNAME = "surname"
    ACRONYM = "acronym"
    EXACT = "exact"  # a name that is matched as it is written
    ACCOUNT = "account"  # of a social network
    INTRODUCED = "introduced"  # an acronym that the article gives in brackets after the full name


class Doubt(StrEnum):
    """The codes of doubts and refusals that rules of the whole article ask for."""

    FAMILIAR_FORM = "familiar-form"
    WRITTEN_AS_ONE = "written-as-one"
    ANY_WORD = "any-word"
    IN_SMALL_LETTERS = "in-small-letters"


@dataclass(slots=True, eq=False)
class NamePart:
    """A word of the text that matches a word of the name."""

    form: WordForm
    word: Word
    match: WordMatch
    is_same_script: bool = field(init=False)
    # A cache of `rules.reasons`: the same words may be a part of many occurrences.
    cached_reasons: tuple[Message, ...] | None = None

    def __post_init__(self) -> None:
        self.is_same_script = self.form.is_cyrillic == self.word.is_cyrillic


class Occurrence(NamedTuple):
    """A place where a name stands; a tuple, because many are made.

    `refusal` says why it is not this name after all. Refused occurrences are no mentions, but `decide` takes them as
    evidence, and `monitor explain` shows them.
    """

    # Several names, each of another entity, only of a surname alone that all of them have.
    names: tuple[Name, ...]
    kind: Kind
    start: int
    end: int
    parts: tuple[NamePart, ...] = ()
    notes: tuple[Message, ...] = ()
    refusal: str = ""
    omitted_names: int = 0  # middle names of the alias that do not stand here
    is_shared_surname: bool = False  # by two given names: "Сергей и Юлия Скрипаль"
    has_other_given_name: bool = False  # another person's given name or initial stands next to the surname
    # Why it may be a common word or another name. The rest of the article may lift a doubt, but not a refusal.
    doubt: Message | None = None
    country: str = ""  # the country that stands beside a body's name; see `rules.bodies.countries`

    @property
    def name(self) -> Name:
        """Return the name; the first, if several entities share the surname."""
        return self.names[0]

    @property
    def is_whole_name(self) -> bool:
        """Return whether more than a surname or initials stands here."""
        return self.kind is not Kind.SURNAME and self.kind is not Kind.INITIALS

    @property
    def closeness(self) -> Closeness:
        """Return the closeness of the worst spelt part."""
        if self.kind is Kind.SURNAME:
            return self.parts[0].match.closeness
        return min((part.match.closeness for part in self.parts), default=Closeness.SAME)

    @property
    def is_cyrillic(self) -> bool:
        """Return whether the name stands in Cyrillic letters."""
        return any(part.form.is_cyrillic for part in self.parts)

    @property
    def is_same_script(self) -> bool:
        """Return whether all parts stand in the script of the list."""
        return all(part.is_same_script for part in self.parts)
