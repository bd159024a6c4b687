"""I/O: sockets. A transport of httpx over a connection pool of httpcore."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.model import Message

_KEEPALIVE_SECONDS = 2.0  # an idle connection is closed after this: many servers close theirs after five


class PoolTransport(httpx.AsyncBaseTransport):
    """A transport that hands requests to a pool of ours.

    That of httpx 0.28 makes its pool itself, and gives it no network backend: there addresses could not be checked.
    Errors are those of httpcore.
    """

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self.pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response, whose body is still to be read."""
        url = request.url
        response = await self.pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a response of httpcore."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def direct_transport(tls: ssl.SSLContext, max_connections: int, network: httpcore.AsyncNetworkBackend) -> PoolTransport:
    """Return a transport that connects through `network`."""
    return PoolTransport(
        httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=max_connections,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=network,
        )
    )


def proxied_transport(tls: ssl.SSLContext, max_connections: int, proxy: str) -> PoolTransport:
    """Return a transport through a proxy, which resolves names itself (Tor must); its address may be private."""
    try:
        through = httpx.Proxy(proxy)
    except (httpx.InvalidURL, ValueError) as error:
        detail = Message("the proxy's address is not usable: it begins with http://, https:// or socks5://")
        raise FetchError(FetchReason.UNREACHABLE, detail) from error
    url = through.url
    address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return PoolTransport(
        httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=httpcore.Proxy(address, auth=through.raw_auth),
            max_connections=max_connections,
            keepalive_expiry=_KEEPALIVE_SECONDS,
        )
    )
