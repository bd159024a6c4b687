"""Connections to the desk: half-sent requests, idle connections and answers that nobody takes end.

So they cannot use up all open files.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


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
