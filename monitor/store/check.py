"""I/O: the database. What must always hold in it, and where it does not: plain sentences of row numbers, without names.

The rules that one question can ask are statements; texts, fingerprints and histories are read a batch at a time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, union_all

from monitor.fingerprint import unpacked
from monitor.model import (
    Change,
    Confidence,
    FeedStatus,
    Field,
    Fingerprint,
    Outcome,
    ReviewItem,
    State,
    TextFrom,
    Verdict,
)
from monitor.review import SETTLED, effective
from monitor.store import articles, items, search
from monitor.store import tables as t
from monitor.store.articles import SETS

ARTICLES_AT_ONCE = 200
ITEMS_AT_ONCE = 50  # with the texts of all their articles
_UNREADABLE = (ValueError, TypeError, LookupError, struct.error, zlib.error)


def contradictions(connection: Connection) -> Iterator[str]:
    """A damaged file is said first, and then nothing else: whatever else is wrong may come of it."""
    damage = tuple(_damage(connection))
    yield from damage
    if damage:
        return
    for sentence, ask in RULES:
        for row in connection.execute(ask):
            yield sentence.format(*row)
    for first, last in _ranges(connection, t.article.c.id, ARTICLES_AT_ONCE):
        for part in (_texts_and_mentions, _bodies):
            yield from _as_far_as_readable(part, connection, "articles", first, last)
    for first, last in _ranges(connection, _filed.id, ARTICLES_AT_ONCE):
        for part in (_fingerprints, _words):
            yield from _as_far_as_readable(part, connection, "filings", first, last)
    for first, last in _ranges(connection, t.decision.c.id, ARTICLES_AT_ONCE):
        yield from _as_far_as_readable(_judged, connection, "decisions", first, last)
    for first, last in _ranges(connection, t.review_item.c.id, ITEMS_AT_ONCE):
        yield from _as_far_as_readable(_items, connection, "review items", first, last)


# ---- what one question can ask --------------------------------------------------------------------------------------


def _versions() -> Select[Any]:
    article, version = t.article.c, t.article_version.c
    count, first, last = func.count(version.version), func.min(version.version), func.max(version.version)
    return (
        select(article.id, article.version)
        .outerjoin(t.article_version, version.article == article.id)
        .group_by(article.id, article.version)
        .having(or_(count != article.version, first != 1, last != article.version))
        .order_by(article.id)
    )


def _copies_of_strangers() -> Select[Any]:
    copy, source = t.story_article.c, t.story_article.alias("source")
    elsewhere = or_(source.c.story.is_(None), source.c.story != copy.story, copy.copy_of == copy.article)
    return (
        select(copy.article, copy.copy_of)
        .outerjoin(source, source.c.article == copy.copy_of)
        .where(copy.copy_of.is_not(None), elsewhere)
        .order_by(copy.article)
    )


def _windows_that_do_not_meet() -> Select[Any]:
    """They overlap nowhere, and leave no gap since mailing began: an empty mailing marks that; before it they may."""
    mailing = t.mailing.c
    before = func.lag(mailing.until).over(order_by=mailing.until).label("before")
    tiles = select(mailing.id, mailing.since, before).subquery()
    began = select(func.max(mailing.until)).where(mailing.subject == "").scalar_subquery()
    gap = and_(tiles.c.since > tiles.c.before, or_(began.is_(None), tiles.c.since >= began))
    return select(tiles.c.id).where(or_(tiles.c.since < tiles.c.before, gap)).order_by(tiles.c.id)


def _wrong_undoes() -> Select[Any]:
    undo, undone = t.decision.c, t.decision.alias("undone")
    ask = select(undo.id, undo.undoes).join(undone, undone.c.id == undo.undoes)
    return ask.where(or_(undone.c.item != undo.item, undone.c.id >= undo.id)).order_by(undo.id)


def _unknown(number: ColumnElement[Any], column: ColumnElement[Any], known: type[StrEnum]) -> Select[Any]:
    return select(number).where(column.not_in([value.value for value in known])).order_by(number)


_hit, _story, _filed, _item, _entry = t.hit.c, t.story.c, t.story_article.c, t.review_item.c, t.entry.c
_mention, _decision, _letter, _version = t.mention.c, t.decision.c, t.letter.c, t.article_version.c
# How a trip ends that stored an article. A duplicate need not have one: it may be known by its address alone.
_STORED = (Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED, Outcome.NO_MATCH)
_UNREAD = "{} holds a word that this version does not know"

RULES: Sequence[tuple[str, Select[Any]]] = (
    ("article {}: its versions are not those from 1 to {}", _versions()),
    (
        "article {}, version {}: its text was dropped and is still there",
        select(_version.article, _version.version).where(_version.dropped.is_not(None), _version.text != ""),
    ),
    (
        "hit {}: it is of version {} of an article that is at version {}",
        select(_hit.id, _hit.version, t.article.c.version)
        .join(t.article, t.article.c.id == _hit.article)
        .where(_hit.version > t.article.c.version),
    ),
    (
        "hit {}: it has no mention in version {} of its article",
        select(_hit.id, _hit.version).where(~exists().where(_mention.hit == _hit.id, _mention.version == _hit.version)),
    ),
    (
        "hit {}: it counts as filed, but article {} is in no story",
        select(_hit.id, _hit.article).where(_hit.filed, ~exists().where(_filed.article == _hit.article)),
    ),
    (
        "story {}: it has no review item",
        select(_story.id).where(~exists().where(_item.story == _story.id)),
    ),
    (
        "story {}: no article is in it",
        select(_story.id).where(
            ~exists().where(_filed.story == _story.id),
            ~exists().where(_item.story == _story.id, _item.state == State.MERGED),
        ),
    ),
    (
        "article {}, version {}: someone is named in the article, but the page's bytes are not there",
        select(_version.article, _version.version)
        .outerjoin(t.raw_body, t.raw_body.c.sha256 == _version.body_sha256)
        .where(
            _version.body_sha256 != "", t.raw_body.c.sha256.is_(None), exists().where(_hit.article == _version.article)
        ),
    ),
    (
        "article {}: it is searched, but in no story",
        select(t.article_words.c.article).where(~exists().where(_filed.article == t.article_words.c.article)),
    ),
    (
        "finding {}: article {} is in no story that could tell of it",
        select(t.finding.c.id, t.finding.c.article).where(~exists().where(_filed.article == t.finding.c.article)),
    ),
    ("article {}: it counts as a copy of article {}, which is no other article of its story", _copies_of_strangers()),
    (
        "article {}: its story has taken in version {}, but it is at version {}",
        select(_filed.article, _filed.version, t.article.c.version)
        .join(t.article, t.article.c.id == _filed.article)
        .where(_filed.version > t.article.c.version),
    ),
    (
        "entry {}: it ended as {}, but has no article",
        select(_entry.id, _entry.outcome).where(_entry.outcome.in_(_STORED), _entry.article.is_(None)),
    ),
    (
        "entry {}: it was tried and is to be tried again, but nothing says when",
        select(_entry.id).where(
            _entry.outcome == Outcome.PENDING, _entry.tries > 0, _entry.due.is_(None), _entry.claimed_until.is_(None)
        ),
    ),
    (
        "review item {}: it is {}, but put off until a time",
        select(_item.id, _item.state).where(_item.state != State.LATER, _item.until.is_not(None)),
    ),
    (
        "review item {}: it is a follow-up, but never came back",
        select(_item.id).where(_item.state == State.FOLLOW_UP, _item.reopened_at.is_(None)),
    ),
    (
        "decision {}: it must either be a verdict or undo one",
        select(_decision.id).where(
            or_(
                and_(_decision.verdict.is_(None), _decision.undoes.is_(None)),
                and_(_decision.verdict.is_not(None), _decision.undoes.is_not(None)),
            )
        ),
    ),
    ("decision {}: it undoes decision {}, which is no earlier one of its item", _wrong_undoes()),
    (
        "mailing {}: its window does not end after it begins",
        select(t.mailing.c.id).where(t.mailing.c.since >= t.mailing.c.until),
    ),
    ("mailing {}: its window does not begin where the one before it ended", _windows_that_do_not_meet()),
    (
        "mailing {}: a letter of it is both sent and refused",
        select(_letter.mailing).where(_letter.sent.is_not(None), _letter.refused.is_not(None)),
    ),
    (_UNREAD.format("feed {}: its status"), _unknown(t.feed.c.number, t.feed.c.status, FeedStatus)),
    (_UNREAD.format("entry {}: its outcome"), _unknown(_entry.id, _entry.outcome, Outcome)),
    (_UNREAD.format("article {}: `text_from`"), _unknown(_version.article, _version.text_from, TextFrom)),
    (_UNREAD.format("hit {}: its confidence"), _unknown(_hit.id, _hit.confidence, Confidence)),
    (_UNREAD.format("mention {}: its confidence"), _unknown(_mention.id, _mention.confidence, Confidence)),
    (_UNREAD.format("mention {}: its field"), _unknown(_mention.id, _mention.field, Field)),
    (_UNREAD.format("finding {}: its kind"), _unknown(t.finding.c.id, t.finding.c.kind, Change)),
    (_UNREAD.format("review item {}: its state"), _unknown(_item.id, _item.state, State)),
    (_UNREAD.format("review item {}: its verdict"), _unknown(_item.id, _item.verdict, Verdict)),
    (_UNREAD.format("decision {}: its verdict"), _unknown(_decision.id, _decision.verdict, Verdict)),
)


def _damage(connection: Connection) -> Iterator[str]:
    """What SQLite finds wrong with its file; PostgreSQL keeps its keys itself."""
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if said != "ok":
            yield f"the file is damaged: {said}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{table} {'of no number' if row is None else row}: the {parent} it belongs to is not there"


# ---- what is read a batch at a time ---------------------------------------------------------------------------------


def _ranges(connection: Connection, number: ColumnElement[int], size: int) -> Iterator[tuple[int, int]]:
    """The numbers there are, so many at a time: the first and the last of each batch."""
    last = 0
    while batch := connection.scalars(select(number).where(number > last).order_by(number).limit(size)).all():
        last = batch[-1]
        yield batch[0], last


_Part = Callable[[Connection, int, int], Iterable[str]]


def _as_far_as_readable(part: _Part, connection: Connection, what: str, first: int, last: int) -> Iterator[str]:
    try:
        yield from part(connection, first, last)
    except _UNREADABLE:
        yield f"{what} {first} to {last}: one of them holds a value that cannot be read"


def _texts_and_mentions(connection: Connection, first: int, last: int) -> Iterator[str]:
    columns = ("article", "version", "title", "text", "sha256", "dropped")
    ask = select(*_version[columns]).where(_version.article.between(first, last))
    said: dict[tuple[int, int], Any] = {}
    for row in connection.execute(ask.order_by(_version.article, _version.version)):
        said[row.article, row.version] = row
        if row.dropped is None and sha256(row.text.encode()).hexdigest() != row.sha256:
            which = f"article {row.article}" + (f", version {row.version}" if row.version > 1 else "")
            yield f"{which}: the stored text does not have the hash it was stored with"
    mentions = (
        select(_hit.article, *_mention["id", "version", "field", "start", "end", "text"])
        .join(t.hit, _hit.id == _mention.hit)
        .where(_hit.article.between(first, last))
        .order_by(_mention.id)
    )
    for row in connection.execute(mentions):
        version = said.get((row.article, row.version))
        if version is None:
            yield f"mention {row.id}: it is in version {row.version} of article {row.article}, which is not there"
        elif (version.title if row.field == Field.TITLE else version.text)[row.start : row.end] != row.text:
            yield f"mention {row.id}: its words do not stand at its place in article {row.article}"


def _bodies(connection: Connection, first: int, last: int) -> Iterator[str]:
    body, article = t.raw_body.c, t.article.c
    of_pages = select(_version.article, t.raw_body).join(t.raw_body, body.sha256 == _version.body_sha256)
    instead = select(article.id, t.raw_body).join(t.raw_body, body.sha256 == article.gone_body_sha256)
    of_pages, instead = (
        of_pages.where(_version.article.between(first, last)),
        instead.where(article.id.between(first, last)),
    )
    for row in connection.execute(union_all(of_pages, instead).order_by("article")):
        if sha256(row.body).hexdigest() != row.sha256:
            yield f"article {row.article}: the bytes of its page do not have the hash they were stored with"


def _fingerprints(connection: Connection, first: int, last: int) -> Iterator[str]:
    """An article is found by its own hashes; a copy that adds nothing, by those of its names and words alone."""
    ask = (
        select(_filed.found_by, *t.article.c["id", *SETS])
        .join(t.article, t.article.c.id == _filed.article)
        .where(_filed.id.between(first, last))
        .order_by(t.article.c.id)
    )
    for found_by, article, *sets in connection.execute(ask):
        if not {*unpacked(found_by).tolist()} <= {*unpacked(articles.found_by(Fingerprint(*sets))).tolist()}:
            yield f"article {article}: it is found by another fingerprint than its own"


def _words(connection: Connection, first: int, last: int) -> Iterator[str]:
    this = and_(_version.article == _filed.article, _version.version == t.article.c.version)
    ask = (
        select(_filed.article, _version.title, _version.text, t.article_words.c.words)
        .join_from(t.story_article, t.article, t.article.c.id == _filed.article)
        .join(t.article_version, this)
        .outerjoin(t.article_words, t.article_words.c.article == _filed.article)
        .where(_filed.id.between(first, last))
        .order_by(_filed.article)
    )
    for article, title, said, words in connection.execute(ask):
        if words != search.words_of(title, said):
            yield f"article {article}: it is searched by other words than it says"


def _judged(connection: Connection, first: int, last: int) -> Iterator[str]:
    entities = set(connection.scalars(select(t.entity.c.number)))
    ask = select(_decision.id, _decision.judged).where(_decision.id.between(first, last)).order_by(_decision.id)
    for number, judged in connection.execute(ask):
        if not entities.issuperset(judged):
            yield f"decision {number}: it judged a name that was never on the stored watchlist"


def _items(connection: Connection, first: int, last: int) -> Iterator[str]:
    these = _item.id.between(first, last)
    ask = select(*_item["id", "verdict", "clear", "latest"]).where(these)
    stored = {row.id: row for row in connection.execute(ask)}
    for item in items.load(connection, items.numbers().where(these).order_by(_item.id)):
        yield from _item_against_its_history(item, stored[item.id])


def _item_against_its_history(item: ReviewItem, row: Any) -> Iterator[str]:
    latest = max((article.filed for article in item.articles), default=None)
    if (row.clear, row.latest) != (item.confidence is Confidence.STRONG, latest):
        yield f"review item {item.id}: the lists have it elsewhere than its names and articles put it"
    if item.state is State.MERGED:  # its names and what was decided of them are another's now
        return
    versions = [decision.version for decision in item.history if decision.item == item.id]
    if versions != sorted(set(versions)) or any(version >= item.version for version in versions):
        yield f"review item {item.id}: its decisions were not made on one version after another, all before its own"
    standing = effective(item.history)
    if item.state is State.DECIDED and not standing:
        yield f"review item {item.id}: it is decided, but no decision on it stands"
    if item.state is State.LATER and not (standing and standing[-1].verdict is Verdict.LATER):
        yield f"review item {item.id}: it is put off, but its last decision does not say so"
    if row.verdict not in _verdicts_told(item):
        yield f"review item {item.id}: its verdict is not what its decisions come to"


def _verdicts_told(item: ReviewItem) -> set[str | None]:
    """What the column may say. Where names were judged one by one that depends on the names as they were then."""
    standing = effective(item.history)
    whole = [d.verdict for d in standing if d.entity is None and d.item == item.id]
    if whole:
        return {whole[-1]}
    return {None} | {decision.verdict for decision in standing if decision.verdict in SETTLED}
