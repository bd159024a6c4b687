"""The index that is held while articles are filed: it finds what a plain count of shared hashes finds."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fingerprint import packed
from monitor.store import likes
from monitor.store.likes import Asked, Likes

NOW, HOUR = datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=1)
HASHES = st.frozensets(st.sampled_from([-(2**31), -123456789, -2, -1, 0, 1, 123456789, 2**31 - 1]), max_size=6)


@pytest.fixture(autouse=True, scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MOST", 4), ("_FEW", 2), ("_NEW", 6)):
            patch.setattr(likes, name, value)
        yield


def counted(filed: dict[int, frozenset[int]], asked: frozenset[int], least: int, since: int, floor: int) -> list[int]:
    lately = {number: its for number, its in filed.items() if number >= since}
    rare = {value for value in asked if sum(value in its for its in lately.values()) < 4}
    shared = Counter({number: len(rare & its) for number, its in lately.items() if number >= floor})
    return [number for number in sorted(shared, key=lambda n: (-shared[n], n)) if shared[number] >= least]


@given(
    st.lists(st.lists(HASHES, max_size=5), max_size=6),
    st.lists(HASHES, min_size=1, max_size=3),
    st.integers(2, 3),
    st.integers(0, 12),
    st.integers(0, 4),
    st.integers(0, 6),
)
def test_it_finds_what_shares_most_however_it_was_read_and_whatever_was_filed_since_it_was_asked(
    batches, questions, least, since, later, early
):
    held, filed, found = Likes(NOW), dict[int, frozenset[int]](), list[likes.Found]()

    def ask() -> list[likes.Found]:
        each = [
            [np.array(sorted(v for v in q if (v < 0) is less), np.int32) for less in (False, True)] for q in questions
        ]
        # Places are counted from zero, these numbers from one.
        first = since - 1
        return held.find([Asked(pairs, terms, least, first, first + later) for pairs, terms in each])

    for n, batch in enumerate(batches):
        if n == early:
            found = ask()
        numbers = range(len(filed) + 1, len(filed) + len(batch) + 1)
        filed |= dict(zip(numbers, batch, strict=True))
        held.add([[n, NOW + n * HOUR, packed(filed[n])] for n in numbers])
    for one, question in zip(found or ask(), questions, strict=True):
        pairs, terms = frozenset(v for v in question if v >= 0), frozenset(v for v in question if v < 0)
        assert held.complete(one) == (
            counted(filed, pairs, 2, since, since),
            counted(filed, terms, least, since, since + later),
        )


def test_the_first_that_was_filed_after_a_time():
    held = Likes(NOW)
    assert held.after(NOW) == 0
    held.add([[n, NOW + HOUR, b""] for n in (5, 6)] + [[9, NOW + 2 * HOUR, b""]])
    assert [held.after(NOW + n * HOUR) for n in (0, 1, 2)] == [0, 2, 3]


@pytest.mark.parametrize("sorted_in", [True, False])
@pytest.mark.parametrize(("of_sixteen", "found"), [(16, True), (9, True), (6, True), (4, False), (3, False)])
def test_what_shares_a_few_word_pairs_may_be_no_copy_and_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, of_sixteen: int, found: bool, sorted_in: bool
):
    monkeypatch.setattr(likes, "_FEW", 0 if sorted_in else 9)
    held, asked = Likes(NOW), np.arange(0, 64, 2, np.int32)
    its = [value if n < of_sixteen else value + 1 for n, value in enumerate(asked[:16].tolist())]
    held.add([[7, NOW, packed(its)]])
    (one,) = held.find([Asked(asked, np.array([], np.int32), 2, 0, 0)])
    assert held.complete(one) == ([7] if found else [], [])


def test_of_a_text_that_is_cut_two_word_pairs_are_enough_for_only_few_can_be_there():
    held = Likes(NOW)
    held.add([[7, NOW, packed([8, 10, *range(11, 25)])], [8, NOW, packed([8, *range(11, 26)])]])
    (one,) = held.find([Asked(np.array([8, 10, 12_000], np.int32), np.array([], np.int32), 2, 0, 0)])
    assert held.complete(one) == ([7], [])


def test_what_is_common_is_not_missed_where_it_is_not_shared():
    held, asked = Likes(NOW), np.arange(0, 64, 2, np.int32)
    common, own = asked[:12].tolist(), asked[12:16].tolist()
    held.add([[n, NOW, packed(common)] for n in range(1, 5)] + [[7, NOW, packed([*common, *own])]])
    (one,) = held.find([Asked(asked, np.array([], np.int32), 2, 0, 0)])
    assert held.complete(one) == ([7], [])
