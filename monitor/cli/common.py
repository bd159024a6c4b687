"""Helpers shared by the commands: consoles, home folder and settings, option values."""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment
from rich.text import Text

from monitor.app.closed.closed_home import watch_of
from monitor.app.home import open_home
from monitor.config import Settings, load_settings
from monitor.home import Home
from monitor.model import Verdict
from monitor.store import open_store

# Rich leaves them out where nobody looks, and where NO_COLOR is set: the words say the same.
ID = "bold cyan"
VERDICT_STYLES = {
    Verdict.RELEVANT: "bold green",
    Verdict.NOT_RELEVANT: "red",
    Verdict.UNSURE: "yellow",
    Verdict.LATER: "magenta",
}
UNSURE = "yellow"

# All but tabs and line ends, and the controls of writing direction (Unicode: Bidi_Control). A title may hold them: an
# outlet could set the colours of a terminal, clear it, or show words in another order than they stand in.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def without_controls(text: str) -> str:
    """Return the text without characters that a terminal obeys."""
    return _CONTROLS.sub("", text)


@dataclass(frozen=True, slots=True)
class _WithoutControls:
    """What is printed, without control characters in its text; colours of our own are no text yet."""

    printed: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self.printed, options):
            yield segment if segment.control else Segment(without_controls(segment.text), segment.style)


@dataclass(frozen=True, slots=True)
class _WholeWords:
    """Text whose lines are broken between words only: an address or a name stays whole, and can be copied.

    Rich breaks a word that is longer than a line. A line that goes on is indented as it begins.
    """

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in [self.text] if options.no_wrap else self.text.split("\n", allow_blank=True):
            for part in [line] if options.no_wrap else _broken(line, options.max_width):
                part.no_wrap, part.overflow, part.end = True, "ignore", "\n" if not options.no_wrap else self.text.end
                yield part


def _broken(line: Text, width: int) -> Iterator[Text]:
    """Yield the parts of a line that fit into a width, with its indentation."""
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    start, end = 0, 0
    for word in re.finditer(r"\S+", line.plain):
        room = width - (indent if start else 0)
        if end and cell_len(line.plain[start : word.end()]) > room:
            yield _indented(line[start:end], indent if start else 0)
            start = word.start()
        end = word.end()
    yield _indented(line[start:], indent if start else 0)


def _indented(part: Text, indent: int) -> Text:
    return Text.assemble(" " * indent, part)


class _Console(Console):
    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*objects, **{"crop": False, **options})


class _ControlFilter(RenderHook):
    def process_renderables(self, renderables: Sequence[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return what is printed instead."""
        return [_WithoutControls(_WholeWords(p) if isinstance(p, Text) else p) for p in renderables]


def make_console(**options: Any) -> Console:
    """Return a console for data: rich would read `[1042]` as markup, and colour numbers."""
    console = _Console(highlight=False, markup=False, **options)
    console.push_render_hook(_ControlFilter())
    return console


# A file, a pipe or CI has no width.
out = make_console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140)
err = make_console(stderr=True, soft_wrap=True)


MAX_NUMBER = 2**31 - 1  # PostgreSQL's integer, the type of the numbers of rows
MAX_NOTE_BYTES = 1_000_000
YEARS = range(1900, 3000)  # a day before or after the first or last one of `datetime` would be an error
_STDIN_KEY = f"{__name__}.stdin"  # in the context of a command

# The panels of `monitor --help`.
EVERY_DAY, SET_UP, LOOK_CLOSER, ON_FILES = "Every day", "Set up", "Look closer", "One stage on files"


@dataclass
class Display:
    """The time zone of printed times: that of the settings once they are read, until then this machine's."""

    zone: tzinfo | None = None


# Global, since times are printed everywhere; `settings_of` sets the zone.
display = Display()


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class LinesFormat(StrEnum):
    TEXT = "text"
    JSONL = "jsonl"


def home_of(context: typer.Context) -> Path | None:
    root: Path | None = context.find_root().params.get("home")
    return root


LanguageOption = Annotated[Literal["en", "ru", "ky"] | None, typer.Option("--lang", help="Default: MONITOR_LANGUAGE.")]
MessageFormat = Annotated[Literal["text", "html", "json"], typer.Option("--format", help="text, html or json")]
AgeKeys = Annotated[
    list[str] | None,
    typer.Option("--age-key", metavar="KEY", help="Only the holder of this public age key can open it (extra `age`)."),
]
Closed = Annotated[
    bool, typer.Option("--closed", "--sensitive", help="Of the closed watch: the names that are marked sensitive.")
]


def language_of(context: typer.Context, language: str | None) -> str:
    """Return the language of advice: the option, else the setting."""
    return language or settings_of(context).language


def settings_of(context: typer.Context, feeds: Path | None = None) -> Settings:
    settings = load_settings(home_of(context), os.environ, Path.cwd(), feeds=feeds)
    display.zone = settings.timezone
    return settings


@contextmanager
def opened_home(context: typer.Context, feeds: Path | None = None) -> Iterator[Home]:
    with closing(open_home(settings_of(context, feeds))) as home:
        yield home


@contextmanager
def open_watch(context: typer.Context, closed: bool) -> Iterator[Home]:
    """Open the closed watch, or else the open one. Raises NotFound if no name is closed."""
    with opened_home(context) as home:
        yield watch_of(home, closed=closed)


@contextmanager
def opened_database(context: typer.Context) -> Iterator[Home]:
    """Open the database of the settings on a machine that needs no lists: a worker of a fleet."""
    settings = settings_of(context)
    with closing(Home(settings, open_store(settings.database_url, create=False))) as home:
        yield home


def read_note(note: str | None) -> str | None:
    """Return a note, read from standard input where it is `-`: all users of a machine see the words of a command."""
    if note != "-":
        return note
    # One byte more than allowed tells one that is too long; a device or a pipe may never end.
    data = sys.stdin.buffer.read(MAX_NOTE_BYTES + 1)
    if len(data) > MAX_NOTE_BYTES:
        raise typer.BadParameter(f"standard input holds more than {MAX_NOTE_BYTES // 1_000_000} MB")
    return data.decode(errors="replace").strip()


def read_names(context: typer.Context, names: list[str] | None) -> list[str] | None:
    """Return names, in place of `-` those that stand on standard input, one a line."""
    if not names or "-" not in names:
        return names
    lines = [line.strip() for line in (_read_once(context) or "").splitlines() if line.strip()]
    if not lines:
        raise typer.BadParameter("standard input holds no name; write one a line")
    return [line for name in names for line in (lines if name == "-" else [name])]


def read_name(context: typer.Context, name: str | None) -> str | None:
    """Return a name or an id, read from standard input where it is `-`."""
    return _read_once(context) if name == "-" else name


def _read_once(context: typer.Context) -> str | None:
    # A second reading would bring nothing, and so empty a field.
    if context.meta.setdefault(_STDIN_KEY, 0):
        raise typer.BadParameter("only one value can be `-`")
    context.meta[_STDIN_KEY] = 1
    return read_note("-")


def login_name() -> str:
    """Return the name of the user who runs the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a passwd entry
        return "somebody"


def program_path() -> str:
    """Return the path of this program, quoted for a shell: cron has another PATH."""
    # `python -m monitor` leaves the path of a module, which no shell can run.
    is_program = os.sep in sys.argv[0] and Path(sys.argv[0]).name != "__main__.py"
    return shlex.quote(str(Path(sys.argv[0]).absolute() if is_program else Path(sys.executable).with_name("monitor")))


def parse_days(text: str | timedelta) -> timedelta:
    """Parse a number of days, written as 30d or 30."""
    # Click may pass a value that is parsed already.
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(r"([0-9]{1,5})d?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is no number of days; write it as 30d")
    return timedelta(days=int(match[1]))


def parse_day(text: str | datetime) -> datetime:
    """Parse a day, written as 2026-11-25."""
    return _parse_iso(text, "[0-9-]{10}", "2026-11-25")


def parse_moment(text: str | datetime) -> datetime:
    """Parse a day or a local time, written as 2026-12-01 or 2026-12-01T09:00."""
    return _parse_iso(text, "[0-9-]{10}(T[0-9:]{5})?", "2026-12-01 or 2026-12-01T09:00")


def _parse_iso(text: str | datetime, pattern: str, example: str) -> datetime:
    # Click may pass a value that is parsed already.
    if isinstance(text, datetime):
        return text
    try:
        if re.fullmatch(pattern, text) and (day := datetime.fromisoformat(text)).year in YEARS:
            return day
    except ValueError:  # a day that no calendar has
        pass
    raise typer.BadParameter(f"{text!r} is no day; write it as {example}")


def parse_since(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the start of a span before now, written as 7d, or of a day, written as 2026-11-20."""
    try:
        if re.fullmatch("[0-9]{1,5}d?", text):
            return now - parse_days(text)
        if (day := date.fromisoformat(text)).year in YEARS:
            return datetime.combine(day, time(), zone)
    except (ValueError, OverflowError):
        pass
    problem = f"{text!r} is neither a number of days nor a date; write it as 7d or 2026-11-20"
    raise typer.BadParameter(problem, param_hint="'--since'")


def count_words(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, in English.

    >>> count_words(1, "copy", "copies"), count_words(1316, "article")
    ('1 copy', '1,316 articles')
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def print_json(value: Any) -> None:
    """Print one JSON document."""
    # Not through rich, which would wrap long lines.
    sys.stdout.write(_as_json(value, indent=2) + "\n")


def print_line(value: Any) -> None:
    sys.stdout.write(_as_json(value) + "\n")


def _as_json(value: Any, indent: int | None = None) -> str:
    # JSON allows the control characters above ASCII and those of direction, which terminals obey, too.
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    controls = "[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    return re.sub(controls, lambda control: f"\\u{ord(control[0]):04x}", text)


def print_message(text: str) -> None:
    """Print a line for people to standard error, apart from the data."""
    err.print(text)


def warn(*sentences: str) -> None:
    """Print warnings to standard error; not the empty ones."""
    for sentence in filter(None, sentences):
        print_message(f"monitor: {sentence}")
