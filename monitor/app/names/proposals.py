"""Names that are proposed: who suffered in a confirmed story, and who stands beside watched names in two of them.

They come from the open watch alone. A closed name is proposed like any other person: else its absence would tell.

An outlet must not make the page slow: only the latest 60 confirmed stories are read, of each text the first 20,000
letters, and there the first hundred runs of capitalised words. Only names that can be proposed are compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.home import Home
from monitor.match import Place, compile_watchlist, find_mentions, found_people
from monitor.model import (
    CARD_ARTICLES,
    Entity,
    EntityType,
    Field,
    ItemArticle,
    ItemMention,
    Mention,
    Message,
    ReviewItem,
    Span,
    State,
    Verdict,
    VictimKind,
)
from monitor.text.lead import order_articles
from monitor.text.sentences import sentence_around

MOST_PROPOSED = 20
_MOST_ITEMS = 60  # confirmed ones, the latest
_MOST_LETTERS = 20_000
_MOST_ARTICLES = 3  # of an item
_MOST_SENTENCES = 3
_LEAST_STORIES = 2
_MOST_NAMES = 3  # of watched ones that are told beside one

VICTIM = Message("happened to this person or outlet in a story that was confirmed")
BESIDE_NAMES = Message("stands beside {} in confirmed stories: {}")


@dataclass(frozen=True, slots=True)
class NamedSentence:
    """A sentence of an article that names somebody, with the place of the name in it."""

    item: int
    article: ItemArticle
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name to watch: in the nominative, with the reason, stories and sentences."""

    name: str
    type: EntityType
    why: Message
    items: tuple[int, ...]
    sentences: tuple[NamedSentence, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a confirmed story, with what is known of it."""

    item: ReviewItem
    article: ItemArticle
    title: str
    text: str  # with the title before it
    watched: tuple[Span, ...]  # where names of the list stand
    watched_names: tuple[str, ...]
    victims: tuple[ItemMention, ...]


def proposals(home: Home) -> Sequence[Proposal]:
    """Return the names that are proposed, the most telling first, without those on the list or refused."""
    watch = home.open_watch
    known_names = [*watch.store.watchlists.current().names, *_refused(watch.store.press.refused_names())]
    return proposals_of(watch, _confirmed(watch), known_names)[:MOST_PROPOSED]


def proposals_of(watch: Home, items: Sequence[ReviewItem], known_names: Sequence[Entity]) -> Sequence[Proposal]:
    """Return the names that confirmed items propose, the most telling first, without those that are known."""
    texts = [*_texts(watch, items, watch.settings.language)]
    proposed = [*_people(texts, known_names), *_outlets(texts, known_names)]
    proposed.sort(key=lambda pair: pair[0], reverse=True)
    return [proposal for _, proposal in proposed]


def _refused(names: Iterable[str]) -> list[Entity]:
    return [Entity(f"refused:{number}", name) for number, name in enumerate(names)]


def _confirmed(home: Home) -> list[ReviewItem]:
    """Return the latest items that were judged relevant."""
    states = (State.DECIDED, State.FOLLOW_UP)
    items = home.store.reviews.listing(states, 3 * _MOST_ITEMS, page=CARD_ARTICLES)
    return [item for item in items if item.verdict is Verdict.RELEVANT][:_MOST_ITEMS]


def _texts(home: Home, items: Sequence[ReviewItem], language: str) -> Iterator[_Text]:
    """Yield the texts of the first articles of each item."""
    for item in items:
        shown = order_articles(item, language, item.articles)[:_MOST_ARTICLES]
        texts = home.store.cards.stored_texts(shown)
        named = [hit for hit in item.hits if hit.type is not EntityType.PRESS and hit.alerts]
        for article in shown:
            if article.id in texts:
                stored = texts[article.id].article
                mentions = [(hit.name, m.mention) for hit in named for m in hit.mentions if m.article == article.id]
                watched = tuple(_in_whole(mention, stored.title) for _, mention in mentions)
                names = tuple(dict.fromkeys(name for name, _ in mentions))
                victims = tuple(m for m in _victims(item) if m.article == article.id)
                whole = f"{stored.title}\n{stored.text}"[:_MOST_LETTERS]
                yield _Text(item, article, stored.title, whole, watched, names, victims)


def _in_whole(mention: Mention, title: str) -> Span:
    """Return the place of a mention in title and text together."""
    shift = 0 if mention.field is Field.TITLE else len(title) + 1
    return Span(mention.span.start + shift, mention.span.end + shift)


def _victims(item: ReviewItem) -> Iterator[ItemMention]:
    """Yield the places of an item that tell what happened to whom of the press."""
    for hit in item.hits:
        if hit.type is EntityType.PRESS and hit.verdict is not Verdict.NOT_RELEVANT:
            yield from (m for m in hit.mentions if m.mention.incident)


def _people(texts: Sequence[_Text], known_names: Sequence[Entity]) -> Iterator[tuple[tuple[int, ...], Proposal]]:
    """Yield the people of the texts who are proposed, each with its rank."""

    def worth(places: Sequence[Place]) -> int:
        return 2 if _victim_of(texts, places) else int(len(_items_beside(texts, places)) >= _LEAST_STORIES)

    for person in found_people([text.text for text in texts], known_names, worth):
        if not worth(person.places):
            continue
        items, close = set[int](), 0
        sentences: dict[str, NamedSentence] = {}
        for place in person.places:
            text = texts[place.text]
            sentence = sentence_around(text.text, place.span)
            items.add(text.item.id)
            close += any(sentence.overlaps(span) for span in text.watched)
            words = sentence.of(text.text)
            span = Span(place.span.start - sentence.start, place.span.end - sentence.start)
            sentences.setdefault(words, NamedSentence(text.item.id, text.article, words, span))
        stories_beside, victim_of = len(_items_beside(texts, person.places)), _victim_of(texts, person.places)
        names = _names_beside(texts, person.places)
        why = VICTIM if victim_of else Message(BESIDE_NAMES.template, names, stories_beside)
        rank = int(victim_of), stories_beside, close, len(items)
        yield rank, _proposal(person.name, EntityType.PERSON, why, items, sentences.values())


def _items_beside(texts: Sequence[_Text], places: Iterable[Place]) -> set[int]:
    """Return the items in which names stand beside watched ones."""
    return {texts[place.text].item.id for place in places if texts[place.text].watched}


def _names_beside(texts: Sequence[_Text], places: Iterable[Place]) -> str:
    """Return the first watched names of the texts in which names stand."""
    names = dict.fromkeys(name for place in places for name in texts[place.text].watched_names)
    return ", ".join([*names][:_MOST_NAMES])


def _victim_of(texts: Sequence[_Text], places: Iterable[Place]) -> bool:
    return any(_is_victim(texts[place.text], place.span) for place in places)


def _is_victim(text: _Text, span: Span) -> bool:
    """Return whether a name stands in the words for a victim or in apposition to them."""
    for victim in text.victims:
        of_victim = _in_whole(victim.mention, text.title)
        between = text.text[min(span.end, of_victim.end) : max(span.start, of_victim.start)]
        is_in_or_beside = span.overlaps(of_victim) or between.strip() in ("", ",", "—", "–", "(")
        if is_in_or_beside and sentence_around(text.text, span).overlaps(of_victim):
            return True
    return False


def _outlets(texts: Sequence[_Text], known_names: Sequence[Entity]) -> Iterator[tuple[tuple[int, ...], Proposal]]:
    """Yield the outlets to which something happened, each with its rank."""
    compiled, by_name = compile_watchlist(known_names), defaultdict[str, list[tuple[_Text, ItemMention]]](list)
    for text in texts:
        for victim in text.victims:
            incident = victim.mention.incident
            if incident and incident.victim_kind is VictimKind.OUTLET and incident.names:
                by_name[incident.names.strip('«»“”"„ ')].append((text, victim))
    for name, places in by_name.items():
        if not find_mentions(f"«{name}»", compiled, name):
            items = {text.item.id for text, _ in places}
            sentences = [
                NamedSentence(
                    text.item.id, text.article, victim.sentence, Span(start, start + len(victim.mention.text))
                )
                for text, victim in places
                if (start := victim.sentence.find(victim.mention.text)) >= 0
            ]
            yield (1, len(items), 0, len(items)), _proposal(name, EntityType.OUTLET, VICTIM, items, sentences)


def _proposal(
    name: str, kind: EntityType, why: Message, items: Collection[int], sentences: Iterable[NamedSentence]
) -> Proposal:
    return Proposal(name, kind, why, tuple(sorted(items)), tuple(sentences)[:_MOST_SENTENCES])


def closed_names(home: Home, proposed: Sequence[Proposal]) -> frozenset[str]:
    """Return those of proposed names that the closed watch has; for cleared people alone."""
    compiled = compile_watchlist(replace(entity, sensitive=False) for entity in home.store.watchlists.current().names)
    return frozenset(proposal.name for proposal in proposed if find_mentions(proposal.name, compiled))
