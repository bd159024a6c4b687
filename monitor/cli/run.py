"""Every day: demo, ingest, work, digest, serve."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor import demo as newsroom
from monitor.app import AlreadyRunning, App, now_utc
from monitor.app.cron_notices import unreported
from monitor.app.ingest.worker import work as run_for_ever
from monitor.cli import output
from monitor.cli.common import Format, home_of, opened, out, print_json, say
from monitor.config import load_settings
from monitor.digest import as_html, as_json, as_text
from monitor.errors import InputError, MonitorError, install_extra
from monitor.model import Outcome, RescanMatch, Result, ReviewItem, Visit
from monitor.serialize import run_row

NOTHING_FETCHED = 4
SOME_FAILED = 3
TRY_AGAIN = 75
STOP_AFTER = 45 * 60  # seconds; a run stops by itself well before, unless it hangs where Python cannot see it

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="A line for each visit and each entry.")]


def ingest(
    context: typer.Context,
    feeds: Annotated[
        Path | None, typer.Option("--feeds", metavar="FILE", help="Another feeds.yaml than the home's.")
    ] = None,
    feed: Annotated[list[str] | None, typer.Option("--feed", metavar="ID", help="Only this feed, due or not.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All feeds, due or not.")] = False,
    format: Format = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 when some feeds failed.")] = False,
    verbose: Verbose = False,
) -> None:
    """One cycle of the line: due feeds are read, new entries become articles, names found become review items.

    This is what cron runs. Example: monitor --home /srv/monitor ingest
    """
    if verbose:
        logging.getLogger("monitor").setLevel(logging.INFO)
    signal.alarm(STOP_AFTER)  # whatever hangs, and wherever: the kernel ends it, and the next run heals
    home = home_of(context) or Path.cwd()
    try:
        with opened(context, feeds) as app:
            home = app.settings.home
            watched = sys.stdout.isatty() and format is Format.TEXT
            run = app.ingest(only=feed or (), every=every, tell=_as_found if watched else lambda _: None)
            next_due = min((s.next_due for s in app.feeds() if s.next_due and not s.feed.paused), default=None)
    except AlreadyRunning as error:
        if error.stuck or sys.stderr.isatty():
            _tell(home, [str(error)])
        raise typer.Exit(error.exit_code) from None
    except MonitorError as error:
        _tell(home, [str(error)])
        raise typer.Exit(error.exit_code) from None
    finally:
        signal.alarm(0)
    if format is Format.JSON:
        print_json(run_row(run))
    elif watched:
        output.run(run, next_due)
    _tell(home, run.problems)
    if run.outage:
        raise typer.Exit(NOTHING_FETCHED)
    if strict and run.failed:
        raise typer.Exit(SOME_FAILED)


def work(
    context: typer.Context,
    verbose: Verbose = False,
) -> None:
    """The same as ingest, for ever: when feeds are due, and at the digest's hour. For a container or systemd.

    A line a run; Ctrl-C or a signal ends it at any time. Example: monitor --home /srv/monitor work
    """
    if verbose:
        logging.getLogger("monitor").setLevel(logging.INFO)

    def pause(seconds: float) -> None:
        signal.alarm(0)
        time.sleep(seconds)
        signal.alarm(STOP_AFTER)

    signal.alarm(STOP_AFTER)  # of each run: whatever hangs is ended, and whoever started us starts us again
    with opened(context) as app, suppress(KeyboardInterrupt):
        home = app.settings.home
        run_for_ever(app, pause, ran=output.ran, trouble=lambda troubles: _tell(home, troubles))


def _tell(home: Path, troubles: Sequence[str]) -> None:
    """In cron every line is a mail: a trouble is told when it is new, and again after a day."""
    for trouble in troubles if sys.stderr.isatty() else unreported(home, troubles, now_utc()):
        say(f"monitor: {trouble}")


def digest(
    context: typer.Context,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The digest of this day. Default: the last 24 hours."),
    ] = None,
    format: Annotated[str, typer.Option(help="text, html or json", metavar="text|html|json")] = "text",
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help="With the names that are marked sensitive; left out otherwise.")
    ] = False,
    send: Annotated[
        bool,
        typer.Option(
            "--send", help="Mail the digest that is due, or that of the day; once, however often it is called."
        ),
    ] = False,
) -> None:
    """The digest of a day: what is new, what came back, what is possible, which sources are silent.

    Example: monitor digest --date 2026-11-25 --format html
    """
    if format not in {"text", "html", "json"}:
        raise typer.BadParameter("text, html or json", param_hint="--format")
    if send and sensitive:
        raise InputError("--sensitive is for the terminal; MONITOR_DIGEST_SENSITIVE_TO names who gets them by mail")
    with opened(context) as app:
        if send:
            mails, problems = app.send_digest(date.date() if date else None)
            output.sent(mails, problems)
            raise typer.Exit(TRY_AGAIN if problems else 0)
        made = app.digest(date.date() if date else None, sensitive=sensitive)
    if format == "json":
        print_json(as_json(made))
    else:
        sys.stdout.write(as_text(made) if format == "text" else as_html(made))


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """The desk: the queue, digests and sources in a browser. The first time it prints a link that makes an account.

    Example: monitor serve --port 8000
    """
    with opened(context) as app:
        for problem in app.take_in_files():
            say(f"monitor: {problem}")
        open_desk(app, host, port)


def open_desk(app: App, host: str, port: int) -> None:
    """Serves until it is told to stop."""
    try:
        from monitor import web
    except ModuleNotFoundError as missing:
        raise InputError(f"the desk needs an extra ({missing.name}); {install_extra('web')}") from None

    def ready(address: str) -> None:
        own = app.settings.base_url
        reached = own or address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        say(f"The desk is open at {reached} (stop it with Ctrl-C)")
        if not own and host not in {"127.0.0.1", "localhost", "::1"}:
            say("Other machines are turned away: set MONITOR_BASE_URL to the address they use, https://…")
        if link := web.first_link(app):
            say(f"No administrator yet. This link makes one, once, within a day: {reached}{link}")

    web.serve(app, host, port, ready)


def demo(
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Where to run it. Default: a new temporary folder.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the desk open on it, in the browser.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the desk.")] = 8000,
) -> None:
    """The whole line on a bundled newsroom, served over loopback: ingest, then the queue and the digest.

    No internet, no set-up, all names invented. Example: monitor demo --serve
    """
    home = folder or Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    started = time.monotonic()
    with newsroom.Newsroom(seven_hours_ago()) as outlets:
        newsroom.furnish(home, outlets)
        say(f"An invented newsroom of {len(outlets.outlets)} outlets answers on loopback, as it was seven hours ago.")
        say(f"Reading it into {home} …")
        settings = load_settings(home, {"PATH": os.environ.get("PATH", "")}, Path.cwd())
        with closing(App.open(settings, seven_hours_ago)) as app:
            output.run(app.ingest(every=True, tell=_as_found))
            app.clock = now_utc
            outlets.move_on(now_utc())
            say("Seven hours later: new articles, and edited ones. Reading the feeds again …")
            output.run(app.ingest(every=True, tell=_as_found))
            if serve:
                open_desk(app, "127.0.0.1", port)
                return
            output.queue(app.queue())
            out.rule("the digest") if out.is_terminal else out.print("-- the digest --")
            out.print(as_text(app.digest()))
    say(f"\nThat took {time.monotonic() - started:.0f} seconds. {home} stays until you delete it.")
    say("Look closer (paste as it is):")
    for command in ("queue list", "queue show 1", "queue decide 1 relevant --by you", "queue undo --by you", "digest"):
        out.print(f"  {shlex.quote(_program())} --home {shlex.quote(str(home))} {command}", soft_wrap=True)


def seven_hours_ago() -> datetime:
    """When the demo reads its outlets first: an entry that is edited later is read again after six hours."""
    return now_utc() - timedelta(hours=7)


def _program() -> str:
    """This very program, as it can be pasted into any shell."""
    return str(Path(sys.argv[0]).resolve()) if os.sep in sys.argv[0] else sys.argv[0]


def _as_found(what: Visit | Result | RescanMatch | ReviewItem) -> None:
    """Tells a terminal what is found as it is found."""
    if isinstance(what, Visit) and not what.status.healthy:
        say(f"  could not be read: {what.feed.feed.outlet}: {what.detail or what.status.value}")
    if isinstance(what, RescanMatch) and what.gained:
        names = ", ".join(hit.entity for hit in what.gained)
        say(f"  found in an older article: {what.article.title} ({what.article.outlet}): {names}")
    if isinstance(what, Result) and what.outcome is Outcome.QUEUED and what.article:
        names = ", ".join(hit.entity for hit in what.hits if hit.alerts)
        say(f"  found: {what.article.title} ({what.article.outlet}): {names}")
