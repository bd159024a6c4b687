"""Pure. Which watchlist names a text mentions, where, how surely and why.

forms     what a name may look like: spellings, stems, endings        compiled  a watchlist made ready
foreign   how Western and Chinese names sound in Cyrillic             words     titles, given names, type words
index     which listed words a word of the text may be                 join      … of many words at once (rapidfuzz)
sounds    skeletons of many words at once                              scan      where in many texts a name may begin
passage   a text, its words read when they are asked for              found     what is found at a place
people    whose surname stands there, and what makes it another's      surroundings  which given names stand around it
organisations  names of bodies and outlets, acronyms                   decide    how surely; what alerts
explain   why, in plain sentences                                      near      what nearly was a name, and why not
lint      what to look at in a watchlist
samples   what a listed name will and will not be found as
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.match.compiled import Compiled, compile_watchlist
from monitor.match.decide import aside, hits, mentions
from monitor.match.lint import Kind, Warning_, lint
from monitor.match.near import NearMiss, near_misses
from monitor.match.samples import Sample, samples
from monitor.model import Document, Mention

_BATCH = 150_000  # characters: what the caches of a processor hold

__all__ = [
    "Compiled",
    "Kind",
    "NearMiss",
    "Sample",
    "Warning_",
    "aside",
    "compile_watchlist",
    "find_mentions",
    "hits",
    "lint",
    "match_documents",
    "near_misses",
    "samples",
]


def find_mentions(text: str, compiled: Compiled, title: str = "") -> tuple[Mention, ...]:
    """Every mention in an article's title and text, title first, in the order they stand there.

    Offsets are into the field as given: `mention.span.of(text) == mention.text`.
    """
    (passages,) = compiled.scanner.passages([(title, text)])
    return mentions(passages, compiled)


def match_documents(
    documents: Iterable[Document], compiled: Compiled
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """The batch path: every document, in order, with its mentions (none: an empty tuple).

    Reads some documents ahead, because many at once are matched many times faster.
    """
    for batch in _batches(documents):
        scanned = compiled.scanner.passages([(document.title, document.text) for document in batch])
        for document, passages in zip(batch, scanned, strict=True):
            yield document, mentions(passages, compiled) if passages else ()


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
