"""The use cases of the review queue: decide, merge, split, undo."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from monitor import review
from monitor.errors import InputError, NotFound
from monitor.home import Home
from monitor.model import (
    CARD_ARTICLES,
    ONE_ARTICLE,
    ArticlePage,
    Decision,
    ItemArticle,
    QueueFilter,
    Reason,
    Regrouping,
    ReviewItem,
    StaleDecision,
    State,
    Verdict,
)
from monitor.model.items.history import effective
from monitor.review import Regrouped
from monitor.serialize import Row, item_row
from monitor.text.lead import lead_article


@dataclass(frozen=True, slots=True)
class Review:
    """The use cases of the queue of one watch.

    The rules are in `monitor.review`; each use case ends in one saving call, which is one transaction.
    """

    home: Home

    def queue(
        self, states: Collection[State] = (), limit: int = 200, filters: QueueFilter | None = None
    ) -> Sequence[ReviewItem]:
        return self.home.store.reviews.listing(states, limit, filters or QueueFilter(), CARD_ARTICLES)

    def entity_number(self, entity: str) -> int:
        """Return the number of an entity, also of a removed one. Raises NotFound, with similar ids."""
        numbers = self.home.store.cards.entity_numbers()
        if entity in numbers:
            return numbers[entity]
        near = get_close_matches(entity.casefold(), numbers, n=3)
        todo = f"did you mean {' or '.join(near)}?" if near else "`monitor watchlist list` shows them"
        raise NotFound(f"no entity {entity!r} on the watchlist; {todo}")

    def item(self, number: int) -> ReviewItem:
        """Return an item. Raises NotFound, also when it was merged into another."""
        return self.home.store.reviews.get(number)

    def current_items(self, numbers: Sequence[int], page: ArticlePage | None = None) -> Mapping[int, ReviewItem]:
        """Return items by number, with these articles; for a merged item, the one that has its articles now."""
        current = {item.id: item for item in self.home.store.cards.items(numbers, page)}
        reviews = self.home.store.reviews
        for item in reviews.items([number for number in numbers if number not in current]):
            current[item.id] = reviews.get(reviews.holder(item.id), page=page)
        return current

    def regroupings(self, item: ReviewItem) -> tuple[Sequence[Regrouping], Sequence[ReviewItem]]:
        """Return the merges and splits of an item, and the other items that took part and still exist."""
        numbers = sorted({n for r in item.regroupings for n in (r.item, r.other)} - {item.id})
        return item.regroupings, self.home.store.cards.items(numbers, ONE_ARTICLE) if numbers else []

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
        colleague: str = "",
        version: int | None = None,
        page: ArticlePage | None = None,
    ) -> ReviewItem:
        """Decide on an item at `version`, or on one entity in it.

        `colleague` is whom a question is for, `page` what is returned. Raises StaleDecision, NotFound, InputError.
        """
        item = self.home.store.reviews.get(number, page=page)
        seen_version = item.version if version is None else version
        decision = Decision(
            number, seen_version, self.home.clock(), by, verdict, entity, reason, note, until, colleague=colleague
        )
        decided = review.decide(item, decision)
        return self.home.store.reviews.save(decided, was=item.version, decision=decided.history[-1], page=page)

    def write_note(self, number: int, note: str, *, by: str, version: int | None = None) -> ReviewItem:
        """Store a note on an item, which stays as it is. The same note sent twice is stored once.

        Without the `version` that its author saw, it is stored even if somebody decides at this moment. Raises
        StaleDecision, NotFound, InputError.
        """
        if not note:
            raise InputError("the note is empty; write it first")
        item = self._item_at_version(number, version)
        if any(d.is_note and (d.by, d.note, d.version) == (by, note, item.version) for d in item.history):
            return item
        decision = Decision(item.id, item.version, self.home.clock(), by, None, note=note)
        try:
            return self.home.store.reviews.save(item, was=item.version, decision=decision)
        except StaleDecision:
            if version is not None:
                raise
            return self.write_note(number, note, by=by)

    def lead_of(self, item: ReviewItem) -> ItemArticle:
        """Return the article that stands for an item where no account is asked: in files, feeds and at the terminal."""
        return lead_article(item, self.home.settings.language)

    def rows(self, items: Sequence[ReviewItem]) -> list[Row]:
        """Return items as JSON, each and its related ones by the article that stands for it."""
        with_leads = self.home.store.cards.with_related_leads(items, self.home.settings.language)
        return [item_row(item, self.lead_of(item)) for item in with_leads]

    def decide_many(
        self,
        seen_versions: Mapping[int, int],
        verdict: Verdict,
        *,
        by: str,
        reason: Reason | None = None,
        note: str = "",
        until: datetime | None = None,
    ) -> tuple[Sequence[ReviewItem], Mapping[int, ReviewItem]]:
        """Decide on many items (number -> version seen) in one step, which is also undone as one.

        Returns the decided items, and by number the unchanged items that somebody else has changed since.
        """
        # The id of the step, by which `undo` finds its other decisions.
        batch, now = secrets.token_hex(8), self.home.clock()
        moves: list[tuple[ReviewItem, int]] = []
        stale: list[int] = []
        for item in self.home.store.reviews.items(list(seen_versions)):
            version = seen_versions[item.id]
            # What somebody else changed meanwhile is returned for another look, never decided unseen.
            if item.version == version and item.state is not State.MERGED:
                decision = Decision(item.id, version, now, by, verdict, None, reason, note, until, batch=batch)
                moves.append((review.decide(item, decision), version))
            else:
                stale.append(item.id)
        saved, moved = self.home.store.reviews.save_many(moves)
        return saved, self.current_items([*stale, *(item.id for item in moved)])

    def merge(self, target: int, *sources: int, by: str, seen_versions: Mapping[int, int] | None = None) -> ReviewItem:
        """Merge items into `target` in one step; `seen_versions`: number -> version seen.

        Raises StaleDecision, NotFound, InputError.
        """
        target_item, *source_items = (
            self._item_at_version(number, (seen_versions or {}).get(number)) for number in (target, *sources)
        )
        regrouped = review.merge(target_item, source_items, by, self.home.clock())
        return self._regroup(regrouped, target_item, *source_items)

    def split(
        self,
        number: int,
        articles: Collection[int],
        *,
        by: str,
        version: int | None = None,
    ) -> ReviewItem:
        """Move articles of an item into an item of their own, and return that.

        If the articles are exactly those of an earlier merge, the merged item is restored. Raises StaleDecision,
        NotFound, InputError.
        """
        item = self._item_at_version(number, version)
        earlier_merge = review.find_merge(item, articles)
        origin = self.home.store.reviews.get(earlier_merge.other, merged=True) if earlier_merge else None
        if origin is not None and origin.state is not State.MERGED:
            origin = None
        items_before = [item, origin] if origin else [item]
        return self._regroup(review.split(item, articles, by, self.home.clock(), origin), *items_before)

    def _item_at_version(self, number: int, version: int | None) -> ReviewItem:
        item = self.home.store.reviews.get(number)
        if version not in {None, item.version}:
            raise StaleDecision(item)
        return item

    def _regroup(self, regrouped: Regrouped, *items_before: ReviewItem) -> ReviewItem:
        after, moves = regrouped
        return self.home.store.reviews.regroup(after, {item.id: item.version for item in items_before}, moves)

    def count_undoable_items(self, decision: Decision) -> int:
        """Return the number of items whose decision is taken back with this one."""
        return len(self.home.store.reviews.batch(decision.batch)) if decision.batch else 1

    def _decisions_in_step(self, last: Decision) -> Sequence[tuple[Decision, ReviewItem]]:
        """Return the effective decisions made in one step with `last`, each with the item that holds it now."""
        decisions = self.home.store.reviews.batch(last.batch) if last.batch else [last]
        holders = self.current_items([decision.item for decision in decisions])
        return [(decision, holders[decision.item]) for decision in decisions]

    def undo(self, *, by: str, item: int | None = None, decision: int | None = None) -> Sequence[ReviewItem]:
        """Take back the last effective action on an item or by a user, or the given decision.

        A decision made in one step with others is taken back with them, all or none. Raises NotFound; StaleDecision if
        somebody changes one of the items meanwhile.
        """
        reviews = self.home.store.reviews
        last: Decision | Regrouping | None
        if item is None:
            last = self._last_action(by)
        else:
            decisions = reversed(effective(self.item(item).history))
            last = next((d for d in decisions if decision in {None, d.id}), None)
            regrouping = reviews.last_regrouping(item=item) if decision is None else None
            last = _later_action(regrouping, last)
        if isinstance(last, Regrouping):
            return self.undo_regrouping(last, by=by)
        if last is None:
            raise NotFound(f"nothing to undo{'' if item else f' by {by}'}")
        undone: dict[int, tuple[ReviewItem, int]] = {}
        # Items of the step may have been merged since: then several decisions are taken back on one item, in turn.
        for taken_back, holder in self._decisions_in_step(last):
            before, version = undone.get(holder.id, (holder, holder.version))
            undone[holder.id] = review.undo(before, taken_back, by, self.home.clock())[0], version
        return reviews.save_many(list(undone.values()), all_or_none=True)[0]

    def last_action(self, by: str) -> tuple[Decision | Regrouping, ReviewItem] | None:
        """Return the last effective decision, merge or split by a user, with its item, if that has articles still."""
        action = self._last_action(by)
        item = self.current_items([action.item], ONE_ARTICLE).get(action.item) if action else None
        return (action, item) if action and item and item.articles else None

    def _last_action(self, by: str) -> Decision | Regrouping | None:
        return _later_action(self.home.store.reviews.last_regrouping(by=by), self.home.store.reviews.last_decision(by))

    def undo_regrouping(self, regrouping: Regrouping, *, by: str) -> Sequence[ReviewItem]:
        """Take back a merge or split with its whole step; return the item that then holds the articles.

        Raises StaleDecision; InputError if none of the articles is in the item they were moved to.
        """
        holder = self.home.store.reviews.get(regrouping.item, merged=True)
        parts = review.same_step(holder, regrouping)
        origins = [self.home.store.reviews.get(part.other, merged=True) for part in parts]
        regrouped = review.undo_regrouping(parts, holder, origins, by, self.home.clock())
        return [self._regroup(regrouped, holder, *origins)]


def _later_action(regrouping: Regrouping | None, decision: Decision | None) -> Decision | Regrouping | None:
    return regrouping if regrouping and (decision is None or regrouping.at >= decision.at) else decision
