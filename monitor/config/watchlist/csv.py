"""Pure. The watchlist as CSV, for spreadsheets (RFC 4180; commas, semicolons or tabs between the cells).

The values of one cell are separated by `;`; a semicolon in a value is written `\\;`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from monitor.config.forms import FileReport, Part, Place, suggest
from monitor.config.watchlist.schema import ContextForm, EntityForm, LocalNamesForm, flat_row
from monitor.model import Message

CONTEXT = tuple(ContextForm.model_fields)  # a column for each field
LOCAL_NAMES = {f"name_{language}": language for language in LocalNamesForm.model_fields}
_NESTED: Mapping[str, Iterable[str]] = {"context": CONTEXT, "names": LOCAL_NAMES}
COLUMNS = (*(name for name in EntityForm.model_fields if name not in _NESTED), *CONTEXT, *LOCAL_NAMES)
LISTS = ("aliases", "handles")  # columns whose cells hold several values
# Cells with an apostrophe before a formula match, too, so that guarding and unguarding are exact inverses.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def read(text: str, report: FileReport) -> list[Part]:
    """Return the rows as parts for `validate`. Raises InputError if the text is not CSV with a column `name`."""
    rows = _read_rows(text, report)
    line, header = next(rows, (1, []))
    columns = [name.strip().casefold() for name in header]
    if "name" not in columns:
        wrong = Message("no column `name`") if header else Message("an empty list")
        raise report.failed(
            Place(line, 1), wrong, Message("write the names of the columns first: {}", ",".join(COLUMNS))
        )
    for number, name in enumerate(columns, 1):
        if name not in COLUMNS:
            report.add(Place(line, number), Message("unknown column {}", repr(name)), suggest(name, COLUMNS))
        elif columns.index(name) != number - 1:
            report.add(
                Place(line, number), Message("the column {} stands here twice", repr(name)), Message("keep one of them")
            )
    parts = [_row_part(line, columns, row, report) for line, row in rows]
    if not parts:
        report.add(
            Place(line, 1), Message("an empty list"), Message("write one entity a line below the names of the columns")
        )
    return parts


def fields_without_column(text: str) -> frozenset[str]:
    """Return the fields of an entity for which a list has no column; of nested ones, those without any column."""
    header = next(_read_rows(text, FileReport("")), (1, list[str]()))[1]
    columns = {name.strip().casefold() for name in header}
    columns_by_field = {name: {name} for name in EntityForm.model_fields if name != "id"}
    columns_by_field |= {name: set(nested) for name, nested in _NESTED.items()}
    return frozenset(name for name, needed in columns_by_field.items() if not needed & columns)


def _read_rows(text: str, report: FileReport) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty, with the number of its first line."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets use semicolons where the comma is the decimal sign
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise report.failed(
            Place(line, 1), Message("not CSV ({})", error), Message("see that quotes are closed and doubled")
        ) from None


def _row_part(line: int, columns: Sequence[str], row: Sequence[str], report: FileReport) -> Part:
    """Return a row as a part for `validate`; empty cells count as missing."""
    if len(row) > len(columns):
        wrong = Message("{} cells under {} columns", len(row), len(columns))
        report.add(Place(line, len(columns) + 1), wrong, Message("put text that holds the separator in double quotes"))
    value: dict[str, Any] = {"context": {}, "names": {}}
    part = Part(value, {(): Place(line, columns.index("name") + 1)})
    for number, (column, cell) in enumerate(zip(columns, row, strict=False), 1):
        text, place = _unguard_formula(cell.strip()), Place(line, number)
        if text and column in CONTEXT:
            value["context"][column], part.places["context", column] = _split_cell(text), place
        elif text and column in LOCAL_NAMES:
            language = LOCAL_NAMES[column]
            value["names"][language], part.places["names", language] = text, place
        elif text and column in COLUMNS:
            value[column], part.places[column,] = _split_cell(text) if column in LISTS else text, place
    return part


def write(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of entities as CSV with a header."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        flat = flat_row(row)
        writer.writerow({column: _write_cell(flat[column]) for column in COLUMNS if column in flat})
    return out.getvalue()


def _write_cell(value: str | bool | Sequence[str]) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _guard_formula(value)
        case _:
            return _guard_formula("; ".join(re.sub(r"([;\\])", r"\\\1", text) for text in value))


def _split_cell(cell: str) -> list[str]:
    # `\\$`: a backslash at the end of a cell escapes nothing and stays.
    parts = re.findall(r"(?s)(?:\\.|[^;\\]|\\$)+", cell)
    return [re.sub(r"\\(.)", r"\1", part) for part in parts if part.strip()]


def _guard_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula (OWASP, CSV injection)."""
    return "'" + cell if _FORMULA.match(cell) else cell


def _unguard_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
