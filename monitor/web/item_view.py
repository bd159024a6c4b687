"""Pure. An item as its card shows it: its articles with marked names, and each name with spellings and reasons."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.groups import group_values
from monitor.i18n.labels import reason_in_short
from monitor.model import (
    Article,
    Confidence,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Message,
    Precedent,
    QueueFilter,
    ReviewItem,
    Span,
    State,
    StoredText,
)
from monitor.model.items.history import last_effective
from monitor.model.press import Custody, PressAct, VictimKind, act_words
from monitor.review.feedback import Precision, overall_precision
from monitor.text.incidents_shown import ShownIncident
from monitor.text.lead import (
    TYPE_RANKS,
    MarkedSentence,
    TextPart,
    first_longest,
    mark_sentence,
    order_articles,
    split_at_mentions,
    told_at,
)
from monitor.text.romanize import romanize
from monitor.text.sentences import sentences
from monitor.text.tokens import normalized_form

MAX_PARAGRAPH_LENGTH = 1200  # characters; a longer paragraph is shown as its sentences
LETTERS_TO_NAME_END = 30  # of the sentence in a row: those before the name and its own
MAX_PAST_MENTIONS = 3  # of a name, from earlier versions
MAX_PRECEDENTS = 3  # earlier decisions shown for a name
MAX_FURTHER_ACTS = 2  # of a row, beside its first incident
LETTERS_OF_ROW, LETTERS_OF_CHIP = 44, 4  # for the names of a row, and the edges of each; more than these are counted

WAITING_STATES = (State.OPEN, State.FOLLOW_UP)
GRAVE_ACTS = frozenset({PressAct.KILLED, PressAct.BEATEN, PressAct.DETAINED, PressAct.SENTENCED})
ArticleChange = tuple[ItemArticle, Finding]

_WORD, _LINE = re.compile(r"[^\W\d_]+"), re.compile(r"\S[^\n]*")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article, or a sentence of a very long one, split at its mentions."""

    parts: tuple[TextPart, ...]

    @property
    def names_somebody(self) -> bool:
        return any(part.is_mention for part in self.parts)

    @property
    def latin_text(self) -> str:
        """Return the paragraph in Latin letters, or an empty string if it is ASCII already."""
        text = "".join(part.text for part in self.parts)
        return "" if text.isascii() else romanise_text(text)


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article of a card with its mentions marked."""

    article: ItemArticle
    stored: StoredText
    headline: tuple[TextPart, ...]
    paragraphs: tuple[Paragraph, ...]

    @property
    def stretches(self) -> list[tuple[bool, list[Paragraph]]]:
        """Return the paragraphs in stretches that name somebody and stretches that do not.

        Where only the headline names somebody, the first paragraph counts as one that does: there is nothing else to
        read. Where nobody is named at all, as in an article that was added by hand, all of them do.
        """
        first_named = not any(p.names_somebody for p in self.paragraphs)
        if first_named and self.paragraphs and not any(part.is_mention for part in self.headline):
            return [(True, list(self.paragraphs))]
        flags = {id(p): p.names_somebody or (first_named and p is self.paragraphs[0]) for p in self.paragraphs}
        return [(named, list(group)) for named, group in groupby(self.paragraphs, lambda p: flags[id(p)])]


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
    matched_spellings: tuple[MatchedSpelling, ...]
    doubt: str
    articles: frozenset[int]  # those that name it now
    headlines: frozenset[int]  # those of them whose headline does
    past_mentions: tuple[MarkedSentence, ...]  # of earlier versions, which the present texts do not hold
    is_judged_elsewhere: bool
    precision: Precision | None  # in other items
    similar_decisions: tuple[SimilarDecision, ...]

    @property
    def is_strong(self) -> bool:
        return self.hit.confidence is Confidence.STRONG

    @property
    def is_asked(self) -> bool:
        """Return True if nobody has said yet whether a possible name is the watched one."""
        return not (self.is_strong or self.hit.verdict or self.hit.removed)


def doubt_of(hit: ItemHit) -> str:
    """Return why a name is only possible, as a mail says it: of its likeliest spelling. A sure name has no doubt."""
    spellings = () if hit.confidence is Confidence.STRONG else _matched_spellings(hit)
    return next((reason for spelling in spellings for reason in reason_in_short(spelling.reasons)), "")


def build_name_views(
    item: ReviewItem,
    stored: Mapping[int, StoredText],
    numbers: Mapping[str, int],
    precedents: Mapping[str, Sequence[Precedent]],
) -> list[NameView]:
    """Return the views of an item's names; `precedents` holds the decisions on each entity in all items."""
    views = []
    for hit in item.hits:
        past_mentions, present = _past_and_present(item, hit, stored)
        precedents_elsewhere = [precedent for precedent in precedents[hit.entity] if precedent.item != item.id]
        views.append(
            NameView(
                number=numbers[hit.entity],
                hit=hit,
                matched_spellings=_matched_spellings(hit),
                doubt=doubt_of(hit),
                articles=frozenset(m.article for m in present),
                headlines=frozenset(m.article for m in present if m.mention.field is Field.TITLE),
                past_mentions=past_mentions,
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


def ordered_articles(item: ReviewItem, queue_filter: QueueFilter, language: str) -> list[ItemArticle]:
    """Return the articles as `order_articles` has them, those that fit the filters for language and outlet first."""

    def is_filtered_out(article: ItemArticle) -> tuple[bool, bool]:
        return queue_filter.language not in {"", article.language}, queue_filter.outlet not in {"", article.outlet}

    return sorted(order_articles(item, language), key=is_filtered_out)


def choose_article(item: ReviewItem, queue_filter: QueueFilter, language: str) -> ItemArticle:
    """Return the article that a list shows for an item."""
    return ordered_articles(item, queue_filter, language)[0]


def listed_articles(item: ReviewItem, queue_filter: QueueFilter, language: str) -> list[ItemArticle]:
    """Return the articles as a card lists them: the one that a list shows, then the newest first, copies behind."""

    def rank(article: ItemArticle) -> tuple[bool, float]:
        is_copy = article.copy_of is not None and not item.news_in(article)
        return is_copy, -told_at(article).timestamp()

    first, *further = ordered_articles(item, queue_filter, language)
    return [first, *sorted(further, key=rank)]


def names_beside(
    item: ReviewItem, name_of: Callable[[ItemHit], str], further: Sequence[str] = ()
) -> tuple[list[ItemHit], int]:
    """Return the names that stand in an item's row, and the number of further ones.

    Before others stands whoever suffered, if the row says what was done; then come people. As many are shown as fit
    beside a sentence and the `further` acts.
    """
    # What was done to the press is told by the incident.
    hits = [hit for hit in item.hits if not (hit.type is EntityType.PRESS and item.incidents)]
    victims = {hit.entity for m in item.incidents[:1] for hit in m.victims}
    hits.sort(key=lambda h: (h.entity not in victims, h.confidence is not Confidence.STRONG, TYPE_RANKS[h.type]))
    shown, letters = list[ItemHit](), sum(len(words) + LETTERS_OF_CHIP for words in further)
    for hit in hits:
        letters += len(name_of(hit)) + LETTERS_OF_CHIP
        if shown and letters > LETTERS_OF_ROW:
            break
        shown.append(hit)
    return shown, len(hits) - len(shown)


def further_acts(incidents: Sequence[ShownIncident]) -> tuple[list[Message], int]:
    """Return words for what stands above an article beside the first incident, and how many have no room."""
    first = [act_words(*telling) for shown in incidents[:1] for telling in shown.mention.tellings]
    acts = dict[Message, Message]()  # each once, without an outlet where the article tells it
    for shown in incidents[1:]:
        for telling, words_of_act in zip(shown.mention.tellings, shown.acts_in_words(), strict=True):
            if (act := act_words(*telling)) not in acts or not shown.tellers:
                acts[act] = words_of_act
    words = [words for act, words in acts.items() if act not in first]
    return words[:MAX_FURTHER_ACTS], len(words[MAX_FURTHER_ACTS:])


def grave_news(item: ReviewItem, incidents: Sequence[ShownIncident]) -> tuple[bool, bool]:
    """Return whether the first incident above an article, and any further one, is grave and not yet reviewed.

    Grave is what hurts people, or holds them while nobody tells their release.
    """
    news = [_is_grave_news(item, shown.mention) for shown in incidents]
    return any(news[:1]), any(news[1:])


def _is_grave_news(item: ReviewItem, mention: ItemMention) -> bool:
    incident, grave_acts = mention.mention.incident, _grave_acts(mention)
    if not incident or incident.victim_kind is VictimKind.OUTLET or not grave_acts or item.state not in WAITING_STATES:
        return False
    decision = last_effective(item)
    if item.state is State.OPEN or decision is None:
        return True
    # A follow-up: what an article told before the decision is reviewed.
    filed = {article.id: article.filed for article in item.articles}
    same = [t for t in item.tellings if t.struck == mention.struck and _grave_acts(t) & grave_acts]
    return all(filed[telling.article] > decision.at for telling in same if telling.article in filed)


def _grave_acts(mention: ItemMention) -> set[PressAct]:
    return {act for act, custody in mention.tellings if act in GRAVE_ACTS and custody is not Custody.RELEASED}


def near_name(parts: Sequence[TextPart]) -> Sequence[TextPart]:
    """Return the parts of a sentence from a few words before its first mention on: a row's one line has it whole."""
    surplus = sum(len(part.text) for part in parts[:2]) - LETTERS_TO_NAME_END
    if len(parts) < 2 or parts[0].is_mention or surplus <= 0:
        return parts
    _, _, words = parts[0].text[surplus:].partition(" ")
    return [TextPart(f"… {words}"), *parts[1:]]


def split_changes(item: ReviewItem) -> tuple[ArticleChange | None, list[ArticleChange]]:
    """Return the change that brought an item here, if one did, and the others, the newest first."""
    changes = sorted(
        ((a, f) for a in item.articles for f in a.findings if f.before or f.after),
        key=lambda change: change[1].found or change[0].filed,
        reverse=True,
    )
    newest_at = changes[0][1].found if changes else None
    # A change before the return cannot be its reason.
    is_newest = item.reopened_at is None or (newest_at is not None and newest_at >= item.reopened_at)
    if changes and is_newest and item.state in WAITING_STATES:
        return changes[0], changes[1:]
    return None, changes


def names_beyond(names: Sequence[NameView], lead: int) -> Mapping[int, Sequence[NameView]]:
    """Return the names of each article that the lead does not name."""
    return group_values((article, name) for name in names if lead not in name.articles for article in name.articles)


def _past_and_present(
    item: ReviewItem, hit: ItemHit, stored: Mapping[int, StoredText]
) -> tuple[tuple[MarkedSentence, ...], Sequence[ItemMention]]:
    """Return the sentences of mentions that only earlier versions hold, and the mentions of the present ones."""
    articles = {article.id: article for article in item.articles if article.id in stored}
    past: dict[str, MarkedSentence] = {}
    present = []
    for mention in hit.mentions:
        if mention.article not in articles:
            continue
        if _is_present(mention.mention, stored[mention.article].article):
            present.append(mention)
        else:
            past.setdefault(mention.sentence, MarkedSentence(articles[mention.article], mark_sentence(mention)))
    return tuple(past.values())[:MAX_PAST_MENTIONS], present


def _is_present(mention: Mention, article: Article) -> bool:
    """Return True if the current version has the mention: a span is valid only for the version it was found in."""
    return mention.span.of(article.title if mention.field is Field.TITLE else article.text) == mention.text


def build_article_view(item: ReviewItem, article: ItemArticle, stored: StoredText) -> ArticleView:
    """Return one of the item's articles with its watched names marked where they stand."""
    spans: dict[Field, dict[Span, list[str]]] = {Field.TITLE: {}, Field.TEXT: {}}
    mentions = [m.mention for hit in item.hits for m in hit.mentions if m.article == article.id]
    for mention in sorted(mentions, key=lambda mention: mention.is_of_press):  # names first
        if not _is_present(mention, stored.article):
            continue
        if mention.is_of_press and any(
            span != mention.span and span.overlaps(mention.span) for span in spans[mention.field]
        ):
            continue  # the words for whom an act struck would cut the name in two
        entities = spans[mention.field].setdefault(mention.span, [])
        if mention.entity not in entities:
            entities.append(mention.entity)
    title, text = stored.article.title, stored.article.text
    in_title, in_text = spans[Field.TITLE], spans[Field.TEXT]
    headline = split_at_mentions(title, Span(0, len(title)), sorted(in_title, key=first_longest), in_title)
    paragraphs = [Paragraph(parts) for parts in _marked_paragraphs(text, in_text)]
    return ArticleView(article, stored, tuple(headline), tuple(paragraphs))


def _marked_paragraphs(text: str, entities: Mapping[Span, Sequence[str]]) -> Iterable[tuple[TextPart, ...]]:
    """Yield the paragraphs of a text, split at these places."""
    paragraph_spans = list(_paragraphs(text))
    mentions_by_paragraph: list[list[Span]] = [[] for _ in paragraph_spans]
    for span in sorted(entities, key=first_longest):
        index = bisect_right(paragraph_spans, span.start, key=lambda paragraph: paragraph.start)
        if index and span.end <= paragraph_spans[index - 1].end:
            mentions_by_paragraph[index - 1].append(span)
    for paragraph, mentions in zip(paragraph_spans, mentions_by_paragraph, strict=True):
        yield tuple(split_at_mentions(text, paragraph, mentions, entities))


def _paragraphs(text: str) -> Iterable[Span]:
    """Yield the paragraphs of a text; of a very long one its sentences, so that those without names can be folded."""
    for line in _LINE.finditer(text):
        if line.end() - line.start() <= MAX_PARAGRAPH_LENGTH:
            yield Span(*line.span())
        else:
            for sentence in sentences(line.group()):
                yield Span(line.start() + sentence.start, line.start() + sentence.end)


def _matched_spellings(hit: ItemHit) -> tuple[MatchedSpelling, ...]:
    """Return each spelling with its reasons once, the highest score first."""
    by_spelling = group_values(((m.mention.text, m.mention.why), m.mention) for m in hit.mentions)
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
