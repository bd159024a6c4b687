"""I/O: the server of the desk, until a signal ends it, and the bounds of connections to it.

Half-sent requests, idle connections and answers that nobody takes end: they cannot use up all open files.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from threading import Timer
from types import FrameType
from typing import Any, ClassVar, NoReturn

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.errors import InputError
from monitor.home import Home
from monitor.sandbox import kill_processes
from monitor.web.desk import create_desk

SECONDS_FOR_REQUESTS, SECONDS_TO_END = 3, 4  # after a signal
LONGEST_QUEUE = 2048


def serve(home: Home, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the desk until SIGINT or SIGTERM.

    `on_ready` is called with the address once the socket listens. Raises InputError if the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            # so that a restart need not wait for old connections in TIME_WAIT
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen()  # from here on connections wait in the backlog until the desk is ready
        except OSError as error:
            raise InputError(f"{host}:{port} cannot be listened on ({error.strerror}); name another --port") from None
        url_host = f"[{host}]" if ":" in host else host
        on_ready(f"http://{url_host}:{listener.getsockname()[1]}")
        for stop in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again when it has stopped
            signal.signal(stop, lambda *_: None)
        DeskServer(create_desk(home)).run(sockets=[listener])


class DeskServer(uvicorn.Server):
    """A server that ends in time: threads that look for feeds or try names on a page cannot be interrupted."""

    def __init__(self, application: Any) -> None:
        # No access log: it would record who read which page. No proxy headers: a client could forge its address.
        config = uvicorn.Config(
            application,
            http=BoundedProtocol,
            ws="none",
            # asyncio accepts so many at once. If more came than may wait, requests that are here would be cut off.
            backlog=BoundedProtocol.most_waiting // 3,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_FOR_REQUESTS,
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(LONGEST_QUEUE)  # of connections to accept: asyncio made it as short as its backlog

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        timer = Timer(SECONDS_TO_END, _end_process)
        timer.daemon = True
        timer.start()


def _end_process() -> NoReturn:
    """End this process and its sandboxes at once. What is written to the database or a file is written whole or not."""
    kill_processes()
    os._exit(0)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 whose requests must come, and whose answers must be taken, within their time; uvicorn limits neither.

    If many wait for one of these, the one that waits longest makes room: a client that sends its request and takes the
    answer gets it whatever the others do.
    """

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 120.0  # a list of names or sources, over a slow telephone
    answer_seconds: ClassVar[float] = 60.0  # for the next 48 kB of it
    most_waiting: ClassVar[int] = 100
    _waiting: ClassVar[dict[BoundedProtocol, None]] = {}  # in the order in which they began to wait

    _awaited: Any = None  # the state of h11 whose end the timer waits for
    _timer: asyncio.TimerHandle | None = None
    _unread_since: ClassVar[dict[BoundedProtocol, asyncio.TimerHandle]] = {}  # in the order in which clients stopped

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._bound_waiting()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._bound_waiting()

    def on_response_complete(self) -> None:
        # No browser or proxy sends a request before it has the last answer. Hundreds sent at once over each of a
        # thousand connections would keep the desk busy for half an hour.
        if self.conn.trailing_data[0]:
            self.transport.close()
        super().on_response_complete()
        self._bound_waiting()

    def pause_writing(self) -> None:
        """Start the time for a client to take what is written: asyncio calls this when it does not."""
        super().pause_writing()
        self._unread_since[self] = self.loop.call_later(self.answer_seconds, self.transport.abort)
        if len(self._unread_since) > self.most_waiting:
            next(iter(self._unread_since)).abort_unread()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        self._stop_unread()
        super().connection_lost(exc)

    def abort_unread(self) -> None:
        self._stop_unread()  # at once: `connection_lost` comes later, and others may stop by then
        self.transport.abort()

    def _stop_unread(self) -> None:
        if timer := self._unread_since.pop(self, None):
            timer.cancel()

    def _bound_waiting(self) -> None:
        """Start the time for a head or a body with its beginning; stop it once the request is here."""
        state = self.conn.their_state
        if state is self._awaited or self.transport.is_closing():
            return
        self.stop_waiting()
        seconds = {h11.IDLE: self.head_seconds, h11.SEND_BODY: self.body_seconds}.get(state)
        if seconds is not None:
            self._awaited, self._waiting[self] = state, None
            self._timer = self.loop.call_later(seconds, self.transport.abort)
        if len(self._waiting) > self.most_waiting:
            oldest = next(iter(self._waiting))
            oldest.stop_waiting()  # at once: `connection_lost` comes later, and others may wait by then
            oldest.transport.abort()

    def stop_waiting(self) -> None:
        self._waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._awaited = None
