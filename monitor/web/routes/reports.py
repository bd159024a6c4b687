"""The pages of digests, runs and the audit log."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.digest.layout import lay_out
from monitor.errors import InputError
from monitor.model import Role
from monitor.web.filters import parse_number
from monitor.web.queries import searches_of
from monitor.web.render import render
from monitor.web.security import Routes, app_of, request_context

routes = Routes()
PAGE_SIZE = 100


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
    today = app.today()
    try:
        content = app.digest(day, context.language)
    except (InputError, OverflowError):  # a day in the future, or at the ends of the calendar
        raise HTTPException(404) from None
    days = [today - timedelta(days=n) for n in range(12)]
    page = lay_out(content)
    listed = sorted({card.item for section in page.sections for card in section.cards})
    return render(
        request,
        "digest.html",
        page=page,
        days=days,
        day=day,
        current=app.current_items(listed),
        may_decide=context.has_role(Role.REVIEWER),
        since=content.input.window.since.astimezone(app.settings.timezone).date().isoformat(),
    )


@routes.page("/runs", Role.READER)
def runs_page(request: Request) -> Response:
    return render(request, "runs.html", runs=app_of(request).runs(PAGE_SIZE))


@routes.page("/archive", Role.ADMIN)
def archive(request: Request) -> Response:
    """Show the stored articles that hold the words of a search, also those in no item."""
    number = request.query_params.get("q", "")
    words = searches_of(request).load(request_context(request).signed_in_user.id, number)
    articles, unsearched = app_of(request).archive(words)
    return render(request, "archive.html", words=words, articles=articles, unsearched=unsearched)


@routes.page("/archive", Role.ADMIN, "POST")
def search_archive(request: Request, words: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Redirect to the results; no address holds the words."""
    reader, words = request_context(request).signed_in_user, words.strip()
    number = searches_of(request).save(reader.id, words) if words else ""
    return RedirectResponse(f"/archive?q={number}" if number else "/archive", 303)


@routes.page("/audit", Role.ADMIN)
def audit(request: Request) -> Response:
    people = app_of(request).people
    lines = people.audit(PAGE_SIZE, parse_number(request.query_params.get("before", "")))
    return render(
        request, "audit.html", lines=lines, names={p.id: p.name for p in people.everyone()}, page_size=PAGE_SIZE
    )
