"""Sums and sets of numbers, many at once: what numpy and Python say one by one."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.text.hashing import are_among, distinct, running_sums, shift_to_start


@pytest.mark.parametrize("numbers", [[], [0], [3, 0, 3, 1 << 40, 0], [5, 5]])
def test_distinct_numbers_are_in_order_and_each_is_there_once(numbers):
    assert distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))


@pytest.mark.parametrize("haystack", [[], [7], [2, 9, 2, -1]])
@pytest.mark.parametrize("numbers", [[], [9], [0, 2, 2, 10, -1, 7]])
def test_numbers_are_among_others_if_one_of_those_is_the_same(numbers, haystack):
    is_member = are_among(np.array(numbers, np.int64), np.array(haystack, np.int64))
    assert is_member.tolist() == [number in haystack for number in numbers]


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
