"""Pure. A story in time: which outlet was first, which copied it, and what was changed or absent when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.groups import group_values
from monitor.model import Change, ItemArticle, ReviewItem
from monitor.text.lead import told_at

MOST_TRACKS = 8
_MARGIN = 2  # percent at either end, so that no mark is cut


class MomentKind(StrEnum):
    """What happened to a story at one moment."""

    FIRST = "first"
    REPORT = "report"
    COPY = "copy"
    EDIT = "edit"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an article. `place`: on the line of time, in percent."""

    at: datetime
    kind: MomentKind
    outlet: str
    place: float = 0


@dataclass(frozen=True, slots=True)
class StoryTime:
    """The moments of a story in time, and those of the first outlets as tracks."""

    moments: tuple[Moment, ...]
    tracks: tuple[tuple[str, tuple[Moment, ...]], ...]
    more_outlets: int

    @property
    def since(self) -> datetime:
        return self.moments[0].at

    @property
    def until(self) -> datetime:
        return self.moments[-1].at


def story_time(item: ReviewItem) -> StoryTime | None:
    """Return the moments of the loaded articles of an item; None for a single one, which is no picture."""
    first = min(item.articles, key=told_at)
    events = (moment for article in item.articles for moment in _moments(article, is_first=article.id == first.id))
    ordered = sorted(
        dict.fromkeys(events), key=lambda moment: (moment.at, [*MomentKind].index(moment.kind), moment.outlet)
    )
    if len(ordered) < 2:
        return None
    since, whole = ordered[0].at, (ordered[-1].at - ordered[0].at).total_seconds()

    def place(at: datetime) -> float:
        share = (at - since).total_seconds() / whole if whole else 0.5
        return round(_MARGIN + share * (100 - 2 * _MARGIN), 2)

    moments = tuple(Moment(moment.at, moment.kind, moment.outlet, place(moment.at)) for moment in ordered)
    tracks = tuple((outlet, tuple(group)) for outlet, group in group_values((m.outlet, m) for m in moments).items())
    return StoryTime(moments, tracks[:MOST_TRACKS], max(0, len(tracks) - MOST_TRACKS))


def _moments(article: ItemArticle, *, is_first: bool) -> Iterator[Moment]:
    kind = MomentKind.REPORT if article.copy_of is None else MomentKind.COPY
    yield Moment(told_at(article), MomentKind.FIRST if is_first else kind, article.outlet)
    for finding in article.findings:
        if finding.found and finding.kind is not Change.READ:  # which is our reading, not the outlet's change
            kind = MomentKind.ABSENCE if finding.kind is Change.GONE else MomentKind.EDIT
            yield Moment(finding.found, kind, article.outlet)
