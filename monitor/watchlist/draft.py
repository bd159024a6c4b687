"""Pure. From what a file says to entities: ids derived, twins refused."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from anyascii import anyascii

from monitor.model import Entity
from monitor.yamlfile import Place, Report, unprintable

MAX_ENTITIES = 50_000
MAX_NAME = 300  # characters; the longest real names of bodies stay below 200

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entity as a file has it, its id empty where the file gives none, and where its name and its id stand."""

    entity: Entity
    place: Place
    id_place: Place


def slug(name: str) -> str:
    """The id that a name has by itself: romanised, lower case, words joined by hyphens.

    >>> slug("Zyyagul Bolot-kyzy"), slug("Гүлшайыр «24.kg»")
    ('zyyagul-bolot-kyzy', 'gulshayyr-24-kg')
    """
    # The soft and hard signs and the apostrophes of o' and g' romanise to a mark, which is no place to break a word.
    plain = re.sub(r"['`’]", "", anyascii(name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-")


def same_name(name: str) -> str:
    """What two entries have in common that give the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def ids_needed(entities: Iterable[Entity]) -> frozenset[str]:
    """Ids that a written list must give: those not derived from the name, and those of several with one name."""
    entities = tuple(entities)
    times = Counter(same_name(e.name) for e in entities)
    return frozenset(e.id for e in entities if e.id != slug(e.name) or times[same_name(e.name)] > 1)


def settle(drafts: Sequence[Draft], report: Report) -> tuple[Entity, ...]:
    """The entities of a list. An id depends on the entity alone, never on the order or on the others.

    Hence no `-2` for a second person of the same name: it would pass to the other one when lines are moved, and
    decisions with it. Two of one name are meant when both say so by an `id` of their own.
    """
    if len(drafts) > MAX_ENTITIES:
        wrong = f"more than {MAX_ENTITIES:,} entities"
        raise report.failed(drafts[MAX_ENTITIES].place, wrong, "split the list over several installations")
    ids: dict[str, Draft] = {}
    names: dict[str, Draft] = {}
    for draft in drafts:
        if _is_sound(draft, report):
            _tell_apart(draft, names, ids, report)
    return tuple(replace(d.entity, id=_id(d.entity)) for d in drafts)


def _id(entity: Entity) -> str:
    return entity.id or slug(entity.name)


def _tell_apart(draft: Draft, names: dict[str, Draft], ids: dict[str, Draft], report: Report) -> None:
    """Problems give places and no names: they end up in the mail of cron and in the digest."""
    entity = draft.entity
    twin = names.setdefault(same_name(entity.name), draft)
    if twin is not draft and not (twin.entity.id and entity.id):
        wrong = f"this name is on the list already (line {twin.place.line})"
        report.add(draft.place, wrong, "make them one entry; or if they are two, give each an `id` of its own")
        return
    first = ids.setdefault(_id(entity), draft)
    if first is draft:
        return
    if entity.id:
        report.add(draft.id_place, f"this id is taken (line {first.place.line})", "choose another")
    else:
        wrong = f"the id that this name gives is taken (line {first.place.line})"
        report.add(draft.place, wrong, "if they are one, make it an alias there; if not, give this one an `id`")


def _is_sound(draft: Draft, report: Report) -> bool:
    entity = draft.entity
    if not entity.name:
        return False  # reported where it was read
    wrong, todo, place = "", "", draft.place
    if entity.id and not _ID.fullmatch(entity.id):
        wrong, place = "this cannot be an id", draft.id_place
        todo = "use up to 100 of the letters a-z, digits and . _ : - and begin with a letter or digit"
    elif not _id(entity):
        wrong, todo = "a name without letters and digits", "correct it, or give it an `id`"
    elif long := next((text for text in entity.names if len(text) > MAX_NAME), ""):
        wrong, todo = f"a name of {len(long):,} characters", f"keep names within {MAX_NAME}; is a separator missing?"
    elif bad := "".join(map(unprintable, _texts(entity))):
        wrong, todo = f"a character that cannot be printed (U+{ord(bad[0]):04X})", "delete it"
    if wrong:
        report.add(place, wrong, todo)
    return not wrong


def _texts(entity: Entity) -> Iterable[str]:
    context = entity.context
    return chain(entity.names, (entity.note,), context.support, context.require, context.exclude)


def one_line(text: str) -> str:
    """A name as it is kept: white space is one space, and none around it."""
    return " ".join(text.split())


def lines(text: str) -> str:
    """A note as it is kept: its lines end in one way, and none around it is empty."""
    return "\n".join(text.splitlines()).strip()


def each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(one_line, texts))))
