"""Pure. What was done to whom, in words: the gravest first, never graver than its story tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from monitor.i18n import translate_sentence
from monitor.messages.content.phrasing import Localizer, clean, join, ngettext_noop, shorten
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import (
    GRAVEST_FIRST,
    Confidence,
    Custody,
    EntityType,
    ItemHit,
    ItemMention,
    State,
    Verdict,
    VictimKind,
    act_words,
)
from monitor.model.message import join_messages
from monitor.model.press import REWORDED

MOST_IN_TITLE = 3  # kinds of act; of more the least grave are only counted, in the place of one
_MAX_NAMED = 2  # of each kind; the others are counted
_FEW = 4  # so many deeds have room in a title for two names of each kind
_MAX_VICTIM_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to somebody. `place`: that of the act in `GRAVEST_FIRST`."""

    words: str
    victim: str
    place: int
    custody: Custody  # how far a detention went; of other acts the first
    is_outlet: bool
    item: int = 0
    entity: str = ""  # "" for whom the list does not have, or the text does not name
    row: str = ""  # the name of the list under which it stands: its own, or the one that the story names beside it
    row_words: str = ""  # what stands there: never that it was done to a name that is only named beside it
    articles: int = 0  # that tell of it, without an entity

    @property
    def is_release(self) -> bool:
        """Return whether somebody was let go."""
        return self.custody is Custody.RELEASED

    @property
    def order(self) -> tuple[bool, int, Custody]:
        """Return the sort key: people before outlets, the gravest act first, and who is still held first of all."""
        return self.is_outlet, self.place, self.custody


def deeds_of_news(digest: Digest) -> list[Deed]:
    """Return what the stories of the day tell, of a follow-up without what its story told before."""
    return deeds_of(
        digest, digest.news, earlier_acts={story.item.id: _told_before(digest, story) for story in digest.follow_up}
    )


def _told_before(digest: Digest, story: DigestStory) -> dict[tuple[str, int], Custody]:
    """Return how far each act of each name went in earlier articles of a story; of "": of whom no name is known."""
    arrived, acts = {article.id for article in story.arrived_articles}, dict[tuple[str, int], Custody]()
    earlier = {a.id for a in story.item.articles if a.id not in arrived and a.filed < digest.input.window.since}
    for mention in (mention for mention in story.item.tellings if mention.article in earlier):
        act, custody = mention.tellings[0]
        for entity in mention.struck or {""}:
            key = entity, GRAVEST_FIRST.index(act)
            acts[key] = max(acts.get(key, custody), custody)
    return acts


def deeds_of(
    digest: Digest,
    news: Iterable[DigestStory],
    earlier_acts: Mapping[int, Mapping[tuple[str, int], Custody]] = MappingProxyType({}),
) -> list[Deed]:
    """Return what news tells, the gravest first: each act once of a name of the list, and once of a story.

    Titles and tables are made of this list, so that none lacks what another has. What was ruled out is no news.
    `earlier_acts`: how far each item told each act of a name before, which is no news either.
    """

    def is_new(deed: Deed) -> bool:
        custody = earlier_acts.get(deed.item, {}).get((deed.entity, deed.place))
        return custody is None or deed.custody > custody

    stories = [story for story in news if story.item.verdict is not Verdict.NOT_RELEVANT]
    named, unnamed = dict[tuple[str, int], Deed](), dict[tuple[int, int, bool], Deed]()
    reviewed = {story.item.id for story in stories if is_reviewed(story)}
    incidents = {story.item.id: [shown.mention for shown in digest.incidents_of(story)] for story in stories}
    for item, mention in ((item, mention) for item, mentions in incidents.items() for mention in mentions):
        for hit in struck_by(mention):
            deed = _deed(item, mention, digest.language, hit)
            # Of two stories of one detention, the one that goes further is the later; of equals one that is reviewed.
            if is_new(deed):
                named[hit.entity, deed.place] = max(
                    named.get((hit.entity, deed.place), deed),
                    deed,
                    key=lambda telling: (telling.custody, telling.item in reviewed),
                )
    for story in stories:
        for deed in (_unnamed_deed(digest, story, m) for m in incidents[story.item.id] if not struck_by(m)):
            # Whom a text does not name may be whom its story names for the same act.
            acts = {*named, *earlier_acts.get(deed.item, {})}
            if is_new(deed) and not any((hit.entity, deed.place) in acts for hit in story.hits):
                unnamed.setdefault((story.item.id, deed.place, deed.is_outlet), deed)
    return sorted([*named.values(), *unnamed.values()], key=lambda deed: deed.order)


def deeds_by_name(deeds: Iterable[Deed]) -> dict[str, list[Deed]]:
    """Return what stands in the row of each name of the list, the gravest first."""
    by_name = dict[str, list[Deed]]()
    for deed in deeds:
        if deed.row:
            by_name.setdefault(deed.row, []).append(deed)
    return by_name


def kinds_of_deeds(deeds: Iterable[Deed]) -> list[list[Deed]]:
    """Return the deeds of each kind, in their order."""
    return [list(group) for _, group in groupby(deeds, key=_kind_of)]


def struck_by(mention: ItemMention) -> list[ItemHit]:
    """Return the names of the list to which an incident was done, without whom somebody ruled out."""
    return [h for h in mention.victims if h.entity in mention.struck and h.verdict is not Verdict.NOT_RELEVANT]


def deeds_in_title(digest: Digest, news: Sequence[DigestStory], deeds: Sequence[Deed]) -> str:
    """Return what news tells in a sentence; what nobody reviewed yet as what outlets report.

    What is reviewed and what is not are two parts, the one with the gravest deed first.
    """
    reviewed_items = {story.item.id for story in news if is_reviewed(story)}
    reviewed, unreviewed = ([d for d in deeds if (d.item in reviewed_items) is kind] for kind in (True, False))
    if not unreviewed:
        return deeds_in_words(digest, reviewed, {})
    gettext, gravest = digest.l10n.gettext, _gravest_kinds(deeds)
    reported = gettext("reported: %(what)s", what=_kinds_in_words(digest, unreviewed, {}, deeds))
    if not any(_kind_of(deed) in gravest for deed in reviewed):
        return _with_excess(digest, reported, deeds)
    confirmed = _kinds_in_words(digest, reviewed, {}, deeds)
    if not any(_kind_of(deed) in gravest for deed in unreviewed):
        return _with_excess(digest, confirmed, deeds)
    if min(deed.order for deed in reviewed) <= min(deed.order for deed in unreviewed):
        return _with_excess(digest, join("; ", confirmed, reported), deeds)
    return _with_excess(digest, join("; ", reported, gettext("reviewed: %(what)s", what=confirmed)), deeds)


def is_reviewed(story: DigestStory) -> bool:
    """Return whether somebody confirmed all that a story tells: what is new in a follow-up nobody has."""
    return story.item.verdict is Verdict.RELEVANT and story.item.state is not State.FOLLOW_UP


def deeds_in_words(digest: Digest, deeds: Sequence[Deed], days: Mapping[int, str]) -> str:
    """Return deeds in one sentence: of each kind so many people and outlets by name; the others are counted.

    Kinds that struck nobody of the list stand last, as in the list of names. `days`: in words, those of the items; each
    of several victims has its own.
    """
    return _with_excess(digest, _kinds_in_words(digest, deeds, days, deeds), deeds)


def _kinds_in_words(digest: Digest, deeds: Sequence[Deed], days: Mapping[int, str], all_deeds: Sequence[Deed]) -> str:
    """Return deeds in words, only those of the gravest kinds of `all_deeds`."""
    max_named, gravest = _MAX_NAMED if len(all_deeds) <= _FEW else 1, _gravest_kinds(all_deeds)
    groups = sorted(kinds_of_deeds(deeds), key=lambda group: not any(deed.entity for deed in group))
    shown = [group for group in groups if _kind_of(group[0]) in gravest]
    return "; ".join(_kind_in_words(group, digest.l10n, days, max_named) for group in shown)


def _gravest_kinds(deeds: Sequence[Deed]) -> list[tuple[bool, str]]:
    """Return the kinds of deeds for which a title has room."""
    groups = sorted(kinds_of_deeds(deeds), key=lambda group: not any(deed.entity for deed in group))
    gravest = sorted(groups, key=lambda group: group[0].place)[: MOST_IN_TITLE - (len(groups) > MOST_IN_TITLE)]
    return [_kind_of(group[0]) for group in gravest]


def _with_excess(digest: Digest, sentence: str, deeds: Sequence[Deed]) -> str:
    """Return a sentence with the number of the deeds for which it has no room."""
    gravest = _gravest_kinds(deeds)
    excess = sum(_kind_of(deed) not in gravest for deed in deeds)
    forms = ngettext_noop("%(what)s; %(num)s more event", "%(what)s; %(num)s more events")
    return digest.l10n.ngettext(*forms, excess, what=sentence) if excess else sentence


def _kind_of(deed: Deed) -> tuple[bool, str]:
    return deed.is_outlet, deed.words


def _kind_in_words(group: Sequence[Deed], l10n: Localizer, days: Mapping[int, str], max_named: int) -> str:
    """Return to whom deeds of one kind were done, and when."""
    told_days = [days[deed.item] for deed in group if deed.item in days]
    if len(told_days) > 1:  # one list of names beside one of days would leave the pairs to the reader
        group, told_days = [replace(deed, victim=with_days(deed.victim, [days[deed.item]])) for deed in group], []
    words = with_days(group[0].words, told_days)
    return l10n.gettext("%(who)s %(deed)s", who=victims_of(group, l10n, max_named), deed=words)


def with_days(words: str, days: Iterable[str]) -> str:
    """Return the words of a deed with its days, each once."""
    days_in_words = ", ".join(dict.fromkeys(days))
    return f"{words} ({days_in_words})" if days_in_words else words


def victims_of(group: Sequence[Deed], l10n: Localizer, max_named: int = _MAX_NAMED) -> str:
    """Return to whom deeds were done; those for whom there is no room are counted."""
    victims = [*dict.fromkeys(deed.victim for deed in group)]
    return l10n.and_more(", ".join(victims[:max_named]), len(victims) - max_named)


def tells_deed(story: DigestStory, deed: Deed) -> bool:
    """Return whether a story tells what was done to a name of the list."""
    told_deeds = ((hit.entity, mention.tellings[0][0]) for mention in story.incidents for hit in struck_by(mention))
    return (deed.entity, GRAVEST_FIRST[deed.place]) in told_deeds


def with_name_beside(
    digest: Digest, story: DigestStory, mention: ItemMention, words: str, without: Collection[str] = ()
) -> str:
    """Return words of an incident; those of one without a name with the one person whom the story names.

    That person may be another. `without`: the name that stands above it already.
    """
    words, person = clean(translate_sentence(words, digest.language)[0]), _person_beside(story, mention)
    if not person or person.entity in without:
        return words
    return digest.l10n.gettext("%(who)s (the story names %(name)s)", who=words, name=person.name)


def _person_beside(story: DigestStory, mention: ItemMention) -> ItemHit | None:
    """Return the one person whom the story of an incident without a name names."""
    incident = mention.mention.incident
    people = [h for h in story.hits if h.type is EntityType.PERSON and h.confidence is Confidence.STRONG]
    is_unnamed = incident and incident.victim_kind is VictimKind.PERSON and not incident.names and not mention.victims
    return people[0] if is_unnamed and len(people) == 1 else None


def _unnamed_deed(digest: Digest, story: DigestStory, mention: ItemMention) -> Deed:
    incident = mention.mention.incident
    assert incident
    outlets = [hit.name for hit in mention.victims if hit.type is not EntityType.PERSON]
    nameless = replace(incident, names="") if mention.victims else incident
    whom = translate_sentence(nameless.whom(mention.mention.text), digest.language)[0]
    words = shorten(clean(whom), _MAX_VICTIM_LENGTH)
    victim, person = with_name_beside(digest, story, mention, words), _person_beside(story, mention)
    if outlets:  # of somebody without a name
        victim = digest.l10n.gettext("%(who)s of %(outlet)s", who=victim, outlet=", ".join(outlets))
    if story.is_of_press_alone:
        victim = digest.l10n.gettext("%(who)s (not on the list)", who=victim)
    deed = _deed(story.item.id, mention, digest.language)
    return replace(
        deed,
        victim=victim,
        row=person.entity if person else "",
        row_words=digest.l10n.gettext("%(deed)s (%(who)s, no name given)", deed=deed.words, who=words),
        is_outlet=incident.victim_kind is VictimKind.OUTLET,
        articles=len(story.arrived_articles),
    )


def _deed(item: int, mention: ItemMention, language: str, hit: ItemHit | None = None) -> Deed:
    act, custody = mention.tellings[0]
    act_in_words = act_words(act, custody)
    in_row = join_messages(", ", [act_in_words, REWORDED]) if mention.is_reworded else act_in_words
    entity = hit.entity if hit else ""
    return Deed(
        words=translate_sentence(act_in_words, language)[0],
        victim=hit.name if hit else "",
        place=GRAVEST_FIRST.index(act),
        custody=custody,
        is_outlet=hit is not None and hit.type is not EntityType.PERSON,
        item=item,
        entity=entity,
        row=entity,
        row_words=translate_sentence(in_row, language)[0],
    )
