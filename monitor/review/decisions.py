"""Pure. Applies decisions to review items, and reopens them: a new article, copies, news that nobody had seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.errors import InputError
from monitor.model import (
    SETTLED,
    Confidence,
    Decision,
    EntityType,
    ItemArticle,
    Message,
    Reason,
    ReviewItem,
    StaleDecision,
    State,
    Verdict,
)
from monitor.model.items.history import (
    awaited_hits,
    effective,
    fold,
    individually_judged,
    last_effective,
    with_state_after,
)
from monitor.review.changes import reopening_reason

SPREAD_OUTLETS = 3  # outlets that copied a story after it was decided relevant


def decide(item: ReviewItem, decision: Decision) -> ReviewItem:
    """Return the item after a decision on it; the decision to store is the last of its history.

    Raises StaleDecision if the decision was made on another version of the item, InputError if it is invalid.
    """
    if decision.version != item.version:
        raise StaleDecision(item)
    _check(item, decision)
    decision = replace(decision, judged=_judged_entities(item, decision))
    judged = fold(item, (*item.history, decision))
    return replace(with_state_after(decision, judged), version=item.version + 1)


def answered_question(item: ReviewItem, answer: Decision) -> Decision | None:
    """Return the question of the colleague that an unanswered question of the item goes back to, or None."""
    earlier = (d for d in reversed(effective(item.history)) if (d.at, d.id) < (answer.at, answer.id))
    questions = (d for d in earlier if d.verdict is Verdict.UNSURE and d.entity == answer.entity)
    return next((d for d in questions if answer.colleague and d.by == answer.colleague), None)


def undo(item: ReviewItem, decision: Decision, by: str, now: datetime) -> tuple[ReviewItem, Decision]:
    """Return the item as if `decision` had not been made, and the decision that undoes it."""
    if decision not in effective(item.history):
        raise InputError(f"decision {decision.id} on item {item.id} does not stand any more; nothing to undo")
    # It names the item of that decision, which may have been merged into this one.
    undoing = Decision(item=decision.item, version=item.version, at=now, by=by, verdict=None, undoes=decision.id)
    judged = fold(item, (*item.history, undoing))
    last, reopened_at = next(reversed(effective(judged.history)), None), item.reopened_at
    restored = with_state_after(last, judged)
    # The item was reopened after its last remaining decision: it must wait again.
    if reopened_at and (last is None or last.at < reopened_at):
        earlier = effective(d for d in item.history if d.at < reopened_at)
        restored = replace(restored, state=State.FOLLOW_UP if earlier else restored.state, until=None)
    else:
        restored = with_unseen_news(restored, effective(judged.history))
    return replace(restored, version=item.version + 1), undoing


def after_name_removal(item: ReviewItem) -> ReviewItem:
    """Return the item after one of its names was removed from everything: open, unless the other names are settled."""
    if not item.hits:  # somebody added it: what reopened it was the name
        return replace(after_withdrawal(item), reopened="", reopened_at=None)
    settled = effective(item.history) and all(hit.verdict in SETTLED for hit in awaited_hits(item.hits))
    # An item that was decided because of the removed name alone waits again.
    state = State.OPEN if item.state is State.DECIDED and not settled else item.state
    return replace(item, state=state, version=item.version + 1)


def after_withdrawal(item: ReviewItem) -> ReviewItem:
    """Return the item after withdrawn names left it: if only these had reopened it, it is decided again."""
    last, restored = last_effective(item), item
    if item.reopened_at and last and last.at < item.reopened_at:
        restored = replace(with_state_after(last, replace(item, state=State.OPEN)), reopened="", reopened_at=None)
        restored = with_unseen_news(restored, effective(item.history))
    return replace(restored, version=item.version + 1)


def _judged_entities(item: ReviewItem, decision: Decision) -> tuple[str, ...]:
    """Return the entities that a decision settles. A decision on one name settles that name.

    A decision on the whole item settles the names without a decision of their own: a name keeps its own verdict until a
    user judges it again or undoes that. *Relevant* confirms the awaited names and leaves possible ones unjudged if
    there are strong ones; *not relevant* settles all.
    """
    if decision.entity is not None:
        return (decision.entity,)
    # A question or a postponement judges nobody.
    if decision.verdict not in SETTLED:
        return ()
    hits = item.hits if decision.verdict is Verdict.NOT_RELEVANT else awaited_hits(item.hits)
    judged_apart = individually_judged(item)
    return tuple(hit.entity for hit in hits if hit.entity not in judged_apart)


def _check(item: ReviewItem, decision: Decision) -> None:
    if decision.verdict is None:
        raise InputError("a decision needs a verdict; to take one back, undo it")
    if decision.colleague and decision.verdict is not Verdict.UNSURE:
        raise InputError("a colleague is named with a question (unsure) only")
    entities = [hit.entity for hit in item.hits]
    if decision.entity is not None and decision.entity not in entities:
        raise InputError(f"item {item.id} does not name {decision.entity!r}; it names {', '.join(entities)}")
    if decision.entity is not None and decision.verdict is Verdict.LATER:
        raise InputError("later is said of the whole item; leave out the entity")
    if decision.reason is not None and decision.verdict is not Verdict.NOT_RELEVANT:
        reasons = ", ".join(Reason)
        raise InputError(f"a reason ({reasons}) goes with not-relevant; use a note instead")
    if decision.until is not None and decision.verdict is not Verdict.LATER:
        raise InputError("a time goes with later")
    if decision.until is not None and decision.until <= decision.at:
        raise InputError("later is said until a time to come; name one")


def reopen_for_article(item: ReviewItem, *, now: datetime, why: Message, report_again: bool = False) -> ReviewItem:
    """Return the item after an article, not a copy, joined its story.

    The version grows, because nobody has judged the article. A decided or postponed item becomes a follow-up with the
    reason `why`. An open item stays open; with `report_again` it also gets the reason and is reported again.
    """
    item = replace(item, version=item.version + 1)
    if item.state in {State.OPEN, State.FOLLOW_UP}:
        return replace(item, reopened=why, reopened_at=now) if report_again else item
    return _reopened(item, why, now)


def reopen_for_copy(item: ReviewItem, reporter: str, now: datetime) -> ReviewItem:
    """Return the item after a copy joined it: a relevant one is reopened once, by the third new reporter."""
    decisions = effective(item.history)
    if item.state is not State.DECIDED or item.verdict is not Verdict.RELEVANT or not decisions:
        return item
    decided_at = decisions[-1].at
    known_reporters = {a.reporter for a in item.articles if a.filed <= decided_at}
    # The item is reopened once only: not again by the fourth outlet.
    new_reporters = {a.reporter for a in item.articles if a.filed > decided_at} - known_reporters
    if len(new_reporters) >= SPREAD_OUTLETS or len(new_reporters | {reporter} - known_reporters) < SPREAD_OUTLETS:
        return item
    item = replace(item, version=item.version + 1)
    return _reopened(item, Message("it is spreading: {} more outlets since it was decided", SPREAD_OUTLETS), now)


def _reopened(item: ReviewItem, why: Message, now: datetime) -> ReviewItem:
    """Return the item as a follow-up, or as open if nobody ever decided on it."""
    state = State.FOLLOW_UP if effective(item.history) else State.OPEN
    return replace(item, state=state, until=None, reopened=why, reopened_at=now)


def with_unseen_news(item: ReviewItem, decisions: Sequence[Decision]) -> ReviewItem:
    """Return the item as a follow-up if it holds news that none of these standing decisions was about; else unchanged.

    An item that was open when the news came was not reopened by them: a merge had opened it, or a decision that is
    undone now came later.
    """
    news = _unseen_news(item, decisions) if decisions else None
    if news is None:
        return item
    at = max(news.news_times)
    reason = item.reopened if item.reopened_at == at else _reason(news)
    return replace(item, state=State.FOLLOW_UP, until=None, reopened=reason, reopened_at=at)


def _unseen_news(item: ReviewItem, decisions: Sequence[Decision]) -> ItemArticle | None:
    """Return the first article that none of the decisions was about, if it is no mere copy."""
    unseen_articles = {article.id: article for article in item.articles if not _was_seen(article, item, decisions)}
    for article in unseen_articles.values():
        if article.is_report or max(article.news_times) > article.filed:
            return article
    # A copy is news if it alone names a person (`file_article` reopens for it).
    for hit in item.hits:
        if hit.type is EntityType.PERSON and hit.confidence is Confidence.STRONG:
            naming = {mention.article for mention in hit.mentions}
            if naming and naming <= unseen_articles.keys():
                return unseen_articles[min(naming)]
    return None


def _reason(news: ItemArticle) -> Message:
    """Return why people must see the news of an article, where the reason that filing gave is not kept."""
    at = max(news.news_times)
    if findings := [finding for finding in news.findings if finding.found == at]:
        return reopening_reason(findings, news.outlet)
    if news.changed == at != news.filed:
        return Message("the changed text of the article at {} tells more of a watched name", news.outlet)
    return Message("a new article from {}", news.outlet)


def _was_seen(article: ItemArticle, item: ReviewItem, decisions: Sequence[Decision]) -> bool:
    """Return True if one of the decisions was about the article as it is now."""
    timeline = _timeline(article, item)
    return any(_was_about(d, timeline) and max(article.news_times) <= d.at for d in decisions)


def _timeline(article: ItemArticle, item: ReviewItem) -> Sequence[tuple[datetime, int]]:
    """Return the items that held an article: (since, item), from its filing on."""
    moves = [r for r in item.regroupings if article.id in r.articles]
    first = moves[0].other if moves else item.id
    return [(article.filed, first), *((r.at, r.item) for r in moves)]


def _was_about(decision: Decision, timeline: Sequence[tuple[datetime, int]]) -> bool:
    """Return True if a decision's item held the article at the time of the decision."""
    before = [number for since, number in timeline if since <= decision.at]
    return bool(before) and before[-1] == decision.item
