"""I/O: the database. What the desk's pages ask of the queue: lists with their counts and parts, and whole items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from monitor.model import Facets, QueueFilter, QueuePage, Reason, ReviewItem, StoredText
from monitor.store import tables as t
from monitor.store.database import Database, Queries, cached_until_write
from monitor.store.desk.queue_query import Known, QueueQuery, this_version
from monitor.store.sql import articles, items

_item, _filed, _article, _hit, _entity = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity)
)
_LATEST = select(  # of all that says what items are in which part of a list
    *(
        select(func.max(table.c.id)).scalar_subquery()
        for table in (t.story_article, t.hit, t.mention, t.regrouping, t.finding)
    ),
    select(func.max(t.watchlist_version.c.version)).scalar_subquery(),
    select(func.count(_entity.number)).scalar_subquery(),
)
_LISTS_COUNTED = 10


class SqlDesk(Queries):
    """What the queue's pages ask for. `unseen`: the entities, by number, that whoever asks may not know of."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._known: Known = {}
        self._counted: dict[Any, tuple[Any, Collection[int], _Counted]] = {}

    def _asked(self, connection: Connection, sought: QueueFilter, now: datetime, unseen: Collection[int]) -> QueueQuery:
        asked = QueueQuery(connection, sought, now, unseen, self._known)
        self._known = asked.known
        return asked

    def sensitive(self) -> Mapping[int, str]:
        """Number -> id of every entity that is marked sensitive, removed ones too."""
        with self._database.reading() as connection:
            return {row.number: row.id for row in connection.execute(select(t.entity).where(_entity.sensitive))}

    def listed(
        self,
        sought: QueueFilter,
        now: datetime,
        unseen: Collection[int],
        limit: int,
        skip: int = 0,
        *,
        parts: bool = False,
    ) -> QueuePage:
        """A page of the list, clear before possible, newest first; how many items each split holds; with `parts` how
        those asked for divide, which takes longer than all the rest."""
        with self._database.reading() as connection:
            asked = self._asked(connection, sought, now, unseen)
            numbers = [number for *_, number in asked.places(limit, skip)]
            counts = asked.counts()
            if not parts:
                return QueuePage(numbers, counts)
            wider_lists = {
                filter_: self._asked(connection, replace(sought, **{filter_: none}), now, unseen)
                for filter_, none in _FILTERS.items()
                if getattr(sought, filter_) != none
            }
            # counts, because the clock alone may change them
            of = (
                sought,
                asked.unseen,
                *counts.values(),
                *(n for each in wider_lists.values() for n in each.counts().values()),
            )
            return QueuePage(
                numbers,
                counts,
                cached_until_write(connection, of, lambda: self._facets(connection, asked, wider_lists)),
            )

    def _facets(self, connection: Connection, asked: QueueQuery, wider_lists: Mapping[str, QueueQuery]) -> Facets:
        """Return how the list divides by each filter.

        A filter that is set is counted in the list without it (`wider_lists`), so that its other values tell what they
        would bring. The value that is set is always there, if only with 0.
        """
        sought = asked.sought

        def counts_by(filter_: str, part: int, value: Any) -> dict[Any, int]:
            counter = self._parts(connection, wider_lists.get(filter_, asked))[part]
            counted = {each: many for each, many in counter.items() if many}
            return counted if value in {None, ""} else {value: 0, **counted}

        called = {row.number: row.name for row in connection.execute(select(_entity.number, _entity.name))}
        entity = sought.entity if sought.entity in called and sought.entity not in asked.unseen else None
        names = counts_by("entity", 0, entity)
        outlets, languages, countries = (
            dict(sorted(counts_by(filter_, part, value).items(), key=lambda pair: (-pair[1], pair[0])))
            for filter_, part, value in (
                ("outlet", 1, sought.outlet),
                ("language", 2, sought.language),
                ("country", 3, sought.country),
            )
        )
        reasons = _reasons(connection, wider_lists.get("reason", asked))
        by_confidence = wider_lists.get("confidence", asked)
        clear = by_confidence.clear()
        return Facets(
            names={n: (called[n], names[n]) for n in sorted(names, key=lambda n: (-names[n], called[n]))},
            outlets=outlets,
            languages=languages,
            countries=countries,
            reasons=reasons if sought.reason is None else {**reasons, sought.reason: reasons.get(sought.reason, 0)},
            clear=clear,
            possible=by_confidence.counts()[sought.split] - clear,
        )

    def _parts(self, connection: Connection, asked: QueueQuery) -> _Counted:
        """All articles of the list are gone through: anew when anything was filed or found since, else of the items
        alone that left it or came into it."""
        stamp, of = tuple(connection.execute(_LATEST).one()), (asked.sought, asked.unseen)
        now = set(connection.scalars(select(_item.story).where(asked.wanted()), asked.now))
        was, before, known = self._counted.get(of, _NEVER)
        counted = [Counter[Any](part if was == stamp else ()) for part in known]
        before = set(before if was == stamp else ())
        for stories, sign in ((now - before, 1), (before - now, -1)):
            for part, more in zip(counted, _parts_of(connection, asked, stories), strict=True) if stories else ():
                part.update({value: sign * many for value, many in more.items()})
        others = list(self._counted.items())[-_LISTS_COUNTED:]
        self._counted = {**dict(others), of: (stamp, now, counted)}
        return counted

    def numbers(
        self, sought: QueueFilter, now: datetime, unseen: Collection[int], limit: int, skip: int = 0
    ) -> list[int]:
        """The page of the list alone."""
        with self._database.reading() as connection:
            return [number for *_, number in self._asked(connection, sought, now, unseen).places(limit, skip)]

    def around(
        self, item: int, sought: QueueFilter, now: datetime, unseen: Collection[int]
    ) -> tuple[int | None, int | None, int]:
        """Return what comes before and after an item in that list, and how many items are in the list.

        An item that has left the list is between those that it would stand between. One that is nothing to who asks
        comes before the first.
        """
        with self._database.reading() as connection:
            asked = self._asked(connection, sought, now, unseen)
            place = asked.place_near(item)
            before = asked.places(1, beyond=place, back=True) if place else []
            after = asked.places(1, beyond=place)
            return before[0][-1] if before else None, after[0][-1] if after else None, asked.counts()[sought.split]

    def after(self, item: int, sought: QueueFilter, now: datetime, unseen: Collection[int]) -> int | None:
        """Return what comes after it, as `around` does."""
        with self._database.reading() as connection:
            asked = self._asked(connection, sought, now, unseen)
            places = asked.places(1, beyond=asked.place_near(item))
            return places[0][-1] if places else None

    def index_of(self, item: int, sought: QueueFilter, now: datetime, unseen: Collection[int]) -> int:
        """Return at which index of the list an item stands, or else the next item after it, or else the last item."""
        with self._database.reading() as connection:
            asked = self._asked(connection, sought, now, unseen)
            place = asked.place_near(item)
            ahead = asked.ahead_of(place) if place else 0
            return max(min(ahead, asked.counts()[sought.split] - 1), 0)

    def items(self, numbers: Sequence[int]) -> Sequence[ReviewItem]:
        """Whole items, in this order; those that are not there are left out."""
        with self._database.reading() as connection:
            found = items.load(connection, items.numbers().where(_item.id.in_(numbers)))
        return sorted(found, key=lambda item: numbers.index(item.id))

    def stored(self, articles_: Collection[int]) -> Mapping[int, StoredText]:
        """Article id -> its current version."""
        ask = articles.current().where(_article.id.in_(articles_))
        with self._database.reading() as connection:
            return {row.id: StoredText(articles.from_row(row), row.sha256) for row in connection.execute(ask)}


_FILTERS: Mapping[str, Any] = {
    "entity": None,
    "outlet": "",
    "language": "",
    "country": "",
    "confidence": None,
    "reason": None,
}
_Counted = Sequence[Counter[Any]]  # names, outlets, languages, countries
_NEVER: tuple[Any, Collection[int], _Counted] = (), (), [Counter()] * 4


def _parts_of(connection: Connection, asked: QueueQuery, stories: Collection[int]) -> Sequence[Mapping[Any, int]]:
    wanted, count = _filed.story.in_(asked.each(stories)), func.count(_filed.story.distinct())
    names = (
        select(_hit.entity, count)
        .join_from(t.story_article, t.hit, _hit.article == _filed.article)
        .join(t.article, articles.in_force())
        .where(wanted, _hit.entity.not_in(asked.unseen), asked.plain_stories())
        .group_by(_hit.entity)
    )
    told = select(t.story_article).join(t.article, _article.id == _filed.article)
    others = (
        joined.with_only_columns(column, count).where(wanted, asked.seen_article(), column != "").group_by(column)
        for column, joined in (
            (_article.outlet, told),
            (t.article_version.c.language, told.join(t.article_version, this_version())),
            (_article.country, told),
        )
    )
    plain, *counted = (Counter(dict(connection.execute(ask).all())) for ask in (names, *others))
    if asked.names_in:  # of items that hold an unseen name `review.as_seen` says which others they hold
        rows = connection.execute(select(_item.id).where(_item.story.in_(asked.each(stories))))
        for number in rows.scalars():
            plain.update(asked.names_in.get(number, ()))
    return [plain, *counted]


def _reasons(connection: Connection, asked: QueueQuery) -> dict[Reason, int]:
    """Return how many items of a list were judged for each reason, the most frequent first."""
    because = asked.because().add_columns(func.count(t.decision.c.item.distinct()).label("many"))
    because = because.where(t.decision.c.item.in_(select(_item.id).where(asked.wanted())))
    reasons = because.group_by(t.decision.c.reason).order_by(literal_column("many").desc())
    return {Reason(reason): many for reason, many in connection.execute(reasons, asked.now)}
