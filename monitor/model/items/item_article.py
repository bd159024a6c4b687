"""Pure. The articles of review items, and what users add by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.article import Outcome, Speaker, TextFrom, publication_time
from monitor.model.change import Finding
from monitor.model.story import Passage, PlacementReason


@dataclass(frozen=True, slots=True)
class Addition:
    """The record of an article that a user put into the queue by hand: author, time and note."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class AddedLink:
    """An address that a user added, with the state of its entry. `article`: None until its page was read."""

    id: int
    url: str
    outcome: Outcome
    detail: str
    article: int | None
    due: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Return True while its page may still come."""
        return self.outcome is Outcome.PENDING

    @property
    def is_being_read(self) -> bool:
        """Return True until its page was tried once."""
        return self.is_waiting and self.due is None


@dataclass(frozen=True, slots=True)
class ItemArticle:
    """An article of a review item's story."""

    id: int
    outlet: str
    language: str
    headline: str
    url: str
    published: datetime | None
    first_seen: datetime
    filed: datetime  # when it joined the story; digest windows go by this time
    text_from: TextFrom
    copy_of: int | None = None
    reason: PlacementReason = PlacementReason()  # why it is in this story
    # The sentences it brings, if it repeats another article otherwise; in the version that was filed.
    own_sentences: tuple[Passage, ...] = ()
    changed: datetime | None = None  # when an additional name reopened the item
    older: bool = False
    versions: tuple[datetime, ...] = ()  # storage times; empty for a single version
    findings: tuple[Finding, ...] = ()
    additions: tuple[Addition, ...] = ()  # by hand, the earliest first
    speaker: Speaker = Speaker.SITE
    key: str = ""

    @property
    def is_report(self) -> bool:
        """Return True if the article brings sentences of its own. A copy may, about a watched name."""
        return self.copy_of is None or bool(self.own_sentences)

    @property
    def news_times(self) -> tuple[datetime, ...]:
        """Return when it brought something that people must see: its filing, a name more, each finding."""
        changes = (self.changed, *(finding.found for finding in self.findings))
        return (self.filed, *(at for at in changes if at is not None))

    @property
    def developed_at(self) -> datetime:
        """Return when it told its news: its publication, or the last change that people must see."""
        published = publication_time(self.published, self.first_seen)
        changes = (finding.found for finding in self.findings if finding.found)
        return max(published, self.changed or published, *changes)

    @property
    def reporter(self) -> str:
        """Return the outlet whose reports are counted with this one, or of a linked page the feed that led to it.

        Else a feed could be a hundred outlets by links to so many hosts, or use up what may be told of another outlet.
        """
        return ":".join(self.key.split(":")[:2]) if self.speaker is Speaker.LINKED_PAGE else self.outlet
