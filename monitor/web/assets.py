"""The desk's styles, scripts and icon. Their addresses contain a hash of the content, so browsers cache them."""

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
    """Return the application that serves the files, compressed.

    Pages are never compressed: they hold secrets next to text from outside, and the length of a compressed response
    would reveal them (the BREACH attack).
    """
    return GZipMiddleware(StaticFiles(packages=[("monitor.web", "static")]))


def asset_url(name: str) -> str:
    """Return the address of a file's current content."""
    return f"{MOUNT}/{name}?v={_version(name)}"


def is_current_asset(request: Request) -> bool:
    """Return whether a request asks for a file's current content, so that the response may be cached for a year."""
    folder, _, name = request.url.path.rpartition("/")
    return folder == MOUNT and name in _names() and request.query_params.get("v") == _version(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in (files("monitor.web") / "static").iterdir())


@cache
def _version(name: str) -> str:
    return sha256((files("monitor.web") / "static" / name).read_bytes()).hexdigest()[:16]
