"""What the terminal says is true, says what to do, and can be read: nobody is misled by it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INSTALLS = re.compile(r"\b(?:pip3?|pipx|uv|uvx) (?:tool )?(?:install|run|add) ([^`\n]*)")


def shipped_texts() -> dict[str, str]:
    folders = ("monitor", "docs", "tools", "benchmarks", ".github")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths += [path for path in ROOT.iterdir() if path.suffix != ".lock"]
    kinds = {".py", ".md", ".po", ".html", ".yaml", ".yml", ".toml", ".txt", ""}
    files = [path for path in paths if path.is_file() and path.suffix in kinds and path.name != ".git"]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


# ---- what to install ------------------------------------------------------------------------------------------------


def test_nothing_tells_to_install_this_project_by_its_name():
    """It is on no package index: whoever registered its name there would own our users."""
    name = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    commands = [(file, match[0]) for file, text in shipped_texts().items() for match in INSTALLS.finditer(text)]
    assert len(commands) >= 6
    assert [command for command in commands if name in command[1] or re.search(r"install '?monitor", command[1])] == []
    assert [file for file, text in shipped_texts().items() if re.search(rf"{name}\[", text)] == []


@pytest.mark.parametrize(
    ("module", "words", "extra"),
    [
        ("fastapi", ["serve"], "web"),
        ("psycopg", ["queue", "list"], "postgres"),
    ],
)
def test_a_missing_extra_is_installed_from_the_folder_of_this_project(tmp_path, module, words, extra):
    (tmp_path / "feeds.yaml").write_text("feeds:\n  - url: https://post.example/feed\n")
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n")
    database = "MONITOR_DATABASE_URL=postgresql+psycopg://monitor@127.0.0.1:1/monitor\n" if extra == "postgres" else ""
    (tmp_path / "monitor.env").write_text(database)
    program = f"import sys; sys.modules[{module!r}] = None; from monitor.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", tmp_path, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 2
    assert f"in the folder of this project's source, where README.md is, run: pip install '.[{extra}]'" in done.stderr
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extra in extras
