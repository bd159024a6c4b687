"""The program: its commands by panel of the help, and what their errors mean to a shell."""

from __future__ import annotations

import io
import logging
import resource
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import __version__
from monitor.cli import add, admin, deliver, evidence, offline, people, queue, run
from monitor.cli.common import EVERY_DAY, LOOK_CLOSER, ON_FILES, SET_UP, print_message
from monitor.cli.lists import feeds, watchlist, watchlist_edit  # noqa: F401 it adds to its group
from monitor.errors import MonitorError
from monitor.model import StaleDecision

# By panel of the help.
_COMMANDS = {
    EVERY_DAY: (run.demo, run.ingest, add.add, run.work, run.digest, deliver.report, run.serve),
    SET_UP: (admin.init, run.start, admin.doctor, admin.metrics, evidence.seal),
    LOOK_CLOSER: (admin.retry, admin.purge, offline.explain, admin.rescan),
    ON_FILES: (offline.match, offline.extract, offline.stories, evidence.verify),
}
_GROUPS = {
    EVERY_DAY: {"queue": queue.queue},
    SET_UP: {
        "deliver": deliver.deliver,
        "watchlist": watchlist.watchlist,
        "feeds": feeds.feeds,
        "people": people.people,
        "db": admin.db,
    },
    LOOK_CLOSER: {"export": evidence.export},
}

_HELP = ["-h", "--help"]

app = typer.Typer(
    name="monitor",
    help="News monitoring for people who defend press freedom.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": _HELP},
)
for _panel, _functions in _COMMANDS.items():
    for _function in _functions:
        app.command(rich_help_panel=_panel)(_function)
for _panel, _groups in _GROUPS.items():
    for _name, _group in _groups.items():
        app.add_typer(_group, name=_name, rich_help_panel=_panel)


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
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    # Under cron all output is mailed: log only our own bugs, and nothing of the libraries.
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.CRITICAL, force=True)
    logging.getLogger("monitor").setLevel(logging.ERROR)


_program = typer.main.get_command(app)  # `app()` would make all commands again at each call


_TYPES_IN_HELP = {"<str>": "TEXT", "<int>": "N", "<int range>": "N", "<path>": "FILE"}
_MOST_LETTERS_OF_TYPE = 16  # more are broken at 80 columns


def _shorten_types(command: Any) -> None:
    """Leave types out of the help of switches and arguments, and write long ones of options as one word."""
    context = typer.Context(command, help_option_names=_HELP)
    for parameter in command.get_params(context):
        shown = parameter.display_type_rich(ctx=context) or ""
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda ctx: None
        elif getattr(parameter, "is_bool_flag", False):
            parameter.metavar = ""
        elif shown.startswith("<"):
            parameter.metavar = _TYPES_IN_HELP.get(shown, shown.strip("<>"))
            if "|" in shown and len(shown) > _MOST_LETTERS_OF_TYPE:
                parameter.metavar = parameter.name.upper()
                parameter.help = f"One of {shown.strip('<>').replace('|', ', ')}. {parameter.help or ''}"
    for inner in getattr(command, "commands", {}).values():
        _shorten_types(inner)


_shorten_types(_program)


def main() -> None:
    # A core that the machine keeps after a crash would hold the watched names; child processes inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A lone surrogate in fetched text is printed as \ud83d, instead of ending the command with an error.
            stream.reconfigure(errors="backslashreplace")
    try:
        _program()
    except StaleDecision as error:
        queue.print_stale_decision(error)
        sys.exit(error.exit_code)
    except MonitorError as error:
        if error.exit_code or sys.stderr.isatty():  # exit code 0: another run holds the lock, which cron need not mail
            print_message(f"monitor: {error}")
        sys.exit(error.exit_code)
