"""One visit to a feed: fetch it, parse it, collect everything to store; and the state of a feed between visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from monitor.clock import is_within, stable_jitter
from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract.outlet_profile import zone_of_country
from monitor.feeds.health import OVERFLOW_SHOWN
from monitor.feeds.schedule import KEEPS_304, freshness_lifetime, learn, next_visit
from monitor.ingest.policy import LinePolicy
from monitor.ingest.tools import Line
from monitor.model import (
    DatePrecision,
    FeedEntry,
    FeedRecord,
    FeedState,
    FeedStatus,
    Message,
    NewEntry,
    Outcome,
    ParsedFeed,
    Rhythm,
    Validators,
    Visit,
)
from monitor.parse import parse_feed
from monitor.ports import Purpose, Response

# "some servers just always respond 304" (NetNewsWire)
FULL_FETCH_INTERVAL = KEEPS_304
HEADER_BYTES = 1_000  # of an answer, about: what a 304 takes
MEAN_OF_VISITS = 10
FAILURES_KEPT, ONE_TROUBLE, MAX_FAILURES = timedelta(days=30), timedelta(hours=3), 100
LONGEST_GUESS = timedelta(hours=6)  # between two visits, to say from them when an entry without a time came
_WITH_TIME = {DatePrecision.MOMENT, DatePrecision.ZONE_ASSUMED, DatePrecision.UPDATED}


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
    size: int = 0,
    requested_wait: timedelta | None = None,
    moved_to: str = "",
) -> FeedState:
    """Return the state after a response that is a feed, of `size` bytes."""
    memory = replace(_with_size(_with_redirect(state, moved_to), size), asked=requested_wait)
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
        rhythm=learn(_without_future(memory.rhythm, now), _appearances(new, state, now)),
        renewed_in=renewed_in,
        undated=None if any(e.published for e in parsed.entries) else memory.undated or now,
    )


def record_not_modified(state: FeedRecord, now: datetime, validators: Validators, *, moved_to: str = "") -> FeedState:
    """Return the state after a 304."""
    memory = _with_size(_with_redirect(state, moved_to), 0)
    return replace(memory, validators=validators, renewed_in=None, not_modified=now)


def record_failure(state: FeedRecord, status: FeedStatus, now: datetime) -> FeedState:
    """Return the state after a failure: a new address that fails is dropped in favour of the one in feeds.yaml."""
    memory = replace(state.memory, failures=_with_failure(state, now))
    if state.moved_to and status is not FeedStatus.THROTTLED:
        return replace(memory, moved_to="", moved_seen=0)
    return memory


def _with_failure(state: FeedRecord, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return the spans of failures with one more; those within three hours are one, old ones are dropped."""
    spans = [span for span in state.memory.failures if now - FAILURES_KEPT < span[1] <= now]
    if spans and (state.failures or now - spans[-1][1] < ONE_TROUBLE):
        return (*spans[:-1], (spans[-1][0], now))
    return (*spans[1 - MAX_FAILURES :], (now, now))


def _with_redirect(state: FeedRecord, moved_to: str) -> FeedState:
    """Return the state with a permanent redirect counted: three in a row to the same feed make a move."""
    memory = state.memory
    if state.moved_to:  # the request went to the new address already
        return memory
    # Not at once: a domain that was hijacked for a day would be ours for good.
    visits_in_row = memory.moved_seen if moved_to == memory.moved_to else 0
    return replace(memory, moved_to=moved_to, moved_seen=visits_in_row + 1 if moved_to else 0)


def _with_size(memory: FeedState, size: int) -> FeedState:
    """Return the state with one more answer counted in the mean size."""
    size += HEADER_BYTES
    before = memory.visit_bytes or size
    return replace(memory, visit_bytes=round(before + (size - before) / MEAN_OF_VISITS))


def _without_future(rhythm: Rhythm, now: datetime) -> Rhythm:
    """Return the rhythm, or an empty one if the clock ran ahead when it was learned: new entries would count as old."""
    return Rhythm() if rhythm.last and rhythm.last > now else rhythm


def _appearances(new: Sequence[FeedEntry], state: FeedRecord, now: datetime) -> list[datetime]:
    """Return when the new entries of a visit appeared, as far as that is known.

    At the first visit, and where it can be, that is when they were published. Entries without a usable time, together,
    count as one that came since the visit before: some feeds rename all their entries at each visit.
    """
    dated = [e.published for e in new if e.published and e.precision in _WITH_TIME and e.published <= now]
    if not state.memory.marks or not state.last_ok:
        return dated
    since = state.last_ok
    times = [at for at in dated if at > since]
    is_useful = bool(new) and now - since <= LONGEST_GUESS
    return times or ([since + (now - since) / 2] if is_useful else [])


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


# The other reasons have the same value as their status.
STATUS_OF = {
    FetchReason.TIMEOUT: FeedStatus.UNREACHABLE,
    FetchReason.SERVER: FeedStatus.UNREACHABLE,
    FetchReason.REDIRECTS: FeedStatus.UNREACHABLE,
    FetchReason.BAD_RESPONSE: FeedStatus.UNPARSABLE,
    FetchReason.ROBOTS: FeedStatus.REFUSED,  # not checked for feeds
}


async def visit(state: FeedRecord, *, line: Line, now: datetime) -> Visit:
    """Fetch and parse a feed; return the visit, to be stored whole by `Feeds.save_visit`."""
    poll = Poll(state, line.policy, now)
    url, validators = choose_request(state, now)
    try:
        response = await line.fetcher.get(url, Purpose.FEED, validators, state.feed.proxy, state.feed.url)
    except FetchError as error:
        status = STATUS_OF.get(error.reason) or FeedStatus(error.reason.value)
        failed_visit = poll.failure(status, error.detail, error.retry_after)
        # Any answer, even an error, shows that our own network works.
        reached = error.reason not in {FetchReason.UNREACHABLE, FetchReason.TIMEOUT}
        return replace(failed_visit, reached=reached, request_sent=error.request_sent, held_origin=error.held_origin)
    if response.is_not_modified:
        return poll.not_modified(response)
    try:
        parsed = await line.sandbox.run(
            parse_feed, response.body, response.url, response.content_type, line.policy.entries_a_visit
        )
    except StageFailed as error:
        return poll.failure(FeedStatus.UNPARSABLE, str(error))
    # Both conditions must hold: a feed that quotes a challenge page is still a feed.
    if parsed.html and response.challenged:
        return poll.failure(FeedStatus.REFUSED, Message("the server wants to see a browser first"))
    if parsed.html:
        return poll.failure(FeedStatus.HTML, parsed.problem)
    if parsed.problem and not parsed.entries:
        return poll.failure(FeedStatus.UNPARSABLE, parsed.problem)
    return poll.full(response, parsed)


@dataclass(frozen=True, slots=True)
class Poll:
    """One request to a feed. Each public method turns a kind of response into the Visit."""

    state: FeedRecord
    policy: LinePolicy
    now: datetime

    def full(self, response: Response, parsed: ParsedFeed) -> Visit:
        """Return the visit after a response with entries."""
        state, now = self.state, self.now
        requested_wait = max(filter(None, (freshness_lifetime(response.headers, now), parsed.ttl)), default=None)
        memory = record_full(
            state,
            now,
            parsed,
            _validators(response),
            size=len(response.body),
            requested_wait=requested_wait,
            moved_to=response.moved_to,
        )
        status = FeedStatus.OK if parsed.entries else FeedStatus.EMPTY
        # Else a new source would fill the queue with its whole archive as news.
        is_first_visit = state.visits == 0
        zone = zone_of_country(state.feed.country)
        entries = (_with_country_zone(entry, zone) for entry in parsed.entries)
        return replace(
            self._visit(status, memory, requested_wait),
            detail=parsed.problem or parsed.notice,
            entries=tuple(_first_visit_entry(e, now, self.policy) if is_first_visit else NewEntry(e) for e in entries),
            title=parsed.title,
        )

    def not_modified(self, response: Response) -> Visit:
        """Return the visit after a 304."""
        memory = record_not_modified(self.state, self.now, _validators(response), moved_to=response.moved_to)
        # What a 304 does not repeat, for instance the feed's <ttl>, stays in force (RFC 9111, 4.3.4).
        requested_wait = max(filter(None, (freshness_lifetime(response.headers, self.now), memory.asked)), default=None)
        return self._visit(FeedStatus.UNCHANGED, memory, requested_wait)

    def failure(self, status: FeedStatus, detail: str, retry_after: timedelta | None = None) -> Visit:
        """Return the visit after a failure."""
        return replace(self._visit(status, record_failure(self.state, status, self.now), retry_after), detail=detail)

    def _visit(self, status: FeedStatus, memory: FeedState, requested_wait: timedelta | None) -> Visit:
        due = next_visit(
            self.state,
            status,
            self.now,
            self.policy.schedule,
            memory=memory,
            requested_wait=requested_wait,
            jitter=stable_jitter(self.state.feed.id),
        )
        return Visit(self.state, self.now, status, due, memory)


def _validators(response: Response) -> Validators:
    return replace(response.validators, of=response.url)


def _with_country_zone(item: FeedEntry, zone: str) -> FeedEntry:
    """Return an entry dated without a time zone with the date read in the zone of the feed's country.

    The entry is unchanged if that country has several zones.
    """
    if item.published is None or item.precision is not DatePrecision.ZONE_ASSUMED or not zone:
        return item
    # The wall time stays as it was written; only its zone was a guess.
    return replace(item, published=item.published.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def _first_visit_entry(item: FeedEntry, now: datetime, policy: LinePolicy) -> NewEntry:
    """Return an entry of a feed's first visit: older than `policy.store_only_after`, it is only stored.

    Of the others, those older than `policy.older_after` are reported as found in older articles, not as news.
    """
    at = item.published
    if at is not None and at < now - policy.store_only_after:
        return NewEntry(item, Outcome.OLD, older=True)
    return NewEntry(item, older=at is None or at < now - policy.older_after)
