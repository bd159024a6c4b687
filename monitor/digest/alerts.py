"""Pure. Alerts: the stories of a window that are reported to somebody at once, the time to do so, and their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.digest.build import Digest
from monitor.digest.layout import Page, story_sections
from monitor.feeds.schedule import next_time_of_day
from monitor.model import (
    AlertedName,
    AlertPolicy,
    Change,
    Confidence,
    DigestInput,
    FollowUps,
    ItemHit,
    ReviewItem,
    State,
    Verdict,
    Window,
)

MAX_STORIES = 10  # of one alert; the others are counted
_CHANGES = frozenset({Change.GONE, Change.NAME_REMOVED, Change.HEADLINE, Change.SENTENCE})


def hold_until(now: datetime, sent: Sequence[datetime], policy: AlertPolicy, zone: ZoneInfo) -> datetime | None:
    """Return until when alerts to a recipient wait; None: they may go now. `sent`: when the last ones were composed."""
    local = now.astimezone(zone)
    if policy.quiet:
        begin, end = policy.quiet
        clock = local.time()
        # Hours such as 22:00-07:00 span midnight.
        is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
        if is_quiet:
            return next_time_of_day(now, end, zone)
    midnight = next_time_of_day(now, datetime.min.time(), zone)
    if sum(at.astimezone(zone).date() == local.date() for at in sent) >= policy.most_a_day:
        return midnight
    if sent and now < sent[-1] + policy.pause:
        return sent[-1] + policy.pause
    return None


def select_alerts(
    digest_input: DigestInput,
    urgent: Collection[str],
    audience: str,
    policy: AlertPolicy,
    outlets: Collection[str] = (),
) -> tuple[tuple[ReviewItem, ...], tuple[AlertedName, ...]]:
    """Return the items of a window that make an alert to an audience, and the urgent names that are the reason.

    `outlets`: those in the scope of the audience; none stands for all.
    """
    known_names = {(name.item, name.entity) for name in digest_input.alerted if name.audience == audience}
    known_items = {item for item, _ in known_names}
    items, names = [], list[AlertedName]()
    for item in digest_input.items:
        # A reviewer was quicker: an item that is not relevant makes no alert.
        if item.state is State.DECIDED and item.verdict is Verdict.NOT_RELEVANT:
            continue
        hits = [hit for hit in item.hits if hit.entity in urgent and hit.confidence is Confidence.STRONG and hit.alerts]
        # A recipient of some outlets only has not heard of a story until one of these has it, if only as a copy.
        is_unheard = item.id not in known_items and not any(
            a.filed < digest_input.window.since and (not outlets or a.outlet in outlets) for a in item.articles
        )
        arrived = _named_by_news(item, hits, digest_input.window, counts_copies=is_unheard)
        if item.id not in known_items:
            reasons = arrived or _changed(item, hits, digest_input.window)
        elif policy.follow_ups is FollowUps.NONE:
            reasons = []
        else:
            additional = [hit for hit in arrived if (item.id, hit.entity) not in known_names]
            reasons = additional + _changed(item, hits, digest_input.window)
            if policy.follow_ups is FollowUps.ALL:
                reasons += arrived
        if reasons:
            items.append(item)
            names += [AlertedName(item.id, entity) for entity in dict.fromkeys(hit.entity for hit in reasons)]
    return tuple(items), tuple(names)


def _named_by_news(item: ReviewItem, hits: Sequence[ItemHit], window: Window, *, counts_copies: bool) -> list[ItemHit]:
    """Return the hits with a strong mention in an article of the window that is news: no copy, and not an old one."""
    counts_copies = counts_copies or item.first.filed in window
    news = {
        a.id
        for a in item.articles
        if not a.older and ((a.filed in window and (counts_copies or a.copy_of is None)) or a.changed in window)
    }
    return [
        hit
        for hit in hits
        if any(m.article in news and m.mention.confidence is Confidence.STRONG for m in hit.mentions)
    ]


def _changed(item: ReviewItem, hits: Sequence[ItemHit], window: Window) -> list[ItemHit]:
    """Return the hits that a change of the window is about: of the name, or of an article that names it."""
    findings = [f for a in item.articles for f in a.findings if f.found in window and f.kind in _CHANGES]
    return [
        hit
        for hit in hits
        if any(
            f.entity == hit.entity or (not f.entity and any(m.article == f.article for m in hit.mentions))
            for f in findings
        )
    ]


# ---- words ----------------------------------------------------------------------------------------------------------


def lay_out_alert(digest: Digest) -> Page:
    """Return the words of an alert; its digest holds the selected items only. The subject never holds a name."""
    l10n = digest.l10n
    shown = replace(digest, max_stories=min(digest.max_stories, MAX_STORIES))
    return Page(
        language=digest.language,
        subject=alert_subject(digest),
        warnings=(),
        opening=(
            l10n.ngettext(
                "%(num)s story about somebody you are told of at once.",
                "%(num)s stories about people you are told of at once.",
                len(digest.listed_stories),
            ),
        ),
        sections=tuple(section for section in story_sections(shown) if section.cards),
        closing=l10n.gettext("The next digest has it, too.") if digest.next_at else "",
    )


def alert_subject(digest: Digest) -> str:
    """Return the subject of an alert: a count and a time."""
    l10n, count = digest.l10n, len(digest.listed_stories)
    stories = l10n.ngettext("%(num)s urgent story", "%(num)s urgent stories", count)
    return f"[monitor] {stories} - {l10n.weekday_date_time(digest.input.window.until)}"
