"""The page of the latest runs."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from monitor.model import Role
from monitor.web.render import render
from monitor.web.security import Routes, app_of

routes = Routes()
MAX_RUNS = 100


@routes.page("/runs", Role.READER)
def runs_page(request: Request) -> Response:
    return render(request, "runs.html", runs=app_of(request).runs(MAX_RUNS))
