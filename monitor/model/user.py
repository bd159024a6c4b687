"""Pure. Who uses the desk, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article
from monitor.model.mention import Confidence
from monitor.model.review import Reason


class Role(StrEnum):
    """Each may do what the one before may."""

    READER = "reader"  # reads
    REVIEWER = "reviewer"  # decides, too
    ADMIN = "admin"  # lets people in, and sees the names that are marked sensitive

    def may(self, needed: Role) -> bool:
        roles = tuple(Role)
        return roles.index(self) >= roles.index(needed)


@dataclass(frozen=True, slots=True)
class User:
    """Someone with a way in. `password` is a hash; decisions are signed with the name, so it never changes."""

    name: str
    role: Role
    since: datetime
    password: str = field(default="", repr=False)
    language: str = ""  # of the pages; empty: what the browser asks for
    shortcuts: bool = True
    closed: datetime | None = None  # when the way in was
    id: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `browser` says in a word or two which one."""

    person: User
    begun: datetime
    seen: datetime
    browser: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """What lets a program read the queue as this person may, and do nothing else. `label`: what it is for."""

    person: User
    label: str
    since: datetime
    used: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that works once: for a new person, or a new password of one (then `person` is set)."""

    role: Role
    until: datetime
    person: int | None = None


class Act(StrEnum):
    """What the audit log holds."""

    SIGNED_IN = "signed-in"
    REFUSED = "refused"  # a wrong password for a name that exists
    SIGNED_OUT = "signed-out"  # also: sessions ended
    JOINED = "joined"
    PASSWORD = "password"  # noqa: S105 - that it was changed
    TOKEN_MADE = "token-made"  # noqa: S105 - that one was
    TOKEN_ENDED = "token-ended"  # noqa: S105 - that one was
    INVITED = "invited"
    CHANGED_PERSON = "changed-person"
    DECIDED = "decided"
    UNDID = "undid"
    MERGED = "merged"
    SPLIT = "split"
    EXPORTED = "exported"
    READ_SENSITIVE = "read-sensitive"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what, when; numbers alone, never a watched name. `about`: an item, or another person."""

    at: datetime
    by: int | None
    act: Act
    about: int | None = None
    detail: str = ""
    id: int = 0


class QueueTab(StrEnum):
    """Where an item stands in the queue. The first four wait for somebody; WAITING is all of them."""

    WAITING = "waiting"
    NEW = "new"
    FOLLOW_UP = "follow-up"
    POSSIBLE = "possible"
    ASKED = "asked"  # somebody was unsure
    LATER = "later"
    DECIDED = "decided"  # also: expired


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of the queue is asked for. `entity` is an opaque number; the days are of when an item was first seen."""

    split: QueueTab = QueueTab.WAITING
    entity: int | None = None
    outlet: str = ""
    language: str = ""
    country: str = ""
    confidence: Confidence | None = None
    reason: Reason | None = None  # of a decision on it that stands
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Facets:
    """How the items asked for divide: what there is, and in how many of them; the most frequent first.

    Each is counted without its own filter: of a list of one outlet, `outlets` tells what the others would bring.
    """

    names: Mapping[int, tuple[str, int]]  # number -> name and count
    outlets: Mapping[str, int]
    languages: Mapping[str, int]
    countries: Mapping[str, int]
    reasons: Mapping[Reason, int]
    clear: int
    possible: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of what is asked for, and how much there is of it in each split."""

    numbers: Sequence[int]
    splits: Mapping[QueueTab, int]
    facets: Facets | None = None


@dataclass(frozen=True, slots=True)
class StoredText:
    """The evidence of an article: its current version as it is stored, and the hash of its text."""

    article: Article
    sha256: str
