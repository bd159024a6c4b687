"""Pure. What nearly was a name of the list, and why it is not, for `monitor explain`."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.match.compile import Compiled, PersonName
from monitor.match.index.forms import GLUED_PARTICLE, Particle
from monitor.match.index.word_index import Word, apart
from monitor.match.rules.decide import find, mentions, read
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.scanner.passage import Passage, WordForm
from monitor.model import Field, Span

_SHORTEST_ACRONYM = 3  # letters; two in small letters are any word


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What nearly was a mention, and why it is not one."""

    entity: str
    span: Span
    text: str
    field: Field
    why: str


def near_misses(text: str, compiled: Compiled, title: str = "") -> tuple[NearMiss, ...]:
    """What nearly matched and why not, in the order it stands there."""
    passages = read(text, title, compiled)
    taken: defaultdict[tuple[str, Field], list[Span]] = defaultdict(list)
    for mention in mentions(passages, compiled, most=None):
        taken[mention.entity, mention.field].append(mention.span)
    missed: dict[tuple[str, Field, int], NearMiss] = {}
    for passage in passages:
        for near in (*find(passage, compiled), *_small_acronyms(passage, compiled), *_look_alikes(passage, compiled)):
            field, span = passage.field, Span(near.start, near.end)
            for name in near.names if near.refused else ():
                if not _overlaps(span, taken[name.entity, field]):
                    miss = NearMiss(name.entity, span, span.of(passage.text), field, near.refused)
                    missed.setdefault((name.entity, field, span.start), miss)
    return tuple(missed.values())


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    """Return whether a span overlaps one of others that stand in text order, each once."""
    ends_after = bisect_left(others, span.start + 1, key=lambda other: other.end)
    return ends_after < len(others) and others[ends_after].start < span.end


def _small_acronyms(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    for place in range(passage.size):
        text = passage.word(place).text
        if len(text) >= _SHORTEST_ACRONYM and not text.isupper():
            for name in compiled.acronyms.get(text.upper(), ()):
                why = f"an acronym counts only as it is listed: {name.letters}"
                yield Occurrence((name,), Kind.ACRONYM, passage.start(place), passage.end(place), refused=why)


def _look_alikes(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    """Places where a listed given name stands beside a surname that is merely like the listed one."""
    bearers: defaultdict[int, list[PersonName]] = defaultdict(list)
    for person in (p for people in compiled.people.values() for p in people if p.given is not None):
        bearers[person.given or 0].append(person)
    reasons: dict[tuple[WordForm, int, Particle | None], str] = {}  # a page may repeat the same two words without end
    for place in range(passage.size):
        people = [person for number in passage.word(place).matches for person in bearers.get(number, ())]
        for beside in (place + 1, place - 1) if people else ():
            first, last = sorted((place, beside))
            if first >= 0 and passage.joined(first):
                for person in people if passage.capital(place) and passage.capital(beside) else ():
                    case = passage.word(beside), person.surname, person.particle
                    if case not in reasons:
                        reasons[case] = _why_not(case[0], compiled.word(person.surname), person)
                    if why := reasons[case]:
                        yield Occurrence((person,), Kind.FULL, passage.start(first), passage.end(last), refused=why)


def _why_not(word: WordForm, listed: Word, person: PersonName) -> str:
    """Why a word beside the given name is not the person's surname; "" where it is nothing like it."""
    if person.surname in word.matches:
        return f"{person.particle.cyrillic}, which is part of the name, does not follow" if person.particle else ""
    sounds = None if GLUED_PARTICLE.match(listed.raw) else apart(word.text, listed)
    return f"“{word.text}” is not {listed.raw}: {sounds} of its sounds differ" if sounds else ""
