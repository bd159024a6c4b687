"""What a database comes to, by natural keys, and how two of them differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select as ask

from monitor.store import Store
from monitor.store.tables import Row

Picture = Mapping[str, Sequence[Any]]


def picture(store: Store) -> Picture:
    """All that a database holds, by natural keys: without times, row numbers, counts of tries and what runs did."""
    with store.database.reading() as connection:
        rows = {name: connection.execute(ask(table)).all() for name, table in Row.metadata.tables.items()}
    feed = {row.number: row.id for row in rows["feed"]}
    entity = {row.number: row.id for row in rows["entity"]}
    entry = {row.id: f"entry of {feed[row.feed]}: {row.key}" for row in rows["entry"]}
    article = {row.id: _natural(row.key, entry) for row in rows["article"]}
    hit = {row.id: (article[row.article], entity[row.entity]) for row in rows["hit"]}
    told = {
        row.id: min(article[a.article] for a in rows["story_article"] if a.story == row.id) for row in rows["story"]
    }
    story_of = {row.article: told[row.story] for row in rows["story_article"]}
    item = {row.id: told[row.story] for row in rows["review_item"]}
    order = {row.id: f"decision {n} on {item[row.item]}" for n, row in enumerate(rows["decision"])}

    def text(at: datetime | None) -> str | None:
        return at and at.isoformat()

    return {
        "feeds": sorted(
            (r.id, r.status, r.detail, json.loads(r.memory).get("validators"), r.visits, r.failures, r.listed, r.title)
            for r in rows["feed"]
        ),
        "entries": sorted(
            (entry[r.id], r.outcome, r.detail, r.title, r.older, article.get(r.article, "")) for r in rows["entry"]
        ),
        "claims left": sorted(
            str(r) for name in ("feed", "entry", "revisit", "delivery") for r in rows[name] if r.claimed_until
        ),
        "articles": sorted(
            (
                article[r.id],
                r.outlet,
                r.country,
                r.version,
                r.older,
                r.gone_why,
                r.romanisation,
                *(sorted(s) for s in (r.sketch, r.names, r.numbers)),
            )
            for r in rows["article"]
        ),
        "versions": sorted(
            (
                *(article[r.article], r.version, r.url, r.title, r.text, r.text_from, r.language, r.authors),
                *(r.published_source, text(r.published), r.fetched is not None, r.zones, r.sha256),
                *(r.heading, r.body_sha256, r.still is not None, r.dropped is not None),
            )
            for r in rows["article_version"]
        ),
        "bodies": sorted((r.sha256, r.body) for r in rows["raw_body"]),
        "revisits": sorted(
            (article[r.article], entry[r.entry], r.etag, r.missing is not None) for r in rows["revisit"]
        ),
        "findings": sorted(
            (article[r.article], r.version, r.kind, entity.get(r.entity, ""), r.before, r.after)
            for r in rows["finding"]
        ),
        "hits": sorted((*hit[r.id], r.version, r.confidence, r.alerts, r.why, r.filed) for r in rows["hit"]),
        "mentions": sorted(
            (*hit[r.hit], r.version, r.field, r.start, r.end, r.alias, r.text, r.confidence, round(r.score, 3), r.why)
            for r in rows["mention"]
        ),
        "stories": sorted(
            (
                *(told[r.story], article[r.article], article.get(r.copy_of, ""), r.rule, round(r.score, 3), r.why),
                *(r.arguments, r.own_sentences, r.version, r.changed is not None),
            )
            for r in rows["story_article"]
        ),
        # Without scores, and by stories: which article of a story is nearest depends on which came first.
        "related": sorted({tuple(sorted((story_of[r.article], story_of[r.neighbour]))) for r in rows["related"]}),
        "items": sorted(
            (item[r.id], r.version, r.state, r.verdict or "", text(r.until) or "", r.reopened)
            for r in rows["review_item"]
        ),
        "decisions": sorted(
            (
                *(order[r.id], r.version, r.by, r.verdict or "", entity.get(r.entity, ""), r.reason or "", r.note),
                *(text(r.until) or "", order.get(r.undoes, ""), sorted(entity[n] for n in r.judged)),
            )
            for r in rows["decision"]
        ),
        "watchlist": sorted(
            (r.version, r.source, r.added, r.changed, r.removed, r.to_look_through is None)
            for r in rows["watchlist_version"]
        ),
        "entities": sorted((r.id, r.name, r.removed is not None) for r in rows["entity"]),
        # The first window begins with the first run, and so do the hashes of its Message-IDs.
        "deliveries": sorted(
            (r.channel, r.recipient, r.external_id.partition(".")[0], r.sent is not None, r.refused is not None)
            for r in rows["delivery"]
        ),
    }


def _natural(key: str, entries: Mapping[int, str]) -> str:
    kind, _, number = key.partition(":")
    return entries[int(number)] if kind == "entry" else key


def difference(expected: Picture, found: Picture) -> str:
    """Empty when they are the same; else what is only in the one or only in the other, shortened."""
    lines = []
    for part in expected:
        lost, more = (Counter(map(repr, p[part])) for p in (expected, found))
        lines += [f"{part}: lost  {row[:400]}" for row in (lost - more).elements()]
        lines += [f"{part}: extra {row[:400]}" for row in (more - lost).elements()]
    return "\n".join(lines)
