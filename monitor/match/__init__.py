"""Pure. Which watchlist names a text mentions, where, how surely and why.

How its modules work together is told in docs/design/names.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.explain.lint import ListWarning, lint
from monitor.match.explain.near_misses import NearMiss, near_misses
from monitor.match.explain.samples import Sample, samples
from monitor.match.rules.alerts import hits
from monitor.match.rules.decide import MOST_PLACES, mentions
from monitor.model import Document, Mention

_BATCH = 150_000  # characters: what the caches of a processor hold

__all__ = [
    "MOST_PLACES",
    "Compiled",
    "ListWarning",
    "NearMiss",
    "Sample",
    "compile_watchlist",
    "find_mentions",
    "hits",
    "lint",
    "match_documents",
    "near_misses",
    "samples",
]


def find_mentions(
    text: str, compiled: Compiled, title: str = "", most: int | None = MOST_PLACES
) -> tuple[Mention, ...]:
    """Return the mentions in an article's title and text, title first, in the order they stand there.

    Offsets are into the field as given: `mention.span.of(text) == mention.text`. Of each entity the `most` telling
    places are returned; its last mention counts its other places (`other_places`). With `most` None all are returned.
    """
    (passages,) = compiled.scanner.passages([(title, text)])
    return mentions(passages, compiled, most=most)


def match_documents(
    documents: Iterable[Document], compiled: Compiled
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """The batch path: every document, in order, with its mentions (none: an empty tuple).

    Reads some documents ahead, because many at once are matched many times faster. Of an entity it returns as many
    places as `find_mentions` does.
    """
    for batch in _batches(documents):
        scanned = compiled.scanner.passages([(document.title, document.text) for document in batch])
        for document, passages in zip(batch, scanned, strict=True):
            yield document, mentions(passages, compiled, document.zones) if passages else ()


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.title) + len(document.text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
