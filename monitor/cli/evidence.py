"""Commands for others: the daily seal, packs of evidence, their verification, the queue for other programs."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.app.age import export_evidence_for
from monitor.app.evidence.exports import (
    export_workbook,
    ftm_lines,
    report_numbers,
    stored_numbers,
    table_items,
    whole_items,
)
from monitor.app.evidence.pack import export_evidence, verify_pack
from monitor.app.evidence.seal import seal_and_stamp
from monitor.app.review import Review
from monitor.cli.common import (
    MAX_NUMBER,
    AgeKeys,
    Closed,
    count_words,
    open_watch,
    opened_home,
    out,
    parse_days,
    print_message,
)
from monitor.cli.output import runs as output
from monitor.messages.composer import Composer

PACK_CHANGED = 1

OfEntity = Annotated[str, typer.Option("--entity", metavar="ID", help="Only what names this entity.")]

export = typer.Typer(no_args_is_help=True, help="Files for others. Example: monitor export evidence 12 case.zip")


@export.command()
def evidence(
    context: typer.Context,
    item: Annotated[int, typer.Argument(min=1, max=MAX_NUMBER, metavar="ITEM", help="The item's number.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A new file.")],
    closed: Closed = False,
    age_key: AgeKeys = None,
) -> None:
    """Write all that is kept of an item into one file: pages as they came, texts, names found, decisions, hashes.

    It names people: only you can read it. To verify: `monitor verify`, or verify.py in it.
    Example: monitor export evidence 12 case.zip
    """
    with open_watch(context, closed) as home:
        notes = export_evidence_for(home, item, file, age_key) if age_key else export_evidence(home, item, file)
        for note in notes:
            print_message(f"monitor: {note}")
    out.print(f"the evidence of item {item} is in {file}")


@export.command()
def ftm(context: typer.Context, entity: OfEntity = "", closed: Closed = False) -> None:
    """Print the queue as entities of FollowTheMoney, one a line: names, articles, mentions, events.

    For Aleph and the tools around it. Example: monitor export ftm > queue.ftm.json
    """
    with open_watch(context, closed) as home:
        numbers = stored_numbers(home, Review(home).entity_number(entity) if entity else None)
        for line in ftm_lines(home, whole_items(home, numbers)):
            sys.stdout.write(line)


@export.command()
def xlsx(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="A new file.")],
    entity: OfEntity = "",
    since: Annotated[
        timedelta | None,
        typer.Option("--since", parser=parse_days, metavar="DAYS", help="The report of the last days, as 30d."),
    ] = None,
    closed: Closed = False,
) -> None:
    """Write the queue, also what is decided, into a spreadsheet: items, names, where they stand, figures of a report.

    It names people: only you can read it. No cell is a formula. Example: monitor export xlsx may.xlsx --since 30d
    """
    with open_watch(context, closed) as home:
        if since:
            digest, _ = Composer(home).report_digest(since, entity, "")
            count = export_workbook(home, table_items(home, report_numbers(digest)), file, digest)
        else:
            numbers = stored_numbers(home, Review(home).entity_number(entity) if entity else None)
            count = export_workbook(home, table_items(home, numbers), file)
    out.print(f"{count_words(count, 'item is', 'items are')} in {file}")


def seal(context: typer.Context) -> None:
    """Seal the days that have ended: one hash over all pages stored, certified by MONITOR_SEAL_AUTHORITIES.

    This is what cron runs once a day. Example: monitor --home /srv/monitor seal
    """
    with opened_home(context) as home:
        newest, problems = seal_and_stamp(home)
    if newest and sys.stdout.isatty():
        output.print_seal(newest)
    for problem in problems:
        print_message(f"monitor: {problem}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="PACK", help="A file that `export evidence` has written.")],
    roots: Annotated[
        Path | None, typer.Option("--roots", metavar="FILE.pem", help="Certificates of the authorities that you trust.")
    ] = None,
) -> None:
    """Check an evidence pack: each byte, what stands under which seal, and who certified it. It needs no home.

    Exit 1: not all is as it was made; 2: it is no pack. Example: monitor verify case.zip --roots authority.pem
    """
    lines, is_whole = verify_pack(file, roots)
    for line in lines:
        out.print(line, soft_wrap=True, markup=False, highlight=False)
    if not is_whole:
        raise typer.Exit(PACK_CHANGED)
