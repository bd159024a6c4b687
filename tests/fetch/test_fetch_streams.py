"""Connections over asyncio's streams: whole pages over TLS, and idle connections that ended."""

import asyncio
import ssl

import pytest
import trustme

from kit.fault_server import fault_server, ok
from kit.fetchers import fetcher
from monitor.ports import Purpose

LARGE_PAGE = bytes(range(256)) * 6_000  # more than is received at once, and than is buffered


async def test_pages_over_tls_arrive_whole_over_one_connection():
    authority, ours = trustme.CA(), ssl.create_default_context()
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server_tls)
    authority.configure_trust(ours)
    async with fault_server(server_tls) as server, fetcher(server) as web:
        web.__dict__["_tls"] = ours
        server.paths["/robots.txt"], server.paths["/"] = ok(b""), ok(LARGE_PAGE, "Content-Type: text/html")
        for _ in range(3):
            assert (await web.get(f"https://{server.place}/", Purpose.PAGE)).body == LARGE_PAGE
        assert server.connections == 1


TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("unasked", "stays_open"), [(TOO_LATE, False), (ok(b"of nobody"), True)], ids=["a late request", "a second answer"]
)
async def test_an_idle_connection_on_which_more_came_than_was_asked_for_is_not_used_again(
    unasked: bytes, stays_open: bool
):
    """It would be taken for the answer to the next request."""
    is_read, is_sent, is_over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answering_twice(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"first"))
        await is_read.wait()
        writer.write(unasked)
        is_sent.set()
        if stays_open:
            await is_over.wait()

    async with fault_server() as server, fetcher(server) as web:
        server.paths["/"] = [answering_twice, ok(b"second")]
        assert (await web.get(server.url(), Purpose.FEED)).body == b"first"
        is_read.set()
        await is_sent.wait()
        await asyncio.sleep(0.01)  # until it has been received
        assert (await web.get(server.url(), Purpose.FEED)).body == b"second"
        assert server.connections == 2
        is_over.set()
