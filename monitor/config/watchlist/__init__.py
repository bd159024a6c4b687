"""Pure, but for `load_watchlist`. Who and what is watched: files with line and column, ids, differences.

YAML for people, CSV for spreadsheets (there a problem's column is the number of the cell), FollowTheMoney JSON lines
for other programs; what `dump_watchlist` writes, `parse_watchlist` reads back as the same entities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from monitor.config.watchlist import csv, ftm
from monitor.config.watchlist.schema import MAX_ENTITIES, Id, as_rows, read_entities, slug
from monitor.config.yaml import MAX_BYTES, Part, Report, read_list, read_text, write_list
from monitor.errors import InputError, Problem
from monitor.model import Entity, WatchlistChange

__all__ = [
    "MAX_BYTES",
    "MAX_ENTITIES",
    "Format",
    "Id",
    "difference",
    "dump_watchlist",
    "format_of",
    "load_watchlist",
    "parse_watchlist",
    "slug",
]


class Format(StrEnum):
    YAML = "yaml"
    CSV = "csv"
    FTM = "ftm"  # FollowTheMoney, one JSON object a line


_ENDINGS = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".csv": Format.CSV,
    ".jsonl": Format.FTM,
    ".json": Format.FTM,  # FollowTheMoney's own tools name their lines so: entities.ftm.json
}


def format_of(file: Path | str) -> Format:
    """By the ending of its name. Raises InputError."""
    found = _ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        wrong = "the ending does not say what kind of list this is"
        raise InputError(Problem(str(file), 0, 0, wrong, "name it .yaml, .csv or .jsonl (FollowTheMoney)"))
    return found


def parse_watchlist(text: str, file: str, kind: Format | None = None) -> tuple[Entity, ...]:
    """The entities of a list, in its order; `file` names it in problems, and its ending says the format if not given.

    Raises InputError with everything that is wrong; when the text is not even YAML or CSV, with the first such thing.
    """
    report = Report(file)
    entities = read_entities(_read(text, kind or format_of(file), report), report)
    report.raise_any()
    return entities


def _read(text: str, kind: Format, report: Report) -> list[Part]:
    match kind:
        case Format.YAML:
            return read_list(text, "entities", "name", report)
        case Format.CSV:
            return csv.read(text, report)
        case Format.FTM:
            return ftm.read(text, report)


def load_watchlist(path: Path | str) -> tuple[Entity, ...]:
    """I/O. The entities of a file: YAML, CSV or FollowTheMoney JSON lines by its ending. Raises InputError."""
    path = Path(path)
    kind = format_of(path)  # before reading: an ending that says nothing is the first thing wrong
    return parse_watchlist(read_text(path), str(path), kind)


def dump_watchlist(entities: Sequence[Entity], kind: Format | str) -> str:
    """A list that reads back as these very entities. What goes without saying (person, a derived id) is left out."""
    match Format(kind):
        case Format.YAML:
            return write_list("entities", (row if len(row) > 1 else row["name"] for row in as_rows(entities)))
        case Format.CSV:
            return csv.write(as_rows(entities))
        case Format.FTM:
            return ftm.write(entities)


def difference(stored: Iterable[Entity], new: Iterable[Entity]) -> WatchlistChange:
    """What `new` brings against `stored`, by id: added and changed in the order of `new`, removed in the stored one."""
    before = {entity.id: entity for entity in stored}
    after = {entity.id: entity for entity in new}
    return WatchlistChange(
        added=tuple(entity for entity in after.values() if entity.id not in before),
        changed=tuple((before[e.id], e) for e in after.values() if e.id in before and before[e.id] != e),
        removed=tuple(entity for entity in before.values() if entity.id not in after),
    )
