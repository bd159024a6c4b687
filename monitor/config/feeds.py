"""Pure, but for `load_feeds`. feeds.yaml, the only list of feeds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from ruamel.yaml.nodes import MappingNode, Node

from monitor.model import Feed
from monitor.urls import MAX_LENGTH, is_web, outlet_of
from monitor.watchlist import slug
from monitor.yamlfile import Fields, Place, Report, items, place_of, read_text, text_of

KEYS = ("url", "outlet", "language", "country", "id", "interval", "paused", "proxy")
PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
PROXY_TODO = "write socks5://host:port or http://host:port"
LONGEST_INTERVAL = timedelta(days=30)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_FAITHFUL = re.compile(r"https?://[a-z0-9.:/-]{1,80}")  # an URL that its slug tells nearly all of


def load_feeds(path: Path | str) -> tuple[Feed, ...]:
    """I/O. The feeds of a file. Raises InputError with every problem, each with its line and column."""
    return parse_feeds(read_text(Path(path)), str(path))


def parse_feeds(text: str, file: str) -> tuple[Feed, ...]:
    """The feeds of a list, in its order: mappings, or bare URLs. Raises InputError with everything that is wrong."""
    report = Report(file)
    drafts = [_draft(node, report) for node in items(text, "feeds", report)]
    _tell_apart([draft for draft in drafts if draft.feed.url], report)
    report.raise_any()
    return tuple(draft.feed for draft in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A feed as the file has it, its URL empty where it is none, and where its URL and its id stand."""

    feed: Feed
    url_place: Place
    id_place: Place


def _draft(node: Node, report: Report) -> _Draft:
    place = place_of(node)
    if not isinstance(node, MappingNode):
        url = _url(text_of(node, "a feed", report), place, report)
        return _Draft(Feed(feed_id(url), url, outlet_of(url)), place, place)
    fields = Fields(node, KEYS, report)
    if fields.node("url") is None:
        report.add(place, "a feed without a URL", "add `url: https://…`")
    url = _url(fields.text("url"), fields.at("url"), report)
    feed = Feed(
        id=_matching(fields, "id", _ID, "up to 100 letters, digits and . _ -") or feed_id(url),
        url=url,
        outlet=fields.text("outlet") or outlet_of(url),
        language=_matching(fields, "language", _LANGUAGE, "a code of ISO 639 such as ky, ru, en"),
        country=_matching(fields, "country", _COUNTRY, "a code of ISO 3166 such as KG, KZ, UZ"),
        interval=_interval(fields),
        paused=fields.flag("paused"),
        proxy=_proxy(fields),
    )
    return _Draft(feed, fields.at("url"), fields.at("id"))


def _tell_apart(drafts: Iterable[_Draft], report: Report) -> None:
    urls: dict[str, Place] = {}
    ids: dict[str, Place] = {}
    for draft in drafts:
        first = urls.setdefault(_same_url(draft.feed.url), draft.url_place)
        if first != draft.url_place:
            report.add(draft.url_place, f"this URL is on the list already (line {first.line})", "keep one of them")
            continue
        first = ids.setdefault(draft.feed.id, draft.id_place)
        if first != draft.id_place:
            wrong = f"the id {draft.feed.id!r} is taken (line {first.line})"
            report.add(draft.id_place, wrong, "give this feed an `id:` of its own")


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


def _same_url(url: str) -> str:
    """What two spellings of one address have in common (RFC 3986, 6.2.2 and 6.2.3)."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[parts.scheme])
    return parts._replace(netloc=host, path=parts.path or "/", fragment="").geturl()


def _url(url: str, place: Place, report: Report) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if "@" in parts.netloc:
        report.add(place, "a URL with a user name or password in it", "use an address that needs none")
    elif parts.scheme not in {"http", "https"}:
        report.add(place, f"{url!r} is not a web address", "begin it with https:// or http://")
    elif len(url) > MAX_LENGTH:
        report.add(place, f"a URL of {len(url):,} characters", f"use one of at most {MAX_LENGTH:,}")
    elif not is_web(url) or any(c.isspace() for c in url):
        report.add(place, f"{url!r} is not a well-formed web address", "check its host and port, and for spaces in it")
    else:
        return url
    return ""


def _matching(fields: Fields, key: str, pattern: re.Pattern[str], todo: str) -> str:
    value = fields.text(key)
    if value and not pattern.fullmatch(value):
        fields.report.add(fields.at(key), f"{key}: {value!r} will not do", f"write {todo}")
        return ""
    return value


def _interval(fields: Fields) -> timedelta | None:
    value = fields.text("interval")
    if not value:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4}) ?([mhd])", value)
    interval = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta.max
    if interval > LONGEST_INTERVAL:
        wrong = f"interval: {value!r} is not a time that a feed can rest"
        fields.report.add(fields.at("interval"), wrong, "write minutes, hours or days, up to 30d: 30m, 2h, 1d")
        return None
    return interval


def _proxy(fields: Fields) -> str:
    value = fields.text("proxy")
    if value and not is_proxy(value):
        fields.report.add(fields.at("proxy"), "not the address of a proxy", PROXY_TODO)
        return ""
    return value


def is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
