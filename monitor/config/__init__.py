"""I/O: the environment, monitor.env and feeds.yaml, read once into frozen settings that are handed down."""

from __future__ import annotations

from monitor.config.feeds import load_feeds, parse_feeds
from monitor.config.limits import Limits
from monitor.config.settings import Revisit, Settings, Source, Switch, load_settings

__all__ = [
    "Limits",
    "Revisit",
    "Settings",
    "Source",
    "Switch",
    "load_feeds",
    "load_settings",
    "parse_feeds",
]
