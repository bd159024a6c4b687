"""Pure. A digest's input as one recipient receives it: a part of it, with names in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.model import (
    Change,
    DigestInput,
    Entity,
    EntityType,
    ItemArticle,
    ItemHit,
    ReviewItem,
    Scope,
    State,
    holds_words,
)
from monitor.model.items.history import fold, last_effective, state_after
from monitor.model.items.item_hit import watched_victims


def within_scope(digest_input: DigestInput, scope: Scope) -> DigestInput:
    """Return the digest input as if only the names of the scope were on the list, and only its outlets published.

    A filtered recipient gets no counts of the queue, which include other names. This keeps no secret: another name may
    stand in a headline or a sentence.
    """
    items = tuple(item for item in digest_input.items if item.hits or item.is_added)
    if not scope.is_filtered:
        return replace(digest_input, items=items)
    outlets = outlets_in_scope(digest_input, scope)
    alerted, changes = digest_input.alerted, digest_input.watchlist_changes
    if scope.names:
        items = tuple(filter(None, (_narrow_item(item, scope.names) for item in items)))
        alerted = tuple(name for name in alerted if name.entity in scope.names)
        changes = tuple(filter(None, (change.only(scope.names) for change in changes)))
    items = tuple(item for item in items if not outlets.isdisjoint(item.outlets))
    numbers = {item.id for item in items}
    return replace(
        digest_input,
        items=tuple(replace(item, related=tuple(r for r in item.related if r.id in numbers)) for item in items),
        waiting=None,
        oldest_waiting=None,
        never_reviewed=0,
        counted={},
        watchlist_changes=changes,
        daily_stories=_daily_stories(digest_input, scope),
        alerted=tuple(name for name in alerted if name.item in numbers),
    )


def _daily_stories(digest_input: DigestInput, scope: Scope) -> Mapping[str, tuple[int, ...]]:
    """Return the counts of the names of a scope; none where it has some outlets only, since all were counted."""
    if scope.outlets or scope.countries:
        return {}
    return {name: days for name, days in digest_input.daily_stories.items() if name in scope.names}


def outlets_in_scope(digest_input: DigestInput, scope: Scope) -> frozenset[str]:
    """Return the outlets of the items that the scope lets through, by their names and the countries of their feeds."""
    # An outlet may have several feeds, and only one of them a country.
    places = {(record.feed.outlet, record.feed.country) for record in digest_input.feeds}
    return frozenset(
        outlet
        for item in digest_input.items
        for outlet in item.outlets
        if (not scope.outlets or outlet in scope.outlets)
        and (not scope.countries or any((outlet, country) in places for country in scope.countries))
    )


def _narrow_item(item: ReviewItem, names: Collection[str]) -> ReviewItem | None:
    """Return an item with only what is about these names; None if nothing is."""
    hits = [hit for hit in item.hits if hit.entity in names]
    other_hits = [hit for hit in item.hits if hit.entity not in names]
    naming = {mention.article for hit in hits for mention in hit.mentions}
    only_others = {mention.article for hit in other_hits for mention in hit.mentions} - naming
    words = {mention.mention.text for hit in hits for mention in hit.mentions}
    articles = tuple(_narrow_article(a, names, words, only_others) for a in item.articles if a.id not in only_others)
    if not hits or not articles:
        return None
    narrowed = replace(
        item,
        hits=tuple(_without_other_names(hit, other_hits) for hit in hits),
        articles=articles,
        # Why it came back may quote another name.
        reopened="" if other_hits else item.reopened,
    )
    decisions = [decision for decision in item.history if decision.entity is None or decision.entity in names]
    settled = _settled(fold(narrowed, [replace(d, judged=tuple(e for e in d.judged if e in names)) for d in decisions]))
    return replace(settled, hits=(*settled.hits, *_incidents_of(item, names)))


def _incidents_of(item: ReviewItem, names: Collection[str]) -> Iterator[ItemHit]:
    """Yield what was done to these names, which alerts nobody by itself."""
    for hit in (hit for hit in item.hits if hit.type is EntityType.PRESS and hit.entity not in names):
        victims = [(m, tuple(v for v in watched_victims(m, item.hits) if v.entity in names)) for m in hit.mentions]
        if own_mentions := tuple(replace(m, victims=own_victims) for m, own_victims in victims if own_victims):
            yield replace(hit, mentions=own_mentions, alerts=False)


def _settled(item: ReviewItem) -> ReviewItem:
    """Return a narrowed item as decided if it waits for other names only and was not reopened since."""
    last = last_effective(item)
    if last is None or item.state not in {State.OPEN, State.FOLLOW_UP} or state_after(item, last) is not State.DECIDED:
        return item
    is_reopened = item.reopened_at is not None and last.at < item.reopened_at
    return item if is_reopened else replace(item, state=State.DECIDED)


def _narrow_article(
    article: ItemArticle, names: Collection[str], words: Collection[str], only_others: Collection[int]
) -> ItemArticle:
    """Return an article with the changes that are about these names or the whole of it; `words`: of the names."""
    findings = tuple(
        finding
        for finding in article.findings
        if finding.entity in names
        or (not finding.entity and finding.kind in {Change.GONE, Change.HEADLINE})
        or (not finding.entity and any(word in finding.before + finding.after for word in words))
    )
    return replace(article, copy_of=None if article.copy_of in only_others else article.copy_of, findings=findings)


def _without_other_names(hit: ItemHit, other_hits: Collection[ItemHit]) -> ItemHit:
    """Return a hit without its reason if that quotes another name."""
    return replace(hit, why="") if any(holds_words(hit.why, other_hit.name) for other_hit in other_hits) else hit


# ---- the names in a reader's language --------------------------------------------------------------------------------


def with_local_names(
    digest_input: DigestInput, local_names: Mapping[str, str], entities: Sequence[Entity]
) -> DigestInput:
    """Return the digest input with names by entity id; the others stay as they are listed.

    Redact the input first: redaction looks for names as they are listed.
    """
    if not local_names:
        return digest_input
    counted_names = {entity.name: local_names.get(entity.id, entity.name) for entity in entities}
    return replace(
        digest_input,
        items=tuple(replace(item, hits=_renamed_hits(item.hits, local_names)) for item in digest_input.items),
        counted={counted_names.get(name, name): count for name, count in digest_input.counted.items()},
    )


def _renamed_hits(hits: Sequence[ItemHit], local_names: Mapping[str, str]) -> tuple[ItemHit, ...]:
    """Return hits with local names, also of those whom their incidents struck."""
    return tuple(
        replace(
            hit,
            name=local_names.get(hit.entity, hit.name),
            mentions=tuple(replace(m, victims=_renamed_hits(m.victims, local_names)) for m in hit.mentions),
        )
        for hit in hits
    )
