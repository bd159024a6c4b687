"""Pure. Stories merged and split, and taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.errors import InputError
from monitor.model import (
    ItemHit,
    Regroup,
    Regrouping,
    ReviewItem,
    State,
)
from monitor.review.decisions import _left_by, _state_after, effective, fold
from monitor.review.visibility import _held, _is_of

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
