"""Pure. Tells what of an item nobody had in sight when they decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Confidence, Decision, EntityType, ItemArticle, Message, ReviewItem, State
from monitor.review.changes import reopening_reason


def with_unseen_news(item: ReviewItem, decisions: Sequence[Decision]) -> ReviewItem:
    """Return the item as a follow-up if it holds news that none of these standing decisions was about; else unchanged.

    An item that was open when the news came was not reopened by them: a merge had opened it, or a decision that is
    undone now came later.
    """
    news = _unseen_news(item, decisions) if decisions else None
    if news is None:
        return item
    at = max(news.news_times)
    reason = item.reopened if item.reopened_at == at else _reason(news)
    return replace(item, state=State.FOLLOW_UP, until=None, reopened=reason, reopened_at=at)


def _unseen_news(item: ReviewItem, decisions: Sequence[Decision]) -> ItemArticle | None:
    """Return the first article that none of the decisions was about, if it is no mere copy."""
    unseen_articles = {article.id: article for article in item.articles if not _was_seen(article, item, decisions)}
    for article in unseen_articles.values():
        if article.is_report or max(article.news_times) > article.filed:
            return article
    # A copy is news if it alone names a person (`file_article` reopens for it).
    for hit in item.hits:
        if hit.type is EntityType.PERSON and hit.confidence is Confidence.STRONG:
            naming = {mention.article for mention in hit.mentions}
            if naming and naming <= unseen_articles.keys():
                return unseen_articles[min(naming)]
    return None


def _reason(news: ItemArticle) -> Message:
    """Return why people must see the news of an article, where the reason that filing gave is not kept."""
    at = max(news.news_times)
    if findings := [finding for finding in news.findings if finding.found == at]:
        return reopening_reason(findings, news.outlet)
    if news.changed == at != news.filed:
        return Message("the changed text of the article at {} tells more of a watched name", news.outlet)
    return Message("a new article from {}", news.outlet)


def _was_seen(article: ItemArticle, item: ReviewItem, decisions: Sequence[Decision]) -> bool:
    """Return True if one of the decisions was about the article as it is now."""
    timeline = _timeline(article, item)
    return any(_was_about(d, timeline) and max(article.news_times) <= d.at for d in decisions)


def _timeline(article: ItemArticle, item: ReviewItem) -> Sequence[tuple[datetime, int]]:
    """Return the items that held an article: (since, item), from its filing on."""
    moves = [r for r in item.regroupings if article.id in r.articles]
    first = moves[0].other if moves else item.id
    return [(article.filed, first), *((r.at, r.item) for r in moves)]


def _was_about(decision: Decision, timeline: Sequence[tuple[datetime, int]]) -> bool:
    """Return True if a decision's item held the article at the time of the decision."""
    before = [number for since, number in timeline if since <= decision.at]
    return bool(before) and before[-1] == decision.item
