"""I/O: the home that reads the invented outlets."""

from __future__ import annotations

from pathlib import Path

from monitor.demo.content import watchlist_text
from monitor.demo.mailbox import DemoMailbox
from monitor.demo.newsroom import Newsroom

RECIPIENTS = """# Two invented recipients: one is told at once of everybody, one of one reporter only, in Russian.
recipients:
  - to: anna@newsroom.example
    name: Anna
    at_once: true
    daily: "08:00"
  - to: bek@newsroom.example
    name: Bek
    language: ru
    names: [cholpon-arzyeva]
    at_once: true
"""


def furnish(home: Path, newsroom: Newsroom, mailbox: DemoMailbox | None = None) -> None:
    """Write a home that reads these outlets: feeds, watchlist, and settings that allow their ports.

    With a mailbox, two recipients are told of all people at once.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "feeds.yaml").write_text(newsroom.feeds_yaml(), encoding="utf-8")
    (home / "watchlist.yaml").write_text(watchlist_text(), encoding="utf-8")
    # No gap between requests: it protects strangers' servers, and this one is ours.
    env = f"MONITOR_ALLOW_HOSTS={newsroom.allow_hosts()}\nMONITOR_HOST_GAP=0\n"
    if mailbox:
        (home / "recipients.yaml").write_text(RECIPIENTS, encoding="utf-8")
        env += f"MONITOR_SMTP_URL={mailbox.url}\nMONITOR_URGENT=people\n"
    (home / "monitor.env").write_text(env, encoding="utf-8")
