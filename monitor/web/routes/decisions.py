"""Decisions on an item or one name in it, splits, and undoing them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.app.review import Review
from monitor.errors import InputError
from monitor.model import (
    CARD_ARTICLES,
    ROW_ARTICLES,
    Act,
    Decision,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    Role,
    StaleDecision,
    Verdict,
)
from monitor.model.items.history import effective
from monitor.web.audit import write_audit_line, write_audit_line_for_items
from monitor.web.forms.drafts import Draft
from monitor.web.queries import (
    claims_of,
    colleagues_of,
    decision_reference,
    drop_draft,
    filters_of,
    review_of,
)
from monitor.web.routes.item import AHEAD_HEADER, card_page, load_item
from monitor.web.security import Number, Routes, home_of, request_context

routes = Routes()
_ACT = re.compile(r"(relevant|not-relevant|unsure|later)(?::([\w-]{1,30}))?")


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """The value of a button on the card: a verdict with a reason or a number of days."""

    verdict: Verdict
    reason: Reason | None = None
    days: int | None = None

    @classmethod
    def from_button(cls, act: str) -> DecisionForm:
        """Return the meaning of a button's value, such as `not-relevant:common-word`. Raises a 400 for others."""
        match = _ACT.fullmatch(act)
        if not match:
            raise HTTPException(400)
        verdict, detail = Verdict(match[1]), match[2] or ""
        if verdict is Verdict.LATER:
            return cls(verdict, days=int(detail) if detail in {"1", "7", "30"} else 1)
        if detail and (verdict is not Verdict.NOT_RELEVANT or detail not in set(Reason)):
            raise HTTPException(400)
        return cls(verdict, Reason(detail) if detail else None)

    def until(self, now: datetime) -> datetime | None:
        return now + timedelta(days=self.days) if self.days else None


@routes.page("/items/{number}/decide", Role.REVIEWER, "POST")
def decide(  # noqa: PLR0917 - a form
    request: Request,
    number: Number,
    version: Annotated[Number, Form()],
    act: Annotated[str, Form(max_length=60)],
    entity: Annotated[Number | None, Form()] = None,
    colleague: Annotated[str, Form(max_length=100)] = "",
    next_page: Annotated[str, Form(max_length=10)] = "",
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Decide on the item, or one name in it, at this version. The same form sent twice is stored once."""
    if act == "note":
        return _write_note(request, number, version, text)
    home, context, form = home_of(request), request_context(request), DecisionForm.from_button(act)
    item, filters = load_item(request, number), filters_of(request)
    by, note, draft = context.signed_in_user.name, text.strip(), Draft(act, text)
    entity_id = _entity_id(request, item, entity) if entity is not None else None
    # A question may come from the command line or from an account closed since: its answer is then for anybody.
    may_be_asked = colleague and form.verdict is Verdict.UNSURE and colleague in colleagues_of(request)
    colleague = colleague if may_be_asked else ""
    if item.id != number:  # merged into another item meanwhile
        return card_page(request, item, 409, failed_action=act, draft=draft)
    # before the decision: after it the item may have left this list
    _, following_item, *_ = home.store.queue.neighbours(number, filters.queue_filter, home.clock())
    try:
        decided = Review(home).decide(
            number,
            form.verdict,
            by=by,
            entity=entity_id,
            reason=form.reason,
            note=note,
            until=form.until(home.clock()),
            colleague=colleague,
            version=version,
            page=CARD_ARTICLES,
        )
    except StaleDecision as stale:
        if stored := find_same_decision(stale.now.history, version, by, form, entity_id, note, colleague):
            return RedirectResponse(
                filters.link(f"/items/{following_item}" if following_item else "/queue", said=stored.id), 303
            )
        return card_page(request, stale.now, 409, failed_action=act, draft=draft)
    write_audit_line(request, Act.DECIDED, subject=number)
    claims_of(request).release(by)
    drop_draft(request)
    # a decision on one name often leaves the item open: then its card is shown again
    is_unfinished = entity_id is not None and decided.state == item.state
    next_item = number if is_unfinished else following_item
    if next_page == "list":
        return RedirectResponse(filters.link("/queue", at=next_item, said=decided.history[-1].id), 303)
    shown_article = request.query_params.get("article", "")[:9] if is_unfinished else ""
    path = f"/items/{next_item}" if next_item else "/queue"
    return _next_page(request, filters.link(path, article=shown_article, said=decided.history[-1].id), next_item)


def _next_page(request: Request, location: str, next_item: int | None) -> Response:
    """Return the redirect to a page, or an empty answer if the browser holds its card as it is now."""
    held_item, _, held_version = request.headers.get(AHEAD_HEADER, "").partition(":")
    if next_item is not None and held_item == str(next_item):
        item = review_of(request).current_items([next_item], ROW_ARTICLES).get(next_item)
        if item and item.id == next_item and held_version == str(item.version):
            # The receipt of the form keeps the location; htmx puts it into the address bar.
            return Response(headers={"Location": location, "HX-Push-Url": location}, media_type="text/html")
    return RedirectResponse(location, 303)


def _write_note(request: Request, number: int, version: int, text: str) -> Response:
    """Store a note and show the card again: it decides nothing."""
    by, item = request_context(request).signed_in_user.name, load_item(request, number)
    if item.id != number:
        return card_page(request, item, 409, failed_action="note", draft=Draft("note", text))
    if not text.strip():
        return RedirectResponse(filters_of(request).link(f"/items/{number}"), 303)
    try:
        review_of(request).write_note(number, text.strip(), by=by, version=version)
    except StaleDecision as stale:
        return card_page(request, stale.now, 409, failed_action="note", draft=Draft("note", text))
    write_audit_line(request, Act.DECIDED, subject=number, detail="note")
    drop_draft(request)
    return RedirectResponse(filters_of(request).link(f"/items/{number}", said="note"), 303)


@routes.page("/items/{number}/undo", Role.REVIEWER, "POST")
def undo(
    request: Request,
    number: Number,
    decision: Annotated[Number | None, Form()] = None,
    regrouping: Annotated[Number | None, Form()] = None,
) -> Response:
    """Undo one decision, merge or split. Undoing it again changes nothing."""
    home, item = home_of(request), load_item(request, number)
    by = request_context(request).signed_in_user.name
    next_path = f"/items/{number}"
    regroupings, _ = Review(home).regroupings(item)
    action: Decision | Regrouping | None = next((d for d in item.history if d.id == decision), None)
    action = action or next((r for r in regroupings if r.id == regrouping), None)
    if action is None:
        raise HTTPException(404)
    try:
        if isinstance(action, Regrouping):
            # to the item that has the articles again
            next_path = f"/items/{action.other if action.kind is Regroup.SPLIT else action.item}"
            if action in effective(regroupings):
                Review(home).undo_regrouping(action, by=by)
                write_audit_line(request, Act.UNDID, subject=action.item)
        else:
            # A step of many concerns more than this item: back to the list.
            next_path = "/queue" if action.batch else next_path
            if action in effective(item.history):
                undone = Review(home).undo(by=by, item=number, decision=decision)
                write_audit_line_for_items(request, Act.UNDID, [d.id for d in undone])
    except (StaleDecision, InputError):
        return card_page(request, load_item(request, number), 409, failed_action="undo")
    return RedirectResponse(filters_of(request).link(next_path, said="undone"), 303)


@routes.page("/items/{number}/split", Role.REVIEWER, "POST")
def split(
    request: Request,
    number: Number,
    version: Annotated[Number, Form()],
    article: Annotated[list[Number] | None, Form()] = None,
) -> Response:
    """Split articles off into an item of their own. The same form sent twice does it once."""
    home, item = home_of(request), load_item(request, number)
    by = request_context(request).signed_in_user.name
    chosen = set(article or [])
    if item.id != number:  # merged into another item meanwhile
        return card_page(request, item, 409, failed_action="split")
    try:
        split_off = Review(home).split(number, chosen, by=by, version=version)
        write_audit_line_for_items(request, Act.SPLIT, [number, split_off.id])
        regrouping = split_off.regroupings[-1]
    except InputError:
        return card_page(request, item, 400, failed_action="none")
    except StaleDecision as stale:
        # the same form sent twice: this user has split off these articles already
        regroupings, _ = Review(home).regroupings(stale.now)
        earlier_splits = [r for r in effective(regroupings) if (r.kind, r.other, r.by) == (Regroup.SPLIT, number, by)]
        if not earlier_splits or not chosen or not chosen <= {*earlier_splits[-1].articles}:
            return card_page(request, load_item(request, number), 409, failed_action="split")
        regrouping = earlier_splits[-1]
    return RedirectResponse(filters_of(request).link(f"/items/{number}", said=decision_reference(regrouping)), 303)


def _entity_id(request: Request, item: ReviewItem, number: int) -> str:
    """Return the id of the item's entity with this number. Raises a 404 if the item, as the user sees it, has none."""
    numbers = home_of(request).store.cards.entity_numbers()
    for hit in item.hits:
        if numbers[hit.entity] == number:
            return hit.entity
    raise HTTPException(404)


def find_same_decision(  # noqa: PLR0917 - a form
    history: Sequence[Decision],
    version: int,
    by: str,
    form: DecisionForm,
    entity: str | None,
    note: str,
    colleague: str,
) -> Decision | None:
    """Return the effective decision that this form has stored already: it may be sent twice."""
    # With its words: another question to another colleague on the same old card is not stored yet.
    signature = (version, by, form.verdict, form.reason, entity, note, colleague)
    for d in effective(history):
        if (d.version, d.by, d.verdict, d.reason, d.entity, d.note, d.colleague) == signature:
            return d
    return None
