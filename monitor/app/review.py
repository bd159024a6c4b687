"""The use cases of the review queue: decide, merge, split, undo."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from monitor.app.clock import Clock
from monitor.errors import NotFound, StaleDecision
from monitor.model import Decision, NameJudgement, QueueFilter, Reason, Regrouping, ReviewItem, State, Verdict
from monitor.review.decisions import decide, effective, undo
from monitor.review.feedback import Lessons, learn
from monitor.review.regroup import Regrouped, find_merge, merge, same_step, split, undo_regrouping
from monitor.review.visibility import redacted_for
from monitor.store import Store


class ReviewService:
    """The use cases of the queue, part of `App`.

    The rules are in `monitor.review`; each use case ends in one saving call, which is one transaction.
    """

    store: Store
    clock: Clock

    def queue(
        self, states: Collection[State] = (), limit: int = 200, filters: QueueFilter = QueueFilter()
    ) -> Sequence[ReviewItem]:
        return self.store.reviews.listing(states, limit, filters)

    def entity_number(self, entity: str) -> int:
        """Return the number of an entity, also of a removed one. Raises NotFound, with similar ids."""
        numbers = self.store.watchlists.numbers()
        if entity in numbers:
            return numbers[entity]
        near = get_close_matches(entity.casefold(), numbers, n=3)
        todo = f"did you mean {' or '.join(near)}?" if near else "`monitor watchlist list` shows them"
        raise NotFound(f"no entity {entity!r} on the watchlist; {todo}")

    def item(self, number: int) -> ReviewItem:
        return self.store.reviews.get(number)

    def decide(
        self,
        number: int,
        verdict: Verdict,
        *,
        by: str,
        entity: str | None = None,
        reason: Reason | None = None,
        note: str = "",
        until: datetime | None = None,
        version: int | None = None,
        hidden_entities: Collection[str] = (),
    ) -> ReviewItem:
        """Decide on an item at `version`, or on one entity in it.

        `hidden_entities`: entities that the user may not know of; the decision does not cover them.
        Raises StaleDecision, NotFound, InputError.
        """
        item = self.store.reviews.get(number)
        seen_version = item.version if version is None else version
        decision = Decision(number, seen_version, self.clock(), by, verdict, entity, reason, note, until)
        decided = decide(item, decision, hidden_entities)
        return self.store.reviews.save(decided, was=item.version, decision=decided.history[-1])

    def decide_many(
        self,
        seen_versions: Mapping[int, int],
        verdict: Verdict,
        *,
        by: str,
        reason: Reason | None = None,
        note: str = "",
        until: datetime | None = None,
        hidden_entities: Collection[str] = (),
    ) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Decide on many items (number -> version seen) in one step, which is also undone as one.

        Returns the decided items, and the unchanged items that somebody else has changed since.
        """
        # The id of the step, by which `undo` finds its other decisions.
        batch, now = secrets.token_hex(8), self.clock()
        moves: list[tuple[ReviewItem, int]] = []
        stale: list[ReviewItem] = []
        for item in self.store.desk.items(list(seen_versions)):
            version = seen_versions[item.id]
            if item.version == version and item.state is not State.MERGED:
                decision = Decision(item.id, version, now, by, verdict, None, reason, note, until, batch=batch)
                moves.append((decide(item, decision, hidden_entities), version))
            else:
                stale.append(item)
        saved, moved = self.store.reviews.save_many(moves)
        return saved, [*stale, *moved]

    def merge(self, target: int, *sources: int, by: str, seen_versions: Mapping[int, int] | None = None) -> ReviewItem:
        """Merge items into `target` in one step; `seen_versions`: number -> version seen.

        Raises StaleDecision, NotFound, InputError.
        """
        target_item, *source_items = (
            self._item_at_version(number, (seen_versions or {}).get(number)) for number in (target, *sources)
        )
        return self._regroup(merge(target_item, source_items, by, self.clock()), target_item, *source_items)

    def split(
        self,
        number: int,
        articles: Collection[int],
        *,
        by: str,
        version: int | None = None,
        hidden_entities: Collection[str] = (),
    ) -> ReviewItem:
        """Move articles of an item into an item of their own, and return that.

        If the articles are exactly those of an earlier merge, the merged item is restored. Articles that are only about
        `hidden_entities` stay, or go back with the articles of their merge. Raises StaleDecision, NotFound, InputError.
        """
        item, now = self._item_at_version(number, version), self.clock()
        visible_item = redacted_for(item, hidden_entities) or item
        split(visible_item, articles, by, now)  # raises if the user cannot split what they see
        earlier_merge = find_merge(visible_item, articles)
        origin = self.store.reviews.get(earlier_merge.other, merged=True) if earlier_merge else None
        if earlier_merge is None or origin is None or origin.state is not State.MERGED:
            return self._regroup(split(item, articles, by, now), item)
        merged_articles = {article for r in item.regroupings if r.id == earlier_merge.id for article in r.articles}
        articles = {*articles, *merged_articles}.intersection(article.id for article in item.articles)
        return self._regroup(split(item, articles, by, now, origin), item, origin)

    def _item_at_version(self, number: int, version: int | None) -> ReviewItem:
        item = self.store.reviews.get(number)
        if version not in {None, item.version}:
            raise StaleDecision(item)
        return item

    def _regroup(self, regrouped: Regrouped, *items_before: ReviewItem) -> ReviewItem:
        after, moves = regrouped
        return self.store.reviews.regroup(after, {item.id: item.version for item in items_before}, moves)

    def current_items(self, numbers: Sequence[int]) -> Mapping[int, ReviewItem]:
        """Return items by number; for a merged item, the one that holds its articles now."""
        reviews, items = self.store.reviews, self.store.desk.items(numbers)
        return {i.id: reviews.get(reviews.holder(i.id)) if i.state is State.MERGED else i for i in items}

    def decisions_in_step(
        self, last: Decision, hidden_entities: Collection[str] = ()
    ) -> Sequence[tuple[Decision, ReviewItem]]:
        """Return the effective decisions made in one step with `last`, each with its current item.

        Items that are only about `hidden_entities` are left out.
        """
        decisions = self.store.reviews.batch(last.batch) if last.batch else [last]
        items = self.current_items([decision.item for decision in decisions])
        return [
            (d, items[d.item]) for d in decisions if not hidden_entities or redacted_for(items[d.item], hidden_entities)
        ]

    def undo(
        self, *, by: str, item: int | None = None, decision: int | None = None, hidden_entities: Collection[str] = ()
    ) -> Sequence[ReviewItem]:
        """Take back the last effective action on an item or by a user, or the given decision.

        A decision made in one step with others is taken back with them, all or none, except on items that are only
        about `hidden_entities`. Raises NotFound; StaleDecision if somebody changes one of the items meanwhile.
        """
        reviews = self.store.reviews
        last: Decision | Regrouping | None
        if item is None:
            last = self.last_action(by)
        else:
            decisions = reversed(effective(reviews.get(item).history))
            last = next((d for d in decisions if decision in {None, d.id}), None)
            regrouping = reviews.last_regrouping(item=item) if decision is None else None
            last = _later_action(regrouping, last)
        if isinstance(last, Regrouping):
            return [self.undo_regrouping(last, by=by)]
        if last is None:
            raise NotFound(f"nothing to undo{'' if item else f' by {by}'}")
        undone: dict[int, tuple[ReviewItem, int]] = {}
        # Items of the step may have been merged since: then several decisions are taken back on one item, in turn.
        for taken_back, holder in self.decisions_in_step(last, hidden_entities):
            before, version = undone.get(holder.id, (holder, holder.version))
            undone[holder.id] = undo(before, taken_back, by, self.clock())[0], version
        return self.store.reviews.save_many(list(undone.values()), all_or_none=True)[0]

    def last_action(self, by: str) -> Decision | Regrouping | None:
        """Return the last effective decision, merge or split by a user."""
        return _later_action(self.store.reviews.last_regrouping(by=by), self.store.reviews.last_decision(by))

    def undo_regrouping(self, regrouping: Regrouping, *, by: str, hidden_entities: Collection[str] = ()) -> ReviewItem:
        """Take back a merge or split with its whole step; return the item that then holds the articles.

        Raises StaleDecision; InputError if none of the articles is in the item they were moved to.
        """
        holder = self.store.reviews.get(regrouping.item, merged=True)
        visible_ids = {r.id for r in (redacted_for(holder, hidden_entities) or holder).regroupings}
        parts = [r for r in same_step(holder, regrouping) if r.id in visible_ids]
        origins = [self.store.reviews.get(part.other, merged=True) for part in parts]
        return self._regroup(undo_regrouping(parts, holder, origins, by, self.clock()), holder, *origins)

    def name_judgements(self) -> Sequence[NameJudgement]:
        """Return the users' judgements of matched names, the input of `lessons`."""
        return self.store.reviews.name_judgements()

    def lessons(self) -> Lessons:
        return learn(self.name_judgements())


def _later_action(regrouping: Regrouping | None, decision: Decision | None) -> Decision | Regrouping | None:
    return regrouping if regrouping and (decision is None or regrouping.at >= decision.at) else decision
