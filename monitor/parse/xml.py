"""Pure. RSS, RDF and Atom. The only module that knows feedparser.

It is given a stream, never bytes or text: those it would open if they happened to be the name of a file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import feedparser

from monitor.model import FeedEntry, Message, ParsedFeed
from monitor.parse.entries import MAX_TITLE, make_entry, newest
from monitor.text.charset import clean, one_line

_START = re.compile(r"<\?xml|<!doctype|<(?:\w+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_PROLOG = re.compile(r"<\?xml[^>]*>\s*", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(x[0-9a-f]+|[0-9]+);", re.IGNORECASE)
_TAIL = 65_536  # characters
_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)

_READABLE = frozenset(["text/plain", "text/html", "application/xhtml+xml"])
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_TTL = timedelta(days=1)


def read_xml_feed(text: str, url: str, limit: int) -> ParsedFeed:
    """What feedparser makes of it: strictly while it is well-formed, by guess from where it is not."""
    parsed = _parse(text)
    if parsed is None:
        return ParsedFeed(problem=Message("This looks like a feed, but cannot be read as one."))
    entries = tuple(entry for raw in newest(parsed.entries, _dates, limit) if (entry := _entry(raw, url)))
    return ParsedFeed(
        title=one_line(_text(parsed.feed, "title"))[:MAX_TITLE],
        entries=entries,
        problem=_problem(text, bool(parsed.bozo), bool(entries)),
        ttl=_ttl(parsed.feed),
    )


def _parse(text: str) -> Any:
    """feedparser's own result, or None where it fails on what it was given.

    It is not told where the feed is from: it would make guids into links there, and they must not change when the
    feed moves. An `xml:base` it does follow, a relative one as far as it goes.
    """
    start = _START.search(text)
    text = _PROLOG.sub("", text[start.start() if start else 0 :], count=1)
    text = _REFERENCE.sub(_if_allowed, text)
    stream = BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(stream, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except MemoryError:
        raise
    except Exception:  # its tolerant parser is old and deep, and strangers write its input
        return None


def _if_allowed(reference: re.Match[str]) -> str:
    """A reference to a character that XML has, else nothing: `&#0;` and `&#xB;` end a strict reading."""
    digits = reference[1].lower()
    if len(digits) > 8:  # leading zeros aside, none is as long
        return ""
    code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    return reference[0] if code <= sys.maxunicode and clean(chr(code)) else ""


def _problem(text: str, broken: bool, some: bool) -> str:
    """Only what loses entries is one: a tenth of all feeds are ill-formed somewhere and read well."""
    if broken and not _END.search(text, max(0, len(text) - _TAIL)):
        return Message("The feed is cut off.")
    none = Message("The feed is not well-formed, and no entries were found in it.")
    return none if broken and not some else ""


def _entry(raw: Any, base: str) -> FeedEntry | None:
    return make_entry(
        base,
        links=_links(raw),
        guid=_text(raw, "id"),
        title=_text(raw, "title"),
        author=_author(raw),
        summary=_text(raw, "summary"),
        content=max(
            (c.get("value") or "" for c in raw.get("content", ()) if c.get("type") in _READABLE), key=len, default=""
        ),
        dates=_dates(raw),
    )


def _links(raw: Any) -> Iterator[str]:
    """Where the entry may lead, the surest first: its link, a feed proxy's note of the original, a guid that is one.

    The proxy's own link goes first where there is both: it redirects, and the article is known by where it leads.
    """
    yield _text(raw, "link")
    yield from (link.get("href") or "" for link in raw.get("links", ()) if link.get("rel") == "alternate")
    yield _text(raw, "feedburner_origlink")
    if raw.get("guidislink"):
        yield _text(raw, "id")


def _author(raw: Any) -> str:
    names = [person.get("name") or "" for person in raw.get("authors", ())]
    return ", ".join(dict.fromkeys(filter(None, names))) or _text(raw, "author")


def _text(fields: Any, key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


# ---- times ----------------------------------------------------------------------------------------------------------


# By our own reading of what stands there: feedparser's takes zones it does not know (MSK, CEST) for UTC, makes
# 2 March of 30 February, and 2000-01-01 of WordPress's empty "-0001-11-30".


def _dates(raw: Any) -> Iterator[str]:
    # Asked with `in`: feedparser gives the publication instead of an update that is missing.
    return (_text(raw, name) for name in ("published", "created", "updated") if name in raw)


def _ttl(feed: Any) -> timedelta | None:
    """The longer of `<ttl>` (in minutes; RSS 2.0) and sy:updatePeriod / updateFrequency (RSS 1.0), up to a day."""
    ttl = timedelta(minutes=_number(feed, "ttl"))
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower(), timedelta())
    asked = max(ttl, period / max(1, _number(feed, "sy_updatefrequency")))
    return min(asked, _LONGEST_TTL) if asked else None


def _number(fields: Any, key: str) -> int:
    digits = _text(fields, key).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0
