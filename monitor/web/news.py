"""Pure. The sentences that articles brought to an item: those that are shown first, and those that are folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Decision, Field, ItemArticle, Passage, ReviewItem, State, Verdict
from monitor.model.items.history import effective
from monitor.text.lead import (
    MarkedSentence,
    lead_sentence,
    mark_passage,
    mentions_in,
    mentions_within,
    news_sentence,
    reopening_article,
    words_of,
)
from monitor.text.romanize import skeleton
from monitor.text.sentences import sentences
from monitor.web.item_view import WAITING_STATES

TOLD_SHARE = 0.7  # of the words of a sentence
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


def judgement(item: ReviewItem) -> Decision | None:
    """Return the last decision on an item as a whole; None: nobody judged it."""
    decisions = (d for d in effective(item.history) if d.entity is None and d.verdict is not Verdict.UNSURE)
    return max(decisions, key=lambda decision: decision.at, default=None)


def row_sentence(item: ReviewItem, lead: ItemArticle, language: str) -> MarkedSentence | None:
    """Return the sentence of an item's row: of one that came back what a later article brought, as in mail."""
    judged = judgement(item)
    if item.state is not State.FOLLOW_UP or not judged:
        return lead_sentence(item, lead)
    news = [a for a in item.articles if a.filed >= judged.at and a.is_report]
    new_article = lead if lead in news else reopening_article(item, language, news)
    return news_sentence(item, new_article, lead) if new_article else lead_sentence(item, lead)


def news_of(item: ReviewItem, headline: str = "", text: str = "", shown: int = 0) -> list[ArticleNews]:
    """Return what articles brought to a waiting item since somebody judged it as a whole, the newest first.

    A sentence that only repeats the headline that stands above it, be it in another spelling, is left out. As long
    as nobody has judged the item, so are headlines, what the text of the shown article says, and what a newer article
    brought already; of a copy in another language the original has the sentences.
    """
    if item.state not in WAITING_STATES:
        return []
    judged = judgement(item)
    since = judged.at if judged else None
    told_sentences = [] if since else [_sounds_of(span.of(text)) for span in sentences(text)]
    # Equal times: better shown twice than never. Of an item that nobody has judged the shown article stands above.
    articles = [a for a in item.articles if (a.filed >= since if since else a.id != shown and a.copy_of is None)]
    shown_sounds, news = _sounds_of(headline), []
    for article in sorted(articles, key=lambda a: a.filed, reverse=True):
        passages = [
            passage
            for passage in item.news_in(article)
            if _sounds_of(passage.text) != shown_sounds
            and not (since is None and passage.field is Field.TITLE)
            and not _is_told(passage, told_sentences)
        ]
        news.append((article, passages))
        if since is None:
            told_sentences += [_sounds_of(passage.text) for passage in passages]
    return [_news_of_article(item, article, passages) for article, passages in news if passages]


def _is_told(passage: Passage, shown_sentences: Sequence[set[str]]) -> bool:
    """Return whether one of the shown sentences has nearly all words of a passage."""
    sounds = _sounds_of(passage.text)
    return any(len(sounds & shown) >= TOLD_SHARE * len(sounds) for shown in shown_sentences)


def _sounds_of(text: str) -> set[str]:
    """Return the sounds of a text's words: Tokoyev is Tokoev."""
    return {skeleton(word) for word in words_of(text)}


def _news_of_article(item: ReviewItem, article: ItemArticle, passages: Sequence[Passage]) -> ArticleNews:
    """Return three of the sentences of an article, those that name somebody before others, and the rest folded."""
    mentions = mentions_in(item, article)
    by_name = sorted(range(len(passages)), key=lambda place: not mentions_within(passages[place], mentions))
    first_places, folded_places = (
        sorted(places) for places in (by_name[:MAX_NEWS], by_name[MAX_NEWS : MAX_NEWS + MAX_FOLDED])
    )
    return ArticleNews(
        article,
        tuple(mark_passage(article, passages[place], mentions) for place in first_places),
        tuple(mark_passage(article, passages[place], mentions) for place in folded_places),
        len(passages) - len(first_places),
    )
