"""Files for other tools: entities of FollowTheMoney, and a spreadsheet without formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from kit.app import App
from kit.articles import COURT
from kit.home import furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app.closed.closed_home import watch_of
from monitor.app.evidence.exports import (
    QUEUE_COLUMNS,
    FtmEntity,
    export_workbook,
    ftm_entities,
    queue_row,
    stored_numbers,
    table_items,
    whole_items,
)
from monitor.errors import InputError
from monitor.home import Home
from monitor.model import State, Verdict
from monitor.text.lead import lead_article

NAMES = "entities:\n  - Melis Tokoev\n  - {name: Cholpon Arzyeva, sensitive: true}\n"
FORMULAS = ("=cmd|'/c calc'!A1", "+1+1", "@SUM(1)", "-2", '=HYPERLINK("http://evil.example")', "http://evil.example/x")
HERS = "Cholpon Arzyeva was detained at the airport of the capital late at night, her lawyer said on Monday. " * 4


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    pieces = [Piece(f"p{n}", f"{words} {n}", COURT.replace("Tuesday", f"day {n}")) for n, words in enumerate(FORMULAS)]
    pieces.append(Piece("hers", "Detained at the airport", HERS))
    with Web(Outlet("post", "en", pieces)) as web:
        opened = open_app(furnish(tmp_path / "home", web, NAMES))
        opened.ingest()
        yield opened
        opened.close()


def entities(home: Home) -> list[FtmEntity]:
    """Return what the terminal exports of a watch."""
    return [*ftm_entities(home, whole_items(home, stored_numbers(home)))]


def test_each_reference_of_an_entity_is_to_one_that_came_before(app: App):
    schema_by_id: dict[str, str] = {}
    for entity in entities(app):
        assert entity["id"] not in schema_by_id and set(entity) == {"id", "schema", "properties"}
        for name in ("document", "resolved", "involved", "proof"):
            assert set(entity["properties"].get(name, ())) <= set(schema_by_id)
        assert all(isinstance(value, str) and value for values in entity["properties"].values() for value in values)
        schema_by_id[entity["id"]] = entity["schema"]
    assert set(schema_by_id.values()) == {"Person", "Article", "Mention", "Event"}
    assert entities(app) == entities(app)


def test_what_is_not_relevant_and_what_is_closed_is_not_handed_on(app: App):
    assert "Cholpon" not in str(entities(app))
    closed = str(entities(watch_of(app, closed=True)))
    assert "Cholpon" in closed and "Melis" not in closed
    for item in app.queue():
        app.decide(item.id, Verdict.NOT_RELEVANT, by="aida")
    assert entities(app) == []


def test_the_cells_of_a_spreadsheet_are_the_words_of_the_database_and_no_formula(app: App, tmp_path: Path):
    (first, *_) = app.queue()
    app.decide(first.id, Verdict.RELEVANT, by="aida", note="=1+1")
    everything = table_items(app, stored_numbers(app))
    count = export_workbook(app, everything, tmp_path / "q.xlsx")
    book = openpyxl.load_workbook(tmp_path / "q.xlsx")
    rows = list(book["Queue"].iter_rows())
    items = app.store.reviews.listing(tuple(State), 100)
    assert count == len(items) == len(rows) - 1
    assert [cell.value for cell in rows[0]] == list(QUEUE_COLUMNS)
    for cells, item in zip(rows[1:], items, strict=True):
        assert [cell.value or "" for cell in cells] == [
            value or "" for value in map(plain, queue_row(item, lead_article(item, "en")))
        ]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"} and not any(cell.hyperlink for cell in cells)
    assert any(str(cell.value).startswith("=cmd|") for cell in cells) and "=1+1" in [cell.value for cell in cells]
    assert "Cholpon" not in str([cell.value for cell in cells])
    assert (tmp_path / "q.xlsx").stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="name a new file"):
        export_workbook(app, (), tmp_path / "q.xlsx")


@pytest.mark.parametrize("markup", ["<r>Mel & Co</r>", "<r><t>x</t></r></si><si><r><t>moved</t></r>"])
def test_no_words_of_an_outlet_are_markup_of_a_spreadsheet(app: App, tmp_path: Path, markup: str):
    (item, *further_items) = table_items(app, stored_numbers(app))
    hostile = replace(item, articles=tuple(replace(article, headline=markup) for article in item.articles))
    export_workbook(app, [hostile, *further_items], tmp_path / "q.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "q.xlsx")["Queue"].iter_rows(values_only=True))
    headlines = [str(row[QUEUE_COLUMNS.index("headline")]).strip() for row in rows[1:]]
    assert headlines == [markup, *(lead_article(item, "en").headline for item in further_items)]


def plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
