"""The desk: the pages where people review. FastAPI over the use cases of `app`; every page works without JavaScript."""

from __future__ import annotations

import gc
import signal
import socket
from collections.abc import Callable
from datetime import timedelta

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from monitor.app import App
from monitor.errors import InputError, NotFound, StoreError
from monitor.i18n import preferred
from monitor.model import Role
from monitor.web import assets
from monitor.web.auth import Slowdown, Throttle, invite
from monitor.web.drafts import Drafts
from monitor.web.presence import Claims
from monitor.web.render import failure
from monitor.web.routes import accounts, bulk, decisions, item, queue, reports, statistics
from monitor.web.searches import Searches
from monitor.web.security import PROGRAMS, Guard, Routes, broken

__all__ = ["create_desk", "first_link", "serve"]

FIRST_LINK_FOR = timedelta(hours=24)


def create_desk(app: App) -> Guard:
    pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages.state.monitor, pages.state.slowdown, pages.state.claims = app, Slowdown(), Claims()
    pages.state.searches, pages.state.drafts = Searches(), Drafts()
    pages.state.throttle = Throttle()
    for routes in (*(part.routes for part in (queue, item, decisions, bulk, accounts, reports, statistics)), _own):
        pages.router.routes.extend(routes.routes)  # as they are: `include_router` would look into each once more
    pages.mount(assets.MOUNT, assets.asset_files())
    pages.add_exception_handler(StarletteHTTPException, _refused)
    pages.add_exception_handler(Exception, broken)
    pages.add_exception_handler(RequestValidationError, _invalid)
    for kind, status in ((InputError, 400), (NotFound, 404), (StoreError, 503)):
        pages.add_exception_handler(kind, _fails_with(status))
    return Guard(pages, app)


def serve(app: App, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Until it is told to stop. `ready` hears the address, once it is listened to. Raises InputError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen()  # what comes from here on waits for the desk to be ready
        except OSError as error:
            raise InputError(f"{host}:{port} cannot be listened on ({error.strerror}); name another --port") from None
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listening.getsockname()[1]}")
        # No access log: addresses of pages are who read what. Nobody's word is taken for where a request comes from.
        config = uvicorn.Config(
            create_desk(app),
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        for stop in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them once more when it is done: that is no error
            signal.signal(stop, lambda *_: None)
        gc.collect()
        gc.freeze()  # what was imported stays: to go through it now and then for garbage held up a page for 100 ms
        uvicorn.Server(config).run(sockets=[listening])


def first_link(app: App) -> str:
    """The path of a link that makes the first account, an administrator's; empty when there is one."""
    if any(person.role is Role.ADMIN and person.closed is None for person in app.store.people.everyone()):
        return ""
    return invite(app, Role.ADMIN, lasts=FIRST_LINK_FOR)


_own = Routes()


@_own.page("/health", None)
def health(request: Request) -> Response:
    """Whether the database answers; for whoever restarts the container."""
    request.app.state.monitor.store.people.named("")
    return PlainTextResponse("ok\n")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException | StarletteHTTPException)
    if error.status_code == 405 and request.method == "GET":  # a page that answered a form, read again
        above = request.url.path.rpartition("/")[0] or "/"
        return RedirectResponse(f"{above}?{request.url.query}" if request.url.query else above, 303)
    return _failure(request, error.status_code, dict(error.headers or {}))


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer an address that cannot exist like one that does not, and a broken form as such."""
    assert isinstance(error, RequestValidationError)
    is_address = any(problem["loc"][0] == "path" for problem in error.errors())
    return _failure(request, 404 if is_address else 400, {})


def _fails_with(status: int) -> Callable[[Request, Exception], Response]:
    return lambda request, _: _failure(request, status, {})


def _failure(request: Request, status: int, headers: dict[str, str]) -> Response:
    who = request.scope.get("visitor")
    if PROGRAMS.fullmatch(request.url.path):
        return JSONResponse({"error": status}, status, headers)
    answer = failure(who.language if who else preferred(""), status)
    answer.headers.update(headers)
    return answer
