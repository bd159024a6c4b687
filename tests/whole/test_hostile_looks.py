"""A desk whose user looks for feeds at a site that sends bombs: the real program, as a service runs it."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from kit.desk import OURS, account, session_token
from kit.fault_server import ok
from kit.home import Clock, open_app
from kit.lab import MONITOR, ROOT, Lab, Outlet, item, rss, short_way_to
from monitor.model import Role
from monitor.web.security import cookie_name

pytestmark = pytest.mark.check

MEGABYTE = 1_000_000
BOMB = gzip.compress(b"<rss version='2.0'><channel>" + b"<item/>" * 1_420_000)  # 10 kB, 9.9 MB unpacked
BOMBS = [f"/feed{number}.xml" for number in range(6)]
SITE = "<!doctype html>" + "".join(f"<link rel=alternate type=application/rss+xml href={path}>" for path in BOMBS)
PATIENCE = 60  # a page takes a tenth of a second


@contextmanager
def serving(home: Path) -> Iterator[tuple[psutil.Popen, str]]:
    """Run `monitor serve`; yield its process and address."""
    with (home / "err.txt").open("wb") as err, short_way_to(home) as temporary:
        environ = {"PATH": os.environ["PATH"], "LANG": "C", "PYTHONPATH": str(ROOT), "TMPDIR": temporary}
        command = [str(MONITOR), "--home", str(home), "serve", "--port", "0"]
        process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=environ, cwd="/")
        try:
            until = time.monotonic() + 120
            while not (address := re.search(r"open at (http://\S+)", (home / "err.txt").read_text("utf-8"))):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.05)
            yield process, address[1]
        finally:
            with suppress(psutil.NoSuchProcess):
                process.kill()
            process.wait(60)


@pytest.fixture
def lab() -> Iterator[Lab]:
    answer = ok(BOMB, "Content-Type: application/rss+xml", "Content-Encoding: gzip")
    paths = dict.fromkeys(BOMBS, answer) | {"/": ok(SITE.encode(), "Content-Type: text/html")}
    calm = Outlet("calm", {"/feed": ok(rss(item("A quiet day", "https://calm.example/1")))})
    with Lab(Outlet("bombs", paths, listed=False), calm) as lab:
        yield lab


def test_a_look_at_bombs_holds_up_nobody_takes_little_memory_and_ends_with_the_desk(lab: Lab, tmp_path: Path):
    home = lab.home(tmp_path / "home")
    app = open_app(home, Clock())
    app.sync_files()
    cookies = {cookie_name(False): session_token(app, account(app, "Op", Role.OPERATOR))}
    app.close()
    with serving(home) as (desk, address), httpx.Client(base_url=address, cookies=cookies, timeout=PATIENCE) as user:
        user.get("/sources")
        before = desk.memory_info().rss
        lookup = threading.Thread(target=look_for_feeds, args=(address, cookies, lab.url("bombs")), daemon=True)
        lookup.start()
        wait_until(lambda: any(path in BOMBS for path, *_ in lab.servers["bombs"].requests))
        peak_memory, until = 0, time.monotonic() + 3
        while time.monotonic() < until:  # somebody else's pages, and somebody else's look
            assert user.get("/sources").status_code == user.get("/queue").status_code == 200
            peak_memory = max(peak_memory, desk.memory_info().rss)
        calm_answer = user.post("/sources/look", data={"url": lab.url("calm", "/feed")}, headers=OURS)
        assert "A quiet day" in calm_answer.text and lookup.is_alive()
        assert max(peak_memory, desk.memory_info().rss) - before < 100 * MEGABYTE
        processes = [desk, *desk.children(recursive=True)]
        assert len(processes) > 1
        desk.terminate()
        began = time.monotonic()
        assert desk.wait(PATIENCE) == 0
        assert time.monotonic() - began < 5
        assert not psutil.wait_procs(processes[1:], timeout=PATIENCE)[1]


def look_for_feeds(address: str, cookies: dict[str, str], site: str) -> None:
    with suppress(httpx.HTTPError):  # it ends with the desk
        httpx.post(f"{address}/sources/look", data={"url": site}, headers=OURS, cookies=cookies, timeout=600)


def wait_until(condition) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
