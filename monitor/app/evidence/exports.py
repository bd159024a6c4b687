"""Items, names and articles in the formats of other programs: spreadsheets, CSV, and FollowTheMoney for Aleph."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from hashlib import sha1
from pathlib import Path
from typing import IO, Any, TypeAlias

from monitor.app.files import create_private_file
from monitor.errors import InputError, install_extra
from monitor.groups import batched
from monitor.home import Home
from monitor.messages.content.reports.report import REPORT_COLUMNS, report_table
from monitor.messages.content.stories.build import Digest
from monitor.model import (
    CARD_ARTICLES,
    ONE_ARTICLE,
    Confidence,
    EntityType,
    ItemArticle,
    ItemHit,
    QueueFilter,
    ReviewItem,
    State,
    Verdict,
)
from monitor.model.items.history import last_effective
from monitor.serialize import utc_text
from monitor.text.lead import lead_article

MOST_ITEMS = 100_000
PAGE_SIZE = 200  # items in memory, where large ones are cut


def stored_numbers(home: Home, entity: int | None = None) -> list[int]:
    """Return the numbers of all items, also of decided ones, or of those that name an entity (by number)."""
    states = [state for state in State if state is not State.MERGED]
    listed = home.store.reviews.listing(states, MOST_ITEMS, QueueFilter(entity=entity), ONE_ARTICLE)
    return [item.id for item in listed]


def report_numbers(digest: Digest) -> list[int]:
    """Return the numbers of the items of a report."""
    return [item.id for item in digest.input.items]


def table_items(home: Home, numbers: Iterable[int]) -> Iterator[ReviewItem]:
    """Yield items as tables show them: of large ones the first articles."""
    for page in batched(numbers, PAGE_SIZE):
        yield from home.store.cards.items(page, CARD_ARTICLES)


def whole_items(home: Home, numbers: Iterable[int]) -> Iterator[ReviewItem]:
    """Yield items with all their articles."""
    for number in numbers:
        yield from home.store.cards.items([number])


QUEUE_COLUMNS = (
    "item", "state", "decision", "headline", "incidents", "clear", "possible", "outlet", "language", "url", "published",
    "first_seen", "articles", "copies", "outlets", "decided_by", "reason", "note",
)  # fmt: skip


def queue_row(item: ReviewItem, lead: ItemArticle) -> Sequence[object]:
    """Return the cells of an item, in the order of `QUEUE_COLUMNS`; `lead` is the article that stands for it."""
    decision = last_effective(item)
    incidents = "; ".join(m.in_words() for m in item.incidents)
    strong, possible = (
        "; ".join(
            h.name
            for h in item.hits
            if h.type is not EntityType.PRESS and (h.confidence is Confidence.STRONG) is wants_strong
        )
        for wants_strong in (True, False)
    )
    return (
        item.id, item.state.value, item.verdict or "", lead.headline, incidents, strong, possible, lead.outlet,
        lead.language, lead.url, utc_text(lead.published) or "", utc_text(item.first_seen) or "",
        len(item.articles) + item.other_articles, item.copies, "; ".join(item.outlets), decision.by if decision else "",
        (decision.reason or "") if decision else "", decision.note if decision else "",
    )  # fmt: skip


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


FtmEntity: TypeAlias = dict[str, Any]
_SCHEMAS = {
    EntityType.PERSON: "Person",
    EntityType.ORGANIZATION: "Organization",
    EntityType.OUTLET: "Company",
}
# FollowTheMoney has languages in three letters (ISO 639-3); others are left out.
_LANGUAGES: Mapping[str, str] = {
    "ar": "ara", "az": "aze", "be": "bel", "de": "deu", "en": "eng", "es": "spa", "fa": "fas", "fr": "fra", "hy": "hye",
    "ka": "kat", "kk": "kaz", "ky": "kir", "ru": "rus", "tg": "tgk", "tk": "tuk", "tr": "tur", "uk": "ukr", "uz": "uzb",
    "zh": "zho",
}  # fmt: skip


def ftm_entities(home: Home, items: Iterable[ReviewItem]) -> Iterator[FtmEntity]:
    """Yield names, articles, mentions and events of items, each id once; of what is decided as not relevant: none.

    Ids are of this home: the numbers that its pages have. So the same export again adds nothing in Aleph.
    """
    shown: set[str] = set()
    numbers = home.store.cards.entity_numbers()
    for item in items:
        if item.verdict is Verdict.NOT_RELEVANT:
            continue
        for entity in _of_item(item, numbers, lead_article(item, home.settings.language)):
            if entity["id"] not in shown:
                shown.add(entity["id"])
                yield entity


def ftm_lines(home: Home, items: Iterable[ReviewItem]) -> Iterator[str]:
    """Yield the entities as lines of JSON."""
    for entity in ftm_entities(home, items):
        yield json.dumps(entity, ensure_ascii=False) + "\n"


def _of_item(item: ReviewItem, numbers: Mapping[str, int], lead: ItemArticle) -> Iterator[FtmEntity]:
    judged = [hit for hit in item.hits if hit.verdict is not Verdict.NOT_RELEVANT]
    hits = [hit for hit in judged if hit.type is not EntityType.PRESS]  # which is nobody
    has_press = any(hit.type is EntityType.PRESS for hit in judged)
    incidents = [m for m in item.incidents if has_press or not m.mention.is_of_press]
    names = {hit.entity: f"monitor-name-{numbers[hit.entity]}" for hit in hits}
    for hit in hits:
        yield _entity(names[hit.entity], _SCHEMAS[hit.type], name=hit.name)
    articles = {article.id: f"monitor-article-{article.id}" for article in item.articles}
    for article in item.articles:
        yield _article(articles[article.id], article)
    for hit in hits:
        yield from _mentions(hit, names[hit.entity], articles)
    times = [article.published or article.first_seen for article in item.articles]
    yield _entity(
        f"monitor-item-{item.id}",
        "Event",
        name=lead.headline or lead.url,
        date=(utc_text(min(times)) or "")[:10],
        involved=list(names.values()),
        proof=list(articles.values()),
        sourceUrl=lead.url,
        summary=[str(m.mention.incident_in_words) for m in incidents],
        location=[*dict.fromkeys(m.mention.incident.where for m in incidents if m.mention.incident)],
        country=sorted(
            {code.lower() for m in incidents if m.mention.incident for code in m.mention.incident.countries}
        ),
    )


def _article(number: str, article: ItemArticle) -> FtmEntity:
    return _entity(
        number,
        "Article",
        title=article.headline,
        sourceUrl=article.url,
        publisher=article.outlet,
        language=_LANGUAGES.get(article.language, ""),
        publishedAt=(utc_text(article.published) or "").removesuffix("Z"),
        retrievedAt=(utc_text(article.first_seen) or "").removesuffix("Z"),
    )


def _mentions(hit: ItemHit, name: str, articles: Mapping[int, str]) -> Iterator[FtmEntity]:
    """Yield one mention for each form of the name in each article."""
    for mention in hit.mentions:
        if mention.article not in articles:
            continue
        words = " ".join(mention.mention.text.split())
        place = f"{name} {mention.article} {words}"
        yield _entity(
            f"monitor-mention-{sha1(place.encode(), usedforsecurity=False).hexdigest()}",
            "Mention",
            name=words,
            document=articles[mention.article],
            resolved=name,
            detectedSchema=_SCHEMAS[hit.type],
        )


def _entity(number: str, schema: str, **properties: str | list[str]) -> FtmEntity:
    lists = {name: [value] if isinstance(value, str) else value for name, value in properties.items()}
    filled = {name: [value for value in values if value] for name, values in lists.items()}
    return {"id": number, "schema": schema, "properties": {name: values for name, values in filled.items() if values}}
