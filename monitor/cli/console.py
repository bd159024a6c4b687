"""The two consoles: `out` for data and tables, `err` for people."""

from __future__ import annotations

import sys

from rich.console import Console

# Rich would read `[1042]` as markup and colour numbers, but we print data.
# A file, a pipe or CI has no width.
out = Console(
    highlight=False, markup=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140
)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
