"""The port `Fetcher` on the real web."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from time import monotonic
from typing import Any, Self
from zlib import crc32

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.addresses import CheckedBackend, Resolver, SystemNames, check_url, place_of
from monitor.fetch.challenge import is_challenge
from monitor.fetch.decompress import pieces, read_body
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.rate_limits import RateLimiter
from monitor.fetch.responses import (
    Redirect,
    as_fetch_errors,
    headers_of,
    is_conditional,
    is_lost,
    may_be_a_page,
    redirected_to,
    refusal,
    to_ask_with,
    to_wire,
)
from monitor.fetch.robots import Robots
from monitor.model import Message, Validators
from monitor.ports import GONE, Purpose, Response

_POOLS = 16
_KEPT = 2.0  # seconds that a connection is kept after its last answer: many servers close theirs after five
_ACCEPT = {
    Purpose.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    Purpose.PAGE: "text/html, application/xhtml+xml, */*;q=0.5",
    Purpose.ROBOTS: "text/plain, */*;q=0.5",
    Purpose.PING: "*/*",
}


class WebFetcher:
    """The port `Fetcher` on the real web; `async with` closes its connections.

    `now` reads the wall clock (Retry-After may be a date). `resolve` and `network` stand in for the name service and
    the network below the check of addresses.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        now: Callable[[], datetime] = partial(datetime.now, UTC),
        resolve: Resolver | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy, self._now = policy, now
        self._allowed = frozenset(place.lower() for place in policy.allow_hosts)
        self._names = SystemNames(policy.in_all)
        self._backend = CheckedBackend(self._allowed, resolve or self._names.resolve, network)
        self._turns = RateLimiter(policy)
        self._robots = Robots(policy.user_agent, self._read_robots)
        self._transports: dict[tuple[str, int], httpx.AsyncHTTPTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()
        self._names.close()

    async def get(self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "") -> Response:
        try:
            return await self._follow(url, purpose, validators, proxy or self._policy.proxy)
        except FetchError as error:
            error.url = url
            raise

    def is_own(self, url: str) -> bool:
        """Whether it leads to a server that may be private: its answers say nothing of the world outside."""
        try:
            return place_of(httpx.URL(url)) in self._allowed
        except (httpx.InvalidURL, UnicodeError):
            return False

    async def finds_any(self, urls: Iterable[str]) -> bool:
        """Whether one of these hosts has an address, or cannot be asked about: a proxy keeps names to itself."""
        hosts = []
        for url in urls:
            with suppress(httpx.InvalidURL, UnicodeError):
                hosts.append(httpx.URL(url).raw_host.decode("ascii"))
        return bool(self._policy.proxy) or await self._backend.finds_any(hosts)

    async def _follow(self, url: str, purpose: Purpose, validators: Validators, proxy: str) -> Response:
        """Hop by hop to the document. The deadline counts what the hops take, not the waiting for a turn."""
        left = self._policy.seconds_for(purpose)
        theirs = validators.of or url
        seen: set[httpx.URL] = set()
        moved_to, for_good = "", True
        for _ in range(self._policy.redirects + 1):
            target = check_url(url, self._allowed, self._policy.url_length)
            if target in seen:
                raise FetchError(FetchReason.REDIRECTS, Message("the address redirects in a circle"))
            if purpose is Purpose.PAGE and self._policy.robots:
                await self._heed_robots(target, proxy)
            request = self._request(target, purpose, validators if url == theirs else Validators())
            async with self._turns.at(place_of(target), purpose):
                began = monotonic()
                try:
                    async with asyncio.timeout(left):
                        answer = await self._ask_until_heard(proxy, request, purpose)
                except TimeoutError as error:
                    allowed = self._policy.seconds_for(purpose)
                    raise FetchError(
                        FetchReason.TIMEOUT, Message("no complete answer within {} seconds", f"{allowed:g}")
                    ) from error
                left -= monotonic() - began
            if isinstance(answer, Response):
                return replace(answer, url=url, validators=to_ask_with(answer, validators), moved_to=moved_to)
            seen.add(target)
            url, for_good = answer.url, for_good and answer.permanent
            moved_to = url if for_good else moved_to
        raise FetchError(FetchReason.REDIRECTS, Message("more than {} redirects", self._policy.redirects))

    async def _heed_robots(self, page: httpx.URL, proxy: str) -> None:
        allowed, gap = await self._robots.rules(page, proxy)
        self._turns.slow_down(place_of(page), gap)
        if not allowed:
            raise FetchError(FetchReason.ROBOTS, Message("the site's robots.txt asks programs not to read this page"))

    async def _read_robots(self, url: str, proxy: str) -> bytes:
        return (await self._follow(url, Purpose.ROBOTS, Validators(), proxy)).body

    def _request(self, url: httpx.URL, purpose: Purpose, validators: Validators) -> httpx.Request:
        headers = [
            (b"User-Agent", self._policy.user_agent.encode()),
            (b"Accept", _ACCEPT[purpose].encode()),
            # No brotli or zstd: httpx unpacks 1.6 kB of brotli into one piece of 1 GB even while streaming.
            (b"Accept-Encoding", b"gzip, deflate"),
        ]
        if validators.etag:
            headers.append((b"If-None-Match", to_wire(validators.etag)))
        if validators.last_modified:
            headers.append((b"If-Modified-Since", to_wire(validators.last_modified)))
        # Reads and writes have no limit of their own: the deadline around the whole is the one that always fires.
        timeout = {"connect": self._policy.connect_seconds, "read": None, "write": None, "pool": None}
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout})

    async def _ask_until_heard(self, proxy: str, request: httpx.Request, purpose: Purpose) -> Response | Redirect:
        """`_ask`, and again as long as it was a kept connection that was lost.

        A server may close one at any time, and httpcore's pool closes one that it has just given away. That tells
        nothing about the outlet, and a GET may be repeated (RFC 9110, 9.2.2; RFC 9112, 9.3.1).
        """
        transport = self._transport(proxy, place_of(request.url))
        while True:
            new = unheard = False

            async def watch(event: str, info: Mapping[str, Any]) -> None:
                nonlocal new, unheard
                new = new or event.endswith("connect_tcp.started")
                unheard = unheard or event.endswith("connect_tcp.failed")

            request.extensions["trace"] = watch
            try:
                return await self._ask(transport, request, purpose)
            except FetchError as error:
                if proxy and unheard:  # nobody has asked the source
                    raise FetchError(FetchReason.UNREACHABLE, Message("the proxy does not answer")) from error
                if new or not is_lost(error):
                    raise

    async def _ask(
        self, transport: httpx.AsyncHTTPTransport, request: httpx.Request, purpose: Purpose
    ) -> Response | Redirect:
        """One request: the document, or where it is to be had instead."""
        with as_fetch_errors():
            answer = await transport.handle_async_request(request)
        asked = str(request.url)
        try:
            headers = headers_of(answer, self._policy.header_bytes)
            if answer.status_code in (301, 302, 303, 307, 308):
                return redirected_to(request.url, answer)
            if answer.status_code == 304 and is_conditional(request):
                async for _ in pieces(answer):  # no body by definition (RFC 9110, 15.4.5); frees the connection
                    pass
                return Response(asked, 304, headers)
            if purpose is Purpose.PING and answer.is_success:
                return Response(asked, answer.status_code, headers)
            if answer.status_code != 200:
                raise await self._refused(asked, answer, headers, purpose)
            if purpose is Purpose.PAGE and not may_be_a_page(headers.get("content-type", "")):
                return Response(asked, 200, headers)
            body = await read_body(answer, headers, self._policy.bytes_for(purpose))
            return Response(asked, 200, headers, body, challenged=purpose is Purpose.FEED and is_challenge(body))
        finally:
            with as_fetch_errors():
                await answer.aclose()

    async def _refused(
        self, asked: str, answer: httpx.Response, headers: Mapping[str, str], purpose: Purpose
    ) -> FetchError:
        """What the status means; of a page that was taken down with the answer itself, which is evidence."""
        failure = refusal(answer.status_code, headers, self._now())
        if purpose is Purpose.PAGE and answer.status_code in GONE:
            body = b""
            with suppress(FetchError, TimeoutError):  # it is gone all the same
                async with asyncio.timeout(self._policy.slow):
                    body = await read_body(answer, headers, self._policy.page_bytes)
            failure.answer = Response(asked, answer.status_code, headers, body)
        return failure

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)

    def _transport(self, proxy: str, place: str) -> httpx.AsyncHTTPTransport:
        """One of several, always the same for a place: what httpcore's pool does at each request and answer grows with
        the square of its connections."""
        which = proxy, crc32(place.encode()) % _POOLS
        if which not in self._transports:
            most = self._policy.in_all + self._policy.slow_ones
            self._transports[which] = self._proxied(proxy, most) if proxy else self._direct(most)
        return self._transports[which]

    def _direct(self, most: int) -> httpx.AsyncHTTPTransport:
        """A transport that connects through our backend.

        httpx 0.28 takes no backend, only its pool does, and that is private: this is the one place that reaches for it
        (tests/fetch/test_fetch_sockets.py tells when it changes).
        """
        transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls, max_connections=most, keepalive_expiry=_KEPT, network_backend=self._backend
        )
        return transport

    def _proxied(self, proxy: str, most: int) -> httpx.AsyncHTTPTransport:
        """One through a proxy, which then resolves names itself (Tor must); its own address may be private."""
        limits = httpx.Limits(max_connections=most, keepalive_expiry=_KEPT)
        try:
            return httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits, proxy=proxy)
        except (httpx.InvalidURL, ValueError) as error:
            words = Message("the proxy's address is not usable: it begins with http://, https:// or socks5://")
            raise FetchError(FetchReason.UNREACHABLE, words) from error
