"""Pure. Fingerprints of texts as they are stored, and the hashes under which an article is looked up."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Fingerprint"]  # what a value holds; clustering and the index import the rest by name

HASH_BITS = 31  # four bytes in a database, evenly distributed
QUARTER, _SIXTEENTH = 1 << (HASH_BITS - 2), 1 << (HASH_BITS - 4)
_MIN_INDEXED = 16  # of a short text, more than a sixteenth is indexed
_INDEXED_WORDS = 8
_INDEXED_NAMES = 16
STEM_BITS = HASH_BITS - 5  # of a stored word; the weight takes the bits above
STEM_MASK = (1 << STEM_BITS) - 1
_HASH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A compact summary of a text for finding its copies and its story: sets of 31-bit hashes (`packed`).

    `sketch` samples word pairs (FracMinHash). `names` holds romanised name skeletons, `numbers` longer numbers, `words`
    the most characteristic word stems, each with its weight in the five highest bits. `romanisation`: version of the
    table that `names` were romanised by, and of the rules; fingerprints of another version are made again.
    """

    sketch: bytes = b""
    names: bytes = b""
    numbers: bytes = b""
    words: bytes = b""
    romanisation: int = 0


def packed(hashes: Iterable[int]) -> bytes:
    """Return a set of hashes in stored form: ascending, four bytes each."""
    return array("i", sorted(hashes)).tobytes()


def unpacked(hashes: bytes) -> memoryview[int]:
    """Return the hashes of a stored set, ascending."""
    return memoryview(hashes).cast("i")


def size(hashes: bytes) -> int:
    """Return the number of hashes in a stored set."""
    return len(hashes) // _HASH_BYTES


def index_hashes(fingerprint: Fingerprint, *, for_query: bool = False) -> tuple[list[int], list[int]]:
    """Return the hashes under which an article is indexed: of word pairs, for copies, and of terms, for stories.

    Pairs are the lowest hashes of the sketch: if one article contains another, they share these at any length.
    `for_query`: twice as many, to search with. Terms are the lowest names, so that articles that share names share some
    of them, and the words of greatest weight. Terms are negative, pairs are not, so both fit into one index.
    """
    pairs = unpacked(fingerprint.sketch)
    highest, min_pairs = (2 * _SIXTEENTH, 2 * _MIN_INDEXED) if for_query else (_SIXTEENTH, _MIN_INDEXED)
    # Words are sorted by their weight, in the highest bits: the last ones weigh most.
    names, words = unpacked(fingerprint.names)[:_INDEXED_NAMES], unpacked(fingerprint.words)[-_INDEXED_WORDS:]
    terms = sorted({*(~name for name in names), *(~(word & STEM_MASK) for word in words)})  # negative, unlike pairs
    return pairs[: max(min_pairs, bisect_left(pairs, highest))].tolist(), terms
