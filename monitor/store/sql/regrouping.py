"""I/O: the database. What people say is one item: articles moved from story to story; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, exists, insert, or_, select, update

from monitor.model import Fingerprint, Regrouping, State
from monitor.store import tables as t
from monitor.store.sql import articles, candidates
from monitor.store.types import row_of, shaped

_OF_ITEMS = (
    select(t.regrouping)
    .where(or_(*(c.in_(bindparam("items", expanding=True)) for c in t.regrouping.c["item", "other"])))
    .order_by(t.regrouping.c.id)
)
_LATER = t.regrouping.alias("later").c
_MERGED = (
    select(t.regrouping.c.item, t.regrouping.c.other)
    .join(t.review_item, t.review_item.c.id == t.regrouping.c.other)
    .where(t.regrouping.c.item.in_(bindparam("items", expanding=True)), t.review_item.c.state == State.MERGED)
    .where(~exists().where(_LATER.other == t.regrouping.c.other, _LATER.id > t.regrouping.c.id))
)


def of_items(connection: Connection, numbers: Sequence[int]) -> Mapping[int, Sequence[Regrouping]]:
    """Item -> what was put into it and taken out of it, in that order."""
    found: dict[int, list[Regrouping]] = defaultdict(list)
    for row in connection.execute(_OF_ITEMS, {"items": numbers}):
        for item in (row.item, row.other):
            found[item].append(shaped(Regrouping, row))
    return found


def merged_into(connection: Connection, numbers: Sequence[int]) -> Mapping[int, int]:
    """Items that are part of these, at first hand or through others -> the item they are part of in the end."""
    into: dict[int, int] = {}
    asked = set(numbers)
    while asked:
        rows = connection.execute(_MERGED, {"items": list(asked)}).all()
        asked = {row.other for row in rows} - into.keys()
        into |= {row.other: row.item for row in rows}
    return {item: _end(item, into) for item in into}


def holder(connection: Connection, item: int) -> int:
    """The item that this one is part of in the end; itself, when it was merged into none."""
    state = t.review_item.c.state
    while connection.scalar(select(state).where(t.review_item.c.id == item)) == State.MERGED:
        its = or_(t.regrouping.c.item == item, t.regrouping.c.other == item)
        into = select(t.regrouping.c.item).where(its).order_by(t.regrouping.c.id.desc()).limit(1)
        item = connection.execute(into).scalar_one()
    return item


def _end(item: int, into: Mapping[int, int]) -> int:
    while item in into:
        item = into[item]
    return item


def last(connection: Connection, by: str, item: int | None) -> Regrouping | None:
    done, undoing = t.regrouping.c, t.regrouping.alias().c
    ask = select(t.regrouping).where(done.undoes.is_(None), ~exists().where(undoing.undoes == done.id))
    if by:
        ask = ask.where(done.by == by)
    if item is not None:
        ask = ask.where(or_(done.item == item, done.other == item))
    row = connection.execute(ask.order_by(done.id.desc()).limit(1)).first()
    return shaped(Regrouping, row) if row else None


def move(connection: Connection, moved: Regrouping) -> int:
    """Puts the articles into their item's story, one that is made where there is none; returns the item's number."""
    item, filed = t.review_item.c, t.story_article.c
    number = moved.item or _new_item(connection, moved)
    story = connection.execute(select(item.story).where(item.id == number)).scalar_one()
    these = filed.article.in_(moved.articles)
    connection.execute(update(t.story_article).where(these).values(story=story))
    row = row_of(t.regrouping, moved, item=number, copies=_part_copies(connection, moved, story))
    if moved.undoes is not None:
        _join_copies(connection, moved.undoes)
    connection.execute(insert(t.regrouping).values(row))
    sets = (
        select(filed.id, *t.article.c[articles.SETS])
        .join(t.story_article, filed.article == t.article.c.id)
        .where(these)
    )
    for filing, *hashes in connection.execute(sets).all():  # a copy was found by what it is a copy of
        candidates.put_hashes(connection, filing, Fingerprint(*hashes))
    return number


def _new_item(connection: Connection, moved: Regrouping) -> int:
    seen = select(t.article.c.first_seen).where(t.article.c.id.in_(moved.articles)).order_by(t.article.c.first_seen)
    first_seen = connection.scalars(seen).first()
    story = connection.scalar(insert(t.story).values(first_seen=first_seen).returning(t.story.c.id))
    row = {"story": story, "state": State.OPEN, "first_seen": first_seen, "version": 1, "reopened": ""}
    return int(connection.execute(insert(t.review_item).values(row).returning(t.review_item.c.id)).scalar_one())


def _part_copies(connection: Connection, moved: Regrouping, story: int) -> list[list[int]]:
    """A copy counts as one only within its story; returns those that do so no more."""
    copy, source = t.story_article.c, t.story_article.alias("source")
    parted = (
        select(copy.article, copy.copy_of)
        .join(source, source.c.article == copy.copy_of)
        .where(copy.story != source.c.story, or_(copy.story == story, source.c.story == story))
        .order_by(copy.article)
    )
    rows = connection.execute(parted).all()
    these = copy.article.in_([row.article for row in rows])
    connection.execute(update(t.story_article).where(these).values(copy_of=None))
    return [[row.article, row.copy_of] for row in rows]


def _join_copies(connection: Connection, undone: int) -> None:
    copies = connection.scalar(select(t.regrouping.c.copies).where(t.regrouping.c.id == undone)) or []
    stories = dict(
        connection.execute(
            select(t.story_article.c.article, t.story_article.c.story).where(
                t.story_article.c.article.in_([article for pair in copies for article in pair])
            )
        ).all()
    )
    for article, source in copies:
        if stories.get(article) == stories.get(source):
            this = t.story_article.c.article == article
            connection.execute(update(t.story_article).where(this).values(copy_of=source))
