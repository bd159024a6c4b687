"""Commands to set up and maintain: init, doctor, rescan, retry, purge, db."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from monitor.app.age import back_up_for
from monitor.app.files import replacing
from monitor.app.home import open_home
from monitor.app.lists import sync_files, watchlist_notice
from monitor.app.rescan import RescanBatch, RescanSummary, rescan_archive
from monitor.app.upkeep.backups import back_up, move_database, regained_access, restore_backup
from monitor.app.upkeep.checks import CheckResult
from monitor.app.upkeep.doctor import check_fleet, check_installation, fleet_state
from monitor.app.upkeep.health import metrics_text
from monitor.app.upkeep.init_home import cron_line, seal_cron_line, write_starter_files, write_systemd_units
from monitor.app.upkeep.purge import purge_entity
from monitor.cli.common import (
    MAX_NUMBER,
    AgeKeys,
    Closed,
    OutputFormat,
    count_words,
    err,
    home_of,
    login_name,
    open_watch,
    opened_database,
    opened_home,
    out,
    parse_days,
    print_json,
    print_message,
    program_path,
    read_name,
    read_note,
    settings_of,
    warn,
)
from monitor.cli.output import runs as output
from monitor.config.settings import ENV_FILE, Source, closed_file_beside
from monitor.errors import InputError, MonitorError
from monitor.home import Home
from monitor.serialize import fleet_row
from monitor.store import accounts_in

PROBLEMS_FOUND = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it

db = typer.Typer(no_args_is_help=True, help="The database. Example: monitor db upgrade")


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Default: that of --home, else the current folder.")
    ] = None,
    systemd: Annotated[
        bool, typer.Option("--systemd", help="Write units for systemd, too, in place of the cron lines.")
    ] = False,
) -> None:
    """Make a home: write feeds.yaml, watchlist.yaml and monitor.env where they are missing, and print the cron lines.

    Example: monitor init ~/monitor
    """
    home = (folder or home_of(context) or Path()).absolute()
    for path, written in write_starter_files(home):
        out.print(f"{'wrote' if written else 'left as it is:'} {path}")
    program = program_path()
    at_home = f"{program} --home {shlex.quote(str(home))}"
    out.print(f"\nRead the two lists, then try: {at_home} start", soft_wrap=True)
    if systemd:
        units = write_systemd_units(program, home, login_name())
        names = " ".join(path.name for path in units)
        out.print("For every day, look at these units and start them (they need no cron):\n")
        out.print(f"sudo cp {shlex.join(map(str, units))} /etc/systemd/system/", soft_wrap=True)
        out.print(f"sudo systemctl daemon-reload && sudo systemctl enable --now {names}", soft_wrap=True)
    else:
        out.print("For every day, put these two lines into cron (crontab -e), each as one line:\n")
        out.print(cron_line(program, home), soft_wrap=True)
        out.print(seal_cron_line(program, home), soft_wrap=True)
    out.print(f"\nTo check that all is well: {at_home} doctor", soft_wrap=True)


def doctor(
    context: typer.Context,
    deep: Annotated[bool, typer.Option("--deep", help="Read the whole database for damage.")] = False,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Instead: the machines at work, the due work and the jobs (PostgreSQL).")
    ] = False,
    format: Annotated[OutputFormat, typer.Option("--format", help="Of --fleet.")] = OutputFormat.TEXT,
) -> None:
    """Check settings, files, database, clock, feeds and mail server; say what is wrong and what to do.

    Example: monitor --home /srv/monitor doctor
    """
    if fleet:
        _doctor_of_fleet(context, format)
        return

    settings = settings_of(context)
    home: Home | None = None
    failures: list[CheckResult] = []
    try:
        home = open_home(settings)
    except MonitorError as error:
        # The checks that need no database run nevertheless.
        failures.append(CheckResult("database", False, str(error)))
    results = [*check_installation(settings, home, deep=deep), *failures]
    if home:
        home.close()
    output.print_settings(settings)
    output.print_check_results(results)
    if any(result.fails for result in results):
        raise typer.Exit(PROBLEMS_FOUND)


def _doctor_of_fleet(context: typer.Context, format: OutputFormat) -> None:
    with opened_database(context) as home:
        state = fleet_state(home)
    results = list(check_fleet(state))
    if format is OutputFormat.JSON:
        print_json(fleet_row(state))
    else:
        output.print_check_results(results)
    if any(result.fails for result in results):
        raise typer.Exit(PROBLEMS_FOUND)


def metrics(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Replace this file in one step; its name should end in .prom."),
    ] = None,
) -> None:
    """Print counts and ages for Prometheus; for cron with --file, where node_exporter reads text files.

    Example: monitor metrics --file /var/lib/node_exporter/monitor.prom
    """
    with opened_database(context) as home:
        text = metrics_text(home.store, home.clock())
    if file is None:
        sys.stdout.write(text)
    else:
        with replacing(file) as output:
            os.fchmod(output.fileno(), 0o644)  # it holds no name, and node_exporter is another user
            output.write(text.encode())


def rescan(
    context: typer.Context,
    since: Annotated[
        timedelta | None,
        typer.Option("--since", parser=parse_days, metavar="DAYS", help="Only articles first seen since, such as 30d."),
    ] = None,
    entity: Annotated[list[str] | None, typer.Option("--entity", metavar="ID", help="Only these entities.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="File what is found.")] = False,
    before: Annotated[
        int | None,
        typer.Option(
            "--before",
            min=1,
            max=MAX_NUMBER,
            metavar="ARTICLE",
            help="Continue a rescan that was stopped at this article.",
        ),
    ] = None,
    closed: Closed = False,
) -> None:
    """Show what the present watchlist finds in the stored articles, and what it no longer finds.

    `ingest` looks by itself when the list gains names. Example: monitor rescan --since 30d --entity gknb
    """
    last_batch, summary, is_interrupted = RescanBatch(0, before or 0, 0.0), RescanSummary(), False
    with open_watch(context, closed) as home, _progress_bar() as progress:
        warn(watchlist_notice(home))

        def show_batch(batch: RescanBatch) -> None:
            nonlocal last_batch
            last_batch = batch
            for match in batch.matches:
                summary.add(match)
            progress(batch)

        try:
            for found_match in rescan_archive(
                home, since=since, entities=entity or (), apply=apply, before=before, on_batch=show_batch
            ):
                output.print_rescan_match(found_match)
        except KeyboardInterrupt:
            is_interrupted = True
    output.print_rescan_summary(summary)
    status = (
        "to be filed with --apply" if not apply else "to be filed by the next `ingest`" if is_interrupted else "filed"
    )
    print_message(
        f"{count_words(last_batch.articles, 'article')} looked through: "
        f"{summary.articles['gained']} with more, {status}; "
        f"{summary.articles['lost']} in which names are no longer found"
    )
    if is_interrupted:
        print_message(
            f"stopped; the same command with --before {last_batch.before} goes on" if last_batch.before else "stopped"
        )
        raise typer.Exit(INTERRUPTED)


@contextmanager
def _progress_bar() -> Iterator[Callable[[RescanBatch], None]]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    redirects_stdout = sys.stdout.isatty()  # then rich prints our lines above the bar
    is_visible = sys.stderr.isatty()
    with Progress(
        *columns, console=err, transient=True, disable=not is_visible, redirect_stdout=redirects_stdout
    ) as bar:
        task = bar.add_task("looking", total=1.0)
        yield lambda now: bar.update(task, completed=now.share, description=count_words(now.articles, "article"))


def retry(
    context: typer.Context,
    entries: Annotated[
        list[int] | None, typer.Argument(min=1, max=MAX_NUMBER, metavar="[ID …]", help="Default: all of them.")
    ] = None,
) -> None:
    """Try pages again that were given up: the next `ingest` asks for them.

    Example: monitor retry
    """
    with opened_home(context) as home:
        out.print(
            f"{count_words(home.store.entries.retry(entries or ()), 'page')} will be tried again by the next `ingest`"
        )


def purge(
    context: typer.Context,
    entity: Annotated[
        str, typer.Option("--entity", metavar="ID", callback=read_name, help="The id of the name, or `-`.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a watched name for good: from the list, with articles that name nobody else, from decisions and digests.

    It shows what would go and asks for the id; without a terminal it needs --yes.
    Example: monitor purge --entity zhoomart-duulatov
    """
    with opened_home(context) as home:
        if not yes:
            output.print_purged(*purge_entity(home, entity, apply=False), "goes")
            if not sys.stdin.isatty():
                raise InputError("nothing was removed: there is no way back, so without a terminal this needs --yes")
            if typer.prompt("There is no way back. To go on, type the id", err=True) != entity:
                raise InputError("nothing was removed: that is not the id")
        purged, remains = purge_entity(home, entity, apply=True)
        # Without --yes, `remains` was printed above.
        output.print_purged(purged, remains if yes else [], "is gone")


@db.command()
def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")], age_key: AgeKeys = None
) -> None:
    """Copy the database into a file, also while runs are going; that of the closed watch into FILE.closed.db beside it.

    It names the people on your list: keep it as safe as the database. Example: monitor db backup /mnt/usb/monitor.db
    """
    with opened_home(context) as home:
        files = back_up_for(home, file, age_key) if age_key else back_up(home, file)
    out.print(f"the database is in {files[0]}")
    for closed_file in files[1:]:
        out.print(f"that of the closed watch is in {closed_file}: keep the two together")


@db.command()
def restore(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Put a backup in the place of the database; what was there is kept beside it. FILE.closed.db goes with it.

    Example: monitor db restore /mnt/usb/monitor.db
    """
    settings = settings_of(context)
    previous = restore_backup(settings, file)
    kept_files = f"; what was there before is in {', '.join(map(str, previous))}" if previous else ""
    out.print(f"the database is that of {file}{kept_files}", soft_wrap=True)
    if settings.closed_database_file and len(previous) > 1 and not closed_file_beside(file).exists():
        out.print(
            f"the backup has no {closed_file_beside(file)}, so that the closed watch was set aside: nothing of it is "
            f"at the desk until a pair is restored, such as {previous[0]}",
            soft_wrap=True,
        )
    with opened_home(context) as home:
        home.people.end_all_access()
        out.print("everybody signs in again, with the accounts of then: look through them; tokens and links have ended")
        regained = regained_access(accounts_in(previous[0]), home.people.everyone()) if previous else []
        if regained:
            out.print("who can do more now than before the restore:")
        for line in regained:
            out.print(f"  {line}", soft_wrap=True)
        warn(*sync_files(home))  # names that were marked since leave the open watch before anybody sees them


@db.command()
def upgrade(context: typer.Context) -> None:
    """Make the database, or bring it to this version's tables. Every command does so by itself, too.

    Example: monitor --home /srv/monitor db upgrade
    """
    with opened_home(context) as home:
        out.print(f"the database is at revision {home.store.revision}")


@db.command()
def worker(
    context: typer.Context,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Of PostgreSQL; made if it does not exist.")],
) -> None:
    """Give a role of PostgreSQL the rights of a worker of a fleet, and no others: no accounts, messages, closed names.

    Standard input may hold its password. Run it again after each upgrade.
    Example: monitor db worker monitor_worker < password.txt
    """
    password = "" if sys.stdin.isatty() else read_note("-") or ""
    with opened_home(context) as home:
        home.store.fleet.let_work(role, password)
    out.print(f"{role} has the rights of a worker")


@db.command()
def migrate(
    context: typer.Context,
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="An empty database: sqlite:///FILE or postgresql+psycopg://…")
    ],
) -> None:
    """Copy everything into another, empty database; the one in use stays as it is.

    Stop cron, `monitor work` and the desk first: what they store after the copy began stays behind.
    Example: monitor db migrate --to postgresql+psycopg://monitor@db.example.org/monitor
    """
    with opened_home(context) as home:
        settings = home.settings
        print_message(
            "Cron, `monitor work` and the desk should be stopped until the new database is named: "
            "what they store after the copy began stays behind."
        )
        rows = move_database(home, to)
    # Where the URL of the old database is set.
    place = settings.sources.get("database_url", Source.FILE)
    where = "the environment" if place is Source.ENVIRONMENT else str(settings.home / ENV_FILE)
    files = [file for file in (settings.database_file, settings.closed_database_file) if file and file.exists()]
    old = f"{' and '.join(map(str, files))} (with their -wal and -shm, if they are there)" if files else "it"
    steps = (
        f"In {where}, set MONITOR_DATABASE_URL to the address that you gave with --to.",
        "Start cron, `monitor work` and the desk again; `monitor doctor` says whether all is well.",
        f"The old database still names the people on your list: when the new one works, delete {old}.",
    )
    out.print(f"{count_words(rows, 'row')} copied. Now:")
    for number, step in enumerate(steps, 1):
        out.print(f"  {number}. {step}", soft_wrap=True)
