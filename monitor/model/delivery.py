"""Pure. What is published: recipients, renderings, mailings, and their deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from urllib.parse import urlsplit

from monitor.model.digest import AlertedName, Window


class MessageKind(StrEnum):
    """The kind of a message. It is stored with each mailing: it never changes."""

    DIGEST = "digest"
    ALERT = "alert"
    REPORT = "report"
    TEST = "test"  # never stored


@dataclass(frozen=True, slots=True)
class Rendering:
    """A message's subject and its two bodies."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Mailing:
    """The rendered message of a window. Every retry sends the same bytes; windows of an audience never overlap."""

    window: Window
    date: datetime
    rendering: Rendering = Rendering()
    alerted: tuple[AlertedName, ...] = ()  # of an alert


CLOSED_ID = "closed/"  # no id of `watchlist.yaml` holds a slash


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the news that a recipient receives. An empty tuple stands for everything.

    Where `names` (ids) are given, no other name is shown. Both watches give out the same ids: that of a closed name
    begins with `CLOSED_ID`.
    """

    names: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        return bool(self.names or self.outlets or self.countries)

    def in_closed_watch(self) -> Scope:
        """Return the scope with the ids of closed names as the closed watch has them."""
        return replace(self, names=tuple(name.removeprefix(CLOSED_ID) for name in self.names))


class FollowUps(StrEnum):
    """The kinds of later news of a story that also make an alert; the digest has them in any case."""

    ALL = "all"  # also an edit that added a name, again for the names that the article held before
    CHANGES = "changes"  # reports; an article changed, is gone, or no longer names somebody
    NONE = "none"  # only the report of an outlet that was not told yet about the name in this story


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """The rules of alerts to one recipient. During `quiet`, which may span midnight, nothing is sent.

    `urgent`: names that are marked so are told; `names`: these ids, marked or not.
    """

    follow_ups: FollowUps = FollowUps.CHANGES
    quiet: tuple[time, time] | None = None
    most_a_day: int = 20  # alerts for one outlet
    pause: timedelta = timedelta(minutes=10)  # before the second alert for an outlet and a name in an hour, and changes
    urgent: bool = True
    names: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of messages: every day at a time, on a weekday (Monday is 0), or on the first day of a month."""

    at: time
    weekday: int | None = None
    monthly: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address of a channel, and what goes there when.

    `audience` names whose windows tile: all addresses of the settings share one, each line of recipients.yaml has its
    own. Times without a schedule are those of the settings. Who is `cleared` also gets messages of the closed watch.
    """

    channel: str
    address: str
    cleared: bool = False
    name: str = ""
    language: str = ""  # of the settings, if empty
    scope: Scope = Scope()
    digest: Schedule | None = None
    alerts: AlertPolicy | None = None
    report: Schedule | None = None
    shows_names: bool = True
    names_in_subject: bool = False  # of open names, in mail that is not encrypted: a subject never is
    certificate: str = field(default="", repr=False)  # OpenPGP, ASCII-armored
    audience: str = ""

    @property
    def label(self) -> str:
        return self.name or self.address

    @property
    def public_label(self) -> str:
        """Return the label for logs and for the mail of cron: the path of a webhook often is its secret."""
        return self.name or public_address(self.address)

    @property
    def limits(self) -> str:
        """Return a hash of what is kept from the recipient, "" if nothing is; "+subject" where subjects hold names."""
        in_subject = "+subject" if self.names_in_subject else ""
        if self.shows_names and not self.scope.is_filtered:
            return in_subject
        scope = [sorted(part) for part in (self.scope.names, self.scope.outlets, self.scope.countries)]
        return blake2b(repr((scope, self.shows_names)).encode(), digest_size=8).hexdigest() + in_subject

    def may_get(self, written_limits: str) -> bool:
        """Return True if what was written under these limits keeps the present ones."""
        written, _, written_subject = written_limits.partition("+")
        limits, _, subject = self.limits.partition("+")
        return limits in {"", written} and (not written_subject or bool(subject))


def public_address(address: str) -> str:
    """Return an address without its path."""
    return urlsplit(address).netloc or address


@dataclass(frozen=True, slots=True)
class RecipientList:
    """The recipients of recipients.yaml, the problems of the lines that are left out, and the text of these lines."""

    recipients: tuple[Recipient, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one recipient over one channel.

    `external_id`, such as a Message-ID, never changes: whoever receives a message twice can see that it is the same.
    The channel encrypts to `certificate`, if any. `scope`: the `Recipient.limits` by which it was composed.
    `encrypted`: it was composed for somebody with a certificate, and goes to nobody without one.
    """

    channel: str
    recipient: str
    external_id: str
    date: datetime
    rendering: Rendering
    tries: int = 0
    kind: MessageKind = MessageKind.DIGEST
    certificate: str = field(default="", repr=False)
    scope: str = ""
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """The state of a stored delivery, without its words."""

    id: int
    kind: MessageKind
    channel: str
    recipient: str
    written: datetime
    tries: int
    sent: datetime | None
    refused: datetime | None
    due: datetime | None  # the time of the next try
    detail: str

    @property
    def is_delayed(self) -> bool:
        """Return True if a try has failed and another one follows."""
        return bool(self.tries and self.detail and not self.sent and not self.refused)


class ReachState(StrEnum):
    """What keeps messages from a recipient, the worst first."""

    LEFT_OUT = "left-out"  # the line of recipients.yaml is wrong, or gone
    WRONG_SETTING = "wrong-setting"  # no channel can be made of what is set
    REFUSED = "refused"
    UNSET = "unset"  # no setting says how messages go out by the channel
    DELAYED = "delayed"
    QUIET = "quiet"
    REACHED = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether messages reach a recipient. `at`: since when they do not, or until when alerts wait."""

    state: ReachState
    at: datetime | None = None

    @property
    def is_blocked(self) -> bool:
        """Return True if no message arrives before somebody mends something."""
        return self.state not in {ReachState.DELAYED, ReachState.QUIET, ReachState.REACHED}
