"""A server on loopback that misbehaves as told, one way a path; it keeps a log of who came when."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = "bytes | Behaviour | list[Answer]"


@dataclass
class FaultServer:
    """`paths` maps a path to the bytes of a whole answer, to a function that writes one, or to a list of those.

    Of a list the first request gets the first, and so on; the last stays.
    """

    paths: dict[str, Answer] = field(default_factory=dict)
    port: int = 0
    connections: int = 0
    requests: list[tuple[str, dict[str, str], float]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)  # of the requests, as they came
    at_once: int = 0
    most_at_once: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await self._one(reader, writer):
            pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raw = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(raw)
        head = raw.decode("latin-1").split("\r\n")
        target = head[0].split(" ")[1]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        self.requests.append((target, headers, monotonic()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.paths.get(target, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
                return b"Content-Length" in answer
            await answer(writer)
            return False
        finally:
            self.at_once -= 1


def ok(body: bytes = b"<rss/>", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def drip(start: bytes, piece: bytes, every: float) -> Behaviour:
    """Begins, and then never ends: `piece` after `piece`."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return behave


@asynccontextmanager
async def listening(serve: Talk, at: socket.socket, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    """Serve each connection until it ends or the context does."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(talk, sock=at, ssl=tls) as server:
        yield
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def free_socket() -> tuple[socket.socket, int]:
    """Return a socket on a free port of loopback, and the port."""
    new_socket = socket.socket()
    new_socket.bind(("127.0.0.1", 0))
    return new_socket, new_socket.getsockname()[1]


@asynccontextmanager
async def fault_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[FaultServer]:
    at, port = free_socket()
    faults = FaultServer(port=port)
    async with listening(faults.serve, at, tls):
        yield faults
