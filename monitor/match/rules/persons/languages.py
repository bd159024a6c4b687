"""Pure. Refuse endings of a language that the text is not in: “Browning” is no Uzbek genitive of Brown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from monitor.match.compile import Compiled
from monitor.match.index.endings import ONLY_AZERBAIJANI, parted_ending
from monitor.match.index.forms import has_slavic_ending, is_neighbours_ending
from monitor.match.rules.occurrence import NamePart, Occurrence
from monitor.match.rules.persons.people import people_at
from monitor.match.scanner.passage import Passage

_OTHER_LANGUAGE = "“{}” has an ending of a language that the text is not in"


def people_in_language(passage: Passage, compiled: Compiled, place: int, tied: Set[str]) -> Iterator[Occurrence]:
    """Yield the people whose surname may stand at a place, those with an ending of another language refused."""
    return (_refuse_other_language(passage, person) for person in people_at(passage, compiled, place, tied))


def bodies_in_language(passage: Passage, occurrences: Iterable[Occurrence]) -> Iterator[Occurrence]:
    """Yield names of organisations; those with an Azerbaijani ending are refused where the text is not Azerbaijani."""
    for occurrence in occurrences:
        odd = next((p for p in occurrence.parts if _has_azerbaijani_ending(p)), None)
        is_odd = odd is not None and not passage.is_azerbaijani and not occurrence.refusal
        yield occurrence._replace(refusal=_OTHER_LANGUAGE.format(odd.form.text)) if odd and is_odd else occurrence


def _refuse_other_language(passage: Passage, occurrence: Occurrence) -> Occurrence:
    """Return the occurrence of a person, refused if an ending is Kazakh, Uzbek or Tajik and the text is not.

    Surnames in -ов, -ев, -ин take such endings in any text, since no other name is written so.
    """
    if not occurrence.refusal:
        for part in occurrence.parts:
            is_azerbaijani = _has_azerbaijani_ending(part)
            is_foreign = is_azerbaijani or _has_neighbours_ending(part)
            if is_foreign and not (passage.is_azerbaijani if is_azerbaijani else passage.is_of_neighbours):
                return occurrence._replace(refusal=_OTHER_LANGUAGE.format(part.form.text))
    return occurrence


def _has_neighbours_ending(part: NamePart) -> bool:
    """Return whether a word has an ending that only a language next to Kyrgyz has, and is no Slavic surname."""
    stem, ending = part.match.stem, part.match.ending
    return ending != "" and not has_slavic_ending(stem) and is_neighbours_ending(ending, stem, part.form.text)


def _has_azerbaijani_ending(part: NamePart) -> bool:
    """Return whether a word has an ending that of all languages in Latin letters only Azerbaijani has."""
    form = part.form
    return part.match.ending in ONLY_AZERBAIJANI and not form.is_cyrillic and not parted_ending(form.text)
