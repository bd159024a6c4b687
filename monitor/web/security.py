"""The checks before every page: host, origin, form size, session and token; and the headers of every response.

Every path needs a signed-in user unless `OPEN_PATHS` lists it. Each route also names the role that it needs (`Routes`).
"""

from __future__ import annotations

import logging
import re
import secrets
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.app.closed.closed_home import closed_watch
from monitor.app.names.service import NameService
from monitor.home import Home
from monitor.i18n import LANGUAGES, negotiate_language
from monitor.messages.publisher import Publisher
from monitor.model import Right, Role, Session, User, can
from monitor.web.assets import CACHED_FOR_A_YEAR, is_current_asset
from monitor.web.forms.drafts import Draft
from monitor.web.forms.receipts import FORM_HEADER, Receipts
from monitor.web.render import failure_page, render
from monitor.web.whole_body import with_whole_body

Number = Annotated[int, Field(ge=0, le=2**31 - 1)]  # PostgreSQL's integer, the type of row ids
log = logging.getLogger(__name__)
Page = TypeVar("Page", bound=Callable[..., Response | Awaitable[Response]])

CLOSED = "/closed"  # the desk of the closed watch: for all who are not cleared, addresses that do not exist
OPEN_PATHS = re.compile(r"/sign-in|/health|/metrics|/join/[\w-]{1,100}|/static/[\w.-]+")
TOKEN_PATHS = re.compile(r"/queue\.(?:atom|csv|json)")  # the only paths that a token opens
IDLE_TIMEOUT, SESSION_LIFETIME = timedelta(hours=12), timedelta(days=7)
USE_RECORDED_EVERY = timedelta(minutes=5)  # so that not every request writes to the database
MAX_FORM_BYTES = 64 * 1024
MAX_LIST_BYTES = 6_000_000  # of a pasted or uploaded list of names or sources, percent-encoded
LIST_PATHS = frozenset({"/names/import", "/sources/opml", "/sources/add"})
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
    """The user, session and language of a request. A program with a token has a user but no session.

    `closed`: the closed watch, for users who are cleared. `base`: the start of the addresses of the watch that is asked
    for; empty for the open one.
    """

    user: User | None
    session: Session | None
    language: str
    address: str
    secure: bool
    home: Home  # the watch that is asked for
    names: NameService
    publisher: Publisher | None  # for administrators
    closed: Home | None = None
    base: str = ""

    @property
    def signed_in_user(self) -> User:
        """Return the user. Raises a 401 where nobody is signed in."""
        if self.user is None:
            raise HTTPException(401)
        return self.user

    def can(self, right: Right) -> bool:
        """Return True if somebody is signed in who has a right."""
        return self.user is not None and can(self.user, right)


class Routes(APIRouter):
    """Routes that each name the least role that may use them; None is everybody, and needs an entry in `OPEN_PATHS`."""

    def page(self, path: str, role: Role | None, *methods: str) -> Callable[[Page], Page]:
        needs = [] if role is None else [Depends(_require_role(role))]
        return self.api_route(path, methods=list(methods or ("GET",)), dependencies=needs, response_class=HTMLResponse)


def _require_role(role: Role) -> Any:
    async def check(request: Request) -> None:
        user = request_context(request).user
        if user is None or not user.role.may(role):
            raise HTTPException(403)

    return check


def request_context(request: Request) -> RequestContext:
    context: RequestContext = request.scope["context"]
    return context


def home_of(request: Request) -> Home:
    """Return the watch that the request is about."""
    return request_context(request).home


def names_of(request: Request) -> NameService:
    """Return the use cases of the watched names."""
    return request_context(request).names


def publisher_of(request: Request) -> Publisher:
    """Return the messages to recipients. Raises a 403 unless the user is an administrator."""
    publisher = request_context(request).publisher
    if publisher is None:
        raise HTTPException(403)
    return publisher


def path_in_watch(request: Request) -> str:
    """Return the path of a request without the start that tells which watch it asks for."""
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


def redirect(request: Request, path: str) -> Response:
    """Return a redirect to a page of the same watch."""
    return RedirectResponse(request_context(request).base + path, 303)


def file_headers(request: Request, name: str) -> dict[str, str]:
    """Return the headers of a file to save; its name says if it is of the closed watch."""
    watch = "closed-" if request_context(request).base else ""
    return {"Content-Disposition": f'attachment; filename="{watch}{name}"'}


def base_url_of(request: Request) -> str:
    """Return the scheme and host that the desk's addresses begin with."""
    return home_of(request).settings.base_url or f"{request.url.scheme}://{request.headers['host']}"


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def cookie_name(secure: bool, name: str = "session") -> str:
    # browsers accept the prefix only over HTTPS, for this host alone and all its paths (RFC 6265bis)
    return f"__Host-{name}" if secure else name


def is_own_path(url: str) -> bool:
    """Return whether a URL is a path on this desk, and cannot be read by a browser as another host.

    >>> [is_own_path(u) for u in ("/items/3?page=2", "//evil.example", "/\\\\evil.example", "https://evil.example", "")]
    [True, False, False, False, False]
    """
    return url.startswith("/") and not re.search(r"[\\\s\x00-\x1f]", url) and not url.startswith("//")


class Guard:
    """The ASGI application around the pages: it checks every request and completes every response.

    Under `CLOSED` it hands requests of users who are cleared to the pages of the closed watch, without that part of the
    path. All other requests go to `pages`, which have no route there.
    """

    def __init__(self, pages: FastAPI, closed_pages: FastAPI, home: Home) -> None:
        self.pages, self.closed_pages, self.home = pages, closed_pages, home
        self._opening_closed = Lock()
        base_url = urlsplit(home.settings.base_url)
        self.base_host = base_url.netloc.lower()
        self.hosts = LOOPBACK | ({base_url.hostname.lower()} if base_url.hostname else set())
        self.https = base_url.scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.pages(scope, receive, send)
        elif scope["type"] == "http":
            await self._respond(scope, receive, send)
        else:
            # the desk has no WebSockets
            await send({"type": "websocket.close", "code": 1008})

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, has_started = Request(scope), False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                if receipt := scope.get("receipt"):
                    location = dict(message["headers"]).get(b"location", b"").decode()
                    receipt.record_answer(message["status"], location if is_own_path(location) else "")
                # the desk's own headers replace those of a page
                headers = [pair for pair in message["headers"] if pair[0] not in _OWN_HEADERS]
                is_asset = message["status"] in {200, 304} and is_current_asset(request)
                all_headers = HEADERS | ({"Cache-Control": CACHED_FOR_A_YEAR} if is_asset else {})
                own_headers = [(name.lower().encode(), value.encode()) for name, value in all_headers.items()]
                message = {**message, "headers": [*headers, *own_headers]}
            await send(message)

        try:
            root_path = scope.get("root_path", "")
            chosen_app = await self._choose_app(request)
            is_of_user = chosen_app in {self.pages, self.closed_pages} and scope["context"].user is not None
            if is_of_user and request.method not in {"GET", "HEAD"}:
                # A form may take two minutes to come: meanwhile its account may have been closed or lowered.
                receive = await with_whole_body(receive)
                scope["root_path"] = root_path
                chosen_app = await self._choose_app(Request(scope))
            await chosen_app(scope, receive, send_with_headers)
        except Exception as bug:
            if (
                "incident" not in scope
            ):  # otherwise Starlette has answered, and raises the error again for the server's log
                page = bug_page(request, bug)
                # after the first bytes no other response can be sent
                if not has_started:
                    await page(scope, receive, send_with_headers)

    async def _choose_app(self, request: Request) -> ASGIApp:
        """Return the pages, or a response that refuses the request or asks for sign-in."""
        language = negotiate_language(request.headers.get("accept-language", ""))
        host = request.headers.get("host", "").lower()
        # against DNS rebinding: a foreign name may resolve to this host
        if _host_name(host) not in self.hosts:
            return failure_page(language, 421)
        secure = request.url.scheme == "https" or (self.https and host == self.base_host)
        if request.method not in {"GET", "HEAD"} and not _is_same_origin(request, host):
            return failure_page(language, 403)
        # in threads: the database calls block
        session = await run_in_threadpool(self._load_session, request.cookies.get(cookie_name(secure), ""))
        user = session.person if session else None
        if user is None and request.method == "GET" and TOKEN_PATHS.fullmatch(request.url.path.removeprefix(CLOSED)):
            user = await run_in_threadpool(self._token_holder, _basic_password(request), request.url.path)
        closed = await run_in_threadpool(self._closed_watch) if user and user.cleared else None
        is_closed = closed is not None and request.url.path.startswith(f"{CLOSED}/")
        if is_closed:
            request.scope["root_path"] = CLOSED
        if request.method not in {"GET", "HEAD"} and _is_too_large(request):
            return failure_page(language, 413)
        if user and user.language in LANGUAGES:
            language = user.language
        address, names = request.client.host if request.client else "", NameService(self.home)
        publisher = Publisher(self.home) if user and can(user, Right.ADMINISTER) else None
        context = RequestContext(user, session, language, address, secure, self.home, names, publisher, closed)
        if closed and is_closed:
            context = replace(context, home=closed, names=NameService(closed), publisher=None, base=CLOSED)
        request.scope["context"] = context
        if user is not None and request.method == "POST" and "receipt" not in request.scope:
            receipts: Receipts = self.pages.state.receipts
            request.scope["receipt"] = receipts.begin(user.id, request.headers.get(FORM_HEADER, ""))
        if user is None and not OPEN_PATHS.fullmatch(request.url.path):
            # `render` finds the state of the pages through it, as in requests that FastAPI handles
            request.scope["app"] = self.pages
            return _sign_in_response(request)
        return self.closed_pages if is_closed else self.pages

    def _closed_watch(self) -> Home | None:
        with self._opening_closed:  # two requests at once open it once
            return closed_watch(self.home)

    def _load_session(self, token: str) -> Session | None:
        if not token or len(token) > 100:
            return None
        people, now = self.home.people, self.home.clock()
        session = people.session(token_hash(token))
        if session is None or not _is_valid_session(session, now):
            return None
        if abs(now - session.seen) > USE_RECORDED_EVERY:
            people.record_session_use(session, now)
        return session

    def _token_holder(self, secret: str, path: str) -> User | None:
        people, now = self.home.people, self.home.clock()
        token = people.token(token_hash(secret)) if secret else None
        # As at an address that does not exist: a token opens nothing there, and is not used.
        if token and path.startswith(CLOSED) and not (token.person.cleared and self._closed_watch()):
            return None
        if token and (token.used is None or abs(now - token.used) > USE_RECORDED_EVERY):
            people.record_token_use(token, now)
        return token.person if token else None


def bug_page(request: Request, bug: Exception) -> Response:
    """Return the error page after a bug: the reader gets an incident number, the log the places in the code."""
    incident = request.scope["incident"] = secrets.token_hex(4)
    # Not the exception's message: it may contain watched names.
    log.error("desk error %s: %s", incident, _traceback_lines(bug))
    context = request.scope.get("context")
    language = context.language if context else negotiate_language(request.headers.get("accept-language", ""))
    return failure_page(language, 500, incident)


_CHALLENGE = 'Basic realm="monitor", charset="UTF-8"'
_OWN_HEADERS = {name.lower().encode() for name in HEADERS} | {b"server"}


def _is_valid_session(session: Session, now: datetime) -> bool:
    """Return whether a session has not expired."""
    # absolute differences: a clock that was set back makes no session immortal
    return abs(now - session.seen) < IDLE_TIMEOUT and abs(now - session.begun) < SESSION_LIFETIME


def _is_too_large(request: Request) -> bool:
    """Return whether a form is larger than its page takes."""
    max_bytes = MAX_LIST_BYTES if path_in_watch(request) in LIST_PATHS else MAX_FORM_BYTES
    # a chunked form does not say its length
    return "transfer-encoding" in request.headers or int(request.headers.get("content-length") or 0) > max_bytes


def _host_name(host: str) -> str:
    return re.sub(r":\d{1,5}$", "", host)


def _is_same_origin(request: Request, host: str) -> bool:
    """Return whether one of the desk's own pages sent a form (OWASP: fetch metadata; older browsers send an Origin)."""
    # `none`: the user typed the address or opened a bookmark
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = urlsplit(request.headers.get("origin", ""))
    return origin.scheme in {"http", "https"} and origin.netloc.lower() == host


def _basic_password(request: Request) -> str:
    """Return the password of HTTP Basic authentication (RFC 7617), or an empty string. The user name is ignored."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(credentials) > 400:
        return ""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _sign_in_response(request: Request) -> ASGIApp:
    if request.method not in {"GET", "HEAD"}:
        return _session_ended_page
    # a 401 would make a browser open its own password dialog: people get the sign-in page instead
    if TOKEN_PATHS.fullmatch(request.url.path) and request.headers.get("sec-fetch-mode") != "navigate":
        return JSONResponse({"error": "a token is needed"}, 401, {"WWW-Authenticate": _CHALLENGE})
    wanted_path = _path_and_query(request)
    return RedirectResponse("/sign-in" if wanted_path == "/" else f"/sign-in?next={quote(wanted_path, safe='/')}", 303)


async def _session_ended_page(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a form that was sent after the session had ended: store nothing, keep its decision for after sign-in."""
    request = Request(scope, receive)
    page = render(
        request,
        "sign-in.html",
        401,
        name="",
        wrong="",
        empty=False,
        next=_path_and_query(request),
        draft=await _draft_of_form(request),
        session_ended=True,
    )
    await page(scope, receive, send)


async def _draft_of_form(request: Request) -> Draft:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Draft()
    try:
        return Draft.from_form(request.url.path, await request.form())
    except StarletteHTTPException:  # too many fields for any of the desk's forms
        return Draft()


def _path_and_query(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _traceback_lines(bug: Exception) -> str:
    traceback, places = bug.__traceback__, []
    # file names and lines only, the innermost six
    while traceback:
        places.append(f"{traceback.tb_frame.f_code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return f"{type(bug).__name__} at {' > '.join(places[-6:])}"
