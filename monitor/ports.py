"""Pure. The ports through which the pipeline reaches the world, one protocol a role.

These are HTTP, the sandbox, channels to people and the roles of the store. A function takes the role it uses, never the
whole store. Store methods are synchronous; each call is one short transaction. While pages are being fetched, writes
run in a separate thread, one at a time (docs/design/line.md). Saving calls are idempotent: the second call with the
same value changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from monitor.model import (
    ArticleText,
    Candidate,
    Delivery,
    DigestInput,
    Finding,
    HostState,
    Mailing,
    Message,
    MessageKind,
    Placement,
    RescanMatch,
    Result,
    ReviewItem,
    Validators,
    Version,
    Visit,
    Window,
)

MISSING_PAGE_REASONS = {  # responses for a page that was taken down
    404: Message("there is nothing at this address (404)"),
    410: Message("the server says it is gone for good (410)"),
    451: Message("withheld for legal reasons, the server says (451)"),
}

P = ParamSpec("P")
T = TypeVar("T")


class Purpose(StrEnum):
    """The purpose of a request. It decides the size and time limits and the Accept header."""

    FEED = "feed"
    PAGE = "page"
    ROBOTS = "robots"
    PING = "ping"  # any 2xx is a success; the body is not read


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a request: final `url`, lower-case header names, and the decompressed `body`.

    `moved_to`: the address that permanent redirects alone lead to; empty if the first redirect was not permanent.
    """

    url: str
    status: int  # 200 or 304; anything else raises FetchError
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    validators: Validators = Validators()  # of `url`
    moved_to: str = ""
    challenged: bool = False  # of a feed: the body is a browser challenge page
    request: str = ""  # of a page: the head that was sent for it, without what identifies us

    @property
    def is_not_modified(self) -> bool:
        """Return True for a 304: the content is the one whose validators were sent."""
        return self.status == 304

    @property
    def content_type(self) -> str:
        """Return the Content-Type header, or an empty string."""
        return self.headers.get("content-type", "")


class Hosts(Protocol):
    """The origins (`host:port`) that this process may ask, and what is remembered of them from earlier runs."""

    @property
    def until(self) -> datetime:
        """Return the time after which no request may be sent: another machine may ask these hosts then."""

    async def take(self, origin: str) -> HostState | None:
        """Take an origin, so that nobody else asks it until the end; return None if somebody does now."""


class Fetcher(Protocol):
    """An HTTP client that is polite and bounded."""

    async def get(
        self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "", own_url: str = ""
    ) -> Response:
        """Send one GET, bounded in time and size. Raises FetchError for any status but 200 and 304.

        The validators are sent only to the address that issued them, be it the requested one or a redirect target.
        `own_url`: the address in our lists that the request is made for, such as the feed's. Only its host may be
        private, and only if the settings allow it: no link, redirect or feed of others leads into a private network.
        """


class Sandbox(Protocol):
    """A place to run a pure stage where it can be killed."""

    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure stage under limits of time and memory.

        Raises StageFailed when the stage raised or was killed, SandboxLost when no stage can run any more.
        """


class SandboxWithTool(Protocol):
    """A sandbox whose processes each hold a large value, for instance the compiled watchlist."""

    async def run(self, stage: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure stage as `Sandbox.run` does, with the sandbox's tool as its first argument."""


class KnownArticles(Protocol):
    """Read access to the keys of stored articles."""

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        """Return True if an article with this key is stored and its page was read, ignoring the article `other_than`.

        With `words`, only if the stored article has the same title and text. With `plain`, only if its page was read at
        a plain address, not at a twin of it (`urls.is_twin`).
        """


class Stories(Protocol):
    """Storage of stories and of the review items made from them."""

    def awaiting_filing(self) -> Sequence[Candidate]:
        """Return the articles to file, earliest published first, so that a source precedes its copies.

        These are articles with a hit that alerts or is possible and that no item contains yet, and filed articles that
        have changed or gone since (`Candidate.story` is set for those).
        """

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        """Return two versions of a filed article: the one its item contains, and the candidate's."""

    def find_similar(
        self,
        article: Candidate,
        copies_since: datetime,
        stories_since: datetime,
        *,
        text_share: float,
        only_earlier: bool = False,
    ) -> Sequence[Candidate]:
        """Return filed articles that may be the source of a copy or tell the same event, in the order of filing.

        Searches articles published after `copies_since` for some that share about `text_share` of the text
        (fingerprints are samples: the caller decides on all of them), and articles filed after `stories_since` for some
        that share most names and words, or most watched entities. `only_earlier`: of a filed article, only those filed
        before it.
        """

    def texts(self, articles_wanted: Sequence[int]) -> Mapping[int, ArticleText]:
        """Return the titles and texts of articles in their current versions."""

    def item_of(self, story: int) -> ReviewItem | None:
        """Return the current review item of a story, without mentions, or None.

        Filing a thousand articles of a story must not read its texts and mentions a thousand times.
        """

    def file(
        self,
        article: Candidate,
        placement: Placement,
        item: ReviewItem | None,
        now: datetime,
        *,
        expected_version: int = 0,
        findings: Sequence[Finding] = (),
    ) -> int:
        """Put an article into its story and update the story's item, in one transaction; return the story.

        With `item` None, story and item are created (version 1, open). Otherwise
        `item` is the new state of the story's item (state, version, reopened, reopened_at), and `expected_version` the
        version it was computed from. `findings`: changes of the article that people must see.

        Raises StaleDecision when the item has moved on, when the placement no longer holds (the related article is in
        another story now), or when the article gained names or words after it was read.
        """

    def filed_candidate(self, article: int) -> Candidate | None:
        """Return a filed article as it is compared with others, or None."""

    def joinable(self, article: Candidate, stories: Collection[int]) -> Collection[int]:
        """Return the stories among these that an article may join when it is filed again.

        Nobody has worked on their items, and these are in the state of the article's own item.
        """

    def file_again(self, article: Candidate, placement: Placement) -> bool:
        """Move a filed article with its copies to its place, in one transaction, once.

        Return False, and change nothing, if the article was not still to be filed again, if people have worked on an
        item that this would change, or if the placement no longer holds. A new item is in the state of the old one and
        was first seen when its article was. The time of filing and the names that were alerted stay.
        """


EventListener = Callable[[Visit | Result | RescanMatch], None]  # of a run, for whoever looks on
Compose = Callable[[DigestInput], tuple[Mailing, Sequence[Delivery]] | None]  # None: nothing is to be sent
Rewrite = Callable[[DigestInput, str, MessageKind], Mailing | None]  # of an audience; None: nothing is left


class Outbox(Protocol):
    """Storage of mailings and deliveries, written before anything is sent."""

    def put(self, window: Window, compose: Compose, audience: str = "", kind: MessageKind = MessageKind.DIGEST) -> bool:
        """Compose the mailing of a window with its deliveries and store them, in one transaction.

        What is filed after that belongs to the next window. Returns False, and stores nothing, when the window overlaps
        a stored one of this audience and kind: then it was mailed already. Where `compose` returns None the window
        counts as mailed, and False is returned.
        """

    def claim(self, channel: str, now: datetime, until: datetime) -> Sequence[Delivery]:
        """Claim all due deliveries over a channel, neither sent nor refused, until `until`; return the oldest first.

        A delivery that another sender has claimed is left to it until that claim expires.
        """

    def refresh(self, delivery: Delivery) -> Delivery:
        """Return a claimed delivery as it is stored now: a purge may have composed it again meanwhile."""

    def release(self, delivery: Delivery) -> None:
        """Give a claimed delivery back untried."""

    def mark_sent(self, delivery: Delivery, at: datetime) -> None:
        """Record that a delivery was sent, and release it."""

    def mark_failed(
        self, delivery: Delivery, at: datetime, detail: str, *, refused: bool, due: datetime | None = None
    ) -> None:
        """Record a failed attempt and release the delivery; a refused one is not claimed again, others from `due`."""


class Channel(Protocol):
    """A way to recipients, such as mail. `async with` it, then send one delivery after the other."""

    @property
    def endpoint(self) -> str:
        """Return the name of the other side for operators, such as `host:port`, without secrets."""

    @property
    def contact(self) -> str:
        """Return whom readers can tell that a digest did not come, or an empty string."""

    def external_id(self, name: str) -> str:
        """Return the id that a delivery of this name has outside; always the same for the same name."""

    async def check(self) -> str:
        """Reach the other side and send nothing; return a sentence without a full stop. Raises DeliveryError."""

    async def send(self, delivery: Delivery) -> None:
        """Send `delivery.rendering`; return when the other side has accepted it. Raises DeliveryError."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
