"""Pure, except `load_watchlist`. Watchlist files: reading, writing, differences.

YAML is for people, CSV for spreadsheets (a problem's column is the number of the cell), FollowTheMoney JSON lines for
other programs. `parse_watchlist` reads the output of `dump_watchlist` back as the same entities.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from monitor.config.forms import MAX_BYTES, NO_PLACE, FileReport, Part, read_text
from monitor.config.watchlist import csv, ftm
from monitor.config.watchlist.schema import (
    entity_row,
    entity_rows,
    is_closed,
    parts_of_watch,
    press_row,
    read_entities,
    read_press,
)
from monitor.config.yaml import edit_key, edit_list, read_list_and_keys, write_list
from monitor.errors import InputError, Problem
from monitor.model import Entity, EntityType, Message, WatchlistChange
from monitor.model.watchlist import change_of

_PRESS = "press"  # a key of the list beside its entities
MAX_FILE_BYTES = 3 * MAX_BYTES  # for the names of both watches, each within `MAX_BYTES`, and comments


class Format(StrEnum):
    """A file format of watchlists."""

    YAML = "yaml"
    CSV = "csv"
    FTM = "ftm"  # FollowTheMoney, one JSON object a line


_FORMATS_BY_ENDING = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".csv": Format.CSV,
    ".jsonl": Format.FTM,
    ".json": Format.FTM,  # the tools of FollowTheMoney write JSON lines to entities.ftm.json
}


def detect_format(file: Path | str) -> Format:
    """Return the format by the ending of the file's name. Raises InputError."""
    kind = _FORMATS_BY_ENDING.get(Path(file).suffix.lower())
    if kind is None:
        wrong = "the ending does not say what kind of list this is"
        raise InputError(Problem(str(file), 0, 0, wrong, "name it .yaml, .csv or .jsonl (FollowTheMoney)"))
    return kind


def parse_watchlist(
    text: str, file: str, kind: Format | None = None, *, closed: bool | None = None
) -> tuple[Entity, ...]:
    """Return the entities of a list, in its order. `file` is its name in problems, and gives the format without `kind`.

    `closed`: only the entities of the closed watch, or only those of the open one. Raises InputError with all problems
    of these; if the text is not YAML or CSV at all, with the first syntax error.
    """
    names, press = _names_and_press(text, file, kind or detect_format(file), closed)
    return (*names.values(), *press)


def _names_and_press(
    text: str, file: str, kind: Format, closed: bool | None, *, refuse_marked: bool = False
) -> tuple[dict[int, Entity], tuple[Entity, ...]]:
    """Return the names of a list by their index in it, and the entity of its key `press`, which is of the open watch.

    Raises InputError, with `refuse_marked` for closed ones.
    """
    report = FileReport(file)
    try:
        all_parts, press_part = _read(text, kind, report)
    except InputError:
        # The fault may stand in a closed entry, and what is told of the open watch must not quote it.
        if closed is False and "sensitive" in text.casefold():
            wrong = "cannot be read"
            raise InputError(Problem(file, 0, 0, wrong, "`monitor watchlist check` at the terminal says why")) from None
        raise
    if refuse_marked and (marked := [part for part in all_parts if is_closed(part)]):
        wrong = Message("entries that are marked sensitive: {}", len(marked))
        todo = Message("leave them out; whoever is cleared adds them in the closed watch")
        raise report.failed(marked[0].place(), wrong, todo)
    parts = dict(enumerate(all_parts)) if closed is None else parts_of_watch(all_parts, closed, report)
    entities = read_entities(list(parts.values()), report)
    press = read_press(press_part, report) if closed is not True else None
    report.raise_if_any()
    return dict(zip(parts, entities, strict=True)), (press,) if press else ()


def parse_uploaded(
    text: str, kind: Format, closed: bool | None
) -> tuple[tuple[Entity, ...], frozenset[str]] | InputError:
    """Return the entities of an uploaded list, and the fields for which it has no column; or what is wrong with it.

    `closed` as for `parse_watchlist`.
    The error is returned because a sandbox passes on no errors.
    """
    try:
        # An uploaded list is not the home's file: what would be left out of it in silence would not be watched. Of the
        # press it says nothing: that is set on a page of its own.
        entities = tuple(_names_and_press(text, "list", kind, closed, refuse_marked=closed is False)[0].values())
        return entities, csv.fields_without_column(text) if kind is Format.CSV else frozenset[str]()
    except InputError as error:
        return error


def _read(text: str, kind: Format, report: FileReport) -> tuple[list[Part], Part | None]:
    """Return the entries of a list, and its key `press`, which only YAML has."""
    match kind:
        case Format.YAML:
            parts, other_keys = read_list_and_keys(text, "entities", "name", report, (_PRESS,))
            return parts, other_keys.get(_PRESS)
        case Format.CSV:
            return csv.read(text, report), None
        case Format.FTM:
            return ftm.read(text, report), None


def load_watchlist(path: Path | str, *, closed: bool | None = None) -> tuple[Entity, ...]:
    """I/O. Return the entities of a file: YAML, CSV or FollowTheMoney JSON lines by its ending. Raises InputError.

    `closed`: only those of the closed watch, or only those of the open one.
    """
    path = Path(path)
    kind = detect_format(path)  # before reading, so that a wrong ending is reported first
    return parse_watchlist(read_text(path, MAX_FILE_BYTES), str(path), kind, closed=closed)


def dump_watchlist(entities: Sequence[Entity], kind: Format | str) -> str:
    """Return a list that `parse_watchlist` reads back as the same entities, without default values and derived ids.

    Only YAML has what is looked for of the press.
    """
    press = next((entity for entity in entities if entity.type is EntityType.PRESS), None)
    names = [entity for entity in entities if entity is not press]
    match Format(kind):
        case Format.YAML:
            text = write_list("entities", (row if len(row) > 1 else row["name"] for row in entity_rows(names)))
            return edit_key(text, _PRESS, press_row(press), "entities", "list") if press else text
        case Format.CSV:
            return csv.write(entity_rows(names))
        case Format.FTM:
            return ftm.write(names)


def edit_watchlist(text: str, file: str, change: WatchlistChange, *, closed: bool | None = None) -> str:
    """Return the text of a list with a change made to it: of a YAML file only the lines of these entities change.

    `closed`: the change is of the closed watch, or of the open one; the entries of the other one are not even read, and
    may have faults. Without it an entity may also move from one watch to the other. A changed entity that the list does
    not have is added. Raises InputError for a file with problems, and for YAML that does not have one entity per line.
    """
    kind = detect_format(file)
    entities, press = _names_and_press(text, file, kind, closed if kind is Format.YAML else None)
    if of_press := [(old, new) for old, new in change.edits if (old or new).type is EntityType.PRESS]:  # type: ignore[union-attr]
        value = press_row(new) if (new := of_press[0][1]) else "false"
        text, press = edit_key(text, _PRESS, value, "entities", file), (new,) if new else ()
        change = change_of(edit for edit in change.edits if edit not in of_press)
    before = list(entities.values())
    listed = {*map(_key, before)}
    new_by_key = {_key(old or new): new for old, new in change.edits if new and _key(old or new) in listed}
    added = [new for old, new in change.edits if new and _key(old or new) not in listed]
    removed = {_key(entity) for entity in change.removed}
    after = [new_by_key.get(_key(entity), entity) for entity in before if _key(entity) not in removed]
    edited = (*after, *added)
    rows = entity_rows(edited)
    if closed is not None:
        _require_bounds(rows, file, is_open=not closed)
    if kind is not Format.YAML:
        return dump_watchlist(edited, kind)
    remaining = [index for index, entity in entities.items() if _key(entity) not in removed]
    old_rows = dict(zip(entities, entity_rows(before), strict=True))
    # An entry whose name is now on the list twice gains an id.
    result = edit_list(
        text,
        "entities",
        file,
        changed={
            index: (old_rows[index], row)
            for index, row in zip(remaining, rows[: len(after)], strict=True)
            if row != old_rows[index]
        },
        removed=[index for index, entity in entities.items() if _key(entity) in removed],
        added=[row if len(row) > 1 else row["name"] for row in rows[len(after) :]],
    )
    # The text is edited line by line; read back, it must say what was meant.
    if parse_watchlist(result, file, kind, closed=closed) != (*edited, *press):
        raise InputError(f"{file}: the change cannot be written into this file; make it there by hand")
    return result


def _require_bounds(rows: Sequence[object], file: str, *, is_open: bool) -> None:
    """Raise InputError for an empty open list and for too many names, whatever the other watch has in the file.

    Else the file's own limits would tell whoever edits the open list if there are closed names, and how many.
    """
    if is_open and not rows:
        raise InputError(Problem(file, 0, 0, Message("an empty list"), Message("leave one name on it")))
    if len(json.dumps(rows, ensure_ascii=False).encode()) > MAX_BYTES:
        wrong = f"is larger than {MAX_BYTES / 1e6:g} MB"
        raise InputError(Problem(file, 0, 0, wrong, "split it, or leave out what is not needed"))


def _key(entity: Entity) -> tuple[bool, str]:
    """Return the key of an entity in a list: ids are unique within a watch."""
    return entity.sensitive, entity.id


def with_own_ids(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Return the entities of a whole list, each with an id of its own: a closed one may have that of an open one."""
    open_ids = {entity.id for entity in entities if not entity.sensitive}
    return tuple(
        replace(entity, id=f"{entity.id}:closed") if entity.sensitive and entity.id in open_ids else entity
        for entity in entities
    )


def validated(entity: Entity) -> Entity:
    """Return an entity as a file would give it: names without extra spaces, and an id made of the name if it has none.

    Raises InputError with what a file's problem would say.
    """
    report = FileReport("")
    row = {key: value for key, value in entity_row(entity).items() if value}
    entities = read_entities([Part(row, {(): NO_PLACE})], report)
    try:
        report.raise_if_any()
    except InputError as error:
        problems = [f"{p.wrong}; {p.todo}" if isinstance(p, Problem) else p for p in error.problems]
        raise InputError(*problems) from None
    return entities[0]


def difference(stored: Iterable[Entity], new: Iterable[Entity]) -> WatchlistChange:
    """Return the change from `stored` to `new` by watch and id: added and changed as in `new`, removed as stored."""
    before = {_key(entity): entity for entity in stored}
    after = {_key(entity): entity for entity in new}
    return WatchlistChange(
        added=tuple(entity for key, entity in after.items() if key not in before),
        changed=tuple((before[key], e) for key, e in after.items() if key in before and before[key] != e),
        removed=tuple(entity for key, entity in before.items() if key not in after),
    )
