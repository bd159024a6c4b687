"""Pure. Who was named in a report of all names, and what was done to whom: reviewed, and what nobody reviewed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.groups import group_values
from monitor.i18n import translate_sentence
from monitor.messages.content.deeds import MOST_IN_LEAD, Deed, deeds_in_words, deeds_of, struck_by, with_days
from monitor.messages.content.phrasing import capitalize
from monitor.messages.content.reports.report import names_by_count
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import GRAVEST_FIRST, Custody, EntityType, act_words
from monitor.model.message import _
from monitor.pictures.bars import Fate

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
_MOST_NAMED = 3  # of each kind of act; more are counted
_NOTHING_DONE = len(GRAVEST_FIRST), 0


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A name of a report of all names, with its stories and its articles.

    `deeds`: what was done to it in words, and the words of doubt where nobody reviewed it.
    """

    name: str
    deeds: tuple[tuple[str, str], ...]
    stories: int  # the sure ones
    possible: int
    articles: int


def named_lines(
    digest: Digest, stories: Sequence[DigestStory], fates: Mapping[int, Fate]
) -> tuple[tuple[str, tuple[NamedLine, ...]], ...]:
    """Return who was named, in groups with their headings, those to whom the gravest was done first."""
    l10n, happened, unlisted = digest.l10n, dict[str, list[tuple[str, str]]](), list[NamedLine]()
    gravities = dict[str, tuple[int, int]]()
    for fate, deed in _deeds_by_fate(digest, stories, fates):
        doubt = "" if fate is Fate.RELEVANT else l10n.gettext(FATES_ON_PAPER[fate])
        if deed.row:
            happened.setdefault(deed.row, []).append((deed.row_words, doubt))
            gravities[deed.row] = min(gravities.get(deed.row, _NOTHING_DONE), (deed.place, deed.custody))
        else:
            unlisted.append(NamedLine(capitalize(deed.victim), ((deed.words, doubt),), 1, 0, deed.articles))
    lines: dict[EntityType, list[NamedLine]] = {kind: [] for kind in EntityType}
    named = sorted(names_by_count(stories), key=lambda line: gravities.get(line[0].entity, _NOTHING_DONE))
    for hit, sure_count, possible_count, articles in named:
        deeds = tuple(happened.get(hit.entity, ()))
        lines[hit.type].append(NamedLine(hit.name, deeds, sure_count, possible_count, articles))
    lines[EntityType.PRESS] = unlisted
    return tuple((l10n.gettext(heading), tuple(lines[kind])) for kind, heading in _GROUPS.items() if lines[kind])


def _deeds_by_fate(
    digest: Digest, stories: Sequence[DigestStory], fates: Mapping[int, Fate]
) -> list[tuple[Fate, Deed]]:
    """Return what was done: what somebody reviewed, then what else of it nobody did yet."""
    reviewed, unreviewed = (
        deeds_of(digest, [story for story in stories if (fates[story.item.id] is Fate.RELEVANT) is is_reviewed])
        for is_reviewed in (True, False)
    )
    reviewed_keys = {(deed.entity, deed.place) for deed in reviewed if deed.entity}
    return [
        *((Fate.RELEVANT, deed) for deed in reviewed),
        *((Fate.UNDECIDED, deed) for deed in unreviewed if (deed.entity, deed.place) not in reviewed_keys),
    ]


def leads_of_all(
    digest: Digest, stories: Sequence[DigestStory], days: Mapping[int, str], fates: Mapping[int, Fate]
) -> tuple[tuple[str, str], ...]:
    """Return what was done to whom and when, with a label: what somebody reviewed, and apart what nobody did yet."""
    deeds = dict[Fate, list[Deed]]()
    for fate, deed in _deeds_by_fate(digest, stories, fates):
        deeds.setdefault(fate, []).append(deed)
    passages = {
        fate: deeds_in_words(digest, of_fate, days, MOST_IN_LEAD, _MOST_NAMED) for fate, of_fate in deeds.items()
    }
    return _with_labels(digest, passages)


def leads_of_name(
    digest: Digest, stories: Sequence[DigestStory], days: Mapping[int, str], fates: Mapping[int, Fate], entity: str
) -> tuple[tuple[str, str], ...]:
    """Return what was done to a name with the days of its stories, and a label: reviewed, and apart what is not yet.

    Each day has an act once, as far as it went; a custody and a release of two months are two things.
    """
    furthest: dict[Fate, dict[tuple[int, str], Custody]] = {Fate.RELEVANT: {}, Fate.UNDECIDED: {}}
    for story in sorted(stories, key=lambda story: fates[story.item.id] is not Fate.RELEVANT):
        fate = Fate.RELEVANT if fates[story.item.id] is Fate.RELEVANT else Fate.UNDECIDED
        for mention in story.incidents:
            act, custody = mention.tellings[0]
            key = GRAVEST_FIRST.index(act), days[story.item.id]
            is_reviewed = fate is Fate.UNDECIDED and key in furthest[Fate.RELEVANT]
            if not is_reviewed and entity in {hit.entity for hit in struck_by(mention)}:
                furthest[fate][key] = max(furthest[fate].get(key, custody), custody)
    passages = dict[Fate, str]()
    for fate, acts in furthest.items():
        days_of_kinds = group_values(((place, custody), day) for (place, day), custody in acts.items())
        if days_of_kinds:
            passages[fate] = "; ".join(
                with_days(translate_sentence(act_words(GRAVEST_FIRST[place], custody), digest.language)[0], told_days)
                for (place, custody), told_days in sorted(days_of_kinds.items())
            )
    return _with_labels(digest, passages)


def _with_labels(digest: Digest, passages: Mapping[Fate, str]) -> tuple[tuple[str, str], ...]:
    labels = {fate: capitalize(digest.l10n.gettext(FATES_ON_PAPER[fate])) for fate in passages}
    return tuple((f"{labels[fate]}:", f"{passage}.") for fate, passage in passages.items())
