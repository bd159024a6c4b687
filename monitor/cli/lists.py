"""What operators edit: the watchlist and the feeds."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.app import documents, fetcher, offline, sources
from monitor.app.files import new_file, wrong_with_feeds
from monitor.app.sources import Tried
from monitor.cli import output
from monitor.cli.common import Format, LinesFormat, opened, out, print_json, print_line, say, settings_of, warn
from monitor.config import load_feeds
from monitor.config.opml import read_opml, write_opml
from monitor.config.watchlist import Format as ListFormat
from monitor.config.watchlist import dump_watchlist, format_of, load_watchlist
from monitor.errors import FetchReason, InputError
from monitor.match import lint
from monitor.match.explain.lint import ListWarning
from monitor.model import NameJudgement
from monitor.parse import parse_feed
from monitor.review.feedback import seldom_right
from monitor.serialize import feed_row, plain

NO_FEED, NO_NETWORK = 3, 4  # how `feeds test` and `discover` end when they found none
SAMPLED = 20  # entities for which forms are written out by `check`; `show` has those of any other
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
        warn(app.list_is_behind())
    if format is Format.JSON:
        print_json({"version": stored.version, "entities": plain(stored.entities)})
    else:
        output.entities(stored)


@watchlist.command("show")
def show_entity(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID")],
) -> None:
    """One entity: its names, its context, what the linter says of it, how often it was right, what it is found as.

    Example: monitor watchlist show gknb
    """
    with opened(context) as app:
        found = app.entity(entity)
        judged = [each for each in app.judged() if each.entity == entity]
        warnings = [w for w in (*lint(app.watchlist().entities), *seldom(judged)) if w.entity == entity]
    output.entity(found, warnings)
    output.precision(judged)
    output.samples(found)


@watchlist.command("check")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="YAML, CSV or FollowTheMoney JSON lines; default: your list."),
    ] = None,
) -> None:
    """What to look at in a watchlist file before it is used, and which forms of its first names will be found or not.

    Example: monitor watchlist check watchlist.yaml
    """
    learnt: list[ListWarning] = []
    if file is None:
        settings = settings_of(context)
        settings.require_home()
        file = settings.watchlist
        if settings.database_file is None or settings.database_file.exists():
            with opened(context) as app:
                learnt = seldom(app.judged())
    entities = load_watchlist(file)
    output.checked(entities, (*lint(entities), *learnt), entities[:SAMPLED])


def seldom(judged: Collection[NameJudgement]) -> list[ListWarning]:
    """Forms of a name that people found right less than one time in five."""
    return [
        ListWarning(entity, f"“{form}” was {precision}", "drop that spelling, or add `require` or `exclude`")
        for (entity, form), precision in seldom_right(judged).items()
    ]


@watchlist.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML, CSV or FollowTheMoney JSON lines, by its ending.")
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Store the change, removals too.")] = False,
) -> None:
    """Show what a file would change in the stored watchlist; with --apply, change it.

    Example: monitor watchlist import new.csv --apply
    """
    with opened(context) as app:
        change = app.import_watchlist(file, apply=apply)
        warnings = lint(load_watchlist(file))
    output.change(change)
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
    """Write the stored watchlist as a new file that `import` reads back unchanged. Only you can read it.

    Example: monitor watchlist export watchlist.csv
    """
    with opened(context) as app:
        entities = app.watchlist().entities
        warn(app.list_is_behind())
    if file is None:
        sys.stdout.write(dump_watchlist(entities, ListFormat.YAML))
        return
    text = dump_watchlist(entities, format_of(file))
    with new_file(file) as raw:
        raw.write(text.encode())
    say(f"{len(entities)} entities in {file}")


@feeds.command("list")
def list_feeds(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Show the feeds without trouble, too.")] = False,
    format: Format = Format.TEXT,
) -> None:
    """How the feeds are: how many, those in trouble with what to do, and how many are well. JSON has all of them.

    Example: monitor feeds list --all
    """
    with opened(context) as app:
        if not app.feeds():
            app.take_in_files()
        warn(wrong_with_feeds(app.settings.feeds))
        health = app.health()
    if format is Format.JSON:
        print_json({"feeds": [feed_row(each) for each in health]})
    else:
        output.feeds(health, every=every)


@feeds.command("test")
def test(context: typer.Context, url: Annotated[str, typer.Argument(metavar="URL")]) -> None:
    """Read a feed and show what it would bring. Stores nothing. Ends with 3 when it brings none, 4 without network.

    Example: monitor feeds test https://kloop.kg/feed/
    """

    async def look() -> Tried:
        async with fetcher(settings_of(context)) as web:
            return await sources.try_feed(url, web)

    tried = asyncio.run(look())
    if tried.response and tried.response.url != url:
        out.print(f"It leads to {tried.response.url}")
    if not tried.trouble:
        output.parsed_feed(tried.parsed.title or "(no title)", tried.parsed)
    _end_with(tried)


def _end_with(tried: Tried) -> None:
    if tried.reason is FetchReason.FORBIDDEN_ADDRESS:
        raise InputError(f"{tried.url}: {tried.trouble}")
    if tried.trouble:
        say(f"{tried.url}: {tried.trouble}")
        if tried.reason not in (FetchReason.UNREACHABLE, FetchReason.TIMEOUT):
            raise typer.Exit(NO_FEED)
        say("If no other site can be reached either, look at the network and the DNS of this machine.")
        raise typer.Exit(NO_NETWORK)


@feeds.command("discover")
def discover(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A site, one of its pages, or a feed.")],
    add: Annotated[bool, typer.Option("--add", help="Write those that work into feeds.yaml.")] = False,
) -> None:
    """Find the feeds of a site and try each: those it declares or links to, its Telegram channels, the usual places.

    With the URL of one feed and --add, only that one is added.
    Example: monitor feeds discover https://kaktus.media --add
    """
    url = url if "://" in url else f"https://{url}"

    async def look() -> list[Tried]:
        found: list[Tried] = []
        async with fetcher(settings_of(context)) as web:
            async for tried in sources.discover(url, web):
                if found or not (tried.parsed.html or tried.reason in sources.NOBODY_THERE):
                    output.tried(tried)
                found.append(tried)
        return found

    found = asyncio.run(look())
    working = [tried for tried in found if not tried.trouble]
    if not working:
        if found[0].reason not in sources.NOBODY_THERE:
            say("no feed was found; the site may have one in another place: ask it, or look for RSS on its pages")
        _end_with(found[0])
    if add:
        listed = load_feeds(settings_of(context).feeds)
        _add(context, [sources.as_row(tried, url, listed) for tried in working])


@feeds.command("import")
def import_feeds(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="OPML, as other feed readers export it.")],
) -> None:
    """Add the feeds of an OPML file to feeds.yaml. Nothing in it is changed or removed, comments stay.

    Example: monitor feeds import subscriptions.opml
    """
    rows = read_opml(documents.read_bytes(file))
    if rows is None:
        raise InputError(f"{file}: this is no OPML; export the list of sources from the other reader as OPML")
    _add(context, rows)


def _add(context: typer.Context, rows: Sequence[sources.Row]) -> None:
    with opened(context) as app:
        app.take_in_files()
        compiled = app.compiled()
        betraying = [number for number, row in enumerate(rows, 1) if sources.betrays(row["url"], compiled)]
        given, rows = len(rows), [row for number, row in enumerate(rows, 1) if number not in betraying]
        added = sources.add_feeds(app.settings.feeds, rows)
        app.take_in_files()  # so that `feeds list` shows them
    for row in added.rows:
        out.print(f"added: {row['url']} ({row.get('outlet') or 'outlet by its address'})")
    for url in added.refused:
        say(f"left out: {url} is no address of the web")
    for number in betraying:  # not its address: that says the name
        say(f"left out: number {number} of {given:,}: {sources.BETRAYS}; feeds.yaml itself takes any address")
    out.print(f"{len(added.rows)} added to {app.settings.feeds}, {added.known} there already")


@feeds.command("export")
def export_feeds(context: typer.Context) -> None:
    """Write the list of feeds as OPML to standard output, for other feed readers.

    Intervals, pauses, proxies and ids are not in it: they stay in feeds.yaml.
    Example: monitor feeds export > sources.opml
    """
    settings = settings_of(context)
    settings.require_home()
    sys.stdout.write(write_opml(load_feeds(settings.feeds)))


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
            print_line(offline.feed_row(name, parsed))
        else:
            output.parsed_feed(name, parsed)
