"""Pure. What the feed formats have in common: strangers' fields made into entries, and which entries are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from monitor.model import DatePrecision, FeedEntry
from monitor.text.charset import clean, one_line, plain_text
from monitor.text.dates import as_written, read_date
from monitor.urls import MAX_LENGTH, absolute, is_web

T = TypeVar("T")

MAX_TITLE = 1_000
MAX_TEXT = 200_000


def make_entry(
    base: str,
    *,
    links: Iterable[str],
    guid: str,
    title: str,
    author: str,
    summary: str,
    content: str,
    dates: Iterable[str],
) -> FeedEntry | None:
    """An entry from a feed's fields as they stand there (HTML or text); None if it holds nothing to go by.

    Of the links and the dates the first that can be used is.
    """
    published, precision, raw = dated(dates)
    own, teaser = plain_text(content)[:MAX_TEXT].rstrip(), plain_text(summary)[:MAX_TEXT].rstrip()
    entry = FeedEntry(
        url=first_web(base, links),
        guid=clean(guid).strip()[:MAX_LENGTH],
        title=one_line(title)[:MAX_TITLE].rstrip(),
        author=one_line(author)[:MAX_TITLE].rstrip(),
        summary=teaser,
        content=own if own != teaser else "",  # said once: both would say that it is complete
        published=published,
        precision=precision,
        published_raw=raw,
    )
    return entry if entry.url or entry.guid or entry.title or entry.own_text else None


def first_web(base: str, links: Iterable[str]) -> str:
    """The first of the links that can be asked for, made absolute; `javascript:`, `file:` and the like never can."""
    return next((url for link in links if link and is_web(url := absolute(base, link))), "")


def dated(texts: Iterable[str]) -> tuple[datetime | None, DatePrecision, str]:
    """The first date that can be read, in UTC, what is known of it, and its own words; else only those of the first.

    A clock without a zone is taken for UTC, as feed readers do; the line, which knows the outlet, reads it otherwise.
    """
    given = [text for text in texts if text.strip()]
    for text in given:
        if stamp := read_date(text):
            assumed = DatePrecision.ZONE_ASSUMED if stamp.has_clock else DatePrecision.DAY
            precision = DatePrecision.MOMENT if stamp.instant else assumed
            return stamp.instant or stamp.at.replace(tzinfo=UTC), precision, as_written(text)
    return None, DatePrecision.NONE, as_written(given[0]) if given else ""


def newest(items: Sequence[T], dates: Callable[[T], Iterable[str]], limit: int) -> Sequence[T]:
    """The newest `limit` items, still in their order; an undated one is as old as the one before it (else after it)."""
    if len(items) <= limit:
        return items
    known = [dated(dates(item))[0] for item in items]
    last = next((date for date in known if date), datetime.min.replace(tzinfo=UTC))
    filled = [last := date or last for date in known]
    kept = sorted(range(len(items)), key=lambda i: filled[i], reverse=True)[:limit]
    return [items[i] for i in sorted(kept)]
