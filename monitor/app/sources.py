"""Sources found, tried, taken in and given away: `feeds discover`, `test`, `import` and `export`, and what edits
feeds.yaml.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from monitor.config import load_feeds
from monitor.config.feeds import feed_id, outlet_of_feed, parse_feeds, same_url
from monitor.config.yaml import append_to_list, read_text
from monitor.errors import FetchError, FetchReason, InputError
from monitor.match import Compiled, find_mentions
from monitor.model import EntityType, Feed, ParsedFeed
from monitor.parse import parse_feed
from monitor.parse.discover import USUAL, channel_of, feed_links, news_sitemaps
from monitor.ports import Fetcher, Purpose, Response
from monitor.text.language import detect
from monitor.urls import absolute, is_web

NOBODY_THERE = frozenset([FetchReason.UNREACHABLE, FetchReason.TIMEOUT, FetchReason.TLS, FetchReason.FORBIDDEN_ADDRESS])
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
    """What a feed would bring now."""
    try:
        response = await fetcher.get(url, Purpose.FEED)
    except FetchError as error:
        return Tried(url, trouble=str(error), reason=error.reason)
    parsed = parse_feed(response.body, response.url, response.content_type)
    return Tried(url, parsed, "" if parsed.entries else parsed.problem, response)


async def discover(url: str, fetcher: Fetcher) -> AsyncIterator[Tried]:
    """The feeds of a site, each tried: the address itself, where it is one; else what its page declares or links to,
    pages that list feeds among it, and its news sitemap; and only where these are none, the usual places.
    """
    start = channel_of(url) or url
    robots, home = absolute(start, "/robots.txt"), absolute(start, "/")
    usual = [absolute(home, place) for place in USUAL]
    todo = deque([start, robots, *usual])
    asked: set[str] = set()
    found: set[frozenset[str]] = set()  # each by its entries: one feed has many addresses
    while todo and len(asked) < MOST_ASKED:
        link = todo.popleft()
        if not is_web(link) or same_url(link) in asked or (found and link in usual):
            continue
        asked.add(same_url(link))
        tried = await try_feed(link, fetcher)
        further = _further(tried, link == robots)
        todo.extendleft(reversed(further))
        entries = frozenset(entry.guid or entry.url for entry in tried.parsed.entries)
        shown = not (further or link == robots or (link in usual and tried.trouble) or entries in found)
        if shown or link == start:
            yield tried
        if not tried.trouble:
            found.add(entries)
        if link == start and (not tried.trouble or start != url or tried.reason in NOBODY_THERE):
            return


def _further(tried: Tried, robots: bool) -> list[str]:
    """Where else an answer leads."""
    answer = tried.response
    if answer is None or not (robots or tried.parsed.html):
        return []
    return news_sitemaps(answer.body) if robots else feed_links(answer.body, answer.url, answer.content_type)


# ---- feeds.yaml -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """What became of feeds that were to go into feeds.yaml."""

    rows: Sequence[Row]
    known: int = 0
    refused: Sequence[str] = ()


def add_feeds(path: Path, rows: Iterable[Row]) -> Added:
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
    if new:
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


def as_row(tried: Tried, site: str, listed: Sequence[Feed]) -> dict[str, str]:
    """A feed that was found, as feeds.yaml is to have it: of the outlet that the site's other feeds there are of."""
    beside = next((feed for feed in listed if outlet_of_feed(feed.url) == outlet_of_feed(site)), None)
    row = {
        "url": tried.url,
        "outlet": beside.outlet if beside else outlet_of_feed(site),
        "country": beside.country if beside else "",
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
