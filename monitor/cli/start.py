"""The command that follows `monitor init`: read once, make the first account, open the desk."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import Annotated

import typer

from monitor.app import runs
from monitor.cli.common import login_name, opened_home, print_message, warn
from monitor.cli.output.progress import reading_progress
from monitor.cli.output.runs import print_run
from monitor.cli.run import desk_room, open_desk
from monitor.errors import InputError, MonitorError
from monitor.home import Home

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
