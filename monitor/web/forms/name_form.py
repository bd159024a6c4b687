"""The form of a watched name: what was typed, and the entities that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from starlette.datastructures import FormData

from monitor.config.watchlist.schema import entity_row, flat_row
from monitor.errors import InputError
from monitor.match import guess_type
from monitor.model import Alert, Context, Entity, EntityType, LocalNames, Message, OlderArticles

MAX_LENGTH = 20_000  # characters of one field
MAX_NAMES = 500  # of one form; longer lists are imported
GUESSED = "guess"
_LISTS = {"aliases", "handles", "support", "require", "exclude"}
DAYS = (30, 90)


class AtOnce(StrEnum):
    """Who is told of a name at once. `BOTH`: stored by commands or by hand; the form offers it where it is so."""

    NOBODY = "nobody"
    URGENT = "urgent"  # who gets urgent names
    PEOPLE = "people"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class NameForm:
    """The fields of the form as text. `names`: one name a line; of an edited name it is one line."""

    names: str = ""
    type: str = GUESSED
    aliases: str = ""
    handles: str = ""
    alert: str = Alert.ALWAYS.value
    country: str = ""
    support: str = ""
    require: str = ""
    exclude: str = ""
    note: str = ""
    name_en: str = ""
    name_ru: str = ""
    name_ky: str = ""
    paused_until: str = ""
    watch_until: str = ""
    asked_by: str = ""
    sensitive: str = ""
    urgent: str = ""
    at_once: str = ""  # who is told at once, of `AtOnce`; empty: as `urgent` says
    older: str = OlderArticles.QUEUE.value
    days: str = "30"
    trial: str = ""  # a sentence or a link to try
    separate: str = ""  # the lines that are to be added as they are: forms of watched names, and other cases
    bodies: str = ""  # the lines whose country was chosen, as “KG ГКНБ”
    spellings: str = ""  # other spellings of one of several lines, as “Azat Nur uulu<tab>Azat Nurov”

    @classmethod
    def from_form(cls, form: FormData | Mapping[str, object]) -> NameForm:
        """Return what was typed, each field cut to `MAX_LENGTH`."""
        values = {name: form.get(name) for name in (field.name for field in fields(cls))}
        return cls(**{name: value[:MAX_LENGTH] for name, value in values.items() if isinstance(value, str)})

    @classmethod
    def of(cls, entity: Entity) -> NameForm:
        """Return the form filled with a watched name."""
        row = flat_row(entity_row(entity))
        texts = {name: _field_text(row[name]) for name in (field.name for field in fields(cls)) if name in row}
        return cls(**texts | {"names": entity.name, "type": entity.type.value})

    @property
    def name_lines(self) -> Sequence[str]:
        """Return the typed names, without list marks and empty lines."""
        lines = (" ".join(line.strip(" \t-•*·").split()) for line in self.names.splitlines())
        return list(dict.fromkeys(filter(None, lines)))

    @property
    def kept_lines(self) -> Sequence[str]:
        return self.separate.splitlines()

    @property
    def shown_days(self) -> int:
        return int(self.days) if self.days in {str(days) for days in DAYS} else DAYS[0]

    @property
    def older_articles(self) -> OlderArticles:
        return OlderArticles(self.older) if self.older in set(OlderArticles) else OlderArticles.QUEUE

    def entities(self) -> list[Entity]:
        """Return the entities that are meant; details hold for all of them. Raises InputError."""
        names = self.name_lines
        if len(names) > MAX_NAMES:
            raise InputError(Message("more than {} names at once; import them as a list", MAX_NAMES))
        details_of_one = (self.aliases, self.handles, self.name_en, self.name_ru, self.name_ky)
        if len(names) > 1 and any(details_of_one):
            raise InputError(
                Message("spellings, accounts and names by language are for one name: add the names one by one")
            )
        details = self._details()
        countries, spellings = self.countries, [line.partition("\t") for line in self.spellings.splitlines()]
        return [
            replace(
                details,
                name=name,
                type=EntityType.ORGANIZATION if name in countries else self._type_of(name),
                country=countries.get(name, details.country),
                aliases=(*details.aliases, *(spelling for spelling, _, line in spellings if line == name)),
            )
            for name in names
        ]

    @property
    def countries(self) -> Mapping[str, str]:
        """Return the countries that were chosen for typed state bodies."""
        return {name: country for country, _, name in (line.partition(" ") for line in self.bodies.splitlines())}

    def _type_of(self, name: str) -> EntityType:
        return guess_type(name) if self.type not in set(EntityType) else EntityType(self.type)

    def _details(self) -> Entity:
        lists = {name: _lines(getattr(self, name)) for name in _LISTS}
        return Entity(
            id="",
            name="",
            aliases=lists["aliases"],
            handles=lists["handles"],
            note=self.note,
            sensitive=bool(self.sensitive),
            urgent=self.at_once in (AtOnce.URGENT, AtOnce.BOTH) if self.at_once else bool(self.urgent),
            alert=Alert(self.alert) if self.alert in set(Alert) else Alert.ALWAYS,
            country=self.country.strip().upper(),
            context=Context(lists["support"], lists["require"], lists["exclude"]),
            names=LocalNames(*(" ".join(name.split()) for name in (self.name_en, self.name_ru, self.name_ky))),
            paused_until=_day(self.paused_until),
            watch_until=_day(self.watch_until),
            asked_by=" ".join(self.asked_by.split()),
        )


def _field_text(value: str | bool | Sequence[str]) -> str:
    """Return a value of a row as the form has it: a list as lines, and what is true as 1."""
    if isinstance(value, bool):
        return "1" if value else ""
    return value if isinstance(value, str) else "\n".join(value)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InputError(Message("“{}” is no day; write 2026-12-31", text.strip()[:20])) from None
