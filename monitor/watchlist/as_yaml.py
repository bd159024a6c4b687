"""Pure. The watchlist as YAML, for people: docs/watchlist.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node

from monitor.model import Alert, Context, Entity, EntityType
from monitor.watchlist.draft import Draft, each_once, ids_needed, lines, one_line
from monitor.yamlfile import Fields, Report, items, place_of, text_of, to_yaml

KEYS = ("id", "name", "type", "aliases", "note", "sensitive", "alert", "context")
CONTEXT_KEYS = ("support", "require", "exclude")


def read(text: str, report: Report) -> list[Draft]:
    return [_draft(node, report) for node in items(text, "entities", report)]


def _draft(node: Node, report: Report) -> Draft:
    if not isinstance(node, MappingNode):  # a plain string is a person
        place = place_of(node)
        return Draft(Entity("", one_line(text_of(node, "an entity", report))), place, place)
    fields = Fields(node, KEYS, report)
    if fields.node("name") is None:
        report.add(fields.place, "an entity without a name", "add `name: …`")
    entity = Entity(
        id=fields.text("id"),
        name=one_line(fields.text("name")),
        type=fields.choice("type", EntityType.PERSON),
        aliases=each_once(fields.texts("aliases")),
        note=lines(fields.text("note")),
        sensitive=fields.flag("sensitive"),
        alert=fields.choice("alert", Alert.ALWAYS),
        context=_context(fields.fields("context", CONTEXT_KEYS)),
    )
    return Draft(entity, fields.at("name"), fields.at("id"))


def _context(fields: Fields | None) -> Context:
    return Context(**{key: each_once(fields.texts(key)) for key in CONTEXT_KEYS}) if fields else Context()


def write(entities: Sequence[Entity]) -> str:
    needed = ids_needed(entities)
    return to_yaml("entities", (_entry(entity, entity.id in needed) for entity in entities))


def _entry(entity: Entity, with_id: bool) -> str | dict[str, Any]:
    entry: dict[str, Any] = {"id": entity.id} if with_id else {}
    entry["name"] = entity.name
    if entity.type is not EntityType.PERSON:
        entry["type"] = entity.type.value
    if entity.aliases:
        entry["aliases"] = entity.aliases
    if entity.note:
        entry["note"] = entity.note
    if entity.sensitive:
        entry["sensitive"] = True
    if entity.alert is not Alert.ALWAYS:
        entry["alert"] = entity.alert.value
    if context := {key: words for key in CONTEXT_KEYS if (words := getattr(entity.context, key))}:
        entry["context"] = context
    return entity.name if entry.keys() == {"name"} else entry
