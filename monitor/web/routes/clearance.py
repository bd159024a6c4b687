"""Who is cleared for the closed watch: a page of that watch, so only they see who they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import Response

from monitor.app.closed.closed_home import change_clearance
from monitor.model import Role
from monitor.web.render import render
from monitor.web.security import Number, Routes, home_of, redirect, request_context

routes = Routes()


@routes.page("/cleared", Role.ADMIN)
def cleared(request: Request) -> Response:
    users = [user for user in home_of(request).people.everyone() if user.closed is None]
    return render(request, "cleared.html", people=users)


@routes.page("/cleared/{number}", Role.ADMIN, "POST")
def change(request: Request, number: Number, cleared: Annotated[bool, Form()] = False) -> Response:
    """Clear another account for the closed watch, or end that."""
    context = request_context(request)
    me = context.signed_in_user
    user = home_of(request).people.get(number)
    # Somebody else gives and takes it. So one account is always left: the one that takes it.
    if user.id == me.id or user.closed:
        raise HTTPException(400)
    change_clearance(context.home, user, cleared=cleared, by=me)
    return redirect(request, "/cleared?said=saved")
