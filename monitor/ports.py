"""Pure. What the line asks of the world, by role. A function asks for the role it uses, not for everything.

Store roles are plain (not async): each call is one short transaction. While pages are fetched, what writes is called
from a thread of its own, one call at a time (docs/design/line.md). A saving call that is done twice changes nothing
the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from monitor.model import Candidate, Finding, Message, Placement, RecheckResult, Result, ReviewItem, Validators, Version

GONE = {  # what a server answers for a page that was taken down
    404: Message("there is nothing at this address (404)"),
    410: Message("the server says it is gone for good (410)"),
    451: Message("withheld for legal reasons, the server says (451)"),
}

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
    status: int  # 200 or 304; everything else is a FetchError, which may hold it
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    validators: Validators = Validators()  # of `url`
    moved_to: str = ""
    challenged: bool = False  # of a feed: the body is a page that wants to see a browser first

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


class Sandbox(Protocol):
    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure stage where it can be killed.

        Raises StageFailed when it was, or when it raised; WorkshopLost when no stage can be run any more.
        """


class EquippedWorkshop(Protocol):
    async def run(self, stage: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure stage as a Workshop does, with the tool that this workshop was given as its first argument."""


class KnownArticles(Protocol):
    def knows_article(self, key: str, besides: int | None = None, title: str = "") -> bool:
        """Whether the page of this article key has been had already, as another article than `besides`.

        With `title`: and bears it.
        """


class Entries(KnownArticles, Protocol):
    def save_result(self, result: Result) -> Result:
        """Store how a trip ended: article, hits, fingerprint (where there are hits), outcome. Returns it as stored.

        An article whose key is known is not stored again: the entry ends as DUPLICATE, unless it is this entry's own
        article, or the stored text was the feed's and this is the page's (then it becomes the next version).
        """


class Revisits(Protocol):
    """Articles whose pages were had are asked for again, four times in a week, whoever is named in them.

    `Entries.save_result` plans them, with the validators of the page.
    """

    def save(self, look: RecheckResult) -> None:
        """Store what a look came to: a new version, that the old one still stands, or that the article is gone.

        Gone it is when it was missing on the look before, too.
        """


class Stories(Protocol):
    def awaiting_filing(self) -> Sequence[Candidate]:
        """Articles to be filed, the earliest published first: whoever copied comes after.

        They have a hit that alerts or is possible and that no item has taken in yet, or changed or went since they
        were put into their story (then `Candidate.story` is set).
        """

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        """A filed article as its item has taken it in, and as the candidate is."""

    def find_similar(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = 6, tellings: int = 12
    ) -> Sequence[Candidate]:
        """Filed articles that it may be a copy of, or tell the same as, in the order in which they were filed.

        Seen after `since`: as many `copies` as share most of its text; and filed after `lately`: as many `tellings` as
        share most of its names and words, and as many that name most of its watched entities.
        """

    def item_of(self, story: int) -> ReviewItem | None:
        """Return the review item of a story, as it is now, with one mention of each name in an article.

        Without their sentences: filing a thousand articles of one story must not read their texts a thousand times.
        """

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
        """Put an article into its story and move its item, in one transaction. Returns the item with the article in it,
        as `item_of` would.

        `item` None: story and item are new (version 1, open). Else `item` is the story's item as `review.joined` left
        it (state, version, reopened, reopened_at), and `was` the version it had: raises StaleDecision when it moved
        meanwhile, or what ties the article to it was put elsewhere, or the article awaits filing with other names or
        words than it was read with. `findings`: what of the article's changes people must see.
        """
