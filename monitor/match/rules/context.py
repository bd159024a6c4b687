"""Pure. Find the context words of the watchlist's entries in an article."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from monitor.groups import group_values
from monitor.match.compile import Compiled, ContextTerm, ContextUse
from monitor.match.index.word_match import Closeness
from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import WordFlags
from monitor.model import Context as EntityContext
from monitor.model import Field, Message, Span


@dataclass(slots=True)
class Context:
    """The context words found in an article, by entity, use and field."""

    terms: defaultdict[tuple[str, ContextUse, Field], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    first: dict[tuple[str, ContextUse], str] = field(default_factory=dict)

    def add(self, term: ContextTerm, passage: Passage, span: Span) -> None:
        """Add a term. Terms of one field must come in text order: `support_near` searches them by bisection."""
        self.first.setdefault((term.entity, term.use), span.of(passage.text))
        self.terms[term.entity, term.use, passage.field].append((span.start, span.end))

    def first_term(self, entity: str, use: ContextUse) -> str:
        """Return the first such word of the article as it stands there, or ""."""
        return self.first.get((entity, use), "")

    def support_near(self, passage: Passage, span: Span | Occurrence, entity: str) -> str:
        """Return a support word of the entity in the same paragraph as it stands there, or ""."""
        terms = self.terms.get((entity, ContextUse.SUPPORT, passage.field))
        if not terms:
            return ""
        paragraph = passage.paragraph_at(span.start, span.end)
        # The first term at or after the start of the paragraph.
        for number in range(bisect_left(terms, (paragraph.start, 0)), len(terms)):
            start, end = terms[number]
            if start >= paragraph.end:
                break
            if end <= paragraph.end:
                return passage.text[start:end]
        return ""


def find_context(
    passages: Iterable[Passage], compiled: Compiled, refused_places: Iterable[tuple[Passage, Occurrence]] = ()
) -> Context:
    """Return every context word of every entity in an article, in any ending.

    An excluded term at a refused place of its own entity ("ГКНБ Таджикистана") says nothing of the rest of the article.
    """
    refused_spans = group_values(((f.name.entity, p.field), Span(f.start, f.end)) for p, f in refused_places)
    context = Context()
    if not compiled.context:
        return context
    for passage in passages:
        for place in passage.places_with(WordFlags.CONTEXT):
            for number in passage.word(place).matches:
                for term in compiled.context.get(number, ()):
                    if _is_term_at(passage, place, term):
                        span = Span(passage.start(place), passage.end(place + len(term.words) - 1))
                        spans = refused_spans.get((term.entity, passage.field), ())
                        if term.use is not ContextUse.EXCLUDE or not any(map(span.overlaps, spans)):
                            context.add(term, passage, span)
    return context


def _is_term_at(passage: Passage, place: int, term: ContextTerm) -> bool:
    """Return whether all words of a term stand at a place, spelt right."""
    if place + len(term.words) > passage.size:
        return False
    matches = [passage.word(place + n).matches.get(number) for n, number in enumerate(term.words)]
    return all(match is not None and match.closeness is Closeness.SAME for match in matches)


def context_doubts(entity: str, expected: EntityContext, context: Context) -> Iterator[Message]:
    """Yield why the entity's context words speak against it."""
    if expected.require and not context.first_term(entity, ContextUse.REQUIRE):
        yield Message("none of the words that its entry requires stands in this article")
    if unwanted := context.first_term(entity, ContextUse.EXCLUDE):
        yield Message("“{}”, which its entry excludes, stands in this article", unwanted)
