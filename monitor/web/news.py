"""Pure. The sentences that articles brought to an item: those that are shown first, and those that are folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import ItemArticle, Passage, ReviewItem, Verdict
from monitor.review.decisions import effective
from monitor.text.lead import MarkedSentence, mark_passage, mentions_in, mentions_within, words_of
from monitor.text.romanize import skeleton
from monitor.web.item_view import WAITING_STATES

MAX_NEWS = 3  # sentences shown of those that an article brings
MAX_FOLDED = 30  # further ones that are folded away; the article has them all


@dataclass(frozen=True, slots=True)
class ArticleNews:
    """The sentences that an article brought to an item: those that are shown, and those that are folded away.

    `remaining_count`: how many are not shown; of very many only the first are folded away.
    """

    article: ItemArticle
    first_passages: tuple[MarkedSentence, ...]
    other_passages: tuple[MarkedSentence, ...]
    remaining_count: int


def news_of(item: ReviewItem, headline: str = "") -> list[ArticleNews]:
    """Return what articles brought to a waiting item since somebody judged it as a whole, the newest first.

    A sentence that only repeats the headline that stands above it, be it in another spelling, is left out.
    """
    if item.state not in WAITING_STATES:
        return []
    decisions = (d for d in effective(item.history) if d.entity is None and d.verdict is not Verdict.UNSURE)
    judged_at = max((d.at for d in decisions), default=None)
    # Equal times: better shown twice than never.
    articles = [a for a in item.articles if judged_at is None or a.filed >= judged_at]
    shown_sounds = _sounds_of(headline)
    news = (
        (article, [s for s in item.news_in(article) if _sounds_of(s.text) != shown_sounds])
        for article in sorted(articles, key=lambda a: a.filed, reverse=True)
    )
    return [_news_of_article(item, article, sentences) for article, sentences in news if sentences]


def _sounds_of(text: str) -> set[str]:
    """Return the sounds of a text's words: Tokoyev is Tokoev."""
    return {skeleton(word) for word in words_of(text)}


def _news_of_article(item: ReviewItem, article: ItemArticle, sentences: Sequence[Passage]) -> ArticleNews:
    """Return three of the sentences of an article, those that name somebody before others, and the rest folded."""
    mentions = mentions_in(item, article)
    by_name = sorted(range(len(sentences)), key=lambda place: not mentions_within(sentences[place], mentions))
    first_places, folded_places = (
        sorted(places) for places in (by_name[:MAX_NEWS], by_name[MAX_NEWS : MAX_NEWS + MAX_FOLDED])
    )
    return ArticleNews(
        article,
        tuple(mark_passage(article, sentences[place], mentions) for place in first_places),
        tuple(mark_passage(article, sentences[place], mentions) for place in folded_places),
        len(sentences) - len(first_places),
    )
