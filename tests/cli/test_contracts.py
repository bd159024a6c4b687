"""docs/contracts.md and the glossary against the program: commands with their options, and words that others rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import app
from monitor.config.settings import setting_names, variable_name
from monitor.deliver import CHANNELS
from monitor.digest.build import SECTIONS
from monitor.model import FeedStatus, Outcome

DOCS = Path(__file__).parents[2] / "docs"
CONTRACTS = (DOCS / "contracts.md").read_text(encoding="utf-8")


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
        r"^### `(monitor (?:(?:watchlist|queue|feeds|people|deliver|db|export) )?[a-z]+)(.*)`$", CONTRACTS, re.MULTILINE
    )
    promised = {name: set(re.findall(r"--[a-z-]+", usage)) for name, usage in headings}
    assert promised == program, "docs/contracts.md has a heading for each command, with its options"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("contracts.md", [f"`{variable_name(name)}`" for name in setting_names()]),
        ("contracts.md", [", ".join(SECTIONS)]),
        ("contracts.md", [" | ".join(f"{name} (default)" if name == "mail" else name for name in CHANNELS)]),
        ("glossary.md", [", ".join(CHANNELS)]),
        ("glossary.md", [f"*{word}*" for word in (*Outcome, *FeedStatus)]),
    ],
    ids=["settings", "sections", "channels", "kinds of channels", "outcomes and statuses"],
)
def test_the_documents_list_what_the_program_has(document: str, words: list[str]):
    text = (DOCS / document).read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == [], f"write them into docs/{document}"
