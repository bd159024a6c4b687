"""Pure. Which filed articles have hashes in common with others: held in memory while articles are filed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from monitor.cluster import ClusterPolicy
from monitor.fingerprint import unpacked

Hashes: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]

MOST = 100  # filings that have a hash, from which on it is common and tells nothing
_FEW = 100  # filings that are added one by one
_NEW = 100_000  # hashes in the dictionary, before they are sorted in
_PLACE = 32  # bits of one; above them, in a key, is the hash, or whose question it is
_ALL = (1 << _PLACE) - 1
_HIGHEST = 2**31 - 1
_NONE: Sequence[int] = ()
_EDGE = np.array([True])
_COPIED = ClusterPolicy().copy
_CHANCE = 3 * sqrt(_COPIED * (1 - _COPIED))


@dataclass(frozen=True, slots=True)
class Asked:
    """By which word pairs, in ascending order, an article is to be found among the filings from `since` on, and by
    which terms, `least` of them, among those from `lately` on."""

    pairs: Hashes
    terms: Hashes
    least: int
    since: int
    lately: int


@dataclass(frozen=True, slots=True)
class Found:
    """The filings that have most in common with an article, but for those in the dictionary: how many, less than
    zero, and their places. Those are still to be found, by its rare hashes; of these, where in `starts` and `ends`
    (of many articles) stands where their places are."""

    asked: Asked
    sorted_in: int
    rare: Mapping[int, int]
    starts: Sequence[int]
    ends: Sequence[int]
    copies: Sequence[tuple[int, int]]
    tellings: Sequence[tuple[int, int]]


class Likes:
    """Hash -> places of filings, in the order of filing, of all that was filed after `since`.

    Most are in one sorted array of hashes, with the places of each in another, where many questions are answered at
    once; what was added since is in a dictionary.
    """

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.numbers, self._times = list[int](), list[datetime]()
        self._pairs = np.zeros((1, 2), np.int32)  # of each filing: its highest hash of a word pair, and how many
        self._hashes, self._starts = np.array([_HIGHEST], np.int32), np.zeros(2, np.int64)
        self._places = np.array([], np.int32)
        self._sorted_in = 0  # how often: then what was found before is found no more
        self._new: dict[int, list[int]] = defaultdict(list)  # twice each place, and one more of a term

    def add(self, filed: Sequence[Sequence[Any]]) -> None:
        """What was filed after all that is there: number, time, and the hashes by which it is found."""
        first = len(self.numbers)
        self.numbers += [number for number, *_ in filed]
        self._times += [time for _, time, _ in filed]
        if len(self.numbers) > len(self._pairs):
            self._pairs = np.concatenate([self._pairs, np.zeros((len(self.numbers), 2), np.int32)])
        if len(filed) > _FEW:
            self._add_many(first, [unpacked(found_by) for *_, found_by in filed])
            return
        for place, (*_, found_by) in enumerate(filed, first):
            hashes = unpacked(found_by).tolist()
            for value in hashes:
                self._new[value].append(2 * place + (value < 0))
            if hashes and hashes[-1] >= 0:
                self._pairs[place] = hashes[-1], len(hashes) - bisect_left(hashes, 0)

    def _add_many(self, first: int, filed: Sequence[Hashes]) -> None:
        hashes = np.concatenate(filed)
        places = np.arange(first, first + len(filed)).repeat([len(its) for its in filed])
        pairs = hashes >= 0  # of each, in ascending order
        self._pairs[places[pairs], 0] = hashes[pairs]
        self._pairs[first : first + len(filed), 1] = np.bincount(places[pairs] - first, minlength=len(filed))
        self._sort_in(hashes, places)

    def _sort_in(self, hashes: Hashes, places: NDArray[Any]) -> None:
        held = _keys(self._hashes.repeat(np.diff(self._starts)), self._places)
        keys = np.concatenate([held, np.sort(_keys(hashes, places))])
        keys.sort(kind="stable")  # which sees that it is two sorted ones
        self._sorted_in += 1
        self._places = keys.astype(np.int32)  # the lower half of each
        hashes, starts = np.unique((keys >> _PLACE).astype(np.int32), return_index=True)
        self._hashes = np.append(hashes, np.int32(_HIGHEST))  # so that none is beyond the last
        self._starts = np.append(starts, (len(keys), len(keys)))

    def after(self, time: datetime) -> int:
        """The place of the first that was filed after a time; of none, the next that there will be."""
        return bisect_right(self._times, time)

    def find(self, asked: Sequence[Asked]) -> list[Found]:
        """What is filed already; `complete` adds what is filed after. A hash that `MOST` have tells nothing."""
        if len(self._new) > _NEW:
            self._sort_in(*np.array([(value, n // 2) for value, held in self._new.items() for n in held], np.int32).T)
            self._new.clear()
        parts = [part for one in asked for part in (one.pairs, one.terms)]  # two lists of hashes of each
        lengths = [len(part) for part in parts]
        hashes, whose = np.concatenate(parts), np.arange(len(parts)).repeat(lengths)
        at = self._hashes.searchsorted(hashes)
        starts = self._starts[at]
        ends = np.where(self._hashes[at] == hashes, self._starts[at + 1], starts)
        rare = self._rare(hashes, starts, ends, np.array([one.since for one in asked])[whose // 2])
        hashes, starts, ends, whose = hashes[rare], starts[rare], ends[rare], whose[rare]
        lists, places, counts = self._counted(hashes, starts, ends, whose, asked)
        order = np.lexsort((places, -counts, lists))
        most = [*zip((-counts[order]).tolist(), places[order].tolist(), strict=True)]
        cuts = lists[order].searchsorted(np.arange(len(parts) + 1)).tolist()
        its = whose.searchsorted(np.arange(0, len(parts) + 1, 2)).tolist()
        values, spans = hashes.tolist(), (starts.tolist(), ends.tolist())
        return [
            Found(
                one,
                self._sorted_in,
                dict(zip(values[its[n] : its[n + 1]], range(its[n], its[n + 1]), strict=True)),
                *spans,
                most[cuts[2 * n] : cuts[2 * n + 1]],
                most[cuts[2 * n + 1] : cuts[2 * n + 2]],
            )
            for n, one in enumerate(asked)
        ]

    def _rare(self, hashes: Hashes, starts: Ints, ends: Ints, since: Ints) -> NDArray[np.bool_]:
        """Which of these hashes are not common."""
        rare = np.ones(len(hashes), bool)
        many = (ends - starts >= MOST).nonzero()[0]
        rare[many] = self._places[ends[many] - MOST] < since[many]
        added = np.array([len(self._new.get(value, _NONE)) for value in hashes.tolist()])
        for n in (rare & (added > 0) & (ends - starts + added >= MOST)).nonzero()[0].tolist():
            rare[n] = not self._is_common(int(hashes[n]), int(starts[n]), int(ends[n]), int(since[n]))
        return rare

    def _is_common(self, value: int, start: int, end: int, since: int) -> bool:
        """Whether so many have it from `since` on: of a list that is in order the one so far from its end tells."""
        added = self._new.get(value, _NONE)
        if end - start + len(added) < MOST:
            return False
        more = MOST - (len(added) - bisect_left(added, 2 * since))
        return more <= 0 or (end - start >= more and bool(self._places[end - more] >= since))

    def _counted(
        self, hashes: Hashes, starts: Ints, ends: Ints, whose: Ints, asked: Sequence[Asked]
    ) -> tuple[Ints, Ints, Ints]:
        """Of each list, places with enough of its hashes, and how many they have."""
        lengths = ends - starts
        before = lengths.cumsum() - lengths
        places = self._places[np.arange(lengths.sum()) + (starts - before).repeat(lengths)]
        whose_places = whose.repeat(lengths)
        floor = np.array([(one.since, one.lately) for one in asked]).ravel()
        keys = _keys(whose_places, places)[places >= floor[whose_places]]
        keys.sort()
        edges = np.concatenate([_EDGE, keys[1:] != keys[:-1], _EDGE[: len(keys)]]).nonzero()[0]
        keys, counts = keys[edges[:-1]], edges[1:] - edges[:-1]
        several = counts > 1
        keys, counts = keys[several], counts[several]
        lists, places = keys >> _PLACE, keys & _ALL
        pairs = _keys(whose, hashes)[hashes >= 0]
        enough = counts >= self._least(asked, pairs, lists, places)
        return lists[enough], places[enough], counts[enough]

    def _least(self, asked: Sequence[Asked], pairs: Ints, lists: Ints, places: Ints) -> NDArray[np.float64]:
        """How many hashes are enough, of two at least: of terms as many as are asked for, of pairs those of a copy."""
        begin, end = (pairs.searchsorted(np.arange(len(asked)) * 2 + more << _PLACE) for more in (0, 1))
        own = np.array([(one.least, one.pairs[-1] if len(one.pairs) else 0, len(one.pairs)) for one in asked]).T
        whose = lists // 2
        least, last, rare = own[0][whose], own[1][whose], ((end - begin) / np.maximum(own[2], 1))[whose]
        highest, many = self._pairs[places].T
        mine = pairs.searchsorted(_keys(lists, highest), "right") - begin[whose]
        theirs = many * rare * np.minimum(1.0, last / np.maximum(highest, 1))
        enough: NDArray[np.float64] = np.where(lists % 2, least, _of_copies(np.minimum(mine, theirs)))
        return enough

    def complete(self, found: Found) -> tuple[list[int], list[int]]:
        """The numbers of filings that have most word pairs in common, and of those that have most terms, so far."""
        asked, new = found.asked, list[int]()
        if found.sorted_in != self._sorted_in:
            return self.complete(*self.find([asked]))
        for value in found.rare.keys() & self._new.keys():
            n, added = found.rare[value], self._new[value]
            start, end = found.starts[n], found.ends[n]
            if end - start + len(added) >= MOST and self._is_common(value, start, end, asked.since):  # it was not yet
                return self.complete(*self.find([asked]))
            new += added
        kinds = [*found.copies], [*found.tellings]
        rare = [value for value in found.rare if value >= 0]
        for key, count in Counter(new).items():
            if count > 1:
                place, kind = key // 2, key % 2
                least = asked.least if kind else self._least_of(asked.pairs, rare, place)
                if count >= least and place >= (asked.since, asked.lately)[kind]:
                    kinds[kind].append((-count, place))
        copies, tellings = ([self.numbers[place] for _, place in sorted(kind)] for kind in kinds)
        return copies, tellings

    def _least_of(self, pairs: Hashes, rare: Sequence[int], place: int) -> float:
        highest, many = self._pairs[place].tolist()
        theirs = many * len(rare) / len(pairs) * min(1.0, int(pairs[-1]) / max(1, highest))
        return float(_of_copies(min(bisect_right(rare, highest), theirs)))


def _of_copies(could: Any) -> Any:
    """How many of the word pairs that they could share two texts do share, if one is a copy, give or take chance.

    They could share those that are not common, below the highest of both. Chance: three standard deviations.
    """
    return _COPIED * could - _CHANCE * could**0.5


def _keys(hashes: NDArray[Any], places: NDArray[Any]) -> Ints:
    keys: Ints = hashes.astype(np.int64) << _PLACE | places
    return keys
