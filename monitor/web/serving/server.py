"""I/O: the server of the desk, until a signal ends it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from threading import Timer
from types import FrameType
from typing import NoReturn

import uvicorn

from monitor.errors import InputError
from monitor.home import Home
from monitor.sandbox import kill_processes
from monitor.web.desk import create_desk
from monitor.web.serving.connections import BoundedProtocol

SECONDS_FOR_REQUESTS, SECONDS_TO_END = 3, 4  # after a signal


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
        # No access log: it would record who read which page. No proxy headers: a client could forge its address.
        config = uvicorn.Config(
            create_desk(home),
            http=BoundedProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_FOR_REQUESTS,
        )
        for stop in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again when it has stopped
            signal.signal(stop, lambda *_: None)
        _DeskServer(config).run(sockets=[listener])


class _DeskServer(uvicorn.Server):
    """A server that ends in time: threads that look for feeds or try names on a page cannot be interrupted."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        timer = Timer(SECONDS_TO_END, _end_process)
        timer.daemon = True
        timer.start()


def _end_process() -> NoReturn:
    """End this process and its sandboxes at once. What is written to the database or a file is written whole or not."""
    kill_processes()
    os._exit(0)
