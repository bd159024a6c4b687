"""The client: one GET over redirects, with robots.txt, rate limits, validators and a retry of lost connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from time import monotonic
from typing import Any, Self

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.addresses import (
    CheckedBackend,
    Resolver,
    SystemResolver,
    check_url,
    origin_of,
    private_address_error,
)
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.rate_limits import RateLimiter
from monitor.fetch.responses import (
    Redirect,
    as_fetch_errors,
    encode_header,
    headers_of,
    is_challenge,
    is_conditional,
    is_connection_lost,
    may_be_page,
    next_validators,
    raw_chunks,
    read_body,
    redirect_of,
    request_head,
    status_error,
)
from monitor.fetch.robots import Robots
from monitor.fetch.transport import PoolTransport, direct_transport, proxied_transport
from monitor.model import Code, HostState, Message, Validators
from monitor.ports import MISSING_PAGE_REASONS, Hosts, Purpose, Response

_PROXY_IS_DEAD = Message("the proxy does not answer", code=Code.PROXY_IS_DEAD)
_MAX_ROBOTS = 64_000  # bytes; a longer file is read again by each run
_ACCEPT = {
    Purpose.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    Purpose.PAGE: "text/html, application/xhtml+xml, */*;q=0.5",
    Purpose.ROBOTS: "text/plain, */*;q=0.5",
    Purpose.PING: "*/*",
}


class WebFetcher:
    """The port `Fetcher` on the real web; `async with` closes its connections.

    `now` reads the wall clock (Retry-After may be a date). Tests replace name service and network by `resolve` and
    `network`; the check of addresses stays in between.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        now: Callable[[], datetime] = partial(datetime.now, UTC),
        resolve: Resolver | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        hosts: Hosts | None = None,
        pages: ByteBudget | None = None,
    ) -> None:
        self._policy, self._now = policy, now
        self._allowed_hosts = frozenset(place.lower() for place in policy.allow_hosts)
        self._resolver = SystemResolver(policy.max_requests)
        self._resolve = resolve or self._resolver.resolve
        # By whether the host is one of our lists that may be private.
        self._backends = {
            is_own: CheckedBackend(self._allowed_hosts if is_own else frozenset(), self._resolve, network)
            for is_own in (False, True)
        }
        self._rate_limiter = RateLimiter(policy, now, hosts, pages)
        self._robots = Robots(policy.user_agent, self._read_robots, self._remembered_robots)
        self._transports: dict[tuple[str, bool], PoolTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()
        self._resolver.close()

    async def get(
        self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "", own_url: str = ""
    ) -> Response:
        """Fetch a document over at most `policy.redirects` redirects. Raises FetchError for all but a 200 or 304."""
        try:
            return await self._follow(url, purpose, validators, proxy or self._policy.proxy, own_url)
        except FetchError as error:
            # Of the first hop: operators find this one in their list.
            error.url = url
            raise

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], max_bytes: int = 0) -> tuple[int, bytes]:
        """Send one POST and return the status and body of the answer. Raises FetchError if there is none.

        No redirect is followed, nothing is repeated, and without `max_bytes` the answer's body is not read.
        """
        target, proxy = check_url(url, self._allowed_hosts, self._policy.url_length), self._policy.proxy
        transport = self._transport(proxy, is_own=True)
        if proxy:
            await self._backends[True].check_behind_proxy(target, proxy, is_own=True)
        request = self._build_request(target, Purpose.PING, Validators())
        extensions = request.extensions
        request = httpx.Request(
            "POST", target, headers=[*request.headers.items(), *headers.items()], content=body, extensions=extensions
        )
        seconds = self._policy.page_seconds
        async with self._rate_limiter.slot(origin_of(target), Purpose.PING), _deadline(seconds, seconds):
            with as_fetch_errors():
                response = await transport.handle_async_request(request)
                content = b""
                try:
                    if max_bytes:
                        content = await read_body(response, {}, max_bytes)
                finally:
                    await response.aclose()
        return response.status_code, content

    def is_allowed_host(self, url: str) -> bool:
        """Return True for a URL on an allowed, possibly private host: it answers even when the internet is down."""
        try:
            return origin_of(httpx.URL(url)) in self._allowed_hosts
        except (httpx.InvalidURL, UnicodeError):
            return False

    async def resolves_any(self, urls: Iterable[str]) -> bool:
        """Return True if one of these hosts resolves, or if that cannot be known: a proxy resolves names itself."""
        hosts = []
        for url in urls:
            with suppress(httpx.InvalidURL, UnicodeError):
                hosts.append(httpx.URL(url).raw_host.decode("ascii"))
        return bool(self._policy.proxy) or await self._backends[False].resolves_any(hosts)

    async def _follow(self, url: str, purpose: Purpose, validators: Validators, proxy: str, own_url: str) -> Response:
        """Follow redirects to the document.

        The deadline covers the requests of all hops together, not the wait for a slot. `moved_to` of the response is
        the last URL that was reached over permanent redirects only.
        """
        seconds_left, own_origin = self._policy.seconds_for(purpose), _own_origin(own_url)
        validators_url = validators.of or url
        visited: set[httpx.URL] = set()
        moved_to, all_permanent = "", True
        for _ in range(self._policy.redirects + 1):
            # httpx follows no redirect here: each hop passes the same checks as the first.
            target = check_url(url, self._allowed_hosts & {own_origin}, self._policy.url_length)
            is_own = origin_of(target) == own_origin
            # Behind SOCKS the name of a listed host may not tell that it is private; `host.` is the same as `host`.
            if not is_own and origin_of(target).replace(".:", ":") in self._allowed_hosts:
                raise private_address_error()
            transport = self._transport(proxy, is_own=is_own)
            if proxy:
                await self._backends[is_own].check_behind_proxy(target, proxy, is_own=is_own)
            if target in visited:
                raise FetchError(FetchReason.REDIRECTS, Message("the address redirects in a circle"))
            if purpose is Purpose.PAGE and self._policy.robots:
                await self._check_robots(target, proxy, own_url)
            # Another resource's ETag could match by chance (RFC 9110, 8.8.3).
            request = self._build_request(target, purpose, validators if url == validators_url else Validators())
            # An HTTP proxy sends a request of its own making for `http:`; through all others ours arrives as it is.
            request.extensions["is_rewritten"] = target.scheme == "http" and proxy.lower().startswith("http")
            # Our own politeness is no slowness of the server: the time runs inside the slot.
            async with self._rate_limiter.slot(origin_of(target), purpose, own_url) as lane:
                started = monotonic()
                async with _deadline(seconds_left, self._policy.seconds_for(purpose)):
                    result = await self._request_with_retry(proxy, transport, request, purpose, lane.mark_sent)
                seconds_left -= monotonic() - started
            if isinstance(result, Response):
                return replace(result, url=url, validators=next_validators(result, validators), moved_to=moved_to)
            visited.add(target)
            url, all_permanent = result.url, all_permanent and result.permanent
            moved_to = url if all_permanent else moved_to
        raise FetchError(FetchReason.REDIRECTS, Message("more than {} redirects", self._policy.redirects))

    async def _check_robots(self, page: httpx.URL, proxy: str, own_url: str) -> None:
        is_allowed, gap = await self._robots.rules(page, proxy, own_url)
        await self._rate_limiter.raise_gap(origin_of(page), gap)
        if not is_allowed:
            raise FetchError(FetchReason.ROBOTS, Message("the site's robots.txt asks programs not to read this page"))

    async def _read_robots(self, url: str, proxy: str, own_url: str) -> bytes:
        return (await self._follow(url, Purpose.ROBOTS, Validators(), proxy, own_url)).body

    async def _remembered_robots(self, origin: str) -> bytes | None:
        state = (await self._rate_limiter.lane(origin, Purpose.ROBOTS)).remembered
        return state.robots if state.has_fresh_robots(self._now()) else None

    def host_states(self) -> list[HostState]:
        """Return the state of the hosts that were asked, for the next run."""
        texts, now = self._robots.new_texts, self._now()
        return [
            replace(state, robots=text, robots_read=now) if text is not None and len(text) <= _MAX_ROBOTS else state
            for state in self._rate_limiter.states()
            for text in [texts.get(state.origin)]
        ]

    def _build_request(self, url: httpx.URL, purpose: Purpose, validators: Validators) -> httpx.Request:
        headers = [
            (b"User-Agent", self._policy.user_agent.encode()),
            (b"Accept", _ACCEPT[purpose].encode()),
            # No brotli or zstd: httpx unpacks 1.6 kB of brotli into one chunk of 1 GB even while streaming.
            (b"Accept-Encoding", b"gzip, deflate"),
        ]
        if validators.etag:
            headers.append((b"If-None-Match", encode_header(validators.etag)))
        if validators.last_modified:
            headers.append((b"If-Modified-Since", encode_header(validators.last_modified)))
        # No timeouts of single reads and writes: the deadline around the whole request is the one that always fires.
        timeout = {"connect": self._policy.connect_seconds, "read": None, "write": None, "pool": None}
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout})

    async def _request_with_retry(
        self,
        proxy: str,
        transport: PoolTransport,
        request: httpx.Request,
        purpose: Purpose,
        mark_sent: Callable[[], None],
    ) -> Response | Redirect:
        """Send the request, and repeat it while an idle connection of the pool turns out to be closed.

        A server may close an idle connection at any time, and httpcore's pool may close one just as it hands it out.
        Neither is a failure of the outlet, and a GET may be repeated (RFC 9110, 9.2.2; RFC 9112, 9.3.1).
        """
        while True:
            # httpcore reports only through its trace events whether it opened a connection for this request.
            is_new_connection = has_failed_connect = False

            async def trace(event: str, info: Mapping[str, Any]) -> None:
                nonlocal is_new_connection, has_failed_connect
                is_new_connection = is_new_connection or event.endswith("connect_tcp.started")
                has_failed_connect = has_failed_connect or event.endswith("connect_tcp.failed")
                if event.endswith("send_request_headers.complete"):
                    mark_sent()

            request.extensions["trace"] = trace
            try:
                return await self._request_once(transport, request, purpose)
            except FetchError as error:
                if proxy and has_failed_connect:  # the failure is the proxy's, not the source's
                    raise FetchError(FetchReason.UNREACHABLE, _PROXY_IS_DEAD) from error
                if is_new_connection or not is_connection_lost(error):
                    raise

    async def _request_once(
        self, transport: PoolTransport, request: httpx.Request, purpose: Purpose
    ) -> Response | Redirect:
        """Send one request. Return the document, or the redirect to it."""
        with as_fetch_errors():
            response = await transport.handle_async_request(request)
        url = str(request.url)
        try:
            headers = headers_of(response, self._policy.header_bytes)
            if response.status_code in (301, 302, 303, 307, 308):
                return redirect_of(request.url, response)
            if response.status_code == 304 and is_conditional(request):
                async for _ in raw_chunks(response):  # no body by definition (RFC 9110, 15.4.5); frees the connection
                    pass
                return Response(url, 304, headers)
            if purpose is Purpose.PING and response.is_success:
                return Response(url, response.status_code, headers)
            if response.status_code != 200:
                raise await self._status_error(request, response, headers, purpose)
            # A PDF or a video that an entry links to: the caller sees its type, nothing is downloaded.
            if purpose is Purpose.PAGE and not may_be_page(headers.get("content-type", "")):
                return Response(url, 200, headers)
            body = await read_body(response, headers, self._policy.bytes_for(purpose))
            if purpose is Purpose.FEED:
                return Response(url, 200, headers, body, challenged=is_challenge(body))
            return Response(url, 200, headers, body, request=request_head(request))
        finally:
            with as_fetch_errors():
                await response.aclose()

    async def _status_error(
        self, request: httpx.Request, response: httpx.Response, headers: Mapping[str, str], purpose: Purpose
    ) -> FetchError:
        """Return the error of a status. For a page that was taken down it carries the response, which is evidence."""
        error = status_error(response.status_code, headers, self._now())
        if purpose is Purpose.PAGE and response.status_code in MISSING_PAGE_REASONS:
            body = b""
            with suppress(FetchError, TimeoutError):  # the status is evidence even without the body
                async with asyncio.timeout(self._policy.slow_after):
                    body = await read_body(response, headers, self._policy.page_bytes)
            head = request_head(request)
            error.answer = Response(str(request.url), response.status_code, headers, body, request=head)
        return error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return _trusted_authorities()

    def _transport(self, proxy: str, *, is_own: bool) -> PoolTransport:
        """Return the transport for a proxy, or the direct one.

        A connection that was made for an address of our lists is never used for one that others named.
        """
        if (proxy, is_own) not in self._transports:
            max_connections = self._policy.max_requests + self._policy.max_slow_requests
            self._transports[proxy, is_own] = (
                proxied_transport(self._tls, max_connections, proxy)
                if proxy
                else direct_transport(self._tls, max_connections, self._backends[is_own])
            )
        return self._transports[proxy, is_own]


def _own_origin(own_url: str) -> str:
    """Return the origin of an address of our lists, or an empty string if there is none."""
    try:
        return origin_of(httpx.URL(own_url)) if own_url else ""
    except (httpx.InvalidURL, UnicodeError, KeyError):
        return ""


@asynccontextmanager
async def _deadline(seconds_left: float, seconds: float) -> AsyncIterator[None]:
    """Raise FetchError after `seconds_left`; the message names `seconds`, the whole time that the document had."""
    try:
        async with asyncio.timeout(seconds_left):
            yield
    except TimeoutError as error:
        detail = Message("no complete answer within {} seconds", f"{seconds:g}")
        raise FetchError(FetchReason.TIMEOUT, detail) from error


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read the certificates of the authorities that httpx trusts, once in a process: there are 120."""
    return httpx.create_ssl_context(trust_env=False)
