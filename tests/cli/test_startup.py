"""Imports at the start of a command, and the memory of a run: cron starts one every ten minutes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROGRAM = "import json, sys; {}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
LIBRARIES_OF_PAGES = {"courlan", "dateparser", "htmldate", "justext", "trafilatura"}
# Of pages and feeds, of migrations, and of the extras: each costs every command from a tenth to half a second.
HEAVY = LIBRARIES_OF_PAGES | {
    "alembic", "aiosmtplib", "apprise", "cryptography", "fastapi", "feedparser", "listparser", "mako", "pebble",
    "procrastinate", "psycopg", "py3langid", "pyrage", "pysequoia", "requests", "rfc3161_client", "starlette", "uvicorn",
    "xlsxwriter",
}  # fmt: skip


# Not for `make check`, though each takes a second: a joined file once brought trafilatura along, and nobody saw it.
@pytest.mark.parametrize(
    ("imported", "unused"),
    [("from monitor.cli import main", HEAVY), ("from monitor.ingest.run import run", LIBRARIES_OF_PAGES)],
)
def test_neither_a_command_nor_what_fetches_imports_heavy_libraries(imported: str, unused: set[str]):
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(imported)], capture_output=True, text=True, check=True)
    assert unused.isdisjoint(json.loads(done.stdout))


@pytest.mark.check
def test_a_crash_leaves_no_core_with_the_names():
    program = "import atexit, resource; from monitor.cli import main; "
    program += "atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE))); main()"
    done = subprocess.run([sys.executable, "-c", program, "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "(0, 0)"


class QuietHandler(SimpleHTTPRequestHandler):
    """A server of files that prints nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.soak
def test_a_first_run_fits_in_400_mb(tmp_path):
    """Of memory, not of addresses: each thread takes 64 MB of these that it never touches."""
    story = "<p>Melis Tokoev was questioned on Monday, and his lawyer was told nothing of it.</p>" * 20
    links = ""
    for number in range(8):
        (tmp_path / f"{number}.html").write_text(f"<h1>Story {number}</h1><article>{story}</article>", "utf-8")
        links += f"<item><title>Story {number}</title><link>/{number}.html</link></item>"
    (tmp_path / "feed.xml").write_text(f"<rss><channel><title>News</title>{links}</channel></rss>", "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever).start()
        host = f"127.0.0.1:{server.server_port}"
        (tmp_path / "feeds.yaml").write_text(f"feeds:\n  - url: http://{host}/feed.xml\n", "utf-8")
        (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
        settings = {"MONITOR_HOME": str(tmp_path), "MONITOR_ALLOW_HOSTS": host, "MONITOR_HOST_GAP": "0"}
        run = subprocess.Popen(
            [sys.executable, "-m", "monitor", "ingest", "--format", "json"],
            env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        peak = 0
        while run.poll() is None:
            peak = max(peak, memory_of_session(run.pid))
            time.sleep(0.02)
        server.shutdown()
        output, errors = run.communicate()
    assert (run.returncode, errors) == (0, "")
    assert json.loads(output)["outcomes"]["queued"] == 8
    assert 50 < peak < 400


def memory_of_session(leader: int) -> float:
    """Return the MB that the processes of a session hold, what they share counted once (PSS)."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ends at this moment
            if os.getsid(int(process.name)) == leader:
                line = re.search(r"^Pss: +(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
                total += int(line[1]) if line else 0
    return total / 1024
