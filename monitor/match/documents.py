"""Pure. Documents -> the mentions of watched names and of the press in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.match.compile import Compiled
from monitor.match.rules.acts import with_acts
from monitor.match.rules.decide import MOST_PLACES, decide_mentions
from monitor.match.rules.persons.people import common_surnames_named
from monitor.match.rules.press import press_mentions
from monitor.model import Document, Mention

# Characters, so that the arrays of a batch stay in a processor's cache.
_BATCH = 150_000


def find_mentions(
    text: str, compiled: Compiled, title: str = "", max_places: int | None = MOST_PLACES
) -> tuple[Mention, ...]:
    """Return the mentions in an article's title and text, title first, in text order.

    Offsets are into the field as given: `mention.span.of(text) == mention.text`. Of each entity the most telling places
    are returned, at most `max_places` (None: all); its last mention counts its other places (`other_places`).
    """
    (passages,) = compiled.scanner.passages([(title, text)])
    return decide_mentions(passages, compiled, max_places=max_places)


@dataclass(slots=True)
class MatchTotals:
    """Counts over all documents that were matched."""

    common_surnames: int = 0  # surnames alone that are no mention, because they are common


def match_documents(
    documents: Iterable[Document], compiled: Compiled, totals: MatchTotals | None = None
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """Yield every document, in order, with its mentions (none: an empty tuple).

    Documents are read in batches, because many at once are matched many times faster. Of an entity it returns as many
    places as `find_mentions` does. Counts are added to `totals` as documents are yielded.
    """
    scanner = compiled.scanner
    for batch in _batches(documents):
        scanned_documents = scanner.documents([(document.title, document.text) for document in batch])
        for document in batch:
            common_surnames_before = scanner.common_surnames
            passages, telling_words = next(scanned_documents)
            mentions = decide_mentions(passages, compiled, document.zones) if passages else ()
            mentions = with_acts(document, mentions, compiled) if mentions else ()
            mentions = (*mentions, *press_mentions(document, compiled, telling_words))
            if totals is not None:
                totals.common_surnames += scanner.common_surnames - common_surnames_before
                totals.common_surnames -= sum(common_surnames_named(passage, mentions) for passage in passages)
            yield document, mentions


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield the documents in lists of about `_BATCH` characters."""
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
