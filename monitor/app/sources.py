"""Sources found, tried, taken in and given away: `feeds discover`, `test`, `import` and `export`, and what edits
feeds.yaml.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from monitor.config import load_feeds
from monitor.config.feeds import feed_id, outlet_of_feed, parse_feeds, same_url
from monitor.errors import FetchError, FetchReason, InputError
from monitor.language import detect
from monitor.match import Compiled, find_mentions
from monitor.model import EntityType, Feed, ParsedFeed
from monitor.parse import parse_feed
from monitor.parse.links import USUAL, channel_of, feed_links, news_sitemaps
from monitor.parse.opml import read_opml
from monitor.ports import Fetcher, Purpose, Response
from monitor.urls import absolute, is_web
from monitor.yamlfile import append_to_list, read_text

_NOBODY_THERE = frozenset([FetchReason.UNREACHABLE, FetchReason.TIMEOUT, FetchReason.TLS])
MOST_ASKED = 30  # addresses of a site, so that nobody is asked too much

Row = Mapping[str, str]  # a feed as feeds.yaml has it


# ---- trying and finding ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """What an address brought; `trouble` in words, where it brought no feed."""

    url: str
    parsed: ParsedFeed = ParsedFeed()
    trouble: str = ""
    response: Response | None = None
    reason: FetchReason | None = None

    @property
    def language(self) -> str:
        return detect("\n".join(entry.title for entry in self.parsed.entries[:20]))


async def try_feed(url: str, fetcher: Fetcher) -> Tried:
    """What a feed would bring now. Raises InputError for what is no address that may be asked for."""
    try:
        response = await fetcher.get(url, Purpose.FEED)
    except FetchError as error:
        if error.reason is FetchReason.FORBIDDEN_ADDRESS:
            raise InputError(f"{url}: {error}") from error
        return Tried(url, trouble=str(error), reason=error.reason)
    parsed = parse_feed(response.body, response.url, response.content_type)
    return Tried(url, parsed, "" if parsed.entries else parsed.problem, response)


async def discover(url: str, fetcher: Fetcher) -> AsyncIterator[Tried]:
    """The feeds of a site, each tried: those its page declares or links to, its Telegram channels, its news sitemap;
    and only where these are none, the usual places. First of all the address itself, which may be a feed.
    """
    start = channel_of(url) or url
    search = _Search(fetcher)
    first = await search.ask(start)
    yield first
    if not first.trouble or start != url or first.reason in _NOBODY_THERE:
        return
    async for tried in search.among(feed_links_of(first)):
        yield tried
    robots = await search.ask(absolute(start, "/robots.txt"))
    async for tried in search.among(news_sitemaps(robots.response.body) if robots.response else []):
        yield tried
    if not search.found:
        async for tried in search.among(absolute(absolute(start, "/"), place) for place in USUAL):
            if not tried.trouble:
                yield tried


def feed_links_of(tried: Tried) -> list[str]:
    answer = tried.response
    return feed_links(answer.body, answer.url, answer.content_type) if answer and tried.parsed.html else []


class _Search:
    """What was asked on a site so far, and what was found."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._asked: set[str] = set()
        self.found: set[frozenset[str]] = set()  # each by its entries: one feed has many addresses

    async def ask(self, url: str) -> Tried:
        self._asked.add(same_url(url))
        return await try_feed(url, self._fetcher)

    async def among(self, links: Iterable[str], deeper: bool = True) -> AsyncIterator[Tried]:
        """Each address once; a page among them that lists feeds (RFE/RL's /rssfeeds) is looked through as well."""
        for link in links:
            if not is_web(link) or same_url(link) in self._asked or len(self._asked) >= MOST_ASKED:
                continue
            tried = await self.ask(link)
            further = feed_links_of(tried) if deeper else []
            entries = frozenset(entry.guid or entry.url for entry in tried.parsed.entries)
            if not further and (tried.trouble or entries not in self.found):
                yield tried
            if not tried.trouble:
                self.found.add(entries)
            async for each in self.among(further, deeper=False):
                yield each


# ---- feeds.yaml -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """What became of feeds that were to go into feeds.yaml."""

    rows: Sequence[Row]
    known: int = 0
    refused: Sequence[str] = ()


def read_import(file: Path) -> list[dict[str, str]]:
    """Raises InputError."""
    try:
        rows = read_opml(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path") from error
    if rows is None:
        raise InputError(f"{file}: this is no OPML; export the list of sources from the other reader as OPML")
    return rows


def add_feeds(path: Path, rows: Iterable[Row], *, write: bool = True) -> Added:
    """Adds what is new to feeds.yaml, at its end; every other byte of it stays. Raises InputError."""
    feeds = load_feeds(path)
    known = {key for feed in feeds for key in (same_url(feed.url), feed.id)}
    new: list[Row] = []
    already, refused = 0, []
    for row in rows:
        url = row["url"]
        if not is_web(url) or any(character.isspace() for character in url):
            refused.append(url)
        elif known & {same_url(url), feed_id(url)}:
            already += 1
        else:
            known |= {same_url(url), feed_id(url)}
            new.append(row)
    if new and write:
        text = append_to_list(read_text(path), "feeds", new, str(path))
        parse_feeds(text, str(path))  # nothing that does not load is written
        _write(path.resolve(), text)
    return Added(new, already, refused)


def _write(path: Path, text: str) -> None:
    """Whole or not at all, whatever happens meanwhile; with the permissions it had."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), path.stat().st_mode)
        Path(file.name).replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check its permissions") from error


def as_row(tried: Tried, site: str, listed: Sequence[Feed], outlet: str = "", country: str = "") -> dict[str, str]:
    """A feed that was found, as feeds.yaml is to have it: of the outlet that the site's other feeds there are of."""
    beside = next((feed for feed in listed if outlet_of_feed(feed.url) == outlet_of_feed(site)), None)
    row = {
        "url": tried.url,
        "outlet": outlet or (beside.outlet if beside else outlet_of_feed(site)),
        "country": country or (beside.country if beside else ""),
        "language": tried.language,
    }
    return {key: value for key, value in row.items() if value}


# ---- what an address gives away -------------------------------------------------------------------------------------

BETRAYS = (
    "its address holds a watched name, so whoever runs that server can tell whom you watch; take a source of all its "
    "news instead: names are looked for here"
)


def betrays(url: str, compiled: Compiled) -> bool:
    """Whether asking for a URL says whom we watch: any watched name in its query, a person's in its path."""
    parts = urlsplit(url)
    asked, way = (re.sub(r"[\W_]+", " ", unquote_plus(part)).title() for part in (parts.query, parts.path))
    persons = (m for m in find_mentions(way, compiled) if compiled.entities[m.entity].type is EntityType.PERSON)
    return any(find_mentions(asked, compiled)) or any(persons)
