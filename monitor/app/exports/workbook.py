"""Export of the queue as a spreadsheet: items, the names in them, and where each name stands in which article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from monitor.app.exports.queue_table import QUEUE_COLUMNS, queue_row
from monitor.app.files import create_private_file
from monitor.errors import InputError, install_extra
from monitor.home import Home
from monitor.model import CARD_ARTICLES, ReviewItem, State
from monitor.text.lead import lead_article

MOST_ITEMS = 100_000
CELL_LENGTH = 32_767  # of Excel
NAME_COLUMNS = ("item", "name", "type", "found", "decision", "why")
PLACE_COLUMNS = ("item", "name", "words", "sentence", "article", "outlet", "headline", "url")


def export_workbook(home: Home, file: Path) -> int:
    """Write the queue, also what is decided, into a new spreadsheet that only you can read; return how many items.

    Text stays text: no cell is a formula or a link, whatever an outlet wrote. Raises InputError.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise InputError(f"spreadsheets need an extra; {install_extra('xlsx')}") from None
    items = home.store.reviews.listing(tuple(State), MOST_ITEMS, page=CARD_ARTICLES)
    with create_private_file(file) as out, xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for title, columns, rows in (
            ("Queue", QUEUE_COLUMNS, (queue_row(item, lead_article(item, home.settings.language)) for item in items)),
            ("Names", NAME_COLUMNS, (row for item in items for row in _name_rows(item))),
            ("Places", PLACE_COLUMNS, (row for item in items for row in _place_rows(item))),
        ):
            sheet = book.add_worksheet(title)
            for number, row in enumerate([columns, *rows]):
                _write_row(sheet, number, row)
            sheet.freeze_panes(1, 0)
    return len(items)


def _write_row(sheet: Any, number: int, row: Sequence[object]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int):
            sheet.write_number(number, column, value)
        else:
            # Not `write`, which makes formulas and links of texts that look like some.
            sheet.write_string(number, column, str(value)[:CELL_LENGTH])


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
