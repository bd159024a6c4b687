"""What people do in the queue: judge, merge, split, undo."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from monitor.app.clock import Clock
from monitor.errors import NotFound, StaleDecision
from monitor.model import Decision, NameJudgement, QueueFilter, Reason, Regrouping, ReviewItem, State, Verdict
from monitor.review.decisions import decide, effective, undo
from monitor.review.feedback import Lessons, lessons
from monitor.review.regroup import Regrouped, in_one_step, merge, merged_as, split, take_back
from monitor.review.visibility import redacted_for
from monitor.store import Store


class Reviewing:
    """The use cases of the queue, for `App`: the rules are those of `review`, each act is stored in one transaction."""

    store: Store
    clock: Clock

    def queue(
        self, states: Collection[State] = (), limit: int = 200, narrowed: QueueFilter = QueueFilter()
    ) -> Sequence[ReviewItem]:
        return self.store.reviews.listing(states, limit, narrowed)

    def entity_number(self, entity: str) -> int:
        """Return the number of an entity, one that left the watchlist too. Raises NotFound with ids like this one."""
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
        unseen: Collection[str] = (),
    ) -> ReviewItem:
        """Judge an item, or one name in it, as it was at `version`. Raises StaleDecision, NotFound, InputError.

        `unseen`: names whoever decides may not know of; nothing is said of them.
        """
        item = self.store.reviews.get(number)
        seen = item.version if version is None else version
        decision = Decision(number, seen, self.clock(), by, verdict, entity, reason, note, until)
        decided = decide(item, decision, unseen)
        return self.store.reviews.save(decided, was=item.version, decision=decided.history[-1])

    def decide_many(
        self,
        seen: Mapping[int, int],
        verdict: Verdict,
        *,
        by: str,
        reason: Reason | None = None,
        note: str = "",
        until: datetime | None = None,
        unseen: Collection[str] = (),
    ) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Judge many items (number -> the version seen) in one step, which is undone as one.

        Returns them decided, and as they are now those that somebody else had moved: they are left alone.
        """
        batch, now = secrets.token_hex(8), self.clock()
        moves: list[tuple[ReviewItem, int]] = []
        stale: list[ReviewItem] = []
        for item in self.store.desk.items(list(seen)):
            version = seen[item.id]
            if item.version == version and item.state is not State.MERGED:
                decision = Decision(item.id, version, now, by, verdict, None, reason, note, until, batch=batch)
                moves.append((decide(item, decision, unseen), version))
            else:
                stale.append(item)
        saved, moved = self.store.reviews.save_many(moves)
        return saved, [*stale, *moved]

    def merge(self, kept: int, *others: int, by: str, seen: Mapping[int, int] | None = None) -> ReviewItem:
        """Make one item of these, under the first number, in one step; `seen`: number -> the version that was seen.

        Raises StaleDecision, NotFound, InputError.
        """
        one, *rest = (self._seen(number, (seen or {}).get(number)) for number in (kept, *others))
        return self._regroup(merge(one, rest, by, self.clock()), one, *rest)

    def split(
        self,
        number: int,
        articles: Collection[int],
        *,
        by: str,
        version: int | None = None,
        unseen: Collection[str] = (),
    ) -> ReviewItem:
        """Put articles of an item into one of their own, and return that; all that a merge brought, into what it was.

        `unseen`: names whoever splits may not know of; what is about them alone stays, or goes back with what it came
        with. Raises StaleDecision, NotFound, InputError.
        """
        item, now = self._seen(number, version), self.clock()
        seen = redacted_for(item, unseen) or item
        split(seen, articles, by, now)  # what cannot be done to what they see cannot be done
        brought = merged_as(seen, articles)
        was = self.store.reviews.get(brought.other, merged=True) if brought else None
        if brought is None or was is None or was.state is not State.MERGED:
            return self._regroup(split(item, articles, by, now), item)
        along = {article for r in item.regroupings if r.id == brought.id for article in r.articles}
        articles = {*articles, *along}.intersection(article.id for article in item.articles)
        return self._regroup(split(item, articles, by, now, was), item, was)

    def _seen(self, number: int, version: int | None) -> ReviewItem:
        item = self.store.reviews.get(number)
        if version not in {None, item.version}:
            raise StaleDecision(item)
        return item

    def _regroup(self, regrouped: Regrouped, *before: ReviewItem) -> ReviewItem:
        after, moves = regrouped
        return self.store.reviews.regroup(after, {item.id: item.version for item in before}, moves)

    def held(self, numbers: Sequence[int]) -> Mapping[int, ReviewItem]:
        """Each of these items; one that was merged is the item it is part of by now."""
        reviews, items = self.store.reviews, self.store.desk.items(numbers)
        return {i.id: reviews.get(reviews.holder(i.id)) if i.state is State.MERGED else i for i in items}

    def step(self, last: Decision, unseen: Collection[str] = ()) -> Sequence[tuple[Decision, ReviewItem]]:
        """What stands of all that was said in one step with a decision, each with the item that holds it by now.

        Items that are about names of `unseen` alone are left out.
        """
        said = self.store.reviews.batch(last.batch) if last.batch else [last]
        held = self.held([each.item for each in said])
        return [(d, held[d.item]) for d in said if not unseen or redacted_for(held[d.item], unseen)]

    def undo(
        self, *, by: str, item: int | None = None, decision: int | None = None, unseen: Collection[str] = ()
    ) -> Sequence[ReviewItem]:
        """Take back the last decision, merge or split that stands, of an item or of this person; or a certain decision.

        One of many in one step: all of them or none, but on items about names of `unseen` alone. Raises NotFound;
        StaleDecision when somebody moves one of them meanwhile.
        """
        reviews = self.store.reviews
        last: Decision | Regrouping | None
        if item is None:
            last = self.last_done(by)
        else:
            standing = reversed(effective(reviews.get(item).history))
            last = next((d for d in standing if decision in {None, d.id}), None)
            moved = reviews.last_regrouping(item=item) if decision is None else None
            last = _latest(moved, last)
        if isinstance(last, Regrouping):
            return [self.put_back(last, by=by)]
        if last is None:
            raise NotFound(f"nothing to undo{'' if item else f' by {by}'}")
        undone: dict[int, tuple[ReviewItem, int]] = {}
        for said, holder in self.step(last, unseen):  # of items that are one by now, one after the other
            before, was = undone.get(holder.id, (holder, holder.version))
            undone[holder.id] = undo(before, said, by, self.clock())[0], was
        return self.store.reviews.save_many(list(undone.values()), whole=True)[0]

    def last_done(self, by: str) -> Decision | Regrouping | None:
        """The last decision, merge or split of this person that stands."""
        return _latest(self.store.reviews.last_regrouping(by=by), self.store.reviews.last_decision(by))

    def put_back(self, done: Regrouping, *, by: str, unseen: Collection[str] = ()) -> ReviewItem:
        """Take back a merge or split, and what else was merged in the same step; returns what the articles are in.

        Raises StaleDecision; InputError when nothing of it is where it was put.
        """
        holder = self.store.reviews.get(done.item, merged=True)
        shown = {r.id for r in (redacted_for(holder, unseen) or holder).regroupings}
        step = [r for r in in_one_step(holder, done) if r.id in shown]
        origins = [self.store.reviews.get(each.other, merged=True) for each in step]
        return self._regroup(take_back(step, holder, origins, by, self.clock()), holder, *origins)

    def judged(self) -> Sequence[NameJudgement]:
        """What people's decisions say of the names that were found."""
        return self.store.reviews.judged()

    def lessons(self) -> Lessons:
        return lessons(self.judged())


def _latest(moved: Regrouping | None, said: Decision | None) -> Decision | Regrouping | None:
    return moved if moved and (said is None or moved.at >= said.at) else said
