"""Commands on the feeds: `monitor feeds list`, `test`, `discover`, `import`, `export`, `parse`, and edits of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import serialize
from monitor.app.files import feeds_file_problem
from monitor.app.lists import compiled_watchlist, sync_files
from monitor.app.sources.desk import REVEALING_ADDRESS, DeskSources, Row, reveals_watched_name
from monitor.app.upkeep.health import feed_health
from monitor.cli.common import (
    LinesFormat,
    OutputFormat,
    opened_home,
    out,
    print_json,
    print_line,
    print_message,
    settings_of,
    warn,
)
from monitor.cli.output import lists as output_lists
from monitor.config import load_feeds
from monitor.config.forms import MAX_BYTES
from monitor.config.opml import read_opml, write_opml
from monitor.errors import NOTHING_FETCHED, FetchReason, InputError, StageFailed
from monitor.feeds.health import Health
from monitor.urls import is_web_url

if TYPE_CHECKING:
    from monitor.app.sources.search import FeedProbe


NO_FEED = 3  # the exit code of `feeds test` and `discover`

feeds = typer.Typer(no_args_is_help=True, help="The feeds. Example: monitor feeds list")


@feeds.command("list")
def list_feeds(
    context: typer.Context,
    all_feeds: Annotated[bool, typer.Option("--all", help="Show the feeds without trouble, too.")] = False,
    format: OutputFormat = OutputFormat.TEXT,
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
    if format is OutputFormat.JSON:
        print_json({"feeds": [_feed_row(feed_health) for feed_health in health]})
    else:
        output_lists.print_feeds(health, all_feeds=all_feeds)


def _feed_row(health: Health) -> serialize.Row:
    """Return a feed with its health as JSON.

    `status` is the result of the last visit, `state` the health: `silent` and the like show only over several visits.
    """
    state = health.state
    return {
        **serialize.row(state.feed, "id url outlet language country paused"),
        "status": state.status.value,
        "since": serialize.utc_text(state.status_since),
        **serialize.row(state, "detail failures last_visit last_ok next_due"),
        "state": health.status.value,
        "state_since": serialize.utc_text(health.since),
        "says": health.summary,
        "todo": " ".join(health.todo),
        "last_new": serialize.utc_text(state.memory.last_new),
        "moved_to": state.moved_to or None,
    }


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
        raise typer.Exit(NOTHING_FETCHED)


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
    from monitor.ingest.tools import stages_apart

    try:
        with stages_apart() as run:
            rows = run(read_opml, documents.read_bytes(file, MAX_BYTES))
    except StageFailed as error:
        raise InputError(f"{file}: cannot be read ({error})") from None
    if rows is None:
        raise InputError(f"{file}: this is no OPML; export the list of sources from the other reader as OPML")
    add_to_feeds_file(context, rows)


def add_to_feeds_file(context: typer.Context, rows: Sequence[Row]) -> None:
    """Add feeds whose addresses reveal no watched name, and print what was added and what was left out."""
    with opened_home(context) as home:
        sync_files(home)
        compiled = compiled_watchlist(home)
        revealing = [number for number, row in enumerate(rows, 1) if reveals_watched_name(row["url"], compiled)]
        total, rows = len(rows), [row for number, row in enumerate(rows, 1) if number not in revealing]
        added = DeskSources(home.open_watch).file.add(rows, home.clock())
    for row in added.rows:
        out.print(f"added: {row['url']} ({row.get('outlet') or 'outlet by its address'})")
    for url in added.refused:
        print_message(f"left out: {url} is no address of the web")
    for number in revealing:  # not its address, which contains the name
        print_message(
            f"left out: number {number} of {total:,}: {REVEALING_ADDRESS}; feeds.yaml itself takes any address"
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
    from monitor.ingest.stages import parse_feed_file
    from monitor.ingest.tools import stages_apart

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


FeedIds = Annotated[list[str], typer.Argument(metavar="ID…", help="As `feeds list --all` has them.")]


@feeds.command("add")
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of a feed, or of a Telegram channel.")],
    outlet: Annotated[str, typer.Option(help="Who publishes it. Default: the site.")] = "",
    language: Annotated[str, typer.Option(metavar="CODE", help="Such as ky.")] = "",
    country: Annotated[str, typer.Option(metavar="CODE", help="Such as KG.")] = "",
    interval: Annotated[str, typer.Option(metavar="TIME", help="Time between two readings: 30m, 2h, 1d.")] = "",
    proxy: Annotated[str, typer.Option(metavar="URL", help="Such as socks5://host:1080.")] = "",
) -> None:
    """Add a feed to feeds.yaml without asking its server. `feeds test` tries it; `feeds discover` finds a site's feeds.

    Example: monitor feeds add https://kloop.kg/feed/ --outlet Kloop --country KG
    """
    from monitor.parse.discover import feed_address

    address = feed_address(url) or url
    if not is_web_url(address):
        raise InputError(f"{url!r} is no address of the web; copy it from your browser, with http:// or https://")
    row = {"url": address, "outlet": outlet, "language": language, "country": country}
    row |= {"interval": interval, "proxy": proxy}
    add_to_feeds_file(context, [{key: value for key, value in row.items() if value}])


@feeds.command("pause")
def pause(context: typer.Context, feed_ids: FeedIds) -> None:
    """Stop reading feeds until they are resumed.

    Example: monitor feeds pause kloop-kg-feed
    """
    _set_paused(context, feed_ids, is_paused=True)


@feeds.command("resume")
def resume(context: typer.Context, feed_ids: FeedIds) -> None:
    """Read paused feeds again from the next run on.

    Example: monitor feeds resume kloop-kg-feed
    """
    _set_paused(context, feed_ids, is_paused=False)


def _set_paused(context: typer.Context, feed_ids: list[str], *, is_paused: bool) -> None:
    with opened_home(context) as home:
        for feed_id in feed_ids:
            DeskSources(home.open_watch).file.change(feed_id, {"paused": is_paused}, home.clock())
            print_message(f"{feed_id}: {'paused' if is_paused else 'resumed'}")


@feeds.command("remove")
def remove(context: typer.Context, feed_ids: FeedIds) -> None:
    """Remove feeds from feeds.yaml. Their articles stay.

    Example: monitor feeds remove kloop-kg-feed
    """
    with opened_home(context) as home:
        for feed_id in feed_ids:
            DeskSources(home.open_watch).file.remove(feed_id, home.clock())
            print_message(f"{feed_id}: removed")
