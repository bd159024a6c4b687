"""Pure. Whether two articles tell different incidents of the press, however alike their words are.

“Unknown men beat a reporter in Osh” and the same in Karakol are two events: an outlet writes both with one template.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.cluster.fingerprint import name_hashes, name_sounds
from monitor.model import Candidate, Incident, VictimKind
from monitor.model.fingerprint import unpacked
from monitor.text.tokens import tokens


def tell_other_people(one: Candidate, two: Candidate) -> bool:
    """Return whether both articles name watched people and none in common: two arrests are two events."""
    return bool(one.people and two.people) and not one.people & two.people


def tell_other_incidents(one: Candidate, two: Candidate) -> bool:
    """Return whether places, outlets or people of two articles' incidents are known and differ.

    Not by acts: a search, an arrest and a trial are steps of one case. Nor if the articles name one person.
    """
    if not (one.incidents and two.incidents) or one.people & two.people:
        return False
    if _agree(_people(one.incidents), _people(two.incidents)):
        return False
    kinds = _towns, _regions, _outlets, _people
    return any(_differ(one, of_kind(one.incidents), two, of_kind(two.incidents)) for of_kind in kinds)


def _towns(incidents: Iterable[Incident]) -> set[str]:
    return _words(incident.town for incident in incidents)


def _regions(incidents: Iterable[Incident]) -> set[str]:
    return _words(incident.region for incident in incidents)


def _outlets(incidents: Iterable[Incident]) -> set[str]:
    return _words(incident.names for incident in incidents if incident.victim_kind is VictimKind.OUTLET)


def _people(incidents: Iterable[Incident]) -> set[str]:
    return _words(incident.names for incident in incidents if incident.victim_kind is not VictimKind.OUTLET)


def _words(names: Iterable[str]) -> set[str]:
    return {token.text for name in names for token in tokens(name)}


def _differ(one: Candidate, of_one: set[str], two: Candidate, of_two: set[str]) -> bool:
    """Return whether both articles have names of a kind, which do not agree and which the other does not name."""
    if not of_one or not of_two or _agree(of_one, of_two):
        return False
    return not (_names(two, of_one) or _names(one, of_two))


def _agree(of_one: set[str], of_two: set[str]) -> bool:
    """Return whether a name of each is the same but for its ending: Ош, Оше, Osh."""
    sounds_of_two = name_sounds(of_two)
    return any(a.startswith(b) or b.startswith(a) for a in name_sounds(of_one) for b in sounds_of_two)


def _names(article: Candidate, words: set[str]) -> bool:
    """Return whether an article names one of these anywhere: the town of a region, an outlet's reporter."""
    return not name_hashes(words).isdisjoint(unpacked(article.fingerprint.names))
