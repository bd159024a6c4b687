"""The desk as an ASGI application: its routes, error pages, health and metrics."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from monitor.app.upkeep.health import metrics_text
from monitor.errors import InputError, NotFound, SandboxLost, StoreError
from monitor.home import Home
from monitor.i18n import negotiate_language
from monitor.web import assets
from monitor.web.auth import Backoff, Throttle
from monitor.web.forms.drafts import Drafts
from monitor.web.forms.receipts import Receipts
from monitor.web.presence import Claims
from monitor.web.render import failure_page
from monitor.web.routes import (
    accounts,
    archive,
    bulk,
    clearance,
    decisions,
    exports,
    item,
    names,
    press,
    proposals,
    queue,
    receipts,
    reports,
    runs,
    statistics,
)
from monitor.web.routes.editing import name_edit, name_lists, recipients, source, sources
from monitor.web.searches import Searches
from monitor.web.security import TOKEN_PATHS, Guard, Routes, bug_page, home_of, path_in_watch


def create_desk(home: Home) -> Guard:
    """Return the desk as an ASGI application, with all routes and error pages."""
    # The fixed paths of `name_lists` and `name_edit` come before "/names/{number}".
    of_both = (queue, item, decisions, bulk, name_lists, name_edit, names, reports, runs, statistics, exports)
    of_open = (press, proposals, archive, accounts, receipts, recipients, sources, source)
    pages = _pages([module.routes for module in (*of_open, *of_both)] + [_health_routes])
    pages.mount(assets.MOUNT, assets.asset_files())
    pages.state.backoff, pages.state.throttle = Backoff(), Throttle()
    pages.state.drafts, pages.state.receipts = Drafts(), Receipts()
    closed_pages = _pages([module.routes for module in (*of_both, clearance)])
    closed_pages.state.drafts = pages.state.drafts  # they are kept at sign-in, which is no page of a watch
    return Guard(pages, closed_pages, home)


def _pages(routes: Sequence[Routes]) -> FastAPI:
    """Return the pages of one watch, with error pages, and with what it keeps in memory."""
    pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for group in routes:
        pages.router.routes.extend(group.routes)  # `include_router` would analyse each route again
    pages.state.claims, pages.state.searches = Claims(), Searches()
    pages.add_exception_handler(StarletteHTTPException, _on_http_error)
    pages.add_exception_handler(Exception, bug_page)
    pages.add_exception_handler(RequestValidationError, _on_invalid_request)
    for kind, status in ((InputError, 400), (NotFound, 404), (StoreError, 503), (SandboxLost, 503)):
        pages.add_exception_handler(kind, _failure_handler(status))
    return pages


_health_routes = Routes()


@_health_routes.page("/health", None)
def health(request: Request) -> Response:
    """Answer `ok` if the database answers: a health check for container supervisors."""
    home_of(request).people.by_name("")
    return PlainTextResponse("ok\n")


@_health_routes.page("/metrics", None)
def metrics(request: Request) -> Response:
    """Return counts and ages for Prometheus, to whoever brings the token of the setting; it opens nothing else."""
    home = home_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = home.settings.metrics_token
    if not expected:
        raise HTTPException(404)
    if scheme.lower() != "bearer" or not secrets.compare_digest(token.encode(), expected.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return PlainTextResponse(metrics_text(home.store, home.clock()), media_type="text/plain; version=0.0.4")


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException | StarletteHTTPException)
    # the user reloads a page that answered a form: show the page that the form is on
    if error.status_code == 405 and request.method == "GET":
        parent_path = request.url.path.rpartition("/")[0] or "/"
        return RedirectResponse(f"{parent_path}?{request.url.query}" if request.url.query else parent_path, 303)
    return _failure_response(request, error.status_code, dict(error.headers or {}))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    """Answer 404 for an invalid address and 400 for an invalid form."""
    assert isinstance(error, RequestValidationError)
    is_address = any(problem["loc"][0] == "path" for problem in error.errors())
    return _failure_response(request, 404 if is_address else 400, {})


def _failure_handler(status: int) -> Callable[[Request, Exception], Response]:
    return lambda request, _: _failure_response(request, status, {})


def _failure_response(request: Request, status: int, headers: dict[str, str]) -> Response:
    context = request.scope.get("context")
    if TOKEN_PATHS.fullmatch(path_in_watch(request)):
        return JSONResponse({"error": status}, status, headers)
    response = failure_page(context.language if context else negotiate_language(""), status)
    response.headers.update(headers)
    return response
