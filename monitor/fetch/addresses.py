"""Where we may go: which URLs, and which addresses behind their names."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.responses import as_fetch_errors
from monitor.model import Message

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_HOST = re.compile(r"[a-z0-9._:-]+")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_UNICAST = IPv6Network("2000::/3")  # all that IANA hands out; the rest is local, reserved or a way to write IPv4
_NOT_PUBLIC = tuple(
    ip_network(net)  # what `is_global` lets pass, or did in some Python 3.11
    for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")  # Teredo and 6to4 among them
)


def check_url(url: str, allowed: frozenset[str], longest: int) -> httpx.URL:
    """The URL, if its scheme, host and spelling may be fetched; the addresses of its host are checked on connecting."""
    if len(url) > longest:
        raise FetchError(FetchReason.TOO_LARGE, Message("the address is longer than {} characters", longest))
    with as_fetch_errors():
        target = httpx.URL(url)
    if target.scheme not in ("http", "https"):
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("only http and https addresses are fetched"))
    if target.userinfo:
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("an address with a user name in it is not fetched"))
    host = target.raw_host.decode("ascii")
    if not _HOST.fullmatch(host) or not 0 < _port(target) < 65_536:
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("this is not the address of a web page"))
    if place_of(target) not in allowed:
        literal, name = _literal(host), host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost") or (literal and not is_public(str(literal))):
            raise _private()
    return target


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it wraps an IPv4 address (mapped, NAT64)."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is None and ip not in _UNICAST:
            return False
        ip = inner or ip
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_PUBLIC)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, refuses it if any of its addresses is not public, and connects to the ones it checked.

    Checking here and not before the request leaves nothing to rebinding, and no spelling of an address unread.
    """

    def __init__(
        self, allowed: frozenset[str], resolve: Resolver, network: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port, timeout)
        if _joined(host, port) not in self._allowed and not all(map(is_public, addresses)):
            raise _private()
        trouble: Exception = FetchError(FetchReason.UNREACHABLE, Message("the name of its server is not found (DNS)"))
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def finds_any(self, hosts: Iterable[str]) -> bool:
        """Whether the name service finds one of the first three of these hosts, or there is none to ask for."""
        names = list(dict.fromkeys(host for host in hosts if not _literal(host)))
        for name in names[:3]:
            with suppress(FetchError):
                if await self._addresses(name, 443, 5):
                    return True
        return not names

    async def _addresses(self, host: str, port: int, within: float | None) -> Sequence[str]:
        if literal := _literal(host):
            return [str(literal)]
        try:
            async with asyncio.timeout(within):
                return await self._resolve(host, port)
        except TimeoutError as error:
            raise FetchError(FetchReason.TIMEOUT, Message("DNS does not answer in time")) from error
        except (OSError, UnicodeError) as error:
            raise FetchError(FetchReason.UNREACHABLE, Message("the name of its server is not found (DNS)")) from error


class SystemNames:
    """The system's resolver in threads of its own, so that a name server that hangs holds up nobody else's names."""

    def __init__(self, at_once: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, "resolve")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host spells, in any way that a resolver reads: 127.1, 0x7f000001, 017700000001, 2130706433."""
    host = host.removesuffix(".")
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


def _private() -> FetchError:
    words = Message("the address leads into a private network; MONITOR_ALLOW_HOSTS lists the hosts that may do so")
    return FetchError(FetchReason.FORBIDDEN_ADDRESS, words)


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def place_of(url: httpx.URL) -> str:
    return _joined(url.raw_host.decode("ascii"), _port(url))
