"""Pure. An item as its card shows it: each watched name with its passages, spellings and reasons."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import (
    Article,
    Confidence,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Precedent,
    QueueFilter,
    ReviewItem,
    Span,
    StoredText,
)
from monitor.review.feedback import Precision, normalized_form, overall_precision
from monitor.text.normalize import fold
from monitor.text.romanize import romanize
from monitor.text.sentences import paragraph_around, sentence_around

MAX_PASSAGE_LENGTH = 420  # characters; of a longer paragraph only the sentence is shown
OPEN_PASSAGES = 3  # of a name; further ones are folded away
MAX_PRECEDENTS = 3  # earlier decisions shown for a name

_WORD, _LINE = re.compile(r"[^\W\d_]+"), re.compile(r"\S[^\n]*")


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text, either a mention of a watched name or the text between two."""

    text: str
    is_mention: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph or sentence of an article, split at its mentions."""

    article: ItemArticle
    is_headline: bool
    parts: tuple[TextPart, ...]
    is_cut: tuple[bool, bool] = (False, False)  # the paragraph continues before, after the passage

    @property
    def latin_text(self) -> str:
        """Return the passage in Latin letters, or an empty string if it is ASCII already."""
        text = "".join(part.text for part in self.parts)
        return "" if text.isascii() else romanise_text(text)


@dataclass(frozen=True, slots=True)
class MatchedSpelling:
    """A spelling of the name in the item, with the alias that it matched and the reasons."""

    text: str
    alias: str
    is_strong: bool
    reasons: tuple[str, ...]
    romanisation: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class SimilarDecision:
    """An earlier decision on the name in another item with the same spelling or outlet."""

    precedent: Precedent
    spelling: str  # the spelling that both items have, if any
    outlet: str  # the outlet that both items have, if any


@dataclass(frozen=True, slots=True)
class NameView:
    """A watched name of an item with everything that the card shows of it."""

    number: int
    hit: ItemHit
    is_sensitive: bool
    matched_spellings: tuple[MatchedSpelling, ...]
    first_passages: tuple[Passage, ...]
    more_passages: tuple[Passage, ...]
    is_judged_elsewhere: bool
    precision: Precision | None  # in other items
    similar_decisions: tuple[SimilarDecision, ...]

    @property
    def spellings(self) -> list[str]:
        """Return the texts of the matched spellings, one of those that differ only in case and marks."""
        # reversed twice: of texts that fold to the same, the first one stays
        last_first = {fold(spelling.text): spelling.text for spelling in reversed(self.matched_spellings)}
        return list(last_first.values())[::-1]

    @property
    def is_strong(self) -> bool:
        return self.hit.confidence is Confidence.STRONG


def build_name_views(
    item: ReviewItem,
    stored: Mapping[int, StoredText],
    numbers: Mapping[str, int],
    sensitive_ids: Collection[str],
    precedents: Mapping[str, Sequence[Precedent]],
) -> list[NameView]:
    """Return the views of an item's names; `precedents` holds the decisions on each entity in all items."""
    views = []
    for hit in item.hits:
        passages = list(_passages(item, hit, stored))
        precedents_elsewhere = [precedent for precedent in precedents[hit.entity] if precedent.item != item.id]
        views.append(
            NameView(
                number=numbers[hit.entity],
                hit=hit,
                is_sensitive=hit.entity in sensitive_ids,
                matched_spellings=_matched_spellings(hit),
                first_passages=tuple(passages[:OPEN_PASSAGES]),
                more_passages=tuple(passages[OPEN_PASSAGES:]),
                is_judged_elsewhere=bool(precedents_elsewhere),
                precision=overall_precision(precedents_elsewhere),
                similar_decisions=_similar_decisions(item, hit, precedents_elsewhere),
            )
        )
    return views


def _similar_decisions(item: ReviewItem, hit: ItemHit, precedents: Sequence[Precedent]) -> tuple[SimilarDecision, ...]:
    """Return the most similar precedents.

    The same spelling and outlet come first, then the same spelling, then the same outlet; the newest first of each.
    """
    spelling_by_form = {normalized_form(m.mention.text): m.mention.text for m in hit.mentions}
    article_ids = {m.article for m in hit.mentions}
    outlets = {a.outlet for a in item.articles if a.id in article_ids}
    similar = [
        SimilarDecision(
            precedent,
            next((spelling_by_form[f] for f in spelling_by_form if f in precedent.forms), ""),
            min(precedent.outlets & outlets, default=""),
        )
        for precedent in precedents
        if precedent.forms & spelling_by_form.keys() or precedent.outlets & outlets
    ]
    return tuple(sorted(similar, key=lambda decision: (not decision.spelling, not decision.outlet))[:MAX_PRECEDENTS])


def choose_article(item: ReviewItem, queue_filter: QueueFilter) -> ItemArticle:
    """Return the article that a list shows for an item: the first that fits the filters for language and outlet."""

    def mismatches(article: ItemArticle) -> tuple[bool, bool]:
        return queue_filter.language not in {"", article.language}, queue_filter.outlet not in {"", article.outlet}

    return min(item.articles, key=mismatches)


def excerpt(item: ReviewItem, preferred: ItemArticle) -> Passage | None:
    """Return one sentence of an item for the list, with its mention marked.

    It is of the first hit that has a sentence other than the headline, from the preferred article if possible.
    """
    articles = {article.id: article for article in item.articles}
    for hit in item.hits:
        candidates = [m for m in hit.mentions if m.article in articles and m.sentence != articles[m.article].headline]
        for mention in sorted(candidates, key=lambda m: (m.article != preferred.id, -m.mention.score))[:1]:
            return Passage(articles[mention.article], is_headline=False, parts=_mark_sentence(mention))
    return None


def _passages(item: ReviewItem, hit: ItemHit, stored: Mapping[int, StoredText]) -> Iterable[Passage]:
    """Yield the passages of a hit by article, in the item's order, without repeating the same text (of copies)."""
    yielded: set[tuple[TextPart, ...]] = set()
    by_place: defaultdict[tuple[int, Field], list[ItemMention]] = defaultdict(list)
    for mention in hit.mentions:
        by_place[mention.article, mention.mention.field].append(mention)
    for article in item.articles:
        if article.id not in stored:
            continue
        text = stored[article.id].article
        for field in (Field.TITLE, Field.TEXT):
            mentions = by_place[article.id, field]
            source = text.title if field is Field.TITLE else text.text
            # a span is valid only for the version of the text that it was found in
            still_present = [m.mention for m in mentions if m.mention.span.of(source) == m.mention.text]
            passages = [
                Passage(
                    article, field is Field.TITLE, tuple(split_at_mentions(source, span, spans)), _is_cut(source, span)
                )
                for span, spans in _group_by_passage(source, still_present)
            ]
            # mentions of an earlier version of the page have no span in this one: their stored sentence is shown
            passages += [
                Passage(article, field is Field.TITLE, _mark_sentence(m))
                for m in mentions
                if m.mention not in still_present
            ]
            for passage in passages:
                if passage.parts not in yielded:
                    yielded.add(passage.parts)
                    yield passage


def _mark_sentence(mention: ItemMention) -> tuple[TextPart, ...]:
    """Return the stored sentence of a mention, with the first occurrence of its words marked."""
    before, words, after = mention.sentence.partition(mention.mention.text)
    return tuple(p for p in (TextPart(before), TextPart(words, is_mention=True), TextPart(after)) if p.text)


def _group_by_passage(source: str, mentions: Sequence[Mention]) -> list[tuple[Span, list[Span]]]:
    """Return passages with their mentions; overlapping passages are merged."""
    groups: list[tuple[Span, list[Span]]] = []
    for mention in sorted(mentions, key=lambda m: (m.span.start, -m.span.end)):
        passage = passage_span(source, mention.span)
        if groups and passage.start <= groups[-1][0].end:
            before, spans = groups[-1]
            groups[-1] = (Span(before.start, max(before.end, passage.end)), [*spans, mention.span])
        else:
            groups.append((passage, [mention.span]))
    return groups


def passage_span(source: str, span: Span) -> Span:
    """Return the paragraph around a span, or only its sentence if the paragraph is long."""
    paragraph = paragraph_around(source, span)
    return paragraph if paragraph.end - paragraph.start <= MAX_PASSAGE_LENGTH else sentence_around(source, span)


def split_at_mentions(source: str, passage: Span, mentions: Sequence[Span]) -> Iterable[TextPart]:
    """Yield the parts of a passage, mentions separately; overlapping mentions are skipped."""
    position = passage.start
    for mention in mentions:
        if mention.start < position:
            continue
        if mention.start > position:
            yield TextPart(source[position : mention.start])
        yield TextPart(mention.of(source), is_mention=True)
        position = mention.end
    if position < passage.end:
        yield TextPart(source[position : passage.end])


def marked_paragraphs(item: ReviewItem, stored: Article) -> list[tuple[TextPart, ...]]:
    """Return the paragraphs of one of the item's articles, split at its mentions."""
    mentions = (m.mention for hit in item.hits for m in hit.mentions if m.article == stored.id)
    mention_spans = [m.span for m in mentions if m.field is Field.TEXT and m.span.of(stored.text) == m.text]
    # the longer of two mentions with the same start comes first
    mention_spans.sort(key=lambda span: (span.start, -span.end))
    paragraph_spans = [Span(*line.span()) for line in _LINE.finditer(stored.text)]
    mentions_by_paragraph: list[list[Span]] = [[] for _ in paragraph_spans]
    for span in mention_spans:
        index = bisect_right(paragraph_spans, span.start, key=lambda paragraph: paragraph.start)
        if index and span.end <= paragraph_spans[index - 1].end:
            mentions_by_paragraph[index - 1].append(span)
    return [
        tuple(split_at_mentions(stored.text, *one)) for one in zip(paragraph_spans, mentions_by_paragraph, strict=True)
    ]


def _is_cut(source: str, span: Span) -> tuple[bool, bool]:
    """Return whether the paragraph continues before and after the span."""
    paragraph = paragraph_around(source, span)
    return span.start > paragraph.start, span.end < paragraph.end


def _matched_spellings(hit: ItemHit) -> tuple[MatchedSpelling, ...]:
    """Return each spelling with its reasons once, the highest score first."""
    by_spelling: dict[tuple[str, tuple[str, ...]], list[Mention]] = {}
    for mention in hit.mentions:
        by_spelling.setdefault((mention.mention.text, mention.mention.why), []).append(mention.mention)
    groups = sorted(by_spelling.values(), key=lambda ms: (-ms[0].score, -len(ms)))
    return tuple(
        MatchedSpelling(m.text, m.alias, m.confidence is Confidence.STRONG, m.reasons, m.romanisation, len(ms))
        for ms in groups
        for m in ms[:1]
    )


def romanise_text(text: str) -> str:
    """Return text in Latin letters, with its capitals and punctuation.

    >>> romanise_text("Мелис Токоев, КОС: «үй»")
    'Melis Tokoev, KOS: «uy»'
    """
    return _WORD.sub(lambda word: _romanise_word(word.group()), text)


def _romanise_word(word: str) -> str:
    latin = romanize(word.lower())
    # a capital may become two letters: Ж -> Zh, but ЖК -> ZHK
    if word.isupper() and len(word) > 1:
        return latin.upper()
    return latin.capitalize() if word[0].isupper() else latin
