"""I/O: the bundled newsroom: invented outlets on loopback, to run the whole pipeline without the internet."""

from __future__ import annotations

from pathlib import Path

from monitor.demo.content import watchlist_text
from monitor.demo.newsroom import Newsroom

__all__ = ["Newsroom", "furnish"]


def furnish(home: Path, newsroom: Newsroom) -> None:
    """Write a home that reads these outlets: feeds, watchlist, and settings that allow their ports."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "feeds.yaml").write_text(newsroom.feeds_yaml(), encoding="utf-8")
    (home / "watchlist.yaml").write_text(watchlist_text(), encoding="utf-8")
    # No gap between requests: it protects strangers' servers, and this one is ours.
    env = f"MONITOR_ALLOW_HOSTS={newsroom.allow_hosts()}\nMONITOR_HOST_GAP=0\n"
    (home / "monitor.env").write_text(env, encoding="utf-8")
