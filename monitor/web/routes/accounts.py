"""Signing in and out, the user's own account, and the administrator's list of users."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, HTTPException, Request
from starlette.background import BackgroundTask
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import RedirectResponse, Response

from monitor.app.closed.closed_home import record_loss
from monitor.app.recipients_file import RecipientsFile, recipients_of_account
from monitor.errors import InputError
from monitor.home import Home
from monitor.i18n import LANGUAGES, labels
from monitor.model import Act, AuditLine, Role, Token, User
from monitor.text.normalize import fold
from monitor.web import auth
from monitor.web.audit import write_audit_line
from monitor.web.forms.drafts import MAX_CHOICE_LENGTH, MAX_KEPT_BYTES, MAX_NOTE_LENGTH, Draft, Drafts
from monitor.web.render import render
from monitor.web.security import Number, Routes, base_url_of, home_of, is_own_path, request_context, token_hash

routes = Routes()
Text = Annotated[str, Form(max_length=200)]


# ---- sign-in --------------------------------------------------------------------------------------------------------


@routes.page("/sign-in", None)
def sign_in_form(request: Request) -> Response:
    has_no_accounts = not home_of(request).people.everyone()
    next_path = request.query_params.get("next", "")
    return _sign_in_page(request, name="", wrong="", empty=has_no_accounts, next=next_path, draft=Draft())


@routes.page("/sign-in", None, "POST")
def sign_in(  # noqa: PLR0917 - a form
    request: Request,
    name: Text = "",
    password: Text = "",
    next: Annotated[str, Form(max_length=2_000)] = "",  # noqa: A002
    act: Text = "",
    text: Annotated[str, Form(max_length=MAX_NOTE_LENGTH, alias="note")] = "",
    author: Text = "",
    chosen: Annotated[str, Form(max_length=MAX_CHOICE_LENGTH, alias="seen")] = "",
    hidden_text: Annotated[str, Form(max_length=MAX_KEPT_BYTES, alias="kept")] = "",
) -> Response:
    """Begin a session, and keep the form that was sent after the last one had ended, for its author to confirm."""
    home, context = home_of(request), request_context(request)
    throttle: auth.Throttle = request.app.state.throttle
    now, user = home.clock(), home.people.by_name(name)
    fields = Draft.read_hidden_text(hidden_text) or [("act", act), ("note", text), ("seen", chosen)]
    draft = Draft.from_form(next, ImmutableMultiDict[str, str]([*fields, ("author", author)]))
    is_known_browser = auth.is_known_browser(request, user, context)
    # As accounts are found: two spellings of a name that nobody has must count alike, too.
    account = fold(name)[: auth.NAME_LENGTH]
    if wait := throttle.remaining_wait(account, context.address, now, is_known_browser=is_known_browser):
        raise HTTPException(429, headers={"Retry-After": str(int(wait.total_seconds()) + 1)})
    response = RedirectResponse(next if is_own_path(next) else "/", 303)
    is_correct = auth.is_correct_password(password, user, is_known_browser=is_known_browser)
    # `begin_session` fails if the password was changed just now
    if user is None or not (is_correct and auth.begin_session(home, user, request, response, context)):
        throttle.record_failure(account, context.address, now, is_known_browser=is_known_browser)
        # also for unknown names: otherwise the time that a write takes would reveal which names exist
        home.people.add_audit_line(AuditLine(now, user.id if user else None, Act.REFUSED))
        wrong = labels.WRONG_PASSWORD
        return _sign_in_page(request, 401, name=name, wrong=wrong, empty=False, next=next, draft=draft)
    throttle.record_success(account, context.address, is_known_browser=is_known_browser)
    drafts: Drafts = request.app.state.drafts
    drafts.save(user.id, next, draft, now)
    write_audit_line(request, Act.SIGNED_IN, user=user)
    return response


def _sign_in_page(request: Request, status: int = 200, **values: object) -> Response:
    return render(request, "sign-in.html", status, session_ended=False, **values)


@routes.page("/sign-out", Role.READER, "POST")
def sign_out(request: Request) -> Response:
    session = request_context(request).session
    assert session is not None
    home_of(request).people.end_sessions(session.person.id, only_session=session.id)
    write_audit_line(request, Act.SIGNED_OUT)
    response = RedirectResponse("/sign-in", 303)
    auth.clear_session_cookie(response, request_context(request))
    return response


@routes.page("/join/{token}", None)
def join_form(request: Request, token: str) -> Response:
    return _join_page(request, token, name="")


@routes.page("/join/{token}", None, "POST")
def join(request: Request, token: str, name: Text = "", password: Text = "") -> Response:
    home = home_of(request)
    invitation = home.people.invitation(token_hash(token), home.clock())
    try:
        accounts = auth.join(home, token, name, password, request_context(request).language)
    except InputError as error:
        return _join_page(request, token, name, str(error))
    if accounts is None or invitation is None:
        return _join_page(request, token, name)
    before, user = accounts
    response = RedirectResponse("/", 303)
    auth.begin_session(home, user, request, response, request_context(request))
    write_audit_line(request, Act.JOINED, subject=invitation.by, user=user)
    response.background = BackgroundTask(record_loss, home_of(request), before, user, by=user)
    return response


def _join_page(request: Request, token: str, name: str, error: str = "") -> Response:
    home = home_of(request)
    invitation = home.people.invitation(token_hash(token), home.clock())
    if invitation is None:
        return render(request, "join.html", 404, invitation=None, existing_user=None, name=name, wrong="")
    existing_user = home.people.get(invitation.person) if invitation.person else None
    status = 400 if error else 200
    return render(
        request, "join.html", status, invitation=invitation, existing_user=existing_user, name=name, wrong=error
    )


# ---- the user's account ---------------------------------------------------------------------------------------------


@routes.page("/account", Role.READER)
def account(request: Request) -> Response:
    return _account_page(request)


@routes.page("/account", Role.READER, "POST")
def change_account(request: Request, language: Text = "", shortcuts: Text = "") -> Response:
    if language not in LANGUAGES:
        raise HTTPException(400)
    me = request_context(request).signed_in_user
    _save_fields(request, replace(me, language=language, shortcuts=bool(shortcuts)), "language", "shortcuts")
    return RedirectResponse("/account?said=saved", 303)


@routes.page("/account/password", Role.READER, "POST")
def change_password(request: Request, old: Text = "", new: Text = "") -> Response:
    home, me, backoff = home_of(request), request_context(request).signed_in_user, request.app.state.backoff
    # no address in the key: a stolen session must not guess the password from many addresses
    key = f"{me.id}|own"
    if backoff.remaining_wait(key, home.clock()):
        raise HTTPException(429)
    if not auth.is_correct_password(old, me):
        backoff.record_failure(key, home.clock())
        return _account_page(request, labels.WRONG_OLD_PASSWORD)
    try:
        password_hash = auth.hash_password(new, me.name)
    except InputError as error:
        return _account_page(request, str(error))
    # only this field: an administrator may be changing the role at the same time
    user = _save_fields(request, replace(me, password=password_hash), "password")
    write_audit_line(request, Act.PASSWORD)
    response = RedirectResponse("/account", 303)
    auth.begin_session(home, user, request, response, request_context(request))
    return response


def _save_fields(request: Request, me: User, *fields: str) -> User:
    """Save these fields of the user. Raises a 403 if an administrator has changed the account meanwhile."""
    saved = home_of(request).people.update_account(me, *fields)
    if saved is None:
        raise HTTPException(403)
    return saved


@routes.page("/account/sessions", Role.READER, "POST")
def end_sessions(request: Request, session: Annotated[Number | None, Form()] = None) -> Response:
    """End one of the user's sessions, or without a number all except the current one."""
    current_session = request_context(request).session
    assert current_session is not None
    people = home_of(request).people
    if session is None:
        people.end_sessions(current_session.person.id, except_session=current_session.id)
    else:
        people.end_sessions(current_session.person.id, only_session=session)
    write_audit_line(request, Act.SIGNED_OUT)
    return RedirectResponse("/account", 303)


@routes.page("/account/tokens", Role.READER, "POST")
def make_token(request: Request, label: Text = "") -> Response:
    """Make a token and show it. It is shown only here: the database stores its hash."""
    home, me = home_of(request), request_context(request).signed_in_user
    token = secrets.token_urlsafe(32)
    label = " ".join(label.split())[: auth.NAME_LENGTH]
    home.people.give_token(token_hash(token), Token(me, label, home.clock()))
    write_audit_line(request, Act.TOKEN_MADE)
    return _account_page(request, token=token)


@routes.page("/account/tokens/end", Role.READER, "POST")
def end_token(request: Request, token: Annotated[Number, Form()]) -> Response:
    if home_of(request).people.end_token(request_context(request).signed_in_user.id, token):
        write_audit_line(request, Act.TOKEN_ENDED)
    return RedirectResponse("/account", 303)


@routes.page("/account/links/end", Role.READER, "POST")
def end_password_links(request: Request) -> Response:
    """End the links for a new password that somebody made for the user's account."""
    me = request_context(request).signed_in_user
    if home_of(request).people.end_password_links(me.id):
        write_audit_line(request, Act.LINK_ENDED, subject=me.id)
    return RedirectResponse("/account", 303)


def _account_page(request: Request, error: str = "", token: str = "") -> Response:
    current_session = request_context(request).session
    assert current_session is not None
    people = home_of(request).people
    # feed readers send a password in the URL as a header, so it does not get into the logs of servers on the way
    feed_url = f"{base_url_of(request)}/queue.atom".replace("://", f"://token:{token}@", 1) if token else ""
    return render(
        request,
        "account.html",
        400 if error else 200,
        sessions=people.sessions(current_session.person.id),
        tokens=people.tokens(current_session.person.id),
        current_session=current_session,
        wrong=error,
        token=token,
        feed=feed_url,
    )


# ---- all users ------------------------------------------------------------------------------------------------------


@routes.page("/people", Role.ADMIN)
def people(request: Request) -> Response:
    return _people_page(request)


@routes.page("/people/invite", Role.ADMIN, "POST")
def invite(
    request: Request, role: Annotated[Role, Form()], person: Annotated[Number | None, Form()] = None
) -> Response:
    """Make an invitation, or a link for a new password. It is shown only here: the database stores its hash."""
    home, me = home_of(request), request_context(request).signed_in_user
    existing_user = home.people.get(person) if person else None
    # The own password is changed with the old one: else a stolen session could shut the last administrator out.
    if existing_user and (existing_user.id == me.id or existing_user.closed):
        raise HTTPException(400)
    role = existing_user.role if existing_user else role
    path = auth.create_invitation_path(home, role, existing_user, by=me)
    write_audit_line(request, Act.INVITED, subject=person, detail=role.value)
    return _people_page(request, link=base_url_of(request) + quote(path), invited=existing_user)


@routes.page("/people/links/{number}/end", Role.ADMIN, "POST")
def end_link(request: Request, number: Number) -> Response:
    if home_of(request).people.end_link(number):
        write_audit_line(request, Act.LINK_ENDED)
    return RedirectResponse("/people?said=ended", 303)


@routes.page("/people/{number}", Role.ADMIN, "POST")
def change_person(request: Request, number: Number, role: Annotated[Role, Form()], closed: Text = "") -> Response:
    """Change a user's role or close the account, and end the user's sessions, tokens and links."""
    home, me = home_of(request), request_context(request).signed_in_user
    user = home.people.get(number)
    if user.id == me.id:  # otherwise the last administrator could lock everybody out
        raise HTTPException(400)
    # An account that is closed already keeps the time of its closing.
    saved = home.people.save(replace(user, role=role, closed=(user.closed or home.clock()) if closed else None))
    write_audit_line(request, Act.CHANGED_PERSON, subject=user.id, detail="closed" if closed else role.value)
    response = RedirectResponse("/people?said=saved", 303)
    response.background = BackgroundTask(record_loss, home_of(request), user, saved, by=me)
    return response


def _recipients_of_closed_accounts(home: Home, users: Sequence[User]) -> Mapping[int, Sequence[str]]:
    """Return by closed account the recipients whose lines it wrote or which bear its name: they get messages still."""
    try:
        rows = RecipientsFile(home.settings.home).rows().values()
    except InputError:  # told on the page of the recipients
        return {}
    marks = home.people.details_of(Act.CHANGED_RECIPIENTS) if rows else ()
    return {
        user.id: recipients_of_account(rows, user, [mark for by, mark in marks if by == user.id])
        for user in users
        if user.closed
    }


def _people_page(request: Request, link: str = "", invited: User | None = None) -> Response:
    home = home_of(request)
    users = home.people.everyone()
    return render(
        request,
        "people.html",
        people=[(user, home.people.sessions(user.id)) for user in users],
        names={user.id: user.name for user in users},
        still_mailed=_recipients_of_closed_accounts(home, users),
        links=home.people.links(home.clock()),
        link=link,
        invited=invited,
        roles=tuple(Role),
        usual_role=Role.REVIEWER,
    )
