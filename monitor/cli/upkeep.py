"""Set up and keep well: doctor, db."""

from __future__ import annotations

import typer

from monitor.app import App
from monitor.app.doctor import Finding, examine
from monitor.cli import show
from monitor.cli.common import opened, out, settings_of
from monitor.errors import MonitorError

NOT_WELL = 2

db = typer.Typer(no_args_is_help=True, help="The database. Example: monitor db upgrade")


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
