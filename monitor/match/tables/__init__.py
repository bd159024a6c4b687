"""The matcher's language tables, as files that a linguist can read and edit: word lists, endings, sounds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from monitor.text.tables import pairs, read_sections, table_text

__all__ = ["pairs", "sections"]


@cache
def sections(name: str) -> Mapping[str, list[str]]:
    """Return the lines of each [section] of a table in this folder."""
    return read_sections(table_text(__file__, name))
