"""I/O: the database. The articles of review items with their versions and changes; for use inside a transaction.

An outlet may fill an item with hundreds of articles. So that no page waits for them, a page loads one article of each
reporter and language first, then the others, some at a time (`choose_articles`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)

from monitor.groups import group_values
from monitor.model import Addition, ArticlePage, Confidence, Finding, ItemArticle, Regrouping, Window
from monitor.store import tables as t
from monitor.store.sql import articles, related, versions
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import shaped

_filed, _article, _version = t.story_article.c, t.article.c, t.article_version.c
IS_HIT_OF_ITEM = or_(articles.in_force(), t.hit.c.filed)  # a name that an edit removed stays once it was filed


@dataclass(slots=True)
class ShownArticles:
    """The articles of a story that are loaded, and the numbers of all that it has."""

    total: int
    copies: int
    ids: set[int] = field(default_factory=set)
    outlets: list[str] = field(default_factory=list)


def _last(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return a sort key that puts rows for which the condition is true last."""
    return case((condition, 1), else_=0)


_LARGE_STORIES = (
    select(_filed.story, func.count().label("total"), func.count(_filed.copy_of).label("copies"))
    .where(_filed.story.in_(bindparam("stories", expanding=True)))
    .group_by(_filed.story)
    .having(func.count() > bindparam("size"))
)
_NEWS_AT = func.coalesce(_filed.changed, _filed.filed)  # when people were last told of the article
_IS_ADDED = exists().where(t.addition.c.article == _filed.article).correlate(t.story_article)
_HAS_FINDING = exists().where(t.finding.c.article == _filed.article).correlate(t.story_article)


def _ranked() -> Subquery:
    """Select the articles of stories in the order in which pages show them, one of each reporter and language first."""
    places = (
        select(_filed.story, _filed.article, _filed.id, _NEWS_AT.label("news_at"), _article.outlet)
        .add_columns(
            func.row_number()
            .over(
                partition_by=(_filed.story, articles.REPORTER, _article.speaker, _version.language),
                order_by=(_last(_filed.copy_of.is_not(None)), _NEWS_AT.desc(), _filed.id.desc()),
            )
            .label("place_of_reporter"),
            (_filed.id == func.min(_filed.id).over(partition_by=_filed.story)).label("is_lead"),
            _last(~_IS_ADDED).label("not_added"),
            _last(~_HAS_FINDING).label("not_changed"),
        )
        .join_from(t.story_article, t.article, _article.id == _filed.article)
        .join(t.article_version, IS_CURRENT)
        .where(_filed.story.in_(bindparam("stories", expanding=True)))
        .subquery()
    )
    place = places.c
    order = (
        _last(~place.is_lead),
        place.not_added,
        _last(place.place_of_reporter > 1),
        place.not_changed,
        place.news_at.desc(),
        place.id.desc(),
    )
    rank = func.row_number().over(partition_by=place.story, order_by=order)
    columns = place["story", "article", "is_lead", "place_of_reporter"]
    return select(*columns, rank.label("rank")).subquery()


def _page(ranked: Subquery) -> Select[Any]:
    rank, skip, size = ranked.c, bindparam("skip", type_=Integer), bindparam("size", type_=Integer)
    return select(rank.story, rank.article).where(
        or_(
            rank.is_lead,
            and_(rank.place_of_reporter == 1, skip == 0),
            and_(rank.rank > skip, rank.rank <= skip + size),
            rank.article.in_(bindparam("also", expanding=True)),
        )
    )


_ALL = _ranked()
_PAGE = _page(_ALL)
_OUTLETS = (
    select(_filed.story, _article.outlet)
    .join_from(t.story_article, t.article, _article.id == _filed.article)
    .where(_filed.story.in_(bindparam("stories", expanding=True)))
    .distinct()
    .order_by(_article.outlet)
)


def _first_hits() -> Select[Any]:
    """Select the articles whose hits say what is true of a name in the whole story: its reason, and how sure it is."""
    hit = t.hit.c
    is_past, is_not_strong = _last(hit.version != _article.version), _last(hit.confidence != Confidence.STRONG)

    def place(*order: ColumnElement[Any]) -> ColumnElement[int]:
        by_filing = (is_past, *order, _filed.id, hit.id)
        return func.row_number().over(partition_by=(_filed.story, hit.entity), order_by=by_filing)

    places = (
        select(_filed.story, _filed.article)
        .add_columns(
            place(_last(~hit.alerts), is_not_strong).label("by_alert"), place(is_not_strong).label("by_strength")
        )
        .join_from(t.hit, t.story_article, _filed.article == hit.article)
        .join(t.article, _article.id == hit.article)
        .where(_filed.story.in_(bindparam("stories", expanding=True)), IS_HIT_OF_ITEM)
        .subquery()
    )
    return select(places.c.story, places.c.article).where(or_(places.c.by_alert == 1, places.c.by_strength == 1))


def _first_news() -> Select[Any]:
    """Select what a digest shows of a story: the first article of the window, the first original, the first change."""

    def within(column: ColumnElement[datetime]) -> ColumnElement[bool]:
        return and_(column >= bindparam("since"), column < bindparam("until"))

    def place(*order: ColumnElement[Any]) -> ColumnElement[int]:
        return func.row_number().over(partition_by=_filed.story, order_by=(*order, _filed.id))

    has_finding = exists().where(t.finding.c.article == _filed.article, within(t.finding.c.found))
    has_finding = has_finding.correlate(t.story_article)
    is_unchanged_copy = and_(_filed.copy_of.is_not(None), _filed.changed.is_(None))
    arrived = or_(within(_filed.filed), within(_filed.changed))
    places = (
        select(_filed.story, _filed.article)
        .add_columns(place(_last(~arrived)).label("by_arrival"), place(_last(~has_finding)).label("by_finding"))
        .add_columns(place(_last(~arrived), _last(_article.older), _last(is_unchanged_copy)).label("by_news"))
        .join_from(t.story_article, t.article, _article.id == _filed.article)
        .where(_filed.story.in_(bindparam("stories", expanding=True)), or_(arrived, has_finding))
        .subquery()
    )
    columns = places.c
    is_first = or_(columns.by_arrival == 1, columns.by_finding == 1, columns.by_news == 1)
    return select(columns.story, columns.article).where(is_first)


_FIRST_HITS, _FIRST_NEWS = _first_hits(), _first_news()
_FIRST_OF_MOVED = (
    select(func.min(_filed.article))
    .where(_filed.story == bindparam("story"), _filed.article.in_(bindparam("articles", expanding=True)))
)  # fmt: skip


def choose_articles(
    connection: Connection,
    stories: Sequence[int],
    page: ArticlePage,
    regroupings: Iterable[tuple[int, Regrouping]],
    news: Window | None = None,
) -> dict[int, ShownArticles]:
    """Return story -> the articles to load of it, for each story that has more articles than the page.

    Always among them: the first that was filed, one that says why a name is in the item, and one of each (story,
    regrouping) that is still there: whether a move can be taken back depends on it. With `news`, also the first that
    came or changed in this window.
    """
    values = {"stories": list(stories), "size": page.size, "skip": page.number * page.size, "also": list(page.also)}
    large = {row.story: ShownArticles(row.total, row.copies) for row in connection.execute(_LARGE_STORIES, values)}
    if not large:
        return {}
    values["stories"] = list(large)
    for query in (_PAGE, _FIRST_HITS):
        for row in connection.execute(query, values):
            large[row.story].ids.add(row.article)
    for row in connection.execute(_FIRST_NEWS, values | asdict(news)) if news else ():
        large[row.story].ids.add(row.article)
    for row in connection.execute(_OUTLETS, values):
        large[row.story].outlets.append(row.outlet)
    for story, regrouping in regroupings:
        if story in large:
            moved = {"story": story, "articles": list(regrouping.articles)}
            large[story].ids |= {article for article in connection.scalars(_FIRST_OF_MOVED, moved) if article}
    return large


# ---- loading ---------------------------------------------------------------------------------------------------------

# A field of the value is read from the column of its name; the other four are made into fields.
_ARTICLE_COLUMNS = {field.name for field in fields(ItemArticle)} | {"version", "title", "text", "gone"}
_FILED_ARTICLES = (
    articles.current()
    .with_only_columns(
        *(column for column in articles.current().selected_columns if column.name in _ARTICLE_COLUMNS),
        *t.story_article.c["story", "copy_of", "filed", "changed", "rule", "arguments", "why", "own_sentences"],
        t.story_article.c.id.label("filing"),
        t.story_article.c.version.label("filed_version"),
        exists().where(t.addition.c.article == t.article.c.id).correlate(t.article).label("is_added"),
    )
    .join(t.story_article, t.story_article.c.article == t.article.c.id)
    .where(t.story_article.c.story.in_(bindparam("stories", expanding=True)))
    .order_by(t.story_article.c.id)
)
_FILED_ARTICLES_WITHOUT_TEXT = _FILED_ARTICLES.with_only_columns(
    *(c for c in _FILED_ARTICLES.selected_columns if c.name != "text")
)
_IS_SHOWN = t.article.c.id.in_(bindparam("shown", expanding=True))
_SHOWN_ARTICLES = _FILED_ARTICLES.where(_IS_SHOWN)
_OTHER_ARTICLES = _FILED_ARTICLES_WITHOUT_TEXT.where(~_IS_SHOWN)
_STORED_TIMES = (
    select(t.article_version.c.article, t.article_version.c.stored)
    .where(t.article_version.c.article.in_(bindparam("articles", expanding=True)))
    .order_by(t.article_version.c.version)
)
_ADDITIONS = (
    select(t.addition).where(t.addition.c.article.in_(bindparam("articles", expanding=True))).order_by(t.addition.c.id)
)


def load_articles(
    connection: Connection,
    stories: Sequence[int],
    shown: Mapping[int, ShownArticles],
    *,
    with_texts: bool,
    with_others: bool,
) -> Mapping[int, Sequence[Any]]:
    """Return the articles of each story in their current versions, in the order of filing.

    Of large stories these are the articles that are shown; `with_others`: the others, too, always without their texts.
    """
    query = _FILED_ARTICLES if with_texts else _FILED_ARTICLES_WITHOUT_TEXT
    whole = [story for story in stories if story not in shown]
    rows = connection.execute(query, {"stories": whole}).all() if whole else []
    if shown:
        values = {"stories": list(shown), "shown": [article for story in shown.values() for article in story.ids]}
        rows = [*rows, *connection.execute(_SHOWN_ARTICLES, values)]
        if with_others:
            rows = sorted([*rows, *connection.execute(_OTHER_ARTICLES, values)], key=lambda row: row.filing)
    return group_values((row.story, row) for row in rows)


ArticleHistories = Mapping[int, tuple[tuple[datetime, ...], tuple[Finding, ...], tuple[Addition, ...]]]


def article_histories(connection: Connection, article_rows: Sequence[Any]) -> ArticleHistories:
    """Return for each article when its versions were stored, the findings in its changes, and who added it by hand.

    Only changed and added articles are queried; most have one version.
    """
    changed = [row.id for row in article_rows if row.version > 1 or row.gone]
    findings = versions.findings(connection, changed) if changed else {}
    times = connection.execute(_STORED_TIMES, {"articles": changed}).all() if changed else ()
    stored_times = group_values(times)
    added = [row.id for row in article_rows if row.is_added]
    addition_rows = connection.execute(_ADDITIONS, {"articles": added}) if added else ()
    additions = group_values((row.article, shaped(Addition, row)) for row in addition_rows)
    return defaultdict(
        lambda: ((), (), ()),
        {
            article: (tuple(stored_times[article]), tuple(findings.get(article, ())), tuple(additions[article]))
            for article in {*changed, *additions}
        },
    )


def article_of(
    row: Any, versions: tuple[datetime, ...], findings: tuple[Finding, ...], additions: tuple[Addition, ...]
) -> ItemArticle:
    versions = versions if len(versions) > 1 else ()
    return shaped(
        ItemArticle,
        row,
        headline=row.title,
        reason=related.reason_of(row),
        own_sentences=related.passages_of(row),
        versions=versions,
        findings=findings,
        additions=additions,
    )
