"""Pure. The forms of a listed word in running text: its spellings, its stems, and the endings of each.

Everything is written in the alphabet of `text.romanize.skeleton`, so one table serves every script. The tables
themselves (`tables/endings.txt`) are in Cyrillic, as grammars print them, and are converted to that alphabet once, at
import.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from monitor.match.index.endings import (
    AFTER_APOSTROPHE,
    AFTER_LATIN_ACRONYM,
    ARMENIAN,
    BARE_LATIN,
    DOUBLED_LETTER,
    GEORGIAN,
    KYRGYZ,
    TURKIC,
    Endings,
    declined_endings,
    ending_sounds,
    parted_ending,
)
from monitor.match.index.foreign import respelt, transcriptions, unsigned
from monitor.match.known_names import familiar_forms, is_indeclinable
from monitor.match.tables import sections
from monitor.text.normalize import fold, is_armenian, is_cyrillic, is_georgian
from monitor.text.romanize import skeleton
from monitor.text.vocabulary import LITERAL_RE


class NameRole(StrEnum):
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
    SOFT = "soft"  # a woman's given name in -ь, without it: Асель, Асели
    GLIDE = "glide"  # -й, without it
    NEUTER = "neuter"  # -о, -е, without it: Ukrainian surnames, Russian nouns
    ALTERNATING = "alternating"  # -ка, -га, -ха, whose consonant changes before и: Ольга, Ользі
    FLEETING = "fleeting"  # Павел without its е: never bare


@dataclass(frozen=True, slots=True)
class Stem:
    """A word less its changing ending, as sounds."""

    text: str
    declension: Declension
    # A Latin name as Cyrillic newsrooms transcribe it: stands in Cyrillic text only (`index.foreign`).
    is_transcribed: bool = False
    # Latin letters that the word of the text must have, because the stem reads them as one language alone does.
    letters: str = ""
    is_familiar: bool = False  # of a familiar form of the given name: it must be spelt right


# ---- endings --------------------------------------------------------------------------------------------------------

_RUSSIAN: Mapping[Declension, Endings] = {
    **{declension: declined_endings(declension) for declension in Declension if declined_endings(declension)},
    Declension.FLEETING: {e: case for e, case in declined_endings(Declension.CONSONANT).items() if e},
}
_RUSSIAN_ENDINGS = frozenset(e for table in _RUSSIAN.values() for e in table)


def read_ending(ending: str, stem: Stem, form: str) -> str | None:
    """Return the inflection of an ending ("dative", "" for the bare name), or None if the stem cannot take it.

    `form` is the whole word of the text: some endings are seen in its letters only.
    """
    if stem.letters and (is_cyrillic(form) or stem.letters not in form.lower()):
        return None
    if is_georgian(form):
        return _read_ending_of(GEORGIAN, ending, stem, _NEVER_GEORGIAN)
    if is_armenian(form):
        return _read_ending_of(ARMENIAN, ending, stem, _NEVER_ARMENIAN)
    parted = parted_ending(form) if ending else None
    if parted and ending != parted[1]:
        return None
    if not is_cyrillic(form):
        return _read_latin_ending(ending, stem, form, is_parted=parted is not None)
    if stem.declension is Declension.SOFT and ending == "u" and not form.lower().endswith("ью"):
        return None  # Айгулю is no form of Айгуль
    # Live’ом: the vowel that the Latin name ends in is not heard.
    is_bare = stem.declension is Declension.WHOLE and parted is not None
    russian_endings = _RUSSIAN.get(Declension.CONSONANT if is_bare else stem.declension)
    if russian_endings is not None and ending in russian_endings:
        # The skeletons of Николая and Сергее lose their endings; the letters keep them. Аида is no case of Айдай.
        is_ending_lost = not ending and stem.declension is Declension.GLIDE and stem.text[-1] in "aeiou"
        return russian_endings[ending] if not is_ending_lost or form[-1].lower() in "яеиії" else None
    if stem.declension not in _BARE_DECLENSIONS:
        return None
    if not ending:
        return ""
    last = stem.text[-1:]
    if stem.is_transcribed and len(stem.text) < _MIN_TRANSCRIBED_STEM:  # Китай is not of Key
        return None
    # Сергеев-на, -ны: no case of Сергеев begins so, but in Uzbek the accusative in -ни.
    if last == "v" and ending in {"na", "ni", "ne", "nu"} and not form.lower().endswith("ни"):
        return None
    # Given names end like a copula too: Бектур is no form of Бек.
    if TURKIC.get(ending, "").endswith("copula") and not has_slavic_ending(stem):
        return None
    if ending in TURKIC:
        return TURKIC[ending] if ending in KYRGYZ or _takes_any_ending(stem) else None
    return _read_shortened(ending, stem, form, TURKIC if _takes_any_ending(stem) else KYRGYZ)


def _read_ending_of(endings: Endings, ending: str, stem: Stem, never: Collection[Declension]) -> str | None:
    """Return the inflection of a Georgian or Armenian ending; a Georgian one may take the place of a last vowel."""
    if stem.is_transcribed or stem.declension in never:
        return None
    if not ending:
        return "" if stem.declension in _BARE_DECLENSIONS else None
    return endings.get(ending)


def _read_latin_ending(ending: str, stem: Stem, form: str, *, is_parted: bool) -> str | None:
    """Return the inflection of an ending in Latin letters, or None: English, Turkish after an apostrophe, or Uzbek.

    Uzbek endings are read where they cannot be a part of the name: after a Slavic surname, or a stem of four sounds.
    """
    if stem.declension not in _BARE_DECLENSIONS or stem.is_transcribed:
        return None
    if not ending or is_parted:
        return AFTER_APOSTROPHE.get(ending, "")
    if ending not in _ENGLISH_ENDINGS and not _takes_any_ending(stem):
        return None
    # Uzbek has -ka after k alone, where the skeleton merges them: Alenka is no case of Allen.
    is_merged = ending.startswith("k") or ending not in BARE_LATIN
    return _read_shortened(ending, stem, form, BARE_LATIN) if is_merged else BARE_LATIN[ending]


def _read_shortened(ending: str, stem: Stem, form: str, endings: Endings) -> str | None:
    """Return the inflection of an ending whose first consonant is one with the last of the stem, or None."""
    last = stem.text[-1:]
    return endings.get(last + ending) if last not in "aeiou" and DOUBLED_LETTER.search(form.lower()) else None


def _takes_any_ending(stem: Stem) -> bool:
    """Return whether a stem takes the endings of the languages next to Kyrgyz: Linda is no case of Lin."""
    return not stem.is_transcribed and (len(stem.text) >= _MIN_NEIGHBOUR_STEM or has_slavic_ending(stem))


def has_slavic_ending(stem: Stem) -> bool:
    """Return whether a stem is a surname in -ов, -ев, -ин, -ский or -енко, or their feminine."""
    return _SLAVIC_SURNAME.search(stem.text) is not None


def is_neighbours_ending(ending: str, stem: Stem, form: str) -> bool:
    """Return whether only Kazakh, Uzbek or Tajik has an ending that no apostrophe parts from the name."""
    if is_georgian(form) or is_armenian(form):
        return False
    if not ending or ending in _ENGLISH_ENDINGS or ending in _RUSSIAN.get(stem.declension, {}) or parted_ending(form):
        return False
    full_ending = ending if ending in TURKIC else stem.text[-1] + ending
    return not is_cyrillic(form) or full_ending not in KYRGYZ


_ENGLISH_ENDINGS = {"s"}
_MIN_NEIGHBOUR_STEM = 4  # sounds
_MIN_TRANSCRIBED_STEM = 3
_SLAVIC_SURNAME = re.compile("..(?:(?:[oe]v|in)a?|[sT]k(?:i|a)|enko)$")
_NEVER_GEORGIAN = frozenset({Declension.SOFT, Declension.FLEETING, Declension.OVA, Declension.ADJECTIVE})
_BARE_DECLENSIONS = frozenset({Declension.WHOLE, Declension.OV, Declension.CONSONANT})
_NEVER_ARMENIAN = frozenset(Declension) - _BARE_DECLENSIONS


def is_kyrgyz_ending(ending: str) -> bool:
    """Return whether an ending can only be a Kyrgyz one."""
    return ending not in _RUSSIAN_ENDINGS


def read_acronym_ending(tail: str) -> str | None:
    """Return the inflection of a tail in small letters ("УКМКнын", "ГКНБ-ге", "SCNS's"); None: it is no ending."""
    sounds = ending_sounds(tail)
    if not is_cyrillic(tail):
        return AFTER_LATIN_ACRONYM.get(sounds)
    return TURKIC.get(sounds, _RUSSIAN[Declension.CONSONANT].get(sounds))


def sounds_in_text(form: str) -> str:
    """Return the skeleton of a word of the text, in which a parted ending keeps its sounds: Tokoeva'ya."""
    parted = parted_ending(form)
    return skeleton(parted[0]) + parted[1] if parted else sounds_of(form)


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
    lines = (line for name in ("same given names", "same Arabic and Persian names") for line in sections("words")[name])
    groups = [group.split() for group in " ".join(lines).replace("|", " | ").split("|")]
    return {skeleton(n): tuple(map(skeleton, group)) for group in groups for n in group}


def sounds_of(word: str) -> str:
    """Return the skeleton of a word; words with digits (24, Z3) and Roman numerals (XVI) stand for themselves."""
    return fold(word) if LITERAL_RE.search(word) else skeleton(word)


def spellings(raw: str, role: NameRole) -> tuple[str, ...]:
    """Return the skeletons of all spellings of a listed word, the plainest first.

    >>> spellings("Ajdar", NameRole.GIVEN_NAME), spellings("Abdraxmanov", NameRole.SURNAME)
    (('aidar',), ('abdraksmanov', 'abdrahmanov'))
    """
    word = fold(raw)
    rules = _CYRILLIC_SPELLINGS if is_cyrillic(word) else _LATIN_SPELLINGS
    skeletons = [sounds_of(raw), *(skeleton(rule.sub(new, word)) for rule, new in rules if rule.search(word))]
    if role is NameRole.GIVEN_NAME:
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


_SOFT_LATIN_NAME = re.compile("(?:g[uü]l|asel)$", re.IGNORECASE)  # Aigul is Айгуль


def all_stems(raw: str, role: NameRole, forms: Sequence[str]) -> tuple[Stem, ...]:
    """Return the stems of a listed word in all its spellings (`forms`), the transcribed ones last."""
    if role is NameRole.JOINED:
        return tuple(Stem(form, _bare_declension(form, role)) for form in forms[:1])
    # First, so that Асели is the genitive of a woman's name, and no plural.
    is_soft = role is NameRole.GIVEN_NAME and (raw.lower().endswith("ь") or _SOFT_LATIN_NAME.search(raw) is not None)
    soft_stems = [Stem(form, Declension.SOFT) for form in forms if is_soft and form[-1] not in "aeiou"]
    unique_stems = dict.fromkeys([*soft_stems, *(stem for form in forms for stem in stems(form, role))])
    if role is NameRole.GIVEN_NAME:
        familiar = (stem for form in familiar_forms(forms) for stem in stems(skeleton(form), role))
        unique_stems |= {replace(stem, is_familiar=True): None for stem in familiar if stem not in unique_stems}
    if role is not NameRole.WORD:
        unique_stems |= dict.fromkeys(_stems_of_ukrainian(raw, role, forms))
        shortest = 2 if role is NameRole.GIVEN_NAME or len(raw) < 4 else 3
        transcribed = (
            sounds
            for sounds in dict.fromkeys(transcriptions(raw))
            if len(sounds) >= shortest and not any(_differs_by_vowel_at_most(sounds, form) for form in forms)
        )
        for stem in (stem for form in transcribed for stem in stems(form, role)):
            if stem not in unique_stems and stem.declension is not Declension.FLEETING:
                unique_stems[Stem(stem.text, stem.declension, is_transcribed=True)] = None
        for letters, form in respelt(raw, is_surname=role is NameRole.SURNAME):
            unique_stems[Stem(form, _bare_declension(form, role), letters=letters)] = None
    for letters, form in unsigned(raw):
        unique_stems[Stem(form, _bare_declension(form, role), letters=letters)] = None
    return tuple(unique_stems)


_ALTERNATIONS = {"ka": "T", "ga": "z", "ha": "s"}
_ADJECTIVE_ENDING = re.compile("(?<=[^кгхkgh])(?:[ыи]й|y[iyj])$")


def _stems_of_ukrainian(raw: str, role: NameRole, forms: Sequence[str]) -> Iterator[Stem]:
    """Yield the stems of a changed consonant (Ользі of Ольга) and of surnames that are adjectives: Боровий."""
    for form in forms:
        if consonant := _ALTERNATIONS.get(form[-2:]):
            yield Stem(form[:-2] + consonant, Declension.ALTERNATING)
        if role is NameRole.SURNAME and form[-1:] == "i" and len(form) > 3 and _ADJECTIVE_ENDING.search(raw.lower()):
            yield Stem(form[:-1], Declension.ADJECTIVE)


_VOWELS = re.compile("[aeiou]")


def _differs_by_vowel_at_most(transcription: str, form: str) -> bool:
    """Return whether a transcription equals a spelling, or differs by a vowel that loose keys cover anyway."""
    if transcription == form or len(transcription) < 5 or len(transcription) != len(form):
        return transcription == form
    differences = [(a, b) for a, b in zip(transcription, form, strict=True) if a != b]
    return len(differences) == 1 and all(map(_VOWELS.match, differences[0]))


def stems(spelling: str, role: NameRole) -> tuple[Stem, ...]:
    """Return the stems of one spelling, each with its declension."""
    possible_stems = [Stem(spelling, _bare_declension(spelling, role))]
    if role is NameRole.SURNAME and _OVA.search(spelling):
        possible_stems.append(Stem(spelling[:-1], Declension.OVA))
    elif role is NameRole.SURNAME and _ADJECTIVE_SURNAME.search(spelling):
        possible_stems.append(Stem(re.sub("(?:oi|i|a)$", "", spelling), Declension.ADJECTIVE))
    elif len(spelling) > 2 and spelling[-1] in "aeio":
        possible_stems += _vowel_stems(spelling, role)
    fleeting = _FLEETING.match(spelling)
    if fleeting and role is not NameRole.WORD:
        possible_stems.append(Stem("".join(filter(None, fleeting.groups())), Declension.FLEETING))
    return tuple(possible_stems)


def _bare_declension(spelling: str, role: NameRole) -> Declension:
    """Return the declension of a stem that is the whole word."""
    if spelling[-1] in "aeiou":
        return Declension.WHOLE
    return Declension.OV if role is NameRole.SURNAME and _OV.search(spelling) else Declension.CONSONANT


def _vowel_stems(spelling: str, role: NameRole) -> Iterable[Stem]:
    """Yield the stems of a word that ends in a vowel, without that vowel."""
    stem, vowel = spelling[:-1], spelling[-1]
    if vowel == "a":
        yield Stem(stem, Declension.VOWEL)
    elif vowel == "i":
        if not is_indeclinable(spelling):
            yield Stem(stem, Declension.GLIDE)
        if role is NameRole.WORD:
            yield Stem(stem, Declension.VOWEL)
    elif vowel in "oe":
        yield Stem(stem, Declension.NEUTER)
    if role is NameRole.WORD and (adjective := _ADJECTIVE_WORD.sub("", spelling)) != spelling:
        yield Stem(adjective, Declension.ADJECTIVE)
