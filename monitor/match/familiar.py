"""Pure. Familiar forms of given names (`tables/familiar.txt`): Саша for Александр, Аня for Анна."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from monitor.match.tables import pairs, sections
from monitor.text.normalize import fold
from monitor.text.romanize import romanize, skeleton


@cache
def _forms_by_name() -> Mapping[str, Sequence[str]]:
    """Return the familiar forms by the sounds of the full name."""
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for lines in sections("familiar").values():
        for name, row in pairs(lines).items():
            forms[skeleton(name)] += row.split()
    return dict(forms)


def familiar_forms(sounds: Iterable[str]) -> tuple[str, ...]:
    """Return the familiar forms of a given name, by the sounds of its spellings.

    >>> familiar_forms([skeleton("Yevgeny")]), familiar_forms([skeleton("Мелис")])
    (('Женя', 'Жека'), ())
    """
    return tuple(dict.fromkeys(form for name in sounds for form in _forms_by_name().get(name, ())))


def is_sound_of_familiar_form(sounds: str) -> bool:
    """Return whether some name has a familiar form of these sounds."""
    return sounds in _sounds_of_forms()


@cache
def _sounds_of_forms() -> frozenset[str]:
    return frozenset(skeleton(form) for forms in _forms_by_name().values() for form in forms)


def is_familiar_form(written: str, ending: str, listed: str, sounds: Iterable[str]) -> bool:
    """Return whether a word that sounds like a listed name is a familiar form of it by its letters: Аню is not Анну.

    `ending`: the sounds after the stem; `sounds`: of the spellings of the listed name.

    >>> is_familiar_form("Аню", "u", "Анна", ["ana"]), is_familiar_form("Анну", "u", "Анна", ["ana"])
    (True, False)
    """
    letters = romanize(fold(written))
    stem = letters[: len(letters) - len(ending)].rstrip("y")
    forms = {romanize(fold(form)) for form in familiar_forms(sounds)} - {romanize(fold(listed))}
    return any(letters == form or stem == form[:-1].rstrip("y") for form in forms)
