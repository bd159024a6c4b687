"""Pure. The watchlist as CSV, for spreadsheets (RFC 4180; commas, semicolons or tabs between the cells).

Several values of one cell stand with `;` between them; one within a value is written `\\;`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.model import Alert, Context, Entity, EntityType
from monitor.watchlist.draft import Draft, each_once, ids_needed, lines, one_line
from monitor.yamlfile import START, Place, Report

COLUMNS = ("id", "name", "type", "aliases", "note", "sensitive", "alert", "support", "require", "exclude")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def read(text: str, report: Report) -> list[Draft]:
    rows = _rows(text, report)
    line, header = next(rows, (1, []))
    columns = [name.strip().casefold() for name in header]
    if "name" not in columns:
        wrong = "no column `name`" if header else "an empty list"
        raise report.failed(Place(line, 1), wrong, "write the names of the columns first: " + ",".join(COLUMNS))
    for number, name in enumerate(columns, 1):
        if name not in COLUMNS:
            report.unknown(Place(line, number), "column", name, COLUMNS)
        elif columns.index(name) != number - 1:
            report.add(Place(line, number), f"the column {name!r} stands here twice", "keep one of them")
    drafts = [_draft(line, columns, row, report) for line, row in rows]
    if not drafts:
        report.add(Place(line, 1), "an empty list", "write one entity a line below the names of the columns")
    return drafts


def _rows(text: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds something, and the line it begins on."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet takes what its language has in the place of the comma
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise report.failed(Place(line, 1), f"not CSV ({error})", "see that quotes are closed and doubled") from None


def _draft(line: int, columns: Sequence[str], row: Sequence[str], report: Report) -> Draft:
    place = {name: Place(line, number) for number, name in enumerate(columns, 1)}
    cells = {name: _unguarded(cell.strip()) for name, cell in zip(columns, row, strict=False)}
    if len(row) > len(columns):
        wrong = f"{len(row)} cells under {len(columns)} columns"
        report.add(Place(line, len(columns) + 1), wrong, "put text that holds the separator in double quotes")
    if not cells.get("name"):
        report.add(place["name"], "an entity without a name", "fill in the column `name`")

    def at(column: str) -> Place:
        return place.get(column, START)

    entity = Entity(
        id=cells.get("id", ""),
        name=one_line(cells.get("name", "")),
        type=report.choice(at("type"), "type", cells.get("type", ""), EntityType.PERSON),
        aliases=_values(cells.get("aliases", "")),
        note=lines(cells.get("note", "")),
        sensitive=report.flag(at("sensitive"), "sensitive", cells.get("sensitive", "")),
        alert=report.choice(at("alert"), "alert", cells.get("alert", ""), Alert.ALWAYS),
        context=Context(*(_values(cells.get(column, "")) for column in ("support", "require", "exclude"))),
    )
    return Draft(entity, place["name"], at("id"))


def write(entities: Sequence[Entity]) -> str:
    needed = ids_needed(entities)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_guarded, _cells(entity, entity.id in needed)) for entity in entities)
    return out.getvalue()


def _cells(entity: Entity, with_id: bool) -> tuple[str, ...]:
    context = entity.context
    return (
        entity.id if with_id else "",
        entity.name,
        entity.type.value,
        _joined(entity.aliases),
        entity.note,
        "true" if entity.sensitive else "",
        entity.alert.value if entity.alert is not Alert.ALWAYS else "",
        *map(_joined, (context.support, context.require, context.exclude)),
    )


def _values(cell: str) -> tuple[str, ...]:
    return each_once(re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?s)(?:\\.|[^;\\]|\\$)+", cell))


def _joined(values: Iterable[str]) -> str:
    return "; ".join(re.sub(r"([;\\])", r"\\\1", value) for value in values)


def _guarded(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run as a formula (OWASP, CSV injection)."""
    return "'" + cell if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
