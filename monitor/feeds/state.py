"""Pure. What is remembered of a feed from one visit to the next, and what that says of how often to ask it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.feeds.health import OVERFLOW_SHOWN, is_within
from monitor.model import FeedEntry, FeedRecord, FeedState, FeedStatus, ParsedFeed, Validators

ASKED_WHOLE_EVERY = timedelta(days=8)  # "some servers just always respond 304" (NetNewsWire)


def choose_request(state: FeedRecord, now: datetime) -> tuple[str, Validators]:
    """Which address is asked, and with which validators."""
    lately = is_within(ASKED_WHOLE_EVERY, state.memory.read_whole, now)
    return state.moved_to or state.feed.url, state.memory.validators if lately else Validators()


def record_full(
    state: FeedRecord,
    now: datetime,
    parsed: ParsedFeed,
    validators: Validators,
    *,
    asked: timedelta | None = None,
    moved_to: str = "",
) -> FeedState:
    """What is remembered after an answer that is a feed."""
    memory = replace(_moved(state, moved_to), asked=asked)
    if not parsed.entries:  # an empty or broken feed must not be what we later call "unchanged"
        return replace(memory, validators=Validators())
    marks = _marks(parsed.entries)
    new = [e for e, its in zip(parsed.entries, marks, strict=True) if memory.marks.isdisjoint(its)]
    renewed_in = (now - state.last_ok) * (len(marks) / len(new)) if new and memory.marks and state.last_ok else None
    if memory.marks and len(new) == len(marks):
        goes_on = is_within(OVERFLOW_SHOWN, memory.overflow_last, now)
        memory = replace(memory, overflow_first=memory.overflow_first if goes_on else now, overflow_last=now)
    return replace(
        memory,
        validators=Validators() if parsed.problem else validators,
        read_whole=now,
        marks=frozenset().union(*marks),
        last_new=now if new else memory.last_new,
        renewed_in=renewed_in,
        undated=None if any(e.published for e in parsed.entries) else memory.undated or now,
    )


def record_not_modified(state: FeedRecord, validators: Validators, *, moved_to: str = "") -> FeedState:
    return replace(_moved(state, moved_to), validators=validators, renewed_in=None)


def record_failure(state: FeedRecord, status: FeedStatus) -> FeedState:
    """An address that a feed moved to is given up when it fails, and the one in feeds.yaml asked again."""
    if state.moved_to and status is not FeedStatus.THROTTLED:
        return replace(state.memory, moved_to="", moved_seen=0)
    return state.memory


def _moved(state: FeedRecord, moved_to: str) -> FeedState:
    """A feed has moved for good when a permanent redirect led to the same feed on some visits in a row."""
    memory = state.memory
    if state.moved_to:  # it was asked there, and answered
        return memory
    seen = memory.moved_seen if moved_to == memory.moved_to else 0
    return replace(memory, moved_to=moved_to, moved_seen=seen + 1 if moved_to else 0)


def _marks(entries: Sequence[FeedEntry]) -> list[frozenset[int]]:
    """What each entry is known again by: guid and URL, for some feeds change the one or the other at every visit.

    A URL that several have, often the front page, marks none of them.
    """
    urls = Counter(entry.url for entry in entries)
    names = ((entry.identity, entry.url if urls[entry.url] == 1 else "") for entry in entries)
    return [frozenset(map(_hash, filter(None, each))) for each in names]


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)
