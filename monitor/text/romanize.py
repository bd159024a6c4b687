"""Pure. How words sound: skeletons that are the same in every script and romanisation.

`romanisations.txt` is the one table of ways to write Cyrillic letters in Latin ones; matching and the reasons read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from zlib import crc32

from anyascii import anyascii

from monitor.text.normalize import CACHED_WORDS, repair_word
from monitor.text.tables import pairs, read_sections, table_text

SPELLED = {"J": "zh", "C": "ch", "S": "sh", "T": "ts"}  # the sounds that have a symbol of their own
_SILENT, _NOTHING = "-", "∅"
_NOT_MATCHED = "~"  # in front of a way: it sounds otherwise in most words, and is for reasons only

_SOUNDLESS = re.compile("[^a-zJCST\n]+")
_GLIDE = re.compile("i+(?=[aeu])(?!(?<=^i)[aeu]$)", re.MULTILINE)  # that of a word of two sounds stays
_DOUBLED = re.compile(r"(.)(?=\1)")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")


@dataclass(slots=True)
class Romanisation:
    """A table of romanisations, as `romanisations.txt` holds it.

    `sources`: letter -> the ways to write it -> whose way that is. `version` moves with every change of the table.
    """

    sources: Mapping[str, Mapping[str, str]]
    version: int
    _groups: dict[str, str]  # Latin letters -> the one sound they stand for
    _letters: Mapping[int, str | None]  # a letter -> the ASCII letters it is read as
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        # c and j depend on the next letter; -off and -eff are names' old endings in -ов and -ев.
        longest_first = sorted(self._groups, key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, "c", "j", "ff$(?<=[oe]ff)"]), re.MULTILINE)

    def sounds_of(self, words: str) -> str:
        """Return the sounds of words in small letters, one word a line."""
        sounds = self._pattern.sub(self._sound, self.in_ascii(words))
        return settle(_SOUNDLESS.sub("", sounds).replace("yo", "e").replace("y", "i"))

    def in_ascii(self, word: str) -> str:
        """Return words in small letters, romanised letter by letter."""
        return _NOT_ASCII.sub(lambda m: anyascii(m.group()).lower(), word.translate(self._letters))

    def learn(self, way: str, sound: str) -> None:
        """Let Latin letters match this sound, where the rules and the groups known so far give another."""
        if way.isascii() and way.isalpha() and self.sounds_of(f"b{way}r") != settle(f"b{sound}r"):
            self._groups[way] = sound
            self.__post_init__()

    def _sound(self, match: re.Match[str]) -> str:
        group = match.group()
        following = match.string[match.end() : match.end() + 1] or "\n"
        if group == "c":
            return "T" if following in "eiy" else "k"
        if group == "j":
            return "J" if following in "aeiouy" else "y"
        return self._groups.get(group, "v")


def read_romanisation(table: str) -> Romanisation:
    """Return the romanisation that a table's text describes."""
    sections = read_sections(table)
    names = pairs(sections["sources"])
    letters: dict[str, str | None] = {c: anyascii(c).lower() for c in map(chr, range(0x0400, 0x0530))}
    letters |= {c: "" if a == _NOTHING else a for a, row in pairs(sections["ascii"]).items() for c in row.split()}
    sources: dict[str, dict[str, str]] = {}
    matched: list[tuple[str, str]] = []
    for head, row in pairs(sections["letters"]).items():
        letter, sound = head.split()
        for way, source in map(str.split, row.split(",")):
            sources.setdefault(letter, {})[way.removeprefix(_NOT_MATCHED)] = names[source]
            if not way.startswith(_NOT_MATCHED):
                matched.append((way, "" if sound == _SILENT else sound))
                if len(way) == 1 and not way.isascii() and way.isalpha() and sound in SPELLED:
                    letters.setdefault(way, SPELLED[sound])
    others = [(way, sound) for sound, row in pairs(sections["latin"]).items() for way in row.split()]
    made = Romanisation(sources, crc32(table.encode()), {}, str.maketrans(letters))
    for way, sound in sorted([*matched, *others], key=lambda pair: len(pair[0])):  # a longer one may hold a shorter one
        made.learn(way, sound)
    return made


def settle(sounds: str) -> str:
    """Return sounds as a skeleton has them: no glide before a, e, u; nothing doubled."""
    return _DOUBLED.sub("", _GLIDE.sub("", sounds))


ROMANISATION = read_romanisation(table_text(__file__, "romanisations"))


@lru_cache(CACHED_WORDS)
def skeleton(word: str) -> str:
    """Return how a word sounds, roughly, in whatever script or romanisation it is written; "" without letters.

    >>> {skeleton(w) for w in ("Жоомарт", "Zhoomart", "Joomart", "Djoomart", "ЖООМАРТ")}
    {'Jomart'}
    >>> skeleton("Aleksandr") == skeleton("Алeксaндр"), skeleton("Айдай") == skeleton("Aidai") == skeleton("Aiday")
    (True, True)
    """
    return skeletons([repair_word(word)])[0]


def skeletons(words: Iterable[str]) -> list[str]:
    """Return the skeletons of many repaired words: many times faster than one by one."""
    return ROMANISATION.sounds_of("\n".join(words).lower()).split("\n")


def romanised(word: str) -> str:
    """Return a word in small letters, letter by letter in Latin ones."""
    return ROMANISATION.in_ascii(word)
