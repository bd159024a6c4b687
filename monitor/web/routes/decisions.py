"""Judging an item, or one name in it, and taking that back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import InputError, StaleDecision
from monitor.model import Act, Decision, Reason, Regroup, Regrouping, ReviewItem, Role, Verdict
from monitor.review.decisions import effective
from monitor.review.visibility import redacted_for
from monitor.web.drafts import Draft
from monitor.web.queries import asked_of, claims_of, drafts_of, filters_of, note_all, number_of
from monitor.web.routes.accounts import note
from monitor.web.routes.item import card_page, moves_of, seen_item
from monitor.web.security import Number, Routes, monitor, visitor

routes = Routes()
_ACT = re.compile(r"(relevant|not-relevant|unsure|later)(?::([\w-]{1,30}))?")


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What a button of the card means: a verdict, and a reason or a number of days."""

    verdict: Verdict
    reason: Reason | None = None
    days: int | None = None

    @classmethod
    def of(cls, act: str) -> DecisionForm:
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
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Judge the item, or one name in it, as it was at this version; the same form sent twice says it once."""
    app, who, said = monitor(request), visitor(request), DecisionForm.of(act)
    item, filters = seen_item(request, number), filters_of(request)
    by, draft = who.person.name, Draft(act, text)
    about = _entity(request, item, entity) if entity is not None else None
    if item.id != number:
        return card_page(request, item, 409, tried=act, draft=draft)
    after = app.store.desk.after(number, *asked_of(request, filters))
    try:
        decided = app.decide(
            number,
            said.verdict,
            by=by,
            entity=about,
            reason=said.reason,
            note=text.strip(),
            until=said.until(app.clock()),
            version=version,
            unseen=list(who.unseen.values()),
        )
    except StaleDecision as stale:
        if stored := said_already(stale.now.history, version, by, said, about):
            return RedirectResponse(filters.link(f"/items/{after}" if after else "/queue", said=stored.id), 303)
        now = redacted_for(stale.now, who.unseen.values())
        if now is None:
            raise HTTPException(404) from None
        return card_page(request, now, 409, tried=act, draft=draft)
    note(request, Act.DECIDED, about=number)
    claims_of(request).release(by)
    drafts_of(request).drop(who.person.id)
    seen = redacted_for(decided, who.unseen.values())
    still_here = about is not None and seen is not None and seen.state == item.state
    here = number if still_here else after
    return RedirectResponse(filters.link(f"/items/{here}" if here else "/queue", said=decided.history[-1].id), 303)


@routes.page("/items/{number}/undo", Role.REVIEWER, "POST")
def undo(
    request: Request,
    number: Number,
    decision: Annotated[Number | None, Form()] = None,
    regrouping: Annotated[Number | None, Form()] = None,
) -> Response:
    """Take one decision, merge or split back; one that was taken back already stays so."""
    app, who, item = monitor(request), visitor(request), seen_item(request, number)
    by, unseen, here = who.person.name, list(who.unseen.values()), f"/items/{number}"
    moves, _ = moves_of(request, item)
    said: Decision | Regrouping | None = next((d for d in item.history if d.id == decision), None)
    said = said or next((r for r in moves if r.id == regrouping), None)
    if said is None:
        raise HTTPException(404)
    try:
        if isinstance(said, Regrouping):
            here = f"/items/{said.other if said.kind is Regroup.SPLIT else said.item}"
            if said in effective(moves):
                app.put_back(said, by=by, unseen=unseen)
                note(request, Act.UNDID, about=said.item)
        else:
            here = "/queue" if said.batch else here
            if said in effective(item.history):
                undone = app.undo(by=by, item=number, decision=decision, unseen=unseen)
                note_all(request, Act.UNDID, [each.id for each in undone])
    except (StaleDecision, InputError):
        return card_page(request, seen_item(request, number), 409, tried="undo")
    return RedirectResponse(filters_of(request).link(here, said="undone"), 303)


@routes.page("/items/{number}/split", Role.REVIEWER, "POST")
def split(
    request: Request,
    number: Number,
    version: Annotated[Number, Form()],
    article: Annotated[list[Number] | None, Form()] = None,
) -> Response:
    """Put the articles that tell another story into an item of their own; the same form sent twice does it once."""
    app, who, item = monitor(request), visitor(request), seen_item(request, number)
    by, unseen, chosen = who.person.name, list(who.unseen.values()), set(article or [])
    if item.id != number:
        return card_page(request, item, 409, tried="split")
    try:
        parted = app.split(number, chosen, by=by, version=version, unseen=unseen)
        note_all(request, Act.SPLIT, [number, parted.id])
        said = parted.regroupings[-1]
    except InputError:
        return card_page(request, item, 400, tried="none")
    except StaleDecision as stale:
        own = [r for r in effective(stale.now.regroupings) if (r.kind, r.other, r.by) == (Regroup.SPLIT, number, by)]
        if not own or not chosen or not chosen <= {*own[-1].articles}:
            return card_page(request, seen_item(request, number), 409, tried="split")
        said = own[-1]
    return RedirectResponse(filters_of(request).link(f"/items/{number}", said=number_of(said)), 303)


def _entity(request: Request, item: ReviewItem, number: int) -> str:
    numbers = monitor(request).store.watchlists.numbers()
    for hit in item.hits:
        if numbers[hit.entity] == number:
            return hit.entity
    raise HTTPException(404)


def said_already(
    history: Sequence[Decision], version: int, by: str, said: DecisionForm, entity: str | None
) -> Decision | None:
    """Return this very decision if it stands: after a double click, or when a form is sent again."""
    same = (version, by, said.verdict, said.reason, entity)
    standing = effective(history)
    return next((d for d in standing if (d.version, d.by, d.verdict, d.reason, d.entity) == same), None)
