"""Sources: look for feeds, edit feeds.yaml, read a feed now; addresses that would tell servers whom we watch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

from monitor.app.files import locked_folder, replace_text, require_writable
from monitor.app.reading_now import RUNS_COMPARED, expected_run, start_run
from monitor.config import load_feeds
from monitor.config.feeds import edit_feeds, feed_id, feed_row, normalize_url
from monitor.config.forms import read_text
from monitor.errors import ChangedMeanwhile, InputError, NotFound, SandboxLost
from monitor.fetch.addresses import resolves_to_public
from monitor.home import Home
from monitor.match import Compiled, compile_watchlist, match_documents
from monitor.model import Document, EntityType, Feed, FeedRecord, Message
from monitor.store.line.feeds import SqlFeeds
from monitor.urls import is_web_url

if TYPE_CHECKING:
    from monitor.app.sources.search import FeedProbe


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


SEARCH_SECONDS = 90.0  # for all requests to one site
TOOK_TOO_LONG = Message("The site answers too slowly: the search was ended after a minute and a half.")


@dataclass
class DeskSources:
    """The sources as people edit them."""

    home: Home

    @property
    def file(self) -> FeedsFile:
        return FeedsFile(self.home.settings.feeds, self.home.store.feeds)

    def feed(self, number: int) -> FeedRecord:
        """Return a feed of feeds.yaml. Raises NotFound."""
        record = next((state for state in self.home.store.feeds.states() if state.number == number), None)
        if record is None:
            raise NotFound(f"there is no feed {number}")
        return record

    def reveals_watched_name(self, url: str) -> bool:
        """Return True if requesting a URL tells its server whom we watch, as the open list says."""
        return reveals_watched_name(url, self._compiled)

    @cached_property
    def _compiled(self) -> Compiled:
        return compile_watchlist(self.home.store.watchlists.current().entities)

    # ---- looking for feeds ------------------------------------------------------------------------------------------

    def probe_site(self, url: str, proxy: str = "") -> Iterator[FeedProbe]:
        """Yield the feeds of a site as they are requested; nothing is stored.

        The requests run in a separate thread, so a reader who leaves the page interrupts none of them.
        """
        results: SimpleQueue[FeedProbe | None] = SimpleQueue()

        def search() -> None:
            try:
                asyncio.run(self._search(url, proxy, results.put))
            finally:
                results.put(None)

        Thread(target=search, daemon=True).start()
        yield from iter(results.get, None)

    async def _search(self, url: str, proxy: str, report: Callable[[FeedProbe], None]) -> None:
        # late: feedparser and pebble, and commands import this file
        from monitor.app.sources.search import FeedProbe, discover
        from monitor.ingest.tools import make_fetcher, open_sandbox

        try:
            async with (
                asyncio.timeout(SEARCH_SECONDS),
                make_fetcher(self.home.settings, self.home.clock) as fetcher,
                (self.home.make_sandbox or open_sandbox)() as sandbox,
            ):
                async for probe in discover(url, fetcher, sandbox, proxy):
                    report(probe)
        except TimeoutError:
            report(FeedProbe(url, trouble=TOOK_TOO_LONG))
        except SandboxLost as error:
            report(FeedProbe(url, trouble=str(error)))

    # ---- editing feeds.yaml -----------------------------------------------------------------------------------------

    def add(self, rows: Sequence[Row]) -> AddedFeeds:
        """Add feeds. Raises InputError."""
        return self.file.add(rows, self.home.clock())

    def put_back(self, number: int) -> Feed | None:
        """Add a removed feed again as it was; return None if it is listed by now or never was."""
        feed = self.home.store.feeds.unlisted(number)
        if feed is None or not self.add([feed_row(feed)]).rows:
            return None
        return feed

    def is_allowed_proxy(self, proxy: str) -> bool:
        """Return True for a proxy that is in use, is listed in MONITOR_ALLOW_HOSTS, or is public.

        Whoever may edit the sources must not reach this machine's own network through the desk.
        """
        in_use = {self.home.settings.proxy, *(state.feed.proxy for state in self.home.store.feeds.states())}
        if proxy in in_use:
            return True
        with suppress(ValueError, OSError):
            parts = urlsplit(proxy)
            if parts.hostname and parts.port:
                is_listed = parts.netloc.rpartition("@")[2] in self.home.settings.allow_hosts
                return is_listed or resolves_to_public(parts.hostname, parts.port)
        return False

    # ---- reading now ------------------------------------------------------------------------------------------------

    def read_now(self, number: int) -> None:
        """Make a feed due, and start a run that reads it in a process of its own.

        If another run is going, the started one ends at once, and the next run reads the feed.
        """
        record = self.feed(number)
        if record.feed.paused:
            raise InputError("a paused feed is not read; resume it first")
        self.home.store.feeds.make_due(number)
        start_run(self.home.settings, "--feeds", str(self.home.settings.feeds), "--feed", record.feed.id)

    def next_run(self) -> datetime | None:
        """Return when the next run is expected, by the usual time between the last ones; None if that is unclear."""
        return expected_run(self.home.store.runs.latest(RUNS_COMPARED), self.home.clock())


def site_url(text: str) -> str:
    """Return a typed address of a site or feed as a URL, or an empty string if it is none.

    >>> site_url(" kaktus.media "), site_url("https://24.kg/rss/"), site_url("no address"), site_url("javascript:x")
    ('https://kaktus.media', 'https://24.kg/rss/', '', '')
    """
    url = text.strip()
    url = url if "://" in url else f"https://{url}"
    is_usable = is_web_url(url) and "." in (urlsplit(url).hostname or "") and not any(map(str.isspace, url))
    return url if is_usable else ""


REVEALING_ADDRESS = (
    "its address holds a watched name, so whoever runs that server can tell whom you watch; take a source of all its "
    "news instead: names are looked for here"
)


def reveals_watched_name(url: str, compiled: Compiled) -> bool:
    """Return True if requesting a URL tells its server whom we watch; see `revealing_addresses`."""
    return bool(revealing_addresses([url], compiled))


def revealing_addresses(urls: Iterable[str], compiled: Compiled) -> set[str]:
    """Return the URLs that tell their servers whom we watch.

    Those with any watched name in the query, or with a person's name or account in the path: the path of an outlet or
    a topic page may well name a watched organisation.
    """
    addresses = {url: urlsplit(url) for url in urls}
    named_in_path = _entities_named({url: parts.path for url, parts in addresses.items()}, compiled)
    named_in_query = _entities_named({url: parts.query for url, parts in addresses.items()}, compiled)
    return {
        url
        for url in addresses
        if named_in_query[url]
        or any(
            compiled.entities[entity].type is EntityType.PERSON
            for entity in named_in_path[url] | {m.entity for *_, m in compiled.accounts.find_accounts(url)}
        )
    }


def _entities_named(parts: Mapping[str, str], compiled: Compiled) -> dict[str, set[str]]:
    """Return the ids of the entities that a part of each URL names."""
    # In title case, since the matcher expects names to begin with capital letters. All at once: one by one is slow.
    words = {url: re.sub(r"[\W_]+", " ", unquote_plus(part)).title() for url, part in parts.items()}
    documents = (Document(url, text) for url, text in words.items())
    return {document.id: {m.entity for m in mentions} for document, mentions in match_documents(documents, compiled)}
