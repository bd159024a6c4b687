"""I/O: the files that operators edit, and the environment: settings, feeds, watchlist."""

from __future__ import annotations

from monitor.config.feeds import load_feeds, parse_feeds
from monitor.config.settings import RecheckChoice, Settings, Source, load_settings, variable_name
