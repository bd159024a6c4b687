"""Commands on the review queue: list, show, decide, merge, split, undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitor.app.review import Review
from monitor.cli.common import (
    MAX_NUMBER,
    Closed,
    OutputFormat,
    login_name,
    open_watch,
    parse_moment,
    parse_since,
    print_json,
    print_message,
    read_note,
)
from monitor.cli.output import queue as output_queue
from monitor.config.forms import suggest
from monitor.home import Home
from monitor.model import QueueFilter, QueueTab, Reason, ReviewItem, StaleDecision, State, Verdict

MOST_LISTED = 200
STATES = tuple(state.value for state in State if state is not State.MERGED)  # a merged item is part of another one

queue = typer.Typer(no_args_is_help=True, help="The review queue. Example: monitor queue list")

Item = Annotated[int, typer.Argument(min=1, max=MAX_NUMBER, metavar="ID", help="The item's number.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides. Default: who you are logged in as.")]
Version = Annotated[
    int | None,
    typer.Option("--version", min=0, max=MAX_NUMBER, metavar="N", help="The version you saw: refused if it moved on."),
]


def _print_decided(home: Home, item: ReviewItem, format: OutputFormat) -> None:
    if format is OutputFormat.JSON:
        print_json(Review(home).rows([item])[0])
    else:
        output_queue.print_decided(item)


@queue.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE,…", help=f"Of {', '.join(STATES)}. Default: all not yet reviewed (open and follow-up)."
        ),
    ] = None,
    entity: Annotated[str | None, typer.Option(metavar="ID", help="Only stories that name this entity.")] = None,
    outlet: Annotated[str, typer.Option(metavar="NAME", help="Only with an article of this outlet.")] = "",
    language: Annotated[str, typer.Option(metavar="CODE", help="Only with an article in it, such as ky.")] = "",
    since: Annotated[str, typer.Option(metavar="7d|DATE", help="Only first seen since, such as 2026-11-20.")] = "",
    asked_only: Annotated[bool, typer.Option("--asked", help="Only what a colleague is asked.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED)] = MOST_LISTED,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """List what waits for a person: clear before possible, newest first; what a colleague is asked, with the question.

    Example: monitor queue list --entity gknb --since 7d

    Example: monitor queue list --state later,decided --language ky --format json
    """
    states = _states(state or [])
    with open_watch(context, closed) as home:
        filters = QueueFilter(
            tab=QueueTab.ASKED if asked_only else QueueTab.WAITING,
            entity=Review(home).entity_number(entity) if entity is not None else None,
            outlet=outlet,
            language=language,
            since=parse_since(since, home.clock(), home.settings.timezone) if since else None,
        )
        # One more than printed, to know whether some are left out.
        items = Review(home).queue(states, limit + 1, filters)
        if len(items) > limit:
            print_message(
                f"Only the first {limit} are listed; `monitor queue list --help` shows what narrows the list."
            )
        if format is OutputFormat.JSON:
            print_json({"items": Review(home).rows(items[:limit])})
            return
    output_queue.print_queue(items[:limit], Review(home).lead_of, is_filtered=bool(states) or filters != QueueFilter())


def _states(options: Sequence[str]) -> tuple[State, ...]:
    names = [name.strip() for part in options for name in part.split(",")]
    for name in names:
        if name not in STATES:
            raise typer.BadParameter(f"{name!r} is no state; {suggest(name, STATES)}", param_hint="'--state'")
    return tuple(State(name) for name in dict.fromkeys(names))


@queue.command("show")
def show_(context: typer.Context, item: Item, format: OutputFormat = OutputFormat.TEXT, closed: Closed = False) -> None:
    """Show one item: its articles, the sentences that name someone, why, and what was decided.

    Example: monitor queue show 12
    """
    with open_watch(context, closed) as home:
        review_item = Review(home).item(item)
        if format is OutputFormat.JSON:
            print_json(Review(home).rows([review_item])[0])
        else:
            output_queue.print_item(review_item, Review(home).lead_of(review_item))


@queue.command()
def decide(
    context: typer.Context,
    item: Item,
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="relevant, not-relevant, unsure, later")],
    entity: Annotated[str | None, typer.Option(metavar="ID", help="Review this name alone.")] = None,
    reason: Annotated[Reason | None, typer.Option(help="With not-relevant.")] = None,
    note: Annotated[
        str, typer.Option(callback=read_note, help="For your colleagues; `-` reads it from standard input.")
    ] = "",
    by: By = "",
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_moment, metavar="WHEN", help="With later: as 2026-12-01T09:00, local time."),
    ] = None,
    version: Version = None,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Judge a story, or one name in it.

    Example: monitor queue decide 12 not-relevant --entity melis-tokoev --reason another-person
    """
    with open_watch(context, closed) as home:
        local = until.replace(tzinfo=home.settings.timezone).astimezone(UTC) if until else None
        decided = Review(home).decide(
            item,
            verdict,
            by=by or login_name(),
            entity=entity,
            reason=reason,
            note=note,
            until=local,
            version=version,
        )
        _print_decided(home, decided, format)


@queue.command()
def merge(
    context: typer.Context,
    item: Item,
    source: Annotated[
        int,
        typer.Argument(min=1, max=MAX_NUMBER, metavar="ID", help="The item whose articles go into the first."),
    ],
    by: By = "",
    version: Version = None,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Make one item of two that tell the same story, under the first number. `monitor queue undo` parts them again.

    Example: monitor queue merge 12 17
    """
    with open_watch(context, closed) as home:
        merged = Review(home).merge(
            item, source, by=by or login_name(), seen_versions={} if version is None else {item: version}
        )
        _print_decided(home, merged, format)


@queue.command()
def split(
    context: typer.Context,
    item: Item,
    articles: Annotated[
        list[int],
        typer.Argument(min=1, max=MAX_NUMBER, metavar="ARTICLE…", help="Their numbers, as `queue show` has them."),
    ],
    by: By = "",
    version: Version = None,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Put articles that tell another story into an item of their own, with their copies. They are not joined again.

    Example: monitor queue split 12 340 351
    """
    with open_watch(context, closed) as home:
        parted = Review(home).split(item, articles, by=by or login_name(), version=version)
        _print_decided(home, parted, format)


@queue.command()
def undo(
    context: typer.Context,
    item: Annotated[
        int | None, typer.Argument(min=1, max=MAX_NUMBER, metavar="[ID]", help="Default: your last decision.")
    ] = None,
    by: By = "",
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Take back the last decision, merge or split: of an item, or the last one you made.

    Example: monitor queue undo 12
    """
    with open_watch(context, closed) as home:
        undone = Review(home).undo(by=by or login_name(), item=item)
        if format is OutputFormat.JSON:
            rows = Review(home).rows(undone)
            print_json({"items": rows} if len(rows) > 1 else rows[0])
            return
    for review_item in undone:
        output_queue.print_decided(review_item)


def print_stale_decision(error: StaleDecision) -> None:
    """Print the current state of an item after a stale decision, and how to decide on that."""
    heading = " What happened meanwhile:" if error.now.history or error.now.regroupings else ""
    print_message(f"monitor: {error}. Nothing was stored.{heading}")
    output_queue.print_history(error.now)
    print_message(f"Look again: monitor queue show {error.now.id}")
