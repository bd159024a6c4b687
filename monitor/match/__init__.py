"""Pure. Which watchlist names a text mentions, where, how surely and why.

forms     what a name may look like: spellings, stems, endings        compiled  a watchlist made ready
foreign   how Western and Chinese names sound in Cyrillic                words     titles, given names, type words
index     which listed words a word of the text may be (rapidfuzz)     passage   a text read once
verify    which words make up a name, and what makes it another's      decide    how surely; what alerts
explain   why, in plain sentences                                      lint      what to look at in a watchlist
samples   what a listed name will and will not be found as
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.match.compiled import Compiled, compile_watchlist
from monitor.match.decide import aside, hits, mentions, near_misses, read
from monitor.match.explain import NearMiss
from monitor.match.lint import Kind, Warning_, lint
from monitor.match.samples import Sample, samples
from monitor.model import Document, Mention

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
    return mentions(read(text, title, compiled), compiled)


def match_documents(
    documents: Iterable[Document], compiled: Compiled
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """The batch path: every document, in order, with its mentions (none: an empty tuple)."""
    for document in documents:
        yield document, find_mentions(document.text, compiled, document.title)
