"""Connections that are made or refused: private networks, hosts allowed by name, proxies."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor
from kit.audit import audited
from kit.fault_server import fault_server, ok
from kit.fetchers import PRIVATE, PUBLIC, Internet, NameService, OwnFetcher, fetcher, get, reason, server
from monitor.errors import FetchError, FetchReason
from monitor.fetch.addresses import check_url, is_public
from monitor.fetch.policy import FetchPolicy
from monitor.ports import Purpose

__all__ = ["server"]


@pytest.fixture
def connects() -> Iterator[list[object]]:
    """Return the addresses of every connect() of this process, whoever makes it."""
    addresses: list[object] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            addresses.append(arguments[1])

    with audited(note):
        yield addresses


# ---- what is never connected to -----------------------------------------------------------------------------------

SPELLINGS = r"""
http://127.0.0.1/ http://127.0.0.1./ http://127.1/ http://127.0.1/ http://2130706433/ http://0x7f000001/
http://0X7F.0x0.0x0.0x1/ http://017700000001/ http://0177.0.0.01/ http://0x7f.1/ http://127.0.0.1:8080/
http://0/ http://0.0.0.0/ http://①②⑦.⓪.⓪.①/ http://１２７.０.０.１/ http://127。0。0。1/ http://%31%32%37.0.0.1/
http://127.0.0.1%00.lake.example/ http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/
http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://[::ffff:0:127.0.0.1]/
http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::a00:7]/ http://[64:ff9b:1::7f00:1]/ http://[2002:7f00:1::]/
http://[2001:0:4136:e378:8000:63bf:f5ff:fff8]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fc00::7]/
http://[fec0::7]/ http://[ff02::1]/ http://[2001:db8::7]/ http://10.0.0.7/ http://172.16.0.7/
http://192.168.0.7/ http://100.64.0.7/ http://198.18.0.7/ http://169.254.169.254/latest/meta-data/
http://224.0.0.1/ http://240.0.0.7/ http://255.255.255.255/ http://192.0.2.7/ http://localhost/
http://LOCALHOST./ http://lake.localhost/ http://lake.example@127.0.0.1/ http://user:word@lake.example/
http://127.0.0.1\@lake.example/ https://127.0.0.1/ http://127.0.0.1:22/ http://127.0.0.1:6379/ http://[::1]:25/
http://127.000.000.001/ http://0000177.1/ http://[fe80::1%eth0]/ http://[::ffff:169.254.169.254]/
http://[2002:a9fe:a9fe::]/ http://[64:ff9b::a9fe:a9fe]:8080/ http://lake.example:80@127.0.0.1/
http://127.0.0.1?@lake.example/ http://127.0.0.1#@lake.example/ http:///127.0.0.1/ data:text/html,<p>hello
javascript:alert(1) file:///etc/passwd file://lake.example/etc/passwd gopher://127.0.0.1:70/ ftp://lake.example/
//127.0.0.1/ 127.0.0.1 http://
""".split()
SPELLINGS.append("")


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


NAMES = "inside.example inside.example. mixed.example mixed6.example mapped.example nat64.example".split()
NAMES = [f"http://{name}/" for name in NAMES]


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
    async with OwnFetcher(FetchPolicy(host_gap=0)) as web:
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
        assert (rebinding.hosts, internet.reached) == (["lake.example"], [f"{PUBLIC}:80"])
        assert await reason(web, "http://lake.example/") is FetchReason.FORBIDDEN_ADDRESS
    assert internet.reached == [f"{PUBLIC}:80"]


async def test_the_next_checked_address_is_tried_when_one_is_down(server):
    server.paths["/"] = ok()
    internet = Internet(server, down=["2606:4700::7"])
    async with fetcher(resolve=NameService(lake_example=[["2606:4700::7", PUBLIC]]), network=internet) as web:
        assert (await web.get("http://lake.example/", Purpose.FEED)).status == 200
    assert internet.reached == ["2606:4700::7:80", f"{PUBLIC}:80"]


ROUTED = f"{PUBLIC} 8.8.8.8 2606:4700:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()
NOT_ROUTED = (
    "192.0.0.9 192.88.99.1 203.0.113.7 2002:808:808::1 2001:0:808:808::1 3fff::1 4000::1 100::1 "
    "fe80::1%eth0 64:ff9b::7f00:1 64:ff9b:1::808:808 ff0e::1 239.1.1.1"
).split()


def test_public_is_what_the_public_internet_routes():
    assert [address for address in ROUTED + NOT_ROUTED if is_public(address)] == ROUTED


@pytest.mark.check
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
    async with OwnFetcher(policy) as web:
        assert (await web.get(f"http://localhost:{server.port}/", Purpose.FEED)).body == b"here"


async def test_a_host_is_not_allowed_without_its_port(server):
    async with fetcher(allow_hosts={"127.0.0.1"}) as web:
        assert await reason(web, server.url()) is FetchReason.FORBIDDEN_ADDRESS


# ---- how it is built in -------------------------------------------------------------------------------------------


def test_nothing_but_the_one_door_leads_out():
    """Import-linter keeps httpx in `fetch`; here, whatever else could open a connection. Mail and the demo are no doors."""
    ways_out = set("urllib.request http.client requests aiohttp urllib3 ftplib socket trafilatura.downloads".split())
    calls = {"fetch_url", "urlopen", "create_connection"}
    named = re.compile(rf"\b({'|'.join(name.split('.')[0] for name in {*ways_out, *calls})})\b")
    users = set()
    files = {file: file.read_text("utf-8") for file in Path(monitor.__file__).parent.rglob("*.py")}
    for file, text in ((file, text) for file, text in files.items() if named.search(text)):
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            users |= {(f"{file.parent.name}/{file.name}", name) for name in ways_out.intersection(names)}
            assert getattr(node, "attr", getattr(node, "id", "")) not in calls
    assert users <= {("fetch/addresses.py", "socket"), ("web/server.py", "socket")}  # the desk listens


def test_httpx_still_takes_no_network_backend_of_its_own():
    """Fail once httpx's own transport takes our backend: then `monitor/fetch/transport.py` can go."""
    assert "network_backend" not in inspect.signature(httpx.AsyncHTTPTransport).parameters


async def test_a_proxy_from_the_environment_is_not_used(server, monkeypatch, connects):
    server.paths["/"] = ok()
    async with fault_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        assert (await get(server)).status == 200
        assert proxy.connections == 0


# ---- through a proxy ----------------------------------------------------------------------------------------------


async def test_a_feeds_own_proxy_comes_before_the_general_one(server):
    server.paths["http://lake.example/"] = ok(b"own")
    async with fault_server() as general, fetcher(resolve=names(), proxy=f"http://{general.place}") as web:
        answer = await web.get("http://lake.example/", Purpose.FEED, proxy=f"http://{server.place}")
        assert (answer.body, general.connections) == (b"own", 0)


async def test_through_a_proxy_literal_private_addresses_are_still_refused(server, connects):
    async with fetcher(proxy=f"http://{server.place}") as web:
        for url in SPELLINGS:
            assert (await reason(web, url), url) == (FetchReason.FORBIDDEN_ADDRESS, url)
    assert connects == []


async def test_a_redirect_through_a_proxy_is_checked_too(server):
    server.paths["http://lake.example/"] = ok(b"", "Location: http://169.254.169.254/", status="302 Found")
    async with fetcher(resolve=names(), proxy=f"http://{server.place}") as web:
        assert await reason(web, "http://lake.example/") is FetchReason.FORBIDDEN_ADDRESS
    assert [target for target, _, _ in server.requests] == ["http://lake.example/"]


async def test_a_proxy_that_is_down_or_refuses_is_unreachable(server):
    server.paths["lake.example:443"] = ok(b"", status="403 Forbidden")
    async with fetcher(resolve=names(), proxy=f"http://{server.place}") as web:
        assert await reason(web, "https://lake.example/") is FetchReason.UNREACHABLE
        assert await reason(web, "http://lake.example/", proxy="http://127.0.0.1:1") is FetchReason.UNREACHABLE
