"""The index of filed articles: it finds what a plain count of shared hashes finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from kit.store import HOUR, NOW
from monitor.cluster.placement import ClusterPolicy
from monitor.model import Fingerprint
from monitor.model.fingerprint import packed
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.indexes import candidates

FILINGS = range(1, 31)
PAIRS = st.frozensets(st.sampled_from([0, 1, 2, 123456789, 2**31 - 1]), max_size=5)
NAMES = st.frozensets(st.sampled_from([0, 1, 122, 123456789, 2**31 - 1]), max_size=5)
Hashes = tuple[frozenset[int], frozenset[int]]  # of word pairs, and of names


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Filings of thirty hours, one an hour, that nothing finds yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "COMMON_HASH_FILINGS", 4)
        store = open_store("sqlite://")
        with store.database.writing("a test") as connection:
            for n in FILINGS:
                at = filed_at(n)
                connection.execute(insert(t.story).values(id=n, first_seen=at))
                connection.execute(insert(t.article).values(id=n, key=str(n), first_seen=at, seen=at))
                row = {"id": n, "story": n, "article": n, "rule": "", "score": 0, "filed": at, "version": 1}
                connection.execute(insert(t.story_article).values(row))
        yield store
        store.close()


def filed_at(n: int):
    return NOW + n * HOUR


def index(store: Store, filed: dict[int, Hashes]) -> None:
    with store.database.writing("a test") as connection:
        connection.execute(delete(t.candidate_hash))
        for n, (pairs, names) in filed.items():
            candidates.put_hashes(connection, n, Fingerprint(packed(pairs), packed(names)))


def find_both(
    store: Store, pairs: object, names: object = (), since: int = 1, since_lately: int = 1
) -> tuple[list[int], list[int]]:
    """Return the filings since these two times that share enough."""
    just_before = timedelta(seconds=1)
    with store.database.reading() as connection:
        return candidates.find_filings(
            connection,
            Fingerprint(packed(pairs), packed(names)),
            filed_at(since) - just_before,
            filed_at(since_lately) - just_before,
            copy_share=ClusterPolicy().text_share,
        )


def counted(filed: dict[int, frozenset[int]], query: frozenset[int], since: int, floor: int) -> list[int]:
    within = {number: hashes for number, hashes in filed.items() if number >= since}
    rare = {value for value in query if sum(value in hashes for hashes in within.values()) < 4}
    shared = Counter({number: len(rare & hashes) for number, hashes in within.items() if number >= floor})
    return [number for number in sorted(shared, key=lambda n: (-shared[n], n)) if shared[number] >= 2]


@given(st.lists(st.tuples(PAIRS, NAMES), max_size=len(FILINGS)), PAIRS, NAMES, st.integers(1, 12), st.integers(0, 4))
def test_the_index_finds_filings_that_share_most_rare_hashes(store: Store, hashes, pairs, names, since, gap):
    filed = dict(zip(FILINGS, hashes, strict=False))
    index(store, filed)
    assert find_both(store, pairs, names, since, since + gap) == (
        counted({n: of_pairs for n, (of_pairs, _) in filed.items()}, pairs, since, since),
        counted({n: of_names for n, (_, of_names) in filed.items()}, names, since, since + gap),
    )


@pytest.mark.parametrize(("of_sixteen", "is_found"), [(16, True), (6, True), (3, True), (2, True), (1, False)])
def test_filings_that_share_too_few_word_pairs_for_a_copy_are_skipped(store: Store, of_sixteen: int, is_found: bool):
    query = range(0, 64, 2)
    index(store, {7: (frozenset(v if n < of_sixteen else v + 1 for n, v in enumerate(query[:16])), frozenset())})
    assert find_both(store, query) == ([7] if is_found else [], [])


def test_of_a_text_that_is_cut_two_word_pairs_are_enough_for_only_few_can_be_there(store: Store):
    index(
        store, {7: (frozenset([8, 10, *range(11, 25)]), frozenset()), 8: (frozenset([8, *range(11, 26)]), frozenset())}
    )
    assert find_both(store, [8, 10, 12_000]) == ([7], [])


def test_common_hashes_are_not_required_of_a_copy(store: Store):
    query = range(0, 64, 2)
    common, distinct = query[:12], query[12:16]
    filed = {n: (frozenset(common), frozenset[int]()) for n in range(1, 5)}
    index(store, filed | {7: (frozenset([*common, *distinct]), frozenset())})
    assert find_both(store, query) == ([7], [])


def test_after_the_last_filing_there_is_nothing_to_find(store: Store):
    index(store, {30: (frozenset([1, 2]), frozenset())})
    assert find_both(store, [1, 2], since=30) == ([30], [])
    assert find_both(store, [1, 2], since=31) == ([], [])
