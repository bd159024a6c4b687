"""The card of an item, and its articles as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor.errors import NotFound
from monitor.model import Act, ItemArticle, Regrouping, ReviewItem, Role, Window
from monitor.review.decisions import effective, judged_by_themselves
from monitor.review.visibility import redacted_for
from monitor.web.drafts import Draft
from monitor.web.item_view import in_latin, names_of, paragraphs
from monitor.web.queries import asked_of, claims_of, draft_of, filters_of, last_said, seen_items, stories_of
from monitor.web.render import render
from monitor.web.routes.accounts import note
from monitor.web.security import Number, Routes, monitor, visitor

routes = Routes()
NEAR, MOST_NEAR = timedelta(days=3), 10  # what may be the same story: as near as it is looked for when it is filed


@routes.page("/items/{number}", Role.READER)
def card(request: Request, number: Number) -> Response:
    return card_page(request, seen_item(request, number), draft=draft_of(request, number))


@routes.page("/items/{number}/articles/{article}", Role.READER)
def article(request: Request, number: Number, article: Number) -> Response:
    """An article's text as it is stored; only where the item shows the article."""
    item = seen_item(request, number)
    told = next((a for a in item.articles if a.id == article), None)
    stored = monitor(request).store.desk.stored([article]).get(article)
    if told is None or stored is None:
        raise HTTPException(404)
    told_in, filters = paragraphs(item, stored.article), filters_of(request)
    return render(request, "article.html", item=item, told=told, stored=stored, paragraphs=told_in, filters=filters)


def card_page(
    request: Request, item: ReviewItem, status: int = 200, tried: str = "", draft: Draft | None = None
) -> Response:
    """Return the card. `draft`: a decision that was not stored, whose note is shown again.

    `tried`: what somebody wanted to say of the item as it was before, or `undo`, `split`; `none` to split off.
    """
    app, who, filters = monitor(request), visitor(request), filters_of(request)
    sensitive = app.store.desk.sensitive().values() if who.may(Role.ADMIN) else ()
    stored, numbers = app.store.desk.stored([a.id for a in item.articles]), app.store.watchlists.numbers()
    precedents = {hit.entity: app.store.reviews.precedents(numbers[hit.entity]) for hit in item.hits}
    names = names_of(item, stored, numbers, sensitive, precedents)
    alike = {earlier.said.item for name in names for earlier in name.earlier}
    moves, others = moves_of(request, item)
    there = {each.id: {article.id for article in each.articles} for each in (item, *others)}
    asks = who.may(Role.REVIEWER) and "same" in request.query_params
    copies_of: dict[int | None, list[ItemArticle]] = {}
    for each in item.articles:
        copies_of.setdefault(each.copy_of, []).append(each)
    before, after, waiting = app.store.desk.around(item.id, *asked_of(request, filters))
    if who.may(Role.REVIEWER):
        claims_of(request).claim(item.id, who.person.name, app.clock())
    return render(
        request,
        "item.html",
        status,
        item=item,
        names=names,
        judged_apart=judged_by_themselves(item),
        open_questions=item.questions,
        copies_of=copies_of,
        headlines={other.id: other.lead for other in (*others, *seen_items(request, sorted(alike)))},
        near=_near(request, item, numbers) if asks else None,
        looking=claims_of(request).by_others(who.person.name, app.clock()),
        called={hit.entity: hit.name for hit in item.hits},
        stored=stored,
        standing={d.id: stories_of(request, d) for d in effective(item.history)},
        moves=[r for r in effective(moves) if there.get(r.item, set()).intersection(r.articles)],
        told=sorted((*item.history, *moves), key=lambda done: done.at),
        filters=filters,
        waiting=waiting,
        before=before,
        after=after,
        tried=tried,
        draft=draft,
        in_latin=in_latin,
        **last_said(request),
    )


def moves_of(request: Request, item: ReviewItem) -> tuple[list[Regrouping], list[ReviewItem]]:
    """What people merged into an item and split off it, as far as the visitor sees where that is; and the other items.

    `redacted_for` knows this item alone: what went from it to another is seen there.
    """
    moves = monitor(request).item(item.id).regroupings if visitor(request).unseen else item.regroupings
    others = seen_items(request, sorted({n for r in moves for n in (r.item, r.other)} - {item.id})) if moves else []
    there = {article.id for each in (item, *others) for article in each.articles}
    return [r for r in moves if there.intersection(r.articles)], others


def _near(request: Request, item: ReviewItem, numbers: Mapping[str, int]) -> list[ReviewItem]:
    """Other items of these days that share a watched name, as far as the visitor may know it, the newest first."""
    within = Window(item.first_seen - NEAR, item.first_seen + NEAR)
    # whoever may know of a name may know of each item that names it
    found = monitor(request).store.reviews.naming([numbers[hit.entity] for hit in item.hits], within, MOST_NEAR + 1)
    return seen_items(request, [number for number in found if number != item.id][:MOST_NEAR])


def seen_item(request: Request, number: int) -> ReviewItem:
    """The item, or what it was merged into, as the visitor may know it. Raises a 404 where that is nothing."""
    app, who = monitor(request), visitor(request)
    try:
        item = redacted_for(app.item(app.store.reviews.holder(number)), who.unseen.values())
    except NotFound:
        item = None
    if item is None or (who.unseen and item.id != number and not came_with(request, number, item)):
        raise HTTPException(404)
    if who.may(Role.ADMIN) and {h.entity for h in item.hits} & set(app.store.desk.sensitive().values()):
        note(request, Act.READ_SENSITIVE, about=number)
    return item


def came_with(request: Request, number: int, item: ReviewItem) -> bool:
    """Whether an article that was merged into the item with this one is seen there."""
    (part,) = monitor(request).store.desk.items([number])
    return any(article.id in part.regroupings[-1].articles for article in item.articles)
