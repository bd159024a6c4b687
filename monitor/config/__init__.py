"""I/O: the environment, monitor.env and feeds.yaml, read once into frozen settings that are handed down."""

from __future__ import annotations

from monitor.config.feeds import load_feeds, parse_feeds
from monitor.config.settings import RecheckChoice, Settings, Source, load_settings

__all__ = ["RecheckChoice", "Settings", "Source", "load_feeds", "load_settings", "parse_feeds"]
