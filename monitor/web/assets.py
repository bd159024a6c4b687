"""The desk's styles, scripts and icon. Their addresses change with their contents, so that browsers keep them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

MOUNT = "/static"
CACHED_FOR_A_YEAR = "public, max-age=31536000, immutable"


def asset_files() -> ASGIApp:
    """Return the application that serves the files. Only they are compressed: pages hold secrets beside what strangers
    write, and compression would let the length of an answer tell of them (BREACH)."""
    return GZipMiddleware(StaticFiles(packages=[("monitor.web", "static")]))


def asset_url(name: str) -> str:
    """Return the address of a file as it is now."""
    return f"{MOUNT}/{name}?v={_version(name)}"


def is_current_asset(request: Request) -> bool:
    """Return whether a request asks for a file as it is now, so that its answer may be kept for ever."""
    folder, _, name = request.url.path.rpartition("/")
    return folder == MOUNT and name in _names() and request.query_params.get("v") == _version(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in (files("monitor.web") / "static").iterdir())


@cache
def _version(name: str) -> str:
    return sha256((files("monitor.web") / "static" / name).read_bytes()).hexdigest()[:16]
