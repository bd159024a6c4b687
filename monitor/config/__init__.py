"""I/O: the files that operators edit, and the environment: settings, feeds, watchlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.config.feeds import load_feeds, parse_feeds
    from monitor.config.settings import RecheckChoice, Settings, Source, load_settings, variable_name

__all__ = ["RecheckChoice", "Settings", "Source", "load_feeds", "load_settings", "parse_feeds", "variable_name"]

__getattr__ = lazy_face(
    __name__,
    {
        "load_feeds": "feeds",
        "parse_feeds": "feeds",
        "RecheckChoice": "settings",
        "Settings": "settings",
        "Source": "settings",
        "load_settings": "settings",
        "variable_name": "settings",
    },
)
