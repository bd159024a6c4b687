"""A fetcher over servers on loopback, and what it meets there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

import httpcore
import pytest

from kit.fault_server import FaultServer, fault_server
from monitor.errors import FetchError, FetchReason
from monitor.fetch import addresses
from monitor.fetch.addresses import SystemResolver
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.model import Validators
from monitor.ports import Purpose, Response

PUBLIC, ALSO_PUBLIC, PRIVATE = "93.184.215.14", "93.184.215.15", "10.0.0.7"


class OwnFetcher(WebFetcher):
    """A fetcher that takes the host of each address for one of our own lists, which may be private.

    `own_url` says otherwise; empty, no list names the host.
    """

    async def get(
        self,
        url: str,
        purpose: Purpose,
        validators: Validators = Validators(),
        proxy: str = "",
        own_url: str | None = None,
    ) -> Response:
        site = "/".join(url.split("/")[:3])
        return await super().get(url, purpose, validators, proxy, site if own_url is None else own_url)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with fault_server() as faults:
        yield faults


# On the PYTHONPATH of a process that a test starts, `public_loopback` holds there, too.
PUBLIC_SITE = str(Path(__file__).with_name("public_site"))


@contextmanager
def public_loopback() -> Iterator[None]:
    """Let the servers of a test stand for hosts of the public internet, to which anybody may link."""
    is_public = addresses.is_public
    with patch.object(addresses, "is_public", lambda address: address == "127.0.0.1" or is_public(address)):
        yield


@contextmanager
def public_names() -> Iterator[None]:
    """Let each name be given out by a registry and have a public address, as the invented ones of tests would."""
    answers = NameService()
    answers.names = defaultdict(lambda: [[PUBLIC]])
    with (
        patch.object(addresses, "has_public_suffix", lambda _: True),
        patch.object(SystemResolver, "resolve", lambda _, host, port: answers(host, port)),
    ):
        yield


class NameService:
    """A name service: a name has its addresses, and the next time the next ones, if there are more."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.hosts: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.hosts.append(host)
        try:
            answers = self.names[host]
        except KeyError:
            raise OSError("Name or service not known") from None
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Internet(httpcore.AsyncNetworkBackend):
    """A network on which every address is our server, except the ones that are down or `other_servers` serve."""

    failure: type[Exception] = httpcore.ConnectError

    def __init__(
        self,
        server: FaultServer,
        down: Sequence[str] = (),
        other_servers: Mapping[str, FaultServer] = MappingProxyType({}),
    ) -> None:
        self.server, self.down, self.other_servers, self.reached = server, down, other_servers, []
        self.sockets = httpcore.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.reached.append(f"{host}:{port}")
        if host in self.down:
            raise self.failure("down")
        return await self.sockets.connect_tcp("127.0.0.1", self.other_servers.get(host, self.server).port, timeout)


@asynccontextmanager
async def fetcher(
    *servers: FaultServer, resolve=None, network=None, host_gap: float = 0, **policy
) -> AsyncIterator[OwnFetcher]:
    allowed = frozenset(policy.pop("allow_hosts", ())) | {server.place for server in servers}
    numbers = FetchPolicy(allow_hosts=allowed, host_gap=host_gap, **policy)
    async with OwnFetcher(numbers, resolve=resolve or NameService(), network=network) as web:
        yield web


async def get(server: FaultServer, path: str = "/", **policy) -> Response:
    async with fetcher(server, **policy) as web:
        return await web.get(server.url(path), Purpose.FEED)


async def reason(web: WebFetcher, url: str, **options) -> FetchReason:
    with pytest.raises(FetchError) as caught:
        await web.get(url, Purpose.FEED, **options)
    return caught.value.reason
