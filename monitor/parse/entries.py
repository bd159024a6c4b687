"""Pure. What the feed formats have in common: strangers' fields made into entries, and which entries are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from monitor.dates import ZONELESS, read_date
from monitor.decode import clean, one_line, plain_text
from monitor.model import FeedEntry
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
    published: datetime | None,
    updated: datetime | None,
) -> FeedEntry | None:
    """An entry from a feed's fields as they stand there (HTML or text); None if it holds nothing to go by."""
    own, teaser = plain_text(content)[:MAX_TEXT].rstrip(), plain_text(summary)[:MAX_TEXT].rstrip()
    entry = FeedEntry(
        url=first_web(base, links),
        guid=clean(guid).strip()[:MAX_LENGTH],
        title=one_line(title)[:MAX_TITLE].rstrip(),
        author=one_line(author)[:MAX_TITLE].rstrip(),
        summary=teaser,
        content=own if own != teaser else "",  # said once: both would say that it is complete
        published=published,
        updated=updated,
    )
    return entry if entry.url or entry.guid or entry.title or entry.own_text else None


def first_web(base: str, links: Iterable[str]) -> str:
    """The first of the links that can be asked for, made absolute; `javascript:`, `file:` and the like never can."""
    return next((url for link in links if link and is_web(url := absolute(base, link))), "")


def instant(text: str) -> datetime | None:
    """The moment a feed's date says, in UTC; a clock without a zone is `ZONELESS`, a day without a clock midnight."""
    stamp = read_date(text)
    if stamp is None:
        return None
    if stamp.has_clock and stamp.at.tzinfo is None:
        return stamp.at.replace(tzinfo=ZONELESS)
    return stamp.at.astimezone(UTC) if stamp.at.tzinfo else stamp.at.replace(tzinfo=UTC)


def newest(items: Sequence[T], dates: Sequence[datetime | None], limit: int) -> list[T]:
    """The newest `limit` items, still in their order; an undated one is as old as the one before it (else after it)."""
    if len(items) <= limit:
        return list(items)
    known = next((date for date in dates if date), datetime.min.replace(tzinfo=UTC))
    filled = [known := date or known for date in dates]
    kept = sorted(range(len(items)), key=lambda i: filled[i], reverse=True)[:limit]
    return [items[i] for i in sorted(kept)]
