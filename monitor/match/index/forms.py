"""Pure. What a name may look like in running text: its spellings, its stems, and the endings each may take.

Everything is written in the alphabet of `text.skeleton`, so one table serves every script. The tables themselves
(`tables/endings.txt`) are in Cyrillic, as grammars print them, and are turned into that alphabet once, at import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import product

from monitor.match.index.foreign import by_ear
from monitor.match.tables import pairs, sections
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeleton


class Role(StrEnum):
    """What a word is within a name: decides how it is declined."""

    GIVEN = "given"
    SURNAME = "surname"
    WORD = "word"  # of an organisation, or of context
    JOINED = "joined"  # a name's words written as one: must be spelt right


class Declension(StrEnum):
    """Which endings may follow a stem."""

    WHOLE = "whole"  # the word as it stands on the list: nothing, or Kyrgyz endings
    OV = "ov"  # a man's surname in -ов, -ев, -ин
    OVA = "ova"  # a woman's, without its -а
    ADJECTIVE = "adjective"  # -ский, -ая, without that
    CONSONANT = "consonant"
    VOWEL = "vowel"  # -а, -я, without it
    GLIDE = "glide"  # -й, without it
    NEUTER = "neuter"  # -о, -е, without it: Ukrainian surnames, Russian nouns
    FLEETING = "fleeting"  # Павел without its е: never bare


@dataclass(frozen=True, slots=True)
class Stem:
    text: str
    declension: Declension
    by_ear: bool = False  # a Latin name as Cyrillic newsrooms hear it: stands in Cyrillic text only


# ---- Russian (and Ukrainian) endings --------------------------------------------------------------------------------


def _sounds(ending: str) -> str:
    """An ending in the skeleton's alphabet; within a word, since a glide is dropped only there."""
    return skeleton("бв" + ending)[2:]


def _table(cases: Mapping[str, str]) -> dict[str, str]:
    """Ending -> what it says ("" for the bare name), from `case: endings`."""
    table: dict[str, str] = {}
    for case, endings in cases.items():
        for ending in endings.split():
            table.setdefault(_sounds("" if ending == "∅" else ending), "" if case == "nominative" else case)
    return table


_ENDINGS = {name: _table(pairs(lines)) for name, lines in sections("endings").items()}
_RUSSIAN: Mapping[Declension, Mapping[str, str]] = {
    **{declension: _ENDINGS[declension] for declension in Declension if declension in _ENDINGS},
    Declension.FLEETING: {ending: says for ending, says in _ENDINGS[Declension.CONSONANT].items() if ending},
}


def _kyrgyz_chains() -> dict[str, str]:
    """Every chain of plural + possessive + case, each optional, in this order -> what it says."""
    chains: dict[str, str] = {}
    links = ([("", ""), *_ENDINGS[f"Kyrgyz {link}"].items()] for link in ("plural", "possessive", "case"))
    for (plural, p), (possessive, q), (case, c) in product(*links):
        says = ", ".join(x for x in (p, q, c) if x)
        chain = re.sub(r"(.)\1", r"\1", plural + possessive + case)
        if chain and (chain not in chains or len(says) < len(chains[chain])):
            chains[chain] = says
    return chains


_KYRGYZ: Mapping[str, str] = _kyrgyz_chains()
# A doubled consonant is one in a skeleton: "сотто" is сот + то. So an ending may lack its first sound.
_KYRGYZ_SHORTENED = frozenset(e[1:] for e in _KYRGYZ if len(e) > 1 and e[0] not in "aeiou")

_LATIN = {"": "", "s": "possessive"}
_LATIN_ENDINGS = frozenset(_LATIN)
_CYRILLIC_ENDINGS = frozenset(_KYRGYZ) | {e for table in _RUSSIAN.values() for e in table} | _KYRGYZ_SHORTENED
_LONGEST_CYRILLIC = max(map(len, _CYRILLIC_ENDINGS))


def any_ending(cyrillic: bool) -> tuple[frozenset[str], int]:
    """Everything that can end a word in this script, before anything is known of the word; and the longest's length."""
    return (_CYRILLIC_ENDINGS, _LONGEST_CYRILLIC) if cyrillic else (_LATIN_ENDINGS, 1)


def ending(rest: str, stem: Stem, form: str) -> str | None:
    """What the sounds after a stem say in a word ("dative", "" for the bare name), or None when it cannot take them."""
    if not is_cyrillic(form):
        return _LATIN.get(rest) if stem.declension in _BARE and not stem.by_ear else None
    russian = _RUSSIAN.get(stem.declension)
    if russian is not None and rest in russian:
        # Of Николая, Сергее the skeleton keeps no ending, but the letters do: Аида is no case of Айдай.
        lost = not rest and stem.declension is Declension.GLIDE and stem.text[-1] in "aeiou"
        return russian[rest] if not lost or form[-1].lower() in "яеиії" else None
    if stem.declension not in _BARE:
        return None
    if not rest:
        return ""
    last = stem.text[-1:]
    if stem.by_ear and len(stem.text) < 3:  # Китай is not of Key
        return None
    if last == "v" and rest in {"na", "ni", "ne", "nu"}:  # Сергеев-на: no case of Сергеев begins so
        return None
    return _KYRGYZ.get(rest) or (_KYRGYZ.get(last + rest) if last not in "aeiou" else None)


_BARE = frozenset({Declension.WHOLE, Declension.OV, Declension.CONSONANT})
_RUSSIAN_ENDINGS = frozenset(e for table in _RUSSIAN.values() for e in table)


def is_kyrgyz_ending(rest: str) -> bool:
    """Whether sounds at the end of a word can only be a Kyrgyz ending."""
    return rest not in _RUSSIAN_ENDINGS


def acronym_ending(tail: str) -> str | None:
    """What a tail in small letters says after an acronym ("УКМКнын", "ГКНБ-ге", "SCNS's"); None: it is no ending."""
    sounds = skeleton(tail)
    if not is_cyrillic(tail):
        return _LATIN.get(sounds)
    return _KYRGYZ.get(sounds, _RUSSIAN[Declension.CONSONANT].get(sounds))


# ---- spellings and stems of a word on the list ----------------------------------------------------------------------

# Respellings of a Latin word that the skeleton of the usual romanisation does not cover: (pattern, replacement).
_LATIN_SPELLINGS = [
    (re.compile(a), b)
    for a, b in (
        (r"j", "y"),  # German, Polish, GOST: Bejshenalieva
        (r"(?<=[aeiouy])y(?=[aou])", "j"),  # and the other way round: Zyjagul
        (r"x", "kh"),  # GOST: Abdraxmanov
        (r"ng", "n"),  # ң: Chyngyz
        (r"(?<=[aeiou])h(?=[nmrlt]|$)", ""),  # Mahmoud, Allah
        (r"oe", "o"),  # Schroeder, Kumtoer
        (r"ue", "u"),  # Mueller
        (r"ee", "i"),
        (r"oo", "u"),
        (r"ea", "i"),
        (r"ew", "u"),
        (r"w", "u"),
        (r"(?<=[a-z])z$", "ts"),
        (r"^h", "g"),  # Russian Г for H: Hitler
        (r"(?<!s)cz", "ch"),
        (r"rz", "zh"),
        (r"sz", "sh"),
    )
]
_CYRILLIC_SPELLINGS = [
    (re.compile(a), b)
    for a, b in (("ң", "нг"), ("х", "кс"), (r"(?<=[аоуыэ])я(?=\w)", "жа"))  # Zyjagul
]


@lru_cache(1)
def _equivalents() -> dict[str, tuple[str, ...]]:
    groups = [group.split() for group in " ".join(sections("words")["same given names"]).split("|")]
    return {skeleton(n): tuple(map(skeleton, group)) for group in groups for n in group}


LITERAL = re.compile(r"\d|^[IVX]{1,5}$")


def sounds_of(word: str) -> str:
    """The skeleton of a word; one that holds digits (24, Z3) and a Roman numeral (XVI) stand for themselves."""
    return fold(word) if LITERAL.search(word) else skeleton(word)


def spellings(raw: str, role: Role) -> tuple[str, ...]:
    """Skeletons of the ways a word on the list may be spelt, the plainest first.

    >>> spellings("Ajdar", Role.GIVEN), spellings("Abdraxmanov", Role.SURNAME)
    (('aidar',), ('abdraksmanov', 'abdrahmanov'))
    """
    word = fold(raw)
    rules = _CYRILLIC_SPELLINGS if is_cyrillic(word) else _LATIN_SPELLINGS
    found = [sounds_of(raw), *(skeleton(rule.sub(new, word)) for rule, new in rules if rule.search(word))]
    if role is Role.GIVEN:
        found += [other for name in tuple(found) for other in _equivalents().get(name, ())]
    return tuple(dict.fromkeys(s for s in found if s))


_OV = re.compile(r"..(?:[oe]v|in)$")
_OVA = re.compile(r"..(?:[oe]v|in)a$")
_ADJECTIVE_SURNAME = re.compile(r"[sTc]k(?:i|oi|a)$")
_ADJECTIVE_WORD = re.compile(r"(?<=..[nkvS])(?:i|oi|a|oe|e)$")
_FLEETING = re.compile(r"^(.{2,})[eo]([clkrn])$|^(l)e(v)$")  # Павел, Павла; Лев, Льва


def is_womans_surname(raw: str) -> bool:
    """
    >>> is_womans_surname("Асанова"), is_womans_surname("Asanov"), is_womans_surname("Вишневская")
    (True, False, True)
    """
    sounds = skeleton(raw)
    return bool(_OVA.search(sounds)) or bool(re.search(r"[sT]ka$", sounds))


_PATRONYMIC = re.compile(r"(?:[oe]vi[Cc]|i[Cc]|[oe]vna|i[Cn]na)$")


def is_patronymic(raw: str) -> bool:
    """Whether a middle name is a father's: Сергеевич, Ильинична.

    >>> is_patronymic("Сергеевич"), is_patronymic("Il'inichna"), is_patronymic("Edgar")
    (True, True, False)
    """
    return bool(_PATRONYMIC.search(skeleton(raw)))


def all_stems(raw: str, role: Role) -> tuple[Stem, ...]:
    """The stems of a word on the list in all its spellings, those that are heard last."""
    forms = spellings(raw, role)
    if role is Role.JOINED:
        return tuple(Stem(form, _whole(form, role)) for form in forms[:1])
    found = dict.fromkeys(stem for form in forms for stem in stems(form, role))
    if role is not Role.WORD:
        shortest = 2 if role is Role.GIVEN or len(raw) < 4 else 3
        heard = (h for h in by_ear(raw) if len(h) >= shortest and not any(_nearly(h, form) for form in forms))
        for stem in (stem for form in dict.fromkeys(heard) for stem in stems(form, role)):
            if stem not in found and stem.declension is not Declension.FLEETING:
                found[replace(stem, by_ear=True)] = None
    return tuple(found)


_VOWELS = re.compile("[aeiou]")


def _nearly(heard: str, form: str) -> bool:
    """Whether what is heard differs from a plain spelling, if at all, by a vowel that is found without it."""
    if heard == form or len(heard) < 5 or len(heard) != len(form):
        return heard == form
    apart = [(a, b) for a, b in zip(heard, form, strict=True) if a != b]
    return len(apart) == 1 and all(map(_VOWELS.match, apart[0]))


_DECLINED_PATRONYMIC = re.compile(r"..(?:[oe]vi[Cc]|[oe]vn|i[Cn]n)(?:a|u|e|i|em|om|oi|[dtgn].{1,2})?$")


def is_declined_patronymic(word: str) -> bool:
    """Whether a word of the text is somebody's patronymic, in any ending: Сергеевичу, Сергеевны.

    >>> is_declined_patronymic("Сергеевичем"), is_declined_patronymic("Сергеевны"), is_declined_patronymic("Сергеев")
    (True, True, False)
    """
    return bool(_DECLINED_PATRONYMIC.search(skeleton(word)))


def stems(spelling: str, role: Role) -> tuple[Stem, ...]:
    """The stems of one spelling, each with the endings it takes."""
    found = [Stem(spelling, _whole(spelling, role))]
    if role is Role.SURNAME and _OVA.search(spelling):
        found.append(Stem(spelling[:-1], Declension.OVA))
    elif role is Role.SURNAME and _ADJECTIVE_SURNAME.search(spelling):
        found.append(Stem(re.sub("(?:oi|i|a)$", "", spelling), Declension.ADJECTIVE))
    elif len(spelling) > 2 and spelling[-1] in "aeio":
        found += _vowel_stems(spelling, role)
    fleeting = _FLEETING.match(spelling)
    if fleeting and role is not Role.WORD:
        found.append(Stem("".join(filter(None, fleeting.groups())), Declension.FLEETING))
    return tuple(found)


def _whole(spelling: str, role: Role) -> Declension:
    if spelling[-1] in "aeiou":
        return Declension.WHOLE
    return Declension.OV if role is Role.SURNAME and _OV.search(spelling) else Declension.CONSONANT


def _vowel_stems(spelling: str, role: Role) -> Iterable[Stem]:
    stem, vowel = spelling[:-1], spelling[-1]
    if vowel == "a":
        yield Stem(stem, Declension.VOWEL)
    elif vowel == "i":
        yield Stem(stem, Declension.GLIDE)
        if role is Role.WORD:
            yield Stem(stem, Declension.VOWEL)
    elif vowel in "oe":
        yield Stem(stem, Declension.NEUTER)
    if role is Role.WORD and (adjective := _ADJECTIVE_WORD.sub("", spelling)) != spelling:
        yield Stem(adjective, Declension.ADJECTIVE)


# ---- particles of patronymic names ----------------------------------------------------------------------------------


class Particle(StrEnum):
    """The word after a father's name that makes it a surname: daughter of, son of, heir of."""

    KYZY = "kyzy"
    UULU = "uulu"
    TEGIN = "tegin"

    @property
    def cyrillic(self) -> str:
        return {Particle.KYZY: "кызы", Particle.UULU: "уулу", Particle.TEGIN: "тегин"}[self]


_PARTICLES = (
    (re.compile(r"^(?:[кг]ызыз|[кг]ыыз|кыы$|[kgq][yi]z[yi]z|[кг][ыи]з|[kgq][yi]z)(?:[ыиyi]|$)"), Particle.KYZY),
    (re.compile(r"^(?:у+лу|ууу$|уул+у?|uulu|uul|uluu|ulu|оглу|oglu|oghlu)"), Particle.UULU),
    (re.compile(r"^(?:тегин|tegin)"), Particle.TEGIN),
)
GLUED_PARTICLE = re.compile(r"^(.{3,}?)(kyzy|kizi|кызы|uulu|уулу|tegin|тегин)$", re.IGNORECASE)


@lru_cache(4096)
def particle(word: str) -> tuple[Particle, str] | None:
    """Which particle a word is and what its ending says ("кызынын" is a genitive); None: it is none.

    >>> particle("кызынын"), particle("Kyzy"), particle("кызык")
    ((<Particle.KYZY: 'kyzy'>, 'genitive'), (<Particle.KYZY: 'kyzy'>, ''), None)
    """
    written = fold(word)
    for pattern, which in _PARTICLES:
        if match := pattern.match(written):
            rest = skeleton(written[match.end() :])
            vowel = match.group()[-1] in "ыиуyiu"
            stem = Stem(match.group(), Declension.WHOLE if vowel else Declension.CONSONANT)  # Russian declines тегин
            says = ending(rest, stem, word)
            if says is not None:
                return which, says
    return None
