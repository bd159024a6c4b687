"""Pure. What was done to whom, in words: the gravest first, never graver than its story tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from babel.numbers import format_decimal

from monitor.i18n import translate_sentence
from monitor.messages.content.phrasing import Localizer, clean, ngettext_noop, shorten
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.model import ACT_WORDS, GRAVEST_FIRST, EntityType, ItemHit, ItemMention, Verdict, VictimKind, act_words
from monitor.model.message import _

_MAX_IN_TITLE = 3
_MAX_NAMED = 2  # more are counted
_MAX_VICTIM_LENGTH = 60
_NUMBERS = ("", _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"))
# How many people an act struck; `num` is a word.
_COUNTS = {
    "detained": ngettext_noop("%(num)s detained", "%(num)s detained"),
    "released": ngettext_noop("%(num)s held and released", "%(num)s held and released"),
    "charged": ngettext_noop("%(num)s facing a legal case", "%(num)s facing legal cases"),
    "sentenced": ngettext_noop("%(num)s sentenced", "%(num)s sentenced"),
    "searched": ngettext_noop("%(num)s searched", "%(num)s searched"),
    "seized": ngettext_noop("%(num)s with things seized or broken", "%(num)s with things seized or broken"),
    "beaten": ngettext_noop("%(num)s attacked", "%(num)s attacked"),
    "threatened": ngettext_noop("%(num)s threatened", "%(num)s threatened"),
    "fined": ngettext_noop("%(num)s ordered to pay", "%(num)s ordered to pay"),
    "blocked": ngettext_noop("%(num)s blocked", "%(num)s blocked"),
    "closed": ngettext_noop("%(num)s closed down", "%(num)s closed down"),
    "dismissed": ngettext_noop("%(num)s dismissed", "%(num)s dismissed"),
    "killed": ngettext_noop("%(num)s killed", "%(num)s killed"),
    "summoned": ngettext_noop("%(num)s summoned", "%(num)s summoned"),
    "harassed": ngettext_noop("%(num)s put under pressure", "%(num)s put under pressure"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to somebody. `place`: that of the act in `GRAVEST_FIRST`."""

    words: str
    victim: str
    place: int
    act: str  # a key of `_COUNTS`
    is_over: bool = False  # the victim was let go
    is_outlet: bool = False
    is_unlisted: bool = False
    is_group: bool = False  # several, of whom the text gives no number

    @property
    def order(self) -> tuple[bool, int, bool]:
        """Return the sort key: people before outlets, the gravest act first, and who is still held first of all."""
        return self.is_outlet, self.place, self.is_over


def deeds_by_name(digest: Digest) -> dict[str, Deed]:
    """Return the gravest deed that the news tells of each name of the list that suffered."""
    deeds = dict[str, Deed]()
    for mention in _incidents(digest):
        for hit in struck_by(mention):
            deed = _deed(mention, digest.language, hit.name, is_outlet=hit.type is not EntityType.PERSON)
            # Of two stories of one act, the one that tells its end is the later.
            deeds[hit.entity] = min(deeds.get(hit.entity, deed), deed, key=lambda d: (d.place, not d.is_over))
    return deeds


def struck_by(mention: ItemMention) -> list[ItemHit]:
    """Return the names of the list to which an incident was done."""
    incident = mention.mention.incident
    is_outlet = incident is not None and incident.victim_kind is VictimKind.OUTLET
    # The outlet of a reporter whose name is not known was not detained itself.
    return [hit for hit in mention.victims if hit.type is EntityType.PERSON or is_outlet]


def deeds_in_title(digest: Digest) -> str:
    """Return what the news tells in a sentence; as long as somebody has to judge it, as what outlets report."""
    deeds = deeds_in_words(digest)
    is_judged = all(s.item.verdict is Verdict.RELEVANT for s in (*digest.new, *digest.follow_up) if s.incidents)
    return deeds if is_judged or not deeds else digest.l10n.gettext("reported: %(what)s", what=deeds)


def deeds_in_words(digest: Digest, without: Collection[str] = ()) -> str:
    """Return what the news tells, the gravest first: of one or two by name, of more how many.

    One deed is of the press beside the list: what happens to somebody whom nobody watches is news, too. `without`: the
    names of the list of which something else tells.
    """
    unlisted = _in_order(_deeds_beside_list(digest))
    listed = (deed for entity, deed in deeds_by_name(digest).items() if entity not in without)
    struck = _in_order([*listed, *unlisted[:1]])
    groups = [list(group) for _, group in groupby(struck, key=lambda deed: (deed.is_outlet, deed.words))]
    is_counted = sum(not deed.is_outlet for deed in struck) > _MAX_NAMED
    passages = [
        _count(group, digest.l10n, is_least=len(unlisted) > 1)
        if is_counted and not group[0].is_outlet
        else digest.l10n.gettext(
            "%(who)s %(deed)s", who=", ".join(deed.victim for deed in group[:_MAX_NAMED]), deed=group[0].words
        )
        for group in groups
    ]
    return (", " if is_counted else "; ").join(passages[:_MAX_IN_TITLE])


def _count(group: list[Deed], l10n: Localizer, *, is_least: bool) -> str:
    """Return how many people a deed struck; several of whom a text gives no number are two at least."""
    number = len(group) + sum(deed.is_group for deed in group)
    word = l10n.gettext(_NUMBERS[number]) if number < len(_NUMBERS) else format_decimal(number, locale=l10n.language)
    if any(deed.is_group or (is_least and deed.is_unlisted) for deed in group):
        word = l10n.gettext("at least %(num)s", num=word)
    return l10n.ngettext(*_COUNTS[group[0].act], number, num=word)


def dated_deeds(digest: Digest, stories: Iterable[tuple[str, DigestStory]], entity: str) -> str:
    """Return what was done to a name, each act with the days of its stories."""
    days = dict[str, list[str]]()
    for day, story in stories:
        for mention in story.incidents:
            if any(hit.entity == entity for hit in struck_by(mention)):
                in_order = days.setdefault(_deed(mention, digest.language, "").words, [])
                in_order += [day] if day not in in_order else []
    return "; ".join(
        digest.l10n.gettext("reported %(days)s: %(what)s", days=", ".join(in_order), what=words)
        for words, in_order in days.items()
    )


def _deeds_beside_list(digest: Digest) -> Iterator[Deed]:
    """Yield what was done to those of the press who are not on the list, where a story is about nobody of it."""
    for story in digest.new:
        for mention in story.incidents if story.is_of_press_alone else ():
            if incident := mention.mention.incident:
                words = shorten(
                    clean(translate_sentence(incident.whom(mention.mention.text), digest.language)[0]),
                    _MAX_VICTIM_LENGTH,
                )
                victim = digest.l10n.gettext("%(who)s (not on the list)", who=words)
                deed = _deed(mention, digest.language, victim, is_outlet=incident.victim_kind is VictimKind.OUTLET)
                yield replace(deed, is_unlisted=True, is_group=incident.victim_kind is VictimKind.GROUP)


def _incidents(digest: Digest) -> Iterator[ItemMention]:
    return (mention for story in (*digest.new, *digest.follow_up) for mention in story.incidents)


def _deed(mention: ItemMention, language: str, victim: str, *, is_outlet: bool = False) -> Deed:
    incident = mention.mention.incident
    assert incident
    act = min(incident.acts, key=GRAVEST_FIRST.index)
    message = act_words(act, mention.sentence)
    words = translate_sentence(message, language)[0]
    is_over = message != ACT_WORDS[act]
    return Deed(words, victim, GRAVEST_FIRST.index(act), "released" if is_over else act.value, is_over, is_outlet)


def _in_order(deeds: Iterable[Deed]) -> list[Deed]:
    return sorted(deeds, key=lambda deed: deed.order)
