"""Pure. Keep names of bodies that the list does not have only where the article speaks of the body's country.

MIT is an institute too; “ANKARA — … MIT” is Turkey's MİT. The dateline, the sentence, and the other watched names tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.match.compile import Compiled
from monitor.match.countries import country_index
from monitor.match.index.names import Acronym, Phrase
from monitor.match.rules.bodies.countries import dateline_country
from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage

_MAX_WORDS_BEFORE = 12
_NOT_OF_COUNTRY = "nothing in the article says that it speaks of the body's country"


def keep_at_home(
    occurrences: Sequence[tuple[Passage, Occurrence]], compiled: Compiled
) -> list[tuple[Passage, Occurrence]]:
    """Return the occurrences; names that need their country are refused where nothing shows it."""
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
