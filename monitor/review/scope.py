"""Pure. The part of a digest's input that one recipient receives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from monitor.model import Change, DigestInput, ItemArticle, ItemHit, ReviewItem, Scope
from monitor.review.decisions import fold


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
        items = tuple(filter(None, (_about(item, scope.names) for item in items)))
        alerted = tuple(name for name in alerted if name.entity in scope.names)
        changes = tuple(filter(None, (change.only(scope.names) for change in changes)))
    items = tuple(item for item in items if not outlets.isdisjoint(item.outlets))
    numbers = {item.id for item in items}
    return replace(
        digest_input,
        items=items,
        waiting=None,
        oldest_waiting=None,
        never_reviewed=0,
        counted={},
        watchlist_changes=changes,
        alerted=tuple(name for name in alerted if name.item in numbers),
    )


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


def _about(item: ReviewItem, names: Collection[str]) -> ReviewItem | None:
    """Return an item with only what is about these names; None if nothing is."""
    hits = [hit for hit in item.hits if hit.entity in names]
    others = [hit for hit in item.hits if hit.entity not in names]
    naming = {mention.article for hit in hits for mention in hit.mentions}
    of_others = {mention.article for hit in others for mention in hit.mentions} - naming
    words = {mention.mention.text for hit in hits for mention in hit.mentions}
    articles = tuple(_article_about(a, names, words, of_others) for a in item.articles if a.id not in of_others)
    if not hits or not articles:
        return None
    narrowed = replace(
        item,
        hits=tuple(_without_other_names(hit, others) for hit in hits),
        articles=articles,
        related=tuple(related for related in item.related if related.names <= {*names}),
        # Why it came back may quote another name.
        reopened="" if others else item.reopened,
    )
    decisions = [decision for decision in item.history if decision.entity is None or decision.entity in names]
    return fold(narrowed, [replace(d, judged=tuple(e for e in d.judged if e in names)) for d in decisions])


def _article_about(
    article: ItemArticle, names: Collection[str], words: Collection[str], of_others: Collection[int]
) -> ItemArticle:
    """Return an article with the changes that are about these names or the whole of it; `words`: of the names."""
    findings = tuple(
        finding
        for finding in article.findings
        if finding.entity in names
        or (not finding.entity and finding.kind in {Change.GONE, Change.HEADLINE})
        or (not finding.entity and any(word in finding.before + finding.after for word in words))
    )
    return replace(article, copy_of=None if article.copy_of in of_others else article.copy_of, findings=findings)


def _without_other_names(hit: ItemHit, others: Collection[ItemHit]) -> ItemHit:
    """Return a hit without its reason if that quotes another name."""
    return replace(hit, why="") if any(other.name in hit.why for other in others) else hit
