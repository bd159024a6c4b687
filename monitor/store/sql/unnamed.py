"""I/O: the database. What is stored of an article that names nobody, and of the entry that brought it.

One rule for the line, which stores articles so, and for a name that leaves the store; for use inside a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from monitor.model import (
    OUTCOMES_OF_NAMES,
    Confidence,
    Fingerprint,
    Hit,
    Outcome,
    Placement,
    Result,
    Speaker,
    Zone,
    outcome_of,
)
from monitor.store import tables as t
from monitor.store.indexes import search, text_index
from monitor.store.sql.articles import fingerprint_values, stored_numbers
from monitor.store.sql.related import filing_row
from monitor.store.types import is_one_of

# It is compared with nothing; its page and the answer in its place are no evidence of a name.
NO_FINGERPRINT = fingerprint_values(Fingerprint())
NO_ANSWER: Mapping[str, Any] = {
    "gone_url": "",
    "gone_status": 0,
    "gone_headers": {},
    "gone_body_sha256": "",
    "gone_request": "",
}


def of_stored_names(connection: Connection, result: Result) -> Result:
    """Return a result without names that have moved to the closed watch since the run began, as if never listed."""
    if not result.hits:
        return result
    numbers = stored_numbers(connection, {hit.entity for hit in result.hits})
    if hits := tuple(hit for hit in result.hits if hit.entity in numbers):
        return replace(result, hits=hits)
    outcome = result.unmatched_outcome if result.outcome in OUTCOMES_OF_NAMES else result.outcome
    return replace(result, hits=(), fingerprint=Fingerprint(), outcome=outcome)


def forget_names(connection: Connection, article_ids: Collection[int]) -> None:
    """Leave of those of these articles that name nobody any more what the line stores of one that never named anybody.

    One that was added by hand keeps its fingerprint, as it has one from the start.
    """
    article, version, entry, body = t.article.c, t.article_version.c, t.entry.c, t.raw_body.c.sha256
    has_hit = exists().where(t.hit.c.article == article.id)
    is_added = exists().where(t.addition.c.article == article.id)
    is_older = exists().where(entry.article == article.id, entry.older)
    nameless = connection.scalars(select(article.id).where(is_one_of(article.id, article_ids), ~has_hit)).all()
    is_nameless, is_version = is_one_of(article.id, nameless), is_one_of(version.article, nameless)
    hashes = {
        *connection.scalars(select(version.body_sha256).where(is_version)),
        *connection.scalars(select(article.gone_body_sha256).where(is_nameless)),
    }
    connection.execute(update(t.article).where(is_nameless).values({**NO_ANSWER, "older": is_older}))
    connection.execute(update(t.article).where(is_nameless, ~is_added).values(NO_FINGERPRINT))
    connection.execute(update(t.article_version).where(is_version).values(headers={}, request=""))
    _cut_feed_texts(connection, nameless)
    is_evidence = or_(
        exists().where(version.body_sha256 == body, version.article == article.id, has_hit),
        exists().where(article.gone_body_sha256 == body, has_hit),
    )
    connection.execute(delete(t.raw_body).where(is_one_of(body, hashes), ~is_evidence))


def _cut_feed_texts(connection: Connection, article_ids: Collection[int]) -> None:
    """Cut off the feed's text, which the line adds at the end of a page's text only where it names somebody."""
    version = t.article_version.c
    columns = (version.article, version.version, version.text, version.zones)
    for row in connection.execute(select(*columns).where(is_one_of(version.article, article_ids))).all():
        begins = [start for zone, start, _ in row.zones if zone == Zone.FEED]
        if begins:
            text_index.remove(connection, [row.article])  # first: an index of SQLite is given the text that it had
            text = row.text[: min(begins)].removesuffix("\n")
            zones = [zone for zone in row.zones if zone[0] != Zone.FEED]
            is_version = and_(version.article == row.article, version.version == row.version)
            values = {"text": text, "zones": zones, "sha256": sha256(text.encode()).hexdigest()}
            connection.execute(update(t.article_version).where(is_version).values(values))
            if connection.scalar(
                select(exists().where(t.article_words.c.article == row.article))
            ):  # it was added by hand
                search.index_article(connection, row.article)


def begun_by(connection: Connection, article_ids: Collection[int]) -> set[int]:
    """Return the stories whose first article is one of these."""
    filed, earlier = t.story_article.c, t.story_article.alias("earlier").c
    is_first = ~exists().where(earlier.story == filed.story, earlier.id < filed.id)
    return {*connection.scalars(select(filed.story).where(is_first, is_one_of(filed.article, article_ids)))}


def begin_again(connection: Connection, stories: Collection[int]) -> None:
    """Let stories whose first article has left begin with the next, which has joined nothing then."""
    filed, article = t.story_article.c, t.article.c
    is_first = filed.id.in_(select(func.min(filed.id)).where(is_one_of(filed.story, stories)).group_by(filed.story))
    query = select(filed.id, filed.story, article.first_seen).join(t.article, article.id == filed.article)
    for row in connection.execute(query.where(is_first)).all():
        for column in (t.story.c.id, t.review_item.c.story):
            connection.execute(update(column.table).where(column == row.story).values(first_seen=row.first_seen))
        connection.execute(update(t.story_article).where(filed.id == row.id).values(filing_row(Placement())))


def judge_entries_again(connection: Connection, article_ids: Collection[int]) -> None:
    """Let the entries of these articles end as they would have with the names that are left, also in the runs' counts.

    Names that were found after an entry had ended never counted for it.
    """
    entry, article = t.entry.c, t.article.c
    # What a feed says of a page of another site has the key of its entry.
    is_of_entry = and_(article.speaker == Speaker.OTHER_FEED, article.key.startswith("entry:"))
    keys = connection.scalars(select(article.key).where(is_one_of(article.id, article_ids), is_of_entry))
    of_keys = is_one_of(entry.id, [int(key.removeprefix("entry:")) for key in keys])
    ended_with_names = and_(entry.outcome.in_(OUTCOMES_OF_NAMES), entry.last_try.is_not(None))
    query = select(t.entry).where(or_(is_one_of(entry.article, article_ids), of_keys), ended_with_names)
    for row in connection.execute(query.order_by(entry.id)).all():
        outcome = _outcome_without_gone_names(connection, row)
        if outcome != row.outcome:
            connection.execute(update(t.entry).where(entry.id == row.id).values(outcome=outcome))
            _count_in_run(connection, row, outcome)


def _outcome_without_gone_names(connection: Connection, entry: Any) -> Outcome:
    of_words = select(t.article.c.id).where(t.article.c.key == f"entry:{entry.id}")
    is_of_entry = or_(t.hit.c.article == entry.article, t.hit.c.article.in_(of_words))
    hits = select(*t.hit.c["confidence", "alerts"]).where(is_of_entry, t.hit.c.found <= entry.last_try)
    remaining_hits = tuple(Hit("", (), Confidence(row.confidence), row.alerts) for row in connection.execute(hits))
    return outcome_of(remaining_hits) or Outcome(entry.unmatched_outcome)


def _count_in_run(connection: Connection, entry: Any, outcome: Outcome) -> None:
    """Count an entry in its run by its new outcome; a run that has not counted it loses its counts."""
    run = t.run.c
    of_entry = select(run.id, run.outcomes).where(run.started <= entry.last_try).order_by(run.started.desc()).limit(1)
    row = connection.execute(of_entry.with_for_update()).first()
    if row is None or not row.outcomes:
        return
    counts = Counter(row.outcomes)
    if counts[entry.outcome]:
        counts.subtract([entry.outcome])
        counts[outcome.value] += 1
        remaining = {name: count for name, count in counts.items() if count}
    else:
        remaining = {}
    connection.execute(update(t.run).where(run.id == row.id).values(outcomes=remaining))
