"""Export of items as a spreadsheet: the items, the names in them, where each name stands, the figures of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import IO, Any

from monitor.app.exports.queue_table import QUEUE_COLUMNS, queue_row
from monitor.app.files import create_private_file
from monitor.errors import InputError, install_extra
from monitor.home import Home
from monitor.messages.content.reports.report import REPORT_COLUMNS, report_table
from monitor.messages.content.stories.build import Digest
from monitor.model import ReviewItem
from monitor.text.lead import lead_article

CELL_LENGTH = 32_767  # of Excel
NAME_COLUMNS = ("item", "name", "type", "found", "decision", "why")
PLACE_COLUMNS = ("item", "name", "words", "sentence", "article", "outlet", "headline", "url")


def export_workbook(home: Home, items: Iterable[ReviewItem], file: Path, report: Digest | None = None) -> int:
    """Write items into a new spreadsheet that only you can read; return how many. Raises InputError."""
    with create_private_file(file) as out:
        return write_workbook(home, items, out, report)


def write_workbook(home: Home, items: Iterable[ReviewItem], out: IO[bytes], report: Digest | None = None) -> int:
    """Write items, and the figures of their report, as a spreadsheet; return how many items.

    Text stays text: no cell is a formula or a link, whatever an outlet wrote. Raises InputError.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise InputError(f"spreadsheets need an extra; {install_extra('xlsx')}") from None
    count = 0
    # In memory, because the library's temporary files have names and would stay where the process is killed.
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": home.clock().astimezone(UTC).replace(tzinfo=None)})
        if report:
            _write_rows(_Sheet(book, "Report", REPORT_COLUMNS), report_table(report))
        queue, names, places = (
            _Sheet(book, title, columns)
            for title, columns in (("Queue", QUEUE_COLUMNS), ("Names", NAME_COLUMNS), ("Places", PLACE_COLUMNS))
        )
        for item in items:
            count += 1
            queue.write_row(queue_row(item, lead_article(item, home.settings.language)))
            _write_rows(names, _name_rows(item))
            _write_rows(places, _place_rows(item))
    return count


class _Sheet:
    """A sheet that is written row by row."""

    def __init__(self, book: Any, title: str, columns: Sequence[str]) -> None:
        self._sheet, self._next = book.add_worksheet(title), 0
        self._sheet.freeze_panes(1, 0)
        self.write_row(columns)

    def write_row(self, row: Sequence[object]) -> None:
        for column, value in enumerate(row):
            if isinstance(value, int):
                self._sheet.write_number(self._next, column, value)
            else:
                text = str(value)[: CELL_LENGTH - 1]
                # The library writes what begins and ends so as it is, as its own markup: an outlet would make the file
                # unreadable, or move the words of other cells.
                is_markup = text.startswith("<r>") and text.endswith("</r>")
                # Not `write`, which makes formulas and links of texts that look like some.
                self._sheet.write_string(self._next, column, f"{text} " if is_markup else text)
        self._next += 1


def _write_rows(sheet: _Sheet, rows: Iterable[Sequence[object]]) -> None:
    for row in rows:
        sheet.write_row(row)


def _name_rows(item: ReviewItem) -> Iterator[Sequence[object]]:
    for hit in item.hits:
        yield item.id, hit.name, hit.type.value, hit.confidence.value, hit.verdict or "", str(hit.why)


def _place_rows(item: ReviewItem) -> Iterator[Sequence[object]]:
    articles = {article.id: article for article in item.articles}
    for hit in item.hits:
        for mention in hit.mentions:
            if article := articles.get(mention.article):
                words = mention.mention.text
                place = (article.id, article.outlet, article.headline, article.url)
                yield item.id, hit.name, words, mention.sentence, *place
