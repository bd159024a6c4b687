"""Pure. Settle which of the names that claim the same words of an article has the better claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.rules.reasons import score
from monitor.match.scanner.passage import Passage
from monitor.model import Field, Message

# Characters; only rivals in the same blocks are compared.
_BLOCK_SIZE = 64


class Place(NamedTuple):
    """An occurrence and the passage (field) it stands in."""

    passage: Passage
    occurrence: Occurrence


def position(place: Place) -> tuple[bool, int, int]:
    """Return the key of a place: its field and its span."""
    return place.passage.field is Field.TEXT, place.occurrence.start, place.occurrence.end


def drop_rivals(places: list[Place]) -> list[Place]:
    """Return the places without those whose words another name has a better claim to."""
    places.sort(key=position)
    undisputed: list[Place] = []
    overlapping: list[Place] = []  # one overlaps the next
    end = 0
    for place in places:
        if overlapping and (place.occurrence.start >= end or place.passage is not overlapping[0].passage):
            undisputed += _best_claims(overlapping)
            overlapping, end = [], 0
        overlapping.append(place)
        end = max(end, place.occurrence.end)
    return undisputed + _best_claims(overlapping)


def _best_claims(places: list[Place]) -> list[Place]:
    """Return those of overlapping places that no better claim excludes."""
    if len(places) < 2 or _are_lone_surnames(places):
        return places
    winners: list[Place] = []
    # By block, since a page may hold thousands of places that overlap in one chain.
    winners_by_block: defaultdict[int, list[Occurrence]] = defaultdict(list)
    for place in sorted(places, key=_claim_rank, reverse=True):
        occurrence = place.occurrence
        blocks = range(occurrence.start // _BLOCK_SIZE, occurrence.end // _BLOCK_SIZE + 1)
        rivals = [
            f
            for block in blocks
            for f in winners_by_block[block]
            if occurrence.start < f.end and f.start < occurrence.end
        ]
        # An entity has one mention at a place, by its best claim.
        claimants = {name.entity for rival in rivals for name in rival.names}
        names = tuple(name for name in occurrence.names if name.entity not in claimants)
        if names and not any(_excludes(rival, occurrence) for rival in rivals):
            winners.append(place._replace(occurrence=occurrence._replace(names=names)))
            for block in blocks:
                winners_by_block[block].append(winners[-1].occurrence)
    return sorted(winners, key=position)


def _claim_rank(place: Place) -> tuple[object, ...]:
    """Return the sort key of a claim: the whole name first, then the longer, then the better spelt."""
    f = place.occurrence
    return f.is_whole_name, f.end - f.start, -f.omitted_names, score(f), f.is_same_script


def _are_lone_surnames(places: Sequence[Place]) -> bool:
    """Return whether all places are the same surname alone, each of other entities, so that all of them stay.

    Most overlaps are of this kind, so this quick check comes first.
    """
    first = places[0].occurrence
    for _, f in places:
        if (
            f.kind is not Kind.SURNAME
            or f.start != first.start
            or f.end != first.end
            or f.omitted_names != first.omitted_names
        ):
            return False
        if f.closeness is not first.closeness:
            return False
    entities = [name.entity for _, f in places for name in f.names]
    return len(set(entities)) == len(entities)


def doubt_double_readings(places: list[Place]) -> list[Place]:
    """Add a doubt where the same words are two people's names in different cases.

    Замира Сыдыкова is also Замир Сыдыков in the genitive.
    """
    readings: defaultdict[tuple[bool, int, int], set[tuple[tuple[str, str], ...]]] = defaultdict(set)
    for place in places:
        if place.occurrence.kind is Kind.FULL:
            matches = (part.match for part in place.occurrence.parts)
            readings[position(place)].add(tuple((m.stem.declension, m.ending) for m in matches))
    if all(len(endings) < 2 for endings in readings.values()):
        return places
    doubt = Message("these words are another watched name too, in another case")
    return [
        place._replace(occurrence=place.occurrence._replace(doubt=doubt))
        if place.occurrence.kind is Kind.FULL
        # Two readings of as many words, with other endings: not one name inside a longer one.
        and len({len(e) for e in readings[position(place)]}) < len(readings[position(place)])
        else place
        for place in places
    ]


def _excludes(rival: Occurrence, occurrence: Occurrence) -> bool:
    """Return whether a rival excludes an occurrence.

    Equal claims (namesakes) both stay, and so do two given names before a shared surname.
    """
    if rival.is_shared_surname and occurrence.kind is Kind.FULL:
        return False
    if (rival.is_whole_name, rival.end - rival.start) != (occurrence.is_whole_name, occurrence.end - occurrence.start):
        return True
    if rival.omitted_names != occurrence.omitted_names:
        return rival.omitted_names < occurrence.omitted_names
    if rival.closeness is not occurrence.closeness:
        return rival.closeness > occurrence.closeness
    # The list may have both Bloom and Блум: then the script of the text decides.
    return occurrence.is_whole_name and rival.is_same_script > occurrence.is_same_script


def doubt_namesakes(places: list[Place]) -> list[Place]:
    """Add a doubt where the same words fit two people alike, since the patronymic that tells them apart is missing.

    Виктор Фёдорович and Виктор Викторович Дуулатов are both just Виктор Дуулатов.
    """
    claimants: defaultdict[tuple[bool, int, int], set[str]] = defaultdict(set)
    for place in places:
        if place.occurrence.kind is Kind.FULL and place.occurrence.omitted_names:
            claimants[position(place)].update(name.entity for name in place.occurrence.names)
    if all(len(entities) < 2 for entities in claimants.values()):
        return places
    doubt = Message("another watched person has this name too; the patronymic or middle name is missing")
    return [
        place._replace(occurrence=place.occurrence._replace(doubt=place.occurrence.doubt or doubt))
        if place.occurrence.omitted_names and len(claimants[position(place)]) > 1
        else place
        for place in places
    ]
