"""Commands that edit feeds.yaml: `monitor feeds add | pause | resume | remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.app.sources.desk import DeskSources
from monitor.cli.common import opened_home, print_message
from monitor.cli.lists.feeds import add_to_feeds_file, feeds
from monitor.errors import InputError
from monitor.urls import is_web_url

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
