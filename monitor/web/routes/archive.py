"""The archive: a search of all stored articles, and what people put into the queue by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from monitor.app.archive import AddedItem, Archive, TextNotKept
from monitor.app.reading_now import start_link_reader
from monitor.errors import InputError
from monitor.i18n import labels
from monitor.model import Act, Role
from monitor.web.audit import write_audit_line
from monitor.web.forms.drafts import MAX_NOTE_LENGTH
from monitor.web.queries import review_of, searches_of
from monitor.web.render import render
from monitor.web.routes.queue import MAX_SEARCH_LENGTH
from monitor.web.security import Number, Routes, home_of, request_context

routes = Routes()
Note = Annotated[str, Form(max_length=MAX_NOTE_LENGTH)]


@routes.page("/archive", Role.REVIEWER)
def archive(request: Request) -> Response:
    """Show the stored articles that hold the words of a search, also those in no item."""
    number = request.query_params.get("q", "")
    words = searches_of(request).load(request_context(request).signed_in_user.id, number)
    return _archive_page(request, words, number)


@routes.page("/archive", Role.REVIEWER, "POST")
def search(request: Request, words: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Redirect to the results; no address holds the words."""
    words = words.strip()[:MAX_SEARCH_LENGTH]
    number = searches_of(request).save(request_context(request).signed_in_user.id, words) if words else ""
    return RedirectResponse(f"/archive?q={number}" if number else "/archive", 303)


@routes.page("/archive/{number}/add", Role.REVIEWER, "POST")
def add_stored(request: Request, number: Number, note: Note = "") -> Response:
    """Make a stored article an item."""
    home, by = home_of(request), request_context(request).signed_in_user.name
    try:
        new_item = Archive(home).add_article(number, by=by, note=note)
    except InputError:
        return _archive_page(request, "", "", 400, labels.TEXT_NOT_KEPT)
    return _to_item(request, new_item, note)


@routes.page("/add", Role.REVIEWER)
def form(request: Request) -> Response:
    return render(request, "add.html", url="", note="", wrong="")


@routes.page("/add", Role.REVIEWER, "POST")
def add(request: Request, url: Annotated[str, Form(max_length=4_000)] = "", note: Note = "") -> Response:
    """Put the article at an address into the queue, and show the state of its page until it is there."""
    archive, by = Archive(home_of(request)), request_context(request).signed_in_user.name
    try:
        result = archive.add_link(url, by=by, note=note)
    except InputError as error:
        wrong = labels.TEXT_NOT_KEPT if isinstance(error, TextNotKept) else labels.BAD_LINK
        return render(request, "add.html", 400, url=url, note=note, wrong=wrong)
    if isinstance(result, AddedItem):
        return _to_item(request, result, note)
    start_link_reader(home_of(request).settings)
    write_audit_line(request, Act.ADDED, detail=f"link {result.id}")
    return RedirectResponse(f"/added/{result.id}", 303)


@routes.page("/added/{number}", Role.REVIEWER)
def added_link(request: Request, number: Number) -> Response:
    """Show the state of an added link; redirect to its item as soon as there is one."""
    link, item = Archive(home_of(request)).link(number)
    if item is not None:
        return RedirectResponse(f"/items/{item.id}?article={link.article}&said=added", 303)
    return render(request, "added.html", link=link, advice=labels.LINK_ADVICE.get(link.outcome))


def _archive_page(request: Request, words: str, number: str, status: int = 200, wrong: str = "") -> Response:
    articles, unsearched = Archive(home_of(request)).search(words)
    # In the order of the dates that are printed.
    articles = sorted(articles, key=lambda one: one.article.published or one.article.first_seen, reverse=True)
    values = {"words": words, "articles": articles, "unsearched": unsearched, "wrong": wrong}
    return render(request, "archive.html", status, **values, search_expired=bool(number) and not words)


def _to_item(request: Request, result: AddedItem, note: str) -> Response:
    """Redirect to the item. If the article was there before, what was typed becomes a note on it."""
    item, by = result.item, request_context(request).signed_in_user.name
    if result.is_new:
        write_audit_line(request, Act.ADDED, subject=item.id)
    elif note.strip():
        review_of(request).write_note(item.id, note.strip(), by=by)
    note_key = "added" if result.is_new else "known"
    return RedirectResponse(f"/items/{item.id}?article={result.article}&said={note_key}", 303)
