"""A feed: fetched, read, and what is to be stored of the visit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract.outlet_profile import for_article
from monitor.feeds.schedule import asked_interval, next_visit, spread
from monitor.feeds.state import choose_request, record_failure, record_full, record_not_modified
from monitor.model import (
    DatePrecision,
    FeedEntry,
    FeedRecord,
    FeedState,
    FeedStatus,
    Message,
    NewEntry,
    Outcome,
    OutletProfile,
    ParsedFeed,
    Validators,
    Visit,
)
from monitor.parse import parse_feed
from monitor.pipeline.context import Line, LinePolicy
from monitor.ports import Purpose, Response

# The other reasons are called as the status is.
STATUS_OF = {
    FetchReason.TIMEOUT: FeedStatus.UNREACHABLE,
    FetchReason.SERVER: FeedStatus.UNREACHABLE,
    FetchReason.REDIRECTS: FeedStatus.UNREACHABLE,
    FetchReason.BAD_RESPONSE: FeedStatus.UNPARSABLE,
    FetchReason.ROBOTS: FeedStatus.REFUSED,  # never asked for feeds
}


async def visit(state: FeedRecord, *, line: Line, now: datetime) -> Visit:
    """Fetch a feed and read what it brings; to be stored whole by `Feeds.save_visit`."""
    poll = Poll(state, line.policy, now)
    url, validators = choose_request(state, now)
    try:
        response = await line.fetcher.get(url, Purpose.FEED, validators, state.feed.proxy)
    except FetchError as error:
        status = STATUS_OF.get(error.reason) or FeedStatus(error.reason.value)
        seen = poll.troubled(status, error.detail, error.retry_after)
        reached = error.reason not in {FetchReason.UNREACHABLE, FetchReason.TIMEOUT}
        return replace(seen, reached=reached, asked=error.asked)
    if response.unchanged:
        return poll.unchanged(response)
    try:
        parsed = await line.workshop.run(
            parse_feed, response.body, response.url, response.content_type, line.policy.entries_a_visit
        )
    except StageFailed as error:
        return poll.troubled(FeedStatus.UNPARSABLE, str(error))
    if parsed.html and response.challenged:
        return poll.troubled(FeedStatus.REFUSED, Message("the server wants to see a browser first"))
    if parsed.html:
        return poll.troubled(FeedStatus.HTML, parsed.problem)
    if parsed.problem and not parsed.entries:
        return poll.troubled(FeedStatus.UNPARSABLE, parsed.problem)
    return poll.brought(response, parsed)


@dataclass(frozen=True, slots=True)
class Poll:
    """One call at a feed: every method ends it with a Visit."""

    state: FeedRecord
    policy: LinePolicy
    now: datetime

    def brought(self, response: Response, parsed: ParsedFeed) -> Visit:
        state, now = self.state, self.now
        asked = max(filter(None, (asked_interval(response.headers, now), parsed.ttl)), default=None)
        memory = record_full(state, now, parsed, _validators(response), asked=asked, moved_to=response.moved_to)
        status = FeedStatus.OK if parsed.entries else FeedStatus.EMPTY
        first = state.visits == 0
        zone = for_article(OutletProfile(), "", state.feed.country).zone
        entries = (_in_zone(each, zone) for each in parsed.entries)
        return replace(
            self._ended(status, memory, asked),
            detail=parsed.problem or parsed.notice,
            entries=tuple(_at_first_contact(e, now, self.policy) if first else NewEntry(e) for e in entries),
            title=parsed.title,
        )

    def unchanged(self, response: Response) -> Visit:
        memory = record_not_modified(self.state, _validators(response), moved_to=response.moved_to)
        # What stands in no 304, as the feed's own <ttl>, stays as it was (RFC 9111, 4.3.4).
        asked = max(filter(None, (asked_interval(response.headers, self.now), memory.asked)), default=None)
        return self._ended(FeedStatus.UNCHANGED, memory, asked)

    def troubled(self, status: FeedStatus, detail: str, retry_after: timedelta | None = None) -> Visit:
        return replace(self._ended(status, record_failure(self.state, status), retry_after), detail=detail)

    def _ended(self, status: FeedStatus, memory: FeedState, asked: timedelta | None) -> Visit:
        due = next_visit(
            self.state,
            status,
            self.now,
            self.policy.schedule,
            asked=asked,
            quiet=self.now - memory.last_new if memory.last_new else None,
            renewed_in=memory.renewed_in,
            jitter=spread(self.state.feed.id),
        )
        return Visit(self.state, self.now, status, due, memory)


def _validators(response: Response) -> Validators:
    return replace(response.validators, of=response.url)


def _in_zone(item: FeedEntry, zone: str) -> FeedEntry:
    """A feed's clock that came without a zone, as the clocks of the feed's country go, where all go alike."""
    if item.published is None or item.precision is not DatePrecision.ZONE_ASSUMED or not zone:
        return item
    return replace(item, published=item.published.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def _at_first_contact(item: FeedEntry, now: datetime, policy: LinePolicy) -> NewEntry:
    """What stood in a feed before we read it: the last day's is news, the last week's is found in older articles."""
    at = item.published
    if at is not None and at < now - policy.old:
        return NewEntry(item, Outcome.OLD, older=True)
    return NewEntry(item, older=at is None or at < now - policy.fresh)
