"""Pure. A digest for programs: values as they are stored, English, times in UTC, entities and items by their ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from monitor.digest.make import Digest, Told
from monitor.digest.page import subject
from monitor.model import FeedState, Finding, ItemHit

Row = dict[str, Any]


def as_json(digest: Digest) -> Row:
    """The whole digest, unshortened, in values that `json` writes; keys stay.

    `counts.stories` is the sum of the sections; `alarm` is empty unless silence must not be read as quiet.
    """
    happened, sources = digest.happened, digest.sources
    sections = {
        "new": [_story(told) for told in digest.new],
        "follow_up": [_story(told) for told in digest.follow_up],
        "changed": [_story(told) for told in digest.changed],
        "older": [_story(told) for told in digest.older],
        "possible": [_story(told) for told in digest.possible],
        "spreading": [_story(told) for told in digest.spreading],
    }
    lengths = {name: len(stories) for name, stories in sections.items()}
    return {
        "subject": subject(replace(digest, language="en")),
        "window": {
            "since": _instant(happened.window.since),
            "until": _instant(happened.window.until),
            "timezone": digest.timezone.key,
        },
        "alarm": digest.alarm.value,
        "counts": {
            "stories": sum(lengths.values()),
            **lengths,
            "articles": happened.articles,
            "articles_from_feed": happened.articles_from_feed,
        },
        "never_reviewed": happened.never_reviewed,
        "waiting": {"count": happened.waiting, "oldest": _instant(happened.oldest_waiting)},
        "sections": sections,
        "counted": dict(happened.counted),
        "sources": {
            "watched": sources.watched,
            "read": sources.read,
            "last_read": _instant(happened.last_read),
            "refused": [_feed(state) for state in sources.refused],
            "unreadable": [_feed(state) for state in sources.unreadable],
            "unread": [_feed(state) for state in sources.unread],
            "empty": [_feed(state) for state in sources.empty],
            "overflowing": [_feed(state) for state in sources.overflowing],
            "silent": [_feed(s.feed) | {"last": _instant(s.last), "gap_days": s.gap.days} for s in sources.silent],
            "paused": [_feed(state) for state in sources.paused],
        },
        "watchlist_changes": list(happened.watchlist_changes),
        "problems": list(happened.problems),
        "next_at": _instant(digest.next_at),
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _story(told: Told) -> Row:
    item, shown = told.item, told.shown
    return {
        "item": item.id,
        "version": item.version,
        "state": item.state.value,
        "confidence": item.confidence.value,
        "verdict": item.verdict.value if item.verdict else None,
        "headline": shown.headline,
        "outlet": shown.outlet,
        "language": shown.language,
        "url": shown.url,
        "published": _instant(shown.published),
        "first_seen": _instant(shown.first_seen),
        "articles": len(told.arrived),
        "copies": told.copies,
        "outlets": list(dict.fromkeys(a.outlet for a in told.arrived)),
        "findings": [finding_row(finding) for finding in told.findings],
        "hits": [_hit(hit) for hit in item.hits],
    }


def finding_row(finding: Finding) -> Row:
    return {
        "kind": finding.kind.value,
        "entity": finding.entity or None,
        "article": finding.article,
        "version": finding.version,
        "before": finding.before,
        "after": finding.after,
        "found": _instant(finding.found),
    }


def _hit(hit: ItemHit) -> Row:
    return {
        "entity": hit.entity,
        "name": hit.name,
        "type": hit.type.value,
        "confidence": hit.confidence.value,
        "alerts": hit.alerts,
        "verdict": hit.verdict.value if hit.verdict else None,
        "mentions": [
            {
                "article": found.article,
                "field": found.mention.field.value,
                "text": found.mention.text,
                "sentence": found.sentence,
                "confidence": found.mention.confidence.value,
                "why": list(found.mention.why),
            }
            for found in hit.mentions
        ],
    }


def _feed(state: FeedState) -> Row:
    return {
        "feed": state.feed.id,
        "outlet": state.feed.outlet,
        "status": state.status.value,
        "since": _instant(state.status_since),
        "tries": state.failures,
        "detail": state.detail,
    }
