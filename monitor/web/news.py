"""Pure. The sentences of an item that are shown first: what articles brought to it, and the one that a list shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Field, ItemArticle, Mention, ReviewItem, Span, Verdict
from monitor.model import Passage as Sentence
from monitor.review.decisions import effective
from monitor.web.item_view import WAITING_STATES, Passage, first_longest, mark_sentence, split_at_mentions

MAX_NEWS = 3  # sentences shown of those that an article brings
MAX_FOLDED = 30  # further ones that are folded away; the article has them all


@dataclass(frozen=True, slots=True)
class ArticleNews:
    """The sentences that an article brought to an item: those that are shown, and those that are folded away.

    `remaining_count`: how many are not shown; of very many only the first are folded away.
    """

    article: ItemArticle
    first_passages: tuple[Passage, ...]
    other_passages: tuple[Passage, ...]
    remaining_count: int


def excerpt(item: ReviewItem, preferred: ItemArticle) -> Passage | None:
    """Return one sentence of an item for the list, with its mention marked.

    It is one that the preferred article brought to the item, if it brought any, and better one that names somebody;
    else that of the first hit that has a sentence other than the headline, from the preferred article if possible.
    """
    news = [sentence for sentence in item.news_in(preferred) if sentence.field is Field.TEXT]
    if news:
        mentions = _mentions_in(item, preferred)
        return _marked(preferred, max(news, key=lambda sentence: bool(_inside(sentence, mentions))), mentions)
    articles = {article.id: article for article in item.articles}
    for hit in item.hits:
        candidates = [m for m in hit.mentions if m.article in articles and m.sentence != articles[m.article].headline]
        for mention in sorted(candidates, key=lambda m: (m.article != preferred.id, -m.mention.score))[:1]:
            return Passage(articles[mention.article], mark_sentence(mention))
    return None


def news_of(item: ReviewItem) -> list[ArticleNews]:
    """Return what articles brought to a waiting item since somebody judged it as a whole, the newest first."""
    if item.state not in WAITING_STATES:
        return []
    decisions = (d for d in effective(item.history) if d.entity is None and d.verdict is not Verdict.UNSURE)
    judged_at = max((d.at for d in decisions), default=None)
    # Equal times: better shown twice than never.
    articles = [a for a in item.articles if item.news_in(a) and (judged_at is None or a.filed >= judged_at)]
    return [_news_of_article(item, article) for article in sorted(articles, key=lambda a: a.filed, reverse=True)]


def _news_of_article(item: ReviewItem, article: ItemArticle) -> ArticleNews:
    """Return three of the sentences of an article, those that name somebody before others, and the rest folded."""
    sentences, mentions = item.news_in(article), _mentions_in(item, article)
    by_name = sorted(range(len(sentences)), key=lambda place: not _inside(sentences[place], mentions))
    first_places, folded_places = (
        sorted(places) for places in (by_name[:MAX_NEWS], by_name[MAX_NEWS : MAX_NEWS + MAX_FOLDED])
    )
    return ArticleNews(
        article,
        tuple(_marked(article, sentences[place], mentions) for place in first_places),
        tuple(_marked(article, sentences[place], mentions) for place in folded_places),
        len(sentences) - len(first_places),
    )


def _mentions_in(item: ReviewItem, article: ItemArticle) -> list[Mention]:
    return [m.mention for hit in item.hits for m in hit.mentions if m.article == article.id]


def _inside(sentence: Sentence, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that stand in a sentence."""
    start, end = sentence.span.start, sentence.span.end
    return [m for m in mentions if m.field is sentence.field and start <= m.span.start and m.span.end <= end]


def _marked(article: ItemArticle, sentence: Sentence, mentions: Sequence[Mention]) -> Passage:
    """Return a sentence that an article brought, with the watched names marked."""
    entities: dict[Span, list[str]] = {}
    for mention in _inside(sentence, mentions):
        span = Span(mention.span.start - sentence.span.start, mention.span.end - sentence.span.start)
        # The mention may be of another version.
        if span.of(sentence.text) == mention.text and mention.entity not in entities.setdefault(span, []):
            entities[span].append(mention.entity)
    spans = sorted((span for span in entities if entities[span]), key=first_longest)
    return Passage(article, tuple(split_at_mentions(sentence.text, Span(0, len(sentence.text)), spans, entities)))
