"""I/O: the database. Review items, put together from their stories; for use inside a transaction.

The rows hold what was found and what was decided. What the decisions come to is `review.fold`'s to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, update

from monitor.model import (
    Alert,
    Article,
    Candidate,
    Confidence,
    Decision,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Regrouping,
    ReviewItem,
    State,
    TextFrom,
)
from monitor.review.decisions import fold
from monitor.store import tables as t
from monitor.store.sql import articles, regrouping, versions
from monitor.store.types import shaped
from monitor.text.sentences import sentence_around


@dataclass
class _EntityMentions:
    """A watched entity in a story, as its articles' hits are read one after another, each with its mentions."""

    name: str
    type: EntityType
    with_others: bool
    found: list[tuple[Any, list[ItemMention]]] = field(default_factory=list)

    def as_hit(self, entity: str) -> ItemHit:
        """As it stands; where no text names it any more, as it last did."""
        found = [pair for pair in self.found if pair[0].version == pair[0].current] or self.found
        hits = [hit for hit, _ in found]
        clear = [hit for hit in hits if hit.confidence == Confidence.STRONG]
        telling = next((hit for hit in (*clear, *hits) if hit.alerts), (clear or hits)[0])
        return ItemHit(
            entity=entity,
            name=self.name,
            type=self.type,
            confidence=Confidence.STRONG if clear else Confidence.POSSIBLE,
            alerts=any(hit.alerts for hit in hits),
            mentions=tuple(mention for _, mentions in found for mention in mentions),
            why=telling.why,
            removed=telling.version != telling.current,
            with_others=self.with_others,
            alerting={hit.article: hit.why for hit in hits if hit.alerts},
        )


def numbers() -> Select[Any]:
    """The start of a question for items: their numbers."""
    return select(t.review_item.c.id)


def load(connection: Connection, which: Select[Any], *, whole: bool = True) -> Sequence[ReviewItem]:
    """Return items in the order in which `which` gives their numbers.

    Not `whole`: of each hit the first mention, without its sentence. Filing asks so, once for each article of a story:
    what it reads must not grow with the texts and mentions that are in the story already.
    """
    rows = connection.execute(which.with_only_columns(*t.review_item.c)).all()
    told = _articles(connection, [row.story for row in rows], whole=whole)
    found = _hits(connection, told, whole=whole)
    numbers = [row.id for row in rows]
    regroupings = regrouping.of_items(connection, numbers)
    history = _history(connection, numbers, regrouping.merged_into(connection, numbers) if regroupings else {})
    became = _became(connection, [row for told_there in told.values() for row in told_there])
    return [
        fold(_item(row, told[row.story], found[row.story], regroupings.get(row.id, ()), became), history[row.id])
        for row in rows
    ]


def standing() -> Select[Any]:
    """Decisions that are no undo and were not undone."""
    undone = select(t.decision.alias().c.undoes)  # asked once, not for each of them
    undone = undone.where(undone.selected_columns.undoes.is_not(None))
    return select(t.decision).where(t.decision.c.verdict.is_not(None), t.decision.c.id.not_in(undone))


def compare_and_set(connection: Connection, item: ReviewItem, was: int) -> bool:
    """Stores the item's own state, if it is at version `was` still."""
    values = {
        "version": item.version,
        "state": item.state,
        "verdict": item.verdict,
        "until": item.until,
        "reopened": item.reopened,
        "reopened_at": item.reopened_at,
    }
    same = and_(t.review_item.c.id == item.id, t.review_item.c.version == was)
    return connection.execute(update(t.review_item).where(same).values(values)).rowcount == 1


def placed(connection: Connection, which: ColumnElement[bool], *, whole: bool = True) -> ReviewItem | None:
    """This item, when its row says anew what lists go by. Locked first and read then: two may change its story."""
    connection.execute(numbers().where(which).with_for_update())
    for item in load(connection, numbers().where(which), whole=whole):
        values = {
            "clear": item.confidence is Confidence.STRONG,
            "latest": max((article.filed for article in item.articles), default=None),
        }
        connection.execute(update(t.review_item).where(t.review_item.c.id == item.id).values(values))
        return item
    return None


def refresh_item_for(connection: Connection, article: int) -> None:
    """After other names were found in an article: its item may be clear now, or no longer."""
    filed, story = t.story_article.c, None
    asked = select(filed.story).where(filed.article == article)
    while (found := connection.scalar(asked)) != story:  # it may be moved to another while we wait for the one
        story = found
        placed(connection, t.review_item.c.story == story, whole=False)


def bare_article(candidate: Candidate, key: str) -> Article:
    """An article of which only its fingerprint is known."""
    return Article(
        url="",
        key=key,
        outlet=candidate.outlet,
        title="",
        text="",
        text_from=TextFrom.PAGE,
        first_seen=candidate.seen,
        language=candidate.language,
    )


def _item(
    row: Any, told: Sequence[Any], found: Mapping[str, _EntityMentions], moves: Sequence[Regrouping], became: _Became
) -> ReviewItem:
    hits = sorted(
        (seen.as_hit(entity) for entity, seen in found.items()),
        key=lambda hit: (hit.confidence is not Confidence.STRONG, not hit.alerts),
    )
    return ReviewItem(
        id=row.id,
        version=row.version,
        state=State(row.state),
        story=row.story,
        first_seen=row.first_seen,
        articles=tuple(_article(row, *became[row.id]) for row in told),
        hits=tuple(hits),
        until=row.until,
        reopened=row.reopened,
        reopened_at=row.reopened_at,
        regroupings=tuple(moves),
    )


# What is asked for every item, built once: building a statement takes longer than SQLite takes to answer it.
_FILED = (
    articles.current()
    .with_only_columns(
        *t.article.c["id", "version", "outlet", "first_seen", "older", "gone"],
        *t.article_version.c["url", "title", "text", "language", "published", "text_from"],
        *t.story_article.c["story", "copy_of", "filed", "changed", "why"],
    )
    .join(t.story_article, t.story_article.c.article == t.article.c.id)
    .where(t.story_article.c.story.in_(bindparam("stories", expanding=True)))
    .order_by(t.story_article.c.id)
)
_FILED_WITHOUT_TEXT = _FILED.with_only_columns(*(c for c in _FILED.selected_columns if c.name != "text"))
_FOUND = (
    select(*t.hit.c["id", "article", "version", "confidence", "alerts", "why"])
    .add_columns(t.article.c.version.label("current"), t.entity.c.id.label("entity"))
    .add_columns(t.entity.c.name, t.entity.c.type, t.entity.c.alert)
    .join_from(t.hit, t.article, t.article.c.id == t.hit.c.article)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.story_article, t.story_article.c.article == t.hit.c.article)
    .where(t.hit.c.article.in_(bindparam("articles", expanding=True)))
    .where(or_(articles.in_force(), t.hit.c.filed))  # a name that an edit took out stays, once people know of it
    .order_by(t.story_article.c.id, t.hit.c.id)
)
_MENTIONED = (
    select(t.mention)
    .join(t.hit, and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version))
    .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
    .order_by(t.mention.c.hit, t.mention.c.field.desc(), t.mention.c.start)  # "title" after "text" in any alphabet
)
_FIRST_MENTIONED = _MENTIONED.where(
    t.mention.c.id.in_(
        select(func.min(t.mention.c.id))
        .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
        .group_by(t.mention.c.hit, t.mention.c.version)
    )
)
_DECIDED = select(t.decision).where(t.decision.c.item.in_(bindparam("items", expanding=True))).order_by(t.decision.c.id)


def _articles(connection: Connection, stories: Sequence[int], *, whole: bool) -> Mapping[int, Sequence[Any]]:
    """Story -> its articles in their current versions, in the order they were filed."""
    told: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(_FILED if whole else _FILED_WITHOUT_TEXT, {"stories": stories}):
        told[row.story].append(row)
    return told


_Became = Mapping[int, tuple[tuple[datetime, ...], tuple[Finding, ...]]]


def _became(connection: Connection, told: Sequence[Any]) -> _Became:
    """Article -> when its versions were stored, and what people must see of its changes; most have nothing to ask."""
    changed = [row.id for row in told if row.version > 1 or row.gone]
    stored: dict[int, list[datetime]] = defaultdict(list)
    findings = versions.findings(connection, changed) if changed else {}
    version = t.article_version.c
    ask = select(version.article, version.stored).where(version.article.in_(changed)).order_by(version.version)
    for article, at in connection.execute(ask) if changed else ():
        stored[article].append(at)
    return defaultdict(lambda: ((), ()), {a: (tuple(stored[a]), tuple(findings.get(a, ()))) for a in changed})


def _article(row: Any, versions: tuple[datetime, ...], findings: tuple[Finding, ...]) -> ItemArticle:
    versions = versions if len(versions) > 1 else ()
    return shaped(ItemArticle, row, headline=row.title, versions=versions, findings=findings)


def _hits(
    connection: Connection, told: Mapping[int, Sequence[Any]], *, whole: bool
) -> Mapping[int, Mapping[str, _EntityMentions]]:
    """Story -> entity -> what was found of it in the story's articles, in their order, each as it last named it."""
    by_number = {row.id: row for rows in told.values() for row in rows}
    rows = connection.execute(_FOUND, {"articles": list(by_number)}).all()
    mentions = _mentions(connection, [row.id for row in rows], whole=whole)
    before = _before(connection, {row.article for row in rows if row.version != row.current}) if whole else {}
    found: dict[int, dict[str, _EntityMentions]] = defaultdict(dict)
    for row in rows:
        article = by_number[row.article]
        text = article if row.version == row.current or not whole else before[row.article, row.version]
        seen = found[article.story].setdefault(
            row.entity, _EntityMentions(row.name, EntityType(row.type), row.alert == Alert.WITH_OTHERS)
        )
        seen.found.append((row, [_mention(each, row.entity, text, whole=whole) for each in mentions[row.id]]))
    return found


def _before(connection: Connection, changed: Collection[int]) -> Mapping[tuple[int, int], Any]:
    """(article, version) -> what these articles said in all their versions."""
    version = t.article_version.c
    ask = select(version.article.label("id"), version.version, version.title, version.text)
    rows = connection.execute(ask.where(version.article.in_(changed))) if changed else ()
    return {(row.id, row.version): row for row in rows}


def _mentions(connection: Connection, hits: Sequence[int], *, whole: bool) -> Mapping[int, Sequence[Any]]:
    """Hit -> its mentions in the current version: the headline's first, then as they stand in the text."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(_MENTIONED if whole else _FIRST_MENTIONED, {"hits": hits}):
        found[row.hit].append(row)
    return found


def _mention(row: Any, entity: str, article: Any, *, whole: bool) -> ItemMention:
    mention = articles.mention_of(row, entity)
    if not whole:
        return ItemMention(mention, article.id)
    if mention.field is Field.TITLE:
        return ItemMention(mention, article.id, article.title)
    return ItemMention(mention, article.id, sentence_around(article.text, mention.span).of(article.text))


def _history(
    connection: Connection, items: Sequence[int], part_of: Mapping[int, int]
) -> Mapping[int, Sequence[Decision]]:
    """Item -> its decisions and those of items that are part of it, in the order they were made."""
    rows = connection.execute(_DECIDED, {"items": [*items, *part_of]}).all()
    names = entity_ids(connection) if rows else {}
    history: dict[int, list[Decision]] = defaultdict(list)
    for row in rows:
        said = decision(row, names)
        for item in {row.item, part_of.get(row.item, row.item)}:
            history[item].append(said)
    return history


def entity_ids(connection: Connection) -> Mapping[int, str]:
    """Opaque number -> readable id."""
    return {row.number: row.id for row in connection.execute(select(t.entity.c.number, t.entity.c.id))}


def decision(row: Any, names: Mapping[int, str]) -> Decision:
    judged = tuple(names[number] for number in row.judged if number in names)
    return shaped(Decision, row, entity=None if row.entity is None else names[row.entity], judged=judged)
