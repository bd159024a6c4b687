"""Pure. The words of a batch whose sentences may tell what happened to the press, of all texts at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.match.incidents.lexicon.telling_words import may_tell
from monitor.match.scanner.role_flags import FlagArray
from monitor.match.scanner.word_form import WordFlags
from monitor.match.scanner.word_table import Kinds
from monitor.text.hashing import Ints
from monitor.text.word_letters import flags_of_characters

_IS_STOP, _LINE_BREAK, _LONGEST_ABBREVIATION = flags_of_characters(".!?…"), ord("\n"), 4


def words_that_tell(points: NDArray[np.uint32], starts: Ints, ends: Ints, flags: FlagArray, kinds: Kinds) -> Ints:
    """Return the words of the sentences that may tell an incident, as far as stops and lines tell sentences.

    A stop after a long word, before a capital, ends a sentence; others may be of an abbreviation.
    """
    telling = np.flatnonzero(kinds)
    if not len(telling):
        return telling
    is_end = _IS_STOP.take(points.take(ends), mode="clip") & (ends - starts > _LONGEST_ABBREVIATION)
    is_end[:-1] &= (starts[1:] == ends[:-1] + 2) & ((flags[1:] & WordFlags.CAPITAL) != 0)
    is_end[np.searchsorted(starts, np.flatnonzero(points == _LINE_BREAK))[1:-1] - 1] = True
    sentences: Ints = np.cumsum(is_end) - is_end
    return telling[may_tell(kinds[telling], sentences[telling])]
