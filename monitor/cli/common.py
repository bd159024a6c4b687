"""What the commands share: where home is, how things are printed, how a wrong word is refused."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from monitor.app import App
from monitor.config import Settings, load_settings

EVERY_DAY, SET_UP, LOOK_CLOSER, ON_FILES = "Every day", "Set up", "Look closer", "One stage on files"

# Rich would read `[1042]` as markup and colour numbers; what we print is data.
# Not on a terminal (a file, a pipe, CI) there is no width to keep to.
out = Console(
    highlight=False, markup=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140
)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@dataclass
class Readers:
    """Whose clock times are told by: the settings', once they are read; until then this machine's."""

    zone: tzinfo | None = None


readers = Readers()


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class LinesFormat(StrEnum):
    TEXT = "text"
    JSONL = "jsonl"


def home_of(context: typer.Context) -> Path | None:
    root: Path | None = context.find_root().params.get("home")
    return root


def settings_of(context: typer.Context, feeds: Path | None = None) -> Settings:
    return load_settings(home_of(context), os.environ, Path.cwd(), feeds=feeds)


@contextmanager
def opened(context: typer.Context, feeds: Path | None = None) -> Iterator[App]:
    settings = settings_of(context, feeds)
    readers.zone = settings.timezone
    with closing(App.open(settings)) as app:
        yield app


def days(text: str | timedelta) -> timedelta:
    """A number of days, written as 30d or 30."""
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(r"([0-9]{1,5})d?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is no number of days; write it as 30d")
    return timedelta(days=int(match[1]))


def since_moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when a span before now, written as 7d, or a day, written as 2026-11-20, begins."""
    try:
        if re.fullmatch("[0-9]{1,5}d?", text):
            return now - days(text)
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except (ValueError, OverflowError):
        wrong = f"{text!r} is neither a number of days nor a date; write it as 7d or 2026-11-20"
        raise typer.BadParameter(wrong, param_hint="'--since'") from None


def print_json(value: Any) -> None:
    """One JSON document; on a terminal for reading, else for a program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_line(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """For people beside the data: standard error."""
    err.print(text)


def warn(sentence: str) -> None:
    """The same, where there is something to say."""
    if sentence:
        say(f"monitor: {sentence}")
