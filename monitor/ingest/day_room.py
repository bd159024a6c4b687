"""The room that each feed has left today: no outlet may fill the disk, nor push other outlets out of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from monitor.clock import Clock
from monitor.errors import StageFailed
from monitor.ingest.matching import Matched
from monitor.model import Confidence, DayBounds, FeedRecord, Hit, MatchedArticle, Mention, RecheckResult, Result, Span
from monitor.model.items.item_hit import MOST_BETWEEN
from monitor.model.press import Custody
from monitor.store.line.new_entries import SqlFeedDays, mention_count


class DayRoom:
    """What feeds may still bring today, counted on the feed that listed an address, whatever host serves it.

    The database counts what is stored, by all machines; what this run has and has not stored yet is added here. Links
    that people add by hand have no bound.
    """

    def __init__(self, days: SqlFeedDays, bounds: DayBounds, clock: Clock) -> None:
        self._days, self._bounds, self._clock = days, bounds, clock
        self._unstored_bytes: Counter[int] = Counter()  # by feed number
        self._unstored_mentions: Counter[int] = Counter()

    def take(self, feed: FeedRecord, size: int) -> bool:
        """Take room for a page of this size; return False if the feed has none left today."""
        if feed.by_hand:
            return True
        # One feed with fifty pages of 4.8 MB a visit stored 26 GB a day.
        if not self.has_room(feed.number, size):
            return False
        self._unstored_bytes[feed.number] += size
        return True

    def has_room(self, feed: int, size: int = 0) -> bool:
        """Return whether a feed, by its number, may bring a page of this size today.

        Mentions do not count here: an outlet that sees our requests stop would learn whom its pages name.
        """
        used = self._days.of(feed, self._clock()).bytes + self._unstored_bytes[feed]
        return used + max(size, 1) <= self._bounds.bytes

    def within_mentions(self, result: Result | RecheckResult, matched: Matched) -> Matched:
        """Return the matches of a result's texts; without room for all, each hit with few mentions."""
        feed = _bounded_feed(result)
        if feed is None or not _mentions_of(matched):
            return matched
        used = self._days.of(feed, self._clock()).mentions + self._unstored_mentions[feed]
        if used + _mentions_of(matched) > self._bounds.mentions:
            matched = [_shortened(match) for match in matched]
        self._unstored_mentions[feed] += _mentions_of(matched)
        return matched

    def mark_stored(self, result: Result | RecheckResult) -> None:
        """Release what a result took: the database counts it now, or nobody does."""
        if (feed := _bounded_feed(result)) is None:
            return
        mentions = mention_count(result.hits)
        if isinstance(result, Result):
            self._unstored_bytes[feed] -= result.fetched_bytes
            mentions += mention_count(result.words.hits) if result.words else 0
        self._unstored_mentions[feed] = max(self._unstored_mentions[feed] - mentions, 0)


def _bounded_feed(result: Result | RecheckResult) -> int | None:
    """Return the number of the feed that a result counts for, or None for a link that somebody added by hand."""
    if isinstance(result, RecheckResult):
        return result.recheck.feed
    return None if result.entry.feed.by_hand else result.entry.feed.number


def _mentions_of(matched: Matched) -> int:
    return sum(mention_count(match.hits) for match in matched if isinstance(match, MatchedArticle))


def _shortened(match: MatchedArticle | StageFailed) -> MatchedArticle | StageFailed:
    if isinstance(match, StageFailed):
        return match
    mentions = [mention for hit in match.hits for mention in hit.mentions]
    incidents = [mention for mention in mentions if mention.incident]
    return replace(match, hits=tuple(_with_few_mentions(hit, incidents) for hit in match.hits))


def _with_few_mentions(hit: Hit, incidents: Sequence[Mention]) -> Hit:
    """Return a hit with its best mention and those to whom something is done; the last counts the other places."""
    best = max(hit.mentions, key=_worth)
    *earlier, last = [
        mention
        for mention in hit.mentions
        if mention is best or any(_is_told_of(mention, incident) for incident in incidents)
    ]
    places = len(hit.mentions) - len(earlier) - 1 + hit.other_places
    return replace(hit, mentions=(*earlier, replace(last, other_places=places)))


def _worth(mention: Mention) -> tuple[bool, bool, float]:
    """Return the sort key of mentions: sure ones first, then those that tell that somebody is free again."""
    return mention.confidence is Confidence.STRONG, mention.custody is Custody.RELEASED, mention.score


def _is_told_of(mention: Mention, incident: Mention) -> bool:
    """Return True if a mention stands in an incident, or so shortly before it that the incident describes it."""
    place = Span(incident.span.start - MOST_BETWEEN, incident.span.end)
    return mention.field is incident.field and mention.span.overlaps(place)
