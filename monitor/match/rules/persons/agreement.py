"""Pure. Tell by gender and case that a given name and a surname together are another person's."""

from __future__ import annotations

from typing import NamedTuple

from monitor.match.index.forms import Declension, is_kyrgyz_ending
from monitor.match.index.word_match import Word, WordMatch
from monitor.match.rules.persons.surnames import is_feminine
from monitor.match.scanner.passage import MAX_SHORT_STEM
from monitor.match.scanner.word_form import WordForm
from monitor.match.words import MALE_NAMES_IN_A

_WOMANS_SURNAME = "“{}” after this given name is a woman's surname"
_MANS_NAME = "“{}” is a man's, and the list has a woman"
_DECLINED_SURNAME = "“{}” is a man's: of a woman such a surname keeps its form"
_MALE_GIVEN_NAME_ENDINGS = ("bek", "bai", "din")


class GivenNameAndSurname(NamedTuple):
    """A given name and a surname that stand together, each with the listed word that it matches."""

    given_form: WordForm
    given_match: WordMatch
    surname_form: WordForm
    surname_match: WordMatch
    listed_surname: Word


def agreement_refusal(names: GivenNameAndSurname, *, is_given_name_first: bool, is_kyrgyz: bool) -> str:
    """Return why gender or case shows that this is another person, or ""."""
    given_form, given_match, surname_form, surname, listed_surname = names
    ending = (given_match if is_given_name_first else surname).ending
    if ending and given_form.is_cyrillic and is_kyrgyz_ending(ending):
        return "in Kyrgyz the last word of a name takes the ending"
    if is_feminine(surname):
        if is_kyrgyz:  # unless it is a line of Russian: Мелисбека Токоева
            is_mans = given_match.ending == "a" and given_match.stem.text.endswith(_MALE_GIVEN_NAME_ENDINGS)
        else:
            # Russian agreement: Динар Исаева is a woman, Динара Исаева may be he; Дэн Сяопина is he
            is_asian_surname = surname.stem.text.endswith("in") and len(given_match.stem.text) <= MAX_SHORT_STEM
            is_in_vowel = given_form.sounds[-1:] in "aeiou" and not given_match.stem.is_familiar  # Саша Токоева is she
            is_mans = is_asian_surname or not given_match.is_uninflected or is_in_vowel
        return "" if is_mans else _WOMANS_SURNAME.format(surname_form.text)
    declension = given_match.stem.declension
    if declension is Declension.CONSONANT:  # Бакыту Токоеву is a man
        disagrees, template = bool(given_match.ending) and listed_surname.is_feminine, _MANS_NAME
    else:  # Галины Кима: of women such surnames do not decline
        is_in_vowel = declension is Declension.VOWEL and given_match.stem.text + "a" not in MALE_NAMES_IN_A
        is_womans_name = (is_in_vowel and not given_match.stem.is_familiar) or declension is Declension.SOFT
        disagrees = is_womans_name and surname.stem.declension is Declension.CONSONANT and bool(surname.ending)
        template = _DECLINED_SURNAME
    return template.format(surname_form.text) if disagrees and given_form.is_cyrillic and not is_kyrgyz else ""
