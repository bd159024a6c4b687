"""Pure. What `people` and `organisations` find in a passage: the words of a name, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from monitor.match.compile import Name
from monitor.match.index.word_index import Closeness, Word, WordMatch
from monitor.match.scanner.passage import WordForm
from monitor.model import Message


class Kind(StrEnum):
    """What of a name was found."""

    FULL = "full"  # all of a name: given name and surname, all words of an organisation, the one word it has
    INITIALS = "initials"
    SURNAME = "surname"
    ACRONYM = "acronym"
    EXACT = "exact"  # a name that is matched as it is written
    LEARNED = "learned"  # an acronym that the article gives in brackets after the full name


@dataclass(slots=True, eq=False)
class NamePart:
    """A word of the text that is a word of the name."""

    form: WordForm
    word: Word
    match: WordMatch
    in_script: bool = field(init=False)  # whether it stands in the script in which it is listed
    said: tuple[Message, ...] | None = None  # kept here by `explain`

    def __post_init__(self) -> None:
        self.in_script = self.form.cyrillic == self.word.cyrillic


class Occurrence(NamedTuple):
    """A place where a name stands (a tuple: many are made). `refused`: why it is not this name after all."""

    names: tuple[Name, ...]  # several: a surname alone that all of them bear, each of another entity
    kind: Kind
    start: int
    end: int
    parts: tuple[NamePart, ...] = ()
    notes: tuple[Message, ...] = ()
    refused: str = ""
    omitted: int = 0  # middle names of the alias that do not stand here
    shared: bool = False  # the surname is another's too: "Сергей и Юлия Скрипаль"
    namesake: bool = False  # a surname with another person's given name or initial in front
    doubt: Message | None = None  # why it may be a common word; elsewhere in the article it may stand without a doubt

    @property
    def name(self) -> Name:
        return self.names[0]

    @property
    def whole(self) -> bool:
        return self.kind is not Kind.SURNAME and self.kind is not Kind.INITIALS

    @property
    def closeness(self) -> Closeness:
        if self.kind is Kind.SURNAME:
            return self.parts[0].match.closeness
        return min((part.match.closeness for part in self.parts), default=Closeness.SAME)

    @property
    def in_script(self) -> bool:
        return all(part.in_script for part in self.parts)
