"""Pure. Items that come back, because of a new article or copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.model import (
    Message,
    ReviewItem,
    State,
    Verdict,
)
from monitor.review.decisions import SPREADING, effective


def reopen_for_article(item: ReviewItem, *, now: datetime, why: Message, tell_again: bool = False) -> ReviewItem:
    """What an article that joins its story does to an item, unless it is a copy.

    It moves the version, since nobody has judged it yet, and brings a settled or postponed item back as a follow-up,
    with `why`. An open one stays open; with `tell_again` it says why it is told once more, too.
    """
    item = replace(item, version=item.version + 1)
    if item.state in {State.OPEN, State.FOLLOW_UP}:
        return replace(item, reopened=why, reopened_at=now) if tell_again else item
    return _brought_back(item, why, now)


def reopen_for_copy(item: ReviewItem, outlet: str, now: datetime) -> ReviewItem:
    """What a copy at an outlet does to an item that was found relevant: the third new outlet brings it back, once."""
    standing = effective(item.history)
    if item.state is not State.DECIDED or item.verdict is not Verdict.RELEVANT or not standing:
        return item
    decided = standing[-1].at
    known = {a.outlet for a in item.articles if a.filed <= decided}
    new = {a.outlet for a in item.articles if a.filed > decided} - known
    if len(new) >= SPREADING or len(new | {outlet} - known) < SPREADING:
        return item
    item = replace(item, version=item.version + 1)
    return _brought_back(item, Message("it is spreading: {} more outlets since it was decided", SPREADING), now)


def _brought_back(item: ReviewItem, why: Message, now: datetime) -> ReviewItem:
    """As a follow-up, unless nobody ever decided on it."""
    state = State.FOLLOW_UP if effective(item.history) else State.OPEN
    return replace(item, state=state, until=None, reopened=why, reopened_at=now)
