"""Our manners from the server's side, visit after visit: the points of the checklist that requests show.

One home over a lab, visited through `App.ingest` by a clock that is moved; a row is an outlet, what it answers, and what
its log must show then. A feed's answers are a list, the first visit gets the first; the last stays.

The visits: at once; after 40 minutes and after 5 hours those that are due; then three times all of them, a day apart.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from kit.fault_server import ok
from kit.home import Clock, open_app
from kit.lab import Lab, Outlet, Visit, feed, item, page, rss, to, visit_of

pytestmark = pytest.mark.soak

START = Clock().now
TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации, сообщила редакция.\n" * 12
RSS = rss(item("A"))
STAMP = "Tue, 3 Feb 26 9:00 +0600 (about)"  # no date that a parser would give back as it was


def unchanged(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 304 Not Modified", *headers, "", ""]).encode("latin-1")


def asks_with(*expected: tuple[str | None, str | None], path: str = "/feed") -> Callable[[Visit], None]:
    """(If-None-Match, If-Modified-Since) of the visits in turn; the last stands for all that follow."""

    def check(visit: Visit) -> None:
        validators = [
            (headers.get("if-none-match"), headers.get("if-modified-since")) for headers in visit.requests(path)
        ]
        all_expected = [*expected, *[expected[-1]] * (len(validators) - len(expected))]
        assert validators == all_expected and len(validators) > len(expected)

    return check


def goes_by_the_old_address(visit: Visit) -> None:
    assert visit.paths == ["/feed", "/real"] * len(visit.requests("/feed"))


def each_page_once(*pages: str) -> Callable[[Visit], None]:
    def check(visit: Visit) -> None:
        assert sorted(path for path in visit.paths if path != "/feed") == list(pages)

    return check


def recovers(visit: Visit) -> None:
    assert visit.feed["failures"] == 0 and "A" in [entry.title for entry in visit.entries]


def waits(visit: Visit) -> None:
    """Told to wait for two hours: not asked after 40 minutes, asked after 5 hours."""
    times = [at for target, _, at in visit.server.requests if target == "/feed"]
    assert len(times) == 1 + 1 + 3
    recovers(visit)


def never_more_than_two_at_once(visit: Visit) -> None:
    assert len(visit.entries) == 12 and visit.server.most_at_once <= 2


def as_it_stands(visit: Visit) -> None:
    assert [path for path in visit.paths if path != "/feed"] == ["/a?x=%2F&y=%2f&&utm_source=feed&z"]


A, B, C = 'W/"a,b;c=d e"', '"abc-gzip"', "no-quotes"
TAGGED = ok(RSS, f"ETag: {A}", f"Last-Modified: {STAMP}")
BAD = ok(b"no", 'ETag: "bad"', status="500 Oops")

ROWS = [
    Outlet("A1-A2-A3-A6", {"/feed": [TAGGED, unchanged()]}, asks_with((None, None), (A, STAMP))),
    Outlet("A1-B", {"/feed": [ok(RSS, f"ETag: {B}"), unchanged()]}, asks_with((None, None), (B, None))),
    Outlet(
        "A4",
        {"/feed": [ok(RSS, f"ETag: {A}"), ok(RSS, f"ETag: {B}"), ok(RSS, f"ETag: {C}"), ok(RSS)]},
        asks_with((None, None), (A, None), (B, None), (C, None), (None, None)),
    ),
    Outlet(
        "A7",
        {"/feed": [TAGGED, unchanged(f"ETag: {B}"), unchanged()]},
        asks_with((None, None), (A, STAMP), (B, STAMP)),
    ),
    Outlet(
        "A10",
        {"/feed": to("/real"), "/real": ok(RSS, f"ETag: {A}")},
        lambda visit: (asks_with((None, None))(visit), asks_with((None, None), (A, None), path="/real")(visit)),
    ),
    Outlet(
        "A11", {"/feed": [b'HTTP/1.1 200 OK\r\nContent-length: 999\r\nETag: "cut"\r\n\r\n<rss>', ok(RSS)]}, recovers
    ),
    Outlet(
        "A11-cut-xml",
        {"/feed": [ok(RSS[:-30], 'ETag: "cut"'), ok(RSS)]},
        lambda visit: (asks_with((None, None))(visit), recovers(visit)),
    ),
    Outlet(
        "A12",
        {"/feed": [ok(gzip.compress(RSS)[:-9], "Content-Encoding: gzip", 'ETag: "cut"'), ok(RSS)]},
        lambda visit: (asks_with((None, None))(visit), recovers(visit)),
    ),
    Outlet(
        "A13",
        {"/feed": [page(TEXT, "Home", 'ETag: "home"'), ok(RSS)]},
        lambda visit: (asks_with((None, None))(visit), recovers(visit)),
    ),
    Outlet(
        "A13-then",
        {"/feed": [TAGGED, page(TEXT, "Home", 'ETag: "home"'), ok(RSS)]},
        lambda visit: (asks_with((None, None), (A, STAMP), (A, STAMP), (None, None))(visit), recovers(visit)),
    ),
    Outlet(
        "B12",
        {"/feed": feed(*(f"/{n}" for n in range(12)))} | {f"/{n}": page(TEXT + str(n)) for n in range(12)},
        never_more_than_two_at_once,
    ),
    Outlet("B13-seconds", {"/feed": [ok(b"", "Retry-After: 7200", status="429 Slow"), ok(RSS)]}, waits),
    Outlet(
        "B14-date", lambda lab: {"/feed": [ok(b"", f"Retry-After: {HTTP_DATE}", status="429 Slow"), ok(RSS)]}, waits
    ),
    Outlet("B15-503", {"/feed": [ok(b"", "Retry-After: 7200", status="503 Busy"), ok(RSS)]}, waits),
    Outlet("C3-302", {"/feed": to("/real"), "/real": ok(RSS)}, goes_by_the_old_address),
    Outlet("C4-307", {"/feed": to("/real", "307 Temporary"), "/real": ok(RSS)}, goes_by_the_old_address),
    Outlet("C5", {"/feed": to("/b"), "/b": to("/feed")}, lambda visit: len(visit.paths) <= 2 * 6),
    Outlet("C8-404", {"/feed": [ok(b"", status="404 No"), ok(b"", status="404 No"), ok(RSS)]}, recovers),
    Outlet("C9-500", {"/feed": [BAD, BAD, BAD, ok(RSS)]}, recovers),
    Outlet("C11-empty", {"/feed": [ok(b"", 'ETag: "empty"'), ok(RSS)]}, recovers),
    Outlet("C12-hangs-up", {"/feed": [b"", ok(RSS)]}, recovers),
    Outlet("D3-cookies", {"/feed": [ok(RSS, "Set-Cookie: id=7"), ok(RSS, "Set-Cookie: id=8")]}, recovers),
    Outlet(
        "D4-D5",
        {"/feed": feed("/a?x=%2F&y=%2f&&utm_source=feed&z"), "/a?x=%2F&y=%2f&&utm_source=feed&z": page(TEXT)},
        as_it_stands,
    ),
    Outlet("D10", {"/feed": feed("/a", "/b"), "/a": page(TEXT), "/b": page(TEXT + "b")}, each_page_once("/a", "/b")),
    Outlet(
        "D11",
        {
            "/feed": feed("/a", "/b"),
            "/a": page(TEXT),
            "/b": page(TEXT + "b"),
            "/robots.txt": ok(b"User-agent: newsroom-monitor\nDisallow: /b\n"),
        },
        each_page_once("/a"),
    ),
]
HTTP_DATE = format_datetime(START + timedelta(hours=2), usegmt=True)


@dataclass
class Visited:
    lab: Lab
    home: Path


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    with Lab(*ROWS) as lab:
        home = lab.home(tmp_path_factory.mktemp("manners") / "home", settings=("HOST_GAP=0", "REVISIT=none"))
        clock = Clock(START)
        app = open_app(home, clock)
        for hours, every in ((0, False), (3 / 4, False), (5, False), (30, True), (54, True), (78, True)):
            clock.now = START + timedelta(hours=hours)
            app.ingest(include_not_due=every)
        app.close()
        yield Visited(lab, home)


@pytest.mark.parametrize("outlet", ROWS, ids=[row.name for row in ROWS])
def test_the_checklist_holds_as_the_server_sees_it(outlet, visited):
    assert outlet.expect(visit_of(visited.lab, visited.home, outlet.name)) is not False


def test_every_request_is_a_plain_get_of_a_feed_reader(visited):
    """A9, D1 to D9: no cookie, no Referer, no Pragma, no HEAD; a User-Agent that says who; Accept names feeds."""
    allowed = {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    for server in visited.lab.servers.values():
        assert all(head.startswith(b"GET ") for head in server.heads)
        for path, headers, _ in server.requests:
            assert headers.keys() <= allowed
            assert headers["accept-encoding"] == "gzip, deflate"
            assert headers["user-agent"].startswith("newsroom-monitor/") and "feed reader" in headers["user-agent"]
            assert path != "/feed" or "application/rss+xml" in headers["accept"]


def test_a_feed_is_asked_once_a_visit(visited):
    """B3, whatever it answered."""
    for server in visited.lab.servers.values():
        assert 4 <= [path for path, _, _ in server.requests].count("/feed") <= 6
