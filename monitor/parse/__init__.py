"""Pure. Feed bytes -> entries: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, news sitemaps, Telegram channels."""

from monitor.parse.kinds import KINDS, Kind, parse_feed

__all__ = ["KINDS", "Kind", "parse_feed"]
