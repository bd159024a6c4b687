"""The queue as a page, and as JSON, Atom and CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import partial
from hashlib import sha256
from math import ceil
from typing import Annotated, Any

from fastapi import Form, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from monitor.app.evidence.exports import QUEUE_COLUMNS, csv_lines, queue_row
from monitor.app.upkeep.health import latest_runs
from monitor.model import CARD_ARTICLES, ROW_ARTICLES, Act, QueueTab, ReviewItem, Role
from monitor.pictures.arrivals import first_hour, make_arrivals, minutes_for, verdict_counts
from monitor.review.decisions import answered_question
from monitor.text.lead import lead_article
from monitor.web.atom import render_atom
from monitor.web.audit import write_audit_line
from monitor.web.filters import Filters, other_tabs_with_matches
from monitor.web.forms.drafts import BULK_DRAFT
from monitor.web.item_view import (
    choose_article,
    doubt_of,
    further_acts,
    grave_news,
    names_beside,
    near_name,
    split_changes,
)
from monitor.web.queries import (
    claims_of,
    draft_of,
    filters_of,
    load_items,
    load_queue_page,
    may_still_read,
    review_of,
    searches_of,
    undo_bar_values,
)
from monitor.web.render import reader_zone, render
from monitor.web.security import (
    Routes,
    base_url_of,
    file_headers,
    home_of,
    redirect,
    request_context,
)

routes = Routes()
PAGE_SIZE = 40
MAX_SEARCH_LENGTH = 100
PACE_DECISIONS, DAY_DECISIONS = 300, 5_000  # the latest ones: for the pace of today, and to say what was done
EXPORT_PAGE_SIZE = 200  # items on a page of JSON, Atom and CSV


@routes.page("/", Role.READER)
def home(request: Request) -> Response:
    return redirect(request, "/queue")


@routes.page("/queue", Role.READER)
def queue(request: Request) -> Response:
    return _queue_page(request, filters_of(request))


@routes.page("/queue", Role.READER, "POST")
def search(request: Request, words: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Redirect to the results. The words are posted and never part of an address: they are often watched names."""
    filters, words = filters_of(request).without_words(), words.strip()[:MAX_SEARCH_LENGTH]
    number = searches_of(request).save(request_context(request).signed_in_user.id, words) if words else ""
    return RedirectResponse(filters.link("/queue", q=number), 303)


@routes.page("/queue.json", Role.READER)
def queue_json(request: Request) -> Response:
    filters = filters_of(request)
    items = load_items(request, filters, EXPORT_PAGE_SIZE, CARD_ARTICLES)
    write_audit_line(request, Act.EXPORTED, detail="json")
    rows = review_of(request).rows(items)
    return JSONResponse({"items": rows, "next": _next_page_link("/queue.json", filters, items)})


@routes.page("/queue.atom", Role.READER)
def queue_atom(request: Request) -> Response:
    """Return the list as Atom, or a 304 if it has not changed (RFC 9110, If-None-Match)."""
    home, context, filters = home_of(request), request_context(request), filters_of(request)
    items, numbers = load_items(request, filters, EXPORT_PAGE_SIZE, ROW_ARTICLES), home.store.cards.entity_numbers()
    next_link = _next_page_link("/queue.atom", filters, items)
    body = render_atom(
        items,
        filters,
        base_url=base_url_of(request),
        language=context.language,
        lead_language=home.settings.language,
        now=home.clock(),
        numbers=numbers,
        empty_since=context.signed_in_user.since,
        next_link=next_link,
    )
    etag = {"ETag": f'"{sha256(body).hexdigest()[:32]}"'}
    # A 304 shows nothing new, so it adds no line to the audit log.
    if etag["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=etag)
    write_audit_line(request, Act.EXPORTED, detail="atom")
    return Response(body, headers=etag, media_type="application/atom+xml")


@routes.page("/queue.csv", Role.READER)
def queue_csv(request: Request) -> Response:
    """Stream the whole list as CSV, one page of items at a time."""
    filters = filters_of(request)
    # Before the stream, because the reader may break it off.
    write_audit_line(request, Act.EXPORTED, detail="csv")
    pages, headers = _csv_pages(request, filters), file_headers(request, "queue.csv")
    return StreamingResponse(pages, media_type="text/csv; charset=utf-8", headers=headers)


def _queue_page(request: Request, filters: Filters) -> Response:
    home = home_of(request)
    row = 0
    if filters.at is not None:
        # the position may have changed since the item was opened: go to its page now
        *_, index, _ = home.store.queue.neighbours(filters.at, filters.queue_filter, home.clock())
        filters, row = replace(filters, page=index // PAGE_SIZE + 1), index % PAGE_SIZE
    filters_opened = "filters" in request.query_params
    lanes = _press_lanes(request, filters)
    # A lane is a tab: its filter stays closed, and the tabs beside it count whole lists.
    is_lane = filters.link("") in [lane.link("") for _, lane, _ in lanes]
    shows_filters = filters_opened or (filters.has_filters and not is_lane)
    queue_page = load_queue_page(request, filters, PAGE_SIZE, with_facets=shows_filters)
    last_page = max(1, ceil(queue_page.tab_counts[filters.queue_filter.tab] / PAGE_SIZE))
    if filters.page > last_page:  # an old link, or the list has become shorter
        filters = replace(filters, page=last_page)
        queue_page = load_queue_page(request, filters, PAGE_SIZE, with_facets=shows_filters)
    of_tabs, totals = filters, queue_page.tab_counts
    if is_lane:
        of_tabs = filters.without_filters()
        totals = home.store.queue.page(of_tabs.queue_filter, home.clock(), 0).tab_counts
    items = home.store.cards.items(queue_page.numbers, ROW_ARTICLES)
    row = len(items) - 1 if "end" in request.query_params else row
    return render(
        request,
        "queue.html",
        filters=filters,
        items=items,
        focused_item=items[min(row, len(items) - 1)].id if items else None,
        tab_counts=queue_page.tab_counts,
        tabs=(of_tabs, totals),
        facets=queue_page.facets,
        filters_opened=filters_opened,
        search_expired="q" in request.query_params and not filters.queue_filter.words,
        other_tabs=other_tabs_with_matches(filters, queue_page.tab_counts) if filters.queue_filter.words else (),
        has_next_page=filters.page < last_page,
        asked=_asked_counts(request, filters),
        lanes=lanes,
        choose_article=partial(choose_article, language=request_context(request).language),
        near_name=near_name,
        doubt_of=doubt_of,
        further_acts=further_acts,
        grave_news=grave_news,
        split_changes=split_changes,
        names_beside=names_beside,
        last_run=None
        if items
        else next(iter(latest_runs(home.open_watch, 1)), None),  # shown only when the list is empty
        feeds=() if items else home.open_watch.store.feeds.states(),
        viewers=claims_of(request).viewed_by_others(request_context(request).signed_in_user.name, home.clock()),
        draft=draft_of(request, BULK_DRAFT),
        **_day_values(request, filters, queue_page.tab_counts[QueueTab.WAITING]),
        **undo_bar_values(request),
    )


def _day_values(request: Request, filters: Filters, waiting: int) -> dict[str, Any]:
    """Return the template values of the day over the whole queue: what came, and what this user and all did today."""
    home, user = home_of(request), request_context(request).signed_in_user.name
    if filters.has_filters or filters.queue_filter.words or filters.queue_filter.tab is not QueueTab.WAITING:
        return {"arrivals": None, "day_counts": ()}
    now = home.clock()
    midnight = datetime.combine(now.astimezone(reader_zone(request)).date(), time(), reader_zone(request))
    decisions = home.store.statistics.latest_decisions(midnight, PACE_DECISIONS if waiting else DAY_DECISIONS)
    arrivals = make_arrivals(
        home.store.statistics.arrivals(first_hour(now)), now, minutes_for(waiting, decisions, user)
    )
    by_user = verdict_counts(decision for decision in decisions if decision.by == user)
    return {"arrivals": arrivals, "day_counts": () if waiting else (by_user, verdict_counts(decisions))}


@routes.page("/queue/new", Role.READER)
def count_new(request: Request) -> Response:
    """Return how many items of this list were first seen since the page was made, as words for it."""
    home, filters = home_of(request), filters_of(request)
    try:
        shown = datetime.fromisoformat(request.query_params.get("shown", ""))
    except ValueError:
        raise HTTPException(400) from None
    if shown.tzinfo is None:
        raise HTTPException(400)
    since = max(filters.queue_filter.since or shown, shown)
    page = home.store.queue.page(replace(filters.queue_filter, since=since), home.clock(), 0)
    return render(request, "new.html", count=page.tab_counts[filters.queue_filter.tab])


@dataclass(frozen=True, slots=True)
class AskedCounts:
    """The open questions to a user, and how many of them are answers to questions of theirs."""

    count: int = 0
    answers: int = 0


def _asked_counts(request: Request, filters: Filters) -> AskedCounts:
    """Return how many open questions and answers are for this user."""
    home, name = home_of(request), request_context(request).signed_in_user.name
    questions = filters.asked_of(name)
    if not home.store.cards.is_anybody_asked(name):
        return AskedCounts()
    count = home.store.queue.page(questions.queue_filter, home.clock(), 0).tab_counts[QueueTab.ASKED]
    items = load_items(request, questions, PAGE_SIZE, ROW_ARTICLES) if count else ()
    answers = sum(any(d.colleague == name and answered_question(item, d) for d in item.questions) for item in items)
    return AskedCounts(count, answers)


def _press_lanes(request: Request, filters: Filters) -> list[tuple[str, Filters, int]]:
    """Return the entries of the list that find what happened to the press: their names, lists and waiting items."""
    home, language = home_of(request), request_context(request).language
    lanes = []
    for number, name in home.store.cards.press_entries(language).items():
        lane = filters.of_name(number)
        count = home.store.queue.page(lane.queue_filter, home.clock(), 0).tab_counts[QueueTab.WAITING]
        lanes.append((name, lane, count))
    return lanes


def _next_page_link(path: str, filters: Filters, items: Sequence[ReviewItem]) -> str | None:
    return filters.link(path, page=filters.page + 1) if len(items) == EXPORT_PAGE_SIZE else None


def _csv_pages(request: Request, filters: Filters) -> Iterator[str]:
    # the byte order mark: without it Excel does not read UTF-8
    yield "\ufeff" + csv_lines([QUEUE_COLUMNS])
    page, language = 1, home_of(request).settings.language
    while may_still_read(request) and (
        items := load_items(request, Filters(filters.queue_filter, page), EXPORT_PAGE_SIZE, ROW_ARTICLES)
    ):
        yield csv_lines([queue_row(item, lead_article(item, language)) for item in items])
        page += 1
