"""Commands that edit the watchlist: `monitor watchlist add | preview | edit | remove | history | undo`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.app.closed.closed_home import closed_watch, watch_of
from monitor.app.watchlist import WatchlistFile
from monitor.cli.common import (
    MAX_NUMBER,
    Closed,
    OutputFormat,
    count_words,
    login_name,
    open_watch,
    opened_home,
    print_json,
    print_message,
    read_name,
    read_names,
)
from monitor.cli.lists.watchlist import print_warnings, watchlist
from monitor.cli.output import lists as output_lists
from monitor.config.watchlist import difference, load_watchlist, validated
from monitor.errors import InputError
from monitor.home import Home
from monitor.match import guess_type
from monitor.model import Alert, Entity, EntityType, LocalNames, WatchlistChange
from monitor.serialize import plain, watchlist_version_row

if TYPE_CHECKING:
    from monitor.app.names.service import NameService, Prospect

TypeWord = Literal["person", "organization", "outlet"]  # the press is no name that people add

_IN_A_LANGUAGE = re.compile(r"(en|ru|ky)=")
LIST_ENDINGS = {".yaml", ".yml", ".csv", ".jsonl", ".json"}  # of files; anything else is a name
PREVIEWED_DAYS = 30
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who saves it. Default: who you are logged in as.")]
Why = Annotated[str, typer.Option("--reason", callback=read_name, help="The reason, for the history, or `-`.")]
# All users of a machine see the words of a command: each value that may name somebody can be `-`.
Aliases = Annotated[
    list[str] | None,
    typer.Option("--alias", metavar="NAME", callback=read_names, help="Another spelling, or `-`; repeatable."),
]
Type = Annotated[TypeWord | None, typer.Option("--type", help="Default: guessed from each name.")]
Alert_ = Annotated[Alert | None, typer.Option("--alert", help="When a mention makes an item.")]
Country = Annotated[str | None, typer.Option("--country", metavar="CODE", help="Of a body, such as KG.")]
Handles = Annotated[
    list[str] | None,
    typer.Option("--handle", metavar="@NAME", callback=read_names, help="An account, or `-`; repeatable."),
]
Note = Annotated[
    str | None,
    typer.Option(
        "--note", callback=read_name, help="For people; never used to match. `-` reads it from standard input."
    ),
]
LocalName = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="LANG=NAME", callback=read_names, help="The name in en, ru or ky; repeatable."),
]
Paused = Annotated[str | None, typer.Option("--paused-until", metavar="DAY", help="Not watched before this day.")]
Until = Annotated[str | None, typer.Option("--watch-until", metavar="DAY", help="The last day it is watched.")]
AskedBy = Annotated[
    str | None, typer.Option("--asked-by", metavar="WHO", callback=read_name, help="Who asked for it, and how, or `-`.")
]


@watchlist.command("add")
def add(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME…", callback=read_names, help="Each in quotes; `-`: standard input, one a line."),
    ],
    type: Type = None,
    local_names: LocalName = None,
    aliases: Aliases = None,
    handles: Handles = None,
    alert: Alert_ = None,
    country: Country = None,
    paused_until: Paused = None,
    watch_until: Until = None,
    asked_by: AskedBy = None,
    note: Note = None,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", "--closed", help="In the closed watch: only who is cleared may see it.")
    ] = False,
    urgent: Annotated[bool, typer.Option("--urgent", help="Send an alert as soon as it is found.")] = False,
    by: By = "",
    reason: Why = "",
) -> None:
    """Watch names from now on, and look for them in the stored articles with the next `ingest`.

    Example: monitor watchlist add "Melis Tokoev" --alias "Мелис Токоев"
    """
    entities = _new_entities(
        names,
        type=type,
        local_names=local_names,
        aliases=aliases,
        handles=handles,
        alert=alert,
        country=country,
        paused_until=paused_until,
        watch_until=watch_until,
        asked_by=asked_by,
        note=note,
        sensitive=sensitive,
        urgent=urgent,
    )
    with opened_home(context) as opened:
        if sensitive:
            closed_watch(opened, create=True)
        home = watch_of(opened, closed=sensitive)
        # What was just written into the file by hand is on the list, too.
        if home.settings.watchlist.exists() and (problems := WatchlistFile(home).take_in(home.clock())):
            raise InputError(*problems)
        service = _names_of(home)
        if recognised := service.recognised(entity.name for entity in entities):
            raise InputError(output_lists.recognised_line(recognised[0], "nothing was saved"))
        change = service.added(entities)
        _save(service, change, by, reason)
    for entity in change.added:
        output_lists.print_samples(entity, home.settings.language)


@watchlist.command("preview")
def preview(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME…|FILE]", callback=read_names, help="`-`: as in add. Default: the watchlist.yaml of the home."
        ),
    ] = None,
    type: Type = None,
    aliases: Aliases = None,
    alert: Alert_ = None,
    country: Country = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="The articles of so many days.")] = PREVIEWED_DAYS,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Show what names that are not saved yet would bring, from the stored articles. Stores nothing.

    Example: monitor watchlist preview "Melis Tokoev" --alias "Мелис Токоев"
    """
    with open_watch(context, closed) as home:
        service = _names_of(home)
        file = home.settings.watchlist if not names else Path(names[0])
        if not names or (len(names) == 1 and file.suffix.lower() in LIST_ENDINGS and file.exists()):
            change = difference(home.store.watchlists.current().entities, load_watchlist(file, closed=closed))
        else:
            entities = _new_entities(names, type=type, aliases=aliases, alert=alert, country=country)
            recognised = {name.text: name for name in service.recognised(entity.name for entity in entities)}
            for name in recognised.values():
                print_message(output_lists.recognised_line(name, "it is left out"))
            change = service.added(entity for entity in entities if entity.name not in recognised)
        prospect = service.prospect(change, days)
    _print_advice(prospect, home.settings.language)
    if format is OutputFormat.JSON:
        print_json(plain(prospect.preview))
    elif change or not names:
        output_lists.print_preview(prospect.preview)


def _names_of(home: Home) -> NameService:
    """Return the use cases of the names. Imported late: they read pages, too, and feedparser and pebble cost .3 s."""
    from monitor.app.names.service import NameService

    return NameService(home, "terminal")


def _print_advice(prospect: Prospect, language: str) -> None:
    """Print what to look at of names that are added or changed."""
    from monitor.app.names.trials import nominatives_of

    print_warnings(prospect.warnings, language)
    people = {entity.name: entity.id for entity in prospect.change.added if entity.type is EntityType.PERSON}
    for name, nominative in nominatives_of([*people]).items():
        print_message(f"{people[name]}: “{name}” looks like another case of “{nominative}”; list that")


def _new_entities(names: Sequence[str], **options: object) -> tuple[Entity, ...]:
    """Return an entity for each name, with these options. Raises InputError."""
    for option, flag in (("aliases", "--alias"), ("handles", "--handle"), ("local_names", "--name")):
        if options.get(option) and len(names) > 1:
            raise InputError(f"{flag} is for one name: give the names one by one")
    return tuple(_with_options(Entity(id="", name=name, type=guess_type(name)), **options) for name in names)


def _with_options(entity: Entity, **options: Any) -> Entity:
    """Return an entity with the options that are given. Raises InputError."""
    names = _local_names(entity.names, options.pop("local_names", None) or ())
    values: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    as_values: dict[str, Callable[[Any], object]] = {
        "type": EntityType,
        "aliases": tuple,
        "handles": tuple,
        "paused_until": _day,
        "watch_until": _day,
    }
    values |= {name: as_value(values[name]) for name, as_value in as_values.items() if name in values}
    return validated(replace(entity, names=names, **values))


def _local_names(names: LocalNames, texts: Sequence[str]) -> LocalNames:
    """Return names by language with those of LANG=NAME; an empty NAME removes one. Raises InputError."""
    if wrong := [text for text in texts if not _IN_A_LANGUAGE.match(text)]:
        raise InputError(f"{wrong[0]!r} names no language; write --name ru=NAME (en, ru, ky)")
    by_language = dict(text.split("=", 1) for text in texts)
    return replace(names, **{language: " ".join(name.split()) for language, name in by_language.items()})


def _day(text: str) -> date | None:
    """Return the day of an ISO date, None of an empty text. Raises InputError."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InputError(f"{text!r} is no day; write 2026-12-31") from None


@watchlist.command("edit")
def edit(
    context: typer.Context,
    entity: Annotated[
        str, typer.Argument(metavar="ID", callback=read_name, help="As `watchlist list` has it, or `-`.")
    ],
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="NAME|LANG=NAME",
            callback=read_names,
            help="Another name, or that in en, ru or ky, or `-`; the id stays.",
        ),
    ] = None,
    type: Annotated[TypeWord | None, typer.Option()] = None,
    aliases: Aliases = None,
    dropped: Annotated[
        list[str] | None,
        typer.Option("--drop-alias", metavar="NAME", callback=read_names, help="A spelling to remove, or `-`."),
    ] = None,
    handles: Handles = None,
    alert: Alert_ = None,
    country: Country = None,
    paused_until: Paused = None,
    watch_until: Until = None,
    asked_by: AskedBy = None,
    note: Note = None,
    sensitive: Annotated[
        bool | None,
        typer.Option(help="Move it to the closed watch with its items, or out of it. What was sent stays sent."),
    ] = None,
    urgent: Annotated[bool | None, typer.Option(help="Send an alert as soon as it is found.")] = None,
    by: By = "",
    reason: Why = "",
    closed: Annotated[bool, typer.Option("--closed", help="A name of the closed watch.")] = False,
) -> None:
    """Change a name. What is not given stays as it is; an empty text ("") empties a field.

    Example: monitor watchlist edit melis-tokoev --alias "M. Tokoyev" --alert with-others
    """
    name, local_names = _parted_names(names or ())
    with open_watch(context, closed) as home:
        service, old = _names_of(home), home.store.watchlists.get(entity)
        new = _with_options(
            old,
            name=name,
            local_names=local_names,
            type=type,
            aliases=_changed_spellings(old, aliases or (), dropped or ()),
            handles=handles,
            alert=alert,
            country=country,
            paused_until=paused_until,
            watch_until=watch_until,
            asked_by=asked_by,
            note=note,
            sensitive=sensitive,
            urgent=urgent,
        )
        _save(service, service.edited(old, new), by, reason)


def _parted_names(texts: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the new name, or None, and the names in a language. Raises InputError for two names."""
    local_names = [text for text in texts if _IN_A_LANGUAGE.match(text)]
    new_names = [text for text in texts if text not in local_names]
    if len(new_names) > 1:
        raise InputError("an entry has one name; --name LANG=NAME gives it in a language, --alias adds a spelling")
    return (new_names[0] if new_names else None), local_names


def _changed_spellings(old: Entity, added: Sequence[str], dropped: Sequence[str]) -> Sequence[str]:
    """Return the other spellings of an entity after a change. Raises InputError for one that it does not have."""
    if missing := [spelling for spelling in dropped if spelling not in old.aliases]:
        raise InputError(f"{missing[0]!r} is no other spelling of {old.id}; `monitor watchlist show {old.id}`")
    return [*dict.fromkeys(spelling for spelling in (*old.aliases, *added) if spelling not in dropped)]


@watchlist.command("remove")
def remove(
    context: typer.Context,
    entities: Annotated[
        list[str], typer.Argument(metavar="ID…", callback=read_names, help="As `watchlist list` has them, or `-`.")
    ],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Also take its mentions not yet reviewed out of the queue.")
    ] = False,
    by: By = "",
    reason: Why = "",
    closed: Closed = False,
) -> None:
    """Stop watching names. What was found stays; `monitor purge` removes that, too. `watchlist undo` takes it back.

    Example: monitor watchlist remove melis-tokoev
    """
    with open_watch(context, closed) as home:
        removed = tuple(home.store.watchlists.get(entity) for entity in entities)
        _save(_names_of(home), WatchlistChange(removed=removed), by, reason, withdraw=withdraw)


@watchlist.command("history")
def history(
    context: typer.Context,
    entity: Annotated[str | None, typer.Argument(metavar="[ID]", help="Default: the whole list.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    format: OutputFormat = OutputFormat.TEXT,
    closed: Closed = False,
) -> None:
    """Show who changed what, and when; the newest first.

    Example: monitor watchlist history gknb
    """
    with open_watch(context, closed) as home:
        versions = home.store.watchlists.versions(entity, limit)
    if format is OutputFormat.JSON:
        print_json({"versions": [watchlist_version_row(version) for version in versions]})
    else:
        output_lists.print_history(versions)


@watchlist.command("undo")
def undo(
    context: typer.Context,
    version: Annotated[
        int | None, typer.Argument(min=1, max=MAX_NUMBER, metavar="[VERSION]", help="Default: the last one.")
    ] = None,
    by: By = "",
    reason: Why = "",
    closed: Closed = False,
) -> None:
    """Take a change of the list back. `watchlist history` has its number; to undo an undo, undo its number.

    Example: monitor watchlist undo 12
    """
    with open_watch(context, closed) as home:
        service = _names_of(home)
        taken_back = service.version if version is None else version
        withdrawn = service.undo(taken_back, by or login_name(), reason=reason)
        print_message(f"version {taken_back} is taken back; the list is at version {service.version}")
        _print_withdrawn(withdrawn)


def _print_withdrawn(items: int) -> None:
    """Say how many items lost a name, if any did."""
    if items:
        print_message(f"{count_words(items, 'story', 'stories')} left the queue or lost the name")


def _save(service: NameService, change: WatchlistChange, by: str, reason: str, *, withdraw: bool = False) -> None:
    stored = service.save(change, by or login_name(), reason, withdraw=withdraw)
    output_lists.print_change(change)
    status = f"in force as version {stored.version}; `monitor watchlist undo` takes it back"
    print_message(status if change else "nothing to change")
    if withdraw:
        _print_withdrawn(service.versions(limit=1)[0].withdrawn)
    if not (change.added or change.changed):
        return
    # It is saved already: no name waits for a slow preview.
    prospect = service.prospect(change, PREVIEWED_DAYS)
    _print_advice(prospect, service.home.settings.language)
    if prospect.preview.is_flood:
        print_message(f"{output_lists.flood_line(prospect.preview)}, or `watchlist undo`")
