"""Pure. Decide whether words of a text and stems of the list that share a key are near enough, by edit distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cpdist

from monitor.match.index.endings import DOUBLED_LETTER
from monitor.text.hashing import Flags, Ints

MIN_MISSPELT = 5  # sounds; of shorter names only the romanisation may differ (docs/design/names.md)
LOST_BETWEEN_EQUALS = 2  # sounds that are lost with one letter between two that are alike
# By the length of a listed stem, from 0 to 9 and more sounds.
MAX_VOWEL_DIFFERENCES, MAX_TYPOS = (1,) * 6 + (2,) * 3 + (3,), (1,) * 9 + (2,)
_MALE_ENDINGS = ("ov", "ev", "in")
_FEMALE_ENDINGS = ("ova", "eva", "ina")


def most_edits(lengths: Ints, is_typo: Flags) -> Ints:
    """Return by how many edits words may differ from listed stems of some lengths: by other vowels, or by a typo."""
    limits = np.array([MAX_VOWEL_DIFFERENCES, MAX_TYPOS])
    allowed: Ints = limits[is_typo.astype(np.int64), np.minimum(lengths, limits.shape[1] - 1)]
    return allowed


def are_close(stems: Sequence[str], listed: Sequence[str], forms: Sequence[str], is_typo: Flags) -> Flags:
    """Return for each stem of a text whether it is near enough to the listed one that shares a key with it.

    `forms` are the words of the text; `is_typo`: which pairs differ by more than their vowels.
    """
    lengths = np.fromiter(map(len, listed), np.int64, len(listed))
    is_close = np.zeros(len(listed), bool)
    # A typo may swap two sounds; swapped vowels are two differences.
    for rows, distance in ((np.flatnonzero(is_typo), OSA.distance), (np.flatnonzero(~is_typo), Levenshtein.distance)):
        pairs = ([words[row] for row in rows.tolist()] for words in (stems, listed))
        edits = cpdist(*pairs, scorer=distance, dtype=np.int64)
        is_close[rows] = edits <= most_edits(lengths[rows], is_typo[rows])
    is_shorter = lengths - np.fromiter(map(len, stems), np.int64, len(stems)) == LOST_BETWEEN_EQUALS
    for row in np.flatnonzero(is_typo & ~is_close & is_shorter).tolist():
        is_close[row] = _lacks_letter_between_equals(stems[row], listed[row], forms[row])
    is_close &= ~is_typo | (lengths >= MIN_MISSPELT)
    for row in np.flatnonzero(is_close).tolist():
        is_close[row] = not _differs_in_gender(stems[row], listed[row])
    return is_close


def _differs_in_gender(stem: str, listed: str) -> bool:
    """Return whether the difference is the -а of a woman's surname: Токоев, Токоевы(м) are no misspelt Токоева."""
    if listed.endswith(_FEMALE_ENDINGS):
        return stem[: len(listed) - 1] == listed[:-1] and stem[len(listed) - 1 :] != "a"
    return listed.endswith(_MALE_ENDINGS) and stem == listed + "a"


def _lacks_letter_between_equals(stem: str, listed: str, form: str) -> bool:
    """Return whether a letter is lost between two equal ones, which a skeleton then merges: Жааров, Жапаров."""
    return DOUBLED_LETTER.search(form.lower()) is not None and any(
        listed[i - 1] == listed[i + 1] and stem == listed[:i] + listed[i + 2 :] for i in range(1, len(listed) - 1)
    )
