"""Commands import what they need and no more: cron starts one every ten minutes."""

from __future__ import annotations

import json
import subprocess
import sys

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


def modules_after(*arguments: str) -> set[str]:
    """Run a command in a fresh process and return the modules it imported."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_help_and_version_import_no_large_library(arguments):
    modules = modules_after(*arguments)
    assert not modules & LARGE_LIBRARIES
    assert {module for module in modules if module.startswith("monitor.")} <= {
        "monitor.errors", "monitor.cli", "monitor.cli.admin", "monitor.cli.common", "monitor.cli.deliver", "monitor.cli.lists",
        "monitor.cli.offline", "monitor.cli.queue", "monitor.cli.run", "monitor.cli.watchlist_edit", "monitor.cli.feeds_edit",
    }  # fmt: skip
    assert len(modules) < 400, "a library that `--help` needs imports more than before"


FEEDS = "feeds:\n  - url: https://news.example/feed\n    paused: true\n"


def test_lists_and_a_run_with_nothing_to_do_read_no_page_and_match_nothing(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
    assert monitor("--home", tmp_path, "ingest").code == 0  # makes the database
    database = {"asyncio", "pydantic", "sqlalchemy", "sqlmodel"}
    yaml = database | {"ruamel"}
    for command, needed in ((["queue", "list"], database), (["watchlist", "list"], yaml), (["ingest"], yaml)):
        modules = modules_after("--home", str(tmp_path), *command)
        assert not modules & (LARGE_LIBRARIES - needed)
        assert "sqlalchemy.dialects.postgresql" not in modules, "the other database takes a tenth of a second"


def test_only_the_workers_of_a_reading_load_the_libraries_that_read_pages():
    program = "import json, sys, monitor.app.ingest.run; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout))
    assert {"monitor.extract.page", "monitor.parse"} <= modules
    assert not modules & {"feedparser", "htmldate", "py3langid", "trafilatura"}
