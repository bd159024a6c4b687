"""Files to hand on from the desk: as the terminal writes them, for those who may read, closed names for the cleared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from kit.app import App
from kit.copies import app
from kit.desk import Browser, account, client
from kit.store import HOUR, NOW, filed, hit
from monitor.app.evidence.exports import CELL_LENGTH, NAME_COLUMNS, PLACE_COLUMNS, QUEUE_COLUMNS, queue_row, whole_items
from monitor.cli import app as program
from monitor.home import Home
from monitor.messages.content.reports.report import REPORT_COLUMNS
from monitor.model import Act, ReviewItem, Role, Token, Verdict
from monitor.serialize import utc_text
from monitor.text.lead import lead_article
from monitor.web import create_desk
from monitor.web.routes import exports
from monitor.web.security import CLOSED, token_hash
from web.closed import app as watches
from web.closed import cleared_account, closed_store, two_watches
from web.outputs import filled

__all__ = ["app", "filled", "two_watches", "watches"]
TABLES = ("/queue/xlsx", "/items/1/xlsx", "/names/1/xlsx", "/report?as=xlsx", "/report?as=xlsx&name=1")
ENTITIES = ("/queue/ftm", "/items/1/ftm", "/names/1/ftm")
REPORTS = ("/report", "/report?as=json", "/report?name=1&days=7")
FORMULA = '=HYPERLINK("http://evil.example","Melis Tokoev")'


def reader(app: App) -> Browser:
    return client(create_desk(app), account(app, "Reader", Role.READER))


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"} and not any(cell.hyperlink for cell in cells)
    return {sheet.title: [[v if v is not None else "" for v in row] for row in sheet.values] for sheet in book}


def entities(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def expected_queue(app: App, numbers: Sequence[int]) -> list[list[object]]:
    """Return the cells that items of the database have on the first sheet."""
    items = app.store.cards.items(numbers)
    rows = [queue_row(item, lead_article(item, app.settings.language)) for item in items]
    return [list(QUEUE_COLUMNS), *([v if isinstance(v, int) else str(v) for v in row] for row in rows)]


def test_the_cells_are_those_of_the_database_whatever_an_outlet_wrote(app: App):
    filed(app.store, hit(text=FORMULA), at=NOW, text=FORMULA, title=FORMULA, outlet="@SUM(1)")
    app.decide(2, Verdict.RELEVANT, by="=Aida", note="+1+1")
    app.clock.now += HOUR  # type: ignore[attr-defined]
    browser = reader(app)
    for path, numbers in (
        ("/queue/xlsx", [4, 1, 3]),
        ("/queue/xlsx?show=decided", [2]),
        ("/queue/xlsx?outlet=Herald&show=later", []),
        ("/names/1/xlsx", [4, 2, 1, 3]),
        ("/items/2/xlsx", [2]),
        ("/report?as=xlsx", [1, 2, 3, 4]),
    ):
        book = sheets(browser.get(path).content)
        rows = expected_queue(app, numbers)
        assert sorted(map(str, book["Queue"])) == sorted(map(str, rows)), path
        items = app.store.cards.items(numbers)
        assert book["Names"] == [list(NAME_COLUMNS), *(row for row in book["Names"][1:] if row[0] in numbers)]
        assert len(book["Names"]) == 1 + sum(len(item.hits) for item in items), path
        assert book["Places"][0] == list(PLACE_COLUMNS), path
        sentences = [m.sentence[:CELL_LENGTH] for item in items for h in item.hits for m in h.mentions]
        assert sorted(str(row[3]) for row in book["Places"][1:]) == sorted(sentences), path


def test_the_sheet_of_a_report_has_its_figures(app: App):
    app.decide(2, Verdict.RELEVANT, by="Aida")
    app.clock.now += HOUR  # type: ignore[attr-defined]
    rows = sheets(reader(app).get("/report?as=xlsx&days=3").content)["Report"]
    assert rows[0] == list(REPORT_COLUMNS)
    figures = {(row[0], row[1]): (row[2], row[3]) for row in rows[1:]}
    assert len(figures) == len(rows) - 1
    assert figures["until", utc_text(NOW + HOUR)] == ("", "")
    assert figures["came", "all"] == (3, 3)
    assert sum(int(str(v[0])) for (p, w), v in figures.items() if p == "came" and w not in {"all", "copies"}) == 3
    assert figures["decided", "relevant"] == (1, "") and ("decided", "not-relevant") not in figures
    assert figures["named", "Melis Tokoev"] == (3, 2) and figures["named", "Nura Hasanova"] == (1, 1)
    of_one = sheets(client(create_desk(app), app.people.by_name("Reader")).get("/report?as=xlsx&name=3").content)
    assert {row[1] for row in of_one["Report"] if row[0] == "named"} == {"Nura Hasanova"}
    assert [row[0] for row in of_one["Queue"][1:]] == [2]


def test_entities_are_those_of_the_terminal_and_hold_nothing_that_was_thrown_out(app: App):
    app.decide(3, Verdict.NOT_RELEVANT, by="Aida")
    browser, home = reader(app), ["--home", str(app.settings.home)]
    for name in ("feeds.yaml", "watchlist.yaml"):
        (app.settings.home / name).write_text("")
    for path, words in (("/names/1/ftm", ["--entity", "melis"]), ("/names/3/ftm", ["--entity", "nura"])):
        at_terminal = CliRunner().invoke(program, [*home, "export", "ftm", *words])
        assert at_terminal.exit_code == 0, at_terminal.output
        assert browser.get(path).text == at_terminal.stdout != ""
    everything = entities(browser.get("/queue/ftm").text)
    assert {e["id"] for e in everything if e["schema"] == "Event"} == {"monitor-item-1", "monitor-item-2"}
    assert entities(browser.get("/items/3/ftm").text) == entities(browser.get("/queue/ftm?show=decided").text) == []


def test_a_merged_story_is_exported_once_at_the_desk_and_at_the_terminal(app: App):
    app.merge(1, 2, by="Aida")
    browser = reader(app)
    for path in ("/queue/ftm", "/names/1/ftm", "/items/2/ftm"):
        events = [e["id"] for e in entities(browser.get(path).text) if e["schema"] == "Event"]
        assert events.count("monitor-item-1") == 1 and "monitor-item-2" not in events, path
    assert [row[0] for row in sheets(browser.get("/names/1/xlsx").content)["Queue"][1:]] == [1, 3]


def test_a_report_is_a_file_in_the_readers_language(app: App):
    person = account(app, "Анна", Role.READER, "ru")
    page = client(create_desk(app), person).get("/report?days=3")
    assert page.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert "Отчёт о публикациях" in page.text and "<script" not in page.text
    of_one = client(create_desk(app), person).get("/report?days=3&name=3")
    assert of_one.headers["content-disposition"] == 'attachment; filename="name-3-report.html"'
    assert "Nura Hasanova" in of_one.text and "Chess" not in of_one.text


@pytest.mark.parametrize("query", ["as=exe", "days=0", "days=101", "days=-1", "days=x", "name=99", "name=", "name=1x"])
def test_what_is_no_report_is_not_found(app: App, query: str):
    assert reader(app).get(f"/report?{query}").status_code == 404
    assert app.people.audit(9) == []


def test_each_file_is_in_the_log_by_numbers_alone(app: App):
    browser = reader(app)
    for path in (*TABLES, *ENTITIES, *REPORTS):
        assert browser.get(path).status_code == 200, path
    lines = app.people.audit(99)
    assert {line.act for line in lines} == {Act.EXPORTED} and len(lines) == len((*TABLES, *ENTITIES, *REPORTS))
    assert {line.detail for line in lines if line.about == 1} == {"item-1.xlsx", "item-1.ftm.json"}
    assert not any("melis" in line.detail.casefold() for line in lines)


def test_files_are_for_those_who_may_read_and_no_token_opens_them(app: App):
    desk = create_desk(app)
    person = account(app, "Reader", Role.READER)
    app.people.give_token(token_hash("secret"), Token(person, "", NOW))
    for path in (*TABLES, *ENTITIES, *REPORTS):
        assert client(desk).get(path).status_code in {303, 401}, path
        assert client(desk).get(path, auth=("x", "secret")).status_code in {303, 401}, path  # type: ignore[arg-type]
    readers, reviewers = client(desk, person), client(desk, account(app, "Aida", Role.REVIEWER))
    assert readers.get("/items/1/evidence").status_code == 403
    assert reviewers.get("/items/1/evidence?as=wacz").headers["content-disposition"].endswith('item-1.wacz"')
    for path in ("/items/99/xlsx", "/items/99/ftm", "/names/99/xlsx", "/names/99/ftm"):
        assert readers.get(path).status_code == 404, path


def test_a_workbook_takes_no_more_memory_than_one_may(app: App, monkeypatch: pytest.MonkeyPatch):
    browser = reader(app)
    with exports._making_workbook[""]:
        assert [browser.get(path).status_code for path in TABLES] == [429] * len(TABLES)
    with exports._making_workbook[CLOSED]:  # what the closed watch does, the open one does not show
        assert browser.get("/items/1/xlsx").status_code == 200
    assert browser.get("/queue/xlsx").status_code == 200
    monkeypatch.setattr(exports, "MAX_WORKBOOK_ITEMS", 2)
    assert browser.get("/queue/xlsx").status_code == 413 and browser.get("/items/1/xlsx").status_code == 200
    assert len(app.people.audit(9)) == 3  # of what was made


@pytest.mark.parametrize("signs_out", [True, False])
def test_entities_that_are_read_slowly_end_where_the_right_to_read_them_ends(app: App, monkeypatch, signs_out: bool):
    def read_and_lose(home: Home, numbers: Iterable[int]) -> Iterator[ReviewItem]:
        for item in whole_items(home, numbers):
            yield item
            if signs_out:
                app.people.end_all_access()

    monkeypatch.setattr(exports, "CHECKED_EVERY", 1)
    monkeypatch.setattr(exports, "whole_items", read_and_lose)
    events = [e for e in entities(reader(app).get("/queue/ftm").text) if e["schema"] == "Event"]
    assert len(events) == (1 if signs_out else 3)


@pytest.mark.check
def test_closed_names_are_handed_on_only_from_the_closed_desk_and_by_the_cleared(watches: App):
    watches.clock.now += HOUR  # type: ignore[attr-defined]
    desk = create_desk(watches)
    person, colleague = cleared_account(watches, "Aida", Role.READER), account(watches, "Bek", Role.ADMIN)
    for path in (*TABLES, *ENTITIES, *REPORTS):
        closed = client(desk, person).get("/closed" + path)
        assert 'filename="closed-' in closed.headers["content-disposition"], path
        shown = str(sheets(closed.content)) if path in TABLES else closed.text
        assert "Bekova" in shown or "json" in path, path
        opened = client(desk, person).get(path)
        text = str(sheets(opened.content)) if path in TABLES else opened.text
        assert "Bekova" not in text and "closed" not in opened.headers["content-disposition"], path
        assert client(desk, colleague).get("/closed" + path).status_code == 404, path
    details = {line.detail for line in closed_store(watches).people.audit(99) if line.act is Act.EXPORTED}
    assert {"queue.xlsx", "queue.ftm.json", "report.html"} <= details
    assert not any(line.act is Act.READ_SENSITIVE for line in watches.people.audit(99))


def test_pages_link_what_their_reader_may_have(app: App):
    browser = reader(app)
    for page, links in (
        ("/queue?outlet=Herald", ("/queue/xlsx?outlet=Herald", "/queue/ftm?outlet=Herald")),
        ("/items/1", ("/items/1/xlsx", "/items/1/ftm")),
        ("/names/1", ("/names/1/xlsx", "/names/1/ftm", 'action="/report"', 'name="name" value="1"')),
        ("/digest", ('action="/report"',)),
    ):
        text = browser.get(page).text
        assert all(link in text for link in links), page
        assert "/evidence" not in text, page
    reviewers = client(create_desk(app), account(app, "Aida", Role.REVIEWER)).get("/items/1").text
    assert "/items/1/evidence?as=wacz" in reviewers


def test_the_terminal_writes_the_report_of_a_name_as_a_spreadsheet(app: App, tmp_path: Path):
    for name in ("feeds.yaml", "watchlist.yaml"):
        (app.settings.home / name).write_text("")
    words = ["--home", str(app.settings.home), "export", "xlsx", str(tmp_path / "r.xlsx"), "--entity", "nura"]
    done = CliRunner().invoke(program, words)
    assert done.exit_code == 0, done.output
    book = sheets((tmp_path / "r.xlsx").read_bytes())
    assert "Report" not in book and book["Queue"] == expected_queue(app, [2])
    assert done.stdout.startswith("1 item is in")
