"""Pure. What programs read: the JSON of docs/contracts.md, made from the values of the line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.digest.data import finding_row
from monitor.feedback import Precision, precisions
from monitor.health import Health
from monitor.match import Sample, Warning_
from monitor.model import (
    Context,
    Decision,
    Document,
    Entity,
    Field,
    Find,
    ItemHit,
    Judged,
    Mention,
    Regrouping,
    ReviewItem,
    Run,
    WatchlistChange,
)

Row = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def mention_row(mention: Mention) -> Row:
    return {
        "entity": mention.entity,
        "alias": mention.alias,
        "start": mention.span.start,
        "end": mention.span.end,
        "text": mention.text,
        "field": mention.field.value,
        "confidence": mention.confidence.value,
        "score": mention.score,
        "why": list(mention.why),
    }


def document_row(document: Document, mentions: Sequence[Mention]) -> Row:
    """One line of `match`: in the order of the text, the title's first."""
    ordered = sorted(mentions, key=lambda m: (m.field is not Field.TITLE, m.span.start, m.span.end))
    return {"id": document.id, "mentions": [mention_row(m) for m in ordered]}


def item_row(item: ReviewItem) -> Row:
    lead = item.lead
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state.value,
        "headline": lead.headline,
        "outlet": lead.outlet,
        "url": lead.url,
        "language": lead.language,
        "published": instant(lead.published),
        "first_seen": instant(item.first_seen),
        "copies": item.copies,
        "outlets": list(item.outlets),
        "confidence": item.confidence.value,
        "verdict": item.verdict.value if item.verdict else None,
        "until": instant(item.until),
        "reopened": item.reopened,
        "story": item.story,
        "hits": [_hit_row(hit) for hit in item.hits],
        "articles": [
            {
                "id": a.id,
                "headline": a.headline,
                "outlet": a.outlet,
                "language": a.language,
                "url": a.url,
                "published": instant(a.published),
                "first_seen": instant(a.first_seen),
                "text_from": a.text_from.value,
                "copy_of": a.copy_of,
                "why": a.why,
                "versions": [instant(at) for at in a.versions],
                "findings": [finding_row(finding) for finding in a.findings],
            }
            for a in item.articles
        ],
        "history": [_decision_row(d) for d in item.history],
        "regroupings": [_regrouping_row(r) for r in item.regroupings],
    }


def _hit_row(hit: ItemHit) -> Row:
    return {
        "entity": hit.entity,
        "name": hit.name,
        "type": hit.type.value,
        "confidence": hit.confidence.value,
        "alerts": hit.alerts,
        "verdict": hit.verdict.value if hit.verdict else None,
        "why": hit.why,
        "removed": hit.removed,
        "mentions": [mention_row(m.mention) | {"article": m.article, "sentence": m.sentence} for m in hit.mentions],
    }


def _decision_row(decision: Decision) -> Row:
    return {
        "id": decision.id,
        "at": instant(decision.at),
        "by": decision.by,
        "verdict": decision.verdict.value if decision.verdict else "undo",
        "entity": decision.entity,
        "reason": decision.reason.value if decision.reason else None,
        "note": decision.note,
        "until": instant(decision.until),
        "undoes": decision.undoes,
        "version": decision.version,
    }


def _regrouping_row(regrouping: Regrouping) -> Row:
    return {
        "id": regrouping.id,
        "at": instant(regrouping.at),
        "by": regrouping.by,
        "kind": regrouping.kind.value if regrouping.undoes is None else "undo",
        "into": regrouping.item,
        "out_of": regrouping.other,
        "articles": list(regrouping.articles),
        "undoes": regrouping.undoes,
    }


def run_row(run: Run) -> Row:
    return {
        "started": instant(run.started),
        "ended": instant(run.ended),
        "feeds": {"due": run.due, "fetched": run.fetched, "unchanged": run.unchanged, "failed": run.failed},
        "entries": run.entries,
        "articles": run.articles,
        "revisits": run.revisits,
        "outcomes": {outcome.value: count for outcome, count in sorted(run.outcomes.items())},
        "problems": list(run.problems),
    }


def find_row(find: Find) -> Row:
    """One line of `rescan`."""
    article = find.article
    return {
        "article": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "url": article.url,
        "first_seen": instant(article.first_seen),
        "gained": [
            {
                "entity": hit.entity,
                "confidence": hit.confidence.value,
                "mentions": [mention_row(m) for m in hit.mentions],
            }
            for hit in find.gained
        ],
        "lost": list(find.lost),
    }


def entity_row(entity: Entity) -> Row:
    context: Context = entity.context
    return {
        "id": entity.id,
        "name": entity.name,
        "type": entity.type.value,
        "aliases": list(entity.aliases),
        "note": entity.note,
        "sensitive": entity.sensitive,
        "alert": entity.alert.value,
        "context": {
            "support": list(context.support),
            "require": list(context.require),
            "exclude": list(context.exclude),
        },
    }


def precision_row(judged: Collection[Judged]) -> Row:
    """How often an entity was right, in all, by form and by outlet; each with the bounds of its true share."""
    by = {name: precisions(judged, name) for name in ("entity", "form", "outlet")}

    def row(precision: Precision) -> Row:
        low, high = precision.bounds
        return {"right": precision.right, "wrong": precision.wrong, "low": round(low, 3), "high": round(high, 3)}

    return {
        "all": next((row(precision) for precision in by["entity"].values()), None),
        "forms": {key: row(precision) for key, precision in by["form"].items()},
        "outlets": {key: row(precision) for key, precision in by["outlet"].items()},
    }


def check_row(
    name: str, entities: Sequence[Entity], warnings: Sequence[Warning_], tried: Mapping[str, Sequence[Sample]]
) -> Row:
    """What `watchlist check` says, as contracts.md has it."""
    return {
        "file": name,
        "entities": len(entities),
        "warnings": [{"entity": w.entity, "kind": w.kind.value, "what": w.what, "todo": w.todo} for w in warnings],
        "samples": [
            {
                "entity": entity,
                "forms": [
                    {"text": s.text, "what": s.what, "confidence": s.confidence.value if s.confidence else None}
                    for s in forms
                ],
            }
            for entity, forms in tried.items()
        ],
    }


def change_row(change: WatchlistChange) -> Row:
    return {
        "added": [entity_row(e) for e in change.added],
        "changed": [{"from": entity_row(old), "to": entity_row(new)} for old, new in change.changed],
        "removed": [entity_row(e) for e in change.removed],
    }


def feed_row(health: Health) -> Row:
    """`status` is how the last visit ended, `state` how the feed is: `silent` and the like show over several visits."""
    state, feed = health.state, health.state.feed
    return {
        "id": feed.id,
        "url": feed.url,
        "outlet": feed.outlet,
        "language": feed.language,
        "country": feed.country,
        "paused": feed.paused,
        "status": state.status.value,
        "since": instant(state.status_since),
        "detail": state.detail,
        "failures": state.failures,
        "last_visit": instant(state.last_visit),
        "last_ok": instant(state.last_ok),
        "next_due": instant(state.next_due),
        "state": health.status.value,
        "state_since": instant(health.since),
        "says": health.says,
        "todo": health.todo,
        "last_new": instant(state.memory.last_new),
        "moved_to": state.moved_to or None,
    }
