"""Commands on the watchlist: `monitor watchlist list | show | check | import | export`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.app.files import create_private_file
from monitor.app.lists import watchlist_notice
from monitor.app.watchlist import WatchlistFile
from monitor.cli.common import (
    Closed,
    LanguageOption,
    OutputFormat,
    language_of,
    open_watch,
    opened_home,
    out,
    print_json,
    print_message,
    read_name,
    settings_of,
    warn,
)
from monitor.cli.output import lists as output_lists
from monitor.config.watchlist import Format as ListFormat
from monitor.config.watchlist import detect_format, dump_watchlist, load_watchlist, with_own_ids
from monitor.match import lint, press_trials
from monitor.match.explain.lint import ListWarning
from monitor.model import EntityType, Message, NameJudgement
from monitor.review.feedback import unreliable_forms
from monitor.serialize import plain

ENTITIES_SAMPLED = 20  # `check` prints sample forms of these; `show` prints those of any entity
WARNINGS_PRINTED = 50

watchlist = typer.Typer(no_args_is_help=True, help="The watchlist. Example: monitor watchlist list")


@watchlist.command("list")
def list_entities(context: typer.Context, format: OutputFormat = OutputFormat.TEXT, closed: Closed = False) -> None:
    """List who and what is watched.

    Example: monitor watchlist list --format json
    """
    with open_watch(context, closed) as home:
        stored = home.store.watchlists.current()
        warn(watchlist_notice(home))
    if format is OutputFormat.JSON:
        print_json({"version": stored.version, "entities": plain(stored.entities)})
    else:
        output_lists.print_entities(stored)


@watchlist.command("show")
def show_entity(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID", callback=read_name, help="`-`: from standard input.")],
    lang: LanguageOption = None,
    closed: Closed = False,
) -> None:
    """Show one entity: its names, its context, warnings, how often matches were correct, and the forms that are found.

    Example: monitor watchlist show gknb
    """
    with open_watch(context, closed) as home:
        record = home.store.watchlists.get(entity)
        judgements = [judgement for judgement in home.store.reviews.name_judgements() if judgement.entity == entity]
        warnings = [*lint(home.store.watchlists.current().entities, [entity]), *rarely_right_warnings(judgements)]
    language = language_of(context, lang)
    output_lists.print_entity(record, warnings, language)
    output_lists.print_precision(judgements)
    output_lists.print_samples(record, language)


@watchlist.command("check")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="YAML, CSV or FollowTheMoney JSON lines; default: your list."),
    ] = None,
    lang: LanguageOption = None,
) -> None:
    """Check a watchlist file before it is used; show which forms of its first names are found or not.

    Example: monitor watchlist check watchlist.yaml
    """
    judgement_warnings: list[ListWarning] = []
    if file is None:
        settings = settings_of(context)
        settings.require_home()
        file = settings.watchlist
        # Opening the home would create the database, which a check should not do.
        if settings.database_file is None or settings.database_file.exists():
            with opened_home(context) as home:
                judgement_warnings = rarely_right_warnings(home.store.reviews.name_judgements())
    listed = load_watchlist(file)
    entities = with_own_ids([entity for entity in listed if entity.type is not EntityType.PRESS])
    if closed := sum(entity.sensitive for entity in entities):
        print_message(f"names marked sensitive, which are looked at, too: {closed}")
    warnings = (*lint(entities), *judgement_warnings)
    language = language_of(context, lang)
    output_lists.print_check(entities, warnings, entities[:ENTITIES_SAMPLED], language)
    if len(entities) < len(listed):
        output_lists.print_press_trials(tuple(press_trials()), language)


def rarely_right_warnings(judgements: Collection[NameJudgement]) -> list[ListWarning]:
    """Return a warning for each form of a name that people judged right less than one time in five."""
    advice = Message("drop that spelling, or add `require` or `exclude`")
    return [
        ListWarning(
            entity, Message("“{}”: {} of {} matches were correct", form, right.right, right.right + right.wrong), advice
        )
        for (entity, form), right in unreliable_forms(judgements).items()
    ]


@watchlist.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML, CSV or FollowTheMoney JSON lines, by its ending.")
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Store the change, removals too.")] = False,
    lang: LanguageOption = None,
    closed: Closed = False,
) -> None:
    """Show what a file would change in the stored watchlist; with --apply, change it.

    Example: monitor watchlist import new.csv --apply
    """
    with open_watch(context, closed) as home:
        change = WatchlistFile(home).import_from(file, home.clock(), apply=apply)
        # Of the other entries nothing has changed since they were looked at.
        changed_ids = {entity.id for entity in (*change.added, *(new for _, new in change.changed))}
        warnings = lint(load_watchlist(file, closed=closed), changed_ids) if changed_ids else ()
    language = language_of(context, lang)
    output_lists.print_change(change)
    print_warnings(warnings, language, f": monitor watchlist check {shlex.quote(str(file))}")
    if other_names := len(load_watchlist(file, closed=not closed)):
        print_message(f"of the other watch, so not looked at: {other_names}" + ("" if closed else " (--closed does)"))
    if not change:
        out.print("nothing to change")
    elif apply:
        out.print("stored")
    else:
        out.print("nothing was stored; add --apply to store it")


def print_warnings(warnings: Sequence[ListWarning], language: str, where: str = "") -> None:
    """Print the first warnings to standard error, and how many more there are; `where` says where these stand."""
    for warning in warnings[:WARNINGS_PRINTED]:
        print_message(output_lists.warning_line(warning, language))
    if (remaining := len(warnings) - WARNINGS_PRINTED) > 0:
        print_message(f"and {remaining} more to look at{where}")


@watchlist.command("export")
def export(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="By its ending; default: YAML, printed.")
    ] = None,
    closed: Closed = False,
) -> None:
    """Write the stored watchlist as a new file that `import` reads back unchanged. Only you can read it.

    Example: monitor watchlist export watchlist.csv
    """
    with open_watch(context, closed) as home:
        entities = home.store.watchlists.current().entities
        warn(watchlist_notice(home))
    if file is None:
        sys.stdout.write(dump_watchlist(entities, ListFormat.YAML))
        return
    text = dump_watchlist(entities, detect_format(file))
    with create_private_file(file) as raw:
        raw.write(text.encode())
    print_message(f"{len(entities)} entities in {file}")
