"""Pure. Sorting of a window's events into the sections of a digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from monitor.feeds.health import assess_feed, most_overdue_since
from monitor.messages.content.phrasing import Localizer, clean
from monitor.messages.content.stories.pressure import pressure_words
from monitor.model import (
    AlertReason,
    Change,
    Confidence,
    DigestInput,
    EntityType,
    FeedRecord,
    FeedStatus,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    ReviewItem,
    Silence,
    Speaker,
    State,
    ToldAct,
    Verdict,
    Window,
    gravity,
)
from monitor.text.incidents_shown import ShownIncident, incidents_above
from monitor.text.lead import TYPE_RANKS, lead_article, order_articles

SECTIONS = ("new", "follow_up", "changed", "older", "possible", "spreading")
# Without `spreading`, which holds nothing but copies of known stories: they are counted.
LISTED_SECTIONS = tuple(name for name in SECTIONS if name != "spreading")

_REWRITINGS = frozenset({Change.HEADLINE, Change.SENTENCE, Change.NAME_REMOVED})
MOST_NAMES_IN_SUBJECT = 2


class Alarm(StrEnum):
    """The reason why a window without news may mean a broken monitor."""

    NONE = ""
    NOTHING_READ = "nothing-read"  # in the whole window, or not in its last quarter
    FEW_READ = "few-read"  # more than half of the feeds were not read, or fail now


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story in the digest, with the articles (and copies) that joined it or changed in the window.

    `news_article` is the one that came or changed; whose headline a reader is shown, `Digest.lead_of` says.
    """

    item: ReviewItem
    news_article: ItemArticle
    arrived_articles: tuple[ItemArticle, ...]
    findings: tuple[Finding, ...] = ()  # only those of the window
    told_articles: tuple[ItemArticle, ...] = ()  # of an alert: those that it tells of; one of them leads

    @property
    def hits(self) -> tuple[ItemHit, ...]:
        """Return the hits of the arrived articles, the most prominent first."""
        arrived_ids = {a.id for a in self.arrived_articles}
        arrived_hits = [h for h in self.item.hits if any(m.article in arrived_ids for m in h.mentions)]
        # The fallback is for stories with changes only, and for edited articles that name nobody any more.
        return tuple(sorted(arrived_hits or self.item.hits, key=prominence))

    @property
    def is_of_press_alone(self) -> bool:
        """Return whether the story is an incident against the press that names nobody of the list."""
        return all(hit.type is EntityType.PRESS for hit in self.hits if hit.alerts) and self.tells_an_incident

    @property
    def tells_an_incident(self) -> bool:
        """Return whether something happened to the press."""
        return any(hit.type is EntityType.PRESS and hit.confidence is Confidence.STRONG for hit in self.hits)

    @property
    def incidents(self) -> tuple[ItemMention, ...]:
        """Return what happened to the press, as the arrived articles tell it."""
        arrived_ids = {a.id for a in self.arrived_articles}
        return tuple(m for m in self.item.incidents if m.article in arrived_ids) or self.item.incidents

    @property
    def tells_harm(self) -> bool:
        """Return whether something was done to the press, or to a person whom it surely names."""
        return self.tells_an_incident or _tells_of_pressure(self)

    @property
    def is_ruled_out(self) -> bool:
        """Return whether somebody judged it not relevant, and nothing came since."""
        return self.item.state is State.DECIDED and self.item.verdict is Verdict.NOT_RELEVANT

    @property
    def is_settled(self) -> bool:
        """Return whether it needs no look: it was ruled out, or its possible name was verified."""
        is_answered = self.item.state is State.DECIDED and self.item.verdict is Verdict.RELEVANT
        return self.is_ruled_out or (is_answered and self.item.confidence is Confidence.POSSIBLE)

    @property
    def is_rewritten(self) -> bool:
        """Return whether an outlet exchanged a headline or a sentence, or took a name out."""
        return any(finding.kind in _REWRITINGS for finding in self.findings)

    @property
    def gravity(self) -> tuple[int, bool]:
        """Return the place of its gravest act in `GRAVEST_FIRST` (behind all without one), and whether it is over."""
        return gravity(telling for m in self.incidents for telling in m.tellings)

    @property
    def copies(self) -> int:
        """Return the number of copies among the arrived articles."""
        return sum(not a.is_report for a in self.arrived_articles)


@dataclass(frozen=True, slots=True)
class Sources:
    """The state of all feeds. A feed is in at most one of the lists."""

    watched: int  # feeds that are not paused
    read: int  # of these, the feeds that were read in the window
    refused: tuple[FeedRecord, ...] = ()
    unreadable: tuple[FeedRecord, ...] = ()
    unread: tuple[FeedRecord, ...] = ()  # healthy, but not read in the window
    empty: tuple[FeedRecord, ...] = ()
    overflowing: tuple[FeedRecord, ...] = ()
    silent: tuple[Silence, ...] = ()
    paused: tuple[FeedRecord, ...] = ()
    read_and_failing: int = 0  # of those read in the window, the feeds that cannot be read now
    overdue_since: datetime | None = None  # when most feeds should have been read since

    @property
    def readable(self) -> int:
        """Return the number of feeds that were read in the window and can still be read."""
        return self.read - self.read_and_failing

    @property
    def is_in_order(self) -> bool:
        """Return True if all feeds were read, can be read now, and none of it is late."""
        return self.readable == self.watched and not self.failing and not self.overdue_since

    @property
    def failing(self) -> int:
        """Return the number of feeds that cannot be read now."""
        return len(self.refused) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of one window. Every story is in exactly one of the sections `new` … `spreading`.

    `contact` is the address to write to if the next digest (`next_at`) does not arrive. `base_url` is the desk's
    address; without it stories link to their source. A section lists at most `max_stories` stories and counts the rest.
    """

    input: DigestInput
    timezone: ZoneInfo
    sources: Sources
    alarm: Alarm
    new: tuple[DigestStory, ...] = ()
    follow_up: tuple[DigestStory, ...] = ()
    changed: tuple[DigestStory, ...] = ()  # earlier stories with changes of articles, but no new article
    older: tuple[DigestStory, ...] = ()  # in articles older than the first reading of the feed or than the watched name
    possible: tuple[DigestStory, ...] = ()
    spreading: tuple[DigestStory, ...] = ()  # earlier stories with new copies only: counted, not listed
    next_at: datetime | None = None
    contact: str = ""
    base_url: str = ""
    language: str = "en"  # a key of monitor.i18n.LANGUAGES
    lead_language: str = "en"  # of the articles that stand for stories where programs read: that of the settings
    max_stories: int = 60
    first_mail: bool = False  # the first digest that is mailed
    reasons: tuple[AlertReason, ...] = ()  # of an alert, in the order in which it lists them
    told_before: Mapping[str, Sequence[ToldAct]] = field(default_factory=dict)  # by changed sentence
    newsroom: str = ""  # whose monitor it is
    is_closed: bool = False  # of the closed watch
    is_report: bool = False  # which says of a story that nobody judged it yet, and asks for no look
    names_in_subject: bool = False  # where the recipient wants it; never in the closed watch

    @property
    def listed_stories(self) -> tuple[DigestStory, ...]:
        """Return the stories of all sections that list them, in the order of `LISTED_SECTIONS`."""
        return tuple(story for name in LISTED_SECTIONS for story in getattr(self, name))

    def with_stories(self, is_kept: Callable[[DigestStory], bool]) -> Digest:
        """Return the digest with those of its listed stories that pass a test."""
        sections: dict[str, Any] = {name: tuple(filter(is_kept, getattr(self, name))) for name in LISTED_SECTIONS}
        return replace(self, **sections)

    def lead_of(self, story: DigestStory) -> ItemArticle:
        """Return the article whose headline stands for a story to this reader, as it was at the window's end."""
        if story.told_articles:
            return order_articles(story.item, self.language, story.told_articles)[0]
        return lead_article(story.item, self.language, self.input.window.until)

    def incidents_of(self, story: DigestStory) -> list[ShownIncident]:
        """Return what happened to the press, as it stands above the article that is shown to this reader."""
        return incidents_above(story.item, self.lead_of(story), story.incidents)

    def item_of(self, story: DigestStory) -> ReviewItem:
        """Return the item of a story as it was at the window's end."""
        item, until = story.item, self.input.window.until
        article_ids = {article.id for article in item.articles if article.filed < until}
        return item if len(article_ids) in {0, len(item.articles)} else item.with_articles(article_ids)

    @property
    def subject_prefix(self) -> str:
        """Return the beginning of a subject, which says which watch a message is of."""
        watch = self.l10n.gettext("closed watch")
        return f"[monitor] {watch}: " if self.is_closed else "[monitor] "

    @property
    def news(self) -> tuple[DigestStory, ...]:
        """Return the stories of the day, of which its title tells."""
        return (*self.new, *self.follow_up)

    @property
    def sure_stories(self) -> tuple[DigestStory, ...]:
        """Return the stories that surely name somebody, in the order in which they are listed."""
        return (*self.new, *self.follow_up, *self.changed, *self.older)

    def names_in_short(self, limit: int) -> str:
        """Return whom the stories surely name, people before all others; further ones are counted."""
        hits = [hit for story in self.sure_stories for hit in story.hits if _names_surely(hit)]
        people = [hit for hit in hits if hit.type is EntityType.PERSON]
        names = [*dict.fromkeys(hit.name for hit in people or hits)]
        return self.l10n.and_more(", ".join(names[:limit]), len(names) - limit)

    @property
    def subject_names(self) -> str:
        """Return the end of a subject's first part: whom it is about, where the recipient wants names there."""
        names = self.names_in_short(MOST_NAMES_IN_SUBJECT) if self.names_in_subject and not self.is_closed else ""
        return f": {clean(names)}" if names else ""

    @property
    def watch_lines(self) -> tuple[str, ...]:
        """Return the first line of a message of the closed watch, and none of another."""
        if not self.is_closed:
            return ()
        return (self.l10n.gettext("CLOSED WATCH: this is about names that only cleared people may know of."),)

    @property
    def watch_key(self) -> dict[str, str]:
        """Return what tells programs that a message is of the closed watch; nothing for another."""
        return {"watch": "closed"} if self.is_closed else {}

    @property
    def exchanges_pressure(self) -> bool:
        """Return True if an outlet put one word of pressure in the place of another."""
        stories = (*self.new, *self.follow_up, *self.changed)
        return any(is_pressure_rewriting(f) for story in stories for f in story.findings if f.kind in _REWRITINGS)

    @property
    def l10n(self) -> Localizer:
        """Return the localizer for the reader's language and time zone."""
        return Localizer(self.language, self.timezone, reference_time=self.input.window.until)


def _names_surely(hit: ItemHit) -> bool:
    return hit.confidence is Confidence.STRONG and hit.type is not EntityType.PRESS  # whose name is a heading


def is_pressure_rewriting(finding: Finding) -> bool:
    """Return True for a change that exchanges one word of pressure for another."""
    return bool(_exchanged(finding.before, finding.after) and _exchanged(finding.after, finding.before))


def _exchanged(text: str, counterpart: str) -> str:
    """Return the first lower-case word of pressure that a text has and its counterpart has not."""
    present = set(pressure_words(counterpart))
    return next((word for word in pressure_words(text) if word.islower() and word not in present), "")


def make_digest(digest_input: DigestInput, timezone: ZoneInfo) -> Digest:
    """Return the digest of a window: each story in its section."""
    sections: dict[str, list[DigestStory]] = {name: [] for name in SECTIONS}
    window = digest_input.window
    for item in digest_input.items:
        arrived_articles = tuple(a for a in item.articles if a.filed in window or a.changed in window)
        findings = tuple(f for a in item.articles for f in a.findings if f.found in window)
        section, story = (
            _place_story(item, arrived_articles, window) if arrived_articles else ("", DigestStory(item, item.lead, ()))
        )
        # A change counts more than new copies; in every other section the findings stand on the story's card.
        if findings and section in {"", "spreading"}:
            changed_article = next(a for a in item.articles if a.id == findings[0].article)
            section, story = "changed", DigestStory(item, changed_article, arrived_articles)
        if section:
            sections[section].append(replace(story, findings=findings))
    sources = _build_sources(digest_input)
    ordered: dict[str, Any] = {name: tuple(sorted(stories, key=_sort_key)) for name, stories in sections.items()}
    # A stable sort: each part keeps its order.
    ordered["new"] = tuple(sorted(ordered["new"], key=lambda story: story.item.verdict is Verdict.NOT_RELEVANT))
    return Digest(digest_input, timezone, sources, _choose_alarm(digest_input, sources), **ordered)


def prominence(hit: ItemHit) -> tuple[bool, int]:
    """Return the sort key of a hit: strong hits that alert come first, then the order of `TYPE_RANKS`."""
    is_strong_alert = hit.confidence is Confidence.STRONG and hit.alerts
    return not is_strong_alert, TYPE_RANKS[hit.type]


def _place_story(
    item: ReviewItem, arrived_articles: tuple[ItemArticle, ...], window: Window
) -> tuple[str, DigestStory]:
    """Return the section of a story that articles joined, and the story with the article it is shown by."""
    is_new_story = item.first.filed in window
    # A copy is not news; an edited one is, and so is everything of a new story.
    candidates = [a for a in arrived_articles if is_new_story or a.is_report or a.changed in window]
    if not candidates:
        return "spreading", DigestStory(item, arrived_articles[0], arrived_articles)
    # Neither an older article nor what others tell must stand for a story that has a new one of its outlet.
    news_article = min(candidates, key=lambda a: (a.older, a.speaker is Speaker.OTHER_FEED))
    section = "older" if news_article.older else "new" if is_new_story else "follow_up"
    if item.confidence is Confidence.POSSIBLE:
        section = "possible"
    return section, DigestStory(item, news_article, arrived_articles)


def _sort_key(story: DigestStory) -> tuple[int, tuple[int, bool], bool, int, int, datetime, int]:
    """Return the sort key of a story: by what happened to whom, then several names and outlets, then time.

    Who was harmed comes first, the gravest act before all others and who is still held before who was let go, then
    rewritten stories, then other news of people, outlets and bodies.
    """
    rank = TYPE_RANKS[story.hits[0].type] + 2 if story.hits else len(TYPE_RANKS) + 2
    if story.tells_harm or story.is_rewritten:
        rank = 0 if story.tells_harm else 1
    names = sum(hit.confidence is Confidence.STRONG for hit in story.hits)
    reporters = len({article.reporter for article in story.arrived_articles})
    return rank, story.gravity, not story.is_rewritten, -names, -reporters, story.news_article.first_seen, story.item.id


def _tells_of_pressure(story: DigestStory) -> bool:
    people = [hit for hit in story.hits if hit.type is EntityType.PERSON and hit.confidence is Confidence.STRONG]
    arrived = {article.id for article in story.arrived_articles}
    sentences = (m.sentence for hit in people for m in hit.mentions if m.article in arrived)
    return bool(people) and any(map(pressure_words, (story.news_article.headline, *sentences)))


def _build_sources(digest_input: DigestInput) -> Sources:
    feeds_by_list: dict[str, list[FeedRecord]] = {
        list_name: [] for list_name in (*_LIST_NAMES.values(), "unreadable", "unread", "paused")
    }
    silences = {silence.feed.number: silence for silence in digest_input.silent}
    until = digest_input.window.until
    is_before_first_run = digest_input.began is not None and digest_input.began >= until
    # Statuses are those of now: in a window before the first run, a later trouble must not appear.
    for record in digest_input.feeds:
        changed_after_window = record.status_since is not None and record.status_since >= until
        if is_before_first_run and changed_after_window and not record.feed.paused:
            feeds_by_list["unread"].append(record)
        elif list_name := _list_name(record, silences.get(record.number), digest_input.window):
            feeds_by_list[list_name].append(record)
    watched = len(digest_input.feeds) - len(feeds_by_list["paused"])
    silent = tuple(silences[record.number] for record in feeds_by_list.pop("silent"))
    records = {list_name: tuple(records) for list_name, records in feeds_by_list.items()}
    read = min(digest_input.feeds_read, watched)
    failing = (record.last_ok for name in ("refused", "unreadable") for record in records[name])
    failing_now = sum(at is not None and at >= digest_input.window.since for at in failing)
    return Sources(
        watched,
        read,
        silent=silent,
        read_and_failing=min(failing_now, read),
        overdue_since=most_overdue_since(digest_input.feeds, until),
        **records,
    )


_LIST_NAMES = {
    FeedStatus.REFUSED: "refused",
    FeedStatus.EMPTY: "empty",
    FeedStatus.OVERFLOWING: "overflowing",
    FeedStatus.SILENT: "silent",
}


def _list_name(record: FeedRecord, silence: Silence | None, window: Window) -> str:
    """Return the field of `Sources` that lists a feed, or "" for a healthy feed that was read."""
    if record.feed.paused:
        return "paused"
    status = assess_feed(record, silence, window.until, overflow_shown=window.until - window.since).status
    if status is not FeedStatus.NEW and not status.is_healthy:
        return _LIST_NAMES.get(status, "unreadable")
    if record.last_ok is None or record.last_ok < window.since:
        return "unread"
    return _LIST_NAMES.get(status, "")


def _choose_alarm(digest_input: DigestInput, sources: Sources) -> Alarm:
    if not sources.read:
        return Alarm.NOTHING_READ
    # Half of the sources: below that, a short digest says little about the day.
    if 2 * sources.read < sources.watched or 2 * sources.failing > sources.watched:
        return Alarm.FEW_READ
    # While the network is down no feed counts as failing, and all may have been read earlier in the window: so a last
    # quarter of the window without any reading raises the alarm.
    window = digest_input.window
    if digest_input.last_read and window.until - digest_input.last_read > (window.until - window.since) / 4:
        return Alarm.NOTHING_READ
    return Alarm.NONE
