"""I/O: the database. The articles of review items with their versions and changes; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select

from monitor.groups import group_values
from monitor.model import Addition, Finding, ItemArticle
from monitor.store import tables as t
from monitor.store.sql import articles, related, versions
from monitor.store.sql.shown_articles import ShownArticles
from monitor.store.types import shaped

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
    additions = _additions(connection, [row.id for row in article_rows if row.is_added])
    return defaultdict(
        lambda: ((), (), ()),
        {
            article: (tuple(stored_times[article]), tuple(findings.get(article, ())), tuple(additions[article]))
            for article in {*changed, *additions}
        },
    )


def _additions(connection: Connection, added: Sequence[int]) -> Mapping[int, Sequence[Addition]]:
    """Return who put each of these articles into the queue by hand, the earliest first."""
    rows = connection.execute(_ADDITIONS, {"articles": added}) if added else ()
    return group_values((row.article, shaped(Addition, row)) for row in rows)


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
