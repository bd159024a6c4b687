"""Entities and problems of a watchlist, in short."""

from __future__ import annotations

import pytest

from monitor.config.watchlist import (
    parse_watchlist,
)
from monitor.errors import InputError, Problem


def problems(text: str, file: str = "w.yaml") -> list[tuple[int, int, str]]:
    """Line, column and the whole sentence of everything wrong; none of it may be without advice."""
    with pytest.raises(InputError) as caught:
        parse_watchlist(text, file)
    listed = [p for p in caught.value.problems if isinstance(p, Problem)]
    assert listed and len(listed) == len(caught.value.problems)
    assert all(p.file == file and p.wrong and p.todo for p in listed)
    return [(p.line, p.column, str(p)) for p in listed]
