"""Commands that edit the watchlist: `monitor watchlist add | preview | edit | remove | history | undo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.common import Format, login_name, open_app, print_json, print_message
from monitor.cli.lists import watchlist
from monitor.errors import InputError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model import Entity, WatchlistChange

# Written out: importing the model takes as long as printing the help.
TypeWord = Literal["person", "organization", "outlet"]
AlertWord = Literal["always", "with-others", "never"]

LIST_ENDINGS = {".yaml", ".yml", ".csv", ".jsonl", ".json"}  # of files; anything else is a name
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who saves it. Default: who you are logged in as.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the history.")]
Aliases = Annotated[list[str] | None, typer.Option("--alias", metavar="NAME", help="Another spelling; repeatable.")]
Alert_ = Annotated[AlertWord | None, typer.Option("--alert", help="When a mention makes an item.")]
Country = Annotated[str | None, typer.Option("--country", metavar="CODE", help="Of a body, such as KG.")]
Handles = Annotated[list[str] | None, typer.Option("--handle", metavar="@NAME", help="An account; repeatable.")]
Note = Annotated[str | None, typer.Option("--note", help="For people; never used to match.")]


@watchlist.command("add")
def add(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="One or several, each in quotes.")],
    type: Annotated[TypeWord, typer.Option(help="Of all of them.")] = "person",
    aliases: Aliases = None,
    handles: Handles = None,
    alert: Alert_ = None,
    country: Country = None,
    note: Note = None,
    sensitive: Annotated[bool, typer.Option("--sensitive", help="Only administrators may see it.")] = False,
    by: By = "",
    reason: Why = "",
) -> None:
    """Watch names from now on, and look for them in the stored articles with the next `ingest`.

    Example: monitor watchlist add "Melis Tokoev" --alias "Мелис Токоев"
    """
    from monitor.cli.output import lists as output_lists
    from monitor.match import lint
    from monitor.model import WatchlistChange

    entities = _new_entities(names, type, aliases, alert, handles, note, country, sensitive)
    with open_app(context) as app:
        _save(app, WatchlistChange(added=entities), by, reason)
        warnings = lint(app.watchlist().entities, {entity.id for entity in entities})
        language = app.settings.language
    for warning in warnings:
        print_message(output_lists.warning_line(warning, language))
    for entity in entities:
        output_lists.print_samples(entity, language)


@watchlist.command("preview")
def preview(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…|FILE]", help="Default: the watchlist.yaml of the home.")
    ] = None,
    type: Annotated[TypeWord, typer.Option(help="Of all names.")] = "person",
    aliases: Aliases = None,
    alert: Alert_ = None,
    country: Country = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="The articles of so many days.")] = 30,
    format: Format = Format.TEXT,
) -> None:
    """Show what names that are not saved yet would bring, from the stored articles. Stores nothing.

    Example: monitor watchlist preview "Melis Tokoev" --alias "Мелис Токоев"
    """
    from monitor.app.preview import preview as preview_of
    from monitor.cli.output import lists as output_lists
    from monitor.config.watchlist import difference, load_watchlist
    from monitor.model import WatchlistChange
    from monitor.serialize import plain

    with open_app(context) as app:
        file = app.settings.watchlist if not names else Path(names[0])
        if not names or (len(names) == 1 and file.suffix.lower() in LIST_ENDINGS and file.exists()):
            change = difference(app.watchlist().entities, load_watchlist(file))
        else:
            change = WatchlistChange(added=_new_entities(names, type, aliases, alert, country=country))
        result = preview_of(app, change, days=days)
    if format is Format.JSON:
        print_json(plain(result))
    else:
        output_lists.print_preview(result)


def _new_entities(
    names: Sequence[str],
    type: TypeWord,
    aliases: Sequence[str] | None,
    alert: AlertWord | None,
    handles: Sequence[str] | None = None,
    note: str | None = None,
    country: str | None = None,
    sensitive: bool = False,
) -> tuple[Entity, ...]:
    """Return an entity for each name. Raises InputError."""
    from monitor.config.watchlist import validated
    from monitor.model import Alert, Entity, EntityType

    if aliases and len(names) > 1:
        raise InputError("--alias is for one name: give the names one by one")
    return tuple(
        validated(
            Entity(
                id="",
                name=name,
                type=EntityType(type),
                aliases=tuple(aliases or ()),
                handles=tuple(handles or ()),
                note=note or "",
                country=country or "",
                sensitive=sensitive,
                alert=Alert(alert or "always"),
            )
        )
        for name in names
    )


@watchlist.command("edit")
def edit(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID", help="As `watchlist list` has it.")],
    name: Annotated[str | None, typer.Option(help="Another name; the id stays.")] = None,
    type: Annotated[TypeWord | None, typer.Option()] = None,
    aliases: Aliases = None,
    dropped: Annotated[
        list[str] | None, typer.Option("--drop-alias", metavar="NAME", help="A spelling that goes; repeatable.")
    ] = None,
    handles: Handles = None,
    alert: Alert_ = None,
    country: Country = None,
    note: Note = None,
    sensitive: Annotated[bool | None, typer.Option(help="Only administrators may see it.")] = None,
    urgent: Annotated[bool | None, typer.Option(help="Told at once, to those who are told at once.")] = None,
    by: By = "",
    reason: Why = "",
) -> None:
    """Change a name. What is not given stays as it is.

    Example: monitor watchlist edit melis-tokoev --alias "M. Tokoyev" --alert with-others
    """
    from monitor.config.watchlist import validated
    from monitor.model import Alert, EntityType, WatchlistChange

    with open_app(context) as app:
        old = app.entity(entity)
        if missing := [spelling for spelling in dropped or () if spelling not in old.aliases]:
            raise InputError(f"{missing[0]!r} is no other spelling of {entity}; `monitor watchlist show {entity}`")
        spellings = (spelling for spelling in (*old.aliases, *(aliases or ())) if spelling not in (dropped or ()))
        new = validated(
            replace(
                old,
                name=old.name if name is None else name,
                type=EntityType(type or old.type),
                aliases=tuple(dict.fromkeys(spellings)),
                handles=old.handles if handles is None else tuple(handles),
                country=old.country if country is None else country,
                note=old.note if note is None else note,
                sensitive=old.sensitive if sensitive is None else sensitive,
                urgent=old.urgent if urgent is None else urgent,
                alert=Alert(alert or old.alert),
            )
        )
        _save(app, WatchlistChange(changed=((old, new),) if new != old else ()), by, reason)


@watchlist.command("remove")
def remove(
    context: typer.Context,
    entities: Annotated[list[str], typer.Argument(metavar="ID…", help="As `watchlist list` has them.")],
    by: By = "",
    reason: Why = "",
) -> None:
    """Stop watching names. What was found stays; `monitor purge` removes that, too. `watchlist undo` takes it back.

    Example: monitor watchlist remove melis-tokoev
    """
    from monitor.model import WatchlistChange

    with open_app(context) as app:
        _save(app, WatchlistChange(removed=tuple(map(app.entity, entities))), by, reason)


@watchlist.command("history")
def history(
    context: typer.Context,
    entity: Annotated[str | None, typer.Argument(metavar="[ID]", help="Default: the whole list.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    format: Format = Format.TEXT,
) -> None:
    """Show who changed what, and when; the newest first.

    Example: monitor watchlist history gknb
    """
    from monitor.cli.output import lists as output_lists
    from monitor.serialize import watchlist_version_row

    with open_app(context) as app:
        versions = app.store.watchlists.versions(entity, limit)
    if format is Format.JSON:
        print_json({"versions": [watchlist_version_row(version) for version in versions]})
    else:
        output_lists.print_history(versions)


@watchlist.command("undo")
def undo(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", help="Default: the last one.")] = None,
    by: By = "",
    reason: Why = "",
) -> None:
    """Take a change of the list back. `watchlist history` has its number; to undo an undo, undo its number.

    Example: monitor watchlist undo 12
    """
    with open_app(context) as app:
        number = app.watchlist().version if version is None else version
        app.watchlist_file.undo(number, app.clock(), source="terminal", author=by or login_name(), reason=reason)
        print_message(f"version {number} is taken back; the list is at version {app.watchlist().version}")


def _save(app: App, change: WatchlistChange, by: str, reason: str) -> None:
    from monitor.cli.output import lists as output_lists

    stored = app.watchlist_file.save(change, app.clock(), source="terminal", author=by or login_name(), reason=reason)
    output_lists.print_change(change)
    status = f"in force as version {stored.version}; `monitor watchlist undo` takes it back"
    print_message(status if change else "nothing to change")
