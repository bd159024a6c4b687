"""Pure. What programs read, as docs/contracts.md has it: times in UTC, words for enums, fields in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from monitor.feeds.health import Health
from monitor.model import Decision, Document, Field, Finding, ItemHit, Mention, Regrouping, ReviewItem, Run

Row = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def row(value: object, names: str) -> Row:
    """
    >>> row(Finding("headline", "Court", "Prison", found=datetime(2026, 3, 2, 8, tzinfo=UTC)), "kind after found")
    {'kind': 'headline', 'after': 'Prison', 'found': '2026-03-02T08:00:00Z'}
    """
    return {name: plain(getattr(value, name)) for name in names.split()}


def plain(value: Any) -> Any:
    match value:
        case datetime():
            return instant(value)
        case Enum():
            return value.value
        case Mapping():
            return {key: plain(inner) for key, inner in value.items()}
        case tuple() | list():
            return [plain(inner) for inner in value]
        case _ if is_dataclass(value):
            return row(value, " ".join(field.name for field in fields(value)))
    return value


def mention_row(mention: Mention) -> Row:
    ends = row(mention.span, "start end")
    return row(mention, "entity alias") | ends | row(mention, "text field confidence score why")


def finding_row(finding: Finding) -> Row:
    about = {"kind": finding.kind.value, "entity": finding.entity or None}
    return about | row(finding, "article version before after found")


def item_row(item: ReviewItem) -> Row:
    return {
        **row(item, "id version state"),
        **row(item.lead, "headline outlet url language published"),
        **row(item, "first_seen copies outlets confidence verdict until reopened story"),
        "asked": row(item.question, "by at entity note") if item.question else None,
        "hits": [_hit_row(hit) for hit in item.hits],
        "articles": [
            row(a, "id headline outlet language url published first_seen text_from copy_of why versions")
            | {"findings": [finding_row(finding) for finding in a.findings]}
            for a in item.articles
        ],
        "history": [_decision_row(decision) for decision in item.history],
        "regroupings": [_regrouping_row(regrouping) for regrouping in item.regroupings],
    }


def _hit_row(hit: ItemHit) -> Row:
    mentions = [mention_row(m.mention) | row(m, "article sentence") for m in hit.mentions]
    return (
        row(hit, "entity name type confidence alerts verdict why removed")
        | {"mentions": mentions}
        | row(hit, "other_places")
    )


def _decision_row(decision: Decision) -> Row:
    told = row(decision, "id at by verdict entity reason note until undoes version")
    return told | ({} if decision.verdict else {"verdict": "undo"})


def _regrouping_row(regrouping: Regrouping) -> Row:
    return {
        **row(regrouping, "id at by"),
        "kind": regrouping.kind.value if regrouping.undoes is None else "undo",
        "into": regrouping.item,
        "out_of": regrouping.other,
        **row(regrouping, "articles undoes"),
    }


def document_row(document: Document, mentions: Sequence[Mention]) -> Row:
    """One line of `match`: in the order of the text, the title's first."""
    ordered = sorted(mentions, key=lambda m: (m.field is not Field.TITLE, m.span.start, m.span.end))
    others = {m.entity: m.other_places for m in mentions if m.other_places}
    rows = {"id": document.id, "mentions": [mention_row(m) for m in ordered]}
    return rows | {"other_places": others} if others else rows


def run_row(run: Run) -> Row:
    return {
        **row(run, "started ended"),
        "feeds": row(run, "due fetched unchanged failed"),
        **row(run, "entries articles revisits"),
        "outcomes": {outcome.value: count for outcome, count in sorted(run.outcomes.items())},
        **row(run, "problems"),
    }


def feed_row(health: Health) -> Row:
    """`status` is how the last visit ended, `state` how the feed is: `silent` and the like show over several visits."""
    state = health.state
    return {
        **row(state.feed, "id url outlet language country paused"),
        "status": state.status.value,
        "since": instant(state.status_since),
        **row(state, "detail failures last_visit last_ok next_due"),
        "state": health.status.value,
        "state_since": instant(health.since),
        "says": health.says,
        "todo": " ".join(health.todo),
        "last_new": instant(state.memory.last_new),
        "moved_to": state.moved_to or None,
    }
