"""Pure. The part of a digest's input that one recipient receives."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import DigestInput, Scope
from monitor.review.visibility import redacted_for, without_sensitive


def within_scope(digest_input: DigestInput, scope: Scope, *, full: bool) -> DigestInput:
    """Return the digest input as if only the names of the scope were on the list, and only its outlets published.

    `full`: with sensitive names. A filtered recipient gets no counts of the queue, which include other names.
    """
    visible = digest_input if full else without_sensitive(digest_input)
    if not scope.is_filtered:
        return visible
    entities = {hit.entity for item in visible.items for hit in item.hits}
    changes = visible.watchlist_changes
    entities |= {entity for change in changes for entity in (*change.added, *change.changed, *change.removed)}
    hidden = entities.difference(scope.names) if scope.names else set[str]()
    outlets = outlets_in_scope(visible, scope)
    redacted = filter(None, (redacted_for(item, hidden) for item in visible.items))
    items = tuple(item for item in redacted if not outlets.isdisjoint(item.outlets) and (item.hits or not scope.names))
    numbers = {item.id for item in items}
    return replace(
        visible,
        items=items,
        waiting=None,
        oldest_waiting=None,
        never_reviewed=0,
        counted={},
        watchlist_changes=tuple(filter(None, (change.without(hidden) for change in changes))),
        alerted=tuple(a for a in visible.alerted if a.item in numbers and a.entity not in hidden),
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
