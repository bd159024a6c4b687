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
        "monitor.errors", "monitor.cli", "monitor.cli.admin", "monitor.cli.common", "monitor.cli.feeds_edit",
        "monitor.cli.lists", "monitor.cli.offline", "monitor.cli.queue", "monitor.cli.run", "monitor.cli.watchlist_edit",
    }  # fmt: skip
    assert len(modules) < 400, "a library that `--help` needs imports more than before"
