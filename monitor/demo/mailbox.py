"""I/O: a mail server on loopback for the demo, which keeps the mails that it is given (RFC 5321)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer

HOST = "127.0.0.1"
_REPLIES = {"EHLO": "250 loopback", "DATA": "354 go on", "QUIT": "221 bye"}


@dataclass
class DemoMailbox:
    """The server, as a context manager. `received`: (recipient, mail), the first first."""

    received: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def __enter__(self) -> DemoMailbox:
        received = self.received

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                self._reply("220 loopback")
                recipient = ""
                for line in self.rfile:
                    command, text = line[:4].decode("ascii", "replace").upper(), line.decode("utf-8", "replace")
                    if command == "RCPT":
                        recipient = text.partition("<")[2].partition(">")[0]
                    self._reply(_REPLIES.get(command, "250 OK"))
                    if command == "DATA":
                        received.append((recipient, self._read_mail()))
                        self._reply("250 OK")
                    if command == "QUIT":
                        return

            def _reply(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

            def _read_mail(self) -> EmailMessage:
                lines = iter(self.rfile.readline, b".\r\n")
                # A dot that begins a line was doubled (RFC 5321, 4.5.2).
                raw = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
                mail = message_from_bytes(raw, policy=policy.default)
                assert isinstance(mail, EmailMessage)
                return mail

        self._server = ThreadingTCPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return the value of MONITOR_SMTP_URL."""
        return f"smtp://{HOST}:{self._server.server_address[1]}?tls=none&from=monitor@newsroom.example"

    def texts(self) -> list[tuple[str, str, str]]:
        """Return (recipient, subject, text) of each mail."""
        mails = []
        for recipient, mail in self.received:
            body = mail.get_body(("plain",))
            mails.append((recipient, str(mail["Subject"]), str(body.get_content()) if body else ""))
        return mails
