"""A site on loopback, its pages and feeds by path, and sources over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit import parsing
from kit.home import furnish
from kit.outlets import Web


def rss(title: str, *items: str) -> bytes:
    form = "<title>{0}</title><link>https://a.example/{0}</link><pubDate>2026-11-20</pubDate>"
    return parsing.rss(*map(form.format, items), channel=f"<title>{title}</title>").encode()


class Site(Web):
    """One site: path -> body, whose type goes by its first letters."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, bytes] = {}

    def answer(self, path: str) -> tuple[int, str, bytes]:
        body = self.pages.get(path)
        if body is None:
            return 404, "text/plain", b"no such page"
        return (
            200,
            "text/html; charset=utf-8" if body[:9].lower().startswith((b"<!doctype", b"<html")) else "text/xml",
            body,
        )

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.log]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        yield serving


def home_of(site: Site, folder: Path, feeds: str = "") -> Path:
    furnish(folder, site)
    (folder / "feeds.yaml").write_text(
        feeds or "# ours\nfeeds:\n  - url: https://old.example/rss # the first\n  # the end\n", encoding="utf-8"
    )
    return folder
