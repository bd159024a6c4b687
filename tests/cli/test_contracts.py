"""docs/contracts.md against the program: a heading for each command, with all of its options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from monitor.cli import app

CONTRACTS = (Path(__file__).parents[2] / "docs/contracts.md").read_text(encoding="utf-8")


def commands(command: Any, words: tuple[str, ...] = ("monitor",)) -> Iterator[tuple[str, set[str]]]:
    """Yield every command as it is typed, with its options."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*words, name))
    else:
        yield " ".join(words), {o for p in command.params for o in p.opts if o.startswith("--")}


def test_each_command_has_a_heading_with_all_its_options_and_nothing_else():
    program = dict(commands(typer.main.get_command(app)))
    headings = re.findall(
        r"^### `(monitor (?:(?:watchlist|queue|feeds|deliver|db|export) )?[a-z]+)(.*)`$", CONTRACTS, re.MULTILINE
    )
    promised = {name: set(re.findall(r"--[a-z-]+", usage)) for name, usage in headings}
    assert promised == program
