"""The command `add`: puts the article of an address into the queue by hand."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from monitor.app.archive import AddedItem, Archive
from monitor.app.lists import sync_files_unless_running
from monitor.app.review import Review
from monitor.app.runs import read_links
from monitor.cli.common import OutputFormat, login_name, opened_home, out, print_json, print_message, read_note
from monitor.errors import NOTHING_FETCHED, TRY_AGAIN
from monitor.home import Home
from monitor.i18n.labels import LINK_ADVICE
from monitor.model import AddedLink, ReviewItem
from monitor.serialize import row

WAIT_FOR_OTHERS = 60  # seconds, for another run that has taken the link


def add(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="[URL]", help="The article. Without it: read what was added at the desk and waits.")
    ] = "",
    note: Annotated[
        str,
        typer.Option(
            "--note",
            callback=read_note,
            help="Why it belongs into the queue; shown on the item. `-` reads it from standard input.",
        ),
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Default: who you are logged in as.")] = "",
    format: OutputFormat = OutputFormat.TEXT,
) -> None:
    """Put the article at an address into the queue by hand, even if it names nobody on the list.

    Its page is read like any other, also while a run goes on. The same address again answers with its item.

    Example: monitor add https://www.example.org/news/42 --note "a reader sent it"
    """
    with opened_home(context) as home:
        sync_files_unless_running(home)
        if not url:
            read_links(home)
            return
        author = by or login_name()
        added = Archive(home).add_link(url, by=author, note=note)
        if isinstance(added, AddedItem):
            if note and not added.is_new:
                Review(home).write_note(added.item.id, note, by=author)
            _print(home, added.item, None, is_new=added.is_new, format=format)
            return
        read_links(home)
        link, item = _await_link(home, added.id)
        _print(home, item, link, is_new=True, format=format)
    if item is None:
        raise typer.Exit(TRY_AGAIN if link.is_waiting else NOTHING_FETCHED)


def _await_link(home: Home, number: int) -> tuple[AddedLink, ReviewItem | None]:
    """Return the link with its item; wait if another run has taken it."""
    stop_at = time.monotonic() + WAIT_FOR_OTHERS
    while True:
        link, item = Archive(home).link(number)
        if not link.is_being_read or time.monotonic() > stop_at:
            return link, item
        time.sleep(0.5)


def _print(home: Home, item: ReviewItem | None, link: AddedLink | None, *, is_new: bool, format: OutputFormat) -> None:
    if format is OutputFormat.JSON:
        print_json(
            {
                "item": Review(home).rows([item])[0] if item else None,
                "new": is_new and item is not None,
                "link": row(link, "url outcome detail due") if link else None,
            }
        )
    elif item is not None:
        title = Review(home).lead_of(item).headline or "(no headline)"
        out.print(f"[{item.id}] {title}: {'added to the queue' if is_new else 'was in the queue already'}")
        print_message(f"To read it: monitor queue show {item.id}")
    elif link is not None and link.is_being_read:
        print_message("monitor: another run has taken the link; run the same command again in some minutes")
    elif link is not None:
        reason = f"{link.detail}. " if link.detail else ""
        print_message(f"monitor: nothing was added: {reason}{LINK_ADVICE.get(link.outcome, '')}")
