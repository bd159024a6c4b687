"""The card of an item, and the stored text of its articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor.app.closed.closed_home import open_items
from monitor.app.review import Review
from monitor.i18n.labels import nearness_sentence
from monitor.model import (
    CARD_ARTICLES,
    ROW_ARTICLES,
    Act,
    ArticlePage,
    QueueTab,
    Regrouping,
    ReviewItem,
    Right,
    Role,
    StoredText,
    Window,
)
from monitor.model.items.history import effective, individually_judged
from monitor.pictures.story import story_time
from monitor.review.decisions import answered_question
from monitor.text.lead import first_told, lead_article
from monitor.web.audit import write_audit_line
from monitor.web.filters import parse_number
from monitor.web.forms.drafts import Draft
from monitor.web.item_view import (
    WAITING_STATES,
    ArticleView,
    build_article_view,
    build_name_views,
    listed_articles,
    names_beyond,
    split_changes,
)
from monitor.web.news import judgement, news_of
from monitor.web.queries import (
    claims_of,
    colleagues_of,
    draft_of,
    filters_of,
    review_of,
    undo_bar_values,
)
from monitor.web.related import RelatedRow, related_rows
from monitor.web.render import links_of, render
from monitor.web.security import Number, Routes, home_of, request_context

routes = Routes()
# Candidates for a merge. The window is the one in which articles are compared when they are filed.
NEARBY_WINDOW = timedelta(days=3)
MAX_NEARBY = 10
MAX_NEWS_ARTICLES = 3  # articles whose own sentences are shown; those of the others are folded away
MAX_TABS = 5  # further articles of a story are folded away
# Of a card that the browser fetches while another one is read, and of the decision after which it is shown.
AHEAD_HEADER = "desk-ahead"


@routes.page("/items/{number}", Role.READER)
def card(request: Request, number: Number) -> Response:
    query = request.query_params
    articles = replace(
        CARD_ARTICLES,
        number=parse_number(query.get("more", ""), digits=4) or 0,
        also=frozenset({parse_number(query.get("article", "")) or 0}),
    )
    item = load_item(request, number, articles)
    return card_page(request, item, draft=draft_of(request, number), tabs_page=articles.number)


@routes.page("/items/{number}/articles/{article}", Role.READER)
def article(request: Request, number: Number, article: Number) -> Response:
    """Show the stored text of an article that the item shows to this user."""
    item = load_item(request, number, replace(CARD_ARTICLES, also=frozenset({article})))
    shown_article = next((a for a in item.articles if a.id == article), None)
    stored = home_of(request).store.cards.stored_texts([shown_article]).get(article) if shown_article else None
    if shown_article is None or stored is None:
        raise HTTPException(404)
    links = links_of(request)
    return render(
        request,
        "article.html",
        item=item,
        article=shown_article,
        stored=stored,
        paragraphs=build_article_view(item, shown_article, stored).paragraphs,
        entity_names=links.names_of(item.hits),
        name_places={hit.entity: links.path(hit.entity) for hit in item.hits},
        filters=filters_of(request),
    )


def card_page(
    request: Request,
    item: ReviewItem,
    status: int = 200,
    failed_action: str = "",
    draft: Draft | None = None,
    *,
    tabs_page: int = 0,
) -> Response:
    """Return the card.

    `draft` is a decision that was not stored; its note is shown again. `failed_action` was not done because the item
    had changed: it is a button's value, `undo` or `split`; `none` is a split of no articles. `tabs_page`: which of the
    articles of a large item are shown.
    """
    home, context = home_of(request), request_context(request)
    filters, links = filters_of(request), links_of(request)
    stored, numbers = home.store.cards.stored_texts(item.articles), links.numbers
    precedents = {hit.entity: home.store.cards.precedents(numbers[hit.entity]) for hit in item.hits}
    names = build_name_views(item, stored, numbers, precedents)
    precedent_items = {similar.precedent.item for name in names for similar in name.similar_decisions}
    regroupings, other_items = Review(home).regroupings(item)
    shows_nearby = context.can(Right.DECIDE) and "same" in request.query_params
    article_values = _article_values(request, item, stored, tabs_page)
    _claim(request, item)
    return render(
        request,
        "item.html",
        status,
        item=item,
        names=names,
        individually_judged=individually_judged(item),
        waits=item.state in WAITING_STATES,
        open_questions=[(question, answered_question(item, question)) for question in item.questions],
        colleagues=colleagues_of(request),
        **article_values,
        names_beyond=names_beyond(names, article_values["tabs"][0].id),
        **_changes_values(item, article_values["shown"]),
        name_places={hit.entity: f"#name-{numbers[hit.entity]}" for hit in item.hits},
        headlines={
            other_item.id: lead_article(other_item, context.language)
            for other_item in (*other_items, *home.store.cards.items(sorted(precedent_items), ROW_ARTICLES))
        },
        nearby=_nearby_items(request, item, numbers) if shows_nearby else None,
        viewers=claims_of(request).viewed_by_others(context.signed_in_user.name, home.clock()),
        name_links=links,
        entity_names=links.names_of(item.hits),
        undo_counts={d.id: Review(home).count_undoable_items(d) for d in effective(item.history)},
        **_history_values(item, regroupings, other_items),
        filters=filters,
        **_place_values(request, item),
        related=related_of(request, item),
        open_items=open_items(context.home, item) if context.base else (),
        failed_action=failed_action,
        draft=draft,
        **undo_bar_values(request),
    )


def _place_values(request: Request, item: ReviewItem) -> dict[str, Any]:
    """Return the template values of the list around an item. `place`: from 1 on, or 0 if the item is not in it."""
    home, queue_filter = home_of(request), filters_of(request).queue_filter
    before, after, index, waiting = home.store.queue.neighbours(item.id, queue_filter, home.clock())
    is_listed = item.state in WAITING_STATES and queue_filter.tab is QueueTab.WAITING
    return {"before": before, "after": after, "waiting": waiting, "place": index + 1 if is_listed else 0}


def _claim(request: Request, item: ReviewItem) -> None:
    """Show that a user works on an item, from when it is on the screen; readers cannot decide, so they do not."""
    context = request_context(request)
    if context.can(Right.DECIDE) and not request.headers.get(AHEAD_HEADER):
        claims_of(request).claim(item.id, context.signed_in_user.name, context.home.clock())


def _article_values(
    request: Request, item: ReviewItem, stored: Mapping[int, StoredText], tabs_page: int
) -> dict[str, Any]:
    """Return the template values of the articles: their tabs, and the one that the address names, else the first."""
    tabs = listed_articles(item, filters_of(request).queue_filter, request_context(request).language)
    chosen = next((a for a in tabs if str(a.id) == request.query_params.get("article")), None)
    article = chosen or tabs[0]
    return {
        "tabs": tabs,
        "max_tabs": MAX_TABS,
        "tabs_page": tabs_page,
        "has_more_tabs": (tabs_page + 1) * CARD_ARTICLES.size < len(item.articles) + item.other_articles,
        "next_tab": tabs[(tabs.index(article) + 1) % len(tabs)].id,
        "shown": build_article_view(item, article, stored[article.id]),
        "chosen_article": chosen.id if chosen else "",
        "whole": "1" if request.query_params.get("whole") == "1" else "",
    }


def _nearby_items(request: Request, item: ReviewItem, numbers: Mapping[str, int]) -> list[ReviewItem]:
    """Return the newest other items of these days that share a watched name."""
    window = Window(item.first_seen - NEARBY_WINDOW, item.first_seen + NEARBY_WINDOW)
    # one more than shown: the item itself may be among them
    nearby = home_of(request).store.cards.naming(
        [numbers[hit.entity] for hit in item.hits], window, MAX_NEARBY + 1, ROW_ARTICLES
    )
    return [neighbour for neighbour in nearby if neighbour.id != item.id][:MAX_NEARBY]


def _history_values(
    item: ReviewItem, regroupings: Sequence[Regrouping], other_items: Sequence[ReviewItem]
) -> dict[str, Any]:
    """Return the template values of what people did: decisions, and moves of articles."""
    articles = {shown.id: {article.id for article in shown.articles} for shown in (item, *other_items)}
    return {
        "regroupings": [r for r in effective(regroupings) if not articles.get(r.item, set()).isdisjoint(r.articles)],
        "history": sorted((*item.history, *regroupings), key=lambda action: action.at),
    }


def _changes_values(item: ReviewItem, shown: ArticleView) -> dict[str, Any]:
    """Return the template values of what is new in an item: changes of its articles, and sentences that they bring."""
    change, more_changes = split_changes(item)
    return {
        "change": change,
        "more_changes": more_changes,
        "news": news_of(item, shown.article.headline, shown.stored.article.text, shown.article.id),
        "judgement": judgement(item),
        "story_time": story_time(item),
        "max_news_articles": MAX_NEWS_ARTICLES,
    }


def related_of(request: Request, item: ReviewItem) -> tuple[RelatedRow, ...]:
    """Return the items near an item."""
    current = review_of(request).current_items([near.id for near in item.nearest], ROW_ARTICLES)
    rows = []
    for near in item.nearest:
        if near_item := current.get(near.id):
            # The stored hours lie between two articles, of which neither may be shown.
            hours = round(abs(first_told(item) - first_told(near_item)) / timedelta(hours=1))
            rows.append((near_item, nearness_sentence(near.reason, hours), near.score))
    return related_rows(rows, filters_of(request).queue_filter, request_context(request).language)


def load_item(request: Request, number: int, articles: ArticlePage | None = CARD_ARTICLES) -> ReviewItem:
    """Return the item, or the one it was merged into. Raises a 404 if there is none.

    `articles`: those that are loaded of a large item; None: all.
    """
    item = review_of(request).current_items([number], articles).get(number)
    if item is None:
        raise HTTPException(404)
    if request_context(request).base:  # in the closed watch
        write_audit_line(request, Act.READ_SENSITIVE, subject=number)
    return item
