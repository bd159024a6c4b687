"""Pure. What a scan of many texts found: their words, and where names can begin."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from monitor.match.incidents.lexicon.telling_words import TellingWord
from monitor.match.scanner.passage import Passage, Words


class ScannedBatch(NamedTuple):
    """The words of a batch of fields, and where names can begin; the edges tell the fields apart."""

    # Starts, ends, flags and hashes. Single items of a memoryview are read faster than those of an array.
    words: tuple[memoryview[int], ...]
    name_starts: list[int]
    offsets: list[int]
    edges: list[int]
    start_edges: list[int]
    uncapitalised: list[bool]  # fields that are written without capitals
    common_surnames: list[int]  # of each field
    may_hide_names: list[bool]  # fields with letters that stand apart, or stars and figures within a word
    has_other_script: list[bool]  # fields with a letter of another script than Latin, Greek, Cyrillic and Armenian
    telling_starts: list[int]  # of words that help to tell an incident, in the text of all fields
    telling_kinds: list[int]

    def words_and_starts(self, field_number: int, source: str) -> tuple[Words, list[int]]:
        """Return the words of one field, and those at which a name can begin."""
        first, last = self.edges[field_number], self.edges[field_number + 1]
        starts, ends, flags, hashes = [column[first:last] for column in self.words]
        places = [
            place - first
            for place in self.name_starts[self.start_edges[field_number] : self.start_edges[field_number + 1]]
        ]
        facts = self.uncapitalised[field_number], self.may_hide_names[field_number]
        return Words(source, starts, ends, flags, hashes, self.offsets[field_number], *facts), places

    def telling_words(self, field_number: int) -> list[TellingWord]:
        """Return the words of a field that help to tell an incident."""
        offset, end = self.offsets[field_number : field_number + 2]
        within = slice(bisect_left(self.telling_starts, offset), bisect_left(self.telling_starts, end))
        starts, kinds = self.telling_starts[within], self.telling_kinds[within]
        return [TellingWord(start - offset, kind) for start, kind in zip(starts, kinds, strict=True)]


class ScannedDocument(NamedTuple):
    """A document as it was scanned. `passages`: its fields, none if no name can begin in it.

    `telling_words`: the words of title and text in the sentences that may tell what happened to the press.
    """

    passages: list[Passage]
    telling_words: tuple[list[TellingWord], list[TellingWord]]
