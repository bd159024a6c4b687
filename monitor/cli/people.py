"""Commands on the accounts of the desk: who has one, and who is cleared for the closed watch."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.app.closed.closed_home import change_clearance
from monitor.cli.common import OutputFormat, opened_home, out, print_json, print_message
from monitor.errors import NotFound

people = typer.Typer(no_args_is_help=True, help="The accounts of the desk. Example: monitor people list")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the account.")]


@people.command("list")
def list_people(context: typer.Context, format: OutputFormat = OutputFormat.TEXT) -> None:
    """List the accounts with their roles, and who is cleared for the closed watch.

    Example: monitor people list
    """
    with opened_home(context) as home:
        users = home.people.everyone()
    if format is OutputFormat.JSON:
        rows = [
            {"name": user.name, "role": user.role.value, "cleared": user.cleared, "closed": user.closed is not None}
            for user in users
        ]
        print_json(rows)
        return
    for user in users:
        marks = [user.role.value, *(["cleared"] if user.cleared else []), *(["no way in"] if user.closed else [])]
        out.print(f"{user.name}: {', '.join(marks)}")


@people.command()
def clear(context: typer.Context, name: Name) -> None:
    """Clear an account for the closed watch: it sees the names that are marked sensitive, and what is found of them.

    At the desk somebody who is cleared does this for others. Example: monitor people clear Aida
    """
    _change(context, name, cleared=True)
    print_message(f"{name} is cleared for the closed watch")


@people.command()
def unclear(context: typer.Context, name: Name) -> None:
    """End what an account is cleared for.

    Example: monitor people unclear Aida
    """
    _change(context, name, cleared=False)
    print_message(f"{name} is not cleared for the closed watch")


def _change(context: typer.Context, name: str, *, cleared: bool) -> None:
    with opened_home(context) as home:
        user = home.people.by_name(name)
        if user is None:
            raise NotFound(f"there is no account {name!r}; `monitor people list` shows them")
        change_clearance(home, user, cleared=cleared, by=None)
