"""Pure. The article and the sentence of an item for a reader's language: the same on all pages and in all messages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from monitor.groups import group_values
from monitor.model import (
    Article,
    Confidence,
    EntityType,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Passage,
    ReviewItem,
    Span,
    Speaker,
    publication_time,
)
from monitor.text.normalize import fold

# Readers look for people first, then outlets, then organisations.
TYPE_RANKS = {EntityType.PERSON: 0, EntityType.OUTLET: 1, EntityType.ORGANIZATION: 2, EntityType.PRESS: 3}
_WORD = re.compile(r"\w+")
_NO_ACT = (3, 0, 0)  # behind each act


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text, either a mention of watched names or the text between two."""

    text: str
    is_mention: bool = False
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence of an article, split at its mentions."""

    article: ItemArticle
    parts: tuple[TextPart, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


# ---- the article ----------------------------------------------------------------------------------------------------


def lead_article(item: ReviewItem, language: str, until: datetime | None = None) -> ItemArticle:
    """Return the article whose headline stands for an item to a reader of this language.

    `until`: as it was before this time, for the digest of a day.
    """
    earlier_articles = [article for article in item.articles if until is None or article.filed < until]
    return order_articles(item, language, earlier_articles or item.articles[:1])[0]


def order_articles(item: ReviewItem, language: str, articles: Sequence[ItemArticle] | None = None) -> list[ItemArticle]:
    """Return the articles of an item in the order in which a reader of this language is shown them.

    Those in the language come first, then those that are fresh, no copies, that their outlets published themselves,
    that tell the gravest act and how it went on, and that name most people in the headline, then in the text; of each
    the newest development.
    """
    articles = item.articles if articles is None else articles
    newest = _newest_by_outlet(articles)
    tellings = group_values((t.article, (*t.weight, -t.mention.custody)) for t in item.tellings)
    in_headline, in_article = _people_by_article(item)

    def rank(article: ItemArticle) -> tuple[bool, bool, bool, bool, bool, tuple[int, int, int], int, int, float]:
        return (
            article.language != language,
            article.older,
            article.copy_of is not None,
            article.speaker is Speaker.OTHER_FEED,
            article.id not in newest,
            min(tellings.get(article.id, [_NO_ACT])),
            -len(in_headline[article.id]),
            -len(in_article[article.id]),
            -article.developed_at.timestamp(),
        )

    return sorted(articles, key=rank)


def reopening_article(item: ReviewItem, language: str, articles: Sequence[ItemArticle]) -> ItemArticle | None:
    """Return of the articles that came to an item since its decision the one that tells this reader why it is back."""
    ordered_articles = order_articles(item, language, articles)
    return min(
        ordered_articles, key=lambda a: (a.language != language, item.reopened_at not in a.news_times), default=None
    )


def _newest_by_outlet(articles: Iterable[ItemArticle]) -> set[int]:
    """Return the newest article of each reporter and language, no copy if there is another.

    Of a large item a list loads few articles, these among them: so its row has the same headline as its card.
    """
    ranked = enumerate(articles)
    order = sorted(ranked, key=lambda pair: (pair[1].copy_of is None, pair[1].changed or pair[1].filed, pair[0]))
    return set({(article.reporter, article.language): article.id for _, article in order}.values())


def _people_by_article(item: ReviewItem) -> tuple[Mapping[int, set[str]], Mapping[int, set[str]]]:
    """Return the persons whom articles surely name in their headlines, and those whom they name at all."""
    in_headline, in_article = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
    for hit in item.hits:
        if hit.type is EntityType.PERSON and not hit.removed:
            for mention in hit.mentions:
                if mention.mention.confidence is Confidence.STRONG:
                    in_article[mention.article].add(hit.entity)
                    if mention.mention.field is Field.TITLE:
                        in_headline[mention.article].add(hit.entity)
    return in_headline, in_article


# ---- the sentence ---------------------------------------------------------------------------------------------------


def lead_sentence(item: ReviewItem, article: ItemArticle) -> MarkedSentence | None:
    """Return the sentence that stands below the headline of `article`; None if the headline says all.

    It is the one in which the article tells the gravest act that is shown, to people of the list before others. Where
    the headline tells that act, or nothing does, it is one that the article brought to the item and that tells an act
    or names somebody, then one that tells an act, else the first that names a person before an outlet before an
    organisation, surely before possibly: texts begin with what happened. It is never the headline again.
    """
    headline = _words_above(article)
    tellings = _tellings_in(item, article)
    in_text = [m for m in tellings if m.mention.field is Field.TEXT and not words_of(m.sentence) <= headline]
    brought = brought_sentence(item, article)
    if not brought or not any(part.is_mention for part in brought.parts):
        brought = None
    if in_text and not (brought and tellings[:1] != in_text[:1]):
        return MarkedSentence(article, mark_sentence(in_text[0], item))
    return brought or _naming_sentence(item, article, headline)


def brought_sentence(item: ReviewItem, article: ItemArticle) -> MarkedSentence | None:
    """Return a sentence that an article brought to the item, that tells an act before one that names somebody."""
    news = [s for s in item.news_in(article) if s.field is Field.TEXT]
    headline = _words_above(article) if news else set()
    news = [s for s in news if not words_of(s.text) <= headline]
    if not news:
        return None
    mentions, incidents = mentions_in(item, article), [m.mention for m in _tellings_in(item, article)]

    def holds(passage: Passage) -> tuple[bool, bool]:
        return bool(mentions_within(passage, incidents)), bool(mentions_within(passage, mentions))

    return mark_passage(article, max(news, key=holds), mentions)


def news_sentence(item: ReviewItem, article: ItemArticle, lead: ItemArticle) -> MarkedSentence | None:
    """Return what a later article brought to an item: a sentence, else its headline, if only that is new.

    Of an article of its own words all is new: then it is the sentence that stands below its headline, as it is where
    that stands above (`lead`).
    """
    news = item.news_in(article)
    if (brought := brought_sentence(item, article)) or not news or article == lead:
        return brought or lead_sentence(item, article)
    return mark_passage(article, news[0], mentions_in(item, article))


def _words_above(article: ItemArticle) -> set[str]:
    return words_of(article.headline) | words_of(article.outlet)


def _naming_sentence(item: ReviewItem, article: ItemArticle, headline: set[str]) -> MarkedSentence | None:
    articles = {a.id: a for a in item.articles}
    candidates = [
        (hit, mention)
        for hit in item.hits
        for mention in hit.mentions
        if mention.sentence and mention.article in articles
    ]

    def rank(candidate: tuple[ItemHit, ItemMention]) -> tuple[bool, bool, int, bool, bool, float, int]:
        hit, mention = candidate
        return (
            hit.removed,
            articles[mention.article].language != article.language,
            TYPE_RANKS[hit.type],
            mention.mention.confidence is not Confidence.STRONG,
            mention.article != article.id,
            -round(mention.mention.score, -1),  # a full name before a surname, whatever its ending
            mention.mention.span.start,
        )

    for _, mention in sorted(candidates, key=rank):
        source = articles[mention.article]
        words = words_of(mention.sentence)
        if not (words <= headline or (source is not article and words <= _words_above(source))):
            return MarkedSentence(source, mark_sentence(mention, item))
    return None


def _tellings_in(item: ReviewItem, article: ItemArticle) -> list[ItemMention]:
    """Return where an article surely tells what is shown that was done to whom, the gravest first."""

    def is_same(telling: ItemMention, shown: ItemMention) -> bool:
        acts, shown_acts = ({*m.mention.incident.acts} for m in (telling, shown) if m.mention.incident)
        return bool(acts & shown_acts) and (not shown.victims or any(h in shown.victims for h in telling.victims))

    tellings = [m for m in item.tellings if m.article == article.id and m.sentence]
    incidents = item.incidents if tellings else ()
    shown_tellings = [telling for telling in tellings if any(is_same(telling, shown) for shown in incidents)]
    return sorted(shown_tellings, key=lambda telling: telling.weight)


def words_of(text: str) -> set[str]:
    """Return the words of a text, folded."""
    return set(_WORD.findall(fold(text)))


def mark_sentence(mention: ItemMention, item: ReviewItem | None = None) -> tuple[TextPart, ...]:
    """Return the stored sentence of a mention, with its words marked; with `item`, all names that stand in it."""
    sentence = mention.sentence
    more_mentions = (
        m.mention
        for hit in (item.hits if item else ())
        for m in hit.mentions
        if m.article == mention.article and m.sentence == sentence
    )
    starts = ((sentence.find(m.text), m) for m in (mention.mention, *more_mentions) if m.text)
    places = [(Span(start, start + len(m.text)), m) for start, m in starts if start >= 0]
    return _mark_places(sentence, places)


def _mark_places(text: str, places: Iterable[tuple[Span, Mention]]) -> tuple[TextPart, ...]:
    """Return a text split at mentions; the words for whom an act struck are marked only where no name is."""
    places = list(places)
    names = [place for place in places if not place[1].is_of_press]
    entities: dict[Span, list[str]] = {}
    for span, mention in names or places:
        of_span = entities.setdefault(span, [])
        if mention.entity not in of_span:
            of_span.append(mention.entity)
    return tuple(split_at_mentions(text, Span(0, len(text)), sorted(entities, key=first_longest), entities))


def mentions_in(item: ReviewItem, article: ItemArticle) -> list[Mention]:
    """Return the mentions that an item has in an article."""
    return [m.mention for hit in item.hits for m in hit.mentions if m.article == article.id]


def mentions_within(passage: Passage, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that stand in a passage."""
    start, end = passage.span.start, passage.span.end
    return [m for m in mentions if m.field is passage.field and start <= m.span.start and m.span.end <= end]


def mark_passage(article: ItemArticle, passage: Passage, mentions: Sequence[Mention]) -> MarkedSentence:
    """Return a sentence that an article brought, with the watched names marked."""
    offset = passage.span.start
    places = ((Span(m.span.start - offset, m.span.end - offset), m) for m in mentions_within(passage, mentions))
    # The mention may be of another version.
    same = [(span, mention) for span, mention in places if span.of(passage.text) == mention.text]
    return MarkedSentence(article, _mark_places(passage.text, same))


def split_at_mentions(
    source: str, passage: Span, mentions: Sequence[Span], entities: Mapping[Span, Sequence[str]] = MappingProxyType({})
) -> Iterable[TextPart]:
    """Yield the parts of a passage, mentions separately; overlapping mentions are skipped.

    `entities`: the watched names that a place may stand for.
    """
    position = passage.start
    for mention in mentions:
        if mention.start < position:
            continue
        if mention.start > position:
            yield TextPart(source[position : mention.start])
        yield TextPart(mention.of(source), is_mention=True, entities=tuple(entities.get(mention, ())))
        position = mention.end
    if position < passage.end:
        yield TextPart(source[position : passage.end])


def first_longest(span: Span) -> tuple[int, int]:
    """Return the sort key of mentions: the longer of two with the same start comes first."""
    return span.start, -span.end


def first_told(item: ReviewItem) -> datetime:
    """Return when the first article of an item told of it: the same for readers of each language."""
    return min(map(told_at, item.articles))


def told_at(article: Article | ItemArticle) -> datetime:
    """Return when an outlet told of it: its own time, or ours where it gives none or one that was still to come."""
    return publication_time(article.published, article.first_seen)
