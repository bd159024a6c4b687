"""Pure. An item and a decision give an item; what opens an item again.

An item's verdicts are never stored: they are what its history says, read from the start (`fold`). So an undo is one
more line of the history, and nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.errors import InputError, StaleDecision
from monitor.model import Confidence, Decision, ItemHit, Reason, ReviewItem, State, Verdict

SPREADING = 3  # outlets that copy a story after it was found relevant
SETTLED = frozenset({Verdict.RELEVANT, Verdict.NOT_RELEVANT})


def effective(history: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that stand: neither undone nor an undo."""
    history = tuple(history)
    undone = {d.undoes for d in history if d.undoes is not None}
    return tuple(d for d in history if d.verdict is not None and d.id not in undone)


def fold(item: ReviewItem, history: Sequence[Decision]) -> ReviewItem:
    """The item with the verdicts its history gives it; whatever was said later stands."""
    whole: Verdict | None = None
    each: dict[str, Verdict | None] = {}
    for decision in effective(history):
        each |= dict.fromkeys(decision.judged, decision.verdict)
        whole = decision.verdict if decision.entity is None else whole
    hits = tuple(replace(hit, verdict=each.get(hit.entity)) for hit in item.hits)
    return replace(item, hits=hits, history=tuple(history), verdict=whole or _sum_of(hits))


def decide(item: ReviewItem, decision: Decision) -> ReviewItem:
    """The item after a decision on it; the decision as it is to be stored is the last of its history.

    Raises StaleDecision when it was made on another version of the item, InputError when it says what cannot be said.
    """
    if decision.version != item.version:
        raise StaleDecision(item)
    _check(item, decision)
    decision = replace(decision, judged=_judges(item, decision))
    judged = fold(item, (*item.history, decision))
    state = _state_after(judged, decision)
    until = decision.until if state is State.LATER else None
    return replace(judged, state=state, until=until, version=item.version + 1)


def undo(item: ReviewItem, which: Decision, by: str, now: datetime) -> tuple[ReviewItem, Decision]:
    """The item as if `which` had not been said, and the line that says so."""
    if which not in effective(item.history):
        raise InputError(f"decision {which.id} on item {item.id} does not stand any more; nothing to undo")
    undoing = Decision(item=item.id, version=item.version, at=now, by=by, verdict=None, undoes=which.id)
    judged = fold(item, (*item.history, undoing))
    standing = effective(judged.history)
    state, until = State.OPEN, None
    if standing:
        state = _state_after(judged, standing[-1])
        until = standing[-1].until if state is State.LATER else None
    if item.reopened_at and (not standing or standing[-1].at < item.reopened_at):
        state, until = (State.FOLLOW_UP if effective(_before(item, item.reopened_at)) else state), None
    return replace(judged, state=state, until=until, version=item.version + 1), undoing


def joined(item: ReviewItem, *, is_copy: bool, now: datetime, why: str, tell_again: bool = False) -> ReviewItem:
    """What an article that joins its story does to an item.

    A copy inherits: nothing moves. Any other article moves the version, since nobody has judged it yet, and brings a
    settled or postponed item back as a follow-up, with `why`. An open one stays open; with `tell_again` it says why it
    is told once more, too.
    """
    if is_copy:
        return item
    item = replace(item, version=item.version + 1)
    if item.state in {State.OPEN, State.FOLLOW_UP}:
        return replace(item, reopened=why, reopened_at=now) if tell_again else item
    return _brought_back(item, why, now)


def copied(item: ReviewItem, outlet: str, now: datetime) -> ReviewItem:
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
    return _brought_back(item, f"it is spreading: {SPREADING} more outlets since it was decided", now)


def _brought_back(item: ReviewItem, why: str, now: datetime) -> ReviewItem:
    """As a follow-up, unless nobody ever decided on it."""
    state = State.FOLLOW_UP if effective(item.history) else State.OPEN
    return replace(item, state=state, until=None, reopened=why, reopened_at=now)


def awaited(item: ReviewItem) -> tuple[ItemHit, ...]:
    """The hits a person is asked about: the clear ones, or, where there are none, the possible ones."""
    clear = tuple(h for h in item.hits if h.confidence is Confidence.STRONG and h.alerts)
    return clear or item.hits


def _judges(item: ReviewItem, decision: Decision) -> tuple[str, ...]:
    """*Relevant* on the whole item confirms what was asked about and leaves possible ones beside clear ones unjudged;
    *not relevant* judges all."""
    if decision.entity is not None:
        return (decision.entity,)
    if decision.verdict is Verdict.NOT_RELEVANT:
        return tuple(h.entity for h in item.hits)
    if decision.verdict is Verdict.RELEVANT:
        return tuple(h.entity for h in awaited(item))
    return ()


def _sum_of(hits: Sequence[ItemHit]) -> Verdict | None:
    """The verdict on an item whose names were judged one by one: none until each awaited one was."""
    clear = [h for h in hits if h.confidence is Confidence.STRONG and h.alerts] or list(hits)
    verdicts = {h.verdict for h in clear}
    if not clear or not verdicts <= SETTLED:
        return None
    return Verdict.RELEVANT if Verdict.RELEVANT in verdicts else Verdict.NOT_RELEVANT


def _state_after(judged: ReviewItem, decision: Decision) -> State:
    if decision.entity is not None:
        return State.DECIDED if all(h.verdict in SETTLED for h in awaited(judged)) else _unsettled(judged)
    if decision.verdict in SETTLED:
        return State.DECIDED
    return State.LATER if decision.verdict is Verdict.LATER else _unsettled(judged)


def _unsettled(item: ReviewItem) -> State:
    return State.FOLLOW_UP if item.state is State.FOLLOW_UP else State.OPEN


def _before(item: ReviewItem, at: datetime) -> tuple[Decision, ...]:
    return tuple(d for d in item.history if d.at < at)


def _check(item: ReviewItem, decision: Decision) -> None:
    if decision.verdict is None:
        raise InputError("a decision needs a verdict; to take one back, undo it")
    known = [hit.entity for hit in item.hits]
    if decision.entity is not None and decision.entity not in known:
        raise InputError(f"item {item.id} does not name {decision.entity!r}; it names {', '.join(known)}")
    if decision.entity is not None and decision.verdict is Verdict.LATER:
        raise InputError("later is said of the whole item; leave out the entity")
    if decision.reason is not None and decision.verdict is not Verdict.NOT_RELEVANT:
        reasons = ", ".join(Reason)
        raise InputError(f"a reason ({reasons}) goes with not-relevant; use a note instead")
    if decision.until is not None and decision.verdict is not Verdict.LATER:
        raise InputError("a time goes with later")
