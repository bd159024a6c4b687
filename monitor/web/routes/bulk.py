"""Many items at once: what is chosen is shown once more, then judged, or made one item, in one step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import NotFound, StaleDecision
from monitor.model import Act, ReviewItem, Role
from monitor.review.visibility import redacted_for
from monitor.web.drafts import AT_ONCE, LONGEST_CHOICE
from monitor.web.filters import Filters
from monitor.web.item_view import in_latin
from monitor.web.queries import claims_of, drafts_of, filters_of, last_said, note_all, number_of, read_page
from monitor.web.render import render
from monitor.web.routes.decisions import DecisionForm, said_already
from monitor.web.routes.item import came_with
from monitor.web.security import Number, Routes, monitor, visitor

routes = Routes()
A_SAMPLE = 12  # of them that is shown
_CHOSEN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


@routes.page("/queue/together", Role.REVIEWER, "POST")
def together(  # noqa: PLR0917 - a form
    request: Request,
    pick: Annotated[list[str] | None, Form()] = None,
    every: Annotated[str, Form(max_length=1)] = "",
    merging: Annotated[str, Form(max_length=1)] = "",
    also: Annotated[Number | None, Form()] = None,
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """What is about to be judged, or made one item, in one step, counted and with a sample; it changes nothing.

    What is chosen stays as it is now: the form that follows holds each item's number and version.
    """
    filters = filters_of(request)
    if every:
        return _together_page(request, items=read_page(request, Filters(filters.sought), AT_ONCE), every=True)
    chosen = _chosen(pick or [])
    if also is not None and (other := _held(request, [also]).get(also)):
        chosen[other.id] = other.version
    held = _held(request, list(chosen))
    same = {number: i for number, i in held.items() if (i.id, i.version) == (number, chosen[number])}
    moved = {i.id: i for i in held.values() if i.id not in same}
    return _together_page(
        request, items=list(same.values()), moved=list(moved.values()), merging=bool(merging), text=text
    )


@routes.page("/queue/together/decide", Role.REVIEWER, "POST")
def decide_together(
    request: Request,
    seen: Annotated[str, Form(max_length=LONGEST_CHOICE)],
    act: Annotated[str, Form(max_length=60)],
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Judge many in one step, each as it was at its version; those that moved are left alone, and shown."""
    app, who, said = monitor(request), visitor(request), DecisionForm.of(act)
    chosen, by = _chosen(seen.split()), who.person.name
    known = _held(request, list(chosen))
    saved, stale = app.decide_many(
        {number: chosen[number] for number in known},
        said.verdict,
        by=by,
        reason=said.reason,
        note=text.strip(),
        until=said.until(app.clock()),
        unseen=list(who.unseen.values()),
    )
    note_all(request, Act.DECIDED, [item.id for item in saved])
    drafts_of(request).drop(who.person.id)
    left = [item.id for item in stale if not said_already(item.history, chosen[item.id], by, said, None)]
    judged = {item.id for item in saved}
    moved = {item.id: item for item in _held(request, left).values() if item.id not in judged}
    if moved:
        return _together_page(request, 409, done=len(known) - len(left), moved=list(moved.values()))
    last = max((item.history[-1].id for item in saved), default="")
    return RedirectResponse(filters_of(request).link("/queue", said=last), 303)


@routes.page("/queue/together/merge", Role.REVIEWER, "POST")
def merge_together(request: Request, seen: Annotated[str, Form(max_length=LONGEST_CHOICE)]) -> Response:
    """Make one item of several, under the lowest number; where any of them moved, nothing is merged and all is shown.

    What is one item by now, by whomever, was a form sent twice, or somebody who was quicker.
    """
    app, chosen = monitor(request), _chosen(seen.split())
    known = _held(request, list(chosen))
    if len(chosen) < 2 or len(known) < len(chosen):
        raise HTTPException(404)
    try:
        merged = app.merge(*sorted(chosen), by=visitor(request).person.name, seen=chosen)
        note_all(request, Act.MERGED, sorted(chosen))
    except (StaleDecision, NotFound):
        known = _held(request, list(chosen))
        now = {item.id: item for item in known.values()}
        moved = {i.id: i for number, i in known.items() if (i.id, i.version) != (number, chosen[number])}
        if len(now) != 1:
            return _together_page(request, 409, list(now.values()), list(moved.values()), 0, merging=True)
        (merged,) = now.values()
    return RedirectResponse(
        filters_of(request).link(f"/items/{merged.id}", said=number_of(merged.regroupings[-1])), 303
    )


def _together_page(
    request: Request,
    status: int = 200,
    items: Sequence[ReviewItem] = (),
    moved: Sequence[ReviewItem] = (),
    done: int | None = None,
    *,
    every: bool = False,
    merging: bool = False,
    text: str = "",
) -> Response:
    """`moved`: what somebody else has judged meanwhile. `done`: how many were judged just now; none: nothing yet."""
    named = Counter((hit.name, hit.type.value) for item in items for hit in item.hits)
    return render(
        request,
        "together.html",
        status,
        items=items,
        merging=merging,
        note=text,
        sample=items if merging else items[:: -(-len(items) // A_SAMPLE) or 1],
        named=named.most_common(),
        moved=moved,
        done=done,
        full=every and len(items) == AT_ONCE,
        filters=filters_of(request),
        in_latin=in_latin,
        looking=claims_of(request).by_others(visitor(request).person.name, monitor(request).clock()),
        **last_said(request),
    )


def _held(request: Request, numbers: Sequence[int]) -> dict[int, ReviewItem]:
    """These items as the visitor may know them, and for one that was merged meanwhile what it is part of."""
    unseen = visitor(request).unseen.values()
    held = monitor(request).held(numbers).items()
    known = {number: seen for number, item in held if (seen := redacted_for(item, unseen))}
    return {n: i for n, i in known.items() if not unseen or n == i.id or came_with(request, n, i)}


def _chosen(pairs: Sequence[str]) -> dict[int, int]:
    """Number -> version, of `number:version` as forms send it."""
    found = [_CHOSEN.fullmatch(pair) for pair in pairs]
    if len(found) > AT_ONCE or not all(found):
        raise HTTPException(400)
    return {int(match[1]): int(match[2]) for match in found if match}
