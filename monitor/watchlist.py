"""The documented way in: `from monitor.watchlist import load_watchlist`."""

from __future__ import annotations

from monitor.config.watchlist import *  # noqa: F403
from monitor.config.watchlist import __all__ as __all__  # noqa: PLC0414
