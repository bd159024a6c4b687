"""Pure. What a file may say of a watched name, and from there to entities: ids derived, twins refused."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from anyascii import anyascii
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

from monitor.config.yaml import Form, Part, Place, Report, Text, check
from monitor.model import Alert, Context, Entity, EntityType

MAX_ENTITIES = 50_000
MAX_NAME = 300  # characters; the longest real names of bodies stay below 200


def _one_line(text: Any) -> Any:
    """A name as it is kept: white space is one space, and none around it."""
    return " ".join(text.split()) if isinstance(text, str) else text


def _lines(text: str) -> str:
    """A note as it is kept: its lines end in one way, and none around it is empty."""
    return "\n".join(text.splitlines()).strip()


Id = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
        repr=False,
        description="write up to 100 letters a-z, digits and . _ : - and begin with a letter or digit",
    ),
]
Name = Annotated[Text, BeforeValidator(_one_line), Field(min_length=1, max_length=MAX_NAME)]
Names = Annotated[
    tuple[Name, ...],
    AfterValidator(lambda texts: tuple(dict.fromkeys(texts))),
    Field(repr=False, description=f"write a list, [one, another], of texts of up to {MAX_NAME} characters"),
]


class ContextForm(Form):
    """Words around a name."""

    support: Names = ()
    require: Names = ()
    exclude: Names = ()


class EntityForm(Form):
    """One entity as a file says it."""

    id: Id = ""
    name: Name = Field(repr=False, description=f"write who it is, in up to {MAX_NAME} characters")
    type: EntityType = Field(EntityType.PERSON, description="use one of: " + ", ".join(EntityType))
    aliases: Names = ()
    note: Annotated[Text, AfterValidator(_lines)] = Field(
        "", repr=False, description="write text, or leave the key out"
    )
    sensitive: bool = Field(False, description="write true or false")
    alert: Alert = Field(Alert.ALWAYS, description="use one of: " + ", ".join(Alert))
    context: ContextForm = Field(ContextForm(), description="give it lists: " + ", ".join(ContextForm.model_fields))


def read_entities(parts: Sequence[Part], report: Report) -> tuple[Entity, ...]:
    """The entities of a list. An id depends on the entity alone, never on the order or on the others.

    Hence no `-2` for a second person of the same name: it would pass to the other one when lines are moved, and
    decisions with it. Two of one name are meant when both say so by an `id` of their own.
    """
    if len(parts) > MAX_ENTITIES:
        wrong = f"more than {MAX_ENTITIES:,} entities"
        raise report.failed(parts[MAX_ENTITIES].place(), wrong, "split the list over several installations")
    entities = []
    seen = _Seen(report)
    for part in parts:
        if form := check(EntityForm, part, report):
            entity = Entity(**dict(form) | {"context": Context(**dict(form.context))})
            seen.add(entity, part)
            entities.append(replace(entity, id=entity.id or slug(entity.name)))
    return tuple(entities)


class _Seen:
    """The names and ids of a list so far. Problems give places and no names: they end up in mail and logs."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.names: dict[str, tuple[Place, bool]] = {}  # where the name stands, and whether with an id of its own
        self.ids: dict[str, Place] = {}

    def add(self, entity: Entity, part: Part) -> None:
        """Report an entity, its id empty where the file gives none, that cannot be told from an earlier one."""
        place, own_id = part.place("name"), bool(entity.id)
        id_ = entity.id or slug(entity.name)
        twin, twin_has_id = self.names.get(_same_name(entity.name), (None, True))
        self.names.setdefault(_same_name(entity.name), (place, own_id))
        if not id_:
            self.report.add(place, "a name without letters and digits", "correct it, or give it an `id`")
        elif twin and not (own_id and twin_has_id):
            wrong = f"this name is on the list already (line {twin.line})"
            self.report.add(place, wrong, "make them one entry; or if they are two, give each an `id` of its own")
        elif first := self.ids.get(id_):
            wrong = f"the id {'' if own_id else 'that this name gives '}is taken (line {first.line})"
            todo = "if they are one, make it an alias there; if not, give this one another `id`"
            self.report.add(part.place("id" if own_id else "name"), wrong, todo)
        else:
            self.ids[id_] = place


def slug(name: str) -> str:
    """The id that a name has by itself: romanised, lower case, words joined by hyphens.

    >>> slug("Zyyagul Bolot-kyzy"), slug("Гүлшайыр «24.kg»")
    ('zyyagul-bolot-kyzy', 'gulshayyr-24-kg')
    """
    # The soft and hard signs and the apostrophes of o' and g' romanise to a mark, which is no place to break a word.
    plain = re.sub(r"['`’]", "", anyascii(name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-")


def _same_name(name: str) -> str:
    """What two entries have in common that give the same name."""
    return unicodedata.normalize("NFC", name).casefold()


_ENTITY = TypeAdapter(Entity)


def as_row(entity: Entity) -> dict[str, Any]:
    """An entity as a file says it, in the order of its fields, without what goes without saying."""
    row: dict[str, Any] = _ENTITY.dump_python(entity, mode="json", exclude_defaults=True)
    return row


def as_rows(entities: Iterable[Entity]) -> list[dict[str, Any]]:
    """The same, without ids that are derived from the name; several of one name keep theirs."""
    entities = tuple(entities)
    times = Counter(_same_name(entity.name) for entity in entities)
    rows = []
    for entity in entities:
        row = as_row(entity)
        if entity.id == slug(entity.name) and times[_same_name(entity.name)] == 1:
            del row["id"]
        rows.append(row)
    return rows
