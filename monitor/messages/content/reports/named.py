"""Pure. Who was named in a report, and what was done to whom on which day: reviewed, and what nobody reviewed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from monitor.groups import group_values
from monitor.i18n import translate_sentence
from monitor.messages.content.deeds import Deed, deeds_of, struck_by, with_days
from monitor.messages.content.phrasing import capitalize, join
from monitor.messages.content.reports.report import names_by_count
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import GRAVEST_FIRST, Confidence, Custody, EntityType, PressAct, act_words
from monitor.model.message import _
from monitor.pictures.bars import Fate
from monitor.text.lead import told_at

_GROUPS = {
    EntityType.PERSON: _("Persons"),
    EntityType.OUTLET: _("Outlets"),
    EntityType.ORGANIZATION: _("Bodies and organisations"),
    EntityType.PRESS: _("Others of the press"),
}
# On paper, for readers who know no queue.
FATES_ON_PAPER = {
    Fate.RELEVANT: _("reviewed"),
    Fate.NOT_RELEVANT: _("not relevant"),
    Fate.UNDECIDED: _("not yet reviewed"),
    Fate.POSSIBLE: _("possible"),
}
_NOTHING_DONE = len(GRAVEST_FIRST), 0


@dataclass(frozen=True, slots=True)
class DatedDeed:
    """What was done to somebody, as far as the stories of a day tell it. `day`: in words."""

    deed: Deed
    day: str
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class DeedWords:
    """What was done to a name, in words; `days`: when, and that nobody reviewed it where others are."""

    words: str
    days: str
    is_reviewed: bool
    is_release: bool = False


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A name of a report of all names, with what was done to it in time, its stories and its articles."""

    name: str
    deeds: tuple[DeedWords, ...]
    stories: int  # the sure ones
    possible: int
    articles: int


def named_lines(
    digest: Digest, stories: Sequence[DigestStory], days: Mapping[int, str], fates: Mapping[int, Fate]
) -> tuple[tuple[str, tuple[NamedLine, ...]], ...]:
    """Return who was named, in groups with their headings, those to whom the gravest was done first.

    `stories`: in time.
    """
    deeds = list(dated_deeds(digest, stories, days, fates))
    by_name = group_values((dated.deed.row, dated) for dated in deeds)
    gravities = {
        entity: min((dated.deed.place, dated.deed.custody) for dated in of_name) for entity, of_name in by_name.items()
    }
    # Where nothing is reviewed, the heading says it.
    doubt = digest.l10n.gettext(FATES_ON_PAPER[Fate.UNDECIDED]) if any(dated.is_reviewed for dated in deeds) else ""
    lines: dict[EntityType, list[NamedLine]] = {kind: [] for kind in EntityType}
    named = sorted(names_by_count(stories), key=lambda line: gravities.get(line[0].entity, _NOTHING_DONE))
    for hit, sure_count, possible_count, articles in named:
        deeds_of_name = _in_words(by_name.get(hit.entity, ()), doubt)
        lines[hit.type].append(NamedLine(hit.name, deeds_of_name, sure_count, possible_count, articles))
    lines[EntityType.PRESS] = [
        NamedLine(capitalize(dated.deed.victim), _in_words([dated], doubt), 1, 0, dated.deed.articles)
        for dated in sorted(by_name.get("", ()), key=lambda dated: dated.deed.order)
    ]
    return tuple((digest.l10n.gettext(heading), tuple(lines[kind])) for kind, heading in _GROUPS.items() if lines[kind])


def _in_words(deeds: Sequence[DatedDeed], doubt: str) -> tuple[DeedWords, ...]:
    """Return what was done to a name, in time; the same on days that follow each other stands once."""
    return tuple(
        DeedWords(
            words, join(", ", *(dated.day for dated in of_kind), "" if is_reviewed else doubt), is_reviewed, is_release
        )
        for (words, is_reviewed, is_release), of_kind in groupby(
            deeds,
            key=lambda dated: (
                dated.deed.row_words if dated.deed.row else dated.deed.words,
                dated.is_reviewed,
                dated.deed.is_release,
            ),
        )
    )


def dated_deeds(
    digest: Digest, stories: Sequence[DigestStory], days: Mapping[int, str], fates: Mapping[int, Fate]
) -> Iterator[DatedDeed]:
    """Yield what was done to whom, in the order of the stories, of a day the gravest first.

    Each day has an act once of a name, as far as it went; a custody and a release of two months are two things. What
    somebody reviewed hides what nobody did yet, unless that goes further.
    """
    for day, of_day in group_values((days[story.item.id], story) for story in stories).items():
        reviewed, unreviewed = (
            deeds_of(digest, [story for story in of_day if (fates[story.item.id] is Fate.RELEVANT) is is_reviewed])
            for is_reviewed in (True, False)
        )
        custodies = {(deed.entity, deed.place): deed.custody for deed in reviewed if deed.entity}
        yield from (DatedDeed(deed, day, is_reviewed=True) for deed in reviewed)
        for deed in unreviewed:
            custody = custodies.get((deed.entity, deed.place))
            if custody is None or deed.custody > custody:
                yield DatedDeed(deed, day, is_reviewed=False)


def last_custody(
    stories: Sequence[DigestStory], fates: Mapping[int, Fate], entity: str
) -> tuple[datetime, Custody, bool] | None:
    """Return when it was last told how far a detention of a name went, how far, and whether somebody reviewed it.

    “They let him go” alone tells no act, but ends one that another story told.
    """
    by_story = [(story, [*_custodies(story, entity)]) for story in stories]
    if not any(custodies for _, custodies in by_story):
        return None
    return max(
        (at, custody, fates[story.item.id] is Fate.RELEVANT)
        for story, custodies in by_story
        for at, custody in custodies or _releases(story, entity)
    )


def _custodies(story: DigestStory, entity: str) -> Iterator[tuple[datetime, Custody]]:
    """Yield how far each detention of a name went that a story tells, and when an outlet told this first."""
    times = {article.id: told_at(article) for article in story.item.articles}
    for mention in story.incidents:
        custodies = [custody for act, custody in mention.tellings if act is PressAct.DETAINED]
        if custodies and any(hit.entity == entity for hit in struck_by(mention)):
            same = (t for t in story.item.tellings if entity in t.struck and t.custody is mention.custody)
            articles = frozenset[int]().union(*mention.endings) or {mention.article, *(t.article for t in same)}
            if loaded := [times[number] for number in articles if number in times]:
                yield min(loaded), custodies[0]


def _releases(story: DigestStory, entity: str) -> Iterator[tuple[datetime, Custody]]:
    """Yield when articles told that a name was let go, of a story that tells of no detention."""
    times = {article.id: told_at(article) for article in story.item.articles}
    for mention in (mention for hit in story.hits if hit.entity == entity for mention in hit.mentions):
        is_sure = mention.mention.confidence is Confidence.STRONG
        if is_sure and mention.mention.custody is Custody.RELEASED and mention.article in times:
            yield times[mention.article], Custody.RELEASED


def leads_of_name(
    digest: Digest, stories: Sequence[DigestStory], days: Mapping[int, str], fates: Mapping[int, Fate], entity: str
) -> tuple[tuple[str, str], ...]:
    """Return what was done to a name with the days of its stories, and a label: reviewed, and apart what is not yet."""
    deeds = [dated for dated in dated_deeds(digest, stories, days, fates) if dated.deed.entity == entity]
    leads = []
    for fate in (Fate.RELEVANT, Fate.UNDECIDED):
        of_fate = [dated for dated in deeds if dated.is_reviewed is (fate is Fate.RELEVANT)]
        days_of_kinds = group_values(((dated.deed.place, dated.deed.custody), dated.day) for dated in of_fate)
        words = "; ".join(
            with_days(translate_sentence(act_words(GRAVEST_FIRST[place], custody), digest.language)[0], told_days)
            for (place, custody), told_days in sorted(days_of_kinds.items())
        )
        if words:
            leads.append((f"{capitalize(digest.l10n.gettext(FATES_ON_PAPER[fate]))}:", f"{words}."))
    return tuple(leads)
