"""Pure. Alerts: the news of a window that somebody is told at once, in which order, and when they may go out.

Alerts follow reports. An outlet's own report about an urgent name is told however its item began, and whatever other
outlets published before: no rule here counts anything of another outlet against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.feeds.schedule import next_time_of_day
from monitor.model import (
    AlertedName,
    AlertPolicy,
    AlertReason,
    Change,
    Confidence,
    DigestInput,
    FollowUps,
    ItemArticle,
    ItemHit,
    ReviewItem,
    State,
    Verdict,
    Window,
)

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 2  # alerts for one outlet about one name
CROWDED = 12  # alerts about one name within an hour; then its news is only listed, in one alert a run
_CHANGES = frozenset({Change.GONE, Change.NAME_REMOVED, Change.HEADLINE, Change.SENTENCE})


# ---- what -----------------------------------------------------------------------------------------------------------


def select_alerts(
    digest_input: DigestInput,
    urgent: Collection[str],
    audience: str,
    policy: AlertPolicy,
    outlets: Collection[str] = (),
) -> tuple[tuple[ReviewItem, ...], tuple[AlertReason, ...]]:
    """Return the items of a window that make an alert to an audience, and the reasons, in the order of filing.

    `outlets`: those in the scope of the audience; none stands for all.
    """
    history = [name for name in digest_input.alerted if name.audience == audience]
    items, reasons = [], list[AlertReason]()
    for item in digest_input.items:
        # A reviewer was quicker: an item that is not relevant makes no alert.
        if item.state is State.DECIDED and item.verdict is Verdict.NOT_RELEVANT:
            continue
        history_of_item = [name for name in history if name.item == item.id]
        hits = [hit for hit in item.hits if hit.entity in urgent and hit.confidence is Confidence.STRONG and hit.alerts]
        of_item = [
            *_reports(item, hits, digest_input.window, history_of_item, policy),
            *_changes(item, hits, digest_input.window, history_of_item, policy),
        ]
        if reasons_of_item := of_item or _copies(item, hits, digest_input.window, history_of_item, outlets):
            items.append(item)
            reasons += reasons_of_item
    return tuple(items), tuple(reasons)


def _reports(
    item: ReviewItem, hits: Sequence[ItemHit], window: Window, history: Sequence[AlertedName], policy: AlertPolicy
) -> Iterator[AlertReason]:
    """Yield the articles of the window with sentences of their own, for each urgent name that they hold."""
    known_names = {name.entity for name in history}
    known_pairs = {(name.entity, name.outlet) for name in history}
    for hit in hits:
        for article in _naming(item, hit):
            is_known = (hit.entity, article.reporter) in known_pairs
            if article.filed in window and article.is_report:
                is_told = policy.follow_ups is not FollowUps.NONE or not is_known
            else:
                # An edit that added a name. It is no news of the names that the article held before.
                is_new = hit.entity not in known_names or (article.is_report and not is_known)
                is_told = article.changed in window and (is_new or policy.follow_ups is FollowUps.ALL)
            if is_told:
                yield AlertReason(item.id, hit.entity, article)


def _changes(
    item: ReviewItem, hits: Sequence[ItemHit], window: Window, history: Sequence[AlertedName], policy: AlertPolicy
) -> Iterator[AlertReason]:
    """Yield the articles that changed in the window, for each urgent name that a change is about."""
    if history and policy.follow_ups is FollowUps.NONE:
        return
    for article in item.articles:
        findings = [f for f in article.findings if f.found in window and f.kind in _CHANGES]
        for hit in hits:
            is_named = any(m.article == article.id for m in hit.mentions)
            if any(f.entity == hit.entity or (not f.entity and is_named) for f in findings):
                yield AlertReason(item.id, hit.entity, article, is_report=False)


def _copies(
    item: ReviewItem,
    hits: Sequence[ItemHit],
    window: Window,
    history: Sequence[AlertedName],
    outlets: Collection[str],
) -> list[AlertReason]:
    """Return the first copy in the window of a story that the audience has not heard of, for each urgent name."""
    # A recipient of some outlets only has not heard of a story until one of these has it, if only as a copy.
    if history or any(a.filed < window.since and (not outlets or a.outlet in outlets) for a in item.articles):
        return []
    first_copies = (
        next((a for a in _naming(item, hit) if a.filed in window and (not outlets or a.outlet in outlets)), None)
        for hit in hits
    )
    return [
        AlertReason(item.id, hit.entity, article, is_report=False)
        for hit, article in zip(hits, first_copies, strict=True)
        if article
    ]


def _naming(item: ReviewItem, hit: ItemHit) -> list[ItemArticle]:
    """Return the articles of an item with a strong mention of a name, except those that were old when they came."""
    naming = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
    return [article for article in item.articles if article.id in naming and not article.older]


# ---- when -----------------------------------------------------------------------------------------------------------


def quiet_until(now: datetime, policy: AlertPolicy, zone: ZoneInfo) -> datetime | None:
    """Return the end of the recipient's quiet hours, or None outside of them."""
    if not policy.quiet:
        return None
    begin, end = policy.quiet
    clock = now.astimezone(zone).time()
    # Hours such as 22:00-07:00 span midnight.
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    return next_time_of_day(now, end, zone) if is_quiet else None


def hold_until(
    now: datetime,
    reasons: Sequence[AlertReason],
    history: Sequence[AlertedName],
    policy: AlertPolicy,
    zone: ZoneInfo,
    *,
    is_reading: bool = False,
) -> datetime | None:
    """Return until when the alert with these reasons waits; None: it may go out now, with all of them.

    One reason that is due is enough: what is held comes along, so that nothing waits longer than its own limits.
    `history`: what the recipient was told in the last two days. `is_reading`: the run that brings the news goes on.
    """
    if quiet := quiet_until(now, policy, zone):
        return quiet
    first_due = min(_due_times(now, reasons, history, policy, zone, is_reading=is_reading), default=now)
    return first_due if first_due > now else None


def _due_times(
    now: datetime,
    reasons: Sequence[AlertReason],
    history: Sequence[AlertedName],
    policy: AlertPolicy,
    zone: ZoneInfo,
    *,
    is_reading: bool = False,
) -> Iterator[datetime]:
    """Yield for each reason when an alert may go out for it."""
    crowded = _crowded_names(history, now) if is_reading else ()
    first = _first_reports(reasons, history)
    after_pause = max((time + policy.pause for time in _alert_times(history, now)), default=now)
    # Only alerts that could go out for an outlet count: no other may use up its hour or day by alerts of its own, in
    # which the news of this one came along.
    due = [name for name in history if name.due]
    by_outlet = {outlet: [n for n in due if n.outlet == outlet] for outlet in {reason.reporter for reason in reasons}}
    midnight, today = next_time_of_day(now, datetime.min.time(), zone), now.astimezone(zone).date()
    for index, reason in enumerate(reasons):
        of_outlet = by_outlet[reason.reporter]
        if len({n.at for n in of_outlet if n.at and n.at.astimezone(zone).date() == today}) >= policy.most_a_day:
            yield midnight
        elif reason.entity in crowded:
            yield after_pause
        elif index in first:
            yield now
        else:
            # A change that was told must not hold a report back.
            counted = [n for n in of_outlet if n.entity == reason.entity and (n.filed or not reason.is_report)]
            times = _alert_times(counted, now)
            if len(times) >= MOST_AN_HOUR:
                yield times[-MOST_AN_HOUR] + HOUR
            elif reason.is_report:
                yield times[-1] + policy.pause if times else now
            else:
                yield after_pause


def _first_reports(reasons: Sequence[AlertReason], history: Sequence[AlertedName]) -> set[int]:
    """Return the indexes of the reports before which their outlet filed no other about the name for an hour."""
    earlier = [(name.filed, name.outlet, name.entity) for name in history if name.filed]
    reports = [(time, index) for index, reason in enumerate(reasons) if (time := _report_time(reason))]
    last = {(outlet, entity): filed for filed, outlet, entity in sorted(earlier)}
    first = set[int]()
    for filed, index in sorted(reports):
        key = (reasons[index].reporter, reasons[index].entity)
        if key not in last or not filed - HOUR < last[key] <= filed:
            first.add(index)
        last[key] = filed
    return first


def _report_time(reason: AlertReason) -> datetime | None:
    """Return when a report was filed, or when the edit came that added the name; None for changes and copies."""
    article = reason.article
    return max(article.filed, article.changed or article.filed) if reason.is_report else None


def _alert_times(history: Sequence[AlertedName], now: datetime) -> list[datetime]:
    """Return when alerts of the last hour were composed, the earliest first."""
    # Not later than now: a clock that was set back must hold nothing.
    return sorted({name.at for name in history if name.at and now - HOUR < name.at <= now})


def _crowded_names(history: Sequence[AlertedName], now: datetime) -> set[str]:
    """Return the names about which so many alerts went out in the last hour that their further news is only listed."""
    alerts = {(n.entity, n.at) for n in history if n.due and n.at and now - HOUR < n.at <= now}
    return {entity for entity, count in Counter(entity for entity, _ in alerts).items() if count >= CROWDED}


# ---- in which order -------------------------------------------------------------------------------------------------


def order_reasons(
    reasons: Sequence[AlertReason], history: Sequence[AlertedName], now: datetime
) -> tuple[AlertReason, ...]:
    """Return the reasons in the order in which an alert lists them, without cards where a name is crowded.

    Outlets that were not told in the last hour come first, and of each outlet and name the first report before any
    second one, so that a flood of one outlet stands behind the single report of another.
    """
    crowded = _crowded_names(history, now)
    told_lately = {(n.outlet, n.entity) for n in history if n.at and now - HOUR < n.at <= now}
    of_outlet, of_name = Counter[str](), Counter[tuple[str, str]]()
    ranked = []
    for reason in sorted(reasons, key=lambda reason: reason.article.filed):
        key = (reason.reporter, reason.entity)
        rank = (not reason.is_report, key in told_lately, of_name[key], of_outlet[reason.reporter])
        ranked.append((rank, replace(reason, has_card=reason.entity not in crowded)))
        of_outlet[reason.reporter] += 1
        of_name[key] += 1
    return tuple(reason for _, reason in sorted(ranked, key=lambda pair: pair[0]))


def alerted_names(
    reasons: Sequence[AlertReason], history: Sequence[AlertedName], now: datetime, policy: AlertPolicy, zone: ZoneInfo
) -> tuple[AlertedName, ...]:
    """Return what to remember of an alert that is composed now: each name of an item and outlet once."""
    names: dict[tuple[int, str, str], AlertedName] = {}
    for reason, due in zip(reasons, _due_times(now, reasons, history, policy, zone), strict=True):
        key = (reason.item, reason.entity, reason.reporter)
        name = names.setdefault(key, AlertedName(reason.item, reason.entity, outlet=reason.reporter))
        times = [filed for filed in (name.filed, _report_time(reason)) if filed]
        names[key] = replace(name, filed=max(times, default=None), due=name.due or due <= now)
    return tuple(names.values())
