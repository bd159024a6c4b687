"""The names that are proposed: one key watches, one key never proposes again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from monitor.app.names.proposals import closed_names, proposals
from monitor.errors import EditConflict, InputError
from monitor.i18n import labels
from monitor.model import ROW_ARTICLES, Act, Entity, Role
from monitor.text.lead import lead_article
from monitor.web.audit import write_audit_line
from monitor.web.render import render
from monitor.web.routes.editing.name_edit import problems_of, save_change
from monitor.web.security import Routes, home_of, names_of, redirect, request_context

routes = Routes()
MAX_NAME = 300


@routes.page("/names/proposed", Role.OPERATOR)
def proposed(request: Request) -> Response:
    return _page(request)


@routes.page("/names/proposed", Role.OPERATOR, "POST")
def decide(
    request: Request,
    act: Annotated[str, Form()],
    name: Annotated[str, Form(min_length=1, max_length=MAX_NAME)],
) -> Response:
    """Watch a name that is proposed now, or never propose it again; or take back that it is refused."""
    home, by = home_of(request), request_context(request).signed_in_user.name
    proposal = next((one for one in proposals(home) if one.name == name), None) if act in {"watch", "never"} else None
    if act in {"watch", "never"} and proposal is None:
        return _page(request, [labels.LIST_CHANGED], 409)
    if act == "watch" and proposal:
        try:
            save_change(request, names_of(request).added([Entity("", name, proposal.type)]))
        except (EditConflict, InputError) as error:
            return _page(request, problems_of(error, names_of(request)), 409)
    elif act == "never":
        home.store.press.refuse_name(name, by, home.clock())
        write_audit_line(request, Act.CHANGED_LIST, detail="proposals")
    elif act == "undo":
        home.store.press.allow_name(name)
        write_audit_line(request, Act.CHANGED_LIST, detail="proposals")
    return redirect(request, f"/names/proposed?said={act if act in {'watch', 'never', 'undo'} else ''}")


def _page(request: Request, problems: object = (), status: int = 200) -> Response:
    context = request_context(request)
    listed = proposals(context.home)
    stories = context.home.open_watch.store.cards.items([*{n for one in listed for n in one.items}], ROW_ARTICLES)
    return render(
        request,
        "proposed.html",
        status,
        proposals=listed,
        leads={item.id: lead_article(item, context.language) for item in stories},
        # Only who is cleared reads that a name is watched already.
        closed=closed_names(context.closed, listed) if context.closed else frozenset(),
        refused=context.home.store.press.refused_names(),
        problems=problems,
        said=request.query_params.get("said", ""),
    )
