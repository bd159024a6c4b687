"""Every day: demo, ingest, digest."""

from __future__ import annotations

import logging
import os
import shlex
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor import demo as newsroom
from monitor.app import App, now_utc
from monitor.app.views import run_row
from monitor.cli import show
from monitor.cli.common import Format, opened, out, print_json, say
from monitor.config import load_settings
from monitor.digest import as_html, as_json, as_text
from monitor.model import FeedState, Outcome, Result, ReviewItem

NOTHING_FETCHED = 4
SOME_FAILED = 3


def ingest(
    context: typer.Context,
    feeds: Annotated[
        Path | None, typer.Option("--feeds", metavar="FILE", help="Another feeds.yaml than the home's.")
    ] = None,
    feed: Annotated[list[str] | None, typer.Option("--feed", metavar="ID", help="Only this feed, due or not.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All feeds, due or not.")] = False,
    format: Format = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 when some feeds failed.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line for each visit and each entry.")] = False,
) -> None:
    """One cycle of the line: due feeds are read, new entries become articles, names found become review items.

    This is what cron runs. Example: monitor --home /srv/monitor ingest
    """
    if verbose:
        logging.getLogger("monitor").setLevel(logging.INFO)
    with opened(context, feeds) as app:
        watched = sys.stdout.isatty() and format is Format.TEXT
        run = app.ingest(only=feed or (), every=every, tell=Progress() if watched else _quiet)
        if format is Format.JSON:
            print_json(run_row(run))
        elif watched:
            show.run(run)
    # In cron every line is a mail: a trouble is told when it is new, and again after a day.
    for problem in run.problems if sys.stderr.isatty() else run.told:
        say(f"monitor: {problem}")
    if run.outage:
        raise typer.Exit(NOTHING_FETCHED)
    if strict and run.failed:
        raise typer.Exit(SOME_FAILED)


def digest(
    context: typer.Context,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The digest of this day. Default: the last 24 hours."),
    ] = None,
    format: Annotated[str, typer.Option(help="text, html or json", metavar="text|html|json")] = "text",
) -> None:
    """The digest of a day: what is new, what came back, what is possible, which sources are silent.

    Example: monitor digest --date 2026-11-25 --format html
    """
    if format not in {"text", "html", "json"}:
        raise typer.BadParameter("text, html or json", param_hint="--format")
    with opened(context) as app:
        made = app.digest(date.date() if date else None)
    if format == "json":
        print_json(as_json(made))
    else:
        sys.stdout.write(as_text(made) if format == "text" else as_html(made))


def demo(
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Where to run it. Default: a new temporary folder.")
    ] = None,
) -> None:
    """The whole line on a bundled newsroom, served over loopback: ingest, then the queue and the digest.

    No internet, no set-up, all names invented. Example: monitor demo
    """
    home = folder or Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    started = time.monotonic()
    with newsroom.Newsroom(now_utc()) as outlets:
        newsroom.furnish(home, outlets)
        say(f"An invented newsroom of {len(outlets.outlets)} outlets answers on loopback; reading it into {home} …")
        app = App.open(load_settings(home, {"PATH": os.environ.get("PATH", "")}, Path.cwd()))
        try:
            run = app.ingest(every=True, tell=Progress())
            show.run(run)
            show.queue(app.queue())
            out.rule("the digest") if out.is_terminal else out.print("-- the digest --")
            out.print(as_text(app.digest()))
        finally:
            app.close()
    say(f"\nThat took {time.monotonic() - started:.0f} seconds. Look closer (paste as it is):")
    for command in ("queue list", "queue show 1", "queue decide 1 relevant --by you", "queue undo --by you", "digest"):
        out.print(f"  {shlex.quote(_program())} --home {shlex.quote(str(home))} {command}", soft_wrap=True)


def _program() -> str:
    """This very program, as it can be pasted into any shell."""
    return str(Path(sys.argv[0]).resolve()) if os.sep in sys.argv[0] else sys.argv[0]


def _quiet(_: FeedState | Result | ReviewItem) -> None:
    """Cron mails any output."""


class Progress:
    """Tells a terminal what is found as it is found."""

    def __call__(self, what: FeedState | Result | ReviewItem) -> None:
        if isinstance(what, Result) and what.outcome is Outcome.QUEUED and what.article:
            names = ", ".join(hit.entity for hit in what.hits if hit.alerts)
            say(f"  found: {what.article.title} ({what.article.outlet}): {names}")
