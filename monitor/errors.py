"""Pure. The error tree: what the world does to us, with what is needed to act on it.

Each is caught in one place: `FetchError` and `StageFailed` once per visit or entry, `DeliveryError` once per mail; the
others by who called, as an exit code. What we expect to happen is a value (an `Outcome`), not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model import ReviewItem
    from monitor.ports import Response


class MonitorError(Exception):
    """Everything this program raises on purpose; `str()` of it is one line for a person."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where (1-based line and column), what is wrong, what to do."""

    file: str
    line: int
    column: int
    wrong: str
    todo: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.wrong}; {self.todo}"


class InputError(MonitorError):
    """A file, setting or argument is wrong; holds every problem found, in the order of the file."""

    exit_code = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


def install_extra(name: str) -> str:
    """Return what to do where an optional part of this program is not installed.

    By its folder and not by its name: this project is on no package index, so anybody may register its name there.
    """
    return f"in the folder of this project's source, where README.md is, run: pip install '.[{name}]'"


class FetchReason(StrEnum):
    """Why a request failed, as far as it can be told from here."""

    UNREACHABLE = "unreachable"  # no address, no connection, connection lost
    TIMEOUT = "timeout"
    TLS = "tls"
    REFUSED = "refused"  # 401, 403, 451, a challenge page
    ROBOTS = "robots"  # the site's robots.txt asks programs to stay away from this page
    THROTTLED = "throttled"  # 429, 503 with Retry-After
    GONE = "gone"  # 410
    NOT_FOUND = "not_found"  # 404 and other 4xx
    SERVER = "server"  # 5xx
    TOO_LARGE = "too_large"
    FORBIDDEN_ADDRESS = "forbidden_address"  # private, loopback, not http(s): we refuse, not they
    REDIRECTS = "redirects"  # too many, or in a circle
    BAD_RESPONSE = "bad_response"  # not HTTP, broken compression, cut short

    @property
    def passing(self) -> bool:
        """Whether trying again later may help."""
        return self not in {
            FetchReason.GONE,
            FetchReason.NOT_FOUND,
            FetchReason.TOO_LARGE,
            FetchReason.FORBIDDEN_ADDRESS,
            FetchReason.ROBOTS,
        }


class FetchError(MonitorError):
    """A request for `url`, as it was asked for, did not bring what it was to bring.

    `asked` is False when none went out, since the server is left alone for now: no feed is to blame, no try is used.
    `answer`: what came instead of a page that was taken down.
    """

    def __init__(
        self,
        reason: FetchReason,
        detail: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
        *,
        asked: bool = True,
    ) -> None:
        self.reason = reason
        self.url = ""
        self.answer: Response | None = None
        self.status, self.retry_after, self.asked = status, retry_after, asked
        self.detail = detail or reason.value  # a Sentence, where it is to be said in other languages
        super().__init__(self.detail)


class StageFailed(MonitorError):
    """A pure stage ran out of time or memory, or raised; the input is to blame until shown otherwise.

    `place`: the lines of code where it raised, without any value.
    """

    def __init__(self, stage: str, detail: str, place: str = "") -> None:
        self.place = place
        super().__init__(f"{stage}: {detail}")


class SandboxLost(MonitorError):
    """There is nowhere to run a stage any more: no input is to blame, and the run cannot go on."""

    exit_code = 75


class DeliveryError(MonitorError):
    """A mail could not be handed to the mail server. `passing`: whether trying again later may help."""

    def __init__(self, detail: str, *, passing: bool = True) -> None:
        self.passing = passing
        super().__init__(detail)


class NotFound(MonitorError):
    """No such item, entity or feed."""

    exit_code = 2


class StaleDecision(MonitorError):
    """The item moved since it was shown; carries it as it is now, with the other's decision in its history."""

    exit_code = 2

    def __init__(self, now: ReviewItem) -> None:
        self.now = now
        super().__init__(f"item {now.id} is at version {now.version} now, and not at the one you name")


class StoreError(MonitorError):
    """The database cannot be used now."""

    def __init__(self, detail: str, exit_code: int = 75) -> None:
        self.exit_code = exit_code  # 2: its address is wrong; 74: disk error; 75: try again later
        super().__init__(detail)


class ChangedMeanwhile(StoreError):
    """Somebody else changed the same thing just now: look again, and try again."""
