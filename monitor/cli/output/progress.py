"""Terminal output: a reading while it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.text import Text

from monitor.cli.common import count_words, err, print_message, without_controls
from monitor.model import Hit, Outcome, RescanMatch, Result, Visit
from monitor.ports import EventListener


@contextmanager
def reading_progress() -> Iterator[EventListener]:
    """Show a reading on a terminal: a line for each find, and below them how many sources and pages were read."""
    visits: list[Visit] = []
    pages = 0
    with err.status("Reading the sources …") as status:

        def show(event: Visit | Result | RescanMatch) -> None:
            nonlocal pages
            print_event(event)
            if isinstance(event, Visit):
                visits.append(event)
            elif isinstance(event, Result):
                pages += 1
            if visits:
                failures = sum(not visit.status.is_healthy for visit in visits)
                parts = [f"{count_words(len(visits) - failures, 'source')} read"]
                parts += [f"{failures} failed"] if failures else []
                parts += [count_words(pages, "article")] if pages else []
                line = f"{', '.join(parts)}; last {visits[-1].feed.feed.outlet}"
                status.update(Text(without_controls(line)))

        yield show


def print_event(event: Visit | Result | RescanMatch) -> None:
    """Print an event of a reading as it happens."""
    if isinstance(event, Visit) and not event.status.is_healthy:
        print_message(f"  could not be read: {event.feed.feed.outlet}: {event.detail or event.status.value}")
    if isinstance(event, RescanMatch) and event.gained:
        names = _names_of(event.gained)
        print_message(f"  found in an older article: {event.article.title} ({event.article.outlet}): {names}")
    if isinstance(event, Result) and event.outcome is Outcome.QUEUED and event.article:
        names = _names_of([hit for hit in event.hits if hit.alerts])
        print_message(f"  found: {event.article.title} ({event.article.outlet}): {names}")


def _names_of(hits: Sequence[Hit]) -> str:
    """Return the names by their ids; of the press, which is no name, what happened."""
    incidents = ([m.incident.in_words(m.text, m.custody) for m in hit.mentions if m.incident] for hit in hits)
    return ", ".join(acts[0] if acts else hit.entity for hit, acts in zip(hits, incidents, strict=True))
