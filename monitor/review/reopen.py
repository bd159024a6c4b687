"""Pure. Reopens items because of a new article or of copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.model import (
    Message,
    ReviewItem,
    State,
    Verdict,
)
from monitor.review.decisions import SPREAD_OUTLETS, effective


def reopen_for_article(item: ReviewItem, *, now: datetime, why: Message, report_again: bool = False) -> ReviewItem:
    """Return the item after an article, not a copy, joined its story.

    The version grows, because nobody has judged the article. A decided or postponed item becomes a follow-up with the
    reason `why`. An open item stays open; with `report_again` it also gets the reason and is reported again.
    """
    item = replace(item, version=item.version + 1)
    if item.state in {State.OPEN, State.FOLLOW_UP}:
        return replace(item, reopened=why, reopened_at=now) if report_again else item
    return _reopened(item, why, now)


def reopen_for_copy(item: ReviewItem, outlet: str, now: datetime) -> ReviewItem:
    """Return the item after a copy joined it: a relevant one is reopened once, by the third new outlet."""
    decisions = effective(item.history)
    if item.state is not State.DECIDED or item.verdict is not Verdict.RELEVANT or not decisions:
        return item
    decided_at = decisions[-1].at
    known_outlets = {a.outlet for a in item.articles if a.filed <= decided_at}
    # The item is reopened once only: not again by the fourth outlet.
    new_outlets = {a.outlet for a in item.articles if a.filed > decided_at} - known_outlets
    if len(new_outlets) >= SPREAD_OUTLETS or len(new_outlets | {outlet} - known_outlets) < SPREAD_OUTLETS:
        return item
    item = replace(item, version=item.version + 1)
    return _reopened(item, Message("it is spreading: {} more outlets since it was decided", SPREAD_OUTLETS), now)


def _reopened(item: ReviewItem, why: Message, now: datetime) -> ReviewItem:
    """Return the item as a follow-up, or as open if nobody ever decided on it."""
    state = State.FOLLOW_UP if effective(item.history) else State.OPEN
    return replace(item, state=state, until=None, reopened=why, reopened_at=now)
