"""Pure. The error tree: expected failures of the outside world, with the data needed to act on them.

Each is caught in one place: FetchError and StageFailed once per visit or entry, DeliveryError once per delivery,
the others by the command, which turns them into an exit code. Expected results are values (an `Outcome`), not errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

# The exit codes of all commands; the last two are EX_IOERR and EX_TEMPFAIL of sysexits.h.
USAGE_ERROR, NOTHING_FETCHED, DISK_ERROR, TRY_AGAIN = 2, 4, 74, 75

E = TypeVar("E", bound=Exception)


def first_error(group: BaseExceptionGroup[E]) -> E:
    """Return the first error of a group; nested task groups raise nested groups."""
    first = group.exceptions[0]
    return first_error(first) if isinstance(first, BaseExceptionGroup) else first


class MonitorError(Exception):
    """Base class of the errors that this program raises on purpose. `str()` gives one line for a person."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a file: its place (1-based line and column), what is wrong, what to do."""

    file: str
    line: int
    column: int
    wrong: str
    todo: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.wrong}; {self.todo}"


class InputError(MonitorError):
    """An invalid file, setting or argument, with every problem found, in the order of the file."""

    exit_code = USAGE_ERROR

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


def install_extra(name: str) -> str:
    """Return the instruction for installing an optional part of this program.

    It names the source folder instead of a package: the project is on no package index, so anybody could register its
    name there.
    """
    return f"in the folder of this project's source, where README.md is, run: pip install '.[{name}]'"


class FetchReason(StrEnum):
    """The reason that a request failed."""

    UNREACHABLE = "unreachable"  # no address, no connection, connection lost
    TIMEOUT = "timeout"
    TLS = "tls"
    REFUSED = "refused"  # 401, 403, 451, a challenge page
    ROBOTS = "robots"  # disallowed by the site's robots.txt
    THROTTLED = "throttled"  # 429, 503 with Retry-After
    GONE = "gone"  # 410
    NOT_FOUND = "not_found"  # 404 and other 4xx
    SERVER = "server"  # 5xx
    TOO_LARGE = "too_large"
    FORBIDDEN_ADDRESS = "forbidden_address"  # private, loopback, not http(s): refused by us, not by the server
    REDIRECTS = "redirects"  # too many, or a loop
    BAD_RESPONSE = "bad_response"  # not HTTP, broken compression, truncated

    @property
    def is_temporary(self) -> bool:
        """Return True if a later try may succeed."""
        return self not in {
            FetchReason.GONE,
            FetchReason.NOT_FOUND,
            FetchReason.TOO_LARGE,
            FetchReason.FORBIDDEN_ADDRESS,
            FetchReason.ROBOTS,
        }


class FetchError(MonitorError):
    """A request that failed. `url` is the address as requested, set by the fetcher.

    `request_sent` False: the rate limit or circuit breaker held the request back, so it counts neither as a failure of
    the feed nor as a try. `answer`: the response that replaced a removed page. `held_origin`: the `host:port` that
    another machine asks now.
    """

    def __init__(
        self,
        reason: FetchReason,
        detail: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
        *,
        request_sent: bool = True,
        held_origin: str = "",
    ) -> None:
        self.reason = reason
        self.held_origin = held_origin
        # Set by the fetcher, which knows the requested address.
        self.url = ""
        self.answer: object | None = None  # a `Response` of the ports
        self.status, self.retry_after, self.request_sent = status, retry_after, request_sent
        self.detail = detail or reason.value  # a Message if it is to be translated
        super().__init__(self.detail)


class StageFailed(MonitorError):
    """A pure stage that ran out of time or memory, or raised. The input is suspected, not the program.

    `place`: the code lines of the traceback, without values, since these may hold names.
    """

    def __init__(self, stage: str, detail: str, place: str = "") -> None:
        self.place = place
        super().__init__(f"{stage}: {detail}")


class SandboxLost(MonitorError):
    """The sandbox cannot run any stage. No input is to blame; the run cannot continue."""

    exit_code = TRY_AGAIN


class DeliveryError(MonitorError):
    """A delivery that the other side did not accept. `is_temporary`: a later try may succeed.

    `code`: what was refused, if anybody asks for it.
    """

    def __init__(self, detail: str, *, is_temporary: bool = True, code: str = "") -> None:
        self.is_temporary, self.code = is_temporary, code
        super().__init__(detail)


class ChannelBug(DeliveryError):
    """An error in a channel itself. A later try may succeed."""

    def __init__(self, bug: Exception) -> None:
        self.bug = bug
        # Without its message, which may quote a text.
        super().__init__(f"an error in monitor itself ({type(bug).__name__}); please report it")


class NotFound(MonitorError):
    """A reference to an item, entity or feed that does not exist."""

    exit_code = USAGE_ERROR


class ClaimLost(MonitorError):
    """A result whose row another run or machine has claimed since. That one stores its own; this one is dropped."""

    def __init__(self, kind: str, number: int) -> None:
        super().__init__(f"{kind} {number}: another run has claimed it since; its result is not stored")


class StoreError(MonitorError):
    """A database that cannot be used now."""

    def __init__(self, detail: str, exit_code: int = TRY_AGAIN) -> None:
        # As in sysexits.h: 74 is a disk error (EX_IOERR), 75 try again later (EX_TEMPFAIL); 2: its address is wrong.
        self.exit_code = exit_code
        super().__init__(detail)


class EditConflict(MonitorError):
    """An edit of the watchlist whose fields somebody else changed meanwhile; nothing was saved.

    `conflicts` are `FieldConflict`s of `config.watchlist.merge`.
    """

    exit_code = TRY_AGAIN

    def __init__(self, conflicts: Sequence[Any]) -> None:
        self.conflicts = conflicts
        fields = "; ".join(sorted({f"{conflict.entity}: {conflict.field}" for conflict in conflicts}))
        super().__init__(f"somebody else changed this meanwhile ({fields}); nothing was saved: look at it again")


class ChangedMeanwhile(StoreError):
    """A write that lost a race with another user's change. The caller should read again and retry."""
