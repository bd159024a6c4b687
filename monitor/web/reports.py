"""Digests of past days, the sources, the runs, and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from statistics import median_low
from urllib.parse import quote

from fastapi import HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.digest.page import lay_out
from monitor.errors import InputError
from monitor.health import words_of
from monitor.model import Happened, Outcome, Role, Sought, Split, Window
from monitor.review import as_seen
from monitor.store import Store
from monitor.web.guard import Routes, Visitor, monitor, visitor
from monitor.web.render import render

routes = Routes()
LISTED = 100
A_WEEK = 7  # days of a source that say what is usual


def happened_to(who: Visitor, store: Store, window: Window) -> Happened:
    """What happened, without what a visitor may not know of."""
    happened, unseen = store.reading.happened(window), who.unseen
    if who.may(Role.ADMIN):
        return happened
    open_names = {entity.name for entity in store.watchlists.current().entities if not entity.sensitive}
    items = (as_seen(item, unseen.values()) for item in happened.items)
    return replace(
        happened,
        items=tuple(i for i in items if i and any(a.filed in window or a.changed in window for a in i.articles)),
        waiting=store.desk.listed(Sought(), window.until, unseen, 0).splits[Split.WAITING],
        oldest_waiting=None,
        never_reviewed=store.reviews.never_reviewed(unseen),
        counted={name: count for name, count in happened.counted.items() if name in open_names},
        watchlist_changes=(),  # they count entities of every kind
        problems=told_to(who, store, happened.problems),
    )


_NAMING = (Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED, Outcome.NO_MATCH)


def told_to(who: Visitor, store: Store, problems: Sequence[str]) -> tuple[str, ...]:
    """Problems, without those that quote a name the visitor may not know of."""
    hidden = [e for e in store.watchlists.current().entities if e.sensitive and not who.may(Role.ADMIN)]
    words = {word for entity in hidden for word in (entity.id, *entity.names)}
    return tuple(problem for problem in problems if not any(word in problem for word in words))


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
        made = app.digest(day, partial(happened_to, who, app.store))
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
    store, who = monitor(request).store, visitor(request)
    runs = [replace(run, problems=told_to(who, store, run.problems)) for run in store.desk.runs(LISTED)]
    if not who.may(Role.ADMIN):  # how many entries name somebody, and how many the queue shows, tells of hidden names
        runs = [replace(run, outcomes={o: n for o, n in run.outcomes.items() if o not in _NAMING}) for run in runs]
    return render(request, "runs.html", runs=runs)


@routes.page("/audit", Role.ADMIN)
def audit(request: Request) -> Response:
    people = monitor(request).store.people
    before = request.query_params.get("before", "")
    lines = people.audit(LISTED, int(before) if before.isdigit() and len(before) < 10 else None)
    return render(request, "audit.html", lines=lines, names={p.id: p.name for p in people.everyone()}, most=LISTED)
