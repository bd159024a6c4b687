"""Pure. The JSON of values that several callers share (docs/contracts.md).

Times are in UTC, enums are words, keys have a fixed order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from monitor.i18n.labels import placement_sentence
from monitor.model import (
    ACTS_THAT_END,
    Change,
    Decision,
    Document,
    Field,
    Finding,
    FleetState,
    Frame,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Regrouping,
    ReviewItem,
    Run,
    WatchlistVersion,
)

Row = dict[str, Any]


def utc_text(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with a `Z`, or None."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def row(value: object, names: str) -> Row:
    """Return the named attributes of a value as JSON values. The names are keys of the contract.

    >>> row(Finding("headline", "Court", "Prison", found=datetime(2026, 3, 2, 8, tzinfo=UTC)), "kind after found")
    {'kind': 'headline', 'after': 'Prison', 'found': '2026-03-02T08:00:00Z'}
    """
    return {name: plain(getattr(value, name)) for name in names.split()}


def fleet_row(state: FleetState) -> Row:
    """Return the state of the fleet; ages are in seconds."""

    def seconds(age: timedelta | None) -> int | None:
        return int(age.total_seconds()) if age is not None else None

    return {
        "engine": state.engine,
        "machines": [
            {"name": m.name, "jobs": m.jobs, "heartbeat": seconds(m.heartbeat), "running": seconds(m.running)}
            for m in state.machines
        ],
        "due": [
            {"queue": d.queue.value, "count": d.count, "slices": d.slices, "oldest": seconds(d.oldest)}
            for d in state.due
        ],
        "jobs": [{"queue": queue, "status": status, "count": count} for (queue, status), count in state.jobs.items()],
        "working": state.working,
        "stalled": state.stalled,
        "archive": {"done": state.archive_done, "total": state.archive_total},
    }


def plain(value: Any) -> Any:
    """Return a value as JSON types, recursively."""
    match value:
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
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
    credit: Row = {"credit": True} if mention.is_credit else {}
    credit |= {"incident": plain(mention.incident)} if mention.incident else {}
    credit |= {"custody": mention.custody.name.lower()} if mention.custody else {}
    reasons = {"why": plain(mention.reasons), "romanisation": plain(mention.romanisation)}
    return row(mention, "entity alias") | ends | row(mention, "text field confidence score") | reasons | credit


def finding_row(finding: Finding) -> Row:
    # Programs are told what was seen, too: that it is gone nobody can see.
    kind = "absent" if finding.kind is Change.GONE else finding.kind.value
    return {"kind": kind, "entity": finding.entity or None} | row(
        finding, "article version before after found last_present seen_at"
    )


def item_row(item: ReviewItem, lead: ItemArticle) -> Row:
    """Return a review item as JSON, with its articles and its history; `lead` is the article that stands for it."""
    return {
        **row(item, "id version state"),
        **row(lead, "headline outlet url language published"),
        **row(item, "first_seen copies outlets confidence verdict until reopened story"),
        "asked": row(item.question, "by at entity note") if item.question else None,
        "incidents": [str(m.mention.incident_in_words) for m in item.incidents],
        "incident_states": [_incident_state(m) for m in item.incidents],
        "hits": [_hit_row(hit) for hit in item.hits],
        "articles": [
            row(a, "id headline outlet language url published first_seen text_from copy_of")
            | {"why": str(placement_sentence(a.reason)), "rule": a.reason.rule.value}
            | {"own_sentences": [row(p, "field") | row(p.span, "start end") for p in a.own_sentences]}
            | row(a, "versions speaker")
            | {"findings": [finding_row(finding) for finding in a.findings]}
            | {"added": [row(addition, "by at note") for addition in a.additions]}
            for a in item.articles
        ],
        **row(item, "other_articles"),
        "related": [
            row(r, "id score")
            | row(r.lead, "headline outlet language")
            | {"published": plain(r.lead.published or r.lead.first_seen)}
            | row(r, "state verdict")
            | {"why": str(placement_sentence(r.reason)), "rule": r.reason.rule.value}
            for r in item.nearest
            if r.lead
        ],
        "history": [_decision_row(decision) for decision in item.history],
        "regroupings": [_regrouping_row(regrouping) for regrouping in item.regroupings],
    }


def _incident_state(mention: ItemMention) -> Row:
    """Return how far an incident went, as far as the story knows; `custody` is null for what no release ends."""
    custody = [custody for act, custody in mention.tellings if act in ACTS_THAT_END]
    return {"custody": max(custody).name.lower() if custody else None, "reworded": mention.is_reworded}


def _hit_row(hit: ItemHit) -> Row:
    mentions = [mention_row(m.mention) | row(m, "article sentence") for m in hit.mentions]
    return (
        row(hit, "entity name type confidence alerts verdict why removed")
        | {"mentions": mentions}
        | row(hit, "other_places")
    )


def _decision_row(decision: Decision) -> Row:
    # The contract shows an undo and a note as verdicts of their own.
    decision_row = row(decision, "id at by verdict entity reason note until undoes version colleague")
    return decision_row | ({} if decision.verdict else {"verdict": "note" if decision.is_note else "undo"})


def _regrouping_row(regrouping: Regrouping) -> Row:
    return {
        **row(regrouping, "id at by"),
        # Keys of the contract; `item` and `other` are the names of the columns.
        "kind": regrouping.kind.value if regrouping.undoes is None else "undo",
        "into": regrouping.item,
        "out_of": regrouping.other,
        **row(regrouping, "articles undoes"),
    }


def frame_row(frame: Frame) -> Row:
    """Return a frame as JSON; `start` and `end` are those of its sentence."""
    return {**row(frame.span, "start end"), **row(frame, "field act victim victim_kind by where modality why")}


def incidents_row(document: Document, frames: Sequence[Frame]) -> Row:
    """Return one line of `match --incidents`."""
    return {"id": document.id, "frames": [frame_row(frame) for frame in frames]}


def document_row(document: Document, mentions: Sequence[Mention]) -> Row:
    """Return one output line of `match`: mentions in the order of the text, those of the title first."""
    ordered = sorted(mentions, key=lambda m: (m.field is not Field.TITLE, m.span.start, m.span.end))
    other_places = {m.entity: m.other_places for m in mentions if m.other_places}
    result = {"id": document.id, "mentions": [mention_row(m) for m in ordered]}
    return result | {"other_places": other_places} if other_places else result


def run_row(run: Run) -> Row:
    return {
        **row(run, "started ended"),
        "feeds": row(run, "due fetched unchanged failed"),
        **row(run, "entries articles revisits common_surnames"),
        "outcomes": {outcome.value: count for outcome, count in sorted(run.outcomes.items())},
        **row(run, "problems"),
    }


def watchlist_version_row(version: WatchlistVersion) -> Row:
    """Return a save of the watchlist, with each entity before and after it."""
    edits = [{"before": plain(before), "after": plain(after)} for before, after in version.change.edits]
    return row(version, "version at source author reason undoes withdrawn") | {"edits": edits}
