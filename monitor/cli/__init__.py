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
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from copy import copy
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_name
from typer.models import CommandInfo

from monitor import __version__
from monitor.cli.common import EVERY_DAY, LOOK_CLOSER, ON_FILES, SET_UP, print_message
from monitor.errors import MonitorError, StaleDecision

# By panel of the help: each command or group of commands with the module that has it under its name.
_PANELS: Mapping[str, Mapping[str, str]] = {
    EVERY_DAY: {
        "demo": "run",
        "ingest": "run",
        "add": "add",
        "work": "run",
        "digest": "run",
        "report": "deliver",
        "serve": "run",
        "queue": "queue",
    },
    SET_UP: {
        "init": "admin",
        "doctor": "admin",
        "metrics": "admin",
        "deliver": "deliver",
        "watchlist": "watchlist_edit",
        "feeds": "feeds_edit",
        "people": "people",
        "db": "admin",
    },
    LOOK_CLOSER: {
        "retry": "admin",
        "purge": "admin",
        "explain": "offline",
        "rescan": "admin",
        "export": "admin",
    },
    ON_FILES: {"match": "offline", "extract": "offline", "stories": "offline"},
}
_MODULES = {name: module for panel in _PANELS.values() for name, module in panel.items()}


class _LateCommands(MutableMapping[str, Any]):
    """Commands by name; each is made when it is first asked for, because all together take a third of a command."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers, self._made = dict(makers), dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._makers[name] = lambda: command

    def __delitem__(self, name: str) -> None:
        del self._makers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _load_command(name: str) -> Any:
    """Return a command or group of commands as click has it. Raises KeyError."""
    part = getattr(import_module(f"monitor.cli.{_MODULES[name]}"), name)
    panel = next(panel for panel, modules in _PANELS.items() if name in modules)
    if not isinstance(part, typer.Typer):
        return _make_command(CommandInfo(name, callback=part, rich_help_panel=panel))
    holder, empty_group = typer.Typer(rich_markup_mode="rich"), copy(part)
    empty_group.registered_commands = []
    holder.add_typer(empty_group, name=name, rich_help_panel=panel)
    group: Any = typer.main.get_group(holder).commands[name]
    group.commands = _LateCommands(
        {
            info.name or get_command_name(info.callback.__name__): partial(_make_command, info)
            for info in part.registered_commands
            if info.callback
        }
    )
    return group


def _make_command(info: CommandInfo) -> Any:
    holder = typer.Typer(rich_markup_mode="rich")
    holder.registered_commands.append(info)
    (command,) = typer.main.get_group(holder).commands.values()
    return command


class _Program(TyperGroup):
    """The command `monitor`, with its commands made late."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _LateCommands({name: partial(_load_command, name) for name in _MODULES})


app = typer.Typer(
    name="monitor",
    cls=_Program,
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
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    # Under cron all output is mailed: log only our own bugs, and nothing of the libraries.
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.CRITICAL, force=True)
    logging.getLogger("monitor").setLevel(logging.ERROR)


@cache
def _command() -> Callable[[], Any]:
    # `app()` would make all commands again each time, which takes 30 ms: tests call `main` hundreds of times.
    return typer.main.get_command(app)


def _import_help_pages() -> None:
    """Import typer's help pages without the parts of rich that they never use, which take as long as all others."""
    unused = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
    if "typer.rich_utils" in sys.modules or not unused.keys().isdisjoint(sys.modules):
        return
    for module, name in unused.items():
        sys.modules[module] = ModuleType(module)
        setattr(sys.modules[module], name, object)
    import_module("typer.rich_utils")
    for module in unused:
        del sys.modules[module]


def main() -> None:
    gc.set_threshold(500_000)  # imports leave no garbage, and looking for it takes a tenth of their time
    # At its end the interpreter looks for garbage again, in all that was imported: a fifth of a short command's time.
    atexit.register(gc.freeze)
    # numpy keeps arrays for us and solves nothing; its BLAS would start a thread a core, each with 32 MB of addresses.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # pydantic looks for plugins in the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # httpx brings a command line of its own, if it can be imported, and with it pygments: 3 MB.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    # A core that the machine keeps after a crash would hold the watched names; child processes inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A lone surrogate in fetched text is printed as \ud83d, instead of ending the command with an error.
            stream.reconfigure(errors="backslashreplace")
    if not sys.argv[1:] or not {"-h", "--help"}.isdisjoint(sys.argv):
        _import_help_pages()
    try:
        _command()()
    except StaleDecision as error:
        from monitor.cli import queue

        queue.print_stale_decision(error)
        sys.exit(error.exit_code)
    except MonitorError as error:
        if error.exit_code or sys.stderr.isatty():  # exit code 0: another run holds the lock, which cron need not mail
            print_message(f"monitor: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
