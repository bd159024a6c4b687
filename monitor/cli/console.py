"""The two consoles: `out` for data and tables, `err` for people."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment

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


class _ControlFilter(RenderHook):
    def process_renderables(self, renderables: Sequence[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return what is printed instead."""
        return [_WithoutControls(printed) for printed in renderables]


# Rich would read `[1042]` as markup and colour numbers, but we print data.
# A file, a pipe or CI has no width.
out = Console(
    highlight=False, markup=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140
)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
for _console in (out, err):
    _console.push_render_hook(_ControlFilter())
