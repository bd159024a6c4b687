"""Pure. The state of a feed between visits: validators, known entries, redirects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.feeds.health import OVERFLOW_SHOWN, is_within
from monitor.model import FeedEntry, FeedRecord, FeedState, FeedStatus, ParsedFeed, Validators

# "some servers just always respond 304" (NetNewsWire)
FULL_FETCH_INTERVAL = timedelta(days=8)


def choose_request(state: FeedRecord, now: datetime) -> tuple[str, Validators]:
    """Return the address and the validators of a feed's next request.

    At times no validators are sent, because some servers answer 304 for ever.
    """
    is_recent = is_within(FULL_FETCH_INTERVAL, state.memory.read_whole, now)
    return state.address, state.memory.validators if is_recent else Validators()


def record_full(
    state: FeedRecord,
    now: datetime,
    parsed: ParsedFeed,
    validators: Validators,
    *,
    requested_wait: timedelta | None = None,
    moved_to: str = "",
) -> FeedState:
    """Return the state after a response that is a feed."""
    memory = replace(_with_redirect(state, moved_to), asked=requested_wait)
    # Without validators: an empty or broken feed must not be confirmed by a later 304.
    if not parsed.entries:
        return replace(memory, validators=Validators())
    marks = _entry_marks(parsed.entries)
    new = [e for e, entry_marks in zip(parsed.entries, marks, strict=True) if memory.marks.isdisjoint(entry_marks)]
    renewed_in = (now - state.last_ok) * (len(marks) / len(new)) if new and memory.marks and state.last_ok else None
    # No entry of the previous visit is left: entries in between may be lost.
    if memory.marks and len(new) == len(marks):
        is_continuing = is_within(OVERFLOW_SHOWN, memory.overflow_last, now)
        memory = replace(memory, overflow_first=memory.overflow_first if is_continuing else now, overflow_last=now)
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
    """Return the state after a 304."""
    return replace(_with_redirect(state, moved_to), validators=validators, renewed_in=None)


def record_failure(state: FeedRecord, status: FeedStatus) -> FeedState:
    """Return the state after a failure: a new address that fails is dropped in favour of the one in feeds.yaml."""
    if state.moved_to and status is not FeedStatus.THROTTLED:
        return replace(state.memory, moved_to="", moved_seen=0)
    return state.memory


def _with_redirect(state: FeedRecord, moved_to: str) -> FeedState:
    """Return the state with a permanent redirect counted: three in a row to the same feed make a move."""
    memory = state.memory
    if state.moved_to:  # the request went to the new address already
        return memory
    visits_in_row = memory.moved_seen if moved_to == memory.moved_to else 0
    return replace(memory, moved_to=moved_to, moved_seen=visits_in_row + 1 if moved_to else 0)


def _entry_marks(entries: Sequence[FeedEntry]) -> list[frozenset[int]]:
    """Return the hashes that identify each entry: of its guid and of its URL.

    Some feeds change one of the two at every visit. A URL that several entries have, often the front page, identifies
    none.
    """
    urls = Counter(entry.url for entry in entries)
    identities = ((entry.identity, entry.url if urls[entry.url] == 1 else "") for entry in entries)
    return [frozenset(map(_hash, filter(None, keys))) for keys in identities]


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)
