"""`monitor serve` as a process: the first link, one address, a clean end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.soak


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the program and return it with the address that it prints."""
    program = [sys.executable, "-c", "from monitor.cli import main; main()", *arguments]
    process = subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if opening := re.search(r"open at (http://\S+)", line):
                yield process, opening[1]
                break
        else:
            pytest.fail("it never opened")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text("feeds: [https://post.example/rss]\n")
    (tmp_path / "watchlist.yaml").write_text("entities: [Melis Tokoev]\n")
    return tmp_path


def test_serve_prints_a_link_that_makes_the_first_account_and_ends_cleanly(home: Path):
    with running("--home", str(home), "serve", "--port", "0") as (process, address):
        assert process.stderr is not None
        link = re.search(r"http://\S+/join/\S+", process.stderr.readline())
        assert link and link[0].startswith(address)
        with httpx.Client(base_url=address, headers={"sec-fetch-site": "same-origin"}) as browser:
            form = {"name": "Aida", "password": "four plain words here"}
            assert browser.post(link[0], data=form).status_code == 303
            page = browser.get("/queue")
            assert "Nothing to review" in page.text and "server" not in page.headers
            assert browser.get("/health").text == "ok\n"
            tokens = browser.post("/account/tokens", data={"label": "a reader"}).text
            feed = re.search(r'value="http://token:([\w-]+)@(\S+/queue\.atom)"', tokens)
            assert feed
            answer = httpx.get(f"http://{feed[2]}", auth=("any", feed[1]))  # as a reader makes it of such an address
            assert answer.headers["content-type"] == "application/atom+xml"
            assert httpx.get(f"http://token:wrong@{feed[2]}").status_code == 401
        process.send_signal(signal.SIGTERM)  # the demo's desk is ended by SIGINT
        assert process.wait(300) == 0
        logged = process.stderr.read()
        assert feed[1] not in logged and "queue.atom" not in logged  # who read what is nobody's log's business


def test_a_taken_port_is_a_plain_error(home: Path):
    with socket.socket() as busy_socket:
        busy_socket.bind(("127.0.0.1", 0))
        busy_socket.listen()
        port = str(busy_socket.getsockname()[1])
        command = [
            sys.executable,
            "-c",
            "from monitor.cli import main; main()",
            "--home",
            str(home),
            "serve",
            "--port",
            port,
        ]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "name another --port" in ended.stderr and "Traceback" not in ended.stderr


def test_the_demo_opens_the_desk_on_its_queue(tmp_path: Path):
    with running("demo", "--folder", str(tmp_path / "home"), "--serve", "--port", "0") as (process, address):
        assert httpx.get(f"{address}/queue").headers["location"] == "/sign-in?next=/queue"
        process.send_signal(signal.SIGINT)
        assert process.wait(300) == 0
