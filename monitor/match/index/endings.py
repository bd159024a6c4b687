"""Pure. The endings of names, from the table of each language (`tables/endings.txt`), as sounds.

Russian and Ukrainian endings go by declension. The Turkic languages and Tajik add plural, possessive and case one after
the other, each of them optional.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from enum import IntEnum

from monitor.match.tables import pairs, sections
from monitor.text.normalize import APOSTROPHES, is_cyrillic
from monitor.text.romanize import skeleton

Endings = dict[str, str]  # from an ending's sounds to its inflection


def ending_sounds(ending: str) -> str:
    """Return an ending as sounds, as they are within a word: a glide is dropped only there."""
    return skeleton(("бв" if is_cyrillic(ending) else "bv") + ending)[2:]


def _ending_table(cases: Mapping[str, str]) -> dict[str, str]:
    """Return a table from endings to inflections ("" for the bare name), from `case: endings`."""
    table: dict[str, str] = {}
    for case, endings in cases.items():
        for ending in endings.split():
            table.setdefault(ending_sounds("" if ending == "∅" else ending), "" if case == "nominative" else case)
    return table


_TABLES = {name: _ending_table(pairs(lines)) for name, lines in sections("endings").items()}


def declined_endings(declension: str) -> Endings:
    """Return the Russian and Ukrainian endings of a declension; of one without a table, none."""
    return _TABLES.get(declension, {})


def _chains(language: str, *links: str) -> dict[str, str]:
    """Return a table from every chain of plural + possessive + case of a language to its inflection."""
    ways = [("", "")]
    for link in links:
        endings = [("", ""), *_TABLES.get(f"{language} {link}", {}).items()]
        ways = [
            # A skeleton doubles no sound, so none is doubled where two endings meet.
            (chain + (ending[1:] if chain[-1:] == ending[:1] else ending), inflection + (meaning and f", {meaning}"))
            for chain, inflection in ways
            for ending, meaning in endings
        ]
    chains: dict[str, str] = {}
    for chain, inflection in ways:
        # Of two ways to read the same sounds the shorter explanation counts.
        if chain and (chain not in chains or len(inflection) < len(chains[chain])):
            chains[chain] = inflection
    # A thousand chains have one inflection: `intern` keeps it once.
    return {chain: sys.intern(inflection.removeprefix(", ")) for chain, inflection in chains.items()}


_ALL_LINKS = ("plural", "possessive", "case")
_ENGLISH = {"s": "possessive"}
_UZBEK = _chains("Uzbek", *_ALL_LINKS)
KYRGYZ: Endings = _chains("Kyrgyz", "derived", "case") | _chains("Kyrgyz", *_ALL_LINKS)
# Of a chain that two languages have, the inflection is that of the later one here.
TURKIC: Endings = (
    _chains("Tajik", *_ALL_LINKS) | _UZBEK | _chains("Kazakh", *_ALL_LINKS) | _chains("Kyrgyz", "copula") | KYRGYZ
)
# A possessive would be part of many Latin names: Martini, Corsi.
_BARE_UZBEK = _chains("Uzbek", "plural", "case")
_AZERBAIJANI = _chains("Azerbaijani", "plural", "case")
_BARE_KYRGYZ = _chains("Kyrgyz", "plural", "case")
BARE_LATIN: Endings = _BARE_KYRGYZ | _AZERBAIJANI | _BARE_UZBEK | _ENGLISH
# They follow names in text of their languages alone, whatever the name: Tokoevun.
ONLY_AZERBAIJANI = frozenset(_AZERBAIJANI) - frozenset(_BARE_UZBEK) - frozenset(_ENGLISH)
ONLY_KYRGYZ = frozenset(_BARE_KYRGYZ) - frozenset(_BARE_UZBEK) - frozenset(_ENGLISH)
AFTER_APOSTROPHE: Endings = _chains("Turkish", *_ALL_LINKS) | _ENGLISH
GEORGIAN: Endings = _chains("Georgian", "case")
ARMENIAN: Endings = _chains("Armenian", "case")
AFTER_LATIN_ACRONYM: Endings = _UZBEK | AFTER_APOSTROPHE


def _shortened(endings: Iterable[str]) -> frozenset[str]:
    """Return endings without their first consonant: "сотто" is сот + то, and a skeleton doubles no consonant."""
    return frozenset(ending[1:] for ending in endings if len(ending) > 1 and ending[0] not in "aeiou")


_PLAIN_LATIN_ENDINGS = frozenset({"", *BARE_LATIN})
_MERGED_LATIN_ENDINGS = _PLAIN_LATIN_ENDINGS | _shortened(BARE_LATIN)
_SIGNED_LATIN_ENDINGS = _MERGED_LATIN_ENDINGS.union(AFTER_APOSTROPHE)
_CYRILLIC_ENDINGS = frozenset(TURKIC).union(
    _shortened(TURKIC), *(table for name, table in _TABLES.items() if " " not in name)
)


DOUBLED_LETTER = re.compile(r"(.)\1")


class EndingKind(IntEnum):
    """The endings that a word of a text may have, by its letters: each more costs a look-up a word."""

    PLAIN_LATIN = 0
    MERGED_LATIN = 1  # a doubled letter may be of the stem and of the ending
    SIGNED_LATIN = 2  # with an apostrophe or a digit
    CYRILLIC = 3
    GEORGIAN = 4
    ARMENIAN = 5


def all_endings(kind: EndingKind) -> tuple[frozenset[str], int]:
    """Return all endings that words of a kind can have, and the length of the longest."""
    latin = _PLAIN_LATIN_ENDINGS, _MERGED_LATIN_ENDINGS, _SIGNED_LATIN_ENDINGS
    endings = (*latin, _CYRILLIC_ENDINGS, frozenset({"", *GEORGIAN}), frozenset({"", *ARMENIAN}))[kind]
    return endings, max(map(len, endings))


# ---- endings that an apostrophe or another script parts from the name -----------------------------------------------

_PARTED = re.compile(rf"(.*\w\w)[{APOSTROPHES}]([^\W\d_]+)|([^\u0400-\u052f]{{2,}})([\u0400-\u052f]+)")


# Its groups are Latin and Cyrillic; most words of texts are of one script without signs.
ONE_SCRIPT = re.compile(r"([A-Za-z]+)|([\u0400-\u052f]+)")


def parted_ending(form: str) -> tuple[str, str] | None:
    """Return a name and the sounds of the ending that an apostrophe or another script parts from it, or None.

    >>> parted_ending("Tokoev'un"), parted_ending("Bloomдун"), parted_ending("O'Neill")
    (('Tokoev', 'un'), ('Bloom', 'dun'), None)
    """
    match = None if ONE_SCRIPT.fullmatch(form) else _PARTED.fullmatch(form)
    if match is None:
        return None
    name, tail = match[1] or match[3], match[2] or match[4]
    sounds = ending_sounds(tail)
    return (name, sounds) if sounds in (_CYRILLIC_ENDINGS if is_cyrillic(tail) else AFTER_APOSTROPHE) else None


# ---- particles of patronymic names ----------------------------------------------------------------------------------


def particle_sounds(section: str) -> Mapping[str, str]:
    """Return the particles of a section of their table by their sounds."""
    return {
        skeleton(spelling): particle
        for particle, spellings in pairs(sections("particles")[section]).items()
        for spelling in spellings.split()
    }
