"""Pure. What was done to whom, in words: the gravest first, never graver than its story tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from monitor.i18n import translate_sentence
from monitor.messages.content.phrasing import clean, shorten
from monitor.messages.content.stories.build import Digest
from monitor.model import ACT_WORDS, GRAVEST_FIRST, EntityType, ItemHit, ItemMention, VictimKind, act_words

_MAX_IN_TITLE = 3
_MAX_VICTIM_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to somebody. `place`: that of the act in `GRAVEST_FIRST`."""

    words: str
    victim: str
    place: int
    is_over: bool = False  # the victim was let go
    is_outlet: bool = False

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


def deeds(digest: Digest, entity: str = "") -> list[str]:
    """Return what the news tells of the list or of one name, the gravest first.

    One deed is of the press beside the list: what happens to somebody whom nobody watches is news, too.
    """
    named = [deed for key, deed in deeds_by_name(digest).items() if entity in {"", key}]
    unlisted = [] if entity else [*_deeds_beside_list(digest)]
    shown_deeds = [*_in_order(named)[:_MAX_IN_TITLE], *_in_order(unlisted)[:1]]
    return _in_words(_in_order(shown_deeds))


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
                yield _deed(mention, digest.language, victim, is_outlet=incident.victim_kind is VictimKind.OUTLET)


def _incidents(digest: Digest) -> Iterator[ItemMention]:
    return (mention for story in (*digest.new, *digest.follow_up) for mention in story.incidents)


def _deed(mention: ItemMention, language: str, victim: str, *, is_outlet: bool = False) -> Deed:
    incident = mention.mention.incident
    assert incident
    act = min(incident.acts, key=GRAVEST_FIRST.index)
    message = act_words(act, mention.sentence)
    words = translate_sentence(message, language)[0]
    return Deed(words, victim, GRAVEST_FIRST.index(act), message != ACT_WORDS[act], is_outlet)


def _in_order(deeds: Iterable[Deed]) -> list[Deed]:
    return sorted(deeds, key=lambda deed: deed.order)


def _in_words(ordered: Iterable[Deed]) -> list[str]:
    """Return a passage for each act, with those whom it struck."""
    groups = groupby(ordered, key=lambda deed: (deed.is_outlet, deed.words))
    return [f"{words}: {', '.join(deed.victim for deed in struck)}" for (_, words), struck in groups]
