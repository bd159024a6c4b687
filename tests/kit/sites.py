"""A site on loopback: its pages and feeds, by path."""

from __future__ import annotations

from kit import parsing
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
