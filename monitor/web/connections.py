"""Connections to the desk: half-sent requests and idle connections end, so that they cannot use up all open files."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 whose requests must come within their time; uvicorn has no limit for them.

    If many wait for a request, the one that waits longest makes room: a client that sends its request is answered
    whatever the others do.
    """

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 120.0  # a list of names or sources, over a slow telephone
    most_waiting: ClassVar[int] = 100
    _waiting: ClassVar[dict[BoundedProtocol, None]] = {}  # in the order in which they began to wait

    _awaited: Any = None  # the state of h11 whose end the timer waits for
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._bound_waiting()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._bound_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._bound_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _bound_waiting(self) -> None:
        """Start the time for a head or a body with its beginning; stop it once the request is here."""
        state = self.conn.their_state
        if state is self._awaited or self.transport.is_closing():
            return
        self._stop_waiting()
        seconds = {h11.IDLE: self.head_seconds, h11.SEND_BODY: self.body_seconds}.get(state)
        if seconds is not None:
            self._awaited, self._waiting[self] = state, None
            self._timer = self.loop.call_later(seconds, self.transport.abort)
        if len(self._waiting) > self.most_waiting:
            oldest = next(iter(self._waiting))
            oldest._stop_waiting()  # at once: `connection_lost` comes later, and others may wait by then
            oldest.transport.abort()

    def _stop_waiting(self) -> None:
        self._waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._awaited = None
