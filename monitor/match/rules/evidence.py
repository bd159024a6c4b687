"""Pure. Facts of the whole article about its names: who is named in full, what ties a name to the case."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.match.compile import Compiled
from monitor.match.index.word_match import Closeness
from monitor.match.rarity import is_very_rare
from monitor.match.rules.bodies.credits import credit_reason
from monitor.match.rules.context import Context, context_doubts
from monitor.match.rules.occurrence import Doubt, Kind, Occurrence
from monitor.match.rules.rivals import Place, position
from monitor.model import EntityType, Message, code_of

_BRACKET, _BEFORE_NAME = re.compile(r"(\s*\()[^()\n]{0,60}"), re.compile('[»”"]? $')
_MAX_SIGNS = 2  # between a body and the name after it


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """The facts of the whole article that decide how confident each mention is."""

    claims: Mapping[tuple[bool, int, int], set[str]]  # who claims these words
    fully_named: set[str]  # entities that have their full name somewhere
    with_namesake: set[str]  # entities whose surname stands somewhere with another person's given name
    in_small_letters: set[str]  # entities whose name of one word stands somewhere in small letters
    strong: set[str]  # entities that have a full name without a doubt somewhere
    common_names: set[str]  # of those: entities whose full names here are many people's
    # Strong entities whose context words say nothing against them: they tie common names and rare surnames to the case.
    ties: set[str]
    body_starts: set[tuple[bool, int]]  # where strong outlets and organisations stand
    body_ends: set[tuple[bool, int]]
    context: Context
    namesakes: Mapping[str, frozenset[str]]  # entities that share a listed name

    def doubt(self, place: Place, entity: str) -> Message | None:
        """Return why a name may be a common word, unless the rest of the article settles it."""
        occurrence = place.occurrence
        # The full name elsewhere lifts a doubt, except one that says it is another person or an account.
        code = code_of(occurrence.doubt)
        is_lifted = entity in self.strong and not occurrence.has_other_given_name and code != Doubt.WRITTEN_AS_ONE
        if not occurrence.doubt or is_lifted or (code == Doubt.ANY_WORD and entity not in self.in_small_letters):
            return None
        is_settled = code == Doubt.FAMILIAR_FORM and (
            self.support(place, entity) or self.is_tied(place, entity) or self.is_at_body(place, entity)
        )
        return None if is_settled else occurrence.doubt

    def is_tied(self, place: Place, entity: str) -> bool:
        """Return whether another strongly named entity ties an entity to the case.

        An entity that is read in the same words does not count.
        """
        claimants = self.claims[position(place)]
        return any(tie != entity and tie not in claimants for tie in self.ties)

    def is_tied_surname(self, place: Place, entity: str) -> bool:
        """Return whether a surname alone is so rare that another strongly named entity ties it to the case.

        It must be spelt as on the list, and be one person's there.
        """
        part = place.occurrence.parts[-1]
        return (
            # a name of many people is only possible itself
            bool(self.ties - self.common_names)
            and self.claims[position(place)] == {entity}
            and part.match.closeness is Closeness.SAME
            and part.is_same_script
            and is_very_rare(part.word)
        )

    def is_at_body(self, place: Place, entity: str) -> bool:
        """Return whether a watched outlet or body stands in the brackets after a name, or right before it."""
        is_text, start, end = position(place)
        if not self.body_starts or self.claims[is_text, start, end] != {entity}:
            return False
        text = place.passage.text
        bracket, before = _BRACKET.match(text, end), _BEFORE_NAME.search(text, max(0, start - _MAX_SIGNS), start)
        in_bracket = range(bracket.end(1), bracket.end()) if bracket else ()
        return any((is_text, at) in self.body_starts for at in in_bracket) or (
            before is not None and (is_text, before.start()) in self.body_ends
        )

    def entities_with_same_words(self, place: Place, entity: str) -> set[str]:
        """Return other entities that claim the same words and are named in full in this article."""
        namesakes = self.namesakes.get(entity, frozenset())
        return (self.claims[position(place)] & self.fully_named) - {entity} - namesakes if self.fully_named else set()

    def belongs_to_namesake(self, place: Place, entity: str) -> bool:
        """Return whether a surname alone is of another person, who is named in full in this article."""
        if entity in self.fully_named or place.occurrence.has_other_given_name:
            return False
        return bool(self.entities_with_same_words(place, entity)) or (
            self.has_namesake(place.occurrence, entity) and not self.support(place, entity)
        )

    def has_namesake(self, occurrence: Occurrence, entity: str) -> bool:
        """Return whether a surname alone may be of a stranger who is named in full in this article."""
        return occurrence.kind is Kind.SURNAME and entity not in self.fully_named and entity in self.with_namesake

    def support(self, place: Place, entity: str) -> str:
        """Return a support word of the entity in the same paragraph, or ""."""
        return self.context.support_near(place.passage, place.occurrence, entity) if self.context.terms else ""


def collect_evidence(
    places: Sequence[Place], context: Context, with_namesake: set[str], in_small_letters: set[str], compiled: Compiled
) -> ArticleFacts:
    """Collect the facts of the whole article about its names."""
    claims: defaultdict[tuple[bool, int, int], set[str]] = defaultdict(set)
    fully_named = {p.occurrence.name.entity for p in places if p.occurrence.is_whole_name}
    # An entry that requires context words has been tied to the case by them.
    certain_names = {(f.name, f.is_cyrillic) for _, f in places if f.is_whole_name and not f.doubt}
    contexts = {name.entity: compiled.entities[name.entity].context for name, _ in certain_names}
    strong = set(contexts)
    common_names = strong - {
        name.entity
        for name, in_cyrillic in certain_names
        if contexts[name.entity].require or not compiled.is_common_full_name(name, in_cyrillic=in_cyrillic)
    }
    ties = {entity for entity in strong if not any(context_doubts(entity, contexts[entity], context))}
    ties -= _credited_outlets(places, ties, compiled)
    for place in places if fully_named else ():
        claims[position(place)].update(name.entity for name in place.occurrence.names)
    bodies = {entity for entity in strong if compiled.entities[entity].type is not EntityType.PERSON}
    of_bodies = [key for key, names in claims.items() if names & bodies]
    body_starts, body_ends = ({(is_text, span[n]) for is_text, *span in of_bodies} for n in (0, 1))
    facts = fully_named, with_namesake, in_small_letters, strong, common_names, ties, body_starts, body_ends, context
    return ArticleFacts(claims, *facts, compiled.namesakes)


def _credited_outlets(places: Sequence[Place], entities: set[str], compiled: Compiled) -> set[str]:
    """Return those of the entities that are outlets and stand only in credits: these say nothing of the article."""
    outlets = {entity for entity in entities if compiled.entities[entity].type is EntityType.OUTLET}
    for passage, occurrence in places:
        is_named = occurrence.is_whole_name and not occurrence.doubt and occurrence.name.entity in outlets
        if is_named and not credit_reason(passage, occurrence):
            outlets.discard(occurrence.name.entity)
    return outlets
