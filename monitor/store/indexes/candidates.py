"""I/O: the database. An index of filed articles by the hashes that copies and articles of one story share.

`docs/design/stories.md` has the figures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import sqrt
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, and_, bindparam, delete, func, insert, select

from monitor.model import Fingerprint
from monitor.model.fingerprint import index_hashes
from monitor.store import tables as t
from monitor.store.types import Utc, parameter_rows

_HASH_INSERTION = insert(t.candidate_hash)
LAST_FILING = 2**31 - 1  # the highest number that PostgreSQL can give
COMMON_HASH_FILINGS = 100  # a hash that this many filings of the window have is ignored: it is too common


def put_hashes(connection: Connection, filing: int, fingerprint: Fingerprint) -> None:
    """Index a filed article by its present fingerprint."""
    connection.execute(delete(t.candidate_hash).where(t.candidate_hash.c.filing == filing))
    add_hashes(connection, filing, fingerprint)


def add_hashes(connection: Connection, filing: int, fingerprint: Fingerprint, *, text: bool = True) -> None:
    """Index an article that was just filed; without `text`, only by its terms, not by its word pairs."""
    _add_hashes(connection, filing, [value for value in hashes_of(fingerprint) if text or value < 0])


def replace_terms(connection: Connection, filing: int, fingerprint: Fingerprint) -> None:
    """Index a filed article by its present terms; the hashes of its word pairs stay."""
    index = t.candidate_hash
    connection.execute(delete(index).where(index.c.filing == filing, index.c.hash < 0))
    _add_hashes(connection, filing, [value for value in hashes_of(fingerprint) if value < 0])


def _add_hashes(connection: Connection, filing: int, hashes: Sequence[int]) -> None:
    if hashes:
        connection.execute(_HASH_INSERTION, [{"filing": filing, "hash": value} for value in hashes])


def hashes_of(fingerprint: Fingerprint) -> list[int]:
    """Return the index hashes of an article: those of its terms (negative) and those of its word pairs."""
    pairs, terms = index_hashes(fingerprint)
    return [*terms, *pairs]


def find_filings(
    connection: Connection,
    fingerprint: Fingerprint,
    copies_since: datetime,
    stories_since: datetime,
    *,
    copy_share: float,
    before: int = LAST_FILING,
) -> tuple[list[int], list[int]]:
    """Return the ids of filings that may be copies, and of those that may tell the same story.

    Possible copies were filed after `copies_since` and share about `copy_share` of their word pairs; articles of the
    same story were filed after `stories_since` and share terms. Each list begins with the filing that shares most; of
    equal ones the earlier comes first. Only filings before the number `before` count.
    """
    pairs, terms = index_hashes(fingerprint, for_query=True)
    parameters = {
        "hashes": [*pairs, *terms],
        "copies_since": copies_since,
        "stories_since": stories_since,
        "before": before,
        "before_common": COMMON_HASH_FILINGS - 1,
    }
    postings = connection.execute(_POSTINGS, parameters).all()
    rare = sorted({value for value, *_ in postings if value >= 0})
    shared_pairs = Counter(filing for value, filing, _ in postings if value >= 0 and filing is not None)
    shared_terms = Counter(filing for value, filing, is_recent in postings if value < 0 and is_recent)
    # One shared pair never makes a copy, so the sizes of those texts need no query.
    multi_pair_filings = sorted(filing for filing, count in shared_pairs.items() if count > 1)
    pair_counts = connection.execute(_PAIR_COUNTS, {"filings": multi_pair_filings}).all() if multi_pair_filings else ()
    copies = {
        filing: shared_pairs[filing]
        for filing, highest, count in pair_counts
        if shared_pairs[filing] >= _min_shared_pairs(pairs, rare, highest, count, copy_share)
    }
    # Two shared terms out of many may be chance; out of the few terms of a headline they are significant.
    min_shared_terms = 2 if len(terms) < 12 else 3
    same_story = {filing: count for filing, count in shared_terms.items() if count >= min_shared_terms}
    return _by_shared_count(copies), _by_shared_count(same_story)


def _by_shared_count(shared: dict[int, int]) -> list[int]:
    return sorted(shared, key=lambda filing: (-shared[filing], filing))


def _min_shared_pairs(pairs: Sequence[int], rare: Sequence[int], highest: int, count: int, copy_share: float) -> float:
    """Return the minimum of shared pairs of a copy: the expected number minus three standard deviations.

    `pairs` are the hashes of the article, `rare` its uncommon ones; the other text has `count` pairs, up to the hash
    `highest`. Both texts sample the lowest hashes, so they can share only those up to the lower maximum.
    """
    rare_in_other = count * len(rare) / len(pairs) * min(1.0, pairs[-1] / max(1, highest))
    max_shared = min(bisect_right(rare, highest), rare_in_other)
    # Each of the pairs is shared with this probability: a binomial distribution.
    three_deviations = 3 * sqrt(copy_share * (1 - copy_share)) * sqrt(max_shared)
    return copy_share * max_shared - three_deviations


def first_filed_after(parameter: str) -> ScalarSelect[Any]:
    """Select the id of the first filing after the time in this parameter; null if there is none."""
    filed = t.story_article.c
    first_filing = select(filed.id).where(filed.filed > bindparam(parameter, type_=Utc)).order_by(filed.filed, filed.id)
    return first_filing.limit(1).scalar_subquery()


def _postings() -> Select[Any]:
    """Select each requested hash that is not common with each filing that has it, or with null if none has."""
    index, since = t.candidate_hash.c, first_filed_after("copies_since")
    requested = select(parameter_rows("hashes").label("hash")).subquery("requested")
    same_hash = and_(index.hash == requested.c.hash, index.filing >= since, index.filing < bindparam("before"))
    # An EXISTS with an offset stops at the hundredth filing; a count would read all filings of a common hash.
    common_threshold = select(index.filing).where(same_hash).limit(1).offset(bindparam("before_common"))
    return (
        select(requested.c.hash, index.filing, index.filing >= first_filed_after("stories_since"))
        .select_from(requested.outerjoin(t.candidate_hash, same_hash))
        .where(~common_threshold.correlate(requested).exists())
    )


def _pair_counts() -> Select[Any]:
    """Select the highest hash and the number of the word pairs of each filing."""
    index = t.candidate_hash.c
    return (
        select(index.filing, func.max(index.hash), func.count())
        .where(index.filing == parameter_rows("filings"), index.hash >= 0)
        .group_by(index.filing)
    )


_POSTINGS, _PAIR_COUNTS = _postings(), _pair_counts()
