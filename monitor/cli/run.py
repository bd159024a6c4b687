"""Commands for every day: start, demo, ingest, work, digest, serve."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from monitor.app import runs
from monitor.app.home import open_home
from monitor.app.lists import sync_files
from monitor.app.review import Review
from monitor.app.runs import ClosedWatchFailed, run_forever
from monitor.app.upkeep.cron_notices import unreported_notices
from monitor.cli.common import (
    Closed,
    MessageFormat,
    OutputFormat,
    home_of,
    login_name,
    open_watch,
    opened_database,
    opened_home,
    out,
    parse_day,
    print_json,
    print_message,
    program_path,
    warn,
)
from monitor.cli.output import queue as output_queue
from monitor.cli.output import runs as output
from monitor.cli.output.progress import print_event, reading_progress
from monitor.cli.output.runs import print_run
from monitor.clock import now_utc
from monitor.config import load_settings
from monitor.errors import NOTHING_FETCHED, TRY_AGAIN, InputError, MonitorError, install_extra
from monitor.home import Home
from monitor.ingest.lock import AlreadyRunning, hold_run_lock
from monitor.messages.composer import Composer
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.messages.publisher import Publisher
from monitor.serialize import run_row

SOME_FAILED = 3
STOP_AFTER = 45 * 60  # seconds; a run ends well before by itself, unless it hangs in C code

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="A line for each visit and each entry.")]


def ingest(
    context: typer.Context,
    feeds: Annotated[
        Path | None, typer.Option("--feeds", metavar="FILE", help="Another feeds.yaml than the home's.")
    ] = None,
    feed: Annotated[list[str] | None, typer.Option("--feed", metavar="ID", help="Only this feed, due or not.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All feeds, due or not.")] = False,
    format: OutputFormat = OutputFormat.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 when some feeds failed.")] = False,
    verbose: Verbose = False,
) -> None:
    """Read the feeds that are due, once: new entries become articles, and watched names in them items of the queue.

    This is what cron runs. Example: monitor --home /srv/monitor ingest
    """
    if verbose:
        logging.getLogger("monitor").setLevel(logging.INFO)
    signal.alarm(STOP_AFTER)  # the kernel ends a run that hangs; the next run continues its work
    # Where notices are recorded if the settings do not load.
    folder, failure = home_of(context) or Path.cwd(), None
    try:
        with opened_home(context, feeds) as home:
            folder = home.settings.home
            is_shown = sys.stdout.isatty() and format is OutputFormat.TEXT
            try:
                with reading_progress() if is_shown else nullcontext(lambda _: None) as show_event:
                    run = runs.ingest(home, feed_ids=feed or (), include_not_due=every, on_event=show_event)
            except ClosedWatchFailed as error:
                run, failure = error.run, error
            next_due = _next_due(home) if is_shown and not (run.due or run.entries) else None
    except AlreadyRunning as error:
        if error.is_stuck or sys.stderr.isatty():
            _report_problems(folder, [str(error)])
        raise typer.Exit(error.exit_code) from None
    except MonitorError as error:
        _report_problems(folder, [str(error)])
        raise typer.Exit(error.exit_code) from None
    finally:
        signal.alarm(0)
    if format is OutputFormat.JSON:
        print_json(run_row(run))
    elif is_shown:
        print_run(run, next_due)
    _report_problems(folder, [*run.problems, *([str(failure)] if failure else [])])
    if run.outage:
        raise typer.Exit(NOTHING_FETCHED)
    if failure:
        raise typer.Exit(failure.exit_code)
    if strict and run.failed:
        raise typer.Exit(SOME_FAILED)


def _next_due(home: Home) -> datetime | None:
    return min(
        (s.next_due for s in home.open_watch.store.feeds.states() if s.next_due and not s.feed.paused), default=None
    )


def work(
    context: typer.Context,
    jobs: Annotated[
        bool, typer.Option("--jobs", help="As one of many machines on one PostgreSQL (extra `jobs`).")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Run ingest for ever: when feeds are due, and at the digest's hour. For a container or systemd.

    A line a run; Ctrl-C or a signal ends it at any time. Example: monitor --home /srv/monitor work
    """
    if verbose:
        logging.getLogger("monitor").setLevel(logging.INFO)
    if jobs:
        _work_in_fleet(context)
        return

    def pause(seconds: float) -> None:
        # The alarm limits a run, not the pause between runs.
        signal.alarm(0)
        time.sleep(seconds)
        signal.alarm(STOP_AFTER)

    signal.alarm(STOP_AFTER)  # per run: the kernel ends one that hangs, and systemd or docker restarts us
    with opened_home(context) as home, suppress(KeyboardInterrupt):
        folder = home.settings.home
        run_forever(
            home, pause, on_run=output.print_run_line, on_trouble=lambda troubles: _report_problems(folder, troubles)
        )


def _work_in_fleet(context: typer.Context) -> None:
    try:
        from monitor.fleet.worker import work_in_fleet
    except ModuleNotFoundError as missing:
        raise InputError(f"work --jobs needs an extra ({missing.name}); {install_extra('jobs')}") from None
    with opened_database(context) as home:
        asyncio.run(work_in_fleet(home, lambda trouble: _report_problems(home.settings.home, [trouble])))


def _report_problems(folder: Path, troubles: Sequence[str]) -> None:
    """Print problems; under cron, where every line is mailed, only new ones, and again after a day."""
    for trouble in troubles if sys.stderr.isatty() else unreported_notices(folder, troubles, now_utc()):
        print_message(f"monitor: {trouble}")


def digest(
    context: typer.Context,
    date: Annotated[
        datetime | None,
        typer.Option(parser=parse_day, metavar="DAY", help="Of this day, as 2026-11-25. Default: the last 24 hours."),
    ] = None,
    format: MessageFormat = "text",
    closed: Closed = False,
    send: Annotated[
        bool,
        typer.Option(
            "--send", help="Mail the digest that is due, or that of the day; once, however often it is called."
        ),
    ] = False,
) -> None:
    """Print the digest of a day: what is new, what came back, what is possible, which sources are silent.

    Example: monitor digest --date 2026-11-25 --format html
    """
    with open_watch(context, closed) as watch:
        publisher, day = Publisher(watch), date.date() if date else None
        if send:
            mails, problems = publisher.publish_now(day, hold_run_lock(watch))
            output.print_sent(mails, problems)
            raise typer.Exit(TRY_AGAIN if problems else 0)
        day_digest = publisher.composer.digest_of_day(day)
    if format == "json":
        print_json(as_json(day_digest))
    else:
        sys.stdout.write(as_text(day_digest) if format == "text" else as_html(day_digest))


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """Serve the desk: the queue, digests and sources in a browser. The first time, it prints a link to make an account.

    Example: monitor serve --port 8000
    """
    with opened_home(context) as home:
        warn(*sync_files(home))
        open_desk(home, host, port)


def desk_room() -> ModuleType:
    """Return `monitor.web`. Raises InputError without its extra."""
    # Imported late: the command line must work without the extra "web".
    try:
        from monitor import web
    except ModuleNotFoundError as missing:
        raise InputError(f"the desk needs an extra ({missing.name}); {install_extra('web')}") from None
    return web


def open_desk(home: Home, host: str, port: int, on_address: Callable[[str], object] = lambda _: None) -> None:
    """Serve the desk until a signal stops it."""
    web = desk_room()

    def print_address(address: str) -> None:
        configured_url = home.settings.base_url
        desk_url = configured_url or address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        print_message(f"The desk is open at {desk_url} (stop it with Ctrl-C)")
        if not configured_url and host not in {"127.0.0.1", "localhost", "::1"}:
            print_message("Other machines are turned away: set MONITOR_BASE_URL to the address they use, https://…")
        if link := web.first_link(home):
            print_message(f"No administrator yet. This link makes one, once, within a day: {desk_url}{link}")
        on_address(desk_url)

    web.serve(home, host, port, print_address)


def demo(
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Where to run it. Default: a new temporary folder.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the desk open on it, in the browser.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the desk.")] = 8000,
) -> None:
    """Try everything on an invented newsroom, served over loopback: ingest, then the queue and the digest.

    No internet, no set-up, all names invented. Example: monitor demo --serve
    """
    from monitor import demo as newsroom  # late: servers and templates of the invented newsroom

    folder = folder or Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    started = time.monotonic()
    with newsroom.Newsroom(seven_hours_ago()) as outlets, newsroom.DemoMailbox() as mailbox:
        newsroom.furnish(folder, outlets, mailbox)
        print_message(
            f"An invented newsroom of {len(outlets.outlets)} outlets answers on loopback, as it was seven hours ago."
        )
        print_message(f"Reading it into {folder} …")
        # Only PATH, so that no setting of the caller reaches the demo.
        settings = load_settings(folder, {"PATH": os.environ.get("PATH", "")}, Path.cwd())
        with closing(open_home(settings, seven_hours_ago)) as home:
            output.print_run(runs.ingest(home, include_not_due=True, on_event=print_event))
            home_now = replace(home, clock=now_utc)
            outlets.move_on(now_utc())
            print_message("Seven hours later: new articles, and edited ones. Reading the feeds again …")
            output.print_run(runs.ingest(home_now, include_not_due=True, on_event=print_event))
            if serve:
                open_desk(home_now, "127.0.0.1", port)
                return
            output_queue.print_queue(Review(home_now).queue(), Review(home_now).lead_of)
            # In a file or a pipe a rule would be 140 characters long.
            out.rule("the digest") if out.is_terminal else out.print("-- the digest --")
            out.print(as_text(Composer(home_now).digest_of_day()))
            output.print_mails(mailbox.texts())
    print_message(f"\nThat took {time.monotonic() - started:.0f} seconds. {folder} stays until you delete it.")
    print_message("Look closer (paste as it is):")
    for command in ("queue list", "queue show 1", "queue decide 1 relevant --by you", "queue undo --by you", "digest"):
        out.print(f"  {program_path()} --home {shlex.quote(str(folder))} {command}", soft_wrap=True)


def seven_hours_ago() -> datetime:
    """Return the clock of the first demo cycle: edited entries are read again only after six hours."""
    return now_utc() - timedelta(hours=7)


TRIES = 3


def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the desk.")] = 8000,
) -> None:
    """After init: read the sources once, make your account, and open the desk in the browser.

    Example: monitor --home ~/monitor start
    """
    with opened_home(context) as home:
        desk_room()  # a missing extra is said before anything is read
        _read_once(home)
        if sys.stdin.isatty():
            _make_account(home)
        open_desk(home, "127.0.0.1", port, _open_browser)


def _read_once(home: Home) -> None:
    try:
        with reading_progress() as show_event:
            run = runs.ingest(home, on_event=show_event)
        print_run(run)
        warn(*run.problems)
    except MonitorError as error:  # another run goes on, or a list is wrong: the desk opens nevertheless
        warn(str(error))


def _make_account(home: Home) -> None:
    """Ask for the name and the password of the first administrator; after three faults the desk prints a link."""
    room = desk_room()
    for _try in range(TRIES):
        if room.has_administrator(home):
            return
        name = typer.prompt("Your name at the desk", default=login_name())
        password = typer.prompt("A password of twelve characters or more", hide_input=True, confirmation_prompt=True)
        try:
            room.make_first_account(home, name, password)
            print_message(f"{name} is the administrator of the desk.")
        except InputError as error:
            print_message(str(error))


def _open_browser(address: str) -> None:
    # Elsewhere it would be a browser of text, in this very terminal.
    if sys.stdout.isatty() and (sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()):
        webbrowser.open(address)
