"""Pure. Real given names and surnames, and common words, as sounds (`tables/names.txt`, `tables/common.txt`)."""

from __future__ import annotations

from functools import cache

from monitor.match.familiar import is_sound_of_familiar_form
from monitor.match.tables import section_sounds, words_in_order
from monitor.match.words import is_common_given_name, is_very_common_surname
from monitor.text.normalize import cached_by_word
from monitor.text.romanize import skeletons

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
