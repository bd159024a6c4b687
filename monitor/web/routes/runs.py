"""The page of the latest runs."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from monitor.app.upkeep.health import latest_runs
from monitor.model import Role
from monitor.web.render import render
from monitor.web.security import Routes, home_of

routes = Routes()
MAX_RUNS = 100


@routes.page("/runs", Role.READER)
def runs_page(request: Request) -> Response:
    return render(request, "runs.html", runs=latest_runs(home_of(request), MAX_RUNS))
