"""Pure. Detection of a text's language. The only module that knows py3langid."""

from __future__ import annotations

from array import array
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Languages of the region, of its neighbours, and those its news is translated into. With this choice py3langid tells
# Kyrgyz from Kazakh even in a title; with all languages it knows it does not.
_CODES = "ar az de en es fa fr it kk ky pl ru tg tk tr tt uk uz zh"
LANGUAGES = frozenset(_CODES.split())

_MIN_LETTERS = 20
_SAMPLE_LENGTH = 600  # characters: a title and the first paragraphs


def detect(text: str, fallback: str = "") -> str:
    """Return the ISO 639-1 code of the language at the start of a text, or `fallback` if it has too few letters."""
    opening = text[:_SAMPLE_LENGTH]
    if sum(map(str.isalpha, opening)) < _MIN_LETTERS:
        return fallback
    language: str = _identifier().classify(opening)[0]
    return language


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # Not the library's shared identifier: `set_languages` would change it for every caller. A second one is built from
    # the restricted arrays, so that the memory of the other languages is freed.
    full_model = LanguageIdentifier.from_model_file(MODEL_FILE)
    full_model.set_languages(LANGUAGES)
    ptc, pc, classes = full_model.nb_ptc, full_model.nb_pc, full_model.nb_classes
    rows, outputs, all_transitions = full_model.tk_row, array("i", full_model.tk_output), full_model.tk_nextmove
    del full_model  # 40 MB, of which the largest part is needed once more
    identifier = LanguageIdentifier(ptc, pc, classes, TransitionTable(all_transitions), outputs, tk_row=rows)
    # The library's list of a hundred thousand numbers takes 4 MB, and each worker copies those that it reads.
    identifier._rowbase = array("I", identifier._rowbase)
    return identifier


class TransitionTable:
    """The transitions of the model's automaton, each distinct run of sixteen once: 6 MB, the array has 39."""

    def __init__(self, transitions: array[int]) -> None:
        import numpy as np

        runs = np.frombuffer(transitions, dtype=f"u{transitions.itemsize}").reshape(-1, 16)
        hashes = np.zeros(len(runs), dtype=np.uint64)  # sorting these takes a tenth of the time of sorting the runs
        for column in runs.T:
            hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + column
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        self._runs = array(transitions.typecode, runs[first].tobytes())
        self._run_numbers = array("I", inverse.astype(np.uint32).tobytes())

    def __getitem__(self, index: int) -> int:
        return self._runs[self._run_numbers[index >> 4] << 4 | index & 15]
