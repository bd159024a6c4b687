"""I/O: the files that operators edit, and the environment: settings, feeds, watchlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.config.feeds import load_feeds, parse_feeds
    from monitor.config.settings import RecheckChoice, Settings, Source, load_settings, variable_name

__getattr__ = lazy_face(
    __name__,
    {
        "feeds": "load_feeds parse_feeds",
        "settings": "RecheckChoice Settings Source load_settings variable_name",
    },
)
