"""Set up and keep well: doctor, db."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.app import App
from monitor.app.doctor import Finding, examine
from monitor.app.start import cron_line, lay_out
from monitor.cli import show
from monitor.cli.common import opened, out, settings_of
from monitor.errors import MonitorError

NOT_WELL = 2

db = typer.Typer(no_args_is_help=True, help="The database. Example: monitor db upgrade")


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Default: the current folder.")] = Path(),
) -> None:
    """Make a home: write feeds.yaml, watchlist.yaml and monitor.env where they are missing, and print the cron line.

    Example: monitor init ~/monitor
    """
    home = folder.absolute()
    for path, written in lay_out(home):
        out.print(f"{'wrote' if written else 'left as it is:'} {path}")
    program = Path(sys.argv[0]).absolute() if "/" in sys.argv[0] else Path(sys.executable).with_name("monitor")
    out.print(f"\nRead the two lists, then try: {program} --home {shlex.quote(str(home))} ingest")
    out.print("For every day, put this line into cron (crontab -e):\n")
    out.print(cron_line(program, home))


def doctor(context: typer.Context) -> None:
    """Check settings, files, database, clock and feeds; say what is wrong and what to do.

    Example: monitor --home /srv/monitor doctor
    """
    settings = settings_of(context)
    app: App | None = None
    trouble: list[Finding] = []
    try:
        app = App.open(settings)
    except MonitorError as error:
        trouble.append(Finding("database", False, str(error)))
    findings = [*examine(settings, app), *trouble]
    if app:
        app.close()
    show.settings(settings)
    show.findings(findings)
    if not all(f.well for f in findings):
        raise typer.Exit(NOT_WELL)


@db.command()
def upgrade(context: typer.Context) -> None:
    """Make the database, or bring it to this version's tables. Every command does so by itself, too.

    Example: monitor --home /srv/monitor db upgrade
    """
    with opened(context) as app:
        out.print(f"the database is at revision {app.store.revision}")
