"""Pure. Values by key, and in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def group_values(pairs: Iterable[tuple[K, V]]) -> defaultdict[K, list[V]]:
    """Return the values of each key, in their order; an empty list for a key that has none."""
    groups = defaultdict[K, list[V]](list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def batched(values: Iterable[V], size: int) -> Iterator[tuple[V, ...]]:
    """Yield the values in their order, at most `size` at a time (`itertools.batched` of Python 3.12)."""
    remaining = iter(values)
    while batch := tuple(islice(remaining, size)):
        yield batch
