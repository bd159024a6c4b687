"""The queue and its cards: what waits, judging it, taking that back, and the same list for programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from monitor.app.views import instant, item_row
from monitor.errors import NotFound, StaleDecision
from monitor.model import Act, Confidence, Decision, Reason, ReviewItem, Role, Verdict
from monitor.review import as_seen, effective
from monitor.web.card import excerpt, in_latin, names_of
from monitor.web.filters import Filters
from monitor.web.guard import Number, Routes, monitor, visitor
from monitor.web.people import note
from monitor.web.render import render

routes = Routes()
A_PAGE = 40
AN_EXPORT = 200  # a page of what programs read
LOOKED_THROUGH = 1_000  # of a list, to find what comes after an item
_ACT = re.compile(r"(relevant|not-relevant|unsure|later)(?::([\w-]{1,30}))?")
_RISKY = re.compile(r"[\s\"';,]*[=+\-@＝＋－＠\t\r]")


# ---- the list -------------------------------------------------------------------------------------------------------


@routes.page("/", Role.READER)
def home(request: Request) -> Response:
    return RedirectResponse("/queue", 303)


@routes.page("/queue", Role.READER)
def queue(request: Request) -> Response:
    return _queue_page(request, _filters(request))


@routes.page("/queue", Role.READER, "POST")
def search(request: Request, words: Annotated[str, Form(max_length=200)] = "") -> Response:
    """A form and no address, since people search for names; it changes nothing."""
    return _queue_page(request, _filters(request, words))


@routes.page("/queue.json", Role.READER)
def queue_json(request: Request) -> Response:
    filters = _filters(request)
    items = _page(request, filters, AN_EXPORT)
    more = filters.link("/queue.json", page=filters.page + 1) if len(items) == AN_EXPORT else None
    note(request, Act.EXPORTED, detail="json")
    return JSONResponse({"items": [item_row(item) for item in items], "next": more})


@routes.page("/queue.csv", Role.READER)
def queue_csv(request: Request) -> Response:
    """All of the list, a page at a time."""
    filters = _filters(request)
    note(request, Act.EXPORTED, detail="csv")
    name = {"Content-Disposition": 'attachment; filename="queue.csv"'}
    return StreamingResponse(_csv(request, filters), media_type="text/csv; charset=utf-8", headers=name)


def _queue_page(request: Request, filters: Filters) -> Response:
    app, who = monitor(request), visitor(request)
    now, desk = app.clock(), app.store.desk
    items = _page(request, filters, A_PAGE)
    choosing = "filters" in request.query_params or (filters.narrowed and not filters.sought.words)
    return render(
        request,
        "queue.html",
        filters=filters,
        items=items,
        splits=desk.splits(filters.sought, now, who.unseen),
        facets=desk.facets(filters.sought, now, who.unseen) if choosing else None,  # they take longer than all the rest
        more=len(items) == A_PAGE,
        in_latin=in_latin,
        excerpt=excerpt,
        last_run=app.store.runs.last(),
        feeds=app.feeds(),
        **_last(request),
    )


def _page(request: Request, filters: Filters, size: int) -> list[ReviewItem]:
    desk, who = monitor(request).store.desk, visitor(request)
    skip = (filters.page - 1) * size
    numbers = desk.numbers(filters.sought, monitor(request).clock(), who.unseen, size, skip)
    return [seen for item in desk.items(numbers) if (seen := as_seen(item, who.unseen.values()))]


def _filters(request: Request, words: str = "") -> Filters:
    return Filters.read(request.query_params, monitor(request).settings.timezone, words)


# ---- a card ---------------------------------------------------------------------------------------------------------


@routes.page("/items/{number}", Role.READER)
def card(request: Request, number: Number) -> Response:
    return _card_page(request, _item(request, number))


@routes.page("/items/{number}/articles/{article}", Role.READER)
def article(request: Request, number: Number, article: Number) -> Response:
    """An article's text as it is stored; only where the item shows the article."""
    item = _item(request, number)
    told = next((a for a in item.articles if a.id == article), None)
    stored = monitor(request).store.desk.stored([article]).get(article)
    if told is None or stored is None:
        raise HTTPException(404)
    return render(request, "article.html", item=item, told=told, stored=stored, filters=_filters(request))


def _card_page(request: Request, item: ReviewItem, status: int = 200, tried: str = "") -> Response:
    """`tried`: what somebody wanted to say of the item as it was before."""
    app, filters = monitor(request), _filters(request)
    sensitive = app.store.desk.sensitive().values() if visitor(request).may(Role.ADMIN) else ()
    ids = [a.id for a in item.articles]
    stored, numbers = app.store.desk.stored(ids), app.store.watchlists.numbers()
    before, after, waiting = _neighbours(request, filters, item.id)
    return render(
        request,
        "item.html",
        status,
        item=item,
        names=names_of(item, stored, numbers, sensitive),
        called={hit.entity: hit.name for hit in item.hits},
        stored=stored,
        standing={d.id for d in effective(item.history)},
        filters=filters,
        waiting=waiting,
        before=before,
        after=after,
        tried=tried,
        in_latin=in_latin,
        **_last(request),
    )


def _item(request: Request, number: int) -> ReviewItem:
    """The item, or what it was merged into, as the visitor may know it. Raises a 404 where that is nothing."""
    app, who = monitor(request), visitor(request)
    try:
        item = as_seen(app.item(app.store.reviews.holder(number)), who.unseen.values())
    except NotFound:
        item = None
    if item is None:
        raise HTTPException(404)
    if who.may(Role.ADMIN) and {h.entity for h in item.hits} & set(app.store.desk.sensitive().values()):
        note(request, Act.READ_SENSITIVE, about=number)
    return item


def _neighbours(request: Request, filters: Filters, number: int) -> tuple[int | None, int | None, int]:
    """What comes before and after an item in the list it was opened from, or the first of it; and how many it holds."""
    desk, asked = monitor(request).store.desk, (filters.sought, monitor(request).clock(), visitor(request).unseen)
    numbers = desk.numbers(*asked, LOOKED_THROUGH)
    count = len(numbers) if len(numbers) < LOOKED_THROUGH else desk.splits(*asked)[filters.sought.split]
    if number not in numbers:
        return None, next(iter(numbers), None), count
    at = numbers.index(number)
    after = numbers[at + 1] if at + 1 < len(numbers) else None
    return (numbers[at - 1] if at else None), after, count


# ---- judging --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What a button of the card means: a verdict, and a reason or a number of days."""

    verdict: Verdict
    reason: Reason | None = None
    days: int | None = None

    @classmethod
    def of(cls, act: str) -> _Said:
        match = _ACT.fullmatch(act)
        if not match:
            raise HTTPException(400)
        verdict, detail = Verdict(match[1]), match[2] or ""
        if verdict is Verdict.LATER:
            return cls(verdict, days=int(detail) if detail in {"1", "7", "30"} else 1)
        if detail and (verdict is not Verdict.NOT_RELEVANT or detail not in set(Reason)):
            raise HTTPException(400)
        return cls(verdict, Reason(detail) if detail else None)


@routes.page("/items/{number}/decide", Role.REVIEWER, "POST")
def decide(  # noqa: PLR0917 - a form
    request: Request,
    number: Number,
    version: Annotated[Number, Form()],
    act: Annotated[str, Form(max_length=60)],
    entity: Annotated[Number | None, Form()] = None,
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Judge the item, or one name in it, as it was at this version; the same form sent twice says it once."""
    app, who, said = monitor(request), visitor(request), _Said.of(act)
    item, filters = _item(request, number), _filters(request)
    by = who.person.name
    about = _entity(request, item, entity) if entity is not None else None
    if item.id != number:
        return _card_page(request, item, 409, tried=act)
    _, after, _ = _neighbours(request, filters, number)
    until = app.clock() + timedelta(days=said.days) if said.days else None
    try:
        decided = app.decide(
            number,
            said.verdict,
            by=by,
            entity=about,
            reason=said.reason,
            note=text.strip(),
            until=until,
            version=version,
            unseen=list(who.unseen.values()),
        )
    except StaleDecision as stale:
        if _said_already(stale.now.history, version, by, said, about):
            return RedirectResponse(filters.link(f"/items/{after}" if after else "/queue"), 303)
        now = as_seen(stale.now, who.unseen.values())
        if now is None:
            raise HTTPException(404) from None
        return _card_page(request, now, 409, tried=act)
    note(request, Act.DECIDED, about=number)
    seen = as_seen(decided, who.unseen.values())
    still_here = about is not None and seen is not None and seen.state == item.state
    here = number if still_here else after
    return RedirectResponse(filters.link(f"/items/{here}" if here else "/queue", said=decided.history[-1].id), 303)


@routes.page("/items/{number}/undo", Role.REVIEWER, "POST")
def undo(request: Request, number: Number, decision: Annotated[Number, Form()]) -> Response:
    """Take one decision back; one that was taken back already stays so."""
    item = _item(request, number)
    if decision not in {d.id for d in item.history}:
        raise HTTPException(404)
    if decision in {d.id for d in effective(item.history)}:
        try:
            monitor(request).undo(by=visitor(request).person.name, item=number, decision=decision)
            note(request, Act.UNDID, about=number)
        except StaleDecision:
            return _card_page(request, _item(request, number), 409)
    return RedirectResponse(_filters(request).link(f"/items/{number}", said="undone"), 303)


def _entity(request: Request, item: ReviewItem, number: int) -> str:
    numbers = monitor(request).store.watchlists.numbers()
    for hit in item.hits:
        if numbers[hit.entity] == number:
            return hit.entity
    raise HTTPException(404)


def _said_already(history: Sequence[Decision], version: int, by: str, said: _Said, entity: str | None) -> bool:
    """Whether this very decision is stored: a double click, or a form sent again."""
    same = (version, by, said.verdict, said.reason, entity)
    return any((d.version, d.by, d.verdict, d.reason, d.entity) == same for d in history)


def _last(request: Request) -> dict[str, Any]:
    """One's own last decision that stands, to be taken back from anywhere; and whether it was made just now."""
    app, who = monitor(request), visitor(request)
    said = request.query_params.get("said", "")
    last = app.store.reviews.last_decision(who.person.name) if who.may(Role.REVIEWER) else None
    seen = None
    if last is not None:
        seen = as_seen(app.item(app.store.reviews.holder(last.item)), who.unseen.values())
    shown = last is not None and seen is not None and last.entity not in who.unseen.values()
    return {
        "last": last if shown else None,
        "last_item": seen if shown else None,
        "just_said": bool(shown and last and said == str(last.id)),
        "just_undone": said == "undone",
    }


# ---- for spreadsheets -----------------------------------------------------------------------------------------------


def cell(text: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever stands in it (OWASP, CSV injection).

    >>> cell("=1+1"), cell(' "@x'), cell("plain"), cell(3)
    ("'=1+1", '\\' "@x', 'plain', '3')
    """
    written = str(text).replace("\x00", "")
    return f"'{written}" if _RISKY.match(written) else written


def _csv(request: Request, filters: Filters) -> Iterator[str]:
    yield "\ufeff" + _lines([list(_row(None))])
    page = 1
    while items := _page(request, Filters(filters.sought, page), AN_EXPORT):
        yield _lines([list(_row(item).values()) for item in items])
        page += 1


def _lines(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def _row(item: ReviewItem | None) -> Mapping[str, object]:
    if item is None:
        return dict.fromkeys(_COLUMNS, "")
    said = next(reversed(effective(item.history)), None)
    clear, possible = (
        "; ".join(h.name for h in item.hits if (h.confidence is Confidence.STRONG) is sure) for sure in (True, False)
    )
    values = (
        item.id, item.state.value, item.verdict or "", item.lead.headline, clear, possible, item.lead.outlet,
        item.lead.language, item.lead.url, instant(item.lead.published) or "", instant(item.first_seen) or "",
        len(item.articles), item.copies, "; ".join(item.outlets), said.by if said else "",
        (said.reason or "") if said else "", said.note if said else "",
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))


_COLUMNS = (
    "item", "state", "decision", "headline", "clear", "possible", "outlet", "language", "url", "published",
    "first_seen", "articles", "copies", "outlets", "decided_by", "reason", "note",
)  # fmt: skip
