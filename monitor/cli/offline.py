"""Commands that run one stage on files: match, extract, stories, explain. They store nothing and need no home."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from monitor.app.lists import watchlist_notice
from monitor.cli.common import LinesFormat, count_words, opened_home, out, print_line, print_message, settings_of, warn
from monitor.config.watchlist import load_watchlist, with_own_ids
from monitor.errors import FetchError, InputError, StageFailed
from monitor.match import MatchTotals, find_frames
from monitor.model import Entity
from monitor.serialize import document_row, incidents_row

if TYPE_CHECKING:
    from monitor.app import offline

WatchlistFile = Annotated[
    Path | None, typer.Option("--watchlist", metavar="FILE", help="A watchlist file. Default: the stored list.")
]
MAX_PROCESSES = 256
Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Files; `-` is standard input.")]


def match(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE…]")] = None,
    watchlist: WatchlistFile = None,
    format: LinesFormat = LinesFormat.TEXT,
    jobs: Annotated[int, typer.Option(min=1, max=MAX_PROCESSES, help="Processes to use.")] = 1,
    incidents: Annotated[
        bool, typer.Option("--incidents", help="Find incidents against the press, not names.")
    ] = False,
) -> None:
    """Find watched names in documents: text, HTML, or JSON lines. Standard input may be a text, or JSON lines.

    Example: monitor match --watchlist watchlist.yaml --format jsonl articles.jsonl
    """
    from monitor.app import documents
    from monitor.cli.output import pages as output_pages
    from monitor.ingest.tools import stages_apart

    if incidents:
        with stages_apart() as run:
            for document in documents.documents(files or ["-"], run):
                if frames := find_frames(document.text, document.title):
                    if format is LinesFormat.JSONL:
                        print_line(incidents_row(document, frames))
                    else:
                        output_pages.print_incidents(document, frames)
        return
    totals = MatchTotals()
    # An iterator: documents are printed as they are matched.
    with stages_apart() as run:
        documents_with_mentions = documents.match(
            documents.documents(files or ["-"], run), entities_of(context, watchlist), totals, jobs
        )
        for document, mentions in documents_with_mentions:
            if not mentions:
                continue
            if format is LinesFormat.JSONL:
                print_line(document_row(document, mentions))
            else:
                output_pages.print_document(document, mentions)
    if totals.common_surnames:
        surnames = count_words(totals.common_surnames, "surname", "surnames")
        print_message(f"monitor: not listed: {surnames} standing alone: common ones, given names, ordinary words")


def extract(files: Files, context: typer.Context, format: LinesFormat = LinesFormat.TEXT) -> None:
    """Show what a page holds: title, date, authors, language, text. FILE.html, FILE.html.gz, a URL, or `-`.

    Example: monitor extract --format jsonl page.html
    """
    from monitor.app import offline
    from monitor.cli.output import pages as output_pages
    from monitor.ingest.tools import make_fetcher, open_sandbox

    async def pages() -> None:
        async with make_fetcher(settings_of(context), by_hand=True) as web, open_sandbox() as sandbox:
            for name in files:
                url, page = await offline.read_page(name, web, sandbox, own_url=name)
                if format is LinesFormat.JSONL:
                    print_line(offline.page_row(name, url, page))
                else:
                    output_pages.print_page(url, page)

    asyncio.run(_as_input_errors(pages()))


def stories(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="JSON lines; `-` is standard input.")] = "-",
    watchlist: Annotated[
        Path | None, typer.Option("--watchlist", metavar="FILE", help="Names to watch for. Default: none.")
    ] = None,
    format: LinesFormat = LinesFormat.TEXT,
) -> None:
    """Group documents into stories, in the order given, by the code that files articles.

    Example: monitor stories --format jsonl articles.jsonl
    """
    from monitor.app import documents, offline

    entities = load_watchlist(watchlist) if watchlist else ()
    for row in offline.group_stories(documents.json_lines(file), file, entities):
        if format is LinesFormat.JSONL:
            print_line(row)
        else:
            copy = f", a copy of {row['copy_of']}" if row["copy_of"] else ""
            related = f"; related: {', '.join(row['related'])}" if row["related"] else ""
            out.print(f"{row['id']}: story {row['story']}{copy}{related}")


def explain(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="URL|FILE")],
    watchlist: WatchlistFile = None,
) -> None:
    """Read one page and print what was found and why, and what nearly matched and why not. Stores nothing.

    Example: monitor explain page.html --watchlist watchlist.yaml
    """
    from monitor.app import offline
    from monitor.cli.output import pages as output_pages
    from monitor.ingest.tools import make_fetcher, open_sandbox

    entities = entities_of(context, watchlist)

    async def read_and_explain() -> offline.Explanation:
        async with make_fetcher(settings_of(context), by_hand=True) as web, open_sandbox() as sandbox:
            return await offline.explain(source, entities, web, sandbox)

    output_pages.print_explanation(
        asyncio.run(_as_input_errors(read_and_explain())), {entity.id: entity.name for entity in entities}
    )


def entities_of(context: typer.Context, file: Path | None) -> tuple[Entity, ...]:
    if file is not None:
        entities = load_watchlist(file)
        if closed := sum(entity.sensitive for entity in entities):
            warn(f"names marked sensitive in {file.name}, which count here like the others: {closed}")
        return with_own_ids(entities)
    with opened_home(context) as home:
        entities = home.store.watchlists.current().entities
        warn(watchlist_notice(home))
    if not entities:
        raise InputError("no watchlist is stored yet; name one with --watchlist FILE, or run `monitor ingest` first")
    return entities


T = TypeVar("T")


async def _as_input_errors(work: Awaitable[T]) -> T:
    """Await `work`, turning its errors into an InputError: users see a message, not a traceback."""
    try:
        return await work
    except FetchError as error:
        raise InputError(f"{error.url}: {error}") from error
    except StageFailed as error:
        raise InputError(f"the page cannot be read ({error})") from error
