"""Pure. The forms of a listed word in running text: its spellings, its stems, and the endings of each.

Everything is written in the alphabet of `text.romanize.skeleton`, so one table serves every script. The tables
themselves (`tables/endings.txt`) are in Cyrillic, as grammars print them, and are converted to that alphabet once, at
import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import product

from monitor.match.index.foreign import transcriptions
from monitor.match.tables import pairs, sections
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.vocabulary import LITERAL_RE


class Role(StrEnum):
    """The role of a word within a name, which decides how it is declined."""

    GIVEN_NAME = "given"
    SURNAME = "surname"
    WORD = "word"  # of an organisation, or of context
    JOINED = "joined"  # a name's words written as one: must be spelt right


class Declension(StrEnum):
    """The set of endings that may follow a stem."""

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
    """A word less its changing ending, as sounds."""

    text: str
    declension: Declension
    # A Latin name as Cyrillic newsrooms transcribe it: stands in Cyrillic text only (`index.foreign`).
    is_transcribed: bool = False


# ---- Russian (and Ukrainian) endings --------------------------------------------------------------------------------


def _ending_sounds(ending: str) -> str:
    """Return an ending as sounds, as they are within a word: a glide is dropped only there."""
    return skeleton("бв" + ending)[2:]


def _ending_table(cases: Mapping[str, str]) -> dict[str, str]:
    """Return a table from endings to inflections ("" for the bare name), from `case: endings`."""
    table: dict[str, str] = {}
    for case, endings in cases.items():
        for ending in endings.split():
            table.setdefault(_ending_sounds("" if ending == "∅" else ending), "" if case == "nominative" else case)
    return table


_ENDINGS = {name: _ending_table(pairs(lines)) for name, lines in sections("endings").items()}
_RUSSIAN: Mapping[Declension, Mapping[str, str]] = {
    **{declension: _ENDINGS[declension] for declension in Declension if declension in _ENDINGS},
    Declension.FLEETING: {
        ending: inflection for ending, inflection in _ENDINGS[Declension.CONSONANT].items() if ending
    },
}


def _kyrgyz_chains() -> dict[str, str]:
    """Return a table from every chain of plural + possessive + case, each optional, to its inflection."""
    chains: dict[str, str] = {}
    links = ([("", ""), *_ENDINGS[f"Kyrgyz {link}"].items()] for link in ("plural", "possessive", "case"))
    for (plural, p), (possessive, q), (case, c) in product(*links):
        inflection = ", ".join(x for x in (p, q, c) if x)
        chain = re.sub(r"(.)\1", r"\1", plural + possessive + case)
        if chain and (chain not in chains or len(inflection) < len(chains[chain])):
            chains[chain] = inflection
    return chains


_KYRGYZ: Mapping[str, str] = _kyrgyz_chains()
# A doubled consonant is one in a skeleton: "сотто" is сот + то. So an ending may lack its first sound.
_KYRGYZ_SHORTENED = frozenset(e[1:] for e in _KYRGYZ if len(e) > 1 and e[0] not in "aeiou")

_LATIN = {"": "", "s": "possessive"}
_LATIN_ENDINGS = frozenset(_LATIN)
_CYRILLIC_ENDINGS = frozenset(_KYRGYZ) | {e for table in _RUSSIAN.values() for e in table} | _KYRGYZ_SHORTENED
_LONGEST_CYRILLIC = max(map(len, _CYRILLIC_ENDINGS))


def all_endings(cyrillic: bool) -> tuple[frozenset[str], int]:
    """Return all endings that words of a script can have, and the length of the longest."""
    return (_CYRILLIC_ENDINGS, _LONGEST_CYRILLIC) if cyrillic else (_LATIN_ENDINGS, 1)


def read_ending(ending: str, stem: Stem, form: str) -> str | None:
    """Return the inflection of an ending ("dative", "" for the bare name), or None if the stem cannot take it.

    `form` is the whole word of the text: some endings are seen in its letters only.
    """
    if not is_cyrillic(form):
        return _LATIN.get(ending) if stem.declension in _BARE_DECLENSIONS and not stem.is_transcribed else None
    russian_endings = _RUSSIAN.get(stem.declension)
    if russian_endings is not None and ending in russian_endings:
        # The skeletons of Николая and Сергее lose their endings; the letters keep them. Аида is no case of Айдай.
        is_ending_lost = not ending and stem.declension is Declension.GLIDE and stem.text[-1] in "aeiou"
        return russian_endings[ending] if not is_ending_lost or form[-1].lower() in "яеиії" else None
    if stem.declension not in _BARE_DECLENSIONS:
        return None
    if not ending:
        return ""
    last = stem.text[-1:]
    if stem.is_transcribed and len(stem.text) < 3:  # Китай is not of Key
        return None
    if last == "v" and ending in {"na", "ni", "ne", "nu"}:  # Сергеев-на: no case of Сергеев begins so
        return None
    return _KYRGYZ.get(ending) or (_KYRGYZ.get(last + ending) if last not in "aeiou" else None)


_BARE_DECLENSIONS = frozenset({Declension.WHOLE, Declension.OV, Declension.CONSONANT})
_RUSSIAN_ENDINGS = frozenset(e for table in _RUSSIAN.values() for e in table)


def is_kyrgyz_ending(ending: str) -> bool:
    """Return whether an ending can only be a Kyrgyz one."""
    return ending not in _RUSSIAN_ENDINGS


def read_acronym_ending(tail: str) -> str | None:
    """Return the inflection of a tail in small letters ("УКМКнын", "ГКНБ-ге", "SCNS's"); None: it is no ending."""
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
def _equivalent_given_names() -> dict[str, tuple[str, ...]]:
    """Return the given names that are the same name in several languages, by their sounds."""
    groups = [group.split() for group in " ".join(sections("words")["same given names"]).split("|")]
    return {skeleton(n): tuple(map(skeleton, group)) for group in groups for n in group}


def sounds_of(word: str) -> str:
    """Return the skeleton of a word; words with digits (24, Z3) and Roman numerals (XVI) stand for themselves."""
    return fold(word) if LITERAL_RE.search(word) else skeleton(word)


def spellings(raw: str, role: Role) -> tuple[str, ...]:
    """Return the skeletons of all spellings of a listed word, the plainest first.

    >>> spellings("Ajdar", Role.GIVEN_NAME), spellings("Abdraxmanov", Role.SURNAME)
    (('aidar',), ('abdraksmanov', 'abdrahmanov'))
    """
    word = fold(raw)
    rules = _CYRILLIC_SPELLINGS if is_cyrillic(word) else _LATIN_SPELLINGS
    skeletons = [sounds_of(raw), *(skeleton(rule.sub(new, word)) for rule, new in rules if rule.search(word))]
    if role is Role.GIVEN_NAME:
        skeletons += [equivalent for name in tuple(skeletons) for equivalent in _equivalent_given_names().get(name, ())]
    return tuple(dict.fromkeys(s for s in skeletons if s))


_OV = re.compile(r"..(?:[oe]v|in)$")
_OVA = re.compile(r"..(?:[oe]v|in)a$")
_ADJECTIVE_SURNAME = re.compile(r"[sTc]k(?:i|oi|a)$")
_ADJECTIVE_WORD = re.compile(r"(?<=..[nkvS])(?:i|oi|a|oe|e)$")
_FLEETING = re.compile(r"^(.{2,})[eo]([clkrn])$|^(l)e(v)$")  # Павел, Павла; Лев, Льва


def is_womans_surname(raw: str) -> bool:
    """Return whether a surname has a woman's ending.

    >>> is_womans_surname("Асанова"), is_womans_surname("Asanov"), is_womans_surname("Вишневская")
    (True, False, True)
    """
    sounds = skeleton(raw)
    return bool(_OVA.search(sounds)) or bool(re.search(r"[sT]ka$", sounds))


_PATRONYMIC = re.compile(r"(?:[oe]vi[Cc]|i[Cc]|[oe]vna|i[Cn]na)$")


def is_patronymic(raw: str) -> bool:
    """Return whether a middle name is a patronymic: Сергеевич, Ильинична.

    >>> is_patronymic("Сергеевич"), is_patronymic("Il'inichna"), is_patronymic("Edgar")
    (True, True, False)
    """
    return bool(_PATRONYMIC.search(skeleton(raw)))


def all_stems(raw: str, role: Role) -> tuple[Stem, ...]:
    """Return the stems of a listed word in all its spellings, the transcribed ones last."""
    forms = spellings(raw, role)
    if role is Role.JOINED:
        return tuple(Stem(form, _bare_declension(form, role)) for form in forms[:1])
    unique_stems = dict.fromkeys(stem for form in forms for stem in stems(form, role))
    if role is not Role.WORD:
        shortest = 2 if role is Role.GIVEN_NAME or len(raw) < 4 else 3
        transcribed = (
            sounds
            for sounds in transcriptions(raw)
            if len(sounds) >= shortest and not any(_differs_by_vowel_at_most(sounds, form) for form in forms)
        )
        for stem in (stem for form in dict.fromkeys(transcribed) for stem in stems(form, role)):
            if stem not in unique_stems and stem.declension is not Declension.FLEETING:
                unique_stems[replace(stem, is_transcribed=True)] = None
    return tuple(unique_stems)


_VOWELS = re.compile("[aeiou]")


def _differs_by_vowel_at_most(transcription: str, form: str) -> bool:
    """Return whether a transcription equals a spelling, or differs by a vowel that loose keys cover anyway."""
    if transcription == form or len(transcription) < 5 or len(transcription) != len(form):
        return transcription == form
    differences = [(a, b) for a, b in zip(transcription, form, strict=True) if a != b]
    return len(differences) == 1 and all(map(_VOWELS.match, differences[0]))


_DECLINED_PATRONYMIC = re.compile(r"..(?:[oe]vi[Cc]|[oe]vn|i[Cn]n)(?:a|u|e|i|em|om|oi|[dtgn].{1,2})?$")


def is_declined_patronymic(word: str) -> bool:
    """Return whether a word of the text is a patronymic, in any ending: Сергеевичу, Сергеевны.

    >>> is_declined_patronymic("Сергеевичем"), is_declined_patronymic("Сергеевны"), is_declined_patronymic("Сергеев")
    (True, True, False)
    """
    return bool(_DECLINED_PATRONYMIC.search(skeleton(word)))


def stems(spelling: str, role: Role) -> tuple[Stem, ...]:
    """Return the stems of one spelling, each with its declension."""
    possible_stems = [Stem(spelling, _bare_declension(spelling, role))]
    if role is Role.SURNAME and _OVA.search(spelling):
        possible_stems.append(Stem(spelling[:-1], Declension.OVA))
    elif role is Role.SURNAME and _ADJECTIVE_SURNAME.search(spelling):
        possible_stems.append(Stem(re.sub("(?:oi|i|a)$", "", spelling), Declension.ADJECTIVE))
    elif len(spelling) > 2 and spelling[-1] in "aeio":
        possible_stems += _vowel_stems(spelling, role)
    fleeting = _FLEETING.match(spelling)
    if fleeting and role is not Role.WORD:
        possible_stems.append(Stem("".join(filter(None, fleeting.groups())), Declension.FLEETING))
    return tuple(possible_stems)


def _bare_declension(spelling: str, role: Role) -> Declension:
    """Return the declension of a stem that is the whole word."""
    if spelling[-1] in "aeiou":
        return Declension.WHOLE
    return Declension.OV if role is Role.SURNAME and _OV.search(spelling) else Declension.CONSONANT


def _vowel_stems(spelling: str, role: Role) -> Iterable[Stem]:
    """Yield the stems of a word that ends in a vowel, without that vowel."""
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
    def cyrillic_spelling(self) -> str:
        """Return the particle in Cyrillic."""
        return {Particle.KYZY: "кызы", Particle.UULU: "уулу", Particle.TEGIN: "тегин"}[self]


_PARTICLES = (
    (re.compile(r"^(?:[кг]ызыз|[кг]ыыз|кыы$|[kgq][yi]z[yi]z|[кг][ыи]з|[kgq][yi]z)(?:[ыиyi]|$)"), Particle.KYZY),
    (re.compile(r"^(?:у+лу|ууу$|уул+у?|uulu|uul|uluu|ulu|оглу|oglu|oghlu)"), Particle.UULU),
    (re.compile(r"^(?:тегин|tegin)"), Particle.TEGIN),
)
GLUED_PARTICLE = re.compile(r"^(.{3,}?)(kyzy|kizi|кызы|uulu|уулу|tegin|тегин)$", re.IGNORECASE)


@lru_cache(4096)
def read_particle(word: str) -> tuple[Particle, str] | None:
    """Return the particle that a word is and its inflection ("кызынын" is a genitive); None: it is none.

    >>> read_particle("кызынын"), read_particle("Kyzy"), read_particle("кызык")
    ((<Particle.KYZY: 'kyzy'>, 'genitive'), (<Particle.KYZY: 'kyzy'>, ''), None)
    """
    written = fold(word)
    for pattern, particle in _PARTICLES:
        if match := pattern.match(written):
            ending = skeleton(written[match.end() :])
            ends_in_vowel = match.group()[-1] in "ыиуyiu"
            # Russian declines тегин, which ends in a consonant.
            stem = Stem(match.group(), Declension.WHOLE if ends_in_vowel else Declension.CONSONANT)
            inflection = read_ending(ending, stem, word)
            if inflection is not None:
                return particle, inflection
    return None
