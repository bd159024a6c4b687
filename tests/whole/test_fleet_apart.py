"""The fleet is a caller: without its folders and its benchmark all else works."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLEET = ("monitor/fleet/", "tests/fleet/", "benchmarks/fleet.py")


def imported(text: str) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it, with the names that it takes from them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_one_command_alone_imports_the_fleet():
    paths = [path for room in ("monitor", "tests", "benchmarks", "tools") for path in (ROOT / room).rglob("*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}
    importers = {
        file
        for file, text in texts.items()
        if "fleet" in text and not file.startswith(FLEET)  # the others need no parsing
        and any(name.startswith(("monitor.fleet", "fleet.")) for name in imported(text))
    }  # fmt: skip
    assert len(texts) > 500 and importers == {"monitor/cli/run.py"}


@pytest.mark.soak
def test_without_its_folder_the_arrows_hold_and_the_commands_answer(tmp_path: Path):
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor", ignore=shutil.ignore_patterns("fleet", "__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    assert ", 0 broken." in answer_in(tmp_path, Path(sys.executable).with_name("lint-imports"))
    answer_in(tmp_path, sys.executable, "-m", "monitor", "init", "home")
    for words, sentence in [
        (("work", "--jobs"), "work --jobs needs an extra (monitor.fleet)"),
        (("doctor", "--fleet"), "monitor: there is no database at"),
    ]:
        assert sentence in answer_in(tmp_path, sys.executable, "-m", "monitor", "--home", "home", *words)


def answer_in(folder: Path, *command: str | Path) -> str:
    """Run a command on the program that lies in a folder; return all it prints, in one line."""
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return " ".join((ended.stdout + ended.stderr).split())
