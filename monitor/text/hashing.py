"""Pure. Keys of parts of words, many at once: a key is a sum over characters, a part's the difference of two."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_BASE = 0xD1342543DE82EF95  # odd, so that it has an inverse


@lru_cache(8)
def _powers(count: int, base: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[0] = 1
    powers: Hashes = np.cumprod(factors)
    return powers


def sums(characters: NDArray[np.integer]) -> Hashes:
    """Running sums over characters along the last axis, beginning with 0."""
    length = characters.shape[-1]
    running = np.zeros((*characters.shape[:-1], length + 1), np.uint64)
    np.cumsum(characters * _powers(_enough(length), _BASE)[:length], axis=-1, dtype=np.uint64, out=running[..., 1:])
    return running


def from_zero(part: Hashes, start: Ints) -> Hashes:
    """The sums of parts as if they began at 0, from the differences of sums where they stand."""
    if not len(start):
        return part
    return part * _powers(_enough(int(start.max())), pow(_BASE, -1, 1 << 64)).take(start)


def _enough(count: int) -> int:
    return 1 << max(8, count.bit_length())


def mixed(sums: Hashes) -> Hashes:
    """Sums as keys, whose upper bits depend on all of theirs."""
    mixed = (sums ^ (sums >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


def each(counts: Ints) -> tuple[Ints, Ints]:
    """For each item as often as it counts: its number, and 0, 1, 2 …"""
    item = np.repeat(np.arange(len(counts)), counts)
    return item, np.arange(len(item)) - np.repeat(np.cumsum(counts) - counts, counts)


class Keys:
    """Sorted keys, each with its values; a bitmap says at once of most keys that they are not there."""

    def __init__(self, keys: Hashes, values: Ints) -> None:
        order = np.argsort(keys, kind="stable")
        self._keys, first = np.unique(keys[order], return_index=True)
        self._first = np.append(first, len(keys)).astype(np.int64)
        self._values = values[order].astype(np.int32)
        bits = max(12, (16 * len(self._keys)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._bitmap = np.zeros(1 << (bits - 3), np.uint8)
        place = self._keys >> self._shift
        np.bitwise_or.at(self._bitmap, place >> np.uint64(3), np.uint8(1) << (place & np.uint64(7)).astype(np.uint8))

    def find(self, keys: Hashes) -> tuple[Ints, Ints]:
        """Which of the keys have values, and the values: one pair each."""
        place = keys >> self._shift
        byte = self._bitmap.take((place >> np.uint64(3)).view(np.int64))
        asked = np.flatnonzero((byte >> (place & np.uint64(7)).astype(np.uint8)) & 1)
        if not len(self._keys) or not len(asked):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        at = np.searchsorted(self._keys, keys[asked])
        there = self._keys.take(at, mode="clip") == keys[asked]
        asked, at = asked[there], at[there]
        item, nth = each(self._first[at + 1] - self._first[at])
        return asked[item], self._values[self._first[at][item] + nth].astype(np.int64)


class Table:
    """Keys -> what is known of them, for keys that come one after the other: open addressing, many at a time."""

    def __init__(self, bits: int = 18) -> None:
        self.count = 0
        self._shift, self._last = np.uint64(64 - bits), (1 << bits) - 1
        self._keys = np.zeros(1 << bits, np.uint64)
        self._values = np.full(1 << bits, -1, np.int32)

    def get(self, keys: Hashes) -> NDArray[np.int32]:
        """What is known of each; -1 where it is not there."""
        cell = (keys >> self._shift).view(np.int64)
        there = self._keys.take(cell)
        lost = ((there != keys) & (there != 0)).nonzero()[0]
        while len(lost):
            following = (cell.take(lost) + 1) & self._last
            cell[lost], there = following, self._keys.take(following)
            lost = lost[(there != keys.take(lost)) & (there != 0)]
        return self._values.take(cell)

    def put(self, keys: Hashes, values: NDArray[np.int32]) -> None:
        """Enter keys that are not there, each once; none is 0, which is an empty cell."""
        if 2 * (self.count + len(keys)) > self._last:
            full = np.flatnonzero(self._keys)
            known = self._keys[full], self._values[full]
            self.__init__((2 * (self.count + len(keys))).bit_length() + 1)  # type: ignore[misc]
            self.put(*known)
        self.count += len(keys)
        cell = (keys >> self._shift).view(np.int64).copy()
        rest = np.arange(len(keys))
        while len(rest):
            free = rest[self._keys[cell[rest]] == 0]
            self._keys[cell[free]] = keys[free]
            placed = self._keys[cell[rest]] == keys[rest]
            self._values[cell[rest[placed]]] = values[rest[placed]]
            rest = rest[~placed]
            cell[rest] = (cell[rest] + 1) & self._last
