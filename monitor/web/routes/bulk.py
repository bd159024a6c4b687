"""Decisions on many items and merges: the chosen items are shown for confirmation, then changed in one step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.app.review import Review
from monitor.errors import NotFound
from monitor.model import ROW_ARTICLES, Act, ReviewItem, Role, StaleDecision
from monitor.web.audit import write_audit_line_for_items
from monitor.web.filters import Filters
from monitor.web.forms.drafts import MAX_BULK_ITEMS, MAX_CHOICE_LENGTH
from monitor.web.queries import (
    claims_of,
    decision_reference,
    drop_draft,
    filters_of,
    load_items,
    review_of,
    undo_bar_values,
)
from monitor.web.render import links_of, render
from monitor.web.routes.decisions import DecisionForm, find_same_decision
from monitor.web.security import Number, Routes, home_of, request_context

routes = Routes()
SAMPLE_SIZE = 12  # items shown on the confirmation page
_CHOSEN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


@routes.page("/queue/together", Role.REVIEWER, "POST")
def confirm_together(  # noqa: PLR0917 - a form
    request: Request,
    pick: Annotated[list[str] | None, Form()] = None,
    every: Annotated[str, Form(max_length=1)] = "",
    merging: Annotated[str, Form(max_length=1)] = "",
    also: Annotated[Number | None, Form()] = None,
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Show the chosen items for confirmation: their number and a sample. It changes nothing.

    The form on the page holds each item's number and version, so later arrivals are not part of the choice.
    """
    filters = filters_of(request)
    if every:
        return _confirmation_page(
            request, items=load_items(request, Filters(filters.queue_filter), MAX_BULK_ITEMS, ROW_ARTICLES), every=True
        )
    chosen = _parse_chosen(pick or [])
    # a number typed on the "same story" form has no version: the current one is taken
    if also is not None and (also_item := review_of(request).current_items([also], ROW_ARTICLES).get(also)):
        chosen[also_item.id] = also_item.version
    loaded = review_of(request).current_items(list(chosen), ROW_ARTICLES)
    # An item with another number took in the chosen one meanwhile.
    unchanged = {number: i for number, i in loaded.items() if (i.id, i.version) == (number, chosen[number])}
    changed = {i.id: i for i in loaded.values() if i.id not in unchanged}
    return _confirmation_page(
        request, items=list(unchanged.values()), changed=list(changed.values()), merging=bool(merging), note=text
    )


@routes.page("/queue/together/decide", Role.REVIEWER, "POST")
def decide_together(
    request: Request,
    pairs: Annotated[str, Form(max_length=MAX_CHOICE_LENGTH, alias="seen")],
    act: Annotated[str, Form(max_length=60)],
    text: Annotated[str, Form(max_length=2_000, alias="note")] = "",
) -> Response:
    """Decide on many items in one step. Items that changed since the page was shown are skipped and listed."""
    home, context, form = home_of(request), request_context(request), DecisionForm.from_button(act)
    chosen, by, note = _parse_chosen(pairs.split()), context.signed_in_user.name, text.strip()
    loaded = review_of(request).current_items(list(chosen), ROW_ARTICLES)
    saved, stale = Review(home).decide_many(
        {number: chosen[number] for number in loaded},
        form.verdict,
        by=by,
        reason=form.reason,
        note=note,
        until=form.until(home.clock()),
    )
    write_audit_line_for_items(request, Act.DECIDED, [item.id for item in saved])
    drop_draft(request)
    # decisions that this form has stored already are no conflict: it was sent twice
    undecided = [
        item
        for number, item in stale.items()
        if not find_same_decision(item.history, chosen[number], by, form, None, note, "")
    ]
    decided = {item.id for item in saved}
    changed = {item.id: item for item in undecided if item.id not in decided}
    if changed:
        return _confirmation_page(
            request, 409, decided_count=len(loaded) - len(undecided), changed=list(changed.values())
        )
    last_decision = max((item.history[-1].id for item in saved), default="")
    return RedirectResponse(filters_of(request).link("/queue", said=last_decision), 303)


@routes.page("/queue/together/merge", Role.REVIEWER, "POST")
def merge_together(
    request: Request, pairs: Annotated[str, Form(max_length=MAX_CHOICE_LENGTH, alias="seen")]
) -> Response:
    """Merge the items into the one with the lowest number. If any has changed, merge nothing and show them all.

    Items that are one already were merged by the same form sent twice, or by somebody else: that counts as success.
    """
    home, chosen = home_of(request), _parse_chosen(pairs.split())
    loaded = review_of(request).current_items(list(chosen), ROW_ARTICLES)
    if len(chosen) < 2 or len(loaded) < len(chosen):
        raise HTTPException(404)
    try:
        merged = Review(home).merge(
            *sorted(chosen), by=request_context(request).signed_in_user.name, seen_versions=chosen
        )
        write_audit_line_for_items(request, Act.MERGED, sorted(chosen))
    except (StaleDecision, NotFound):
        loaded = review_of(request).current_items(list(chosen), ROW_ARTICLES)
        current = {item.id: item for item in loaded.values()}
        changed = {i.id: i for number, i in loaded.items() if (i.id, i.version) != (number, chosen[number])}
        if len(current) != 1:
            return _confirmation_page(request, 409, list(current.values()), list(changed.values()), 0, merging=True)
        (merged,) = current.values()
    return RedirectResponse(
        filters_of(request).link(f"/items/{merged.id}", said=decision_reference(merged.regroupings[-1])), 303
    )


def _confirmation_page(
    request: Request,
    status: int = 200,
    items: Sequence[ReviewItem] = (),
    changed: Sequence[ReviewItem] = (),
    decided_count: int | None = None,
    *,
    every: bool = False,
    merging: bool = False,
    note: str = "",
) -> Response:
    """Return the confirmation page.

    `changed` are items that somebody else has changed meanwhile. `decided_count` is the number of items decided just
    now, or None before the decision.
    """
    name_of = links_of(request).name_of
    name_counts = Counter((name_of(hit), hit.type.value) for item in items for hit in item.hits)
    return render(
        request,
        "together.html",
        status,
        items=items,
        merging=merging,
        note=note,
        # every n-th item, so that the sample covers the whole list
        sample=items if merging else items[:: -(-len(items) // SAMPLE_SIZE) or 1],
        name_counts=name_counts.most_common(),
        changed=changed,
        decided_count=decided_count,
        is_truncated=every and len(items) == MAX_BULK_ITEMS,
        filters=filters_of(request),
        viewers=claims_of(request).viewed_by_others(
            request_context(request).signed_in_user.name, home_of(request).clock()
        ),
        **undo_bar_values(request),
    )


def _parse_chosen(pairs: Sequence[str]) -> dict[int, int]:
    """Return versions by item number from `number:version` pairs. Raises a 400 for others and for too many."""
    matches = [_CHOSEN.fullmatch(pair) for pair in pairs]
    if len(matches) > MAX_BULK_ITEMS or not all(matches):
        raise HTTPException(400)
    return {int(match[1]): int(match[2]) for match in matches if match}
