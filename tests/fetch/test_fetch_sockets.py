"""Fetching over real sockets: private addresses, limits, deadlines, rate limits."""

from __future__ import annotations

import ast
import asyncio
import gzip
import importlib.abc
import inspect
import shutil
import ssl
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor
from kit.fault_server import FaultServer, drip, fault_server, ok
from monitor.errors import FetchError, FetchReason
from monitor.fetch import FetchPolicy, WebFetcher
from monitor.fetch.addresses import check_url, is_public
from monitor.model import Validators
from monitor.ports import Purpose, Response

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"

# Every connect() of this process, whoever makes it. An audit hook cannot be taken away again, only given nothing to do.
_watching: list[list[object]] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        for addresses in _watching:
            addresses.append(arguments[1])


sys.addaudithook(_audit)


@pytest.fixture
def connects() -> Iterator[list[object]]:
    addresses: list[object] = []
    _watching.append(addresses)
    yield addresses
    _watching.remove(addresses)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with fault_server() as faults:
        yield faults


class NameService:
    """A name service: a name has its addresses, and the next time the next ones, if there are more."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError("Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Internet(httpcore.AsyncNetworkBackend):
    """A network on which every address is our server, except the ones that are down."""

    def __init__(self, server: FaultServer, down: Sequence[str] = ()) -> None:
        self.server, self.down, self.reached = server, down, []
        self.sockets = httpcore.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.reached.append(f"{host}:{port}")
        if host in self.down:
            raise httpcore.ConnectError("down")
        return await self.sockets.connect_tcp("127.0.0.1", self.server.port, timeout)


@asynccontextmanager
async def fetcher(
    *servers: FaultServer, resolve=None, network=None, host_gap: float = 0, **policy
) -> AsyncIterator[WebFetcher]:
    allowed = frozenset(policy.pop("allow_hosts", ())) | {server.place for server in servers}
    numbers = FetchPolicy(allow_hosts=allowed, host_gap=host_gap, **policy)
    async with WebFetcher(numbers, resolve=resolve or NameService(), network=network) as web:
        yield web


async def get(server: FaultServer, path: str = "/", **policy) -> Response:
    async with fetcher(server, **policy) as web:
        return await web.get(server.url(path), Purpose.FEED)


async def reason(web: WebFetcher, url: str, **options) -> FetchReason:
    with pytest.raises(FetchError) as caught:
        await web.get(url, Purpose.FEED, **options)
    return caught.value.reason


async def fails(server: FaultServer, path: str = "/", **policy) -> FetchReason:
    async with fetcher(server, **policy) as web:
        return await reason(web, server.url(path))


# ---- what is never connected to -----------------------------------------------------------------------------------

SPELLINGS = [
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0X7F.0x0.0x0.0x1/",
    "http://017700000001/",
    "http://0177.0.0.01/",
    "http://0x7f.1/",
    "http://127.0.0.1:8080/",
    "http://0/",
    "http://0.0.0.0/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.lake.example/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a00:7]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:f5ff:fff8]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::7]/",
    "http://[fec0::7]/",
    "http://[ff02::1]/",
    "http://[2001:db8::7]/",
    "http://10.0.0.7/",
    "http://172.16.0.7/",
    "http://192.168.0.7/",
    "http://100.64.0.7/",
    "http://198.18.0.7/",
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "http://240.0.0.7/",
    "http://255.255.255.255/",
    "http://192.0.2.7/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://lake.localhost/",
    "http://lake.example@127.0.0.1/",
    "http://user:word@lake.example/",
    "http://127.0.0.1\\@lake.example/",
    "https://127.0.0.1/",
    "http://127.0.0.1:22/",
    "http://127.0.0.1:6379/",
    "http://[::1]:25/",
    "http://127.000.000.001/",
    "http://0000177.1/",
    "http://[fe80::1%eth0]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[64:ff9b::a9fe:a9fe]:8080/",
    "http://lake.example:80@127.0.0.1/",
    "http://127.0.0.1?@lake.example/",
    "http://127.0.0.1#@lake.example/",
    "http:///127.0.0.1/",
    "data:text/html,<p>hello",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "file://lake.example/etc/passwd",
    "gopher://127.0.0.1:70/",
    "ftp://lake.example/",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://",
    "",
]


def names() -> NameService:
    return NameService(
        lake_example=[[PUBLIC]],
        hills_example=[[PUBLIC]],
        inside_example=[[PRIVATE]],
        **{"inside_example_": [["127.0.0.1"]]},
        mixed_example=[[PUBLIC, PRIVATE]],
        mixed6_example=[[PUBLIC, "::1"]],
        mapped_example=[["::ffff:10.0.0.7"]],
        nat64_example=[["64:ff9b::a9fe:a9fe"]],
    )


NAMES = [f"http://{name}/" for name in ("inside.example", "inside.example.", "mixed.example", "mixed6.example")]
NAMES += ["http://mapped.example/", "http://nat64.example/"]


@pytest.mark.parametrize("url", SPELLINGS + NAMES)
async def test_a_private_address_is_never_connected_to_however_it_is_spelled(url, connects):
    """82 vectors, each for a feed, a page with its robots.txt, and the ping; each again behind a redirect, and by proxy.

    No socket is opened: that is asked of the interpreter's own audit of connect(), and the names are told by a fake.
    """
    async with fetcher(resolve=names()) as web:
        for purpose in Purpose:
            with pytest.raises(FetchError) as caught:
                await web.get(url, purpose)
            assert caught.value.reason is FetchReason.FORBIDDEN_ADDRESS
    assert connects == []


def test_these_are_all_the_vectors_that_their_table_promises():
    assert len(set(SPELLINGS + NAMES)) == 82


@pytest.mark.parametrize("hops", [1, 3, 8])
async def test_every_hop_of_a_redirect_is_checked(hops, connects, server):
    ends = [
        "http://127.0.0.1/",
        "http://inside.example/",
        "http://mixed6.example/",
        "http://[::ffff:7f00:1]/",
        "file:///x",
    ]
    async with fetcher(resolve=names(), network=Internet(server)) as web:
        for number, end in enumerate(ends):
            for hop in range(hops):
                place = f"/{number}-{hop + 1}" if hop + 1 < hops else end
                server.paths[f"/{number}-{hop}"] = ok(b"", f"Location: {place}", status="302 Found")
            assert await reason(web, f"http://lake.example/{number}-0") is FetchReason.FORBIDDEN_ADDRESS
    assert {address for address in connects if address != ("127.0.0.1", server.port)} == set()
    assert len(server.requests) == hops * len(ends)


async def test_a_name_that_turns_inward_between_two_hops_is_not_followed(server):
    server.paths["/"] = ok(b"", "Location: http://lake.example/inside", "Connection: close", status="302 Found")
    server.paths["/robots.txt"] = ok(b"", "Connection: close", status="404 Not Found")
    for purpose, answers in ((Purpose.FEED, 1), (Purpose.PAGE, 2)):
        turning, internet = NameService(lake_example=[[PUBLIC]] * answers + [[PRIVATE]]), Internet(server)
        async with fetcher(resolve=turning, network=internet) as web:
            with pytest.raises(FetchError, match="private network"):
                await web.get("http://lake.example/", purpose)
        assert set(internet.reached) == {f"{PUBLIC}:80"}


async def test_the_system_resolver_is_checked_like_any_other(connects):
    async with WebFetcher(FetchPolicy(host_gap=0)) as web:
        for url in ("http://localhost/", "http://127.1/", "http://[::1]/"):
            assert await reason(web, url) is FetchReason.FORBIDDEN_ADDRESS
    assert connects == []


async def test_a_redirect_to_a_private_address_is_not_followed(connects, server):
    internet = Internet(server)
    async with fetcher(resolve=names(), network=internet) as web:
        absolute = [url for url in SPELLINGS + NAMES if "://" in url and not url.startswith(("http:///", "file:///"))]
        for number, place in enumerate(url for url in [*absolute, "file:///etc/passwd"] if url != "http://"):
            server.paths[f"/{number}"] = ok(b"", f"Location: {place.encode().decode('latin-1')}", status="302 Found")
            assert (await reason(web, f"http://lake.example/{number}"), place) == (FetchReason.FORBIDDEN_ADDRESS, place)
    assert set(internet.reached) == {f"{PUBLIC}:80"}
    assert len(connects) == server.connections == len(server.requests) == len(server.paths)


async def test_connecting_is_seen_by_these_tests(connects, server):
    server.paths["/"] = ok()
    assert (await get(server)).status == 200
    assert connects == [("127.0.0.1", server.port)]


async def test_a_name_is_resolved_once_and_the_checked_address_connected_to(server):
    server.paths["/"] = ok(b"", "Connection: close")
    rebinding, internet = NameService(lake_example=[[PUBLIC], [PRIVATE]]), Internet(server)
    async with fetcher(resolve=rebinding, network=internet) as web:
        assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
        assert (rebinding.asked, internet.reached) == (["lake.example"], [f"{PUBLIC}:80"])
        assert await reason(web, "http://lake.example/") is FetchReason.FORBIDDEN_ADDRESS
    assert internet.reached == [f"{PUBLIC}:80"]


async def test_the_next_checked_address_is_tried_when_one_is_down(server):
    server.paths["/"] = ok()
    internet = Internet(server, down=["2606:4700::7"])
    async with fetcher(resolve=NameService(lake_example=[["2606:4700::7", PUBLIC]]), network=internet) as web:
        assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
    assert internet.reached == ["2606:4700::7:80", f"{PUBLIC}:80"]


ADDRESSES = [
    (PUBLIC, True),
    ("8.8.8.8", True),
    ("2606:4700:4700::1111", True),
    ("::ffff:8.8.8.8", True),
    ("64:ff9b::808:808", True),
    ("192.0.0.9", False),
    ("192.88.99.1", False),
    ("203.0.113.7", False),
    ("2002:808:808::1", False),
    ("2001:0:808:808::1", False),
    ("3fff::1", False),
    ("4000::1", False),
    ("100::1", False),
    ("fe80::1%eth0", False),
    ("64:ff9b::7f00:1", False),
    ("64:ff9b:1::808:808", False),
    ("ff0e::1", False),
    ("239.1.1.1", False),
]


@pytest.mark.parametrize(("address", "public"), ADDRESSES)
def test_public_is_what_the_public_internet_routes(address, public):
    assert is_public(address) is public


@given(st.text(max_size=60), st.sampled_from(["http://", "https://", "http://[", "http://a.example/", ""]))
def test_no_text_is_more_than_a_refusal(text, start):
    try:
        target = check_url(start + text, frozenset(), 2048)
    except FetchError:
        return
    assert target.scheme in ("http", "https") and not target.userinfo


# ---- what is allowed by name --------------------------------------------------------------------------------------


async def test_an_allowed_host_and_port_is_fetched_and_no_other_port_of_it(server):
    server.paths["/"] = ok(b"<rss/>")
    async with fault_server() as other_server, fetcher(server) as web:
        assert (await web.get(server.url(), Purpose.FEED)).body == b"<rss/>"
        assert await reason(web, other_server.url()) is FetchReason.FORBIDDEN_ADDRESS
        assert other_server.connections == 0


async def test_an_allowed_name_may_be_private_and_its_address_is_not_allowed_with_it(server):
    server.paths["/"] = ok()
    place = f"Newsroom.test:{server.port}"
    async with fetcher(resolve=NameService(newsroom_test=[["127.0.0.1"]]), allow_hosts={place}) as web:
        assert (await web.get(f"http://NEWSROOM.test:{server.port}/", Purpose.FEED)).status == 200
        assert await reason(web, server.url()) is FetchReason.FORBIDDEN_ADDRESS
        assert await reason(web, f"http://other.test:{server.port}/") is FetchReason.UNREACHABLE


async def test_the_system_resolver_finds_what_is_allowed(server):
    server.paths["/"] = ok(b"here")
    policy = FetchPolicy(host_gap=0, allow_hosts=frozenset({f"localhost:{server.port}"}))
    async with WebFetcher(policy) as web:
        assert (await web.get(f"http://localhost:{server.port}/", Purpose.FEED)).body == b"here"


async def test_a_host_is_not_allowed_without_its_port(server):
    async with fetcher(allow_hosts={"127.0.0.1"}) as web:
        assert await reason(web, server.url()) is FetchReason.FORBIDDEN_ADDRESS


# ---- how it is built in -------------------------------------------------------------------------------------------


def test_nothing_but_the_one_door_leads_out():
    """Import-linter keeps httpx in `fetch`; here, whatever else could open a connection. Mail and the demo are no doors."""
    ways_out = {
        "urllib.request",
        "http.client",
        "requests",
        "aiohttp",
        "urllib3",
        "ftplib",
        "socket",
        "trafilatura.downloads",
    }
    users = set()
    for file in Path(monitor.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            users |= {(file.parent.name, name) for name in ways_out.intersection(names)}
            assert getattr(node, "attr", getattr(node, "id", "")) not in {"fetch_url", "urlopen", "create_connection"}
    assert users <= {("fetch", "socket"), ("web", "socket")}  # the desk listens


def test_httpx_still_takes_no_network_backend_of_its_own():
    """When this fails, `monitor/fetch/client.py` can hand its backend to httpx instead of to the private pool."""
    assert "network_backend" not in inspect.signature(httpx.AsyncHTTPTransport).parameters
    assert isinstance(httpx.AsyncHTTPTransport()._pool, httpcore.AsyncConnectionPool)


async def test_a_proxy_from_the_environment_is_not_used(server, monkeypatch, connects):
    server.paths["/"] = ok()
    async with fault_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        assert (await get(server)).status == 200
        assert proxy.connections == 0


# ---- through a proxy ----------------------------------------------------------------------------------------------


async def test_through_a_proxy_the_name_is_not_resolved_here(server):
    server.paths["http://inside.example/feed?x=1"] = ok(b"through")
    resolver = names()
    async with fetcher(resolve=resolver, proxy=f"http://{server.place}") as web:
        answer = await web.get("http://inside.example/feed?x=1", Purpose.FEED)
    assert answer.body == b"through"
    assert resolver.asked == []


async def test_a_feeds_own_proxy_comes_before_the_general_one(server):
    server.paths["http://lake.example/"] = ok(b"own")
    async with fault_server() as general, fetcher(proxy=f"http://{general.place}") as web:
        answer = await web.get("http://lake.example/", Purpose.FEED, proxy=f"http://{server.place}")
        assert (answer.body, general.connections) == (b"own", 0)


async def test_through_a_proxy_literal_private_addresses_are_still_refused(server, connects):
    async with fetcher(proxy=f"http://{server.place}") as web:
        for url in SPELLINGS:
            assert (await reason(web, url), url) == (FetchReason.FORBIDDEN_ADDRESS, url)
    assert connects == []


async def test_a_redirect_through_a_proxy_is_checked_too(server):
    server.paths["http://lake.example/"] = ok(b"", "Location: http://169.254.169.254/", status="302 Found")
    async with fetcher(proxy=f"http://{server.place}") as web:
        assert await reason(web, "http://lake.example/") is FetchReason.FORBIDDEN_ADDRESS
    assert [target for target, _, _ in server.requests] == ["http://lake.example/"]


async def test_a_proxy_that_is_down_or_refuses_is_unreachable(server):
    server.paths["lake.example:443"] = ok(b"", status="403 Forbidden")
    async with fetcher(proxy=f"http://{server.place}") as web:
        assert await reason(web, "https://lake.example/") is FetchReason.UNREACHABLE
        assert await reason(web, "http://lake.example/", proxy="http://127.0.0.1:1") is FetchReason.UNREACHABLE


# ---- bounded in size ----------------------------------------------------------------------------------------------


def bomb(megabytes: int) -> bytes:
    """A gzip member that unpacks to that many MB of zeros, and of which we never see the end."""
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


async def test_a_pool_that_closes_a_connection_under_an_answer_costs_no_document(server):
    """As httpcore's does when a kept connection's time is over just as it is given away."""
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<the")
        await writer.drain()
        reading.set()
        await go_on.wait()

    server.paths = {"/first": ok(), "/": [slowly, ok(b"<there/>")]}
    async with fetcher(server) as web:
        await web.get(server.url("/first"), Purpose.FEED)
        answer = asyncio.create_task(web.get(server.url(), Purpose.FEED))
        await reading.wait()
        for transport in web._transports.values():
            for connection in transport._pool.connections:
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
    "silence": drip(b"", b"", 0.05),
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
    assert await fails(server, feed_seconds=0.3) in (FetchReason.TIMEOUT, FetchReason.BAD_RESPONSE)
    assert monotonic() - began < 20


async def test_redirects_share_one_deadline(server):
    async def slow_hop(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(ok(b"", f"Location: /{len(server.requests)}", status="302 Found"))
        await writer.drain()

    server.paths = {"/": slow_hop} | {f"/{n}": slow_hop for n in range(1, 9)}
    assert await fails(server, feed_seconds=0.5) is FetchReason.TIMEOUT
    assert len(server.requests) <= 4


async def test_a_page_has_its_own_deadline(server):
    server.paths["/"] = drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05)
    began = monotonic()
    async with fetcher(server, feed_seconds=60, page_seconds=0.2) as web:
        with pytest.raises(FetchError, match=r"within 0\.2 seconds"):
            await web.get(server.url(), Purpose.PAGE)
    assert monotonic() - began < 20


async def test_a_name_service_that_hangs_is_given_up_and_holds_up_nobody_else(server):
    async def resolve(host: str, port: int) -> Sequence[str]:
        if host == "stuck.example":
            await asyncio.sleep(60)
        return [PUBLIC]

    server.paths["/"] = ok()
    async with fetcher(resolve=resolve, network=Internet(server), connect_seconds=2.0) as web:
        stuck = asyncio.create_task(reason(web, "http://stuck.example/"))
        assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
        assert not stuck.done()
        assert await stuck is FetchReason.TIMEOUT


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
        await asyncio.sleep(0.1)
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
    async with WebFetcher(FetchPolicy(host_gap=0)) as web:
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
    async with fetcher(server, connect_seconds=0.2) as web:
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


# ---- who waits for whom -------------------------------------------------------------------------------------------


def slowly(seconds: float):
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(ok())
        await writer.drain()

    return behave


async def test_requests_to_a_host_start_a_gap_apart(server):
    server.paths["/"] = ok()
    began = monotonic()
    async with fetcher(server, host_gap=0.12) as web:
        await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(5)))
    # On a busy machine the server may see one late, and the next one soon after it.
    assert server.requests[-1][2] - began > 4 * 0.12


async def test_a_gap_at_one_host_holds_up_no_other(server):
    server.paths["/"] = ok()
    async with fault_server() as other_server:
        other_server.paths["/"] = ok()
        async with fetcher(server, other_server, host_gap=0.5, max_requests=1) as web:
            await web.get(server.url(), Purpose.FEED)
            waiting = asyncio.create_task(web.get(server.url(), Purpose.FEED))
            await asyncio.sleep(0)
            await web.get(other_server.url(), Purpose.FEED)
            await waiting
            assert other_server.requests[0][2] < server.requests[1][2]


async def test_a_host_sees_two_requests_at_once_and_no_more(server):
    server.paths["/"] = slowly(0.1)
    async with fetcher(server) as web:
        await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(7)))
    assert server.most_at_once == 2


async def test_there_is_a_bound_on_all_requests_together():
    async with fault_server() as one, fault_server() as two, fault_server() as three:
        at_once, highest = 0, 0

        async def behave(writer: asyncio.StreamWriter) -> None:
            nonlocal at_once, highest
            at_once += 1
            highest = max(highest, at_once)
            await asyncio.sleep(0.3)
            at_once -= 1
            writer.write(ok())

        servers = (one, two, three)
        for server in servers:
            server.paths["/"] = behave
        async with fetcher(*servers, max_requests=3) as web:
            await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for server in servers * 2))
        assert highest == 3


async def test_slow_requests_hold_up_no_others_and_are_limited_in_number(server):
    async with fault_server() as two, fault_server() as three, fault_server() as well:
        answers = asyncio.Event()

        async def behave(writer: asyncio.StreamWriter) -> None:
            await answers.wait()
            writer.write(ok())
            await writer.drain()

        for task in (server, two, three):
            task.paths["/"] = behave
        well.paths["/"] = ok()
        async with fetcher(server, two, three, well, max_requests=1, slow_after=0.1, max_slow_requests=1) as web:
            waiting = [asyncio.create_task(web.get(task.url(), Purpose.FEED)) for task in (server, two, three)]
            while not two.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert [len(task.requests) for task in (server, two, three)] == [1, 1, 0]
            answers.set()
            await asyncio.gather(*waiting)
        answers.clear()
        async with fetcher(server, well, max_requests=1, slow_after=0.1) as web:
            began = monotonic()
            waiting = asyncio.create_task(web.get(server.url(), Purpose.FEED))
            await asyncio.sleep(0)
            await web.get(well.url(), Purpose.FEED)
            assert monotonic() - began > 0.1 and not waiting.done()
            answers.set()
            await waiting
            assert web._rate_limiter._global_slots._value == 1  # given back once


async def test_waiting_for_a_turn_does_not_count_against_the_deadline(server):
    server.paths["/"] = slowly(0.3)
    async with fetcher(server, feed_seconds=1.1) as web:
        answers = await asyncio.gather(*(web.get(server.url(), Purpose.FEED) for _ in range(8)))
    assert len(answers) == 8
    assert server.requests[-1][2] - server.requests[0][2] > 0.8  # when the last one began to take its own time


async def test_nor_does_waiting_for_other_hosts(server):
    async with fault_server() as two, fault_server() as three:
        servers = (server, two, three)
        for each in servers:
            each.paths["/"] = slowly(0.4)
        async with fetcher(*servers, max_requests=1, feed_seconds=1.1) as web:
            answers = await asyncio.gather(*(web.get(each.url(), Purpose.FEED) for each in servers))
    assert len(answers) == 3


async def test_a_connection_is_used_again(server):
    server.paths["/"] = ok()
    async with fetcher(server) as web:
        for _ in range(3):
            await web.get(server.url(), Purpose.FEED)
        server.paths["/"] = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n"
        for _ in range(3):
            await web.get(server.url(), Purpose.FEED, Validators('"1"'))
    assert server.connections == 1


class SearchedModules(importlib.abc.MetaPathFinder):
    """The names of modules that are imported and not loaded yet."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        self.names.append(fullname)


async def test_a_request_searches_for_no_module_that_is_not_installed(server, monkeypatch):
    searched = SearchedModules()
    server.paths["/"] = ok()
    async with fetcher(server) as web:
        await web.get(server.url(), Purpose.FEED)  # imports what is imported once
        monkeypatch.setattr(sys, "meta_path", [searched, *sys.meta_path])
        await web.get(server.url(), Purpose.FEED)
    assert searched.names == []
