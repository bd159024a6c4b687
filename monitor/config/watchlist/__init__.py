"""Pure, except `load_watchlist`. Watchlist files: reading, writing, differences.

YAML is for people, CSV for spreadsheets (a problem's column is the number of the cell), FollowTheMoney JSON lines for
other programs. `parse_watchlist` reads the output of `dump_watchlist` back as the same entities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from monitor.config.forms import MAX_BYTES, NO_PLACE, Part, Report, read_text
from monitor.config.watchlist import csv, ftm
from monitor.config.watchlist.schema import MAX_ENTITIES, Id, entity_row, entity_rows, read_entities, slug
from monitor.config.yaml import read_list, write_list
from monitor.config.yaml_edit import edit_list
from monitor.errors import InputError, Problem
from monitor.model import Entity, WatchlistChange

__all__ = [
    "MAX_BYTES",
    "MAX_ENTITIES",
    "Format",
    "Id",
    "detect_format",
    "difference",
    "dump_watchlist",
    "edit_watchlist",
    "load_watchlist",
    "parse_uploaded",
    "parse_watchlist",
    "slug",
    "validated",
]


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


def parse_watchlist(text: str, file: str, kind: Format | None = None) -> tuple[Entity, ...]:
    """Return the entities of a list, in its order. `file` is its name in problems, and gives the format without `kind`.

    Raises InputError with all problems; if the text is not YAML or CSV at all, with the first syntax error.
    """
    report = Report(file)
    entities = read_entities(_read(text, kind or detect_format(file), report), report)
    report.raise_if_any()
    return entities


def parse_uploaded(text: str, kind: Format) -> tuple[tuple[Entity, ...], frozenset[str]] | InputError:
    """Return the entities of an uploaded list, and the fields for which it has no column; or what is wrong with it.

    The error is returned because a sandbox passes on no errors.
    """
    try:
        entities = parse_watchlist(text, "list", kind)
        return entities, csv.fields_without_column(text) if kind is Format.CSV else frozenset[str]()
    except InputError as error:
        return error


def _read(text: str, kind: Format, report: Report) -> list[Part]:
    match kind:
        case Format.YAML:
            return read_list(text, "entities", "name", report)
        case Format.CSV:
            return csv.read(text, report)
        case Format.FTM:
            return ftm.read(text, report)


def load_watchlist(path: Path | str) -> tuple[Entity, ...]:
    """I/O. Return the entities of a file: YAML, CSV or FollowTheMoney JSON lines by its ending. Raises InputError."""
    path = Path(path)
    kind = detect_format(path)  # before reading, so that a wrong ending is reported first
    return parse_watchlist(read_text(path), str(path), kind)


def dump_watchlist(entities: Sequence[Entity], kind: Format | str) -> str:
    """Return a list that `parse_watchlist` reads back as the same entities, without default values and derived ids."""
    match Format(kind):
        case Format.YAML:
            return write_list("entities", (row if len(row) > 1 else row["name"] for row in entity_rows(entities)))
        case Format.CSV:
            return csv.write(entity_rows(entities))
        case Format.FTM:
            return ftm.write(entities)


def edit_watchlist(text: str, file: str, change: WatchlistChange) -> str:
    """Return the text of a list with a change made to it: of a YAML file only the lines of these entities change.

    A changed entity that the list does not have is added. Raises InputError for a file with problems, and for YAML that
    does not have one entity per line.
    """
    kind = detect_format(file)
    entities = parse_watchlist(text, file, kind)
    listed_ids = {entity.id for entity in entities}
    added = [new for _, new in change.edits if new and new.id not in listed_ids]
    new_by_id = {new.id: new for _, new in change.edits if new and new.id in listed_ids}
    removed_ids = {entity.id for entity in change.removed}
    edited = (
        *(new_by_id.get(entity.id, entity) for entity in entities if entity.id not in removed_ids),
        *added,
    )
    if kind is not Format.YAML:
        return dump_watchlist(edited, kind)
    rows = {entity.id: row for entity, row in zip(edited, entity_rows(edited), strict=True)}
    # An entry whose name is now on the list twice gains an id.
    result = edit_list(
        text,
        "entities",
        file,
        changed={
            index: (row, rows[entity.id])
            for index, (entity, row) in enumerate(zip(entities, entity_rows(entities), strict=True))
            if entity.id in rows and row != rows[entity.id]
        },
        removed=[index for index, entity in enumerate(entities) if entity.id in removed_ids],
        added=[row if len(row) > 1 else row["name"] for row in (rows[entity.id] for entity in added)],
    )
    # The text is edited line by line; read back, it must say what was meant.
    if parse_watchlist(result, file, kind) != edited:
        raise InputError(f"{file}: the change cannot be written into this file; make it there by hand")
    return result


def validated(entity: Entity) -> Entity:
    """Return an entity as a file would give it: names without extra spaces, and an id made of the name if it has none.

    Raises InputError with what a file's problem would say.
    """
    report = Report("")
    row = {key: value for key, value in entity_row(entity).items() if value}
    entities = read_entities([Part(row, {(): NO_PLACE})], report)
    try:
        report.raise_if_any()
    except InputError as error:
        problems = [f"{p.wrong}; {p.todo}" if isinstance(p, Problem) else p for p in error.problems]
        raise InputError(*problems) from None
    return entities[0]


def difference(stored: Iterable[Entity], new: Iterable[Entity]) -> WatchlistChange:
    """Return the change from `stored` to `new` by id: added and changed in the order of `new`, removed as stored."""
    before = {entity.id: entity for entity in stored}
    after = {entity.id: entity for entity in new}
    return WatchlistChange(
        added=tuple(entity for entity in after.values() if entity.id not in before),
        changed=tuple((before[e.id], e) for e in after.values() if e.id in before and before[e.id] != e),
        removed=tuple(entity for entity in before.values() if entity.id not in after),
    )
