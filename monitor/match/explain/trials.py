"""Pure. Try listed names, forms of them and the examples of the tables on the matcher itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.incidents.frames import find_frames
from monitor.match.incidents.lexicon.grammar import LANGUAGES
from monitor.match.rules.decide import decide_mentions, find_occurrences, read_passages
from monitor.match.tables import pairs, sections
from monitor.model import Confidence, Entity, Modality, PressAct, Span
from monitor.text.normalize import is_cyrillic
from monitor.text.tokens import tokens

_BATCH_SIZE = 50  # names that are tried together
_MIN_REQUIRED_WORD = 3  # letters; of "фонд им. Асанова" the second may be left out


def try_names(rows: Sequence[tuple[Entity, str]]) -> Iterator[list[Span]]:
    """Yield for each name of an entity the parts of it that the matcher finds in a sentence that holds it.

    Rivals and confidence do not count here. A few names are tried at a time: of fifty thousand similar ones each would
    be compared with thousands.
    """
    for start in range(0, len(rows), _BATCH_SIZE):
        entities = [
            Entity(str(n), name, entity.type) for n, (entity, name) in enumerate(rows[start : start + _BATCH_SIZE])
        ]
        compiled = compile_watchlist(entities)
        sentences = [_sentence_with(entity.name) for entity in entities]
        scanned = compiled.scanner.passages([("", sentence) for sentence, _ in sentences])
        for passages, entity, (_, offset) in zip(scanned, entities, sentences, strict=True):
            occurrences = (f for passage in passages for f in find_occurrences(passage, compiled) if not f.refusal)
            own_occurrences = (f for f in occurrences if any(bearer.entity == entity.id for bearer in f.names))
            yield [
                part for f in own_occurrences if (part := _span_in_name(Span(f.start, f.end), offset, len(entity.name)))
            ]


def _span_in_name(span: Span, offset: int, length: int) -> Span | None:
    """Return the part of a name that a span of its sentence covers, or None."""
    start, end = max(0, span.start - offset), min(length, span.end - offset)
    return Span(start, end) if start < end else None


def is_whole(name: str, spans: Iterable[Span]) -> bool:
    """Return whether all words of a name are found in one place, small ones aside."""
    words = [token for token in tokens(name) if len(token.text) >= _MIN_REQUIRED_WORD]
    return any(all(span.start <= word.start and word.end <= span.end for word in words) for span in spans)


def _sentence_with(form: str) -> tuple[str, int]:
    """Return a neutral sentence that holds a form, and the offset of the form."""
    before, after = ("вчера это был ", ", как и раньше") if is_cyrillic(form) else ("yesterday it was ", ", as before")
    return before + form + after, len(before)


def try_form(form: str, compiled: Compiled) -> Confidence | None:
    """Return the confidence with which the matcher finds a form, or None."""
    sentence, _ = _sentence_with(form)
    confidences = {m.confidence for m in decide_mentions(read_passages(sentence, "", compiled), compiled)}
    return min(confidences, key=list(Confidence).index, default=None)


# ---- the tables of incidents ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PressTrial:
    """An example of a table, and whether its act is found in it."""

    language: str
    act: PressAct
    sentence: str
    is_found: bool


def press_trials() -> Iterator[PressTrial]:
    """Yield the examples of all tables, each with whether its act is found."""
    for language in LANGUAGES:
        for act, sentence in pairs(sections(f"incidents_{language}")["examples"]).items():
            acts = {frame.act for frame in find_frames(sentence) if frame.modality is Modality.ASSERTED}
            yield PressTrial(language, PressAct(act), sentence, PressAct(act) in acts)
