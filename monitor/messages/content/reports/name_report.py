"""Pure. The report of one name, to hand on: whose it is, what happened in three sentences, each story in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from markupsafe import Markup

from monitor.groups import group_values
from monitor.i18n import translate_sentence
from monitor.messages.content.cards import Card, headline, make_card
from monitor.messages.content.deeds import with_days
from monitor.messages.content.phrasing import CardLine, Localizer, clean, join, ngettext_noop, safe_link
from monitor.messages.content.reports.named import (
    FATES_ON_PAPER,
    NamedLine,
    dated_deeds,
    last_custody,
    leads_of_name,
    named_lines,
)
from monitor.messages.content.reports.report import event_time, gap_lines, is_earlier, sources_of
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import GRAVEST_FIRST, Change, Entity, PressAct, act_words
from monitor.model.message import _
from monitor.pictures.bars import (
    MOST_OUTLETS,
    Bar,
    Fate,
    OutletRow,
    draw_bars,
    draw_signs,
    fate_in_picture,
    fate_of,
    make_bars,
    outlet_rows,
    sign_rows,
)
from monitor.serialize import Row, finding_row, row, utc_text
from monitor.text.lead import told_at
from monitor.urls import without_tracking

_CHECKS = _(
    "Each story has a number. Ask %(newsroom)s for its evidence: a folder with all pages and texts stored of it, "
    "the time of each, and a list of fingerprints (SHA-256). With this list any computer can tell whether a file was "
    "changed since; the folder explains how."
)
MOST_EVENTS = 100
_FEWEST_DAYS = 7  # with stories: fewer are no picture
_TICK_WIDTH = 7.0  # percent of the picture, with a space
# At the desk, where people decide.
FATES = {
    Fate.RELEVANT: _("relevant"),
    Fate.NOT_RELEVANT: _("not relevant"),
    Fate.UNDECIDED: _("not yet reviewed"),
    Fate.POSSIBLE: _("possible"),
}
_EVENTS, _EARLIER = _("Reviewed stories, oldest first"), _("Published before this period, first found in it")
_UNREVIEWED, _OTHER_MENTIONS, _POSSIBLE = _("Not yet reviewed"), _("Other mentions"), _("Possible")
_WORDS = {
    "picture": _("Stories in time, by decision"),
    "outlets": _("Who wrote"),
    "dots": _("a larger dot: more articles"),
    "named": _("Who was named"),
    "who": _("Who"),
    "sources": _("Articles cited"),
    "checks": _("How to read and check this"),
    "gaps": _("Gaps in the sources"),
    "stories": _("Stories"),
    "possible": _POSSIBLE,
    "articles": _("Articles"),
    "happened": _("What happened"),
    "unreviewed": _("What happened, not yet reviewed"),
    "also": _("also"),
    "evidence": _("evidence"),
    "reviewed": FATES_ON_PAPER[Fate.RELEVANT],
    "continued": _("%s (continued)"),
}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """An article with its number in the report: its outlet, time, address and headline."""

    number: int
    article: int
    outlet: str
    lang: str
    when: str
    link: str
    headline: str


@dataclass(frozen=True, slots=True)
class Event:
    """A story of the report, in time."""

    day: str
    fate: Fate
    remark: str  # what its part of the report does not say
    language: str  # of its headline, in words, where it is not the reader's
    card: Card
    sources: tuple[SourceLine, ...]
    is_brief: bool = False  # it tells no act, and stands in one line

    @property
    def outlets(self) -> dict[str, list[SourceLine]]:
        """Return its sources by outlet, the one with the headline first."""
        return group_values((source.outlet, source) for source in self.sources)


@dataclass(frozen=True, slots=True)
class NameReport:
    """The report of a name in words. Its passages are not cleaned or escaped yet."""

    language: str
    title: str  # what it is
    name: str
    period: str
    imprint: tuple[str, ...]  # who made it and when, and what its words mean
    warnings: tuple[str, ...]
    leads: tuple[tuple[str, str], ...]  # of one name, with their labels: what was done to it, reviewed and not yet
    custody_sentence: str  # of one name: whether it is held or free, as it was last told
    summary: str
    bars: tuple[Bar, ...]
    has_picture: bool
    picture: Markup
    signs: tuple[tuple[str, str, Markup], ...]  # the rows below it: words, sign, and picture
    outlets: tuple[OutletRow, ...]  # those that wrote most, in the spans of the bars
    figures: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...]  # of the bars: fate, words, days with figures
    words: Mapping[str, str]  # headings, and words of the tables
    named: tuple[tuple[str, tuple[NamedLine, ...]], ...]  # of all names: persons, outlets and bodies, in place of leads
    parts: tuple[tuple[str, tuple[Event, ...]], ...]  # with their headings
    gaps: tuple[CardLine, ...]  # of all names: sources that could not be read, or brought nothing
    omitted: str  # what is not listed
    checks: str
    newsroom: str
    contact: str

    @property
    def happened(self) -> str:
        """Return the heading of what happened, which says where nothing of it is reviewed."""
        return self.words["unreviewed" if self.is_unreviewed else "happened"]

    @property
    def is_unreviewed(self) -> bool:
        """Return whether nobody reviewed any of what was done to the names."""
        deeds = [deed for _, lines in self.named for line in lines for deed in line.deeds]
        return bool(deeds) and not any(deed.is_reviewed for deed in deeds)

    @property
    def sources(self) -> tuple[SourceLine, ...]:
        return tuple(source for _, events in self.parts for event in events for source in event.sources)

    @property
    def outlets_cited(self) -> list[tuple[str, list[SourceLine]]]:
        """Return the articles cited, by outlet in the order of the alphabet."""
        of_outlets = group_values((source.outlet, source) for source in self.sources)
        return sorted(of_outlets.items(), key=lambda of_outlet: of_outlet[0].casefold())


def lay_out_name_report(digest: Digest, entity: Entity | None) -> NameReport:
    """Return the report of a name, or of all; the digest holds the stories that name it, and nothing else."""
    l10n, window, entity_id = digest.l10n, digest.input.window, entity.id if entity else ""
    stories = _in_time(digest)
    fates = {story.item.id: fate_in_picture(story.item, entity_id) for story in stories}
    # All figures and pictures are of these: what was ruled out is one line at the foot.
    listed = [story for story in stories if fates[story.item.id] is not Fate.NOT_RELEVANT]
    of_period = [story for story in listed if not is_earlier(digest, story)]
    times = [event_time(digest, story) for story in of_period]
    timed = [(story.item, at, fates[story.item.id]) for story, at in zip(of_period, times, strict=True)]
    bars = make_bars(timed, window, digest.timezone, entity_id)
    sources = [article for story in of_period for article in sources_of(digest, story)]
    parts = _parts(digest, listed[:MOST_EVENTS], fates, entity_id)
    since, year = _dated(digest, window.since), window.until.astimezone(digest.timezone).year
    until = f"{_dated(digest, window.until)} {year}"  # the one year that the report needs
    days = {story.item.id: _dated(digest, at) for story, at in zip(of_period, times, strict=True)}
    words = {key: l10n.gettext(message) for key, message in _WORDS.items()}
    return NameReport(
        language=digest.language,
        title=l10n.gettext("Coverage report"),
        name=_local_name(digest, entity) if entity else l10n.gettext("All names"),
        period=l10n.gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city),
        imprint=_imprint(digest, until),
        warnings=digest.watch_lines,
        leads=leads_of_name(digest, of_period, days, fates, entity_id) if entity else (),
        custody_sentence=_last_custody_sentence(digest, of_period, fates, entity_id),
        summary=_summary(digest, of_period, len(listed) - len(of_period), fates),
        bars=bars,
        has_picture=len({at.astimezone(digest.timezone).date() for at in times}) >= _FEWEST_DAYS,
        picture=draw_bars(
            bars,
            words["picture"],
            _ticks(bars, l10n),
        ),
        signs=tuple(
            (translate_sentence(signs.words, digest.language)[0], signs.sign, draw_signs(signs))
            for signs in sign_rows(bars)
        ),
        outlets=outlet_rows(sources, bars, digest.timezone)[:MOST_OUTLETS],
        figures=_figures(bars, l10n),
        words=words,
        named=() if entity else named_lines(digest, of_period, days, fates),
        parts=parts,
        gaps=() if entity else gap_lines(digest),
        omitted=_omitted(l10n, len(listed) - MOST_EVENTS, len(stories) - len(listed)),
        checks=l10n.gettext(
            _CHECKS, newsroom=digest.newsroom or l10n.gettext("the newsroom that gave you this report")
        ),
        newsroom=digest.newsroom,
        contact=digest.contact,
    )


def _omitted(l10n: Localizer, excess: int, ruled_out: int) -> str:
    """Return what a report does not list: stories for which there is no room, and those that were ruled out."""
    overflow = l10n.ngettext_or_empty(
        "and %(num)s more story; the queue has them all.",
        "and %(num)s more stories; the queue has them all.",
        max(0, excess),
    )
    singular, plural = ngettext_noop(
        "%(num)s more story was not relevant: it is neither listed nor counted.",
        "%(num)s more stories were not relevant: they are neither listed nor counted.",
    )
    return join(" ", overflow, l10n.ngettext_or_empty(singular, plural, ruled_out))


def _imprint(digest: Digest, until: str) -> tuple[str, ...]:
    """Return who made a report and when, and what its words mean. `until`: the day in words, with its year."""
    l10n = digest.l10n
    return (
        l10n.gettext("Made with monitor on %(date)s.", date=f"{until}, {l10n.time(digest.input.window.until)}"),
        l10n.gettext(
            "Reviewed: a person read the story and confirmed that it is about the name, not that what outlets say is "
            "true. Possible: the name may be another's."
        ),
    )


def _parts(
    digest: Digest, stories: Sequence[DigestStory], fates: Mapping[int, Fate], entity: str
) -> tuple[tuple[str, tuple[Event, ...]], ...]:
    """Return the parts of a report with their headings: what was confirmed before what nobody reviewed.

    Beside stories of what was done, those that tell nothing of the kind are other mentions.
    """
    # It is handed on: who was told at once is for the newsroom.
    l10n, shown_digest = digest.l10n, replace(digest, input=replace(digest.input, alerted=()))
    of_fates = {Fate.RELEVANT: _EVENTS, Fate.UNDECIDED: _UNREVIEWED, Fate.POSSIBLE: _POSSIBLE}
    parts: dict[str, list[DigestStory]] = {
        _EVENTS: [],
        _EARLIER: [],
        _UNREVIEWED: [],
        _OTHER_MENTIONS: [],
        _POSSIBLE: [],
    }
    are_acts_told = any(story.incidents for story in stories)
    for story in stories:
        of_fate = of_fates[fates[story.item.id]]
        if are_acts_told and of_fate != _POSSIBLE and not (story.incidents or story.findings):
            of_fate = _OTHER_MENTIONS
        parts[_EARLIER if is_earlier(digest, story) else of_fate].append(story)
    parts[_EARLIER].sort(key=lambda story: fates[story.item.id] is not Fate.RELEVANT)
    numbers = count(1)

    def event(story: DigestStory, heading: str) -> Event:
        fate = fates[story.item.id]
        # Their own part says of the others what they are.
        is_mixed = heading == _EARLIER or (heading == _OTHER_MENTIONS and fate is not Fate.RELEVANT)
        # Its act may be one of before the period: its day is that of what came in it.
        follow_up = l10n.gettext("follow-up") if story in digest.follow_up else ""
        remark = join(", ", follow_up, l10n.gettext(FATES_ON_PAPER[fate]) if is_mixed else "")
        return replace(
            _event(shown_digest, story, entity, remark, numbers, fate=fate), is_brief=heading == _OTHER_MENTIONS
        )

    return tuple((l10n.gettext(h), tuple(event(story, h) for story in parts[h])) for h in parts if parts[h])


def _event(
    digest: Digest, story: DigestStory, entity: str, remark: str, numbers: Iterator[int], *, fate: Fate
) -> Event:
    l10n, lead = digest.l10n, digest.lead_of(story)
    card = make_card(digest, story, entity, is_on_paper=True)
    return Event(
        _dated(digest, event_time(digest, story)),
        fate,
        remark,
        "" if card.lang in {"", l10n.language} else l10n.gettext("in %(its)s", its=l10n.language_name(card.lang)),
        card,
        tuple(
            SourceLine(
                next(numbers),
                article.id,
                article.outlet,
                article.language,
                f"{_dated(digest, told_at(article))} {l10n.time(told_at(article))}",
                safe_link(without_tracking(article.url)),
                headline(article, l10n),
            )
            # What is quoted is of the lead: it stands first.
            for article in (lead, *(a for a in sources_of(digest, story) if a.id != lead.id))
        ),
    )


def _dated(digest: Digest, at: datetime) -> str:
    """Return a day, with its year where that is not the one at the head of the report."""
    day, last = (time.astimezone(digest.timezone).date() for time in (at, digest.input.window.until))
    words = digest.l10n.day_or_month(day, with_day=True)
    return words if day.year == last.year else f"{words} {day.year}"


def _local_name(digest: Digest, entity: Entity) -> str:
    """Return the name in the reader's language, as the stories have it."""
    hits = (hit.name for item in digest.input.items for hit in item.hits if hit.entity == entity.id)
    return next(hits, entity.name)


def _last_custody_sentence(
    digest: Digest, stories: Sequence[DigestStory], fates: Mapping[int, Fate], entity: str
) -> str:
    """Return in a sentence whether a person who was detained is held or free, as it was last told; "" for others."""
    last, l10n = last_custody(stories, fates, entity) if entity else None, digest.l10n
    if not last:
        return ""
    at, custody, is_reviewed = last
    words = translate_sentence(act_words(PressAct.DETAINED, custody), digest.language)[0]
    doubt = "" if is_reviewed else l10n.gettext(FATES_ON_PAPER[Fate.UNDECIDED])
    return l10n.gettext(
        "Custody, as last told: %(what)s.", what=join(", ", with_days(words, [_dated(digest, at)]), doubt)
    )


def _summary(digest: Digest, of_period: Sequence[DigestStory], earlier: int, fates: Mapping[int, Fate]) -> str:
    """Return how much was published, how much of it is reviewed, what was edited since, and which days are given."""
    ngettext, ngettext_or_empty = digest.l10n.ngettext, digest.l10n.ngettext_or_empty
    if not of_period:
        before = f"{digest.l10n.gettext(_EARLIER)}: {earlier}." if earlier else ""
        return before or digest.l10n.gettext("No story of this time names it.")
    outlets = {article.outlet for story in of_period for article in sources_of(digest, story)}
    stories = ngettext("%(num)s story", "%(num)s stories", len(of_period))
    forms = ngettext_noop("%(stories)s in %(num)s outlet", "%(stories)s in %(num)s outlets")
    counts = Counter(fates[story.item.id] for story in of_period)
    reviewed = ngettext_or_empty("%(num)s reviewed", "%(num)s reviewed", counts[Fate.RELEVANT])
    possible = ngettext_or_empty("%(num)s possible", "%(num)s possible", counts[Fate.POSSIBLE])
    not_reviewed = ngettext_or_empty("%(num)s not yet reviewed", "%(num)s not yet reviewed", counts[Fate.UNDECIDED])
    before = ngettext_or_empty(
        "%(num)s more, published earlier, was first found in this period",
        "%(num)s more, published earlier, were first found in this period",
        earlier,
    )
    sums = f"{ngettext(*forms, len(outlets), stories=stories)}: {join(', ', reviewed, not_reviewed, possible)}"
    which_days = digest.l10n.gettext("Days are those of the first publication in this period.")
    return f"{join('; ', sums, _edits(digest, of_period), before)}. {which_days}"


def _edits(digest: Digest, stories: Sequence[DigestStory]) -> str:
    l10n = digest.l10n
    findings = [finding for story in stories for finding in story.findings]
    absences = sum(finding.kind is Change.GONE for finding in findings)
    edits = join(
        ", ",
        l10n.ngettext_or_empty("%(num)s change", "%(num)s changes", len(findings) - absences),
        l10n.ngettext_or_empty("%(num)s absent article", "%(num)s absent articles", absences),
    )
    if edits:
        return l10n.gettext("%(what)s after publication", what=edits)
    return l10n.gettext("no change or removal was seen after publication")


def _figures(bars: Sequence[Bar], l10n: Localizer) -> tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...]:
    """Return the figures of the bars, a row for each fate that there is; those of changes stand at their marks."""
    days = [l10n.day_or_month(bar.first_day, with_day=True) for bar in bars]
    rows = ((fate, [bar.stories[fate] for bar in bars]) for fate in Fate)
    return tuple(
        (fate.value, l10n.gettext(FATES_ON_PAPER[fate]), tuple(zip(days, counts, strict=True)))
        for fate, counts in rows
        if any(counts)
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


def _in_time(digest: Digest) -> list[DigestStory]:
    return sorted(digest.listed_stories, key=lambda story: (event_time(digest, story), story.item.id))


def acts_row(digest: Digest) -> Row:
    """Return for programs what was done to whom, as the table of a report of all names has it."""
    stories = [story for story in _in_time(digest) if not is_earlier(digest, story)]
    published = {story.item.id: event_time(digest, story) for story in stories}
    fates = {story.item.id: fate_in_picture(story.item) for story in stories}
    listed = [story for story in stories if fates[story.item.id] is not Fate.NOT_RELEVANT]
    days = {number: at.astimezone(digest.timezone).date().isoformat() for number, at in published.items()}
    return {
        "acts": [
            {
                **row(dated.deed, "item entity"),
                "act": GRAVEST_FIRST[dated.deed.place].value,
                "custody": dated.deed.custody.name.lower(),
                "day": dated.day,
                "reviewed": dated.is_reviewed,
            }
            for dated in dated_deeds(digest, listed, days, fates)
        ]
    }


def name_report_row(digest: Digest, entity: Entity) -> Row:
    """Return the report of a name for programs."""
    stories = _in_time(digest)
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
