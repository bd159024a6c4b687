"""Write the tables of docs/contracts.md that say what the code says: commands with their options, settings.

    python3 tools/document_tables.py

`make docs` runs it; tests/cli/test_contracts.py compares the file with the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import typer

from monitor import __version__
from monitor.cli import app
from monitor.config.channels import CHANNELS
from monitor.config.settings import Settings, setting_names, variable_name

CONTRACTS = Path(__file__).parents[1] / "docs/contracts.md"


def commands(command: Any, words: tuple[str, ...] = ("monitor",)) -> Iterator[tuple[str, Any]]:
    """Yield every command as it is typed, with its object."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*words, name))
    else:
        yield " ".join(words), command


def option(parameter: Any) -> str:
    """Return an option as it is typed: its names, and its choices, default or kind of value."""
    names = "|".join(name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--"))
    if parameter.is_flag:
        return names
    kind = parameter.type_descriptor.annotation
    choices = [*kind] if isinstance(kind, type) and issubclass(kind, StrEnum) else [*get_args(kind)]
    if choices and all(isinstance(choice, str) for choice in choices):
        value = "|".join(choices)
    elif isinstance(parameter.default, str | int) and parameter.default not in {"", None}:
        value = str(parameter.default)
    else:
        value = parameter.metavar or "TEXT"
    return f"{names}={value.removesuffix('…')}" + ("…" if parameter.multiple else "")


def row(*cells: str) -> str:
    """Return a row of a table without spaces; a bar inside a cell is escaped, as GitHub's Markdown wants it."""
    return "|" + "|".join(cell.replace("|", r"\|") for cell in cells) + "|"


def command_table() -> str:
    """Return the table of commands."""
    lines = [row("command", "options"), "|---|---|"]
    for name, command in commands(typer.main.get_command(app)):
        arguments = " ".join(p.metavar for p in command.params if p.param_type_name == "argument")
        options = ", ".join(f"`{option(p)}`" for p in command.params if p.param_type_name == "option")
        lines.append(row(f"`{f'{name} {arguments}'.strip()}`", options))
    return "\n".join(lines)


def default_of(name: str) -> str:
    """Return a setting's default as it is written in monitor.env."""
    if name not in Settings.model_fields:
        return ""
    value = Settings.model_fields[name].default
    match value:
        case bool():
            return "on" if value else "off"
        case frozenset() | tuple():
            return ""
        case _ if name == "digest_at":
            return f"{value:%H:%M}"
        case float():
            return f"{value:g}"
        case _:
            return str(value).replace(__version__, "VERSION")


def setting_table() -> str:
    """Return the table of settings."""
    advice = {kind.setting: kind.advice for kind in CHANNELS.values() if kind.advice}
    advice |= {name: field.description or "" for name, field in Settings.model_fields.items()}
    lines = [row("setting", "default", "value"), "|---|---|---|"]
    for name in setting_names():
        default, text = default_of(name), re.sub("^(write it as|write|use) ", "", advice.get(name, ""))
        lines.append(row(f"`{variable_name(name)}`", f"`{default}`" if default else "", text))
    return "\n".join(lines)


def replace_table(text: str, name: str, table: str) -> str:
    """Return the text with another table between the two comments of that name."""
    begin, end = f"<!-- {name}: by make docs -->", f"<!-- end of {name} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def with_tables(text: str) -> str:
    """Return the text of docs/contracts.md with its tables made from the code."""
    return replace_table(replace_table(text, "commands", command_table()), "settings", setting_table())


if __name__ == "__main__":
    CONTRACTS.write_text(with_tables(CONTRACTS.read_text(encoding="utf-8")), encoding="utf-8")
