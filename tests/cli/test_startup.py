"""Commands import what they need and no more: cron starts one every ten minutes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

PROGRAM = """
import json, sys
from monitor.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
LARGE_LIBRARIES = {
    "alembic", "asyncio", "babel", "fastapi", "feedparser", "httpx", "jinja2", "lxml", "multiprocessing", "numpy",
    "psycopg", "pydantic", "rapidfuzz", "ruamel", "sqlalchemy", "sqlmodel", "trafilatura",
}  # fmt: skip


def modules_after(*arguments: str) -> frozenset[str]:
    """Run a command in a fresh process and return the modules it imported."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    return frozenset(json.loads(done.stderr.splitlines()[-1]))


def test_a_crash_leaves_no_core_with_the_names():
    program = "import atexit, resource; from monitor.cli import main; "
    program += "atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE))); main()"
    done = subprocess.run([sys.executable, "-c", program, "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "(0, 0)"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_help_and_version_import_no_large_library(arguments):
    assert not modules_after(*arguments) & LARGE_LIBRARIES


@pytest.mark.parametrize(
    "arguments", [pytest.param(["--help"], marks=pytest.mark.soak), ["watchlist", "add", "--help"]]
)
def test_help_is_what_typer_prints_with_all_of_rich(arguments):
    whole = (
        "import rich.markdown, rich.traceback, typer.rich_utils; import typer.main; from monitor.cli import app; app()"
    )
    pages = [
        subprocess.run([sys.executable, *program, *arguments], capture_output=True, text=True, check=True).stdout
        for program in (["-m", "monitor"], ["-c", whole])
    ]
    assert pages[0].splitlines()[3:] == pages[1].splitlines()[3:] and len(pages[0]) > 500  # line two names the program


class QuietHandler(SimpleHTTPRequestHandler):
    """A server of files that prints nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.soak
def test_no_process_of_a_first_run_needs_more_than_400_mb_of_addresses(tmp_path):
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
        command = ["bash", "-c", 'ulimit -v 409600; "$0" -m monitor ingest --format json', sys.executable]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
        server.shutdown()
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcomes"]["queued"] == 8
