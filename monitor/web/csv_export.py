"""Pure. Rows as lines of CSV, without anything that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

_FORMULA_START = re.compile(r"[\s\"';,]*[=+\-@＝＋－＠\t\r]")
# In locales with a decimal comma, such as Russian, spreadsheets split cells at semicolons, too.
_FORMULA_AFTER_SEPARATOR = re.compile(r"([;\t\r\n][\s\"';,]*)(?=[=+\-@＝＋－＠])")


def csv_cell(text: object) -> str:
    """Return text that no spreadsheet reads as a formula (OWASP, CSV injection).

    >>> csv_cell("=1+1"), csv_cell(' "@x'), csv_cell("plain; plain"), csv_cell("a;=1+1"), csv_cell(3)
    ("'=1+1", '\\' "@x', 'plain; plain', "a;'=1+1", '3')
    """
    safe = _FORMULA_AFTER_SEPARATOR.sub(r"\1'", str(text).replace("\x00", ""))
    return f"'{safe}" if _FORMULA_START.match(safe) else safe


def csv_lines(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as CSV without formulas."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([csv_cell(value) for value in row] for row in rows)
    return buffer.getvalue()
