"""Pure. Real given names, familiar forms, patronymics, surnames and common words, as sounds.

The tables are `tables/names.txt`, `tables/familiar.txt` and `tables/common.txt`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from monitor.match.tables import pairs, section_sounds, sections, words_in_order
from monitor.match.words import is_common_given_name, is_very_common_surname
from monitor.text.normalize import cached_by_word, fold
from monitor.text.romanize import romanize, skeleton, skeletons

_MIN_PART = 2  # sounds of a part of a Kyrgyz name of two parts
_SURNAME_ENDINGS = ("ov", "ev", "in")
# Vowels that a surname drops or changes: Мамасалы, Мамасалиев; Бекбай, Бекбаев.
_FINAL_VOWELS = ("", "i", "a", "o", "u")
_MAX_CASE_ENDING = 3
_VOWELS, _MIN_NAME = tuple("aeiou"), 5  # sounds: short names are often words, too (Сама, Эта)
_MIN_PLACE = 5  # sounds of a place that may lose its last vowel


def load_tables() -> None:
    """Read the tables now, so that the first text does not wait for them."""
    is_frequent_surname("")
    is_real_surname("")
    is_common_word("")


@cached_by_word(1 << 14)
def is_real_given_name(sounds: str) -> bool:
    """Return whether somebody may be called so: the name is listed, or a Kyrgyz one of two parts.

    >>> [is_real_given_name(name) for name in ("zinagul", "altinkan", "martin", "Joomard")]
    [True, True, True, False]
    """
    return (
        is_common_given_name(sounds)
        or sounds in section_sounds("names", "Kyrgyz given names", "given names")
        or _has_two_parts(sounds)
    )


@cached_by_word(1 << 14)
def is_given_name_alone(sounds: str) -> bool:
    """Return whether sounds, also with a case ending of one vowel, are a given name or a familiar form and no word.

    >>> [is_given_name_alone(name) for name in ("galina", "galini", "maSa", "Jurnalista", "nadeJda")]
    [True, True, True, False, False]
    """
    forms = {sounds, sounds[:-1] + "a"} if sounds[-1:] in _VOWELS else {sounds}
    return not any(map(is_common_word, forms)) and any(
        is_sound_of_familiar_form(form) or (len(form) >= _MIN_NAME and is_real_given_name(form)) for form in forms
    )


@cache
def _indeclinable_names() -> frozenset[str]:
    """Return the sounds of given names in -и."""
    names = words_in_order("names", "Kyrgyz given names", "given names")
    return frozenset(skeletons([name for name in names if name.endswith("и")]))


def is_indeclinable(sounds: str) -> bool:
    """Return whether a given name ends in -и, and not in -ий: Али has no cases in Russian, so Алия is no genitive."""
    return sounds in _indeclinable_names()


def _has_two_parts(sounds: str) -> bool:
    """Return whether sounds are a first and a second part of Kyrgyz given names."""
    firsts, seconds = section_sounds("names", "first parts"), section_sounds("names", "second parts")
    return any(sounds[:n] in firsts and sounds[n:] in seconds for n in range(_MIN_PART, len(sounds) - _MIN_PART + 1))


@cached_by_word(1 << 14)
def is_real_surname(sounds: str) -> bool:
    """Return whether a surname is listed, or formed of a given name: Тимуров of Тимур.

    >>> [is_real_surname(name) for name in ("timurov", "dauletova", "sokolov", "duulotov")]
    [True, True, True, False]
    """
    is_listed = _mans_form(sounds) in section_sounds("names", "Slavic surnames", "surnames")
    return is_listed or is_formed_of_given_name(sounds)


def is_formed_of_given_name(sounds: str) -> bool:
    """Return whether a surname is a given name and -ов, -ев or -ин."""
    mans_form = _mans_form(sounds)
    return mans_form.endswith(_SURNAME_ENDINGS) and any(
        is_real_given_name(mans_form[:-2] + vowel) for vowel in _FINAL_VOWELS
    )


def _mans_form(surname: str) -> str:
    """Return a surname without the -а of a woman's."""
    return surname[:-1] if surname.endswith(tuple(ending + "a" for ending in _SURNAME_ENDINGS)) else surname


@cached_by_word(1 << 14)
def is_frequent_surname(sounds: str) -> bool:
    """Return whether many people of some language bear a surname."""
    return is_very_common_surname(sounds) or sounds in section_sounds("names", "surnames")


def is_word_or_place(sounds: str) -> bool:
    """Return whether sounds are a frequent word or a place, without an ending."""
    words = section_sounds("common", "English words", "Russian words", "Kyrgyz words")
    return sounds in words or is_place(sounds)


@cached_by_word(1 << 14)
def is_common_word(sounds: str) -> bool:
    """Return whether sounds are a frequent word, or a place in any case: Свобода, Германии.

    >>> [is_common_word(word) for word in ("svoboda", "germani", "vaSingtone", "temirov")]
    [True, True, True, False]
    """
    if is_word_or_place(sounds):
        return True
    return any(sounds[:length] in _place_stems() for length in range(len(sounds) - _MAX_CASE_ENDING, len(sounds) + 1))


def is_place(sounds: str) -> bool:
    """Return whether sounds are a place without an ending: Нарын."""
    return sounds in section_sounds("common", "places")


@cache
def _place_stems() -> frozenset[str]:
    """Return the places, and long ones without the vowel that a case ending replaces: Германи-я, Герман-ией."""
    places = section_sounds("common", "places")
    return places | {place[:-1] for place in places if place[-1] in "aeiou" and len(place) > _MIN_PLACE}


# ---- familiar forms -------------------------------------------------------------------------------------------------


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


# ---- patronymics ----------------------------------------------------------------------------------------------------


_PATRONYMIC = re.compile(r"(?:[oe]vi[Cc]|i[Cc]|[oe]vna|i[Cn]na)$")


def is_patronymic(raw: str) -> bool:
    """Return whether a middle name is a patronymic: Сергеевич, Ильинична.

    >>> is_patronymic("Сергеевич"), is_patronymic("Il'inichna"), is_patronymic("Edgar")
    (True, True, False)
    """
    return bool(_PATRONYMIC.search(skeleton(raw)))


_DECLINED_PATRONYMIC = re.compile(r"..(?:[oe]vi[Cc]|[oe]vn|i[Cn]n)(?:a|u|e|i|em|om|oi|[dtgn].{1,2})?$")


def is_declined_patronymic(word: str) -> bool:
    """Return whether a word of the text is a patronymic, in any ending: Сергеевичу, Сергеевны.

    >>> is_declined_patronymic("Сергеевичем"), is_declined_patronymic("Сергеевны"), is_declined_patronymic("Сергеев")
    (True, True, False)
    """
    # Uzbek has -овни, which sounds like -овны.
    return bool(_DECLINED_PATRONYMIC.search(skeleton(word))) and not word.lower().endswith(("вни", "vni"))
