"""Pictures of a database by natural keys, and the difference of two."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select as ask

from monitor.store import Store
from monitor.store.tables import Row

Picture = Mapping[str, Sequence[Any]]
# Each part: its table and columns, without times, row numbers, counts of tries and what runs did. `column>table` is
# shown by the natural key of the row that it names, `column?` as whether it has a value.
PARTS = {
    "feeds": "feed: id status detail memory visits failures listed title",
    "entries": "entry: id>entry outcome detail title older article>article",
    "articles": "article: id>article outlet country version older gone_why romanisation sketch names numbers",
    "versions": "article_version: article>article version url title text text_from language authors published_source"
    " published fetched? zones sha256 heading body_sha256 still? dropped?",
    "bodies": "raw_body: sha256 body",
    "revisits": "revisit: article>article entry>entry etag missing?",
    "findings": "finding: article>article version kind entity>entity before after",
    "hits": "hit: id>hit version confidence alerts why filed",
    "mentions": "mention: hit>hit version field start end alias text confidence score why",
    "stories": "story_article: story>story article>article copy_of>article rule score why arguments own_sentences version"
    " changed?",
    "related": "related: article>article neighbour>article rule arguments score",
    "items": "review_item: id>item version state verdict until reopened",
    "decisions": "decision: id>decision version by verdict entity>entity reason note until undoes>decision judged>entity",
    "watchlist": "watchlist_version: version source added changed removed to_look_through?",
    "entities": "entity: id name removed?",
    "deliveries": "delivery: channel recipient external_id sent? refused?",
}
SHOWN: Mapping[str, Callable[[Any], Any]] = {
    "memory": lambda memory: json.loads(memory).get("validators"),
    # The first window begins with the first run, and so do the hashes of its Message-IDs.
    "external_id": lambda name: name.partition(".")[0],
    "score": lambda score: round(score, 3),
    # A run that heals reads a page later: since when an article is absent is another minute.
    "reopened": lambda reason: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "", str(reason)),
    "until": lambda at: at and at.isoformat(),
    "published": lambda at: at and at.isoformat(),
}


def picture(store: Store) -> Picture:
    """Return all that a database holds, by natural keys."""
    with store.database.reading() as connection:
        rows = {name: connection.execute(ask(table)).all() for name, table in Row.metadata.tables.items()}
    feed = {row.number: row.id for row in rows["feed"]}
    entity = {row.number: row.id for row in rows["entity"]}
    entry = {row.id: f"entry of {feed[row.feed]}: {row.key}" for row in rows["entry"]}
    article = {row.id: _natural(row.key, entry) for row in rows["article"]}
    hit = {row.id: (article[row.article], entity[row.entity]) for row in rows["hit"]}
    story = {
        row.id: min(article[a.article] for a in rows["story_article"] if a.story == row.id) for row in rows["story"]
    }
    item = {row.id: story[row.story] for row in rows["review_item"]}
    keys = {"entity": entity, "entry": entry, "article": article, "hit": hit, "story": story, "item": item}
    keys["decision"] = {row.id: f"decision {n} on {item[row.item]}" for n, row in enumerate(rows["decision"])}

    def show(row: Any, shown: str) -> Any:
        column, _, kind = shown.partition(">")
        value = getattr(row, column.rstrip("?"))
        if shown.endswith("?"):
            return value is not None
        if isinstance(value, list) and kind:
            return sorted(keys[kind][number] for number in value)
        return keys[kind].get(value, "") if kind else SHOWN.get(column, lambda same: same)(value)

    claimed = (row for name in ("feed", "entry", "revisit", "delivery") for row in rows[name] if row.claimed_until)
    parts: dict[str, Sequence[Any]] = {"claims left": sorted(map(str, claimed))}
    for part, spec in PARTS.items():
        table, _, columns = spec.partition(": ")
        parts[part] = sorted(
            (tuple(show(row, column_name) for column_name in columns.split()) for row in rows[table]), key=repr
        )
    return parts


def _natural(key: str, entries: Mapping[int, str]) -> str:
    kind, _, number = key.partition(":")
    return entries[int(number)] if kind == "entry" else key


def difference(expected: Picture, actual: Picture) -> str:
    """Return what is only in the one or only in the other, shortened; empty when they are the same."""
    lines = []
    for part in expected:
        lost, extra = (Counter(map(repr, p[part])) for p in (expected, actual))
        lines += [f"{part}: lost  {row[:400]}" for row in (lost - extra).elements()]
        lines += [f"{part}: extra {row[:400]}" for row in (extra - lost).elements()]
    return "\n".join(lines)
