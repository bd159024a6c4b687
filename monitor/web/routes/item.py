"""The card of an item, and the stored text of its articles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor.errors import NotFound
from monitor.model import Act, ItemArticle, Regrouping, ReviewItem, Role, Window
from monitor.review.decisions import effective, individually_judged
from monitor.review.visibility import redacted_for
from monitor.web.drafts import Draft
from monitor.web.item_view import build_name_views, marked_paragraphs, romanise_text
from monitor.web.queries import (
    claims_of,
    count_undoable_items,
    draft_of,
    filters_of,
    queue_arguments,
    undo_bar_values,
    visible_items,
)
from monitor.web.render import render
from monitor.web.routes.accounts import write_audit_line
from monitor.web.security import Number, Routes, app_of, request_context

routes = Routes()
# Candidates for a merge. The window is the one in which articles are compared when they are filed.
NEARBY_WINDOW = timedelta(days=3)
MAX_NEARBY = 10


@routes.page("/items/{number}", Role.READER)
def card(request: Request, number: Number) -> Response:
    return card_page(request, load_visible_item(request, number), draft=draft_of(request, number))


@routes.page("/items/{number}/articles/{article}", Role.READER)
def article(request: Request, number: Number, article: Number) -> Response:
    """Show the stored text of an article that the item shows to this user."""
    item = load_visible_item(request, number)
    shown_article = next((a for a in item.articles if a.id == article), None)
    stored = app_of(request).store.desk.stored_texts([article]).get(article)
    if shown_article is None or stored is None:
        raise HTTPException(404)
    paragraphs, filters = marked_paragraphs(item, stored.article), filters_of(request)
    return render(
        request, "article.html", item=item, article=shown_article, stored=stored, paragraphs=paragraphs, filters=filters
    )


def card_page(
    request: Request, item: ReviewItem, status: int = 200, failed_action: str = "", draft: Draft | None = None
) -> Response:
    """Return the card.

    `draft` is a decision that was not stored; its note is shown again. `failed_action` was not done because the item
    had changed: it is a button's value, `undo` or `split`; `none` is a split of no articles.
    """
    app, context, filters = app_of(request), request_context(request), filters_of(request)
    sensitive = app.store.desk.sensitive().values() if context.has_role(Role.ADMIN) else ()
    stored, numbers = app.store.desk.stored_texts([a.id for a in item.articles]), app.store.watchlists.numbers()
    precedents = {hit.entity: app.store.reviews.precedents(numbers[hit.entity]) for hit in item.hits}
    names = build_name_views(item, stored, numbers, sensitive, precedents)
    precedent_items = {similar.precedent.item for name in names for similar in name.similar_decisions}
    regroupings, other_items = visible_regroupings(request, item)
    visible_articles = {shown.id: {article.id for article in shown.articles} for shown in (item, *other_items)}
    shows_nearby = context.has_role(Role.REVIEWER) and "same" in request.query_params
    copies_of: dict[int | None, list[ItemArticle]] = {}
    for article in item.articles:
        copies_of.setdefault(article.copy_of, []).append(article)
    before, after, waiting = app.store.desk.neighbours(item.id, *queue_arguments(request, filters))
    # readers cannot decide, so they are not shown as working on the item
    if context.has_role(Role.REVIEWER):
        claims_of(request).claim(item.id, context.signed_in_user.name, app.clock())
    return render(
        request,
        "item.html",
        status,
        item=item,
        names=names,
        individually_judged=individually_judged(item),
        open_questions=item.questions,
        copies_of=copies_of,
        headlines={
            other_item.id: other_item.lead
            for other_item in (*other_items, *visible_items(request, sorted(precedent_items)))
        },
        nearby=_nearby_items(request, item, numbers) if shows_nearby else None,
        viewers=claims_of(request).viewed_by_others(context.signed_in_user.name, app.clock()),
        entity_names={hit.entity: hit.name for hit in item.hits},
        stored=stored,
        undo_counts={d.id: count_undoable_items(request, d) for d in effective(item.history)},
        regroupings=[r for r in effective(regroupings) if visible_articles.get(r.item, set()).intersection(r.articles)],
        history=sorted((*item.history, *regroupings), key=lambda action: action.at),
        filters=filters,
        waiting=waiting,
        before=before,
        after=after,
        failed_action=failed_action,
        draft=draft,
        romanise_text=romanise_text,
        **undo_bar_values(request),
    )


def visible_regroupings(request: Request, item: ReviewItem) -> tuple[list[Regrouping], list[ReviewItem]]:
    """Return the merges and splits of an item that the user may see, and the other items that took part.

    `redacted_for` sees only this item; articles that were moved to another one are visible if that item shows them.
    """
    # the item was redacted: without hidden names it may lack regroupings that another item shows
    regroupings = (
        app_of(request).item(item.id).regroupings if request_context(request).hidden_entities else item.regroupings
    )
    other_items = (
        visible_items(request, sorted({n for r in regroupings for n in (r.item, r.other)} - {item.id}))
        if regroupings
        else []
    )
    visible_articles = {article.id for shown in (item, *other_items) for article in shown.articles}
    return [r for r in regroupings if visible_articles.intersection(r.articles)], other_items


def _nearby_items(request: Request, item: ReviewItem, numbers: Mapping[str, int]) -> list[ReviewItem]:
    """Return the newest other items of these days that share a watched name, as the user may see them."""
    window = Window(item.first_seen - NEARBY_WINDOW, item.first_seen + NEARBY_WINDOW)
    # a user who may see a name may see every item that contains it
    # one more than shown: the item itself may be among them
    numbers_nearby = app_of(request).store.reviews.items_naming(
        [numbers[hit.entity] for hit in item.hits], window, MAX_NEARBY + 1
    )
    return visible_items(request, [number for number in numbers_nearby if number != item.id][:MAX_NEARBY])


def load_visible_item(request: Request, number: int) -> ReviewItem:
    """Return the item, or the one it was merged into, as the user may see it. Raises a 404 if that is nothing."""
    app, context = app_of(request), request_context(request)
    try:
        item = redacted_for(app.item(app.store.reviews.holder(number)), context.hidden_entities.values())
    except NotFound:
        item = None
    if item is None or (context.hidden_entities and item.id != number and not is_merge_visible(request, number, item)):
        raise HTTPException(404)
    if context.has_role(Role.ADMIN) and {h.entity for h in item.hits} & set(app.store.desk.sensitive().values()):
        write_audit_line(request, Act.READ_SENSITIVE, subject=number)
    return item


def is_merge_visible(request: Request, number: int, item: ReviewItem) -> bool:
    """Return whether the item shows any article that came with this number, which was merged into it."""
    (merged_item,) = app_of(request).store.desk.items([number])
    return any(article.id in merged_item.regroupings[-1].articles for article in item.articles)
