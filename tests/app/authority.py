"""A time-stamping authority made with OpenSSL, which answers on loopback as an outlet of the kit does."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamper]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("openssl") or "openssl", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@dataclass
class Authority:
    """`requests`: the bodies and headers that came. `mood`: how it answers; "stamp" is right."""

    folder: Path
    mood: str = "stamp"
    requests: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @cached_property
    def is_made(self) -> bool:
        """Make its keys and certificates when they are first needed."""
        if (self.folder / "tsa.pem").exists():
            return True
        (self.folder / "tsa.cnf").write_text(CONFIG)
        (self.folder / "serial").write_text("01\n")
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
        (self.folder / "tsa.cnf").write_text(CONFIG + "[req]\ndistinguished_name = dn\n[dn]\n")
        ca = ("-x509", "-days", "30", "-extensions", "ca", "-subj", "/CN=Root of time")
        stamper = ("-subj", "/CN=Stamper", "-CA", "root.pem", "-CAkey", "root.key", "-days", "30", "-x509")
        done = [
            openssl(self.folder, "req", *new_key, *ca, "-keyout", "root.key", "-out", "root.pem"),
            openssl(
                self.folder,
                "req",
                *new_key,
                *stamper,
                "-extensions",
                "stamper",
                "-keyout",
                "tsa.key",
                "-out",
                "tsa.pem",
            ),
        ]
        assert [one.returncode for one in done] == [0, 0], done
        return True

    @property
    def root(self) -> Path:
        assert self.is_made
        return self.folder / "root.pem"

    def reply(self, request: bytes) -> bytes:
        """Return the response of `openssl ts -reply`."""
        assert self.is_made
        (self.folder / "request.tsq").write_bytes(request)
        keys = ("-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "root.pem")
        certification = openssl(
            self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", *keys, "-out", "r.tsr"
        )
        assert certification.returncode == 0, certification.stderr
        return (self.folder / "r.tsr").read_bytes()

    def query(self, text: bytes) -> bytes:
        """Return a request of another program for a text."""
        (self.folder / "other.txt").write_bytes(text)
        openssl(self.folder, "ts", "-query", "-data", "other.txt", "-sha256", "-cert", "-out", "other.tsq")
        return (self.folder / "other.tsq").read_bytes()

    def answer(self, request: bytes) -> bytes:
        match self.mood:
            case "garbage":
                return b"<html>busy"
            case "too long":
                return b"0" * 200_000
            case "another text":
                return self.reply(self.query(b"something else"))
            case "an old answer":  # right of this text, but to the question of somebody else
                return self.reply(self.query((self.folder / "text").read_bytes()))
        return self.reply(request)


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Let an authority answer on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            authority.requests.append((body, {name.lower(): value for name, value in self.headers.items()}))
            if authority.mood == "dead":
                self.connection.close()
                return
            content = authority.answer(body)
            self.send_response(500 if authority.mood == "refuses" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
