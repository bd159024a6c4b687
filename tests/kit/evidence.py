"""Pages that are read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from kit.contradictions import contradictions
from kit.store import DAY, HOUR, NOW, TEXT, article, backlog, ended, item
from monitor.model import (
    Article,
    Hit,
    RawPage,
    Recheck,
    RecheckResult,
    Validators,
)
from monitor.store import Store


@pytest.fixture(autouse=True)
def nothing_contradicts_itself(store: Store) -> Iterator[None]:
    yield
    assert contradictions(store) == []


def page(n: int, text: str = TEXT, **changes: object) -> Article:
    raw = RawPage(f"<p>{text}".encode(), {"etag": f'"{n}"', "content-type": "text/html"})
    return article(f"post.example/{n}", text, heading="Court", raw=raw, **changes)


def read(store: Store, n: int, *hits: Hit, name: str = "post", at: datetime = NOW, **changes: object) -> int:
    """Store an article whose page was fetched, and return its number."""
    entry = item(n, url=f"https://{name}.example/{n}", guid=f"{name}-{n}")
    (own_entry,) = backlog(store, entry, name=name, now=at)
    result = ended(own_entry, None, *hits, at=at, article=page(n, fetched=at), validators=Validators(f'"{n}"'))
    saved = store.entries.save_result(replace(result, **changes)).article
    assert saved is not None
    return saved.id


def claim(store: Store, now: datetime, limit: int = 100, matched_only: bool = False, **room: int) -> list[Recheck]:
    """`room`: of a feed, by its id; other listed ones that are not paused have plenty."""
    rooms = {s.number: room.get(s.feed.id, 50) for s in store.feeds.states() if not s.feed.paused}
    return list(store.revisits.claim(now, now + HOUR, limit, rooms, matched_only=matched_only))


def recheck_result(revisit: Recheck, at: datetime, text: str = "", *hits: Hit, **changes: object) -> RecheckResult:
    result = RecheckResult(revisit, at, due=at + DAY)
    if text:
        body = RawPage(f"<p>{text}".encode(), {"etag": '"2"'})
        result = replace(result, article=replace(revisit.article, text=text, raw=body, fetched=at), hits=hits)
    return replace(result, **changes)  # type: ignore[arg-type]
