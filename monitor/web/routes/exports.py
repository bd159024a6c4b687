"""Files to hand on: evidence, spreadsheets, FollowTheMoney, reports; as `monitor export` and `monitor report` write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from os import SEEK_END
from threading import Lock
from typing import IO

from fastapi import HTTPException, Request
from starlette.responses import Response, StreamingResponse

from monitor.app.evidence.exports import (
    PAGE_SIZE,
    ftm_lines,
    report_numbers,
    stored_numbers,
    table_items,
    whole_items,
    write_workbook,
)
from monitor.app.evidence.pack import item_evidence
from monitor.app.files import open_unnamed_file
from monitor.messages.composer import Composer
from monitor.messages.content.message import render_name_report, render_report
from monitor.messages.content.stories.build import Digest
from monitor.model import Act, Role
from monitor.web.audit import write_audit_line
from monitor.web.filters import Filters, parse_number
from monitor.web.queries import filters_of, may_still_read
from monitor.web.routes.item import load_item
from monitor.web.security import CLOSED, Number, Routes, file_headers, home_of, names_of, request_context

routes = Routes()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORT_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "xlsx": XLSX}
CHECKED_EVERY = 20  # items between two looks at whether the account may still read
MAX_WORKBOOK_ITEMS = 5_000  # a workbook is made in memory, 18 kB an item
_making_workbook = {"": Lock(), CLOSED: Lock()}  # so one at a time in each watch, which tells nothing of the other
MAX_DAYS = 100  # all stories of these days are in memory


@routes.page("/queue/xlsx", Role.READER)
def queue_xlsx(request: Request) -> Response:
    """Send the list that the filters show as a spreadsheet."""
    return _workbook(request, _listed(request, filters_of(request)), "queue.xlsx")


@routes.page("/queue/ftm", Role.READER)
def queue_ftm(request: Request) -> Response:
    return _ftm(request, _listed(request, filters_of(request)), "queue.ftm.json")


@routes.page("/items/{number}/xlsx", Role.READER)
def item_xlsx(request: Request, number: Number) -> Response:
    item = load_item(request, number)
    return _workbook(request, [item.id], f"item-{item.id}.xlsx", subject=item.id)


@routes.page("/items/{number}/ftm", Role.READER)
def item_ftm(request: Request, number: Number) -> Response:
    item = load_item(request, number)
    return _ftm(request, [item.id], f"item-{item.id}.ftm.json", subject=item.id)


@routes.page("/items/{number}/evidence", Role.REVIEWER)
def evidence(request: Request, number: Number) -> Response:
    """Send what is stored for the item, as far as this user may know of it; as `monitor export evidence` packs it.

    With `as=wacz` the same file is named as players of web archives want it.
    """
    item = load_item(request, number, None)
    write_audit_line(request, Act.EXPORTED, subject=item.id, detail="evidence")
    ending = "wacz" if request.query_params.get("as") == "wacz" else "zip"
    return _file(request, item_evidence(home_of(request), item), f"item-{item.id}.{ending}", "application/zip")


@routes.page("/names/{number}/xlsx", Role.READER)
def name_xlsx(request: Request, number: Number) -> Response:
    """Send all stories that name somebody as a spreadsheet."""
    names_of(request).id_of(number)
    return _workbook(request, stored_numbers(home_of(request), number), f"name-{number}.xlsx")


@routes.page("/names/{number}/ftm", Role.READER)
def name_ftm(request: Request, number: Number) -> Response:
    names_of(request).id_of(number)
    return _ftm(request, stored_numbers(home_of(request), number), f"name-{number}.ftm.json")


@routes.page("/report", Role.READER)
def report(request: Request) -> Response:
    """Send the report of the last days, or of one name in them, as a page or a spreadsheet."""
    query, home, language = request.query_params, home_of(request), request_context(request).language
    days, form = parse_number(query.get("days", "30")), query.get("as", "html")
    if form not in REPORT_TYPES or not days or days > MAX_DAYS:
        raise HTTPException(404)
    number = parse_number(query["name"]) if "name" in query else None
    if "name" in query and number is None:
        raise HTTPException(404)
    entity = "" if number is None else names_of(request).id_of(number)
    digest, watched = Composer(home).report_digest(timedelta(days=days), entity, language)
    name = f"report.{form}" if number is None else f"name-{number}-report.{form}"
    if form == "xlsx":
        return _workbook(request, report_numbers(digest), name, report=digest)
    write_audit_line(request, Act.EXPORTED, detail=name)
    text = (render_name_report(digest, watched) if watched else render_report(digest))[form]
    return Response(text, media_type=REPORT_TYPES[form], headers=file_headers(request, name))


def _listed(request: Request, filters: Filters) -> Iterator[int]:
    """Yield the numbers of the whole list, a page at a time."""
    home, skip = home_of(request), 0
    while numbers := home.store.queue.numbers(filters.queue_filter, home.clock(), PAGE_SIZE, skip):
        yield from numbers
        skip += PAGE_SIZE


def _workbook(
    request: Request, numbers: Iterable[int], name: str, subject: int | None = None, report: Digest | None = None
) -> Response:
    listed = list(islice(numbers, MAX_WORKBOOK_ITEMS + 1))
    if len(listed) > MAX_WORKBOOK_ITEMS:
        raise HTTPException(413)
    making = _making_workbook[request_context(request).base]
    if not making.acquire(blocking=False):
        raise HTTPException(429)
    try:
        write_audit_line(request, Act.EXPORTED, subject=subject, detail=name)
        home, file = home_of(request), open_unnamed_file()
        write_workbook(home, table_items(home, listed), file, report)
    finally:
        making.release()
    return _file(request, file, name, XLSX)


def _ftm(request: Request, numbers: Iterable[int], name: str, subject: int | None = None) -> Response:
    # Before the stream, because the reader may break it off.
    write_audit_line(request, Act.EXPORTED, subject=subject, detail=name)
    lines = ftm_lines(home_of(request), whole_items(home_of(request), _while_readable(request, numbers)))
    return StreamingResponse(lines, media_type="application/json+ftm", headers=file_headers(request, name))


def _while_readable(request: Request, numbers: Iterable[int]) -> Iterator[int]:
    """Yield numbers until the right to read them ends: a stream lasts as long as its reader likes."""
    for place, number in enumerate(numbers):
        if place % CHECKED_EVERY == 0 and not may_still_read(request):
            return
        yield number


def _file(request: Request, file: IO[bytes], name: str, media_type: str) -> Response:
    """Send an open file, and close it."""
    headers = file_headers(request, name) | {"Content-Length": str(file.seek(0, SEEK_END))}
    file.seek(0)
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 16):
            yield piece
