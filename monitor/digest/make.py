"""Pure. What happened in a window, sorted into the sections of a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.model import (
    Confidence,
    Decision,
    EntityType,
    FeedState,
    FeedStatus,
    Happened,
    ItemArticle,
    ItemHit,
    ReviewItem,
    Window,
)

# People first, then outlets, then bodies.
RANK = {EntityType.PERSON: 0, EntityType.OUTLET: 1, EntityType.ORGANIZATION: 2}


class Alarm(StrEnum):
    """Why the silence of a window must not be read as quiet."""

    NONE = ""
    NO_SOURCES = "no-sources"  # none is set up, or all are paused
    NOTHING_READ = "nothing-read"
    STOPPED = "stopped"  # sources were read, then none any more, for longer than usual
    FEW_READ = "few-read"  # most were not read, or fail now


@dataclass(frozen=True, slots=True)
class Told:
    """A story of the digest: the article it is shown by, and all that joined or changed in the window, copies too."""

    item: ReviewItem
    shown: ItemArticle
    arrived: tuple[ItemArticle, ...]
    decided: Decision | None = None  # what stood when `shown` came, for a story that was known before
    latest: Decision | None = None  # what stands now

    @property
    def hits(self) -> tuple[ItemHit, ...]:
        """The names in what arrived; the clear ones that alert first, then by kind."""
        ids = {a.id for a in self.arrived}
        found = [h for h in self.item.hits if any(m.article in ids for m in h.mentions)]
        return tuple(sorted(found or self.item.hits, key=lambda h: (not is_loud(h), RANK[h.type])))

    @property
    def copies(self) -> int:
        return sum(a.copy_of is not None for a in self.arrived)


@dataclass(frozen=True, slots=True)
class Sources:
    """How the feeds are. Each that is not paused stands in at most one of the four lists of trouble."""

    watched: int  # not paused
    read: int  # of those, read in the window
    last_read: datetime | None
    refused: tuple[FeedState, ...] = ()
    unreadable: tuple[FeedState, ...] = ()
    unread: tuple[FeedState, ...] = ()  # nothing is wrong, but they were not read in the window
    empty: tuple[FeedState, ...] = ()
    paused: tuple[FeedState, ...] = ()

    @property
    def failing(self) -> int:
        return len(self.refused) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a window brought. Every story stands in exactly one of `new`, `follow_up`, `possible`, `spreading`."""

    window: Window
    timezone: ZoneInfo
    sources: Sources
    alarm: Alarm
    new: tuple[Told, ...] = ()
    follow_up: tuple[Told, ...] = ()
    possible: tuple[Told, ...] = ()
    spreading: tuple[Told, ...] = ()  # known stories that gained only copies: counted, not listed
    waiting: int = 0  # what the queue holds for people, in all
    oldest_waiting: datetime | None = None
    articles: int = 0
    articles_from_feed: int = 0
    counted: Mapping[str, int] = field(default_factory=dict)
    watchlist_changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    next_at: datetime | None = None
    contact: str = ""
    base_url: str = ""

    @property
    def stories(self) -> int:
        """All stories that gained an article in the window: the sum of the four sections."""
        return len(self.new) + len(self.follow_up) + len(self.possible) + len(self.spreading)

    @property
    def listed(self) -> int:
        return self.stories - len(self.spreading)


def make_digest(
    happened: Happened,
    *,
    timezone: ZoneInfo,
    next_at: datetime | None = None,
    contact: str = "",
    base_url: str = "",
) -> Digest:
    """Sort what happened into sections. `contact`: whom to tell when the next one, at `next_at`, does not come.

    `base_url` is the desk's address; without it stories link to their source.
    """
    window = happened.window
    sections: dict[str, list[Told]] = {"new": [], "follow_up": [], "possible": [], "spreading": []}
    for item in happened.items:
        if any(_arrived(a, window) for a in item.articles):
            name, told = _sort(item, window)
            sections[name].append(told)
    sources = _sources(happened)
    return Digest(
        window=window,
        timezone=timezone,
        sources=sources,
        alarm=_alarm(happened, sources),
        **{name: tuple(sorted(told, key=_order)) for name, told in sections.items()},
        waiting=happened.waiting,
        oldest_waiting=happened.oldest_waiting,
        articles=happened.articles,
        articles_from_feed=happened.articles_from_feed,
        counted=happened.counted,
        watchlist_changes=happened.watchlist_changes,
        problems=happened.problems,
        next_at=next_at,
        contact=contact,
        base_url=base_url,
    )


def is_loud(hit: ItemHit) -> bool:
    """Whether a hit makes its item by itself."""
    return hit.confidence is Confidence.STRONG and hit.alerts


def _sort(item: ReviewItem, window: Window) -> tuple[str, Told]:
    arrived = tuple(a for a in item.articles if _arrived(a, window))
    is_new = item.articles[0].filed in window
    own = [a for a in arrived if a.copy_of is None or a.changed in window]
    shown = item.articles[0] if is_new else (own or arrived)[0]
    told = Told(
        item=item,
        shown=shown,
        arrived=arrived,
        decided=None if is_new else _standing(item.history, before=max(shown.filed, shown.changed or shown.filed)),
        latest=_standing(item.history),
    )
    if not is_new and not own:
        return "spreading", told
    if item.confidence is Confidence.POSSIBLE:
        return "possible", told
    return ("new" if is_new else "follow_up"), told


def _arrived(article: ItemArticle, window: Window) -> bool:
    """Whether it came into its story in the window, or came back into it changed."""
    return article.filed in window or article.changed in window


def _standing(history: Sequence[Decision], before: datetime | None = None) -> Decision | None:
    """The last decision that was not undone; with `before`, as it was then."""
    made = [d for d in history if before is None or d.at < before]
    undone = {d.undoes for d in made if d.undoes is not None}
    return next((d for d in reversed(made) if d.verdict is not None and d.id not in undone), None)


def _order(told: Told) -> tuple[int, datetime, int]:
    return RANK[told.hits[0].type] if told.hits else len(RANK), told.shown.first_seen, told.item.id


def _sources(happened: Happened) -> Sources:
    kinds: dict[str, list[FeedState]] = {"refused": [], "unreadable": [], "unread": [], "empty": [], "paused": []}
    for state in happened.feeds:
        if kind := _kind(state, happened.window):
            kinds[kind].append(state)
    watched = len(happened.feeds) - len(kinds["paused"])
    return Sources(
        watched=watched,
        read=min(happened.feeds_read, watched),
        last_read=happened.last_read,
        **{kind: tuple(states) for kind, states in kinds.items()},
    )


def _kind(state: FeedState, window: Window) -> str:
    if state.feed.paused:
        return "paused"
    if state.status is FeedStatus.REFUSED:
        return "refused"
    if state.status is not FeedStatus.NEW and not state.status.healthy:
        return "unreadable"
    if state.last_ok is None or state.last_ok < window.since:
        return "unread"
    return "empty" if state.status is FeedStatus.EMPTY else ""


def _alarm(happened: Happened, sources: Sources) -> Alarm:
    if not sources.watched:
        return Alarm.NO_SOURCES
    if not sources.read:
        return Alarm.NOTHING_READ
    if 2 * sources.read < sources.watched or 2 * sources.failing > sources.watched:
        return Alarm.FEW_READ
    # When the network is down no feed is blamed, and all may have been read before: then the clock tells.
    if sources.last_read and happened.window.until - sources.last_read > _longest_gap(happened):
        return Alarm.STOPPED
    return Alarm.NONE


def _longest_gap(happened: Happened) -> timedelta:
    """How long nothing may be read at the end of a window: a quarter of it (six hours of a day).

    Longer when even the most eager feed is set to be visited more rarely than that.
    """
    intervals = [f.feed.interval or timedelta(0) for f in happened.feeds if not f.feed.paused]
    return max((happened.window.until - happened.window.since) / 4, 2 * min(intervals))
