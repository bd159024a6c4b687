"""Pure. The queue as lines of CSV, without anything that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from monitor.model import Confidence, ItemArticle, ReviewItem
from monitor.review.decisions import last_effective
from monitor.serialize import utc_text

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


CSV_COLUMNS = (
    "item", "state", "decision", "headline", "clear", "possible", "outlet", "language", "url", "published",
    "first_seen", "articles", "copies", "outlets", "decided_by", "reason", "note",
)  # fmt: skip


def csv_row(item: ReviewItem, lead: ItemArticle) -> Sequence[object]:
    """Return the cells of an item, in the order of `CSV_COLUMNS`; `lead` is the article that stands for it."""
    decision = last_effective(item)
    strong, possible = (
        "; ".join(h.name for h in item.hits if (h.confidence is Confidence.STRONG) is wants_strong)
        for wants_strong in (True, False)
    )
    return (
        item.id, item.state.value, item.verdict or "", lead.headline, strong, possible, lead.outlet,
        lead.language, lead.url, utc_text(lead.published) or "", utc_text(item.first_seen) or "",
        len(item.articles) + item.other_articles, item.copies, "; ".join(item.outlets), decision.by if decision else "",
        (decision.reason or "") if decision else "", decision.note if decision else "",
    )  # fmt: skip
