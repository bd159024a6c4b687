"""Contradictions in a database, for tests that do something to one. They have row numbers and no names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from monitor.model import SETTLED, Confidence, Field, Fingerprint, ReviewItem, State, Verdict
from monitor.model.items.history import effective
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.indexes import search
from monitor.store.indexes.candidates import hashes_of
from monitor.store.ops.retention import find_damage
from monitor.store.sql import items
from monitor.store.sql.articles import FINGERPRINT_COLUMNS
from monitor.store.tables.sources import IS_CURRENT


def contradictions(store: Store) -> list[str]:
    """Return every contradiction in the database of a store."""
    with store.database.reading() as connection:
        return contradictions_in(connection)


def contradictions_in(connection: Connection) -> list[str]:
    if damage := [*find_damage(connection)]:
        return damage
    of_rules = [sentence.format(*row) for sentence, query in RULES for row in sorted(connection.exec_driver_sql(query))]
    checks = (_mentions, _fingerprints, _search_words, _judged_entities, _items)
    return [*of_rules, *(sentence for check in checks for sentence in check(connection))]


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
        "decision {}: it must either be a verdict or undo one, or be a note alone",
        "SELECT id FROM decision WHERE (verdict IS NULL) = (undoes IS NULL) AND (verdict IS NOT NULL OR note = '')",
    ),
    (
        "decision {}: it undoes decision {}, which is no earlier one of its item",
        "SELECT u.id, u.undoes FROM decision u JOIN decision d ON d.id = u.undoes "
        "WHERE d.item <> u.item OR d.id >= u.id",
    ),
    (  # windows never overlap. Gaps are allowed only before mailing began, which a mailing with empty subject marks
        "mailing {}: its window does not begin where the one before it ended",
        "SELECT id FROM (SELECT id, since, audience, kind, "
        "lag(until) OVER (PARTITION BY audience, kind ORDER BY until) AS earlier FROM mailing) AS tiles "
        "WHERE since < earlier OR (since > earlier "
        "AND since >= coalesce((SELECT max(until) FROM mailing m WHERE m.subject = '' "
        "AND m.audience = tiles.audience AND m.kind = tiles.kind), since))",
    ),
)


def _mentions(connection: Connection) -> Iterator[str]:
    versions = {
        (row.article, row.version): row
        for row in connection.execute(select(*_version["article", "version", "title", "text"]))
    }
    mentions = select(_hit.article, *_mention["id", "version", "field", "start", "end", "text"])
    for row in connection.execute(mentions.join(t.hit, _hit.id == _mention.hit).order_by(_mention.id)):
        version = versions.get((row.article, row.version))
        if version is None:
            yield f"mention {row.id}: it is in version {row.version} of article {row.article}, which is not there"
        elif (version.title if row.field == Field.TITLE else version.text)[row.start : row.end] != row.text:
            yield f"mention {row.id}: its words do not stand at its place in article {row.article}"


def _fingerprints(connection: Connection) -> Iterator[str]:
    """Check that the stored candidate hashes of an article are hashes of its fingerprint.

    A subset is enough: a copy that adds nothing is indexed by its names and words only.
    """
    index = t.candidate_hash.c
    of_filing = select(index.hash, index.filing)
    stored: dict[int, set[int]] = defaultdict(set)
    for value, filing in connection.execute(of_filing):
        stored[filing].add(value)
    query = (
        select(_filed.id, *t.article.c["id", *FINGERPRINT_COLUMNS])
        .join(t.article, t.article.c.id == _filed.article)
        .order_by(t.article.c.id)
    )
    for filing, article, *sets in connection.execute(query):
        if not stored[filing] <= {*hashes_of(Fingerprint(*sets))}:
            yield f"article {article}: it is found by another fingerprint than its own"


def _search_words(connection: Connection) -> Iterator[str]:
    query = (
        select(_filed.article, _version.title, _version.text, t.article_words.c.words)
        .join_from(t.story_article, t.article, t.article.c.id == _filed.article)
        .join(t.article_version, IS_CURRENT)
        .outerjoin(t.article_words, t.article_words.c.article == _filed.article)
        .order_by(_filed.article)
    )
    for article, title, text, words in connection.execute(query):
        if words != search.search_words(title, text):
            yield f"article {article}: it is searched by other words than it says"


def _judged_entities(connection: Connection) -> Iterator[str]:
    entities = set(connection.scalars(select(t.entity.c.number)))
    query = select(_decision.id, _decision.judged).order_by(_decision.id)
    for number, judged in connection.execute(query):
        if not entities.issuperset(judged):
            yield f"decision {number}: it judged a name that was never on the stored watchlist"


def _items(connection: Connection) -> Iterator[str]:
    stored = {row.id: row for row in connection.execute(select(*_item["id", "verdict", "clear", "latest"]))}
    for item in items.load(connection, items.select_ids().order_by(_item.id)):
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
