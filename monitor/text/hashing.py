"""Pure. Rolling hashes of word parts, vectorised.

The hash of a text is a polynomial sum over its characters; the hash of a part is the difference of two running sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_BASE = 0xD1342543DE82EF95  # odd, so that it has an inverse


@dataclass(slots=True)
class _Powers:
    """The powers of a base, beginning with 1; as many as were needed so far."""

    base: int
    _powers: Hashes = field(default_factory=lambda: np.ones(1, np.uint64))

    def first(self, count: int) -> Hashes:
        """Return the first `count` powers."""
        if len(self._powers) < count:
            factors = np.full(count, self.base, np.uint64)
            factors[0] = 1
            self._powers = np.cumprod(factors)
        return self._powers[:count]


_POWERS, _INVERSE_POWERS = _Powers(_BASE), _Powers(pow(_BASE, -1, 1 << 64))


def running_sums(characters: NDArray[np.integer]) -> Hashes:
    """Return the running sums over characters along the last axis, beginning with 0."""
    length = characters.shape[-1]
    sums = np.zeros((*characters.shape[:-1], length + 1), np.uint64)
    np.cumsum(characters * _POWERS.first(length), axis=-1, dtype=np.uint64, out=sums[..., 1:])
    return sums


def shift_to_start(part: Hashes, start: Ints) -> Hashes:
    """Return the sums of parts as if each part began at 0.

    `part` is a difference of two running sums; it is multiplied by the inverse of the base's power at `start`.
    """
    return part * _INVERSE_POWERS.first(int(start.max(initial=0)) + 1).take(start)


def mix_bits(sums: Hashes) -> Hashes:
    """Return sums as keys whose upper bits depend on all bits of the sum."""
    keys = (sums ^ (sums >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)  # a multiplier of splitmix64
    return keys ^ (keys >> np.uint64(32))


def expand_counts(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat each row number `counts[row]` times; return the row numbers, and 0, 1, 2 … within each row."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


class KeyIndex:
    """A read-only multimap from keys to values. A bitmap rejects most absent keys before the binary search."""

    def __init__(self, keys: Hashes, values: Ints) -> None:
        order = np.argsort(keys, kind="stable")
        self._keys, first = np.unique(keys[order], return_index=True)
        self._first = np.append(first, len(keys)).astype(np.int64)
        self._values = values[order].astype(np.int32)
        bits = max(12, (16 * len(self._keys)).bit_length())  # at least 16 bits per key: few false positives
        self._shift = np.uint64(64 - bits)
        self._bitmap = np.zeros(1 << (bits - 3), np.uint8)
        place = self._keys >> self._shift
        np.bitwise_or.at(self._bitmap, place >> np.uint64(3), np.uint8(1) << (place & np.uint64(7)).astype(np.uint8))

    def lookup(self, keys: Hashes) -> tuple[Ints, Ints]:
        """Return the indices of the keys that have values, and the values: one pair for each value."""
        place = keys >> self._shift
        byte = self._bitmap.take((place >> np.uint64(3)).view(np.int64))
        candidates = np.flatnonzero((byte >> (place & np.uint64(7)).astype(np.uint8)) & 1)
        if not len(self._keys) or not len(candidates):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        # A key above all stored ones has the position after the last: `clip` keeps it inside, and it compares unequal.
        at = np.searchsorted(self._keys, keys[candidates])
        is_present = self._keys.take(at, mode="clip") == keys[candidates]
        candidates, at = candidates[is_present], at[is_present]
        item, nth = expand_counts(self._first[at + 1] - self._first[at])
        return candidates[item], self._values[self._first[at][item] + nth].astype(np.int64)


class HashTable:
    """A growing map from keys to values, with open addressing; keys are read and written in batches."""

    def __init__(self, bits: int = 13) -> None:
        self.count = 0
        self._shift, self._last = np.uint64(64 - bits), (1 << bits) - 1
        self._keys = np.zeros(1 << bits, np.uint64)
        self._values = np.full(1 << bits, -1, np.int32)

    def get(self, keys: Hashes) -> NDArray[np.int32]:
        """Return the value of each key, or -1."""
        cell = (keys >> self._shift).view(np.int64)
        stored_keys = self._keys.take(cell)
        colliding = ((stored_keys != keys) & (stored_keys != 0)).nonzero()[0]
        while len(colliding):
            next_cell = (cell.take(colliding) + 1) & self._last
            cell[colliding], stored_keys = next_cell, self._keys.take(next_cell)
            colliding = colliding[(stored_keys != keys.take(colliding)) & (stored_keys != 0)]
        return self._values.take(cell)

    def put(self, keys: Hashes, values: NDArray[np.int32]) -> None:
        """Add keys that are not in the table. Keys are distinct, and never 0, which marks an empty cell."""
        if 2 * (self.count + len(keys)) > self._last:  # more than half full: build a larger table
            full_cells = np.flatnonzero(self._keys)
            entries = self._keys[full_cells], self._values[full_cells]
            self.__init__((2 * (self.count + len(keys))).bit_length() + 1)  # type: ignore[misc]
            self.put(*entries)
        self.count += len(keys)
        cell = (keys >> self._shift).view(np.int64).copy()
        pending = np.arange(len(keys))
        while len(pending):
            # Several keys may claim one free cell: the last write wins, the others move on to the next cell.
            free = pending[self._keys[cell[pending]] == 0]
            self._keys[cell[free]] = keys[free]
            placed = self._keys[cell[pending]] == keys[pending]
            self._values[cell[pending[placed]]] = values[pending[placed]]
            pending = pending[~placed]
            cell[pending] = (cell[pending] + 1) & self._last
