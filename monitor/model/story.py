"""Pure. What tells that two articles tell one thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a text to recognise its copies and its story: sets of 31-bit hashes (`cluster.packed`).

    `sketch` samples word pairs (FracMinHash), `names` are romanised name skeletons, `numbers` longer numbers, `words`
    the most telling words, each with its weight in the four highest bits.
    """

    sketch: bytes = b""
    names: bytes = b""
    numbers: bytes = b""
    words: bytes = b""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as the clustering sees it. `story` is None until it is filed; `id` is the article's."""

    id: int
    outlet: str
    language: str
    seen: datetime  # when it was published, or first seen
    fingerprint: Fingerprint
    entities: frozenset[str] = frozenset()  # watched entities clearly named in it
    people: frozenset[str] = frozenset()  # those of them that are persons: they tie articles, bodies hardly do
    changed: bool = False  # its text did, since it was filed
    gained: bool = False  # it names someone whom its item has not taken in yet
    gone: str = ""  # why it is not there any more, when its item has not taken that in yet
    version: int = 1
    story: int | None = None
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs: `story` None opens a new one; `copy_of` is the article it repeats.

    `beside`: the article of that story that it tells the same as.
    `score`: how many times over it has what it takes. `adds`: it holds much that what it copies does not.
    """

    story: int | None = None
    copy_of: int | None = None
    rule: str = "new"
    score: float = 0.0
    why: str = ""
    adds: bool = True
    beside: int | None = None
