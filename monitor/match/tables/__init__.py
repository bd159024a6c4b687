"""What the matcher knows of languages, as people who know them may read and mend it: word lists, endings, letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def sections(name: str) -> Mapping[str, list[str]]:
    """The lines of each [section] of a table; "#" begins a comment."""
    found: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def pairs(lines: list[str]) -> Mapping[str, str]:
    """What stands before a colon -> what stands after it."""
    return {before: after.strip() for before, _, after in (line.partition(":") for line in lines)}
