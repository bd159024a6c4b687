"""I/O: sockets. Connections of httpcore over the streams of asyncio.

Those of httpcore itself go through anyio, which took a fifth of the time of a page, and a quarter over TLS
(docs/design/fetching.md).
"""

from __future__ import annotations

import asyncio
import select
from asyncio.sslproto import SSLProtocol
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any, Self

import httpcore

READ_AT_ONCE = 256 * 1024  # bytes: asyncio receives so much at once
_BUFFERED = READ_AT_ONCE // 2  # bytes; asyncio stops receiving at twice as many
# Bytes of TLS decrypted at once. asyncio keeps a buffer of them for each connection: its default, 256 kB, is no faster,
# and takes 33 MB more for the 150 connections of a run of slow sources. For all of this process's TLS.
SSLProtocol.max_size = 32 * 1024


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """A network backend that connects with asyncio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within `timeout` seconds. Nobody asks for a local address or options."""
        with _as_connect_errors():
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_connection(host, port, limit=_BUFFERED))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection. Only connecting has a timeout: the deadline of a whole request bounds its reads and writes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        try:
            return await self._reader.read(max_bytes)
        except OSError as error:  # errors of TLS, too
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Self:
        try:
            with _as_connect_errors():
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def aclose(self) -> None:
        self._writer.transport.abort()  # a TLS connection would wait half a minute for the server's goodbye
        await asyncio.sleep(0)  # now asyncio closes the socket

    def get_extra_info(self, info: str) -> Any:
        return self._is_readable() if info == "is_readable" else self._writer.get_extra_info(info)

    def _is_readable(self) -> bool:
        """Return True if data or its end has arrived at an idle connection, which then is not used again.

        What nobody asked for would be the answer to the next request; asyncio may have taken it in already.
        """
        if self._writer.is_closing() or self._reader._buffer:  # type: ignore[attr-defined]
            return True
        poll = select.poll()  # select() takes no file number above 1,023
        poll.register(self._writer.get_extra_info("socket"), select.POLLIN)
        return bool(poll.poll(0))


@contextmanager
def _as_connect_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:  # an OSError, too
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:  # with the errors of TLS
        raise httpcore.ConnectError(str(error)) from error
