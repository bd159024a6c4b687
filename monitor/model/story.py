"""Pure. Values for recognising copies and stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A compact summary of a text for finding its copies and its story: sets of 31-bit hashes (`cluster.packed`).

    `sketch` samples word pairs (FracMinHash). `names` holds romanised name skeletons, `numbers` longer numbers, `words`
    the most characteristic word stems, each with its weight in the four highest bits. `romanisation`: version of the
    table that `names` were romanised by; names of different versions must not be compared.
    """

    sketch: bytes = b""
    names: bytes = b""
    numbers: bytes = b""
    words: bytes = b""
    romanisation: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as clustering sees it. `id` is the article's; `story` is None until it is filed."""

    id: int
    outlet: str
    language: str
    published_at: datetime  # when it was published, or first seen
    fingerprint: Fingerprint
    entities: frozenset[str] = frozenset()  # watched entities with a strong mention
    people: frozenset[str] = frozenset()  # the persons among them: they tie articles more than organisations
    changed: bool = False  # its text changed since it was filed
    gained: bool = False  # names an entity that its item does not have yet
    gone_why: str = ""  # why it was removed, until its item knows
    version: int = 1
    story: int | None = None
    copy_of: int | None = None
    added_by: str = ""  # who put it into the queue by hand


NEW_STORY_REASON = "nothing filed so far tells the same"


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of an article among stories: `story` None opens a new one; `copy_of` is the article it repeats.

    `similar_article`: the article of that story that tells the same event. `score`: 1.0 is the threshold of the rule.
    `adds`: the copy holds much text that its source does not.
    """

    story: int | None = None
    copy_of: int | None = None
    rule: str = "new"
    score: float = 0.0
    why: str = ""
    adds: bool = True
    similar_article: int | None = None
