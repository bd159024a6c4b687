"""I/O: the database. Checks of what must always hold in it. Findings are sentences with row numbers, without names.

Rules that one query can check are SQL statements; texts, fingerprints and histories are read in batches.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, union_all

from monitor import model
from monitor.model import Confidence, Field, Fingerprint, ReviewItem, State, Verdict
from monitor.review.decisions import SETTLED, effective
from monitor.store import tables as t
from monitor.store.sql import items, search
from monitor.store.sql.articles import FINGERPRINT_COLUMNS
from monitor.store.sql.candidates import hashes_of
from monitor.store.tables.sources import IS_CURRENT

ARTICLES_PER_BATCH = 200
ITEMS_PER_BATCH = 50  # they are loaded with the texts of all their articles
# Errors that column types and models raise for values that no version of monitor stored.
_UNREADABLE = (ValueError, TypeError, LookupError, struct.error, zlib.error)


def contradictions(connection: Connection) -> Iterator[str]:
    """Yield every contradiction in the database; of a damaged file only the damage, which may cause all others."""
    damage = tuple(_damage(connection))
    yield from damage
    if damage:
        return
    for sentence, query in (*RULES, *WORD_RULES):
        for row in sorted(connection.exec_driver_sql(query)):
            yield sentence.format(*row)
    for first, last in _batch_bounds(connection, t.article.c.id, ARTICLES_PER_BATCH):
        for check in (_texts_and_mentions, _bodies):
            yield from _isolate_unreadable(check, connection, "article", first, last)
    for first, last in _batch_bounds(connection, _filed.id, ARTICLES_PER_BATCH):
        for check in (_fingerprints, _search_words):
            yield from _isolate_unreadable(check, connection, "filing", first, last)
    for first, last in _batch_bounds(connection, t.decision.c.id, ARTICLES_PER_BATCH):
        yield from _isolate_unreadable(_judged_entities, connection, "decision", first, last)
    for first, last in _batch_bounds(connection, t.review_item.c.id, ITEMS_PER_BATCH):
        yield from _isolate_unreadable(_items, connection, "review item", first, last)


# ---- rules as SQL statements ----------------------------------------------------------------------------------------

_hit, _filed, _item, _mention, _decision, _version = (
    table.c for table in (t.hit, t.story_article, t.review_item, t.mention, t.decision, t.article_version)
)
# Sentence and query: each row of the query is a contradiction, and its columns fill the sentence.
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
        "SELECT article, version FROM article_version WHERE CAST(headers AS text) <> '{}' "  # stored with the bytes
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
    (
        "article {}: it has changed, or is gone, and filing does not know of it",
        "SELECT f.article FROM story_article f JOIN article a ON a.id = f.article WHERE NOT f.outdated "
        "AND (f.version < a.version OR a.gone IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM finding n WHERE n.article = a.id AND n.kind = 'gone'))",
    ),
    (  # a duplicate may have none: it can be recognised by its URL alone
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
        "decision {}: it must either be a verdict or undo one, or be a note alone",
        "SELECT id FROM decision WHERE (verdict IS NULL) = (undoes IS NULL) AND (verdict IS NOT NULL OR note = '')",
    ),
    (
        "decision {}: it undoes decision {}, which is no earlier one of its item",
        "SELECT u.id, u.undoes FROM decision u JOIN decision d ON d.id = u.undoes "
        "WHERE d.item <> u.item OR d.id >= u.id",
    ),
    ("mailing {}: its window does not end after it begins", "SELECT id FROM mailing WHERE since >= until"),
    (  # windows never overlap. Gaps are allowed only before mailing began, which a mailing with empty subject marks
        "mailing {}: its window does not begin where the one before it ended",
        "SELECT id FROM (SELECT id, since, audience, kind, "
        "lag(until) OVER (PARTITION BY audience, kind ORDER BY until) AS earlier FROM mailing) AS tiles "
        "WHERE since < earlier OR (since > earlier "
        "AND since >= coalesce((SELECT max(until) FROM mailing m WHERE m.subject = '' "
        "AND m.audience = tiles.audience AND m.kind = tiles.kind), since))",
    ),
    (
        "delivery {}: it is both sent and refused",
        "SELECT id FROM delivery WHERE sent IS NOT NULL AND refused IS NOT NULL",
    ),
)

# Every column that holds the values of an enum.
ENUMS = {
    model.Act: (t.audit.c.act,), model.Alert: (t.entity.c.alert,), model.Change: (t.finding.c.kind,),
    model.OlderArticles: (t.watchlist_version.c.older_articles,),
    model.DatePrecision: (t.entry.c.published_precision, _version.published_precision),
    model.DateSource: (_version.published_source,), model.EntityType: (t.entity.c.type,),
    model.FeedStatus: (t.feed.c.status,), model.MessageKind: (t.mailing.c.kind,),
    model.Outcome: (t.entry.c.outcome,), model.Reason: (_decision.reason,),
    model.Regroup: (t.regrouping.c.kind,), model.Role: (t.person.c.role, t.invitation.c.role),
    model.Speaker: (t.article.c.speaker,), model.TextFrom: (_version.text_from,),
    Confidence: (_hit.confidence, _mention.confidence),
    Field: (_mention.field,), State: (_item.state,), Verdict: (_item.verdict, _decision.verdict),
}  # fmt: skip


def _word_rules() -> Iterator[tuple[str, str]]:
    """Yield a rule for each column that holds the values of an enum."""
    # As text: to build as many statements of SQLAlchemy took most of the time of a check.
    for column, enum in ((column, enum) for enum, columns in ENUMS.items() for column in columns):
        table, words = column.table.name, ", ".join(f"'{word.value}'" for word in enum)
        # The key of an invitation is the hash of its token, which nobody may read.
        number = "until" if table == "invitation" else next(iter(column.table.primary_key)).name
        sentence = f"{table.removesuffix('_version').replace('_', ' ')} {{}}: its {column.name} holds a word"
        query = f"SELECT {number} FROM {table} WHERE {column.name} NOT IN ({words})"  # noqa: S608  # no value of a user's
        yield f"{sentence} that this version does not know", query


WORD_RULES = tuple(_word_rules())


def _damage(connection: Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with its file and its foreign keys; PostgreSQL enforces these itself."""
    if connection.dialect.name != "sqlite":
        return
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield f"the file is damaged: {message}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{table} {'of no number' if row is None else row}: the {parent} it belongs to is not there"


# ---- checks in batches ----------------------------------------------------------------------------------------------


def _batch_bounds(connection: Connection, number: ColumnElement[int], size: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last number of each batch of existing rows."""
    last = 0
    while batch := connection.scalars(select(number).where(number > last).order_by(number).limit(size)).all():
        last = batch[-1]
        yield batch[0], last


_Check = Callable[[Connection, int, int], Iterable[str]]


def _isolate_unreadable(check: _Check, connection: Connection, row_kind: str, first: int, last: int) -> Iterator[str]:
    """Run a check on a batch; halve the batch when a value in it cannot be read, so that only that row is skipped."""
    try:
        # A tuple, not a generator: a batch that fails half-way must report nothing before it is run again.
        yield from tuple(check(connection, first, last))
    except _UNREADABLE:
        if first == last:
            yield f"{row_kind} {first}: it holds a value that cannot be read"
            return
        middle = (first + last) // 2
        yield from _isolate_unreadable(check, connection, row_kind, first, middle)
        yield from _isolate_unreadable(check, connection, row_kind, middle + 1, last)


def _texts_and_mentions(connection: Connection, first: int, last: int) -> Iterator[str]:
    columns = ("article", "version", "title", "text", "zones", "sha256", "dropped")
    query = select(*_version[columns]).where(_version.article.between(first, last))
    versions: dict[tuple[int, int], Any] = {}
    for row in connection.execute(query.order_by(_version.article, _version.version)):
        versions[row.article, row.version] = row
        version_name = f"article {row.article}" + (f", version {row.version}" if row.version > 1 else "")
        if not {zone for zone, *_ in row.zones} <= set(model.Zone):
            yield f"{version_name}: its zones hold a word that this version does not know"
        if row.dropped is None and sha256(row.text.encode()).hexdigest() != row.sha256:
            yield f"{version_name}: the stored text does not have the hash it was stored with"
    mentions = (
        select(_hit.article, *_mention["id", "version", "field", "start", "end", "text"])
        .join(t.hit, _hit.id == _mention.hit)
        .where(_hit.article.between(first, last))
        .order_by(_mention.id)
    )
    for row in connection.execute(mentions):
        version = versions.get((row.article, row.version))
        if version is None:
            yield f"mention {row.id}: it is in version {row.version} of article {row.article}, which is not there"
        elif (version.title if row.field == Field.TITLE else version.text)[row.start : row.end] != row.text:
            yield f"mention {row.id}: its words do not stand at its place in article {row.article}"


def _bodies(connection: Connection, first: int, last: int) -> Iterator[str]:
    body, article = t.raw_body.c, t.article.c
    of_pages = select(_version.article, t.raw_body).join(t.raw_body, body.sha256 == _version.body_sha256)
    of_removal_answers = select(article.id, t.raw_body).join(t.raw_body, body.sha256 == article.gone_body_sha256)
    of_pages, of_removal_answers = (
        of_pages.where(_version.article.between(first, last)),
        of_removal_answers.where(article.id.between(first, last)),
    )
    for row in connection.execute(union_all(of_pages, of_removal_answers).order_by("article")):
        if sha256(row.body).hexdigest() != row.sha256:
            yield f"article {row.article}: the bytes of its page do not have the hash they were stored with"


def _fingerprints(connection: Connection, first: int, last: int) -> Iterator[str]:
    """Check that the stored candidate hashes of an article are hashes of its fingerprint.

    A subset is enough: a copy that adds nothing is indexed by its names and words only.
    """
    index = t.candidate_hash.c
    of_filing = select(index.hash, index.filing).where(index.filing.between(first, last))
    stored: dict[int, set[int]] = defaultdict(set)
    for value, filing in connection.execute(of_filing):
        stored[filing].add(value)
    query = (
        select(_filed.id, *t.article.c["id", *FINGERPRINT_COLUMNS])
        .join(t.article, t.article.c.id == _filed.article)
        .where(_filed.id.between(first, last))
        .order_by(t.article.c.id)
    )
    for filing, article, *sets in connection.execute(query):
        if not stored[filing] <= {*hashes_of(Fingerprint(*sets))}:
            yield f"article {article}: it is found by another fingerprint than its own"


def _search_words(connection: Connection, first: int, last: int) -> Iterator[str]:
    query = (
        select(_filed.article, _version.title, _version.text, t.article_words.c.words)
        .join_from(t.story_article, t.article, t.article.c.id == _filed.article)
        .join(t.article_version, IS_CURRENT)
        .outerjoin(t.article_words, t.article_words.c.article == _filed.article)
        .where(_filed.id.between(first, last))
        .order_by(_filed.article)
    )
    for article, title, text, words in connection.execute(query):
        if words != search.search_words(title, text):
            yield f"article {article}: it is searched by other words than it says"


def _judged_entities(connection: Connection, first: int, last: int) -> Iterator[str]:
    entities = set(connection.scalars(select(t.entity.c.number)))
    query = select(_decision.id, _decision.judged).where(_decision.id.between(first, last)).order_by(_decision.id)
    for number, judged in connection.execute(query):
        if not entities.issuperset(judged):
            yield f"decision {number}: it judged a name that was never on the stored watchlist"


def _items(connection: Connection, first: int, last: int) -> Iterator[str]:
    in_range = _item.id.between(first, last)
    query = select(*_item["id", "verdict", "clear", "latest"]).where(in_range)
    stored = {row.id: row for row in connection.execute(query)}
    for item in items.load(connection, items.select_ids().where(in_range).order_by(_item.id)):
        yield from _item_against_its_history(item, stored[item.id])


def _item_against_its_history(item: ReviewItem, row: Any) -> Iterator[str]:
    latest = max((article.filed for article in item.articles), default=None)
    if (row.clear, row.latest) != (item.confidence is Confidence.STRONG, latest):
        yield f"review item {item.id}: the lists have it elsewhere than its names and articles put it"
    if item.state is State.MERGED:  # its names and the decisions on them belong to another item now
        return
    versions = [d.version for d in item.history if d.item == item.id and not d.is_note]
    if versions != sorted(set(versions)) or any(version >= item.version for version in versions):
        yield f"review item {item.id}: its decisions were not made on one version after another, all before its own"
    effective_decisions = effective(item.history)
    if item.state is State.DECIDED and not effective_decisions:
        yield f"review item {item.id}: it is decided, but no decision on it stands"
    if item.state is State.LATER and not (effective_decisions and effective_decisions[-1].verdict is Verdict.LATER):
        yield f"review item {item.id}: it is put off, but its last decision does not say so"
    if row.verdict not in _possible_verdicts(item):
        yield f"review item {item.id}: its verdict is not what its decisions come to"


def _possible_verdicts(item: ReviewItem) -> set[str | None]:
    """Return the values that the verdict column may have.

    There are several when names were judged one by one: then it depends on the names that the item had at that time.
    """
    effective_decisions = effective(item.history)
    on_names: set[str | None] = {d.verdict for d in effective_decisions if d.entity is not None or d.item != item.id}
    on_item = [d.verdict for d in effective_decisions if d.entity is None and d.item == item.id]
    unsure = on_names & {Verdict.UNSURE}
    if on_item and (on_item[-1] in SETTLED or not on_names & SETTLED):
        return {on_item[-1]} | unsure
    settled: set[str | None] = {decision.verdict for decision in effective_decisions if decision.verdict in SETTLED}
    return {on_item[-1] if on_item else None, None} | settled | unsure
