"""One visit to a feed: fetch it, parse it, and collect everything to store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract.outlet_profile import zone_of_country
from monitor.feeds.schedule import freshness_lifetime, next_visit, stable_jitter
from monitor.ingest.policy import LinePolicy
from monitor.ingest.state import choose_request, record_failure, record_full, record_not_modified
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
    Validators,
    Visit,
)
from monitor.parse import parse_feed
from monitor.ports import Purpose, Response

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
