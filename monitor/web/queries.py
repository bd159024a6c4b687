"""The queue as a request asks for it: filters, drafts and the undo bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request

from monitor.app.review import Review
from monitor.app.sources.desk import DeskSources
from monitor.model import ArticlePage, Decision, QueuePage, Regroup, Regrouping, ReviewItem, Right, can
from monitor.review.regroup import same_step
from monitor.web.filters import Filters
from monitor.web.forms.drafts import Draft, Drafts, Fields
from monitor.web.presence import Claims
from monitor.web.searches import Searches
from monitor.web.security import home_of, request_context


def review_of(request: Request) -> Review:
    """Return the use cases of the queue of the watch that the request is about."""
    return Review(home_of(request))


def sources_of(request: Request) -> DeskSources:
    """Return the use cases of the sources."""
    return DeskSources(home_of(request).open_watch)


def filters_of(request: Request) -> Filters:
    """Return the filters of the address, with the words of its search if they are still kept."""
    number = request.query_params.get("q", "")
    words = searches_of(request).load(request_context(request).signed_in_user.id, number)
    context, zone = request_context(request), home_of(request).settings.timezone
    reader, number = context.signed_in_user.name, number if words else ""
    filters = Filters.from_query(request.query_params, zone, number, words, reader)
    return replace(filters, base=context.base)


def load_queue_page(request: Request, filters: Filters, size: int, *, with_facets: bool = False) -> QueuePage:
    home, skip = home_of(request), (filters.page - 1) * size
    return home.store.queue.page(filters.queue_filter, home.clock(), size, skip, with_facets=with_facets)


def load_items(request: Request, filters: Filters, size: int, articles: ArticlePage) -> Sequence[ReviewItem]:
    """Return a page of a list; of large items these articles."""
    home, skip = home_of(request), (filters.page - 1) * size
    return home.store.cards.items(home.store.queue.numbers(filters.queue_filter, home.clock(), size, skip), articles)


def colleagues_of(request: Request) -> list[str]:
    """Return the other users who may decide on an item, whom this one may ask about it."""
    context, users = request_context(request), home_of(request).people.everyone()
    return [
        user.name
        for user in users
        if can(user, Right.DECIDE)
        and user.closed is None
        and user.name != context.signed_in_user.name
        and (user.cleared or not context.base)
    ]


def undo_bar_values(request: Request) -> dict[str, Any]:
    """Return the template values of the undo bar: the user's last decision, merge or split, and if it was just made."""
    home, context = home_of(request), request_context(request)
    said_parameter = request.query_params.get("said", "")
    last = Review(home).last_action(context.signed_in_user.name) if context.can(Right.DECIDE) else None
    action, item = last or (None, None)
    affected_items = 1
    if isinstance(action, Decision):
        affected_items = Review(home).count_undoable_items(action)
    elif item and action and not {article.id for article in item.articles}.intersection(action.articles):
        action, item = None, None  # all that was moved has moved on
    elif item and action and action.kind is Regroup.MERGE:
        affected_items = len(same_step(item, action)) + 1
    return {
        "last": action,
        "last_count": affected_items,
        "last_item": item,
        "just_saved": bool(action and said_parameter == decision_reference(action)),
        "just_undone": said_parameter == "undone",
    }


def decision_reference(action: Decision | Regrouping) -> str:
    """Return the value of `said` in the address of the page after a decision or regrouping."""
    return f"r{action.id}" if isinstance(action, Regrouping) else str(action.id)


def claims_of(request: Request) -> Claims:
    claims: Claims = request.app.state.claims
    return claims


def searches_of(request: Request) -> Searches:
    searches: Searches = request.app.state.searches
    return searches


def draft_of(request: Request, item: int) -> Draft | None:
    """Return the user's decision on an item (or `BULK_DRAFT`) that was sent after the session had ended."""
    context = request_context(request)
    return drafts_of(request).load(context.signed_in_user.id, context.base, item, home_of(request).clock())


def form_draft_of(request: Request) -> Fields:
    """Return the fields of the user's long form at this address, sent after the session had ended; none without one."""
    user = request_context(request).signed_in_user
    draft = drafts_of(request).load_form(user.id, request.url.path, home_of(request).clock())
    return draft.fields if draft else ()


def drop_draft(request: Request) -> None:
    """Forget the user's draft: what it held is stored."""
    drafts_of(request).drop(request_context(request).signed_in_user.id)


def drafts_of(request: Request) -> Drafts:
    drafts: Drafts = request.app.state.drafts
    return drafts


def may_still_read(request: Request) -> bool:
    """Return True if the account may read what it asked for: for a long list, which is read page by page."""
    context = request_context(request)
    people, session = context.home.people, context.session
    user = people.by_name(context.signed_in_user.name)
    if user is None or user.closed or (context.base and not user.cleared):
        return False
    return session is None or any(open_session.id == session.id for open_session in people.sessions(user.id))
