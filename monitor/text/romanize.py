"""Pure. Skeletons of words: their sounds, which are the same in every script and romanisation.

`romanisations.txt` is the only table of Latin spellings of Cyrillic letters; matching and the reasons read it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from zlib import crc32

from anyascii import anyascii

from monitor.text.normalize import CACHED_WORDS, repair_word
from monitor.text.tables import pairs, read_sections, table_text

SOUND_SPELLINGS = {"J": "zh", "C": "ch", "S": "sh", "T": "ts"}  # sounds with a symbol of one capital letter
_SILENT, _EMPTY = "-", "∅"
_REASONS_ONLY = "~"  # before a spelling that has another sound in most words: used in reasons, not in matching

_NOT_SOUNDS = bytes({*range(256)} - {*b"abcdefghijklmnopqrstuvwxyzJCST\n"})
_GLIDE = re.compile("i+(?=[aeu])(?!(?<=^i)[aeu]$)", re.MULTILINE)  # not in a word of two sounds
_DOUBLED = re.compile(r"(.)(?=\1)")


class _AsciiLetters(dict[int, str]):
    """A table from code points to ASCII letters, filled as they are met: a miss costs `str.translate` an exception."""

    def __missing__(self, code: int) -> str:
        self[code] = letters = anyascii(chr(code)).lower() if code >= _FIRST_NOT_ASCII else chr(code)
        return letters


_FIRST_NOT_ASCII = 0x80


@dataclass(slots=True)
class Romanisation:
    """A compiled table of romanisations (`romanisations.txt`).

    `sources` maps a letter to its spellings, and each spelling to the name of the standard or usage it is from.
    """

    sources: Mapping[str, Mapping[str, str]]
    _groups: dict[str, str]  # a group of Latin letters -> its sound
    _letters: _AsciiLetters
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        # c and j depend on the next letter; -off and -eff are names' old endings in -ов and -ев.
        longest_first = sorted(self._groups, key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, "c", "j", "ff$(?<=[oe]ff)"]), re.MULTILINE)

    def to_sounds(self, words: str) -> str:
        """Return the sounds of words in small letters, one word a line."""
        # Bytes, because `bytes.translate` removes what is no sound in a fraction of the time.
        sounds = self._pattern.sub(self._sound, self.to_ascii(words)).encode("ascii").translate(None, _NOT_SOUNDS)
        return normalize_sounds(sounds.replace(b"yo", b"e").replace(b"y", b"i").decode("ascii"))

    def to_ascii(self, word: str) -> str:
        """Return words in small letters, romanised letter by letter."""
        return word.translate(self._letters)

    def add_spelling(self, spelling: str, sound: str) -> None:
        """Add a Latin spelling of a sound, if the present rules and groups give it another sound."""
        if (
            spelling.isascii()
            and spelling.isalpha()
            and self.to_sounds(f"b{spelling}r") != normalize_sounds(f"b{sound}r")
        ):
            self._groups[spelling] = sound
            self.__post_init__()  # compiles the pattern again

    def _sound(self, match: re.Match[str]) -> str:
        group = match.group()
        sound = self._groups.get(group)
        if sound is not None:
            return sound
        following = match.string[match.end() : match.end() + 1] or "\n"
        if group == "c":
            return "T" if following in "eiy" else "k"
        if group == "j":
            return "J" if following in "aeiouy" else "y"
        return "v"


def read_romanisation(table: str) -> Romanisation:
    """Return the romanisation that a table's text describes."""
    sections = read_sections(table)
    names = pairs(sections["sources"])
    letters = {c: "" if a == _EMPTY else a for a, row in pairs(sections["ascii"]).items() for c in row.split()}
    sources: dict[str, dict[str, str]] = {}
    matched_spellings: list[tuple[str, str]] = []
    for head, row in pairs(sections["letters"]).items():
        letter, sound = head.split()
        for spelling, source in map(str.split, row.split(",")):
            sources.setdefault(letter, {})[spelling.removeprefix(_REASONS_ONLY)] = names[source]
            if not spelling.startswith(_REASONS_ONLY):
                matched_spellings.append((spelling, "" if sound == _SILENT else sound))
                if len(spelling) == 1 and not spelling.isascii() and spelling.isalpha() and sound in SOUND_SPELLINGS:
                    letters.setdefault(spelling, SOUND_SPELLINGS[sound])
    latin_groups = [(spelling, sound) for sound, row in pairs(sections["latin"]).items() for spelling in row.split()]
    ascii_letters = _AsciiLetters({ord(letter): spelling for letter, spelling in letters.items()})
    romanisation = Romanisation(sources, {}, ascii_letters)
    # Short spellings first: a longer one is added only if the shorter ones in it give another sound.
    for spelling, sound in sorted(
        [*matched_spellings, *latin_groups], key=lambda pair: len(pair[0])
    ):  # a longer one may hold a shorter one
        romanisation.add_spelling(spelling, sound)
    return romanisation


def normalize_sounds(sounds: str) -> str:
    """Return the sounds of a skeleton: without glides before a, e, u, and without doubled sounds."""
    return _DOUBLED.sub("", _GLIDE.sub("", sounds))


def version_of(table: str) -> int:
    """Return a number that changes with the table; it is stored next to fingerprints that depend on it."""
    return crc32(table.encode())


_TABLE = table_text(__file__, "romanisations")
ROMANISATION_VERSION = version_of(_TABLE)


@cache
def romanisation() -> Romanisation:
    """Return the romanisation of the table, compiled once: that takes longer than the work of most commands."""
    return read_romanisation(_TABLE)


@lru_cache(CACHED_WORDS)
def skeleton(word: str) -> str:
    """Return the rough sound of a word in any script or romanisation, or "" if it has no letters.

    >>> {skeleton(w) for w in ("Жоомарт", "Zhoomart", "Joomart", "Djoomart", "ЖООМАРТ")}
    {'Jomart'}
    >>> skeleton("Aleksandr") == skeleton("Алeксaндр"), skeleton("Айдай") == skeleton("Aidai") == skeleton("Aiday")
    (True, True)
    """
    return skeletons([repair_word(word)])[0]


def skeletons(words: Collection[str]) -> list[str]:
    """Return the skeletons of many repaired words; one call is many times faster than one call per word."""
    return romanisation().to_sounds("\n".join(words).lower()).split("\n") if words else []


def romanize(word: str) -> str:
    """Return a word in small Latin letters, romanised letter by letter."""
    return romanisation().to_ascii(word)
