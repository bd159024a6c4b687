"""Pure. What follows from the history of a review item: its verdicts and its state.

They are computed, never edited. So an undo is one more line of the history, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from monitor.model.items.decision import SETTLED, Decision, Regrouping, Verdict
from monitor.model.items.item_hit import ItemHit
from monitor.model.items.review import ReviewItem, State
from monitor.model.mention import Confidence

Undoable = TypeVar("Undoable", Decision, Regrouping)


def effective(history: Iterable[Undoable]) -> tuple[Undoable, ...]:
    """Return the decisions or regroupings that are neither undone nor undos nor notes."""
    history = tuple(history)
    undone = {d.undoes for d in history if d.undoes is not None}
    return tuple(
        d for d in history if d.undoes is None and d.id not in undone and not (isinstance(d, Decision) and d.is_note)
    )


def last_effective(item: ReviewItem) -> Decision | None:
    """Return the last effective decision on an item, or None."""
    return next(reversed(effective(item.history)), None)


def fold(item: ReviewItem, history: Sequence[Decision]) -> ReviewItem:
    """Return the item with the verdicts that its history gives; later decisions override earlier ones."""
    whole, by_name = _last_decisions(item, history)
    verdicts = {entity: decision.verdict for entity, decision in by_name.items()}
    hits = tuple(
        # Unchanged hits are reused, because long stories have many.
        hit if hit.verdict is verdicts.get(hit.entity) else replace(hit, verdict=verdicts.get(hit.entity))
        for hit in item.hits
    )
    total = _combined_verdict(awaited_hits(hits))
    # A colleague's open question on one name outweighs a verdict on the whole.
    verdict = whole.verdict if whole and total is not Verdict.UNSURE else total
    unanswered = _questions(item, whole, by_name)
    return replace(item, hits=hits, history=tuple(history), verdict=verdict, unanswered=unanswered)


def _last_decisions(item: ReviewItem, history: Sequence[Decision]) -> tuple[Decision | None, dict[str, Decision]]:
    """Return the effective decision on the whole item, and for each entity the last effective one that judged it.

    A question about the whole item, or its postponement, ends when all awaited names are judged one by one.
    """
    whole: Decision | None = None
    by_name: dict[str, Decision] = {}
    entities = [hit.entity for hit in awaited_hits(item.hits)]
    for decision in effective(history):
        by_name |= dict.fromkeys(decision.judged, decision)
        # A decision on an item that was merged into this one judged that item's names only.
        if decision.entity is None and decision.item == item.id:
            whole = decision
        elif whole and whole.verdict not in SETTLED:
            settled = all(entity in by_name and by_name[entity].verdict in SETTLED for entity in entities)
            whole = None if settled else whole
    return whole, by_name


def _questions(item: ReviewItem, whole: Decision | None, by_name: Mapping[str, Decision]) -> tuple[Decision, ...]:
    """Return the effective questions to colleagues, about the item or a name, oldest first."""
    about_names = [by_name[hit.entity] for hit in item.hits if hit.entity in by_name]
    questions = {decision for decision in (whole, *about_names) if decision and decision.verdict is Verdict.UNSURE}
    return tuple(sorted(questions, key=lambda decision: (decision.at, decision.id)))


def awaited_hits(hits: Sequence[ItemHit]) -> Sequence[ItemHit]:
    """Return the hits that need a verdict: the strong ones that alert or, if there are none, all."""
    return tuple(h for h in hits if h.confidence is Confidence.STRONG and h.alerts) or hits


def individually_judged(item: ReviewItem) -> frozenset[str]:
    """Return the entities of an item whose verdict comes from a decision on that name alone."""
    _, by_name = _last_decisions(item, item.history)
    return frozenset(
        hit.entity
        for hit in item.hits
        if hit.verdict in SETTLED and hit.entity in by_name and by_name[hit.entity].entity is not None
    )


def _combined_verdict(hits: Sequence[ItemHit]) -> Verdict | None:
    """Return the verdict of an item from those on its awaited names.

    It is *unsure* while a question about one is unanswered, and None while one is not judged.
    """
    verdicts = {h.verdict for h in hits}
    if Verdict.UNSURE in verdicts:
        return Verdict.UNSURE
    if not verdicts or not verdicts <= SETTLED:
        return None
    return Verdict.RELEVANT if Verdict.RELEVANT in verdicts else Verdict.NOT_RELEVANT


def with_state_after(last: Decision | None, judged: ReviewItem) -> ReviewItem:
    """Return the item in the state that the last effective decision gives it; open without one."""
    state = state_after(judged, last) if last else State.OPEN
    return replace(judged, state=state, until=last.until if last and state is State.LATER else None)


def state_after(judged: ReviewItem, decision: Decision) -> State:
    """Return the state of an item after a decision on it."""
    if decision.entity is not None or decision.verdict in SETTLED:  # the user may not have seen all names
        return State.DECIDED if all(h.verdict in SETTLED for h in awaited_hits(judged.hits)) else _open_state(judged)
    return State.LATER if decision.verdict is Verdict.LATER else _open_state(judged)


def _open_state(item: ReviewItem) -> State:
    return State.FOLLOW_UP if item.state is State.FOLLOW_UP else State.OPEN
