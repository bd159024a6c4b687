"""Pure. The schema of watched names in files, and the entities made from them: derived ids, no duplicates."""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from anyascii import anyascii
from pydantic import AfterValidator, Field, TypeAdapter

from monitor.config.forms import FileReport, Form, Part, Place, Text, text_parser, validate
from monitor.model import Alert, Context, Entity, EntityType, LocalNames, Message, PressAct, press_entity
from monitor.text.normalize import is_account, normalize_account

MAX_ENTITIES = 50_000
MAX_NAME = 300  # characters; the longest real names of organisations have fewer than 200
_ONE_LINE = text_parser(lambda text: " ".join(text.split()))


def _normalize_note(text: str) -> str:
    """Return a note with `\\n` as line end, without empty lines before and after it."""
    return "\n".join(text.splitlines()).strip()


def _require_handle(handle: str) -> str:
    """Return an account unchanged. Raises ValueError if it is none."""
    if not is_account(handle):
        raise ValueError(Message("not an account"))
    return handle


Id = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
        repr=False,
        description=Message("write up to 100 letters a-z, digits and . _ : - and begin with a letter or digit"),
    ),
]
Name = Annotated[Text, _ONE_LINE, Field(min_length=1, max_length=MAX_NAME)]
OptionalName = Annotated[Text, _ONE_LINE, Field(max_length=MAX_NAME)]
Names = Annotated[
    tuple[Name, ...],
    AfterValidator(lambda texts: tuple(dict.fromkeys(texts))),
    Field(repr=False, description=Message("write a list, [one, another], of texts of up to {} characters", MAX_NAME)),
]


Handles = Annotated[
    tuple[Annotated[Text, AfterValidator(normalize_account), AfterValidator(_require_handle)], ...],
    AfterValidator(lambda handles: tuple(dict.fromkeys(handles))),
    Field(repr=False, description=Message('write a list of accounts, ["@name", t.me/name]; @name needs quotes')),
]


Countries = Annotated[
    tuple[Annotated[Text, _ONE_LINE, Field(pattern="^[A-Z]{2}$")], ...],
    AfterValidator(lambda codes: tuple(dict.fromkeys(codes))),
    Field(description=Message("write a list of codes of ISO 3166, [KG, KZ]")),
]
Acts = Annotated[
    tuple[Annotated[Text, text_parser(lambda text: PressAct(text.strip()).value)], ...],
    AfterValidator(lambda acts: tuple(dict.fromkeys(acts))),
    Field(description=Message("write a list, of: {}", ", ".join(PressAct))),
]


def _day(text: str) -> date:
    """Return the day that an ISO date names. Raises ValueError for other text."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(Message("not a day")) from None


Day = Annotated[date, text_parser(_day)]


class ContextForm(Form):
    """The schema of an entity's context words."""

    support: Names = ()
    require: Names = ()
    exclude: Names = ()


class LocalNamesForm(Form):
    """The schema of an entity's names by language."""

    en: OptionalName = ""
    ru: OptionalName = ""
    ky: OptionalName = ""


_NAME_TYPES = tuple(kind for kind in EntityType if kind is not EntityType.PRESS)


def _require_name_type(kind: EntityType) -> EntityType:
    """Return a type unchanged. Raises ValueError for the press, which is no entry of the list."""
    if kind is EntityType.PRESS:
        raise ValueError(Message("the press is no entry; write `press: {}` above `entities:`", "{}"))
    return kind


class EntityForm(Form):
    """The schema of one entity in a file."""

    id: Id = ""
    name: Name = Field(repr=False, description=Message("write who it is, in up to {} characters", MAX_NAME))
    type: Annotated[EntityType, AfterValidator(_require_name_type)] = Field(
        EntityType.PERSON, description=Message("use one of: {}", ", ".join(_NAME_TYPES))
    )
    aliases: Names = ()
    note: Annotated[Text, AfterValidator(_normalize_note)] = Field(
        "", repr=False, description=Message("write text, or leave the key out")
    )
    sensitive: bool = Field(False, description=Message("write true or false"))
    alert: Alert = Field(Alert.ALWAYS, description=Message("use one of: {}", ", ".join(Alert)))
    country: str = Field("", pattern="^[A-Z]{2}$", description=Message("write a code of ISO 3166 such as KG, KZ, UZ"))
    context: ContextForm = Field(
        ContextForm(), description=Message("give it lists: {}", ", ".join(ContextForm.model_fields))
    )
    handles: Handles = ()
    names: LocalNamesForm = Field(
        LocalNamesForm(),
        repr=False,
        description=Message("give it a name by language: {}", ", ".join(LocalNamesForm.model_fields)),
    )
    paused_until: Day | None = Field(None, description=Message("write a day such as 2026-12-31"))
    watch_until: Day | None = Field(None, description=Message("write a day such as 2026-12-31"))
    asked_by: Annotated[Text, _ONE_LINE] = Field(
        "", max_length=MAX_NAME, repr=False, description=Message("write who asked for it, or leave the key out")
    )
    urgent: bool = Field(False, description="write true or false")


class PressForm(Form):
    """The schema of the key `press`: what happened to the press that counts."""

    countries: Countries = ()
    acts: Acts = ()
    exclude: Names = ()
    urgent: bool = Field(False, description="write true or false")


def is_closed(part: Part) -> bool:
    """Return whether an entry of a list belongs to the closed watch, also one with faults: in doubt it does."""
    if not isinstance(part.value, dict):
        return False
    # A misspelt key must not show an entry to those who may not see it.
    key = "sensitive" if "sensitive" in part.value else _misspelt_mark(part.value)
    value = part.value.get(key)
    return value is not None and str(value).strip().casefold() not in _NOT_SENSITIVE


_NOT_SENSITIVE = {"", "false", "no", "n", "off", "f", "0"}


def _misspelt_mark(row: Mapping[str, Any]) -> str | None:
    unknown_keys = [str(key) for key in row if str(key).casefold().startswith("sens")]
    return next(iter(difflib.get_close_matches("sensitive", unknown_keys, 1, 0.7)), None)


def parts_of_watch(parts: Sequence[Part], closed: bool, report: FileReport) -> dict[int, Part]:
    """Return the entries of one watch by their index in the list; problems with the entries of the other are dropped.

    So a fault in a closed entry stops no save of an open one, and is told to nobody who may not know of it.
    """
    starts = [part.place().line for part in parts]
    kinds = [is_closed(part) for part in parts]

    def is_of_other(line: int) -> bool:
        index = bisect(starts, line) - 1
        return index >= 0 and kinds[index] != closed

    report.leave_out(is_of_other)
    return {index: part for index, part in enumerate(parts) if kinds[index] == closed}


def read_entities(parts: Sequence[Part], report: FileReport) -> tuple[Entity, ...]:
    """Return the entities of a list. An id depends on its entity only, never on the order or on other entities.

    So a second person of the same name gets no `-2`: if the lines were moved, the id and its decisions would pass to
    the other person. Two entities of a watch may have the same name only if each has an `id` in the file. A closed
    entity may have the name and id of an open one: whoever adds that need not know.
    """
    if len(parts) > MAX_ENTITIES:
        wrong = f"more than {MAX_ENTITIES:,} entities"
        raise report.failed(parts[MAX_ENTITIES].place(), wrong, "split the list over several installations")
    entities = []
    registries = {closed: _NameRegistry(report) for closed in (False, True)}
    for part in parts:
        if form := validate(EntityForm, part, report):
            nested = {"context": Context(**dict(form.context)), "names": LocalNames(**dict(form.names))}
            entity = Entity(**dict(form) | nested)
            registries[entity.sensitive].add(entity, part)
            entities.append(replace(entity, id=entity.id or slug(entity.name)))
    return tuple(entities)


def read_press(part: Part | None, report: FileReport) -> Entity | None:
    """Return the entity of the key `press` of a list; None where it is missing or false."""
    if part is None or part.value == "false":
        return None
    form = validate(PressForm, replace(part, value={}) if part.value == "true" else part, report)
    return press_entity(form.countries, form.acts, form.exclude, form.urgent) if form else None


def press_row(press: Entity) -> dict[str, Any]:
    """Return the value of the key `press`, without default values."""
    row = {
        "countries": list(press.countries),
        "acts": list(press.acts),
        "exclude": list(press.context.exclude),
        "urgent": press.urgent,
    }
    return {key: value for key, value in row.items() if value}


class _NameRegistry:
    """The names and ids of one watch in a list read so far.

    Problems have places and no names, because they go to mail and logs.
    """

    def __init__(self, report: FileReport) -> None:
        self.report = report
        self.names: dict[str, tuple[Place, bool]] = {}  # place of the name, and whether its entity has an id
        self.ids: dict[str, Place] = {}

    def add(self, entity: Entity, part: Part) -> None:
        """Add an entity (its id is empty if the file has none); report it if it is a duplicate of an earlier one."""
        place, has_own_id = part.place("name"), bool(entity.id)
        entity_id = entity.id or slug(entity.name)
        twin, twin_has_id = self.names.get(_name_key(entity.name), (None, True))
        self.names.setdefault(_name_key(entity.name), (place, has_own_id))
        if not entity_id:
            self.report.add(
                place, Message("a name without letters and digits"), Message("correct it, or give it an `id`")
            )
        elif twin and not (has_own_id and twin_has_id):
            wrong = Message("this name is on the list already (line {})", twin.line)
            self.report.add(
                place, wrong, Message("make them one entry; or if they are two, give each an `id` of its own")
            )
        elif first := self.ids.get(entity_id):
            id_taken = Message("the id is taken (line {})", first.line)
            wrong = id_taken if has_own_id else Message("the id that this name gives is taken (line {})", first.line)
            todo = Message("if they are one, make it an alias there; if not, give this one another `id`")
            self.report.add(part.place("id" if has_own_id else "name"), wrong, todo)
        else:
            self.ids[entity_id] = place


def slug(name: str) -> str:
    """Return the id derived from a name: romanised, lower case, words joined by hyphens.

    >>> slug("Zyyagul Bolot-kyzy"), slug("Гүлшайыр «24.kg»")
    ('zyyagul-bolot-kyzy', 'gulshayyr-24-kg')
    """
    # The soft and hard signs and the apostrophes of o' and g' are romanised to a mark that must not separate words.
    plain = re.sub(r"['`’]", "", anyascii(name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-")


def _name_key(name: str) -> str:
    """Return the key that entities of the same name share."""
    # As people read it: й may be one character or two.
    return unicodedata.normalize("NFC", name).casefold()


_ENTITY = TypeAdapter(Entity)


def entity_row(entity: Entity) -> dict[str, Any]:
    """Return an entity as a row of a file, in the order of the fields, without default values."""
    row: dict[str, Any] = _ENTITY.dump_python(entity, mode="json", exclude_defaults=True)
    return row


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its context words and its names by language, as `name_ky`, beside the other fields."""
    local_names = {f"name_{language}": name for language, name in row.get("names", {}).items()}
    return {**row, **row.get("context", {}), **local_names}


def entity_rows(entities: Iterable[Entity]) -> list[dict[str, Any]]:
    """Return entities as rows, without ids derived from the name; entities of the same name and watch keep theirs."""
    entities = tuple(entities)
    name_counts = Counter((entity.sensitive, _name_key(entity.name)) for entity in entities)
    rows = []
    for entity in entities:
        row = entity_row(entity)
        if entity.id == slug(entity.name) and name_counts[entity.sensitive, _name_key(entity.name)] == 1:
            del row["id"]
        rows.append(row)
    return rows
