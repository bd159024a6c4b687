"""I/O: table files that a linguist can edit: sections of lines, with comments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def table_text(module: str, name: str) -> str:
    """Return the text of the table `name` next to a module's file."""
    return Path(module).with_name(f"{name}.txt").read_text(encoding="utf-8")


def read_sections(table: str) -> dict[str, list[str]]:
    """Return the lines of each [section] of a table; "#" begins a comment."""
    sections: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


def pairs(lines: list[str]) -> Mapping[str, str]:
    """Return the lines as a mapping: the part before the first colon to the part after it."""
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
