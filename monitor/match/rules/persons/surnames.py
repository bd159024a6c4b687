"""Pure. What the spelling of a surname allows: standing alone, a woman, a patronymic, a village, a slip."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from monitor.match.index.forms import Declension
from monitor.match.index.word_match import Closeness, WordMatch
from monitor.match.scanner.passage import MAX_SHORT_STEM
from monitor.match.scanner.word_form import WordForm

_MIN_LONG_STEM = 9  # sounds

MISSPELT = "a surname alone must be spelt right"
SURNAME_DECLENSIONS = frozenset({Declension.OV, Declension.OVA, Declension.ADJECTIVE})
PATRONYMIC_DECLENSIONS = frozenset({Declension.OV, Declension.OVA})


def can_stand_alone(surname: WordMatch, *, is_kazakh: bool = False) -> bool:
    """Return whether a surname is spelt well enough to count without a given name.

    No letter may be wrong, and in a short one no vowel. With к or т it may be a village, Александровка; in Kazakh these
    are its usual endings, but for -ка: Токоевтің, Токоевке.
    """
    is_misfit = surname.stem.declension is Declension.OV and surname.ending.startswith(("k", "t"))
    if is_misfit and not (is_kazakh and not surname.ending.startswith("ka")):
        return False
    return surname.closeness > (Closeness.TYPO if len(surname.stem.text) > MAX_SHORT_STEM + 1 else Closeness.VOWELS)


def may_be_village(surname: WordMatch) -> bool:
    """Return whether a man's surname with its ending may be a village in Russian: Александровка, Александровке."""
    return surname.stem.declension is Declension.OV and surname.ending in {"ka", "ke"}


def is_feminine(surname: WordMatch) -> bool:
    """Return whether a surname ends like a woman's or a man's in the Russian genitive; Turkish Tokoev'a is a dative."""
    return surname.stem.declension is Declension.OV and surname.ending == "a" and surname.inflection != "dative"


def is_independent_of_particle(form: WordForm, surname: WordMatch) -> bool:
    """Return whether a surname stays a surname before кызы or уулу, and does not become a patronymic."""
    may_be_patronymic = surname.stem.declension in PATRONYMIC_DECLENSIONS
    return may_be_patronymic or not surname.is_uninflected or form.text.endswith(("кызы", "уулу"))


def is_slip(form: WordForm, surname: WordMatch) -> bool:
    """Return whether letters are lost, added or swapped, but none exchanged.

    An exchanged letter in a short name makes another name: Дуланов, Дулатов. In a long one it is a slip.
    """
    text_stem, listed_stem = form.sounds.removesuffix(surname.ending), surname.stem.text
    edits = OSA.distance(text_stem, listed_stem)
    is_exchanged = edits > abs(len(text_stem) - len(listed_stem)) and sorted(text_stem) != sorted(listed_stem)
    if is_exchanged or (edits == 1 and _adds_consonant(text_stem, listed_stem)):
        return edits == 1 and len(listed_stem.removesuffix("a")) >= _MIN_LONG_STEM
    return True


def _adds_consonant(text_stem: str, listed_stem: str) -> bool:
    """Return whether one consonant is added between others: Сарбалаева for Саралаева."""
    place = next((n for n, (a, b) in enumerate(zip(text_stem, listed_stem, strict=False)) if a != b), len(listed_stem))
    return place < len(listed_stem) < len(text_stem) and text_stem[place] not in "aeiou"
