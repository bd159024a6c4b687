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

_IS_STOP, _LINE_BREAK, _LONGEST_ABBREVIATION = flags_of_characters(".!?…\n"), ord("\n"), 4


def words_that_tell(points: NDArray[np.uint32], starts: Ints, ends: Ints, flags: FlagArray, kinds: Kinds) -> Ints:
    """Return the words of the sentences that may tell an incident, as far as stops and lines tell sentences.

    A stop after a long word, before a capital, ends a sentence; others may be of an abbreviation.
    """
    telling = np.flatnonzero(kinds)
    stops = np.flatnonzero(_IS_STOP.take(points, mode="clip"))
    after = np.searchsorted(starts, stops)
    is_within = (after > 0) & (after < len(starts))
    stops, after = stops[is_within], after[is_within]
    is_certain = (ends[after - 1] - starts[after - 1] > _LONGEST_ABBREVIATION) & (ends[after - 1] == stops)
    is_certain &= (starts[after] == stops + 2) & ((flags[after] & WordFlags.CAPITAL) != 0)
    sentence_ends = stops[is_certain | (points[stops] == _LINE_BREAK)]
    sentences = np.searchsorted(sentence_ends, starts[telling])
    return telling[may_tell(kinds[telling], sentences)]
