"""Pure. Reads the sections of the language tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from monitor.text.romanize import skeletons
from monitor.text.tables import read_sections, table_text


@cache
def sections(name: str) -> Mapping[str, list[str]]:
    """Return the lines of each [section] of a table in this folder."""
    return read_sections(table_text(__file__, name))


@cache
def section_words(table: str, *names: str) -> frozenset[str]:
    """Return the words of some sections as listed."""
    return frozenset(words_in_order(table, *names))


@cache
def section_sounds(table: str, *names: str) -> frozenset[str]:
    """Return the skeletons of the words of some sections."""
    return frozenset(skeletons(words_in_order(table, *names)))  # the words themselves, 15,000 of them, are forgotten


def words_in_order(table: str, *names: str) -> list[str]:
    """Return the words of some sections in the order of the table; nothing keeps them."""
    return " ".join(line for name in names for line in sections(table)[name]).split()
