"""Commands on the lists that operators edit: `monitor watchlist` and `monitor feeds`."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.app.current_watchlist import compiled_watchlist, find_entity, watchlist_file, watchlist_notice
from monitor.app.files import create_private_file, feeds_file_problem
from monitor.app.lists import sync_files
from monitor.app.sources.desk import DeskSources
from monitor.app.sources.file import Row
from monitor.app.upkeep.health import feed_health
from monitor.cli.common import (
    Closed,
    Format,
    LanguageOption,
    LinesFormat,
    language_of,
    open_watch,
    opened_home,
    print_json,
    print_line,
    print_message,
    read_name,
    settings_of,
    warn,
)
from monitor.cli.console import out
from monitor.cli.output import lists as output_lists
from monitor.config import load_feeds
from monitor.config.forms import MAX_BYTES
from monitor.config.opml import read_opml, write_opml
from monitor.config.watchlist import Format as ListFormat
from monitor.config.watchlist import detect_format, dump_watchlist, load_watchlist, with_own_ids
from monitor.errors import FetchReason, InputError, StageFailed
from monitor.match import lint, press_trials
from monitor.match.explain.lint import ListWarning
from monitor.model import EntityType, Message, NameJudgement
from monitor.review.feedback import unreliable_forms
from monitor.serialize import feed_row, plain

if TYPE_CHECKING:
    from monitor.app.sources.search import FeedProbe

NO_FEED, NO_NETWORK = 3, 4  # exit codes of `feeds test` and `discover`
ENTITIES_SAMPLED = 20  # `check` prints sample forms of these; `show` prints those of any entity
WARNINGS_ON_IMPORT = 50

watchlist = typer.Typer(no_args_is_help=True, help="The watchlist. Example: monitor watchlist list")
feeds = typer.Typer(no_args_is_help=True, help="The feeds. Example: monitor feeds list")


@watchlist.command("list")
def list_entities(context: typer.Context, format: Format = Format.TEXT, closed: Closed = False) -> None:
    """List who and what is watched.

    Example: monitor watchlist list --format json
    """
    with open_watch(context, closed) as home:
        stored = home.store.watchlists.current()
        warn(watchlist_notice(home))
    if format is Format.JSON:
        print_json({"version": stored.version, "entities": plain(stored.entities)})
    else:
        output_lists.print_entities(stored)


@watchlist.command("show")
def show_entity(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID", callback=read_name, help="`-`: from standard input.")],
    lang: LanguageOption = None,
    closed: Closed = False,
) -> None:
    """Show one entity: its names, its context, warnings, how often it was right, and the forms that are found.

    Example: monitor watchlist show gknb
    """
    with open_watch(context, closed) as home:
        record = find_entity(home, entity)
        judgements = [judgement for judgement in home.store.reviews.name_judgements() if judgement.entity == entity]
        warnings = [*lint(home.store.watchlists.current().entities, [entity]), *rarely_right_warnings(judgements)]
    language = language_of(context, lang)
    output_lists.print_entity(record, warnings, language)
    output_lists.print_precision(judgements)
    output_lists.print_samples(record, language)


@watchlist.command("check")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="YAML, CSV or FollowTheMoney JSON lines; default: your list."),
    ] = None,
    lang: LanguageOption = None,
) -> None:
    """Check a watchlist file before it is used; show which forms of its first names are found or not.

    Example: monitor watchlist check watchlist.yaml
    """
    judgement_warnings: list[ListWarning] = []
    if file is None:
        settings = settings_of(context)
        settings.require_home()
        file = settings.watchlist
        # Opening the home would create the database, which a check should not do.
        if settings.database_file is None or settings.database_file.exists():
            with opened_home(context) as home:
                judgement_warnings = rarely_right_warnings(home.store.reviews.name_judgements())
    listed = load_watchlist(file)
    entities = with_own_ids([entity for entity in listed if entity.type is not EntityType.PRESS])
    if closed := sum(entity.sensitive for entity in entities):
        print_message(f"names marked sensitive, which are looked at, too: {closed}")
    warnings = (*lint(entities), *judgement_warnings)
    language = language_of(context, lang)
    output_lists.print_check(entities, warnings, entities[:ENTITIES_SAMPLED], language)
    if len(entities) < len(listed):
        output_lists.print_press_trials(tuple(press_trials()), language)


def rarely_right_warnings(judgements: Collection[NameJudgement]) -> list[ListWarning]:
    """Return a warning for each form of a name that people judged right less than one time in five."""
    advice = Message("drop that spelling, or add `require` or `exclude`")
    return [
        ListWarning(
            entity, Message("“{}” was right {} of {} times", form, right.right, right.right + right.wrong), advice
        )
        for (entity, form), right in unreliable_forms(judgements).items()
    ]


@watchlist.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML, CSV or FollowTheMoney JSON lines, by its ending.")
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Store the change, removals too.")] = False,
    lang: LanguageOption = None,
    closed: Closed = False,
) -> None:
    """Show what a file would change in the stored watchlist; with --apply, change it.

    Example: monitor watchlist import new.csv --apply
    """
    with open_watch(context, closed) as home:
        change = watchlist_file(home).import_from(file, home.clock(), apply=apply)
        # Of the other entries nothing has changed since they were looked at.
        changed_ids = {entity.id for entity in (*change.added, *(new for _, new in change.changed))}
        warnings = lint(load_watchlist(file, closed=closed), changed_ids) if changed_ids else ()
    language = language_of(context, lang)
    output_lists.print_change(change)
    for warning in warnings[:WARNINGS_ON_IMPORT]:
        print_message(output_lists.warning_line(warning, language))
    if (remaining := len(warnings) - WARNINGS_ON_IMPORT) > 0:
        print_message(f"and {remaining} more to look at: monitor watchlist check {shlex.quote(str(file))}")
    if other_names := len(load_watchlist(file, closed=not closed)):
        print_message(f"of the other watch, so not looked at: {other_names}" + ("" if closed else " (--closed does)"))
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
    closed: Closed = False,
) -> None:
    """Write the stored watchlist as a new file that `import` reads back unchanged. Only you can read it.

    Example: monitor watchlist export watchlist.csv
    """
    with open_watch(context, closed) as home:
        entities = home.store.watchlists.current().entities
        warn(watchlist_notice(home))
    if file is None:
        sys.stdout.write(dump_watchlist(entities, ListFormat.YAML))
        return
    text = dump_watchlist(entities, detect_format(file))
    with create_private_file(file) as raw:
        raw.write(text.encode())
    print_message(f"{len(entities)} entities in {file}")


@feeds.command("list")
def list_feeds(
    context: typer.Context,
    all_feeds: Annotated[bool, typer.Option("--all", help="Show the feeds without trouble, too.")] = False,
    format: Format = Format.TEXT,
) -> None:
    """Show the state of the feeds: those in trouble with advice, and the number of the others. JSON lists them all.

    Example: monitor feeds list --all
    """
    with opened_home(context) as home:
        # Before the first run no feeds are stored.
        if not home.open_watch.store.feeds.states():
            sync_files(home)
        warn(feeds_file_problem(home.settings.feeds))
        health = feed_health(home)
    if format is Format.JSON:
        print_json({"feeds": [feed_row(feed_health) for feed_health in health]})
    else:
        output_lists.print_feeds(health, all_feeds=all_feeds)


@feeds.command("test")
def test(context: typer.Context, url: Annotated[str, typer.Argument(metavar="URL")]) -> None:
    """Read a feed and show what it would bring. Stores nothing. Ends with 3 when it brings none, 4 without network.

    Example: monitor feeds test https://kloop.kg/feed/
    """
    from monitor.app.sources import search
    from monitor.ingest.tools import make_fetcher, open_sandbox

    async def request_feed() -> FeedProbe:
        async with make_fetcher(settings_of(context)) as web, open_sandbox() as sandbox:
            return await search.probe_feed(url, web, sandbox, own_url=url)

    probe = asyncio.run(request_feed())
    if probe.response and probe.response.url != url:
        out.print(f"It leads to {probe.response.url}")
    if not probe.trouble:
        output_lists.print_parsed_feed(probe.parsed.title or "(no title)", probe.parsed)
    _exit_if_failed(probe)


def _exit_if_failed(probe: FeedProbe) -> None:
    if probe.reason is FetchReason.FORBIDDEN_ADDRESS:
        raise InputError(f"{probe.url}: {probe.trouble}")
    if probe.trouble:
        print_message(f"{probe.url}: {probe.trouble}")
        # Only these two may mean that our own network is down.
        if probe.reason not in (FetchReason.UNREACHABLE, FetchReason.TIMEOUT):
            raise typer.Exit(NO_FEED)
        print_message("If no other site can be reached either, look at the network and the DNS of this machine.")
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
    from monitor.app.sources import search
    from monitor.ingest.tools import make_fetcher, open_sandbox

    url = url if "://" in url else f"https://{url}"

    async def probe_site() -> list[FeedProbe]:
        probes: list[FeedProbe] = []
        async with make_fetcher(settings_of(context)) as web, open_sandbox() as sandbox:
            async for probe in search.discover(url, web, sandbox):
                # The first one may be the page of the site itself, which is not a feed and not worth a line.
                if probes or not (probe.parsed.html or probe.reason in search.UNREACHABLE_REASONS):
                    output_lists.print_probe(probe)
                probes.append(probe)
        return probes

    probes = asyncio.run(probe_site())
    working = [probe for probe in probes if not probe.trouble]
    if not working:
        if probes[0].reason not in search.UNREACHABLE_REASONS:
            print_message(
                "no feed was found; the site may have one in another place: ask it, or look for RSS on its pages"
            )
        _exit_if_failed(probes[0])
    if add:
        listed_feeds = load_feeds(settings_of(context).feeds)
        add_to_feeds_file(context, [search.feeds_file_row(probe, url, listed_feeds) for probe in working])


@feeds.command("import")
def import_feeds(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="OPML, as other feed readers export it.")],
) -> None:
    """Add the feeds of an OPML file to feeds.yaml. Nothing in it is changed or removed, comments stay.

    Example: monitor feeds import subscriptions.opml
    """
    from monitor.app import documents
    from monitor.app.apart import run_apart

    try:
        rows = run_apart(read_opml, documents.read_bytes(file, MAX_BYTES))
    except StageFailed as error:
        raise InputError(f"{file}: cannot be read ({error})") from None
    if rows is None:
        raise InputError(f"{file}: this is no OPML; export the list of sources from the other reader as OPML")
    add_to_feeds_file(context, rows)


def add_to_feeds_file(context: typer.Context, rows: Sequence[Row]) -> None:
    """Add feeds whose addresses reveal no watched name, and print what was added and what was left out."""
    from monitor.app.sources import search

    with opened_home(context) as home:
        sync_files(home)
        compiled = compiled_watchlist(home)
        revealing = [number for number, row in enumerate(rows, 1) if search.reveals_watched_name(row["url"], compiled)]
        total, rows = len(rows), [row for number, row in enumerate(rows, 1) if number not in revealing]
        added = DeskSources(home.open_watch).file.add(rows, home.clock())
    for row in added.rows:
        out.print(f"added: {row['url']} ({row.get('outlet') or 'outlet by its address'})")
    for url in added.refused:
        print_message(f"left out: {url} is no address of the web")
    for number in revealing:  # not its address, which contains the name
        print_message(
            f"left out: number {number} of {total:,}: {search.REVEALING_ADDRESS}; feeds.yaml itself takes any address"
        )
    out.print(f"{len(added.rows)} added to {home.settings.feeds}, {added.already_listed} there already")


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
    """Show what a saved feed holds, one line per file, in feed order.

    Example: monitor feeds parse --format jsonl --base https://kloop.kg/feed/ feed.xml
    """
    from monitor.app import documents, offline
    from monitor.app.apart import stages_apart
    from monitor.ingest.stages import parse_feed_file

    with stages_apart() as run:
        for name in files:
            try:
                parsed = run(parse_feed_file, *documents.read_packed(name), base)
            except StageFailed as error:
                raise InputError(f"{name}: cannot be read ({error})") from None
            if format is LinesFormat.JSONL:
                print_line(offline.parsed_feed_row(name, parsed))
            else:
                output_lists.print_parsed_feed(name, parsed)
