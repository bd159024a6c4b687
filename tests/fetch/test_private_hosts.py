"""Hosts inside our network are reached for addresses of our own lists only: directly, by an HTTP proxy, by Tor's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from fetch.proxies import proxy
from kit.fault_server import FaultServer, ok
from kit.fetchers import PRIVATE, PUBLIC, Internet, NameService, server
from monitor.errors import FetchError, FetchReason
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.ports import Purpose

__all__ = ["server"]

WAYS = ["direct", "http", "socks5h"]
FEED = "http://outlet.org/rss"
INNER = ["http://10.0.0.7:9003", "http://rsshub:1200", "http://hooks.kloop.kg:9003"]  # all are listed
LISTED = frozenset(httpx.URL(url).netloc.decode() for url in INNER)


def names() -> NameService:
    return NameService(
        outlet_org=[[PUBLIC]],
        rsshub=[[PRIVATE]],
        hooks_kloop_kg=[[PRIVATE]],
        files_kloop_kg=[[PRIVATE]],
        mixed_kloop_kg=[[PUBLIC, PRIVATE]],
        intranet=[[PRIVATE]],
        box=[[PRIVATE]],
        files_corp_local=[[PRIVATE]],
        db_internal=[[PRIVATE]],
        nas_home_arpa=[[PRIVATE]],
        **{"nas.home.arpa.": [[PRIVATE]], "rsshub.": [[PRIVATE]], "hooks.kloop.kg.": [[PRIVATE]]},
    )


@asynccontextmanager
async def reading(
    way: str, server: FaultServer, resolve: NameService | None = None, **policy: object
) -> AsyncIterator[WebFetcher]:
    """Yield a fetcher all of whose requests end at the server, whatever host they are for and whichever way they go."""
    async with AsyncExitStack() as stack:
        through = {"direct": "", "http": f"http://{server.place}"}.get(way)
        if through is None:
            through = f"{way}://{(await stack.enter_async_context(proxy('socks', server.port))).place}"
        numbers = FetchPolicy(allow_hosts=LISTED, host_gap=0, proxy=through, **policy)
        network = Internet(server, other_servers={"127.0.0.1": server})
        yield await stack.enter_async_context(WebFetcher(numbers, resolve=resolve or names(), network=network))


def serve(server: FaultServer, url: str, answer: bytes) -> None:
    """Answer for an address as a server that is asked for a path, and as a proxy that is asked for all of it."""
    server.paths[url] = server.paths["/" + url.split("/", 3)[3]] = answer


def hosts_asked(server: FaultServer) -> set[str]:
    return {headers["host"] for _, headers, _ in server.requests}


async def refusal(web: WebFetcher, url: str, purpose: Purpose, own_url: str = FEED) -> FetchReason:
    with pytest.raises(FetchError) as caught:
        await web.get(url, purpose, own_url=own_url)
    return caught.value.reason


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inner", [*INNER, "http://rsshub.:1200", "http://HOOKS.kloop.kg.:9003"])
async def test_no_link_of_an_outlet_reaches_a_host_that_is_listed_for_us(way: str, inner: str, server: FaultServer):
    serve(server, f"{inner}/delete-all?x=1", ok(b"<html>deleted"))
    async with reading(way, server) as web:
        for purpose in Purpose:
            for own_url in (FEED, "", "nonsense", f"{inner.rpartition(':')[0]}:80/rss", f"{inner}.example.org/rss"):
                reason = await refusal(web, f"{inner}/delete-all?x=1", purpose, own_url)
                assert reason is FetchReason.FORBIDDEN_ADDRESS
    assert server.connections == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("purpose", [Purpose.FEED, Purpose.PAGE])
async def test_no_redirect_of_a_feed_or_page_reaches_one(way: str, inner: str, purpose: Purpose, server: FaultServer):
    serve(server, "http://outlet.org/1", ok(b"", "Location: http://outlet.org/2", status="302 Found"))
    serve(server, "http://outlet.org/2", ok(b"", f"Location: {inner}/deploy?token=guess", status="301 Moved"))
    async with reading(way, server) as web:
        assert await refusal(web, "http://outlet.org/1", purpose) is FetchReason.FORBIDDEN_ADDRESS
    assert hosts_asked(server) == {"outlet.org"}


@pytest.mark.parametrize("way", WAYS)
async def test_no_robots_txt_that_moved_reaches_one(way: str, server: FaultServer):
    serve(server, "http://outlet.org/robots.txt", ok(b"", f"Location: {INNER[0]}/x", status="302 Found"))
    serve(server, "http://outlet.org/1", ok(b"<html>"))
    async with reading(way, server) as web:
        await web.get("http://outlet.org/1", Purpose.PAGE, own_url=FEED)
    assert hosts_asked(server) == {"outlet.org"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inner", INNER)
async def test_a_feed_at_a_listed_host_is_read_with_robots_txt_and_pages_of_it(
    way: str, inner: str, server: FaultServer
):
    serve(server, f"{inner}/rss", ok(b"", "Location: /feed", status="302 Found"))
    serve(server, f"{inner}/feed", ok(b"<rss/>"))
    serve(server, f"{inner}/robots.txt", ok(b"User-agent: *\nDisallow: /secret"))
    serve(server, f"{inner}/1", ok(b"<html>"))
    serve(server, f"{inner}/away", ok(b"", "Location: http://10.0.0.7:22/", status="302 Found"))
    async with reading(way, server) as web:
        assert (await web.get(f"{inner}/rss", Purpose.FEED, own_url=f"{inner}/rss")).body == b"<rss/>"
        assert (await web.get(f"{inner}/1", Purpose.PAGE, own_url=f"{inner}/rss")).body == b"<html>"
        assert await refusal(web, f"{inner}/secret", Purpose.PAGE, f"{inner}/rss") is FetchReason.ROBOTS
        assert await refusal(web, f"{inner}/away", Purpose.FEED, f"{inner}/rss") is FetchReason.FORBIDDEN_ADDRESS
        request_count = len(server.requests)
        # Neither the open connection nor the rules that were read open the host to others.
        assert await refusal(web, f"{inner}/1", Purpose.PAGE) is FetchReason.FORBIDDEN_ADDRESS
    assert hosts_asked(server) == {httpx.URL(inner).netloc.decode()} and len(server.requests) == request_count


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "host", ["intranet", "box", "files.corp.local", "db.internal", "nas.home.arpa", "nas.home.arpa."]
)
async def test_a_name_that_no_registry_gives_out_leads_nowhere(way: str, host: str, server: FaultServer):
    async with reading(way, server) as web:
        for purpose in Purpose:
            assert await refusal(web, f"http://{host}:9003/restart", purpose) is FetchReason.FORBIDDEN_ADDRESS
    assert server.connections == 0


@pytest.mark.parametrize("way", ["direct", "http"])
@pytest.mark.parametrize("host", ["files.kloop.kg", "mixed.kloop.kg"])
async def test_a_public_name_with_a_private_address_leads_nowhere(way: str, host: str, server: FaultServer):
    async with reading(way, server) as web:
        for own_url in (FEED, f"http://{host}/rss"):  # no host that is not listed is reached for us either
            assert await refusal(web, f"http://{host}/restart", Purpose.FEED, own_url) is FetchReason.FORBIDDEN_ADDRESS
    assert server.connections == 0


async def test_an_http_proxy_is_asked_for_no_name_that_cannot_be_checked_here(server: FaultServer):
    async with reading("http", server) as web:
        assert await refusal(web, "http://unknown.org/", Purpose.FEED) is FetchReason.UNREACHABLE
    assert server.connections == 0


async def test_behind_socks_onions_are_read_and_no_name_is_looked_up_here(server: FaultServer):
    serve(server, "http://abcdef.onion/rss", ok(b"<rss/>"))
    serve(server, "http://abcdef.onion/1", ok(b"<html>"))
    resolver = names()
    async with reading("socks5h", server, resolver) as web:
        assert (await web.get("http://abcdef.onion/rss", Purpose.FEED, own_url="http://abcdef.onion/rss")).status == 200
        assert (await web.get("http://abcdef.onion/1", Purpose.PAGE, own_url="http://abcdef.onion/rss")).status == 200
    assert resolver.hosts == [] and hosts_asked(server) == {"abcdef.onion"}


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
async def test_a_webhook_goes_into_the_proxys_network_only_where_it_is_listed(scheme: str, server: FaultServer):
    async with WebFetcher(
        FetchPolicy(allow_hosts=LISTED, host_gap=0, proxy=f"{scheme}://{server.place}"), resolve=names()
    ) as web:
        serve(server, "http://rsshub:1200/hook", ok())
        assert await web.post("http://rsshub:1200/hook", b"{}", {}) == (200, b"")
        with pytest.raises(FetchError, match="private network"):
            await web.post("http://files.kloop.kg/hook", b"{}", {})
    assert hosts_asked(server) == {"rsshub:1200"}
