"""The queue: its list, and the same list for programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import ceil
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from monitor.model import Act, Confidence, QueueTab, ReviewItem, Role
from monitor.review.decisions import last_standing
from monitor.serialize import instant, item_row
from monitor.store.desk.queue_query import WAITING
from monitor.web.atom import as_atom
from monitor.web.drafts import MANY
from monitor.web.filters import Filters
from monitor.web.item_view import article_shown, excerpt, in_latin
from monitor.web.queries import (
    asked_of,
    claims_of,
    draft_of,
    filters_of,
    last_said,
    listed,
    read_page,
    searches_of,
    seen_items,
)
from monitor.web.render import render
from monitor.web.routes.accounts import note
from monitor.web.security import Routes, base, monitor, visitor

routes = Routes()
A_PAGE = 40
LONGEST_WORDS = 100
AN_EXPORT = 200  # a page of what programs read
_RISKY = re.compile(r"[\s\"';,]*[=+\-@＝＋－＠\t\r]")
# Where a comma is a decimal sign, as in Russian, spreadsheets part this file at semicolons, also within a cell.
_RISKY_WITHIN = re.compile(r"([;\t\r\n][\s\"';,]*)(?=[=+\-@＝＋－＠])")


@routes.page("/", Role.READER)
def home(request: Request) -> Response:
    return RedirectResponse("/queue", 303)


@routes.page("/queue", Role.READER)
def queue(request: Request) -> Response:
    return _queue_page(request, filters_of(request))


@routes.page("/queue", Role.READER, "POST")
def search(request: Request, words: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Lead to the items that hold these words. They come in a form and stand in no address: people search for names."""
    filters, words = filters_of(request).without_words(), words.strip()[:LONGEST_WORDS]
    number = searches_of(request).keep(visitor(request).person.id, words) if words else ""
    return RedirectResponse(filters.link("/queue", q=number), 303)


@routes.page("/queue.json", Role.READER)
def queue_json(request: Request) -> Response:
    filters = filters_of(request)
    items = read_page(request, filters, AN_EXPORT)
    note(request, Act.EXPORTED, detail="json")
    return JSONResponse({"items": [item_row(item) for item in items], "next": _more("/queue.json", filters, items)})


@routes.page("/queue.atom", Role.READER)
def queue_atom(request: Request) -> Response:
    """Who has it as it is now is told so, and is given nothing."""
    app, who, filters = monitor(request), visitor(request), filters_of(request)
    items, numbers = read_page(request, filters, AN_EXPORT), app.store.watchlists.numbers()
    more = _more("/queue.atom", filters, items)
    body = as_atom(
        items,
        filters,
        home=base(request),
        language=who.language,
        now=app.clock(),
        numbers=numbers,
        empty_since=who.person.since,
        more=more,
    )
    tag = {"ETag": f'"{sha256(body).hexdigest()[:32]}"'}
    if tag["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=tag)
    note(request, Act.EXPORTED, detail="atom")
    return Response(body, headers=tag, media_type="application/atom+xml")


@routes.page("/queue.csv", Role.READER)
def queue_csv(request: Request) -> Response:
    """All of the list, a page at a time."""
    filters = filters_of(request)
    note(request, Act.EXPORTED, detail="csv")
    name = {"Content-Disposition": 'attachment; filename="queue.csv"'}
    return StreamingResponse(_csv(request, filters), media_type="text/csv; charset=utf-8", headers=name)


def _queue_page(request: Request, filters: Filters) -> Response:
    app = monitor(request)
    row = 0
    if filters.at is not None:
        index = app.store.desk.index_of(filters.at, *asked_of(request, filters))
        filters, row = replace(filters, page=index // A_PAGE + 1), index % A_PAGE
    filters_opened = "filters" in request.query_params
    choosing = filters_opened or filters.narrowed
    found = listed(request, filters, A_PAGE, parts=choosing)
    last_page = max(1, ceil(found.splits[filters.sought.split] / A_PAGE))
    if filters.page > last_page:  # an old link, or a list that grew shorter meanwhile
        filters = replace(filters, page=last_page)
        found = listed(request, filters, A_PAGE, parts=choosing)
    items = seen_items(request, found.numbers)
    return render(
        request,
        "queue.html",
        filters=filters,
        items=items,
        place=items[min(row, len(items) - 1)].id if items else None,
        splits=found.splits,
        facets=found.facets,
        filters_opened=filters_opened,
        search_lost="q" in request.query_params and not filters.sought.words,
        other_splits=_other_splits(filters, found.splits) if filters.sought.words else (),
        more=filters.page < last_page,
        in_latin=in_latin,
        excerpt=excerpt,
        article_shown=article_shown,
        last_standing=last_standing,
        last_run=None if items else app.store.runs.last(),  # told where nothing is to be read
        feeds=() if items else app.feeds(),
        looking=claims_of(request).by_others(visitor(request).person.name, app.clock()),
        draft=draft_of(request, MANY),
        **last_said(request),
    )


def _other_splits(filters: Filters, splits: Mapping[QueueTab, int]) -> list[QueueTab]:
    """Return the other parts of the queue that hold items which are searched for."""
    split = filters.sought.split
    parts = [
        each for each in (QueueTab.WAITING, QueueTab.LATER, QueueTab.DECIDED) if each is not split and splits[each]
    ]
    is_all = split in WAITING and splits[split] == splits[QueueTab.WAITING]
    return [each for each in parts if not (each is QueueTab.WAITING and is_all)]


def _more(path: str, filters: Filters, items: Sequence[ReviewItem]) -> str | None:
    return filters.link(path, page=filters.page + 1) if len(items) == AN_EXPORT else None


# ---- for spreadsheets ------------------------------------------------------------------------------------------------


def cell(text: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever stands in it (OWASP, CSV injection).

    >>> cell("=1+1"), cell(' "@x'), cell("plain; plain"), cell("a;=1+1"), cell(3)
    ("'=1+1", '\\' "@x', 'plain; plain', "a;'=1+1", '3')
    """
    written = _RISKY_WITHIN.sub(r"\1'", str(text).replace("\x00", ""))
    return f"'{written}" if _RISKY.match(written) else written


def _csv(request: Request, filters: Filters) -> Iterator[str]:
    yield "\ufeff" + _lines([_COLUMNS])
    page = 1
    while items := read_page(request, Filters(filters.sought, page), AN_EXPORT):
        yield _lines([_row(item) for item in items])
        page += 1


def _lines(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


_COLUMNS = (
    "item", "state", "decision", "headline", "clear", "possible", "outlet", "language", "url", "published",
    "first_seen", "articles", "copies", "outlets", "decided_by", "reason", "note",
)  # fmt: skip


def _row(item: ReviewItem) -> Sequence[object]:
    said = last_standing(item)
    clear, possible = (
        "; ".join(h.name for h in item.hits if (h.confidence is Confidence.STRONG) is sure) for sure in (True, False)
    )
    return (
        item.id, item.state.value, item.verdict or "", item.lead.headline, clear, possible, item.lead.outlet,
        item.lead.language, item.lead.url, instant(item.lead.published) or "", instant(item.first_seen) or "",
        len(item.articles), item.copies, "; ".join(item.outlets), said.by if said else "",
        (said.reason or "") if said else "", said.note if said else "",
    )  # fmt: skip
