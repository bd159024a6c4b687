"""I/O: the database. What the desk's pages ask of the queue: splits, counts, and items in their order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, false, func, literal, or_, select, true

from monitor.model import Confidence, Outcome, ReviewItem, Run, Sought, Split, State, Stored, Verdict
from monitor.review import as_seen
from monitor.store import articles, items
from monitor.store import tables as t
from monitor.store.archive import as_article
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
            which = and_(asked.all(), asked.in_split(sought.split))
            count = func.count(_item.id.distinct())
            names = (
                select(_entity.number, _entity.name, count)
                .join_from(t.review_item, t.story_article, _filed.story == _item.story)
                .join(t.hit, _hit.article == _filed.article)
                .join(t.article, articles.in_force())
                .join(t.entity, _entity.number == _hit.entity)
                .where(which, _entity.number.not_in(unseen))
                .group_by(_entity.number, _entity.name)
                .order_by(count.desc(), _entity.name)
            )
            outlets, languages = (
                select(column, count)
                .join_from(t.review_item, t.story_article, _filed.story == _item.story)
                .join(t.article, _article.id == _filed.article)
                .join(t.article_version, _this_version())
                .where(which, asked.seen_article(), column != "")
                .group_by(column)
                .order_by(count.desc(), column)
                for column in (_article.outlet, t.article_version.c.language)
            )
            return (
                {number: (name, many) for number, name, many in connection.execute(names)},
                {outlet: many for outlet, many in connection.execute(outlets)},
                {language: many for language, many in connection.execute(languages)},
            )

    def stored(self, articles_: Collection[int]) -> Mapping[int, Stored]:
        ask = articles.current().where(_article.id.in_(articles_))
        with self._database.reading() as connection:
            return {row.id: Stored(as_article(row), row.sha256) for row in connection.execute(ask)}

    def runs(self, limit: int) -> Sequence[Run]:
        with self._database.reading() as connection:
            rows = connection.execute(select(t.run).order_by(t.run.c.id.desc()).limit(limit)).mappings().all()
        return [
            Run(**{**r, "problems": tuple(r["problems"]), "outcomes": {Outcome(o): n for o, n in r["outcomes"].items()}})
            for r in rows
        ]


class _Asked:
    """The conditions of one question. An item with a name that is unseen is looked at in Python, where what it is
    without that name is reckoned (`review.as_seen`); there are few of them."""

    def __init__(self, connection: Connection, sought: Sought, now: datetime, unseen: Collection[int]) -> None:
        self.sought, self.now, self.unseen = sought, now, tuple(unseen)
        self._special: dict[int, Split] = self._as_seen(connection) if unseen else {}

    def _as_seen(self, connection: Connection) -> dict[int, Split]:
        holds = exists().where(_filed.story == _item.story, _hit.article == _filed.article, _hit.entity.in_(self.unseen))
        ids = [i for n, i in items.entity_ids(connection).items() if n in self.unseen]
        seen = (as_seen(item, ids) for item in items.load(connection, items.numbers().where(holds)))
        return {item.id: split_of(item, self.now) for item in seen if item is not None}

    def in_split(self, split: Split) -> _Where:
        return self.split().in_(WAITING) if split is Split.WAITING else self.split() == split

    def split(self) -> ColumnElement[str]:
        """`split_of` in SQL."""
        due = and_(_item.state == State.LATER, _item.until <= self.now)
        open_ = or_(_item.state.in_((State.OPEN, State.FOLLOW_UP)), due)
        special = [(_item.id == item, literal(split.value)) for item, split in self._special.items()]
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
        return self._names(_hit.alerts, _hit.confidence == Confidence.STRONG)

    def all(self) -> _Where:
        """Everything that is asked for but the split."""
        sought = self.sought
        conditions: list[_Where] = [self._names()] if self.unseen else []
        if sought.entity is not None:
            conditions.append(self._names(_hit.entity == sought.entity))
        if sought.confidence is not None:
            conditions.append(self.clear() if sought.confidence is Confidence.STRONG else ~self.clear())
        if sought.outlet:
            conditions.append(self._tells(_article.outlet == sought.outlet))
        if sought.language:
            conditions.append(self._tells(t.article_version.c.language == sought.language))
        conditions += [self._tells(_says(word)) for word in sought.words.split()]
        conditions += [_item.first_seen >= sought.since] if sought.since else []
        conditions += [_item.first_seen < sought.until] if sought.until else []
        return and_(true(), *conditions)

    def seen_article(self) -> _Where:
        """That an article in its story names somebody who may be known of, or nobody at all."""
        if not self.unseen:
            return true()
        names = exists().where(_hit.article == _filed.article).correlate(t.story_article)
        return or_(names.where(_hit.entity.not_in(self.unseen)), ~names)

    def _names(self, *conditions: ColumnElement[bool]) -> _Where:
        """That an article of the item names somebody now, of whom this is true."""
        return (
            exists()
            .where(_filed.story == _item.story, _filed.article == _article.id, articles.in_force(), *conditions)
            .where(_hit.entity.not_in(self.unseen) if self.unseen else true())
            .correlate(t.review_item)
        )

    def _tells(self, condition: _Where) -> _Where:
        """That this is true of an article of the item."""
        return (
            exists()
            .where(_filed.story == _item.story, _filed.article == _article.id, _this_version(), condition)
            .where(self.seen_article())
            .correlate(t.review_item)
        )


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


def _says(word: str) -> _Where:
    """That headline or text holds a word, small, capitalised or in capitals; е stands for ё, too.

    Neither database folds Cyrillic the way the matcher does; until there is a folded column these forms are looked for.
    """
    if not word:
        return false()
    forms = {word.casefold(), word.casefold().capitalize(), word.upper(), word}
    escaped = (re.sub("([%_~])", r"~\1", form) for form in sorted(forms))
    patterns = ["%" + re.sub("[еёЕЁ]", "_", form) + "%" for form in escaped]
    version = t.article_version.c
    return or_(*(c.like(pattern, escape="~") for c in (version.title, version.text) for pattern in patterns))

