"""Pure. Keep names of bodies that the list does not have only where the article speaks of the body's country.

MIT is an institute too; “ANKARA — … MIT” is Turkey's MİT. The dateline, the sentence, and the other watched names tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.match.compile import Compiled
from monitor.match.countries import cities, country_index
from monitor.match.index.names import Acronym, Phrase
from monitor.match.rules.bodies.countries import dateline_country
from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage
from monitor.model import Message
from monitor.text.normalize import fold

_MAX_WORDS_BEFORE = 12
_MAX_WORDS = 3_000  # of an article among which a country is looked for
_NOT_OF_COUNTRY = Message("nothing in the article says that it speaks of the body's country")
_ENGLISH = re.compile(r"\b(?:the|of|and|said|was)\b")


def keep_at_home(
    occurrences: Sequence[tuple[Passage, Occurrence]], compiled: Compiled
) -> list[tuple[Passage, Occurrence]]:
    """Return the occurrences; names that need their country are refused where nothing shows it.

    In English text a lone abbreviation of a body whose entry gives its country is possible there: RTK is a method, too.
    """
    occurrences = _doubt_lone_acronyms(occurrences, compiled)
    if not any(_needs_country(f) for _, f in occurrences):
        return [*occurrences]
    datelines = {p: country for p, _ in occurrences if (country := dateline_country(p))}
    home_countries = {
        compiled.entities[f.name.entity].country
        for _, f in occurrences
        if not (_needs_country(f) or f.refusal or f.doubt) and f.is_whole_name
    } - {""}
    home_countries = {*datelines.values()} or home_countries
    return [
        (p, f._replace(refusal=_NOT_OF_COUNTRY)) if _is_stray(p, f, home_countries, compiled.countries) else (p, f)
        for p, f in occurrences
    ]


def _doubt_lone_acronyms(
    occurrences: Sequence[tuple[Passage, Occurrence]], compiled: Compiled
) -> list[tuple[Passage, Occurrence]]:
    """Return the occurrences, lone abbreviations in English text doubted if nothing is of their country."""
    certain = {f.name.entity for _, f in occurrences if not (f.refusal or f.doubt) and f.is_whole_name}
    if len(certain) != 1 or not any(f.name.entity in certain and _is_lone(p, f, compiled) for p, f in occurrences):
        return [*occurrences]
    (entity,) = certain
    passages = dict.fromkeys(p for p, _ in occurrences)
    if any(f.country and not f.refusal for _, f in occurrences) or any(
        _speaks_of(passage, compiled.entities[entity].country) for passage in passages
    ):
        return [*occurrences]
    return [(p, f._replace(doubt=_NOT_OF_COUNTRY)) if _is_lone(p, f, compiled) else (p, f) for p, f in occurrences]


def _is_lone(passage: Passage, occurrence: Occurrence, compiled: Compiled) -> bool:
    """Return whether a place holds a listed abbreviation, in English text, of a body whose entry gives its country.

    With an article it is an agency's: the FSB.
    """
    name = occurrence.name
    if not isinstance(name, Acronym) or name.needs_country or occurrence.refusal or occurrence.doubt:
        return False
    before = passage.place_at(occurrence.start) - 1
    return (
        name.letters.isascii()
        and not (before >= 0 and passage.word(before).lower == "the")
        and bool(compiled.entities[name.entity].country)
        and _ENGLISH.search(passage.text) is not None
    )


def _speaks_of(passage: Passage, country: str) -> bool:
    """Return whether a country, or one of its cities, is named in a passage."""
    words = [passage.word(at).text for at in range(min(passage.size, _MAX_WORDS))]
    return any(
        cities().get(fold(word)) == country
        or any(name.code == country for name in country_index().names_at(words[at : at + _MAX_NAME_WORDS]))
        for at, word in enumerate(words)
        if word[:1].isupper()
    )


_MAX_NAME_WORDS = 3


def _needs_country(occurrence: Occurrence) -> bool:
    """Return whether a place holds a name that counts only where the article shows its country."""
    return isinstance(occurrence.name, Acronym | Phrase) and occurrence.name.needs_country


def _is_stray(passage: Passage, occurrence: Occurrence, home_countries: set[str], countries: Mapping[str, str]) -> bool:
    """Return whether nothing ties a name that needs its country to it."""
    if not _needs_country(occurrence) or occurrence.refusal or occurrence.country:
        return False
    home = countries.get(occurrence.name.entity, "")
    return home_countries != {home} and not _is_named_before(passage, occurrence.start, home)


def _is_named_before(passage: Passage, offset: int, home: str) -> bool:
    """Return whether a country, and no other, is named before an offset in its sentence."""
    place, codes = passage.place_at(offset), set[str]()
    for at in range(place - 1, max(-1, place - 1 - _MAX_WORDS_BEFORE), -1):
        if passage.starts_sentence(at + 1):
            break
        codes |= {name.code for name in country_index().names_at([passage.word(at).text])}
    return codes == {home}
