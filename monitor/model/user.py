"""Pure. Users of the desk, and the filters and pages of their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article
from monitor.model.items.decision import Reason
from monitor.model.mention import Confidence


class Role(StrEnum):
    """A user's role. Each may do everything that the roles before it may."""

    READER = "reader"  # reads
    REVIEWER = "reviewer"  # reads and decides
    OPERATOR = "operator"  # edits the watchlist and the sources, too
    ADMIN = "admin"  # manages users

    def may(self, needed: Role) -> bool:
        """Return True if this role includes the rights of `needed`."""
        # The order of definition is the order of rights.
        roles = tuple(Role)
        return roles.index(self) >= roles.index(needed)


class Right(StrEnum):
    """What a page offers only to users with a certain role or more."""

    DECIDE = "decide"
    EDIT_LISTS = "edit-lists"  # of watched names and sources
    ADMINISTER = "administer"


_LEAST_ROLES = {Right.DECIDE: Role.REVIEWER, Right.EDIT_LISTS: Role.OPERATOR, Right.ADMINISTER: Role.ADMIN}


def roles_with(right: Right) -> tuple[Role, ...]:
    """Return the roles that include a right."""
    return tuple(role for role in Role if role.may(_LEAST_ROLES[right]))


def can(user: User, right: Right) -> bool:
    """Return True if a user has a right."""
    return user.role in roles_with(right)


@dataclass(frozen=True, slots=True)
class User:
    """An account. `password` is a hash. `name` never changes, because decisions are signed with it.

    `cleared`: who may know of the closed watch. It does not depend on the role.
    """

    name: str
    role: Role
    since: datetime
    password: str = field(default="", repr=False)
    language: str = ""  # of pages; empty: the browser's
    shortcuts: bool = True
    closed: datetime | None = None  # when the account was closed
    cleared: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `browser` is a short label for it."""

    person: User
    begun: datetime
    seen: datetime
    browser: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A read-only API token: a program reads the queue as this user. `label` says what it is for."""

    person: User
    label: str
    since: datetime
    used: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that works once: for a new user, or for a new password if `person` is set.

    `by`: the administrator who made it, `maker` by name; None: `monitor serve`, while there was no administrator.
    """

    role: Role
    until: datetime
    person: int | None = None
    by: int | None = None
    used: datetime | None = None
    maker: str = ""
    id: int = 0


class Act(StrEnum):
    """The kinds of events in the audit log."""

    SIGNED_IN = "signed-in"
    REFUSED = "refused"  # a wrong password for a name that exists
    SIGNED_OUT = "signed-out"  # also: sessions ended
    JOINED = "joined"
    PASSWORD = "password"  # noqa: S105 - no secret: the name of an event
    TOKEN_MADE = "token-made"  # noqa: S105 - the same
    TOKEN_ENDED = "token-ended"  # noqa: S105 - the same
    INVITED = "invited"
    LINK_ENDED = "link-ended"
    CHANGED_PERSON = "changed-person"
    DECIDED = "decided"
    UNDID = "undid"
    MERGED = "merged"
    SPLIT = "split"
    EXPORTED = "exported"
    CHANGED_SOURCES = "changed-sources"
    ASKED_SITE = "asked-site"  # for its feeds
    READ_SENSITIVE = "read-sensitive"
    CHANGED_LIST = "changed-list"
    CHANGED_RECIPIENTS = "changed-recipients"
    TRIED_PAGE = "tried-page"  # had a page fetched to try a name on it
    ADDED = "added"  # an article, by hand
    CLEARED = "cleared"  # somebody, for the closed watch
    UNCLEARED = "uncleared"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry of the audit log: numbers only, never a watched name. `about`: an item or another user."""

    at: datetime
    by: int | None
    act: Act
    about: int | None = None
    detail: str = ""
    id: int = 0


class QueueTab(StrEnum):
    """A tab of the queue. The first four wait for a decision; WAITING holds all of them."""

    WAITING = "waiting"
    NEW = "new"
    FOLLOW_UP = "follow-up"
    POSSIBLE = "possible"
    ASKED = "asked"  # a user asked a colleague
    LATER = "later"
    DECIDED = "decided"  # also: expired


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A user's filter of the queue. `entity` is an opaque number; the days are those an item was first seen."""

    tab: QueueTab = QueueTab.WAITING
    entity: int | None = None
    outlet: str = ""
    language: str = ""
    country: str = ""
    confidence: Confidence | None = None
    reason: Reason | None = None  # of an effective decision on it
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    colleague: str = ""  # the user whom the last question is for
    gravest_first: bool = False  # the order of what waits: by what was done to the press, then the newest first


@dataclass(frozen=True, slots=True)
class Facets:
    """The values to filter by, with the number of items for each, most frequent first.

    Each facet is counted without its own filter: a list filtered by outlet still shows counts for other outlets.
    """

    names: Mapping[int, tuple[str, int]]  # entity number -> (name, count)
    outlets: Mapping[str, int]
    languages: Mapping[str, int]
    countries: Mapping[str, int]
    reasons: Mapping[Reason, int]
    clear: int
    possible: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue: item numbers, and the number of items in each tab."""

    numbers: Sequence[int]
    tab_counts: Mapping[QueueTab, int]
    facets: Facets | None = None


@dataclass(frozen=True, slots=True)
class StoredText:
    """The stored evidence of an article: its current version and the hash of its text."""

    article: Article
    sha256: str
