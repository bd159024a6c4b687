"""The command line `monitor`: calls the use cases of `app`, prints their results, maps errors to exit codes.

0 done · 2 wrong usage, settings or file · 3 some feeds failed (--strict) · 4 nothing could be fetched · 74 disk error ·
75 try again later
"""

from __future__ import annotations

import atexit
import gc
import io
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import __version__
from monitor.cli import add, admin, deliver, feeds_edit, lists, offline, queue, run, watchlist_edit  # noqa: F401 (register commands)
from monitor.cli.common import EVERY_DAY, LOOK_CLOSER, ON_FILES, SET_UP, print_message
from monitor.errors import MonitorError, StaleDecision

app = typer.Typer(
    name="monitor",
    help="News monitoring for people who defend press freedom.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    home: Annotated[
        Path | None,
        typer.Option(
            envvar="MONITOR_HOME",
            metavar="DIR",
            help="Folder of feeds.yaml, watchlist.yaml, monitor.env and the database. "
            "Default: the current folder, if it holds feeds.yaml.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    # Under cron all output is mailed: log only our own bugs, and nothing of the libraries.
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.CRITICAL, force=True)
    logging.getLogger("monitor").setLevel(logging.ERROR)


for panel, commands in (
    (EVERY_DAY, (run.demo, run.ingest, add.add, run.work, run.digest, deliver.report, run.serve)),
    (SET_UP, (admin.init, admin.doctor, admin.metrics)),
    (LOOK_CLOSER, (admin.retry, admin.purge, offline.explain, admin.rescan)),
    (ON_FILES, (offline.match, offline.extract, offline.stories)),
):
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(queue.app, name="queue", rich_help_panel=EVERY_DAY)
app.add_typer(deliver.deliver, name="deliver", rich_help_panel=SET_UP)
app.add_typer(lists.watchlist, name="watchlist", rich_help_panel=SET_UP)
app.add_typer(lists.feeds, name="feeds", rich_help_panel=SET_UP)
app.add_typer(admin.export, name="export", rich_help_panel=LOOK_CLOSER)
app.add_typer(admin.db, name="db", rich_help_panel=SET_UP)


@cache
def _command() -> Callable[[], Any]:
    # `app()` would make all commands again each time, which takes 30 ms: tests call `main` hundreds of times.
    return typer.main.get_command(app)


def main() -> None:
    gc.set_threshold(500_000)  # imports leave no garbage, and looking for it takes a tenth of their time
    # At its end the interpreter looks for garbage again, in all that was imported: a fifth of a short command's time.
    atexit.register(gc.freeze)
    # numpy keeps arrays for us and solves nothing; its BLAS would start a thread a core, each with 32 MB of addresses.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A lone surrogate in fetched text is printed as \ud83d, instead of ending the command with an error.
            stream.reconfigure(errors="backslashreplace")
    try:
        _command()()
    except StaleDecision as error:
        queue.print_stale_decision(error)
        sys.exit(error.exit_code)
    except MonitorError as error:
        if error.exit_code or sys.stderr.isatty():  # exit code 0: another run holds the lock, which cron need not mail
            print_message(f"monitor: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
