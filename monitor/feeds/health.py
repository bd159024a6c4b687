"""Pure. How a feed is, in plain words, and what to do about it: for the list of feeds, `doctor` and the digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FeedRecord, FeedStatus, Message, Silence
from monitor.model.message import _

SIGNS_OF_LIFE = 4  # days
OVERFLOW_SHOWN = timedelta(days=1)  # and then no more, unless it does again


# A list of troubles must not be read as a list of blocked outlets: each may be our server's own affair.
CAVEAT = _("This alone does not show that it is blocked in the country.")


@dataclass(frozen=True, slots=True)
class Words:
    """`says` goes on after the outlet's name; `todo` is whole sentences, none where there is nothing to do."""

    says: str
    todo: tuple[str, ...] = ()


_ASK_ELSEWHERE = _(
    "Open it in a browser here and in the country; a `proxy:` in feeds.yaml may reach it from elsewhere."
)
_NEW_ADDRESS = _("Look for its new address on the outlet's site and enter it in feeds.yaml.")

WORDS: Mapping[FeedStatus, Words] = {
    FeedStatus.NEW: Words(_("was not read yet")),
    FeedStatus.OK: Words(_("is read")),
    FeedStatus.UNCHANGED: Words(_("is read and has not changed since the visit before")),
    FeedStatus.EMPTY: Words(_("has an empty feed"), (_("Look whether its site has news."), _NEW_ADDRESS)),
    FeedStatus.UNDATED: Words(
        _("gives no dates that can be read"), (_("Nothing: articles are dated by when they came."),)
    ),
    FeedStatus.OVERFLOWING: Words(
        _("brings more between two visits than its feed holds: items may be lost"),
        (_("It is asked more often now; if it stays so, let cron run `monitor ingest` more often."),),
    ),
    FeedStatus.SILENT: Words(
        _("has brought nothing new"),
        (_("Look whether its site has news: if so, the feed stands still."), _NEW_ADDRESS),
    ),
    FeedStatus.REFUSED: Words(_("refuses our server"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.THROTTLED: Words(
        _("says that we ask too often"),
        (_("Nothing; if it stays so, give it a longer `interval:` in feeds.yaml."),),
    ),
    FeedStatus.HTML: Words(_("shows a web page instead of its feed"), (_("Open it in a browser."), _NEW_ADDRESS)),
    FeedStatus.UNPARSABLE: Words(_("sends what cannot be read as a feed"), (_("If it stays so, tell the outlet."),)),
    FeedStatus.GONE: Words(_("has given up this feed"), (_NEW_ADDRESS, _("Until then it is asked once a week."))),
    FeedStatus.NOT_FOUND: Words(_("has no feed at this address"), (_NEW_ADDRESS,)),
    FeedStatus.UNREACHABLE: Words(_("cannot be read"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.TLS: Words(_("makes no secure connection"), (CAVEAT, _ASK_ELSEWHERE)),
    FeedStatus.TOO_LARGE: Words(
        _("sends more than is read of a feed"), (_("Look for a smaller feed of it, as of a section."),)
    ),
    FeedStatus.FORBIDDEN_ADDRESS: Words(
        _("leads to an address that is not fetched"),
        (_("Correct its address in feeds.yaml; only a server of your own may be listed in MONITOR_ALLOW_HOSTS."),),
    ),
}
WITHHELD = Words(
    _("is not allowed to show us its feed"),
    (CAVEAT, _("Note when it began: it may be an order."), _ASK_ELSEWHERE),
)
_PROXY_IS_DEAD = "the proxy does not answer"  # as `fetch` says it
PROXY = Words(_("cannot be read"), (_("Start the proxy that feeds.yaml or MONITOR_PROXY names, or name another."),))


def words_of(state: FeedRecord, status: FeedStatus) -> Words:
    if status is FeedStatus.UNREACHABLE and state.detail == _PROXY_IS_DEAD:  # it says nothing of the outlet
        return PROXY
    legal = status is FeedStatus.REFUSED and "(451)" in state.detail  # RFC 7725
    return WITHHELD if legal else WORDS[status]


# ---- what several visits show ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed is, since when, and what to do."""

    state: FeedRecord
    status: FeedStatus
    since: datetime | None
    says: str
    todo: tuple[str, ...]

    @property
    def needs_a_look(self) -> bool:
        return bool(self.todo or self.state.detail)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, without the outlet's name."""
        tries, detail = self.state.failures, self.state.detail.rstrip(".")
        often = f", {tries:,} {'try' if tries == 1 else 'tries'}" if tries else ""
        return f"{self.says}{often}{': ' if detail else ''}{detail}. {' '.join(self.todo)}".rstrip()


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """Feeds that have the same trouble, and the advice that is the same for each of them."""

    status: FeedStatus
    words: Words
    feeds: tuple[Health, ...]

    @property
    def is_minor(self) -> bool:
        """Return whether there is nothing to do about it."""
        return not self.words.todo or self.status is FeedStatus.UNDATED


def troubles(feeds: Iterable[Health]) -> list[FeedTrouble]:
    """Group the feeds that need a look by their trouble: first where there is something to do, most feeds first."""
    groups: dict[tuple[FeedStatus, Words], list[Health]] = {}
    for each in feeds:
        if each.needs_a_look and not each.state.feed.paused:
            groups.setdefault((each.status, words_of(each.state, each.status)), []).append(each)
    grouped = [FeedTrouble(status, words, tuple(members)) for (status, words), members in groups.items()]
    return sorted(grouped, key=lambda trouble: (trouble.is_minor, -len(trouble.feeds)))


def health(state: FeedRecord, silence: Silence | None, now: datetime, lately: timedelta = OVERFLOW_SHOWN) -> Health:
    """Trouble first; a feed that is read may still have lost items `lately`, stand still or give no dates."""
    status, since, memory = state.status, state.status_since, state.memory
    if status.healthy and status is not FeedStatus.EMPTY:
        if is_within(lately, memory.overflow_last, now):
            status, since = FeedStatus.OVERFLOWING, memory.overflow_first
        elif silence:
            status, since = FeedStatus.SILENT, silence.last
        elif memory.undated:
            status, since = FeedStatus.UNDATED, memory.undated
    words, moved = words_of(state, status), state.moved_to
    says = f"has brought {nothing_new(silence, now)}" if silence and status is FeedStatus.SILENT else words.says
    new_address = (Message("It has moved to {}: enter the new address in feeds.yaml.", moved),) if moved else ()
    return Health(state, status, since, says, words.todo + new_address)


def is_within(span: timedelta, at: datetime | None, now: datetime) -> bool:
    """Whether it was in this time; what a clock that ran ahead left in the future was not."""
    return at is not None and timedelta(0) <= now - at <= span


def _in_english(one: str, more: str, number: int) -> str:
    return (one if number == 1 else more) % {"num": f"{number:,}"}


def nothing_new(silence: Silence, now: datetime, count: Callable[[str, str, int], str] = _in_english) -> str:
    """`count` says it in another language: the words for one day, for more, and how many."""
    day = timedelta(days=1)
    since, gap = round((now - silence.last) / day), round(silence.gap / day)
    quiet = count("nothing new for %(num)s day", "nothing new for %(num)s days", since)
    usually = count("(usual gap: %(num)s day)", "(usual gap: %(num)s days)", gap)
    return f"{quiet} {usually}"


def usual_gap(first: datetime, last: datetime, days: int) -> timedelta | None:
    """How long a source usually is between two days with news; None: too few days are known to say.

    By days and not by articles: ten on one morning are one sign of life.
    """
    if days < SIGNS_OF_LIFE:
        return None
    return max((last - first) / (days - 1), timedelta(days=1))


def is_silent(last: datetime, gap: timedelta, now: datetime) -> bool:
    """Whether nothing came for five times the usual gap."""
    return now - last > 5 * gap
