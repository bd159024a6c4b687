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
    Change,
    Confidence,
    Decision,
    Finding,
    ItemArticle,
    ItemHit,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    Sentence,
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


def as_seen(item: ReviewItem, unseen: Collection[str]) -> ReviewItem | None:
    """The item as it is to somebody who may not know of some entities; None when it is about nobody else.

    Articles that no other name would have brought here go: those that name only these, or another that is news beside
    these alone. So does what was said of them, or came back for them, and which item they were in. An item that waits
    only for them is decided to whoever has decided the rest.
    """
    if not unseen:
        return item if item.hits else None
    secret = [h.name for h in item.hits if h.entity in unseen]
    others = [h for h in item.hits if h.entity not in unseen]
    shown = {m.article for h in others for m in h.mentions if _is_news(h, m.article, secret)}
    gone = {m.article for h in item.hits if h.entity in unseen for m in h.mentions} - shown
    hits = tuple(filter(None, (_hit_without(h, secret, gone) for h in others)))
    if not hits:
        return None
    words = {m.mention.text for h in hits for m in h.mentions}
    articles = tuple(
        replace(
            a,
            copy_of=None if a.copy_of in gone else a.copy_of,
            why="" if secret and "watched" in a.why else a.why,  # it says of how many names
            findings=tuple(f for f in a.findings if _is_open(f, unseen, words)),
        )
        for a in item.articles
        if a.id not in gone
    )
    here = {a.id for a in articles}
    moved = tuple(
        replace(r, articles=tuple(a for a in r.articles if a in here))
        for r in item.regroupings
        if here.intersection(r.articles)
    )
    told = [
        replace(d, judged=tuple(e for e in d.judged if e not in unseen)) for d in item.history if d.entity not in unseen
    ]
    if gone or moved != item.regroupings:
        held = {a.id: _held(a, item) for a in articles}
        told = [d for d in told if d.judged or d.undoes is not None or any(_is_of(d, held[a]) for a in held)]
    kept = {d.id for d in told}
    history = [d for d in told if d.undoes is None or d.undoes in kept]
    first = min((a.first_seen for a in articles), default=item.first_seen) if gone else item.first_seen
    seen = fold(replace(item, hits=hits, articles=articles, regroupings=moved, first_seen=first), history)
    if not secret:
        return seen
    seen = _without_secret_causes(item, seen, gone)
    standing = effective(history)
    if seen.state in {State.OPEN, State.FOLLOW_UP} and standing and _state_after(seen, standing[-1]) is State.DECIDED:
        since = seen.reopened_at
        return seen if since and standing[-1].at < since else replace(seen, state=State.DECIDED)
    return seen


def _alerts_beside(why: str, secret: Collection[str]) -> bool:
    """Whether a name alerts beside a secret one, and so nobody else: `match.decide` names others first."""
    return why in {f"named beside {name}" for name in secret}


def _is_news(hit: ItemHit, article: int, secret: Collection[str]) -> bool:
    """Whether a name brings an article into the queue: it is possible, or alerts, and not beside a secret alone."""
    if all(m.mention.confidence is Confidence.POSSIBLE for m in hit.mentions if m.article == article):
        return True
    why = hit.why_in(article)
    return why is not None and not _alerts_beside(why, secret)


def _hit_without(hit: ItemHit, secret: Collection[str], gone: Collection[int]) -> ItemHit | None:
    """Return a hit without the articles that are gone, and without reasons that hold a secret name."""
    if not secret:
        return hit
    mentions = tuple(m for m in hit.mentions if m.article not in gone)
    if hit.mentions and not mentions:
        return None
    alerting = {a: why for a, why in hit.alerting.items() if a not in gone and not _alerts_beside(why, secret)}
    why = hit.why
    if any(name in why for name in secret):  # "named beside …"
        why = next((other for other in alerting.values() if not any(name in other for name in secret)), "")
    sure = any(m.mention.confidence is Confidence.STRONG for m in mentions)
    confidence = hit.confidence if len(mentions) == len(hit.mentions) or sure else Confidence.POSSIBLE
    alerts = bool(alerting) if hit.alerting else hit.alerts
    return replace(hit, mentions=mentions, confidence=confidence, alerts=alerts, alerting=alerting, why=why)


def _held(article: ItemArticle, item: ReviewItem) -> Sequence[tuple[datetime, int]]:
    """Since when an article was in which item, from its filing on."""
    moves = [r for r in item.regroupings if article.id in r.articles]
    first = moves[0].other if moves else item.id
    return [(article.filed, first), *((r.at, r.item) for r in moves)]


def _is_of(decision: Decision, held: Sequence[tuple[datetime, int]]) -> bool:
    """Whether an item held an article when it was decided on: what was said before may be about another."""
    before = [number for since, number in held if since <= decision.at]
    return bool(before) and before[-1] == decision.item


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


def joined(item: ReviewItem, *, now: datetime, why: Sentence, tell_again: bool = False) -> ReviewItem:
    """What an article that joins its story does to an item, unless it is a copy.

    It moves the version, since nobody has judged it yet, and brings a settled or postponed item back as a follow-up,
    with `why`. An open one stays open; with `tell_again` it says why it is told once more, too.
    """
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
    return _brought_back(item, Sentence("it is spreading: {} more outlets since it was decided", SPREADING), now)


def _brought_back(item: ReviewItem, why: Sentence, now: datetime) -> ReviewItem:
    """As a follow-up, unless nobody ever decided on it."""
    state = State.FOLLOW_UP if effective(item.history) else State.OPEN
    return replace(item, state=state, until=None, reopened=why, reopened_at=now)


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


# ---- which articles are one item: said by people -------------------------------------------------------------------

# The items as a regrouping leaves them, but for their articles, names and verdicts: those go by where articles are.
Regrouped = tuple[tuple[ReviewItem, ...], tuple[Regrouping, ...]]


def merge(kept: ReviewItem, others: Sequence[ReviewItem], by: str, now: datetime) -> Regrouped:
    """All articles of the others into the one that is kept: open if any was; what was judged in any stays so."""
    moves = []
    for other in others:
        if kept.id == other.id:
            raise InputError(f"item {kept.id} cannot be merged into itself; name two items")
        moved = tuple(article.id for article in other.articles)
        moves.append(Regrouping(Regroup.MERGE, kept.id, other.id, moved, now, by))
        kept = _joint(kept, other)
    return (kept, *map(_emptied, others)), tuple(moves)


def split(
    item: ReviewItem, articles: Collection[int], by: str, now: datetime, origin: ReviewItem | None = None
) -> Regrouped:
    """These articles, and the copies of them, into an item of their own, which is open; into `origin`, when they are
    what was merged from it, as it was.

    The rest is decided again where people had settled it as it is now: before others came to it.
    """
    strangers = sorted(set(articles) - {article.id for article in item.articles})
    if strangers:
        raise InputError(f"item {item.id} holds no article {strangers[0]}; `monitor queue show {item.id}` lists them")
    moved = _with_copies(item, articles)
    if not moved or len(moved) == len(item.articles):
        raise InputError(f"nothing would be left of item {item.id}: name some of its articles, not all (copies count)")
    if origin is not None:
        return _parted(item, origin, moved), (Regrouping(Regroup.SPLIT, origin.id, item.id, moved, now, by),)
    return (_without(item, moved),), (Regrouping(Regroup.SPLIT, 0, item.id, moved, now, by),)


def merged_as(item: ReviewItem, articles: Collection[int]) -> Regrouping | None:
    """The merge of an item into this one that brought just these articles, and copies of them."""
    moved = _with_copies(item, articles)
    for done in reversed(effective(item.regroupings)):
        is_merge = done.kind is Regroup.MERGE and done.item == item.id
        if is_merge and _with_copies(item, done.articles) == moved:
            return done
    return None


def in_one_step(item: ReviewItem, done: Regrouping) -> tuple[Regrouping, ...]:
    """What stands of all that was merged into an item, or split off it, at once; the last first."""
    step = (done.kind, done.item, done.by, done.at)
    return tuple(r for r in reversed(effective(item.regroupings)) if (r.kind, r.item, r.by, r.at) == step)


def _parted(holder: ReviewItem, origin: ReviewItem, moved: Collection[int]) -> tuple[ReviewItem, ReviewItem]:
    """The two of a merge where the history of each leaves them."""
    left = [d for d in holder.history if d not in origin.history]
    rest = tuple(article for article in holder.articles if article.id not in moved)
    hits = _named_in(holder, [article.id for article in rest])
    return (
        _resumed(replace(origin, hits=_named_in(holder, moved)), holder.version),
        _resumed(replace(holder, articles=rest, hits=hits, history=tuple(left)), holder.version),
    )


def _named_in(item: ReviewItem, articles: Collection[int]) -> tuple[ItemHit, ...]:
    return tuple(h for h in item.hits if any(m.article in articles for m in h.mentions))


def _without(item: ReviewItem, moved: Collection[int]) -> ReviewItem:
    """What is left of an item, in the state that decisions on it as it is now leave it in."""
    rest = replace(item, version=item.version + 1)
    left, standing = [a for a in item.articles if a.id not in moved], effective(item.history)
    seen = (any(_is_of(d, _held(a, item)) for d in standing) for a in left if a.copy_of is None)
    if item.state not in {State.OPEN, State.FOLLOW_UP} or not standing or not all(seen):
        return rest
    came = {at for a in item.articles if a.id in moved for at in (a.filed, a.changed)}
    if item.reopened_at and item.reopened_at > standing[-1].at and item.reopened_at not in came:
        return rest
    hits = _named_in(item, [a.id for a in left])
    state = _state_after(fold(replace(item, state=State.OPEN, hits=hits), item.history), standing[-1])
    until = standing[-1].until if state is State.LATER else None
    return replace(rest, state=state, until=until)


def take_back(
    done: Sequence[Regrouping], holder: ReviewItem, origins: Sequence[ReviewItem], by: str, now: datetime
) -> Regrouped:
    """The items as if a step had not been: its articles, and copies of them that came since, go back to the origins.

    What was merged goes on where its own history left it; what was split is merged again, with what joined it since.
    """
    back: list[ReviewItem] = []
    undone: list[Regrouping] = []
    for each, origin in zip(done, origins, strict=True):
        moved = tuple(article.id for article in holder.articles)
        if each.kind is Regroup.MERGE:
            moved = _with_copies(holder, each.articles)
        if not moved:
            continue
        undone.append(Regrouping(each.kind, origin.id, holder.id, moved, now, by, undoes=each.id))
        if each.kind is Regroup.SPLIT:
            back, holder = [_joint(origin, holder)], _emptied(holder)
        else:
            again, left = _parted(holder, origin, moved)
            back, holder = [*back, again], left if left.articles else _emptied(holder)
    if not undone:
        raise InputError(f"none of the articles moved then is in item {holder.id} any more; nothing to undo")
    return (*back, holder), tuple(undone)


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
    own = fold(item, item.history)
    last = next(reversed(effective(own.history)), None)
    left = _left_by(last, replace(own, state=State.OPEN))
    if item.reopened_at and last and last.at < item.reopened_at:
        left = replace(left, state=State.FOLLOW_UP, until=None)
    return replace(item, version=max(item.version, version) + 1, state=left.state, until=left.until)
