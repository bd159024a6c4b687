"""The two consoles: `out` for data and tables, `err` for people."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment
from rich.text import Text

from monitor.model import Verdict

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
