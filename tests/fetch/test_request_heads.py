"""The head of a request as evidence: byte for byte what was sent, without what identifies who asked."""

from __future__ import annotations

import re

import pytest

from fetch.proxies import proxy
from kit.fault_server import FaultServer, ok
from kit.fetchers import PUBLIC, NameService, fetcher, server
from monitor.errors import FetchError
from monitor.model import Validators
from monitor.ports import Purpose

__all__ = ["server"]
IDENTIFYING = re.compile(
    rb"(?i)^(user-agent|from|if-none-match|if-modified-since|authorization|proxy-[a-z]+): .*\r\n", re.M
)
NAMES = NameService(blocked_example=[[PUBLIC]] * 9)
PAGE = ok(b"<html>page</html>", "Content-Type: text/html")


def without_identity(head: bytes) -> bytes:
    """Return the bytes that came to the server without the lines that tell who asked."""
    return IDENTIFYING.sub(b"", head)


@pytest.mark.parametrize("path", ["/a", "/a?q=%D0%9C&b=1", "/%E2%82%AC//x;y"])
@pytest.mark.parametrize("validators", [Validators(), Validators('"only-yours-7"', "Mon, 02 Mar 2026 08:00:00 GMT")])
async def test_the_stored_head_is_what_the_server_got_without_the_lines_that_identify(
    server: FaultServer, path, validators
):
    server.paths[path] = PAGE
    async with fetcher(server, user_agent="monitor; anna@ngo.example") as web:
        response = await web.get(server.url(path), Purpose.PAGE, validators)
    (sent,) = [head for head in server.heads if b"robots.txt" not in head]
    assert b"anna@ngo.example" in sent and (b"only-yours-7" in sent) == bool(validators.etag)
    assert response.request.encode("latin-1") + b"\r\n\r\n" == without_identity(sent)
    assert response.request.startswith(f"GET {path} HTTP/1.1\r\nHost: {server.place}\r\n")


async def test_of_a_redirect_it_is_the_request_that_was_answered_with_the_page(server: FaultServer):
    server.paths["/a"] = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    server.paths["/b"] = PAGE
    async with fetcher(server) as web:
        response = await web.get(server.url("/a"), Purpose.PAGE)
    assert response.url == server.url("/b") and response.request.startswith("GET /b HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [404, 410, 451])
async def test_the_answer_in_an_articles_place_has_its_request(server: FaultServer, status: int):
    server.paths["/a"] = b"HTTP/1.1 %d No\r\nContent-Length: 4\r\n\r\ngone" % status
    async with fetcher(server) as web:
        with pytest.raises(FetchError) as caught:
            await web.get(server.url("/a"), Purpose.PAGE)
    assert caught.value.answer is not None
    assert caught.value.answer.request.startswith("GET /a HTTP/1.1\r\n")


async def test_no_feed_and_no_robots_file_has_one(server: FaultServer):
    server.paths["/feed"] = ok(b"<rss/>", "Content-Type: text/xml")
    async with fetcher(server) as web:
        assert (await web.get(server.url("/feed"), Purpose.FEED)).request == ""


async def test_through_socks_it_is_the_same_and_tells_nothing_of_the_proxy(server: FaultServer):
    server.paths["/a"] = PAGE
    async with proxy("socks", server.port) as socks, fetcher(server, resolve=NAMES) as web:
        response = await web.get("http://blocked.example/a", Purpose.PAGE, proxy=f"socks5h://{socks.place}")
    sent = server.heads[-1]
    assert response.request.encode() + b"\r\n\r\n" == without_identity(sent) and socks.place not in response.request


async def test_what_a_proxy_wrote_anew_is_not_taken_for_ours(server: FaultServer):
    server.paths["http://blocked.example/a"] = PAGE
    async with fetcher(server, resolve=NAMES, robots=False) as web:
        through_http = await web.get("http://blocked.example/a", Purpose.PAGE, proxy=f"HTTP://{server.place}")
    assert server.heads[-1].startswith(b"GET http://blocked.example/a ")
    assert through_http.body and through_http.request == ""
