"""Pure, but for `load_feeds`. feeds.yaml, the only list of feeds."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from monitor.config.watchlist import Id, slug
from monitor.config.yaml import Form, Place, Report, Text, check, read_list, read_text
from monitor.model import Feed
from monitor.urls import MAX_LENGTH, is_web, outlet_of

LONGEST_INTERVAL = timedelta(days=30)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CHANNEL = re.compile(r"https?://t\.me/s/(\w+)/?(?:\?.*)?")
_FAITHFUL = re.compile(r"https?://[a-z0-9.:/-]{1,80}")  # an URL that its slug tells nearly all of


def as_web(url: str) -> str:
    if not is_web(url) or any(c.isspace() for c in url):
        raise ValueError("not a web address that can be asked for")
    return url


def address_of(what: str, *schemes: str) -> AfterValidator:
    """Accepts a URL of one of the schemes, with a host and, if any, a port that can be."""

    def check_address(url: str) -> str:
        try:
            parts = urlsplit(url)
            good = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"not the address of {what}")
        return url

    return AfterValidator(check_address)


def as_interval(given: Any) -> Any:
    """Half an hour from `30m`; what is no text is left to pydantic."""
    if not isinstance(given, str):
        return given
    match = re.fullmatch(r"([1-9][0-9]{0,4}) ?([mhd])", given)
    if not match:
        raise ValueError(f"{given!r} is not a time that a feed can rest")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


# Addresses may hold a password: `repr=False` keeps them out of what is said of them.
Proxy = Annotated[
    str,
    address_of("a proxy", "http", "https", "socks5", "socks5h"),
    Field(repr=False, description="write socks5://host:port or http://host:port"),
]


class FeedForm(Form):
    """One feed as the file says it."""

    url: Annotated[str, AfterValidator(as_web)] = Field(
        repr=False,
        description=f"write https://… or http://…, of up to {MAX_LENGTH:,} characters, without spaces or password",
    )
    outlet: Text = Field("", description="write who publishes it, or leave the key out")
    language: str = Field("", pattern="^[a-z]{2,3}$", description="write a code of ISO 639 such as ky, ru, en")
    country: str = Field("", pattern="^[A-Z]{2}$", description="write a code of ISO 3166 such as KG, KZ, UZ")
    id: Id = ""
    interval: Annotated[timedelta | None, BeforeValidator(as_interval)] = Field(
        None, le=LONGEST_INTERVAL, description="write minutes, hours or days, up to 30d: 30m, 2h, 1d"
    )
    paused: bool = Field(False, description="write true or false")
    proxy: Proxy = ""


def load_feeds(path: Path | str) -> tuple[Feed, ...]:
    """I/O. The feeds of a file. Raises InputError with every problem, each with its line and column."""
    return parse_feeds(read_text(Path(path)), str(path))


def parse_feeds(text: str, file: str) -> tuple[Feed, ...]:
    """The feeds of a list, in its order: mappings, or bare URLs. Raises InputError with everything that is wrong."""
    report = Report(file)
    feeds = []
    urls: dict[str, Place] = {}
    ids: dict[str, Place] = {}
    for part in read_list(text, "feeds", "url", report):
        form = check(FeedForm, part, report)
        if form is None:
            continue
        given = dict(form)
        feed = Feed(**given | {"id": form.id or feed_id(form.url), "outlet": form.outlet or outlet_of_feed(form.url)})
        feeds.append(feed)
        if first := urls.get(same_url(feed.url)):
            wrong = f"this URL is on the list already (line {first.line})"
            report.add(part.place("url"), wrong, "keep one of them")
        elif first := ids.get(feed.id):
            wrong = f"the id {feed.id!r} is taken (line {first.line})"
            report.add(part.place("id"), wrong, "give this feed an `id:` of its own")
        urls.setdefault(same_url(feed.url), part.place("url"))
        ids.setdefault(feed.id, part.place("id"))
    report.raise_any()
    return tuple(feeds)


def feed_id(url: str) -> str:
    """The id that a feed has by its URL alone, so it stays the same whatever else is on the list.

    >>> feed_id("https://24.kg/rss/"), feed_id("https://kaktus.media/?rss")
    ('24-kg-rss', 'kaktus-media-rss-7e7e7a')

    A short fingerprint is added where the words do not tell all of the URL: a query, capitals, other scripts.
    """
    words = slug(url.partition("://")[2].removeprefix("www."))
    if _FAITHFUL.fullmatch(url):
        return words
    return f"{words[:60].rstrip('-')}-{blake2b(url.encode(), digest_size=3).hexdigest()}"


def outlet_of_feed(url: str) -> str:
    """Who publishes it as far as the URL tells: the site; on Telegram, the channel."""
    channel = _CHANNEL.fullmatch(url)
    return f"t.me/{channel[1]}" if channel else outlet_of(url)


def same_url(url: str) -> str:
    """What two spellings of one address have in common (RFC 3986, 6.2.2 and 6.2.3)."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[parts.scheme])
    return parts._replace(netloc=host, path=parts.path or "/", fragment="").geturl()
