"""Pure. The health of a feed in plain words, with advice: for the list of feeds, `doctor` and the digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import is_within
from monitor.model import Code, FeedRecord, FeedStatus, Message, Silence, arguments_of, code_of
from monitor.model.message import _

_DAY = timedelta(days=1)
OVERFLOW_SHOWN = _DAY  # after the last overflow
_LEAST_GAP = timedelta(minutes=10)  # between two readings: cron keeps no closer time

# Readers must not take the problems for a list of blocked outlets: our own server may be the cause.
CAVEAT = _("This alone does not show that it is blocked in the country.")


@dataclass(frozen=True, slots=True)
class StatusText:
    """The description of a status and the advice for it.

    `summary` is a predicate whose subject is the outlet's name. `todo` holds whole sentences; empty: nothing to do.
    """

    summary: str
    todo: tuple[str, ...] = ()


_ASK_ELSEWHERE = _("Open it in a browser here and in the country; a proxy may reach it from elsewhere.")
_NEW_ADDRESS = _("Look for its new address on the outlet's site.")

STATUS_TEXTS: Mapping[FeedStatus, StatusText] = {
    FeedStatus.NEW: StatusText(_("was not read yet")),
    FeedStatus.OK: StatusText(_("is read")),
    FeedStatus.UNCHANGED: StatusText(_("is read and has not changed since the visit before")),
    FeedStatus.EMPTY: StatusText(_("has an empty feed"), (_("Check whether its site has news."), _NEW_ADDRESS)),
    FeedStatus.UNDATED: StatusText(
        _("gives no dates that can be read"), (_("Nothing: articles are dated by when they came."),)
    ),
    FeedStatus.OVERFLOWING: StatusText(
        _("brings more between two visits than its feed holds: items may be lost"),
        (_("It is asked more often now; if it stays so, let cron run `monitor ingest` more often."),),
    ),
    FeedStatus.SILENT: StatusText(
        _("has brought nothing new"),
        (_("Check its site: if there is news, the feed has stopped updating."), _NEW_ADDRESS),
    ),
    FeedStatus.REFUSED: StatusText(_("refuses our server"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.THROTTLED: StatusText(
        _("says that we ask too often"),
        (_("Nothing; if it stays so, read it less often."),),
    ),
    FeedStatus.HTML: StatusText(_("shows a web page instead of its feed"), (_("Open it in a browser."), _NEW_ADDRESS)),
    FeedStatus.UNPARSABLE: StatusText(
        _("sends what cannot be read as a feed"), (_("If it stays so, tell the outlet."),)
    ),
    FeedStatus.GONE: StatusText(_("has given up this feed"), (_NEW_ADDRESS, _("Until then it is asked once a week."))),
    FeedStatus.NOT_FOUND: StatusText(_("has no feed at this address"), (_NEW_ADDRESS,)),
    FeedStatus.UNREACHABLE: StatusText(_("cannot be read"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.TLS: StatusText(_("makes no secure connection"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.TOO_LARGE: StatusText(
        _("sends more than is read of a feed"), (_("Look for a smaller feed of it, as of a section."),)
    ),
    FeedStatus.FORBIDDEN_ADDRESS: StatusText(
        _("leads to an address that is not fetched"),
        (_("Correct its address; only a server of your own may be listed in MONITOR_ALLOW_HOSTS."),),
    ),
}
WITHHELD = StatusText(
    _("is not allowed to show us its feed"),
    (CAVEAT, _("Note when it began: it may be an order."), _ASK_ELSEWHERE),
)
PROXY = StatusText(
    _("cannot be read"), (_("Start the proxy that feeds.yaml or MONITOR_PROXY names, or name another."),)
)


def describe_status(state: FeedRecord, status: FeedStatus) -> StatusText:
    """Return the description of a feed's status, with special cases for a dead proxy and for a legal block."""
    if status is FeedStatus.UNREACHABLE and code_of(state.detail) == Code.PROXY_IS_DEAD:  # not the outlet's fault
        return PROXY
    is_legal_block = status is FeedStatus.REFUSED and http_status(state.detail) == "451"  # RFC 7725
    return WITHHELD if is_legal_block else STATUS_TEXTS[status]


def http_status(detail: str) -> str:
    """Return the HTTP status of a server's answer, which stands beside its meaning; "" if there was no answer."""
    match arguments_of(detail):
        case (Message(), status):
            return status
    return ""


# ---- health over several visits


@dataclass(frozen=True, slots=True)
class Health:
    """A feed's health: its status, since when, and what to do.

    `gap`: of a silent feed, the usual time between days with news, in whole days.
    """

    state: FeedRecord
    status: FeedStatus
    since: datetime | None
    summary: str
    todo: tuple[str, ...]
    gap: timedelta | None = None

    @property
    def needs_attention(self) -> bool:
        """Return True if there is advice or a problem to show."""
        return bool(self.todo or self.state.detail)

    @property
    def text_with_advice(self) -> str:
        """Return what is wrong and what to do, without the outlet's name."""
        tries, detail = self.state.failures, self.state.detail.rstrip(".")
        often = f", {tries:,} {'try' if tries == 1 else 'tries'}" if tries else ""
        return f"{self.summary}{often}{': ' if detail else ''}{detail}. {' '.join(self.todo)}".rstrip()


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """Feeds with the same problem, and the advice they share."""

    status: FeedStatus
    text: StatusText
    feeds: tuple[Health, ...]

    @property
    def is_minor(self) -> bool:
        """Return True if there is nothing to do about it."""
        return not self.text.todo or self.status is FeedStatus.UNDATED


def group_troubles(feeds: Iterable[Health]) -> list[FeedTrouble]:
    """Group the feeds that need attention by problem: those with advice first, then by number of feeds."""
    groups: dict[tuple[FeedStatus, StatusText], list[Health]] = {}
    for health in feeds:
        if health.needs_attention and not health.state.feed.paused:
            # The text is part of the key: a dead proxy has other advice than other unreachable feeds.
            key = (health.status, describe_status(health.state, health.status))
            groups.setdefault(key, []).append(health)
    grouped = [FeedTrouble(status, text, tuple(members)) for (status, text), members in groups.items()]
    return sorted(grouped, key=lambda trouble: (trouble.is_minor, -len(trouble.feeds)))


def assess_feed(
    state: FeedRecord, silence: Silence | None, now: datetime, overflow_shown: timedelta = OVERFLOW_SHOWN
) -> Health:
    """Return a feed's health. A failed visit comes first; then entries lost lately, silence, missing dates."""
    status, since, memory = state.status, state.status_since, state.memory
    if status.is_healthy and status is not FeedStatus.EMPTY:
        if is_within(overflow_shown, memory.overflow_last, now):
            status, since = FeedStatus.OVERFLOWING, memory.overflow_first
        elif silence:
            status, since = FeedStatus.SILENT, silence.last
        elif memory.undated:
            status, since = FeedStatus.UNDATED, memory.undated
    text, moved = describe_status(state, status), state.moved_to
    gap = timedelta(days=round(silence.gap / _DAY)) if silence and status is FeedStatus.SILENT else None
    summary = f"has brought {silence_text(silence, now)}" if silence and gap else text.summary
    new_address = (Message("It has moved to {}: enter the new address.", moved),) if moved else ()
    return Health(state, status, since, summary, text.todo + new_address, gap)


def is_overdue(state: FeedRecord, now: datetime) -> bool:
    """Return True if the next reading of a feed is late by more than twice the time between two readings."""
    if not state.next_due or not state.last_visit or state.feed.paused:
        return False
    return now - state.next_due > 2 * max(state.next_due - state.last_visit, _LEAST_GAP)


def most_overdue_since(states: Iterable[FeedRecord], now: datetime) -> datetime | None:
    """Return since when most feeds should have been read; None if most are not overdue."""
    watched = [state for state in states if not state.feed.paused]
    overdue = [state.next_due for state in watched if state.next_due and is_overdue(state, now)]
    return max(overdue) if 2 * len(overdue) > len(watched) else None


def _in_english(singular: str, plural: str, number: int) -> str:
    return (singular if number == 1 else plural) % {"num": f"{number:,}"}


def silence_text(silence: Silence, now: datetime, count: Callable[[str, str, int], str] = _in_english) -> str:
    """Return how long a feed has been silent, in words.

    `count` translates: it takes the phrase for one day, the phrase for several, and the number.
    """
    since, gap = round((now - silence.last) / _DAY), round(silence.gap / _DAY)
    quiet = count("nothing new for %(num)s day", "nothing new for %(num)s days", since)
    usually = count("(usual gap: %(num)s day)", "(usual gap: %(num)s days)", gap)
    return f"{quiet} {usually}"
