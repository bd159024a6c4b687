"""Pure. Words near a mention that an entry of the list asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.match.compile import Compiled, ContextTerm, Use
from monitor.match.index.word_index import Closeness
from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage, WordFlags
from monitor.model import (
    Field,
    Span,
)


@dataclass(slots=True)
class Context:
    """Which context words of which entity an article holds, and where."""

    terms: defaultdict[tuple[str, Use, Field], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    first: dict[tuple[str, Use], str] = field(default_factory=dict)

    def add(self, term: ContextTerm, passage: Passage, span: Span) -> None:
        """Note a term. The terms of a field come in the order of the text."""
        self.first.setdefault((term.entity, term.use), span.of(passage.text))
        self.terms[term.entity, term.use, passage.field].append((span.start, span.end))

    def any(self, entity: str, use: Use) -> str:
        """Return the first such word in the article, as it stands there, or ""."""
        return self.first.get((entity, use), "")

    def beside(self, place: Passage, span: Span | Occurrence, entity: str) -> str:
        """Return a support word of the entity in the same paragraph, as it stands there, or ""."""
        terms = self.terms.get((entity, Use.SUPPORT, place.field))
        if not terms:
            return ""
        paragraph = place.paragraph(span.start, span.end)
        for number in range(bisect_left(terms, (paragraph.start, 0)), len(terms)):
            start, end = terms[number]
            if start >= paragraph.end:
                break
            if end <= paragraph.end:
                return place.text[start:end]
        return ""


def find_context(passages: Iterable[Passage], compiled: Compiled) -> Context:
    """Every context word of every entity in an article, in any ending."""
    context = Context()
    if not compiled.context:
        return context
    for passage in passages:
        for place in passage.hinted(WordFlags.CONTEXT):
            for number in passage.word(place).matches:
                for term in compiled.context.get(number, ()):
                    if _stands(passage, place, term):
                        span = Span(passage.start(place), passage.end(place + len(term.words) - 1))
                        context.add(term, passage, span)
    return context


def _stands(passage: Passage, place: int, term: ContextTerm) -> bool:
    if place + len(term.words) > passage.size:
        return False
    found = [passage.word(place + n).matches.get(number) for n, number in enumerate(term.words)]
    return all(match is not None and match.closeness is Closeness.SAME for match in found)
