"""The pages of digests and of the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor.app.review import Review
from monitor.errors import InputError
from monitor.messages.composer import Composer
from monitor.messages.content.layout import lay_out, opening_of, stories_on_page
from monitor.messages.content.notes import UNDECIDED
from monitor.model import ROW_ARTICLES, Role
from monitor.pictures.bars import fate_in_picture
from monitor.web.filters import parse_number
from monitor.web.render import render
from monitor.web.routes.statistics import first_day_of
from monitor.web.security import Routes, home_of, redirect, request_context

routes = Routes()
PAGE_SIZE = 100
DAYS = 3  # more do not fit beside each other in Russian


@routes.page("/digest", Role.READER)
def digest(request: Request) -> Response:
    """Show the digest of the last 24 hours, or redirect to the day that its form asks for."""
    chosen_day = request.query_params.get("day", "")
    return redirect(request, f"/digest/{quote(chosen_day)}") if chosen_day else _digest_page(request, None)


@routes.page("/digest/{day}", Role.READER)
def digest_of(request: Request, day: date) -> Response:
    return _digest_page(request, day)


def _digest_page(request: Request, day: date | None) -> Response:
    home, context = home_of(request), request_context(request)
    today = home.today()
    try:
        content = Composer(home).digest_of_day(day, context.language)
    except (InputError, OverflowError):  # a day in the future, or at the ends of the calendar
        raise HTTPException(404) from None
    first_day = first_day_of(home)
    if day and first_day and day < first_day:
        raise HTTPException(404)
    days = [d for d in (today - timedelta(days=n) for n in range(DAYS)) if first_day and d >= first_day]
    page = lay_out(content)
    current = Review(home).current_items(sorted(page.items), ROW_ARTICLES)
    if page.title and current:
        counts = stories_on_page(content, {number: item.state for number, item in current.items()})
        page = replace(page, opening=opening_of(content, page.title, counts))
    return render(
        request,
        "digest.html",
        page=page,
        days=days,
        today=today,
        first_day=first_day,
        day=day,
        current=current,
        fates={number: fate_in_picture(item) for number, item in current.items()},
        digest_at=f"{home.settings.digest_at:%H:%M}",
        undecided=sum(item.state in UNDECIDED for item in current.values()),
        waiting=content.input.waiting,
        since=content.input.window.since.astimezone(home.settings.timezone).date().isoformat(),
    )


@routes.page("/audit", Role.ADMIN)
def audit(request: Request) -> Response:
    people = home_of(request).people
    lines = home_of(request).store.people.audit(PAGE_SIZE, parse_number(request.query_params.get("before", "")))
    return render(
        request, "audit.html", lines=lines, names={p.id: p.name for p in people.everyone()}, page_size=PAGE_SIZE
    )
