"""What operators edit: the watchlist and the feeds."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.app import documents, fetcher, onfiles
from monitor.app.views import change_row, check_row, entity_row, feed_row
from monitor.cli import show
from monitor.cli.common import Format, LinesFormat, opened, out, print_json, print_line, say, settings_of
from monitor.errors import FetchError, InputError, NotFound
from monitor.match import lint, samples
from monitor.parse import parse_feed
from monitor.watchlist import Format as ListFormat
from monitor.watchlist import dump_watchlist, format_of, load_watchlist

SAMPLED = 20  # entities for which forms are written out unless all are asked for
WARNINGS_ON_IMPORT = 50

watchlist = typer.Typer(no_args_is_help=True, help="The watchlist. Example: monitor watchlist list")
feeds = typer.Typer(no_args_is_help=True, help="The feeds. Example: monitor feeds list")


@watchlist.command("list")
def list_entities(context: typer.Context, format: Format = Format.TEXT) -> None:
    """Who and what is watched.

    Example: monitor watchlist list --format json
    """
    with opened(context) as app:
        stored = app.watchlist()
    if format is Format.JSON:
        print_json({"version": stored.version, "entities": [entity_row(e) for e in stored.entities]})
    else:
        show.entities(stored)


@watchlist.command("show")
def show_entity(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID")],
    format: Format = Format.TEXT,
) -> None:
    """One entity: its names, its context, what the linter says of it.

    Example: monitor watchlist show gknb
    """
    with opened(context) as app:
        found = app.entity(entity)
        warnings = [w for w in lint(app.watchlist().entities) if w.entity == entity]
    if format is Format.JSON:
        print_json(entity_row(found))
    else:
        show.entity(found, warnings)


@watchlist.command("check")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="YAML, CSV or FollowTheMoney JSON lines; default: your list."),
    ] = None,
    entity: Annotated[list[str] | None, typer.Option("--entity", metavar="ID", help="Only these entities.")] = None,
    all_: Annotated[
        bool, typer.Option("--all", help=f"Write out forms for all entities, not for the first {SAMPLED}.")
    ] = False,
    format: Format = Format.TEXT,
) -> None:
    """What to look at in a watchlist file before it is used, and which forms of each name will and will not be found.

    Example: monitor watchlist check watchlist.yaml --entity gknb
    """
    if file is None:
        settings = settings_of(context)
        settings.require_home()
        file = settings.watchlist
    entities = load_watchlist(file)
    by_id = {each.id: each for each in entities}
    if unknown := [each for each in entity or () if each not in by_id]:
        raise NotFound(f"no entity {unknown[0]!r} in {file.name}; without --entity all are checked")
    wanted = set(entity or by_id)
    warnings = [warning for warning in lint(entities, aliases=True) if warning.entity in wanted]
    shown = [each for each in entities if each.id in wanted]
    tried = {each.id: samples(each) for each in (shown if all_ or entity else shown[:SAMPLED])}
    if format is Format.JSON:
        print_json(check_row(str(file), entities, warnings, tried))
    else:
        show.checked(shown, warnings, tried)


@watchlist.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML, CSV or FollowTheMoney JSON lines, by its ending.")
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Store the change, removals too.")] = False,
    format: Format = Format.TEXT,
) -> None:
    """Show what a file would change in the stored watchlist; with --apply, change it.

    Example: monitor watchlist import new.csv --apply
    """
    with opened(context) as app:
        change = app.import_watchlist(file, apply=apply)
        warnings = lint(load_watchlist(file))
    if format is Format.JSON:
        print_json(change_row(change) | {"applied": apply and bool(change)})
        return
    show.change(change)
    for warning in warnings[:WARNINGS_ON_IMPORT]:
        say(str(warning))
    if (more := len(warnings) - WARNINGS_ON_IMPORT) > 0:
        say(f"and {more} more to look at: monitor watchlist check {shlex.quote(str(file))}")
    if not change:
        out.print("nothing to change")
    elif apply:
        out.print("stored")
    else:
        out.print("nothing was stored; add --apply to store it")


@watchlist.command("export")
def export(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="By its ending; default: YAML, printed.")
    ] = None,
) -> None:
    """Write the stored watchlist as a file that `import` reads back unchanged.

    Example: monitor watchlist export watchlist.csv
    """
    with opened(context) as app:
        entities = app.watchlist().entities
    if file is None:
        sys.stdout.write(dump_watchlist(entities, ListFormat.YAML))
        return
    text = dump_watchlist(entities, format_of(file))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file.absolute()}: cannot be written ({error.strerror}); choose another path") from None
    say(f"{len(entities)} entities in {file}")


@feeds.command("list")
def list_feeds(context: typer.Context, format: Format = Format.TEXT) -> None:
    """The feeds and how the last visit to each ended.

    Example: monitor feeds list --format json
    """
    with opened(context) as app:
        if not app.feeds():
            app.take_in_files()
        states = app.feeds()
    if format is Format.JSON:
        print_json({"feeds": [feed_row(state) for state in states]})
    else:
        show.feeds(states)


@feeds.command("test")
def test(context: typer.Context, url: Annotated[str, typer.Argument(metavar="URL")]) -> None:
    """Read a feed and show what it would bring. Stores nothing.

    Example: monitor feeds test https://kloop.kg/feed/
    """

    async def look() -> None:
        async with fetcher(settings_of(context)) as web:
            try:
                response, parsed = await onfiles.try_feed(url, web)
            except FetchError as error:
                raise InputError(f"{url}: {error}") from error
            show.feed(response, parsed)
            if parsed.problem and not parsed.entries:
                raise InputError(f"{url}: {parsed.problem}")

    asyncio.run(look())


@feeds.command("parse")
def parse(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Saved feeds; `-` is standard input.")],
    base: Annotated[str, typer.Option(metavar="URL", help="Where the feed was: relative links start there.")] = "",
    format: LinesFormat = LinesFormat.TEXT,
) -> None:
    """What a saved feed holds, one line per file, in feed order.

    Example: monitor feeds parse --format jsonl --base https://kloop.kg/feed/ feed.xml
    """
    for name in files:
        parsed = parse_feed(documents.read_bytes(name), base)
        if format is LinesFormat.JSONL:
            print_line(onfiles.feed_row(name, parsed))
        else:
            show.parsed_feed(name, parsed)
