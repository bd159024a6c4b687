"""The use cases of the review queue: decide, merge, split, undo."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cached_property
from typing import IO, TYPE_CHECKING

from monitor import model, review  # the packages load what is used
from monitor.app.clock import Clock, local_day
from monitor.config import Settings
from monitor.errors import InputError, NotFound, StaleDecision
from monitor.feeds.health import Health, assess_feed
from monitor.feeds.schedule import next_time_of_day
from monitor.store import Desk, Store

if TYPE_CHECKING:
    from monitor.app.archive import Archive
    from monitor.app.ingest.run import MakeSandbox
    from monitor.app.sources.desk import DeskSources
    from monitor.digest import Digest
    from monitor.model import Decision, FeedRecord, QueueFilter, Reason, Regrouping, ReviewItem, Run, State, Verdict
    from monitor.review import Regrouped, Viewer
    from monitor.store.desk.users import SqlUsers


class ReviewService:
    """The use cases of the queue and of its pages, for one viewer; `App` is for whoever may read the whole database.

    The rules are in `monitor.review`; each use case ends in one saving call, which is one transaction. No result
    reveals a name that the viewer may not know of; an item about hidden names alone raises NotFound.
    """

    make_sandbox: MakeSandbox | None = None

    def __init__(self, settings: Settings, store: Store, clock: Clock, load_viewer: Callable[[], Viewer]) -> None:
        """Store the parts; `load_viewer` is called at the first reading."""
        self.settings, self.clock = settings, clock
        self._store, self._load_viewer = store, load_viewer

    @property
    def people(self) -> SqlUsers:
        return self._store.people

    @cached_property
    def viewer(self) -> Viewer:
        return self._load_viewer()

    @cached_property
    def desk(self) -> Desk:
        """The roles of the store that this viewer reads through."""
        return self._store.desk(self.viewer)

    def today(self) -> date:
        """Return the day in the newsroom's time zone."""
        return local_day(self.clock(), self.settings.timezone)

    @property
    def sources(self) -> DeskSources:
        """The sources, as this viewer keeps them."""
        from monitor.app.sources.desk import DeskSources  # late: YAML

        return DeskSources(self.settings, self._store, self.clock, lambda: self.viewer, self.make_sandbox)

    def digest(self, day: date | None = None, language: str = "") -> Digest:
        """Return the digest of a day, from digest hour to digest hour, or of the last 24 hours.

        `language` is the reader's, by default that of the settings. Raises InputError for a day in the future.
        """
        from monitor.app.messages.compose import with_labels
        from monitor.app.messages.publisher import Publisher
        from monitor.digest import make_digest

        settings, now = self.settings, self.clock()
        until = now if day is None else datetime.combine(day, settings.digest_at, settings.timezone).astimezone(UTC)
        since = until.astimezone(settings.timezone) - timedelta(days=1)  # 23 or 25 hours when clocks change
        window = model.Window(since.astimezone(UTC), min(until, now))
        if window.since >= window.until:
            raise InputError(f"the digest of {day} begins in the future; name a day up to tomorrow")
        digest_input = self._store.reading.digest_input(window)
        if not self.viewer.knows_all:
            digest_input = review.without_sensitive(digest_input)
        # Only the present size of the queue is known.
        if until < now:
            digest_input = replace(digest_input, waiting=None, oldest_waiting=None, never_reviewed=0)
        language = language or settings.language
        local_names = self._store.watchlists.local_names(language)
        recipients = Publisher(settings, self._store, self.clock).recipients
        labelled = with_labels(digest_input, recipients)
        day_digest = make_digest(review.with_local_names(labelled, local_names), settings.timezone)
        next_at = next_time_of_day(now, settings.digest_at, settings.timezone) if recipients else None
        return replace(day_digest, next_at=next_at, base_url=settings.base_url, language=language)

    def feeds(self) -> Sequence[FeedRecord]:
        return self._store.feeds.states()

    def health(self) -> Sequence[Health]:
        """Return the health of each feed in feeds.yaml, ordered by id."""
        now = self.clock()
        silences = {silence.feed.number: silence for silence in self._store.feeds.silences(now)}
        return [assess_feed(state, silences.get(state.number), now) for state in self.feeds()]

    def metrics(self) -> str:
        """Return counts and ages in Prometheus' text format; they hold no name."""
        from monitor.app.fleet.metrics import metrics_text

        return metrics_text(self._store, self.clock())

    def runs(self, limit: int) -> Sequence[Run]:
        """Return the latest runs, the newest first."""
        return [self.viewer.visible_run(run) for run in self._store.runs.latest(limit)]

    @property
    def archive(self) -> Archive:
        """The stored articles, as this viewer searches them and puts them into the queue."""
        from monitor.app.archive import Archive  # late: commands make this service, and search nothing

        return Archive(self.settings, self._store, self.clock, lambda: self.viewer)

    # ---- the queue --------------------------------------------------------------------------------------------------

    def queue(
        self, states: Collection[State] = (), limit: int = 200, filters: QueueFilter | None = None
    ) -> Sequence[ReviewItem]:
        page = model.CARD_ARTICLES if self.viewer.knows_all else None  # what is hidden depends on all articles
        return self._all_visible(self._store.reviews.listing(states, limit, filters or model.QueueFilter(), page))

    def entity_number(self, entity: str) -> int:
        """Return the number of an entity, also of a removed one. Raises NotFound, with similar ids."""
        numbers = self.desk.cards.entity_numbers()
        if entity in numbers:
            return numbers[entity]
        # Among the visible ids only: a suggestion must not tell a hidden name.
        near = get_close_matches(entity.casefold(), numbers, n=3)
        todo = f"did you mean {' or '.join(near)}?" if near else "`monitor watchlist list` shows them"
        raise NotFound(f"no entity {entity!r} on the watchlist; {todo}")

    def item(self, number: int) -> ReviewItem:
        """Return an item. Raises NotFound, also when it was merged into another."""
        return self._visible(self._whole(number))

    def current_items(self, numbers: Sequence[int], page: model.ArticlePage | None = None) -> Mapping[int, ReviewItem]:
        """Return items by number, with these articles; for a merged item, the one that shows its articles now."""
        current = {item.id: item for item in self.desk.cards.items(numbers, page)} if page else {}
        for item, holder in self._with_holders([number for number in numbers if number not in current]):
            visible = self.viewer.visible(holder)
            moved = item.regroupings[-1].articles if holder is not item and self.viewer.hidden_ids else None
            if visible and (moved is None or any(article.id in moved for article in visible.articles)):
                current[item.id] = self.desk.cards.items([holder.id], page)[0] if page else visible
        return current

    def regroupings(self, item: ReviewItem) -> tuple[list[Regrouping], Sequence[ReviewItem]]:
        """Return the merges and splits of an item that the viewer may see, and the other items that took part.

        An article that was moved is visible if the item that holds it now shows it.
        """
        regroupings = item.regroupings
        if self.viewer.hidden_ids:  # the visible item lacks those whose articles only another item shows
            # Without an author: an article left an item that is hidden.
            regroupings = tuple(r for r in self._store.reviews.regroupings(item.id) if r.by)
        numbers = sorted({n for r in regroupings for n in (r.item, r.other)} - {item.id})
        other_items = self.desk.cards.items(numbers, model.ONE_ARTICLE) if numbers else []
        visible_articles = {article.id for shown in (item, *other_items) for article in shown.articles}
        return [r for r in regroupings if visible_articles.intersection(r.articles)], other_items

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
        page: model.ArticlePage | None = None,
    ) -> ReviewItem:
        """Decide on an item at `version`, or on one entity in it; the decision covers the entities that are visible.

        `colleague` is whom a question is for, `page` what is returned. Raises StaleDecision, NotFound, InputError.
        """
        # The item with every name: names hidden from this viewer stay as they are.
        item = self._whole(number, page)
        seen_version = item.version if version is None else version
        decision = model.Decision(
            number, seen_version, self.clock(), by, verdict, entity, reason, note, until, colleague=colleague
        )
        with self._visible_errors():
            decided = review.decide(item, decision, self.viewer.hidden_ids)
            saved = self._store.reviews.save(decided, was=item.version, decision=decided.history[-1], page=page)
        return self._visible(saved, page)

    def write_note(self, number: int, note: str, *, by: str, version: int | None = None) -> ReviewItem:
        """Store a note on an item, which stays as it is. The same note sent twice is stored once.

        Without the `version` that its author saw, it is stored even if somebody decides at this moment. Raises
        StaleDecision, NotFound, InputError.
        """
        if not note:
            raise InputError("the note is empty; write it first")
        item = self._item_at_version(number, version)
        if any(d.is_note and (d.by, d.note, d.version) == (by, note, item.version) for d in item.history):
            return self._visible(item)
        decision = model.Decision(item.id, item.version, self.clock(), by, None, note=note)
        try:
            with self._visible_errors():
                return self._visible(self._store.reviews.save(item, was=item.version, decision=decision))
        except StaleDecision:
            if version is not None:
                raise
            return self.write_note(number, note, by=by)

    def evidence(self, item: ReviewItem) -> IO[bytes]:
        """Return the evidence of an item as an open zip file, for viewers who may not know of every name only texts."""
        from monitor.app.evidence import pack_evidence

        articles = (self._store.reading.versions(article.id) for article in item.articles)
        return pack_evidence(item, articles, self.clock(), texts_only=not self.viewer.knows_all)

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
        batch, now = secrets.token_hex(8), self.clock()
        moves: list[tuple[ReviewItem, int]] = []
        stale: list[int] = []
        for item in self._store.reviews.items(list(seen_versions)):
            version = seen_versions[item.id]
            # What somebody else changed meanwhile is returned for another look, never decided unseen.
            if item.version == version and item.state is not model.State.MERGED and self._all_visible([item]):
                decision = model.Decision(item.id, version, now, by, verdict, None, reason, note, until, batch=batch)
                moves.append((review.decide(item, decision, self.viewer.hidden_ids), version))
            else:
                stale.append(item.id)
        saved, moved = self._store.reviews.save_many(moves)
        return self._all_visible(saved), self.current_items([*stale, *(item.id for item in moved)])

    def merge(self, target: int, *sources: int, by: str, seen_versions: Mapping[int, int] | None = None) -> ReviewItem:
        """Merge items into `target` in one step; `seen_versions`: number -> version seen.

        Raises StaleDecision, NotFound, InputError.
        """
        target_item, *source_items = (
            self._item_at_version(number, (seen_versions or {}).get(number)) for number in (target, *sources)
        )
        regrouped = review.merge(target_item, source_items, by, self.clock())
        return self._visible(self._regroup(regrouped, target_item, *source_items))

    def split(
        self,
        number: int,
        articles: Collection[int],
        *,
        by: str,
        version: int | None = None,
    ) -> ReviewItem:
        """Move articles of an item into an item of their own, and return that.

        If the articles are exactly those of an earlier merge, the merged item is restored. Hidden articles stay, or go
        back with the articles of their merge. Raises StaleDecision, NotFound, InputError.
        """
        item, now = self._item_at_version(number, version), self.clock()
        visible_item = self._visible(item)
        review.split(visible_item, articles, by, now)  # raises if the user cannot split what they see
        earlier_merge = review.find_merge(visible_item, articles)
        origin = self._store.reviews.get(earlier_merge.other, merged=True) if earlier_merge else None
        if earlier_merge is None or origin is None or origin.state is not model.State.MERGED:
            return self._visible(self._regroup(review.split(item, articles, by, now), item))
        merged_articles = {article for r in item.regroupings if r.id == earlier_merge.id for article in r.articles}
        articles = {*articles, *merged_articles}.intersection(article.id for article in item.articles)
        return self._visible(self._regroup(review.split(item, articles, by, now, origin), item, origin))

    def _whole(self, number: int, page: model.ArticlePage | None = None) -> ReviewItem:
        """Return an item with every name, to change it. Raises NotFound unless the viewer sees it."""
        item = self._store.reviews.get(number, page=page)
        self._visible(item, page)
        return item

    def _visible(self, item: ReviewItem, page: model.ArticlePage | None = None) -> ReviewItem:
        # What is hidden of an item depends on all of its articles.
        for visible in self.desk.cards.items([item.id], page) if page else self._all_visible([item]):
            return visible
        raise NotFound(f"there is no item {item.id}; `monitor queue list` shows those there are")

    def _all_visible(self, items: Sequence[ReviewItem]) -> Sequence[ReviewItem]:
        return items if self.viewer.knows_all else self.viewer.all_visible(items)

    @contextmanager
    def _visible_errors(self) -> Iterator[None]:
        """Raise a StaleDecision with the item as the viewer sees it."""
        try:
            yield
        except StaleDecision as stale:
            if self.viewer.knows_all:
                raise
            current = self.current_items([stale.now.id]).get(stale.now.id)
            raise StaleDecision(current or self._visible(stale.now)) from None

    def _item_at_version(self, number: int, version: int | None) -> ReviewItem:
        item = self._whole(number)
        if version not in {None, item.version}:
            raise StaleDecision(self._visible(item))
        return item

    def _regroup(self, regrouped: Regrouped, *items_before: ReviewItem) -> ReviewItem:
        after, moves = regrouped
        with self._visible_errors():
            return self._store.reviews.regroup(after, {item.id: item.version for item in items_before}, moves)

    def _with_holders(self, numbers: Sequence[int]) -> Iterator[tuple[ReviewItem, ReviewItem]]:
        """Yield whole items, each with the one that holds its articles now: itself, unless it was merged."""
        reviews = self._store.reviews
        for item in reviews.items(numbers):
            yield item, reviews.get(reviews.holder(item.id)) if item.state is model.State.MERGED else item

    def count_undoable_items(self, decision: Decision) -> int:
        """Return the number of items whose decision is taken back with this one."""
        if not decision.batch:
            return 1
        is_all_visible = not self.viewer.hidden_ids
        return len(self._store.reviews.batch(decision.batch) if is_all_visible else self._decisions_in_step(decision))

    def _decisions_in_step(self, last: Decision) -> Sequence[tuple[Decision, ReviewItem]]:
        """Return the effective decisions made in one step with `last`, each with the whole item that holds it now.

        Items that the viewer does not see are left out.
        """
        decisions = self._store.reviews.batch(last.batch) if last.batch else [last]
        holders = {item.id: holder for item, holder in self._with_holders([d.item for d in decisions])}
        return [(d, holders[d.item]) for d in decisions if self._all_visible([holders[d.item]])]

    def undo(self, *, by: str, item: int | None = None, decision: int | None = None) -> Sequence[ReviewItem]:
        """Take back the last effective action on an item or by a user, or the given decision.

        A decision made in one step with others is taken back with them, all or none, except on items that the viewer
        does not see. Raises NotFound; StaleDecision if somebody changes one of the items meanwhile.
        """
        reviews = self._store.reviews
        last: Decision | Regrouping | None
        if item is None:
            last = self._last_action(by)
        else:
            decisions = reversed(review.effective(self.item(item).history))
            last = next((d for d in decisions if decision in {None, d.id}), None)
            regrouping = reviews.last_regrouping(item=item) if decision is None else None
            last = _later_action(regrouping, last)
        if isinstance(last, model.Regrouping):
            return self.undo_regrouping(last, by=by)
        if last is None:
            raise NotFound(f"nothing to undo{'' if item else f' by {by}'}")
        undone: dict[int, tuple[ReviewItem, int]] = {}
        # Items of the step may have been merged since: then several decisions are taken back on one item, in turn.
        for taken_back, holder in self._decisions_in_step(last):
            before, version = undone.get(holder.id, (holder, holder.version))
            undone[holder.id] = review.undo(before, taken_back, by, self.clock())[0], version
        with self._visible_errors():
            return self._all_visible(reviews.save_many(list(undone.values()), all_or_none=True)[0])

    def last_action(self, by: str) -> tuple[Decision | Regrouping, ReviewItem] | None:
        """Return the last effective decision, merge or split by a user, with its item; None if they do not see it."""
        action = self._last_action(by)
        item = self.current_items([action.item], model.ONE_ARTICLE).get(action.item) if action else None
        if not action or not item:
            return None
        visible_actions = item.regroupings if isinstance(action, model.Regrouping) else item.history
        return (action, item) if action.id in {a.id for a in visible_actions} else None

    def _last_action(self, by: str) -> Decision | Regrouping | None:
        return _later_action(self._store.reviews.last_regrouping(by=by), self._store.reviews.last_decision(by))

    def undo_regrouping(self, regrouping: Regrouping, *, by: str) -> Sequence[ReviewItem]:
        """Take back a merge or split with its whole step; return the item that then holds the articles.

        Raises StaleDecision; InputError if none of the articles is in the item they were moved to.
        """
        holder = self._store.reviews.get(regrouping.item, merged=True)
        visible_ids = {r.id for r in (self.viewer.visible(holder) or holder).regroupings}
        parts = [r for r in review.same_step(holder, regrouping) if r.id in visible_ids]
        origins = [self._store.reviews.get(part.other, merged=True) for part in parts]
        regrouped = review.undo_regrouping(parts, holder, origins, by, self.clock())
        return self._all_visible([self._regroup(regrouped, holder, *origins)])


def _later_action(regrouping: Regrouping | None, decision: Decision | None) -> Decision | Regrouping | None:
    return regrouping if regrouping and (decision is None or regrouping.at >= decision.at) else decision
