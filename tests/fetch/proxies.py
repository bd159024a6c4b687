"""Tiny proxies on loopback: to whatever name, they lead to one of our servers."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kit.fault_server import free_socket, listening


@dataclass
class Proxy:
    """`targets`: what it was told to connect to, as told. With `login`, only for that user and password."""

    leads_to: int
    login: tuple[str, str] | None = None
    refuses: bool = False
    hangs: bool = False
    targets: list[tuple[str, int]] = field(default_factory=list)
    place: str = ""

    async def socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """RFC 1928, and RFC 1929 for the login."""
        _, methods = await reader.readexactly(2)
        offered = await reader.readexactly(methods)
        if self.hangs:
            await asyncio.sleep(600)
        method = 2 if self.login else 0
        writer.write(bytes([5, method if method in offered else 255]))
        if self.login:
            await reader.readexactly(1)
            credentials = tuple(
                [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
            )
            writer.write(bytes([1, credentials != self.login]))
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 3: 0, 4: 16}[kind] or (await reader.readexactly(1))[0]
        host = await reader.readexactly(size)
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        self.targets.append((host.decode() if kind == 3 else ".".join(map(str, host)), port))
        writer.write(bytes([5, 5 if self.refuses else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await self._through(reader, writer)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """RFC 9110, 9.3.6."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        assert method == "CONNECT"
        host, _, port = target.rpartition(":")
        self.targets.append((host, int(port)))
        writer.write(b"HTTP/1.1 403 No\r\n\r\n" if self.refuses else b"HTTP/1.1 200 OK\r\n\r\n")
        await self._through(reader, writer)

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            return
        inward, outward = await asyncio.open_connection("127.0.0.1", self.leads_to)
        await asyncio.gather(_pour(reader, outward), _pour(inward, writer))


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(65_536):
        sink.write(piece)
    sink.close()


@asynccontextmanager
async def proxy(kind: str, leads_to: int, **how: object) -> AsyncIterator[Proxy]:
    new_proxy = Proxy(leads_to, **how)
    at, port = free_socket()
    new_proxy.place = f"127.0.0.1:{port}"
    async with listening(new_proxy.socks if kind == "socks" else new_proxy.connect, at):
        yield new_proxy
