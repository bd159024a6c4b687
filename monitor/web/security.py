"""What stands before every page: who may come in, from where, and what no answer goes out without.

Nothing is open unless it is listed here. A route says besides who may use it (`Routes`).
"""

from __future__ import annotations

import logging
import re
import secrets
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.app import App
from monitor.i18n import LANGUAGES, preferred
from monitor.model import Role, Session, User
from monitor.web.assets import CACHED_FOR_A_YEAR, is_current_asset
from monitor.web.drafts import Draft
from monitor.web.render import failure, render

Number = Annotated[int, Field(ge=0, le=2**31 - 1)]  # as databases count their rows
log = logging.getLogger(__name__)
Page = TypeVar("Page", bound=Callable[..., Response])

OPEN = re.compile(r"/sign-in|/health|/join/[\w-]{1,100}|/static/[\w.-]+")
PROGRAMS = re.compile(r"/queue\.(?:atom|csv|json)")  # all that a token opens
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
NOTED_EVERY = timedelta(minutes=5)  # that a session is used
LARGEST_FORM = 64 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Whoever sent a request; a program with a token has no session. `unseen`: entities they may not know of, number
    -> id."""

    known: User | None
    session: Session | None
    language: str
    address: str
    secure: bool
    unseen: dict[int, str]

    @property
    def person(self) -> User:
        if self.known is None:
            raise HTTPException(401)
        return self.known

    def may(self, role: Role) -> bool:
        return self.known is not None and self.known.role.may(role)


class Routes(APIRouter):
    """Routes that each say who may use them; None is everybody, and must be in OPEN, too."""

    def page(self, path: str, role: Role | None, *methods: str) -> Callable[[Page], Page]:
        needs = [] if role is None else [Depends(_needs(role))]
        return self.api_route(path, methods=list(methods or ("GET",)), dependencies=needs, response_class=HTMLResponse)


def _needs(role: Role) -> Any:
    async def check(request: Request) -> None:
        if not visitor(request).may(role):
            raise HTTPException(403)

    return check


def visitor(request: Request) -> RequestContext:
    who: RequestContext = request.scope["visitor"]
    return who


def monitor(request: Request) -> App:
    app: App = request.app.state.monitor
    return app


def base(request: Request) -> str:
    """What the desk's own addresses begin with."""
    return monitor(request).settings.base_url or f"{request.url.scheme}://{request.headers['host']}"


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def cookie_name(secure: bool, name: str = "session") -> str:
    return f"__Host-{name}" if secure else name


def is_own_path(url: str) -> bool:
    """Whether this leads to a page of ours: a path, and nothing that a browser would read as another host.

    >>> [is_own_path(u) for u in ("/items/3?page=2", "//evil.example", "/\\\\evil.example", "https://evil.example", "")]
    [True, False, False, False, False]
    """
    return url.startswith("/") and not re.search(r"[\\\s\x00-\x1f]", url) and not url.startswith("//")


class Guard:
    """The desk as it is served: every request goes through here, and every answer."""

    def __init__(self, pages: FastAPI, app: App) -> None:
        self.pages, self.app = pages, app
        base = urlsplit(app.settings.base_url)
        self.base_host = base.netloc.lower()
        self.hosts = LOOPBACK | ({base.hostname.lower()} if base.hostname else set())
        self.https = base.scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.pages(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, begun = Request(scope), False

        async def sealed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = [pair for pair in message["headers"] if pair[0] not in _OURS]
                is_asset = message["status"] in {200, 304} and is_current_asset(request)
                all_headers = HEADERS | ({"Cache-Control": CACHED_FOR_A_YEAR} if is_asset else {})
                fixed = [(name.lower().encode(), value.encode()) for name, value in all_headers.items()]
                message = {**message, "headers": [*headers, *fixed]}
            await send(message)

        try:
            inner = await self._inner(request)
            await inner(scope, receive, sealed)
        except Exception as bug:
            if "incident" not in scope:  # else the pages have said so, and raise it once more for a server's log
                page = broken(request, bug)
                if not begun:
                    await page(scope, receive, sealed)

    async def _inner(self, request: Request) -> ASGIApp:
        """The pages, or the answer that stands in their way."""
        language = preferred(request.headers.get("accept-language", ""))
        host = request.headers.get("host", "").lower()
        if _name_of(host) not in self.hosts:
            return failure(language, 421)
        secure = request.url.scheme == "https" or (self.https and host == self.base_host)
        if request.method not in {"GET", "HEAD"}:
            if not _from_our_pages(request, host):
                return failure(language, 403)
            if "transfer-encoding" in request.headers or int(request.headers.get("content-length") or 0) > LARGEST_FORM:
                return failure(language, 413)
        session = await run_in_threadpool(self._session, request.cookies.get(cookie_name(secure), ""))
        known = session.person if session else None
        if known is None and request.method == "GET" and PROGRAMS.fullmatch(request.url.path):
            known = await run_in_threadpool(self._token_holder, _basic_password(request))
        if known and known.language in LANGUAGES:
            language = known.language
        hidden = {}
        if known and not known.role.may(Role.ADMIN):
            hidden = dict(await run_in_threadpool(self.app.store.desk.sensitive))
        address = request.client.host if request.client else ""
        request.scope["visitor"] = RequestContext(known, session, language, address, secure, hidden)
        if known is None and not OPEN.fullmatch(request.url.path):
            request.scope["app"] = self.pages  # as it is for the pages themselves
            return _sign_in_first(request)
        return self.pages

    def _session(self, token: str) -> Session | None:
        if not token or len(token) > 100:
            return None
        people, now = self.app.store.people, self.app.clock()
        session = people.session(token_hash(token))
        if session is None or not _lasts(session, now):
            return None
        if abs(now - session.seen) > NOTED_EVERY:
            people.seen(session, now)
        return session

    def _token_holder(self, secret: str) -> User | None:
        people, now = self.app.store.people, self.app.clock()
        token = people.token(token_hash(secret)) if secret else None
        if token and (token.used is None or abs(now - token.used) > NOTED_EVERY):
            people.token_used(token, now)
        return token.person if token else None


def broken(request: Request, bug: Exception) -> Response:
    """The page after a bug of ours: a number for the reader, and where it was for the log."""
    incident = request.scope["incident"] = secrets.token_hex(4)
    # never the message itself: names of people may stand in it
    log.error("desk error %s: %s", incident, _whereabouts(bug))
    return failure(preferred(request.headers.get("accept-language", "")), 500, incident)


_CHALLENGE = 'Basic realm="monitor", charset="UTF-8"'
_OURS = {name.lower().encode() for name in HEADERS} | {b"server"}


def _lasts(session: Session, now: datetime) -> bool:
    """A clock that was set back ends no session early, and makes none immortal."""
    return abs(now - session.seen) < IDLE and abs(now - session.begun) < LONGEST


def _name_of(host: str) -> str:
    return re.sub(r":\d{1,5}$", "", host)


def _from_our_pages(request: Request, host: str) -> bool:
    """Whether one of our own pages sent this (OWASP's fetch metadata; browsers without it send an Origin)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = urlsplit(request.headers.get("origin", ""))
    return origin.scheme in {"http", "https"} and origin.netloc.lower() == host


def _basic_password(request: Request) -> str:
    """What a program gives as its password (RFC 7617), whatever its user name; empty where there is none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(given) > 400:
        return ""
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _sign_in_first(request: Request) -> ASGIApp:
    if request.method not in {"GET", "HEAD"}:
        return _sign_in_again
    # a browser that follows a link would ask for a password of its own: it gets our page instead
    if PROGRAMS.fullmatch(request.url.path) and request.headers.get("sec-fetch-mode") != "navigate":
        return JSONResponse({"error": "a token is needed"}, 401, {"WWW-Authenticate": _CHALLENGE})
    here = _path_and_query(request)
    return RedirectResponse("/sign-in" if here == "/" else f"/sign-in?next={quote(here, safe='/')}", 303)


async def _sign_in_again(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a form that came after the session had ended: nothing is stored, and what it said is carried along."""
    request = Request(scope, receive)
    page = render(
        request,
        "sign-in.html",
        401,
        name="",
        wrong="",
        empty=False,
        next=_path_and_query(request),
        draft=await _sent_draft(request),
        session_ended=True,
    )
    await page(scope, receive, send)


async def _sent_draft(request: Request) -> Draft:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Draft()
    try:
        return Draft.of_form(request.url.path, await request.form())
    except StarletteHTTPException:  # more fields than any form of ours has
        return Draft()


def _path_and_query(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _whereabouts(bug: Exception) -> str:
    trace, places = bug.__traceback__, []
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(bug).__name__} at {' > '.join(places[-6:])}"
