"""Pure. Moves articles between items: merge, split, and their undo."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.errors import InputError
from monitor.model import Regroup, Regrouping, ReviewItem, State
from monitor.model.items.history import effective, fold, last_effective, with_state_after
from monitor.review.decisions import with_unseen_news

# The items after a regrouping, and the regroupings to store. The store recomputes articles, names and verdicts of
# the items from where the articles are.
Regrouped = tuple[tuple[ReviewItem, ...], tuple[Regrouping, ...]]
OPEN = frozenset({State.OPEN, State.FOLLOW_UP})


def merge(target: ReviewItem, merged_items: Sequence[ReviewItem], by: str, now: datetime) -> Regrouped:
    """Return the items after all articles of `merged_items` moved into `target`.

    The target is open if any of them was. Decisions on each item stay in force.
    """
    moves = []
    for merged in merged_items:
        if target.id == merged.id:
            raise InputError(f"item {target.id} cannot be merged into itself; name two items")
        moved = tuple(article.id for article in merged.articles)
        # Each item goes into the result of the one before: a step of three items is three moves.
        moves.append(Regrouping(Regroup.MERGE, target.id, merged.id, moved, now, by))
        target = _merged_state(target, merged)
    return (target, *map(_emptied, merged_items)), tuple(moves)


def split(
    item: ReviewItem, articles: Collection[int], by: str, now: datetime, origin: ReviewItem | None = None
) -> Regrouped:
    """Return the items after these articles, with their copies, moved into an item of their own.

    The new item is open. With `origin`, the articles are exactly those once merged from it, and go back there with
    their earlier state. The remaining item returns to the state it had before the articles came, if people had settled
    it.
    """
    unknown = sorted(set(articles) - {article.id for article in item.articles})
    if unknown:
        raise InputError(f"item {item.id} holds no article {unknown[0]}; `monitor queue show {item.id}` lists them")
    moved = _with_copies(item, articles)
    if not moved or len(moved) == len(item.articles):
        raise InputError(f"nothing would be left of item {item.id}: name some of its articles, not all (copies count)")
    if origin is not None:
        return _separated(item, origin, moved), (Regrouping(Regroup.SPLIT, origin.id, item.id, moved, now, by),)
    return (_without(item, moved),), (Regrouping(Regroup.SPLIT, 0, item.id, moved, now, by),)


def find_merge(item: ReviewItem, articles: Collection[int]) -> Regrouping | None:
    """Return the merge into this item that brought exactly these articles and their copies, or None."""
    moved = _with_copies(item, articles)
    for regrouping in reversed(effective(item.regroupings)):
        is_merge = regrouping.kind is Regroup.MERGE and regrouping.item == item.id
        if is_merge and _with_copies(item, regrouping.articles) == moved:
            return regrouping
    return None


def same_step(item: ReviewItem, regrouping: Regrouping) -> tuple[Regrouping, ...]:
    """Return the effective regroupings made in one step with this one, last first."""
    step = (regrouping.kind, regrouping.item, regrouping.by, regrouping.at)
    return tuple(r for r in reversed(effective(item.regroupings)) if (r.kind, r.item, r.by, r.at) == step)


def _separated(holder: ReviewItem, origin: ReviewItem, moved: Collection[int]) -> tuple[ReviewItem, ReviewItem]:
    """Return both items of a merge, each in the state that its own history gives."""
    # Decisions on the merged item, made before or after the merge, leave with it.
    history = tuple(d for d in holder.history if d not in origin.history)
    returned = _only(holder, moved)
    origin, holder = replace(origin, articles=returned.articles, hits=returned.hits), replace(holder, history=history)
    if _is_reopened_by(holder, moved):
        origin = replace(origin, reopened=holder.reopened, reopened_at=holder.reopened_at)
        holder = replace(holder, reopened_at=None)
    remainder = _only(holder, [article.id for article in holder.articles if article.id not in moved])
    return _restored(origin, holder.version), _restored(remainder, holder.version)


def _is_reopened_by(item: ReviewItem, moved: Collection[int]) -> bool:
    """Return True if one of these articles reopened the item: once they leave, that no longer counts."""
    return any(item.reopened_at in article.news_times for article in item.articles if article.id in moved)


def _only(item: ReviewItem, articles: Collection[int]) -> ReviewItem:
    """Return the item with these of its articles, and the hits in them."""
    hits = tuple(hit for hit in item.hits if any(mention.article in articles for mention in hit.mentions))
    return replace(item, articles=tuple(article for article in item.articles if article.id in articles), hits=hits)


def _without(item: ReviewItem, moved: Collection[int]) -> ReviewItem:
    """Return the item without these articles, in the state that its decisions give the remaining ones."""
    last = last_effective(item)
    is_still_reopened = item.reopened_at and last and item.reopened_at > last.at
    if item.state not in OPEN or not last or (is_still_reopened and not _is_reopened_by(item, moved)):
        return replace(item, version=item.version + 1)
    remainder = _only(item, [article.id for article in item.articles if article.id not in moved])
    return _restored(replace(remainder, reopened_at=None), item.version)


def undo_regrouping(
    regroupings: Sequence[Regrouping], holder: ReviewItem, origins: Sequence[ReviewItem], by: str, now: datetime
) -> Regrouped:
    """Return the items as if a step had not been made: its articles, and later copies of them, go back to the origins.

    A merged item continues in the state of its own history. A split item is merged again, with the articles that joined
    it since.
    """
    restored: list[ReviewItem] = []
    undone: list[Regrouping] = []
    for regrouping, origin in zip(regroupings, origins, strict=True):
        # Undoing a split takes all articles back, also those that joined the new item since.
        moved = tuple(article.id for article in holder.articles)
        if regrouping.kind is Regroup.MERGE:
            moved = _with_copies(holder, regrouping.articles)
        if not moved:
            continue
        undone.append(Regrouping(regrouping.kind, origin.id, holder.id, moved, now, by, undoes=regrouping.id))
        if regrouping.kind is Regroup.SPLIT:
            restored, holder = [_merged_state(origin, holder)], _emptied(holder)
        else:
            origin_after, holder_after = _separated(holder, origin, moved)
            restored, holder = [*restored, origin_after], holder_after if holder_after.articles else _emptied(holder)
    if not undone:
        raise InputError(f"none of the articles moved then is in item {holder.id} any more; nothing to undo")
    return (*restored, holder), tuple(undone)


def _with_copies(item: ReviewItem, articles: Collection[int]) -> tuple[int, ...]:
    """Return the articles with their copies, in the order of filing, in which a copy follows its source."""
    moved: list[int] = []
    for article in item.articles:
        if article.id in articles or article.copy_of in moved:
            moved.append(article.id)
    return tuple(moved)


def _merged_state(target: ReviewItem, merged: ReviewItem) -> ReviewItem:
    """Return the target with the state of both items together."""
    # A version above both, so that a form that shows either item is stale.
    version, states = max(target.version, merged.version) + 1, {target.state, merged.state}
    if len(states) == 1:
        # Two postponed items come back together, at the earlier time.
        until = min((item.until for item in (target, merged) if item.until), default=None)
        return replace(target, version=version, until=until)
    # A follow-up with a settled item stays a follow-up, with the reason of the one that was reopened.
    if states & OPEN == {State.FOLLOW_UP}:
        reopened_item = target if target.state is State.FOLLOW_UP else merged
        target = replace(target, reopened=reopened_item.reopened, reopened_at=reopened_item.reopened_at)
        return replace(target, version=version, state=State.FOLLOW_UP, until=None)
    return replace(target, version=version, state=State.OPEN, until=None)


def _emptied(item: ReviewItem) -> ReviewItem:
    return replace(item, version=item.version + 1, state=State.MERGED, until=None)


def _restored(item: ReviewItem, version: int) -> ReviewItem:
    """Return the item in the state of its own decisions, at a version above both."""
    folded = fold(item, item.history)
    last = last_effective(folded)
    resumed = with_state_after(last, replace(folded, state=State.OPEN))
    if item.reopened_at and last and last.at < item.reopened_at:
        resumed = replace(resumed, state=State.FOLLOW_UP, until=None)
    else:
        resumed = with_unseen_news(resumed, effective(item.history))
    return replace(resumed, version=max(item.version, version) + 1)
