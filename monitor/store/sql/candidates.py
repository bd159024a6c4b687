"""I/O: the database. An index of filed articles by the hashes that copies, and other tellings, have in common."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from math import sqrt
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, and_, bindparam, delete, func, insert, select

from monitor.cluster.fingerprint import looked_up_by
from monitor.cluster.placement import ClusterPolicy
from monitor.model import Fingerprint
from monitor.store import tables as t
from monitor.store.types import Utc, parameter_rows

COMMON = 100  # filings in the window that have a hash, from which on it tells nothing
_COPIED = ClusterPolicy().copy
_CHANCE = 3 * sqrt(_COPIED * (1 - _COPIED))


def put_hashes(connection: Connection, filing: int, fingerprint: Fingerprint, *, text: bool = True) -> None:
    """Index a filed article by its fingerprint; without `text`, only as another telling."""
    index = t.candidate_hash
    connection.execute(delete(index).where(index.c.filing == filing))
    rows = [{"filing": filing, "hash": value} for value in hashes_of(fingerprint) if text or value < 0]
    if rows:
        connection.execute(insert(index), rows)


def hashes_of(fingerprint: Fingerprint) -> list[int]:
    """Return the hashes by which others find an article: those of terms, below zero, and those of word pairs."""
    pairs, terms = looked_up_by(fingerprint)
    return [*terms.tolist(), *pairs.tolist()]


def find_filings(
    connection: Connection, fingerprint: Fingerprint, since: datetime, lately: datetime
) -> tuple[list[int], list[int]]:
    """Return the filings after `since` that share the word pairs of a copy, and those after `lately` that share terms.

    Each list begins with the filing that shares most, and the earlier of equals.
    """
    pairs, terms = (hashes.tolist() for hashes in looked_up_by(fingerprint, asking=True))
    asked = {"hashes": [*pairs, *terms], "since": since, "lately": lately, "before_common": COMMON - 1}
    postings = connection.execute(_postings(connection.dialect.name), asked).all()
    rare = sorted({value for value, *_ in postings if value >= 0})
    shared_pairs = Counter(filing for value, filing, _ in postings if value >= 0 and filing is not None)
    shared_terms = Counter(filing for value, filing, is_late in postings if value < 0 and is_late)
    several = sorted(filing for filing, count in shared_pairs.items() if count > 1)
    shapes = connection.execute(_pairs(connection.dialect.name), {"filings": several}).all() if several else ()
    copies = {
        filing: shared_pairs[filing]
        for filing, highest, count in shapes
        if shared_pairs[filing] >= _least_of_a_copy(pairs, rare, highest, count)
    }
    # Of many terms two in common may be chance; of the few of a headline they are much.
    least = 2 if len(terms) < 12 else 3
    tellings = {filing: count for filing, count in shared_terms.items() if count >= least}
    return _most_first(copies), _most_first(tellings)


def _most_first(shared: dict[int, int]) -> list[int]:
    return sorted(shared, key=lambda filing: (-shared[filing], filing))


def _least_of_a_copy(pairs: Sequence[int], rare: Sequence[int], highest: int, count: int) -> float:
    """Return how many pairs a copy shares at least: the expected number less three standard deviations.

    The two texts can share the `rare` of the `pairs` asked for, up to the `highest` of the `count` pairs of the other.
    """
    theirs = count * len(rare) / len(pairs) * min(1.0, pairs[-1] / max(1, highest))
    shareable = min(bisect_right(rare, highest), theirs)
    return _COPIED * shareable - _CHANCE * sqrt(shareable)


def first_filed_after(parameter: str) -> ScalarSelect[Any]:
    """Select the number of the first filing after a time; null where there is none."""
    filed = t.story_article.c
    ask = select(filed.id).where(filed.filed > bindparam(parameter, type_=Utc)).order_by(filed.filed, filed.id)
    return ask.limit(1).scalar_subquery()


@cache
def _postings(dialect: str) -> Select[Any]:
    """Select each hash that is not common, with each filing that has it: one row without a filing where none has."""
    index, since = t.candidate_hash.c, first_filed_after("since")
    asked = select(parameter_rows(dialect, "hashes").label("hash")).subquery("asked")
    same_hash = and_(index.hash == asked.c.hash, index.filing >= since)
    hundredth = select(index.filing).where(same_hash).limit(1).offset(bindparam("before_common"))
    return (
        select(asked.c.hash, index.filing, index.filing >= first_filed_after("lately"))
        .select_from(asked.outerjoin(t.candidate_hash, same_hash))
        .where(~hundredth.correlate(asked).exists())
    )


@cache
def _pairs(dialect: str) -> Select[Any]:
    """Select of filings the highest hash of a word pair, and the number of these."""
    index = t.candidate_hash.c
    return (
        select(index.filing, func.max(index.hash), func.count())
        .where(index.filing == parameter_rows(dialect, "filings"), index.hash >= 0)
        .group_by(index.filing)
    )
