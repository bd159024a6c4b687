"""Pure. A digest for recipients who receive some of the names only.

Everything is closed by default: a new field of an item, a run or the digest's input is shown with its default value
until it is listed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from monitor.model import (
    Addition,
    Change,
    Confidence,
    Decision,
    DigestInput,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    OpenFacts,
    PlacementReason,
    Regrouping,
    RelatedItem,
    ReviewItem,
    Rule,
    State,
    Window,
)
from monitor.review.decisions import fold, last_effective, state_after
from monitor.review.regroup import article_timeline, was_about

# The fields of an item that reveal no hidden name, or from which this file removes it.
_SHOWN_FIELDS: Mapping[type, str] = {
    ReviewItem: "id version state story first_seen articles hits history verdict until reopened reopened_at "
    "regroupings related unanswered other_articles other_copies other_outlets "
    "has_old_filings",
    ItemArticle: "id outlet language headline url published first_seen filed text_from copy_of reason own_sentences "
    "changed older versions findings additions speaker",
    Addition: "by at note",
    ItemHit: "entity name type confidence alerts mentions verdict why removed with_others alerting",
    ItemMention: "mention article sentence",
    Mention: "entity alias span text field confidence score why other_places",
    Finding: "kind before after entity article version found",
    Decision: "item version at by verdict entity reason note until undoes judged batch colleague id",
    Regrouping: "kind item other articles at by undoes id",
    RelatedItem: "id score reason headline outlet language published state verdict",
}
_HAS_UNDECIDED_FIELDS = any({f.name for f in fields(kind)} != {*names.split()} for kind, names in _SHOWN_FIELDS.items())


@dataclass(frozen=True, slots=True)
class Viewer:
    """A reader, with the numbers and ids of the entities that are hidden from them."""

    hidden_numbers: frozenset[int]
    hidden_ids: frozenset[str]

    @classmethod
    def without(cls, entities: Mapping[int, str]) -> Viewer:
        """Return the viewer who may not know of these entities: number -> id."""
        return cls(frozenset(entities), frozenset(entities.values()))

    def all_visible(self, items: Iterable[ReviewItem]) -> list[ReviewItem]:
        """Return the items that this viewer sees, as they see them."""
        return [visible for item in items if (visible := redacted_for(item, self.hidden_ids))]


def without_sensitive(digest_input: DigestInput) -> DigestInput:
    """Return the digest input as if the watchlist held no sensitive entity.

    A headline, a link or a sentence that was chosen for another name may still contain the sensitive one.
    """
    # These counts come from the database without sensitive entities; they cannot be computed from the items.
    facts = digest_input.open_facts
    hidden = facts.sensitive
    redacted = [(item, redacted_for(item, hidden)) for item in digest_input.items]
    return DigestInput(
        window=digest_input.window,
        items=tuple(item for _, item in redacted if item),
        waiting=facts.waiting,
        oldest_waiting=facts.oldest_waiting,
        never_reviewed=facts.never_reviewed,
        feeds=digest_input.feeds,
        feeds_read=digest_input.feeds_read,
        last_read=digest_input.last_read,
        began=digest_input.began,
        silent=digest_input.silent,
        articles=digest_input.articles,
        articles_from_feed=digest_input.articles_from_feed,
        counted=_visible_counts(facts, redacted, digest_input.window),
        watchlist_changes=tuple(filter(None, (change.without(hidden) for change in digest_input.watchlist_changes))),
        first_mail=digest_input.first_mail,
        alerted=tuple(name for name in digest_input.alerted if name.entity not in hidden),
        troubles=digest_input.troubles,  # kinds and times only: they quote no file
    )


def _visible_counts(
    facts: OpenFacts, redacted: Sequence[tuple[ReviewItem, ReviewItem | None]], window: Window
) -> Mapping[str, int]:
    """Return the number of new articles per name that names nobody else, or only hidden entities besides."""
    counted = Counter(facts.counted)
    for item, redacted_item in redacted:
        visible_articles = {article.id for article in redacted_item.articles} if redacted_item else set()
        removed_articles = {a.id for a in item.articles if a.id not in visible_articles and a.first_seen in window}
        for hit in item.hits:
            if hit.with_others and hit.entity not in facts.sensitive:
                strong = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
                counted[hit.name] += len(strong & removed_articles)
    return {name: count for name, count in sorted(counted.items()) if count}


def redacted_for(item: ReviewItem, hidden_entities: Collection[str]) -> ReviewItem | None:
    """Return the item as a user who may not know of some entities sees it; None if it is about no other entity.

    Removed are: articles that only hidden entities would have queued; decisions and changes about hidden entities; and
    the regroupings of removed articles. If all visible names are decided, the item is shown as decided although hidden
    ones wait. An article that such a user added is shown as published, as if it named no hidden entity.
    """
    if not hidden_entities:
        return item if item.hits or item.is_added else None
    item = _closed(item) if _HAS_UNDECIDED_FIELDS else item
    visible_hits = [h for h in item.hits if h.entity not in hidden_entities]
    # A name that a visible entity has, too, is no secret: it may be saved twice (docs/design/desk.md).
    visible_names = {h.name for h in visible_hits}
    has_hidden_hit = len(visible_hits) < len(item.hits)
    hidden_names = [h.name for h in item.hits if h.entity in hidden_entities and h.name not in visible_names]
    visible_articles = {
        m.article for h in visible_hits for m in h.mentions if _is_queued_for(h, m.article, hidden_names)
    } | {a.id for a in item.articles if a.additions}
    removed_articles = {
        m.article for h in item.hits if h.entity in hidden_entities for m in h.mentions
    } - visible_articles
    hits = tuple(filter(None, (_hit_without(h, hidden_names, removed_articles) for h in visible_hits)))
    articles = _redacted_articles(item, hits, hidden_entities, removed_articles)
    if not hits and not any(a.additions for a in articles):
        return None
    # A name that only hidden names bring into the queue counts as hidden, and so do the decisions on it.
    hidden_entities = {*hidden_entities, *(h.entity for h in item.hits)}.difference(h.entity for h in hits)
    article_ids = {a.id for a in articles}
    regroupings = tuple(
        replace(r, articles=tuple(a for a in r.articles if a in article_ids))
        for r in item.regroupings
        if r.by and article_ids.intersection(r.articles)  # without an author: moved out of an item that is hidden
    )
    history = _redacted_history(
        item, articles, hidden_entities, is_partial=bool(removed_articles) or regroupings != item.regroupings
    )
    first_seen = min((a.first_seen for a in articles), default=item.first_seen) if removed_articles else item.first_seen
    redacted = fold(
        replace(
            item,
            hits=hits,
            articles=articles,
            regroupings=regroupings,
            # A hidden name in either item may have brought them together.
            # The mark may stand on an article that only a hidden name queued.
            has_old_filings=item.has_old_filings and not has_hidden_hit,
            related=(),
            first_seen=first_seen,
        ),
        history,
    )
    if not has_hidden_hit:
        return redacted
    return _with_visible_state(_without_hidden_reasons(item, redacted, removed_articles))


def _closed(value: Any) -> Any:
    """Return a value of an item with the defaults of all fields that `_SHOWN_FIELDS` does not list."""
    if isinstance(value, tuple):
        return tuple(map(_closed, value))
    if type(value) not in _SHOWN_FIELDS:
        return value
    shown = {name: _closed(getattr(value, name)) for name in _SHOWN_FIELDS[type(value)].split()}
    # A field without a default raises TypeError: nothing could be shown in its place.
    undecided = {
        f.name: f.default_factory() if f.default is MISSING else f.default  # type: ignore[operator]
        for f in fields(value)
        if f.name not in shown
    }
    return replace(value, **undecided, **shown)


def _redacted_articles(
    item: ReviewItem, hits: Sequence[ItemHit], hidden_entities: Collection[str], removed_articles: Collection[int]
) -> tuple[ItemArticle, ...]:
    """Return the visible articles of an item without references to hidden entities and removed articles."""
    hidden_mentions = [m for h in item.hits if h.entity in hidden_entities for m in h.mentions]
    has_hidden_name = bool(hidden_mentions)
    words = {m.mention.text for h in hits for m in h.mentions}
    return tuple(
        replace(
            a,
            copy_of=None if a.copy_of in removed_articles else a.copy_of,
            reason=_reason_of_place(a, item, removed_articles) if has_hidden_name else a.reason,
            # Changes found before this filing were found in a hidden item (`store.sql.additions`).
            findings=tuple(
                f for f in a.findings if (not f.found or f.found >= a.filed) and _is_visible(f, hidden_entities, words)
            ),
        )
        for a in item.articles
        if a.id not in removed_articles
    )


def _reason_of_place(article: ItemArticle, item: ReviewItem, removed_articles: Collection[int]) -> PlacementReason:
    """Return the reason why an article is in an item, or none if it reveals a hidden name or a removed article."""
    first = next(a for a in item.articles if a.id not in removed_articles)
    if article.id == first.id and item.articles[0].id in removed_articles:
        return PlacementReason()  # as it is the first that is shown
    # Until November 2026 the reason counted the watched names that two articles share, hidden ones too.
    reveals = article.reason.rule is Rule.WATCHED or article.copy_of in removed_articles
    return PlacementReason(Rule.CHANGED) if reveals else article.reason


def _redacted_history(
    item: ReviewItem, articles: Sequence[ItemArticle], hidden_entities: Collection[str], *, is_partial: bool
) -> list[Decision]:
    """Return the decisions on visible entities; of a partial item only those that were about a visible article."""
    decisions = [
        replace(d, judged=tuple(e for e in d.judged if e not in hidden_entities))
        for d in item.history
        if d.entity not in hidden_entities
    ]
    if is_partial:
        timelines = [article_timeline(a, item) for a in articles]
        decisions = [
            d
            for d in decisions
            if d.judged or d.undoes is not None or any(was_about(d, timeline) for timeline in timelines)
        ]
    # An undo is shown only together with the decision it undoes.
    decision_ids = {d.id for d in decisions}
    return [d for d in decisions if d.undoes is None or d.undoes in decision_ids]


def _with_visible_state(redacted: ReviewItem) -> ReviewItem:
    """Return the item as decided if it waits only for hidden entities and was not reopened since."""
    last = last_effective(redacted)
    is_waiting = redacted.state in {State.OPEN, State.FOLLOW_UP}
    if last is None or not is_waiting or state_after(redacted, last) is not State.DECIDED:
        return redacted
    is_reopened = redacted.reopened_at is not None and last.at < redacted.reopened_at
    return redacted if is_reopened else replace(redacted, state=State.DECIDED)


def _alerts_only_with(why: str, hidden_names: Collection[str]) -> bool:
    """Return True if a name alerts only because a hidden one is near: `match.rules.decide` names visible ones first."""
    return why in {f"named beside {name}" for name in hidden_names}


def _is_queued_for(hit: ItemHit, article: int, hidden_names: Collection[str]) -> bool:
    """Return True if a name puts an article into the queue: it is possible, or alerts not only with a hidden name."""
    if all(m.mention.confidence is Confidence.POSSIBLE for m in hit.mentions if m.article == article):
        return True
    why = hit.why_in(article)
    return why is not None and not _alerts_only_with(why, hidden_names)


def _hit_without(hit: ItemHit, hidden_names: Collection[str], removed_articles: Collection[int]) -> ItemHit | None:
    """Return a hit without removed articles and without reasons that contain a hidden name; None if nothing is left."""
    if not hidden_names and not removed_articles:
        return hit
    mentions = tuple(m for m in hit.mentions if m.article not in removed_articles)
    if hit.mentions and not mentions:
        return None
    alerting = {
        a: why
        for a, why in hit.alerting.items()
        if a not in removed_articles and not _alerts_only_with(why, hidden_names)
    }
    # The reason may quote a hidden name: take that of another article instead.
    why = hit.why
    if any(name in why for name in hidden_names):
        why = next((reason for reason in alerting.values() if not any(name in reason for name in hidden_names)), "")
    has_strong = any(m.mention.confidence is Confidence.STRONG for m in mentions)
    confidence = hit.confidence if len(mentions) == len(hit.mentions) or has_strong else Confidence.POSSIBLE
    alerts = bool(alerting) if hit.alerting else hit.alerts
    return replace(hit, mentions=mentions, confidence=confidence, alerts=alerts, alerting=alerting, why=why)


def _is_visible(finding: Finding, hidden_entities: Collection[str], visible_words: Collection[str]) -> bool:
    """Return True if a change may be shown: it concerns the article, or a name that is not hidden."""
    if finding.entity:
        return finding.entity not in hidden_entities
    changed_text = finding.before + finding.after
    return finding.kind in {Change.GONE, Change.HEADLINE} or any(word in changed_text for word in visible_words)


def _without_hidden_reasons(item: ReviewItem, redacted: ReviewItem, removed_articles: Collection[int]) -> ReviewItem:
    """Return the redacted item without a reason for reopening that may quote a hidden name."""
    at = item.reopened_at
    causes, visible_causes = (
        [f for a in version.articles for f in a.findings if at is not None and f.found == at]
        for version in (item, redacted)
    )
    if (causes and not visible_causes) or at in {
        when for a in item.articles if a.id in removed_articles for when in (a.filed, a.changed)
    }:
        return replace(redacted, reopened="", reopened_at=None)
    if len(visible_causes) < len(causes) or at in {a.changed for a in item.articles}:
        return replace(redacted, reopened="")
    return redacted
