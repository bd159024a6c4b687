"""Pure. The report of one name, to hand on: whose it is, what happened in three sentences, each story in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from monitor.i18n.labels import TYPES
from monitor.messages.content.cards import Card, headline, make_card
from monitor.messages.content.phrasing import Localizer, clean, join, safe_link
from monitor.messages.content.report import names_by_count, silent_lines
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import Change, Entity, ItemArticle
from monitor.model.message import _
from monitor.pictures.bars import Bar, Fate, draw_bars, fate_of, make_bars
from monitor.pictures.outlets import MOST_OUTLETS, OutletRow, outlet_rows
from monitor.serialize import Row, finding_row, row, utc_text
from monitor.text.lead import told_at
from monitor.text.normalize import fold
from monitor.urls import without_tracking

_CHECKS = _(
    "Each story has its number. Its evidence (all stored pages and texts with their hashes) is "
    "packed at the desk and by: monitor export evidence NUMBER FILE.zip. In the unpacked folder, "
    "sha256sum -c SHA256SUMS shows whether anything was changed since."
)
MOST_EVENTS = 100
_TICK_WIDTH = 7.0  # percent of the picture, with a space
FATES = {
    Fate.RELEVANT: _("relevant"),
    Fate.NOT_RELEVANT: _("not relevant"),
    Fate.UNDECIDED: _("not decided"),
}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """An article of an event: its outlet, time and address, and its headline if that is not the event's."""

    outlet: str
    lang: str
    when: str
    link: str
    headline: str


@dataclass(frozen=True, slots=True)
class Event:
    """A story of the report, in time."""

    day: str
    number: str  # in words
    fate: str
    card: Card
    sources: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class NameReport:
    """The report of a name in words. Its passages are not cleaned or escaped yet."""

    language: str
    title: str  # what it is
    name: str
    kind: str
    period: str
    imprint: tuple[str, ...]  # who made it and when, and what its words mean
    warnings: tuple[str, ...]
    summary: tuple[str, ...]
    bars: tuple[Bar, ...]
    picture: Markup
    outlets: tuple[OutletRow, ...]  # those that wrote most, in the spans of the bars
    fates: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]  # (fate, words) of the fates that there are
    headings: tuple[str, ...]
    marks: tuple[str, ...]  # the words for a day, a change and an absence in the table
    named: tuple[tuple[str, int, int], ...]  # of all names: each with its stories and articles
    events: tuple[Event, ...]  # judged relevant
    unverified: tuple[Event, ...]  # on which nobody decided
    silent: tuple[str, ...]  # of all names: sources without anything new
    omitted: str
    checks: str


def lay_out_name_report(digest: Digest, entity: Entity | None) -> NameReport:
    """Return the report of a name, or of all; the digest holds the stories that name it, and nothing else."""
    l10n, window, entity_id = digest.l10n, digest.input.window, entity.id if entity else ""
    # It is handed on: who was told at once is for the newsroom.
    shown_digest = replace(digest, input=replace(digest.input, alerted=()))
    stories = sorted(digest.listed_stories, key=lambda story: (_told_at(digest, story), story.item.id))
    fates = [fate_of(story.item, entity_id) for story in stories]
    bars = make_bars(
        [(story.item, digest.lead_of(story), fate) for story, fate in zip(stories, fates, strict=True)],
        window,
        digest.timezone,
    )
    # What was judged not relevant is of somebody else: it is counted, and not handed on.
    listed = [(story, fate) for story, fate in zip(stories, fates, strict=True) if fate is not Fate.NOT_RELEVANT]
    listed.sort(key=lambda pair: pair[1] is not Fate.RELEVANT)
    events = [(fate, _event(shown_digest, story, fate)) for story, fate in listed[:MOST_EVENTS]]
    since, until = (_dated(digest, at) for at in (window.since, window.until))
    return NameReport(
        language=digest.language,
        title=l10n.gettext("Coverage report"),
        name=_local_name(digest, entity) if entity else l10n.gettext("All names"),
        kind=l10n.gettext(TYPES[entity.type]) if entity else "",
        period=l10n.gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city),
        imprint=_imprint(digest),
        warnings=digest.watch_lines,
        summary=_summary(digest, stories, fates),
        bars=bars,
        picture=draw_bars(bars, l10n.gettext("Stories in time, by decision"), _ticks(bars, l10n)),
        outlets=outlet_rows((story.item for story in stories), entity_id, bars, digest.timezone)[:MOST_OUTLETS],
        fates=tuple(l10n.gettext(FATES[fate]) for fate in Fate),
        legend=tuple((fate.value, l10n.gettext(FATES[fate])) for fate in Fate if fate in fates),
        headings=tuple(
            l10n.gettext(words)
            for words in (
                _("Stories in time, by decision"),
                _("Events"),
                _("How to check this"),
                _("Who wrote"),
                _("Not yet verified"),
                _("Who was named"),
                _("Sources that were silent"),
            )
        ),
        marks=tuple(
            l10n.gettext(words)
            for words in (_("from this day"), _("changes"), _("absences"), _("Stories"), _("Articles"))
        ),
        named=() if entity else tuple(names_by_count(stories)),
        events=tuple(event for fate, event in events if fate is Fate.RELEVANT),
        unverified=tuple(event for fate, event in events if fate is Fate.UNDECIDED),
        silent=() if entity else tuple(silent_lines(digest)),
        omitted=l10n.ngettext_or_empty(
            "and %(num)s more story; the queue has them all.",
            "and %(num)s more stories; the queue has them all.",
            max(0, len(listed) - MOST_EVENTS),
        ),
        checks=l10n.gettext(_CHECKS),
    )


def _imprint(digest: Digest) -> tuple[str, ...]:
    """Return who made a report and when, and what its words mean."""
    l10n = digest.l10n
    return (
        l10n.gettext("Made with monitor on %(date)s.", date=_dated(digest, digest.input.window.until).rstrip(".")),
        l10n.gettext(
            "Relevant: somebody read the story and decided so. Not decided: nobody has yet. Possible: the name may be "
            "another's."
        ),
        l10n.gettext("Days are those of the first publication. No.: the number of a story in the monitor."),
    )


def _event(digest: Digest, story: DigestStory, fate: Fate) -> Event:
    l10n = digest.l10n
    return Event(
        l10n.weekday_date(_told_at(digest, story)),
        l10n.gettext("No. %(num)s", num=str(story.item.id)),
        join(
            ", ",
            l10n.gettext(FATES[fate]),
            l10n.gettext("possible") if story in digest.possible else "",
            l10n.gettext("found in older articles") if story in digest.older else "",
        ),
        make_card(digest, story),
        tuple(
            _source_line(article, digest.lead_of(story), l10n)
            for article in story.arrived_articles or (digest.lead_of(story),)
        ),
    )


def _dated(digest: Digest, at: datetime) -> str:
    """Return a day with its year, which the words of a day long ago have already."""
    words, year = digest.l10n.date(at), str(at.astimezone(digest.timezone).year)
    return words if year in words else f"{words} {year}"


def _told_at(digest: Digest, story: DigestStory) -> datetime:
    return min(map(told_at, story.arrived_articles or (digest.lead_of(story),)))


def _local_name(digest: Digest, entity: Entity) -> str:
    """Return the name in the reader's language, as the stories have it."""
    hits = (hit.name for item in digest.input.items for hit in item.hits if hit.entity == entity.id)
    return next(hits, entity.name)


def _source_line(article: ItemArticle, lead: ItemArticle, l10n: Localizer) -> SourceLine:
    when = l10n.weekday_date_time(told_at(article))
    title = "" if fold(article.headline) == fold(lead.headline) else headline(article, l10n)
    return SourceLine(article.outlet, article.language, when, safe_link(without_tracking(article.url)), title)


def _summary(digest: Digest, stories: list[DigestStory], fates: list[Fate]) -> tuple[str, ...]:
    """Return sentences: how much and what was decided, the first and the last, edits, and what is not listed."""
    l10n = digest.l10n
    if not stories:
        return (l10n.gettext("No story of this time names it."),)
    counts = Counter(fates)
    by_fate = [f"{l10n.gettext(FATES[fate])}: {counts[fate]}" for fate in Fate if counts[fate]]
    outlets = len({article.outlet for story in stories for article in story.item.articles})
    first, last = (l10n.weekday_date(_told_at(digest, story)) for story in (stories[0], stories[-1]))
    findings = [finding for story in stories for finding in story.findings]
    absences = sum(finding.kind is Change.GONE for finding in findings)
    changes = len(findings) - absences
    edits = join(
        ", ",
        l10n.ngettext_or_empty("%(num)s change", "%(num)s changes", changes),
        l10n.ngettext_or_empty("%(num)s absent article", "%(num)s absent articles", absences),
    )
    return (
        join(
            ", ",
            l10n.ngettext("%(num)s story", "%(num)s stories", len(stories)),
            l10n.ngettext("%(num)s outlet", "%(num)s outlets", outlets),
        )
        + f" ({'; '.join(by_fate)}).",
        l10n.gettext("The first on %(first)s, the last on %(last)s.", first=first, last=last.rstrip(".")),
        l10n.gettext("After publication: %(what)s.", what=edits)
        if edits
        else l10n.gettext("No article was seen changed or absent after publication."),
        l10n.ngettext_or_empty(
            "%(num)s story judged not relevant is not listed.",
            "%(num)s stories judged not relevant are not listed.",
            counts[Fate.NOT_RELEVANT],
        ),
    )


def _ticks(bars: Sequence[Bar], l10n: Localizer) -> tuple[str, ...]:
    """Return what stands below each bar: of days five dates, else each month once; "" where it would touch the next."""
    of_days = len(bars) < 2 or (bars[1].first_day - bars[0].first_day).days == 1
    every, next_place, ticks = -(-len(bars) // 5), 100.0, [""] * len(bars)
    for number, bar in reversed([*enumerate(bars)]):
        is_new_month = not number or bars[number - 1].first_day.month != bar.first_day.month
        # The first begins at the edge, the others stand around their place.
        place, width = 100 * number / len(bars), _TICK_WIDTH * (1 if number else 1.5)
        if (not number % every if of_days else is_new_month) and next_place - place >= width:
            ticks[number], next_place = l10n.day_or_month(bar.first_day, with_day=of_days), place
    return tuple(ticks)


def name_report_row(digest: Digest, entity: Entity) -> Row:
    """Return the report of a name for programs."""
    stories = sorted(digest.listed_stories, key=lambda story: (_told_at(digest, story), story.item.id))
    return {
        **digest.watch_key,
        "entity": entity.id,
        "name": clean(entity.name),
        "window": row(digest.input.window, "since until"),
        "events": [
            {
                "item": story.item.id,
                "first_seen": utc_text(min(a.first_seen for a in story.arrived_articles or (digest.lead_of(story),))),
                "fate": fate_of(story.item, entity.id).value,
                "headline": replace(digest, language=digest.lead_language).lead_of(story).headline,
                "articles": [row(a, "id outlet language url published first_seen") for a in story.arrived_articles],
                "findings": [finding_row(finding) for finding in story.findings],
            }
            for story in stories
        ],
    }
