"""Pure. The watchlist: people, organisations and outlets to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class EntityType(StrEnum):
    """The type of a watched entity."""

    PERSON = "person"
    ORGANIZATION = "organization"
    OUTLET = "outlet"
    PRESS = "press"  # nobody by name: what happened to the press, by the key `press` of the list


PRESS_ID = ":press"  # no id that a file may give


class Alert(StrEnum):
    """The condition under which a mention queues an article. Mentions are stored and searchable in any case."""

    ALWAYS = "always"
    WITH_OTHERS = "with-others"  # only with another watched name or a `support` word
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Context:
    """Words, in any inflection, near a name that support it, are required, or exclude it."""

    support: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalNames:
    """The name of an entity in the languages of the pages; empty where none is given."""

    en: str = ""
    ru: str = ""
    ky: str = ""

    @property
    def all_given(self) -> tuple[str, ...]:
        """Return the names that are given."""
        return tuple(filter(None, (self.en, self.ru, self.ky)))


class OlderArticles(StrEnum):
    """The use of stored articles in which a change of the list finds more."""

    QUEUE = "queue"
    COUNTED = "counted"  # stored as mentions, and in no list of the queue
    NONE = "none"  # not searched: the change counts only for articles from now on


@dataclass(frozen=True, slots=True)
class Entity:
    """A watched person, organisation or outlet. `id` is readable and stable; `note` never affects matching."""

    id: str
    name: str
    type: EntityType = EntityType.PERSON
    aliases: tuple[str, ...] = ()
    note: str = ""
    sensitive: bool = False
    alert: Alert = Alert.ALWAYS
    country: str = ""  # ISO 3166; tells a body from the same body of another country
    context: Context = Context()
    handles: tuple[str, ...] = ()  # accounts: @name, or host/name
    names: LocalNames = LocalNames()
    paused_until: date | None = None  # watched again from this day on
    watch_until: date | None = None  # the last day it is watched
    asked_by: str = ""
    urgent: bool = False  # makes an alert at once, for recipients of alerts
    # Of the type press alone: ISO 3166, empty: those of the sources; and `PressAct`, empty: all.
    countries: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return the name, its aliases and its names by language in the given order, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases, *self.names.all_given)))

    def name_in(self, language: str) -> str:
        """Return the name in a language of the pages, else the name as it is listed."""
        return getattr(self.names, language, "") or self.name

    def is_told_at_once(self, *, all_people: bool) -> bool:
        """Return whether recipients of urgent names are told of it at once; `all_people`: the settings say so."""
        return self.urgent or (all_people and self.type is EntityType.PERSON)

    def is_watched_on(self, day: date) -> bool:
        """Return True if the entity is neither paused nor past its last day."""
        is_paused = self.paused_until is not None and day < self.paused_until
        is_over = self.watch_until is not None and day > self.watch_until
        return not is_paused and not is_over


def press_entity(
    countries: tuple[str, ...] = (), acts: tuple[str, ...] = (), exclude: tuple[str, ...] = (), urgent: bool = False
) -> Entity:
    """Return the entity of the key `press`: what happened to the press, in some countries and of some acts."""
    return Entity(
        PRESS_ID,
        "Press",
        EntityType.PRESS,
        context=Context(exclude=exclude),
        names=LocalNames(ru="Пресса", ky="Басма сөз"),
        urgent=urgent,
        countries=countries,
        acts=acts,
    )


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The entities in force and their version (0: none was ever loaded)."""

    version: int
    entities: tuple[Entity, ...] = ()

    @property
    def names(self) -> tuple[Entity, ...]:
        """Return the entities that are names: all but the press."""
        return tuple(entity for entity in self.entities if entity.type is not EntityType.PRESS)

    @property
    def press(self) -> Entity | None:
        """Return what is looked for of the press, or None."""
        return next((entity for entity in self.entities if entity.type is EntityType.PRESS), None)

    def watched_on(self, day: date) -> tuple[Entity, ...]:
        """Return the entities that are watched on a day."""
        return tuple(entity for entity in self.entities if entity.is_watched_on(day))


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """The difference between a new list and the stored one. `changed` holds (stored, new) pairs."""

    added: tuple[Entity, ...] = ()
    changed: tuple[tuple[Entity, Entity], ...] = ()
    removed: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def edits(self) -> tuple[tuple[Entity | None, Entity | None], ...]:
        """Return (before, after) of each entity; None where it is not on the list."""
        return (
            *((None, entity) for entity in self.added),
            *self.changed,
            *((entity, None) for entity in self.removed),
        )

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the entities that it adds, changes or removes."""
        return frozenset(entity.id for old, new in self.edits for entity in (old, new) if entity)


def change_of(edits: Iterable[tuple[Entity | None, Entity | None]]) -> WatchlistChange:
    """Return the change that consists of these (before, after) pairs, without equal pairs."""
    pairs = [(old, new) for old, new in edits if old != new]
    return WatchlistChange(
        added=tuple(new for old, new in pairs if new and not old),
        changed=tuple((old, new) for old, new in pairs if old and new),
        removed=tuple(old for old, new in pairs if old and not new),
    )


def is_matched_alike(old: Entity, new: Entity) -> bool:
    """Return True if two states of an entity find the same; an ended pause starts no rescan."""
    unmatched = {
        "note": "",
        "sensitive": False,
        "urgent": False,
        "asked_by": "",
        "paused_until": None,
        "watch_until": None,
    }
    return replace(old, **unmatched) == replace(new, **unmatched)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class WatchlistVersion:
    """One save of the list: what changed, when, by whom, and why. `undoes`: the version that it takes back.

    `source`: the file it came from, or "desk" or "terminal". Versions from before history was stored have an empty
    change. `withdrawn`: the number of items that lost a name by it.
    """

    version: int
    at: datetime
    source: str
    author: str = ""
    reason: str = ""
    undoes: int | None = None
    older_articles: OlderArticles = OlderArticles.QUEUE
    withdrawn: int = 0
    change: WatchlistChange = WatchlistChange()


class Naming(NamedTuple):
    """Two predicates on a text: it may name somebody, or it names somebody in full."""

    possibly: Callable[[str], bool]
    in_full: Callable[[str], bool]
