"""I/O: the database. The rows about one name: read from the open watch, and stored in the closed one.

Articles keep their numbers. All other rows get numbers of the other store, and what is there already stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, or_, select, update

from monitor.errors import NotFound
from monitor.groups import group_values
from monitor.model import Field, State, Verdict
from monitor.model.items.history import last_effective, with_state_after
from monitor.store import tables as t
from monitor.store.database import put_missing
from monitor.store.indexes import search
from monitor.store.sql import articles, items, regrouping
from monitor.store.sql.item_columns import refresh_item
from monitor.store.sql.unnamed import NO_ANSWER
from monitor.store.types import is_one_of

Row = Mapping[str, Any]
_ByVersion = Mapping[tuple[int, int], int]  # of (article, version)
_VERDICTS_ON_ALL = {Verdict.UNSURE, Verdict.LATER, None}  # these judge no name, and so concern each


@dataclass(frozen=True, slots=True)
class MovedName:
    """Everything that a store has about a name; `items` includes those that were merged into others."""

    entity: str
    number: int
    articles: Mapping[int, Row]
    versions: Sequence[Row]
    bodies: Sequence[Row]
    hits: Sequence[Row]
    mentions: Sequence[Row]
    findings: Sequence[Row]
    filings: Sequence[Row]
    items: Sequence[Row]
    merged_into: Mapping[int, int]
    decisions: Sequence[Row]

    @property
    def state(self) -> tuple[object, ...]:
        """Return what changes whenever anything about the name is stored."""
        latest = max((row["id"] for row in self.decisions), default=0)
        versions = [(row["id"], row["version"]) for row in self.items]
        return latest, sorted(versions), sorted((row["id"], row["version"]) for row in self.hits), len(self.filings)


def read_name(connection: Connection, entity: str) -> MovedName:
    """Return the rows about a name. Raises NotFound."""
    number = connection.scalar(select(t.entity.c.number).where(t.entity.c.id == entity))
    if number is None:
        raise NotFound("there is no such name")
    hits = rows_of(connection, select(t.hit).where(t.hit.c.entity == number).order_by(t.hit.c.id))
    numbers = {row["article"] for row in hits}
    filings = _of(connection, t.story_article, "article", numbers)
    of_stories = _of(connection, t.review_item, "story", {row["story"] for row in filings})
    of_whole_items = select(t.decision.c.item, t.decision.c.judged).where(
        or_(t.decision.c.entity == number, t.decision.c.entity.is_(None))
    )
    judged = {row.item for row in connection.execute(select(t.decision.c.item).where(t.decision.c.entity == number))}
    judged |= {row.item for row in connection.execute(of_whole_items) if number in row.judged}
    # Of an article that left, or of an item that was merged, the decisions go with the name, too.
    item_ids = judged | {row["id"] for row in of_stories}
    merged = regrouping.merged_into(connection, list(item_ids))
    rows = _of(connection, t.review_item, "id", item_ids | merged.keys() | set(merged.values()))
    versions = _of(connection, t.article_version, "article", numbers)
    article_rows = {row["id"]: row for row in _of(connection, t.article, "id", numbers)}
    hashes = {row["body_sha256"] for row in versions} | {row["gone_body_sha256"] for row in article_rows.values()}
    return MovedName(
        entity,
        number,
        article_rows,
        versions,
        _of(connection, t.raw_body, "sha256", hashes - {""}),
        hits,
        _of(connection, t.mention, "hit", {row["id"] for row in hits}),
        [row for row in _of(connection, t.finding, "article", numbers) if row["entity"] in {None, number}],
        filings,
        rows,
        merged,
        _of(connection, t.decision, "item", {row["id"] for row in rows}),
    )


def put_name(connection: Connection, moved: MovedName) -> None:
    """Store the rows about a name that is on the list of this store. Doing it twice changes nothing."""
    number = connection.execute(select(t.entity.c.number).where(t.entity.c.id == moved.entity)).scalar_one()
    versions, shifts = _put_articles(connection, moved)
    new_hits = _put_hits(connection, moved, number, versions, shifts)
    stories, new_stories = _put_filings(connection, moved, versions)
    _put_findings(connection, moved, number, versions)
    items_here = {
        row["id"]: connection.execute(
            select(t.review_item.c.id).where(t.review_item.c.story == stories[row["story"]])
        ).scalar_one()
        for row in moved.items
        if row["story"] in stories
    }
    changed = _put_decisions(connection, moved, number, items_here)
    of_story = {row["story"]: items_here[row["id"]] for row in moved.items if row["id"] in items_here}
    changed |= {of_story[row["story"]] for row in moved.filings if row["article"] in new_hits}
    for row in moved.items:
        if items_here.get(row["id"]) in changed:
            _fold(connection, items_here[row["id"]], row, is_new=stories[row["story"]] in new_stories)


def give_back_evidence(connection: Connection, moved: MovedName) -> None:
    """Store what this store has not kept of the articles of a name, since it did not know it: texts, pages, answers.

    The articles have the same numbers in both stores, and the same text is the same version.
    """
    put_missing(connection, t.raw_body, *moved.bodies)
    version, article = t.article_version.c, t.article.c
    for row in moved.versions:
        if row["dropped"] is None:
            is_same = [version[name] == row[name] for name in ("article", "title", "sha256")]
            values = {name: row[name] for name in ("text", "zones", "dropped", "headers", "body_sha256", "request")}
            connection.execute(update(t.article_version).where(*is_same).values(values))
    for number, row in moved.articles.items():
        is_current = [article.id == number, article.sketch == b""]  # of a dropped text
        fingerprint = {name: row[name] for name in articles.FINGERPRINT_COLUMNS}
        connection.execute(update(t.article).where(*is_current).values(fingerprint))
        answer = {name: row[name] for name in NO_ANSWER}
        is_gone = [article.id == number, article.gone.is_not(None), article.gone_url == ""]
        connection.execute(update(t.article).where(*is_gone).values(answer))


# ---- articles and hits ----------------------------------------------------------------------------------------------


def _put_articles(connection: Connection, moved: MovedName) -> tuple[_ByVersion, _ByVersion]:
    """Copy the articles that are not here yet.

    Return, for each (article, version) there, the version here (0: none has its text) and where its text begins in it.
    """
    stored = {row["id"] for row in _of(connection, t.article, "id", moved.articles)}
    put_missing(connection, t.raw_body, *moved.bodies)
    _insert(connection, t.article, *(row for number, row in sorted(moved.articles.items()) if number not in stored))
    _insert(connection, t.article_version, *(row for row in moved.versions if row["article"] not in stored))
    # A copy that was made for another closed name counts its versions from 1: the same text is the same version.
    copies = _of(connection, t.article_version, "article", stored)
    versions, shifts = dict[tuple[int, int], int](), dict[tuple[int, int], int]()
    for row in moved.versions:
        key = row["article"], row["version"]
        versions[key], shifts[key] = _same_version(copies, row) if row["article"] in stored else (row["version"], 0)
    return versions, shifts


def _same_version(copies: Sequence[Row], row: Row) -> tuple[int, int]:
    """Return the version of a copy that has this text, perhaps between lines beside it, and where; 0, 0: none has."""
    of_article = [copy for copy in copies if (copy["article"], copy["title"]) == (row["article"], row["title"])]
    same = [(copy["version"], 0) for copy in of_article if copy["sha256"] == row["sha256"]]
    # A byline stands before the text, a caption or what the feed says after it.
    lines = [(copy["version"], f"\n{copy['text']}\n".find(f"\n{row['text']}\n")) for copy in of_article if row["text"]]
    longer = [(version, place) for version, place in lines if place >= 0]
    return next(iter([*same[-1:], *longer]), (0, 0))


def _put_hits(
    connection: Connection, moved: MovedName, number: int, versions: _ByVersion, shifts: _ByVersion
) -> set[int]:
    """Copy the hits of articles that have none of this name yet, with their mentions; return these articles."""
    new_hits: set[int] = set()
    of_name = select(t.hit.c.article).where(t.hit.c.entity == number)
    stored = set(connection.scalars(of_name))
    mentions = group_values((row["hit"], row) for row in moved.mentions)
    for row in moved.hits:
        version = versions.get((row["article"], row["version"]))
        if row["article"] in stored or not version:
            continue
        values = {**without_id(row), "entity": number, "version": version}
        hit = connection.execute(insert(t.hit).values(values).returning(t.hit.c.id)).scalar_one()
        for mention in mentions[row["id"]]:
            key = row["article"], mention["version"]
            if not versions.get(key):
                continue
            shift = shifts[key] if mention["field"] == Field.TEXT else 0
            place = {"start": mention["start"] + shift, "end": mention["end"] + shift}
            _insert(connection, t.mention, {**without_id(mention), "hit": hit, "version": versions[key], **place})
        new_hits.add(row["article"])
    return new_hits


def _put_findings(connection: Connection, moved: MovedName, number: int, versions: _ByVersion) -> None:
    key_columns = ("article", "version", "kind", "entity", "before", "after")
    stored = {tuple(row[name] for name in key_columns) for row in _of(connection, t.finding, "article", moved.articles)}
    for row in moved.findings:
        version = versions.get((row["article"], row["version"]), 0)
        copied = {**without_id(row), "version": version, "entity": row["entity"] and number}
        if version and tuple(copied[name] for name in key_columns) not in stored:
            _insert(connection, t.finding, copied)


# ---- items ----------------------------------------------------------------------------------------------------------


def _put_filings(connection: Connection, moved: MovedName, versions: _ByVersion) -> tuple[dict[int, int], set[int]]:
    """File the articles together that are together there.

    Return the story here of each story there, and which of these are new.
    """
    stored = {row["article"]: row["story"] for row in _of(connection, t.story_article, "article", moved.articles)}
    first_seen = {row["story"]: row["first_seen"] for row in moved.items}
    # A story in which an article is filed here already gets the others, too.
    stories = {row["story"]: stored[row["article"]] for row in reversed(moved.filings) if row["article"] in stored}
    new_stories: set[int] = set()
    story_of = dict(stored)
    for row in moved.filings:
        if row["article"] in stored:
            continue
        if row["story"] not in stories:
            stories[row["story"]] = regrouping.new_story(connection, first_seen[row["story"]])
            new_stories.add(stories[row["story"]])
        version = versions.get((row["article"], row["version"])) or max(
            version_here for (article, _), version_here in versions.items() if article == row["article"]
        )
        story = story_of[row["article"]] = stories[row["story"]]
        original = row["copy_of"] if story_of.get(row["copy_of"]) == story else None
        values = {**without_id(row), "story": story, "copy_of": original, "version": version}
        filing = connection.execute(insert(t.story_article).values(values).returning(t.story_article.c.id)).scalar_one()
        if original is None:
            articles.index_filings(connection, t.story_article.c.id == filing)
        search.index_article(connection, row["article"])
    return stories, new_stories


def _put_decisions(connection: Connection, moved: MovedName, number: int, items_here: Mapping[int, int]) -> set[int]:
    """Copy the decisions about the name, and those about a whole item; return the items here with new ones."""
    changed: set[int] = set()
    numbers: dict[int, int] = {}
    for row in sorted(moved.decisions, key=lambda decision: decision["id"]):
        item = items_here.get(row["item"]) or items_here.get(moved.merged_into.get(row["item"], 0))
        if item is None or not _concerns(row, moved.number, numbers):
            continue
        is_merged, judges = row["item"] not in items_here, moved.number in row["judged"]
        # What was said of an item that was merged into this one judges the name alone.
        is_of_name = row["entity"] is not None or (is_merged and judges)
        values = {
            **without_id(row),
            "item": item,
            "entity": number if is_of_name else None,
            "judged": [number] if judges else [],
            "undoes": numbers.get(row["undoes"]) if row["undoes"] else None,
        }
        numbers[row["id"]], is_new = _put_decision(connection, values, number)
        changed |= {item} if is_new else set()
    return changed


def _concerns(row: Row, number: int, copied: Mapping[int, int]) -> bool:
    """Return whether a decision is about the name, or about a whole item without judging names."""
    if row["undoes"] is not None:
        return row["undoes"] in copied
    if row["entity"] is not None:
        return bool(row["entity"] == number)
    return number in row["judged"] or (not row["judged"] and row["verdict"] in _VERDICTS_ON_ALL)


def _put_decision(connection: Connection, values: dict[str, Any], number: int) -> tuple[int, bool]:
    """Store a decision; return its number, and whether it was not here already, as one about another name, too."""
    decision = t.decision.c
    same = [decision[name].is_not_distinct_from(values[name]) for name in ("item", "at", "by", "verdict", "undoes")]
    is_whole = values["entity"] is None
    same.append(decision.entity.is_(None) if is_whole else decision.entity == number)
    stored = connection.execute(select(decision.id, decision.judged).where(*same)).first()
    if stored is None:
        is_item = t.review_item.c.id == values["item"]
        values["version"] = connection.execute(select(t.review_item.c.version).where(is_item)).scalar_one()
        # Each decision is on one version of its item, which rises with it.
        connection.execute(update(t.review_item).where(is_item).values(version=values["version"] + 1))
        return int(connection.execute(insert(t.decision).values(values).returning(decision.id)).scalar_one()), True
    judged = list(dict.fromkeys([*stored.judged, *values["judged"]]))  # it judged another closed name, too
    connection.execute(update(t.decision).where(decision.id == stored.id).values(judged=judged))
    return int(stored.id), judged != list(stored.judged)


def _fold(connection: Connection, item: int, open_item: Row, *, is_new: bool) -> None:
    """Compute the state of an item from its decisions, and from what the item there waited for."""
    refresh_item(connection, item)
    (loaded,) = items.by_number(connection, [item], items.Mentions.NONE)
    last, before = last_effective(loaded), State(open_item["state"]) if is_new else loaded.state
    state = before if before in {State.EXPIRED, State.FOLLOW_UP} else State.OPEN
    waiting = replace(loaded, state=state)
    if is_new and open_item["reopened"]:
        waiting = replace(waiting, reopened=open_item["reopened"], reopened_at=open_item["reopened_at"])
    folded = with_state_after(last, waiting) if last else waiting
    came_back = is_new and before is State.FOLLOW_UP
    if came_back or (waiting.reopened_at and last and last.at < waiting.reopened_at):
        folded = replace(folded, state=State.FOLLOW_UP, until=None)
    has_changed = is_new or (folded.state, folded.verdict, folded.until) != (loaded.state, loaded.verdict, loaded.until)
    if has_changed:
        items.compare_and_set(connection, replace(folded, version=loaded.version + 1), loaded.version)
    refresh_item(connection, item)


# ---- helpers --------------------------------------------------------------------------------------------------------


def rows_of(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _of(connection: Connection, table: Table, column: str, values: Collection[Any]) -> list[Row]:
    """Return the rows of a table with these values in a column, in the order of their keys."""
    keys = list(table.primary_key)
    return rows_of(connection, select(table).where(is_one_of(table.c[column], values)).order_by(*keys))


def _insert(connection: Connection, table: Table, *rows: Row) -> None:
    if rows:
        connection.execute(insert(table), rows)


def without_id(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}
