"""Commands about messages: who receives what, deliveries that failed, tests, and reports."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Annotated

import typer

from monitor.app.reach import reach_of
from monitor.cli.common import (
    MAX_NUMBER,
    Closed,
    LanguageOption,
    MessageFormat,
    OutputFormat,
    open_watch,
    parse_days,
    print_json,
    print_message,
    warn,
)
from monitor.cli.output import lists as output
from monitor.errors import TRY_AGAIN, DeliveryError
from monitor.messages.publisher import Publisher
from monitor.serialize import plain

MAX_SHOWN = 200

deliver = typer.Typer(
    no_args_is_help=True, help="Messages to recipients, and their failures. Example: monitor deliver list"
)


@deliver.command("list")
def list_deliveries(
    context: typer.Context,
    unsent: Annotated[bool, typer.Option("--unsent", help="Only those that were not sent.")] = False,
    closed: Closed = False,
    format: OutputFormat = OutputFormat.TEXT,
) -> None:
    """Show the recipients, and the latest deliveries with their state.

    Example: monitor deliver list --unsent
    """
    with open_watch(context, closed) as watch:
        publisher = Publisher(watch)
        composer, records = publisher.composer, watch.store.outbox.records(MAX_SHOWN, unsent=unsent)
        problems, latest = composer.problems(), watch.store.outbox.records()
        reaches = {recipient: reach_of(composer, recipient, latest) for recipient in composer.all_recipients}
    if format is OutputFormat.JSON:
        rows = [output.recipient_row(recipient, reaches[recipient]) for recipient in composer.recipients]
        print_json({"recipients": rows, "deliveries": plain(records)})
    else:
        output.print_recipients(reaches)
        output.print_deliveries(records)
    warn(*problems)


@deliver.command()
def retry(
    context: typer.Context,
    deliveries: Annotated[
        list[int], typer.Argument(min=1, max=MAX_NUMBER, metavar="ID…", help="As `deliver list` has them.")
    ],
    closed: Closed = False,
) -> None:
    """Send deliveries now, also those that rest, were refused or were sent; with the same id as before.

    Example: monitor deliver retry 12
    """
    with open_watch(context, closed) as watch:
        publisher = Publisher(watch)
        for number in deliveries:
            publisher.retry(number)
        sent, problems = asyncio.run(publisher.send())
    print_message(f"sent: {sent}")
    warn(*problems)
    if problems:
        raise typer.Exit(TRY_AGAIN)


@deliver.command()
def test(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="RECIPIENT", help="The address or the name.")],
    closed: Closed = False,
) -> None:
    """Send a message without news to a recipient.

    Example: monitor deliver test anna@ngo.example
    """
    with open_watch(context, closed) as watch:
        try:
            reached = asyncio.run(Publisher(watch).send_test(recipient))
        except DeliveryError as error:
            print_message(f"monitor: {error}")
            raise typer.Exit(TRY_AGAIN) from None
    print_message(f"sent to {reached.label} by {reached.channel}")


def report(
    context: typer.Context,
    entity: Annotated[str, typer.Option("--entity", metavar="ID", help="Only what names this entity.")] = "",
    since: Annotated[
        timedelta,
        typer.Option(
            "--since", parser=parse_days, metavar="DAYS", help="The last days, as 30d. Default: 7d.", show_default=False
        ),
    ] = timedelta(days=7),
    format: MessageFormat = "text",
    language: LanguageOption = None,
    closed: Closed = False,
) -> None:
    """Print what came, what was decided, who was named and which sources were silent, to hand on.

    Example: monitor report --entity melis-tokoev --since 30d --format html
    """
    with open_watch(context, closed) as watch:
        rendering = Publisher(watch).composer.report(since, entity, language or "")
    sys.stdout.write(rendering[format])
