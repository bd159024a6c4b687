"""Pure. Tell given names apart: short forms, misspellings, and what a skeleton does not keep of them."""

from __future__ import annotations

import re

from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.scanner.passage import WordForm
from monitor.match.words import is_common_given_name
from monitor.text.romanize import skeleton


def unsounded_marks(name: str) -> tuple[bool, bool, set[str]]:
    """Return what a skeleton loses of a name: whether it begins with or has я or ю, and its doubled consonants."""
    return (
        bool(_SOFT_VOWEL_RE.match(name)),
        bool(_SOFT_VOWEL_RE.search(name)),
        {skeleton(letter) for letter in _DOUBLED_CONSONANT_RE.findall(name)},
    )


_SOFT_VOWEL_RE = re.compile("[яю]|[йиyi][ауau]")
_DOUBLED_CONSONANT_RE = re.compile(r"([нлмnlm])\1")
VOWEL_PLUS_A_RE = re.compile("[аеиоуэaeiouy][яаa]$")


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
