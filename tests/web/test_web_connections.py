"""Half-sent requests and idle connections at the desk's door end; those who send theirs are answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from kit.app import App
from kit.desk import served, served_at_door
from monitor.web.server import BoundedProtocol
from web.doors import app, one_item

__all__ = ["app", "one_item"]

HALF = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
LARGE = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 40\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
)


async def large_answers(scope: Any, receive: Any, send: Any) -> None:
    """Answer with more than the kernel keeps for a connection."""
    body = b"x" * 20_000_000 if scope["path"] == "/large" else b"ok\n"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def connected(address: str, *firsts: bytes) -> Iterator[list[socket.socket]]:
    """Open a connection for each of these beginnings of a request, and send it."""
    host, _, port = address.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        sockets = []
        for first in firsts:
            one = stack.enter_context(socket.socket())
            one.settimeout(60)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.connect((host, int(port)))
            one.sendall(first)
            sockets.append(one)
        yield sockets


def is_ended(one: socket.socket) -> bool:
    """Return whether the desk has ended a connection, waiting as long as the socket does."""
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_request_that_is_here_is_answered_however_many_come_behind_it():
    stalled, released = threading.Event(), threading.Event()

    async def stalling_desk(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/stall":
            stalled.set()
            released.wait(60)  # the loop stands still, as on a busy machine
        await large_answers(scope, receive, send)

    stall, whole = (b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path in (b"stall", b"health"))
    with served_at_door(stalling_desk) as address, connected(address, stall):
        assert stalled.wait(60)
        with connected(address, whole, *[HALF] * 300) as (honest, *_):
            released.set()
            assert honest.recv(12) == b"HTTP/1.1 200"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 0.05)
    monkeypatch.setattr(BoundedProtocol, "body_seconds", 0.05)


@pytest.mark.check
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("first", [b"", HALF, HALF_BODY], ids=["nothing", "half a head", "half a form"])
def test_a_request_that_does_not_come_ends_its_connection(app: App, first: bytes):
    with served(app) as address, connected(address, first) as (one,):
        assert is_ended(one)


def test_of_requests_that_are_sent_before_the_answer_only_the_first_is_answered(app: App):
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with served(app) as address, connected(address, whole * 300) as (one,):
        answer = b""
        while part := one.recv(100_000):
            answer += part
        assert answer.count(b"HTTP/1.1 200") == 1 and answer.endswith(b"ok\n")


@pytest.mark.usefixtures("hasty")
def test_dripping_a_head_buys_no_time_also_behind_a_whole_request(app: App):
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with served(app) as address, connected(address, whole) as (one,):
        answer = b""
        while b"ok\n" not in answer:
            answer += one.recv(10_000)
        ended = False
        for _ in range(100_000):
            try:
                one.sendall(b"G")
            except OSError:
                ended = True
                break
        assert ended or is_ended(one)


def test_the_desk_stays_usable_under_800_half_sent_requests(app: App, monkeypatch: pytest.MonkeyPatch):
    """The review held 800 for as long as it liked: the limit of open files of a service is 1,024 by default."""
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 3_600)
    with served(app) as address, connected(address, *[HALF] * 800) as sockets:
        assert httpx.get(f"{address}/health", timeout=60).text == "ok\n"
        # The oldest went to make room; their time is not over.
        most_waiting = BoundedProtocol.most_waiting
        assert all(is_ended(one) for one in sockets[: 800 - most_waiting])
        sockets[-1].sendall(b"done\r\n\r\n")
        assert sockets[-1].recv(12) == b"HTTP/1.1 200"


def ends_while_unread(one: socket.socket) -> bool:
    """Return True if the desk ends a connection from which nobody reads."""
    try:
        for _ in range(100_000):
            one.sendall(b"G")
    except OSError:
        return True
    return False


@pytest.mark.check
def test_an_answer_that_nobody_takes_ends_its_connection_and_a_slow_reader_does_not(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(BoundedProtocol, "answer_seconds", 0.5)
    with served_at_door(large_answers) as address, connected(address, LARGE, LARGE) as (unread, slow):
        unread.settimeout(60)
        size = 0
        for _ in range(40):
            size += len(slow.recv(100_000))
            time.sleep(0.02)
        assert ends_while_unread(unread) and size > 40_000
        assert slow.recv(1)


def is_cut_off(one: socket.socket) -> bool:
    try:
        one.sendall(b"G")
    except OSError:
        return True
    return False


@pytest.mark.check
def test_the_desk_stays_usable_while_many_take_no_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(BoundedProtocol, "most_waiting", 20)
    with served_at_door(large_answers) as address, connected(address, *[LARGE] * 60) as sockets:
        deadline = time.monotonic() + 60
        while sum(map(is_cut_off, sockets)) < 40:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # Only now: while sixty still come, the one that connects may be the one that has waited longest.
        assert httpx.get(f"{address}/health", timeout=60).text == "ok\n"


@pytest.mark.check
@pytest.mark.usefixtures("hasty")
def test_an_answer_that_takes_long_is_not_cut_off(app: App, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app.store.people, "by_name", lambda _: time.sleep(0.3))
    with served(app) as address:
        assert httpx.get(f"{address}/health", timeout=60).text == "ok\n"
