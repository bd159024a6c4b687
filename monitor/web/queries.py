"""What a page of the queue asks for, and what it is told, for whoever looks: nothing of names they may not know of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request

from monitor.model import Act, Decision, QueueFilter, QueuePage, Regroup, Regrouping, ReviewItem, Role
from monitor.review.regroup import in_one_step
from monitor.review.visibility import redacted_for
from monitor.web.drafts import Draft, Drafts
from monitor.web.filters import Filters
from monitor.web.presence import Claims
from monitor.web.routes.accounts import note
from monitor.web.searches import Searches
from monitor.web.security import monitor, visitor


def filters_of(request: Request) -> Filters:
    """Return what the address asks for, with the words of the search that it names, if they are still kept."""
    number = request.query_params.get("q", "")
    words = searches_of(request).words(visitor(request).person.id, number)
    return Filters.read(request.query_params, monitor(request).settings.timezone, number if words else "", words)


def asked_of(request: Request, filters: Filters) -> tuple[QueueFilter, datetime, Collection[int]]:
    """What the desk is asked for by whoever looks."""
    return filters.sought, monitor(request).clock(), visitor(request).unseen


def listed(request: Request, filters: Filters, size: int, *, parts: bool = False) -> QueuePage:
    skip = (filters.page - 1) * size
    return monitor(request).store.desk.listed(*asked_of(request, filters), size, skip, parts=parts)


def read_page(request: Request, filters: Filters, size: int) -> list[ReviewItem]:
    skip = (filters.page - 1) * size
    return seen_items(request, monitor(request).store.desk.numbers(*asked_of(request, filters), size, skip))


def seen_items(request: Request, numbers: Sequence[int]) -> list[ReviewItem]:
    """These items as the visitor may know them, in this order; those that are nothing to them are left out."""
    loaded = monitor(request).store.desk.items(numbers)
    return [seen for item in loaded if (seen := redacted_for(item, visitor(request).unseen.values()))]


def last_said(request: Request) -> dict[str, Any]:
    """What one decided, merged or split last, to be taken back from anywhere; and whether that was just now."""
    app, who = monitor(request), visitor(request)
    said = request.query_params.get("said", "")
    last = app.last_done(who.person.name) if who.may(Role.REVIEWER) else None
    seen, count, shown = None, 1, False
    if last is not None:
        seen = redacted_for(app.item(app.store.reviews.holder(last.item)), who.unseen.values())
    if isinstance(last, Regrouping):
        there = {a.id for a in seen.articles}.intersection(last.articles) if seen else ()
        shown = bool(seen and there and last.id in {r.id for r in seen.regroupings})
        count = len(in_one_step(seen, last)) + 1 if seen and shown and last.kind is Regroup.MERGE else 1
    elif last is not None:
        shown = seen is not None and last.entity not in who.unseen.values()
        count = stories_of(request, last) if shown else 1
    return {
        "last": last if shown else None,
        "last_count": count,
        "last_item": seen if shown else None,
        "just_said": bool(shown and last and said == number_of(last)),
        "just_undone": said == "undone",
    }


def number_of(done: Decision | Regrouping) -> str:
    """As it stands in the address of the page that follows it."""
    return f"r{done.id}" if isinstance(done, Regrouping) else str(done.id)


def stories_of(request: Request, said: Decision) -> int:
    """How many stories the visitor takes a decision back of."""
    app, unseen = monitor(request), visitor(request).unseen
    if not said.batch:
        return 1
    return len(app.step(said, list(unseen.values())) if unseen else app.store.reviews.batch(said.batch))


def claims_of(request: Request) -> Claims:
    claims: Claims = request.app.state.claims
    return claims


def searches_of(request: Request) -> Searches:
    searches: Searches = request.app.state.searches
    return searches


def draft_of(request: Request, item: int) -> Draft | None:
    """Return the visitor's decision on an item, or on MANY, that came after the session had ended."""
    return drafts_of(request).of(visitor(request).person.id, item, monitor(request).clock())


def drafts_of(request: Request) -> Drafts:
    drafts: Drafts = request.app.state.drafts
    return drafts


def note_all(request: Request, act: Act, numbers: Sequence[int]) -> None:
    """One line of the log, however many items it is about."""
    if len(numbers) == 1:
        note(request, act, about=numbers[0])
    elif numbers:
        note(request, act, detail=" ".join(map(str, numbers)))
