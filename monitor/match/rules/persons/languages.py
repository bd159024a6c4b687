"""Pure. Refuse endings of a language that the text is not in: “Browning” is no Uzbek genitive of Brown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from monitor.match.compile import Compiled
from monitor.match.index.endings import ONLY_AZERBAIJANI, ONLY_KYRGYZ, parted_ending
from monitor.match.index.forms import has_slavic_ending, is_neighbours_ending
from monitor.match.rules.occurrence import NamePart, Occurrence
from monitor.match.rules.persons.people import people_at
from monitor.match.scanner.passage import Passage
from monitor.text.normalize import is_armenian, is_georgian

_OTHER_LANGUAGE = "“{}” has an ending of a language that the text is not in"


def people_in_language(passage: Passage, compiled: Compiled, place: int, tied: Set[str]) -> Iterator[Occurrence]:
    """Yield the people whose surname may stand at a place, those with an ending of another language refused."""
    return (_refuse_other_language(passage, person) for person in people_at(passage, compiled, place, tied))


def bodies_in_language(passage: Passage, occurrences: Iterable[Occurrence]) -> Iterator[Occurrence]:
    """Yield names of organisations, refused with an Azerbaijani or Kyrgyz ending in Latin text of another language."""
    for occurrence in occurrences:
        odd = next((p for p in occurrence.parts if _has_latin_ending_of_another(passage, p)), None)
        is_odd = odd is not None and not occurrence.refusal
        yield occurrence._replace(refusal=_OTHER_LANGUAGE.format(odd.form.text)) if odd and is_odd else occurrence


def _refuse_other_language(passage: Passage, occurrence: Occurrence) -> Occurrence:
    """Return the occurrence of a person, refused if an ending is of a language that the text is not in.

    Surnames in -ов, -ев, -ин take the endings of Kazakh, Uzbek and Tajik in any text: no other name is written so.
    """
    if not occurrence.refusal:
        for part in occurrence.parts:
            is_foreign = _has_neighbours_ending(part) and not (passage.is_of_neighbours or passage.is_latin_kyrgyz)
            if is_foreign or _has_latin_ending_of_another(passage, part):
                return occurrence._replace(refusal=_OTHER_LANGUAGE.format(part.form.text))
    return occurrence


def _has_neighbours_ending(part: NamePart) -> bool:
    """Return whether a word has an ending that only a language next to Kyrgyz has, and is no Slavic surname."""
    stem, ending = part.match.stem, part.match.ending
    return ending != "" and not has_slavic_ending(stem) and is_neighbours_ending(ending, stem, part.form.text)


def _has_latin_ending_of_another(passage: Passage, part: NamePart) -> bool:
    """Return whether a Latin word has an Azerbaijani or a Kyrgyz ending, and the text is not of that language."""
    form, ending = part.form, part.match.ending
    if form.is_cyrillic or not ending or is_georgian(form.text) or is_armenian(form.text) or parted_ending(form.text):
        return False
    languages = [
        is_of_it
        for endings, is_of_it in ((ONLY_AZERBAIJANI, passage.is_azerbaijani), (ONLY_KYRGYZ, passage.is_latin_kyrgyz))
        if ending in endings
    ]
    return bool(languages) and not any(languages)
