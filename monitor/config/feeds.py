"""Pure, except `load_feeds`. feeds.yaml, the only list of feeds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from monitor.config.forms import (
    NO_PLACE,
    FileReport,
    Form,
    Part,
    Place,
    Proxy,
    Text,
    read_text,
    require_web_url,
    text_parser,
    validate,
)
from monitor.config.watchlist import Id, slug
from monitor.config.yaml import edit_list, read_list
from monitor.errors import InputError
from monitor.model import Feed, Message
from monitor.urls import MAX_LENGTH, is_publisher, outlet_name, site_of

MAX_INTERVAL = timedelta(days=30)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CHANNEL = re.compile(r"https?://t\.me/s/(\w+)/?(?:\?.*)?")
_SLUG_SAFE_URL = re.compile(r"https?://[a-z0-9.:/-]{1,80}")  # nothing of such a URL is lost in its slug


def parse_interval(value: str) -> timedelta:
    """Parse an interval such as `30m`."""
    match = re.fullmatch(r"([1-9][0-9]{0,4}) ?([mhd])", value)
    if not match:
        raise ValueError(f"{value!r} is not a time that a feed can rest")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def format_interval(interval: timedelta) -> str:
    """Return an interval as the file has it.

    >>> [format_interval(timedelta(minutes=m)) for m in (30, 90, 120, 2880)]
    ['30m', '90m', '2h', '2d']
    """
    minutes = round(interval / timedelta(minutes=1))
    whole = {"d": minutes / 1440, "h": minutes / 60, "m": minutes}
    return next(f"{count:.0f}{unit}" for unit, count in whole.items() if count == int(count))


def parse_site(value: str) -> str:
    """Return the site that a host names, on a host that many share with the part of the path that says whose."""
    site = site_of(f"https://{value}")
    if "://" in value or not is_publisher(site):
        raise ValueError(Message("{} is not a host of one publisher", repr(value)))
    return site


# Addresses may hold a password: `repr=False` keeps them out of error messages.
class FeedForm(Form):
    """The schema of one feed in the file."""

    url: Annotated[str, AfterValidator(require_web_url)] = Field(
        repr=False,
        description=f"write https://… or http://…, of up to {MAX_LENGTH:,} characters, without spaces or password",
    )
    outlet: Text = Field("", description="write who publishes it, or leave the key out")
    language: str = Field("", pattern="^[a-z]{2,3}$", description="write a code of ISO 639 such as ky, ru, en")
    country: str = Field("", pattern="^[A-Z]{2}$", description="write a code of ISO 3166 such as KG, KZ, UZ")
    id: Id = ""
    interval: Annotated[timedelta | None, text_parser(parse_interval)] = Field(
        None, le=MAX_INTERVAL, description="write minutes, hours or days, up to 30d: 30m, 2h, 1d"
    )
    paused: bool = Field(False, description="write true or false")
    proxy: Proxy = ""
    speaks_for: tuple[Annotated[Text, AfterValidator(parse_site)], ...] = Field(
        (), description="write a list of hosts such as [example.org], or [t.me/NAME] where many share one"
    )


def load_feeds(path: Path | str) -> tuple[Feed, ...]:
    """I/O. Return the feeds of a file. Raises InputError with all problems, each with its line and column."""
    return parse_feeds(read_text(Path(path)), str(path))


def parse_feeds(text: str, file: str) -> tuple[Feed, ...]:
    """Return the feeds of a list of mappings or plain URLs, in its order. Raises InputError with all problems."""
    report = FileReport(file)
    return _feeds_of(read_list(text, "feeds", "url", report), report)


def _feeds_of(parts: Iterable[Part], report: FileReport) -> tuple[Feed, ...]:
    feeds = []
    urls: dict[str, Place] = {}
    ids: dict[str, Place] = {}
    for part in parts:
        form = validate(FeedForm, part, report)
        if form is None:
            continue
        values = dict(form)
        feed = Feed(
            **values | {"id": form.id or feed_id(form.url), "outlet": form.outlet or feed_outlet_name(form.url)}
        )
        feeds.append(feed)
        if first := urls.get(normalize_url(feed.url)):
            wrong = f"this URL is on the list already (line {first.line})"
            report.add(part.place("url"), wrong, "keep one of them")
        elif first := ids.get(feed.id):
            wrong = f"the id {feed.id!r} is taken (line {first.line})"
            report.add(part.place("id"), wrong, "give this feed an `id:` of its own")
        # The first place is kept, so that a third duplicate is reported with the first line, too.
        urls.setdefault(normalize_url(feed.url), part.place("url"))
        ids.setdefault(feed.id, part.place("id"))
    report.raise_if_any()
    return tuple(feeds)


def edit_feeds(
    text: str,
    file: str,
    *,
    added: Sequence[Mapping[str, Any]] = (),
    changed: Mapping[str, Mapping[str, Any]] | None = None,
    removed: Collection[str] = (),
) -> str:
    """Return the text of feeds.yaml with some feeds edited; only the lines of these feeds change.

    `changed` maps an id to the new values of some keys; an empty value takes the key out. A feed keeps its id, also at
    a new address: its entries and its usual volume stay. Raises InputError for a file with problems, for values that
    will not do, and for a file that does not have one feed per item.
    """
    report, changed = FileReport(file), changed or {}
    parts = read_list(text, "feeds", "url", report)
    feeds = _feeds_of(parts, report)
    edits: dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for index, (feed, part) in enumerate(zip(feeds, parts, strict=True)):
        if values := changed.get(feed.id):
            row = {key: value for key, value in (part.value | values).items() if value}
            # A new address would give another id, and so another feed: the old id is written down.
            edits[index] = part.value, row if feed_id(row.get("url", "")) == feed.id else row | {"id": feed.id}
    removed_indexes = [index for index, feed in enumerate(feeds) if feed.id in removed]
    edited_parts = [
        Part(edits[index][1], part.places, part.keys, part.at) if index in edits else part
        for index, part in enumerate(parts)
        if index not in removed_indexes
    ] + [Part(row, {(): NO_PLACE}) for row in added]
    if not edited_parts:
        raise InputError("the last feed cannot be removed: add another one first")
    edited_feeds = _feeds_of(edited_parts, report)
    result = edit_list(text, "feeds", file, changed=edits, removed=removed_indexes, added=added)
    # The text is edited line by line; read back, it must say what was meant.
    if parse_feeds(result, file) != edited_feeds:
        raise InputError(f"{file}: the change cannot be written into this file; make it there by hand")
    return result


def feed_row(feed: Feed) -> dict[str, Any]:
    """Return a feed as an item of the file, without derived and default values."""
    row = {
        "url": feed.url,
        "outlet": "" if feed.outlet == feed_outlet_name(feed.url) else feed.outlet,
        "language": feed.language,
        "country": feed.country,
        "id": "" if feed.id == feed_id(feed.url) else feed.id,
        "interval": format_interval(feed.interval) if feed.interval else "",
        "paused": feed.paused,
        "proxy": feed.proxy,
        "speaks_for": list(feed.speaks_for),
    }
    return {key: value for key, value in row.items() if value}


def feed_id(url: str) -> str:
    """Return the id of a feed. It depends on the URL only, so it stays when other lines of the list change.

    >>> feed_id("https://24.kg/rss/"), feed_id("https://kaktus.media/?rss")
    ('24-kg-rss', 'kaktus-media-rss-7e7e7a')

    A short hash is added if the slug loses a part of the URL: a query, capitals, other scripts.
    """
    # Without scheme and `www.`: nearly all addresses have them.
    words = slug(url.partition("://")[2].removeprefix("www."))
    if _SLUG_SAFE_URL.fullmatch(url):
        return words
    return f"{words[:60].rstrip('-')}-{blake2b(url.encode(), digest_size=3).hexdigest()}"


def feed_outlet_name(url: str) -> str:
    """Return the publisher by the URL: the site, or the channel on Telegram."""
    channel = _CHANNEL.fullmatch(url)
    return f"t.me/{channel[1]}" if channel else outlet_name(url)


def normalize_url(url: str) -> str:
    """Return the URL in one spelling, for comparing (RFC 3986, 6.2.2 and 6.2.3)."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[parts.scheme])
    return parts._replace(netloc=host, path=parts.path or "/", fragment="").geturl()
