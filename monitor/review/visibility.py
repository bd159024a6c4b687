"""Pure. What may be told of sensitive names: nothing, unless the reader is known to be allowed to know them.

Closed by default: a value for everybody is built field by field, so a field that is added later is empty in it until it
is named here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import (
    Change,
    Confidence,
    Decision,
    DigestInput,
    Finding,
    ItemArticle,
    ItemHit,
    OpenFacts,
    ReviewItem,
    State,
    Window,
)
from monitor.review.decisions import _state_after, effective, fold


def without_sensitive(happened: DigestInput) -> DigestInput:
    """Return what happened as if no sensitive entity stood on the list.

    A headline, a link or a sentence chosen for another name may hold the name by itself.
    """
    facts = happened.open_facts
    hidden = facts.sensitive
    redacted = [(item, redacted_for(item, hidden)) for item in happened.items]
    return DigestInput(
        window=happened.window,
        items=tuple(item for _, item in redacted if item),
        waiting=facts.waiting,
        oldest_waiting=facts.oldest_waiting,
        never_reviewed=facts.never_reviewed,
        feeds=happened.feeds,
        feeds_read=happened.feeds_read,
        last_read=happened.last_read,
        began=happened.began,
        silent=happened.silent,
        articles=happened.articles,
        articles_from_feed=happened.articles_from_feed,
        counted=_counted(facts, redacted, happened.window),
        watchlist_changes=tuple(filter(None, (change.without(hidden) for change in happened.watchlist_changes))),
        first_mail=happened.first_mail,
        troubles=happened.troubles,  # kinds and times: what a file says is not in them
    )


def _counted(
    facts: OpenFacts, redacted: Sequence[tuple[ReviewItem, ReviewItem | None]], window: Window
) -> Mapping[str, int]:
    """Count the new articles in which a name stands alone, those in which a hidden name stands beside it too."""
    counted = Counter(facts.counted)
    for item, left in redacted:
        kept = {article.id for article in left.articles} if left else set()
        gone = {a.id for a in item.articles if a.id not in kept and a.first_seen in window}
        for hit in item.hits:
            if hit.with_others and hit.entity not in facts.sensitive:
                strong = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
                counted[hit.name] += len(strong & gone)
    return {name: count for name, count in sorted(counted.items()) if count}


def redacted_for(item: ReviewItem, unseen: Collection[str]) -> ReviewItem | None:
    """The item as it is to somebody who may not know of some entities; None when it is about nobody else.

    Articles that no other name would have brought here go: those that name only these, or another that is news beside
    these alone. So does what was said of them, or came back for them, and which item they were in. An item that waits
    only for them is decided to whoever has decided the rest.
    """
    if not unseen:
        return item if item.hits else None
    secret = [h.name for h in item.hits if h.entity in unseen]
    others = [h for h in item.hits if h.entity not in unseen]
    shown = {m.article for h in others for m in h.mentions if _is_news(h, m.article, secret)}
    gone = {m.article for h in item.hits if h.entity in unseen for m in h.mentions} - shown
    hits = tuple(filter(None, (_hit_without(h, secret, gone) for h in others)))
    if not hits:
        return None
    words = {m.mention.text for h in hits for m in h.mentions}
    articles = tuple(
        replace(
            a,
            copy_of=None if a.copy_of in gone else a.copy_of,
            why="" if secret and "watched" in a.why else a.why,  # it says of how many names
            findings=tuple(f for f in a.findings if _is_open(f, unseen, words)),
        )
        for a in item.articles
        if a.id not in gone
    )
    here = {a.id for a in articles}
    moved = tuple(
        replace(r, articles=tuple(a for a in r.articles if a in here))
        for r in item.regroupings
        if here.intersection(r.articles)
    )
    told = [
        replace(d, judged=tuple(e for e in d.judged if e not in unseen)) for d in item.history if d.entity not in unseen
    ]
    if gone or moved != item.regroupings:
        held = {a.id: _held(a, item) for a in articles}
        told = [d for d in told if d.judged or d.undoes is not None or any(_is_of(d, held[a]) for a in held)]
    kept = {d.id for d in told}
    history = [d for d in told if d.undoes is None or d.undoes in kept]
    first = min((a.first_seen for a in articles), default=item.first_seen) if gone else item.first_seen
    seen = fold(replace(item, hits=hits, articles=articles, regroupings=moved, first_seen=first), history)
    if not secret:
        return seen
    seen = _without_secret_causes(item, seen, gone)
    standing = effective(history)
    if seen.state in {State.OPEN, State.FOLLOW_UP} and standing and _state_after(seen, standing[-1]) is State.DECIDED:
        since = seen.reopened_at
        return seen if since and standing[-1].at < since else replace(seen, state=State.DECIDED)
    return seen


def _alerts_beside(why: str, secret: Collection[str]) -> bool:
    """Whether a name alerts beside a secret one, and so nobody else: `match.decide` names others first."""
    return why in {f"named beside {name}" for name in secret}


def _is_news(hit: ItemHit, article: int, secret: Collection[str]) -> bool:
    """Whether a name brings an article into the queue: it is possible, or alerts, and not beside a secret alone."""
    if all(m.mention.confidence is Confidence.POSSIBLE for m in hit.mentions if m.article == article):
        return True
    why = hit.why_in(article)
    return why is not None and not _alerts_beside(why, secret)


def _hit_without(hit: ItemHit, secret: Collection[str], gone: Collection[int]) -> ItemHit | None:
    """Return a hit without the articles that are gone, and without reasons that hold a secret name."""
    if not secret:
        return hit
    mentions = tuple(m for m in hit.mentions if m.article not in gone)
    if hit.mentions and not mentions:
        return None
    alerting = {a: why for a, why in hit.alerting.items() if a not in gone and not _alerts_beside(why, secret)}
    why = hit.why
    if any(name in why for name in secret):  # "named beside …"
        why = next((other for other in alerting.values() if not any(name in other for name in secret)), "")
    sure = any(m.mention.confidence is Confidence.STRONG for m in mentions)
    confidence = hit.confidence if len(mentions) == len(hit.mentions) or sure else Confidence.POSSIBLE
    alerts = bool(alerting) if hit.alerting else hit.alerts
    return replace(hit, mentions=mentions, confidence=confidence, alerts=alerts, alerting=alerting, why=why)


def _held(article: ItemArticle, item: ReviewItem) -> Sequence[tuple[datetime, int]]:
    """Since when an article was in which item, from its filing on."""
    moves = [r for r in item.regroupings if article.id in r.articles]
    first = moves[0].other if moves else item.id
    return [(article.filed, first), *((r.at, r.item) for r in moves)]


def _is_of(decision: Decision, held: Sequence[tuple[datetime, int]]) -> bool:
    """Whether an item held an article when it was decided on: what was said before may be about another."""
    before = [number for since, number in held if since <= decision.at]
    return bool(before) and before[-1] == decision.item


def _is_open(finding: Finding, unseen: Collection[str], words: Collection[str]) -> bool:
    """Whether a change may be told of: it is of the article, or of a name that is no secret."""
    if finding.entity:
        return finding.entity not in unseen
    said = finding.before + finding.after
    return finding.kind in {Change.GONE, Change.HEADLINE} or any(word in said for word in words)


def _without_secret_causes(item: ReviewItem, seen: ReviewItem, gone: Collection[int]) -> ReviewItem:
    """Why an item came back may quote a name: it is told where nothing of it is hidden."""
    at = item.reopened_at
    causes, told = (
        [f for a in some.articles for f in a.findings if at is not None and f.found == at] for some in (item, seen)
    )
    if (causes and not told) or at in {when for a in item.articles if a.id in gone for when in (a.filed, a.changed)}:
        return replace(seen, reopened="", reopened_at=None)
    if len(told) < len(causes) or at in {a.changed for a in item.articles}:
        return replace(seen, reopened="")
    return seen
