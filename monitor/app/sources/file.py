"""feeds.yaml: every edit, at the desk or the terminal, is written to the file and then stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from monitor.app.files import locked_folder, replace_text, require_writable
from monitor.config import load_feeds
from monitor.config.feeds import edit_feeds, feed_id, normalize_url
from monitor.config.forms import read_text
from monitor.errors import ChangedMeanwhile, NotFound
from monitor.model import Feed
from monitor.store.line.feeds import SqlFeeds
from monitor.urls import is_web_url

Row = Mapping[str, Any]  # a feed as feeds.yaml has it


@dataclass(frozen=True, slots=True)
class AddedFeeds:
    """The result of adding feeds to feeds.yaml; `refused` are not web addresses."""

    rows: Sequence[Row]
    already_listed: int = 0
    refused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeedsFile:
    """feeds.yaml and the stored feeds."""

    path: Path
    feeds: SqlFeeds

    def add(self, rows: Iterable[Row], now: datetime) -> AddedFeeds:
        """Append new feeds; no other byte of the file changes. Raises InputError."""
        with self._edited(now) as (listed_feeds, edits):
            listed_keys = {key for feed in listed_feeds.values() for key in (normalize_url(feed.url), feed.id)}
            new: list[Row] = []
            already_listed, refused = 0, []
            for row in rows:
                if not is_web_url(row["url"]) or any(character.isspace() for character in row["url"]):
                    refused.append(row["url"])
                    continue
                keys = {normalize_url(row["url"]), row.get("id") or feed_id(row["url"])}
                if listed_keys & keys:
                    already_listed += 1
                else:
                    new.append(row)
                listed_keys |= keys
            edits["added"] = new
        return AddedFeeds(new, already_listed, refused)

    def change(self, feed: str, values: Row, now: datetime, version: str = "") -> None:
        """Give some keys of a feed new values; an empty value takes the key out.

        Raises NotFound, InputError, and ChangedMeanwhile if the feed no longer has this `feed_version`.
        """
        with self._edited(now) as (listed_feeds, edits):
            _require_listed(feed, listed_feeds)
            if version and feed_version(listed_feeds[feed]) != version:
                raise ChangedMeanwhile("feeds.yaml has another version of this feed; look at it again")
            edits["changed"] = {feed: values}

    def remove(self, feed: str, now: datetime) -> None:
        """Remove a feed; its articles and its record stay. Raises NotFound, InputError, also for the last one."""
        with self._edited(now) as (listed_feeds, edits):
            _require_listed(feed, listed_feeds)
            edits["removed"] = [feed]

    @contextmanager
    def _edited(self, now: datetime) -> Iterator[tuple[Mapping[str, Feed], dict[str, Any]]]:
        """Yield the feeds of the file by id, and the arguments of `edit_feeds` to fill in; then write and store."""
        with locked_folder(self.path):
            listed_feeds, edits = load_feeds(self.path), dict[str, Any]()
            self.feeds.sync_list(listed_feeds, now)  # a refused edit is then repeated on the present file
            yield {feed.id: feed for feed in listed_feeds}, edits
            if any(edits.values()):
                require_writable(self.path)
                text = edit_feeds(read_text(self.path), str(self.path), **edits)
                replace_text(self.path, text)
                self.feeds.sync_list(load_feeds(self.path), now)


def feed_version(feed: Feed) -> str:
    """Return a hash of everything that feeds.yaml says of a feed."""
    return blake2b(repr(feed).encode(), digest_size=8).hexdigest()


def _require_listed(feed: str, listed_feeds: Mapping[str, Feed]) -> None:
    if feed not in listed_feeds:
        raise NotFound(f"no feed {feed!r} in feeds.yaml; `monitor feeds list --all` shows them")
