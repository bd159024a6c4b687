"""Pure. The people whom texts name in full, each once, with the nominative that explains how the name stands there.

Which nominative is right no single place tells: «Мелиса Токоева» may be a woman's name or a man's genitive. So all that
a name may be are counted over all places; the one that explains most forms is the name. The matcher tells which names
of other scripts are the same person's, and which a list has already.

Whoever writes the texts must not make it slow: of a text the first `_MOST_NAMES` are read; only those that the caller
may want are compared, and at most `_MOST_COMPARED`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from monitor.match.base_forms import NamePart, is_regular, is_slavic_surname, nominatives
from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.index.names import read_particle
from monitor.match.known_names import is_common_word, is_declined_patronymic, is_real_given_name, is_word_or_place
from monitor.match.rules.decide import decide_mentions
from monitor.match.words import is_ordinary_in_any_ending, is_title, is_type_word
from monitor.model import Entity, Span
from monitor.text.romanize import skeleton
from monitor.text.tokens import Token, tokens

_MOST_NAMES = 100  # of one text: so many runs of capitalised words are tried
_MOST_COMPARED = 500  # forms of names
_KEY_SOUNDS = {NamePart.GIVEN_NAME: 2, NamePart.SURNAME: 4}
_VOWELS = "aeiou"


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


def found_people(
    texts: Sequence[str],
    listed: Iterable[Entity] = (),
    worth: Callable[[Sequence[Place]], int] = lambda _: 1,
) -> tuple[FoundPerson, ...]:
    """Return the people whom texts name in full, those of most texts first, but for those that a list has.

    `worth` tells what somebody with some places is worth to the caller, 0: nothing. Left out is who would be worth
    nothing even with the places of all names that begin alike; where there are too many, who is worth most is in.
    """
    named = _names_of_worth(texts, worth)
    explained = _explained({" ".join(name.words): name for _, name in named})
    places: defaultdict[tuple[str, ...], list[Place]] = defaultdict(list)
    for place, name in named:
        places[explained[" ".join(name.words)]].append(place)
    are_listed = _namesakes(places, compile_watchlist(listed))
    people = [
        (names, FoundPerson(names[0], tuple(where)))
        for (names, where), is_listed in zip(places.items(), are_listed, strict=True)
        if not is_listed
    ]
    people.sort(key=lambda pair: -len(pair[1].texts))
    return tuple(sorted(_joined(people), key=lambda person: -len(person.texts)))


def _names_of_worth(texts: Sequence[str], worth: Callable[[Sequence[Place]], int]) -> Sequence[tuple[Place, FullName]]:
    """Return the full names of texts, in their order, of which those that begin alike are worth something together."""
    names_by_key: defaultdict[frozenset[str], list[tuple[Place, FullName]]] = defaultdict(list)
    for number, text in enumerate(texts):
        for name in full_names(text, _MOST_NAMES):
            names_by_key[_key(name)].append((Place(number, name.span), name))
    ranked: list[tuple[int, int, list[tuple[Place, FullName]]]] = []
    for named in names_by_key.values():
        places = [place for place, _ in named]
        if worth_of_names := worth(places):
            ranked.append((worth_of_names, len({place.text for place in places}), named))
    ranked.sort(key=lambda entry: entry[:2], reverse=True)
    wanted_names: list[tuple[Place, FullName]] = []
    forms_compared = 0
    for _, _, named in ranked:
        forms = len({name.words for _, name in named})
        if forms_compared + forms <= _MOST_COMPARED:
            forms_compared += forms
            wanted_names += named
    return sorted(wanted_names, key=lambda pair: (pair[0].text, pair[0].span.start))


def _key(name: FullName) -> frozenset[str]:
    """Return the first sounds of given name and surname, which are the same in every case, order and script."""
    firsts = dict[NamePart, str]()
    for word, part in zip(name.words, name.parts, strict=True):
        if part in _KEY_SOUNDS and part not in firsts:
            sounds = skeleton(word)[: _KEY_SOUNDS[part]]
            firsts[part] = sounds.rstrip(_VOWELS) or sounds[:1]  # a short name's ending
    return frozenset(firsts.values())


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
    namesakes = _namesakes([names for names, _ in people], compiled)
    for number, ((_, person), entities) in enumerate(zip(people, namesakes, strict=True)):
        same = {int(entity) for entity in entities}
        joined.setdefault(min(same & joined.keys(), default=number), []).extend(person.places)
    return [FoundPerson(people[number][1].name, tuple(places)) for number, places in joined.items()]


def _namesakes(people: Iterable[tuple[str, ...]], compiled: Compiled) -> list[set[str]]:
    """Return for each of some people the listed ones who have one of the names, in any spelling."""
    named = [(number, name) for number, names in enumerate(people) for name in names]
    entities: defaultdict[int, set[str]] = defaultdict(set)
    scanned = compiled.scanner.passages([("", name) for _, name in named])
    for (number, name), passages in zip(named, scanned, strict=True):
        mentions = decide_mentions(passages, compiled) if passages else ()
        entities[number] |= {mention.entity for mention in mentions if mention.span == Span(0, len(name))}
    return [*entities.values()]


def _is_known(name: str) -> bool:
    return any(is_real_given_name(skeleton(word)) for word in name.split())


_LONGEST = 4  # words of a run: a title or the first word of a sentence, and a name
_JOINTS = {" ", "\u00a0", "-", "‑"}
_GIVEN_NAME, _PATRONYMIC, _SURNAME = NamePart


@dataclass(frozen=True, slots=True)
class FullName:
    """A person's name as it stands in a text, and the parts of its words."""

    span: Span
    words: tuple[str, ...]
    parts: tuple[NamePart, ...]


def full_names(text: str, most_runs: int | None = None) -> tuple[FullName, ...]:
    """Return the full names of people in a text, in its order: all, or those of the first `most_runs` runs of words.

    >>> [name.words for name in full_names("Вчера милиция задержала Айгуль Бекову и редактора.")]
    [('Айгуль', 'Бекову')]
    """
    runs = (run for run in _runs(text, tokens(text)) if len(run) > 1)
    return tuple(name for run in islice(runs, most_runs) if (name := _name_in(run)))


def _runs(text: str, words: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the capitalised words that follow each other, with a particle where one stands after them."""
    run: list[Token] = []
    for before, word in pairwise([None, *words]):
        assert word is not None
        is_joined = before is not None and text[before.end : word.start] in _JOINTS
        is_part = _is_capitalised(word.text) or (bool(run) and is_joined and read_particle(word.text) is not None)
        if run and not (is_part and is_joined):
            yield run
            run = []
        if is_part:
            run.append(word)
    if run:
        yield run


def _is_capitalised(word: str) -> bool:
    return (
        word[0].isupper() and len(word) > 1 and not word.isupper() and word.replace("’", "").replace("'", "").isalpha()
    )


def _name_in(run: Sequence[Token]) -> FullName | None:
    """Return the first name in a run of words, without what stands before it; None: there is none."""
    if len(run) > _LONGEST + 1:
        return None
    for first in range(len(run) - 1):
        for size in (3, 2):
            part = run[first : first + size]
            words = tuple(word.text for word in part)
            if len(part) == size and (parts := _parts_of(words)):
                return FullName(Span(part[0].start, part[-1].end), words, parts)
    return None


def _parts_of(words: tuple[str, ...]) -> tuple[NamePart, ...] | None:
    """Return the parts of a person's name, or None for words that are none."""
    if any(_is_no_name(word) for word in words if read_particle(word) is None):
        return None
    has_particle = read_particle(words[-1]) is not None
    if has_particle or any(map(read_particle, words[:-1])):
        is_name = has_particle and _may_be_given_name(words[0])
        return (_GIVEN_NAME, *(_SURNAME for _ in words[1:])) if is_name and len(words) == 3 else None
    if len(words) == 3:
        if is_declined_patronymic(words[1]) and _may_be_given_name(words[0]):
            return _GIVEN_NAME, _PATRONYMIC, _SURNAME
        if is_declined_patronymic(words[2]) and _may_be_given_name(words[1]):
            return _SURNAME, _GIVEN_NAME, _PATRONYMIC
        return None
    if _may_be_given_name(words[0]) and not is_declined_patronymic(words[1]):
        return _GIVEN_NAME, _SURNAME
    if is_slavic_surname(words[0]) and _may_be_given_name(words[1]):
        return _SURNAME, _GIVEN_NAME
    return None


def _is_no_name(word: str) -> bool:
    """Return whether a word is a title, a place, a body's word or another ordinary one rather than a name."""
    if is_title(word) or is_type_word(word) or is_ordinary_in_any_ending(word):
        return True
    return not _may_be_given_name(word) and is_common_word(skeleton(word))


def _may_be_given_name(word: str) -> bool:
    """Return whether a word is a known given name, in any case."""
    bases = nominatives((word,), (_GIVEN_NAME,))
    return any(is_real_given_name(sounds) and not is_word_or_place(sounds) for sounds in map(skeleton, bases))
