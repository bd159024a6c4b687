"""Pure. Places that nearly match a listed name, and the reason why they do not, for `monitor explain`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.groups import group_values
from monitor.match.compile import Compiled
from monitor.match.index.names import GLUED_PARTICLE, Particle, PersonName
from monitor.match.index.word_index import sound_difference
from monitor.match.index.word_match import Word
from monitor.match.rules.decide import decide_mentions, find_occurrences, read_passages
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import WordForm
from monitor.model import Field, Span

_MIN_ACRONYM = 3  # letters; two in small letters are any word


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A place that nearly is a mention, and the reason why it is not."""

    entity: str
    span: Span
    text: str
    field: Field
    why: str


def near_misses(text: str, compiled: Compiled, title: str = "") -> tuple[NearMiss, ...]:
    """Return the places that nearly matched, in text order."""
    passages = read_passages(text, title, compiled)
    mentions = decide_mentions(passages, compiled, max_places=None)
    mention_spans = group_values(((mention.entity, mention.field), mention.span) for mention in mentions)
    misses: dict[tuple[str, Field, int], NearMiss] = {}
    for passage in passages:
        for occurrence in (
            *find_occurrences(passage, compiled),
            *_lower_case_acronyms(passage, compiled),
            *_look_alikes(passage, compiled),
        ):
            field, span = passage.field, Span(occurrence.start, occurrence.end)
            for name in occurrence.names if occurrence.refusal else ():
                if not _overlaps(span, mention_spans[name.entity, field]):
                    miss = NearMiss(name.entity, span, span.of(passage.text), field, occurrence.refusal)
                    misses.setdefault((name.entity, field, span.start), miss)
    return tuple(misses.values())


def _overlaps(span: Span, spans: Sequence[Span]) -> bool:
    """Return whether a span overlaps one of several that stand in text order and do not overlap each other."""
    ends_after = bisect_left(spans, span.start + 1, key=lambda candidate: candidate.end)
    return ends_after < len(spans) and spans[ends_after].start < span.end


def _lower_case_acronyms(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    """Yield acronyms of the list that are not written in capitals."""
    for place in range(passage.size):
        text = passage.word(place).text
        if len(text) >= _MIN_ACRONYM and not text.isupper():
            for name in compiled.acronyms.get(text.upper(), ()):
                why = f"an acronym counts only as it is listed: {name.letters}"
                yield Occurrence((name,), Kind.ACRONYM, passage.start(place), passage.end(place), refusal=why)


def _look_alikes(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    """Yield places where a listed given name stands next to a surname that merely resembles the listed one."""
    bearers = group_values((p.given_name, p) for people in compiled.people.values() for p in people)
    # A cache: a page may repeat the same two words without end.
    reasons: dict[tuple[WordForm, int, Particle | None], str] = {}
    for place in range(passage.size):
        people = [person for number in passage.word(place).matches for person in bearers.get(number, ())]
        for neighbour in (place + 1, place - 1) if people else ():
            first, last = sorted((place, neighbour))
            if first >= 0 and passage.is_joined_to_next(first):
                for person in people if passage.is_capitalised(place) and passage.is_capitalised(neighbour) else ():
                    case = passage.word(neighbour), person.surname, person.particle
                    if case not in reasons:
                        reasons[case] = _surname_difference(case[0], compiled.word(person.surname), person)
                    if why := reasons[case]:
                        yield Occurrence((person,), Kind.FULL, passage.start(first), passage.end(last), refusal=why)


def _surname_difference(word: WordForm, listed: Word, person: PersonName) -> str:
    """Return why a word next to the given name is not the person's surname; "" if it is nothing like it."""
    if person.surname in word.matches:
        return (
            f"{person.particle.cyrillic_spelling}, which is part of the name, does not follow"
            if person.particle
            else ""
        )
    sounds = None if GLUED_PARTICLE.match(listed.raw) else sound_difference(word.text, listed)
    return f"“{word.text}” is not {listed.raw}: {sounds} of its sounds differ" if sounds else ""
