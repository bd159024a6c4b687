"""What removing a name, or moving it to the closed watch, asks: whether a text names it, and how the rest is made."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from urllib.parse import unquote

from monitor.home import Home
from monitor.match import compile_watchlist, find_mentions
from monitor.messages.composer import Composer
from monitor.model import Confidence, Context, Entity, Naming
from monitor.ports import Remaking
from monitor.review.decisions import after_name_removal
from monitor.text.normalize import fold


def naming_of(home: Home, name: str) -> Naming:
    """Return the predicates of a name that is or was on the list of a watch. Raises NotFound."""
    watchlists = home.store.watchlists
    return name_predicates(*watchlists.find_entity(name), watchlists.current().entities)


def remaking_of(home: Home) -> Remaking:
    """Return how items and waiting messages of a watch are made again after a name has left it."""
    return Remaking(Composer(home).rewrite, after_name_removal)


def name_predicates(entity: Entity, matched_texts: Collection[str], watched: Collection[Entity] = ()) -> Naming:
    """Return predicates that say whether a text may name an entity, and whether it does so in full.

    A text may name it by its id, a listed name, a text matched in the past, or a new match. A single word is not a full
    name, since many people may bear it; if it also matches another entity of `watched`, it is taken as theirs.
    """
    other_entities = [candidate for candidate in watched if candidate.id != entity.id]
    # Without context conditions: the name must go also from texts whose context did not confirm it.
    compiled = compile_watchlist([replace(item, context=Context()) for item in (entity, *other_entities)])
    listed_names = {fold_words(name) for name in (entity.id, *entity.spellings, *entity.handles)} - {""}
    full_names = {name for name in listed_names | set(map(fold_words, matched_texts)) if " " in name}

    def may_name(text: str) -> bool:
        mentions, characters = find_mentions(text, compiled, max_places=None), list(text)
        own_spans = {m.span: " " in fold_words(m.text) for m in mentions if m.entity == entity.id}
        other_spans = {m.span for m in mentions if m.entity != entity.id and not own_spans.get(m.span)}
        # Blank out other entities, so that a word of their names does not count as this one.
        for span in other_spans:
            characters[span.start : span.end] = " " * (span.end - span.start)
        remaining_text = "".join(characters)
        return (
            bool(own_spans.keys() - other_spans)
            or _contains_any(full_names, text)
            or _contains_any(listed_names, remaining_text)
        )

    def in_full(text: str) -> bool:
        mentions = (m for m in find_mentions(text, compiled) if m.entity == entity.id)
        has_strong_mention = any(m.confidence is Confidence.STRONG and " " in fold_words(m.text) for m in mentions)
        return has_strong_mention or _contains_any(full_names, text)

    return Naming(may_name, in_full)


def _contains_any(folded_names: Collection[str], text: str) -> bool:
    folded_text = f" {fold_words(text)} "
    return any(f" {name} " in folded_text for name in folded_names)


def fold_words(text: str) -> str:
    """Return the folded words of a text, a space between them."""
    # URLs contain names percent-encoded.
    return " ".join(re.findall(r"\w+", fold(unquote(text))))
