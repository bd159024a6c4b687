"""Pure. An item and a decision give an item; what opens an item again.

An item's verdicts are never stored: they are what its history says, read from the start (`fold`). So an undo is one
more line of the history, and nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.errors import InputError, StaleDecision
from monitor.model import (
    Change,
    Confidence,
    Decision,
    Finding,
    ItemHit,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    State,
    Verdict,
)

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
        own = decision.item == item.id  # else of an item merged into it: that judged its own names
        whole = decision.verdict if own and decision.entity is None else whole
    hits = tuple(replace(hit, verdict=each.get(hit.entity)) for hit in item.hits)
    return replace(item, hits=hits, history=tuple(history), verdict=whole or _sum_of(hits))


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
    state = _state_after(judged, decision)
    until = decision.until if state is State.LATER else None
    return replace(judged, state=state, until=until, version=item.version + 1)


def undo(item: ReviewItem, which: Decision, by: str, now: datetime) -> tuple[ReviewItem, Decision]:
    """The item as if `which` had not been said, and the line that says so."""
    if which not in effective(item.history):
        raise InputError(f"decision {which.id} on item {item.id} does not stand any more; nothing to undo")
    undoing = Decision(item=which.item, version=item.version, at=now, by=by, verdict=None, undoes=which.id)
    judged = fold(item, (*item.history, undoing))
    standing = effective(judged.history)
    state, until = State.OPEN, None
    if standing:
        state = _state_after(judged, standing[-1])
        until = standing[-1].until if state is State.LATER else None
    if item.reopened_at and (not standing or standing[-1].at < item.reopened_at):
        state, until = (State.FOLLOW_UP if effective(_before(item, item.reopened_at)) else state), None
    return replace(judged, state=state, until=until, version=item.version + 1), undoing


def as_seen(item: ReviewItem, unseen: Collection[str]) -> ReviewItem | None:
    """The item as it is to somebody who may not know of some entities; None when it is about nobody else.

    Articles that name only those go, and so does what was said of them, or came back for them. An item that waits only
    for them is decided to whoever has decided the rest.
    """
    hits = tuple(h for h in item.hits if h.entity not in unseen)
    if not hits:
        return None
    shown = {m.article for h in hits for m in h.mentions}
    gone = {m.article for h in item.hits if h.entity in unseen for m in h.mentions} - shown
    words = {m.mention.text for h in hits for m in h.mentions}
    articles = tuple(
        replace(
            a,
            copy_of=None if a.copy_of in gone else a.copy_of,
            findings=tuple(f for f in a.findings if _is_open(f, unseen, words)),
        )
        for a in item.articles
        if a.id not in gone
    )
    told = [
        replace(d, judged=tuple(e for e in d.judged if e not in unseen)) for d in item.history if d.entity not in unseen
    ]
    kept = {d.id for d in told}
    history = [d for d in told if d.undoes is None or d.undoes in kept]
    seen = replace(item, hits=hits, articles=articles)
    if len(hits) < len(item.hits):
        seen = _without_secret_causes(item, seen, gone)
    seen = fold(seen, history)
    standing = effective(history)
    if seen.state in {State.OPEN, State.FOLLOW_UP} and standing and _state_after(seen, standing[-1]) is State.DECIDED:
        since = seen.reopened_at
        return seen if since and standing[-1].at < since else replace(seen, state=State.DECIDED)
    return seen


def _is_open(finding: Finding, unseen: Collection[str], words: Collection[str]) -> bool:
    """Whether a change may be told of: it is of the article, or of a name that is no secret."""
    if finding.entity:
        return finding.entity not in unseen
    said = finding.before + finding.after
    return finding.kind in {Change.GONE, Change.HEADLINE} or any(word in said for word in words)


def _without_secret_causes(item: ReviewItem, seen: ReviewItem, gone: Collection[int]) -> ReviewItem:
    """Why an item came back may quote a name: it is told where nothing of it is hidden."""
    at = item.reopened_at
    causes, told = (
        [f for a in some.articles for f in a.findings if at is not None and f.found == at] for some in (item, seen)
    )
    if (causes and not told) or at in {when for a in item.articles if a.id in gone for when in (a.filed, a.changed)}:
        return replace(seen, reopened="", reopened_at=None)
    if len(told) < len(causes) or at in {a.changed for a in item.articles}:
        return replace(seen, reopened="")
    return seen


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
    if decision.entity is not None or decision.verdict in SETTLED:  # of the whole item: some may have been unseen
        return State.DECIDED if all(h.verdict in SETTLED for h in awaited(judged)) else _unsettled(judged)
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


# ---- which articles are one item: said by people -------------------------------------------------------------------

# The items as a regrouping leaves them, but for their articles, names and verdicts: those go by where articles are.
Regrouped = tuple[tuple[ReviewItem, ...], Regrouping]


def merge(kept: ReviewItem, other: ReviewItem, by: str, now: datetime) -> Regrouped:
    """All articles of the other into the one that is kept: open if either was; what was judged in either stays so."""
    if kept.id == other.id:
        raise InputError(f"item {kept.id} cannot be merged into itself; name two items")
    moved = tuple(article.id for article in other.articles)
    return (_joint(kept, other), _emptied(other)), Regrouping(Regroup.MERGE, kept.id, other.id, moved, now, by)


def split(item: ReviewItem, articles: Collection[int], by: str, now: datetime) -> Regrouped:
    """These articles, and the copies of them, into an item of their own, which is open."""
    strangers = sorted(set(articles) - {article.id for article in item.articles})
    if strangers:
        raise InputError(f"item {item.id} holds no article {strangers[0]}; `monitor queue show {item.id}` lists them")
    moved = _with_copies(item, articles)
    if not moved or len(moved) == len(item.articles):
        raise InputError(f"nothing would be left of item {item.id}: name some of its articles, not all (copies count)")
    return (replace(item, version=item.version + 1),), Regrouping(Regroup.SPLIT, 0, item.id, moved, now, by)


def take_back(done: Regrouping, holder: ReviewItem, origin: ReviewItem, by: str, now: datetime) -> Regrouped:
    """The items as if it had not been: its articles, and copies of them that came since, go back.

    What was merged goes on where its own history left it; what was split is merged again, with what joined it since.
    """
    if done.kind is Regroup.SPLIT:
        back, moved = _joint(origin, holder), tuple(article.id for article in holder.articles)
    else:
        back, moved = _resumed(origin, holder.version), _with_copies(holder, done.articles)
    if not moved:
        raise InputError(f"none of the articles moved then is in item {holder.id} any more; nothing to undo")
    emptied = len(moved) == len(holder.articles)
    left = _emptied(holder) if emptied else _resumed(holder, holder.version)
    return (back, left), Regrouping(done.kind, origin.id, holder.id, moved, now, by, undoes=done.id)


def _with_copies(item: ReviewItem, articles: Collection[int]) -> tuple[int, ...]:
    """In the order they were filed, so that a copy of a copy comes after it."""
    moved: list[int] = []
    for article in item.articles:
        if article.id in articles or article.copy_of in moved:
            moved.append(article.id)
    return tuple(moved)


def _joint(kept: ReviewItem, other: ReviewItem) -> ReviewItem:
    version, states = max(kept.version, other.version) + 1, {kept.state, other.state}
    if len(states) == 1:
        until = min((item.until for item in (kept, other) if item.until), default=None)
        return replace(kept, version=version, until=until)
    if states & {State.OPEN, State.FOLLOW_UP} == {State.FOLLOW_UP}:
        back = kept if kept.state is State.FOLLOW_UP else other
        kept = replace(kept, reopened=back.reopened, reopened_at=back.reopened_at)
        return replace(kept, version=version, state=State.FOLLOW_UP, until=None)
    return replace(kept, version=version, state=State.OPEN, until=None)


def _emptied(item: ReviewItem) -> ReviewItem:
    return replace(item, version=item.version + 1, state=State.MERGED, until=None)


def _resumed(item: ReviewItem, version: int) -> ReviewItem:
    """An item where its own decisions leave it, at a version above both."""
    own = fold(item, [decision for decision in item.history if decision.item == item.id])
    standing, state, until = effective(own.history), State.OPEN, None
    if standing:
        state = _state_after(replace(own, state=State.OPEN), standing[-1])
        until = standing[-1].until if state is State.LATER else None
    if item.reopened_at and standing and standing[-1].at < item.reopened_at:
        state, until = State.FOLLOW_UP, None
    return replace(item, version=max(item.version, version) + 1, state=state, until=until)
