"""Pure. The ports through which the pipeline reaches the world, one protocol a role.

These are HTTP, the sandbox and channels to people. The roles of the store are classes of `monitor.store`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, Self, TypeVar

from monitor.model import (
    ArticleText,
    Delivery,
    DigestInput,
    HostState,
    Mailing,
    Message,
    MessageKind,
    RescanMatch,
    Result,
    ReviewItem,
    Validators,
    Visit,
    WithdrawnHit,
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


EventListener = Callable[[Visit | Result | RescanMatch], None]  # of a run, for whoever looks on
Compose = Callable[[DigestInput], tuple[Mailing, Sequence[Delivery]] | None]  # None: nothing is to be sent
Restate = Callable[[ReviewItem], ReviewItem]  # the item that has lost names, in the state that it has without them
Rewrite = Callable[[DigestInput, str, MessageKind], Mailing | None]  # of an audience; None: nothing is left


class Remaking(NamedTuple):
    """How waiting mailings and items are made again without a name that is removed."""

    rewrite: Rewrite
    restate: Restate


class Withdrawal(NamedTuple):
    """Hits that leave the items which nobody has judged since a time (None: ever)."""

    hits: Sequence[WithdrawnHit]
    since: datetime | None
    restate: Restate


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
