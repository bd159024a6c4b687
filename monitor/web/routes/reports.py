"""The pages of digests, sources, runs and the audit log."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median_low
from urllib.parse import quote

from fastapi import HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.digest.layout import lay_out
from monitor.errors import InputError
from monitor.feeds.health import describe_status
from monitor.model import Role
from monitor.web.render import render
from monitor.web.security import Routes, app_of, request_context

routes = Routes()
PAGE_SIZE = 100
MIN_USUAL_DAYS = 7  # complete days of a source before its usual volume is shown


@routes.page("/digest", Role.READER)
def digest(request: Request) -> Response:
    """Show the digest of the last 24 hours, or redirect to the day that its form asks for."""
    chosen_day = request.query_params.get("day", "")
    return RedirectResponse(f"/digest/{quote(chosen_day)}", 303) if chosen_day else _digest_page(request, None)


@routes.page("/digest/{day}", Role.READER)
def digest_of(request: Request, day: date) -> Response:
    return _digest_page(request, day)


def _digest_page(request: Request, day: date | None) -> Response:
    app, context = app_of(request), request_context(request)
    today = app.clock().astimezone(app.settings.timezone).date()
    try:
        content = app.digest(day, context.language)
    except (InputError, OverflowError):  # a day in the future, or at the ends of the calendar
        raise HTTPException(404) from None
    days = [today - timedelta(days=n) for n in range(12)]
    return render(request, "digest.html", page=lay_out(content), days=days, day=day)


@routes.page("/sources", Role.READER)
def sources(request: Request) -> Response:
    app = app_of(request)
    healths = app.health()
    entries_per_day = app.desk.statistics.entries_per_day(app.clock())
    volumes = {
        n: (days, median_low(days[:-1]) if len(days) > MIN_USUAL_DAYS else None)
        for n, days in entries_per_day.items()
        if days
    }
    ordered = sorted(
        healths, key=lambda h: (h.state.feed.paused, not h.needs_attention, h.state.feed.outlet.casefold())
    )
    return render(request, "sources.html", sources=ordered, describe_status=describe_status, volumes=volumes)


@routes.page("/runs", Role.READER)
def runs_page(request: Request) -> Response:
    return render(request, "runs.html", runs=app_of(request).runs(PAGE_SIZE))


@routes.page("/audit", Role.ADMIN)
def audit(request: Request) -> Response:
    people = app_of(request).people
    before = request.query_params.get("before", "")
    lines = people.audit(PAGE_SIZE, int(before) if before.isdigit() and len(before) < 10 else None)
    return render(
        request, "audit.html", lines=lines, names={p.id: p.name for p in people.everyone()}, page_size=PAGE_SIZE
    )
