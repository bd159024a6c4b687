"""The queue as the current user may see it: filters, items and decisions without hidden entities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request

from monitor.model import Act, Decision, QueueFilter, QueuePage, Regroup, Regrouping, ReviewItem, Role
from monitor.review.regroup import same_step
from monitor.review.visibility import redacted_for
from monitor.web.drafts import Draft, Drafts
from monitor.web.filters import Filters
from monitor.web.presence import Claims
from monitor.web.routes.accounts import write_audit_line
from monitor.web.searches import Searches
from monitor.web.security import app_of, request_context


def filters_of(request: Request) -> Filters:
    """Return the filters of the address, with the words of its search if they are still kept."""
    number = request.query_params.get("q", "")
    words = searches_of(request).load(request_context(request).signed_in_user.id, number)
    return Filters.from_query(request.query_params, app_of(request).settings.timezone, number if words else "", words)


def queue_arguments(request: Request, filters: Filters) -> tuple[QueueFilter, datetime, Collection[int]]:
    """Return the arguments that all queue queries of the store begin with: filter, time, hidden entities."""
    return filters.queue_filter, app_of(request).clock(), request_context(request).hidden_entities


def load_queue_page(request: Request, filters: Filters, size: int, *, with_facets: bool = False) -> QueuePage:
    skip = (filters.page - 1) * size
    return app_of(request).store.desk.page(*queue_arguments(request, filters), size, skip, with_facets=with_facets)


def load_items(request: Request, filters: Filters, size: int) -> list[ReviewItem]:
    skip = (filters.page - 1) * size
    return visible_items(request, app_of(request).store.desk.numbers(*queue_arguments(request, filters), size, skip))


def visible_items(request: Request, numbers: Sequence[int]) -> list[ReviewItem]:
    """Return items in this order as the current user may see them, without those that are hidden from them."""
    loaded = app_of(request).store.desk.items(numbers)
    hidden_entities = request_context(request).hidden_entities.values()
    return [visible for item in loaded if (visible := redacted_for(item, hidden_entities))]


def undo_bar_values(request: Request) -> dict[str, Any]:
    """Return the template values of the undo bar: the user's last decision, merge or split, and if it was just made."""
    app, context = app_of(request), request_context(request)
    said_parameter = request.query_params.get("said", "")
    last_action = app.last_action(context.signed_in_user.name) if context.has_role(Role.REVIEWER) else None
    item, affected_items, is_shown = None, 1, False
    if last_action is not None:
        # the item may have been merged into another one since
        item = redacted_for(app.item(app.store.reviews.holder(last_action.item)), context.hidden_entities.values())
    if isinstance(last_action, Regrouping):
        # if all articles that moved are hidden, the user must not learn of the move
        visible_moved = {a.id for a in item.articles}.intersection(last_action.articles) if item else ()
        is_shown = bool(item and visible_moved and last_action.id in {r.id for r in item.regroupings})
        affected_items = (
            len(same_step(item, last_action)) + 1 if item and is_shown and last_action.kind is Regroup.MERGE else 1
        )
    elif last_action is not None:
        is_shown = item is not None and last_action.entity not in context.hidden_entities.values()
        affected_items = count_undoable_items(request, last_action) if is_shown else 1
    return {
        "last": last_action if is_shown else None,
        "last_count": affected_items,
        "last_item": item if is_shown else None,
        "just_saved": bool(is_shown and last_action and said_parameter == decision_reference(last_action)),
        "just_undone": said_parameter == "undone",
    }


def decision_reference(action: Decision | Regrouping) -> str:
    """Return the value of `said` in the address of the page after a decision or regrouping."""
    return f"r{action.id}" if isinstance(action, Regrouping) else str(action.id)


def count_undoable_items(request: Request, decision: Decision) -> int:
    """Return the number of items whose decision the current user takes back with this one."""
    app, hidden_entities = app_of(request), request_context(request).hidden_entities
    if not decision.batch:
        return 1
    # of a step with hidden items the user takes back only the visible ones
    return len(
        app.decisions_in_step(decision, list(hidden_entities.values()))
        if hidden_entities
        else app.store.reviews.batch(decision.batch)
    )


def claims_of(request: Request) -> Claims:
    claims: Claims = request.app.state.claims
    return claims


def searches_of(request: Request) -> Searches:
    searches: Searches = request.app.state.searches
    return searches


def draft_of(request: Request, item: int) -> Draft | None:
    """Return the user's decision on an item (or `BULK_DRAFT`) that was sent after the session had ended."""
    return drafts_of(request).load(request_context(request).signed_in_user.id, item, app_of(request).clock())


def drafts_of(request: Request) -> Drafts:
    drafts: Drafts = request.app.state.drafts
    return drafts


def write_audit_line_for_items(request: Request, act: Act, numbers: Sequence[int]) -> None:
    """Write one line of the audit log about several items, none for no items."""
    if len(numbers) == 1:
        write_audit_line(request, act, subject=numbers[0])
    elif numbers:
        write_audit_line(request, act, detail=" ".join(map(str, numbers)))
