"""An answer is whole, or an error, and bounded in size and time."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import ssl
import subprocess
import tracemalloc
import zlib
from collections.abc import Sequence
from time import monotonic
from typing import Any

import httpcore
import pytest

from kit.fault_server import FaultServer, drip, fault_server, ok
from kit.fetchers import PUBLIC, Internet, NameService, OwnFetcher, fetcher, get, reason, server
from monitor.errors import FetchError, FetchReason
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.transport import PoolTransport, direct_transport
from monitor.ports import Purpose

__all__ = ["server"]


async def fails(server: FaultServer, path: str = "/", **policy) -> FetchReason:
    async with fetcher(server, **policy) as web:
        return await reason(web, server.url(path))


# ---- bounded in size ----------------------------------------------------------------------------------------------


def bomb(megabytes: int) -> bytes:
    """Return a gzip member without its end that unpacks to that many MB of zeros."""
    squeeze = zlib.compressobj(9, wbits=-15)
    block = squeeze.compress(bytes(1_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * megabytes


async def test_a_gzip_bomb_is_cut_off_in_little_memory(server):
    packed = bomb(1000)
    assert len(packed) < 1_100_000
    server.paths["/"] = ok(packed, "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        assert await fails(server) is FetchReason.TOO_LARGE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


async def test_a_body_without_end_is_cut_off(server):
    server.paths["/"] = drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 60_000, 0)
    assert await fails(server, feed_bytes=500_000) is FetchReason.TOO_LARGE


@pytest.mark.parametrize(("size", "fits"), [(50_000, True), (63_500, True), (64_500, False), (150_000, False)])
async def test_headers_are_bounded(size, fits, server):
    server.paths["/"] = ok(
        b"x", *(f"X-{n}: {'y' * 993}" for n in range(size // 1000)), "X-Rest: " + "y" * (size % 1000)
    )
    if fits:
        assert (await get(server)).body == b"x"
    else:
        assert await fails(server) is FetchReason.TOO_LARGE


async def test_headers_without_end_are_cut_off(server):
    server.paths["/"] = drip(b"HTTP/1.1 200 OK\r\n", b"X-Y: " + b"z" * 5000 + b"\r\n", 0)
    assert await fails(server) is FetchReason.TOO_LARGE


# ---- whole, or an error -------------------------------------------------------------------------------------------

CUT_SHORT = {
    "a body shorter than announced": b"HTTP/1.1 200 OK\r\nContent-length: 100\r\n\r\n<rss>",
    "a chunked body without its last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
    "a chunk that is no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-length: 5\r\nContent-length: 6\r\n\r\n<rss>",
    "gzip cut off": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss>" * 900)[:-20],
    "no HTTP": b"220 mail.lake.example ESMTP\r\n\r\n",
    "nothing": b"",
    "half a header": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "a header with a control character": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n<rss>",
    "a protocol switch": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
}


@pytest.mark.parametrize("answer", CUT_SHORT.values(), ids=CUT_SHORT.keys())
async def test_an_answer_that_is_not_whole_is_an_error(answer, server):
    server.paths["/"] = answer
    assert await fails(server) is FetchReason.BAD_RESPONSE


async def test_a_body_may_end_with_its_connection_or_be_chunked(server):
    server.paths["/plain"] = b"HTTP/1.0 200 OK\r\n\r\n<rss/>"
    server.paths["/chunks"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n2\r\n/>\r\n0\r\n\r\n"
    for path in server.paths:
        assert (await get(server, path)).body == b"<rss/>"


async def test_a_lost_connection_is_an_error(server):
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    server.paths["/"] = reset
    assert await fails(server) in (FetchReason.UNREACHABLE, FetchReason.BAD_RESPONSE)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Answers nothing; the server then closes the connection."""


async def test_a_kept_connection_that_the_server_has_closed_costs_no_document(server):
    server.paths = {"/first": ok(), "/": [hang_up, ok(b"<there/>")]}
    async with fetcher(server) as web:
        await web.get(server.url("/first"), Purpose.FEED)
        assert (await web.get(server.url(), Purpose.FEED)).body == b"<there/>"
    assert server.connections == 2


async def test_a_pool_that_closes_a_connection_under_an_answer_costs_no_document(server, monkeypatch):
    """As httpcore's does when a kept connection's time is over just as it is given away."""
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<the")
        await writer.drain()
        reading.set()
        await go_on.wait()

    transports = []

    def noted(*parts: Any) -> PoolTransport:
        transports.append(direct_transport(*parts))
        return transports[-1]

    monkeypatch.setattr("monitor.fetch.client.direct_transport", noted)
    server.paths = {"/first": ok(), "/": [slowly, ok(b"<there/>")]}
    async with fetcher(server) as web:
        await web.get(server.url("/first"), Purpose.FEED)
        answer = asyncio.create_task(web.get(server.url(), Purpose.FEED))
        await reading.wait()
        for transport in transports:
            for connection in transport.pool.connections:
                await connection.aclose()
        assert (await answer).body == b"<there/>"
        go_on.set()


async def test_a_server_that_hangs_up_on_a_new_connection_is_asked_once(server):
    server.paths = {"/first": ok(), "/": hang_up}
    assert await fails(server) is FetchReason.BAD_RESPONSE
    async with fetcher(server) as web:  # the kept connection first, then a new one
        await web.get(server.url("/first"), Purpose.FEED)
        assert await reason(web, server.url()) is FetchReason.BAD_RESPONSE
    assert [path for path, _, _ in server.requests] == ["/", "/first", "/", "/"]


async def test_etags_of_any_bytes_go_over_the_wire_and_back(server):
    server.paths["/"] = b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: W/"\xfc\xd1\x8f"\r\n\r\n'
    async with fetcher(server) as web:
        first = await web.get(server.url(), Purpose.FEED)
        server.paths["/"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
        second = await web.get(server.url(), Purpose.FEED, first.validators)
    assert second.is_not_modified
    assert server.requests[1][1]["if-none-match"].encode("latin-1") == b'W/"\xfc\xd1\x8f"'


# ---- bounded in time ----------------------------------------------------------------------------------------------

SLOW = {
    "silence": drip(b"", b"", 0.02),
    "headers a letter at a time": drip(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.02),
    "a body a letter at a time": drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.02),
    "chunk after chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.02),
    "hints without end": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.02),
    "gzip of nothing": drip(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\0", 0.02),
}


@pytest.mark.parametrize("behaviour", SLOW.values(), ids=SLOW.keys())
async def test_an_answer_that_drips_ends_at_the_deadline(behaviour, server):
    server.paths["/"] = behaviour
    began = monotonic()
    assert await fails(server, feed_seconds=0.1) in (FetchReason.TIMEOUT, FetchReason.BAD_RESPONSE)
    assert monotonic() - began < 60


async def test_redirects_share_one_deadline(server):
    async def slow_hop(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.03)
        writer.write(ok(b"", f"Location: /{len(server.requests)}", status="302 Found"))
        await writer.drain()

    server.paths = {"/": slow_hop} | {f"/{n}": slow_hop for n in range(1, 9)}
    assert await fails(server, feed_seconds=0.1) is FetchReason.TIMEOUT
    assert len(server.requests) <= 4


async def test_a_page_has_its_own_deadline(server):
    server.paths["/"] = drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05)
    began = monotonic()
    async with fetcher(server, feed_seconds=60, page_seconds=0.1) as web:
        with pytest.raises(FetchError, match=r"within 0\.1 seconds"):
            await web.get(server.url(), Purpose.PAGE)
    assert monotonic() - began < 60


async def test_a_name_service_that_hangs_is_given_up_and_holds_up_nobody_else(server):
    async def resolve(host: str, port: int) -> Sequence[str]:
        if host == "stuck.example":
            await asyncio.sleep(600)
        return [PUBLIC]

    server.paths["/"] = ok()
    async with fetcher(resolve=resolve, network=Internet(server), connect_seconds=300) as web:
        stuck = asyncio.create_task(web.get("http://stuck.example/", Purpose.FEED))
        assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
        assert not stuck.done()
        stuck.cancel()
        await asyncio.wait([stuck])
    async with fetcher(resolve=resolve, network=Internet(server), connect_seconds=0.1) as web:
        assert await reason(web, "http://stuck.example/") is FetchReason.TIMEOUT


class StandingStill(Internet):
    """A network where the first attempt to connect ends with a timeout, so many seconds after it began."""

    def __init__(self, server: FaultServer, seconds: float) -> None:
        super().__init__(server)
        self.seconds, self.time = seconds, 0.0

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        if not self.reached:
            self.reached.append(host)
            self.time += self.seconds
            raise httpcore.ConnectTimeout
        return await super().connect_tcp(host, port, None)


@pytest.mark.parametrize(("seconds", "connects"), [(5.0, 1), (5.2, 1), (5.5, 2), (60.0, 2)])
async def test_a_server_is_not_blamed_for_the_time_this_process_stood_still(
    server, monkeypatch: pytest.MonkeyPatch, seconds: float, connects: int
):
    server.paths["/"] = ok()
    network = StandingStill(server, seconds)
    monkeypatch.setattr("monitor.fetch.addresses.monotonic", lambda: network.time)
    async with fetcher(resolve=NameService(lake_example=[[PUBLIC]]), network=network, connect_seconds=5) as web:
        if connects == 1:
            assert await reason(web, "http://lake.example/") is FetchReason.TIMEOUT
        else:
            assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
    assert len(network.reached) == connects


async def test_hung_servers_do_not_use_up_the_connections(server):
    server.paths |= {"/hangs": drip(b"", b"", 0.05), "/": ok()}
    async with fetcher(server, feed_seconds=0.1, max_requests=2) as web:
        hung = [reason(web, server.url("/hangs")) for _ in range(6)]
        assert set(await asyncio.gather(*hung)) == {FetchReason.TIMEOUT}
        for _ in range(3):  # as a page, which has half a minute: this machine may be busy
            assert (await web.get(server.url(), Purpose.PAGE)).status == 200


async def test_a_cancelled_request_is_cancelled_and_gives_its_turn_back(server):
    server.paths |= {"/hangs": drip(b"", b"", 0.05), "/": ok()}
    async with fetcher(server, per_host=1, max_requests=1) as web:
        task = asyncio.create_task(web.get(server.url("/hangs"), Purpose.FEED))
        waiting = asyncio.create_task(web.get(server.url("/hangs"), Purpose.FEED))
        await asyncio.sleep(0.02)
        for other_task in (task, waiting):
            other_task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await other_task
        assert (await web.get(server.url(), Purpose.FEED)).status == 200


# ---- nobody there, or not who they say ----------------------------------------------------------------------------


async def test_nobody_at_the_port_or_no_such_name_is_unreachable():
    async with fetcher(allow_hosts={"127.0.0.1:1"}) as web:
        assert await reason(web, "http://127.0.0.1:1/") is FetchReason.UNREACHABLE
        assert await reason(web, "http://nobody.example/") is FetchReason.UNREACHABLE


@pytest.mark.parametrize("host", ["a..b", "x" * 80 + ".example", ".example", "-"])
async def test_a_name_that_no_resolver_takes_is_unreachable(host):
    async with OwnFetcher(FetchPolicy(host_gap=0)) as web:
        assert await reason(web, f"http://{host}/") is FetchReason.UNREACHABLE


async def test_https_to_a_server_without_tls_is_a_tls_error():
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as plain:
        place = f"127.0.0.1:{plain.sockets[0].getsockname()[1]}"
        async with fetcher(allow_hosts={place}) as web:
            assert await reason(web, f"https://{place}/") is FetchReason.TLS


async def test_a_tls_greeting_that_nobody_answers_is_a_timeout(server):
    async with fetcher(server, connect_seconds=0.1) as web:
        assert await reason(web, f"https://{server.place}/") is FetchReason.TIMEOUT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    pem = tmp_path / "self-signed.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout - -out -"
    pem.write_bytes(subprocess.run(command.split(), check=True, capture_output=True).stdout)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    async with fault_server(context) as server, fetcher(server) as web:
        with pytest.raises(FetchError, match="certificate") as caught:
            await web.get(f"https://{server.place}/", Purpose.FEED)
        assert caught.value.reason is FetchReason.TLS
        assert server.requests == []
