"""Pure. An item as its card shows it: for each watched name the passages that name it, found as what, and why."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from monitor.review.feedback import Precision, form_of, so_far
from monitor.text.normalize import fold
from monitor.text.romanize import romanised
from monitor.text.sentences import paragraph_around, sentence_around

ROOM = 420  # characters of a passage: a paragraph that is longer gives its sentence
FIRST = 3  # passages of a name that stand open
EARLIER = 3  # decisions on its like that are shown

_WORD, _LINE = re.compile(r"[^\W\d_]+"), re.compile(r"\S[^\n]*")


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words of an article, with the places that name somebody apart."""

    article: ItemArticle
    headline: bool
    parts: tuple[TextPart, ...]
    cut: tuple[bool, bool] = (False, False)  # whether the paragraph goes on before and after

    @property
    def latin(self) -> str:
        """The passage in Latin letters; empty where it is in them already."""
        text = "".join(part.text for part in self.parts)
        return "" if text.isascii() else in_latin(text)


@dataclass(frozen=True, slots=True)
class FoundAs:
    """A spelling that stands there, and why it is this name."""

    text: str
    alias: str
    clear: bool
    why: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """A decision on the name in another item, and what is alike there."""

    said: Precedent
    spelling: str  # of this item's; empty: it stood there in other ones
    outlet: str


@dataclass(frozen=True, slots=True)
class Name:
    """A watched name of an item. `open` passages stand on the card, the `more` behind a click."""

    number: int
    hit: ItemHit
    sensitive: bool
    found: tuple[FoundAs, ...]
    open: tuple[Passage, ...]
    more: tuple[Passage, ...]
    judged: bool  # in another item
    so_far: Precision | None  # there
    earlier: tuple[Earlier, ...]

    @property
    def spellings(self) -> list[str]:
        """What it was found as, the same letters once."""
        return list({fold(found.text): found.text for found in reversed(self.found)}.values())[::-1]

    @property
    def clear(self) -> bool:
        return self.hit.confidence is Confidence.STRONG


def names_of(
    item: ReviewItem,
    stored: Mapping[int, StoredText],
    numbers: Mapping[str, int],
    sensitive: Iterable[str],
    precedents: Mapping[str, Sequence[Precedent]],
) -> list[Name]:
    sensitive, names = set(sensitive), []
    for hit in item.hits:
        passages = list(_passages(item, hit, stored))
        others = [each for each in precedents[hit.entity] if each.item != item.id]
        names.append(
            Name(
                number=numbers[hit.entity],
                hit=hit,
                sensitive=hit.entity in sensitive,
                found=_found(hit),
                open=tuple(passages[:FIRST]),
                more=tuple(passages[FIRST:]),
                judged=bool(others),
                so_far=so_far(others),
                earlier=_earlier(item, hit, others),
            )
        )
    return names


def _earlier(item: ReviewItem, hit: ItemHit, precedents: Sequence[Precedent]) -> tuple[Earlier, ...]:
    """The likest: in the same spelling before at the same outlet, both before either, the newest first."""
    spelled = {form_of(m.mention.text): m.mention.text for m in hit.mentions}
    here = {m.article for m in hit.mentions}
    outlets = {a.outlet for a in item.articles if a.id in here}
    alike = [
        Earlier(
            said, next((spelled[f] for f in spelled if f in said.forms), ""), min(said.outlets & outlets, default="")
        )
        for said in precedents
        if said.forms & spelled.keys() or said.outlets & outlets
    ]
    return tuple(sorted(alike, key=lambda e: (not e.spelling, not e.outlet))[:EARLIER])


def article_shown(item: ReviewItem, sought: QueueFilter) -> ItemArticle:
    """Return the article that a list shows of an item: the first that fits the outlet and language asked for."""

    def unfit(article: ItemArticle) -> tuple[bool, bool]:
        return sought.language not in {"", article.language}, sought.outlet not in {"", article.outlet}

    return min(item.articles, key=unfit)


def excerpt(item: ReviewItem, shown: ItemArticle) -> Passage | None:
    """Return one sentence of an item for the list: of its foremost name, in the article shown, if it can be."""
    articles = {article.id: article for article in item.articles}
    for hit in item.hits:
        told = [m for m in hit.mentions if m.article in articles and m.sentence != articles[m.article].headline]
        for each in sorted(told, key=lambda m: (m.article != shown.id, -m.mention.score))[:1]:
            return Passage(articles[each.article], headline=False, parts=_marked(each))
    return None


def _passages(item: ReviewItem, hit: ItemHit, stored: Mapping[int, StoredText]) -> Iterable[Passage]:
    """Article by article as they came, and no words twice: copies only where they say something of their own."""
    told: set[tuple[TextPart, ...]] = set()
    by_place: defaultdict[tuple[int, Field], list[ItemMention]] = defaultdict(list)
    for each in hit.mentions:
        by_place[each.article, each.mention.field].append(each)
    for article in item.articles:
        if article.id not in stored:
            continue
        text = stored[article.id].article
        for where in (Field.TITLE, Field.TEXT):
            mentions = by_place[article.id, where]
            source = text.title if where is Field.TITLE else text.text
            still = [m.mention for m in mentions if m.mention.span.of(source) == m.mention.text]
            passages = [
                Passage(article, where is Field.TITLE, tuple(split(source, span, inside)), _is_cut(source, span))
                for span, inside in _grouped(source, still)
            ]
            # what an earlier version said has no place in this one
            passages += [Passage(article, where is Field.TITLE, _marked(m)) for m in mentions if m.mention not in still]
            for passage in passages:
                if passage.parts not in told:
                    told.add(passage.parts)
                    yield passage


def _marked(mention: ItemMention) -> tuple[TextPart, ...]:
    """The sentence of a mention, with its words marked where they stand first."""
    before, found, after = mention.sentence.partition(mention.mention.text)
    return tuple(p for p in (TextPart(before), TextPart(found, found=True), TextPart(after)) if p.text)


def _grouped(source: str, mentions: Sequence[Mention]) -> list[tuple[Span, list[Span]]]:
    """Passages with the mentions in them; those that touch are one."""
    groups: list[tuple[Span, list[Span]]] = []
    for mention in sorted(mentions, key=lambda m: (m.span.start, -m.span.end)):
        around = context(source, mention.span)
        if groups and around.start <= groups[-1][0].end:
            before, inside = groups[-1]
            groups[-1] = (Span(before.start, max(before.end, around.end)), [*inside, mention.span])
        else:
            groups.append((around, [mention.span]))
    return groups


def context(source: str, span: Span) -> Span:
    """The paragraph around a place, or of a long one the sentence."""
    paragraph = paragraph_around(source, span)
    return paragraph if paragraph.end - paragraph.start <= ROOM else sentence_around(source, span)


def split(source: str, around: Span, mentions: Sequence[Span]) -> Iterable[TextPart]:
    """The words of a passage, with the mentions apart; the same words named twice stand once."""
    at = around.start
    for mention in mentions:
        if mention.start < at:
            continue
        if mention.start > at:
            yield TextPart(source[at : mention.start])
        yield TextPart(mention.of(source), found=True)
        at = mention.end
    if at < around.end:
        yield TextPart(source[at : around.end])


def paragraphs(item: ReviewItem, stored: Article) -> list[tuple[TextPart, ...]]:
    """The text of one of its articles, with the places that name somebody apart."""
    mentions = (m.mention for hit in item.hits for m in hit.mentions if m.article == stored.id)
    named = [m.span for m in mentions if m.field is Field.TEXT and m.span.of(stored.text) == m.text]
    named.sort(key=lambda span: (span.start, -span.end))
    paragraphs = [Span(*line.span()) for line in _LINE.finditer(stored.text)]
    inside: list[list[Span]] = [[] for _ in paragraphs]
    for span in named:
        before = bisect_right(paragraphs, span.start, key=lambda paragraph: paragraph.start)
        if before and span.end <= paragraphs[before - 1].end:
            inside[before - 1].append(span)
    return [tuple(split(stored.text, *one)) for one in zip(paragraphs, inside, strict=True)]


def _is_cut(source: str, span: Span) -> tuple[bool, bool]:
    paragraph = paragraph_around(source, span)
    return span.start > paragraph.start, span.end < paragraph.end


def _found(hit: ItemHit) -> tuple[FoundAs, ...]:
    """Each spelling once, with its reasons, the surest first."""
    seen: dict[tuple[str, tuple[str, ...]], list[Mention]] = {}
    for each in hit.mentions:
        seen.setdefault((each.mention.text, each.mention.why), []).append(each.mention)
    listed = sorted(seen.values(), key=lambda ms: (-ms[0].score, -len(ms)))
    return tuple(
        FoundAs(ms[0].text, ms[0].alias, ms[0].confidence is Confidence.STRONG, ms[0].why, len(ms)) for ms in listed
    )


def in_latin(text: str) -> str:
    """
    >>> in_latin("Мелис Токоев, КОС: «үй»")
    'Melis Tokoev, KOS: «uy»'
    """
    return _WORD.sub(lambda word: _latin_word(word.group()), text)


def _latin_word(word: str) -> str:
    latin = romanised(word.lower())
    if word.isupper() and len(word) > 1:
        return latin.upper()
    return latin.capitalize() if word[0].isupper() else latin
