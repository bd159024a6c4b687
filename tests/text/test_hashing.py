"""The sums by which words and their parts are looked up."""

from __future__ import annotations

import numpy as np

from monitor.text.hashing import running_sums, shift_to_start


def test_a_part_of_a_text_has_the_same_sum_wherever_and_after_whatever_it_stands():
    def sums_of(text: str, *starts: int) -> list[int]:
        sums = running_sums(np.array([*map(ord, text)], np.uint32))
        at = np.array(starts, np.int64)
        return shift_to_start(sums[at + 3] - sums[at], at).tolist()

    short = sums_of("abcabc", 0, 3)
    assert short[0] == short[1]
    for before in (1_023, 1_024, 5_000, 1_100_000):
        assert sums_of("x" * before + "abc", before) == short[:1]
    assert sums_of("abcabc", 0, 3) == short and sums_of("abd", 0) != short[:1]
