"""Checks of URLs, and of the IP addresses that their host names resolve to (protection against SSRF)."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.responses import as_fetch_errors
from monitor.model import Message
from monitor.urls import has_public_suffix

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_HOST = re.compile(r"[a-z0-9._:-]+")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_UNICAST = IPv6Network("2000::/3")  # all that IANA assigns; the rest is local, reserved or wraps IPv4
_RESOLVE_SECONDS = 5.0
_LATE_SECONDS = 0.25  # a timeout that fires this late shows that this process did not run meanwhile
_NOT_PUBLIC = tuple(
    ip_network(net)  # `is_global` accepts these, or did in some release of Python 3.11
    for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")  # includes Teredo and 6to4
)


def check_url(url: str, allowed: frozenset[str], max_length: int) -> httpx.URL:
    """Return the parsed URL if its scheme, host and port may be fetched.

    `allowed` are origins (`host:port`) that may be private. The addresses that the host resolves to are checked later,
    in `CheckedBackend`. Raises FetchError for any other URL.
    """
    if len(url) > max_length:
        raise FetchError(FetchReason.TOO_LARGE, Message("the address is longer than {} characters", max_length))
    with as_fetch_errors():
        target = httpx.URL(url)
    if target.scheme not in ("http", "https"):
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("only http and https addresses are fetched"))
    if target.userinfo:
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("an address with a user name in it is not fetched"))
    host = target.raw_host.decode("ascii")  # an IDN is already punycode here
    if not _HOST.fullmatch(host) or not 0 < _port(target) < 65_536:
        raise FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("this is not the address of a web page"))
    # Refuse obvious ones early: through a proxy no address is checked on connecting.
    if origin_of(target) not in allowed:
        literal, name = _address_literal(host), host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost") or (literal and not is_public(str(literal))):
            raise private_address_error()
    return target


def is_public(address: str) -> bool:
    """Return True for an address of the public internet; an IPv4 address inside IPv6 is unwrapped (mapped, NAT64)."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is None and ip not in _UNICAST:
            return False
        ip = inner or ip
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_PUBLIC)


def resolves_to_public(host: str, port: int) -> bool:
    """I/O. Return True if every address of a host is public. Raises OSError when it has none."""
    return all(is_public(str(info[4][0])) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """A network backend that resolves a name once, checks all its addresses and connects only to those.

    One address that is not public refuses the name. A check before the request would resolve the name twice, and the
    second answer could differ (DNS rebinding).
    """

    def __init__(
        self, allowed: frozenset[str], resolve: Resolver, network: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed_hosts, self._resolve = allowed, resolve
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
        if _host_and_port(host, port) not in self._allowed_hosts and not all(map(is_public, addresses)):
            raise private_address_error()
        failure: Exception = FetchError(FetchReason.UNREACHABLE, Message("the name of its server is not found (DNS)"))
        for address in addresses:
            try:
                return await self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error  # the next address may be up
        raise failure

    async def check_behind_proxy(self, url: httpx.URL, proxy: str, *, is_own: bool) -> None:
        """Raise FetchError unless a proxy may be asked for this host: the proxy connects, so it is checked here.

        A name that no registry gives out is one of the proxy's own network. What an http proxy is asked for is
        resolved here as well; for a SOCKS proxy nothing is, since name servers must not learn what goes through Tor.
        """
        host = url.raw_host.decode("ascii")
        if not is_own and not _address_literal(host) and not has_public_suffix(host):
            raise private_address_error()
        if proxy.lower().startswith("socks") or origin_of(url) in self._allowed_hosts:
            return
        if not all(map(is_public, await self._addresses(host, _port(url), _RESOLVE_SECONDS))):
            raise private_address_error()

    async def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; try again once if the timeout fired late: then this process was stopped, not the server."""
        started = monotonic()
        try:
            return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
        except httpcore.ConnectTimeout:
            if timeout is None or monotonic() - started < timeout + _LATE_SECONDS:
                raise
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def resolves_any(self, hosts: Iterable[str]) -> bool:
        """Return True if one of the first three host names resolves, or if all hosts are IP addresses."""
        names = list(dict.fromkeys(host for host in hosts if not _address_literal(host)))
        for name in names[:3]:
            with suppress(FetchError):
                if await self._addresses(name, 443, 5):
                    return True
        return not names

    async def _addresses(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        if literal := _address_literal(host):
            return [str(literal)]
        try:
            async with asyncio.timeout(seconds):
                return await self._resolve(host, port)
        except TimeoutError as error:
            raise FetchError(FetchReason.TIMEOUT, Message("DNS does not answer in time")) from error
        except (OSError, UnicodeError) as error:
            raise FetchError(FetchReason.UNREACHABLE, Message("the name of its server is not found (DNS)")) from error


class SystemResolver:
    """The system's resolver in its own threads, so that a hanging name server blocks no other lookup."""

    def __init__(self, max_threads: int) -> None:
        self._threads = ThreadPoolExecutor(max_threads, "resolve")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        results = await asyncio.get_running_loop().run_in_executor(self._threads, lookup)
        return list(dict.fromkeys(str(info[4][0]) for info in results))

    def close(self) -> None:
        # A lookup cannot be interrupted: do not wait for one that hangs.
        self._threads.shutdown(wait=False, cancel_futures=True)


def _address_literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host spells in any form resolvers accept, such as 127.1, 0x7f000001 or 2130706433."""
    host = host.removesuffix(".")
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


def private_address_error() -> FetchError:
    """Return the error of an address in a private network that no list of ours names."""
    detail = Message(
        "the address leads into a private network; only a feed of yours may, whose host:port is in MONITOR_ALLOW_HOSTS"
    )
    return FetchError(FetchReason.FORBIDDEN_ADDRESS, detail)


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def origin_of(url: httpx.URL) -> str:
    """Return `host:port`, the key of robots.txt rules, rate limits and allowed hosts."""
    return _host_and_port(url.raw_host.decode("ascii"), _port(url))
