"""I/O: the database. What the desk's pages ask of the queue: splits, counts, and items in their order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, or_, select, true

from monitor.model import Confidence, Outcome, ReviewItem, Run, Sought, Split, State, Stored, Verdict
from monitor.review import as_seen
from monitor.store import articles, items
from monitor.store import tables as t
from monitor.store.engine import Database

WAITING = (Split.NEW, Split.FOLLOW_UP, Split.POSSIBLE, Split.ASKED)
_item, _filed, _article, _hit, _entity = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity)
)
_Where = ColumnElement[bool]


class SqlDesk:
    def __init__(self, database: Database) -> None:
        self._database = database

    def sensitive(self) -> Mapping[int, str]:
        with self._database.reading() as connection:
            return {row.number: row.id for row in connection.execute(select(t.entity).where(_entity.sensitive))}

    def numbers(self, sought: Sought, now: datetime, unseen: Collection[int], limit: int, skip: int = 0) -> list[int]:
        with self._database.reading() as connection:
            asked = _Asked(connection, sought, now, unseen)
            latest = select(func.max(_filed.filed)).where(_filed.story == _item.story, asked.seen_article())
            ask = (
                items.numbers()
                .where(asked.all(), asked.in_split(sought.split))
                .order_by(asked.clear().desc(), latest.scalar_subquery().desc(), _item.id.desc())
            )
            return list(connection.scalars(ask.limit(limit).offset(skip)))

    def items(self, numbers: Sequence[int]) -> Sequence[ReviewItem]:
        with self._database.reading() as connection:
            found = items.load(connection, items.numbers().where(_item.id.in_(numbers)))
        return sorted(found, key=lambda item: numbers.index(item.id))

    def splits(self, sought: Sought, now: datetime, unseen: Collection[int]) -> Mapping[Split, int]:
        with self._database.reading() as connection:
            asked = _Asked(connection, sought, now, unseen)
            ask = select(asked.split().label("split"), func.count()).where(asked.all()).group_by("split")
            counts = {Split(split): count for split, count in connection.execute(ask)}
        return {**dict.fromkeys(Split, 0), **counts, Split.WAITING: sum(counts.get(split, 0) for split in WAITING)}

    def facets(
        self, sought: Sought, now: datetime, unseen: Collection[int]
    ) -> tuple[Mapping[int, tuple[str, int]], Mapping[str, int], Mapping[str, int]]:
        with self._database.reading() as connection:
            asked = _Asked(connection, sought, now, unseen)
            wanted = select(_item.story).where(asked.all(), asked.in_split(sought.split)).scalar_subquery()
            count = func.count(_filed.story.distinct()).label("many")
            names = (
                select(_entity.number, _entity.name, count)
                .join_from(t.story_article, t.hit, _hit.article == _filed.article)
                .join(t.article, articles.in_force())
                .join(t.entity, _entity.number == _hit.entity)
                .where(_filed.story.in_(wanted), _entity.number.not_in(unseen))
                .group_by(_entity.number, _entity.name)
                .order_by(count.desc(), _entity.name)
            )
            outlets, languages = (
                select(column, count)
                .join_from(t.story_article, t.article, _article.id == _filed.article)
                .join(t.article_version, _this_version())
                .where(_filed.story.in_(wanted), asked.seen_article(), column != "")
                .group_by(column)
                .order_by(count.desc(), column)
                for column in (_article.outlet, t.article_version.c.language)
            )
            return (
                {number: (name, many) for number, name, many in connection.execute(names)},
                {row.outlet: row.many for row in connection.execute(outlets)},
                {row.language: row.many for row in connection.execute(languages)},
            )

    def stored(self, articles_: Collection[int]) -> Mapping[int, Stored]:
        ask = articles.current().where(_article.id.in_(articles_))
        with self._database.reading() as connection:
            return {row.id: Stored(articles.from_row(row), row.sha256) for row in connection.execute(ask)}

    def runs(self, limit: int) -> Sequence[Run]:
        with self._database.reading() as connection:
            rows = connection.execute(select(t.run).order_by(t.run.c.id.desc()).limit(limit)).mappings().all()
        return [
            Run(
                **{
                    **row,
                    "problems": tuple(row["problems"]),
                    "outcomes": {Outcome(o): n for o, n in row["outcomes"].items()},
                }
            )
            for row in rows
        ]


class _Asked:
    """The conditions of one question. An item with a name that is unseen is looked at in Python, where what it is
    without that name is reckoned (`review.as_seen`); there are few of them."""

    def __init__(self, connection: Connection, sought: Sought, now: datetime, unseen: Collection[int]) -> None:
        self.sought, self.now, self.unseen = sought, now, tuple(unseen)
        self._on_sqlite = connection.dialect.name == "sqlite"
        self._special: dict[int, Split | None] = self._as_seen(connection) if unseen else {}

    def _as_seen(self, connection: Connection) -> dict[int, Split | None]:
        """Item -> where it stands to who asks; None: nowhere."""
        holds = exists().where(_filed.story == _item.story, _hit.article == _filed.article)
        ids = [i for n, i in items.entity_ids(connection).items() if n in self.unseen]
        loaded = items.load(connection, items.numbers().where(holds.where(_hit.entity.in_(self.unseen))))
        seen = {item.id: as_seen(item, ids) for item in loaded}
        return {number: split_of(item, self.now) if item else None for number, item in seen.items()}

    def in_split(self, split: Split) -> _Where:
        return self.split().in_(WAITING) if split is Split.WAITING else self.split() == split

    def split(self) -> ColumnElement[str]:
        """`split_of` in SQL."""
        due = and_(_item.state == State.LATER, _item.until <= self.now)
        open_ = or_(_item.state.in_((State.OPEN, State.FOLLOW_UP)), due)
        special = [(_item.id == item, literal(split.value)) for item, split in self._special.items() if split]
        return case(
            *special,
            (and_(open_, _item.verdict == Verdict.UNSURE), literal(Split.ASKED.value)),
            (_item.state == State.FOLLOW_UP, literal(Split.FOLLOW_UP.value)),
            (and_(open_, self.clear()), literal(Split.NEW.value)),
            (open_, literal(Split.POSSIBLE.value)),
            (_item.state == State.LATER, literal(Split.LATER.value)),
            else_=literal(Split.DECIDED.value),
        )

    def clear(self) -> _Where:
        """That an article of the item names somebody clearly now, so that it alerts."""
        return (
            exists()
            .where(_filed.story == _item.story, _filed.article == _article.id, articles.in_force())
            .where(_hit.alerts, _hit.confidence == Confidence.STRONG, _hit.entity.not_in(self.unseen))
            .correlate(t.review_item)
        )

    def all(self) -> _Where:
        """Everything that is asked for but the split."""
        sought, version = self.sought, t.article_version.c
        gone = [item for item, split in self._special.items() if split is None]
        conditions: list[_Where] = [_item.state != State.MERGED, _item.id.not_in(gone)]
        if sought.entity is not None:
            conditions.append(self._names(sought.entity))
        if sought.confidence is not None:
            conditions.append(self.clear() if sought.confidence is Confidence.STRONG else ~self.clear())
        conditions += [self._tells(_article.outlet == sought.outlet)] if sought.outlet else []
        conditions += [self._tells(version.language == sought.language)] if sought.language else []
        conditions += [self._tells(_says(word, self._on_sqlite)) for word in sought.words.split()]
        conditions += [_item.first_seen >= sought.since] if sought.since else []
        conditions += [_item.first_seen < sought.until] if sought.until else []
        return and_(*conditions)

    def seen_article(self) -> _Where:
        """That an article in its story names somebody who may be known of, or nobody at all."""
        if not self.unseen:
            return true()
        names = exists().where(_hit.article == _filed.article).correlate(t.story_article)
        return or_(names.where(_hit.entity.not_in(self.unseen)), ~names)

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

    def _tells(self, condition: _Where) -> _Where:
        """That this is true of an article of the item."""
        stories = (
            select(_filed.story)
            .join_from(t.story_article, t.article, _filed.article == _article.id)
            .join(t.article_version, _this_version())
            .where(condition, self.seen_article())
        )
        return _item.story.in_(stories)


def split_of(item: ReviewItem, now: datetime) -> Split:
    """Where an item stands in the queue; one that was put off until now waits again."""
    due = item.state is State.LATER and item.until is not None and item.until <= now
    if item.state not in {State.OPEN, State.FOLLOW_UP} and not due:
        return Split.LATER if item.state is State.LATER else Split.DECIDED
    if item.verdict is Verdict.UNSURE:
        return Split.ASKED
    if item.state is State.FOLLOW_UP:
        return Split.FOLLOW_UP
    return Split.NEW if item.confidence is Confidence.STRONG else Split.POSSIBLE


def _this_version() -> _Where:
    version = t.article_version.c
    return and_(version.article == _article.id, version.version == _article.version)


def _says(word: str, on_sqlite: bool) -> _Where:
    """That headline or text holds a word in any case; е stands for ё, too.

    SQLite knows the case of Latin letters alone, so there the usual three forms are looked for. Neither database folds
    as the matcher does: that needs a folded column.
    """
    small, version = word.casefold(), t.article_version.c
    forms = {small, small.capitalize(), word.upper(), word} if on_sqlite and not small.isascii() else {small}
    escaped = (re.sub("([%_~])", r"~\1", form) for form in sorted(forms))
    patterns = ["%" + re.sub("[еёЕЁ]", "_", form) + "%" for form in escaped]
    columns = (version.title, version.text)
    if on_sqlite:
        return or_(*(column.like(pattern, escape="~") for column in columns for pattern in patterns))
    return or_(*(column.ilike(pattern, escape="~") for column in columns for pattern in patterns))
