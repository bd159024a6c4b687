"""Outlets that are blocked are read through a proxy, Tor's among them; real proxies on loopback.

A SOCKS proxy resolves the names itself: asked of the network here, they would tell it what is read.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest
import trustme

from fetch.proxies import proxy
from kit.audit import audited
from kit.fault_server import FaultServer, fault_server, ok
from kit.fetchers import PUBLIC, NameService, OwnFetcher
from monitor.errors import FetchError, FetchReason
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.ports import Purpose


@pytest.fixture
def lookups() -> Iterator[list[str]]:
    hosts: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("socket.getaddrinfo", "socket.gethostbyname"):
            hosts.append(str(arguments[0]))

    with audited(note):
        yield hosts


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with fault_server() as faults:
        faults.paths["/feed?x=1"] = ok(b"through")
        yield faults


@asynccontextmanager
async def fetching(**policy) -> AsyncIterator[OwnFetcher]:
    names = NameService(blocked_example=[[PUBLIC]], other_example=[[PUBLIC]])
    async with OwnFetcher(FetchPolicy(host_gap=0, **policy), resolve=names) as web:
        yield web


async def refused(web: WebFetcher, url: str, through: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await web.get(url, Purpose.FEED, proxy=through)
    return caught.value


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy_is_told_the_name_and_nobody_else_is_asked_for_it(scheme, server, lookups):
    async with proxy("socks", server.port) as socks, fetching() as web:
        url = f"{scheme}://{socks.place}"
        answer = await web.get("http://blocked.example/feed?x=1", Purpose.FEED, proxy=url)
        onion = await web.get("http://abc.onion:8080/feed?x=1", Purpose.FEED, proxy=url)
    assert answer.body == onion.body == b"through"
    assert socks.targets == [("blocked.example", 80), ("abc.onion", 8080)]
    assert not [name for name in lookups if "blocked" in name or "onion" in name]
    assert [headers["host"] for _, headers, _ in server.requests] == ["blocked.example", "abc.onion:8080"]


async def test_a_socks_proxy_may_want_a_login(server):
    async with proxy("socks", server.port, login=("reader", "s3cret")) as socks, fetching() as web:
        proxy_url = f"socks5://reader:s3cret@{socks.place}"
        assert (await web.get("http://blocked.example/feed?x=1", Purpose.FEED, proxy=proxy_url)).body == b"through"
        error = await refused(web, "http://blocked.example/", f"socks5://reader:wrong@{socks.place}")
    assert error.reason is FetchReason.UNREACHABLE and "wrong" not in str(error)


async def test_https_goes_through_both_kinds_of_proxy_and_the_certificate_is_the_outlets(lookups):
    authority = trustme.CA()
    server_tls, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("blocked.example").configure_cert(server_tls)
    authority.configure_trust(ours)
    async with fault_server(server_tls) as server:
        server.paths["/"] = ok(b"through")
        for kind, scheme in (("connect", "http"), ("socks", "socks5")):
            async with proxy(kind, server.port) as through, fetching() as web:
                web.__dict__["_tls"] = ours
                url = f"{scheme}://{through.place}"
                assert (await web.get("https://blocked.example/", Purpose.FEED, proxy=url)).body == b"through"
                assert (await refused(web, "https://other.example/", url)).reason is FetchReason.TLS
                assert through.targets == [("blocked.example", 443), ("other.example", 443)]
    assert not [name for name in lookups if "blocked" in name]


async def test_a_proxy_that_refuses_or_hangs_or_is_no_proxy_is_an_error_in_time(server):
    began = monotonic()
    for kind, scheme in (("socks", "socks5"), ("connect", "http")):
        async with proxy(kind, server.port, refuses=True) as refusing, fetching() as web:
            error = await refused(web, "https://blocked.example/", f"{scheme}://{refusing.place}")
            assert (error.reason, str(error)) == (FetchReason.UNREACHABLE, "the proxy does not connect us")
            for url in ("http://blocked.example/", "https://blocked.example/"):
                error = await refused(web, url, f"{scheme}://127.0.0.1:1")
                assert (error.reason, str(error)) == (FetchReason.UNREACHABLE, "the proxy does not answer")
    async with proxy("socks", server.port, hangs=True) as socks, fetching(feed_seconds=0.2) as web:
        assert (await refused(web, "http://blocked.example/", f"socks5://{socks.place}")).reason is FetchReason.TIMEOUT
        await refused(web, "http://blocked.example/", f"socks5://{server.place}")
    assert monotonic() - began < 120


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://0x7f.1/", "http://[::ffff:10.0.0.7]/", "http://localhost/", "file:///etc/passwd"],
)
async def test_through_socks_too_no_private_address_is_asked_for(url, server):
    async with proxy("socks", server.port) as socks, fetching() as web:
        assert (await refused(web, url, f"socks5://{socks.place}")).reason is FetchReason.FORBIDDEN_ADDRESS
    assert socks.targets == []


async def test_robots_txt_goes_the_way_of_its_page(server, lookups):
    server.paths |= {"/robots.txt": ok(b"User-agent: *\nDisallow: /secret\n"), "/a": ok(b"<html>")}
    async with proxy("socks", server.port) as socks, fetching() as web:
        url = f"socks5://{socks.place}"
        assert (await web.get("http://blocked.example/a", Purpose.PAGE, proxy=url)).body == b"<html>"
        with pytest.raises(FetchError, match=r"robots\.txt"):
            await web.get("http://blocked.example/secret", Purpose.PAGE, proxy=url)
    assert [target for target, _, _ in server.requests] == ["/robots.txt", "/a"]
    assert not [name for name in lookups if "blocked" in name]
