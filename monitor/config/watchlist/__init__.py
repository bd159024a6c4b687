"""Watchlist files: reading, writing, differences, a file a format (csv, ftm; YAML is `monitor.config.yaml`)."""

from monitor.config.forms import MAX_BYTES
from monitor.config.watchlist.files import (
    MAX_FILE_BYTES,
    Format,
    detect_format,
    difference,
    dump_watchlist,
    edit_watchlist,
    load_watchlist,
    parse_uploaded,
    parse_watchlist,
    validated,
    with_own_ids,
)
from monitor.config.watchlist.schema import MAX_ENTITIES, Id, slug

__all__ = [
    "MAX_BYTES",
    "MAX_ENTITIES",
    "MAX_FILE_BYTES",
    "Format",
    "Id",
    "detect_format",
    "difference",
    "dump_watchlist",
    "edit_watchlist",
    "load_watchlist",
    "parse_uploaded",
    "parse_watchlist",
    "slug",
    "validated",
    "with_own_ids",
]
