"""Pure. Common parts of the feed formats: entries from raw fields, and the choice of the newest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from monitor.model import DatePrecision, FeedEntry
from monitor.text.charset import plain_line, plain_text, strip_forbidden
from monitor.text.dates import date_words, parse_date
from monitor.urls import MAX_LENGTH, is_web_url, resolve_link

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
    updated: str = "",
) -> FeedEntry | None:
    """Make an entry from a feed's raw fields (HTML or text), or None if link, guid, title and text are all empty.

    The first usable one of the links and of the dates is taken; without a date, when it was `updated`.
    """
    # Feeds give several dates; the caller names them in the order of trust.
    published, precision, raw = first_date(dates)
    if published is None:
        published, precision, updated_raw = first_date([updated])
        raw = updated_raw if published else raw or updated_raw
        # One without a zone is read in that of the feed's country, as other dates are.
        precision = DatePrecision.UPDATED if precision is DatePrecision.MOMENT else precision
    entry = FeedEntry(
        url=first_web_url(base, links),
        guid=strip_forbidden(guid).strip()[:MAX_LENGTH],
        title=plain_line(title)[:MAX_TITLE].rstrip(),
        author=plain_line(author)[:MAX_TITLE].rstrip(),
        summary=plain_text(summary)[:MAX_TEXT].rstrip(),
        content=plain_text(content)[:MAX_TEXT].rstrip(),
        published=published,
        precision=precision,
        published_raw=raw,
    )
    return entry if entry.url or entry.guid or entry.title or entry.own_text else None


def first_web_url(base: str, links: Iterable[str]) -> str:
    """Return the first http or https link, made absolute, or an empty string."""
    # `mailto:`, `javascript:` and `data:` links are no pages.
    return next((url for link in links if link and is_web_url(url := resolve_link(base, link))), "")


def first_date(texts: Iterable[str]) -> tuple[datetime | None, DatePrecision, str]:
    """Return the first readable date in UTC, its precision and its wording; else only the wording of the first text.

    A time without a zone is read as UTC, as feed readers do. The pipeline, which knows the outlet, corrects it.
    """
    written = [text for text in texts if text.strip()]
    for text in written:
        if stamp := parse_date(text):
            assumed = DatePrecision.ZONE_ASSUMED if stamp.has_time else DatePrecision.DAY
            precision = DatePrecision.MOMENT if stamp.instant else assumed
            return stamp.instant or stamp.at.replace(tzinfo=UTC), precision, date_words(text)
    return None, DatePrecision.NONE, date_words(written[0]) if written else ""


def newest_items(items: Sequence[T], dates: Callable[[T], Iterable[str]], limit: int) -> Sequence[T]:
    """Return the newest `limit` items in their order.

    An undated item is as old as the one before it; at the start of the list, as the first dated one.
    """
    if len(items) <= limit:  # nearly always: dates need not be parsed
        return items
    item_dates = [first_date(dates(item))[0] for item in items]
    last = next((date for date in item_dates if date), datetime.min.replace(tzinfo=UTC))
    filled = [last := date or last for date in item_dates]
    newest_indexes = sorted(range(len(items)), key=lambda i: filled[i], reverse=True)[:limit]
    return [items[i] for i in sorted(newest_indexes)]
