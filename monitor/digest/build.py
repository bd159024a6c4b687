"""Pure. What happened in a window, sorted into the sections of a digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from monitor.digest.phrasing import Voice
from monitor.feeds.health import health
from monitor.model import (
    Confidence,
    DigestInput,
    EntityType,
    FeedRecord,
    FeedStatus,
    Finding,
    ItemArticle,
    ItemHit,
    ReviewItem,
    Silence,
    Window,
)

SECTIONS = ("new", "follow_up", "changed", "older", "possible", "spreading")

# People first, then outlets, then bodies.
RANK = {EntityType.PERSON: 0, EntityType.OUTLET: 1, EntityType.ORGANIZATION: 2}


class Alarm(StrEnum):
    """Why the silence of a window must not be read as quiet."""

    NONE = ""
    NOTHING_READ = "nothing-read"  # in the whole window, or not in its last quarter
    FEW_READ = "few-read"  # most were not read, or fail now


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story of the digest: the article it is shown by, and all that joined or changed in the window, copies too."""

    item: ReviewItem
    shown: ItemArticle
    arrived: tuple[ItemArticle, ...]
    findings: tuple[Finding, ...] = ()  # of the window

    @property
    def hits(self) -> tuple[ItemHit, ...]:
        """The names in what arrived, foremost first."""
        ids = {a.id for a in self.arrived}
        found = [h for h in self.item.hits if any(m.article in ids for m in h.mentions)]
        return tuple(sorted(found or self.item.hits, key=prominence))

    @property
    def copies(self) -> int:
        return sum(a.copy_of is not None for a in self.arrived)


@dataclass(frozen=True, slots=True)
class Sources:
    """How the feeds are. Each that is not paused stands in at most one of the lists of trouble."""

    watched: int  # not paused
    read: int  # of those, read in the window
    refused: tuple[FeedRecord, ...] = ()
    unreadable: tuple[FeedRecord, ...] = ()
    unread: tuple[FeedRecord, ...] = ()  # nothing is wrong, but they were not read in the window
    empty: tuple[FeedRecord, ...] = ()
    overflowing: tuple[FeedRecord, ...] = ()
    silent: tuple[Silence, ...] = ()
    paused: tuple[FeedRecord, ...] = ()

    @property
    def failing(self) -> int:
        return len(self.refused) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a window brought. Every story stands in exactly one of `new` … `spreading`.

    `contact`: whom to tell when the next one, at `next_at`, does not come. `base_url` is the desk's address; without it
    stories link to their source. `most`: of a section, as many stories are listed; the rest is counted.
    """

    happened: DigestInput
    timezone: ZoneInfo
    sources: Sources
    alarm: Alarm
    new: tuple[DigestStory, ...] = ()
    follow_up: tuple[DigestStory, ...] = ()
    changed: tuple[DigestStory, ...] = ()  # known stories of which nothing arrived but a change of an article
    older: tuple[DigestStory, ...] = ()  # found in articles that were there before we, or the name, came
    possible: tuple[DigestStory, ...] = ()
    spreading: tuple[DigestStory, ...] = ()  # known stories that gained only copies: counted, not listed
    next_at: datetime | None = None
    contact: str = ""
    base_url: str = ""
    language: str = "en"  # of monitor.i18n.LANGUAGES
    most: int = 60
    first_mail: bool = False  # it is mailed, and none was before

    @property
    def voice(self) -> Voice:
        return Voice(self.language, self.timezone, near=self.happened.window.until)


def make_digest(happened: DigestInput, timezone: ZoneInfo) -> Digest:
    """Sort what happened into sections."""
    sections: dict[str, list[DigestStory]] = {name: [] for name in SECTIONS}
    window = happened.window  # what came into its story in it, or came back into it changed, has arrived
    for item in happened.items:
        arrived = tuple(a for a in item.articles if a.filed in window or a.changed in window)
        findings = tuple(f for a in item.articles for f in a.findings if f.found in window)
        section, told = _sort(item, arrived, window) if arrived else ("", DigestStory(item, item.lead, ()))
        if findings and section in {"", "spreading"}:
            shown = next(a for a in item.articles if a.id == findings[0].article)
            section, told = "changed", DigestStory(item, shown, arrived)
        if section:
            sections[section].append(replace(told, findings=findings))
    sources = _sources(happened)
    ordered: dict[str, Any] = {name: tuple(sorted(stories, key=_order)) for name, stories in sections.items()}
    return Digest(happened, timezone, sources, _alarm(happened, sources), **ordered)


def prominence(hit: ItemHit) -> tuple[bool, int]:
    """A sort key: hits that make an item by themselves first, then by kind."""
    alone = hit.confidence is Confidence.STRONG and hit.alerts
    return not alone, RANK[hit.type]


def _sort(item: ReviewItem, arrived: tuple[ItemArticle, ...], window: Window) -> tuple[str, DigestStory]:
    """The section a story belongs into, and the story as it is told there."""
    first = item.lead.filed in window
    own = [a for a in arrived if first or a.copy_of is None or a.changed in window]
    if not own:
        return "spreading", DigestStory(item, arrived[0], arrived)
    shown = next((a for a in own if not a.older), own[0])
    section = "older" if shown.older else "new" if first else "follow_up"
    if item.confidence is Confidence.POSSIBLE:
        section = "possible"
    return section, DigestStory(item, shown, arrived)


def _order(told: DigestStory) -> tuple[int, datetime, int]:
    kind = RANK[told.hits[0].type] if told.hits else len(RANK)
    return kind, told.shown.first_seen, told.item.id


def _sources(happened: DigestInput) -> Sources:
    kinds: dict[str, list[FeedRecord]] = {kind: [] for kind in (*_KINDS.values(), "unreadable", "unread", "paused")}
    silences = {silence.feed.number: silence for silence in happened.silent}
    until = happened.window.until
    not_yet = happened.began is not None and happened.began >= until
    for state in happened.feeds:
        came_later = state.status_since is not None and state.status_since >= until
        if not_yet and came_later and not state.feed.paused:
            kinds["unread"].append(state)
        elif kind := _kind(state, silences.get(state.number), happened.window):
            kinds[kind].append(state)
    watched = len(happened.feeds) - len(kinds["paused"])
    silent = tuple(silences[state.number] for state in kinds.pop("silent"))
    states = {kind: tuple(states) for kind, states in kinds.items()}
    return Sources(watched, min(happened.feeds_read, watched), silent=silent, **states)


_KINDS = {
    FeedStatus.REFUSED: "refused",
    FeedStatus.EMPTY: "empty",
    FeedStatus.OVERFLOWING: "overflowing",
    FeedStatus.SILENT: "silent",
}


def _kind(state: FeedRecord, silence: Silence | None, window: Window) -> str:
    if state.feed.paused:
        return "paused"
    status = health(state, silence, window.until, lately=window.until - window.since).status
    if status is not FeedStatus.NEW and not status.healthy:
        return _KINDS.get(status, "unreadable")
    if state.last_ok is None or state.last_ok < window.since:
        return "unread"
    return _KINDS.get(status, "")


def _alarm(happened: DigestInput, sources: Sources) -> Alarm:
    if not sources.read:
        return Alarm.NOTHING_READ
    if 2 * sources.read < sources.watched or 2 * sources.failing > sources.watched:
        return Alarm.FEW_READ
    # When the network is down no feed is blamed, and all may have been read before: then the clock tells.
    window = happened.window
    if happened.last_read and window.until - happened.last_read > (window.until - window.since) / 4:
        return Alarm.NOTHING_READ
    return Alarm.NONE
