"""Pure. An item and a decision give an item; what opens an item again.

An item's verdicts are never stored: they are what its history says, read from the start (`fold`). So an undo is one
more line of the history, and nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from monitor.errors import InputError, StaleDecision
from monitor.model import (
    Confidence,
    Decision,
    ItemHit,
    Reason,
    Regrouping,
    ReviewItem,
    State,
    Verdict,
)

Done = TypeVar("Done", Decision, Regrouping)
SPREADING = 3  # outlets that copy a story after it was found relevant
SETTLED = frozenset({Verdict.RELEVANT, Verdict.NOT_RELEVANT})


def effective(history: Iterable[Done]) -> tuple[Done, ...]:
    """The decisions, or regroupings, that stand: neither undone nor an undo."""
    history = tuple(history)
    undone = {d.undoes for d in history if d.undoes is not None}
    return tuple(d for d in history if d.undoes is None and d.id not in undone)


def last_standing(item: ReviewItem) -> Decision | None:
    """Return the last decision on an item that was not taken back."""
    return next(reversed(effective(item.history)), None)


def fold(item: ReviewItem, history: Sequence[Decision]) -> ReviewItem:
    """The item with the verdicts its history gives it; whatever was said later stands."""
    whole, by_name = _last_decisions(item, history)
    verdicts = {entity: decision.verdict for entity, decision in by_name.items()}
    hits = tuple(
        hit if hit.verdict is verdicts.get(hit.entity) else replace(hit, verdict=verdicts.get(hit.entity))
        for hit in item.hits
    )
    total = _sum_of(awaited(hits))
    verdict = whole.verdict if whole and total is not Verdict.UNSURE else total
    unanswered = _questions(item, whole, by_name)
    return replace(item, hits=hits, history=tuple(history), verdict=verdict, unanswered=unanswered)


def _last_decisions(item: ReviewItem, history: Sequence[Decision]) -> tuple[Decision | None, dict[str, Decision]]:
    """Return the standing decision on the whole item, and entity -> the standing decision that judged it last.

    A question about the whole item, and putting it off, end when all awaited names are judged one by one.
    """
    whole: Decision | None = None
    by_name: dict[str, Decision] = {}
    entities = [hit.entity for hit in awaited(item.hits)]
    for decision in effective(history):
        by_name |= dict.fromkeys(decision.judged, decision)
        if decision.entity is None and decision.item == item.id:  # a merged item's decision judged its own names
            whole = decision
        elif whole and whole.verdict not in SETTLED:
            settled = all(entity in by_name and by_name[entity].verdict in SETTLED for entity in entities)
            whole = None if settled else whole
    return whole, by_name


def _questions(item: ReviewItem, whole: Decision | None, by_name: Mapping[str, Decision]) -> tuple[Decision, ...]:
    """Return the standing questions to colleagues, about the item or a name, the oldest first."""
    about_names = [by_name[hit.entity] for hit in item.hits if hit.entity in by_name]
    asked = {decision for decision in (whole, *about_names) if decision and decision.verdict is Verdict.UNSURE}
    return tuple(sorted(asked, key=lambda decision: (decision.at, decision.id)))


def decide(item: ReviewItem, decision: Decision, unseen: Collection[str] = ()) -> ReviewItem:
    """The item after a decision on it; the decision as it is to be stored is the last of its history.

    `unseen`: entities whoever decides may not know of, so that nothing is said of them. Raises StaleDecision when it
    was made on another version of the item, InputError when it says what cannot be said.
    """
    if decision.version != item.version:
        raise StaleDecision(item)
    _check(item, decision)
    seen = replace(item, hits=tuple(h for h in item.hits if h.entity not in unseen))
    decision = replace(decision, judged=_judges(seen, decision))
    judged = fold(item, (*item.history, decision))
    return replace(_left_by(decision, judged), version=item.version + 1)


def undo(item: ReviewItem, which: Decision, by: str, now: datetime) -> tuple[ReviewItem, Decision]:
    """The item as if `which` had not been said, and the line that says so."""
    if which not in effective(item.history):
        raise InputError(f"decision {which.id} on item {item.id} does not stand any more; nothing to undo")
    undoing = Decision(item=which.item, version=item.version, at=now, by=by, verdict=None, undoes=which.id)
    judged = fold(item, (*item.history, undoing))
    last, back = next(reversed(effective(judged.history)), None), item.reopened_at
    left = _left_by(last, judged)
    if back and (last is None or last.at < back):
        decided = effective(d for d in item.history if d.at < back)
        left = replace(left, state=State.FOLLOW_UP if decided else left.state, until=None)
    return replace(left, version=item.version + 1), undoing


def awaited(hits: Sequence[ItemHit]) -> Sequence[ItemHit]:
    """The hits a person is asked about: the clear ones, or, where there are none, the possible ones."""
    return tuple(h for h in hits if h.confidence is Confidence.STRONG and h.alerts) or hits


def without_a_name(item: ReviewItem) -> ReviewItem:
    """The item after one of its names was removed from everything: open, unless people settled what is left."""
    settled = effective(item.history) and all(hit.verdict in SETTLED for hit in awaited(item.hits))
    state = State.OPEN if item.state is State.DECIDED and not settled else item.state
    return replace(item, state=state, version=item.version + 1)


def _judges(item: ReviewItem, decision: Decision) -> tuple[str, ...]:
    """Return the entities a decision settles. A decision on one name settles that name.

    A decision on the whole item settles the names that were not judged by themselves: a name keeps its own verdict
    until somebody judges that name again or takes the verdict back. *Relevant* confirms the awaited names and leaves
    possible ones beside clear ones unjudged; *not relevant* settles all.
    """
    if decision.entity is not None:
        return (decision.entity,)
    if decision.verdict not in SETTLED:
        return ()
    hits = item.hits if decision.verdict is Verdict.NOT_RELEVANT else awaited(item.hits)
    judged_apart = judged_by_themselves(item)
    return tuple(hit.entity for hit in hits if hit.entity not in judged_apart)


def judged_by_themselves(item: ReviewItem) -> frozenset[str]:
    """Return the entities of an item whose verdict comes from a decision on that name alone."""
    _, by_name = _last_decisions(item, item.history)
    return frozenset(
        hit.entity
        for hit in item.hits
        if hit.verdict in SETTLED and hit.entity in by_name and by_name[hit.entity].entity is not None
    )


def _sum_of(hits: Sequence[ItemHit]) -> Verdict | None:
    """Return what the verdicts on awaited names come to: *unsure* while a colleague is asked about one, and none while
    one is not judged."""
    verdicts = {h.verdict for h in hits}
    if Verdict.UNSURE in verdicts:
        return Verdict.UNSURE
    if not verdicts or not verdicts <= SETTLED:
        return None
    return Verdict.RELEVANT if Verdict.RELEVANT in verdicts else Verdict.NOT_RELEVANT


def _left_by(last: Decision | None, judged: ReviewItem) -> ReviewItem:
    """An item as the last decision that stands leaves it; open where none does."""
    state = _state_after(judged, last) if last else State.OPEN
    return replace(judged, state=state, until=last.until if last and state is State.LATER else None)


def _state_after(judged: ReviewItem, decision: Decision) -> State:
    if decision.entity is not None or decision.verdict in SETTLED:  # of the whole item: some may have been unseen
        return State.DECIDED if all(h.verdict in SETTLED for h in awaited(judged.hits)) else _unsettled(judged)
    return State.LATER if decision.verdict is Verdict.LATER else _unsettled(judged)


def _unsettled(item: ReviewItem) -> State:
    return State.FOLLOW_UP if item.state is State.FOLLOW_UP else State.OPEN


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
    if decision.until is not None and decision.until <= decision.at:
        raise InputError("later is said until a time to come; name one")
