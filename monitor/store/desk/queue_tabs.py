"""I/O: the database. The tabs of the queue, as a function and as SQL conditions, and the order of items in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from monitor.model import Confidence, QueueTab, ReviewItem, State, Verdict
from monitor.store import tables as t
from monitor.store.types import Utc

WAITING = (QueueTab.NEW, QueueTab.FOLLOW_UP, QueueTab.POSSIBLE, QueueTab.ASKED)
SETTLED = (State.DECIDED, State.EXPIRED)
UNSETTLED = (State.OPEN, State.FOLLOW_UP, State.LATER)
STATES_IN_TAB = {  # tabs that are not here may hold any unsettled state
    QueueTab.FOLLOW_UP: (State.FOLLOW_UP,),
    QueueTab.NEW: (State.OPEN, State.LATER),
    QueueTab.POSSIBLE: (State.OPEN, State.LATER),
    QueueTab.LATER: (State.LATER,),
    QueueTab.DECIDED: SETTLED,
}

Condition = ColumnElement[bool]
Place = tuple[Any, ...]  # sort key of a list, descending: strong before possible, newest first; its end is the item

_item = t.review_item.c
_is_due = and_(_item.state == State.LATER, _item.until <= bindparam("now", type_=Utc))
_is_open = or_(_item.state == State.OPEN, _is_due)
# Not `==`: without a verdict that is NULL, and so is its negation.
_is_unsure = _item.verdict.is_not_distinct_from(Verdict.UNSURE)
# `tab_of` in SQL. Built once: building the conditions takes as long as SQLite takes to answer them.
IS_IN_TAB: Mapping[QueueTab, Condition] = {
    QueueTab.NEW: and_(_is_open, ~_is_unsure, _item.clear),
    QueueTab.FOLLOW_UP: and_(_item.state == State.FOLLOW_UP, ~_is_unsure),
    QueueTab.POSSIBLE: and_(_is_open, ~_is_unsure, ~_item.clear),
    QueueTab.ASKED: and_(or_(_item.state == State.FOLLOW_UP, _is_open), _is_unsure),
    QueueTab.LATER: and_(_item.state == State.LATER, or_(_item.until.is_(None), ~_is_due)),
    QueueTab.DECIDED: _item.state.in_(SETTLED),
}
# An item that came back is as old as its return.
WAITS_SINCE = case((_item.reopened_at <= bindparam("now", type_=Utc), _item.reopened_at), else_=_item.first_seen)
IS_WAITING = or_(_item.state.in_((State.OPEN, State.FOLLOW_UP)), _is_due)
IS_NOT_MERGED = _item.state != State.MERGED

PLACE_COLUMNS = (_item.clear, _item.latest, _item.id)
_TAB_COLUMNS = (_item.state, _item.clear, _item.verdict, _item.until)  # all that `tab_from_columns` needs
_COUNTS = select(*_TAB_COLUMNS, func.count()).where(IS_NOT_MERGED).group_by(*_TAB_COLUMNS)
COUNTS_AND_NUMBERS = _COUNTS.add_columns(func.aggregate_strings(cast(_item.id, Text), ","))
# Most of an archive is settled, and in one tab: SQLite counts a range of an index in a quarter of the time of groups.
TAB_COUNTS = union_all(
    _COUNTS.where(_item.state.in_(UNSETTLED)),
    *(
        select(literal(state), literal(clear), null(), null(), func.count()).where(
            _item.state == state, _item.clear == clear
        )
        for state, clear in product(SETTLED, (True, False))
    ),
)


def tab_of(item: ReviewItem, now: datetime) -> QueueTab:
    """Return the tab that holds an item; one that was put off until a time before `now` waits again."""
    return tab_from_columns(item.state, item.confidence is Confidence.STRONG, item.verdict, item.until, now)


def tab_from_columns(
    state: str, is_strong: bool, verdict: str | None, until: datetime | None, now: datetime
) -> QueueTab:
    """Return the tab of an item from the columns of its row, as `tab_of` does."""
    is_due = state == State.LATER and until is not None and until <= now
    if state not in {State.OPEN, State.FOLLOW_UP} and not is_due:
        return QueueTab.LATER if state == State.LATER else QueueTab.DECIDED
    if verdict == Verdict.UNSURE:
        return QueueTab.ASKED
    if state == State.FOLLOW_UP:
        return QueueTab.FOLLOW_UP
    return QueueTab.NEW if is_strong else QueueTab.POSSIBLE


def is_before(place: Place, columns: Sequence[ColumnElement[Any]] = PLACE_COLUMNS) -> Condition:
    """Return the condition that an item comes before a place in a list with this order."""
    return tuple_(*columns) > _literal(place, columns)


def is_after(place: Place, columns: Sequence[ColumnElement[Any]] = PLACE_COLUMNS) -> Condition:
    """Return the condition that an item comes after a place in a list with this order."""
    return tuple_(*columns) < _literal(place, columns)


def _literal(place: Place, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return tuple_(*(literal(value, column.type) for value, column in zip(place, columns, strict=True)))
