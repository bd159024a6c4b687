"""Items of invented hits, and decisions on them."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Confidence, EntityType, ItemHit, ReviewItem, State, Verdict

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hit(entity: str, confidence: Confidence = Confidence.STRONG, *, alerts: bool = True) -> ItemHit:
    return ItemHit(entity, entity.title(), EntityType.PERSON, confidence, alerts, ())


def item(*hits: ItemHit) -> ReviewItem:
    return ReviewItem(id=7, version=1, state=State.OPEN, story=7, first_seen=T0, hits=hits)


def verdicts(about: ReviewItem) -> dict[str, Verdict | None]:
    return {h.entity: h.verdict for h in about.hits}


MELIS, KOS, MAYBE = hit("melis"), hit("kos"), hit("maybe", Confidence.POSSIBLE, alerts=False)
