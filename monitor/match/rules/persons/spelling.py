"""Pure. What the spelling of a surname or a given name allows: standing alone, a woman, a village, a short form."""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from monitor.match.index.forms import Declension
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.scanner.passage import MAX_SHORT_STEM, Passage
from monitor.match.scanner.word_form import WordForm
from monitor.match.words import is_common_given_name
from monitor.text.romanize import skeleton

_MIN_LONG_STEM = 9  # sounds

MISSPELT = "a surname alone must be spelt right"
SURNAME_DECLENSIONS = frozenset({Declension.OV, Declension.OVA, Declension.ADJECTIVE})
PATRONYMIC_DECLENSIONS = frozenset({Declension.OV, Declension.OVA})


def can_stand_alone(surname: WordMatch, passage: Passage) -> bool:
    """Return whether a surname is spelt well enough to count without a given name in a passage.

    No letter may be wrong, and in a short one no vowel. With к or т it may be a village, Александровка; in Kazakh these
    are its usual endings, but for -ка: Токоевтің, Токоевке.
    """
    if surname.closeness <= (Closeness.TYPO if len(surname.stem.text) > MAX_SHORT_STEM + 1 else Closeness.VOWELS):
        return False
    is_misfit = surname.stem.declension is Declension.OV and surname.ending.startswith(("k", "t"))
    return not is_misfit or (not surname.ending.startswith("ka") and passage.is_of_neighbours)


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


# ---- given names ----------------------------------------------------------------------------------------------------


def _unsounded_marks(name: str) -> tuple[bool, bool, set[str]]:
    """Return what a skeleton loses of a name: whether it begins with or has я or ю, and its doubled consonants."""
    return (
        bool(_SOFT_VOWEL_RE.match(name)),
        bool(_SOFT_VOWEL_RE.search(name)),
        {skeleton(letter) for letter in _DOUBLED_CONSONANT_RE.findall(name)},
    )


_SOFT_VOWEL_RE = re.compile("[яю]|[йиyi][ауau]")
_DOUBLED_CONSONANT_RE = re.compile(r"([нлмnlm])\1")
_VOWEL_PLUS_A_RE = re.compile("[аеиоуэaeiouy][яаa]$")


def is_other_given_name(word: WordForm, match: WordMatch, listed: Word) -> bool:
    """Return whether a word is another given name than the listed one, or the conjunction "жана".

    Of two common names neither is a misspelling of the other: Марат, Мурат.
    """
    if match.closeness is Closeness.SAME:
        # A list may give an initial only, which is no given name to compare with.
        return len(listed.raw) == 1 or word.is_conjunction
    sounds = word.sounds.removesuffix(match.ending)
    are_both_common = is_common_given_name(sounds) and is_common_given_name(match.stem.text)
    return are_both_common or word.is_conjunction


def is_short_form(sounds: str, listed: str) -> bool:
    """Return whether one name is the short form of the other: Дастан, Дастанбек."""
    if min(len(sounds), len(listed)) < 4 or sounds == listed:
        return False
    longer, shorter = (sounds, listed) if len(sounds) > len(listed) else (listed, sounds)
    return longer.startswith(shorter) and longer[len(shorter) :] in {"bek", "bai", "Jan", "ali", "kul", "gul", "han"}


def is_same_short_name(word: WordForm, match: WordMatch, listed: Word, *, is_foreign: bool) -> bool:
    """Return whether a short given name differs by romanisation only: Сара is not Зара, nor is Яна or Аня Анна."""
    stem, listed_sounds = match.stem.text, listed.sounds
    if match.stem.is_transcribed:  # John is Джон, but a name romanised from Cyrillic is not read as Spanish
        return is_foreign
    if match.closeness is not Closeness.SAME:  # Азия for Асия, Зои of Зоя; Джозеф for Joe
        text_stem = word.sounds[: len(word.sounds) - len(match.ending)]
        is_same_stem = text_stem[:1] == stem[:1] and text_stem.replace("z", "s") == stem.replace("z", "s")
        return (
            is_same_stem
            or len(stem) > 4
            or (_VOWEL_PLUS_A_RE.search(listed.raw) is not None and text_stem.startswith(listed_sounds[:-1]))
        )
    written = word.lower[: len(word.text) - len(match.ending)]
    if match.stem.declension is Declension.GLIDE and not match.ending:
        written = written.rstrip("яеиії")  # Абая is Абай: the letter is an ending that a skeleton loses
    is_other_form = stem[:2] != listed_sounds[:2] or "j" in listed.raw.lower()  # Майкл for Mike; j may be ж or й
    return is_other_form or _unsounded_marks(written) == _unsounded_marks(
        listed.raw.lower()[: len(stem) - len(listed_sounds) or None]
    )
