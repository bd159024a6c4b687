"""Pure. Name the ending of a word by its letters. The index knows endings by their sounds, which several may share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from monitor.match.index.forms import Declension
from monitor.match.index.word_match import Word, WordMatch
from monitor.match.scanner.word_form import WordForm
from monitor.match.tables import pairs, sections
from monitor.text.normalize import fold
from monitor.text.romanize import skeleton

_BARE = frozenset({Declension.WHOLE, Declension.OV, Declension.CONSONANT})
_LINKS = ("derived", "plural", "possessive", "case", "copula")


class WrittenEnding(NamedTuple):
    """A word of a text cut into stem and ending, in folded letters, and the inflection that the ending is.

    The inflection is "" if no table has these letters.
    """

    stem: str
    ending: str
    inflection: str


def read_written_ending(form: WordForm, word: Word, match: WordMatch) -> WrittenEnding | None:
    """Return the ending of an inflected Cyrillic word by its letters; None if its sounds show no cut."""
    listed, letters = fold(word.raw), fold(form.text)
    stem_sounds = form.sounds.removesuffix(match.ending)
    cuts = [n for n in range(len(letters) - 1, 0, -1) if _has_sounds(letters[:n], stem_sounds)]
    # The skeleton of Юлии loses an и, which is of the stem.
    cuts += [n + 1 for n in cuts if letters[n] in "иі" and letters[n + 1 : n + 2] in {*"яюеєиі"}]
    # Азаттык-ка: of a doubled consonant the second begins the ending, unless the listed word ends in two as well.
    cuts.sort(
        key=lambda n: (not listed.startswith(letters[:n]), _ends_doubled(letters[:n]) != _ends_doubled(listed), -n)
    )
    endings = [WrittenEnding(letters[:n], letters[n:], "") for n in cuts]
    for ending in endings:
        # Folded again: in Kloopтa the stem makes the last letter a Latin one.
        if readings := _readings(fold(ending.ending), word, match):
            return ending._replace(inflection=match.inflection if match.inflection in readings else readings[0])
    return endings[0] if endings else None


def _has_sounds(letters: str, sounds: str) -> bool:
    """Return whether a beginning of a word has these sounds; at a word's end -ефф sounds otherwise."""
    return sounds in (skeleton(letters), skeleton(f"{letters}b")[:-1])


def _ends_doubled(letters: str) -> bool:
    """Return whether the last letter stands twice."""
    return letters[-1:] == letters[-2:-1]


def _readings(ending: str, word: Word, match: WordMatch) -> list[str]:
    """Return the inflections that letters after a stem may be, by every declension that the stem has."""
    declensions = [stem.declension for stem in word.stems if stem.text == match.stem.text]
    readings = [case for declension in declensions for case in _russian_endings(declension).get(ending, ())]
    if not _BARE.isdisjoint(declensions):
        readings += _turkic_readings(ending)
    return [reading for reading in readings if reading]


@cache
def _russian_endings(declension: Declension) -> Mapping[str, list[str]]:
    """Return the inflections by written ending of a declension; "" is the nominative."""
    cases: defaultdict[str, list[str]] = defaultdict(list)
    name = Declension.CONSONANT if declension is Declension.FLEETING else declension
    for case, endings in pairs(sections("endings").get(name, [])).items():
        for ending in endings.replace("∅", "").split():
            cases[fold(ending)].append("" if case == "nominative" else case)
    return cases


@lru_cache(1 << 12)
def _turkic_readings(ending: str) -> tuple[str, ...]:
    """Return the inflections that letters may be as a chain of links, the simplest first. Each link is optional."""
    languages = {name.rpartition(" ")[0] for name in sections("endings") if name.rpartition(" ")[2] in _LINKS}
    readings = {
        ", ".join(filter(None, labels))
        for language in languages
        for labels in _chains(ending, [_links(f"{language} {link}") for link in _LINKS])
    }
    return tuple(sorted(readings, key=lambda reading: (len(reading), reading)))


def _chains(letters: str, links: list[Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    """Yield the labels of every way to read letters as one ending of each table, or none of it."""
    if not links:
        if not letters:
            yield ()
        return
    first, *following = links
    for ending, label in (("", ""), *first.items()):
        if letters.startswith(ending):
            yield from ((label, *labels) for labels in _chains(letters[len(ending) :], following))


@cache
def _links(section: str) -> Mapping[str, str]:
    """Return the labels by written ending of a section of the table."""
    return {
        fold(e): label
        for label, endings in pairs(sections("endings").get(section, [])).items()
        for e in endings.split()
    }
