"""Pure. What a person's name may be in the nominative, by the endings of its words: Russian, Kyrgyz and English.

In Russian the words of a name stand in one case and gender; in Kyrgyz only the last one has an ending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from monitor.match.index.names import read_particle
from monitor.text.normalize import is_cyrillic

Cases = frozenset[str]  # n, g, d, a, i, l: nominative, genitive, dative, accusative, instrumental, locative


class NamePart(StrEnum):
    """The part of a word within a person's name."""

    GIVEN_NAME = "given name"
    PATRONYMIC = "patronymic"
    SURNAME = "surname"


# Endings as (ending, that of the nominative, cases), after a stem that a pattern describes; Zaliznyak's declensions.
_MAN = {
    NamePart.GIVEN_NAME: (
        ("[бвгджзклмнпрстфхцчшщ]", "а//ga у//d ом//i ем//i е//l"),
        ("[аеиоуыэюя]", "я/й/ga ю/й/d ем/й/i е/й/l"),
        ("[бвгджзклмнпрстфхц]", "я/ь/ga ю/ь/d ем/ь/i е/ь/l"),
    ),
    NamePart.PATRONYMIC: (("ич", "а//ga у//d ем//i е//l"),),
    NamePart.SURNAME: (
        ("[оеё]в|[иы]н", "а//ga у//d ым//i е//l"),
        ("[сц]к", "ого/ий/ga ому/ий/d им/ий/i ом/ий/l"),
        ("[бвгджзклмнпрстфхцчшщ]", "а//ga у//d ом//i е//l"),
    ),
}
_WOMAN = {
    NamePart.GIVEN_NAME: (
        ("[бвгджзклмнпрстфхцчшщ]", "ы/а/g и/а/g е/а/dl у/а/a ой/а/i"),
        (r"\w", "и/я/g е/я/dl ю/я/a ей/я/i и/я/dl"),
        ("[бвгджзклмнпрстфхцчшщ]", "и/ь/gdl ью/ь/i ь/ь/a"),
    ),
    NamePart.PATRONYMIC: (("[вч]н", "ы/а/g е/а/dl у/а/a ой/а/i"),),
    NamePart.SURNAME: (("[оеё]в|[иы]н", "ой/а/gdil у/а/a"), ("[сц]к", "ой/ая/gdil ую/ая/a")),
}
_ALL_CASES = frozenset("ngdail")
_VOWEL_END = re.compile("[аеёиоуыэюяй]$")
_KYRGYZ_CASE = re.compile(
    "(?:[ндт](?:ын|ин|ун|үн)|[ндт](?:ы|и|у|ү)|[гк](?:а|е|о|ө)|[дт](?:а|е|о|ө)|[ндт](?:ан|ен|он|өн)|н(?:а|е|о|ө)|нда|нде)$"
)
_PARTICLE_CASE = re.compile("^(кызы|уулу|тегин)(?:нын|нун|ны|ну|на|нда|нан|нун|га|да|дан|ун|н|а|у|ом|е)$")
_POSSESSIVE = re.compile("['’ʼ]s?$")
_SLAVIC = re.compile(r"(?i)...(?:[оеё]ва?|[иы]на?|ск(?:ий|ая)|енко|[oe]va?|ina?|sk(?:y|iy|aya))$")
_PATRONYMIC = re.compile(r"(?i)..(?:[оеё]вич|ич|[оеё]вна|[иы]чна|[oe]vich|[oe]vna)$")


def nominatives(words: Sequence[str], parts: Sequence[NamePart]) -> list[str]:
    """Return what a name may be in the nominative, as it stands first.

    >>> given_and_surname = (NamePart.GIVEN_NAME, NamePart.SURNAME)
    >>> nominatives(("Айгуль", "Бекову"), given_and_surname), nominatives(("Нурбек", "Сатаровду"), given_and_surname)
    (['Айгуль Бекову', 'Айгуль Бекова'], ['Нурбек Сатаровду', 'Нурбек Сатаров'])
    """
    names = [" ".join(words)]
    if not is_cyrillic(words[-1]):
        names.append(" ".join((*words[:-1], _POSSESSIVE.sub("", words[-1]))))
    elif read_particle(words[-1]):
        match = _PARTICLE_CASE.match(words[-1].lower())
        names.append(" ".join((*words[:-1], words[-1][: match.end(1)] if match else words[-1])))
    else:
        names += _russian(words, parts)
        if (ending := _KYRGYZ_CASE.search(words[-1])) and ending.start() > 2:
            names.append(" ".join((*words[:-1], words[-1][: ending.start()])))
    return list(dict.fromkeys(names))


def _russian(words: Sequence[str], parts: Sequence[NamePart]) -> Iterator[str]:
    """Yield the nominatives of a man and of a woman, whose words stand in one case."""
    for endings in (_MAN, _WOMAN):
        names: list[tuple[tuple[str, ...], Cases]] = [((), _ALL_CASES)]
        for word, part in zip(words, parts, strict=True):
            bases = [*_bases(word, part, endings)]
            names = [
                ((*name, base), common)
                for name, cases in names
                for base, cases_of_word in bases
                if (common := cases & cases_of_word)
            ]
        yield from (" ".join(name) for name, cases in names if cases - {"n"})


def _bases(
    word: str, part: NamePart, endings: dict[NamePart, tuple[tuple[str, str], ...]]
) -> Iterator[tuple[str, Cases]]:
    """Yield the nominatives of one word with the cases in which it would stand."""
    yield word, _cases_as_it_stands(word, part, is_woman=endings is _WOMAN)
    for stem, row in endings[part]:
        for ending, nominative, cases in (entry.split("/") for entry in row.split()):
            base = word[: len(word) - len(ending)]
            if word.endswith(ending) and len(base) > 1 and re.search(f"(?:{stem})$", base):
                yield base + nominative, frozenset(cases)


def _cases_as_it_stands(word: str, part: NamePart, *, is_woman: bool) -> Cases:
    """Return the cases of a word without an ending: a woman's name in a consonant has none."""
    if is_woman and part is not NamePart.PATRONYMIC and not _VOWEL_END.search(word):
        return _ALL_CASES
    return frozenset("n")


def is_slavic_surname(word: str) -> bool:
    """Return whether a word ends like a surname in -ов, -ев, -ин or -ский, in any case.

    >>> is_slavic_surname("Бекову"), is_slavic_surname("Zhemerov"), is_slavic_surname("Дөөлөт")
    (True, True, False)
    """
    bases = nominatives((word,), (NamePart.SURNAME,))
    return any(_SLAVIC.search(base) for base in bases)


def is_regular(name: str) -> bool:
    """Return whether a name ends like one in the nominative: in a Slavic surname, a patronymic, or кызы and уулу."""
    last = name.rpartition(" ")[2]
    if particle := read_particle(last):
        return not particle[1]
    return _SLAVIC.search(last) is not None or _PATRONYMIC.search(last) is not None
