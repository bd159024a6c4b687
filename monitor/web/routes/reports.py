"""Digests of past days, the sources, the runs, and the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import median_low
from urllib.parse import quote

from fastapi import HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.digest.layout import lay_out
from monitor.errors import InputError
from monitor.feeds.health import words_of
from monitor.i18n.troubles import kind_of
from monitor.model import Outcome, Role
from monitor.web.render import render
from monitor.web.security import Routes, monitor, visitor

routes = Routes()
LISTED = 100
A_WEEK = 7  # days of a source that say what is usual
_NAMING = (Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED, Outcome.NO_MATCH)


@routes.page("/digest", Role.READER)
def digest(request: Request) -> Response:
    """Of the last 24 hours; the form on it sends on to the page of another day."""
    asked = request.query_params.get("day", "")
    return RedirectResponse(f"/digest/{quote(asked)}", 303) if asked else _digest_page(request, None)


@routes.page("/digest/{day}", Role.READER)
def digest_of(request: Request, day: date) -> Response:
    return _digest_page(request, day)


def _digest_page(request: Request, day: date | None) -> Response:
    app, who = monitor(request), visitor(request)
    today = app.clock().astimezone(app.settings.timezone).date()
    try:
        made = app.digest(day, sensitive=who.may(Role.ADMIN))
    except (InputError, OverflowError):
        raise HTTPException(404) from None
    days = [today - timedelta(days=n) for n in range(12)]
    return render(request, "digest.html", page=lay_out(replace(made, language=who.language)), days=days, day=day)


@routes.page("/sources", Role.READER)
def sources(request: Request) -> Response:
    app = monitor(request)
    known = app.health()
    came = app.store.statistics.volumes(app.clock())
    volumes = {n: (days, median_low(days[:-1]) if len(days) > A_WEEK else None) for n, days in came.items() if days}
    listed = sorted(known, key=lambda h: (h.state.feed.paused, not h.needs_a_look, h.state.feed.outlet.casefold()))
    return render(request, "sources.html", sources=listed, words_of=words_of, volumes=volumes)


@routes.page("/runs", Role.READER)
def runs_page(request: Request) -> Response:
    runs = monitor(request).store.runs.latest(LISTED)
    if visitor(request).may(Role.ADMIN):
        return render(request, "runs.html", runs=runs, kinds={})
    # How many entries name somebody, and how many the queue shows, tells of hidden names; a problem may quote a file.
    kinds = {run.id: dict.fromkeys(kind_of(problem) for problem in run.problems) for run in runs}
    runs = [replace(r, outcomes={o: n for o, n in r.outcomes.items() if o not in _NAMING}, problems=()) for r in runs]
    return render(request, "runs.html", runs=runs, kinds=kinds)


@routes.page("/audit", Role.ADMIN)
def audit(request: Request) -> Response:
    people = monitor(request).store.people
    before = request.query_params.get("before", "")
    lines = people.audit(LISTED, int(before) if before.isdigit() and len(before) < 10 else None)
    return render(request, "audit.html", lines=lines, names={p.id: p.name for p in people.everyone()}, most=LISTED)
