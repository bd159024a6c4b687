"""Pure. A watched person in a sentence as somebody to whom an act may be done, with the case that the name stands in.

Only this person's places are read, never those of others on the list: what is told of one name does not depend on
which other names are watched.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace

from monitor.match.base_forms import is_slavic_surname
from monitor.match.incidents.press import (
    ANY_CASE,
    WATCHED,
    Press,
    case_of_names,
    preposition_before,
    relatives,
    with_modifiers_before,
)
from monitor.match.incidents.sentence import CLOSING, Sentence
from monitor.match.index.names import read_particle
from monitor.model import Code, Mention, VictimKind, code_of
from monitor.model.message import arguments_of

_LIST_REACH = 24  # words of a list of names
_CONSONANT_END = re.compile("[бвгджзйклмнпрстфхцчшщь]$")  # Russian: a man's name, which has no other case bare
# Cases by the first words of an inflection (`tables/endings.txt`); English has “possessive” alone.
_CASES = {
    "nominative": {"nom"},
    "genitive": {"gen"},
    "genitive or accusative": {"gen", "acc"},
    "accusative": {"acc"},
    "dative": {"dat"},
    "dative or prepositional": {"dat", "loc"},
    "instrumental": {"ins"},
    "prepositional": {"loc"},
    "locative": {"loc"},
    "ablative": {"abl"},
    "another case": {"gen", "dat", "ins", "loc"},
    "another feminine case": {"gen", "dat", "ins", "loc"},
    "plural or another case": {"gen", "dat", "loc"},
    "possessive": {"gen"},
}


def with_person(sentence: Sentence, people: list[Press], mentions: Iterable[Mention], verbs: Set[int]) -> list[Press]:
    """Return the press of a sentence with a watched person; `verbs`: places of acts, which describe nobody."""
    named = [*_named_in(sentence, mentions, verbs)]
    # “Ann Lee, a reporter, was held”: the words behind the name stand for it.
    lasts = {press.last for press in named}
    not_named = [press for press in people if not (press.is_apposition and press.first - 1 in lasts)]
    return [*not_named, *named]


def _named_in(sentence: Sentence, mentions: Iterable[Mention], verbs: Set[int]) -> Iterator[Press]:
    """Yield a watched person where a sentence names them, and in a list of names the list."""
    starts = [word.start for word in sentence.words]
    for mention in mentions:
        first, end = bisect_left(starts, mention.span.start), bisect_left(starts, mention.span.end)
        if first == end or mention.field is not sentence.field:
            continue
        person = _named(sentence, first, end - 1, _cases(sentence, mention, first, end - 1), verbs)
        yield person
        yield from relatives(sentence, [person])
        yield from _list_around(sentence, person, verbs)


def _named(sentence: Sentence, first: int, last: int, cases: frozenset[str], verbs: Set[int]) -> Press:
    """Return the words of a name, with those that describe the person before it: “the activist Ann Lee”."""
    described, _ = with_modifiers_before(sentence, first, verbs)
    while described and sentence.is_at("describing", described - 1):
        described, _ = with_modifiers_before(sentence, described - 1, verbs)
    preposition = preposition_before(sentence, described)
    return Press(described, last, last, cases, False, VictimKind.PERSON, WATCHED, preposition)


def _cases(sentence: Sentence, mention: Mention, first: int, last: int) -> frozenset[str]:
    """Return the cases that the words of a name may stand in, by the endings that were found in them."""
    grammar = sentence.grammar
    readings = [arguments_of(reason)[1] for reason in mention.why if code_of(reason) == Code.INFLECTION]
    if grammar.is_ordered:
        return frozenset({"gen"}) if any(reading == "possessive" for reading in readings) else ANY_CASE - {"gen"}
    cases_of_words = [frozenset(_CASES.get(reading.rpartition(", ")[2], ())) for reading in readings]
    if cases_of_words:
        return frozenset.intersection(*cases_of_words) or cases_of_words[-1]
    if grammar.is_head_final:
        return case_of_names(sentence, first, last, frozenset({"nom"}))
    is_slavic = any(is_slavic_surname(word.raw) for word in sentence.words[first : last + 1])
    is_declined = is_slavic or _CONSONANT_END.search(sentence.words[last].text) is not None
    return frozenset({"nom"}) if is_declined else ANY_CASE


def _list_around(sentence: Sentence, person: Press, verbs: Set[int]) -> Iterator[Press]:
    """Yield the list of names that a name stands in, once with each end: “police detained Ann Lee, Bob Ray and …”."""
    first, last = person.first, person.last
    while first and person.last - first < _LIST_REACH and _goes_on(sentence, first, -1) and first - 1 not in verbs:
        first -= 1
    while last + 1 < len(sentence.words) and last - person.first < _LIST_REACH and _goes_on(sentence, last, 1):
        last += 1
    if not any(sentence.is_at("and", place) for place in range(first, last + 1)):
        return
    preposition, cases = preposition_before(sentence, first), case_of_names(sentence, first, last, person.cases)
    end_of_first = next(place for place in range(first, last + 1) if place == last or _is_joint(sentence, place + 1))
    for head in dict.fromkeys((end_of_first, last)):
        listed = replace(person, first=first, head=head, last=last, cases=cases, preposition=preposition)
        yield replace(listed, is_many=True, kind=VictimKind.GROUP)


def _goes_on(sentence: Sentence, place: int, step: int) -> bool:
    """Return whether a list of names goes on beside one of its words, to the left (-1) or to the right (1)."""
    words, neighbour = sentence.words, place + step
    if words[max(place, neighbour)].before.strip(CLOSING) not in ("", ","):
        return False
    if sentence.is_at("and", neighbour):
        return 0 <= neighbour + step < len(words) and _is_of_name(sentence, neighbour + step)
    return _is_of_name(sentence, neighbour)


def _is_of_name(sentence: Sentence, place: int) -> bool:
    word = sentence.words[place]
    is_name = word.is_name and not (word.raw.isupper() and len(word.raw) > 1)
    return (is_name and not sentence.is_at("agents", place)) or read_particle(word.raw) is not None


def _is_joint(sentence: Sentence, place: int) -> bool:
    """Return whether the next name of a list begins at a place, or its “and”."""
    return sentence.words[place].before.strip(CLOSING) == "," or sentence.is_at("and", place)
