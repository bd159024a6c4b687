"""I/O: the database. One list of the queue as somebody may see it: what is in it, in its order, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from heapq import nlargest, nsmallest
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from monitor.model import Alert, Confidence, QueueFilter, QueueTab, Reason, ReviewItem, State, Verdict
from monitor.review.visibility import redacted_for
from monitor.store import tables as t
from monitor.store.database import cached_until_write
from monitor.store.sql import articles, items, search
from monitor.store.types import Utc, parameter_rows

WAITING = (QueueTab.NEW, QueueTab.FOLLOW_UP, QueueTab.POSSIBLE, QueueTab.ASKED)
_SETTLED = (State.DECIDED, State.EXPIRED)
_STATES = {  # of the items that may be in a split
    QueueTab.FOLLOW_UP: (State.FOLLOW_UP,),
    QueueTab.NEW: (State.OPEN, State.LATER),
    QueueTab.POSSIBLE: (State.OPEN, State.LATER),
    QueueTab.LATER: (State.LATER,),
    QueueTab.DECIDED: _SETTLED,
}
_UNSETTLED = (State.OPEN, State.FOLLOW_UP, State.LATER)
_item, _filed, _article, _hit, _entity = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity)
)
_PLACE = (_item.clear, _item.latest, _item.id)
_Where = ColumnElement[bool]
_due = and_(_item.state == State.LATER, _item.until <= bindparam("now", type_=Utc))
_open, _unsure = or_(_item.state == State.OPEN, _due), _item.verdict.is_not_distinct_from(Verdict.UNSURE)
_IS: Mapping[QueueTab, _Where] = {  # `split_of` in SQL, built once: that takes as long as to answer it
    QueueTab.NEW: and_(_open, ~_unsure, _item.clear),
    QueueTab.FOLLOW_UP: and_(_item.state == State.FOLLOW_UP, ~_unsure),
    QueueTab.POSSIBLE: and_(_open, ~_unsure, ~_item.clear),
    QueueTab.ASKED: and_(or_(_item.state == State.FOLLOW_UP, _open), _unsure),
    QueueTab.LATER: and_(_item.state == State.LATER, or_(_item.until.is_(None), ~_due)),
    QueueTab.DECIDED: _item.state.in_(_SETTLED),
}
_IS_WAITING = or_(_item.state.in_((State.OPEN, State.FOLLOW_UP)), _due)
_STANDS = _item["clear", "latest", "id", "state", "verdict", "until"]
_TELLS = (*_hit["id", "version", "confidence", "filed", "alerts"], _article.version, _filed.filed)
_WORDS: Sequence[ColumnElement[str]] = [cast(told, Text) for told in _TELLS]
_TOLD = func.aggregate_strings(reduce(lambda a, b: a + ":" + b, _WORDS), " ")
_IS_THERE = _item.state != State.MERGED
_BY = (_item.state, _item.clear, _item.verdict, _item.until)  # what tells in which split an item is
_COUNTS = select(*_BY, func.count()).where(_IS_THERE).group_by(*_BY)
_Place = tuple[bool, datetime, int]  # in lists: clear before possible, newest first


class QueueQuery:
    """One question. What holds a name that is unseen is looked at in Python, where `review.as_seen` reckons what it is
    without that name: there is little of it. All other items are counted and listed by their rows alone."""

    def __init__(
        self, connection: Connection, sought: QueueFilter, now: datetime, unseen: Collection[int], known: Known
    ) -> None:
        self._connection, self.sought, self.unseen = connection, sought, tuple(unseen)
        self.now = {"now": now}  # whoever asks for what is `wanted` gives it
        self._dialect, self.known, self._lists = connection.dialect.name, known, 0
        self._in_split = _IS_WAITING if sought.split is QueueTab.WAITING else _IS[sought.split]
        narrowing, special = self._narrowing(), dict[int, _As]()
        if unseen:
            whole = sought.split is QueueTab.DECIDED or sought.confidence is not None
            special = cached_until_write(connection, (self.unseen, whole), lambda: self._special(whole=whole))
        self._found: set[int] | None = None
        which = ~self._among(special) if special else true()
        if narrowing:  # looked up once, not for each state that the list is read by, and each number
            self._found = set(connection.scalars(items.numbers().where(_IS_THERE, *narrowing)))
            which = self._among(self._found - special.keys())
        sure = true() if sought.confidence is None else _item.clear == (sought.confidence is Confidence.STRONG)
        self.plain = and_(_IS_THERE, sure, which)
        self._instead_of = [raw for raw, _ in special.values() if self._is_sure_enough(raw.place[0])]
        stands = [its for n, (_, its) in special.items() if its and (self._found is None or n in self._found)]
        stands = [its for its in stands if sought.entity is None or sought.entity in its.names]
        self.names_in = {number: its.names if its else frozenset() for number, (_, its) in special.items()}
        self._others = {its.place: its.split(now) for its in stands if self._is_sure_enough(its.place[0])}

    # ---- what is asked for ------------------------------------------------------------------------------------------

    def places(self, limit: int, skip: int = 0, *, beyond: _Place | None = None, back: bool = False) -> list[_Place]:
        """In the list's order, or backwards; those beyond a place in it alone."""
        others = [p for p in self._others_there() if beyond is None or (p > beyond if back else p < beyond)]
        unlike = max(skip - len(others), 0)  # so many of the others may stand before: it is sorted out here
        found = self._listed(unlike, limit + skip - unlike, beyond, back)
        return (nsmallest if back else nlargest)(skip - unlike + limit, [*found, *others])[skip - unlike :]

    def place_of(self, item: int) -> _Place | None:
        """Where an item stands in the list, if it is in it."""
        here = (place for place in self._others_there() if place[-1] == item)
        ask = select(*_PLACE).where(_item.id == item, self.plain, self._in_split)
        row = self._connection.execute(ask, self.now).first()
        return (row[0], row[1], row[2]) if row else next(here, None)

    def place_near(self, item: int) -> _Place | None:
        """Return where an item stands in the list, or would stand there; None for one that is nothing to who asks."""
        if (listed := self.place_of(item)) or not self.unseen:
            row = listed or self._connection.execute(select(*_PLACE).where(_IS_THERE, _item.id == item)).first()
            return (row[0], row[1], row[2]) if row else None
        # its row is ordered by names that the visitor may not know of, too
        entities = items.entity_ids(self._connection)
        whole = items.load(self._connection, items.numbers().where(_IS_THERE, _item.id == item))
        redacted = redacted_for(whole[0], [entities[number] for number in self.unseen]) if whole else None
        stand = _Stand.of(redacted, {entity: number for number, entity in entities.items()})
        return stand.place if stand else None

    def ahead_of(self, place: _Place) -> int:
        """Return how many items stand before a place in the list."""
        ask = select(func.count()).select_from(t.review_item)
        ask = ask.where(self.plain, self._in_split, _is_before(place))
        plain = self._connection.scalar(ask, self.now) or 0
        return plain + sum(other > place for other in self._others_there())

    def counts(self) -> dict[QueueTab, int]:
        counts: Counter[QueueTab] = Counter()
        for _, split, many in self._counted():
            counts[split] += many
        each = {split: counts[split] for split in _IS}
        return {**each, QueueTab.WAITING: sum(each[split] for split in WAITING)}

    def wanted(self) -> _Where:
        """The items themselves, as a condition."""
        plain, others = and_(self.plain, self._in_split), [number for *_, number in self._others_there()]
        return or_(plain, self._among(others)) if others else plain

    def clear(self) -> int:
        """How many of them name somebody clearly."""
        wanted = WAITING if self.sought.split is QueueTab.WAITING else (self.sought.split,)
        return sum(many for clear, split, many in self._counted() if clear and split in wanted)

    def _counted(self) -> Iterator[tuple[bool, QueueTab, int]]:
        """Clear or not, in which split, how many: by the rows, but of the items that are something else to who asks."""
        ask, now = _COUNTS, self.now["now"]
        if self._found is None:
            rows = cached_until_write(self._connection, ask, lambda: self._connection.execute(ask).all())
            yield from ((raw.place[0], raw.split(now), -1) for raw in self._instead_of)
        else:
            rows = self._connection.execute(ask.where(self.plain)).all()
        for state, clear, verdict, until, many in rows:
            if self._is_sure_enough(clear):
                yield clear, _split(state, clear, verdict, until, now), many
        yield from ((place[0], split, 1) for place, split in self._others.items())

    def _is_sure_enough(self, clear: bool) -> bool:
        return self.sought.confidence is None or clear == (self.sought.confidence is Confidence.STRONG)

    def plain_stories(self) -> _Where:
        """Stories without a name that is unseen."""
        numbers = select(_item.story).where(self._among(self.names_in))
        return _filed.story.not_in(numbers) if self.names_in else true()

    def seen_article(self) -> _Where:
        """That an article names somebody who may be known of, or nobody who may not."""
        if not self.unseen:
            return true()
        named = exists().where(_hit.article == _article.id, _hit.entity.in_(self.unseen)).correlate(t.article)
        open_ = exists().where(articles.in_force(), _hit.entity.not_in(self.unseen)).correlate(t.article)
        return or_(open_, ~named)

    # ---- items whose rows say all -----------------------------------------------------------------------------------

    def _listed(self, skip: int, limit: int, beyond: _Place | None, back: bool) -> list[_Place]:
        """A list for each state is read off the index as far as it is needed, and they are put together."""
        order = [column.asc() if back else column.desc() for column in _PLACE]
        asked = select(*_PLACE).where(self.plain, self._in_split).order_by(*order).limit(skip + limit)
        if beyond is not None:
            asked = asked.where(_is_before(beyond) if back else _is_after(beyond))
        states = _STATES.get(self.sought.split, _UNSETTLED)
        each = union_all(*(select(asked.where(_item.state == state).subquery()) for state in states)).subquery()
        order = [column.asc() if back else column.desc() for column in each.c]
        rows = self._connection.execute(select(each).order_by(*order).limit(limit).offset(skip), self.now)
        return [(clear, latest, number) for clear, latest, number in rows]

    # ---- items that hold a name that is unseen ----------------------------------------------------------------------

    def _special(self, *, whole: bool) -> dict[int, _As]:
        """Item -> how its row says it stands, and how it does for who asks; None: it is nothing to them. Settled ones
        are looked at where that is needed (`whole`); of the others only whether they are anything."""
        held = select(_filed.story).join(t.hit, _hit.article == _filed.article).where(_hit.entity.in_(self.unseen))
        held_in = select(*_STANDS).where(_item.story.in_(held))
        alone: _Where = false()
        settled = _item.state.not_in((State.MERGED, *_UNSETTLED))
        gone: dict[int, _As] = {}
        # The states that it is not in: by those that it is in, SQLite would go through all items that are.
        if not whole:
            told = and_(_hit.article == _article.id, or_(_hit.filed, _hit.version == _article.version))
            there = and_(_filed.story == _item.story, _article.id == _filed.article, told)
            others = exists().where(there, _hit.entity.not_in(self.unseen)).correlate(t.review_item)
            alone_gone = held_in.where(settled, ~others)
            gone = {row.id: (_Stand.of_row(row), None) for row in self._connection.execute(alone_gone)}
            of_list = and_(_entity.number == _hit.entity, _entity.alert == Alert.ALWAYS, _hit.alerts)
            news = or_(_hit.confidence == Confidence.POSSIBLE, exists().where(of_list).correlate(t.hit))
            in_force = _hit.version == _article.version  # what an edit took out of an article may bring it here no more
            surely = exists().where(there, in_force, _hit.entity.not_in(self.unseen), news).correlate(t.review_item)
            alone = and_(settled, others, ~surely)  # some are nothing without the names that are unseen
        not_in = (State.MERGED,) if whole else (State.MERGED, *_SETTLED)
        told_now = self._told(held_in.where(or_(_item.state.not_in(not_in), alone)))
        new = [item for item, (_, told) in told_now.items() if self.known.get(item, _NOTHING)[0] != told]
        entities = items.entity_ids(self._connection) if new else {}
        numbers = {entity: number for number, entity in entities.items()}
        ids = [entity for number, entity in entities.items() if number in self.unseen]
        seen: dict[int, tuple[tuple[Any, ...], _Stand | None]] = {}
        for first in range(0, len(new), _AT_ONCE):  # whole items are large
            loaded = items.load(self._connection, items.numbers().where(_item.id.in_(new[first : first + _AT_ONCE])))
            seen |= {item.id: (told_now[item.id][1], _Stand.of(redacted_for(item, ids), numbers)) for item in loaded}
        self.known = {**self.known, **seen}
        return gone | {item: (raw, self.known[item][1]) for item, (raw, _) in told_now.items()}

    def _told(self, which: Select[Any]) -> dict[int, tuple[_Stand, tuple[Any, ...]]]:
        """Item -> how it stands, and all that says what it is to who asks: its row, and the names in its articles. Its
        history is in its version, as are its articles in what they name."""
        ask = which.add_columns(_item.version, _item.reopened_at, _TOLD)
        ask = ask.join_from(t.review_item, t.story_article, _filed.story == _item.story)
        ask = ask.join(t.article, _article.id == _filed.article).join(t.hit, _hit.article == _article.id)
        return {
            row.id: (_Stand.of_row(row), (self.unseen, *row[:-1], *sorted(row[-1].split(" "))))
            for row in self._connection.execute(ask.group_by(_item.id))
        }

    def _others_there(self) -> list[_Place]:
        """Where those of them stand that are in the split."""
        wanted = self.sought.split
        return [
            p for p, its in self._others.items() if its is wanted or (wanted is QueueTab.WAITING and its in WAITING)
        ]

    def _among(self, numbers: Collection[int]) -> _Where:
        """That an item is one of these."""
        return _item.id.in_(self.each(numbers))

    def each(self, numbers: Collection[int]) -> Select[Any]:
        """These numbers, however many they are."""
        self._lists += 1
        name = f"list_{self._lists}"
        return select(parameter_rows(self._dialect, name)).params({name: list(numbers)})

    # ---- what narrows it --------------------------------------------------------------------------------------------

    def _narrowing(self) -> list[_Where]:
        """Everything that is asked for but the split and how sure."""
        sought, version = self.sought, t.article_version.c
        conditions: list[_Where] = []
        if sought.entity is not None:
            conditions.append(self._names(sought.entity))
        conditions += [self._tells(_article.outlet == sought.outlet)] if sought.outlet else []
        language = version.language == sought.language
        conditions += [self._tells(language, of_version=True)] if sought.language else []
        conditions += [self._tells(_article.country == sought.country)] if sought.country else []
        if sought.reason:
            conditions.append(_item.id.in_(self.because(sought.reason).with_only_columns(t.decision.c.item)))
        if sought.words:
            conditions.append(self._says(sought.words))
        conditions += [_item.first_seen >= sought.since] if sought.since else []
        conditions += [_item.first_seen < sought.until] if sought.until else []
        return conditions

    def because(self, *reasons: Reason) -> Select[Any]:
        """Reasons that decisions give, of all or of these, but of those on names that are unseen."""
        said = t.decision.c
        told = or_(said.entity.is_(None), said.entity.not_in(self.unseen))
        return items.standing().with_only_columns(said.reason).where(said.reason.in_(reasons or Reason), told)

    # Asked once for all items, not once for each: a name or an outlet is in few of them.

    def _names(self, entity: int) -> _Where:
        """That an article of the item names this entity now."""
        stories = (
            select(_filed.story)
            .join_from(t.hit, t.article, articles.in_force())
            .join(t.story_article, _filed.article == _article.id)
            .where(_hit.entity == entity, _hit.entity.not_in(self.unseen))
        )
        return _item.story.in_(stories)

    def _says(self, words: str) -> _Where:
        """That an article of the item says these words."""
        told = _filed.article.in_(search.says(self._connection, words))
        return self._tells(told) if self.unseen else _item.story.in_(select(_filed.story).where(told))

    def _tells(self, condition: _Where, *, of_version: bool = False) -> _Where:
        """That this is true of an article of the item, or of its current version."""
        stories = select(_filed.story).join_from(t.story_article, t.article, _filed.article == _article.id)
        if of_version:
            stories = stories.join(t.article_version, this_version())
        return _item.story.in_(stories.where(condition, self.seen_article()))


def _is_before(place: _Place) -> _Where:
    return tuple_(*_PLACE) > _literal(place)


def _is_after(place: _Place) -> _Where:
    return tuple_(*_PLACE) < _literal(place)


def _literal(place: _Place) -> ColumnElement[Any]:
    return tuple_(*(literal(value, column.type) for value, column in zip(place, _PLACE, strict=True)))


def split_of(item: ReviewItem, now: datetime) -> QueueTab:
    """Where an item stands in the queue; one that was put off until now waits again."""
    return _split(item.state, item.confidence is Confidence.STRONG, item.verdict, item.until, now)


def _split(state: str, clear: bool, verdict: str | None, until: datetime | None, now: datetime) -> QueueTab:
    due = state == State.LATER and until is not None and until <= now
    if state not in {State.OPEN, State.FOLLOW_UP} and not due:
        return QueueTab.LATER if state == State.LATER else QueueTab.DECIDED
    if verdict == Verdict.UNSURE:
        return QueueTab.ASKED
    if state == State.FOLLOW_UP:
        return QueueTab.FOLLOW_UP
    return QueueTab.NEW if clear else QueueTab.POSSIBLE


class _Stand(NamedTuple):
    """What lists go by of an item as somebody may know it."""

    place: _Place
    state: str
    verdict: str | None
    until: datetime | None
    names: frozenset[int] = frozenset()  # that stand in it now, as far as they were asked for

    @classmethod
    def of(cls, item: ReviewItem | None, numbers: Mapping[str, int]) -> _Stand | None:
        if item is None:
            return None
        place = item.confidence is Confidence.STRONG, max(article.filed for article in item.articles), item.id
        names = frozenset(numbers[hit.entity] for hit in item.hits if not hit.removed)
        return cls(place, item.state, item.verdict, item.until, names)

    @classmethod
    def of_row(cls, row: Any) -> _Stand:
        return cls((row.clear, row.latest, row.id), row.state, row.verdict, row.until)

    def split(self, now: datetime) -> QueueTab:
        return _split(self.state, self.place[0], self.verdict, self.until, now)


_As = tuple[_Stand, _Stand | None]  # of an item: as its row says, and as it is to who asks
Known = Mapping[int, tuple[tuple[Any, ...], _Stand | None]]  # item -> what was told of it, and how it stands so
_NOTHING: tuple[Any, ...] = ((), None)
_AT_ONCE = 500


def this_version() -> _Where:
    version = t.article_version.c
    return and_(version.article == _article.id, version.version == _article.version)
