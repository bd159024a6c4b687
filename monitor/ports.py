"""Pure. What the line asks of the world, by role. A function asks for the role it uses, not for everything.

Store roles are plain (not async): each call is one short transaction, made from the event loop's own thread, one at a
time (docs/design/line.md). A saving call that is done twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ParamSpec, Protocol, TypeVar

from monitor.model import (
    Archived,
    AuditLine,
    Candidate,
    Decision,
    Entry,
    Feed,
    FeedState,
    Find,
    Finding,
    Habits,
    Happened,
    Invitation,
    Judged,
    Letter,
    Look,
    LookBack,
    Mailing,
    Person,
    Placement,
    Regrouping,
    Result,
    ReviewItem,
    Revisit,
    Run,
    Session,
    Silence,
    Sought,
    Split,
    State,
    Stored,
    Validators,
    Version,
    Visit,
    Watchlist,
    WatchlistChange,
    Window,
)

P = ParamSpec("P")
T = TypeVar("T")


class Purpose(StrEnum):
    """What a request is for: sets its limits and its Accept header."""

    FEED = "feed"
    PAGE = "page"
    ROBOTS = "robots"
    PING = "ping"  # any 2xx will do, and nothing is read


@dataclass(frozen=True, slots=True)
class Response:
    """What a request brought. `url` after redirects; header names in lower case; `body` decoded (gzip, deflate).

    `moved_to`: how far permanent redirects alone led from the address asked for; empty: nowhere.
    """

    url: str
    status: int  # 200 or 304; everything else is a FetchError
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    validators: Validators = Validators()  # of `url`
    moved_to: str = ""

    @property
    def unchanged(self) -> bool:
        return self.status == 304

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


class Fetcher(Protocol):
    async def get(self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "") -> Response:
        """One GET, bounded in time and size. Raises FetchError for anything but a 200 or a 304.

        The validators are shown to the one address that gave them, whether it is asked first or redirected to.
        """


class Workshop(Protocol):
    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure stage where it can be killed.

        Raises StageFailed when it was, or when it raised; WorkshopLost when no stage can be run any more.
        """


class Feeds(Protocol):
    def bring_in(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the stored feeds those of feeds.yaml, by id; feeds gone from it rest and keep what we know of them."""

    def claim_due(
        self, now: datetime, until: datetime, *, only: Collection[str] = (), every: bool = False
    ) -> Sequence[FeedState]:
        """Feeds that are due (with `every`: due or not), never paused ones, and nobody else's before `until`.

        With `only`: just these ids, due or not.
        """

    def save_visit(self, visit: Visit) -> int:
        """Store a visit whole: entries, validators, state, next visit. Returns how many entries go down the line.

        Those are the ones not known yet, and known ones whose words in the feed changed (an edited article), each of
        them once in six hours at most: some feeds count clicks in their summaries.
        """

    def states(self) -> Sequence[FeedState]:
        """All feeds of feeds.yaml, paused ones too, in the order of their ids."""


class Entries(Protocol):
    def waiting(self, now: datetime) -> Mapping[int, int]:
        """Feed number -> how many of its entries are pending, due, and nobody's."""

    def claim(self, feed: int, now: datetime, until: datetime, limit: int) -> Sequence[Entry]:
        """Pending entries of a feed that are due, newest first, and nobody else's before `until`."""

    def save_result(self, result: Result) -> Result:
        """Store how a trip ended: article, hits, fingerprint, outcome. Returns it as it was stored.

        An article whose key is known is not stored again: the entry ends as DUPLICATE, unless it is this entry's own
        article, or the stored text was the feed's and this is the page's (then it becomes the next version).
        """

    def knows_article(self, key: str, besides: int | None = None, title: str = "") -> bool:
        """Whether the page of this article key has been had already, as another article than `besides`.

        With `title`: and bears it.
        """

    def habits(self, outlet: str, since: datetime) -> Habits:
        """What the outlet's entries and articles first seen since then have in common."""

    def retry(self, entries: Collection[int] = ()) -> int:
        """Make entries pending again whose page was given up (none named: all of them). Returns how many.

        Raises NotFound, and changes nothing, when one that is named was not given up.
        """

    def release(self) -> int:
        """Give back all claims, also on revisits. Only for the holder of the one run lock. Returns how many."""


class Revisits(Protocol):
    """Articles whose pages were had are asked for again, four times in a week, whoever is named in them.

    `Entries.save_result` plans them, with the validators of the page.
    """

    def claim(
        self, now: datetime, until: datetime, at_most: int, room: Mapping[int, int], *, matched: bool = False
    ) -> Sequence[Revisit]:
        """Those that are due, and nobody else's before `until`.

        Of more than `at_most` a sample is drawn that does not depend on the list; the others wait for their next time,
        and so do articles of feeds without `room` (feed number -> how many pages it may give now), and, with `matched`,
        those that name nobody. What goes beyond the room of its feed stays due.
        """

    def save(self, look: Look) -> None:
        """Store what a look came to: a new version, that the old one still stands, or that the article is gone.

        Gone it is when it was missing on the look before, too.
        """


class Stories(Protocol):
    def gathering(self) -> AbstractContextManager[None]:
        """While articles are stored: nobody files meanwhile, so that stories do not depend on who was quicker."""

    def filing(self) -> AbstractContextManager[None]:
        """The one who files: waits until nobody else does, and nobody gathers."""

    def unsorted(self) -> Sequence[Candidate]:
        """Articles to be filed, the earliest published first: whoever copied comes after.

        They have a hit that alerts or is possible and that no item has taken in yet, or changed or went since they
        were put into their story (then `Candidate.story` is set).
        """

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        """A filed article as its item has taken it in, and as the candidate is."""

    def alike(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = 6, tellings: int = 12
    ) -> Sequence[Candidate]:
        """Filed articles that it may be a copy of, or tell the same as, in the order in which they were filed.

        Seen after `since`: as many `copies` as share most of its text; and filed after `lately`: as many `tellings` as
        share most of its names and words, and as many that name most of its watched entities.
        """

    def item_of(self, story: int) -> ReviewItem | None:
        """The review item of a story, as it is now."""

    def file(
        self,
        article: Candidate,
        placement: Placement,
        item: ReviewItem | None,
        now: datetime,
        *,
        was: int = 0,
        findings: Sequence[Finding] = (),
    ) -> ReviewItem:
        """Put an article into its story and move its item, in one transaction. Returns the item with the article in it.

        `item` None: story and item are new (version 1, open). Else `item` is the story's item as `review.joined` left
        it (state, version, reopened, reopened_at), and `was` the version it had: raises StaleDecision when it moved
        meanwhile. `findings`: what of the article's changes people must see.
        """


class Reviews(Protocol):
    def get(self, item: int, *, merged: bool = False) -> ReviewItem:
        """Raises NotFound; also for one that was merged into another, unless `merged`."""

    def listing(self, states: Collection[State] = (), limit: int = 200) -> Sequence[ReviewItem]:
        """Items in these states (none given: open and follow-up), clear before possible, newest first."""

    def save(self, item: ReviewItem, *, was: int, decision: Decision | None = None) -> ReviewItem:
        """Store an item that was at version `was`, and the decision that moved it.

        Raises StaleDecision, with the item as it is now, when it is at another version. Returns it as stored.
        """

    def save_many(self, moves: Sequence[tuple[ReviewItem, int]]) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Store items that were at these versions, each with the last line of its history, in one transaction.

        Returns them as stored, and as they are now those that had moved meanwhile: they are left alone.
        """

    def last_decision(self, by: str = "") -> Decision | None:
        """The newest decision (of this person, when named) that is no undo and was not undone."""

    def batch(self, batch: str) -> Sequence[Decision]:
        """The decisions of one step that were not undone."""

    def judged(self) -> Sequence[Judged]:
        """What the decisions that stand say of the names in their stories: each form and outlet of a story once."""

    def regroup(
        self, after: Sequence[ReviewItem], was: Mapping[int, int], moved: Regrouping, now: datetime
    ) -> ReviewItem:
        """Move articles between items, and store what `review` made of the items, in one transaction.

        Returns the item that has the articles now. Raises StaleDecision when an item is not at the version it `was`.
        """

    def holder(self, item: int) -> int:
        """The item that this one is part of by now; itself, when it was merged into none."""

    def last_regrouping(self, *, by: str = "", item: int | None = None) -> Regrouping | None:
        """The newest (of this person, of this item, when named) that is no undo and was not undone."""

    def wake(self, now: datetime) -> int:
        """Open again what was put off until now (state LATER with `until` in the past). Returns how many."""

    def expire(self, now: datetime) -> int:
        """Take what waited too long out of the queue (state EXPIRED); it is kept and counted. Returns how many.

        Possible names leave after 14 days, a story that names someone clearly after 30 in which nothing happened.
        """


class Watchlists(Protocol):
    def current(self) -> Watchlist: ...

    def apply(self, change: WatchlistChange, source: str, now: datetime) -> Watchlist:
        """Store a change as a new version of the list, and where it is from; an empty change stores nothing."""

    def taken_in(self) -> str:
        """The hash of the file that the list in force was last taken in from; empty when it is from elsewhere."""

    def note_taken_in(self, file_hash: str) -> None:
        """The list in force holds all of this file."""

    def numbers(self) -> Mapping[str, int]:
        """Entity id -> its opaque number, for logs and addresses."""


class Runs(Protocol):
    def save(self, run: Run) -> Run:
        """Store a run (by id; 0 makes a new one) and return it with its id."""

    def last(self) -> Run | None:
        """The run begun last; one without an end is going, or died."""

    def first_started(self) -> datetime | None:
        """When the first run of all began."""

    def first_since_ahead(self, now: datetime) -> datetime | None:
        """When the first run began after the last one that began later than now; None: there is no such run."""

    def revisits_since(self, since: datetime) -> int:
        """How many pages the runs begun since then asked for again."""

    def any_started(self, window: Window) -> bool:
        """Whether a run began in this time."""


class Outbox(Protocol):
    """Mailings and their letters: written before anything is sent, so that a crash sends the same again."""

    def last(self) -> Window | None:
        """The window of the latest mailing."""

    def put(self, window: Window, write: Callable[[Happened], Mailing], letters: Mapping[str, str]) -> bool:
        """Store the mailing that `write` makes of a window, and a letter to each recipient, with its Message-ID.

        Nothing is filed between what it tells and its being stored: whatever comes later belongs to the next window.
        False, and nothing is stored, where the window overlaps a stored one: what happened then was mailed already.
        """

    def claim(self, now: datetime, until: datetime) -> Sequence[Letter]:
        """Letters that were neither sent nor refused, the oldest first, and nobody else's before `until`."""

    def sent(self, letter: Letter, at: datetime) -> None: ...

    def failed(self, letter: Letter, at: datetime, detail: str, *, refused: bool) -> None:
        """Note a failure; a refused letter is not tried again."""


class Archive(Protocol):
    """Stored articles, to be looked through once more."""

    def to_look_through(self) -> LookBack | None:
        """What the list gained since, and where looking for it stands; None: nothing is left."""

    def articles(self, up_to: int | None, since: datetime | None, limit: int) -> Sequence[Archived]:
        """Articles numbered up to `up_to` (None: all), first seen since then, the newest first."""

    def begin_again(self, after: int) -> None:
        """Look once more for what later versions of the list brought: articles were stored meanwhile without it."""

    def save(self, finds: Sequence[Find], now: datetime, looked: LookBack | None = None) -> None:
        """Store the hits gained, so that they await filing, and how far the look back has come, in one transaction.

        `looked.up_to` is now the highest number that is still to be looked at; 0 ends it.
        """


class Upkeep(Protocol):
    """What keeps a database well for years."""

    def drop_texts(self, before: datetime, now: datetime, limit: int) -> int:
        """Drop the texts of at most `limit` articles first seen before then that name nobody; returns how many.

        Their titles, addresses and hashes stay, and so does every article that ever had a hit, in all its versions.
        """

    def ahead(self, now: datetime) -> bool:
        """Whether something is dated later than now, as far as that shows at once."""

    def set_right(self, now: datetime) -> int:
        """Mend what a clock that ran ahead left dated in the future; returns how many rows.

        What was mailed stays mailed and what was not will be; no feed or entry waits for a day that was never to come.
        """

    def check(self) -> Sequence[str]:
        """What in the database contradicts itself, one plain sentence each, without names; see `doctor --deep`."""


class Reading(Protocol):
    """The read side: values shaped for what shows them."""

    def happened(self, window: Window) -> Happened:
        """What the database knows of a window, for the digest."""

    def silences(self, now: datetime) -> Sequence[Silence]:
        """Feeds that are read and bring nothing new for much longer than they used to."""

    def versions(self, article: int) -> Sequence[Version]:
        """All versions of an article, with the bytes that are kept and the hits found in each."""

    def counts(self) -> Mapping[str, int]:
        """Table -> rows, and outcome -> entries as 'outcome:NAME'; for doctor and tests."""


class Fingerprints(Protocol):
    """For `monitor stories`: documents filed straight from a file."""

    def add(self, candidate: Candidate, text_key: str) -> Candidate:
        """Store a bare article so that `Stories.file` can place it. Returns it with its id."""


class People(Protocol):
    """Who may use the desk, from which browsers, and what they did. Tokens come in as hashes: only those are kept."""

    def everyone(self) -> Sequence[Person]:
        """Also those who left, in the order they came."""

    def named(self, name: str) -> Person | None:
        """By name, whatever its case."""

    def save(self, person: Person) -> Person:
        """Change the person of this id. Raises NotFound."""

    def invite(self, token: str, invitation: Invitation) -> None: ...

    def invitation(self, token: str, now: datetime) -> Invitation | None:
        """What a link is good for; None when it was used, is too old, or never was."""

    def accept(self, token: str, person: Person, now: datetime) -> Person | None:
        """Use up an invitation: store the person (id 0: a new one); None when somebody was quicker.

        Raises InputError when the name is taken.
        """

    def begin_session(self, token: str, session: Session) -> None: ...

    def session(self, token: str) -> Session | None:
        """The session of somebody who has not left."""

    def seen(self, session: Session, at: datetime) -> None: ...

    def sessions(self, person: int) -> Sequence[Session]:
        """The latest first."""

    def end_sessions(self, person: int, *, only: int | None = None, besides: int | None = None) -> int: ...

    def note(self, line: AuditLine) -> None:
        """Add to the audit log; nothing ever changes or removes a line of it."""

    def audit(self, limit: int, before: int | None = None) -> Sequence[AuditLine]:
        """The latest lines first; `before` a line's id, to go on."""


class Desk(Protocol):
    """What the queue's pages ask for. `unseen`: the entities, by number, that whoever asks may not know of."""

    def sensitive(self) -> Mapping[int, str]:
        """Number -> id of every entity that is marked sensitive, removed ones too."""

    def numbers(self, sought: Sought, now: datetime, unseen: Collection[int], limit: int, skip: int = 0) -> list[int]:
        """Of the items asked for, clear before possible, newest first."""

    def items(self, numbers: Sequence[int]) -> Sequence[ReviewItem]:
        """Whole items, in this order; those that are not there are left out."""

    def splits(self, sought: Sought, now: datetime, unseen: Collection[int]) -> Mapping[Split, int]:
        """How many items each split holds of those asked for."""

    def facets(
        self, sought: Sought, now: datetime, unseen: Collection[int]
    ) -> tuple[Mapping[int, tuple[str, int]], Mapping[str, int], Mapping[str, int]]:
        """Entity number -> its name and count, outlet -> count, language -> count, of the items asked for."""

    def stored(self, articles: Collection[int]) -> Mapping[int, Stored]:
        """Article id -> its current version."""

    def runs(self, limit: int) -> Sequence[Run]:
        """The latest runs first."""
