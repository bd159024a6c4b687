"""Whatever the web sends, the run stays well: one real `monitor ingest` over a lab where every outlet is a hazard.

A row is an outlet, what it does, and what is to be seen of it afterwards, in its server's log and in the database. The
hazards are those of the project's research on feeds and on hostile networks; what only time shows is in
test_lab_manners.py. To add one, add a row.
"""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
import ssl
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import trustme

from kit.fault_server import Behaviour, drip, ok
from kit.lab import DEAD, Lab, Outlet, Ran, Visit, feed, ingest, item, page, rss, to, visit_of, web_page

pytestmark = pytest.mark.soak

TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации, сообщила редакция.\n" * 12
NAMED = "Журналист Мелис Токоев вызван в суд Бишкека на допрос по делу о призывах, сообщила редакция.\n" * 8
WATCHLIST = "entities:\n  - id: melis\n    name: Мелис Токоев\n"
WELL = {"/feed": feed("/a"), "/a": page(TEXT, "Суд")}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
HANGS = drip(b"", b"", 1.0)


# ---- what is expected ---------------------------------------------------------------------------------------------


def unread(words: str) -> Callable[[Visit], None]:
    """Check that the feed could not be read, and that its record says why."""

    def check(visit: Visit) -> None:
        assert words in visit.feed["detail"] and visit.feed["failures"] == 1

    return check


def brought(*titles: str) -> Callable[[Visit], None]:
    """Check that the feed is healthy and has these entries."""

    def check(visit: Visit) -> None:
        assert (visit.feed["failures"], [entry.title for entry in visit.entries]) == (0, list(titles))

    return check


def ended(*outcomes: str, text: str = "", words: str = "", requests: int | None = None) -> Callable[[Visit], None]:
    """Check that the feed is healthy and its only entry has this outcome and text."""

    def check(visit: Visit) -> None:
        (entry,) = visit.entries
        assert visit.feed["failures"] == 0 and entry.outcome in outcomes
        assert text in entry.text and words in entry.detail
        if requests is not None:
            assert len(visit.requests("/a")) == requests

    return check


def no_file_was_opened(visit: Visit) -> None:
    assert "root:" not in str(visit.entries) + str(visit.feed)
    assert not any("evil" in path for path in visit.paths)


def newest(count: int) -> Callable[[Visit], None]:
    """Check that the newest two thousand of so many entries are stored, and that some of their pages were asked for."""

    def check(visit: Visit) -> None:
        assert len(visit.entries) == 2000 and visit[f"Item {count - 1}"]
        assert sum(entry.tries > 0 for entry in visit.entries) <= 400

    return check


def nothing_was_asked_but_the_feed(visit: Visit) -> None:
    assert visit.feed["failures"] == 0 and visit.paths == ["/feed"]
    assert {entry.text_from for entry in visit.entries} == {"feed"}


def stayed_out(visit: Visit) -> None:
    assert visit.entries and all("private network" in entry.detail for entry in visit.entries)


def one_article_of_many_addresses(visit: Visit) -> None:
    assert len(visit.entries) == 30 and sum(path.startswith("/a?") for path in visit.paths) <= 4  # those at once
    assert {entry.outcome for entry in visit.entries} == {"no_match"}  # each is listed under a title of its own


def left_alone_after_a_few(visit: Visit) -> None:
    assert len(visit.entries) == 30 and len(visit.paths) - 1 == 2  # as many as are asked for at once
    assert [entry.outcome for entry in visit.entries] == ["pending"] * 30
    assert sum(entry.tries for entry in visit.entries) == len(visit.paths) - 1


def given_up_for_now(visit: Visit) -> None:
    """Check that a few pages were requested, and the others are stored with their feed's text."""
    tried = [entry for entry in visit.entries if entry.text_from]
    assert len(visit.entries) == 900 and len(tried) == 400 and sum(entry.tries for entry in tried) < 20
    assert {entry.outcome for entry in visit.entries} == {"pending"}


def cut_off_early(sent: list[int]) -> Callable[[Visit], None]:
    def check(visit: Visit) -> None:
        # Where the machine is busy, the time for an answer may be over before its 10 MB came.
        is_late = "within 20 seconds" in visit.feed["detail"]
        unread("within 20 seconds" if is_late else "larger than 10 MB")(visit)
        assert sum(sent) < 20_000_000

    return check


# ---- what is sent -------------------------------------------------------------------------------------------------


def pouring(head: bytes, sent: list[int], limit: int = 10**12) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while sum(sent) < limit:
            sent.append(100_000)
            writer.write(b" " * 100_000)
            await writer.drain()

    return behave


@cache
def bomb() -> bytes:
    """1 MB that unpacks to 1 GB: a thousand times the same block, since to pack all of it takes seconds."""
    packer = zlib.compressobj(9, wbits=31)
    begin, block = (packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return begin + 999 * block


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return ok(body, f"Content-Encoding: {encoding}")


def xml(body: str) -> bytes:
    return ok(body.encode(), "Content-Type: text/xml")


def titled(title: str, encoding: str, declared: str, *headers: str) -> dict[str, bytes]:
    text = rss(item(title, guid="1"), encoding=declared).decode()
    return {"/feed": ok(text.encode(encoding), *headers)}


def only_page(answer: object, **bodies: bytes) -> dict[str, object]:
    return {"/feed": feed("/a"), "/a": answer} | {f"/{path}": body for path, body in bodies.items()}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}]><rss version="2.0"><channel><item><title>&l9;</title></item></channel></rss>'
QUADRATIC = f'<!DOCTYPE r [<!ENTITY a "{"a" * 100_000}">]><rss version="2.0"><channel><item><title>{"&a;" * 50_000}</title></item></channel></rss>'
OPENS_A_FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>A &x;</title></item></channel></rss>'
ASKS_FOR_A_DTD = '<!DOCTYPE rss SYSTEM "/evil.dtd" [<!ENTITY % p SYSTEM "/evil.ent"> %p;]><rss version="2.0"><channel><item><title>A</title><guid>1</guid></item></channel></rss>'
INCLUDES = '<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><title>A</title><xi:include href="file:///etc/passwd" parse="text"/></item></channel></rss>'
LINKS = "".join(f'<a href="/{n}">x</a>' for n in range(80_000))
DAY = "Mon, 02 Mar 2026 {:02}:{:02}:{:02} GMT"
BASED = '<rss version="2.0" xml:base="/base/"><channel><item><title>A</title><link>a</link></item></channel></rss>'
ODD_LINKS = ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,<p>x", "mailto:a@lake.example", "gopher://x/"]
INSIDE = ["http://{}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://localhost:{port}/"]
INSIDE += ["http://169.254.169.254/latest/meta-data/", "http://[64:ff9b::a00:7]/", "http://017700000001:{port}/"]


def inward(lab: Lab) -> dict[str, object]:
    inside = lab.servers["inside"]
    links = [link.format(inside.place, port=inside.port) for link in INSIDE]
    hops = {f"/hop{n}": to(link) for n, link in enumerate(links)}
    return {"/feed": feed(*links, *hops)} | hops


def self_signed() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


ANNOUNCED, ENDLESS, PAGE_SENT = [], [], []  # what the servers sent of their large bodies

# ---- the rows -----------------------------------------------------------------------------------------------------


def long_feed(count: int) -> Outlet:
    """Return an outlet whose feed has so many entries, the last of which is the newest."""
    dates = (DAY.format(n // 3600, n // 60 % 60, n % 60) for n in range(count))
    items = (item(f"Item {n}", guid=str(n), pubDate=date) for n, date in enumerate(dates))
    return Outlet(f"long-{count}", {"/feed": ok(rss(*items))}, newest(count))


FEEDS = [
    Outlet("well", WELL, ended("no_match", text="отказ в аккредитации", requests=1)),
    # slow
    Outlet("silence", {"/feed": HANGS}, unread("no complete answer within 20 seconds")),
    Outlet("slow-headers", {"/feed": drip(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.5)}, unread("within 20 seconds")),
    Outlet("slow-body", {"/feed": drip(HEAD + b"\r\n<rss>", b" ", 0.5)}, unread("within 20 seconds")),
    Outlet("slow-hints", {"/feed": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.5)}, unread("within 20 seconds")),
    # large
    Outlet("endless-body", {"/feed": pouring(HEAD + b"\r\n", ENDLESS)}, cut_off_early(ENDLESS)),
    Outlet("endless-headers", {"/feed": drip(HEAD, b"X: " + b"y" * 5000 + b"\r\n", 0)}, unread("headers")),
    Outlet(
        "fifty-megabytes",
        {"/feed": pouring(HEAD + b"Content-Length: 50000000\r\n\r\n", ANNOUNCED, 50_000_000)},
        cut_off_early(ANNOUNCED),
    ),
    Outlet("gzip-bomb", {"/feed": packed(bomb())}, unread("larger than 10 MB")),
    Outlet("bomb-in-a-bomb", {"/feed": packed(gzip.compress(bomb()), "gzip, gzip")}, unread("packed in a way")),
    Outlet("brotli-unasked", {"/feed": packed(b"\x8b\x03\x80<rss/>\x03", "br")}, unread("packed in a way")),
    long_feed(10_000),  # twenty thousand take longer than a stage may, when others are at work on a slow machine
    # broken
    Outlet("gzip-cut", {"/feed": packed(gzip.compress(rss(item("A")))[:-9])}, unread("ends before its end")),
    Outlet("no-gzip", {"/feed": packed(rss(item("A")))}, unread("packed answer is broken")),
    Outlet(
        "too-long-announced", {"/feed": HEAD + b"Content-length: 999\r\n\r\n" + rss(item("A"))}, unread("cut short")
    ),
    Outlet("too-short-announced", {"/feed": HEAD + b"Content-length: 90\r\n\r\n" + rss(item("A"), item("B"))}),
    Outlet("empty", {"/feed": ok(b"")}, lambda visit: brought()(visit) if not visit.feed["failures"] else None),
    Outlet("no-http", {"/feed": b"220 mail.lake.example ESMTP\r\n\r\n"}, unread("not HTTP")),
    Outlet("hangs-up", {"/feed": b""}, unread("cut short")),
    Outlet("dead", {"/feed": DEAD}, unread("no connection")),
    Outlet("circle", {"/feed": to("/b"), "/b": to("/feed")}, unread("circle")),
    Outlet("nine-hops", {"/feed": to("/1")} | {f"/{n}": to(f"/{n + 1}") for n in range(1, 20)}, unread("8 redirects")),
    Outlet("nul-bytes", {"/feed": ok(rss(item("A\0B", guid="1")))}),
    # hostile
    Outlet("laughs", {"/feed": xml(LAUGHS)}),
    Outlet("quadratic", {"/feed": xml(QUADRATIC)}),
    Outlet("xxe", {"/feed": xml(OPENS_A_FILE)}, no_file_was_opened),
    Outlet("dtd", {"/feed": xml(ASKS_FOR_A_DTD)}, no_file_was_opened),
    Outlet("xinclude", {"/feed": xml(INCLUDES)}, no_file_was_opened),
    Outlet("a-path", {"/feed": ok(b"/etc/passwd")}, no_file_was_opened),
    Outlet(
        "a-million-items",
        {"/feed": ok(b'<rss version="2.0"><channel>' + b"<item/>" * 1_000_000)},
        unread("parse_feed:"),
    ),
    Outlet("attributes", {"/feed": ok(b"<rss><item " + b" ".join(b'a%d="1"' % n for n in range(300_000)))}),
    Outlet("deep", {"/feed": ok(b'<rss version="2.0"><channel>' + b"<item><a>" * 200_000)}),
    # refused
    Outlet("refused", {"/feed": ok(b"no", status="403 Forbidden")}, unread("refuses")),
    Outlet("login", {"/feed": ok(b"no", status="401 Unauthorized")}, unread("login")),
    Outlet("legal", {"/feed": ok(b"no", status="451 Unavailable For Legal Reasons")}, unread("legal reasons")),
    Outlet("challenge", {"/feed": ok(b"no", "cf-mitigated: challenge", status="403 Forbidden")}, unread("browser")),
    Outlet("not-found", {"/feed": ok(b"no", status="404 Not Found")}, unread("nothing at this address")),
    Outlet("trouble", {"/feed": ok(b"no", status="500 Oops")}, unread("in trouble")),
    Outlet("a-page", {"/feed": page(TEXT, "Home")}, unread("")),
    Outlet("self-signed", WELL, unread("certificate"), tls=self_signed(), scheme="https"),
    Outlet("no-tls", WELL, unread(""), scheme="https"),
    # strange letters
    Outlet("1251-as-utf8", titled("Блокировка сайта", "cp1251", "utf-8"), brought("Блокировка сайта")),
    Outlet("utf8-as-1251", titled("Блокировка сайта", "utf-8", "windows-1251"), brought("Блокировка сайта")),
    Outlet(
        "header-lies",
        titled("Блокировка сайта", "utf-8", "utf-8", "Content-Type: text/xml; charset=iso-8859-1"),
        brought("Блокировка сайта"),
    ),
    Outlet("koi8", titled("Блокировка сайта", "koi8-r", "koi8-r"), brought("Блокировка сайта")),
    Outlet("utf16", titled("Блокировка сайта", "utf-16", "utf-16"), brought("Блокировка сайта")),
    # strange entries
    Outlet("bare", {"/feed": ok(rss(item("A"), item("B")))}, brought("A", "B")),
    Outlet(
        "same-guid", {"/feed": ok(rss(item("A", guid="1"), item("B", guid="1")))}, lambda visit: len(visit.entries) == 1
    ),
    Outlet("relative", {"/feed": xml(BASED), "/base/a": page(TEXT)}, ended("no_match", text="отказ")),
    Outlet("odd-links", {"/feed": feed(*ODD_LINKS)}, nothing_was_asked_but_the_feed),
    Outlet("inward", inward, stayed_out),
    Outlet(
        "one-url",
        {"/feed": feed(*(f"/a?utm_source={n}" for n in range(30)))}
        | {f"/a?utm_source={n}": page(TEXT) for n in range(30)},
        one_article_of_many_addresses,
    ),
    Outlet("ten-thousand-hosts", {"/feed": feed(*(f"http://h{n}.invalid/" for n in range(900)))}, given_up_for_now),
    Outlet("script-in-title", {"/feed": ok(rss(item("<script>alert(1)</script>A", guid="1", author="<b>x")))}),
]

PAGES = [
    Outlet("page-403", only_page(ok(b"no", status="403 Forbidden")), ended("pending", words="refuses", requests=1)),
    Outlet("page-451", only_page(ok(b"no", status="451 Legal")), ended("pending", words="legal", requests=1)),
    Outlet("page-404", only_page(ok(b"no", status="404 Not Found")), ended("fetch_failed", requests=1)),
    Outlet("page-410", only_page(ok(b"no", status="410 Gone")), ended("fetch_failed", words="gone for good")),
    Outlet("page-500", only_page(ok(b"no", status="500 Oops")), ended("pending", words="in trouble")),
    Outlet("page-429", only_page(ok(b"", status="429 Slow")), ended("pending", words="too often", requests=1)),
    Outlet("page-hangs", only_page(HANGS), ended("pending", words="within 30 seconds")),
    Outlet("page-drips", only_page(drip(HEAD + b"\r\n", b" ", 0.5)), ended("not_html", "pending")),
    Outlet(
        "pages-hang",
        {"/feed": feed(*(f"/{n}" for n in range(30)))} | {f"/{n}": HANGS for n in range(30)},
        left_alone_after_a_few,
    ),
    Outlet(
        "page-too-large",
        only_page(pouring(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", PAGE_SENT)),
        ended("too_large", words="larger than 5 MB"),
    ),
    Outlet("page-bomb", only_page(ok(bomb(), "Content-Type: text/html", "Content-Encoding: gzip")), ended("too_large")),
    Outlet("page-empty", only_page(ok(b"", "Content-Type: text/html")), ended("no_text")),
    Outlet("page-script", only_page(page("", "A", kind="text/html")), lambda visit: len(visit.entries) == 1),
    Outlet("page-pdf", only_page(ok(b"%PDF-1.7", "Content-Type: application/pdf")), ended("not_html")),
    Outlet("page-image", only_page(ok(b"\x89PNG", "Content-Type: image/png")), ended("not_html")),
    Outlet("page-nul", only_page(page("Суд\0 решил: " + TEXT)), ended("no_match", text="отказ в аккредитации")),
    Outlet(
        "page-1251",
        only_page(
            ok(web_page(TEXT, "Суд", '<meta charset="windows-1251">').encode("cp1251"), "Content-Type: text/html")
        ),
        ended("no_match", text="отказ в аккредитации"),
    ),
    Outlet(
        "page-of-links",
        only_page(ok(f"<title>A</title><div>{LINKS}".encode(), "Content-Type: text/html")),
        ended("pending", words="extract:"),
    ),
    Outlet("page-of-links-too", only_page(ok(f"<article>{LINKS}".encode())), ended("pending", words="extract:")),
    Outlet("page-deep", only_page(ok(b"<div>" * 500_000, "Content-Type: text/html"))),
    Outlet("page-circle", only_page(to("/b"), b=to("/a")), ended("pending", words="circle")),
    Outlet(
        "page-robots",
        only_page(page(TEXT), **{"robots.txt": ok(b"User-agent: *\nDisallow: /a\n")}),
        ended("refused", words="robots.txt", requests=0),
    ),
    *(Outlet(f"copy-{n}", only_page(page(NAMED, "Допрос")), ended("queued", text="Мелис Токоев")) for n in range(5)),
]
OUTLETS = [Outlet("inside", WELL, allowed=False, listed=False), *FEEDS, *PAGES]


# ---- the run ------------------------------------------------------------------------------------------------------


@dataclass
class Over:
    lab: Lab
    home: Path
    ran: Ran


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    with Lab(*OUTLETS) as lab:
        settings = ("HOST_GAP=0", "FEED_ARTICLES_A_DAY=1000")  # a feed of 900 hosts is one of the hazards
        home = lab.home(tmp_path_factory.mktemp("hazards") / "home", WATCHLIST, settings)
        yield Over(lab, home, ingest(home))


def test_the_newest_of_twenty_thousand_entries_are_stored(tmp_path):
    with Lab(outlet := long_feed(20_000)) as lab:
        home = lab.home(tmp_path / "home")
        assert ingest(home).code == 0
        outlet.expect(visit_of(lab, home, outlet.name))


@pytest.mark.parametrize("outlet", FEEDS + PAGES, ids=[outlet.name for outlet in FEEDS + PAGES])
def test_a_hazard_costs_its_own_source_and_is_told_plainly(outlet, over):
    outlet.expect(visit_of(over.lab, over.home, outlet.name))


def test_the_run_is_well_and_within_its_time_and_memory(over):
    print(f"\n{len(OUTLETS)} outlets: {over.ran.seconds:.1f} s, {[n // 10**6 for n in over.ran.most_memory]} MB")
    assert (over.ran.code, over.ran.out) == (0, ""), "it ended by itself, within ten times what is usual"
    # 560 to 610 MB: the run itself some 210, two workers with 120 more each than the 50 they begin with.
    assert sum(over.ran.most_memory) < 680_000_000


def test_nothing_that_is_not_allowed_by_host_and_port_is_connected_to(over):
    assert over.lab.servers["inside"].connections == 0


def test_no_entry_is_lost_and_none_hangs_between(over):
    with sqlite3.connect(over.home / "monitor.db") as database:
        (claimed,) = database.execute("select count(*) from entry where claimed_until is not null").fetchone()
        (unnamed,) = database.execute("select count(*) from entry where outcome = ''").fetchone()
        (unvisited,) = database.execute("select count(*) from feed where last_visit is null").fetchone()
    assert (claimed, unnamed, unvisited) == (0, 0, 0)


def test_five_copies_are_one_story(over):
    with sqlite3.connect(over.home / "monitor.db") as database:
        assert database.execute("select count(*) from review_item").fetchone() == (1,)


def test_every_request_is_a_plain_get_of_a_guest(over):
    allowed = {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    for server in over.lab.servers.values():
        assert all(head.startswith(b"GET ") for head in server.heads)
        for _, headers, _ in server.requests:
            assert headers.keys() <= allowed
            assert headers["accept-encoding"] == "gzip, deflate" and "feed reader" in headers["user-agent"]
