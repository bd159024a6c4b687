"""Pure. RSS, RDF and Atom. The only module that imports feedparser.

feedparser gets a stream, never bytes or text: it would open a text that happens to be the name of a file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import feedparser

from monitor.model import FeedEntry, Message, ParsedFeed
from monitor.parse.entries import MAX_TITLE, make_entry, newest_items
from monitor.text.charset import plain_line, strip_forbidden

_FEED_START = re.compile(r"<\?xml|<!doctype|<(?:\w+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_PROLOG = re.compile(r"<\?xml[^>]*>\s*", re.IGNORECASE)
_CHARACTER_REFERENCE = re.compile(r"&#(x[0-9a-f]+|[0-9]+);", re.IGNORECASE)
_TAIL_CHARACTERS = 65_536  # of the end: servers append comments and statistics after the closing tag
_CLOSING_TAG = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)

# Atom's content may also be an image, a film or another feed.
_TEXT_TYPES = frozenset(["text/plain", "text/html", "application/xhtml+xml"])
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_MAX_TTL = timedelta(days=1)


def read_xml_feed(text: str, url: str, limit: int) -> ParsedFeed:
    """Read a feed with feedparser: strictly while it is well-formed, tolerantly otherwise."""
    parsed = _parse(text)
    if parsed is None:
        return ParsedFeed(problem=Message("This looks like a feed, but cannot be read as one."))
    items, is_atom = newest_items(parsed.entries, _dates, limit), parsed.version.startswith("atom")
    entries = tuple(entry for raw in items if (entry := _entry(raw, url, is_atom=is_atom)))
    return ParsedFeed(
        title=plain_line(_field(parsed.feed, "title"))[:MAX_TITLE],
        entries=entries,
        problem=_problem(text, bool(parsed.bozo), bool(entries)),
        ttl=_ttl(parsed.feed),
    )


def _parse(text: str) -> Any:
    """Return feedparser's result, or None if feedparser fails.

    feedparser does not learn the feed's address: it would resolve guids against it, and guids must not change when the
    feed moves. It still follows `xml:base`.
    """
    # Skip what a server printed before the feed, and replace its XML declaration: the text is decoded already.
    start = _FEED_START.search(text)
    text = _PROLOG.sub("", text[start.start() if start else 0 :], count=1)
    text = _CHARACTER_REFERENCE.sub(_keep_allowed_reference, text)
    stream = BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(stream, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except MemoryError:
        raise
    except Exception:  # the tolerant parser raises anything on hostile input
        return None


def _keep_allowed_reference(reference: re.Match[str]) -> str:
    """Return a character reference that XML allows, else an empty string: `&#0;` would end the strict parsing."""
    digits = reference[1].lower()
    if len(digits) > 8:  # no character has so many digits
        return ""
    code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    return reference[0] if code <= sys.maxunicode and strip_forbidden(chr(code)) else ""


def _problem(text: str, is_ill_formed: bool, has_entries: bool) -> str:
    """Return a problem only if entries are lost: a tenth of all feeds are ill-formed somewhere and still readable."""
    if is_ill_formed and not _CLOSING_TAG.search(text, max(0, len(text) - _TAIL_CHARACTERS)):
        return Message("The feed is cut off.")
    unreadable = Message("The feed is not well-formed, and no entries were found in it.")
    return unreadable if is_ill_formed and not has_entries else ""


def _entry(raw: Any, base: str, *, is_atom: bool) -> FeedEntry | None:
    *dates, updated = _dates(raw)
    return make_entry(
        base,
        links=_links(raw),
        guid=_field(raw, "id"),
        title=_field(raw, "title"),
        author=_author(raw),
        summary=_field(raw, "summary"),
        content=max(
            (c.get("value") or "" for c in raw.get("content", ()) if c.get("type") in _TEXT_TYPES), key=len, default=""
        ),
        # Outside Atom feedparser calls dc:date "updated", which is when an entry was published.
        dates=dates if is_atom else (*dates, updated),
        updated=updated,
    )


def _links(raw: Any) -> Iterator[str]:
    """Yield the candidates for the entry's link, the most reliable first.

    They are its link, the original link that a feed proxy noted, and a guid that is a link. A proxy's own link comes
    before the original: it redirects, and an article is identified by the address after redirects.
    """
    yield _field(raw, "link")
    yield from (link.get("href") or "" for link in raw.get("links", ()) if link.get("rel") == "alternate")
    yield _field(raw, "feedburner_origlink")
    if raw.get("guidislink"):
        yield _field(raw, "id")


def _author(raw: Any) -> str:
    names = [person.get("name") or "" for person in raw.get("authors", ())]
    return ", ".join(dict.fromkeys(filter(None, names))) or _field(raw, "author")


def _field(fields: Any, key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


# ---- times ----------------------------------------------------------------------------------------------------------


# Raw texts, not feedparser's parsed dates: it reads unknown zones (MSK, CEST) as UTC, 30 February as 2 March, and
# WordPress's empty "-0001-11-30" as 2000-01-01.


def _dates(raw: Any) -> Sequence[str]:
    """Return when an entry was published, created and updated; "" for what it does not say."""
    # Test with `in`: feedparser returns the publication date in place of a missing update.
    return [_field(raw, name) if name in raw else "" for name in ("published", "created", "updated")]


def _ttl(feed: Any) -> timedelta | None:
    """Return the longer of `<ttl>` (minutes, RSS 2.0) and sy:updatePeriod / updateFrequency (RSS 1.0), up to a day."""
    ttl = timedelta(minutes=_number(feed, "ttl"))
    period = _PERIODS.get(_field(feed, "sy_updateperiod").strip().lower(), timedelta())
    requested = max(ttl, period / max(1, _number(feed, "sy_updatefrequency")))
    return min(requested, _MAX_TTL) if requested else None


def _number(fields: Any, key: str) -> int:
    digits = _field(fields, key).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0
