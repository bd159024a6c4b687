"""I/O: the database. A watched name removed from everything, for good.

An article that names somebody else on the list, too, is evidence of that and stays whole, with its entry; what was said
about it of the removed name goes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, and_, delete, exists, func, or_, select, update

from monitor.model import Change, DigestInput, Mailing, Naming, State, Window
from monitor.review.decisions import without_a_name
from monitor.store import tables as t
from monitor.store.database import Database, alone_with_the_mail
from monitor.store.desk.digest import happened
from monitor.store.sql import items, regrouping, search

AT_ONCE = 500  # numbers in a question, or rows in memory
Names = Callable[[str], bool]
Rewrite = Callable[[DigestInput], Mailing]

# Sentences, ours and of reviewers, that may quote a name; those of mailings are looked at apart.
SENTENCES = (
    t.decision.c.note, t.review_item.c.reopened, t.story_article.c.why, t.hit.c.why, t.mention.c.why, t.run.c.problems,
    t.letter.c.detail, t.feed.c.detail, t.entry.c.detail, t.audit.c.detail,
)  # fmt: skip
_COUNTED = (t.alias, t.article, t.raw_body, t.entry, t.review_item, t.decision)


class _OnlyAsked(Exception):
    """All was done to say what would go; it is rolled back."""


def purge(database: Database, entity: str, naming: Naming, rewrite: Rewrite, *, apply: bool) -> Mapping[str, int]:
    """Returns how many rows go, by table."""
    with suppress(_OnlyAsked), database.writing("purge", alone=True) as connection:
        number = connection.execute(select(t.entity.c.number).where(t.entity.c.id == entity)).scalar_one()
        purged = _purge(connection, number, entity, naming, rewrite)
        if not apply:
            raise _OnlyAsked
    if apply:
        database.overwrite_what_was_deleted()
    return purged


def _purge(connection: Connection, number: int, entity: str, naming: Naming, rewrite: Rewrite) -> Mapping[str, int]:
    alone_with_the_mail(connection)  # else a digest that is being written would keep the name
    before = _rows(connection)
    articles, entries = _about(connection, number, naming.in_full)
    judged = [row for row in connection.execute(select(t.decision)) if number in {row.entity, *row.judged}]
    touched = {*connection.scalars(_items_that_name(number)), *(row.item for row in judged)}

    for some in _batches([row.id for row in judged if row.entity == number]):
        these = or_(t.decision.c.id.in_(some), t.decision.c.undoes.in_(some))
        connection.execute(delete(t.decision).where(these))
    for row in judged:
        rest = [other for other in row.judged if other != number]
        connection.execute(update(t.decision).where(t.decision.c.id == row.id).values(judged=rest))
    _forget_findings(connection, number, naming.possibly)
    _remove(connection, t.entry, entries)
    _remove(connection, t.article, articles)
    search.forget_deleted(connection)
    _remove(connection, t.entity, [number])
    _remove(connection, t.story, _stories_left_empty(connection))
    kept = (t.article_version.c.body_sha256, t.article.c.gone_body_sha256)
    connection.execute(delete(t.raw_body).where(*(~exists().where(own == t.raw_body.c.sha256) for own in kept)))
    for version, *lists in connection.execute(select(*t.watchlist_version.c["version", "added", "changed", "removed"])):
        without = [["removed" if each == entity else each for each in ids] for ids in lists]
        values = dict(zip(("added", "changed", "removed"), without, strict=True))
        connection.execute(update(t.watchlist_version).where(t.watchlist_version.c.version == version).values(values))
    _judged_anew(connection, touched)
    _mailings(connection, naming.possibly, rewrite)
    for column in SENTENCES:
        _empty_where_named(connection, column, naming.possibly)
    after = _rows(connection)
    return {table: count - after[table] for table, count in before.items()}


# ---- what goes ------------------------------------------------------------------------------------------------------


def _about(connection: Connection, number: int, in_full: Names) -> tuple[set[int], set[int]]:
    """The articles and entries that name it and nobody else on the list.

    Its full name stands there, or it was found there: a surname alone may be anybody's.
    """
    hit, version, entry = t.hit.c, t.article_version.c, t.entry.c
    named = set(connection.scalars(select(hit.article).where(hit.entity == number)))
    said = select(version.article, version.authors, *version["title", "heading", "text", "url"])
    named |= {row[0] for row in _each(connection, said) if any(map(in_full, (*row.authors, *row[2:])))}
    placed = select(t.article.c.id, *t.article.c["key", "gone_url"])
    named |= {row.id for row in _each(connection, placed) if any(map(in_full, row[1:]))}
    told = select(entry.id, entry.article, *entry["title", "summary", "content", "url", "guid", "key", "author"])
    entries = {row.id: row.article for row in _each(connection, told) if any(map(in_full, row[2:]))}
    named |= {article for article in entries.values() if article is not None}
    others = set(connection.scalars(select(hit.article).where(hit.entity != number)))
    alone = named - others
    of_them = {row.id for row in _each(connection, select(entry.id, entry.article)) if row.article in alone}
    return alone, {e for e, article in entries.items() if article is None} | of_them


def _forget_findings(connection: Connection, number: int, names: Names) -> None:
    """What was found of the name; changed sentences that are told because it stands there, and nobody else; and how
    many names an article shared with its story, where this was one."""
    finding, hit, mention = t.finding.c, t.hit.c, t.mention.c
    others = select(mention.text).join(t.hit, hit.id == mention.hit).where(hit.entity != number)
    gone = []
    told = select(t.finding).where(finding.entity.is_(None), finding.kind.in_((Change.SENTENCE, Change.READ)))
    for row in _each(connection, told):
        said = row.before + row.after
        if names(said) and not any(
            text in said for text in connection.scalars(others.where(hit.article == row.article))
        ):
            gone.append(row.id)
    _remove(connection, t.finding, gone)
    connection.execute(delete(t.finding).where(finding.entity == number))
    filed = t.story_article.c
    by_names = and_(filed.article.in_(select(hit.article).where(hit.entity == number)), filed.why.contains("watched"))
    connection.execute(update(t.story_article).where(by_names).values(why=""))


def _items_that_name(number: int) -> Any:
    filed = t.story_article.c
    named = select(t.review_item.c.id).join(t.story_article, filed.story == t.review_item.c.story)
    return named.join(t.hit, t.hit.c.article == filed.article).where(t.hit.c.entity == number)


def _stories_left_empty(connection: Connection) -> set[int]:
    """Also of items that are part of such a one."""
    item = t.review_item.c
    empty = ~exists().where(t.story_article.c.story == item.story)
    left = dict(connection.execute(select(item.id, item.story).where(empty, item.state != State.MERGED)).all())
    parts = regrouping.merged_into(connection, list(left))
    stories = {row.id: row.story for row in _each(connection, select(item.id, item.story))}
    return {stories[number] for number in {*left, *parts}}


def _remove(connection: Connection, table: Table, numbers: Collection[int]) -> None:
    """Rows of these numbers and whatever belongs to them; what only mentions them forgets it."""
    (key,) = table.primary_key
    for some in _batches(numbers):
        for column in _referring(table):
            own = column.table
            if column.nullable:
                connection.execute(update(own).where(column.in_(some)).values({column.name: None}))
            elif list(_referring(own)):
                _remove(connection, own, connection.scalars(select(*own.primary_key).where(column.in_(some))).all())
            else:
                connection.execute(delete(own).where(column.in_(some)))
        connection.execute(delete(table).where(key.in_(some)))


def _referring(table: Table) -> Iterator[Column[Any]]:
    for other in t.Row.metadata.sorted_tables:
        yield from (key.parent for key in other.foreign_keys if key.column.table is table)


# ---- what stays, without it -----------------------------------------------------------------------------------------


def _judged_anew(connection: Connection, touched: Collection[int]) -> None:
    """Items that go on without the name; notes on them may be about it in words that no rule finds, and go."""
    item, stay = t.review_item.c, set(touched)
    while merged := set(connection.scalars(select(item.id).where(item.id.in_(stay), item.state == State.MERGED))):
        into = {done[-1].item for done in regrouping.of_items(connection, list(merged)).values()}
        stay = stay - merged | into
    for some in _batches(stay):
        for told in items.load(connection, items.numbers().where(item.id.in_(some))):
            notes = t.decision.c.id.in_([decision.id for decision in told.history])
            connection.execute(update(t.decision).where(notes).values(note=""))
            items.compare_and_set(connection, without_a_name(told), told.version)
            items.placed(connection, item.id == told.id)


def _mailings(connection: Connection, names: Names, rewrite: Rewrite) -> None:
    """What was sent is emptied, what waits is written anew."""
    letter = t.letter.c
    waits = select(letter.mailing).where(letter.sent.is_(None), letter.refused.is_(None))
    waiting = set(connection.scalars(waits))
    for row in connection.execute(select(t.mailing)).all():
        if any(map(names, (row.text, row.html, row.full_text, row.full_html))):
            text = html = full_text = full_html = ""
            if row.id in waiting:
                new = rewrite(happened(connection, Window(row.since, row.until)))
                text, html, full_text, full_html = new.text, new.html, new.full.text, new.full.html
            values = {"text": text, "html": html, "full_text": full_text, "full_html": full_html}
            connection.execute(update(t.mailing).where(t.mailing.c.id == row.id).values(values))


def _empty_where_named(connection: Connection, column: Column[Any], names: Names) -> None:
    keys = list(column.table.primary_key)
    for *key, said in list(_each(connection, select(*keys, column).where(column.is_not(None)))):
        left = ("" if names(said) else said) if isinstance(said, str) else [each for each in said if not names(each)]
        if left != said:
            this = [part == value for part, value in zip(keys, key, strict=True)]
            connection.execute(update(column.table).where(*this).values({column.name: left}))


# ---- helpers --------------------------------------------------------------------------------------------------------


def _each(connection: Connection, ask: Select[Any]) -> Iterator[Any]:
    yield from connection.execute(ask.execution_options(yield_per=AT_ONCE))


def _batches(numbers: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _rows(connection: Connection) -> Mapping[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _COUNTED}
