"""Pure. Whom and what is watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class EntityType(StrEnum):
    PERSON = "person"
    ORGANIZATION = "organization"
    OUTLET = "outlet"


class Alert(StrEnum):
    """When a mention makes a review item; whatever it says, the mention is stored and searchable."""

    ALWAYS = "always"
    WITH_OTHERS = "with-others"  # only beside another watched name or a `support` word
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Context:
    """Words (in any ending) around a name that tie it to the case, are needed, or speak against it."""

    support: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A watched person, organisation or outlet. `id` is readable and stable; notes never affect matching."""

    id: str
    name: str
    type: EntityType = EntityType.PERSON
    aliases: tuple[str, ...] = ()
    note: str = ""
    sensitive: bool = False
    alert: Alert = Alert.ALWAYS
    context: Context = Context()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases, in the order given, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The entities in force, and the version they are (0: none was ever loaded)."""

    version: int
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """What a list brings against the stored one: entities by id, and `changed` as (stored, new) pairs."""

    added: tuple[Entity, ...] = ()
    changed: tuple[tuple[Entity, Entity], ...] = ()
    removed: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Naming(NamedTuple):
    """Whether a text names somebody: possibly, or in full, so that it can hardly be another."""

    possibly: Callable[[str], bool]
    in_full: Callable[[str], bool]
