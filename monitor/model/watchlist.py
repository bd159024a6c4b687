"""Pure. The watchlist: people, organisations and outlets to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class EntityType(StrEnum):
    """The type of a watched entity."""

    PERSON = "person"
    ORGANIZATION = "organization"
    OUTLET = "outlet"


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
class Entity:
    """A watched person, organisation or outlet. `id` is readable and stable; `note` never affects matching."""

    id: str
    name: str
    type: EntityType = EntityType.PERSON
    aliases: tuple[str, ...] = ()
    note: str = ""
    sensitive: bool = False
    alert: Alert = Alert.ALWAYS
    context: Context = Context()
    handles: tuple[str, ...] = ()  # accounts: @name, or host/name

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name and its aliases in the given order, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The entities in force and their version (0: none was ever loaded)."""

    version: int
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """The difference between a new list and the stored one. `changed` holds (stored, new) pairs."""

    added: tuple[Entity, ...] = ()
    changed: tuple[tuple[Entity, Entity], ...] = ()
    removed: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Naming(NamedTuple):
    """Two predicates on a text: it may name somebody, or it names somebody in full."""

    possibly: Callable[[str], bool]
    in_full: Callable[[str], bool]
