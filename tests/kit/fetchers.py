"""A fetcher over servers on loopback, and what it meets there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpcore
import pytest

from kit.fault_server import FaultServer, fault_server, ok
from monitor.errors import FetchError, FetchReason
from monitor.fetch import FetchPolicy, WebFetcher
from monitor.fetch.streams import AsyncioBackend
from monitor.ports import Purpose, Response

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"


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

    failure: type[Exception] = httpcore.ConnectError

    def __init__(self, server: FaultServer, down: Sequence[str] = ()) -> None:
        self.server, self.down, self.reached = server, down, []
        self.sockets = AsyncioBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.reached.append(f"{host}:{port}")
        if host in self.down:
            raise self.failure("down")
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


def slowly(seconds: float):
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(ok())
        await writer.drain()

    return behave
