"""Pure. The people whom texts name in full, each once, with the nominative that explains how the name stands there.

Which nominative is right no single place tells: «Мелиса Токоева» may be a woman's name or a man's genitive. So all that
a name may be are counted over all places; the one that explains most forms is the name. The matcher tells which names
of other scripts are the same person's, and which a list has already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.known_names import is_real_given_name
from monitor.match.people.base_forms import is_regular, nominatives
from monitor.match.people.full_names import FullName, full_names
from monitor.match.rules.decide import decide_mentions
from monitor.model import Entity, Span
from monitor.text.romanize import skeleton


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands: the number of the text among those that were given, and the place there."""

    text: int
    span: Span


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person whom texts name in full: the nominative, and the places."""

    name: str
    places: tuple[Place, ...]

    @property
    def texts(self) -> frozenset[int]:
        """Return the texts in which the name stands."""
        return frozenset(place.text for place in self.places)


def found_people(texts: Sequence[str], listed: Iterable[Entity] = ()) -> tuple[FoundPerson, ...]:
    """Return the people whom texts name in full, those of most texts first, but for those that a list has."""
    named = [(Place(number, name.span), name) for number, text in enumerate(texts) for name in full_names(text)]
    explained = _explained({" ".join(name.words): name for _, name in named})
    places: defaultdict[tuple[str, ...], list[Place]] = defaultdict(list)
    for place, name in named:
        places[explained[" ".join(name.words)]].append(place)
    listed_names = compile_watchlist(listed)
    people = [
        (names, FoundPerson(names[0], tuple(where)))
        for names, where in places.items()
        if not any(_same_name(name, listed_names) for name in names)
    ]
    people.sort(key=lambda pair: -len(pair[1].texts))
    return tuple(sorted(_joined(people), key=lambda person: -len(person.texts)))


def _explained(forms: Mapping[str, FullName]) -> dict[str, tuple[str, ...]]:
    """Return the nominatives of each form of a name: first that which explains most forms, then others like it."""
    explains: defaultdict[str, set[str]] = defaultdict(set)
    for form, name in forms.items():
        for nominative in nominatives(name.words, name.parts):
            explains[nominative].add(form)
    explained: dict[str, tuple[str, ...]] = {}
    while explains:
        # Then with a given name that is known; then with the ending of a surname; then as it stands in a text.
        best = max(explains, key=lambda name: (len(explains[name]), _is_known(name), is_regular(name), name in forms))
        covered = explains.pop(best)
        names = (best, *(name for name, other_forms in explains.items() if other_forms >= covered))
        explained |= dict.fromkeys(covered, names)
        remaining = {name: forms_of_name - covered for name, forms_of_name in explains.items()}
        explains = defaultdict(set, {name: forms_left for name, forms_left in remaining.items() if forms_left})
    return explained


def _joined(people: Sequence[tuple[tuple[str, ...], FoundPerson]]) -> list[FoundPerson]:
    """Return people with the names that another one has in another script or spelling joined to the first of them."""
    compiled = compile_watchlist(Entity(str(number), person.name) for number, (_, person) in enumerate(people))
    joined: dict[int, list[Place]] = {}
    for number, (names, person) in enumerate(people):
        same = {int(entity) for name in names for entity in _same_name(name, compiled)}
        joined.setdefault(min(same & joined.keys(), default=number), []).extend(person.places)
    return [FoundPerson(people[number][1].name, tuple(places)) for number, places in joined.items()]


def _same_name(name: str, compiled: Compiled) -> set[str]:
    """Return the listed people who have a name, in any spelling."""
    (passages,) = compiled.scanner.passages([("", name)])
    mentions = decide_mentions(passages, compiled) if passages else ()
    return {mention.entity for mention in mentions if mention.span == Span(0, len(name))}


def _is_known(name: str) -> bool:
    return any(is_real_given_name(skeleton(word)) for word in name.split())
