"""A receiver of webhooks on loopback that keeps what it is given and answers as it is told to."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from kit.outlets import Loopback

DROP, HANG = 0, -1  # reads the event and closes the connection; reads it and says nothing


@dataclass(frozen=True)
class Event:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(Loopback):
    """Answers each event with the next status of `answers`, then with 204."""

    def __init__(self) -> None:
        self.received, self.answers = list[Event](), list[int]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Event(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == HANG:
                    time.sleep(1)
                if status in {DROP, HANG}:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)
