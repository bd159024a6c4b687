"""Signing in and out, one's own account, and who else may come in."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.app import App
from monitor.errors import InputError
from monitor.i18n import LANGUAGES, labels
from monitor.model import Act, AuditLine, Role, Token, User
from monitor.web import auth
from monitor.web.drafts import LONGEST_CHOICE, LONGEST_NOTE, Draft, Drafts
from monitor.web.render import render
from monitor.web.security import Number, Routes, base, is_own_path, monitor, token_hash, visitor

routes = Routes()
Text = Annotated[str, Form(max_length=200)]
NAME_LENGTH = 60


def note(request: Request, act: Act, about: int | None = None, detail: str = "", by: User | None = None) -> None:
    app = monitor(request)
    person = by or visitor(request).person
    app.store.people.note(AuditLine(app.clock(), person.id, act, about, detail))


# ---- coming in ------------------------------------------------------------------------------------------------------


@routes.page("/sign-in", None)
def sign_in_form(request: Request) -> Response:
    empty = not monitor(request).store.people.everyone()
    wanted = request.query_params.get("next", "")
    return _sign_in_page(request, name="", wrong="", empty=empty, next=wanted, draft=Draft())


@routes.page("/sign-in", None, "POST")
def sign_in(  # noqa: PLR0917 - a form
    request: Request,
    name: Text = "",
    password: Text = "",
    next: Annotated[str, Form(max_length=2_000)] = "",  # noqa: A002
    act: Text = "",
    text: Annotated[str, Form(max_length=LONGEST_NOTE, alias="note")] = "",
    author: Text = "",
    seen: Annotated[str, Form(max_length=LONGEST_CHOICE)] = "",
) -> Response:
    """Begin a session. A decision that came after the last one had ended is kept for the same person's card."""
    app, who = monitor(request), visitor(request)
    throttle: auth.Throttle = request.app.state.throttle
    now, person = app.clock(), app.store.people.named(name)
    draft = Draft.of_form(next, {"act": act, "note": text, "author": author, "seen": seen})
    known = auth.is_known_browser(request, person, who)
    account = str(person.id) if person else name.casefold()[:NAME_LENGTH]
    if wait := throttle.wait(account, who.address, now, known_browser=known):
        raise HTTPException(429, headers={"Retry-After": str(int(wait.total_seconds()) + 1)})
    answer = RedirectResponse(next if is_own_path(next) else "/", 303)
    right = auth.is_password(password, person, known_browser=known)
    if person is None or not (right and auth.sign_in(app, person, request, answer, who)):
        throttle.failed(account, who.address, now, known_browser=known)
        # also for nobody: what is written takes time, and would tell which names there are
        app.store.people.note(AuditLine(now, person.id if person else None, Act.REFUSED))
        wrong = labels.WRONG_PASSWORD
        return _sign_in_page(request, 401, name=name, wrong=wrong, empty=False, next=next, draft=draft)
    throttle.succeeded(account, who.address, known_browser=known)
    drafts: Drafts = request.app.state.drafts
    drafts.keep(person.id, next, draft, now)
    note(request, Act.SIGNED_IN, by=person)
    return answer


def _sign_in_page(request: Request, status: int = 200, **values: object) -> Response:
    return render(request, "sign-in.html", status, session_ended=False, **values)


@routes.page("/sign-out", Role.READER, "POST")
def sign_out(request: Request) -> Response:
    session = visitor(request).session
    assert session is not None
    monitor(request).store.people.end_sessions(session.person.id, only=session.id)
    note(request, Act.SIGNED_OUT)
    answer = RedirectResponse("/sign-in", 303)
    auth.sign_out(answer, visitor(request))
    return answer


@routes.page("/join/{token}", None)
def join_form(request: Request, token: str) -> Response:
    return _join_page(request, token, name="")


@routes.page("/join/{token}", None, "POST")
def join(request: Request, token: str, name: Text = "", password: Text = "") -> Response:
    app, now = monitor(request), monitor(request).clock()
    invitation = app.store.people.invitation(token_hash(token), now)
    if invitation is None:
        return _join_page(request, token, name)
    known = _known(app, invitation.person) if invitation.person else None
    name = known.name if known else " ".join(name.split())
    try:
        if not 0 < len(name) <= NAME_LENGTH or not any(c.isalnum() for c in name):
            raise InputError(labels.BAD_NAME)
        secret = auth.hashed(password, name)
        new = known or User(name, invitation.role, now, language=visitor(request).language)
        person = app.store.people.accept(token_hash(token), replace(new, password=secret), now)
    except InputError as error:
        return _join_page(request, token, name, str(error))
    if person is None:
        return _join_page(request, token, name)
    app.store.people.end_sessions(person.id)
    answer = RedirectResponse("/", 303)
    auth.sign_in(app, person, request, answer, visitor(request))
    note(request, Act.JOINED, by=person)
    return answer


def _join_page(request: Request, token: str, name: str, wrong: str = "") -> Response:
    app = monitor(request)
    invitation = app.store.people.invitation(token_hash(token), app.clock())
    if invitation is None:
        return render(request, "join.html", 404, invitation=None, known=None, name=name, wrong="")
    known = _known(app, invitation.person) if invitation.person else None
    status = 400 if wrong else 200
    return render(request, "join.html", status, invitation=invitation, known=known, name=name, wrong=wrong)


def _known(app: App, person: int) -> User:
    for known in app.store.people.everyone():
        if known.id == person:
            return known
    raise HTTPException(404)


# ---- one's own account ----------------------------------------------------------------------------------------------


@routes.page("/account", Role.READER)
def account(request: Request) -> Response:
    return _account_page(request)


@routes.page("/account", Role.READER, "POST")
def change_account(request: Request, language: Text = "", shortcuts: Text = "") -> Response:
    if language not in LANGUAGES:
        raise HTTPException(400)
    me = visitor(request).person
    _save_own(request, replace(me, language=language, shortcuts=bool(shortcuts)), "language", "shortcuts")
    return RedirectResponse("/account?said=saved", 303)


@routes.page("/account/password", Role.READER, "POST")
def change_password(request: Request, old: Text = "", new: Text = "") -> Response:
    app, me, slow = monitor(request), visitor(request).person, request.app.state.slowdown
    key = f"{me.id}|own"
    if slow.wait(key, app.clock()):
        raise HTTPException(429)
    if not auth.is_password(old, me):
        slow.failed(key, app.clock())
        return _account_page(request, labels.WRONG_OLD_PASSWORD)
    try:
        secret = auth.hashed(new, me.name)
    except InputError as error:
        return _account_page(request, str(error))
    person = _save_own(request, replace(me, password=secret), "password")
    app.store.people.end_sessions(me.id)
    note(request, Act.PASSWORD)
    answer = RedirectResponse("/account", 303)
    auth.sign_in(app, person, request, answer, visitor(request))
    return answer


def _save_own(request: Request, me: User, *what: str) -> User:
    """Raises a 403 when an administrator has changed meanwhile what one may do."""
    saved = monitor(request).store.people.save_own(me, *what)
    if saved is None:
        raise HTTPException(403)
    return saved


@routes.page("/account/sessions", Role.READER, "POST")
def end_sessions(request: Request, session: Annotated[Number | None, Form()] = None) -> Response:
    """One of one's own, or all but this one."""
    own = visitor(request).session
    assert own is not None
    people = monitor(request).store.people
    if session is None:
        people.end_sessions(own.person.id, besides=own.id)
    else:
        people.end_sessions(own.person.id, only=session)
    note(request, Act.SIGNED_OUT)
    return RedirectResponse("/account", 303)


@routes.page("/account/tokens", Role.READER, "POST")
def make_token(request: Request, label: Text = "") -> Response:
    """It is shown once, and only here: what is stored is its hash."""
    app, me = monitor(request), visitor(request).person
    token = secrets.token_urlsafe(32)
    label = " ".join(label.split())[:NAME_LENGTH]
    app.store.people.give_token(token_hash(token), Token(me, label, app.clock()))
    note(request, Act.TOKEN_MADE)
    return _account_page(request, token=token)


@routes.page("/account/tokens/end", Role.READER, "POST")
def end_token(request: Request, token: Annotated[Number, Form()]) -> Response:
    if monitor(request).store.people.end_token(visitor(request).person.id, token):
        note(request, Act.TOKEN_ENDED)
    return RedirectResponse("/account", 303)


def _account_page(request: Request, wrong: str = "", token: str = "") -> Response:
    own = visitor(request).session
    assert own is not None
    people = monitor(request).store.people
    # a password in front of the host's name stands in no request line: the reader sends it in a header
    feed = f"{base(request)}/queue.atom".replace("://", f"://token:{token}@", 1) if token else ""
    return render(
        request,
        "account.html",
        400 if wrong else 200,
        sessions=people.sessions(own.person.id),
        tokens=people.tokens(own.person.id),
        own=own,
        wrong=wrong,
        token=token,
        feed=feed,
        saved=request.query_params.get("said") == "saved",
    )


# ---- who else may come in -------------------------------------------------------------------------------------------


@routes.page("/people", Role.ADMIN)
def people(request: Request) -> Response:
    return _people_page(request)


@routes.page("/people/invite", Role.ADMIN, "POST")
def invite(
    request: Request, role: Annotated[Role, Form()], person: Annotated[Number | None, Form()] = None
) -> Response:
    """The link is shown once, and only here: what is stored is its hash."""
    app = monitor(request)
    known = _known(app, person) if person else None
    path = auth.invite(app, known.role if known else role, known, timedelta(days=1) if known else auth.INVITED_FOR)
    note(request, Act.INVITED, about=person, detail=role.value)
    return _people_page(request, link=base(request) + quote(path), invited=known)


@routes.page("/people/{number}", Role.ADMIN, "POST")
def change_person(request: Request, number: Number, role: Annotated[Role, Form()], closed: Text = "") -> Response:
    """A change of what somebody may do ends their sessions."""
    app, me = monitor(request), visitor(request).person
    person = _known(app, number)
    if person.id == me.id:  # else the last one could lock everybody out
        raise HTTPException(400)
    app.store.people.save(replace(person, role=role, closed=(person.closed or app.clock()) if closed else None))
    app.store.people.end_sessions(person.id)
    note(request, Act.CHANGED_PERSON, about=person.id, detail="closed" if closed else role.value)
    return RedirectResponse("/people?said=saved", 303)


def _people_page(request: Request, link: str = "", invited: User | None = None) -> Response:
    store = monitor(request).store.people
    listed = [(person, store.sessions(person.id)) for person in store.everyone()]
    saved = request.query_params.get("said") == "saved"
    return render(request, "people.html", people=listed, link=link, invited=invited, roles=tuple(Role), saved=saved)
