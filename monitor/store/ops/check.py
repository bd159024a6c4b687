"""I/O: the database. What must always hold in it, and where it does not: plain sentences of row numbers, without names.

The rules that one question can ask are statements; texts, fingerprints and histories are read a batch at a time.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, union_all

from monitor import model
from monitor.model import Confidence, Field, Fingerprint, ReviewItem, State, Verdict
from monitor.review.decisions import SETTLED, effective
from monitor.store import tables as t
from monitor.store.sql import items, search
from monitor.store.sql.articles import SETS
from monitor.store.sql.candidates import hashes_of

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
        for row in sorted(connection.exec_driver_sql(ask)):
            yield sentence.format(*row)
    yield from _unknown_words(connection)
    for first, last in _ranges(connection, t.article.c.id, ARTICLES_AT_ONCE):
        for part in (_texts_and_mentions, _bodies):
            yield from _as_far_as_readable(part, connection, "article", first, last)
    for first, last in _ranges(connection, _filed.id, ARTICLES_AT_ONCE):
        for part in (_fingerprints, _words):
            yield from _as_far_as_readable(part, connection, "filing", first, last)
    for first, last in _ranges(connection, t.decision.c.id, ARTICLES_AT_ONCE):
        yield from _as_far_as_readable(_judged, connection, "decision", first, last)
    for first, last in _ranges(connection, t.review_item.c.id, ITEMS_AT_ONCE):
        yield from _as_far_as_readable(_items, connection, "review item", first, last)


# ---- what one question can ask --------------------------------------------------------------------------------------

_hit, _filed, _item, _mention, _decision, _version = (
    table.c for table in (t.hit, t.story_article, t.review_item, t.mention, t.decision, t.article_version)
)
RULES = (
    (
        "article {}: its versions are not those from 1 to {}",
        "SELECT a.id, a.version FROM article a LEFT JOIN article_version v ON v.article = a.id "
        "GROUP BY a.id, a.version "
        "HAVING count(v.version) <> a.version OR min(v.version) <> 1 OR max(v.version) <> a.version",
    ),
    (
        "article {}, version {}: its text was dropped and is still there",
        "SELECT article, version FROM article_version WHERE dropped IS NOT NULL AND text <> ''",
    ),
    (
        "article {}, version {}: someone is named in the article, but the page's bytes are not there",
        "SELECT article, version FROM article_version WHERE body_sha256 <> '' "
        "AND body_sha256 NOT IN (SELECT sha256 FROM raw_body) AND article IN (SELECT article FROM hit)",
    ),
    (
        "hit {}: it is of version {} of an article that is at version {}",
        "SELECT h.id, h.version, a.version FROM hit h JOIN article a ON a.id = h.article WHERE h.version > a.version",
    ),
    (
        "hit {}: it has no mention in version {} of its article",
        "SELECT id, version FROM hit "
        "WHERE NOT EXISTS (SELECT 1 FROM mention m WHERE m.hit = hit.id AND m.version = hit.version)",
    ),
    (
        "hit {}: it counts as filed, but article {} is in no story",
        "SELECT id, article FROM hit WHERE filed AND article NOT IN (SELECT article FROM story_article)",
    ),
    (
        "finding {}: article {} is in no story that could tell of it",
        "SELECT id, article FROM finding WHERE article NOT IN (SELECT article FROM story_article)",
    ),
    (
        "article {}: it is searched, but in no story",
        "SELECT article FROM article_words WHERE article NOT IN (SELECT article FROM story_article)",
    ),
    ("story {}: it has no review item", "SELECT id FROM story WHERE id NOT IN (SELECT story FROM review_item)"),
    (
        "story {}: no article is in it",
        "SELECT id FROM story WHERE id NOT IN (SELECT story FROM story_article) "
        "AND id NOT IN (SELECT story FROM review_item WHERE state = 'merged')",
    ),
    (
        "article {}: it counts as a copy of article {}, which is no other article of its story",
        "SELECT c.article, c.copy_of FROM story_article c LEFT JOIN story_article s ON s.article = c.copy_of "
        "WHERE c.copy_of IS NOT NULL AND (s.story IS NULL OR s.story <> c.story OR c.copy_of = c.article)",
    ),
    (
        "article {}: its story has taken in version {}, but it is at version {}",
        "SELECT f.article, f.version, a.version FROM story_article f JOIN article a ON a.id = f.article "
        "WHERE f.version > a.version",
    ),
    (  # a duplicate need not have one: it may be known by its address alone
        "entry {}: it ended as {}, but has no article",
        "SELECT id, outcome FROM entry WHERE article IS NULL "
        "AND outcome IN ('queued', 'possible', 'counted', 'no_match')",
    ),
    (
        "entry {}: it was tried and is to be tried again, but nothing says when",
        "SELECT id FROM entry WHERE outcome = 'pending' AND tries > 0 AND due IS NULL AND claimed_until IS NULL",
    ),
    (
        "review item {}: it is {}, but put off until a time",
        "SELECT id, state FROM review_item WHERE state <> 'later' AND until IS NOT NULL",
    ),
    (
        "review item {}: it is a follow-up, but never came back",
        "SELECT id FROM review_item WHERE state = 'follow-up' AND reopened_at IS NULL",
    ),
    (
        "decision {}: it must either be a verdict or undo one",
        "SELECT id FROM decision WHERE (verdict IS NULL) = (undoes IS NULL)",
    ),
    (
        "decision {}: it undoes decision {}, which is no earlier one of its item",
        "SELECT u.id, u.undoes FROM decision u JOIN decision d ON d.id = u.undoes "
        "WHERE d.item <> u.item OR d.id >= u.id",
    ),
    ("mailing {}: its window does not end after it begins", "SELECT id FROM mailing WHERE since >= until"),
    (  # they overlap nowhere, and leave no gap since mailing began: an empty mailing marks that; before it they may
        "mailing {}: its window does not begin where the one before it ended",
        "SELECT id FROM (SELECT id, since, lag(until) OVER (ORDER BY until) AS earlier FROM mailing) AS tiles "
        "WHERE since < earlier OR (since > earlier "
        "AND since >= coalesce((SELECT max(until) FROM mailing WHERE subject = ''), since))",
    ),
    (
        "mailing {}: a letter of it is both sent and refused",
        "SELECT mailing FROM letter WHERE sent IS NOT NULL AND refused IS NOT NULL",
    ),
)

# Every column that holds an enum's words.
ENUMS = {
    model.Act: (t.audit.c.act,), model.Alert: (t.entity.c.alert,), model.Change: (t.finding.c.kind,),
    model.DatePrecision: (t.entry.c.published_precision, _version.published_precision),
    model.DateSource: (_version.published_source,), model.EntityType: (t.entity.c.type,),
    model.FeedStatus: (t.feed.c.status,), model.Outcome: (t.entry.c.outcome,), model.Reason: (_decision.reason,),
    model.Regroup: (t.regrouping.c.kind,), model.Role: (t.person.c.role, t.invitation.c.role),
    model.TextFrom: (_version.text_from,), Confidence: (_hit.confidence, _mention.confidence),
    Field: (_mention.field,), State: (_item.state,), Verdict: (_item.verdict, _decision.verdict),
}  # fmt: skip


def _unknown_words(connection: Connection) -> Iterator[str]:
    for column, known in ((column, known) for known, columns in ENUMS.items() for column in columns):
        what, (number, *_) = column.table.name.removesuffix("_version").replace("_", " "), column.table.primary_key
        number = t.invitation.c.until if what == "invitation" else number  # that has none
        for row in connection.scalars(select(number).where(column.not_in([word.value for word in known]))):
            yield f"{what} {row}: its {column.name} holds a word that this version does not know"


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
    """What is unreadable hides nothing beside it: the batch is halved until that stands alone."""
    try:
        yield from tuple(part(connection, first, last))  # nothing is said twice
    except _UNREADABLE:
        if first == last:
            yield f"{what} {first}: it holds a value that cannot be read"
            return
        middle = (first + last) // 2
        yield from _as_far_as_readable(part, connection, what, first, middle)
        yield from _as_far_as_readable(part, connection, what, middle + 1, last)


def _texts_and_mentions(connection: Connection, first: int, last: int) -> Iterator[str]:
    columns = ("article", "version", "title", "text", "zones", "sha256", "dropped")
    ask = select(*_version[columns]).where(_version.article.between(first, last))
    said: dict[tuple[int, int], Any] = {}
    for row in connection.execute(ask.order_by(_version.article, _version.version)):
        said[row.article, row.version] = row
        which = f"article {row.article}" + (f", version {row.version}" if row.version > 1 else "")
        if not {zone for zone, *_ in row.zones} <= set(model.Zone):
            yield f"{which}: its zones hold a word that this version does not know"
        if row.dropped is None and sha256(row.text.encode()).hexdigest() != row.sha256:
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
    index = t.candidate_hash.c
    of_filing = select(index.hash, index.filing).where(index.filing.between(first, last))
    stored: dict[int, set[int]] = defaultdict(set)
    for value, filing in connection.execute(of_filing):
        stored[filing].add(value)
    ask = (
        select(_filed.id, *t.article.c["id", *SETS])
        .join(t.article, t.article.c.id == _filed.article)
        .where(_filed.id.between(first, last))
        .order_by(t.article.c.id)
    )
    for filing, article, *sets in connection.execute(ask):
        if not stored[filing] <= {*hashes_of(Fingerprint(*sets))}:
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
    on_names: set[str | None] = {d.verdict for d in standing if d.entity is not None or d.item != item.id}
    whole = [d.verdict for d in standing if d.entity is None and d.item == item.id]
    asked = on_names & {Verdict.UNSURE}
    if whole and (whole[-1] in SETTLED or not on_names & SETTLED):
        return {whole[-1]} | asked
    settled: set[str | None] = {decision.verdict for decision in standing if decision.verdict in SETTLED}
    return {whole[-1] if whole else None, None} | settled | asked
